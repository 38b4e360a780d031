/* What follows from a finished plan, and its end. Any thread may ask; whoever built the plan frees it. */
#include "onager/plan.h"

#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "journey.h"
#include "network.h"
#include "schedule.h"

/* a + b, or UINT64_MAX when that is too large */
static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;

    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t plan_duration_ns(const struct plan *plan)
{
    uint64_t longest = 0;

    for (size_t i = 0; i < plan->scenario_count; i++) {
        const struct plan_scenario *scenario = &plan->scenarios[i];
        uint64_t end = add(scenario->start_time_ns, plan_scenario_length_ns(scenario));

        longest = end > longest ? end : longest;
    }
    return longest;
}

uint64_t plan_planned_iterations(const struct plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->scenario_count; i++) {
        const struct plan_scenario *scenario = &plan->scenarios[i];

        switch (scenario->executor) {
        case EXECUTOR_CONSTANT_VUS:
        case EXECUTOR_RAMPING_VUS:
            return 0;
        case EXECUTOR_SHARED_ITERATIONS:
            sum = add(sum, scenario->iterations);
            break;
        case EXECUTOR_PER_VU_ITERATIONS:
            sum = add(sum, multiply(scenario->vus, scenario->iterations));
            break;
        case EXECUTOR_CONSTANT_ARRIVAL_RATE:
        case EXECUTOR_RAMPING_ARRIVAL_RATE:
            sum = add(sum, schedule_count(scenario));
            break;
        }
    }
    return sum;
}

uint64_t plan_max_vus(const struct plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->scenario_count; i++) {
        sum = add(sum, plan_scenario_max_vus(&plan->scenarios[i]));
    }
    return sum;
}

static bool has_same_origin(const struct plan_request *a, const struct plan_request *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0 && strcmp(a->scheme, b->scheme) == 0;
}

uint64_t plan_max_connections(const struct plan *plan)
{
    uint64_t origins = 0;

    if (plan->shared_connections == 0)
        return plan_max_vus(plan);
    for (size_t i = 0; i < plan->request_count; i++) {
        size_t first = 0;

        while (!has_same_origin(&plan->requests[first], &plan->requests[i]))
            first++;
        origins += first == i;
    }
    return origins * plan->shared_connections;
}

bool plan_uses_tls(const struct plan *plan)
{
    for (size_t i = 0; i < plan->request_count; i++)
        if (plan->requests[i].scheme != NULL && strcmp(plan->requests[i].scheme, "https") == 0)
            return true;
    return false;
}

static void free_pairs(struct plan_tag *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(pairs[i].name);
        free(pairs[i].value);
    }
    free(pairs);
}

static void release_request(struct plan_request *request)
{
    free(request->name);
    free(request->method);
    free(request->url);
    free(request->scheme);
    free(request->host);
    free(request->target);
    free(request->user);
    free(request->bearer);
    for (size_t i = 0; i < request->header_count; i++) {
        free(request->headers[i].name);
        free(request->headers[i].value);
    }
    plan_journey_release_request(request);
    free(request->headers);
    free(request->body);
    free(request->body_path);
}

static void release_rule(struct plan_rule *rule)
{
    free(rule->text);
    free(rule->when.metric);
    free(rule->when.expression);
    free_pairs(rule->when.filter, rule->when.filter_count);
}

void plan_free(struct plan *plan)
{
    if (plan == NULL)
        return;
    free(plan->name);
    free(plan->description);
    free(plan->source);
    free(plan->user_agent);
    network_release(&plan->network);
    free(plan->tls.ca_file);
    free(plan->tls.ca_path);
    free(plan->tls.cert_file);
    free(plan->tls.key_file);
    free(plan->tls.server_name);
    free(plan->tls.ciphers);
    free_pairs(plan->labels, plan->label_count);
    for (size_t i = 0; plan->requests != NULL && i < plan->request_count; i++)
        release_request(&plan->requests[i]);
    free(plan->requests);
    for (size_t i = 0; i < plan->scenario_count; i++) {
        free(plan->scenarios[i].name);
        plan_journey_release_scenario(&plan->scenarios[i]);
        free(plan->scenarios[i].mix);
        free(plan->scenarios[i].stages);
        free_pairs(plan->scenarios[i].tags, plan->scenarios[i].tag_count);
        chaos_free(plan->scenarios[i].chaos);
        free_pairs(plan->scenarios[i].env, plan->scenarios[i].env_count);
    }
    free(plan->scenarios);
    for (size_t i = 0; i < plan->threshold_count; i++) {
        free(plan->thresholds[i].metric);
        free(plan->thresholds[i].expression);
        free_pairs(plan->thresholds[i].filter, plan->thresholds[i].filter_count);
    }
    free(plan->thresholds);
    release_rule(&plan->safety.abort_if);
    release_rule(&plan->safety.breaker);
    free(plan->safety.breaker_webhook);
    for (size_t i = 0; i < plan->output_count; i++) {
        free(plan->outputs[i].kind);
        free(plan->outputs[i].path);
    }
    free(plan->outputs);
    plan_journey_release(plan);
    free(plan);
}
