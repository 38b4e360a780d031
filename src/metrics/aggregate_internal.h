/* Fields of the aggregate: for metrics/ alone.
 *
 *   shard --aggregate_add--> totals of the run
 *                       \--> the second it belongs to --all workers have passed it--> history, verdict, thresholds
 *                                                    \--> last 10 s: merged from the seconds when a snapshot is filled */
#ifndef ONAGER_AGGREGATE_INTERNAL_H
#define ONAGER_AGGREGATE_INTERNAL_H

#include "aggregate.h"
#include "history_write.h"
#include "series.h"
#include "shard_internal.h"

#define SECONDS_KEPT 32 /* of which at most MAX_BEHIND are not published yet */
#define MAX_BEHIND 8    /* seconds a worker may lag before the second is published without it */
#define WINDOW_SECONDS 10
#define EVENTS_KEPT 256
#define INTERVALS_PER_SECOND (NS_PER_S / INTERVAL_NS)

/* One row in one second. */
struct second_row {
    uint64_t count, failed, bytes_received;
    uint64_t phase_sum_ns[PHASE_COUNT], phase_count;
    struct hist duration; /* coarse */
};

struct second {
    uint64_t number;                    /* which second of the run */
    struct second_row *rows;            /* [0] is all, then the rows */
    struct snap_iterations *iterations; /* per scenario */
    struct hist response, lag, blocked; /* coarse */
    uint64_t longest_stall_ns, stall_at_ns;
    unsigned stalls;
    bool fds_exhausted, ports_exhausted, is_late;
    bool is_used;
};

struct total_row {
    struct snap_requests requests;
    struct hist duration; /* fine */
    struct hist phases[PHASE_COUNT], response;
    uint64_t phase_zeros[PHASE_COUNT];
    struct snap_status *statuses; /* ascending by code */
    size_t status_count, status_capacity;
};

struct total_scenario {
    struct snap_iterations iterations;
};

/* What a series measured in two seconds, and a ring of that for windows. */
struct series_slot {
    uint64_t number;
    struct hist trend;
    uint64_t count, passes;
};

struct total_series {
    struct hist trend;
    uint64_t count, passes;
    struct series_slot *slots; /* NULL without a window */
    size_t slot_count;
};

struct threshold_status {
    enum threshold_state state;
    bool has_value, is_warning;
    double value, margin, worst;
    uint64_t samples;
    uint64_t failing_since_ns; /* plan clock; SNAP_NONE while it passes */
    bool wants_abort;
    double margins[16]; /* the last 30 s, oldest first */
    unsigned margin_count;
    char display[64];
};

struct reason_status {
    uint32_t seconds;
    uint64_t first_ns, last_ns;
    double value, limit;
    uint64_t count; /* of what the text counts */
    unsigned worker;
};

struct worker_status {
    uint64_t covered; /* intervals handed in so far: 0 .. covered - 1 */
    bool is_done;
    struct shard_gauges gauges;
    uint64_t second_cpu_ns, second_at; /* CPU clock at the last whole second, and which it was */
    double busy;
    uint32_t *vus;  /* per scenario: busy, allocated, waiting */
    uint64_t calls; /* samples it says it recorded */
};

struct aggregate {
    const struct plan *plan;
    struct series_set *set;
    struct hist_pool *pool;
    unsigned workers;
    struct worker_status *worker;
    struct total_row *rows; /* [0] is all */
    uint32_t row_count;     /* without all */
    struct total_scenario *scenarios;
    struct hist response, lag, iteration_duration; /* coarse */
    struct total_series *series;
    struct second seconds[SECONDS_KEPT];
    uint64_t next_second; /* first that is not published */
    struct shard_error *errors;
    size_t error_count, error_capacity;
    struct history *history;
    struct history_row_input *inputs; /* scratch of row_count + 1 */
    struct aggregate_tick tick;
    uint64_t steal_seen_ns, steal_at_ns;
    uint64_t history_requests; /* sum of what was appended, for the books */
    struct threshold_status *thresholds;
    uint64_t last_evaluation; /* second */
    int abort_wanted;
    struct reason_status reasons[VERDICT_CODE_COUNT];
    uint64_t seconds_measured;
    struct snap_event events[EVENTS_KEPT]; /* ring */
    uint64_t event_count;
    bool is_finished;
    bool books_balance;
    char books_text[160];
    /* scratch of snapshots */
    struct hist window;
};

/* aggregate.c */
struct second *aggregate_second(struct aggregate *a, uint64_t number); /* NULL when it is not kept any more */
void aggregate_gauges(const struct aggregate *a, struct shard_gauges *sum);

/* threshold.c: with what is known up to plan_ns; is_final: the last time. */
void threshold_init(struct aggregate *a);
void threshold_evaluate(struct aggregate *a, uint64_t plan_ns, bool is_final);
bool threshold_passed(const struct aggregate *a, size_t index);

/* verdict.c: one more second was published; the level and the reasons so far. */
uint32_t verdict_second(struct aggregate *a, const struct second *second);
void verdict_tick(struct aggregate *a);
size_t verdict_fill(const struct aggregate *a, struct snap_reason *reasons, enum verdict_level *level);

/* books.c */
void books_check(struct aggregate *a);

#endif
