/* The shape of chaos traffic: a factor m(t) = schedule(t) x spike(t) x noise(t) on the load of a scenario, constant within cells of
 * 100 ms, drawn from the seed alone: the same plan has the same shape on every machine and in every worker. Pure; one owner. */
#ifndef ONAGER_SHAPE_H
#define ONAGER_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#define SHAPE_CELL_NS UINT64_C(100000000)
#define SHAPE_ONE_PPM UINT32_C(1000000)

struct plan_chaos; /* onager/plan.h */
struct shape;

/* Borrows chaos. start_wall_ns: CLOCK_REALTIME of the scenario's first instant, for hours of the day. */
struct shape *shape_new(const struct plan_chaos *chaos, uint64_t seed, uint64_t start_wall_ns);
void shape_free(struct shape *shape);

/* The seed for scenario `index` of a plan, so that scenarios with the same chaos do not spike together. */
static inline uint64_t shape_seed(uint64_t plan_seed, size_t index)
{
    return plan_seed + UINT64_C(0x9e3779b97f4a7c15) * index;
}

/* The factor of cell `cell` (from 0 at the start of the scenario) in millionths; UINT32_MAX where it would be more. Asking for
 * ascending cells is cheap; going back starts again from the beginning, with the same answers. */
uint32_t shape_factor_ppm(struct shape *shape, uint64_t cell);

/* The parts of that factor, for a forecast that says why. */
struct shape_parts {
    uint32_t schedule_ppm, spike_ppm, noise_ppm, factor_ppm;
    uint64_t spikes; /* that began until the end of this cell */
};
struct shape_parts shape_parts(struct shape *shape, uint64_t cell);

/* A pause of paused_ns ended: from from_cell on hours of the day are that much later; everything else stood still. from_cell
 * does not descend. */
void shape_was_paused(struct shape *shape, uint64_t from_cell, uint64_t paused_ns);

#endif
