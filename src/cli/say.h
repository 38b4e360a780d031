/* What the program says besides results: errors and notes on standard error, every line through the sanitizer. Main thread. */
#ifndef ONAGER_SAY_H
#define ONAGER_SAY_H

#include <stdbool.h>
#include <stdio.h>

#include "buf.h"
#include "onager/error.h"

/* Whether the locale shows UTF-8; after setlocale(). */
bool say_is_utf8(void);
/* Columns of the terminal on standard error; 0: it is none. */
size_t say_columns(void);

/* Lays out `text` for people: "onager: " before the first line and as much room before the others; on a terminal of `columns`
 * columns long lines are wrapped between words (0: not wrapped). Pure. */
void say_layout(struct buf *out, const char *text, size_t columns, bool utf8);

void say(const char *text); /* to standard error, wrapped when that is a terminal */
/* The message of an error. Those of a plan file begin with file:line:column and go out as they are, a line each. */
void say_error(const struct error *err, bool is_plan_file);

#endif
