/* The plan of what happened. For each scenario that was changed: its curve is cut at every change, spike, pause and stage, and
 * each piece is a straight line; the lines become stages, with jumps (stages of no length) where they do not meet. */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "schedule.h"
#include "shape.h"

#define MOST_PIECES 4500 /* a plan may have twice as many stages */
#define GRACEFUL_RAMP_DOWN_NS (30 * NS_PER_S)

/* Levels of open models are told in arrivals per so many ns: the finest unit in which the arithmetic of schedules can say all. A
 * million hours carry decimals and parts of minutes and hours exactly. */
static const uint64_t units_ns[] = { UINT64_C(3600000000000000), UINT64_C(3600000000000), UINT64_C(3600000000), NS_PER_S };

struct piece {
    uint64_t length_ns;
    long double from, to; /* arrivals a second, or VUs */
    uint64_t at_once;     /* arrivals at its first instant */
};

struct tale {
    const struct plan_scenario *scenario;
    struct steering steering;
    struct piece *pieces;
    size_t count, capacity;
    uint64_t at_ns;      /* plan clock: told so far */
    struct shape *shape; /* chaos; NULL: none that is a level */
    size_t next_stage;   /* first whose arrivals at once are still to come */
    uint64_t grain;      /* cells of the shape that are told as one */
    uint64_t shift_ns;   /* pauses before its start */
    bool is_changed;
};

static void add_piece(struct tale *tale, uint64_t length_ns, long double from, long double to, uint64_t at_once)
{
    struct piece *last = tale->count > 0 ? &tale->pieces[tale->count - 1] : NULL;

    if (length_ns == 0)
        return;
    if (last != NULL && last->from == last->to && last->to == from && from == to && at_once == 0) {
        last->length_ns += length_ns;
        return;
    }
    if (tale->count == tale->capacity) {
        tale->capacity = tale->capacity > 0 ? tale->capacity * 2 : 16;
        tale->pieces = mem_resize(tale->pieces, tale->capacity, sizeof *tale->pieces);
    }
    INVARIANT(tale->pieces != NULL);
    tale->pieces[tale->count++] = (struct piece){ length_ns, from, to, at_once };
}

/* ---- the curve ---- */

static uint64_t end_of(const struct tale *tale)
{
    uint64_t length = plan_scenario_length_ns(tale->scenario), skipped = tale->steering.skipped_ns;

    if (length == 0)
        return UINT64_MAX;
    return tale->scenario->start_time_ns + (length > skipped ? length - skipped : 0);
}

/* The line of the plan at `at_ns` of its curve: where it stands there, how it goes on, and how long. */
static void line_at(const struct plan_scenario *scenario, uint64_t at_ns, long double *level, long double *slope, uint64_t *left_ns)
{
    long double unit = executor_is_open(scenario->executor) ? 1e9L / (long double)scenario->rate.per_ns : 1;

    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct plan_stage *stage = &scenario->stages[i];

        if (at_ns < stage->duration_ns) {
            *slope = ((long double)stage->to - (long double)stage->from) * unit / (long double)stage->duration_ns;
            *level = (long double)stage->from * unit + *slope * (long double)at_ns;
            *left_ns = stage->duration_ns - at_ns;
            return;
        }
        at_ns -= stage->duration_ns;
    }
    *level = executor_is_open(scenario->executor) ? (long double)scenario->rate.count * unit : (long double)scenario->vus;
    *slope = 0;
    *left_ns = UINT64_MAX;
}

/* The chaos of the cells around own_ns that are told as one; *left_ns: until the next. own_ns: since the start of the scenario. */
static long double chaos_at(struct tale *tale, uint64_t own_ns, uint64_t *left_ns)
{
    uint64_t first = own_ns / SHAPE_CELL_NS / tale->grain * tale->grain;
    long double sum = 0;

    for (uint64_t i = 0; i < tale->grain; i++)
        sum += (long double)shape_factor_ppm(tale->shape, first + i);
    *left_ns = (first + tale->grain) * SHAPE_CELL_NS - own_ns;
    return sum / (long double)tale->grain / (long double)SHAPE_ONE_PPM;
}

/* Arrivals at once that the plan wants at this place of its curve; none of those that were skipped. */
static uint64_t jumps_at(struct tale *tale, uint64_t place_ns)
{
    uint64_t begin_ns = 0, sum = 0;

    for (size_t i = 0; i < tale->scenario->stage_count && begin_ns <= place_ns; i++) {
        if (i >= tale->next_stage) {
            sum += begin_ns == place_ns ? tale->scenario->stages[i].at_once : 0;
            tale->next_stage = i + 1;
        }
        begin_ns += tale->scenario->stages[i].duration_ns;
    }
    return sum;
}

