/* The part of chaos that follows the clock on the wall: a factor by hour of the day, local time. One owner. */
#ifndef ONAGER_SHAPE_HOURS_H
#define ONAGER_SHAPE_HOURS_H

#include <stddef.h>
#include <stdint.h>

#include "onager/plan.h"

struct shape_delay {
    uint64_t from_cell, total_ns;
};

struct shape_hours {
    uint32_t factor_ppm[24]; /* by local hour */
    uint64_t start_wall_ns;
    struct shape_delay *delays; /* ascending */
    size_t delay_count;
    uint64_t quarter;     /* since 1970, of the cached factor; UINT64_MAX: none */
    uint32_t quarter_ppm; /* zones differ by whole quarters of an hour and change at them */
};

/* Borrows nothing. Without hours the factor is always 1. */
void shape_hours_init(struct shape_hours *hours, const struct plan_chaos_hours *list, size_t count, uint64_t start_wall_ns);
void shape_hours_release(struct shape_hours *hours);
uint32_t shape_hours_ppm(struct shape_hours *hours, uint64_t cell);
/* From from_cell on the wall clock is delay_ns later. */
void shape_hours_delay(struct shape_hours *hours, uint64_t from_cell, uint64_t delay_ns);

#endif
