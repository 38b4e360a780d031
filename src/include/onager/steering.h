/* How a scenario departs from its plan: what keys and other clients changed while it runs. Pure data; any thread. */
#ifndef ONAGER_STEERING_H
#define ONAGER_STEERING_H

#include <stdbool.h>
#include <stdint.h>

#include "onager/units.h"

#define LEVEL_AS_PLANNED_PPM UINT64_C(1000000)

/* From an instant on: the whole state, not a difference, so that it can be sent to every worker, undone and written down. */
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

/* One change of a run, kept so that the run can be written down as a plan. */
enum change_kind { CHANGE_STEER, CHANGE_PAUSE, CHANGE_RESUME, CHANGE_STOP };

struct steer_change {
    enum change_kind kind;
    uint64_t at_ns;           /* run clock */
    uint64_t plan_ns;         /* plan clock: stands still from PAUSE to RESUME */
    uint32_t scenario;        /* STEER: index in the plan */
    struct steering steering; /* STEER: the whole state from here on */
};

#endif
