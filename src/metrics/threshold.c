/* Thresholds: their values every two seconds and at the end, margins, warnings, and the wish to abort. Control thread.
 * A whole-run threshold looks at the totals or at its series; one with over= at the last full window of its series, and at the
 * end at the worst window there was. */
#include "aggregate_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"

#define WARN_MARGIN 0.10
#define WORSENING 15 /* evaluations in a row: 30 s */

/* What an aggregate is taken from. */
struct view {
    const struct hist *trend;
    uint64_t count, passes; /* counter: count; rate: passes of count; gauge: count */
    double seconds;
};

static const char *operator_text(enum threshold_operator op)
{
    static const char *const texts[] = { "<", "<=", ">", ">=", "==", "!=" };

    return texts[op];
}

static void make_display(struct threshold_status *status, const struct plan_threshold *plan)
{
    char prefix[40] = "", body[64], over[24] = "";

    for (size_t i = 0; i < plan->filter_count; i++)
        snprintf(prefix + strlen(prefix), sizeof prefix - strlen(prefix), "%s ", plan->filter[i].value);
    if (plan->over_ns > 0) {
        char duration[16];

        snprintf(over, sizeof over, " in %s", units_format_duration(duration, sizeof duration, plan->over_ns));
    }
    if (strcmp(plan->metric, "http_req_duration") == 0)
        snprintf(body, sizeof body, "%s", plan->expression);
    else if (strcmp(plan->metric, "http_req_failed") == 0)
        snprintf(body, sizeof body, "failed%s%g", operator_text(plan->op), plan->limit);
    else if (strcmp(plan->metric, "checks") == 0)
        snprintf(body, sizeof body, "checks%s%g", operator_text(plan->op), plan->limit);
    else
        snprintf(body, sizeof body, "%s %s", plan->metric, plan->expression);
    snprintf(status->display, sizeof status->display, "%s%s%s", prefix, body, over);
}

void threshold_init(struct aggregate *a)
{
    a->thresholds = mem_array(a->plan->threshold_count, sizeof *a->thresholds);
    for (size_t i = 0; i < a->plan->threshold_count; i++) {
        struct threshold_status *status = &a->thresholds[i];

        status->state = THRESHOLD_NO_SAMPLES;
        status->margin = status->worst = NAN;
        status->failing_since_ns = SNAP_NONE;
        make_display(status, &a->plan->thresholds[i]);
    }
}

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
    struct view view = { .seconds = (double)a->tick.now_ns / 1e9 };
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
    case METRIC_ID_COUNT:
        break;
    }
    return view;
}

/* The last `slots` full slots of a windowed series, merged into a->window; false before there are that many. */
static bool view_of_window(struct aggregate *a, const struct plan_threshold *plan, const struct total_series *series, struct view *view)
{
    uint64_t slots = plan->over_ns / (2 * NS_PER_S), end = a->next_second / 2;

    if (end < slots)
        return false;
    hist_clear(&a->window);
    *view = (struct view){ .trend = metric_info((enum metric_id)metric_find(plan->metric))->type == METRIC_TREND ? &a->window : NULL,
                           .seconds = (double)plan->over_ns / 1e9 };
    for (uint64_t number = end - slots; number < end; number++) {
        const struct series_slot *slot = &series->slots[number % series->slot_count];

        if (slot->number != number)
            continue; /* nothing was measured in it */
        hist_merge(&a->window, &slot->trend);
        view->count += slot->count;
        view->passes += slot->passes;
    }
    return true;
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
    switch (type) {
    case METRIC_RATE:
        *value = view->count > 0 ? (double)view->passes / (double)view->count : 0;
        return view->count > 0;
    case METRIC_COUNTER:
        if (plan->aggregate == AGG_COUNT)
            *value = (double)view->count;
        else
            *value = view->seconds > 0 ? (double)view->count / view->seconds : 0;
        return view->seconds > 0;
    case METRIC_GAUGE:
    case METRIC_TREND:
        break;
    }
    *value = (double)view->count;
    return true;
}

static bool holds(const struct plan_threshold *plan, double value)
{
    switch (plan->op) {
    case OP_LESS:
        return value < plan->limit;
    case OP_LESS_EQUAL:
        return value <= plan->limit;
    case OP_GREATER:
        return value > plan->limit;
    case OP_GREATER_EQUAL:
        return value >= plan->limit;
    case OP_EQUAL:
        return value == plan->limit;
    case OP_NOT_EQUAL:
        return value != plan->limit;
    }
    return false;
}

