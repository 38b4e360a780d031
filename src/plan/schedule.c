/* Arrivals of a constant rate, and the arithmetic of lines. Pure; knows no clock and no worker.
 *
 * On a line the doubled area g(x) = 2 level x + rise x^2 is a whole number; A grows by factor / (divisor unit) of it, where the
 * unit is 2 per_ns SCHEDULE_FACTOR_ONE. Bounds (schedule_can_say): g is below 2^127. */
#include "schedule.h"

typedef schedule_wide wide;

static uint64_t saturated(wide value)
{
    return value > UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}

uint64_t schedule_constant_at(const struct rate *rate, uint64_t index)
{
    return saturated((wide)index * rate->per_ns / rate->count);
}

uint64_t schedule_constant_count(const struct rate *rate, uint64_t t_ns)
{
    /* floor(k * per / count) < t  <=>  k * per < t * count  <=>  k < ceil(t * count / per) */
    return saturated(((wide)t_ns * rate->count + rate->per_ns - 1) / rate->per_ns);
}

/* ---- lines ---- */

struct line line_flat(uint64_t level, uint64_t length_ns, uint64_t factor, uint64_t per_ns)
{
    return (struct line){ .length_ns = length_ns, .level = level, .divisor = 1, .factor = factor, .per_ns = per_ns };
}

struct line line_of_stage(const struct plan_stage *stage, uint64_t from_ns, uint64_t factor, uint64_t per_ns)
{
    struct line line = line_flat(stage->from, stage->duration_ns - from_ns, factor, per_ns);

    if (stage->from == stage->to)
        return line;
    line.divisor = stage->duration_ns;
    line.is_falling = stage->to < stage->from;
    line.rise = line.is_falling ? stage->from - stage->to : stage->to - stage->from;
    line.level = (wide)stage->from * stage->duration_ns;
    if (line.is_falling)
        line.level -= (wide)line.rise * from_ns;
    else
        line.level += (wide)line.rise * from_ns;
    return line;
}

bool schedule_can_say(const struct plan_stage *stage)
{
    uint64_t most = stage->from > stage->to ? stage->from : stage->to;
    wide square = (wide)stage->duration_ns * stage->duration_ns;

    if (stage->from == stage->to)
        return most < UINT64_C(1) << 62;
    return most < UINT64_C(1) << 62 && (most == 0 || square < ((wide)1 << 125) / most);
}

static wide level_at(const struct line *line, uint64_t x)
{
    return line->is_falling ? line->level - (wide)line->rise * x : line->level + (wide)line->rise * x;
}

static wide doubled_area(const struct line *line, uint64_t x)
{
    return (line->level + level_at(line, x)) * x;
}

/* value * factor / divisor, cut; without overflow where the result has none. */
static wide scaled(wide value, uint64_t factor, uint64_t divisor)
{
    return value / divisor * factor + value % divisor * factor / divisor;
}

void line_add_area(const struct line *line, uint64_t x_ns, struct area *area)
{
    wide unit = line_unit(line->per_ns);
    wide parts = scaled(doubled_area(line, x_ns), line->factor, line->divisor) + area->rest;

    area->whole += (uint64_t)(parts / unit);
    area->rest = parts % unit;
}

void area_convert(struct area *area, uint64_t from_per_ns, uint64_t to_per_ns)
{
    area->rest = scaled(area->rest, to_per_ns, from_per_ns);
}

/* Largest x with doubled_area(x) <= target, which is below that of the whole line. Newton's method from the side from which it
 * cannot overshoot: a rising line bends the area up, so from the right; a falling one down, so from the left. */
static uint64_t invert(const struct line *line, wide target)
{
    uint64_t x = 0;

    if (line->is_falling) {
        for (;;) {
            wide missing = target - doubled_area(line, x);
            wide slope = level_at(line, x) * 2;
            uint64_t step = slope > 0 ? (uint64_t)(missing / slope) : 0;

            if (step == 0 && doubled_area(line, x + 1) > target)
                return x;
            x += step > 0 ? step : 1;
        }
    }
    for (x = line->length_ns;;) {
        wide area = doubled_area(line, x);
        uint64_t step;

        if (area <= target)
            return x;
        step = (uint64_t)((area - target) / (level_at(line, x) * 2));
        x -= step > 0 ? step : 1;
    }
}

uint64_t line_find(const struct line *line, const struct area *area, uint64_t whole, uint64_t fraction)
{
    wide unit = line_unit(line->per_ns), wanted, target;

    if (whole < area->whole)
        return 0;
    if (__builtin_mul_overflow((wide)(whole - area->whole), unit, &wanted))
        return line->length_ns;
    if (fraction > 0)
        wanted += (unit >> 64) * fraction + ((wide)(uint64_t)unit * fraction >> 64);
    if (wanted < area->rest)
        return 0;
    wanted -= area->rest;
    if (line->rise == 0) { /* of a flat line the divisor is 1 */
        wide growth = line->level * 2 * line->factor, x = growth > 0 ? wanted / growth : line->length_ns;

        return x < line->length_ns ? (uint64_t)x : line->length_ns;
    }
    /* factor g(x) <= divisor wanted  <=>  g(x) <= floor(divisor wanted / factor) */
    if (line->factor == 0 || __builtin_mul_overflow(wanted / line->factor, (wide)line->divisor, &target))
        return line->length_ns;
    target += wanted % line->factor * line->divisor / line->factor;
    if (target >= doubled_area(line, line->length_ns))
        return line->length_ns;
    return invert(line, target);
}

uint64_t line_vus(const struct line *line, uint64_t x_ns)
{
    wide unit = (wide)line->divisor * SCHEDULE_FACTOR_ONE, value = level_at(line, x_ns) * line->factor;

    if (line->rise > 0)
        return saturated((value + (line->is_falling ? unit - 1 : 0)) / unit);
    return saturated((value + unit / 2) / unit);
}

uint64_t line_when_vus(const struct line *line, uint64_t vus)
{
    wide wanted = (wide)vus * line->divisor * SCHEDULE_FACTOR_ONE, now = line->level * line->factor, way, per, x;

    if (line->is_falling ? now <= wanted : now >= wanted)
        return 0;
    per = (wide)line->rise * line->factor;
    if (per == 0)
        return line->length_ns;
    way = line->is_falling ? now - wanted : wanted - now;
    x = (way + per - 1) / per;
    return x < line->length_ns ? (uint64_t)x : line->length_ns;
}

uint64_t schedule_count(const struct plan_scenario *scenario)
{
    struct area area = { 0 };

    if (scenario->stage_count == 0)
        return schedule_constant_count(&scenario->rate, scenario->duration_ns);
    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct plan_stage *stage = &scenario->stages[i];
        struct line line;

        area.whole += stage->at_once;
        if (stage->duration_ns == 0) /* a jump, or arrivals at once alone */
            continue;
        line = line_of_stage(stage, 0, SCHEDULE_FACTOR_ONE, scenario->rate.per_ns);
        line_add_area(&line, line.length_ns, &area);
        area.whole += stage->at_once; /* something follows it: the plan was checked */
    }
    return area.whole + (area.rest > 0);
}
