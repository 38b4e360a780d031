/* The small screens: a line for each value, with both columns from 58 columns on, with one below; and the progress line of
 * screens too small even for that. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "onager/text.h"
#include "panel_facts.h"
#include "spark.h"

#define LABEL 8

enum what { WHAT_RATE, WHAT_FAILED, WHAT_LATENCY };

static bool is_mini(const struct draw *draw)
{
    return draw->layout->class == LAYOUT_MINI;
}

/* The graph of a line: columns of the shared axis, right-aligned in its place. */
static void graph_draw(const struct pane *pane, const struct draw *draw, enum what what, enum latency which, enum role role)
{
    int count = panel_graph_columns(draw->layout), x = is_mini(draw) ? pane->rect.width - count : LABEL;
    struct column columns[MODEL_MAX_COLUMNS];
    double values[MODEL_MAX_COLUMNS], top;
    bool dim[MODEL_MAX_COLUMNS] = { false };

    model_columns(draw->model, draw->column_seconds, count, columns);
    for (int i = 0; i < count; i++) {
        if (columns[i].seconds <= 0)
            values[i] = NAN;
        else if (what == WHAT_RATE)
            values[i] = columns[i].rate;
        else if (what == WHAT_FAILED)
            values[i] = (double)columns[i].failed / columns[i].seconds;
        else
            values[i] = columns[i].latency_ns[which] == SNAP_NONE ? NAN : (double)columns[i].latency_ns[which];
        dim[i] = what == WHAT_LATENCY && (columns[i].dim >> which & 1);
    }
    top = spark_top(values, count);
    for (int i = 0; i < count && what == WHAT_RATE; i++)
        top = values[i] > top ? values[i] : top;
    for (int i = 0; i < count && what == WHAT_FAILED; i++)
        top = values[i] > top ? values[i] : top;
    spark_draw(pane, x, 0, pane->rect.height, values, count, top, role, dim);
}

/* Last columns of the two values on compact screens. */
static int live_end(const struct pane *pane)
{
    return pane->rect.width - 14;
}

void panel_line_head_draw(const struct pane *pane, const struct draw *draw)
{
    unsigned seconds = draw->column_seconds * (unsigned)panel_graph_columns(draw->layout);

    pane_textf(pane, LABEL, 0, ROLE_TITLE, "last %u:%02u", seconds / 60, seconds % 60);
    pane_text_right(pane, live_end(pane), 0, ROLE_TITLE, "10 s");
    pane_text_right(pane, pane->rect.width - 1, 0, ROLE_TITLE, "run");
}

void panel_line_rate_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    char rate[FORMAT_SIZE], planned[FORMAT_SIZE], text[2 * FORMAT_SIZE + 16];
    int y = pane->rect.height - 1; /* the values stand beside the foot of the graph */

    pane_text(pane, 0, y, LABEL, ROLE_LABEL, "rate");
    units_format_rate(rate, sizeof rate, panel_rate(s));
    graph_draw(pane, draw, WHAT_RATE, 0, ROLE_RATE_ACTUAL);
    if (is_mini(draw)) {
        units_format_rate(planned, sizeof planned, panel_planned_rate(s));
        if (s->planned_rate > 0)
            snprintf(text, sizeof text, "%s/s of %s", rate, planned);
        else
            snprintf(text, sizeof text, "%s/s", rate);
        pane_text(pane, LABEL, y, 15, ROLE_STRONG, text);
        return;
    }
    snprintf(text, sizeof text, "%s/s", rate);
    pane_text_right(pane, live_end(pane), y, ROLE_STRONG, text);
    snprintf(
        text, sizeof text, "%s/s",
        units_format_rate(rate, sizeof rate, s->at_ns > 0 ? (double)s->all.requests.total * 1e9 / (double)s->at_ns : 0));
    pane_text_right(pane, pane->rect.width - 1, y, ROLE_TEXT, text);
}

static void latency_line(const struct pane *pane, const struct draw *draw, enum latency which)
{
    static const char *const labels[] = { "max", "p99", "p95", "p90", "p50" };
    static const double quantiles[] = { 0, 0.99, 0.95, 0.90, 0.50 };
    static const enum role roles[] = { ROLE_LATENCY_MAX, ROLE_LATENCY_P99, ROLE_LATENCY_P95, ROLE_LATENCY_P90, ROLE_LATENCY_P50 };
    const struct snap_trend *live = &draw->s->all.duration_10s, *run = &draw->s->all.duration;
    const uint64_t live_ns[] = { live->max_ns, live->p99_ns, live->p95_ns, live->p90_ns, live->p50_ns };
    const uint64_t run_ns[] = { run->max_ns, run->p99_ns, run->p95_ns, run->p90_ns, run->p50_ns };
    enum role role = ROLE_STRONG;
    char text[FORMAT_SIZE];

    pane_text(pane, 0, 0, LABEL, ROLE_LABEL, labels[which]);
    graph_draw(pane, draw, WHAT_LATENCY, which, roles[which]);
    format_quantile(text, live_ns[which], live->count, quantiles[which], draw->utf8, &role);
    if (is_mini(draw)) {
        pane_text_right(pane, LABEL + 6, 0, role, text);
        pane_text(pane, LABEL + 8, 0, 4, ROLE_DIM, "10 s");
        return;
    }
    pane_text_right(pane, live_end(pane), 0, role, text);
    role = ROLE_TEXT;
    format_quantile(text, run_ns[which], run->count, quantiles[which], draw->utf8, &role);
    pane_text_right(pane, pane->rect.width - 1, 0, role, text);
}

