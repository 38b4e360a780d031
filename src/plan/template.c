/* Reading texts with ${...}. An argument of a generator is a text again, at most PLAN_TEXT_DEPTH_MAX deep. */
#include "template.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journey.h"
#include "mem.h"
#include "template_scan.h"

#define TEXT_PARTS_MAX 10000
#define WORD_SIZE 130

static bool read_text(
    struct template_reader *reader, struct template_span span, bool is_quoted, enum template_use use, unsigned depth,
    struct plan_text *out);

/* ---- putting together ---- */

static struct text_part *add_part(struct plan_text *to, enum text_part_kind kind)
{
    to->parts = mem_resize(to->parts, to->count + 1, sizeof *to->parts);
    to->parts[to->count] = (struct text_part){ .kind = kind };
    return &to->parts[to->count++];
}

void template_add_bytes(struct plan_text *to, const char *bytes, size_t length)
{
    struct text_part *last = to->count > 0 ? &to->parts[to->count - 1] : NULL;

    if (length == 0)
        return;
    if (last == NULL || last->kind != TEXT_LITERAL)
        last = add_part(to, TEXT_LITERAL);
    last->bytes = mem_resize(last->bytes, last->length + length + 1, 1);
    memcpy(last->bytes + last->length, bytes, length);
    last->length += length;
    last->bytes[last->length] = '\0';
}

void template_append(struct plan_text *to, struct plan_text *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (from->parts[i].kind == TEXT_LITERAL) {
            template_add_bytes(to, from->parts[i].bytes, from->parts[i].length);
            free(from->parts[i].bytes);
        } else {
            *add_part(to, from->parts[i].kind) = from->parts[i];
        }
    }
    from->count = 0;
    plan_text_release(from);
}

static void add_value(struct plan_text *to, enum text_escape escape, const char *value)
{
    struct buf out;

    buf_init(&out);
    template_escape(&out, escape, value, strlen(value));
    template_add_bytes(to, out.length > 0 ? out.data : "", out.length);
    buf_release(&out);
}

static bool is_json_word(const char *text)
{
    const char *p = text + (*text == '-');
    char *end;

    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || strcmp(text, "null") == 0)
        return true;
    if (!isdigit((unsigned char)*p) || (p[0] == '0' && isalnum((unsigned char)p[1])) || strspn(text, "0123456789+-.eE") != strlen(text))
        return false;
    strtod(text, &end);
    return *end == '\0' && end[-1] != '.' && strstr(text, ".e") == NULL && strstr(text, ".E") == NULL;
}

static bool is_json(const struct plan_text *text)
{
    if (text->count != 1)
        return false;
    if (text->parts[0].kind == TEXT_LITERAL)
        return is_json_word(text->parts[0].bytes);
    if (text->parts[0].kind == TEXT_GENERATOR)
        return generator_is_json(text->parts[0].generator);
    return text->parts[0].kind == TEXT_VU || text->parts[0].kind == TEXT_ITERATION;
}

/* ---- one expression ---- */

static bool unknown_name(struct template_reader *reader, const char *at, const char *name)
{
    struct nearest nearest;

    const char *dot = strchr(name, '.');

    if (dot != NULL) { /* a column of a set that nearly has this name */
        char *set = mem_copy_n(name, (size_t)(dot - name));

        nearest_begin(&nearest, set);
        for (size_t i = 0; i < reader->names->plan->data_count; i++)
            nearest_try(&nearest, reader->names->plan->data[i].name);
        free(set);
        if (nearest.best != NULL)
            return template_fail(reader, at, "unknown name \"%.60s\" in ${...}: did you mean \"%s%.60s\"?", name, nearest.best, dot);
    }
    nearest_begin(&nearest, name);
    names_try(reader->names, &nearest);
    if (nearest.best != NULL)
        return template_fail(reader, at, "unknown name \"%.60s\" in ${...}: did you mean \"%s\"?", name, nearest.best);
    return template_fail(
        reader, at, "unknown name \"%.60s\" in ${...}: there are variables, DATA.COLUMN, env:NAME, secret:NAME and generators such as uuid",
        name);
}

