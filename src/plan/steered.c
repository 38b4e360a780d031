/* What a scenario wants at an instant of the plan clock, without chaos: for annotations, limits and the screen. Pure. */
#include "steered.h"

#include "onager/units.h"

bool steer_is_open(const struct plan_scenario *scenario)
{
    return executor_is_open(scenario->executor);
}

static uint64_t length_of(const struct plan_scenario *scenario)
{
    uint64_t length = scenario->duration_ns > 0 ? scenario->duration_ns : scenario->max_duration_ns;

    return length > 0 ? length : UINT64_MAX;
}

/* Where on the plan's curve it is; a scenario that has not begun stands at its beginning. */
static uint64_t place_of(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns)
{
    uint64_t own = plan_ns > scenario->start_time_ns ? plan_ns - scenario->start_time_ns : 0;

    return own + steering->skipped_ns;
}

bool steer_has_ended(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns)
{
    return place_of(scenario, steering, plan_ns) >= length_of(scenario);
}

uint64_t steer_end(const struct plan_scenario *scenario, const struct steering *steering)
{
    uint64_t length = length_of(scenario);

    if (length == UINT64_MAX)
        return UINT64_MAX;
    return scenario->start_time_ns + (length > steering->skipped_ns ? length - steering->skipped_ns : 0);
}

double steer_plan_level(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns)
{
    uint64_t at_ns = place_of(scenario, steering, plan_ns);

    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct plan_stage *stage = &scenario->stages[i];

        if (at_ns < stage->duration_ns)
            return (double)stage->from + ((double)stage->to - (double)stage->from) * (double)at_ns / (double)stage->duration_ns;
        at_ns -= stage->duration_ns;
    }
    return scenario->stage_count > 0 ? 0 : steer_is_open(scenario) ? (double)scenario->rate.count : (double)scenario->vus;
}

uint64_t steer_stage_end(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns)
{
    uint64_t at_ns = place_of(scenario, steering, plan_ns);

    for (size_t i = 0; i + 1 < scenario->stage_count; i++) {
        if (at_ns < scenario->stages[i].duration_ns)
            return plan_ns + (scenario->stages[i].duration_ns - at_ns);
        at_ns -= scenario->stages[i].duration_ns;
    }
    return UINT64_MAX;
}

static double factor_of(const struct steering *steering, uint64_t plan_ns)
{
    double factor = steering->is_fixed ? 1 : (double)steering->factor_ppm / 1e6;

    return plan_ns < steering->spike_end_ns ? factor * (double)steering->spike_ppm / 1e6 : factor;
}

double steer_rate(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns)
{
    double level;

    if (!steer_is_open(scenario) || steer_has_ended(scenario, steering, plan_ns))
        return 0;
    level = steering->is_fixed ? (double)steering->rate.count * 1e9 / (double)steering->rate.per_ns
                               : steer_plan_level(scenario, steering, plan_ns) * 1e9 / (double)scenario->rate.per_ns;
    return level * factor_of(steering, plan_ns);
}

uint64_t steer_vus(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns)
{
    double level;

    if (steer_is_open(scenario) || steer_has_ended(scenario, steering, plan_ns))
        return 0;
    level = steering->is_fixed ? (double)steering->vus : steer_plan_level(scenario, steering, plan_ns);
    return (uint64_t)(level * factor_of(steering, plan_ns) + 0.5);
}

/* ---- the peak ---- */

struct peak {
    const struct plan *plan;
    const struct steering *steering;
    uint64_t from_ns, at_ns;
    double most;
};

/* With chaos at its most: a limit must hold whatever is drawn. */
static double most_rate(const struct plan_scenario *scenario, const struct steering *steering, uint64_t plan_ns)
{
    double rate = steer_rate(scenario, steering, plan_ns);

    return steering->is_fixed ? rate : rate * (double)plan_chaos_most_ppm(scenario->chaos) / 1e6;
}

static double rate_of_all(const struct peak *peak, uint64_t plan_ns)
{
    const struct steering none = steering_none();
    double sum = 0;

    for (size_t s = 0; s < peak->plan->scenario_count; s++)
        if (plan_ns >= peak->plan->scenarios[s].start_time_ns)
            sum += most_rate(&peak->plan->scenarios[s], peak->steering != NULL ? &peak->steering[s] : &none, plan_ns);
    return sum;
}

/* The load is made of straight lines, so its peak is at an end of one: here, or right before. */
static void try_corner(struct peak *peak, uint64_t plan_ns)
{
    for (uint64_t before = 0; before < 2 && plan_ns >= peak->from_ns + before; before++) {
        double rate = rate_of_all(peak, plan_ns - before);

        if (rate > peak->most) {
            peak->most = rate;
            peak->at_ns = plan_ns - before;
        }
    }
}

double steer_peak_rate(const struct plan *plan, const struct steering *steering, uint64_t from_ns, uint64_t *at_ns)
{
    const struct steering none = steering_none();
    struct peak peak = { .plan = plan, .steering = steering, .from_ns = from_ns, .at_ns = from_ns };

    try_corner(&peak, from_ns);
    for (size_t s = 0; s < plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &plan->scenarios[s];
        const struct steering *own = steering != NULL ? &steering[s] : &none;
        uint64_t at = scenario->start_time_ns;

        if (!steer_is_open(scenario))
            continue;
        try_corner(&peak, at);
        for (size_t i = 0; i < scenario->stage_count; i++) {
            at += scenario->stages[i].duration_ns;
            if (at >= own->skipped_ns)
                try_corner(&peak, at - own->skipped_ns);
        }
        if (own->spike_end_ns > 0)
            try_corner(&peak, own->spike_end_ns);
    }
    *at_ns = peak.at_ns;
    return peak.most;
}