/* One piece from tale->at_ns, at most to until_ns. */
static void tell_piece(struct tale *tale, uint64_t until_ns)
{
    const struct steering *steering = &tale->steering;
    uint64_t own_ns = tale->at_ns - tale->scenario->start_time_ns + steering->skipped_ns, left_ns, at_once,
             length_ns = until_ns - tale->at_ns;
    long double level, slope, factor = (long double)steering->factor_ppm / 1e6L;

    line_at(tale->scenario, own_ns, &level, &slope, &left_ns);
    at_once = jumps_at(tale, own_ns);
    if (steering->is_fixed) {
        level = executor_is_open(tale->scenario->executor) ? (long double)steering->rate.count * 1e9L / (long double)steering->rate.per_ns
                                                           : (long double)steering->vus;
        slope = 0;
        factor = 1;
    } else {
        uint64_t cell_ns;

        length_ns = left_ns < length_ns ? left_ns : length_ns;
        if (tale->shape != NULL) {
            factor *= chaos_at(tale, tale->at_ns - tale->scenario->start_time_ns, &cell_ns);
            length_ns = cell_ns < length_ns ? cell_ns : length_ns;
        }
    }
    if (tale->at_ns < steering->spike_end_ns) {
        factor *= (long double)steering->spike_ppm / 1e6L;
        if (steering->spike_end_ns - tale->at_ns < length_ns)
            length_ns = steering->spike_end_ns - tale->at_ns;
    }
    at_once = steering->is_fixed ? 0 : (uint64_t)((long double)at_once * factor + 0.5L);
    add_piece(tale, length_ns, level * factor, (level + slope * (long double)length_ns) * factor, at_once);
    tale->at_ns += length_ns;
}

static void tell_until(struct tale *tale, uint64_t plan_ns)
{
    uint64_t end_ns = end_of(tale);

    if (plan_ns > end_ns)
        plan_ns = end_ns;
    while (tale->at_ns < plan_ns)
        tell_piece(tale, plan_ns);
}

static void tell_pause(struct tale *tale, uint64_t length_ns)
{
    if (tale->at_ns <= tale->scenario->start_time_ns) {
        tale->shift_ns += length_ns;
    } else if (tale->at_ns < end_of(tale)) {
        add_piece(tale, length_ns, 0, 0, 0);
        tale->is_changed = true;
    }
}

static void tell(struct tale *tale, const struct replay_run *run, size_t index)
{
    uint64_t until_ns = run->is_whole ? UINT64_MAX : run->plan_ns, paused_at_ns = 0;

    tale->at_ns = tale->scenario->start_time_ns;
    for (size_t i = 0; i < run->change_count; i++) {
        const struct steer_change *change = &run->changes[i];

        if (change->kind == CHANGE_STOP) {
            until_ns = change->plan_ns;
            break;
        }
        tell_until(tale, change->plan_ns);
        if (change->kind == CHANGE_PAUSE)
            paused_at_ns = change->at_ns;
        else if (change->kind == CHANGE_RESUME)
            tell_pause(tale, change->at_ns - paused_at_ns);
        else if (change->scenario == index && change->plan_ns < end_of(tale)) {
            tale->steering = change->steering;
            tale->is_changed = true;
        }
    }
    if (until_ns == UINT64_MAX && plan_scenario_length_ns(tale->scenario) == 0)
        until_ns = run->plan_ns;
    if (until_ns < end_of(tale))
        tale->is_changed = true;
    tell_until(tale, until_ns);
}

/* ---- stages ---- */

static uint64_t level_of(long double level, long double unit)
{
    return level > 0 ? (uint64_t)(level * unit + 0.5L) : 0;
}

