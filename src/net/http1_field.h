/* The header fields that decide where an answer ends and whether its connection is kept. Private to the parser. Pure. */
#ifndef ONAGER_HTTP1_FIELD_H
#define ONAGER_HTTP1_FIELD_H

#include <string.h>

#include "http1_parse.h"

/* Values without the line end. What is wrong with them, or NULL. */
const char *http1_read_length(struct http1_parser *parser, const char *value, size_t length);
const char *http1_read_coding(struct http1_parser *parser, const char *value, size_t length);
void http1_read_connection(struct http1_parser *parser, const char *value, size_t length);

/* Names of the right length, compared 8 letters or hyphens at a time, without a call. */
static inline uint64_t lower8(const char *text)
{
    uint64_t word;

    memcpy(&word, text, 8);
    return word | 0x2020202020202020ULL;
}

static inline bool is_content_length(const char *name)
{
    return lower8(name) == lower8("content-") && lower8(name + 6) == lower8("t-length");
}

static inline bool is_connection(const char *name)
{
    return lower8(name) == lower8("connecti") && lower8(name + 2) == lower8("nnection");
}

static inline bool is_transfer_encoding(const char *name)
{
    return lower8(name) == lower8("transfer") && lower8(name + 8) == lower8("-encodin") && (name[16] | 0x20) == 'g';
}

/* The usual value of Connection with its line end, 13 bytes. */
static inline bool is_keep_alive(const char *value)
{
    return memcmp(value, " keep-al", 8) == 0 && memcmp(value + 5, "-alive\r\n", 8) == 0;
}

/* 1 to 18 digits; the first byte behind them, or NULL. At least 19 bytes must be readable, or a byte that is no digit. */
static inline const char *http1_read_number(const char *text, uint64_t *value)
{
    uint64_t sum = 0;
    int count = 0;

    for (unsigned digit; (digit = (unsigned char)text[count] - (unsigned)'0') <= 9; count++) {
        if (count == 18)
            return NULL;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return count > 0 ? text + count : NULL;
}

#endif
