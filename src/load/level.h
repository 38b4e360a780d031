/* The level of a scenario: how much load it wants at an instant of the plan clock, from its plan, its chaos and what people
 * changed. Pure; any thread. The control thread and every worker compute it alike. */
#ifndef ONAGER_LEVEL_H
#define ONAGER_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "onager/plan.h"

#define LEVEL_AS_PLANNED_PPM UINT64_C(1000000)

/* How a scenario departs from its plan from an instant on: the whole state, not a difference, so that it can be sent to every
 * worker, undone and written down. */
struct steering {
    uint64_t factor_ppm;   /* on what the plan says (stages, rate, VUs), before chaos; LEVEL_AS_PLANNED_PPM: as it says */
    bool is_fixed;         /* instead of plan, factor and chaos: */
    struct rate rate;      /*   arrivals of open models */
    uint64_t vus;          /*   VUs of closed models */
    uint64_t spike_ppm;    /* on top of all that, until spike_end_ns; LEVEL_AS_PLANNED_PPM: none */
    uint64_t spike_end_ns; /* plan clock */
    uint64_t skipped_ns;   /* stages were skipped: the plan's curve is this far ahead of the plan clock, and ends earlier */
};

static inline struct steering steering_none(void)
{
    return (struct steering){ .factor_ppm = LEVEL_AS_PLANNED_PPM, .spike_ppm = LEVEL_AS_PLANNED_PPM };
}

#endif
