/* The plan as one iteration of one VU in every scenario: to see what it does before it is load. */
#include <stdlib.h>

#include "chaos.h"
#include "plan_build.h"

#define LONGEST_NS (10 * 60 * NS_PER_S)

void plan_make_once(struct plan *plan)
{
    for (size_t s = 0; s < plan->scenario_count; s++) {
        struct plan_scenario *scenario = &plan->scenarios[s];

        free(scenario->stages);
        chaos_free(scenario->chaos);
        scenario->stages = NULL;
        scenario->chaos = NULL;
        scenario->stage_count = 0;
        scenario->executor = EXECUTOR_SHARED_ITERATIONS;
        scenario->start_time_ns = scenario->duration_ns = 0;
        scenario->vus = scenario->iterations = scenario->max_vus = 1;
        scenario->pre_allocated_vus = 0;
        scenario->max_duration_ns = LONGEST_NS;
    }
    plan->threads = 1;
}
