/* The history of a run, writing side: seconds add up in an open record, which is sealed into the arena and published.
 * Control thread only; what readers may see and when is told in history_internal.h. */
#include "history_write.h"

#include <stdlib.h>
#include <string.h>

#include "history_internal.h"
#include "mem.h"

#define CHUNK_BYTES ((size_t)256 << 10)
#define BYTES_PER_KB 1000
#define LEB_BYTES 10

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    max_align_t bytes[];
};

static void *arena_take(struct history *history, size_t size)
{
    struct arena_chunk *chunk = history->chunks;
    void *block;

    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (chunk == NULL || chunk->size - chunk->used < size) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;

        chunk = mem_alloc(sizeof *chunk + room);
        chunk->size = room;
        chunk->next = history->chunks;
        history->chunks = chunk;
    }
    block = (char *)chunk->bytes + chunk->used;
    chunk->used += size;
    history->bytes += size;
    return block;
}

struct history *history_new(uint32_t rows)
{
    struct history *history = mem_alloc(sizeof *history);

    INVARIANT(rows < UINT16_MAX);
    history->rows = rows;
    history->references = 1;
    history->pool = hist_pool_new(0);
    history->open = mem_array((size_t)rows + 1, sizeof *history->open);
    return history;
}

void history_hold(struct history *history)
{
    history->references++;
}

void history_drop(struct history *history)
{
    if (history == NULL || --history->references > 0)
        return;
    for (size_t row = 0; row <= history->rows; row++)
        hist_release(&history->open[row].duration);
    hist_pool_free(history->pool);
    free(history->open);
    while (history->chunks != NULL) {
        struct arena_chunk *chunk = history->chunks;

        history->chunks = chunk->next;
        free(chunk);
    }
    free(history);
}

size_t history_bytes(const struct history *history)
{
    return history->bytes;
}

