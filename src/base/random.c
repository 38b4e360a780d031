/* xoshiro256** (Blackman, Vigna: "Scrambled linear pseudorandom number generators", 2021), seeded by splitmix64. */
#include "random.h"

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

void random_init(struct random *random, uint64_t seed, uint64_t stream)
{
    uint64_t a = seed;
    uint64_t b = stream ^ 0x6a09e667f3bcc909ULL;
    uint64_t x = splitmix(&a) ^ splitmix(&b);

    for (int i = 0; i < 4; i++)
        random->state[i] = splitmix(&x);
}

uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t limit)
{
    /* Lemire's multiply-shift with rejection of the biased part */
    unsigned __int128 product = (unsigned __int128)random_next(random) * limit;

    if ((uint64_t)product < limit) {
        uint64_t floor = (0 - limit) % limit;

        while ((uint64_t)product < floor)
            product = (unsigned __int128)random_next(random) * limit;
    }
    return (uint64_t)(product >> 64);
}

double random_unit(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}
