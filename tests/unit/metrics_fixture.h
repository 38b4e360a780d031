/* A small plan and shards filled by hand, for the tests of what stands behind shard.h and aggregate.h. No clock, no thread:
 * a test says which interval of the run it is in. */
#ifndef METRICS_FIXTURE_H
#define METRICS_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "aggregate_internal.h"
#include "mem.h"

#define MS(n) ((uint64_t)(n)*NS_PER_MS)
#define SECONDS(n) ((uint64_t)(n)*NS_PER_S)
#define MX_THRESHOLDS 16

enum { MX_LOGIN, MX_LIST, MX_PAY, MX_REQUESTS }; /* of the plan */
enum { MX_SHOP, MX_API, MX_SCENARIOS };          /* shop is open (login, list), api a closed loop (list, pay) */
enum { ROW_SHOP_LOGIN, ROW_SHOP_LIST, ROW_API_LIST, ROW_API_PAY, ROWS };

struct mx {
    struct plan plan;
    struct plan_request requests[MX_REQUESTS];
    struct plan_scenario scenarios[MX_SCENARIOS];
    struct plan_mix shop_mix[2], api_mix[2];
    struct plan_tag shop_tag;
    struct plan_threshold thresholds[MX_THRESHOLDS];
    struct plan_tag filters[MX_THRESHOLDS];
    struct aggregate *aggregate;
    struct snapshot_slot *slot;
    struct shard *shard;
    unsigned workers;
    char *texts[128];
    size_t text_count;
    struct shard_gauges gauges; /* handed in with every shard of mx_hand_in() */
};

/* struct plan owns its texts, so they are not const; mx_release() frees them. */
static inline char *mx_keep(struct mx *mx, char *text)
{
    INVARIANT(mx->text_count < sizeof mx->texts / sizeof *mx->texts);
    mx->texts[mx->text_count++] = text;
    return text;
}

static inline char *mx_text(struct mx *mx, const char *text)
{
    return mx_keep(mx, mem_copy(text));
}

static inline void mx_plan(struct mx *mx)
{
    static const char *const names[] = { "login", "list", "pay" };
    static const char *const methods[] = { "POST", "GET", "POST" };

    memset(mx, 0, sizeof *mx);
    for (int i = 0; i < MX_REQUESTS; i++)
        mx->requests[i] =
            (struct plan_request){ .name = mx_text(mx, names[i]), .method = mx_text(mx, methods[i]), .url = mx_text(mx, "http://h/") };
    mx->shop_mix[0] = (struct plan_mix){ .request = MX_LOGIN, .weight = 1 };
    mx->shop_mix[1] = (struct plan_mix){ .request = MX_LIST, .weight = 3 };
    mx->api_mix[0] = (struct plan_mix){ .request = MX_LIST, .weight = 1 };
    mx->api_mix[1] = (struct plan_mix){ .request = MX_PAY, .weight = 1 };
    mx->shop_tag = (struct plan_tag){ mx_text(mx, "team"), mx_text(mx, "web") };
    mx->scenarios[MX_SHOP] = (struct plan_scenario){ .name = mx_text(mx, "shop"),
                                                     .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE,
                                                     .rate = { 100, NS_PER_S },
                                                     .duration_ns = SECONDS(60),
                                                     .max_vus = 20,
                                                     .mix = mx->shop_mix,
                                                     .mix_count = 2,
                                                     .tags = &mx->shop_tag,
                                                     .tag_count = 1 };
    mx->scenarios[MX_API] = (struct plan_scenario){ .name = mx_text(mx, "api"),
                                                    .executor = EXECUTOR_CONSTANT_VUS,
                                                    .vus = 5,
                                                    .duration_ns = SECONDS(60),
                                                    .mix = mx->api_mix,
                                                    .mix_count = 2 };
    mx->plan = (struct plan){ .name = mx_text(mx, "test"),
                              .requests = mx->requests,
                              .request_count = MX_REQUESTS,
                              .scenarios = mx->scenarios,
                              .scenario_count = MX_SCENARIOS,
                              .thresholds = mx->thresholds };
}

/* Adds a threshold; filter is "" or "tag:value". Returns it for what else a test wants to set. */
static inline struct plan_threshold *mx_threshold(struct mx *mx, const char *metric, const char *filter, const char *expression)
{
    struct plan_threshold *t = &mx->thresholds[mx->plan.threshold_count];
    const char *colon = strchr(filter, ':');

    *t = (struct plan_threshold){ .metric = mx_text(mx, metric), .expression = mx_text(mx, expression) };
    if (colon != NULL) {
        mx->filters[mx->plan.threshold_count] =
            (struct plan_tag){ mx_keep(mx, mem_copy_n(filter, (size_t)(colon - filter))), mx_text(mx, colon + 1) };
        t->filter = &mx->filters[mx->plan.threshold_count];
        t->filter_count = 1;
    }
    mx->plan.threshold_count++;
    return t;
}

