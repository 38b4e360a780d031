/* The interpreter of flows: one step after another until the VU has to wait, for an answer, a think or the end of a pause.
 *
 *   begin --> stepping --REQUEST--> on the wire --flow_answered()--> stepping --END--> vu_journey_done()
 *                     \--THINK----> on the wheel --on_timer()-------> stepping
 *                      \--pause---> held --journey_crew_resume()----> stepping
 */
#include "flow.h"

#include <math.h>
#include <stdlib.h>

#include "mem.h"
#include "shard.h"
#include "vu.h"

/* Steps without a wait: then the other VUs have their turn. */
#define STEPS_AT_ONCE 1000
/* A turn later; an iteration that waits for nothing takes at least so long, or it would keep the worker for itself. */
#define TURN_NS NS_PER_MS

static void wait_until(struct journey *journey, uint64_t when_ns, uint64_t now_ns)
{
    journey->is_waiting = true;
    wheel_set(&journey->crew->wheel, &journey->timer, when_ns, now_ns);
}

static double draw_normal(struct random *random)
{
    /* Box and Muller (1958); 1 - u is never 0 */
    return sqrt(-2 * log(1 - random_unit(random))) * cos(2 * M_PI * random_unit(random));
}

static uint64_t draw_think_ns(const struct plan_think *think, struct random *random)
{
    double ns;

    switch (think->kind) {
    case THINK_CONSTANT:
        break;
    case THINK_UNIFORM:
        return think->a_ns + random_below(random, think->b_ns - think->a_ns + 1);
    case THINK_EXPONENTIAL:
        ns = -log(1 - random_unit(random)) * (double)think->a_ns;
        return ns < (double)think->b_ns ? (uint64_t)ns : think->b_ns;
    case THINK_NORMAL:
        for (int tries = 0; tries < 100; tries++) {
            ns = (double)think->a_ns + draw_normal(random) * (double)think->b_ns;
            if (ns >= 0)
                return (uint64_t)ns;
        }
        break;
    }
    return think->a_ns;
}

static bool holds(struct journey *journey, const struct plan_test *test)
{
    return test_holds(&journey->crew->looker, &journey->values, test, &journey->answer);
}

static void end_group(struct journey *journey, uint32_t group, uint64_t now_ns)
{
    uint64_t began_ns = journey->group_began_ns[journey->depth];

    shard_record_group(journey->vu->crew->shard, journey->vu->executor->index, group, now_ns > began_ns ? now_ns - began_ns : 0);
}

static void finish(struct journey *journey, uint64_t now_ns)
{
    if (!journey->did_wait) {
        journey->did_wait = journey->is_over = true;
        wait_until(journey, now_ns + TURN_NS, now_ns);
        return;
    }
    journey->is_over = false;
    flow_forget_answer(journey);
    journey->values.iteration++;
    if (journey->crew->shared->keeps_values)
        values_keep(&journey->values, journey->crew->shared);
    vu_journey_done(journey->vu, now_ns, journey->held_ns, journey->is_failed);
}

static bool start_parallel(struct journey *journey, const struct plan_step *first, uint32_t count, uint64_t now_ns)
{
    bool is_good = true;

    for (uint32_t i = 0; i < count; i++)
        is_good = flow_send(journey, &journey->entry->uses[first[i].use], now_ns) && is_good;
    return is_good;
}

/* Steps that wait for nothing. The next step's index. */
static uint32_t do_step(struct journey *journey, const struct plan_step *step, uint64_t now_ns)
{
    uint32_t *counter = &journey->counters[step->slot], next = journey->step + 1;

    switch (step->kind) {
    case STEP_GROUP:
        journey->group_began_ns[journey->depth++] = now_ns;
        return next;
    case STEP_GROUP_END:
        journey->depth--;
        end_group(journey, step->group, now_ns);
        return next;
    case STEP_REPEAT:
    case STEP_WHILE_BEGIN:
        *counter = step->count;
        return next;
    case STEP_REPEAT_END:
        return --*counter > 0 ? step->jump : next;
    case STEP_WHILE:
        if (*counter == 0 || !holds(journey, step->test))
            return step->jump;
        --*counter;
        return next;
    case STEP_IF:
        return holds(journey, step->test) ? next : step->jump;
    default: /* WHILE_END, JUMP */
        return step->jump;
    }
}

static void hold(struct journey *journey, uint64_t now_ns)
{
    struct journey_crew *journeys = journey->crew;

    journey->is_held = true;
    journey->held_since_ns = now_ns;
    journey->held_next = NULL;
    journey->held_back = journeys->held_end;
    *journeys->held_end = journey;
    journeys->held_end = &journey->held_next;
}

static void let_go(struct journey *journey)
{
    *journey->held_back = journey->held_next;
    if (journey->held_next != NULL)
        journey->held_next->held_back = journey->held_back;
    else
        journey->crew->held_end = journey->held_back;
    journey->is_held = false;
}

/* A step that waits. */
static void wait_step(struct journey *journey, const struct plan_step *step, uint64_t now_ns)
{
    bool is_good = true;
    uint64_t think_ns;

    journey->did_wait = true;
    if (step->kind == STEP_THINK) {
        journey->step++;
        think_ns = draw_think_ns(&step->think, journey->values.random);
        wait_until(journey, now_ns + crew_think_ns(journey->crew->crew, journey->vu->executor->index, think_ns, now_ns), now_ns);
        return;
    }
    if (step->kind == STEP_PARALLEL) {
        journey->step = step->jump;
        is_good = start_parallel(journey, step + 1, step->count, now_ns);
    } else {
        journey->step++;
        is_good = flow_send(journey, &journey->entry->uses[step->use], now_ns);
    }
    if (is_good)
        return;
    journey->is_failed = journey->is_ending = true;
    if (journey->under_way == 0) /* not from inside: the executor may have called */
        wait_until(journey, now_ns + TURN_NS, now_ns);
}

