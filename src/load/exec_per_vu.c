/* per-vu-iterations: every VU does the same number of iterations, then it is done. Nothing changes that (level.h says why). */
#include "closed.h"
#include "mem.h"

static uint64_t own_vus(const struct executor *executor)
{
    return segment_count(&executor->segment, executor->scenario->vus);
}

static void begin(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    executor->closed.begun++;
    executor->host->begin(executor->host, executor, vu, SNAP_NONE, plan_ns);
}

static void start(struct executor *executor)
{
    executor->closed.own = own_vus(executor);
    executor->counts.planned += executor->closed.own * executor->scenario->iterations;
}

static void release(struct executor *executor)
{
    (void)executor;
}

static uint64_t next_due(const struct executor *executor)
{
    return executor->vus_busy < executor->closed.own ? 0 : SNAP_NONE;
}

static void run(struct executor *executor, uint64_t plan_ns)
{
    while (plan_ns < executor->end_ns && executor->vus_busy < executor->closed.own && !executor->is_ended) {
        struct vu *vu = executor->host->acquire(executor->host, executor);

        INVARIANT(vu != NULL); /* closed VUs are no scarce good */
        if (executor->host->iterations(executor->host, vu) < executor->scenario->iterations) {
            begin(executor, vu, plan_ns);
            continue;
        }
        /* it did its last one while the run was paused */
        executor->host->retire(executor->host, executor, vu);
        executor->closed.own--;
    }
    if (executor->closed.own == 0)
        executor_stop(executor, plan_ns);
}

static bool next_iteration(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    if (plan_ns >= executor->end_ns)
        return false;
    if (executor->host->iterations(executor->host, vu) < executor->scenario->iterations) {
        begin(executor, vu, plan_ns);
        return true;
    }
    executor->host->retire(executor->host, executor, vu);
    if (--executor->closed.own == 0)
        executor_stop(executor, plan_ns);
    return false;
}

static void end(struct executor *executor, uint64_t plan_ns)
{
    uint64_t all = own_vus(executor) * executor->scenario->iterations;

    (void)plan_ns;
    /* a scenario that is stopped before its start never planned its iterations */
    if (!executor->is_started)
        executor->counts.planned += all;
    executor->counts.cancelled += all - executor->closed.begun;
}

static void steer(struct executor *executor, const struct steering *steering, uint64_t plan_ns)
{
    (void)executor;
    (void)steering;
    (void)plan_ns;
}

static void was_paused(struct executor *executor, uint64_t plan_ns, uint64_t paused_ns)
{
    (void)executor;
    (void)plan_ns;
    (void)paused_ns;
}

const struct executor_ops executor_per_vu_iterations = {
    .start = start,
    .release = release,
    .next_due = next_due,
    .run = run,
    .next_iteration = next_iteration,
    .end = end,
    .steer = steer,
    .was_paused = was_paused,
};
