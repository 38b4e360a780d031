/* Which row an iteration gets. Pure but for the cursor. */
#include "dataset_internal.h"

/* splitmix64's finaliser: mixes well and is cheap. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* A permutation of 0 .. count - 1 that needs no memory: a Feistel network over the next power of four, walked until it leads back
 * below count (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002). At most four steps on average. */
static uint64_t permute(uint64_t index, uint64_t count, uint64_t key)
{
    unsigned half = 1;
    uint64_t mask;

    while (half < 32 && (UINT64_C(1) << (2 * half)) < count)
        half++;
    mask = (UINT64_C(1) << half) - 1;
    do {
        uint64_t left = index >> half, right = index & mask;

        for (unsigned round = 0; round < 4; round++) {
            uint64_t next = left ^ (mix(right + key + ((uint64_t)round << 40)) & mask);

            left = right;
            right = next;
        }
        index = left << half | right;
    } while (index >= count);
    return index;
}

bool dataset_draw(const struct dataset *dataset, struct dataset_cursor *cursor, const struct dataset_caller *caller, uint64_t *row)
{
    uint64_t count = dataset->row_count, n;

    switch (dataset->plan->mode) {
    case DATA_RANDOM:
        *row = random_below(caller->random, count);
        return true;
    case DATA_PER_VU:
        *row = (caller->vu > 0 ? caller->vu - 1 : 0) % count;
        return true;
    case DATA_UNIQUE:
        if (atomic_load_explicit(&cursor->next, memory_order_relaxed) < count) {
            *row = atomic_fetch_add_explicit(&cursor->next, 1, memory_order_relaxed);
            if (*row < count)
                return true;
        }
        atomic_store_explicit(&cursor->is_used_up, true, memory_order_relaxed);
        return false;
    case DATA_SHUFFLE:
        n = atomic_fetch_add_explicit(&cursor->next, 1, memory_order_relaxed);
        *row = permute(n % count, count, mix(caller->seed + n / count));
        return true;
    case DATA_SEQUENTIAL:
        break;
    }
    *row = atomic_fetch_add_explicit(&cursor->next, 1, memory_order_relaxed) % count;
    return true;
}
