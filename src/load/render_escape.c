/* What is done to a value where it is put into a text, so that it stays a value. Pure. */
#include "render.h"

#include <string.h>

#include "json_write.h"

static const char hex[] = "0123456789ABCDEF";

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

/* The byte stands in such a place as it is. */
static bool is_plain(unsigned char c, enum text_escape escape)
{
    switch (escape) {
    case ESCAPE_JSON:
        return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
    case ESCAPE_TARGET:
        return c > ' ' && c < 0x7f && strchr("\"<>^`{|}#", c) == NULL;
    case ESCAPE_QUERY:
        return is_unreserved(c);
    case ESCAPE_HEADER:
        return (c >= ' ' && c != 0x7f) || c == '\t';
    case ESCAPE_QUOTED:
        return c != '\r' && c != '\n' && c != '"';
    case ESCAPE_NONE:
        break;
    }
    return true;
}

static void escape_json(struct buf *out, const struct buf *value)
{
    struct json json;
    size_t from = out->length;

    json_write_init(&json, out, 0);
    json_write_string_n(&json, value->data, value->length);
    /* without its quotes */
    memmove(out->data + from, out->data + from + 1, out->length - from - 2);
    out->length -= 2;
    out->data[out->length] = '\0';
}

void render_escape(struct buf *out, size_t from, enum text_escape escape, struct buf *scratch)
{
    size_t plain = from;

    while (plain < out->length && is_plain((unsigned char)out->data[plain], escape))
        plain++;
    if (plain == out->length)
        return;
    if (escape == ESCAPE_JSON)
        plain = from; /* a character may have begun before the first byte that is not plain */
    buf_clear(scratch);
    buf_add(scratch, out->data + plain, out->length - plain);
    out->length = plain;
    if (escape == ESCAPE_JSON) {
        escape_json(out, scratch);
        return;
    }
    for (size_t i = 0; i < scratch->length; i++) {
        unsigned char c = (unsigned char)scratch->data[i];

        if (is_plain(c, escape))
            buf_add_char(out, (char)c);
        else if (escape == ESCAPE_HEADER)
            buf_add_char(out, ' ');
        else
            buf_add(out, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
    }
}
