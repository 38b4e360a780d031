/* The writing side of the history of a run: control thread alone. Readers use onager/history.h. */
#ifndef ONAGER_HISTORY_WRITE_H
#define ONAGER_HISTORY_WRITE_H

#include "hist.h"
#include "onager/history.h"

/* With one reference, the writer's. rows: as many as the run has besides `all`. */
struct history *history_new(uint32_t rows);
/* References belong to the control thread: no atomics. The last one frees. */
void history_hold(struct history *history);
void history_drop(struct history *history);

/* What a row did in an interval. */
struct history_row_input {
    uint32_t row; /* 0: all */
    uint64_t count, failed, bytes_received;
    const struct hist *duration; /* coarse (HIST_COARSE_BITS) */
};

/* Appends one second and publishes it. Rows that had no request may be left out; row 0 must be the first of `inputs`.
 * point.seconds is 1; from the 3,601st on ten calls make one published record of 10 s.
 * Counts add up; gauges are those of the last second; response_p95 and lag_p99 keep the greatest code. */
void history_append(struct history *history, const struct history_point *point, const struct history_row_input *inputs, size_t count);
/* Publishes what a record of 10 s has so far: at the end of a run. */
void history_flush(struct history *history);
/* What the published records take, without the slack of the last chunk. */
size_t history_bytes(const struct history *history);

#endif
