/* The control thread's side of measuring: takes closed shards, keeps totals, windows of 10 s, history, thresholds, books and
 * verdict of one run, and fills snapshots. Control thread only, except the history, which readers share (history.h). */
#ifndef ONAGER_AGGREGATE_H
#define ONAGER_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/snapshot.h"
#include "shard.h"

struct aggregate;

/* Borrows plan. One per run. */
struct aggregate *aggregate_new(const struct plan *plan, unsigned workers);
void aggregate_free(struct aggregate *aggregate); /* the history lives on while it has references */

/* Merges a closed shard of `worker`; the shard can be reset afterwards. An interval counts when all workers handed theirs in. */
void aggregate_add(struct aggregate *aggregate, unsigned worker, const struct shard *shard);

/* What the control thread knows of a scenario now. */
struct scenario_now {
    double planned_rate;      /* arrivals a second wanted now; 0 for closed models and while nothing is to start */
    uint64_t planned_vus;     /* of a closed model; else 0 */
    uint64_t ends_ns;         /* plan clock; SNAP_NONE: its iterations decide */
    struct steering steering; /* what people changed */
};

/* What the control thread knows and shards do not, once a tick before aggregate_fill(). All times run clock. */
struct aggregate_tick {
    uint64_t now_ns, plan_ns;
    double planned_rate;                  /* arrivals a second wanted now */
    bool is_paused, is_ending;            /* paused now; no more shards will come after those already added */
    uint64_t steal_ns;                    /* of this machine since the start, all CPUs */
    uint64_t connect_wait_p99_ns;         /* 0 unless measured elsewhere */
    const struct scenario_now *scenarios; /* one per scenario, borrowed until the next tick or the end; NULL: as planned */
};
void aggregate_tick(struct aggregate *aggregate, const struct aggregate_tick *tick);

/* Seconds of the run that are complete: every worker has passed them, or they were waited for long enough. */
uint64_t aggregate_seconds(const struct aggregate *aggregate);
/* Whether a condition on http_req_failed (rate) or http_req_duration holds in one of the last few of them, over all requests.
 * false: nothing ended in it, or it is not kept any more. */
bool aggregate_second_holds(const struct aggregate *aggregate, uint64_t number, const struct plan_threshold *when, bool *holds);

/* A threshold with `abort` that has failed for its grace: its index, else -1. */
int aggregate_abort_wanted(const struct aggregate *aggregate);

/* Something happened (command, state, stall ...): becomes an event of the snapshots. text is sanitized and cut here. */
void aggregate_event(struct aggregate *aggregate, uint64_t at_ns, enum event_kind kind, const char *by, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* After the last shards: closes the books, evaluates thresholds and verdict a last time. */
void aggregate_finish(struct aggregate *aggregate, uint64_t end_ns);
int aggregate_exit_code(const struct aggregate *aggregate); /* EXIT_PASSED, EXIT_FAILED or EXIT_INVALID by plan and verdict */

/* A snapshot builder owns the arrays of one snapshot and is used again and again. */
struct snapshot_slot;
struct snapshot_slot *snapshot_slot_new(void);
void snapshot_slot_free(struct snapshot_slot *slot);
/* Fills everything measured: all fields of struct snapshot but sequence, run_number, run_id, state, is_final, exit_code,
 * end_reason, started_wall_ns, paused_*, stop_deadline_ns and plan_total_ns, which are the caller's (set them in the result).
 * The slot holds a reference to the history. with_histograms: rows carry their histograms (they live as long as aggregate). */
struct snapshot *aggregate_fill(struct aggregate *aggregate, struct snapshot_slot *slot, bool with_histograms);
/* Gives the reference to the history back; before the slot is filled from another run and before it is freed. */
void snapshot_slot_clear(struct snapshot_slot *slot);

#endif
