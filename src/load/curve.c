/* Lines out of stages, chaos and changes. Each line ends where one of them does. */
#include "curve.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static const struct plan_stage *stage_at(const struct plan_scenario *scenario, uint64_t place_ns, uint64_t *from_ns)
{
    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct plan_stage *stage = &scenario->stages[i];

        if (place_ns < stage->duration_ns) {
            *from_ns = place_ns;
            return stage;
        }
        place_ns -= stage->duration_ns;
    }
    return NULL;
}

static uint64_t length_of(const struct plan_scenario *scenario)
{
    uint64_t length_ns = plan_scenario_length_ns(scenario);

    return length_ns > 0 ? length_ns : UINT64_MAX;
}

/* What holds at an instant; *until_ns: up to when. */
static const struct steering *steering_at(const struct curve *curve, uint64_t at_ns, uint64_t *until_ns)
{
    size_t i = curve->change_count - 1;

    while (i > 0 && curve->changes[i].at_ns > at_ns)
        i--;
    *until_ns = i + 1 < curve->change_count ? curve->changes[i + 1].at_ns : UINT64_MAX;
    return &curve->changes[i].steering;
}

static void shorten(uint64_t *until_ns, uint64_t end_ns)
{
    if (end_ns < *until_ns)
        *until_ns = end_ns;
}

/* factor x chaos x spike at an instant, in parts of SCHEDULE_FACTOR_ONE. */
static uint64_t factor_at(struct curve *curve, const struct steering *steering, uint64_t at_ns, uint64_t *until_ns)
{
    const struct plan_scenario *scenario = curve->scenario;
    uint64_t plan_ns = scenario->start_time_ns + at_ns;
    schedule_wide factor = SCHEDULE_FACTOR_ONE;

    if (!steering->is_fixed) {
        factor = factor * steering->factor_ppm / LEVEL_AS_PLANNED_PPM;
        if (curve->shape != NULL) {
            uint64_t cell = at_ns / SHAPE_CELL_NS;

            factor = (factor * shape_factor_ppm(curve->shape, cell) + SHAPE_ONE_PPM / 2) / SHAPE_ONE_PPM;
            shorten(until_ns, (cell + 1) * SHAPE_CELL_NS);
        }
    }
    if (plan_ns < steering->spike_end_ns) {
        factor = (factor * steering->spike_ppm + LEVEL_AS_PLANNED_PPM / 2) / LEVEL_AS_PLANNED_PPM;
        shorten(until_ns, steering->spike_end_ns - scenario->start_time_ns);
    }
    return factor < SCHEDULE_FACTOR_MAX ? (uint64_t)factor : SCHEDULE_FACTOR_MAX;
}

/* Arrivals at once that the plan wants at this place of its curve; none of those that somebody skipped. */
static void take_jumps(struct curve *curve, uint64_t place_ns, uint64_t factor)
{
    const struct plan_scenario *scenario = curve->scenario;
    struct curve_place *here = &curve->here;
    uint64_t begin_ns = 0;

    for (size_t i = 0; i < scenario->stage_count && begin_ns <= place_ns; i++) {
        const struct plan_stage *stage = &scenario->stages[i];

        if (i >= here->next_stage) {
            if (begin_ns == place_ns && stage->at_once > 0)
                here->area.whole += (uint64_t)(((schedule_wide)stage->at_once * factor + SCHEDULE_FACTOR_ONE / 2) / SCHEDULE_FACTOR_ONE);
            here->next_stage = i + 1;
        }
        begin_ns += stage->duration_ns;
    }
}

/* Makes the line that begins at here.at_ns. */
static void make_line(struct curve *curve)
{
    const struct plan_scenario *scenario = curve->scenario;
    struct curve_place *here = &curve->here;
    bool is_open = executor_is_open(scenario->executor);
    uint64_t per_ns = is_open ? scenario->rate.per_ns : 1, before_ns = here->line.per_ns;
    uint64_t until_ns, factor, from_ns = 0, length_ns = length_of(scenario), place_ns;
    const struct steering *steering = steering_at(curve, here->at_ns, &until_ns);
    const struct plan_stage *stage;

    place_ns = here->at_ns + steering->skipped_ns;
    if (place_ns >= length_ns) {
        here->line.length_ns = 0;
        here->is_ended = true;
        return;
    }
    if (length_ns != UINT64_MAX)
        shorten(&until_ns, length_ns - steering->skipped_ns);
    factor = factor_at(curve, steering, here->at_ns, &until_ns);
    stage = stage_at(scenario, place_ns, &from_ns);
    if (scenario->stage_count > 0)
        take_jumps(curve, place_ns, steering->is_fixed ? 0 : factor);
    if (steering->is_fixed) {
        if (is_open)
            per_ns = steering->rate.per_ns;
        here->line = line_flat(is_open ? steering->rate.count : steering->vus, UINT64_MAX, factor, per_ns);
    } else if (stage != NULL) {
        here->line = line_of_stage(stage, from_ns, factor, per_ns);
    } else {
        here->line = line_flat(is_open ? scenario->rate.count : scenario->vus, UINT64_MAX, factor, per_ns);
    }
    if (here->line.length_ns > until_ns - here->at_ns)
        here->line.length_ns = until_ns - here->at_ns;
    if (before_ns != 0 && before_ns != per_ns)
        area_convert(&here->area, before_ns, per_ns);
}

