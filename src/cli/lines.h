/* Text in columns for what the program prints about itself. Pure; any thread. */
#ifndef ONAGER_LINES_H
#define ONAGER_LINES_H

#include <stddef.h>

#include "buf.h"

#define LINES_WIDTH 80

/* `text` and blanks up to `columns`. */
void lines_padded(struct buf *out, const char *text, size_t columns);
/* `text` broken between words, from column `from` on, where the cursor is already; ends the line. */
void lines_wrapped(struct buf *out, const char *text, size_t from);
/* The same from the begin of a line: `from` blanks first. */
void lines_indented(struct buf *out, const char *text, size_t from);

#endif
