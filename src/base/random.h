/* Deterministic random numbers: splitmix64 to seed, xoshiro256** to draw. One owner per state; any thread. */
#ifndef ONAGER_RANDOM_H
#define ONAGER_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

/* The same seed and stream give the same numbers on every machine; different streams are independent. */
void random_init(struct random *random, uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *random);
uint64_t random_below(struct random *random, uint64_t limit); /* 0..limit-1 without bias; limit > 0 */
double random_unit(struct random *random);                    /* [0, 1) */

#endif
