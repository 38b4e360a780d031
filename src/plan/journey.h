/* The end of a plan's journeys: flows, texts, checks, data. Whoever frees the plan; nobody else includes it. */
#ifndef ONAGER_JOURNEY_H
#define ONAGER_JOURNEY_H

#include "onager/plan.h"

/* What they own of the parts of plan_flow.h; the rest is the caller's. */
void plan_journey_release_request(struct plan_request *request);
void plan_journey_release_scenario(struct plan_scenario *scenario);
void plan_journey_release(struct plan *plan);

void plan_text_free(struct plan_text *text); /* with the struct */
void plan_look_release(struct plan_look *look);
void plan_test_release(struct plan_test *test);
void plan_flow_release(struct plan_flow *flow);

#endif
