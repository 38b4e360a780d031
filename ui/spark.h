/* Sparklines and bar graphs of one or more rows: a value is drawn in eighths of a cell from the bottom up. Blank is no data,
 * the zero mark is zero, anything else shows at least the lowest mark. Pure drawing. */
#ifndef UI_SPARK_H
#define UI_SPARK_H

#include "canvas.h"

/* The top of the scale: the largest value, but at most four and a half times the value that two fifths lie below, so that one outlier
 * (drawn full) does not flatten the rest. NAN values are no data. 0 when there is nothing. */
double spark_top(const double *values, int count);

/* Draws `count` columns, the last at x + count - 1, `rows` high from row y on. dim: per column, or NULL. */
void spark_draw(
    const struct pane *pane, int x, int y, int rows, const double *values, int count, double top, enum role role, const bool *dim);

/* A round whole number such that `rows` steps of it reach `top`; at least 1. */
double spark_step(double top, int rows);

#endif
