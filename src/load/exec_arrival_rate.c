/* constant-arrival-rate: arrival k of the plan is wanted at start_time + floor(k * per / count), whatever the server does.
 * Worker w of n owns the arrivals w, w + n, w + 2n, ... An arrival that finds no VU is dropped, or waits with its intended time.
 * The worker may be late: everything due is started with the time at which it was wanted; after a stall of more than
 * EXECUTOR_SKIP_NS what was missed is dropped as `stall`, so that there is never a silent burst. */
#include <stdlib.h>

#include "executor.h"
#include "mem.h"
#include "schedule.h"

/* Arrivals started in one call: bounds the time away from the sockets when the plan wants more than the machine can do. */
#define BATCH 64

static uint64_t global_index(const struct executor *executor, uint64_t own)
{
    return segment_nth(&executor->segment, own);
}

static void look_ahead(struct executor *executor)
{
    const struct plan_scenario *scenario = executor->scenario;
    uint64_t index = global_index(executor, executor->next_arrival);
    uint64_t offset = schedule_constant_at(&scenario->rate, index);

    executor->next_ns = offset < scenario->duration_ns ? scenario->start_time_ns + offset : SNAP_NONE;
}

static void arrival_start(struct executor *executor, uint64_t plan_ns)
{
    (void)plan_ns;
    look_ahead(executor);
}

static uint64_t arrival_next_due(const struct executor *executor)
{
    return executor->next_ns;
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

/* What waits comes first; the line moves as soon as there is a VU. */
static void serve_line(struct executor *executor, uint64_t plan_ns)
{
    while (executor->waiting.count > 0) {
        struct vu *vu = executor->host->acquire(executor->host, executor);

        if (vu == NULL)
            return;
        executor->host->begin(executor->host, executor, vu, leave_line(executor), plan_ns);
    }
}

static void arrive(struct executor *executor, uint64_t intended_ns, uint64_t plan_ns)
{
    struct vu *vu = executor->waiting.count > 0 ? NULL : executor->host->acquire(executor->host, executor);

    if (vu != NULL)
        executor->host->begin(executor->host, executor, vu, intended_ns, plan_ns);
    else if (executor->scenario->when_busy == WHEN_BUSY_WAIT)
        wait_in_line(executor, intended_ns);
    else
        executor->counts.dropped[DROP_NO_VU]++;
}

static void skip_missed(struct executor *executor, uint64_t plan_ns)
{
    while (executor->next_ns <= plan_ns) {
        executor->counts.planned++;
        executor->counts.dropped[DROP_STALL]++;
        executor->next_arrival++;
        look_ahead(executor);
    }
}

static void arrival_run(struct executor *executor, uint64_t plan_ns)
{
    serve_line(executor, plan_ns);
    if (executor->next_ns != SNAP_NONE && plan_ns > executor->next_ns && plan_ns - executor->next_ns > EXECUTOR_SKIP_NS)
        skip_missed(executor, plan_ns);
    for (int i = 0; i < BATCH && executor->next_ns <= plan_ns; i++) {
        uint64_t intended_ns = executor->next_ns;

        executor->counts.planned++;
        executor->next_arrival++;
        look_ahead(executor);
        arrive(executor, intended_ns, plan_ns);
    }
}

static bool arrival_next_iteration(struct executor *executor, struct vu *vu, uint64_t plan_ns)
{
    if (executor->waiting.count == 0)
        return false;
    executor->host->begin(executor->host, executor, vu, leave_line(executor), plan_ns);
    return true;
}

static void arrival_end(struct executor *executor, uint64_t plan_ns)
{
    /* arrivals intended before the stop belong to the plan even if the worker had not come to them */
    if (executor->is_started)
        while (executor->next_ns < plan_ns) {
            executor->counts.planned++;
            executor->counts.cancelled++;
            executor->next_arrival++;
            look_ahead(executor);
        }
    executor->counts.cancelled += executor->waiting.count;
    executor->waiting.count = 0;
    executor->next_ns = SNAP_NONE;
}

const struct executor_ops executor_constant_arrival_rate = {
    .kind = EXECUTOR_CONSTANT_ARRIVAL_RATE,
    .is_open = true,
    .start = arrival_start,
    .next_due = arrival_next_due,
    .run = arrival_run,
    .next_iteration = arrival_next_iteration,
    .end = arrival_end,
};
