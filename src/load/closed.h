/* What closed executors share: how many VUs this worker should have busy, and those that are too many. A VU that is one too many
 * ends its iteration; one that takes longer than graceful_ramp_down is cut off. Whoever finishes first leaves. Worker thread. */
#ifndef ONAGER_CLOSED_H
#define ONAGER_CLOSED_H

#include "executor.h"

void closed_start(struct executor *executor);
void closed_release(struct executor *executor);
/* Brings closed.own up to plan_ns, and counts whom to wait for when it went down. */
void closed_update(struct executor *executor, uint64_t plan_ns);
static inline void closed_look(struct executor *executor, uint64_t plan_ns)
{
    if (plan_ns >= executor->closed.change_ns)
        closed_update(executor, plan_ns);
}
/* The VU that just finished is one too many. */
static inline bool closed_is_surplus(const struct executor *executor)
{
    return executor->vus_busy >= executor->closed.own;
}
/* Plan time of the next thing a closed executor does by the clock. */
uint64_t closed_due(const struct executor *executor);
void closed_steer(struct executor *executor, const struct steering *steering, uint64_t plan_ns);
void closed_was_paused(struct executor *executor, uint64_t plan_ns, uint64_t paused_ns);

#endif
