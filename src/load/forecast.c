/* Walking the curves of all scenarios in steps. */
#include "onager/forecast.h"

#include <stdlib.h>

#include "arrivals.h"
#include "curve.h"
#include "mem.h"

/* One scenario on its way; its own time begins at its start. */
struct walk {
    const struct forecast *forecast;
    struct forecast_scenario *scenario;
    struct arrivals arrivals; /* its curve is the walk's */
    uint64_t counted;         /* arrivals before the place */
};

/* ---- arrivals ---- */

static uint64_t area_up(const struct curve *curve, uint64_t own_ns)
{
    const struct curve_place *here = &curve->here;
    struct area area = here->area;

    if (!here->is_ended && own_ns > here->at_ns)
        line_add_area(&here->line, own_ns - here->at_ns, &area);
    return area.whole + (area.rest > 0);
}

/* Arrivals whose intended time is before own_ns. Ascending. */
static uint64_t count_before(struct walk *walk, uint64_t own_ns)
{
    struct arrivals *arrivals = &walk->arrivals;
    const struct plan_scenario *plan = walk->scenario->plan;
    uint64_t count;

    if (plan->arrivals == ARRIVALS_POISSON && !walk->scenario->is_expected) {
        while (arrivals->next_ns < own_ns) {
            walk->counted++;
            arrivals_take(arrivals);
        }
        return walk->counted;
    }
    curve_seek(&arrivals->curve, own_ns);
    curve_keep(&arrivals->curve);
    count = area_up(&arrivals->curve, own_ns);
    if (plan->arrivals == ARRIVALS_BURST)
        count = (count + plan->burst - 1) / plan->burst * plan->burst;
    return count;
}

static uint64_t estimate(const struct plan *plan, size_t index, uint64_t start_wall_ns, uint64_t length_ns)
{
    struct curve curve;
    uint64_t count;

    curve_init(&curve, plan, index, start_wall_ns);
    curve_seek(&curve, length_ns);
    count = area_up(&curve, length_ns);
    curve_release(&curve);
    return count;
}

/* ---- VUs ---- */

static uint64_t vus_at(struct walk *walk, uint64_t own_ns, uint64_t length_ns)
{
    struct curve *curve = &walk->arrivals.curve;

    if (own_ns >= length_ns || !curve_seek(curve, own_ns))
        return 0;
    curve_keep(curve);
    return line_vus(&curve->here.line, own_ns - curve->here.at_ns);
}

/* The most from one place to another. */
static uint64_t vus_within(struct walk *walk, uint64_t from_ns, uint64_t to_ns, uint64_t length_ns)
{
    struct curve *curve = &walk->arrivals.curve;
    uint64_t most = vus_at(walk, from_ns, length_ns);

    while (!curve->here.is_ended && curve->here.at_ns < to_ns && curve->here.at_ns < length_ns) {
        const struct curve_place *here = &curve->here;
        uint64_t rest_ns = to_ns - here->at_ns, x_ns = rest_ns < here->line.length_ns ? rest_ns : here->line.length_ns;
        uint64_t first = line_vus(&here->line, 0), last = line_vus(&here->line, x_ns);

        most = here->at_ns >= from_ns && first > most ? first : most;
        most = last > most ? last : most;
        if (x_ns == rest_ns || !curve_next(curve))
            break;
    }
    return most;
}

/* ---- a scenario ---- */

static void add_peak(struct forecast_sum *sum, const struct forecast_point *point, uint64_t vus, uint64_t at_ns)
{
    sum->planned += point->planned;
    if (point->planned > sum->peak_planned) {
        sum->peak_planned = point->planned;
        sum->peak_planned_at_ns = at_ns;
    }
    if (vus > sum->peak_vus) {
        sum->peak_vus = vus;
        sum->peak_vus_at_ns = at_ns;
    }
}

static void walk_chaos(struct forecast *forecast, struct forecast_scenario *scenario, uint64_t seed, uint64_t start_wall_ns)
{
    const struct plan_scenario *plan = scenario->plan;
    struct shape *shape = plan->chaos != NULL ? shape_new(plan->chaos, seed, start_wall_ns) : NULL;

    scenario->has_chaos = shape != NULL;
    scenario->least_ppm = UINT32_MAX;
    for (size_t i = 0; i < forecast->count; i++) {
        uint64_t at_ns = i * forecast->step_ns;
        struct forecast_point *point = &scenario->points[i];

        point->factor_ppm = SHAPE_ONE_PPM;
        if (shape == NULL || at_ns < plan->start_time_ns || at_ns >= scenario->ends_ns)
            continue;
        point->factor_ppm = shape_factor_ppm(shape, (at_ns - plan->start_time_ns) / SHAPE_CELL_NS);
        scenario->least_ppm = point->factor_ppm < scenario->least_ppm ? point->factor_ppm : scenario->least_ppm;
        scenario->most_ppm = point->factor_ppm > scenario->most_ppm ? point->factor_ppm : scenario->most_ppm;
    }
    if (shape != NULL && scenario->ends_ns > plan->start_time_ns)
        scenario->spikes = shape_parts(shape, (scenario->ends_ns - plan->start_time_ns - 1) / SHAPE_CELL_NS).spikes;
    shape_free(shape);
}

