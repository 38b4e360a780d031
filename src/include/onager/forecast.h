/* A forecast: the load that a plan wants, in steps of the same length, from the same curve and the same arrivals as those of a run.
 * Sends nothing, resolves nothing. Pure; any thread. */
#ifndef ONAGER_FORECAST_H
#define ONAGER_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/plan.h"

#define FORECAST_POINTS 3600          /* at most, unless a step is said; the step doubles from 1 s */
#define FORECAST_POINTS_MAX 1000000u  /* also then */
#define FORECAST_DRAWN_MAX 100000000u /* Poisson arrivals that are drawn one by one */

struct forecast_point {
    uint64_t planned;    /* arrivals whose intended time lies in the step */
    uint64_t vus;        /* wanted at the begin of the step; closed models */
    uint32_t factor_ppm; /* of chaos, then; 1,000,000 without */
};

struct forecast_sum {
    uint64_t planned;
    uint64_t peak_planned, peak_planned_at_ns; /* most in one step, and the begin of that step */
    uint64_t peak_vus, peak_vus_at_ns;         /* most at any time, and the begin of its step; of all scenarios
                                                * together the sum of what each has at most in the step */
};

struct forecast_scenario {
    const struct plan_scenario *plan;
    struct forecast_point *points; /* as many as the forecast has */
    struct forecast_sum sum;
    uint64_t ends_ns;             /* at the latest, from the start of the run */
    uint64_t iterations;          /* of bounded executors: the budget, in whatever time it takes; else 0 */
    uint64_t spikes;              /* that begin within the scenario */
    uint32_t least_ppm, most_ppm; /* of the factor at the begin of a step */
    bool has_chaos;
    bool is_expected; /* more Poisson arrivals than are drawn here: planned is what is to be expected */
};

struct forecast {
    uint64_t step_ns, length_ns;
    size_t count;
    struct forecast_scenario *scenarios; /* as in the plan */
    size_t scenario_count;
    struct forecast_point *points; /* all scenarios together; factor unused */
    struct forecast_sum sum;
};

/* Borrows the plan. start_wall_ns: CLOCK_REALTIME at which the run is to begin. step_ns 0: 1 s, doubled until there are at most
 * FORECAST_POINTS. NULL when that would be more than FORECAST_POINTS_MAX. Returned owned. */
struct forecast *forecast_new(const struct plan *plan, uint64_t start_wall_ns, uint64_t step_ns);
void forecast_free(struct forecast *forecast);

#endif
