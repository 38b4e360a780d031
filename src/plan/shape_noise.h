/* Noise of chaos traffic: a small factor that wanders. Integers only, so the same seed wanders alike everywhere. Pure; one owner. */
#ifndef ONAGER_SHAPE_NOISE_H
#define ONAGER_SHAPE_NOISE_H

#include <stdint.h>

#include "onager/plan.h"
#include "random.h"

#define NOISE_OCTAVES 3

struct shape_noise {
    enum chaos_noise kind;
    uint32_t amplitude_ppm;
    uint64_t seed;
    /* spring */
    struct random random;
    uint64_t cell; /* the next one it moves to */
    int64_t value, velocity, target;
    /* perlin */
    struct noise_lattice {
        uint64_t point; /* the slopes are those of this one and the next */
        int64_t left, right;
    } lattice[NOISE_OCTAVES];
    uint64_t offset[NOISE_OCTAVES]; /* of its lattice, so that the octaves are not all 0 at the same instants */
};

void shape_noise_init(struct shape_noise *noise, enum chaos_noise kind, uint32_t amplitude_ppm, uint64_t seed);
/* The deviation of a cell of 100 ms, within -amplitude .. amplitude, in millionths. Cells ascend. */
int32_t shape_noise_ppm(struct shape_noise *noise, uint64_t cell);

#endif