void flow_run(struct journey *journey, uint64_t now_ns)
{
    const struct plan_flow *flow = journey->entry->flow;

    for (unsigned steps = 0;; steps++) {
        const struct plan_step *step = &flow->steps[journey->step];

        if (step->kind == STEP_END || journey->is_ending) {
            finish(journey, now_ns);
            return;
        }
        if (journey->crew->is_paused) {
            journey->did_wait = true;
            hold(journey, now_ns);
            return;
        }
        if (steps == STEPS_AT_ONCE) {
            journey->did_wait = true;
            wait_until(journey, now_ns + TURN_NS, now_ns);
            return;
        }
        if (step->kind == STEP_REQUEST || step->kind == STEP_PARALLEL || step->kind == STEP_THINK) {
            wait_step(journey, step, now_ns);
            return;
        }
        journey->step = do_step(journey, step, now_ns);
    }
}

void flow_answered(struct journey *journey, uint64_t now_ns)
{
    journey->held_ns += journey->batch_held_ns;
    journey->batch_held_ns = 0;
    flow_run(journey, now_ns);
}

static void on_timer(struct wheel_entry *entry, uint64_t now_ns)
{
    struct journey *journey = (struct journey *)(void *)((char *)entry - offsetof(struct journey, timer));

    journey->is_waiting = false;
    if (journey->is_over)
        finish(journey, now_ns);
    else
        flow_run(journey, now_ns);
}

/* ---- a worker's journeys ---- */

void journey_crew_init(struct journey_crew *journeys, struct crew *crew, struct journey_shared *shared)
{
    *journeys = (struct journey_crew){ .crew = crew, .shared = shared };
    journeys->held_end = &journeys->held;
    renderer_init(&journeys->renderer, shared);
    looker_init(&journeys->looker, &journeys->renderer);
}

void journey_crew_attach(struct journey_crew *journeys, struct ev_loop *loop, uint64_t now_ns)
{
    wheel_init(&journeys->wheel, loop, on_timer, now_ns);
    journeys->has_wheel = true;
}

void journey_crew_release(struct journey_crew *journeys)
{
    kit_free_all(journeys);
    if (journeys->has_wheel)
        wheel_release(&journeys->wheel);
    looker_release(&journeys->looker);
    renderer_release(&journeys->renderer);
}

void journey_crew_pause(struct journey_crew *journeys)
{
    journeys->is_paused = true;
}

void journey_crew_resume(struct journey_crew *journeys, uint64_t now_ns)
{
    struct journey *last;

    journeys->is_paused = false;
    while ((last = journeys->held) != NULL) {
        let_go(last);
        last->held_ns += now_ns > last->held_since_ns ? now_ns - last->held_since_ns : 0;
        flow_run(last, now_ns);
    }
}

/* ---- a VU's journey ---- */

struct journey *journey_new(struct journey_crew *journeys, struct vu *vu, const char *scenario, uint32_t counters, uint32_t depth)
{
    struct journey *journey = mem_alloc(sizeof *journey);

    journey->vu = vu;
    journey->crew = journeys;
    values_init(&journey->values, journeys->shared);
    journey->values.random = &vu->random;
    journey->values.vu = vu->id;
    journey->values.scenario = scenario;
    journey->counters = mem_array(counters, sizeof *journey->counters);
    journey->group_began_ns = mem_array(depth, sizeof *journey->group_began_ns);
    return journey;
}

void journey_free(struct journey *journey)
{
    if (journey == NULL)
        return;
    flow_forget_answer(journey);
    values_release(&journey->values, journey->crew->shared->plan);
    free(journey->counters);
    free(journey->group_began_ns);
    free(journey);
}

bool journey_prepare(struct journey *journey, const struct journey_entry *entry)
{
    values_begin(&journey->values, journey->crew->shared->plan);
    for (size_t i = 0; i < entry->unique_count; i++)
        if (!render_take_row(&journey->crew->renderer, &journey->values, entry->unique[i]))
            return false;
    journey->entry = entry;
    return true;
}

static void set_initial(struct journey *journey)
{
    const struct plan *plan = journey->crew->shared->plan;

    for (size_t i = 0; i < plan->variable_count; i++)
        if (plan->variables[i].initial != NULL) {
            buf_clear(&journey->values.variables[i]);
            render_text(&journey->crew->renderer, &journey->values, plan->variables[i].initial, &journey->values.variables[i]);
        }
}

void journey_begin(struct journey *journey, uint64_t now_ns)
{
    journey->step = journey->depth = 0;
    journey->is_failed = journey->is_ending = journey->is_over = journey->did_wait = false;
    journey->held_ns = journey->batch_held_ns = 0;
    set_initial(journey);
    flow_run(journey, now_ns);
}

void journey_cut(struct journey *journey, uint64_t now_ns)
{
    if (journey->is_held)
        let_go(journey);
    if (journey->is_waiting)
        wheel_remove(&journey->crew->wheel, &journey->timer);
    journey->is_waiting = journey->is_over = false;
    flow_cancel(journey, now_ns);
    flow_forget_answer(journey);
    journey->values.iteration++;
}