bool curve_next(struct curve *curve)
{
    struct curve_place *here = &curve->here;

    if (here->is_ended)
        return false;
    if (executor_is_open(curve->scenario->executor))
        line_add_area(&here->line, here->line.length_ns, &here->area);
    here->at_ns += here->line.length_ns;
    make_line(curve);
    return !here->is_ended;
}

static void restart(struct curve *curve)
{
    curve->here = (struct curve_place){ .at_ns = 0 };
    make_line(curve);
}

bool curve_seek(struct curve *curve, uint64_t at_ns)
{
    if (at_ns < curve->here.at_ns) {
        if (at_ns >= curve->kept.at_ns)
            curve->here = curve->kept;
        else
            restart(curve);
    }
    while (!curve->here.is_ended && at_ns - curve->here.at_ns >= curve->here.line.length_ns)
        curve_next(curve);
    return !curve->here.is_ended;
}

void curve_init(struct curve *curve, const struct plan *plan, size_t scenario, uint64_t start_wall_ns)
{
    const struct plan_scenario *from = &plan->scenarios[scenario];

    memset(curve, 0, sizeof *curve);
    curve->scenario = from;
    if (from->chaos != NULL && (executor_is_open(from->executor) || from->chaos->apply == CHAOS_APPLY_VUS))
        curve->shape = shape_new(from->chaos, shape_seed(plan->seed, scenario), start_wall_ns);
    curve->changes = mem_array(1, sizeof *curve->changes);
    curve->changes[0] = (struct curve_change){ 0, steering_none() };
    curve->change_count = 1;
    restart(curve);
    curve->kept = curve->here;
}

void curve_release(struct curve *curve)
{
    shape_free(curve->shape);
    free(curve->changes);
    curve->shape = NULL;
    curve->changes = NULL;
}

/* Ends the kept line at at_ns, where something changes, and goes back to it. */
static void go_back(struct curve *curve, uint64_t at_ns)
{
    struct curve_place *kept = &curve->kept;

    if (at_ns == kept->at_ns) {
        /* what was at once is taken already: next_stage says so */
        curve->here = *kept;
        curve->here.is_ended = false;
        make_line(curve);
        curve->kept = curve->here;
        return;
    }
    if (!kept->is_ended && kept->line.length_ns > at_ns - kept->at_ns)
        kept->line.length_ns = at_ns - kept->at_ns;
    curve->here = *kept;
}

void curve_steer(struct curve *curve, const struct steering *steering, uint64_t at_ns)
{
    size_t used = 0;

    INVARIANT(at_ns >= curve->changes[curve->change_count - 1].at_ns);
    /* changes that held before the kept line are of no use any more */
    while (used + 1 < curve->change_count && curve->changes[used + 1].at_ns <= curve->kept.at_ns)
        used++;
    memmove(curve->changes, curve->changes + used, (curve->change_count - used) * sizeof *curve->changes);
    curve->change_count -= used;
    if (curve->changes[curve->change_count - 1].at_ns != at_ns) {
        curve->changes = mem_resize(curve->changes, curve->change_count + 1, sizeof *curve->changes);
        curve->change_count++;
    }
    curve->changes[curve->change_count - 1] = (struct curve_change){ at_ns, *steering };
    go_back(curve, at_ns);
}

void curve_was_paused(struct curve *curve, uint64_t at_ns, uint64_t paused_ns)
{
    if (curve->shape == NULL)
        return;
    shape_was_paused(curve->shape, (at_ns + SHAPE_CELL_NS - 1) / SHAPE_CELL_NS, paused_ns);
    curve->here = curve->kept;
}

uint64_t curve_end(const struct curve *curve)
{
    const struct steering *last = &curve->changes[curve->change_count - 1].steering;
    uint64_t length_ns = length_of(curve->scenario);

    if (length_ns == UINT64_MAX)
        return UINT64_MAX;
    return length_ns > last->skipped_ns ? length_ns - last->skipped_ns : 0;
}
