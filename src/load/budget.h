/* What the workers of one process share about a scenario, and nothing else: atomics on cache lines of their own. */
#ifndef ONAGER_BUDGET_H
#define ONAGER_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct budget {
    /* Busy VUs in all workers together, at most max_vus. Relaxed: it is a count, it publishes nothing. */
    _Alignas(64) atomic_uint_fast64_t vus;
    /* Iterations taken from a shared budget. Relaxed, for the same reason. */
    _Alignas(64) atomic_uint_fast64_t iterations;
    /* VUs that would have been enough for the arrivals that found none, all workers together; 0: each found one. Relaxed. */
    _Alignas(64) atomic_uint_fast64_t needed;
};

/* One more busy VU, or false when max are. */
static inline bool budget_take_vu(struct budget *budget, uint64_t max)
{
    if (atomic_load_explicit(&budget->vus, memory_order_relaxed) < max) {
        if (atomic_fetch_add_explicit(&budget->vus, 1, memory_order_relaxed) < max)
            return true;
        atomic_fetch_sub_explicit(&budget->vus, 1, memory_order_relaxed);
    }
    return false;
}

static inline void budget_give_vu(struct budget *budget)
{
    atomic_fetch_sub_explicit(&budget->vus, 1, memory_order_relaxed);
}

/* One more iteration of `limit`, or false when all are taken. */
static inline bool budget_take_iteration(struct budget *budget, uint64_t limit)
{
    if (atomic_load_explicit(&budget->iterations, memory_order_relaxed) >= limit)
        return false;
    return atomic_fetch_add_explicit(&budget->iterations, 1, memory_order_relaxed) < limit;
}

static inline bool budget_is_used_up(struct budget *budget, uint64_t limit)
{
    return atomic_load_explicit(&budget->iterations, memory_order_relaxed) >= limit;
}

/* Takes all that is left, so that exactly one worker counts it as cancelled. */
static inline uint64_t budget_take_rest(struct budget *budget, uint64_t limit)
{
    uint64_t taken = atomic_exchange_explicit(&budget->iterations, UINT64_MAX / 2, memory_order_relaxed);

    return taken < limit ? limit - taken : 0;
}

#endif
