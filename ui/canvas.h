/* The canvas: a screen in memory. A cell is a code point, its meaning (role) and attributes; panes are clipped windows on it.
 * Nothing outside a pane is ever written, a wide character is never split, and no control character gets in: whatever is
 * put must be printable or becomes '?'. Pure; UI thread; knows no terminal. */
#ifndef UI_CANVAS_H
#define UI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "glyphs.h"
#include "role.h"

#define CELL_BOLD 1u
#define CELL_DIM 2u
#define CELL_REVERSE 4u
#define CELL_UNDERLINE 8u

struct cell {
    uint32_t code_point; /* shown as is; 0: the right half of the wide character before it */
    uint32_t mark;       /* a combining code point on top, or 0 */
    uint8_t role;        /* enum role */
    uint8_t attributes;  /* CELL_*, besides what the theme gives the role */
    uint16_t unused;     /* always 0: cells are compared byte by byte */
};

struct canvas {
    int width, height;
    enum glyph_set glyphs;
    struct cell *cells; /* row after row */
};

struct rect {
    int x, y, width, height;
};

/* A clipped window; coordinates below are its own. By value; borrows the canvas. */
struct pane {
    struct canvas *canvas;
    struct rect rect;
};

struct canvas *canvas_new(int width, int height, enum glyph_set glyphs); /* returned owned, blank; aborts when out of memory */
void canvas_free(struct canvas *canvas);
void canvas_clear(struct canvas *canvas);
/* The text of a row without trailing blanks, UTF-8. Returned owned. */
char *canvas_row_text(const struct canvas *canvas, int row);

struct pane pane_of(struct canvas *canvas, struct rect rect); /* cut to the canvas */
struct pane pane_inside(const struct pane *pane, int x, int y, int width, int height);

void pane_put(const struct pane *pane, int x, int y, uint32_t code_point, enum role role, unsigned attributes);
void pane_fill(const struct pane *pane, int x, int y, int width, uint32_t code_point, enum role role);

/* Columns of text of our own, marks of glyphs.h counted as one. */
int canvas_columns(const char *text);

/* Text of our own from x on, at most `columns`; returns the columns taken. */
int pane_text(const struct pane *pane, int x, int y, int columns, enum role role, const char *text);
int pane_textf(const struct pane *pane, int x, int y, enum role role, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Text of our own whose last column is `right`; nothing when it would begin left of 0. Returns the first column. */
int pane_text_right(const struct pane *pane, int right, int y, enum role role, const char *text);
/* Text from outside made safe for this canvas, at most `columns`; returns its columns. */
int canvas_clean(const struct canvas *canvas, char *out, size_t size, int columns, const char *text);
/* The same, drawn, cut with an ellipsis. Returns the columns taken. */
int pane_outside(const struct pane *pane, int x, int y, int columns, enum role role, const char *text);

/* A titled rule over the whole width: "─ left ──────── right ─"; right may be "". */
void pane_rule(const struct pane *pane, int y, const char *left, const char *right);

#endif
