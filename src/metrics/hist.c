/* The log-linear histogram: buckets, pages and quantiles. Pure but for the pool; its owner's thread only. */
#include "hist.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define SLAB_PAGES 64

struct slab {
    struct slab *next;
    uint64_t pages[SLAB_PAGES][HIST_PAGE_BUCKETS];
};

struct hist_pool {
    struct slab *slabs;
    uint64_t **free_pages; /* stack of zeroed pages */
    size_t free_count, capacity, misses;
};

static void pool_grow(struct hist_pool *pool)
{
    struct slab *slab = mem_alloc(sizeof *slab);

    slab->next = pool->slabs;
    pool->slabs = slab;
    pool->capacity += SLAB_PAGES;
    pool->free_pages = mem_resize(pool->free_pages, pool->capacity, sizeof *pool->free_pages);
    for (size_t i = 0; i < SLAB_PAGES; i++)
        pool->free_pages[pool->free_count++] = slab->pages[i];
}

struct hist_pool *hist_pool_new(size_t reserved_pages)
{
    struct hist_pool *pool = mem_alloc(sizeof *pool);

    hist_pool_reserve(pool, reserved_pages);
    return pool;
}

void hist_pool_free(struct hist_pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->slabs != NULL) {
        struct slab *slab = pool->slabs;

        pool->slabs = slab->next;
        free(slab);
    }
    free(pool->free_pages);
    free(pool);
}

size_t hist_pool_pages(const struct hist_pool *pool)
{
    return pool->capacity;
}

size_t hist_pool_misses(const struct hist_pool *pool)
{
    return pool->misses;
}

void hist_pool_reserve(struct hist_pool *pool, size_t free_pages)
{
    while (pool->free_count < free_pages)
        pool_grow(pool);
}

static uint64_t *pool_take(struct hist_pool *pool)
{
    if (pool->free_count == 0) {
        pool->misses++;
        pool_grow(pool);
    }
    return pool->free_pages[--pool->free_count];
}

static void pool_give(struct hist_pool *pool, uint64_t *page)
{
    memset(page, 0, HIST_PAGE_BUCKETS * sizeof *page);
    pool->free_pages[pool->free_count++] = page;
}

static void set_empty(struct hist *hist)
{
    hist->count = hist->sum_ns = hist->max_ns = hist->overflow = 0;
    hist->min_ns = UINT64_MAX;
}

void hist_init(struct hist *hist, unsigned bits, struct hist_pool *pool)
{
    hist->bits = (uint8_t)bits;
    hist->pool = pool;
    hist->page_count = hist_index(bits, HIST_MAX_NS) / HIST_PAGE_BUCKETS + 1;
    hist->pages = mem_array(hist->page_count, sizeof *hist->pages);
    set_empty(hist);
}

void hist_clear(struct hist *hist)
{
    if (hist->count > 0)
        for (uint32_t p = 0; p < hist->page_count; p++)
            if (hist->pages[p] != NULL) {
                pool_give(hist->pool, hist->pages[p]);
                hist->pages[p] = NULL;
            }
    set_empty(hist);
}

void hist_release(struct hist *hist)
{
    if (hist->pages == NULL)
        return;
    hist_clear(hist);
    free(hist->pages);
    hist->pages = NULL;
}

uint64_t *hist_page_add(struct hist *hist, uint32_t page)
{
    hist->pages[page] = pool_take(hist->pool);
    return hist->pages[page];
}

uint64_t hist_bucket_floor(unsigned bits, uint32_t index)
{
    uint32_t octave = index >> bits;

    if (octave == 0)
        return index;
    return ((uint64_t)(index & ((1u << bits) - 1)) + (1ULL << bits)) << (octave - 1);
}

uint64_t hist_bucket_top(unsigned bits, uint32_t index)
{
    return hist_bucket_floor(bits, index + 1) - 1;
}

static void add_page(struct hist *to, const struct hist *from, uint32_t page)
{
    uint64_t *own;

    if (to->bits == from->bits) {
        own = to->pages[page] != NULL ? to->pages[page] : hist_page_add(to, page);
        for (unsigned i = 0; i < HIST_PAGE_BUCKETS; i++)
            own[i] += from->pages[page][i];
        return;
    }
    for (unsigned i = 0; i < HIST_PAGE_BUCKETS; i++)
        if (from->pages[page][i] != 0) {
            /* a coarse bucket is a union of fine ones: the floor tells which */
            uint32_t index = hist_index(to->bits, hist_bucket_floor(from->bits, page * HIST_PAGE_BUCKETS + i));

            own = to->pages[index / HIST_PAGE_BUCKETS];
            if (own == NULL)
                own = hist_page_add(to, index / HIST_PAGE_BUCKETS);
            own[index % HIST_PAGE_BUCKETS] += from->pages[page][i];
        }
}

