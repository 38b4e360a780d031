/* What a scenario wants at an instant of the plan clock, from its plan and what people changed, without chaos: for annotations,
 * limits and the screen. Pure; any thread. */
#ifndef ONAGER_STEERED_H
#define ONAGER_STEERED_H

#include <stdbool.h>
#include <stdint.h>

#include "onager/plan.h"
#include "onager/steering.h"

bool steer_is_open(const struct plan_scenario *scenario);
/* "api has ended", or NULL when its load can be changed at plan_ns. */
bool steer_has_ended(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns);
/* Arrivals a second; 0 for closed models, before the start and behind the end. */
double steer_rate(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns);
/* VUs; 0 for open models, before the start and behind the end. */
uint64_t steer_vus(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns);
/* What the plan says at that place of its curve (VUs, or arrivals per rate.per_ns), whatever was changed. */
double steer_plan_level(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns);
/* Plan time at which it ends; SNAP_NONE: its iterations decide. */
uint64_t steer_end(const struct plan_scenario *scenario, const struct steering *steering);
/* Plan time at which the stage of plan_ns ends; UINT64_MAX: it is the last, or there are none. */
uint64_t steer_stage_end(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns);

/* The highest rate of all scenarios together from from_ns on, in arrivals a second; *at_ns: when. steering: one per scenario, or
 * NULL where nothing was changed. */
double steer_peak_rate(const struct plan *plan, const struct steering *steering, uint64_t from_ns, uint64_t *at_ns);

#endif
