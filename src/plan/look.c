/* Words and quotes of checks and extracts, and where in an answer to look. */
#include "look.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_path.h"
#include "mem.h"
#include "regex.h"

bool look_fail(struct look_reader *reader, const char *at, const char *format, ...)
{
    va_list args;

    reader->problem->offset = (size_t)(at - reader->text);
    va_start(args, format);
    vsnprintf(reader->problem->text, sizeof reader->problem->text, format, args);
    va_end(args);
    return false;
}

void look_skip(struct look_reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n')
        reader->at++;
}

static bool is_word_end(char c)
{
    return c == '\0' || c == ' ' || c == '\t' || c == '\n';
}

bool look_take(struct look_reader *reader, const char *word)
{
    size_t length = strlen(word);

    look_skip(reader);
    if (strncmp(reader->at, word, length) != 0)
        return false;
    /* "<300" needs no blank behind the operator, "statuses" is not status */
    if (isalnum((unsigned char)word[length - 1]) && !is_word_end(reader->at[length]))
        return false;
    reader->at += length;
    look_skip(reader);
    return true;
}

/* What stands between the quotes at *at; *at behind them. NULL: they do not end. */
static char *unquote(const char **at)
{
    char quote = **at;
    struct buf out;

    buf_init(&out);
    for (const char *p = *at + 1; *p != '\0'; p++) {
        if (*p == quote) {
            *at = p + 1;
            return buf_take(&out);
        }
        if (quote == '"' && p[0] == '\\' && (p[1] == '"' || p[1] == '\\'))
            p++;
        buf_add_char(&out, *p);
    }
    buf_release(&out);
    return NULL;
}

char *look_word(struct look_reader *reader, bool *is_quoted)
{
    const char *begin;
    char *word;

    look_skip(reader);
    begin = reader->at;
    *is_quoted = *begin == '"' || *begin == '\'';
    if (!*is_quoted) {
        while (!is_word_end(*reader->at))
            reader->at++;
        return mem_copy_n(begin, (size_t)(reader->at - begin));
    }
    word = unquote(&reader->at);
    if (word == NULL)
        look_fail(reader, begin, "the quotes do not end");
    return word;
}

char *look_rest(struct look_reader *reader, bool *is_quoted)
{
    const char *begin, *end;

    look_skip(reader);
    begin = reader->at;
    end = begin + strlen(begin);
    while (end > begin && is_word_end(end[-1]))
        end--;
    *is_quoted = false;
    if (*begin == '"' || *begin == '\'') {
        const char *at = begin;
        char *word = unquote(&at);

        if (word != NULL && at == end) {
            *is_quoted = true;
            reader->at = end;
            return word;
        }
        free(word);
    }
    reader->at = begin + strlen(begin);
    return mem_copy_n(begin, (size_t)(end - begin));
}

bool look_at_end(struct look_reader *reader)
{
    look_skip(reader);
    return *reader->at == '\0' || look_fail(reader, reader->at, "unexpected \"%.40s\"; a text with blanks stands in quotes", reader->at);
}

/* ---- where ---- */

/* A path ends at a blank that is not between brackets. */
static bool read_path(struct look_reader *reader, struct plan_look *look)
{
    const char *begin = reader->at;
    struct error err = { 0 };
    char quote = '\0', *text;

    for (bool is_in = false; *reader->at != '\0' && (is_in || !is_word_end(*reader->at)); reader->at++) {
        if (quote != '\0')
            quote = *reader->at == quote ? '\0' : quote;
        else if (is_in && (*reader->at == '"' || *reader->at == '\''))
            quote = *reader->at;
        else if (*reader->at == '[' || *reader->at == ']')
            is_in = *reader->at == '[';
    }
    if (reader->at == begin)
        return look_fail(reader, begin, "json: expected a path such as $.items[0].id");
    text = mem_copy_n(begin, (size_t)(reader->at - begin));
    if (json_path_parse(&look->path, text, &err) != 0)
        look_fail(reader, begin, "json: %.200s", err.text);
    free(text);
    return err.exit_code == 0;
}

static bool compile(struct look_reader *reader, const char *at, const char *pattern, struct regex **regex)
{
    struct error err = { 0 };

    *regex = regex_new(pattern, &err);
    return *regex != NULL || look_fail(reader, at, "%.250s", err.text);
}

