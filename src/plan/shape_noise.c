/* Spring: every 100 ms one chance in ten of a new random target, and a damped spring that pulls towards it (velocity = 0.3 velocity +
 * 0.1 way to the target). Perlin: gradient noise (Perlin, "Improving noise", 2002) in one dimension, three octaves of 10 s, 5 s
 * and 2.5 s, each half as strong as the one before. */
#include "shape_noise.h"

#include "mem.h"

#define STREAM_SPRING 2
#define STREAM_LATTICE 16 /* and what follows, one stream per point */
#define PERIOD_CELLS 100  /* of the first octave: 10 s */
#define FINE 1000000000   /* the spring moves in billionths of the amplitude */
#define Q 20              /* bits behind the point in the lattice */
#define ONE (INT64_C(1) << Q)

void shape_noise_init(struct shape_noise *noise, enum chaos_noise kind, uint32_t amplitude_ppm, uint64_t seed)
{
    *noise = (struct shape_noise){ .kind = kind, .amplitude_ppm = amplitude_ppm, .seed = seed };
    random_init(&noise->random, seed, STREAM_SPRING);
    for (int i = 0; i < NOISE_OCTAVES; i++) {
        noise->offset[i] = random_below(&noise->random, PERIOD_CELLS);
        noise->lattice[i].point = UINT64_MAX;
    }
}

/* ---- spring ---- */

static void spring_step(struct shape_noise *noise)
{
    if (random_below(&noise->random, 10) == 0)
        noise->target = (int64_t)random_below(&noise->random, 2 * (uint64_t)FINE + 1) - FINE;
    noise->velocity = (3 * noise->velocity + noise->target - noise->value) / 10;
    noise->value += noise->velocity;
    if (noise->value > FINE)
        noise->value = FINE;
    if (noise->value < -FINE)
        noise->value = -FINE;
}

static int64_t spring_at(struct shape_noise *noise, uint64_t cell)
{
    for (; noise->cell <= cell; noise->cell++)
        spring_step(noise);
    return noise->value;
}

/* ---- gradient noise ---- */

/* The slope at a point of a lattice, -1 to 1, a pure function of seed, octave and point. */
static int64_t gradient(uint64_t seed, int octave, uint64_t point)
{
    struct random random;

    random_init(&random, seed, STREAM_LATTICE + point * NOISE_OCTAVES + (uint64_t)octave);
    return (int64_t)random_below(&random, 2 * (uint64_t)ONE + 1) - ONE;
}

/* 6 t^5 - 15 t^4 + 10 t^3 */
static int64_t fade(int64_t t)
{
    int64_t inner = t * (t * 6 - 15 * ONE) / ONE + 10 * ONE;

    return t * t / ONE * t / ONE * inner / ONE;
}

/* One octave, -1 to 1. */
static int64_t octave_at(struct shape_noise *noise, int octave, uint64_t cell)
{
    uint64_t place = (cell + noise->offset[octave]) << octave; /* in periods of PERIOD_CELLS */
    uint64_t point = place / PERIOD_CELLS;
    int64_t way = (int64_t)(place % PERIOD_CELLS) * ONE / PERIOD_CELLS;
    struct noise_lattice *lattice = &noise->lattice[octave];
    int64_t left, right;

    if (lattice->point != point)
        *lattice = (struct noise_lattice){ point, gradient(noise->seed, octave, point), gradient(noise->seed, octave, point + 1) };
    left = lattice->left * way / ONE;
    right = lattice->right * (way - ONE) / ONE;
    /* a slope of 1 gives 0.5 half way at most */
    return 2 * (left + fade(way) * (right - left) / ONE);
}

static int64_t perlin_at(struct shape_noise *noise, uint64_t cell)
{
    int64_t sum = 0, weights = 0;

    for (int i = 0; i < NOISE_OCTAVES; i++) {
        int64_t weight = INT64_C(1) << (NOISE_OCTAVES - 1 - i);

        sum += octave_at(noise, i, cell) * weight;
        weights += weight;
    }
    return sum / weights;
}

int32_t shape_noise_ppm(struct shape_noise *noise, uint64_t cell)
{
    switch (noise->kind) {
    case CHAOS_NOISE_SPRING:
        INVARIANT(cell + 1 >= noise->cell);
        return (int32_t)(spring_at(noise, cell) * noise->amplitude_ppm / FINE);
    case CHAOS_NOISE_PERLIN:
        return (int32_t)(perlin_at(noise, cell) * noise->amplitude_ppm / ONE);
    case CHAOS_NOISE_NONE:
        break;
    }
    return 0;
}
