/* Thresholds: every 2 s of the plan clock (a pause stands still) and at the end each is judged, over the whole run or over the
 * last cells of 2 s of its window; warnings, and the wish to abort. Control thread; the engine ends the run, not this file.
 * At the end a threshold with over= counts by its worst full window, so that a bad half minute is not forgotten. */
#include "aggregate_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define CELL_NS (2 * NS_PER_S)
#define WARN_MARGIN 0.10
#define WORSENING 15         /* evaluations in a row: 30 s */
#define WORSENING_LEAST 0.05 /* share to spare that must have gone in them: percentiles of a run creep all the time */

/* What an aggregate is taken from. */
struct view {
    const struct hist *trend;
    uint64_t count, passes; /* counter: count; rate: passes of count; gauge: count */
    double seconds;
    bool is_custom; /* of the plan's own: */
    double amount;  /*   counter: the sum; gauge: the last value */
};

static uint64_t sum_iterations(const struct aggregate *a, enum metric_id metric)
{
    uint64_t sum = 0;

    for (size_t s = 0; s < a->plan->scenario_count; s++)
        sum += metric == METRIC_ID_ITERATIONS ? a->scenarios[s].iterations.completed : a->scenarios[s].iterations.dropped;
    return sum;
}

/* The whole metric from the totals. */
static struct view view_of_totals(const struct aggregate *a, enum metric_id metric)
{
    const struct total_row *all = &a->rows[0];
    struct view view = { .seconds = (double)a->tick.plan_ns / 1e9 };
    struct shard_gauges gauges;

    aggregate_gauges(a, &gauges);
    switch (metric) {
    case METRIC_ID_HTTP_REQS:
        view.count = all->requests.total;
        break;
    case METRIC_ID_HTTP_REQ_DURATION:
        view.trend = &all->duration;
        break;
    case METRIC_ID_HTTP_REQ_RESPONSE_TIME:
        view.trend = &all->response;
        break;
    case METRIC_ID_HTTP_REQ_BLOCKED:
    case METRIC_ID_HTTP_REQ_RESOLVING:
    case METRIC_ID_HTTP_REQ_CONNECTING:
    case METRIC_ID_HTTP_REQ_TLS_HANDSHAKING:
    case METRIC_ID_HTTP_REQ_SENDING:
    case METRIC_ID_HTTP_REQ_WAITING:
    case METRIC_ID_HTTP_REQ_RECEIVING:
        view.trend = &all->phases[metric - METRIC_ID_HTTP_REQ_BLOCKED];
        view.count = all->phase_zeros[metric - METRIC_ID_HTTP_REQ_BLOCKED];
        break;
    case METRIC_ID_HTTP_REQ_FAILED:
        view.passes = all->requests.failed_status + all->requests.errors_all;
        view.count = all->requests.total - all->requests.interrupted;
        break;
    case METRIC_ID_ITERATIONS:
    case METRIC_ID_DROPPED_ITERATIONS:
        view.count = sum_iterations(a, metric);
        break;
    case METRIC_ID_ITERATION_DURATION:
        view.trend = &a->iteration_duration;
        break;
    case METRIC_ID_ITERATION_RESPONSE_TIME:
        view.trend = &a->response;
        break;
    case METRIC_ID_SCHEDULE_LAG:
        view.trend = &a->lag;
        break;
    case METRIC_ID_VUS:
        view.count = gauges.vus_busy;
        break;
    case METRIC_ID_VUS_MAX:
        view.count = gauges.vus_allocated;
        break;
    case METRIC_ID_DATA_SENT:
        view.count = all->requests.bytes_sent;
        break;
    case METRIC_ID_DATA_RECEIVED:
        view.count = all->requests.bytes_received;
        break;
    case METRIC_ID_CHECKS:
        view.passes = a->checks_passes;
        view.count = a->checks_passes + a->checks_fails;
        break;
    case METRIC_ID_GROUP_DURATION:
        view.trend = &a->group_duration;
        break;
    case METRIC_ID_COUNT:
        break;
    }
    return view;
}

