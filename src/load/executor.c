/* What all executors have in common: start, end, steering, and the share of a worker. */
#include "executor.h"

#include <stdlib.h>
#include <string.h>

static const struct executor_ops *const kinds[EXECUTOR_COUNT] = {
    [EXECUTOR_CONSTANT_VUS] = &executor_vus,
    [EXECUTOR_RAMPING_VUS] = &executor_vus,
    [EXECUTOR_SHARED_ITERATIONS] = &executor_shared_iterations,
    [EXECUTOR_PER_VU_ITERATIONS] = &executor_per_vu_iterations,
    [EXECUTOR_CONSTANT_ARRIVAL_RATE] = &executor_arrivals,
    [EXECUTOR_RAMPING_ARRIVAL_RATE] = &executor_arrivals,
};

static uint64_t end_of(const struct executor *executor, uint64_t skipped_ns)
{
    uint64_t length_ns = plan_scenario_length_ns(executor->scenario);

    if (length_ns == 0)
        return SNAP_NONE;
    return executor->scenario->start_time_ns + (length_ns > skipped_ns ? length_ns - skipped_ns : 0);
}

void executor_init(
    struct executor *executor, const struct plan *plan, size_t index, struct executor_host *host, struct budget *budget, uint32_t worker,
    uint32_t workers)
{
    const struct plan_scenario *scenario = &plan->scenarios[index];

    memset(executor, 0, sizeof *executor);
    executor->ops = kinds[scenario->executor];
    executor->plan = plan;
    executor->scenario = scenario;
    executor->host = host;
    executor->budget = budget;
    executor->index = index;
    executor->segment = segment_of(worker, workers);
    executor->end_ns = end_of(executor, 0);
    executor->early = steering_none();
}

void executor_release(struct executor *executor)
{
    if (executor->is_started)
        executor->ops->release(executor);
    free(executor->waiting.intended_ns);
    missing_release(&executor->missing);
}

void executor_stop(struct executor *executor, uint64_t plan_ns)
{
    if (executor->is_ended)
        return;
    executor->is_ended = true;
    /* a scenario that never began has planned nothing yet, except a budget, which end() cancels */
    executor->ops->end(executor, plan_ns);
}

static void start(struct executor *executor)
{
    executor->is_started = true;
    executor->ops->start(executor);
    executor->ops->steer(executor, &executor->early, executor->scenario->start_time_ns);
}

void executor_advance(struct executor *executor, uint64_t plan_ns)
{
    if (executor->is_paused || plan_ns < executor->scenario->start_time_ns)
        return;
    if (executor->is_ended) {
        if (!executor->ops->is_open && executor->is_started)
            closed_cut_overdue(executor, plan_ns);
        return;
    }
    if (!executor->is_started)
        start(executor);
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

    if (executor->is_paused)
        return SNAP_NONE;
    if (executor->is_ended)
        return executor->is_started && !executor->ops->is_open ? closed_next_cut(executor) : SNAP_NONE;
    if (!executor->is_started)
        return executor->scenario->start_time_ns;
    due = executor->ops->next_due(executor);
    return due < executor->end_ns ? due : executor->end_ns;
}

void executor_steer(struct executor *executor, const struct steering *steering, uint64_t plan_ns)
{
    if (executor->is_ended)
        return;
    executor->end_ns = end_of(executor, steering->skipped_ns);
    if (executor->end_ns < plan_ns)
        executor->end_ns = plan_ns;
    if (executor->is_started)
        executor->ops->steer(executor, steering, plan_ns);
    else
        executor->early = *steering;
}

void executor_was_paused(struct executor *executor, uint64_t plan_ns, uint64_t paused_ns)
{
    if (executor->is_started && !executor->is_ended)
        executor->ops->was_paused(executor, plan_ns, paused_ns);
    else
        executor->wall_ns += paused_ns;
}

bool executor_vu_done(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    if (executor->is_ended && executor->is_started && !executor->ops->is_open)
        closed_settle(executor);
    if (executor->is_ended || executor->is_paused)
        return false;
    return executor->ops->next_iteration(executor, vu, plan_ns);
}
