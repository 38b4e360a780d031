/* When the arrivals of a rate are wanted, and how many VUs a ramp has. Pure and exact (128-bit integers, no floating point); any
 * thread. Times are ns since the start of the scenario on the plan clock.
 *
 * The load of a scenario is a row of straight lines. A(t), the integral of the rate, says how many arrivals are due: arrival k
 * (from 0) is wanted at the first instant after which A is over k, cut to whole ns. So a constant rate begins with an arrival,
 * nothing arrives while the rate is 0, and in [0, T) lie ceil(A(T)) arrivals. */
#ifndef ONAGER_SCHEDULE_H
#define ONAGER_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "onager/plan.h"
#include "onager/units.h"

__extension__ typedef unsigned __int128 schedule_wide;

#define SCHEDULE_LONGEST_NS (UINT64_C(36525) * 86400 * NS_PER_S) /* 100 years, as in units.h */
#define SCHEDULE_PER_MAX_NS SCHEDULE_LONGEST_NS
#define SCHEDULE_FACTOR_ONE UINT64_C(1000000000)
#define SCHEDULE_FACTOR_MAX (SCHEDULE_FACTOR_ONE * 1000000)

/* Intended time of arrival `index` (from 0) of a constant rate: floor(index * per_ns / count). UINT64_MAX when it is later
 * than 64 bits can say. */
uint64_t schedule_constant_at(const struct rate *rate, uint64_t index);

/* The inverse: how many arrivals have an intended time < t_ns. So arrivals 0 .. n - 1 lie in a duration of t_ns. */
uint64_t schedule_constant_count(const struct rate *rate, uint64_t t_ns);

/* ---- lines ---- */

/* The level (rise * x + level) / divisor * factor / SCHEDULE_FACTOR_ONE at x ns after its begin, for x from 0 to length_ns; never
 * below 0. Arrivals of open models: that many in per_ns. */
struct line {
    uint64_t length_ns;
    schedule_wide level;
    bool is_falling;
    uint64_t rise; /* its amount; falling: the level goes down by it */
    uint64_t divisor;
    uint64_t factor; /* at most SCHEDULE_FACTOR_MAX */
    uint64_t per_ns;
};

/* The part of a stage from `from_ns` on, times factor. */
struct line line_of_stage(const struct plan_stage *stage, uint64_t from_ns, uint64_t factor, uint64_t per_ns);
struct line line_flat(uint64_t level, uint64_t length_ns, uint64_t factor, uint64_t per_ns);

/* Whether the arithmetic below can say a stage: level x length x length is below 2^125 on a slope. */
bool schedule_can_say(const struct plan_stage *stage);

/* How much of A there was: whole arrivals, and parts of one, less than line_unit(per_ns) of them. */
struct area {
    uint64_t whole;
    schedule_wide rest;
};

/* Parts that an arrival has. */
static inline schedule_wide line_unit(uint64_t per_ns)
{
    return (schedule_wide)per_ns * 2 * SCHEDULE_FACTOR_ONE;
}

/* area += what the line adds in its first x ns. Exact at the ends of stages; elsewhere cut to a part. */
void line_add_area(const struct line *line, uint64_t x_ns, struct area *area);
/* area as parts of another unit; cut to a part. */
void area_convert(struct area *area, uint64_t from_per_ns, uint64_t to_per_ns);

/* The threshold `whole` + fraction / 2^64 arrivals is passed at x ns of the line, area being what there was at its begin;
 * line->length_ns: not within it. */
uint64_t line_find(const struct line *line, const struct area *area, uint64_t whole, uint64_t fraction);

/* VUs at x ns: on the way up those that are full, on the way down those that are begun, else the nearest number. */
uint64_t line_vus(const struct line *line, uint64_t x_ns);
/* First x from which on there are at least (rising) or at most (falling) `vus`; length_ns: not within the line. */
uint64_t line_when_vus(const struct line *line, uint64_t vus);

/* Arrivals of an open scenario as it is planned, without chaos. */
uint64_t schedule_count(const struct plan_scenario *scenario);

#endif
