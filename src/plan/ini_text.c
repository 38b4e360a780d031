/* inih fed by ini_parse_stream(), line by line. Debian's inih knows no line numbers, ends a key at ':', and cuts lines unless
 * told otherwise, so the reader here counts and checks each line, joins continuation lines, and hides ':' before the first '='
 * and line breaks inside a value behind control characters that no valid line holds; the handler puts them back.
 * It knows nothing of plans. Bounded: one pass, no recursion, memory of one value. */
#include "ini_text.h"

#include <ini.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"

#define HIDDEN_BREAK '\x1e'
#define HIDDEN_COLON '\x1f'

#if defined(HAVE_DECL_INI_MAX_LINE) && HAVE_DECL_INI_MAX_LINE
#define VALUE_LINE_MAX ((1 << 20) - 8)
#else
#define VALUE_LINE_MAX (INI_MAX_LINE - 4)
#endif

struct span {
    const char *start;
    size_t length;
};

struct reader {
    const struct ini_events *events;
    void *user;
    const char *text, *end; /* what is left */
    unsigned line;          /* of the last physical line taken */
    struct buf fed;         /* the logical line inih is given, with '\n' */
    size_t served;          /* of it */
    struct ini_place at;    /* of it */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span trimmed(struct span span)
{
    while (span.length > 0 && is_blank(span.start[0])) {
        span.start++;
        span.length--;
    }
    while (span.length > 0 && is_blank(span.start[span.length - 1]))
        span.length--;
    return span;
}

static size_t indent_of(struct span line)
{
    return (size_t)(trimmed(line).start - line.start);
}

/* The next physical line without its end ("\n", "\r\n"), not yet taken. */
static bool peek(const struct reader *reader, struct span *line, const char **next)
{
    const char *newline;

    if (reader->text == reader->end)
        return false;
    newline = memchr(reader->text, '\n', (size_t)(reader->end - reader->text));
    *next = newline != NULL ? newline + 1 : reader->end;
    *line = (struct span){ reader->text, (size_t)((newline != NULL ? newline : reader->end) - reader->text) };
    if (line->length > 0 && line->start[line->length - 1] == '\r')
        line->length--;
    return true;
}

static void mistake(struct reader *reader, size_t column, const char *text)
{
    const struct ini_place at = { reader->line, (unsigned)column + 1, (unsigned)column + 1 };

    reader->events->mistake(reader->user, &at, text);
}

/* Control characters are nowhere allowed; NUL would end inih's line. */
static bool is_clean(struct reader *reader, struct span line)
{
    for (size_t i = 0; i < line.length; i++) {
        unsigned char c = (unsigned char)line.start[i];

        if ((c < ' ' && c != '\t') || c == 0x7f) {
            char text[80];

            snprintf(text, sizeof text, "control character \\x%02x; the line is not read", c);
            mistake(reader, i, text);
            return false;
        }
    }
    return true;
}

static void take_section(struct reader *reader, struct span line)
{
    size_t indent = indent_of(line);
    const char *close = memchr(line.start, ']', line.length);
    char name[INI_SECTION_MAX + 1];
    struct span inside;

    reader->at = (struct ini_place){ reader->line, (unsigned)indent + 1, (unsigned)indent + 2 };
    inside =
        (struct span){ line.start + indent + 1, (size_t)((close != NULL ? close : line.start + line.length) - line.start) - indent - 1 };
    inside = trimmed(inside);
    if (close == NULL)
        mistake(reader, indent, "expected \"]\" at the end of the section name");
    else if (trimmed((struct span){ close + 1, (size_t)(line.start + line.length - close) - 1 }).length > 0)
        mistake(reader, (size_t)(close - line.start) + 1, "text after \"]\"; a comment stands on a line of its own");
    if (close != NULL && inside.length == 0)
        mistake(reader, indent, "a section has a name, such as [http]");
    if (inside.length > INI_SECTION_MAX) {
        mistake(reader, indent, "a section name has at most 48 bytes");
        inside.length = 0;
    }
    memcpy(name, inside.start, inside.length);
    name[inside.length] = '\0';
    reader->events->section(reader->user, name, &reader->at);
    buf_addf(&reader->fed, "[%s]\n", name);
}

/* Lines that belong to the value before them: indented deeper than its key. Comments between them are skipped. */
static void take_continuation(struct reader *reader, size_t key_indent)
{
    struct span line;
    const char *next;
    bool is_value_clean = true;

    while (peek(reader, &line, &next)) {
        struct span inside = trimmed(line);

        if (inside.length == 0 || indent_of(line) <= key_indent)
            break;
        reader->text = next;
        reader->line++;
        if (*inside.start == ';' || *inside.start == '#')
            continue;
        if (!is_clean(reader, line)) {
            is_value_clean = false;
            continue;
        }
        if (reader->fed.length + inside.length < VALUE_LINE_MAX) {
            buf_add_char(&reader->fed, HIDDEN_BREAK);
            buf_add(&reader->fed, inside.start, inside.length);
        } else if (is_value_clean) {
            is_value_clean = false;
            mistake(reader, 0, "the value is too long; body_file takes a file");
        }
    }
}

static void take_pair(struct reader *reader, struct span line)
{
    size_t indent = indent_of(line);
    const char *equals = memchr(line.start, '=', line.length);
    struct span key, value;

    if (equals == NULL) {
        mistake(reader, indent, "expected \"key = value\", \"[section]\" or a comment");
        return;
    }
    key = trimmed((struct span){ line.start, (size_t)(equals - line.start) });
    value = trimmed((struct span){ equals + 1, (size_t)(line.start + line.length - equals) - 1 });
    if (key.length == 0) {
        mistake(reader, indent, "expected a key before \"=\"");
        return;
    }
    if (line.length > VALUE_LINE_MAX) {
        mistake(reader, indent, "the line is too long; body_file takes a file");
        return;
    }
    reader->at = (struct ini_place){ reader->line, (unsigned)indent + 1, (unsigned)(value.start - line.start) + 1 };
    for (size_t i = 0; i < key.length; i++)
        buf_add_char(&reader->fed, key.start[i] == ':' ? HIDDEN_COLON : key.start[i]);
    buf_add_char(&reader->fed, '=');
    buf_add(&reader->fed, value.start, value.length);
    take_continuation(reader, indent);
    buf_add_char(&reader->fed, '\n');
}

/* Takes physical lines until there is one to give to inih. false: the end. */
static bool next_line(struct reader *reader)
{
    struct span line, inside;
    const char *next;

    buf_clear(&reader->fed);
    reader->served = 0;
    while (reader->fed.length == 0) {
        if (!peek(reader, &line, &next))
            return false;
        reader->text = next;
        reader->line++;
        inside = trimmed(line);
        if (inside.length == 0 || *inside.start == ';' || *inside.start == '#' || !is_clean(reader, line))
            continue;
        if (*inside.start == '[')
            take_section(reader, line);
        else
            take_pair(reader, line);
    }
    return true;
}

/* ini_reader: like fgets(). */
static char *serve(char *out, int size, void *stream)
{
    struct reader *reader = stream;
    size_t length;

    if (reader->served == reader->fed.length && !next_line(reader))
        return NULL;
    length = reader->fed.length - reader->served;
    if (length > (size_t)size - 1)
        length = (size_t)size - 1;
    memcpy(out, reader->fed.data + reader->served, length);
    out[length] = '\0';
    reader->served += length;
    return out;
}

static int handle(void *stream, const char *section, const char *key, const char *value)
{
    struct reader *reader = stream;
    char *own_key = mem_copy(key), *own_value = mem_copy(value);
    size_t skip;

    (void)section; /* the reader has seen it */
    for (char *p = own_key; *p != '\0'; p++)
        if (*p == HIDDEN_COLON)
            *p = ':';
    for (char *p = own_value; *p != '\0'; p++)
        if (*p == HIDDEN_BREAK)
            *p = '\n';
    skip = own_value[0] == '\n'; /* the value begins on the line below its key */
    reader->events->pair(reader->user, own_key, own_value + skip, &reader->at);
    free(own_key);
    free(own_value);
    return 1;
}

static void set_knobs(void)
{
#if defined(HAVE_DECL_INI_MAX_LINE) && HAVE_DECL_INI_MAX_LINE
    ini_use_stack = false;
    ini_allow_realloc = true;
    ini_max_line = 1 << 20;
    ini_allow_inline_comments = false;
    ini_allow_multiline = false;
    ini_allow_no_value = false;
    ini_stop_on_first_error = false;
#endif
}

void ini_read(const char *text, size_t length, const struct ini_events *events, void *user)
{
    struct reader reader = { .events = events, .user = user };
    int failed;

    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    reader.text = text;
    reader.end = text + length;
    set_knobs();
    failed = ini_parse_stream(serve, &reader, handle, &reader);
    if (failed != 0)
        mistake(&reader, 0, "inih could not read the file"); /* out of memory; every line was checked above */
    buf_release(&reader.fed);
}
