/* Exponential and logarithm with integers alone. */
#include "fixed.h"

typedef unsigned __int128 u128;

#define LN2_Q64 UINT64_C(0xb17217f7d1cf79ac) /* ln 2 = 0.693147... times 2^64 */

uint64_t fixed_exponential(uint64_t r)
{
    u128 u = (u128)r + 1; /* 1 to 2^64 */
    unsigned whole = 0;
    uint64_t mantissa, log2 = 0;

    if (u >> 64 != 0)
        return 0;
    mantissa = (uint64_t)u;
    while (mantissa >> 63 == 0) {
        mantissa <<= 1;
        whole++;
    }
    /* log2 of a mantissa in [1, 2), bit after bit: squared, it is at least 2 where the next bit is 1 */
    for (int bit = 0; bit < 32; bit++) {
        u128 square = (u128)mantissa * mantissa;

        log2 <<= 1;
        if (square >> 127 != 0) {
            log2 |= 1;
            mantissa = (uint64_t)(square >> 64);
        } else {
            mantissa = (uint64_t)(square >> 63);
        }
    }
    /* u = mantissa * 2^(63 - whole), so -log2(u / 2^64) = 1 + whole - log2(mantissa) */
    return (uint64_t)(((u128)(((uint64_t)whole + 1) << 32) - log2) * LN2_Q64 >> 64);
}

uint64_t fixed_exp_minus(uint64_t x)
{
    const uint64_t ln2 = LN2_Q64 >> 32;
    uint64_t halvings = x / ln2, rest = (x % ln2) << 24; /* Q56: terms keep their low bits */
    uint64_t term = UINT64_C(1) << 56, sum = 0;

    if (halvings >= 32)
        return 0;
    /* e^-rest, by its series; rest < 0.7, so terms fall by a factor of n / 0.7 */
    for (unsigned n = 1; term != 0; n++) {
        sum += n % 2 == 1 ? term : 0 - term;
        term = (uint64_t)((u128)term * rest >> 56) / n;
    }
    return ((sum >> 23) + 1) / 2 >> halvings;
}