static struct view view_of_measure(const struct measure *measure, bool is_custom, enum metric_type type, uint64_t length_ns)
{
    struct view view = {
        type == METRIC_TREND ? &measure->trend : NULL, measure->count, measure->passes, (double)length_ns / 1e9, is_custom, 0
    };

    if (!is_custom)
        return view;
    view.amount = type == METRIC_GAUGE ? measure->last : measure->sum;
    if (type == METRIC_TREND)
        view.count = 0; /* all its values are in the trend */
    return view;
}

static enum metric_type type_of(const struct aggregate *a, const struct plan_threshold *plan)
{
    static const enum metric_type types[] = {
        [CUSTOM_TREND] = METRIC_TREND, [CUSTOM_COUNTER] = METRIC_COUNTER, [CUSTOM_GAUGE] = METRIC_GAUGE, [CUSTOM_RATE] = METRIC_RATE
    };

    if (plan->custom != 0)
        return types[a->plan->metrics[plan->custom - 1].kind];
    return metric_info((enum metric_id)metric_find(plan->metric))->type;
}

/* The last complete cells of a window, as far as there are any; with_growing: and the one under way, which makes the window at
 * the end of a run up to 2 s longer than asked. */
static struct view view_of_window(
    struct aggregate *a, const struct plan_threshold *plan, const struct total_series *series, enum metric_type type, bool with_growing)
{
    uint64_t cells = plan->over_ns / CELL_NS, length_ns;

    if (cells > a->cells_done)
        cells = a->cells_done;
    length_ns = cells * CELL_NS;
    INVARIANT(series != NULL);
    measure_clear(&a->window);
    for (uint64_t back = 1; back <= cells; back++)
        measure_add(&a->window, &series->cells[(a->cells_done - back) % series->cell_count]);
    if (with_growing) {
        measure_add(&a->window, &series->cells[a->cells_done % series->cell_count]);
        length_ns = a->tick.plan_ns - (a->cells_done - cells) * CELL_NS;
    }
    return view_of_measure(&a->window, plan->custom != 0, type, length_ns);
}

/* A trend of which only the values above zero were recorded: rank in all, zeros first. */
static double phase_quantile(const struct view *view, double q)
{
    uint64_t all = view->trend->count + view->count;
    double rank = q * (double)all;

    if (view->trend->count == 0 || rank <= (double)view->count)
        return 0;
    return (double)hist_quantile(view->trend, (rank - (double)view->count) / (double)view->trend->count) / 1e6;
}

static bool trend_value(const struct view *view, const struct plan_threshold *plan, double *value, uint64_t *samples)
{
    const struct hist *trend = view->trend;

    INVARIANT(trend != NULL);
    *samples = trend->count + view->count;
    if (*samples == 0)
        return false;
    switch (plan->aggregate) {
    case AGG_AVG:
        *value = (double)trend->sum_ns / 1e6 / (double)*samples;
        return true;
    case AGG_MIN:
        *value = view->count > 0 ? 0 : (double)trend->min_ns / 1e6;
        return true;
    case AGG_MAX:
        *value = trend->count > 0 ? (double)trend->max_ns / 1e6 : 0;
        return true;
    case AGG_PERCENTILE:
        *value = phase_quantile(view, plan->quantile);
        return true;
    case AGG_COUNT:
        *value = (double)*samples;
        return true;
    case AGG_RATE:
    case AGG_VALUE:
        break;
    }
    return false;
}

/* False: no samples. */
static bool value_of(const struct view *view, const struct plan_threshold *plan, enum metric_type type, double *value, uint64_t *samples)
{
    if (type == METRIC_TREND)
        return trend_value(view, plan, value, samples);
    *samples = view->count;
    if (view->is_custom && view->count == 0)
        return false;
    switch (type) {
    case METRIC_RATE:
        *value = view->count > 0 ? (double)view->passes / (double)view->count : 0;
        return view->count > 0;
    case METRIC_COUNTER:
        *value = view->is_custom ? view->amount : (double)view->count;
        if (plan->aggregate != AGG_COUNT)
            *value = view->seconds > 0 ? *value / view->seconds : 0;
        return view->seconds > 0;
    case METRIC_GAUGE:
    case METRIC_TREND:
        break;
    }
    *value = view->is_custom ? view->amount : (double)view->count;
    return true;
}

