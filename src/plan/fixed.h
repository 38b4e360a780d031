/* Fixed-point exponential and logarithm: the same bits on every machine, which the C library does not promise. Pure; any thread.
 * Q32: a number times 2^32. */
#ifndef ONAGER_FIXED_H
#define ONAGER_FIXED_H

#include <stdint.h>

#define FIXED_ONE (UINT64_C(1) << 32)

/* -ln((r + 1) / 2^64), from 0 to 44.4: an exponential variate of mean 1 where r is a random word. Error below 2^-28. */
uint64_t fixed_exponential(uint64_t r);

/* e^-x for x >= 0. Error below 2^-30. */
uint64_t fixed_exp_minus(uint64_t x);

#endif