void panel_line_p50_draw(const struct pane *pane, const struct draw *draw)
{
    latency_line(pane, draw, LATENCY_P50);
}

void panel_line_p95_draw(const struct pane *pane, const struct draw *draw)
{
    latency_line(pane, draw, LATENCY_P95);
}

void panel_line_p99_draw(const struct pane *pane, const struct draw *draw)
{
    latency_line(pane, draw, LATENCY_P99);
}

void panel_line_max_draw(const struct pane *pane, const struct draw *draw)
{
    latency_line(pane, draw, LATENCY_MAX);
}

void panel_line_failed_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    uint64_t failed = snap_failed(&s->all.requests);
    enum role role = failed > 0 ? ROLE_BAD : ROLE_TEXT;
    char text[FORMAT_SIZE];

    pane_text(pane, 0, 0, LABEL, ROLE_LABEL, "failed");
    graph_draw(pane, draw, WHAT_FAILED, 0, ROLE_BAD);
    units_format_percent(text, sizeof text, failed, s->all.requests.total);
    if (is_mini(draw)) {
        pane_text_right(pane, LABEL + 6, 0, role, text);
        pane_text(pane, LABEL + 9, 0, 6, role, units_format_count_short(text, sizeof text, failed, 6));
        return;
    }
    pane_text_right(pane, pane->rect.width - 1, 0, role, text);
    units_format_percent(text, sizeof text, s->all.failed_10s, s->all.count_10s);
    pane_text_right(pane, live_end(pane), 0, s->all.failed_10s > 0 ? ROLE_BAD : ROLE_TEXT, text);
}

void panel_line_vus_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    enum role dropped = s->iterations.dropped > 0 ? ROLE_BAD : ROLE_TEXT;
    char text[FORMAT_SIZE];
    int x;

    if (is_mini(draw)) {
        pane_text(pane, 0, 0, LABEL, ROLE_LABEL, "VUs");
        x = LABEL +
            pane_textf(pane, LABEL, 0, ROLE_TEXT, "%llu/%llu", (unsigned long long)s->vus_allocated, (unsigned long long)s->vus_max);
        x += 3 + pane_textf(pane, x + 3, 0, ROLE_TEXT, "in flight %llu", (unsigned long long)s->in_flight);
        pane_textf(pane, x + 3, 0, dropped, "drop %s", units_format_count_short(text, sizeof text, s->iterations.dropped, 4));
        return;
    }
    x = pane_textf(pane, 0, 0, ROLE_TEXT, "VUs %llu of %llu", (unsigned long long)s->vus_allocated, (unsigned long long)s->vus_max) + 3;
    x += pane_textf(pane, x, 0, ROLE_TEXT, "in flight %llu", (unsigned long long)s->in_flight) + 3;
    x += pane_textf(pane, x, 0, dropped, "dropped %s", units_format_count_short(text, sizeof text, s->iterations.dropped, 6)) + 3;
    pane_textf(pane, x, 0, ROLE_TEXT, "%s iter/s", units_format_rate(text, sizeof text, s->iterations_per_s_10s));
}

void panel_line_slowest_draw(const struct pane *pane, const struct draw *draw)
{
    size_t order[8], count = model_rows_sorted(draw->model, order, 8);
    int x = pane_text(pane, 0, 0, 8, ROLE_LABEL, "slowest ");

    for (size_t i = 0; i < count; i++) {
        const struct snap_row *row = &draw->s->rows[order[i]];
        enum role role = ROLE_TEXT;
        char value[FORMAT_SIZE], name[128], text[256];
        int columns;

        format_quantile(value, row->duration.p95_ns, row->duration.count, 0.95, draw->utf8, &role);
        text_sanitize(name, sizeof name, row->name, strlen(row->name), 24, draw->utf8);
        snprintf(text, sizeof text, "%s %s%s", name, i == 0 ? "p95 " : "", value);
        columns = canvas_columns(text);
        if (x + columns > pane->rect.width || (i == 3 && !is_mini(draw)))
            return;
        x += pane_text(pane, x, 0, columns, role, text) + 3;
    }
}

