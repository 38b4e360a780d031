/* What all executors have in common: start, end, and the share of a worker. */
#include "executor.h"

#include <stdlib.h>
#include <string.h>

static const struct executor_ops *const kinds[] = {
    &executor_constant_vus,
    &executor_shared_iterations,
    &executor_constant_arrival_rate,
};

void executor_init(
    struct executor *executor, const struct plan *plan, size_t index, struct executor_host *host, struct budget *budget, uint32_t worker,
    uint32_t workers)
{
    const struct plan_scenario *scenario = &plan->scenarios[index];
    uint64_t length = scenario->executor == EXECUTOR_SHARED_ITERATIONS ? scenario->max_duration_ns : scenario->duration_ns;

    memset(executor, 0, sizeof *executor);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i]->kind == scenario->executor)
            executor->ops = kinds[i];
    executor->scenario = scenario;
    executor->host = host;
    executor->budget = budget;
    executor->index = index;
    executor->segment = segment_of(worker, workers);
    executor->end_ns = length == 0 ? SNAP_NONE : scenario->start_time_ns + length;
    executor->next_ns = SNAP_NONE;
}

void executor_release(struct executor *executor)
{
    free(executor->waiting.intended_ns);
}

void executor_stop(struct executor *executor, uint64_t plan_ns)
{
    if (executor->is_ended)
        return;
    executor->is_ended = true;
    /* a scenario that never began has planned nothing yet, except a budget, which end() cancels */
    executor->ops->end(executor, plan_ns);
}

void executor_advance(struct executor *executor, uint64_t plan_ns)
{
    if (executor->is_ended || executor->is_paused)
        return;
    if (!executor->is_started) {
        if (plan_ns < executor->scenario->start_time_ns)
            return;
        executor->is_started = true;
        executor->ops->start(executor, plan_ns);
    }
    executor->ops->run(executor, plan_ns);
    if (!executor->is_ended && plan_ns >= executor->end_ns) {
        uint64_t due = executor->ops->next_due(executor);

        /* arrivals intended before the end still belong to the plan, however late they are; a closed loop has none */
        if (!executor->ops->is_open || due == SNAP_NONE || due >= executor->end_ns)
            executor_stop(executor, executor->end_ns);
    }
}

uint64_t executor_due(const struct executor *executor)
{
    uint64_t due;

    if (executor->is_ended || executor->is_paused)
        return SNAP_NONE;
    if (!executor->is_started)
        return executor->scenario->start_time_ns;
    due = executor->ops->next_due(executor);
    return due < executor->end_ns ? due : executor->end_ns;
}

bool executor_vu_done(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    if (executor->is_ended || executor->is_paused)
        return false;
    return executor->ops->next_iteration(executor, vu, plan_ns);
}
