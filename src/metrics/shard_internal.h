/* Fields of a shard: for metrics/ alone. */
#ifndef ONAGER_SHARD_INTERNAL_H
#define ONAGER_SHARD_INTERNAL_H

#include "series.h"
#include "shard.h"

#define SHARD_STATUSES 16 /* different codes that a row has room for; more make it grow */
#define SHARD_ERRORS 32   /* different signatures in one interval; more lose only their signature */
#define EXAMPLE_SIZE 96

struct shard_row {
    struct snap_requests requests;
    uint64_t interrupted_sent;         /* of requests.interrupted: those whose head was on the wire */
    struct hist duration;              /* fine: service time of what was sent and answered or given up */
    struct hist phases[PHASE_COUNT];   /* coarse; only values above 0 */
    uint64_t phase_zeros[PHASE_COUNT]; /* and `reused` more of the phases before the send: see shard_row_zeros() */
    uint64_t reused;
    struct hist response;         /* coarse: first request of an iteration */
    struct snap_status *statuses; /* in the order of their first appearance */
    unsigned status_count, status_capacity;
};

/* Exchanges whose phase took no time. */
static inline uint64_t shard_row_zeros(const struct shard_row *row, unsigned phase)
{
    return row->phase_zeros[phase] + (phase < PHASE_SENDING ? row->reused : 0);
}

struct shard_scenario {
    struct snap_iterations iterations;
    struct hist lag, duration, response; /* coarse */
    uint32_t vus_busy, vus_allocated, vus_waiting;
};

/* What a series that chooses samples measured: a trend in hist, a rate in passes of count, a counter in count. The others are
 * taken from rows and scenarios when the shard is merged (measure.c), so they cost the hot path nothing. */
struct shard_series {
    struct hist trend; /* of http_req_duration fine, else coarse */
    uint64_t count, passes;
};

/* A check of a row's request. */
struct shard_check {
    uint64_t passes, fails;
};

/* A metric of the plan's own. Values of trends are counted in millionths, so that a time in ms is one in ns. */
#define CUSTOM_SCALE 1e6
struct shard_custom {
    struct hist trend;             /* coarse */
    uint64_t count, passes;        /* values; RATE: of them 1 */
    double sum, last, least, most; /* COUNTER: sum; GAUGE: the others, valid where count > 0 */
    uint64_t last_ns;              /* run clock of `last` */
};

struct shard_error {
    uint32_t row;
    enum fault kind;
    uint16_t status;
    uint64_t count, first_ns, last_ns;
    char example[EXAMPLE_SIZE]; /* sanitized */
};

struct shard {
    const struct plan *plan;
    struct series_set *set;
    struct hist_pool *pool;
    struct shard_row *rows;
    struct shard_scenario *scenarios;
    struct shard_series *series;
    struct shard_check *checks;   /* series_set.check_count */
    struct shard_custom *customs; /* plan.metric_count */
    struct hist *groups;          /* by scenario the plan.group_count; coarse: durations */
    struct shard_error errors[SHARD_ERRORS];
    unsigned error_count;
    uint64_t first, last; /* intervals */
    bool is_last;
    struct shard_gauges gauges;
    /* Calls of shard_record_request() in this interval, counted apart from the books: what the merge is held against. */
    uint64_t calls;
    size_t misses_seen;
};

/* shard_journey.c: what journeys measure. */
void shard_journey_init(struct shard *shard);
void shard_journey_release(struct shard *shard);
void shard_journey_reset(struct shard *shard);
void custom_init(struct shard_custom *custom, struct hist_pool *pool);
void custom_clear(struct shard_custom *custom);
void custom_add(struct shard_custom *to, const struct shard_custom *from);

#endif
