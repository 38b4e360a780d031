/* Parts of the JSON summary: metrics, requests, scenarios, intervals. */
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "mem.h"
#include "metric.h"
#include "onager/history.h"
#include "onager/units.h"

#define INTERVALS_MAX 3600

static void member_u64(struct json *json, const char *key, uint64_t value)
{
    json_write_key(json, key);
    json_write_u64(json, value);
}

static void member_double(struct json *json, const char *key, double value)
{
    json_write_key(json, key);
    json_write_double(json, value);
}

static void member_string(struct json *json, const char *key, const char *value)
{
    json_write_key(json, key);
    json_write_string(json, value);
}

void json_milliseconds(struct json *json, uint64_t ns)
{
    json_write_double(json, ns == SNAP_NONE ? NAN : (double)ns / 1e6);
}

double json_per_second(uint64_t count, const struct snapshot *snapshot)
{
    return snapshot->at_ns > 0 ? (double)count * 1e9 / (double)snapshot->at_ns : 0;
}

void json_iterations_members(struct json *json, const struct snap_iterations *i)
{
    member_u64(json, "planned", i->planned);
    member_u64(json, "started", i->started);
    member_u64(json, "completed", i->completed);
    member_u64(json, "interrupted", i->interrupted);
    member_u64(json, "dropped", i->dropped);
    json_write_key(json, "dropped_by");
    json_write_object(json);
    member_u64(json, "no_vu", i->dropped_no_vu);
    member_u64(json, "stall", i->dropped_stall);
    member_u64(json, "queue_full", i->dropped_queue_full);
    json_write_object_end(json);
    member_u64(json, "cancelled", i->cancelled);
    member_u64(json, "failed", i->failed);
}

void json_errors(struct json *json, const struct snap_requests *requests)
{
    json_write_object(json);
    for (int kind = FAULT_NONE + 1; kind < FAULT_COUNT; kind++)
        if (requests->errors[kind] > 0)
            member_u64(json, fault_name((enum fault)kind), requests->errors[kind]);
    json_write_object_end(json);
}

