/* The plan clock: monotonic time since the start of the run with every pause taken out. Schedules, durations and thresholds
 * live on it; requests on the wire do not. One owner; pure. All times ns. */
#ifndef ONAGER_PLAN_CLOCK_H
#define ONAGER_PLAN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct plan_clock {
    uint64_t zero_ns;         /* CLOCK_MONOTONIC of the run's first instant */
    uint64_t paused_ns;       /* pauses that are over */
    uint64_t paused_since_ns; /* CLOCK_MONOTONIC; UINT64_MAX while it goes */
};

static inline void plan_clock_start(struct plan_clock *clock, uint64_t zero_ns)
{
    *clock = (struct plan_clock){ .zero_ns = zero_ns, .paused_since_ns = UINT64_MAX };
}

static inline bool plan_clock_is_paused(const struct plan_clock *clock)
{
    return clock->paused_since_ns != UINT64_MAX;
}

/* Plan time at a monotonic instant; 0 before the start, the beginning of the pause during one. */
static inline uint64_t plan_clock_at(const struct plan_clock *clock, uint64_t now_ns)
{
    uint64_t until = now_ns < clock->paused_since_ns ? now_ns : clock->paused_since_ns;

    return until <= clock->zero_ns + clock->paused_ns ? 0 : until - clock->zero_ns - clock->paused_ns;
}

/* Monotonic instant at which the plan clock, if it keeps going, reaches plan_ns. */
static inline uint64_t plan_clock_when(const struct plan_clock *clock, uint64_t plan_ns)
{
    return plan_ns > UINT64_MAX - clock->zero_ns - clock->paused_ns ? UINT64_MAX : plan_ns + clock->zero_ns + clock->paused_ns;
}

static inline void plan_clock_pause(struct plan_clock *clock, uint64_t at_ns)
{
    if (!plan_clock_is_paused(clock))
        clock->paused_since_ns = at_ns;
}

static inline void plan_clock_resume(struct plan_clock *clock, uint64_t at_ns)
{
    if (!plan_clock_is_paused(clock))
        return;
    clock->paused_ns += at_ns - clock->paused_since_ns;
    clock->paused_since_ns = UINT64_MAX;
}

#endif
