/* Sparklines and bar graphs. Pure drawing. */
#include "spark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onager/text.h"

#define MAX_VALUES 512
#define OUTLIER 4.5 /* times what two fifths lie below */

static int number_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double spark_top(const double *values, int count)
{
    double some[MAX_VALUES];
    size_t used = 0;

    for (int i = 0; i < count && used < MAX_VALUES; i++)
        if (values[i] > 0) /* NAN is not */
            some[used++] = values[i];
    if (used == 0)
        return 0;
    qsort(some, used, sizeof some[0], number_order);
    return some[used - 1] < OUTLIER * some[used * 2 / 5] ? some[used - 1] : OUTLIER * some[used * 2 / 5];
}

/* A line of one row tells any difference from the step below; a graph beside a labelled scale goes to the nearest eighth. */
static unsigned level_of(double value, double top, int rows)
{
    if (rows == 1 || !(value > 0) || !(top > 0))
        return text_spark_level(value, top, (unsigned)rows * 8);
    return value / top * rows * 8 < 1 ? 1 : (unsigned)(value / top * rows * 8 + 0.5);
}

void spark_draw(
    const struct pane *pane, int x, int y, int rows, const double *values, int count, double top, enum role role, const bool *dim)
{
    for (int i = 0; i < count; i++) {
        unsigned level, attributes = dim != NULL && dim[i] ? CELL_DIM : 0;

        if (isnan(values[i]))
            continue;
        level = level_of(values[i] < top ? values[i] : top, top, rows);
        if (level == 0)
            pane_put(pane, x + i, y + rows - 1, GLYPH_SPARK_ZERO, ROLE_DIM, 0);
        for (int row = 0; row < rows && level > (unsigned)row * 8; row++) {
            unsigned part = level - (unsigned)row * 8;

            pane_put(pane, x + i, y + rows - 1 - row, GLYPH_SPARK_ZERO + (part > 8 ? 8 : part), role, attributes);
        }
    }
}

double spark_step(double top, int rows)
{
    static const double nice[] = { 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 };
    double wanted = rows > 0 ? top / rows : top, power;

    if (!(wanted > 1))
        return 1;
    power = pow(10, floor(log10(wanted)));
    for (size_t i = 0; i < sizeof nice / sizeof nice[0]; i++) {
        double step = nice[i] * power;

        if (step >= wanted * (1 - 1e-9) && step == floor(step)) /* labels are whole numbers */
            return step;
    }
    return 10 * power;
}