void json_addresses(struct json *json, const struct snapshot *s)
{
    json_write_array(json);
    for (size_t i = 0; i < s->address_count; i++) {
        const struct snap_address *address = &s->addresses[i];

        json_write_object(json);
        member_string(json, "host", address->host);
        member_u64(json, "port", address->port);
        member_string(json, "address", address->address);
        member_u64(json, "connections", address->connections);
        json_write_key(json, "failed");
        json_write_object(json);
        for (int kind = FAULT_NONE + 1; kind < FAULT_COUNT; kind++)
            if (address->failed[kind] > 0)
                member_u64(json, fault_name((enum fault)kind), address->failed[kind]);
        json_write_object_end(json);
        json_write_key(json, "passed_over");
        json_write_bool(json, address->is_passed_over);
        json_write_key(json, "current");
        json_write_bool(json, address->is_current);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

void json_statuses(struct json *json, const struct snap_status *statuses, size_t count)
{
    char code[8];

    json_write_object(json);
    for (size_t i = 0; i < count; i++) {
        snprintf(code, sizeof code, "%u", statuses[i].code);
        member_u64(json, code, statuses[i].count);
    }
    json_write_object_end(json);
}

/* ---- distributions ---- */

struct quantile {
    const char *name;
    double q;
    uint64_t ns;
};

void json_trend_members(struct json *json, const struct snap_trend *trend)
{
    const struct quantile quantiles[] = {
        { "p50", 0.5, trend->p50_ns },  { "p90", 0.9, trend->p90_ns },      { "p95", 0.95, trend->p95_ns },
        { "p99", 0.99, trend->p99_ns }, { "p99.9", 0.999, trend->p999_ns },
    };
    const size_t count = sizeof quantiles / sizeof *quantiles;

    member_u64(json, "count", trend->count);
    json_write_key(json, "min");
    json_milliseconds(json, trend->count > 0 ? trend->min_ns : SNAP_NONE);
    json_write_key(json, "avg");
    json_milliseconds(json, trend->count > 0 ? trend->mean_ns : SNAP_NONE);
    for (size_t i = 0; i < count; i++) {
        json_write_key(json, quantiles[i].name);
        json_milliseconds(json, units_support(trend->count, quantiles[i].q) == SUPPORT_NONE ? SNAP_NONE : quantiles[i].ns);
    }
    json_write_key(json, "max");
    json_milliseconds(json, trend->count > 0 ? trend->max_ns : SNAP_NONE);
    json_write_key(json, "unsupported");
    json_write_array(json);
    for (size_t i = 0; i < count; i++)
        if (units_support(trend->count, quantiles[i].q) != SUPPORT_FULL)
            json_write_string(json, quantiles[i].name);
    json_write_array_end(json);
}

void json_trend(struct json *json, const struct snap_trend *trend)
{
    json_write_object(json);
    json_trend_members(json, trend);
    json_write_object_end(json);
}

/* ---- metrics ---- */

static const char *unit_of(const struct metric_info *info)
{
    return info->contains == CONTAINS_TIME ? "ms" : info->contains == CONTAINS_DATA ? "bytes" : NULL;
}

/* NULL: this snapshot does not have it. */
static const struct snap_trend *trend_of(const struct snapshot *s, enum metric_id id)
{
    switch (id) {
    case METRIC_ID_HTTP_REQ_DURATION:
        return &s->all.duration;
    case METRIC_ID_HTTP_REQ_BLOCKED:
        return &s->all.phases[PHASE_BLOCKED];
    case METRIC_ID_HTTP_REQ_RESOLVING:
        return &s->all.phases[PHASE_RESOLVING];
    case METRIC_ID_HTTP_REQ_CONNECTING:
        return &s->all.phases[PHASE_CONNECTING];
    case METRIC_ID_HTTP_REQ_TLS_HANDSHAKING:
        return &s->all.phases[PHASE_TLS];
    case METRIC_ID_HTTP_REQ_SENDING:
        return &s->all.phases[PHASE_SENDING];
    case METRIC_ID_HTTP_REQ_WAITING:
        return &s->all.phases[PHASE_WAITING];
    case METRIC_ID_HTTP_REQ_RECEIVING:
        return &s->all.phases[PHASE_RECEIVING];
    case METRIC_ID_ITERATION_DURATION:
        return &s->iteration_duration;
    case METRIC_ID_ITERATION_RESPONSE_TIME:
        return s->has_open_model ? &s->response : NULL;
    case METRIC_ID_SCHEDULE_LAG:
        return s->has_open_model ? &s->lag : NULL;
    case METRIC_ID_GROUP_DURATION:
        return s->group_duration.count > 0 ? &s->group_duration : NULL;
    default:
        return NULL;
    }
}

static uint64_t counter_of(const struct snapshot *s, enum metric_id id)
{
    switch (id) {
    case METRIC_ID_HTTP_REQS:
        return s->all.requests.total;
    case METRIC_ID_ITERATIONS:
        return s->iterations.completed;
    case METRIC_ID_DROPPED_ITERATIONS:
        return s->iterations.dropped;
    case METRIC_ID_DATA_SENT:
        return s->all.requests.bytes_sent;
    case METRIC_ID_DATA_RECEIVED:
        return s->all.requests.bytes_received;
    default:
        INVARIANT(!"a counter that nothing counts");
    }
    return 0;
}

/* As in k6: `passes` counts the samples that were true, for http_req_failed those that failed. */
static void add_rate(struct json *json, uint64_t passes, uint64_t fails)
{
    member_double(json, "rate", passes + fails > 0 ? (double)passes / (double)(passes + fails) : NAN);
    member_u64(json, "passes", passes);
    member_u64(json, "fails", fails);
}

static void add_gauge(struct json *json, const struct snapshot *s, bool is_allocated)
{
    size_t points = s->history != NULL ? history_points(s->history) : 0;
    uint64_t value = is_allocated ? s->vus_allocated : s->vus_busy;
    uint64_t min = value, max = value;

    for (size_t i = 0; i < points; i++) {
        struct history_point point;
        uint64_t vus;

        if (!history_point(s->history, i, &point))
            continue;
        vus = is_allocated ? point.vus_allocated : point.vus_busy;
        min = vus < min ? vus : min;
        max = vus > max ? vus : max;
    }
    member_u64(json, "value", value);
    member_u64(json, "min", min);
    member_u64(json, "max", max);
}

static void add_metric(struct json *json, const struct snapshot *s, enum metric_id id)
{
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_RATE] = "rate", [METRIC_TREND] = "trend"
    };
    const struct metric_info *info = metric_info(id);
    const struct snap_trend *trend = trend_of(s, id);

    json_write_key(json, info->name);
    if (info->type == METRIC_TREND && trend == NULL) {
        json_write_null(json);
        return;
    }
    json_write_object(json);
    member_string(json, "type", types[info->type]);
    member_string(json, "unit", unit_of(info));
    if (info->type == METRIC_TREND) {
        json_trend_members(json, trend);
    } else if (info->type == METRIC_COUNTER) {
        member_u64(json, "count", counter_of(s, id));
        member_double(json, "rate", json_per_second(counter_of(s, id), s));
    } else if (info->type == METRIC_GAUGE) {
        add_gauge(json, s, id == METRIC_ID_VUS_MAX);
    } else if (id == METRIC_ID_CHECKS) {
        add_rate(json, s->checks_passes, s->checks_fails);
    } else {
        add_rate(json, snap_failed(&s->all.requests), s->all.requests.ok);
    }
    json_write_object_end(json);
}