/* Share to spare: of the limit below it, of the rest to the best possible above a share. */
static double margin_of(const struct plan_threshold *plan, enum metric_type type, double value)
{
    double room;

    switch (plan->op) {
    case OP_LESS:
    case OP_LESS_EQUAL:
        if (plan->limit == 0)
            return value > 0 ? -1 : 1;
        return (plan->limit - value) / plan->limit;
    case OP_GREATER:
    case OP_GREATER_EQUAL:
        room = type == METRIC_RATE && plan->limit < 1 ? 1 - plan->limit : plan->limit;
        return room == 0 ? (value > 0 ? 1 : 0) : (value - plan->limit) / room;
    case OP_EQUAL:
    case OP_NOT_EQUAL:
        break;
    }
    return NAN;
}

static bool is_worse(const struct plan_threshold *plan, double value, double than)
{
    if (isnan(than))
        return true;
    return plan->op == OP_GREATER || plan->op == OP_GREATER_EQUAL ? value < than : value > than;
}

static void remember_margin(struct threshold_status *status)
{
    bool is_falling = true;

    if (isnan(status->margin))
        return;
    if (status->margin_count == WORSENING + 1) {
        memmove(status->margins, status->margins + 1, WORSENING * sizeof *status->margins);
        status->margin_count--;
    }
    status->margins[status->margin_count++] = status->margin;
    for (unsigned i = 1; i < status->margin_count; i++)
        is_falling &= status->margins[i] < status->margins[i - 1];
    status->is_warning =
        status->state == THRESHOLD_PASS && (status->margin < WARN_MARGIN || (status->margin_count == WORSENING + 1 && is_falling));
}

static void watch_abort(struct aggregate *a, size_t index, uint64_t plan_ns, bool has_full_window)
{
    const struct plan_threshold *plan = &a->plan->thresholds[index];
    struct threshold_status *status = &a->thresholds[index];

    if (status->state != THRESHOLD_FAIL) {
        status->failing_since_ns = SNAP_NONE;
        return;
    }
    if (status->failing_since_ns == SNAP_NONE)
        status->failing_since_ns = plan_ns;
    if (plan->abort && has_full_window && plan_ns >= plan->delay_ns && plan_ns - status->failing_since_ns >= plan->grace_ns &&
        a->abort_wanted < 0) {
        status->wants_abort = true;
        a->abort_wanted = (int)index;
    }
}

static void evaluate_one(struct aggregate *a, size_t index, uint64_t plan_ns, bool is_final)
{
    const struct plan_threshold *plan = &a->plan->thresholds[index];
    struct threshold_status *status = &a->thresholds[index];
    enum metric_id metric = (enum metric_id)metric_find(plan->metric);
    enum metric_type type = metric_info(metric)->type;
    int which = a->set->of_threshold[index];
    const struct total_series *series = which >= 0 ? &a->series[which] : NULL;
    bool has_window = plan->over_ns > 0 && view_of_window(a, plan, series, &(struct view){ 0 });
    struct view view = { 0 };

    if (has_window)
        view_of_window(a, plan, series, &view);
    else if (series != NULL)
        view = (struct view){ type == METRIC_TREND ? &series->trend : NULL, series->count, series->passes, (double)a->tick.now_ns / 1e9 };
    else
        view = view_of_totals(a, metric);
    status->has_value = value_of(&view, plan, type, &status->value, &status->samples);
    if (status->has_value && has_window && is_worse(plan, status->value, status->worst))
        status->worst = status->value;
    if (is_final && has_window && !isnan(status->worst)) {
        status->value = status->worst;
        status->has_value = true;
    }
    if (!status->has_value) {
        status->state = THRESHOLD_NO_SAMPLES;
        status->margin = NAN;
    } else {
        status->state = holds(plan, status->value) ? THRESHOLD_PASS : THRESHOLD_FAIL;
        status->margin = margin_of(plan, type, status->value);
        remember_margin(status);
    }
    if (!is_final)
        watch_abort(a, index, plan_ns, plan->over_ns == 0 || has_window);
}

void threshold_evaluate(struct aggregate *a, uint64_t plan_ns, bool is_final)
{
    for (size_t i = 0; i < a->plan->threshold_count; i++)
        evaluate_one(a, i, plan_ns, is_final);
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
