/* Open models: arrivals as arrivals.h has them, whatever the server does. An arrival that finds no VU is dropped, or waits with
 * its intended time. The worker may be late: everything due is started with the time at which it was wanted; after a stall that
 * is longer than on_stall allows what was missed is dropped as `stall`, so that there is never a silent burst. */
#include <stdlib.h>

#include "executor.h"
#include "mem.h"

/* Arrivals started in one call: bounds the time away from the sockets when the plan wants more than the machine can do. */
#define BATCH 64

/* Intended plan time of the next one. */
static uint64_t next_ns(const struct executor *executor)
{
    uint64_t at_ns = executor->arrivals.next_ns;

    return at_ns == UINT64_MAX ? SNAP_NONE : executor->scenario->start_time_ns + at_ns;
}

static void arrivals_start(struct executor *executor)
{
    uint64_t wall_ns = executor->wall_ns + executor->scenario->start_time_ns;

    arrivals_init(&executor->arrivals, executor->plan, executor->index, &executor->segment, wall_ns);
}

static void arrivals_end_of_use(struct executor *executor)
{
    arrivals_release(&executor->arrivals);
}

static void wait_in_line(struct executor *executor, uint64_t intended_ns)
{
    struct waiting *waiting = &executor->waiting;
    uint64_t limit = segment_count(&executor->segment, executor->scenario->max_waiting);

    if (waiting->count >= limit) {
        executor->counts.dropped[DROP_QUEUE_FULL]++;
        return;
    }
    if (waiting->count == waiting->capacity) {
        size_t capacity = waiting->capacity > 0 ? waiting->capacity * 2 : 64;
        uint64_t *bigger = mem_array(capacity, sizeof *bigger);

        for (size_t i = 0; i < waiting->count; i++)
            bigger[i] = waiting->intended_ns[(waiting->head + i) % waiting->capacity];
        free(waiting->intended_ns);
        *waiting = (struct waiting){ bigger, 0, waiting->count, capacity };
    }
    waiting->intended_ns[(waiting->head + waiting->count++) % waiting->capacity] = intended_ns;
}

static uint64_t leave_line(struct executor *executor)
{
    struct waiting *waiting = &executor->waiting;
    uint64_t intended_ns = waiting->intended_ns[waiting->head];

    waiting->head = (waiting->head + 1) % waiting->capacity;
    waiting->count--;
    return intended_ns;
}

static void begin_waiting(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    executor->is_from_line = true;
    executor->host->begin(executor->host, executor, vu, leave_line(executor), plan_ns);
    executor->is_from_line = false;
}

/* What waits comes first; the line moves as soon as there is a VU. */
static void serve_line(struct executor *executor, uint64_t plan_ns)
{
    while (executor->waiting.count > 0) {
        struct vu *vu = executor->host->acquire(executor->host, executor);

        if (vu == NULL)
            return;
        begin_waiting(executor, vu, plan_ns);
    }
}

static void note_missing(struct executor *executor, uint64_t plan_ns)
{
    uint64_t before = executor->missing.peak;

    missing_add(&executor->missing, plan_ns, executor->vus_busy);
    if (executor->missing.peak > before)
        atomic_fetch_add_explicit(&executor->budget->needed, executor->missing.peak - before, memory_order_relaxed);
}

static void arrive(struct executor *executor, uint64_t intended_ns, uint64_t plan_ns)
{
    struct vu *vu = executor->waiting.count > 0 ? NULL : executor->host->acquire(executor->host, executor);

    if (vu != NULL) {
        executor->host->begin(executor->host, executor, vu, intended_ns, plan_ns);
        return;
    }
    note_missing(executor, plan_ns);
    if (executor->scenario->when_busy == WHEN_BUSY_WAIT)
        wait_in_line(executor, intended_ns);
    else
        executor->counts.dropped[DROP_NO_VU]++;
}

static void skip_missed(struct executor *executor, uint64_t plan_ns)
{
    while (next_ns(executor) <= plan_ns) {
        executor->counts.planned++;
        executor->counts.dropped[DROP_STALL]++;
        arrivals_take(&executor->arrivals);
    }
}

/* Lateness from which on arrivals are left out. */
static uint64_t skip_from_ns(const struct executor *executor)
{
    switch (executor->scenario->on_stall) {
    case ON_STALL_SKIP:
        return EXECUTOR_STALL_NS;
    case ON_STALL_CATCH_UP:
        return UINT64_MAX;
    case ON_STALL_DEFAULT:
        break;
    }
    return EXECUTOR_SKIP_NS;
}

static void arrivals_run(struct executor *executor, uint64_t plan_ns)
{
    uint64_t due = next_ns(executor);

    serve_line(executor, plan_ns);
    if (due != SNAP_NONE && plan_ns > due && plan_ns - due > skip_from_ns(executor))
        skip_missed(executor, plan_ns);
    for (int i = 0; i < BATCH; i++) {
        uint64_t intended_ns = next_ns(executor);

        if (intended_ns > plan_ns || intended_ns == SNAP_NONE || executor->is_ended)
            return;
        executor->counts.planned++;
        arrivals_take(&executor->arrivals);
        arrive(executor, intended_ns, plan_ns);
    }
}

static bool arrivals_next_iteration(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    if (executor->waiting.count == 0)
        return false;
    begin_waiting(executor, vu, plan_ns);
    return true;
}

static void arrivals_end(struct executor *executor, uint64_t plan_ns)
{
    /* arrivals intended before the stop belong to the plan even if the worker had not come to them */
    while (executor->is_started && next_ns(executor) < plan_ns) {
        executor->counts.planned++;
        executor->counts.cancelled++;
        arrivals_take(&executor->arrivals);
    }
    executor->counts.cancelled += executor->waiting.count;
    executor->waiting.count = 0;
}

static void steer(struct executor *executor, const struct steering *steering, uint64_t plan_ns)
{
    arrivals_steer(&executor->arrivals, steering, plan_ns - executor->scenario->start_time_ns);
}

static void was_paused(struct executor *executor, uint64_t plan_ns, uint64_t paused_ns)
{
    arrivals_was_paused(&executor->arrivals, plan_ns - executor->scenario->start_time_ns, paused_ns);
}

const struct executor_ops executor_arrivals = {
    .is_open = true,
    .start = arrivals_start,
    .release = arrivals_end_of_use,
    .next_due = next_ns,
    .run = arrivals_run,
    .next_iteration = arrivals_next_iteration,
    .end = arrivals_end,
    .steer = steer,
    .was_paused = was_paused,
};
