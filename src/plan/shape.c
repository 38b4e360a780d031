/* Spikes, and the product of the three parts. Spikes begin as a Poisson process drawn in nanoseconds; one that begins while another
 * still goes on rises from where that one is. A cell has the value of its middle. */
#include "shape.h"

#include <stdlib.h>

#include "fixed.h"
#include "mem.h"
#include "onager/plan.h"
#include "random.h"
#include "shape_hours.h"
#include "shape_noise.h"

typedef unsigned __int128 u128;

#define STREAM_SPIKES 1
#define NS_PER_HOUR (3600 * NS_PER_S)
#define NEVER UINT64_MAX

struct shape {
    const struct plan_chaos *chaos;
    uint64_t seed;
    uint64_t cell; /* the last one asked for; NEVER: none yet */
    struct random random;
    uint64_t spikes;   /* that began */
    uint64_t began_ns; /* the last one */
    uint32_t from_ppm; /* from which it rises */
    uint64_t next_ns;  /* when the next one begins */
    struct shape_noise noise;
    struct shape_hours hours;
};

/* ---- spikes ---- */

static uint64_t draw_interval(struct shape *shape)
{
    const struct plan_chaos *chaos = shape->chaos;
    u128 mean = (u128)NS_PER_HOUR * SHAPE_ONE_PPM / chaos->spikes_per_hour_ppm;
    u128 interval = mean * fixed_exponential(random_next(&shape->random)) >> 32;

    if (interval < chaos->min_interval_ns)
        return chaos->min_interval_ns;
    return interval > chaos->max_interval_ns ? chaos->max_interval_ns : (uint64_t)interval;
}

static uint32_t between(uint32_t from, uint32_t to, uint64_t part, uint64_t whole)
{
    return from <= to ? from + (uint32_t)((u128)(to - from) * part / whole) : from - (uint32_t)((u128)(from - to) * part / whole);
}

/* The last spike that began, at an instant not before it. */
static uint32_t spike_at(const struct shape *shape, uint64_t at_ns)
{
    const struct plan_chaos *chaos = shape->chaos;
    uint64_t since = at_ns - shape->began_ns;

    if (shape->spikes == 0)
        return SHAPE_ONE_PPM;
    if (since < chaos->rise_ns)
        return between(shape->from_ppm, chaos->spike_ppm, since, chaos->rise_ns);
    since -= chaos->rise_ns;
    if (since < chaos->hold_ns)
        return chaos->spike_ppm;
    since -= chaos->hold_ns;
    if (since >= chaos->fall_ns)
        return SHAPE_ONE_PPM;
    /* 1 + (factor - 1) e^(-3 part of the fall) */
    since = fixed_exp_minus((uint64_t)((u128)since * 3 * FIXED_ONE / chaos->fall_ns));
    return SHAPE_ONE_PPM + (uint32_t)((u128)(chaos->spike_ppm - SHAPE_ONE_PPM) * since >> 32);
}

static uint32_t advance_spikes(struct shape *shape, uint64_t at_ns)
{
    while (shape->next_ns <= at_ns) {
        uint64_t interval;

        shape->from_ppm = spike_at(shape, shape->next_ns);
        shape->began_ns = shape->next_ns;
        shape->spikes++;
        interval = draw_interval(shape);
        shape->next_ns = interval > NEVER - shape->next_ns ? NEVER : shape->next_ns + interval;
    }
    return spike_at(shape, at_ns);
}

/* ---- the whole ---- */

static void rewind_shape(struct shape *shape)
{
    shape->cell = NEVER;
    random_init(&shape->random, shape->seed, STREAM_SPIKES);
    shape->spikes = shape->began_ns = 0;
    shape->from_ppm = SHAPE_ONE_PPM;
    shape->next_ns = shape->chaos->spikes_per_hour_ppm > 0 ? draw_interval(shape) : NEVER;
    shape_noise_init(&shape->noise, shape->chaos->noise, shape->chaos->noise_ppm, shape->seed);
}

struct shape *shape_new(const struct plan_chaos *chaos, uint64_t seed, uint64_t start_wall_ns)
{
    struct shape *shape = mem_alloc(sizeof *shape);

    shape->chaos = chaos;
    shape->seed = seed;
    shape_hours_init(&shape->hours, chaos->hours, chaos->hours_count, start_wall_ns);
    rewind_shape(shape);
    return shape;
}

void shape_free(struct shape *shape)
{
    if (shape == NULL)
        return;
    shape_hours_release(&shape->hours);
    free(shape);
}

struct shape_parts shape_parts(struct shape *shape, uint64_t cell)
{
    struct shape_parts parts;
    u128 product;

    if (shape->cell != NEVER && cell < shape->cell)
        rewind_shape(shape);
    shape->cell = cell;
    parts.spike_ppm = advance_spikes(shape, cell * SHAPE_CELL_NS + SHAPE_CELL_NS / 2);
    parts.noise_ppm = (uint32_t)((int32_t)SHAPE_ONE_PPM + shape_noise_ppm(&shape->noise, cell));
    parts.schedule_ppm = shape_hours_ppm(&shape->hours, cell);
    parts.spikes = shape->spikes;
    product = (u128)parts.schedule_ppm * parts.spike_ppm * parts.noise_ppm;
    product = (product + (u128)SHAPE_ONE_PPM * SHAPE_ONE_PPM / 2) / ((u128)SHAPE_ONE_PPM * SHAPE_ONE_PPM);
    parts.factor_ppm = product > UINT32_MAX ? UINT32_MAX : (uint32_t)product;
    return parts;
}

uint32_t shape_factor_ppm(struct shape *shape, uint64_t cell)
{
    return shape_parts(shape, cell).factor_ppm;
}

void shape_was_paused(struct shape *shape, uint64_t from_cell, uint64_t paused_ns)
{
    shape_hours_delay(&shape->hours, from_cell, paused_ns);
}
