/* The sanitizer for text from outside, strict UTF-8 decoding and column widths. Pure: any thread, no locale, no allocation.
 * What it must not know: who prints the text and where. */
#include "onager/text.h"

#include <math.h>
#include <string.h>

#include "text_ranges.h"

#define MARKS_MAX 4 /* combining marks on one character; more only serve to climb over other lines */

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code_point)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (code_point > ranges[middle].last)
            low = middle + 1;
        else if (code_point < ranges[middle].first)
            high = middle;
        else
            return true;
    }
    return false;
}

#define IN_RANGES(table, code_point) in_ranges(table, sizeof(table) / sizeof *(table), code_point)

static bool is_hidden(uint32_t code_point)
{
    if (code_point >= 0x20 && code_point < 0x7f)
        return false;
    return (code_point & 0xfffe) == 0xfffe || IN_RANGES(hidden_ranges, code_point);
}

int text_width(uint32_t code_point)
{
    if (code_point >= 0x20 && code_point < 0x7f)
        return 1;
    if (is_hidden(code_point) || IN_RANGES(zero_ranges, code_point))
        return 0;
    return IN_RANGES(wide_ranges, code_point) ? 2 : 1;
}

/* RFC 3629, section 4: the second byte has a narrower range after E0, ED, F0 and F4 (overlong forms, surrogates, limit). */
size_t text_decode(const char *text, size_t length, uint32_t *code_point)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t more;
    uint32_t value;

    if (length == 0)
        return 0;
    if (bytes[0] < 0x80) {
        *code_point = bytes[0];
        return 1;
    }
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
        return 0;
    more = bytes[0] < 0xe0 ? 1 : bytes[0] < 0xf0 ? 2 : 3;
    value = bytes[0] & (0x3fu >> more);
    if (bytes[0] == 0xe0)
        low = 0xa0;
    else if (bytes[0] == 0xed)
        high = 0x9f;
    else if (bytes[0] == 0xf0)
        low = 0x90;
    else if (bytes[0] == 0xf4)
        high = 0x8f;
    if (length < more + 1)
        return 0;
    for (size_t i = 1; i <= more; i++) {
        if (bytes[i] < low || bytes[i] > high)
            return 0;
        value = value << 6 | (bytes[i] & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    *code_point = value;
    return more + 1;
}

static size_t put_hex(char *out, uint32_t value, unsigned digits)
{
    for (unsigned i = 0; i < digits; i++)
        out[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 0xf];
    return digits;
}

/* One code point or one bad byte in the form in which it may be shown. */
struct unit {
    char bytes[12]; /* longest: \u{10ffff} */
    size_t length, columns, taken;
    bool is_mark;
};

static void escape(struct unit *unit, uint32_t value, bool is_byte)
{
    unsigned digits = 2;

    unit->bytes[0] = '\\';
    if (is_byte) {
        unit->bytes[1] = 'x';
        unit->length = 2 + put_hex(unit->bytes + 2, value, 2);
    } else {
        while (digits < 6 && value >> 4 * digits != 0)
            digits++;
        unit->bytes[1] = 'u';
        unit->bytes[2] = '{';
        unit->length = 3 + put_hex(unit->bytes + 3, value, digits);
        unit->bytes[unit->length++] = '}';
    }
    unit->columns = unit->length;
    unit->is_mark = false;
}

static void next_unit(struct unit *unit, const char *text, size_t length, unsigned marks_left, bool utf8)
{
    uint32_t code_point = 0;
    size_t taken = text_decode(text, length, &code_point);

    unit->taken = taken > 0 ? taken : 1;
    if (taken == 0) {
        escape(unit, (unsigned char)text[0], true);
        return;
    }
    if (code_point < 0x20 || code_point == 0x7f) {
        escape(unit, code_point, true);
        return;
    }
    unit->columns = (size_t)text_width(code_point);
    unit->is_mark = unit->columns == 0 && !is_hidden(code_point);
    if (is_hidden(code_point) || (code_point > 0x7f && !utf8) || (unit->is_mark && marks_left == 0)) {
        escape(unit, code_point, false);
        return;
    }
    memcpy(unit->bytes, text, taken);
    unit->length = taken;
}

size_t text_sanitize(char *out, size_t size, const char *text, size_t length, size_t columns, bool utf8)
{
    const char *ellipsis = utf8 ? "…" : "~";
    size_t ellipsis_length = strlen(ellipsis);
    size_t used = 0, width = 0;         /* written so far */
    size_t cut_used = 0, cut_width = 0; /* the last place where the ellipsis fits */
    unsigned marks_left = 0;            /* a mark with nothing to stand on would join what is printed before */

    if (size == 0)
        return 0;
    for (size_t at = 0; at < length;) {
        struct unit unit;

        next_unit(&unit, text + at, length - at, marks_left, utf8);
        if (width + 1 <= columns && used + ellipsis_length + 1 <= size && !unit.is_mark) {
            cut_used = used;
            cut_width = width;
        }
        if (width + unit.columns > columns || used + unit.length + 1 > size) {
            used = cut_used;
            width = cut_width;
            if (columns > width && used + ellipsis_length + 1 <= size) {
                memcpy(out + used, ellipsis, ellipsis_length);
                used += ellipsis_length;
                width++;
            }
            break;
        }
        memcpy(out + used, unit.bytes, unit.length);
        used += unit.length;
        width += unit.columns;
        marks_left = unit.is_mark ? marks_left - 1 : MARKS_MAX;
        at += unit.taken;
    }
    out[used] = '\0';
    return width;
}

size_t text_columns(const char *text)
{
    size_t length = strlen(text);
    size_t columns = 0;

    while (length > 0) {
        uint32_t code_point = 0;
        size_t taken = text_decode(text, length, &code_point);

        columns += taken > 0 ? (size_t)text_width(code_point) : 1;
        taken = taken > 0 ? taken : 1;
        text += taken;
        length -= taken;
    }
    return columns;
}

unsigned text_spark_level(double value, double top, unsigned steps)
{
    double level;

    if (!(value > 0) || !(top > 0) || steps == 0)
        return 0;
    level = ceil(value / top * steps);
    if (level >= steps)
        return steps;
    return level < 1 ? 1 : (unsigned)level;
}
