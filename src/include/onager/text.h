/* The one sanitizer for text that came from outside (server, plan, script, environment) on its way to a terminal, log or
 * message, and the column arithmetic that goes with it. Pure; any thread; needs no locale: it decodes UTF-8 itself. */
#ifndef ONAGER_TEXT_H
#define ONAGER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes at most `size` bytes (NUL included) and at most `columns` columns of `text` (`length` bytes, may hold NUL).
 * C0, DEL, C1, bidi controls, zero width, line separators, private use, noncharacters and invalid UTF-8 become visible
 * escapes \xNN or \u{N}; what does not fit ends in "…" ("~" when !utf8). When !utf8 everything outside ASCII is escaped.
 * Guarantee: the result is valid UTF-8, holds no control or format character, and running it through again changes nothing
 * when it fits. Returns the number of columns written. */
size_t text_sanitize(char *out, size_t size, const char *text, size_t length, size_t columns, bool utf8);

/* Columns that sanitized UTF-8 text takes on a terminal (wide characters 2, combining 0). */
size_t text_columns(const char *text);

/* Decodes one code point of UTF-8 strictly. Returns the bytes taken (1..4), or 0 when *text is not valid UTF-8 there. */
size_t text_decode(const char *text, size_t length, uint32_t *code_point);
int text_width(uint32_t code_point); /* 0, 1 or 2 columns */

/* Levels 0..`steps` for a sparkline, rounded up: 0 stays 0, anything else is at least 1. `top` is the largest value of the scale. */
unsigned text_spark_level(double value, double top, unsigned steps);

#endif
