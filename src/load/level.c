/* Reading the curve at an instant. */
#include "level.h"

void level_init(struct level *level, const struct plan *plan, size_t scenario, uint64_t start_wall_ns)
{
    curve_init(&level->curve, plan, scenario, start_wall_ns + plan->scenarios[scenario].start_time_ns);
}

void level_release(struct level *level)
{
    curve_release(&level->curve);
}

/* Since the start of the scenario; what comes before it is its first instant. */
static uint64_t own_ns(const struct level *level, uint64_t plan_ns)
{
    uint64_t start_ns = level->curve.scenario->start_time_ns;

    return plan_ns > start_ns ? plan_ns - start_ns : 0;
}

void level_steer(struct level *level, const struct steering *steering, uint64_t plan_ns)
{
    curve_steer(&level->curve, steering, own_ns(level, plan_ns));
}

void level_was_paused(struct level *level, uint64_t plan_ns, uint64_t paused_ns)
{
    curve_was_paused(&level->curve, own_ns(level, plan_ns), paused_ns);
}

/* The line of an instant, *x_ns after its begin; NULL: nothing is wanted then. An instant before the last line that was asked for
 * is its begin. */
static const struct line *line_at(struct level *level, uint64_t plan_ns, uint64_t *x_ns)
{
    if (plan_ns >= level->curve.scenario->start_time_ns && own_ns(level, plan_ns) < level->curve.here.at_ns)
        plan_ns = level->curve.scenario->start_time_ns + level->curve.here.at_ns;
    if (plan_ns < level->curve.scenario->start_time_ns || !curve_seek(&level->curve, own_ns(level, plan_ns)))
        return NULL;
    curve_keep(&level->curve);
    *x_ns = own_ns(level, plan_ns) - level->curve.here.at_ns;
    return &level->curve.here.line;
}

double level_rate(struct level *level, uint64_t plan_ns)
{
    const struct line *line;
    uint64_t x_ns;
    double value;

    if (!executor_is_open(level->curve.scenario->executor))
        return 0;
    line = line_at(level, plan_ns, &x_ns);
    if (line == NULL)
        return 0;
    value = (double)line->level + (line->is_falling ? -1 : 1) * (double)line->rise * (double)x_ns;
    return value / (double)line->divisor * (double)line->factor / (double)line->per_ns;
}

uint64_t level_vus(struct level *level, uint64_t plan_ns)
{
    const struct line *line;
    uint64_t x_ns;

    if (executor_is_open(level->curve.scenario->executor))
        return 0;
    line = line_at(level, plan_ns, &x_ns);
    return line != NULL ? line_vus(line, x_ns) : 0;
}

uint64_t level_arrivals(struct level *level, uint64_t plan_ns)
{
    const struct line *line;
    struct area area;
    uint64_t x_ns;

    if (plan_ns <= level->curve.scenario->start_time_ns)
        return 0;
    line = line_at(level, plan_ns, &x_ns);
    area = level->curve.here.area;
    if (line != NULL)
        line_add_area(line, x_ns, &area);
    return area.whole + (area.rest > 0);
}
