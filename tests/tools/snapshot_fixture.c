/* The Checkout plan of the design pictures as a snapshot. One thread; knows nothing of who reads it. */
#include "snapshot_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MS(x) ((uint64_t)((x)*1e6))
#define START_WALL_NS (1763647217ULL * NS_PER_S) /* 2025-11-20 14:00:17 UTC */

/* A row of the requests table, times in ms; row 0 of a scene is `all`. */
struct row_numbers {
    const char *method, *name, *scenario;
    uint64_t count;
    double rate_10s;
    uint64_t failed;
    double p50, p90, p95, p99, p999, max;
};

static const struct row_numbers running_rows[] = {
    { "", "all", "", 64107, 634.2, 45, 19.5, 68.6, 99.8, 195, 437, 10000 },
    { "POST", "pay", "shoppers", 1342, 11.2, 35, 96.4, 240, 308, 573, 1310, 2050 },
    { "POST", "login", "api", 15357, 153.2, 6, 49.5, 118, 157, 277, 497, 10000 },
    { "POST", "add", "shoppers", 1342, 11.2, 0, 22.8, 49, 62.9, 110, 178, 180 },
    { "GET", "list", "api", 46066, 458.6, 4, 14.6, 34, 46.2, 80.9, 181, 589 },
};
static const struct row_numbers degraded_rows[] = {
    { "", "all", "", 39545, 761.0, 33, 20.3, 75.2, 113, 258, 480, 10000 },
    { "POST", "pay", "shoppers", 915, 11.2, 31, 95.6, 270, 385, 1000, 2100, 3270 },
    { "POST", "login", "api", 9427, 184.5, 2, 50.8, 140, 210, 373, 700, 10000 },
    { "POST", "add", "shoppers", 915, 11.2, 0, 24.0, 55, 74.2, 130, 220, 232 },
    { "GET", "list", "api", 28288, 554.1, 0, 15.1, 37, 52.5, 97.7, 240, 491 },
};
static const struct row_numbers finished_rows[] = {
    { "", "all", "", 108201, 515.0, 49, 18.7, 63.6, 90.2, 177, 377, 10000 },
    { "POST", "pay", "shoppers", 1696, 8.1, 35, 95.8, 238, 308, 534, 1310, 2050 },
    { "POST", "login", "api", 26210, 124.8, 6, 47.1, 108, 141, 244, 493, 10000 },
    { "POST", "add", "shoppers", 1696, 8.1, 0, 22.8, 46, 58.5, 103, 180, 180 },
    { "GET", "list", "api", 78599, 374.1, 8, 14.2, 32, 43.5, 75.8, 170, 589 },
};
static const struct row_numbers ready_rows[] = {
    { "", "all", "", 0, 0, 0, 0, 0, 0, 0, 0, 0 },          { "POST", "pay", "shoppers", 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { "POST", "login", "api", 0, 0, 0, 0, 0, 0, 0, 0, 0 }, { "POST", "add", "shoppers", 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { "GET", "list", "api", 0, 0, 0, 0, 0, 0, 0, 0, 0 },
};
static const struct row_numbers *const scene_rows[] = { running_rows, degraded_rows, finished_rows, ready_rows };

static void trend_set(struct snap_trend *trend, uint64_t count, double min, double mean, const double quantiles[6])
{
    uint64_t *const fields[] = { &trend->p50_ns, &trend->p90_ns, &trend->p95_ns, &trend->p99_ns, &trend->p999_ns, &trend->max_ns };

    trend->count = count;
    trend->min_ns = count > 0 ? MS(min) : SNAP_NONE;
    trend->mean_ns = count > 0 ? MS(mean) : SNAP_NONE;
    for (int i = 0; i < 6; i++)
        *fields[i] = count > 0 ? MS(quantiles[i]) : SNAP_NONE;
}

static void row_set(struct snap_row *row, uint32_t id, const struct row_numbers *from)
{
    const double quantiles[] = { from->p50, from->p90, from->p95, from->p99, from->p999, from->max };

    row->id = id;
    row->name = from->name;
    row->method = from->method;
    row->transport = "http1";
    row->scenario = from->scenario;
    row->group = "";
    row->requests.total = row->requests.sent = from->count;
    row->requests.ok = from->count - from->failed;
    row->requests.bytes_received = from->count * 1162;
    row->requests.bytes_sent = from->count * 151;
    row->failed = from->failed;
    row->rate_10s = from->rate_10s;
    row->count_10s = (uint64_t)(from->rate_10s * 10);
    trend_set(&row->duration, from->count, 1.01, 30.6, quantiles);
    trend_set(&row->duration_10s, row->count_10s, 1.2, 31.0, quantiles);
    for (int phase = 0; phase < PHASE_COUNT; phase++)
        trend_set(&row->phases[phase], from->count, 0, 0, (const double[6]){ 0 });
}

static void rows_set(struct fixture *f, enum fixture_scene scene)
{
    static const double live_running[] = { 17.8, 58.9, 82.6, 148, 320, 638 };
    static const double live_degraded[] = { 34.2, 160, 241, 464, 1100, 10000 };
    static const double live_finished[] = { 16.9, 55.1, 79.9, 141, 300, 512 };
    static const double *const live[] = { live_running, live_degraded, live_finished, live_running };
    struct snapshot *s = &f->snapshot;

    row_set(&s->all, 0, &scene_rows[scene][0]);
    for (uint32_t i = 0; i < 4; i++)
        row_set(&f->rows[i], i + 1, &scene_rows[scene][i + 1]);
    trend_set(&s->all.duration_10s, s->all.count_10s, 1.2, 33.1, live[scene]);
    s->all.phase_mean_10s_ns[PHASE_SENDING] = MS(0.02);
    s->all.phase_mean_10s_ns[PHASE_WAITING] = MS(31.8);
    s->all.phase_mean_10s_ns[PHASE_RECEIVING] = MS(1.30);
    s->rows = f->rows;
    s->row_count = 4;
}

static void statuses_and_errors_set(struct fixture *f, enum fixture_scene scene)
{
    static const uint64_t counts[][4] = { { 61413, 2649, 35, 10 }, { 37702, 1810, 31, 2 }, { 104760, 3392, 35, 14 }, { 0, 0, 0, 0 } };
    static const uint64_t faults[][2] = { { 6, 4 }, { 2, 0 }, { 6, 8 }, { 0, 0 } };
    static const uint16_t codes[] = { 200, 201, 503 };
    struct snapshot *s = &f->snapshot;
    struct snap_requests *all = &s->all.requests;

    for (int i = 0; i < 3; i++)
        f->statuses[0][i] = (struct snap_status){ codes[i], counts[scene][i] };
    all->errors[FAULT_TIMEOUT_BODY] = faults[scene][0];
    all->errors[FAULT_RESET] = faults[scene][1];
    all->errors_all = counts[scene][3];
    all->failed_status = counts[scene][2];
    all->ok = all->total - all->errors_all - all->failed_status;
    s->all.statuses = f->statuses[0];
    s->all.status_count = scene == FIXTURE_READY ? 0 : 3;
    f->rows[0].requests.failed_status = counts[scene][2];
    f->rows[1].requests.errors[FAULT_TIMEOUT_BODY] = f->rows[1].requests.errors_all = faults[scene][0];
    f->rows[3].requests.errors[FAULT_RESET] = f->rows[3].requests.errors_all = faults[scene][1];
    for (int i = 0; i < 4; i++) {
        struct snap_requests *r = &f->rows[i].requests;

        f->statuses[i + 1][0] = (struct snap_status){ f->rows[i].method[0] == 'P' ? 201 : 200, r->ok };
        f->statuses[i + 1][1] = (struct snap_status){ 503, r->failed_status };
        f->rows[i].statuses = f->statuses[i + 1];
        f->rows[i].status_count = r->total == 0 ? 0 : 1 + (r->failed_status > 0);
    }
    f->errors[0] = (struct snap_error){ FAULT_NONE, 503, 0, counts[scene][2], 87 * NS_PER_S, 99 * NS_PER_S, "connection pool exhausted" };
    f->errors[1] = (struct snap_error){ FAULT_TIMEOUT_BODY, 0, 1, faults[scene][0], 91 * NS_PER_S, 102 * NS_PER_S, "after 10s" };
    f->errors[2] = (struct snap_error){ FAULT_RESET, 0, 3, faults[scene][1], 41 * NS_PER_S, 123 * NS_PER_S, "by the server" };
    if (scene == FIXTURE_FINISHED) { /* the most frequent first */
        struct snap_error resets = f->errors[2];

        f->errors[2] = f->errors[1];
        f->errors[1] = resets;
        f->errors[1].last_ns = 192 * NS_PER_S;
    }
    s->errors = f->errors;
    s->error_count = scene == FIXTURE_READY ? 0 : scene == FIXTURE_DEGRADED ? 2 : 3;
}

static char login_word[] = "login", request_word[] = "request";

static void thresholds_set(struct fixture *f, enum fixture_scene scene)
{
    static char names[5][24] = { "http_req_duration", "http_req_duration", "http_req_duration", "http_req_failed", "checks" };
    static char expressions[5][16] = { "p(95)<500", "p(99.9)<2000", "p(99)<800", "rate<0.01", "rate>0.99" };
    static const char *const displays[] = { "p(95)<500", "p(99.9)<2000", "login p(99)<800", "failed<0.01 in 30s", "checks>0.99" };
    static const double limits[] = { 500, 2000, 800, 0.01, 0.99 }, quantiles[] = { 0.95, 0.999, 0.99, 0, 0 };
    static const double values[][5] = {
        { 99.8, 437, 277, 0, 0.9973 }, { 113, 480, 373, 0.0009, 0.9968 }, { 90.2, 377, 244, 0.0002, 0.9982 }, { 0, 0, 0, 0, 0 }
    };
    static const double margins[][5] = {
        { 0.80, 0.78, 0.65, 1.0, 0.73 }, { 0.77, 0.76, 0.53, 0.91, 0.68 }, { 0.82, 0.81, 0.69, 0.79, 0.82 }, { NAN, NAN, NAN, NAN, NAN }
    };
    struct snapshot *s = &f->snapshot;

    f->filter = (struct plan_tag){ request_word, login_word };
    for (int i = 0; i < 5; i++) {
        struct plan_threshold *p = &f->plan_thresholds[i];
        struct snap_threshold *t = &f->thresholds[i];

        *p = (struct plan_threshold){ .metric = names[i], .expression = expressions[i], .limit = limits[i], .quantile = quantiles[i] };
        p->aggregate = i < 3 ? AGG_PERCENTILE : AGG_RATE;
        p->op = i < 4 ? OP_LESS : OP_GREATER;
        if (i == 2) {
            p->filter = &f->filter;
            p->filter_count = 1;
        }
        p->over_ns = i == 3 ? 30 * NS_PER_S : 0;
        *t = (struct snap_threshold){ .plan = p, .display = displays[i], .state = THRESHOLD_PASS, .passed = true };
        t->has_value = scene != FIXTURE_READY;
        t->state = t->has_value ? THRESHOLD_PASS : THRESHOLD_NO_SAMPLES;
        t->value = values[scene][i];
        t->margin = margins[scene][i];
        t->samples = s->all.requests.total;
        t->worst_window = i == 3 ? 0.0021 : NAN;
        t->is_warning = scene == FIXTURE_DEGRADED && i == 2;
    }
    s->thresholds = f->thresholds;
    s->threshold_count = 5;
    s->thresholds_passed = 5;
}

static void scenarios_set(struct fixture *f, enum fixture_scene scene)
{
    static char name[] = "Checkout", shoppers[] = "shoppers", api[] = "api";
    static const uint64_t iterations[][2] = { { 1342, 56055 }, { 915, 34055 }, { 1696, 98025 }, { 0, 0 } };
    static const uint64_t busy[][2] = { { 2, 19 }, { 2, 44 }, { 0, 0 }, { 0, 0 } };
    struct snapshot *s = &f->snapshot;
    uint64_t api_vus = scene == FIXTURE_DEGRADED ? 60 : 50;

    f->plan.name = name;
    f->plan.seed = 42;
    f->plan.threads = 2;
    f->plan.scenarios = f->plan_scenarios;
    f->plan.scenario_count = 2;
    f->plan.thresholds = f->plan_thresholds;
    f->plan.threshold_count = 5;
    f->plan_scenarios[0] = (struct plan_scenario){ .name = shoppers, .executor = EXECUTOR_CONSTANT_VUS, .vus = 50 };
    f->plan_scenarios[0].duration_ns = 180 * NS_PER_S;
    f->plan_scenarios[1] = (struct plan_scenario){ .name = api, .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .max_vus = api_vus };
    f->plan_scenarios[1].rate = (struct rate){ 550, NS_PER_S };
    f->plan_scenarios[1].start_time_ns = 30 * NS_PER_S;
    f->plan_scenarios[1].duration_ns = 180 * NS_PER_S;
    for (int i = 0; i < 2; i++) {
        struct snap_scenario *to = &f->scenarios[i];

        *to = (struct snap_scenario){ .name = f->plan_scenarios[i].name, .executor = f->plan_scenarios[i].executor };
        to->iterations.completed = iterations[scene][i];
        to->iterations.started = iterations[scene][i] + busy[scene][i];
        to->iterations.planned = to->iterations.started;
        to->vus_busy = busy[scene][i];
        to->vus_max = i == 0 ? 50 : api_vus;
        to->vus_allocated = scene == FIXTURE_READY ? 0 : to->vus_max;
        to->is_started = scene != FIXTURE_READY;
        to->is_ended = scene == FIXTURE_FINISHED;
    }
    f->scenarios[0].iterations_per_s_10s = 11.2;
    f->scenarios[0].ends_ns = 180 * NS_PER_S;
    f->scenarios[1].iterations_per_s_10s = scene == FIXTURE_DEGRADED ? 654.8 : 567;
    f->scenarios[1].planned_rate = scene == FIXTURE_DEGRADED ? 654.8 : 567;
    f->scenarios[1].starts_ns = 30 * NS_PER_S;
    f->scenarios[1].ends_ns = 210 * NS_PER_S;
    if (scene == FIXTURE_DEGRADED) {
        f->scenarios[1].iterations.dropped = f->scenarios[1].iterations.dropped_no_vu = 968;
        f->scenarios[1].iterations.planned += 968;
        f->scenarios[1].iterations_per_s_10s = 265.5;
        f->scenarios[1].vus_busy = 60;
    }
    s->scenarios = f->scenarios;
    s->scenario_count = 2;
}

static void events_set(struct fixture *f, enum fixture_scene scene)
{
    static const struct snap_event events[] = {
        { 0, START_WALL_NS, EVENT_STATE, "", "running" },
        { 88 * NS_PER_S, START_WALL_NS + 88 * NS_PER_S, EVENT_SPIKE, "", "spike" },
        { 95 * NS_PER_S, START_WALL_NS + 95 * NS_PER_S, EVENT_MARKER, "sre", "pool=40 on db1" },
        { 112 * NS_PER_S, START_WALL_NS + 112 * NS_PER_S, EVENT_COMMAND, "sre", "rate 500 → 550/s" },
    };

    for (size_t i = 0; i < 4; i++)
        f->events[i] = events[i];
    f->snapshot.events = f->events;
    f->snapshot.event_count = scene == FIXTURE_DEGRADED ? 1 : scene == FIXTURE_READY ? 0 : 4;
}

static void rest_set(struct fixture *f, enum fixture_scene scene)
{
    static const uint64_t at_s[] = { 134, 96, 210, 0 }, completed[] = { 57397, 34970, 99721, 0 }, in_flight[] = { 21, 46, 0, 0 };
    static const uint64_t checks[][2] = { { 45947, 124 }, { 28000, 90 }, { 78485, 145 }, { 0, 0 } };
    static const double response[][6] = { { 19.6, 68.7, 99.9, 195, 438, 10000 },
                                          { 21.1, 90.2, 160, 330, 700, 10000 },
                                          { 18.8, 63.7, 90.3, 177, 378, 10000 },
                                          { 0, 0, 0, 0, 0, 0 } };
    static const double response_10s[][6] = {
        { 17.9, 59.0, 82.7, 148, 321, 639 }, { 60.2, 220, 315, 600, 1500, 10000 }, { 17.0, 55.2, 80.0, 141, 301, 513 }, { 0, 0, 0, 0, 0, 0 }
    };
    static const double lag[] = { 0.03, 0.06, 0.07, 0.09, 0.2, 0.4 };
    struct snapshot *s = &f->snapshot;

    s->at_ns = s->plan_ns = at_s[scene] * NS_PER_S;
    s->plan_total_ns = 210 * NS_PER_S;
    s->paused_since_ns = s->stop_deadline_ns = SNAP_NONE;
    s->started_wall_ns = scene == FIXTURE_READY ? 0 : START_WALL_NS;
    s->planned_rate = f->scenarios[1].planned_rate;
    s->rate_10s = scene == FIXTURE_DEGRADED ? 722 : s->all.rate_10s;
    s->rate_1s = scene == FIXTURE_DEGRADED ? 722 : scene == FIXTURE_READY ? 0 : 633;
    s->iterations_per_s_10s = scene == FIXTURE_DEGRADED ? 276.7 : 578.2;
    s->vus_max = scene == FIXTURE_DEGRADED ? 110 : 100;
    s->vus_allocated = scene == FIXTURE_READY ? 0 : s->vus_max;
    s->vus_busy = s->in_flight = in_flight[scene];
    s->iterations = f->scenarios[1].iterations;
    s->iterations.completed = completed[scene];
    s->iterations.started = completed[scene] + in_flight[scene];
    s->iterations.planned = scene == FIXTURE_READY ? 108300 : s->iterations.started + s->iterations.dropped;
    s->checks_passes = checks[scene][0];
    s->checks_fails = checks[scene][1];
    trend_set(&s->response, s->all.requests.total, 1.03, 30.7, response[scene]);
    trend_set(&s->response_10s, s->all.count_10s, 1.03, 33.2, response_10s[scene]);
    trend_set(&s->iteration_duration, completed[scene], 1.4, 84.0, response[scene]);
    trend_set(&s->lag, s->all.requests.total, 0.001, 0.03, lag);
    trend_set(&s->lag_10s, s->all.count_10s, 0.001, 0.03, lag);
    s->has_open_model = true;
    s->books_balance = true;
    for (unsigned i = 0; i < 2; i++)
        f->workers[i] = (struct snap_worker){ .id = i + 1, .busy = i == 0 ? 0.34 : 0.31, .cpu_ns = 430 * NS_PER_MS, .connections = 50 };
    s->workers = f->workers;
    s->worker_count = 2;
    s->cpu_user_ns = 620 * NS_PER_MS;
    s->cpu_system_ns = 256 * NS_PER_MS;
    s->max_rss_bytes = 26000000;
}

struct fixture *fixture_new(enum fixture_scene scene)
{
    static const enum run_state states[] = { RUN_RUNNING, RUN_RUNNING, RUN_FINISHED, RUN_READY };
    struct fixture *f = calloc(1, sizeof *f);
    struct snapshot *s;

    if (f == NULL)
        abort();
    s = &f->snapshot;
    s->sequence = 1;
    s->run_number = 1;
    memcpy(s->run_id, "fixture", 8);
    s->state = states[scene];
    s->is_final = scene == FIXTURE_FINISHED;
    rows_set(f, scene);
    statuses_and_errors_set(f, scene);
    thresholds_set(f, scene);
    scenarios_set(f, scene);
    events_set(f, scene);
    rest_set(f, scene);
    if (scene == FIXTURE_DEGRADED) {
        f->reason = (struct snap_reason){
            VERDICT_DROPPED_REASON, VERDICT_DEGRADED, "968 dropped since 01:28", 88 * NS_PER_S, 96 * NS_PER_S, 8, 968, 0
        };
        s->verdict = (struct snap_verdict){ VERDICT_DEGRADED, &f->reason, 1 };
    }
    s->plan = &f->plan;
    s->history = fixture_history_new(scene);
    return f;
}

void fixture_free(struct fixture *fixture)
{
    struct history *history;

    if (fixture == NULL)
        return;
    memcpy(&history, &fixture->snapshot.history, sizeof history);
    fixture_history_free(history);
    free(fixture);
}
