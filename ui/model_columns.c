/* Columns of equal width from the records of the history. A percentile of a column is read from the merged histograms of its
 * seconds, never averaged; a column with too few requests for one takes as many before it as it needs. UI thread. */
#include <stdlib.h>
#include <string.h>

#include "model_cache.h"
#include "onager/units.h"

#define LOOK_BACK 120 /* records that a percentile may reach back for samples */

static const uint64_t samples_needed[LATENCY_COUNT] = { 1, 100, 20, 10, 2 }; /* 1 / (1 - q) */

bool model_record(const struct model *model, size_t back, struct history_point *point, struct history_row *row)
{
    size_t index;

    if (back >= model->points)
        return false;
    index = model->points - 1 - back;
    return history_point(model->shown->history, index, point) && history_row(model->shown->history, index, 0, row);
}

static uint32_t record_seconds(const struct model *model)
{
    struct history_point point;
    struct history_row row;

    return model->shown != NULL && model_record(model, 0, &point, &row) && point.seconds > 0 ? point.seconds : 1;
}

unsigned model_column_seconds(const struct model *model, int columns)
{
    uint64_t elapsed = model->shown != NULL ? model->shown->at_ns / NS_PER_S : 0, n = columns > 0 ? (uint64_t)columns : 1;
    uint64_t whole = (elapsed + n - 1) / n, limit = (90 + n - 1) / n, step = record_seconds(model);

    limit = limit < 3 ? 3 : limit;
    whole = whole < limit ? whole : limit;
    whole = whole < 1 ? 1 : whole;
    return (unsigned)((whole + step - 1) / step * step);
}

static uint64_t quantile_of(const struct history_quantiles *q, enum latency which)
{
    const uint64_t values[LATENCY_COUNT] = { q->max_ns, q->p99_ns, q->p95_ns, q->p90_ns, q->p50_ns };

    return values[which];
}

/* The latencies of the records [from, to), reaching back where they are too few. */
static void latencies_set(const struct model *model, size_t from, size_t to, struct column *column)
{
    const struct history *history = model->shown->history;
    struct history_quantiles own, wide;
    struct history_row row;
    uint64_t count = column->count;

    for (int i = 0; i < LATENCY_COUNT; i++)
        column->latency_ns[i] = SNAP_NONE;
    if (column->count == 0)
        return;
    history_merge(history, from, to, &own);
    for (size_t first = from, limit = from > LOOK_BACK ? from - LOOK_BACK : 0, merged = from; true;) {
        for (int i = LATENCY_COUNT - 1; i >= 0; i--) { /* the least demanding first */
            if (column->latency_ns[i] != SNAP_NONE || count < samples_needed[i])
                continue;
            if (first < from && merged != first) {
                history_merge(history, first, to, &wide);
                merged = first;
            }
            column->latency_ns[i] =
                first < from && i != LATENCY_MAX ? quantile_of(&wide, (enum latency)i) : quantile_of(&own, (enum latency)i);
            if (first < from)
                column->dim |= 1u << i;
        }
        if (count >= samples_needed[LATENCY_P99] || first <= limit)
            return;
        first--;
        if (history_row(history, first, 0, &row))
            count += row.count;
    }
}

/* Adds up the records [from, to) of one column. */
static void column_fill(const struct model *model, size_t from, size_t to, struct column *column)
{
    struct history_point point;
    struct history_row row;
    uint64_t missing = 0;

    for (size_t i = from; i < to; i++) {
        if (!history_point(model->shown->history, i, &point) || !history_row(model->shown->history, i, 0, &row))
            continue;
        column->seconds += point.seconds;
        column->count += row.count;
        column->failed += row.failed;
        missing += point.planned > point.started ? point.planned - point.started : 0;
        column->vus = point.vus_allocated;
    }
    if (column->seconds > 0) {
        column->rate = (double)column->count / column->seconds;
        column->missing = (double)missing / column->seconds;
    }
    latencies_set(model, from, to, column);
}

void model_columns(struct model *model, unsigned seconds, int count, struct column *out)
{
    size_t to = model->points;
    struct history_point point;
    uint64_t newest;

    memset(out, 0, (size_t)count * sizeof *out);
    for (int i = 0; i < count; i++)
        for (int l = 0; l < LATENCY_COUNT; l++)
            out[i].latency_ns[l] = SNAP_NONE;
    if (model->shown == NULL || to == 0 || !history_point(model->shown->history, to - 1, &point))
        return;
    newest = point.at_ns / NS_PER_S / seconds;
    for (int i = count - 1; i >= 0 && to > 0; i--) {
        uint64_t index = newest - (uint64_t)(count - 1 - i);
        struct cached_column *cached = &model->cache->columns[(index * 31 + seconds) % CACHED_COLUMNS];
        size_t from = to;

        while (from > 0 && history_point(model->shown->history, from - 1, &point) && point.at_ns / NS_PER_S / seconds >= index)
            from--;
        if (cached->seconds == seconds && cached->index == index && index != newest) {
            out[i] = cached->column;
        } else {
            out[i].at_ns = index * seconds * NS_PER_S;
            column_fill(model, from, to, &out[i]);
            if (index != newest)
                *cached = (struct cached_column){ seconds, index, out[i] };
        }
        to = from;
        if (index == 0)
            return;
    }
}

struct weighted {
    uint16_t code;
    uint32_t weight;
};

static int weighted_order(const void *a, const void *b)
{
    const struct weighted *x = a, *y = b;

    return (x->code > y->code) - (x->code < y->code);
}

static uint64_t weighted_median(struct weighted *values, size_t count)
{
    uint64_t total = 0, sum = 0;

    for (size_t i = 0; i < count; i++)
        total += values[i].weight;
    if (total == 0)
        return SNAP_NONE;
    qsort(values, count, sizeof *values, weighted_order);
    for (size_t i = 0; i < count; i++) {
        sum += values[i].weight;
        if (2 * sum >= total)
            return history_log_decode(values[i].code);
    }
    return SNAP_NONE;
}

void model_row_trend(const struct model *model, uint32_t row_id, unsigned seconds, int count, uint64_t *out)
{
    size_t to = model->points;
    struct history_point point;
    struct history_row row;
    uint64_t newest;

    for (int i = 0; i < count; i++)
        out[i] = SNAP_NONE;
    if (model->shown == NULL || to == 0 || !history_point(model->shown->history, to - 1, &point))
        return;
    newest = point.at_ns / NS_PER_S / seconds;
    for (int i = count - 1; i >= 0 && to > 0; i--) {
        uint64_t index = newest - (uint64_t)(count - 1 - i);
        struct weighted values[64];
        size_t used = 0;

        for (; to > 0 && history_point(model->shown->history, to - 1, &point) && point.at_ns / NS_PER_S / seconds >= index; to--)
            if (used < 64 && history_row(model->shown->history, to - 1, row_id, &row) && row.count > 0 && row.p95 != 0)
                values[used++] = (struct weighted){ row.p95, row.count };
        out[i] = weighted_median(values, used);
        if (index == 0)
            return;
    }
}
