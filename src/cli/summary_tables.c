/* The tables of the summary: thresholds, and requests with their percentiles. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "metric.h"
#include "onager/text.h"
#include "onager/units.h"
#include "summary.h"

#define WORD 40
#define EXPECTED_COLUMNS 40 /* metric and aggregate of a threshold */
#define LIMIT_COLUMNS 10
#define ROWS_MAX 20
#define LAST_COLUMN 79 /* right edge of the requests table */

/* ---- thresholds ---- */

static void put_aggregate(char *out, size_t size, const struct plan_threshold *plan)
{
    static const char *const names[] = {
        [AGG_COUNT] = "count", [AGG_RATE] = "rate", [AGG_VALUE] = "value", [AGG_AVG] = "avg", [AGG_MIN] = "min", [AGG_MAX] = "max",
    };

    if (plan->aggregate == AGG_PERCENTILE)
        snprintf(out, size, "p(%g)", plan->quantile * 100);
    else
        snprintf(out, size, "%s", names[plan->aggregate]);
}

static void add_expected(struct buf *out, const struct snap_threshold *t)
{
    const struct plan_threshold *plan = t->plan;
    char word[WORD];

    buf_add_text(out, plan->metric);
    for (size_t i = 0; i < plan->filter_count; i++)
        buf_addf(out, "%s%s:%s%s", i == 0 ? "{" : ",", plan->filter[i].name, plan->filter[i].value, i + 1 == plan->filter_count ? "}" : "");
    put_aggregate(word, sizeof word, plan);
    buf_addf(out, "  %s", word);
    if (plan->over_ns > 0)
        buf_addf(out, ", worst %s", units_format_duration(word, sizeof word, plan->over_ns));
    if (!t->has_value)
        buf_add_text(out, ", no samples");
    else if (plan->aggregate == AGG_PERCENTILE && units_support(t->samples, plan->quantile) != SUPPORT_FULL)
        buf_addf(out, ", only %s samples", units_format_count(word, sizeof word, t->samples));
}

/* A limit as a person writes it (500ms, 1 %), a value in the style of the screens (90.2ms, 0.21 %). */
static void put_amount(char *out, size_t size, const struct plan_threshold *plan, double amount, bool is_limit, bool utf8)
{
    int id = metric_find(plan->metric);
    const struct metric_info *info = id >= 0 ? metric_info((enum metric_id)id) : NULL;
    bool is_time = info != NULL && info->type == METRIC_TREND && info->contains == CONTAINS_TIME && plan->aggregate != AGG_COUNT;
    uint64_t ns = amount > 0 ? (uint64_t)(amount * 1e6 + 0.5) : 0;

    if (!isfinite(amount))
        snprintf(out, size, "-");
    else if (is_time && is_limit)
        units_format_duration(out, size, ns);
    else if (is_time)
        units_format_ns(out, size, ns, utf8);
    else if (info != NULL && info->type == METRIC_RATE && is_limit)
        snprintf(out, size, "%.6g %%", amount * 100);
    else if (info != NULL && info->type == METRIC_RATE)
        units_format_ratio(out, size, amount);
    else if (info != NULL && info->contains == CONTAINS_DATA)
        units_format_bytes(out, size, amount);
    else if (amount >= 0)
        units_format_rate(out, size, amount);
    else
        snprintf(out, size, "%.6g", amount);
}

static void add_threshold(struct buf *out, const struct snap_threshold *t, bool utf8)
{
    static const char *const operators[] = {
        [OP_LESS] = "<", [OP_LESS_EQUAL] = "<=", [OP_GREATER] = ">", [OP_GREATER_EQUAL] = ">=", [OP_EQUAL] = "==", [OP_NOT_EQUAL] = "!=",
    };
    bool is_window = t->plan->over_ns > 0 && !isnan(t->worst_window);
    char amount[WORD], limit[WORD + 8];
    struct buf expected;
    int room; /* a long text may use what a short limit leaves */

    put_amount(amount, sizeof amount, t->plan, t->plan->limit, true, utf8);
    snprintf(limit, sizeof limit, "%s %s", operators[t->plan->op], amount);
    room = EXPECTED_COLUMNS + LIMIT_COLUMNS - 2 - (int)text_columns(limit);
    buf_init(&expected);
    add_expected(&expected, t);
    if ((int)text_columns(expected.data) < EXPECTED_COLUMNS || room < EXPECTED_COLUMNS)
        room = EXPECTED_COLUMNS;
    buf_addf(out, "  %s ", t->passed ? (utf8 ? "✓" : "+") : (utf8 ? "✗" : "x"));
    summary_cell(out, expected.data, room, utf8);
    buf_release(&expected);
    summary_cell(out, limit, room - EXPECTED_COLUMNS - LIMIT_COLUMNS, utf8);
    put_amount(amount, sizeof amount, t->plan, t->has_value ? (is_window ? t->worst_window : t->value) : NAN, false, utf8);
    summary_cell(out, amount, -11, utf8);
    if (isfinite(t->margin) && t->has_value)
        snprintf(amount, sizeof amount, "%.0f %%", t->margin * 100);
    else
        snprintf(amount, sizeof amount, "-");
    summary_cell(out, amount, -10, utf8);
    buf_add_char(out, '\n');
}

void summary_thresholds(struct buf *out, const struct snapshot *snapshot, bool utf8)
{
    if (snapshot->threshold_count == 0)
        return;
    buf_add_text(out, "\nThresholds                                       limit      value  to spare\n");
    for (size_t i = 0; i < snapshot->threshold_count; i++)
        add_threshold(out, &snapshot->thresholds[i], utf8);
}

