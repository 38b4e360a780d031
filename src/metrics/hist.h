/* A log-linear histogram of times in ns, like HdrHistogram: 2^bits buckets to an octave, so a value is known to 2^-bits of
 * itself; bits 10 = 0.1 % (totals), bits 7 = 0.8 % (intervals). Exact count, sum, min and max stand beside it; values over
 * 1 h are counted in `overflow` as well and count as the last bucket. Buckets live in pages of 64 that exist only where a
 * value fell. Single writer; merging is addition. Pages come from a pool, which only its owner thread touches. */
#ifndef ONAGER_HIST_H
#define ONAGER_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "onager/snapshot.h"

#define HIST_FINE_BITS 10
#define HIST_COARSE_BITS 7
#define HIST_MAX_NS 3600000000000ULL
#define HIST_PAGE_BUCKETS 64

struct hist_pool; /* recycles pages; grows in slabs */

struct hist {
    uint64_t count, sum_ns, min_ns, max_ns, overflow; /* min_ns UINT64_MAX while empty */
    uint64_t **pages;                                 /* NULL where nothing was counted */
    struct hist_pool *pool;                           /* borrowed */
    uint32_t page_count;
    uint8_t bits;
};

struct hist_pool *hist_pool_new(size_t reserved_pages);
void hist_pool_free(struct hist_pool *pool);                       /* after every hist that uses it; NULL is allowed */
size_t hist_pool_pages(const struct hist_pool *pool);              /* free or in use */
size_t hist_pool_misses(const struct hist_pool *pool);             /* how often a record had to grow the pool */
void hist_pool_reserve(struct hist_pool *pool, size_t free_pages); /* grows so that so many are free */

void hist_init(struct hist *hist, unsigned bits, struct hist_pool *pool);
void hist_clear(struct hist *hist); /* gives the pages back, keeps the rest */
void hist_release(struct hist *hist);

uint64_t *hist_page_add(struct hist *hist, uint32_t page); /* slow path of hist_record */

static inline uint32_t hist_index(unsigned bits, uint64_t ns)
{
    unsigned shift;

    if (ns < (1ULL << bits))
        return (uint32_t)ns;
    shift = 63u - (unsigned)__builtin_clzll(ns) - bits;
    return ((uint32_t)(shift + 1) << bits) + (uint32_t)((ns >> shift) - (1ULL << bits));
}

uint64_t hist_bucket_floor(unsigned bits, uint32_t index); /* least value of a bucket */
uint64_t hist_bucket_top(unsigned bits, uint32_t index);   /* greatest value of a bucket */

/* hist_record() where the compiler knows the bits of the histogram: a few instructions less. */
static inline __attribute__((always_inline)) void hist_record_bits(struct hist *hist, unsigned bits, uint64_t ns)
{
    uint32_t index;
    uint64_t *page;

    hist->count++;
    hist->sum_ns += ns;
    if (ns < hist->min_ns)
        hist->min_ns = ns;
    if (ns > hist->max_ns)
        hist->max_ns = ns;
    if (__builtin_expect(ns > HIST_MAX_NS, 0)) {
        hist->overflow++;
        ns = HIST_MAX_NS;
    }
    index = hist_index(bits, ns);
    page = hist->pages[index / HIST_PAGE_BUCKETS];
    if (__builtin_expect(page == NULL, 0))
        page = hist_page_add(hist, index / HIST_PAGE_BUCKETS);
    page[index % HIST_PAGE_BUCKETS]++;
}

/* Never allocates unless the pool ran dry (counted). */
static inline void hist_record(struct hist *hist, uint64_t ns)
{
    hist_record_bits(hist, hist->bits, ns);
}

/* Adds `from` to `to`; a finer one may be added to a coarser one (exact: coarse buckets are unions of fine ones). */
void hist_merge(struct hist *to, const struct hist *from);
/* Takes away what was added before (sliding windows); min and max become bucket bounds of what is left. */
void hist_subtract(struct hist *from, const struct hist *what);

/* Value at quantile q in [0,1]: middle of its bucket, clamped to [min, max]; exact min for 0 and max for 1. UINT64_MAX when empty. */
uint64_t hist_quantile(const struct hist *hist, double q);
/* All the quantiles of a snap_trend in one walk. */
void hist_trend(const struct hist *hist, struct snap_trend *trend);
/* Values in [floor, top) by whole buckets. */
uint64_t hist_count_between(const struct hist *hist, uint64_t floor_ns, uint64_t top_ns);

/* HdrHistogram V2 (compressed, base64), unit 1 µs, readable by the HdrHistogram tools. Appends to out. */
void hist_export_hdr(const struct hist *hist, struct buf *out);

#endif
