/* Fields of the aggregate: for metrics/ alone.
 *
 *   shard --aggregate_add--> totals of the run, series of the thresholds
 *                       \--> the second it belongs to --all workers have passed it--> history, verdict
 *                                                    \--> last 10 s: merged from the seconds when a snapshot is filled */
#ifndef ONAGER_AGGREGATE_INTERNAL_H
#define ONAGER_AGGREGATE_INTERNAL_H

#include "aggregate.h"
#include "history_write.h"
#include "measure.h"
#include "series.h"
#include "shard_internal.h"

#define MAX_BEHIND 8 /* seconds a worker may lag before the second is published without it */
#define MAX_OPEN 16  /* seconds that may be open at once: the oldest is published when one more is wanted */
#define WINDOW_SECONDS 10
#define SECONDS_KEPT 32 /* more than MAX_OPEN + WINDOW_SECONDS + 1 */
#define EVENTS_KEPT 256
#define INTERVALS_PER_SECOND (NS_PER_S / INTERVAL_NS)

/* One row in one second. */
struct second_row {
    uint64_t count, failed, bytes_received;
    uint64_t phase_sum_ns[PHASE_COUNT], phase_count;
    struct hist duration; /* coarse */
};

/* CPU time of a worker, used in so much of run time. */
struct second_worker {
    uint64_t cpu_ns, span_ns;
};

struct second {
    uint64_t number;                    /* which second of the run */
    struct second_row *rows;            /* [0] is all, then the rows */
    struct snap_iterations *iterations; /* per scenario */
    struct second_worker *workers;
    struct hist response, lag, blocked; /* coarse */
    uint64_t longest_stall_ns, stall_at_ns;
    uint64_t paused_ns, steal_ns, connect_wait_ns; /* from the ticks */
    bool fds_exhausted, ports_exhausted, is_late;
    bool is_used;
};

struct total_row {
    struct snap_requests requests;
    uint64_t interrupted_sent;
    struct hist duration; /* fine */
    struct hist phases[PHASE_COUNT], response;
    uint64_t phase_zeros[PHASE_COUNT];
    struct snap_status *statuses; /* ascending by code */
    size_t status_count, status_capacity;
};

struct total_scenario {
    struct snap_iterations iterations;
};

/* A series over the run, and in a ring of cells of 2 s (plan clock) where a threshold has a window. */
struct total_series {
    struct measure total;
    struct measure *cells; /* coarse; NULL without a window */
    size_t cell_count;     /* the longest window, and the cell that grows */
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
    char display[96];
};

struct reason_status {
    uint32_t seconds;
    uint64_t first_ns, last_ns;
    double value, limit; /* the worst value */
    uint64_t worst_ns;   /* when it was */
    unsigned worker;     /* of the worst */
};

struct worker_status {
    uint64_t covered; /* intervals handed in so far: 0 .. covered - 1 */
    bool is_done, has_cpu;
    struct shard_gauges gauges;
    struct second_worker recent[INTERVALS_PER_SECOND]; /* ring of the last hand-ins */
    unsigned recent_next;
    uint32_t *vus; /* per scenario: busy, allocated, waiting */
    uint64_t lost; /* samples it says it recorded and that did not arrive */
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
    struct shard_check *checks;   /* series_set.check_count */
    struct shard_custom *customs; /* plan.metric_count */
    struct hist *groups;          /* plan.group_count; coarse */
    struct hist group_duration;   /* of all groups */
    uint64_t checks_passes, checks_fails;
    struct second seconds[SECONDS_KEPT];
    uint64_t next_second;                                          /* first that is not published */
    uint64_t interval_counts[SECONDS_KEPT * INTERVALS_PER_SECOND]; /* ring: requests per interval */
    uint64_t newest_interval;
    struct shard_error *errors;
    size_t error_count, error_capacity;
    struct history *history;
    struct history_row_input *inputs; /* scratch of row_count + 1 */
    struct aggregate_tick tick;
    uint64_t history_requests; /* sum of what was appended, for the books */
    struct threshold_status *thresholds;
    uint64_t cells_done;   /* cells of 2 s that are complete */
    struct measure window; /* scratch: the cells of a window */
    int abort_wanted;
    struct reason_status reasons[VERDICT_CODE_COUNT];
    enum verdict_level level; /* the last one said */
    uint64_t stall_said_ns;
    uint64_t seconds_measured;
    struct snap_event events[EVENTS_KEPT]; /* ring */
    uint64_t event_count;
    bool is_finished;
    bool books_balance;
    char books_text[160];
    struct hist scratch; /* of snapshots; coarse */
};

/* aggregate.c */
void aggregate_gauges(const struct aggregate *a, struct shard_gauges *sum);
void iterations_add(struct snap_iterations *to, const struct snap_iterations *from);

/* second.c: the seconds of the run, the window of the last 10 s, and the way into the history. */
void seconds_init(struct aggregate *a);
void seconds_release(struct aggregate *a);
struct second *second_take(struct aggregate *a, uint64_t interval); /* where data of that interval belongs */
void second_add_row(struct aggregate *a, struct second *second, uint32_t row, const struct shard_row *from);
void seconds_count_interval(struct aggregate *a, uint64_t interval, uint64_t requests);
void seconds_tick(struct aggregate *a, const struct aggregate_tick *before);
void seconds_publish(struct aggregate *a); /* those that are complete or have waited too long */
void seconds_flush(struct aggregate *a);   /* all, at the end */

struct window {
    const struct second *seconds[WINDOW_SECONDS + 1];
    unsigned count;
    double length_s; /* really covered, 0 before the first hand-in */
};
void window_find(const struct aggregate *a, struct window *window);
double window_rate(const struct window *window, uint64_t count);
double rate_of_last_second(const struct aggregate *a);

/* threshold.c */
void thresholds_init(struct aggregate *a);
void thresholds_release(struct aggregate *a);
void thresholds_add(struct aggregate *a, const struct shard *shard);
void thresholds_tick(struct aggregate *a);   /* every 2 s of the plan clock they are judged */
void thresholds_finish(struct aggregate *a); /* the last time */
bool threshold_passed(const struct aggregate *a, size_t index);

/* threshold_text.c, pure */
void threshold_display(const struct plan_threshold *plan, char *out, size_t size);
bool threshold_holds(const struct plan_threshold *plan, double value);
double threshold_margin(const struct plan_threshold *plan, enum metric_type type, double value);
bool threshold_is_worse(const struct plan_threshold *plan, double value, double than);

/* verdict.c: one more second was published; a sample was lost; the level and the reasons so far. */
uint32_t verdict_second(struct aggregate *a, const struct second *second);
void verdict_lost(struct aggregate *a, unsigned worker, uint64_t at_ns);
void verdict_tick(struct aggregate *a); /* says a change of the level */
size_t verdict_fill(const struct aggregate *a, struct snap_reason *reasons, enum verdict_level *level);

/* books.c */
void books_check(struct aggregate *a);

#endif
