/* The requests table: a row for each request, the slowest first, and their sum. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "onager/text.h"
#include "spark.h"
#include "table.h"

#define TREND_COLUMNS_S 3 /* a column of the trend is three of the graphs */
#define MAX_ROWS 256
#define METHOD 5

static void heads_draw(const struct pane *pane, int y, const struct table_columns *c, const char *first)
{
    static const char *const heads[TABLE_COLUMNS] = { "", "count", "/s 10 s", "failed", "p50", "p95", "p99", "max", "" };

    pane_text(pane, 0, y, c->width[TABLE_NAME], ROLE_TITLE, first);
    for (int i = TABLE_COUNT; i < TABLE_TREND; i++)
        if (c->width[i] > 0)
            pane_text_right(pane, c->end[i], y, ROLE_TITLE, heads[i]);
    if (c->width[TABLE_TREND] > 0)
        pane_text(
            pane, c->end[TABLE_TREND] - c->width[TABLE_TREND] + 1 + (c->width[TABLE_TREND] >= 8 && pane->rect.width >= 80 ? 2 : 1), y, 9,
            ROLE_TITLE, c->width[TABLE_TREND] >= 11 ? "p95 trend" : "p95");
}

static void trend_draw(const struct pane *pane, int y, const struct table_columns *c, const struct draw *draw, uint32_t id)
{
    int gap = c->width[TABLE_TREND] >= 8 && pane->rect.width >= 80 ? 2 : 1, count = c->width[TABLE_TREND] - gap;
    uint64_t values_ns[64];
    double values[64];

    if (count < 1)
        return;
    count = count < 64 ? count : 64;
    model_row_trend(draw->model, id, draw->column_seconds * TREND_COLUMNS_S, count, values_ns);
    for (int i = 0; i < count; i++)
        values[i] = values_ns[i] == SNAP_NONE ? NAN : (double)values_ns[i];
    spark_draw(
        pane, c->end[TABLE_TREND] - c->width[TABLE_TREND] + 1 + gap, y, 1, values, count, spark_top(values, count), ROLE_TREND, NULL);
}

static void quantile_draw(
    const struct pane *pane, int right, int y, enum role role, uint64_t ns, const struct snap_trend *trend, double q, bool utf8)
{
    char text[FORMAT_SIZE];

    format_quantile(text, ns, trend->count, q, utf8, &role);
    pane_text_right(pane, right, y, role, text);
}

static void row_draw(
    const struct pane *pane, int y, const struct table_columns *c, const struct draw *draw, const struct snap_row *row, bool has_method)
{
    bool is_all = row == &draw->s->all;
    enum role role = is_all ? ROLE_TOTAL : ROLE_TEXT;
    const struct snap_trend *d = &row->duration;
    char text[FORMAT_SIZE];
    int x = 0;

    if (has_method && !is_all) {
        pane_outside(pane, 0, y, METHOD - 1, ROLE_DIM, row->method);
        x = METHOD;
    }
    pane_outside(pane, x, y, c->width[TABLE_NAME] - x, role, is_all ? "all" : row->name);
    if (c->width[TABLE_COUNT] > 0)
        pane_text_right(
            pane, c->end[TABLE_COUNT], y, role,
            units_format_count_short(text, sizeof text, row->requests.total, c->width[TABLE_COUNT] - 1));
    if (c->width[TABLE_RATE] > 0) {
        if (row->rate_10s < 9999.95)
            units_format_rate_column(text, sizeof text, row->rate_10s);
        else
            units_format_count_short(text, sizeof text, (uint64_t)(row->rate_10s + 0.5), c->width[TABLE_RATE] - 1);
        pane_text_right(pane, c->end[TABLE_RATE], y, role, text);
    }
    if (c->width[TABLE_FAILED] > 0)
        pane_text_right(
            pane, c->end[TABLE_FAILED], y, snap_failed(&row->requests) > 0 ? ROLE_BAD : role,
            row->requests.total > 0 ? units_format_percent(text, sizeof text, snap_failed(&row->requests), row->requests.total) : "-");
    if (c->width[TABLE_P50] > 0)
        quantile_draw(pane, c->end[TABLE_P50], y, role, d->p50_ns, d, 0.50, draw->utf8);
    if (c->width[TABLE_P95] > 0)
        quantile_draw(pane, c->end[TABLE_P95], y, role, d->p95_ns, d, 0.95, draw->utf8);
    if (c->width[TABLE_P99] > 0)
        quantile_draw(pane, c->end[TABLE_P99], y, role, d->p99_ns, d, 0.99, draw->utf8);
    if (c->width[TABLE_MAX] > 0)
        quantile_draw(pane, c->end[TABLE_MAX], y, role, d->max_ns, d, 0, draw->utf8);
    trend_draw(pane, y, c, draw, row->id);
}

/* Of all rows, so that the columns stand still while the order changes. */
static int longest_name(const struct snapshot *s)
{
    int longest = 0;

    for (size_t i = 0; i < s->row_count && longest < 64; i++) {
        int columns = canvas_columns(s->rows[i].name);

        longest = columns > longest ? columns : longest;
    }
    return longest;
}

void panel_table_draw(const struct pane *pane, const struct draw *draw)
{
    const struct layout *layout = draw->layout;
    struct table_columns c;
    bool has_title = layout->table_has_title, has_method = has_title;
    int y = 0, rows, shown;
    size_t order[MAX_ROWS], count = model_rows_sorted(draw->model, order, MAX_ROWS);

    rows = panel_body_rows(pane, draw, PANEL_TABLE) + 1;
    c = table_columns_for(pane->rect.width, longest_name(draw->s) + (has_method ? METHOD : 0));
    if (has_title)
        pane_rule(pane, y++, "requests", "whole run, sorted by p95");
    heads_draw(pane, y++, &c, has_title ? "" : "requests");
    shown = (int)draw->s->row_count;
    if (shown > rows - y - 1)
        shown = rows - y - 2; /* one line tells how many more, one is the sum */
    shown = shown < (int)count ? shown : (int)count;
    for (int i = 0; i < shown; i++)
        row_draw(pane, y++, &c, draw, &draw->s->rows[order[i]], has_method);
    if (shown >= 0 && shown < (int)draw->s->row_count && y < rows - 1)
        pane_textf(pane, 0, y++, ROLE_DIM, "+%d more", (int)draw->s->row_count - shown);
    if (y < rows)
        row_draw(pane, y, &c, draw, &draw->s->all, has_method);
}
