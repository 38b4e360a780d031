/* The shape of chaos traffic: a factor m(t) = schedule(t) x spike(t) x noise(t) on the load of a scenario, constant within cells of
 * 100 ms, drawn from the seed alone: the same plan has the same shape on every machine and in every worker. Pure; one owner. */
#ifndef ONAGER_SHAPE_H
#define ONAGER_SHAPE_H

#include <stdint.h>

#define SHAPE_CELL_NS UINT64_C(100000000)
#define SHAPE_ONE_PPM UINT32_C(1000000)

struct plan_chaos; /* onager/plan.h */
struct shape;

/* Borrows chaos. start_wall_ns: CLOCK_REALTIME of the scenario's first instant, for hours of the day. */
struct shape *shape_new(const struct plan_chaos *chaos, uint64_t seed, uint64_t start_wall_ns);
void shape_free(struct shape *shape);

/* The factor of cell `cell` (from 0 at the start of the scenario) in millionths. Asking for ascending cells is cheap; going back
 * starts again from the beginning, with the same answers. */
uint32_t shape_factor_ppm(struct shape *shape, uint64_t cell);

#endif