static bool read_regex(struct look_reader *reader, struct plan_look *look)
{
    const char *begin = reader->at;
    char *end;
    bool is_quoted;
    unsigned long group;

    look->pattern = look_word(reader, &is_quoted);
    if (look->pattern == NULL)
        return false;
    if (*look->pattern == '\0')
        return look_fail(reader, begin, "regex: expected a pattern such as \"token=([a-z0-9]+)\"");
    if (!compile(reader, begin, look->pattern, &look->regex))
        return false;
    look->group = regex_group_count(look->regex) > 0 ? 1 : 0;
    if (!look_take(reader, "group"))
        return true;
    end = (char *)(uintptr_t)reader->at;
    group = isdigit((unsigned char)*reader->at) ? strtoul(reader->at, &end, 10) : 0;
    if (end == reader->at || group > regex_group_count(look->regex) || !is_word_end(*end))
        return look_fail(
            reader, reader->at, "regex: the pattern has %u groups, got group \"%.20s\"", regex_group_count(look->regex), reader->at);
    look->group = (unsigned)group;
    reader->at = end;
    return true;
}

static bool read_name(struct look_reader *reader, struct plan_look *look)
{
    const char *begin = reader->at;
    bool is_quoted;

    look->name = look_word(reader, &is_quoted);
    if (look->name == NULL)
        return false;
    return *look->name != '\0' || look_fail(reader, begin, "%s: expected a name", look_kind_name(look->kind));
}

static bool read_expression(struct look_reader *reader, struct plan_look *look)
{
    const char *begin = reader->at;
    struct template_problem problem;
    int depth = 0;
    bool is_good;
    char *text;

    while (*reader->at != '\0' && (depth > 0 || !is_word_end(*reader->at))) {
        depth += *reader->at == '{';
        depth -= *reader->at == '}';
        reader->at++;
    }
    text = mem_copy_n(begin, (size_t)(reader->at - begin));
    is_good = template_read(&look->text, reader->names, text, TEMPLATE_PLAIN, &problem);
    free(text);
    return is_good || look_fail(reader, begin + problem.offset, "%s", problem.text);
}

static bool unknown_subject(struct look_reader *reader)
{
    struct nearest nearest;
    bool is_quoted = false;
    const char *begin = reader->at;
    char *word = look_word(reader, &is_quoted);

    nearest_begin(&nearest, word != NULL ? word : "");
    for (int kind = 0; kind < LOOK_TEXT; kind++)
        nearest_try(&nearest, look_kind_name((enum look_kind)kind));
    if (nearest.best != NULL)
        look_fail(reader, begin, "unknown \"%.40s\": did you mean \"%s\"?", word, nearest.best);
    else
        look_fail(
            reader, begin, "expected json, header, regex, cookie, form, body, size, duration, status or ${...}, got \"%.40s\"",
            word != NULL ? word : begin);
    free(word);
    return false;
}

bool look_read(struct look_reader *reader, struct plan_look *look, const char *hint)
{
    look_skip(reader);
    look->kind = LOOK_TEXT;
    for (int kind = 0; kind < LOOK_TEXT && look->kind == LOOK_TEXT; kind++)
        if (look_take(reader, look_kind_name((enum look_kind)kind)))
            look->kind = (enum look_kind)kind;
    switch (look->kind) {
    case LOOK_JSON:
        return read_path(reader, look);
    case LOOK_HEADER:
    case LOOK_COOKIE:
    case LOOK_FORM:
        return read_name(reader, look);
    case LOOK_REGEX:
        return read_regex(reader, look);
    case LOOK_BODY:
        if (look_take(reader, "size"))
            look->kind = LOOK_SIZE;
        return true;
    case LOOK_TEXT:
        break;
    default:
        return true;
    }
    if (strncmp(reader->at, "${", 2) == 0)
        return read_expression(reader, look);
    for (int kind = LOOK_BODY; kind < LOOK_TEXT && hint != NULL; kind++)
        if (strcmp(hint, look_kind_name((enum look_kind)kind)) == 0) {
            look->kind = (enum look_kind)kind;
            return true;
        }
    return unknown_subject(reader);
}
