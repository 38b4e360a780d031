/* The plan of what happened in a run (onager/replay.h), in memory. Any thread. */
#ifndef ONAGER_PLAN_REPLAY_H
#define ONAGER_PLAN_REPLAY_H

#include "onager/plan.h"
#include "onager/steering.h"

/* What is known of a run. */
struct replay_run {
    const struct plan *plan;
    const struct steer_change *changes; /* oldest first */
    size_t change_count;
    uint64_t at_ns, plan_ns;  /* run clock and plan clock up to which it is told */
    uint64_t started_wall_ns; /* CLOCK_REALTIME of its first instant: chaos knows hours of the day */
    bool is_whole;            /* it ran to its own end: what had not begun or ended by then did so as planned */
};

/* A plan that borrows everything of run->plan but the scenarios, which are its own: replay_release() frees those. Scenarios that
 * nobody changed stay as they are; closed ones that were become ramping-vus, open ones ramping-arrival-rate. */
void replay_build(const struct replay_run *run, struct plan *out);
void replay_release(struct plan *plan);

#endif
