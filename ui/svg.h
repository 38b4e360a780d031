/* A canvas as a picture: SVG with the colours of a theme. Pure; any thread; knows no terminal. */
#ifndef UI_SVG_H
#define UI_SVG_H

#include <stdio.h>

#include "canvas.h"
#include "theme.h"

/* Writes the whole document. Text stays text (to be searched and copied), blocks and lines become shapes, so the picture looks
 * the same with every font. What cannot stand in XML becomes U+FFFD. */
void svg_write(FILE *out, const struct canvas *canvas, const struct theme *theme);

#endif