static inline void mx_start(struct mx *mx, unsigned workers)
{
    mx->workers = workers;
    mx->aggregate = aggregate_new(&mx->plan, workers);
    mx->slot = snapshot_slot_new();
    mx->shard = shard_new(&mx->plan);
}

static inline void mx_release(struct mx *mx)
{
    shard_free(mx->shard);
    if (mx->slot != NULL)
        snapshot_slot_clear(mx->slot);
    aggregate_free(mx->aggregate);
    snapshot_slot_free(mx->slot);
    for (size_t i = 0; i < mx->text_count; i++)
        free(mx->texts[i]);
    memset(mx, 0, sizeof *mx);
}

static inline struct sample mx_sample(uint32_t row, uint64_t duration_ns)
{
    struct sample sample = { .row = row, .outcome = OUTCOME_OK, .status = 200, .is_sent = true, .duration_ns = duration_ns };

    sample.response_ns = SNAP_NONE;
    sample.phases[PHASE_WAITING] = duration_ns;
    sample.bytes_sent = 100;
    sample.bytes_received = 1000;
    return sample;
}

static inline void mx_record(struct mx *mx, uint32_t row, uint64_t duration_ns, unsigned count)
{
    struct sample sample = mx_sample(row, duration_ns);

    for (unsigned i = 0; i < count; i++)
        shard_record_request(mx->shard, &sample);
}

static inline void mx_record_status(struct mx *mx, uint32_t row, uint16_t status, unsigned count)
{
    struct sample sample = mx_sample(row, MS(10));

    sample.outcome = status < 400 ? OUTCOME_OK : OUTCOME_FAILED_STATUS;
    sample.status = status;
    for (unsigned i = 0; i < count; i++)
        shard_record_request(mx->shard, &sample);
}

static inline void mx_record_fault(struct mx *mx, uint32_t row, enum fault fault, bool is_sent, unsigned count)
{
    struct sample sample = mx_sample(row, MS(20));

    sample.outcome = OUTCOME_ERROR;
    sample.status = 0;
    sample.fault = fault;
    sample.is_sent = is_sent;
    for (unsigned i = 0; i < count; i++)
        shard_record_request(mx->shard, &sample);
}

/* An open iteration from its arrival to its end. */
static inline void mx_iterate(struct mx *mx, size_t scenario, uint64_t lag_ns, unsigned count)
{
    bool is_open = scenario == MX_SHOP;

    for (unsigned i = 0; i < count; i++) {
        shard_record_planned(mx->shard, scenario, 1);
        shard_record_started(mx->shard, scenario, is_open ? lag_ns : SNAP_NONE);
        shard_record_completed(mx->shard, scenario, MS(5), is_open ? lag_ns + MS(5) : SNAP_NONE, false);
    }
}

/* What the shard holds belongs to intervals [first, last] of `worker`; the shard is empty afterwards. */
static inline void mx_hand_in_span(struct mx *mx, unsigned worker, uint64_t first, uint64_t last, bool is_last)
{
    shard_close(mx->shard, first, last, &mx->gauges, is_last);
    aggregate_add(mx->aggregate, worker, mx->shard);
    shard_reset(mx->shard);
}

static inline void mx_hand_in(struct mx *mx, unsigned worker, uint64_t interval)
{
    mx_hand_in_span(mx, worker, interval, interval, false);
}

static inline void mx_tick_at(struct mx *mx, uint64_t now_ns, uint64_t plan_ns, bool is_paused)
{
    struct aggregate_tick tick = { .now_ns = now_ns, .plan_ns = plan_ns, .is_paused = is_paused };

    aggregate_tick(mx->aggregate, &tick);
}

/* The tick after `intervals` intervals of the run, without any pause. */
static inline void mx_tick(struct mx *mx, uint64_t intervals)
{
    mx_tick_at(mx, intervals * INTERVAL_NS, intervals * INTERVAL_NS, false);
}

/* Every worker says its run is over, with empty hands, and the books are closed. */
static inline void mx_finish(struct mx *mx, uint64_t intervals)
{
    for (unsigned w = 0; w < mx->workers; w++)
        mx_hand_in_span(mx, w, intervals, intervals, true);
    aggregate_finish(mx->aggregate, intervals * INTERVAL_NS);
}

static inline const struct snapshot *mx_fill(struct mx *mx)
{
    return aggregate_fill(mx->aggregate, mx->slot, true);
}

static inline const struct snap_reason *mx_reason(const struct snapshot *s, enum verdict_code code)
{
    for (size_t i = 0; i < s->verdict.reason_count; i++)
        if (s->verdict.reasons[i].code == code)
            return &s->verdict.reasons[i];
    return NULL;
}

#endif