/* most_vus: of each step; grows. */
static void walk_scenario(struct forecast *forecast, const struct plan *plan, size_t index, uint64_t start_wall_ns, uint64_t *most_vus)
{
    struct forecast_scenario *scenario = &forecast->scenarios[index];
    const struct plan_scenario *from = scenario->plan;
    uint64_t wall_ns = start_wall_ns + from->start_time_ns, length_ns = scenario->ends_ns - from->start_time_ns;
    bool is_open = executor_is_open(from->executor);
    struct segment whole = segment_of(0, 1);
    struct walk walk = { .forecast = forecast, .scenario = scenario };
    uint64_t before = 0;

    scenario->points = mem_array(forecast->count + 1, sizeof *scenario->points);
    scenario->is_expected = is_open && from->arrivals == ARRIVALS_POISSON && estimate(plan, index, wall_ns, length_ns) > FORECAST_DRAWN_MAX;
    arrivals_init(&walk.arrivals, plan, index, &whole, wall_ns);
    for (size_t i = 0; i < forecast->count; i++) {
        struct forecast_point *point = &scenario->points[i];
        uint64_t at_ns = i * forecast->step_ns, end_ns = at_ns + forecast->step_ns, vus = 0;

        if (end_ns <= from->start_time_ns)
            continue;
        end_ns -= from->start_time_ns;
        if (is_open) {
            uint64_t count = count_before(&walk, end_ns < length_ns ? end_ns : length_ns);

            point->planned = count - before;
            before = count;
        } else {
            uint64_t own_ns = at_ns > from->start_time_ns ? at_ns - from->start_time_ns : 0;

            point->vus = at_ns >= from->start_time_ns ? vus_at(&walk, own_ns, length_ns) : 0;
            vus = vus_within(&walk, own_ns, end_ns < length_ns ? end_ns : length_ns, length_ns);
        }
        add_peak(&scenario->sum, point, vus, at_ns);
        forecast->points[i].planned += point->planned;
        forecast->points[i].vus += point->vus;
        most_vus[i] += vus;
    }
    arrivals_release(&walk.arrivals);
    walk_chaos(forecast, scenario, shape_seed(plan->seed, index), wall_ns);
}

/* ---- the whole ---- */

static uint64_t budget_of(const struct plan_scenario *scenario)
{
    switch (scenario->executor) {
    case EXECUTOR_SHARED_ITERATIONS:
        return scenario->iterations;
    case EXECUTOR_PER_VU_ITERATIONS:
        return scenario->iterations * scenario->vus;
    default:
        return 0;
    }
}

static void set_ends(struct forecast *forecast, const struct plan *plan)
{
    for (size_t i = 0; i < plan->scenario_count; i++) {
        struct forecast_scenario *scenario = &forecast->scenarios[i];
        const struct plan_scenario *from = &plan->scenarios[i];
        uint64_t length_ns = plan_scenario_length_ns(from);

        scenario->plan = from;
        scenario->iterations = budget_of(from);
        scenario->ends_ns = from->start_time_ns + (length_ns > 0 ? length_ns : from->max_duration_ns);
        forecast->length_ns = scenario->ends_ns > forecast->length_ns ? scenario->ends_ns : forecast->length_ns;
    }
}

struct forecast *forecast_new(const struct plan *plan, uint64_t start_wall_ns, uint64_t step_ns)
{
    struct forecast *forecast = mem_alloc(sizeof *forecast);
    uint64_t count, *most_vus;

    forecast->scenario_count = plan->scenario_count;
    forecast->scenarios = mem_array(plan->scenario_count + 1, sizeof *forecast->scenarios);
    set_ends(forecast, plan);
    forecast->step_ns = step_ns > 0 ? step_ns : NS_PER_S;
    while (step_ns == 0 && (forecast->length_ns + forecast->step_ns - 1) / forecast->step_ns > FORECAST_POINTS)
        forecast->step_ns *= 2;
    count = forecast->length_ns / forecast->step_ns + (forecast->length_ns % forecast->step_ns > 0);
    if (count > FORECAST_POINTS_MAX) {
        forecast_free(forecast);
        return NULL;
    }
    forecast->count = (size_t)count;
    forecast->points = mem_array(forecast->count + 1, sizeof *forecast->points);
    most_vus = mem_array(forecast->count + 1, sizeof *most_vus);
    for (size_t i = 0; i < plan->scenario_count; i++)
        walk_scenario(forecast, plan, i, start_wall_ns, most_vus);
    for (size_t i = 0; i < forecast->count; i++)
        add_peak(&forecast->sum, &forecast->points[i], most_vus[i], i * forecast->step_ns);
    free(most_vus);
    return forecast;
}

void forecast_free(struct forecast *forecast)
{
    if (forecast == NULL)
        return;
    for (size_t i = 0; i < forecast->scenario_count; i++)
        free(forecast->scenarios[i].points);
    free(forecast->scenarios);
    free(forecast->points);
    free(forecast);
}