void panel_line_errors_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    char text[512], total[FORMAT_SIZE], kind[FORMAT_SIZE];

    snprintf(text, sizeof text, "errors %s:", units_format_count(total, sizeof total, snap_failed(&s->all.requests)));
    for (size_t i = 0; i < s->error_count && i < 6; i++) {
        size_t length = strlen(text);
        const char *name = s->errors[i].row < s->row_count ? s->rows[s->errors[i].row].name : "";

        snprintf(
            text + length, sizeof text - length, "%s%llu %s %s", i > 0 ? " · " : " ", (unsigned long long)s->errors[i].count,
            format_error(kind, &s->errors[i], true), name);
    }
    pane_outside(pane, 0, 0, pane->rect.width, ROLE_BAD, text);
}

/* ---- The progress line ---- */

static const char *state_glyph(enum run_state state)
{
    static const char *const glyphs[] = {
#define RUN_STATE(id, name, glyph, ascii, help) [RUN_##id] = glyph,
#include "onager/run_state.def"
#undef RUN_STATE
    };

    return glyphs[state];
}

void panel_line_only_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    const struct snap_trend *d = &s->all.duration_10s;
    const char *toast = model_toast_text(draw->model);
    char p95[FORMAT_SIZE], text[FORMAT_SIZE * 3], at[FORMAT_SIZE], total[FORMAT_SIZE];
    int x = 0, width = pane->rect.width;
    enum role role = ROLE_STRONG;

    if (toast != NULL && width >= 20) {
        pane_outside(pane, 0, 0, width, draw->model->view.toast_role, toast);
        return;
    }
    format_quantile(p95, d->p95_ns, d->count, 0.95, draw->utf8, &role);
    if (width < 20) {
        x += pane_text(pane, x, 0, width, ROLE_STATE_RUNNING, state_glyph(draw->model->live->state)) + 1;
        pane_text(pane, x, 0, width - x, role, p95);
        return;
    }
    if (draw->model->live->state != RUN_RUNNING)
        x += pane_text(pane, x, 0, width, ROLE_STATE_RUNNING, state_glyph(draw->model->live->state)) + 1;
    units_format_clock(at, sizeof at, s->plan_ns);
    units_format_clock(total, sizeof total, s->plan_total_ns);
    if (width >= 60 && s->plan_total_ns != SNAP_NONE)
        x += pane_textf(pane, x, 0, ROLE_TEXT, "%s/%s", at, total) + 1;
    else
        x += pane_text(pane, x, 0, width - x, ROLE_TEXT, at) + 1;
    if (width >= 79) {
        struct column columns[10];
        double values[10], top = 0;

        model_columns(draw->model, model_column_seconds(draw->model, 10), 10, columns);
        for (int i = 0; i < 10; i++) {
            values[i] = columns[i].seconds > 0 ? columns[i].rate : NAN;
            top = columns[i].rate > top ? columns[i].rate : top;
        }
        spark_draw(pane, x, 0, 1, values, 10, top, ROLE_RATE_ACTUAL, NULL);
        x += 11;
    }
    x += pane_textf(pane, x, 0, ROLE_TEXT, "%s/s", units_format_rate(text, FORMAT_SIZE, s->rate_10s)) + 1;
    if (width >= 60)
        x += pane_textf(pane, x + 1, 0, ROLE_VUS, "%llu VUs", (unsigned long long)s->vus_allocated) + 3;
    units_format_percent(at, sizeof at, snap_failed(&s->all.requests), s->all.requests.total);
    if (strchr(at, ' ') != NULL)
        memmove(strchr(at, ' '), strchr(at, ' ') + 1, strlen(strchr(at, ' ')));
    snprintf(text, sizeof text, width >= 60 ? "%s failed" : "%s", at);
    if (x + (int)strlen(text) < width)
        x += pane_text(pane, x, 0, width - x, snap_failed(&s->all.requests) > 0 ? ROLE_BAD : ROLE_TEXT, text) + (width >= 60 ? 2 : 1);
    snprintf(text, sizeof text, "p95 %s", p95);
    if (x + canvas_columns(text) <= width)
        x += pane_text(pane, x, 0, width - x, role, text) + (width >= 60 ? 2 : 1);
    snprintf(text, sizeof text, width >= 60 ? "%zu/%zu ok" : "%zu/%zu", s->thresholds_passed, s->threshold_count);
    if (s->threshold_count > 0 && x + (int)strlen(text) <= width)
        x += pane_text(pane, x, 0, width - x, s->thresholds_passed < s->threshold_count ? ROLE_BAD : ROLE_GOOD, text) +
             (width >= 60 ? 2 : 1);
    if (x + (int)strlen(verdict_level_name(s->verdict.level)) <= width)
        pane_text(pane, x, 0, width - x, ROLE_VERDICT_VALID + (enum role)s->verdict.level, verdict_level_name(s->verdict.level));
}
