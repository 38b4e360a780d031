/* A small streaming JSON writer. */
#include "json_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "onager/text.h"

static uint32_t depth_bit(const struct json *json)
{
    return 1u << (json->depth - 1);
}

static void new_line(struct json *json)
{
    if (json->depth > json->lines_depth)
        return;
    buf_add_char(json->out, '\n');
    for (unsigned i = 0; i < json->depth; i++)
        buf_add_char(json->out, ' ');
}

/* Comma and line before a key or an array element. */
static void next_member(struct json *json)
{
    if (json->has_members & depth_bit(json))
        buf_add_char(json->out, ',');
    json->has_members |= depth_bit(json);
    new_line(json);
}

static void before_value(struct json *json)
{
    INVARIANT(!json->is_done);
    if (json->depth == 0) {
        json->is_done = true;
        return;
    }
    if (json->is_object & depth_bit(json)) {
        INVARIANT(json->has_key);
        json->has_key = false;
    } else {
        next_member(json);
    }
}

static void open_nest(struct json *json, bool is_object)
{
    before_value(json);
    json->is_done = false;
    INVARIANT(json->depth < JSON_DEPTH_MAX);
    json->depth++;
    json->has_members &= ~depth_bit(json);
    if (is_object)
        json->is_object |= depth_bit(json);
    else
        json->is_object &= ~depth_bit(json);
    buf_add_char(json->out, is_object ? '{' : '[');
}

static void close_nest(struct json *json, bool is_object)
{
    bool had_members;

    INVARIANT(json->depth > 0 && !json->has_key);
    INVARIANT(((json->is_object & depth_bit(json)) != 0) == is_object);
    had_members = (json->has_members & depth_bit(json)) != 0;
    json->depth--;
    if (had_members && json->depth < json->lines_depth)
        new_line(json);
    buf_add_char(json->out, is_object ? '}' : ']');
    json->is_done = json->depth == 0;
}

static void add_escaped(struct buf *out, uint32_t c)
{
    static const char short_names[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\' };

    if (c < sizeof short_names && short_names[c] != '\0')
        buf_addf(out, "\\%c", short_names[c]);
    else
        buf_addf(out, "\\u%04x", (unsigned)c);
}

/* What must be escaped, and what is escaped so that a file shown with cat cannot steer a terminal or reorder a line. */
static bool wants_escape(uint32_t c)
{
    if (c < 0x20 || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0))
        return true;
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static void add_quoted(struct buf *out, const char *text, size_t length)
{
    buf_add_char(out, '"');
    while (length > 0) {
        uint32_t c = 0;
        size_t taken = text_decode(text, length, &c);

        if (taken == 0)
            buf_add_text(out, "\xef\xbf\xbd");
        else if (wants_escape(c))
            add_escaped(out, c);
        else
            buf_add(out, text, taken);
        taken = taken > 0 ? taken : 1;
        text += taken;
        length -= taken;
    }
    buf_add_char(out, '"');
}

void json_write_init(struct json *json, struct buf *out, unsigned lines_depth)
{
    *json = (struct json){ .out = out, .lines_depth = lines_depth };
}

void json_write_object(struct json *json)
{
    open_nest(json, true);
}

void json_write_object_end(struct json *json)
{
    close_nest(json, true);
}

void json_write_array(struct json *json)
{
    open_nest(json, false);
}

void json_write_array_end(struct json *json)
{
    close_nest(json, false);
}

void json_write_key(struct json *json, const char *key)
{
    INVARIANT(json->depth > 0 && (json->is_object & depth_bit(json)) && !json->has_key);
    next_member(json);
    add_quoted(json->out, key, strlen(key));
    buf_add_char(json->out, ':');
    json->has_key = true;
}

void json_write_string_n(struct json *json, const char *text, size_t length)
{
    before_value(json);
    add_quoted(json->out, text, length);
}

void json_write_string(struct json *json, const char *text)
{
    if (text == NULL)
        json_write_null(json);
    else
        json_write_string_n(json, text, strlen(text));
}

void json_write_word(struct json *json, const char *word)
{
    before_value(json);
    buf_add_text(json->out, word);
}

void json_write_raw_ascii(struct json *json, const char *text, size_t length)
{
    before_value(json);
    buf_add_char(json->out, '"');
    buf_add(json->out, text, length);
    buf_add_char(json->out, '"');
}

void json_write_u64(struct json *json, uint64_t value)
{
    before_value(json);
    buf_addf(json->out, "%llu", (unsigned long long)value);
}

void json_write_i64(struct json *json, int64_t value)
{
    before_value(json);
    buf_addf(json->out, "%lld", (long long)value);
}

/* printf writes the decimal point of the locale, whatever bytes that takes. */
static void add_with_point(struct buf *out, const char *number)
{
    bool in_point = false;

    for (; *number != '\0'; number++) {
        bool is_plain = strchr("0123456789+-e", *number) != NULL;

        if (is_plain)
            buf_add_char(out, *number);
        else if (!in_point)
            buf_add_char(out, '.');
        in_point = !is_plain;
    }
}

void json_write_double(struct json *json, double value)
{
    char number[40];

    before_value(json);
    if (!isfinite(value)) {
        buf_add_text(json->out, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, value);
        if (strtod(number, NULL) == value)
            break;
    }
    add_with_point(json->out, number);
}

void json_write_bool(struct json *json, bool value)
{
    before_value(json);
    buf_add_text(json->out, value ? "true" : "false");
}

void json_write_null(struct json *json)
{
    before_value(json);
    buf_add_text(json->out, "null");
}

bool json_write_is_complete(const struct json *json)
{
    return json->is_done && json->depth == 0;
}