void json_metrics(struct json *json, const struct snapshot *snapshot)
{
    json_write_object(json);
    for (int id = 0; id < METRIC_ID_COUNT; id++)
        add_metric(json, snapshot, (enum metric_id)id);
    json_custom_metrics(json, snapshot);
    json_write_object_end(json);
}

/* ---- requests and scenarios ---- */

static void add_histogram(struct json *json, const struct hist *histogram)
{
    struct buf text;

    if (histogram == NULL) {
        json_write_null(json);
        return;
    }
    buf_init(&text);
    hist_export_hdr(histogram, &text);
    json_write_raw_ascii(json, text.data != NULL ? text.data : "", text.length);
    buf_release(&text);
}

static void add_request(struct json *json, const struct snapshot *s, const struct snap_row *row)
{
    json_write_object(json);
    member_string(json, "name", row->name);
    member_string(json, "method", row->method);
    member_string(json, "scenario", row->scenario);
    member_string(json, "group", row->group != NULL && row->group[0] != '\0' ? row->group : NULL);
    member_string(json, "transport", row->transport);
    member_u64(json, "count", row->requests.total);
    member_double(json, "rate", json_per_second(row->requests.total, s));
    member_u64(json, "failed", snap_failed(&row->requests));
    json_write_key(json, "status");
    json_statuses(json, row->statuses, row->status_count);
    json_write_key(json, "errors");
    json_errors(json, &row->requests);
    member_u64(json, "bytes_sent", row->requests.bytes_sent);
    member_u64(json, "bytes_received", row->requests.bytes_received);
    json_write_key(json, "duration_ms");
    json_trend(json, &row->duration);
    json_write_key(json, "phases_ms");
    json_write_object(json);
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        json_write_key(json, phase_name((enum phase)phase));
        json_trend(json, &row->phases[phase]);
    }
    json_write_object_end(json);
    json_write_key(json, "histogram");
    add_histogram(json, row->histogram);
    json_write_object_end(json);
}

void json_requests(struct json *json, const struct snapshot *snapshot)
{
    json_write_array(json);
    for (size_t i = 0; i < snapshot->row_count; i++)
        add_request(json, snapshot, &snapshot->rows[i]);
    json_write_array_end(json);
}

