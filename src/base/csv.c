/* Rows of CSV files. Pure. */
#include "csv.h"

#include <string.h>

size_t csv_bom(const char *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

enum place { AT_START, IN_PLAIN, IN_QUOTES, AFTER_QUOTE };

static enum place step(enum place place, char c, char delimiter)
{
    if (place == IN_QUOTES)
        return c == '"' ? AFTER_QUOTE : IN_QUOTES;
    if (c == '"' && place != IN_PLAIN)
        return IN_QUOTES; /* opens, or is the second of a doubled one */
    return c == delimiter ? AT_START : IN_PLAIN;
}

/* A row without quotes is found by memchr alone; within one with quotes every byte is looked at. */
size_t csv_row_length(const char *text, size_t length, char delimiter, bool is_last)
{
    const char *end = memchr(text, '\n', length);
    enum place place = AT_START;

    if (end != NULL && memchr(text, '"', (size_t)(end - text)) == NULL)
        return (size_t)(end - text) + 1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n' && place != IN_QUOTES)
            return i + 1;
        place = step(place, text[i], delimiter);
    }
    return is_last ? length : 0;
}

static size_t without_line_end(const char *row, size_t length)
{
    if (length > 0 && row[length - 1] == '\n')
        length--;
    if (length > 0 && row[length - 1] == '\r')
        length--;
    return length;
}

bool csv_row_is_blank(const char *row, size_t length)
{
    return without_line_end(row, length) == 0;
}

/* Appends the quoted part of a field; returns the index behind its closing quote. */
static size_t add_quoted(struct buf *values, const char *row, size_t length, size_t i)
{
    while (i < length) {
        const char *quote = memchr(row + i, '"', length - i);
        size_t end = quote != NULL ? (size_t)(quote - row) : length;

        buf_add(values, row + i, end - i);
        i = end + 1;
        if (i >= length || row[i] != '"')
            return i < length ? i : length;
        buf_add_char(values, '"');
        i++;
    }
    return length;
}

size_t csv_split(const char *row, size_t length, char delimiter, struct buf *values, struct csv_field *fields, size_t max)
{
    size_t count = 0, i = 0;

    length = without_line_end(row, length);
    buf_reserve(values, length + 1); /* so that a row without a value has a buffer too */
    for (;;) {
        size_t begin = values->length;
        const char *stop;
        size_t end;

        if (i < length && row[i] == '"')
            i = add_quoted(values, row, length, i + 1);
        stop = i < length ? memchr(row + i, delimiter, length - i) : NULL;
        end = stop != NULL ? (size_t)(stop - row) : length;
        if (end > i)
            buf_add(values, row + i, end - i);
        if (count < max)
            fields[count] = (struct csv_field){ begin, values->length - begin };
        buf_add_char(values, '\0');
        count++;
        if (stop == NULL)
            return count;
        i = end + 1;
    }
}
