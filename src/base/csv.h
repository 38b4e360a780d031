/* Rows of a CSV file (RFC 4180: quoted fields with delimiters, line breaks and doubled quotes in them; CRLF or LF), out of
 * memory, so that a file can be read in pieces. Pure; any thread. What RFC 4180 leaves open: a quote within an unquoted field is
 * text, and so is what follows the closing quote; a byte order mark is skipped by csv_bom(). */
#ifndef ONAGER_CSV_H
#define ONAGER_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct csv_field {
    size_t at, length; /* in the buffer that csv_split() filled */
};

/* Bytes of a byte order mark at the begin of a file: 3 or 0. */
size_t csv_bom(const char *text, size_t length);

/* Length of the first row with its line end. 0: it does not end within the text, unless is_last says that nothing follows. */
size_t csv_row_length(const char *text, size_t length, char delimiter, bool is_last);

/* The row has nothing but its line end. */
bool csv_row_is_blank(const char *row, size_t length);

/* Takes a row apart: appends its values, each with a NUL behind it, to `values` and notes up to `max` of them. Returns how many
 * fields it has, which may be more than max. */
size_t csv_split(const char *row, size_t length, char delimiter, struct buf *values, struct csv_field *fields, size_t max);

#endif
