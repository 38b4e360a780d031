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
    struct shard_error errors[SHARD_ERRORS];
    unsigned error_count;
    uint64_t first, last; /* intervals */
    bool is_last;
    struct shard_gauges gauges;
    /* Calls of shard_record_request() in this interval, counted apart from the books: what the merge is held against. */
    uint64_t calls;
    size_t misses_seen;
};

#endif