static bool read_environment(struct template_reader *reader, struct template_span name, enum text_escape escape, struct plan_text *out)
{
    const char *otherwise = NULL, *value;
    char word[WORD_SIZE];

    for (const char *p = name.begin; p + 1 < name.end && otherwise == NULL; p++)
        if (p[0] == ':' && p[1] == '-')
            otherwise = p;
    snprintf(word, sizeof word, "%.*s", (int)((otherwise != NULL ? otherwise : name.end) - name.begin), name.begin);
    value = names_environment(reader->names, word);
    if (value == NULL && otherwise == NULL)
        return template_fail(
            reader, name.begin, "the environment has no %.60s: -e %.60s=VALUE sets it, ${env:%.60s:-VALUE} is for want of it", word, word,
            word);
    if (value != NULL) {
        add_value(out, escape, value);
    } else {
        char *text = mem_copy_n(otherwise + 2, (size_t)(name.end - otherwise) - 2);

        add_value(out, escape, text);
        free(text);
    }
    return true;
}

static bool read_hex(struct template_reader *reader, struct template_span digits, struct plan_text *out)
{
    static const char hex[] = "0123456789abcdef";

    if ((digits.end - digits.begin) % 2 != 0)
        return template_fail(reader, digits.begin, "hex: expected pairs of hexadecimal digits such as 0D0A");
    for (const char *p = digits.begin; p < digits.end; p += 2) {
        const char *high = strchr(hex, tolower((unsigned char)p[0])), *low = strchr(hex, tolower((unsigned char)p[1]));
        char byte;

        if (high == NULL || low == NULL || *high == '\0' || *low == '\0')
            return template_fail(reader, p, "hex: expected pairs of hexadecimal digits such as 0D0A");
        byte = (char)((high - hex) * 16 + (low - hex));
        template_add_bytes(out, &byte, 1);
    }
    return true;
}

static int find_generator(const char *word)
{
    for (int kind = 0; kind < GENERATOR_COUNT; kind++)
        if (strcmp(word, generator_name((enum generator_kind)kind)) == 0)
            return kind;
    return -1;
}

static bool compile_arguments(
    struct template_reader *reader, const struct template_argument *arguments, size_t count, unsigned depth, struct plan_text *texts)
{
    for (size_t i = 0; i < count; i++)
        if (!read_text(reader, arguments[i].span, arguments[i].is_quoted, TEMPLATE_PLAIN, depth + 1, &texts[i])) {
            while (i > 0)
                plan_text_release(&texts[--i]);
            return false;
        }
    return true;
}

/* NAME or NAME(...), `inside` what stands in the parentheses. */
static bool read_generator(
    struct template_reader *reader, enum generator_kind kind, const char *begin, struct template_span inside, enum text_escape escape,
    unsigned depth, struct plan_text *out)
{
    struct plan_generator *generator = mem_alloc(sizeof *generator);
    struct template_argument *arguments;
    struct plan_text *texts = NULL;
    struct text_part *part;
    bool is_good = false;
    int count;

    part = add_part(out, TEXT_GENERATOR);
    part->generator = generator;
    part->escape = escape;
    generator->kind = kind;
    count = template_split(reader, inside, kind == GENERATOR_RANDOM_CHOICE, &arguments);
    if (count < 0)
        return false;
    if (depth + 1 >= PLAN_TEXT_DEPTH_MAX && count > 0) {
        template_fail(reader, begin, "${...} nests deeper than %d", PLAN_TEXT_DEPTH_MAX);
    } else {
        texts = mem_array((size_t)count + 1, sizeof *texts);
        is_good = compile_arguments(reader, arguments, (size_t)count, depth, texts) &&
                  generator_read(reader, generator, begin, texts, arguments, (size_t)count);
    }
    free(texts);
    free(arguments);
    return is_good;
}

