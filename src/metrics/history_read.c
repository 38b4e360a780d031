/* The history of a run, reading side, and its codes for times. Any thread; allocates only in history_merge(). Knows nothing of
 * how records come about (history.c). */
#include "onager/history.h"

#include "history_internal.h"

#define LOG_BITS 11 /* 2048 codes to an octave: the middle of one is at most 0.025 % away from what it stands for */

/* NULL when it is not published. */
static const struct record *record_at(const struct history *history, size_t index)
{
    if (index >= history_points(history))
        return NULL;
    return atomic_load_explicit(&history->records[index], memory_order_acquire);
}

size_t history_points(const struct history *history)
{
    return atomic_load_explicit(&history->published, memory_order_acquire);
}

bool history_point(const struct history *history, size_t index, struct history_point *point)
{
    const struct record *record = record_at(history, index);

    if (record == NULL)
        return false;
    *point = record->point;
    return true;
}

/* Where the row stands in the record, or row_count. */
static uint32_t row_find(const struct record *record, uint32_t row)
{
    uint32_t low = 0, high = record->row_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (record->row_numbers[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < record->row_count && record->row_numbers[low] == row ? low : record->row_count;
}

bool history_row(const struct history *history, size_t index, uint32_t row, struct history_row *out)
{
    const struct record *record = record_at(history, index);
    uint32_t at;

    *out = (struct history_row){ 0 };
    if (record == NULL || row > history->rows)
        return false;
    at = row_find(record, row);
    if (at < record->row_count)
        *out = record->rows[at];
    return true;
}

static const uint8_t *get_leb(const uint8_t *at, uint64_t *value)
{
    unsigned shift = 0;

    *value = 0;
    do {
        *value |= (uint64_t)(*at & 0x7f) << shift;
        shift += 7;
    } while ((*at++ & 0x80) != 0);
    return at;
}

bool history_heat(const struct history *history, size_t index, uint32_t row, uint32_t bands[HISTORY_HEAT_BANDS])
{
    const struct record *record = record_at(history, index);
    const uint8_t *at;
    uint32_t found;

    for (unsigned i = 0; i < HISTORY_HEAT_BANDS; i++)
        bands[i] = 0;
    if (record == NULL || row > history->rows || row > HISTORY_HEAT_ROWS)
        return false;
    found = row_find(record, row);
    if (found == record->row_count)
        return true;
    at = record->heat;
    for (uint32_t i = 0; i <= found; i++) {
        uint64_t mask, count;

        at = get_leb(at, &mask);
        for (; mask != 0; mask &= mask - 1) {
            at = get_leb(at, &count);
            if (i == found)
                bands[__builtin_ctzll(mask)] = (uint32_t)count;
        }
    }
    return true;
}

static void merge_record(struct hist *to, const struct record *record)
{
    for (uint32_t i = 0; i < record->bucket_count; i++) {
        uint32_t bucket = record->buckets[i];
        uint64_t *page = to->pages[bucket / HIST_PAGE_BUCKETS];

        if (page == NULL)
            page = hist_page_add(to, bucket / HIST_PAGE_BUCKETS);
        page[bucket % HIST_PAGE_BUCKETS] += record->bucket_counts[i];
        to->count += record->bucket_counts[i];
    }
    if (record->bucket_count > 0 && record->min_ns < to->min_ns)
        to->min_ns = record->min_ns;
    if (record->bucket_count > 0 && record->max_ns > to->max_ns)
        to->max_ns = record->max_ns;
}

void history_merge(const struct history *history, size_t from, size_t to, struct history_quantiles *out)
{
    struct hist_pool *pool = hist_pool_new(0);
    size_t published = history_points(history);
    struct snap_trend trend;
    struct hist merged;

    hist_init(&merged, HIST_COARSE_BITS, pool);
    for (size_t i = from; i < to && i < published; i++)
        merge_record(&merged, record_at(history, i));
    hist_trend(&merged, &trend);
    *out = (struct history_quantiles){ .count = trend.count,
                                       .min_ns = trend.min_ns,
                                       .max_ns = trend.max_ns,
                                       .p50_ns = trend.p50_ns,
                                       .p90_ns = trend.p90_ns,
                                       .p95_ns = trend.p95_ns,
                                       .p99_ns = trend.p99_ns };
    hist_release(&merged);
    hist_pool_free(pool);
}

uint16_t history_log_encode(uint64_t ns)
{
    uint32_t index = ns < 1ULL << 42 ? hist_index(LOG_BITS, ns) : UINT16_MAX - 1;

    return (uint16_t)(index < UINT16_MAX ? index + 1 : UINT16_MAX);
}

uint64_t history_log_decode(uint16_t code)
{
    uint64_t floor_ns;

    if (code == 0)
        return 0;
    floor_ns = hist_bucket_floor(LOG_BITS, code - 1u);
    return floor_ns + (hist_bucket_top(LOG_BITS, code - 1u) - floor_ns) / 2;
}

uint64_t history_heat_band_floor_ns(unsigned band)
{
    /* 1 s * 10^(i/8); band 40 begins at 1 s */
    static const uint64_t eighths_ns[8] = {
        1000000000, 1333521432, 1778279410, 2371373706, 3162277660, 4216965034, 5623413252, 7498942093
    };
    uint64_t floor_ns;

    if (band == 0)
        return 0;
    if (band >= HISTORY_HEAT_BANDS)
        return UINT64_MAX;
    floor_ns = eighths_ns[band % 8];
    for (unsigned decade = band / 8; decade < 5; decade++)
        floor_ns /= 10;
    return floor_ns;
}