void json_scenarios(struct json *json, const struct snapshot *snapshot)
{
    json_write_array(json);
    for (size_t i = 0; i < snapshot->scenario_count; i++) {
        const struct snap_scenario *scenario = &snapshot->scenarios[i];

        json_write_object(json);
        member_string(json, "name", scenario->name);
        member_string(json, "executor", executor_kind_name(scenario->executor));
        json_write_key(json, "iterations");
        json_write_object(json);
        json_iterations_members(json, &scenario->iterations);
        json_write_object_end(json);
        json_write_key(json, "phases");
        json_write_array(json);
        json_write_array_end(json);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

/* ---- intervals ---- */

struct interval {
    uint64_t planned, started, requests, failed, vus;
    size_t from, to; /* points of the history */
};

/* Points of the history; without a last one that has barely begun and is empty. */
static size_t count_points(const struct snapshot *s)
{
    size_t points = history_points(s->history);
    struct history_point last;
    struct history_row row;

    if (points > 1 && history_point(s->history, points - 1, &last) && history_row(s->history, points - 1, 0, &row) && row.count == 0 &&
        last.planned == 0 && last.started == 0 && s->at_ns < last.at_ns + NS_PER_S / 20)
        points--;
    return points;
}

/* Seconds of an interval: 1 while the history has seconds and 3,600 are enough; else 10, 20, 40 ..., since what is older than
 * an hour is kept by 10 s. */
static uint64_t choose_step(const struct history *history, size_t points)
{
    struct history_point last;
    uint64_t step = 1, end_s;

    if (points == 0 || !history_point(history, points - 1, &last))
        return 1;
    end_s = last.at_ns / NS_PER_S + last.seconds;
    if (last.seconds > 1 || end_s > INTERVALS_MAX)
        step = 10;
    while ((end_s + step - 1) / step > INTERVALS_MAX)
        step *= 2;
    return step;
}

static struct interval *collect(const struct history *history, size_t points, uint64_t step, size_t *count)
{
    struct interval *intervals = NULL;

    *count = 0;
    for (size_t i = 0; i < points; i++) {
        struct history_point point;
        struct history_row row;
        size_t index;

        if (!history_point(history, i, &point) || !history_row(history, i, 0, &row))
            continue;
        index = (size_t)(point.at_ns / NS_PER_S / step);
        if (index >= *count) {
            intervals = mem_resize(intervals, index + 1, sizeof *intervals);
            for (; *count <= index; (*count)++)
                intervals[*count] = (struct interval){ .from = i, .to = i };
        }
        intervals[index].to = i + 1;
        intervals[index].planned += point.planned;
        intervals[index].started += point.started;
        intervals[index].requests += row.count;
        intervals[index].failed += row.failed;
        intervals[index].vus = point.vus_busy;
    }
    return intervals;
}

static void add_column(struct json *json, const char *key, const struct interval *intervals, size_t count, size_t offset)
{
    json_write_key(json, key);
    json_write_array(json);
    for (size_t i = 0; i < count; i++) {
        uint64_t value;

        memcpy(&value, (const char *)&intervals[i] + offset, sizeof value);
        json_write_u64(json, value);
    }
    json_write_array_end(json);
}

static void add_quantiles(struct json *json, const struct history *history, const struct interval *intervals, size_t count)
{
    static const char *const names[] = { "p50_ms", "p95_ms", "p99_ms" };
    struct history_quantiles *quantiles = mem_array(count + 1, sizeof *quantiles);

    for (size_t i = 0; i < count; i++)
        history_merge(history, intervals[i].from, intervals[i].to, &quantiles[i]);
    for (int which = 0; which < 3; which++) {
        json_write_key(json, names[which]);
        json_write_array(json);
        for (size_t i = 0; i < count; i++) {
            const struct history_quantiles *q = &quantiles[i];
            uint64_t ns = which == 0 ? q->p50_ns : which == 1 ? q->p95_ns : q->p99_ns;

            json_milliseconds(json, q->count > 0 ? ns : SNAP_NONE);
        }
        json_write_array_end(json);
    }
    free(quantiles);
}

void json_intervals(struct json *json, const struct snapshot *snapshot)
{
    const struct history *history = snapshot->history;
    size_t points = history != NULL ? count_points(snapshot) : 0;
    uint64_t step = history != NULL ? choose_step(history, points) : 1;
    size_t count;
    struct interval *intervals = collect(history, points, step, &count);

    json_write_object(json);
    member_u64(json, "step_s", step);
    add_column(json, "planned", intervals, count, offsetof(struct interval, planned));
    add_column(json, "started", intervals, count, offsetof(struct interval, started));
    add_column(json, "requests", intervals, count, offsetof(struct interval, requests));
    add_column(json, "failed", intervals, count, offsetof(struct interval, failed));
    add_column(json, "vus", intervals, count, offsetof(struct interval, vus));
    add_quantiles(json, history, intervals, count);
    json_write_object_end(json);
    free(intervals);
}