/* ---- requests ---- */

/* Right edges of the columns; name and count share what is left of the first. Long names take room from the others. */
struct layout {
    int name, count;            /* widths */
    int rate, failed, quantile; /* widths */
    int p999, max;              /* widths; p999 0: left out */
};

static struct layout lay_out(const struct snapshot *s)
{
    struct layout layout = { .rate = 9, .failed = 9, .quantile = 9, .p999 = 8, .max = 8 };
    int longest = 3, rest;
    char count[WORD];

    layout.count = (int)strlen(units_format_count(count, sizeof count, s->all.requests.total)) + 1;
    layout.count = layout.count > 8 ? layout.count : 8;
    for (size_t i = 0; s->row_count > 1 && i < s->row_count; i++) {
        int columns = (int)text_columns(s->rows[i].name);

        longest = columns > longest ? columns : longest;
    }
    for (int narrower = 0; narrower < 2; narrower++) {
        rest = layout.rate + layout.failed + 3 * layout.quantile + layout.p999 + layout.max;
        layout.name = LAST_COLUMN - 2 - layout.count - rest;
        if (layout.name >= longest)
            break;
        if (narrower == 0)
            layout = (struct layout){ .count = layout.count, .rate = 9, .failed = 8, .quantile = 8, .p999 = 8, .max = 8 };
        else
            layout.p999 = 0;
    }
    rest = layout.rate + layout.failed + 3 * layout.quantile + layout.p999 + layout.max;
    layout.name = LAST_COLUMN - 2 - layout.count - rest;
    return layout;
}

static void add_quantile(struct buf *out, const struct snap_trend *trend, uint64_t ns, double q, int columns, bool utf8)
{
    enum support support = units_support(trend->count, q);
    char time[WORD], text[WORD + 1];

    if (columns == 0)
        return;
    units_format_ns(time, sizeof time, support == SUPPORT_NONE ? SNAP_NONE : ns, utf8);
    snprintf(text, sizeof text, "%s%s", support == SUPPORT_FEW ? "~" : "", time);
    summary_cell(out, text, -columns, utf8);
}

static void add_quantiles(struct buf *out, const struct snap_trend *trend, const struct layout *layout, bool utf8)
{
    char max[WORD];

    add_quantile(out, trend, trend->p50_ns, 0.5, layout->quantile, utf8);
    add_quantile(out, trend, trend->p95_ns, 0.95, layout->quantile, utf8);
    add_quantile(out, trend, trend->p99_ns, 0.99, layout->quantile, utf8);
    add_quantile(out, trend, trend->p999_ns, 0.999, layout->p999, utf8);
    summary_cell(out, units_format_ns(max, sizeof max, trend->max_ns, utf8), -layout->max, utf8);
    buf_add_char(out, '\n');
}

static void add_row(struct buf *out, const struct snapshot *s, const struct snap_row *row, const struct layout *layout, bool utf8)
{
    char text[WORD];

    buf_add_text(out, "  ");
    summary_cell(out, row->name, layout->name, utf8);
    summary_cell(out, units_format_count(text, sizeof text, row->requests.total), -layout->count, utf8);
    units_format_rate_column(text, sizeof text, s->at_ns > 0 ? (double)row->requests.total * 1e9 / (double)s->at_ns : 0);
    summary_cell(out, text, -layout->rate, utf8);
    units_format_percent(text, sizeof text, snap_failed(&row->requests), row->requests.total);
    summary_cell(out, text, -layout->failed, utf8);
    add_quantiles(out, &row->duration, layout, utf8);
}

static void add_header(struct buf *out, const struct layout *layout, bool utf8)
{
    static const char *const names[] = { "/s", "failed", "p50", "p95", "p99", "p99.9", "max" };
    const int widths[] = { layout->rate, layout->failed, layout->quantile, layout->quantile, layout->quantile, layout->p999, layout->max };

    buf_add_text(out, "\nRequests");
    summary_cell(out, "count", -(layout->name + 2 + layout->count - 8), utf8);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (widths[i] > 0)
            summary_cell(out, names[i], -widths[i], utf8);
    buf_add_char(out, '\n');
}

void summary_requests(struct buf *out, const struct snapshot *s, bool with_response, bool utf8)
{
    struct layout layout = lay_out(s);
    size_t shown = s->row_count < ROWS_MAX ? s->row_count : ROWS_MAX;
    char dropped[WORD], share[WORD];

    if (s->all.requests.total == 0) {
        buf_add_text(out, "\nRequests  none\n");
        return;
    }
    add_header(out, &layout, utf8);
    for (size_t i = 0; s->row_count > 1 && i < shown; i++)
        add_row(out, s, &s->rows[i], &layout, utf8);
    if (shown < s->row_count)
        buf_addf(out, "  and %zu more\n", s->row_count - shown);
    add_row(out, s, &s->all, &layout, utf8);
    if (s->has_open_model && with_response) {
        summary_cell(out, "  response time, from intended start", 2 + layout.name + layout.count + layout.rate + layout.failed, utf8);
        add_quantiles(out, &s->response, &layout, utf8);
    } else if (!s->has_open_model) {
        buf_add_text(out, "  closed model: the response time is the service time\n");
    }
    if (s->iterations.dropped > 0)
        buf_addf(
            out, "  dropped %s (%s) of the arrivals: the percentiles are censored\n",
            units_format_count(dropped, sizeof dropped, s->iterations.dropped),
            units_format_percent(share, sizeof share, s->iterations.dropped, s->iterations.planned));
}
