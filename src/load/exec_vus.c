/* constant-vus and ramping-vus: as many VUs as the curve says, each beginning its next iteration as soon as it finished one. */
#include "closed.h"
#include "mem.h"

static void begin(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    executor->counts.planned++; /* a closed loop without a budget plans what it starts */
    executor->host->begin(executor->host, executor, vu, SNAP_NONE, plan_ns);
}

static void run(struct executor *executor, uint64_t plan_ns)
{
    closed_look(executor, plan_ns);
    while (plan_ns < executor->end_ns && executor->vus_busy < executor->closed.own && !executor->is_ended) {
        struct vu *vu = executor->host->acquire(executor->host, executor);

        INVARIANT(vu != NULL); /* closed VUs are no scarce good */
        begin(executor, vu, plan_ns);
    }
    closed_cut_overdue(executor, plan_ns);
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
    begin(executor, vu, plan_ns);
    return true;
}

static void end(struct executor *executor, uint64_t plan_ns)
{
    (void)executor;
    (void)plan_ns;
}

const struct executor_ops executor_vus = {
    .start = closed_start,
    .release = closed_release,
    .next_due = closed_due,
    .run = run,
    .next_iteration = next_iteration,
    .end = end,
    .steer = closed_steer,
    .was_paused = closed_was_paused,
};