void hist_merge(struct hist *to, const struct hist *from)
{
    INVARIANT(to->bits <= from->bits);
    if (from->count == 0)
        return;
    to->count += from->count;
    to->sum_ns += from->sum_ns;
    to->overflow += from->overflow;
    if (from->min_ns < to->min_ns)
        to->min_ns = from->min_ns;
    if (from->max_ns > to->max_ns)
        to->max_ns = from->max_ns;
    for (uint32_t p = 0; p < from->page_count; p++)
        if (from->pages[p] != NULL)
            add_page(to, from, p);
}

/* Smallest and largest value that the buckets still hold. */
static void bound_by_buckets(struct hist *hist)
{
    hist->min_ns = UINT64_MAX;
    hist->max_ns = 0;
    for (uint32_t p = 0; p < hist->page_count; p++)
        for (unsigned i = 0; hist->pages[p] != NULL && i < HIST_PAGE_BUCKETS; i++)
            if (hist->pages[p][i] != 0) {
                uint32_t index = p * HIST_PAGE_BUCKETS + i;

                if (hist->min_ns == UINT64_MAX)
                    hist->min_ns = hist_bucket_floor(hist->bits, index);
                hist->max_ns = hist_bucket_top(hist->bits, index);
            }
}

void hist_subtract(struct hist *from, const struct hist *what)
{
    INVARIANT(from->bits == what->bits && from->count >= what->count);
    if (what->count == 0)
        return;
    from->count -= what->count;
    from->sum_ns -= what->sum_ns;
    from->overflow -= what->overflow;
    for (uint32_t p = 0; p < what->page_count; p++)
        for (unsigned i = 0; what->pages[p] != NULL && i < HIST_PAGE_BUCKETS; i++) {
            INVARIANT(what->pages[p][i] == 0 || (from->pages[p] != NULL && from->pages[p][i] >= what->pages[p][i]));
            if (what->pages[p][i] != 0)
                from->pages[p][i] -= what->pages[p][i];
        }
    bound_by_buckets(from);
}

/* The 1-based rank that quantile q asks for. */
static uint64_t rank_of(uint64_t count, double q)
{
    double exact = q * (double)count;
    uint64_t rank = (uint64_t)exact;

    if ((double)rank < exact)
        rank++;
    return rank < 1 ? 1 : rank > count ? count : rank;
}

/* Values at ascending ranks, in one walk. */
static void at_ranks(const struct hist *hist, const uint64_t *ranks, uint64_t *values, unsigned count)
{
    uint64_t seen = 0;
    unsigned next = 0;

    for (uint32_t p = 0; p < hist->page_count && next < count; p++)
        for (unsigned i = 0; hist->pages[p] != NULL && i < HIST_PAGE_BUCKETS && next < count; i++) {
            seen += hist->pages[p][i];
            while (next < count && ranks[next] <= seen) {
                uint32_t index = p * HIST_PAGE_BUCKETS + i;
                uint64_t floor = hist_bucket_floor(hist->bits, index);
                uint64_t middle = floor + (hist_bucket_top(hist->bits, index) - floor) / 2;

                values[next++] = middle < hist->min_ns ? hist->min_ns : middle > hist->max_ns ? hist->max_ns : middle;
            }
        }
}

uint64_t hist_quantile(const struct hist *hist, double q)
{
    uint64_t value = UINT64_MAX, rank;

    if (hist->count == 0)
        return value;
    if (q <= 0)
        return hist->min_ns;
    if (q >= 1)
        return hist->max_ns;
    rank = rank_of(hist->count, q);
    at_ranks(hist, &rank, &value, 1);
    return value;
}

void hist_trend(const struct hist *hist, struct snap_trend *trend)
{
    static const double quantiles[] = { 0.5, 0.9, 0.95, 0.99, 0.999 };
    uint64_t ranks[5], values[5];

    if (hist->count == 0) {
        *trend = (struct snap_trend){ 0, SNAP_NONE, SNAP_NONE, SNAP_NONE, SNAP_NONE, SNAP_NONE, SNAP_NONE, SNAP_NONE, SNAP_NONE };
        return;
    }
    for (unsigned i = 0; i < 5; i++)
        ranks[i] = rank_of(hist->count, quantiles[i]);
    at_ranks(hist, ranks, values, 5);
    *trend = (struct snap_trend){ hist->count, hist->min_ns, hist->max_ns, hist->sum_ns / hist->count, values[0], values[1],
                                  values[2],   values[3],    values[4] };
}

uint64_t hist_count_between(const struct hist *hist, uint64_t floor_ns, uint64_t top_ns)
{
    uint64_t sum = 0;

    for (uint32_t p = 0; p < hist->page_count; p++)
        for (unsigned i = 0; hist->pages[p] != NULL && i < HIST_PAGE_BUCKETS; i++) {
            uint64_t floor = hist_bucket_floor(hist->bits, p * HIST_PAGE_BUCKETS + i);

            if (floor >= floor_ns && floor < top_ns)
                sum += hist->pages[p][i];
        }
    return sum;
}