static bool read_word(struct template_reader *reader, const char *at, const char *word, enum text_escape escape, struct plan_text *out)
{
    static const char *const own[] = { "vu", "iteration", "scenario" };
    static const enum text_part_kind kinds[] = { TEXT_VU, TEXT_ITERATION, TEXT_SCENARIO };
    const char *constant = names_constant(reader->names, word), *dot = strchr(word, '.');
    uint32_t slot = names_variable(reader->names, word), data = PLAN_NONE, column;
    struct text_part *part;

    for (size_t i = 0; i < 3; i++)
        if (strcmp(word, own[i]) == 0) {
            add_part(out, kinds[i])->escape = escape;
            return true;
        }
    if (constant != NULL) {
        add_value(out, escape, constant);
        return true;
    }
    if (slot != PLAN_NONE) {
        part = add_part(out, TEXT_VARIABLE);
        part->index = slot;
        part->escape = escape;
        return true;
    }
    if (dot != NULL) {
        char *set = mem_copy_n(word, (size_t)(dot - word));

        data = names_data(reader->names, set);
        free(set);
    }
    if (data == PLAN_NONE)
        return unknown_name(reader, at, word);
    column = names_column(reader->names, data, dot + 1);
    if (column == PLAN_NONE) {
        const struct known_columns *known = &reader->names->columns[data];
        const char *nearest = nearest_word(dot + 1, (const char *const *)known->names, known->count);

        return template_fail(
            reader, at + (dot - word) + 1, "[data %s] has no column \"%.60s\"%s%s%s", reader->names->plan->data[data].name, dot + 1,
            nearest != NULL ? ": did you mean \"" : "", nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
    }
    part = add_part(out, TEXT_COLUMN);
    part->index = data;
    part->column = column;
    part->escape = escape;
    return true;
}

static bool begins(struct template_span span, const char *word)
{
    return (size_t)(span.end - span.begin) >= strlen(word) && memcmp(span.begin, word, strlen(word)) == 0;
}

static bool read_secret(struct template_reader *reader, struct template_span span, enum text_escape escape, struct plan_text *out)
{
    char word[WORD_SIZE];
    struct text_part *part;

    snprintf(word, sizeof word, "%.*s", (int)(span.end - span.begin), span.begin);
    if (!name_is_good(word))
        return template_fail(reader, span.begin, "a secret is a name such as ${secret:TOKEN}");
    part = add_part(out, TEXT_SECRET);
    part->index = names_secret(reader->names, word);
    part->escape = escape;
    return true;
}

/* What stands between "${" and "}". */
static bool read_expression(
    struct template_reader *reader, struct template_span span, enum text_escape escape, unsigned depth, struct plan_text *out)
{
    struct template_span inside;
    char word[WORD_SIZE];
    const char *paren;
    int kind;

    span = template_trim(span);
    if (begins(span, "env:"))
        return read_environment(reader, (struct template_span){ span.begin + 4, span.end }, escape, out);
    if (begins(span, "secret:"))
        return read_secret(reader, (struct template_span){ span.begin + 7, span.end }, escape, out);
    if (begins(span, "hex:"))
        return read_hex(reader, (struct template_span){ span.begin + 4, span.end }, out);
    if (span.end - span.begin == 0)
        return template_fail(reader, span.begin, "there is no name in ${}; $${ stands for ${");
    paren = memchr(span.begin, '(', (size_t)(span.end - span.begin));
    inside = paren != NULL ? (struct template_span){ paren + 1, span.end - 1 } : (struct template_span){ span.end, span.end };
    snprintf(word, sizeof word, "%.*s", (int)((paren != NULL ? paren : span.end) - span.begin), span.begin);
    if (paren != NULL && (span.end[-1] != ')' || inside.begin > inside.end))
        return template_fail(reader, paren, "expected \")\" at the end of ${%.60s(...)}", word);
    kind = find_generator(word);
    if (kind >= 0)
        return read_generator(reader, (enum generator_kind)kind, span.begin, inside, escape, depth, out);
    if (paren != NULL) {
        struct nearest nearest;

        nearest_begin(&nearest, word);
        for (int i = 0; i < GENERATOR_COUNT; i++)
            nearest_try(&nearest, generator_name((enum generator_kind)i));
        if (nearest.best != NULL)
            return template_fail(reader, span.begin, "unknown generator \"%.60s\": did you mean \"%s\"?", word, nearest.best);
        return template_fail(reader, span.begin, "unknown generator \"%.60s\": man onager-plan lists them", word);
    }
    return read_word(reader, span.begin, word, escape, out);
}

/* ---- a text ---- */

/* Whether the place behind p is inside a JSON string. */
static void follow_json(bool *is_in_string, const char *p, size_t *backslashes)
{
    if (*p == '"' && *backslashes % 2 == 0)
        *is_in_string = !*is_in_string;
    *backslashes = *p == '\\' && *is_in_string ? *backslashes + 1 : 0;
}

static enum text_escape escape_of(enum template_use use, bool is_in_string)
{
    static const enum text_escape escapes[] = {
        [TEMPLATE_PLAIN] = ESCAPE_NONE,    [TEMPLATE_TARGET] = ESCAPE_TARGET, [TEMPLATE_QUERY] = ESCAPE_QUERY,
        [TEMPLATE_HEADER] = ESCAPE_HEADER, [TEMPLATE_QUOTED] = ESCAPE_QUOTED,
    };

    if (use == TEMPLATE_JSON)
        return is_in_string ? ESCAPE_JSON : ESCAPE_NONE;
    return escapes[use];
}

/* One literal byte, or an escape of one; returns how many bytes of the text it took. */
static size_t take_literal(struct plan_text *out, enum template_use use, bool is_quoted, const char *p, const char *end)
{
    enum text_escape escape = use == TEMPLATE_QUERY ? ESCAPE_QUERY : use == TEMPLATE_QUOTED ? ESCAPE_QUOTED : ESCAPE_NONE;
    const char *run = p;
    struct buf encoded;

    if (is_quoted && *p == '\\' && p + 1 < end && (p[1] == '"' || p[1] == '\\')) {
        template_add_bytes(out, p + 1, 1);
        return 2;
    }
    do
        run++;
    while (run < end && *run != '$' && *run != '\\' && *run != '"');
    buf_init(&encoded);
    template_escape(&encoded, escape, p, (size_t)(run - p));
    template_add_bytes(out, encoded.data, encoded.length);
    buf_release(&encoded);
    return (size_t)(run - p);
}

static bool read_text(
    struct template_reader *reader, struct template_span span, bool is_quoted, enum template_use use, unsigned depth, struct plan_text *out)
{
    bool is_in_string = false, is_good = true;
    size_t backslashes = 0;
    const char *p = span.begin;

    *out = (struct plan_text){ 0 };
    while (p < span.end && is_good) {
        const char *close;

        if (span.end - p >= 3 && memcmp(p, "$${", 3) == 0) {
            template_add_bytes(out, "${", 2);
            p += 3;
            continue;
        }
        if (span.end - p < 2 || p[0] != '$' || p[1] != '{') {
            size_t taken = take_literal(out, use, is_quoted, p, span.end);

            for (size_t i = 0; use == TEMPLATE_JSON && i < taken; i++)
                follow_json(&is_in_string, p + i, &backslashes);
            p += taken;
            continue;
        }
        close = template_close(p + 2, span.end);
        if (close == NULL)
            is_good = template_fail(reader, p, "\"${\" without its \"}\"; $${ stands for ${");
        else if (out->count >= TEXT_PARTS_MAX)
            is_good = template_fail(reader, p, "more than %d times ${...} in a text", TEXT_PARTS_MAX);
        else
            is_good = read_expression(reader, (struct template_span){ p + 2, close }, escape_of(use, is_in_string), depth, out);
        backslashes = 0;
        p = close != NULL ? close + 1 : span.end;
    }
    if (is_good)
        out->is_json = is_json(out);
    else
        plan_text_release(out);
    return is_good;
}

bool template_read(struct plan_text *out, struct names *names, const char *text, enum template_use use, struct template_problem *problem)
{
    struct template_reader reader = { names, text, problem };

    if (!read_text(&reader, (struct template_span){ text, text + strlen(text) }, false, use, 0, out))
        return false;
    out->source = mem_copy(text);
    return true;
}

const char *template_constant(const struct plan_text *text, size_t *length)
{
    INVARIANT(plan_text_is_constant(text));
    if (length != NULL)
        *length = text->count > 0 ? text->parts[0].length : 0;
    return text->count > 0 ? text->parts[0].bytes : "";
}

static bool is_function(enum generator_kind kind)
{
    return kind == GENERATOR_BASE64 || kind == GENERATOR_BASE64URL || kind == GENERATOR_URLENCODE || kind == GENERATOR_JSON ||
           kind == GENERATOR_HASH;
}

bool template_is_fixed(const struct plan_text *text)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct text_part *part = &text->parts[i];

        if (part->kind == TEXT_GENERATOR && is_function(part->generator->kind) && template_is_fixed(&part->generator->texts[0]))
            continue;
        if (part->kind != TEXT_LITERAL && part->kind != TEXT_SECRET)
            return false;
    }
    return true;
}
