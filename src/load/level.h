/* The level of a scenario: how much load it wants at an instant of the plan clock, from its plan, its chaos and what people
 * changed. The control thread and a forecast compute it as every worker does, from the same curve. One owner per struct level.
 * Instants ascend. */
#ifndef ONAGER_LEVEL_H
#define ONAGER_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "curve.h"

struct level {
    struct curve curve;
};

/* Borrows the plan. start_wall_ns: CLOCK_REALTIME of the plan time 0. */
void level_init(struct level *level, const struct plan *plan, size_t scenario, uint64_t start_wall_ns);
void level_release(struct level *level);
void level_steer(struct level *level, const struct steering *steering, uint64_t plan_ns);
void level_was_paused(struct level *level, uint64_t plan_ns, uint64_t paused_ns);

/* Arrivals a second that are wanted; 0 for closed models, before the start and behind the end. */
double level_rate(struct level *level, uint64_t plan_ns);
/* VUs that are wanted; 0 for open models, before the start and behind the end. */
uint64_t level_vus(struct level *level, uint64_t plan_ns);
/* Open models: even arrivals that are wanted before plan_ns. Exactly what all workers together plan by then. */
uint64_t level_arrivals(struct level *level, uint64_t plan_ns);

#endif
