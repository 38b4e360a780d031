/* One run of the plan: its workers, books and clock. Control thread only. A re-run is another struct run. */
#ifndef ONAGER_RUN_H
#define ONAGER_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "aggregate.h"
#include "level.h"
#include "plan_clock.h"
#include "steer.h"
#include "worker.h"

struct run {
    const struct plan *plan;
    struct run_shared shared;
    struct worker *workers;
    unsigned lasts; /* workers that handed in their last shard */
    struct aggregate *aggregate;
    struct plan_clock clock;
    struct steer steer;
    struct level *levels;               /* one per scenario, from the start on */
    struct scenario_now *scenarios_now; /* one per scenario */
    uint64_t steered_plan_ns;           /* plan clock at which the last change takes effect: up to 5 ms ahead */
    uint64_t ticked_plan_ns;            /* plan clock of the last tick */
    uint32_t number;
    char id[40];
    enum run_state state;
    bool is_started, is_joined, is_final, is_killed;
    bool is_set_up, is_torn_down; /* those stages are over, or there is none */
    bool setup_failed, teardown_failed;
    bool is_used_up_said;     /* a data set has no row left, and that was said */
    bool is_safety_abort;     /* not a threshold ended it */
    enum run_state end_state; /* what it becomes when the workers are done */
    char end_reason[160];
    uint64_t started_wall_ns;
    uint64_t ended_ns;         /* CLOCK_MONOTONIC of the end */
    uint64_t stop_deadline_ns; /* CLOCK_MONOTONIC; UINT64_MAX unless stopping */
    uint64_t steal_base_ns;
    unsigned held;    /* snapshot slots that point into it */
    struct run *next; /* older runs that a client still looks at */
};

/* Starts the worker threads, which then wait for ORDER_START. NULL and *err when one could not be started. */
struct run *run_new(
    const struct run_means *means, uint32_t number, struct ev_loop *control_loop, ev_async *control_wake, struct error *err);
/* Kills what still goes, joins, frees. No snapshot may point into it any more. */
void run_free(struct run *run);

uint64_t run_now_ns(const struct run *run, uint64_t now_ns); /* run clock */

/* False while a worker has so many orders before it that only stop and kill may still be given. */
bool run_takes_orders(const struct run *run);

/* Broadcasts an order with one instant for all workers and keeps state and clock in step. */
void run_start(struct run *run, uint64_t at_ns);
void run_pause(struct run *run, uint64_t at_ns);
void run_resume(struct run *run, uint64_t at_ns);
/* What steer_try() worked out holds from at_ns on; kind is the command's. */
void run_steer(struct run *run, uint64_t at_ns, enum command_kind kind);
/* end_state STOPPED or ABORTED; `reason` one line. by_person caps the grace at 5 s where the plan sets none. */
void run_stop(struct run *run, uint64_t at_ns, enum run_state end_state, const char *reason);
void run_kill(struct run *run, uint64_t at_ns, enum run_state end_state, const char *reason);

/* Takes in the shards that wait. True when one was taken. */
bool run_collect(struct run *run);
/* All workers are done; nothing of the load happens any more. Stops the run's clock the first time. */
bool run_is_over(struct run *run, uint64_t now_ns);
/* The load never starts. */
void run_fail(struct run *run, uint64_t at_ns, const char *reason);
/* All workers are done: joins them, closes the books. True once, when the run became final. */
bool run_try_finish(struct run *run, uint64_t now_ns);
/* Brings aggregate up to date: once a tick. */
void run_tick(struct run *run, uint64_t now_ns);
/* Fills a slot with everything but the sequence. */
struct snapshot *run_snapshot(struct run *run, struct snapshot_slot *slot, uint64_t now_ns);
int run_exit_code(const struct run *run);

#endif