static void remember_margin(struct threshold_status *status)
{
    if (isnan(status->margin))
        return;
    if (status->margin_count == WORSENING + 1) {
        memmove(status->margins, status->margins + 1, WORSENING * sizeof *status->margins);
        status->margin_count--;
    }
    status->margins[status->margin_count++] = status->margin;
}

static bool is_worsening(const struct threshold_status *status)
{
    if (status->margin_count < WORSENING + 1)
        return false;
    for (unsigned i = 1; i < status->margin_count; i++)
        if (status->margins[i] > status->margins[i - 1])
            return false;
    return status->margins[WORSENING] < status->margins[0] - WORSENING_LEAST;
}

/* Its clock runs while the threshold fails with a full window. */
static void watch_abort(struct aggregate *a, size_t index, bool is_full)
{
    const struct plan_threshold *plan = &a->plan->thresholds[index];
    struct threshold_status *status = &a->thresholds[index];
    uint64_t plan_ns = a->tick.plan_ns;

    if (status->state != THRESHOLD_FAIL || !is_full) {
        status->failing_since_ns = SNAP_NONE;
        return;
    }
    if (status->failing_since_ns == SNAP_NONE)
        status->failing_since_ns = plan_ns;
    if (plan->abort && plan_ns >= plan->delay_ns && plan_ns - status->failing_since_ns >= plan->grace_ns && a->abort_wanted < 0) {
        status->wants_abort = true;
        a->abort_wanted = (int)index;
    }
}

static void show_value(struct threshold_status *status, const struct plan_threshold *plan, enum metric_type type)
{
    status->margin = NAN;
    status->is_warning = false;
    if (!status->has_value) {
        status->state = THRESHOLD_NO_SAMPLES;
        status->value = NAN;
        return;
    }
    status->state = threshold_holds(plan, status->value) ? THRESHOLD_PASS : THRESHOLD_FAIL;
    status->margin = threshold_margin(plan, type, status->value);
    status->is_warning = status->state == THRESHOLD_PASS && (status->margin < WARN_MARGIN || is_worsening(status));
}

static void say_change(struct aggregate *a, const struct threshold_status *status, enum threshold_state before)
{
    bool has_failed = status->state == THRESHOLD_FAIL && before != THRESHOLD_FAIL;

    if (has_failed || (status->state == THRESHOLD_PASS && before == THRESHOLD_FAIL))
        aggregate_event(
            a, a->tick.now_ns, EVENT_THRESHOLD, "onager", "%s %s: %.4g", status->display, has_failed ? "fails" : "passes again",
            status->value);
}

enum moment { EARLY, BOUNDARY, END }; /* before the first 2 s; every 2 s; when the run is over */

static void judge(struct aggregate *a, size_t index, enum moment moment)
{
    const struct plan_threshold *plan = &a->plan->thresholds[index];
    struct threshold_status *status = &a->thresholds[index];
    enum metric_type type = type_of(a, plan);
    enum threshold_state before = status->state;
    int which = a->set->of_threshold[index];
    const struct total_series *series = which >= 0 ? &a->series[which] : NULL;
    bool has_gauge = type == METRIC_GAUGE, has_window = plan->over_ns > 0 && !has_gauge, is_full;
    struct view view;

    if (has_window)
        view = view_of_window(a, plan, series, type, moment != BOUNDARY);
    else if (series != NULL && (!has_gauge || plan->custom != 0))
        view = view_of_measure(&series->total, plan->custom != 0, type, a->tick.plan_ns);
    else
        view = view_of_totals(a, (enum metric_id)metric_find(plan->metric));
    is_full = !has_window || a->cells_done * CELL_NS >= plan->over_ns;
    status->has_value = value_of(&view, plan, type, &status->value, &status->samples);
    if (has_window && is_full && status->has_value && threshold_is_worse(plan, status->value, status->worst))
        status->worst = status->value;
    if (moment == END && !isnan(status->worst)) {
        status->value = status->worst;
        status->has_value = true;
    }
    if (moment == BOUNDARY && status->has_value) {
        status->margin = threshold_margin(plan, type, status->value);
        remember_margin(status);
    }
    show_value(status, plan, type);
    if (moment == EARLY)
        return;
    say_change(a, status, before);
    if (moment == BOUNDARY && !a->is_finished)
        watch_abort(a, index, is_full);
}

