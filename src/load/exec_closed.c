/* The closed executors: a VU begins its next iteration as soon as it finished one.
 * constant-vus: until the duration is over. shared-iterations: until the budget of the process is used up. */
#include "executor.h"

#include "mem.h"

static void begin(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    /* a closed loop without a budget plans what it starts */
    if (executor->ops->kind == EXECUTOR_CONSTANT_VUS)
        executor->counts.planned++;
    executor->host->begin(executor->host, executor, vu, SNAP_NONE, plan_ns);
}

static void begin_all(struct executor *executor, uint64_t plan_ns)
{
    uint64_t own = segment_count(&executor->segment, executor->scenario->vus);

    while (executor->vus_busy < own && !executor->is_ended) {
        struct vu *vu;

        if (executor->ops->kind == EXECUTOR_SHARED_ITERATIONS && !budget_take_iteration(executor->budget, executor->scenario->iterations)) {
            executor_stop(executor, plan_ns);
            return;
        }
        vu = executor->host->acquire(executor->host, executor);
        INVARIANT(vu != NULL); /* closed VUs are no scarce good */
        begin(executor, vu, plan_ns);
    }
}

static void closed_start(struct executor *executor, uint64_t plan_ns)
{
    /* the budget is planned once, by the first worker */
    if (executor->ops->kind == EXECUTOR_SHARED_ITERATIONS && executor->segment.worker == 0)
        executor->counts.planned += executor->scenario->iterations;
}

static uint64_t closed_next_due(const struct executor *executor)
{
    uint64_t own = segment_count(&executor->segment, executor->scenario->vus);

    /* VUs that stood still in a pause begin again at the next turn */
    return executor->vus_busy < own ? 0 : SNAP_NONE;
}

static void closed_run(struct executor *executor, uint64_t plan_ns)
{
    if (plan_ns < executor->end_ns)
        begin_all(executor, plan_ns);
}

static bool constant_vus_next(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    if (plan_ns >= executor->end_ns)
        return false;
    begin(executor, vu, plan_ns);
    return true;
}

static void constant_vus_end(struct executor *executor, uint64_t plan_ns)
{
    (void)executor;
    (void)plan_ns;
}

static bool shared_iterations_next(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    if (plan_ns >= executor->end_ns)
        return false;
    if (!budget_take_iteration(executor->budget, executor->scenario->iterations)) {
        executor_stop(executor, plan_ns);
        return false;
    }
    begin(executor, vu, plan_ns);
    return true;
}

static void shared_iterations_end(struct executor *executor, uint64_t plan_ns)
{
    (void)plan_ns;
    /* a scenario that is stopped before its start never planned its budget */
    if (!executor->is_started && executor->segment.worker == 0)
        executor->counts.planned += executor->scenario->iterations;
    executor->counts.cancelled += budget_take_rest(executor->budget, executor->scenario->iterations);
}

const struct executor_ops executor_constant_vus = {
    .kind = EXECUTOR_CONSTANT_VUS,
    .start = closed_start,
    .next_due = closed_next_due,
    .run = closed_run,
    .next_iteration = constant_vus_next,
    .end = constant_vus_end,
};

const struct executor_ops executor_shared_iterations = {
    .kind = EXECUTOR_SHARED_ITERATIONS,
    .start = closed_start,
    .next_due = closed_next_due,
    .run = closed_run,
    .next_iteration = shared_iterations_next,
    .end = shared_iterations_end,
};
