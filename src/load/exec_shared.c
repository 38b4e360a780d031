/* shared-iterations: VUs that iterate until the budget of the process is used up. */
#include "closed.h"
#include "mem.h"

static bool take(struct executor *executor)
{
    return budget_take_iteration(executor->budget, executor->scenario->iterations);
}

static void start(struct executor *executor)
{
    closed_start(executor);
    /* the budget is planned once, by the first worker */
    if (executor->segment.worker == 0)
        executor->counts.planned += executor->scenario->iterations;
}

static void run(struct executor *executor, uint64_t plan_ns)
{
    closed_look(executor, plan_ns);
    while (plan_ns < executor->end_ns && executor->vus_busy < executor->closed.own && !executor->is_ended) {
        struct vu *vu;

        if (!take(executor)) {
            executor_stop(executor, plan_ns);
            return;
        }
        vu = executor->host->acquire(executor->host, executor);
        INVARIANT(vu != NULL); /* closed VUs are no scarce good */
        executor->host->begin(executor->host, executor, vu, SNAP_NONE, plan_ns);
    }
    closed_cut_overdue(executor, plan_ns);
    /* a worker without VUs of its own hears of the end here, at its next turn */
    if (!executor->is_ended && executor->vus_busy == 0 && budget_is_used_up(executor->budget, executor->scenario->iterations))
        executor_stop(executor, plan_ns);
}

static bool next_iteration(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    if (plan_ns >= executor->end_ns)
        return false;
    closed_look(executor, plan_ns);
    if (closed_is_surplus(executor)) {
        closed_settle(executor);
        return false;
    }
    if (!take(executor)) {
        executor_stop(executor, plan_ns);
        return false;
    }
    executor->host->begin(executor->host, executor, vu, SNAP_NONE, plan_ns);
    return true;
}

static void end(struct executor *executor, uint64_t plan_ns)
{
    (void)plan_ns;
    /* a scenario that is stopped before its start never planned its budget */
    if (!executor->is_started && executor->segment.worker == 0)
        executor->counts.planned += executor->scenario->iterations;
    executor->counts.cancelled += budget_take_rest(executor->budget, executor->scenario->iterations);
}

const struct executor_ops executor_shared_iterations = {
    .start = start,
    .release = closed_release,
    .next_due = closed_due,
    .run = run,
    .next_iteration = next_iteration,
    .end = end,
    .steer = closed_steer,
    .was_paused = closed_was_paused,
};