static void judge_all(struct aggregate *a, enum moment moment)
{
    for (size_t i = 0; i < a->plan->threshold_count; i++)
        judge(a, i, moment);
}

static void cells_advance(struct aggregate *a)
{
    a->cells_done++;
    for (size_t i = 0; i < a->set->count; i++)
        if (a->series[i].cells != NULL)
            measure_clear(&a->series[i].cells[a->cells_done % a->series[i].cell_count]);
}

void thresholds_tick(struct aggregate *a)
{
    while (a->tick.plan_ns >= (a->cells_done + 1) * CELL_NS) {
        cells_advance(a);
        judge_all(a, BOUNDARY);
    }
    if (a->cells_done == 0) /* something to show before the first 2 s are over */
        judge_all(a, EARLY);
}

void thresholds_finish(struct aggregate *a)
{
    thresholds_tick(a);
    judge_all(a, END);
}

void thresholds_add(struct aggregate *a, const struct shard *shard)
{
    for (size_t i = 0; i < a->set->count; i++) {
        struct total_series *series = &a->series[i];

        measure_add_shard(&series->total, shard, i);
        if (series->cells != NULL)
            measure_add_shard(&series->cells[a->cells_done % series->cell_count], shard, i);
    }
}

bool threshold_passed(const struct aggregate *a, size_t index)
{
    const struct threshold_status *status = &a->thresholds[index];

    if (status->wants_abort)
        return false;
    if (status->state == THRESHOLD_NO_SAMPLES)
        return a->plan->thresholds[index].optional;
    return status->state == THRESHOLD_PASS;
}

static void cells_init(struct aggregate *a, size_t threshold)
{
    struct total_series *series = &a->series[a->set->of_threshold[threshold]];
    size_t cells = (size_t)(a->plan->thresholds[threshold].over_ns / CELL_NS) + 1;

    if (cells <= series->cell_count)
        return;
    series->cells = mem_resize(series->cells, cells, sizeof *series->cells);
    for (; series->cell_count < cells; series->cell_count++)
        measure_init(&series->cells[series->cell_count], HIST_COARSE_BITS, a->pool);
}

void thresholds_init(struct aggregate *a)
{
    a->series = mem_array(a->set->count, sizeof *a->series);
    for (size_t i = 0; i < a->set->count; i++)
        measure_init(&a->series[i].total, series_bits(&a->set->series[i]), a->pool);
    measure_init(&a->window, HIST_COARSE_BITS, a->pool);
    a->thresholds = mem_array(a->plan->threshold_count, sizeof *a->thresholds);
    for (size_t t = 0; t < a->plan->threshold_count; t++) {
        struct threshold_status *status = &a->thresholds[t];

        status->state = THRESHOLD_NO_SAMPLES;
        status->value = status->margin = status->worst = NAN;
        status->failing_since_ns = SNAP_NONE;
        threshold_display(&a->plan->thresholds[t], status->display, sizeof status->display);
        if (a->plan->thresholds[t].over_ns > 0)
            cells_init(a, t);
    }
}

void thresholds_release(struct aggregate *a)
{
    for (size_t i = 0; i < a->set->count; i++) {
        measure_release(&a->series[i].total);
        for (size_t c = 0; c < a->series[i].cell_count; c++)
            measure_release(&a->series[i].cells[c]);
        free(a->series[i].cells);
    }
    measure_release(&a->window);
    free(a->series);
    free(a->thresholds);
}