static uint32_t capped(uint64_t count)
{
    return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

static void add_capped(uint32_t *to, uint32_t count)
{
    *to = capped((uint64_t)*to + count);
}

static void open_point(struct history_point *open, const struct history_point *second)
{
    if (open->seconds == 0) {
        *open = *second;
        return;
    }
    open->seconds += second->seconds;
    add_capped(&open->planned, second->planned);
    add_capped(&open->started, second->started);
    add_capped(&open->completed, second->completed);
    add_capped(&open->dropped, second->dropped);
    open->vus_busy = second->vus_busy;
    open->vus_allocated = second->vus_allocated;
    open->in_flight = second->in_flight;
    if (second->response_p95 > open->response_p95)
        open->response_p95 = second->response_p95;
    if (second->lag_p99 > open->lag_p99)
        open->lag_p99 = second->lag_p99;
    open->verdict_codes |= second->verdict_codes;
    open->is_paused = open->is_paused && second->is_paused;
    open->is_late = open->is_late || second->is_late;
}

static void open_row(struct history *history, const struct history_row_input *input)
{
    struct open_row *row;

    INVARIANT(input->row <= history->rows);
    row = &history->open[input->row];
    row->count += input->count;
    row->failed += input->failed;
    row->bytes_received += input->bytes_received;
    if (input->duration == NULL || input->duration->count == 0)
        return;
    if (row->duration.pages == NULL)
        hist_init(&row->duration, HIST_COARSE_BITS, history->pool);
    hist_merge(&row->duration, input->duration);
}

static bool had_requests(const struct open_row *row)
{
    return row->count > 0 || row->duration.count > 0 || row->bytes_received >= BYTES_PER_KB;
}

static void seal_row(const struct open_row *open, struct history_row *row)
{
    struct snap_trend trend;

    *row = (struct history_row){ .count = capped(open->count),
                                 .failed = capped(open->failed),
                                 .bytes_received_kb = capped(open->bytes_received / BYTES_PER_KB) };
    if (open->duration.count == 0)
        return;
    hist_trend(&open->duration, &trend);
    row->p50 = history_log_encode(trend.p50_ns);
    row->p90 = history_log_encode(trend.p90_ns);
    row->p95 = history_log_encode(trend.p95_ns);
    row->p99 = history_log_encode(trend.p99_ns);
    row->max = history_log_encode(trend.max_ns);
}

static uint8_t *put_leb(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

/* Appends one row's heat: the mask of the bands in use, then the count of each. A bucket belongs to the band of its floor. */
static uint8_t *seal_heat(const struct hist *hist, uint8_t *at)
{
    uint64_t bands[HISTORY_HEAT_BANDS] = { 0 }, mask = 0;
    unsigned band = 0;

    for (uint32_t p = 0; hist->pages != NULL && p < hist->page_count; p++)
        for (unsigned i = 0; hist->pages[p] != NULL && i < HIST_PAGE_BUCKETS; i++) {
            uint64_t floor_ns = hist_bucket_floor(hist->bits, p * HIST_PAGE_BUCKETS + i);

            while (band + 1 < HISTORY_HEAT_BANDS && history_heat_band_floor_ns(band + 1) <= floor_ns)
                band++;
            bands[band] += hist->pages[p][i];
        }
    for (band = 0; band < HISTORY_HEAT_BANDS; band++)
        if (bands[band] > 0)
            mask |= 1ULL << band;
    at = put_leb(at, mask);
    for (band = 0; band < HISTORY_HEAT_BANDS; band++)
        if (bands[band] > 0)
            at = put_leb(at, capped(bands[band]));
    return at;
}

static uint32_t seal_buckets(const struct hist *hist, uint16_t *buckets, uint32_t *counts)
{
    uint32_t n = 0;

    for (uint32_t p = 0; hist->pages != NULL && p < hist->page_count; p++)
        for (unsigned i = 0; hist->pages[p] != NULL && i < HIST_PAGE_BUCKETS; i++)
            if (hist->pages[p][i] != 0) {
                buckets[n] = (uint16_t)(p * HIST_PAGE_BUCKETS + i);
                counts[n++] = capped(hist->pages[p][i]);
            }
    return n;
}

/* The open record as a block of the arena. */
static const struct record *seal(struct history *history)
{
    uint8_t heat[(HISTORY_HEAT_ROWS + 1) * (LEB_BYTES + HISTORY_HEAT_BANDS * 5)], *heat_end = heat;
    uint16_t buckets[COARSE_BUCKETS];
    uint32_t counts[COARSE_BUCKETS], row_count = 0, bucket_count;
    size_t rows_bytes, counts_bytes, buckets_bytes, numbers_bytes;
    struct history_row *rows;
    struct record *record;
    uint16_t *numbers;
    char *at;

    for (uint32_t row = 0; row <= history->rows; row++) {
        const struct open_row *open = &history->open[row];

        if (!had_requests(open))
            continue;
        row_count++;
        if (row <= HISTORY_HEAT_ROWS)
            heat_end = seal_heat(&open->duration, heat_end);
    }
    INVARIANT(history->open[0].duration.page_count * HIST_PAGE_BUCKETS <= COARSE_BUCKETS);
    bucket_count = seal_buckets(&history->open[0].duration, buckets, counts);

    rows_bytes = row_count * sizeof *rows;
    counts_bytes = bucket_count * sizeof *counts;
    buckets_bytes = bucket_count * sizeof *buckets;
    numbers_bytes = row_count * sizeof *numbers;
    record = arena_take(history, sizeof *record + rows_bytes + counts_bytes + buckets_bytes + numbers_bytes + (size_t)(heat_end - heat));
    at = (char *)(record + 1);
    rows = (void *)at;
    record->point = history->point;
    record->min_ns = history->open[0].duration.min_ns;
    record->max_ns = history->open[0].duration.max_ns;
    record->rows = rows;
    record->bucket_counts = memcpy(at += rows_bytes, counts, counts_bytes);
    record->buckets = memcpy(at += counts_bytes, buckets, buckets_bytes);
    record->row_numbers = numbers = (void *)(at += buckets_bytes);
    record->heat = memcpy(at + numbers_bytes, heat, (size_t)(heat_end - heat));
    record->row_count = row_count;
    record->bucket_count = bucket_count;
    for (uint32_t row = 0; row <= history->rows; row++)
        if (had_requests(&history->open[row])) {
            seal_row(&history->open[row], rows++);
            *numbers++ = (uint16_t)row;
        }
    return record;
}

static void open_clear(struct history *history)
{
    history->point.seconds = 0;
    for (uint32_t i = 0; i <= history->rows; i++) {
        struct open_row *row = &history->open[i];

        row->count = row->failed = 0;
        row->bytes_received %= BYTES_PER_KB;
        if (row->duration.pages != NULL)
            hist_clear(&row->duration);
    }
}

/* Publishes the open record, or a longer copy of the last one when the table is full: that one stays open for good. */
static void publish(struct history *history)
{
    size_t published = atomic_load_explicit(&history->published, memory_order_relaxed);
    size_t slot = published < RECORDS_MAX ? published : RECORDS_MAX - 1;

    atomic_store_explicit(&history->records[slot], seal(history), memory_order_release);
    if (published < RECORDS_MAX)
        atomic_store_explicit(&history->published, published + 1, memory_order_release);
    if (slot == RECORDS_MAX - 1)
        history->sealed_seconds = history->point.seconds;
    else
        open_clear(history);
}

void history_append(struct history *history, const struct history_point *point, const struct history_row_input *inputs, size_t count)
{
    size_t published = atomic_load_explicit(&history->published, memory_order_relaxed);
    uint32_t wanted_seconds = published < RECORDS_OF_1_S ? 1 : published < RECORDS_MAX ? 10 : 2 * history->sealed_seconds;

    INVARIANT(point->seconds == 1 && (count == 0 || inputs[0].row == 0));
    open_point(&history->point, point);
    for (size_t i = 0; i < count; i++)
        open_row(history, &inputs[i]);
    if (history->point.seconds >= wanted_seconds)
        publish(history);
}

void history_flush(struct history *history)
{
    size_t published = atomic_load_explicit(&history->published, memory_order_relaxed);

    if (history->point.seconds > (published < RECORDS_MAX ? 0 : history->sealed_seconds))
        publish(history);
}