/* The pieces as stages, a level of 1 being `unit`. */
static void make_stages(const struct tale *tale, struct plan_scenario *to, long double unit)
{
    uint64_t before = level_of(tale->pieces[0].from, unit);

    to->stage_count = 0;
    for (size_t i = 0; i < tale->count; i++) {
        const struct piece *piece = &tale->pieces[i];
        uint64_t from = level_of(piece->from, unit), end = level_of(piece->to, unit);

        if (from != before)
            to->stages[to->stage_count++] = (struct plan_stage){ 0, before, from, 0 };
        if (piece->at_once > 0)
            to->stages[to->stage_count++] = (struct plan_stage){ 0, from, from, piece->at_once };
        to->stages[to->stage_count++] = (struct plan_stage){ piece->length_ns, from, end, 0 };
        before = end;
    }
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* "605/10s" reads better than 217,800,000 in 1,000 h. */
static void reduce(struct plan_scenario *to)
{
    uint64_t divisor = to->rate.per_ns;

    for (size_t i = 0; i < to->stage_count; i++)
        divisor = common_divisor(common_divisor(divisor, to->stages[i].from), to->stages[i].to);
    /* whole seconds where it can be */
    if (to->rate.per_ns / divisor < NS_PER_S)
        divisor = to->rate.per_ns % NS_PER_S == 0 ? common_divisor(divisor, to->rate.per_ns / NS_PER_S) : divisor;
    for (size_t i = 0; i < to->stage_count; i++) {
        to->stages[i].from /= divisor;
        to->stages[i].to /= divisor;
    }
    to->rate.per_ns /= divisor;
}

static bool can_say_all(const struct plan_scenario *to)
{
    for (size_t i = 0; i < to->stage_count; i++)
        if (!schedule_can_say(&to->stages[i]))
            return false;
    return true;
}

static void sum_up(struct plan_scenario *to)
{
    uint64_t most = 0;

    to->duration_ns = 0;
    for (size_t i = 0; i < to->stage_count; i++) {
        to->duration_ns += to->stages[i].duration_ns;
        most = to->stages[i].from > most ? to->stages[i].from : most;
        most = to->stages[i].to > most ? to->stages[i].to : most;
    }
    if (executor_is_open(to->executor))
        to->rate.count = most;
    else
        to->vus = most;
}

/* *to is a copy of the scenario; its stages become its own. */
static void take_tale(const struct tale *tale, struct plan_scenario *to)
{
    to->stages = mem_array(3 * tale->count, sizeof *to->stages);
    to->iterations = to->max_duration_ns = 0;
    if (tale->shape != NULL)
        to->chaos = NULL; /* it is in the stages */
    if (executor_is_open(to->executor)) {
        to->executor = EXECUTOR_RAMPING_ARRIVAL_RATE;
        for (size_t i = 0; i < sizeof units_ns / sizeof units_ns[0]; i++) {
            to->rate.per_ns = units_ns[i];
            make_stages(tale, to, (long double)units_ns[i] / 1e9L);
            reduce(to);
            if (can_say_all(to))
                break;
        }
    } else {
        to->executor = EXECUTOR_RAMPING_VUS;
        if (to->graceful_ramp_down_ns == 0)
            to->graceful_ramp_down_ns = GRACEFUL_RAMP_DOWN_NS;
        make_stages(tale, to, 1);
    }
    sum_up(to);
}

/* Tells it, coarser where chaos makes too many pieces. */
static void tell_all(struct tale *tale, const struct replay_run *run, size_t index)
{
    const struct plan_scenario *scenario = tale->scenario;
    bool is_level = scenario->chaos != NULL && (executor_is_open(scenario->executor) || scenario->chaos->apply == CHAOS_APPLY_VUS);

    for (uint64_t grain = 1;; grain *= 2) {
        *tale = (struct tale){ .scenario = scenario, .steering = steering_none(), .pieces = tale->pieces, .capacity = tale->capacity };
        tale->grain = grain;
        if (is_level)
            tale->shape = shape_new(scenario->chaos, shape_seed(run->plan->seed, index), run->started_wall_ns + scenario->start_time_ns);
        tell(tale, run, index);
        if (!is_level || tale->count <= MOST_PIECES)
            return;
        shape_free(tale->shape);
    }
}

/* false: nothing of it happened. */
static bool replay_scenario(const struct replay_run *run, size_t index, struct plan_scenario *to)
{
    const struct plan_scenario *scenario = &run->plan->scenarios[index];
    struct tale tale = { .scenario = scenario };
    bool has_load = false;

    tell_all(&tale, run, index);
    *to = *tale.scenario;
    to->start_time_ns += tale.shift_ns;
    for (size_t i = 0; i < tale.count; i++)
        has_load |= tale.pieces[i].from > 0 || tale.pieces[i].to > 0;
    if (tale.is_changed && has_load) {
        take_tale(&tale, to);
    } else if (to->stage_count > 0) {
        to->stages = mem_array(to->stage_count, sizeof *to->stages);
        memcpy(to->stages, tale.scenario->stages, to->stage_count * sizeof *to->stages);
    }
    free(tale.pieces);
    shape_free(tale.shape);
    return has_load;
}

void replay_build(const struct replay_run *run, struct plan *out)
{
    size_t kept = 0;

    *out = *run->plan;
    out->scenarios = mem_array(run->plan->scenario_count, sizeof *out->scenarios);
    for (size_t s = 0; s < run->plan->scenario_count; s++) {
        if (replay_scenario(run, s, &out->scenarios[kept]))
            kept++;
        else
            free(out->scenarios[kept].stages);
    }
    out->scenario_count = kept;
}

void replay_release(struct plan *plan)
{
    for (size_t s = 0; s < plan->scenario_count; s++)
        free(plan->scenarios[s].stages);
    free(plan->scenarios);
}
