/* Request rate as bars, with dashes where planned load was not started, a time axis and the VUs below. */
#include "panel.h"

#include <math.h>
#include <stdio.h>

#include "format.h"
#include "onager/text.h"
#include "spark.h"

#define LABEL 7 /* columns left of the graph */

static void title_draw(const struct pane *pane, const struct draw *draw)
{
    char right[160] = "", now[FORMAT_SIZE], peak[FORMAT_SIZE], at[FORMAT_SIZE];

    units_format_rate(now, sizeof now, draw->s->rate_1s);
    units_format_rate(peak, sizeof peak, draw->model->rate_peak.value);
    units_format_clock(at, sizeof at, draw->model->rate_peak.at_ns);
    if (draw->model->rate_peak.at_ns == SNAP_NONE)
        snprintf(right, sizeof right, "now %s", now);
    else if (pane->rect.width >= 50)
        snprintf(right, sizeof right, "now %s · peak %s at %s", now, peak, at);
    else
        snprintf(right, sizeof right, "peak %s", peak);
    pane_rule(pane, 0, "requests/s", right);
}

static void bars_draw(const struct pane *pane, const struct column *columns, int count, int rows)
{
    int group = 1, unused; /* a label for each group of rows */
    double top = 0, best = 0, step, values[MODEL_MAX_COLUMNS];
    char text[FORMAT_SIZE];

    for (int i = 0; i < count; i++) {
        values[i] = columns[i].seconds > 0 ? columns[i].rate : NAN;
        if (columns[i].rate + columns[i].missing > top)
            top = columns[i].rate + columns[i].missing;
    }
    for (int g = 1; g <= rows / 3; g++) { /* the grouping that uses most of the height, of those with three to seven labels */
        double used = rows / g <= 7 ? top / (spark_step(top, rows / g) / g) : 0;

        if (used > best * 1.01) {
            best = used;
            group = g;
        }
    }
    if (best == 0)
        group = rows > 7 ? (rows + 6) / 7 : 1;
    unused = rows > 0 ? rows % group : 0;
    rows -= unused;
    step = rows > 0 ? spark_step(top, rows / group) / group : 1;
    for (int row = 0; row < rows; row += group)
        pane_text_right(
            pane, LABEL - 2, 1 + unused + row, ROLE_DIM,
            units_format_count_short(text, sizeof text, (uint64_t)(step * (rows - row) + 0.5), LABEL - 2));
    spark_draw(pane, LABEL, 1 + unused, rows, values, count, step * rows, ROLE_RATE_ACTUAL, NULL);
    for (int i = 0; i < count; i++) {
        double planned = columns[i].rate + columns[i].missing;
        int row = rows - 1 - (int)(planned / step), reached = rows - 1 - (int)((columns[i].rate - 1e-9) / step);

        if (columns[i].missing > 0 && planned >= columns[i].rate * 1.005)
            pane_put(
                pane, LABEL + i,
                1 + unused +
                    (row < reached ? row < 0 ? 0 : row
                     : reached > 0 ? reached - 1
                                   : 0),
                GLYPH_PLANNED, ROLE_RATE_PLANNED, 0);
    }
}

static void axis_draw(const struct pane *pane, int y, int count, unsigned seconds)
{
    pane_text(pane, LABEL + count - 3, y, 3, ROLE_DIM, "now");
    for (int back = 10; back < count - 2; back += 10) {
        unsigned long ago = (unsigned long)back * seconds;
        char text[FORMAT_SIZE];

        snprintf(text, sizeof text, "-%lu:%02lu", ago / 60, ago % 60);
        pane_text(pane, LABEL + count - 1 - back - canvas_columns(text) / 2, y, 8, ROLE_DIM, text);
    }
}

static void vus_draw(const struct pane *pane, int y, const struct column *columns, int count)
{
    double values[MODEL_MAX_COLUMNS], top = 0;

    for (int i = 0; i < count; i++) {
        values[i] = columns[i].seconds > 0 ? columns[i].vus : NAN;
        top = columns[i].vus > top ? columns[i].vus : top;
    }
    pane_text(pane, 0, y, 3, ROLE_LABEL, "VUs");
    spark_draw(pane, LABEL, y, 1, values, count, top, ROLE_VUS, NULL);
}

void panel_rate_draw(const struct pane *pane, const struct draw *draw)
{
    int body = panel_body_rows(pane, draw, PANEL_RATE), count = pane->rect.width - LABEL, graph;
    struct column columns[MODEL_MAX_COLUMNS];

    if (count > MODEL_MAX_COLUMNS)
        count = MODEL_MAX_COLUMNS;
    title_draw(pane, draw);
    if (body < 1 || count < 1)
        return;
    model_columns(draw->model, draw->column_seconds, count, columns);
    graph = body - (body >= 6 ? 1 : 0) - (body >= 7 ? 1 : 0);
    bars_draw(pane, columns, count, graph);
    if (body >= 7)
        axis_draw(pane, body - 1, count, draw->column_seconds);
    if (body >= 6)
        vus_draw(pane, body, columns, count);
}
