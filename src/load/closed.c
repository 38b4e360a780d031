/* VUs of closed models: the level of the curve, split over the workers, and leaving gracefully. */
#include "closed.h"

#include <stdlib.h>

#include "mem.h"

void closed_start(struct executor *executor)
{
    uint64_t wall_ns = executor->wall_ns + executor->scenario->start_time_ns;

    curve_init(&executor->closed.curve, executor->plan, executor->index, wall_ns);
    executor->closed.change_ns = 0;
}

void closed_release(struct executor *executor)
{
    curve_release(&executor->closed.curve);
    free(executor->closed.leaving.at_ns);
}

/* ---- leaving ---- */

static void leaving_push(struct executor *executor, uint64_t at_ns)
{
    struct closed *closed = &executor->closed;

    if (closed->leaving.count == closed->leaving.capacity) {
        size_t capacity = closed->leaving.capacity > 0 ? closed->leaving.capacity * 2 : 16;
        uint64_t *bigger = mem_array(capacity, sizeof *bigger);

        for (size_t i = 0; i < closed->leaving.count; i++)
            bigger[i] = closed->leaving.at_ns[(closed->leaving.head + i) % closed->leaving.capacity];
        free(closed->leaving.at_ns);
        closed->leaving.at_ns = bigger;
        closed->leaving.head = 0;
        closed->leaving.capacity = capacity;
    }
    closed->leaving.at_ns[(closed->leaving.head + closed->leaving.count++) % closed->leaving.capacity] = at_ns;
}

static void leaving_pop(struct closed *closed)
{
    closed->leaving.head = (closed->leaving.head + 1) % closed->leaving.capacity;
    closed->leaving.count--;
}

static uint64_t surplus(const struct executor *executor)
{
    return executor->vus_busy > executor->closed.own ? executor->vus_busy - executor->closed.own : 0;
}

void closed_settle(struct executor *executor)
{
    while (executor->closed.leaving.count > surplus(executor))
        leaving_pop(&executor->closed);
}

uint64_t closed_next_cut(const struct executor *executor)
{
    const struct closed *closed = &executor->closed;

    return closed->leaving.count > 0 ? closed->leaving.at_ns[closed->leaving.head] : SNAP_NONE;
}

void closed_cut_overdue(struct executor *executor, uint64_t plan_ns)
{
    uint32_t overdue = 0;

    closed_settle(executor);
    while (closed_next_cut(executor) <= plan_ns) {
        leaving_pop(&executor->closed);
        overdue++;
    }
    if (overdue > 0)
        executor->host->cut(executor->host, executor, overdue);
}

/* ---- the level ---- */

/* First x after the begin of the line at which the worker's own part of the VUs is another one. */
static uint64_t next_change(const struct executor *executor, const struct line *line)
{
    uint64_t own = executor->closed.own, index;

    if (line->rise == 0 || (line->is_falling && own == 0))
        return line->length_ns;
    index = segment_nth(&executor->segment, line->is_falling ? own - 1 : own);
    if (index >= UINT64_MAX - 1)
        return line->length_ns;
    return line_when_vus(line, line->is_falling ? index : index + 1);
}

/* A curve that ends with no VU takes the last ones away at its very end. */
static bool ends_empty(const struct executor *executor)
{
    const struct plan_scenario *scenario = executor->scenario;
    const struct curve *curve = &executor->closed.curve;

    return scenario->stage_count > 0 && scenario->stages[scenario->stage_count - 1].to == 0 &&
           !curve->changes[curve->change_count - 1].steering.is_fixed;
}

void closed_update(struct executor *executor, uint64_t plan_ns)
{
    struct closed *closed = &executor->closed;
    const struct curve_place *here = &closed->curve.here;
    uint64_t at_ns = plan_ns - executor->scenario->start_time_ns;

    if (curve_seek(&closed->curve, at_ns)) {
        curve_keep(&closed->curve);
        closed->own = segment_count(&executor->segment, line_vus(&here->line, at_ns - here->at_ns));
        closed->change_ns = executor->scenario->start_time_ns + here->at_ns + next_change(executor, &here->line);
    } else {
        closed->own = ends_empty(executor) ? 0 : closed->own;
        closed->change_ns = SNAP_NONE;
    }
    /* who is back stays: the last to leave first */
    if (closed->leaving.count > surplus(executor))
        closed->leaving.count = surplus(executor);
    while (closed->leaving.count < surplus(executor))
        leaving_push(executor, plan_ns + executor->scenario->graceful_ramp_down_ns);
}

uint64_t closed_due(const struct executor *executor)
{
    uint64_t cut_ns = closed_next_cut(executor);

    /* VUs that stood still in a pause begin again at the next turn */
    if (executor->vus_busy < executor->closed.own)
        return 0;
    return cut_ns < executor->closed.change_ns ? cut_ns : executor->closed.change_ns;
}

void closed_steer(struct executor *executor, const struct steering *steering, uint64_t plan_ns)
{
    curve_steer(&executor->closed.curve, steering, plan_ns - executor->scenario->start_time_ns);
    executor->closed.change_ns = plan_ns;
}

void closed_was_paused(struct executor *executor, uint64_t plan_ns, uint64_t paused_ns)
{
    curve_was_paused(&executor->closed.curve, plan_ns - executor->scenario->start_time_ns, paused_ns);
    executor->closed.change_ns = plan_ns;
}
