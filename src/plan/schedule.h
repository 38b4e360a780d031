/* When the arrivals of a rate are wanted. Pure and exact (128-bit integers); any thread. Times are ns since the start of the
 * scenario on the plan clock. */
#ifndef ONAGER_SCHEDULE_H
#define ONAGER_SCHEDULE_H

#include <stdint.h>

#include "onager/units.h"

/* Intended time of arrival `index` (from 0) of a constant rate: floor(index * per_ns / count). UINT64_MAX when it is later
 * than 64 bits can say. */
uint64_t schedule_constant_at(const struct rate *rate, uint64_t index);

/* The inverse: how many arrivals have an intended time < t_ns. So arrivals 0 .. n - 1 lie in a duration of t_ns. */
uint64_t schedule_constant_count(const struct rate *rate, uint64_t t_ns);

#endif
