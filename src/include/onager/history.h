/* The history of one run: one record per second and row, append-only, immutable once published.
 * Written by the control thread alone (metrics/history.c); any thread may read what history_seconds() covers while it holds
 * a snapshot of that run. Memory is bounded: 3,600 records of 1 s, then 8,640 of 10 s (27 h 36 min); from then on the last
 * record grows and is published anew when its seconds have doubled. A record of k seconds sums its counts; counts stop at
 * UINT32_MAX. */
#ifndef ONAGER_HISTORY_H
#define ONAGER_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_HEAT_BANDS 48 /* from 10 µs up, 8 to a decade: band i begins at 10 µs * 10^(i/8); the last is open */
#define HISTORY_HEAT_ROWS 32  /* rows 1..32 have heat columns of their own, besides row 0 (all) */

struct history;

/* One row in one interval: 24 bytes. Row 0 is all requests. */
struct history_row {
    uint32_t count, failed;
    uint16_t p50, p90, p95, p99, max; /* 16-bit logarithms: history_log_decode(); 0: no value */
    uint16_t reserved;
    uint32_t bytes_received_kb; /* of 1,000 bytes; what is left over counts in the next record of the row */
};

/* The whole run in one interval. */
struct history_point {
    uint64_t at_ns;                                /* run clock of its beginning */
    uint32_t seconds;                              /* 1 or 10; fewer at the end of a run, more in the last record there can be */
    uint32_t planned, started, completed, dropped; /* iterations */
    uint32_t vus_busy, vus_allocated, in_flight;   /* at its end */
    uint16_t response_p95;                         /* 16-bit logarithm; the worst of its seconds */
    uint16_t lag_p99;                              /* 16-bit logarithm; the worst of its seconds */
    uint32_t verdict_codes;                        /* bit per enum verdict_code that held in it */
    bool is_paused;                                /* paused for all of it */
    bool is_late;                                  /* a worker handed its part in late: part of it may stand in the next */
};

size_t history_points(const struct history *history); /* published so far */
/* Fills *point; false when index is not published. */
bool history_point(const struct history *history, size_t index, struct history_point *point);
/* A row in that interval; all zero when the row had no request. */
bool history_row(const struct history *history, size_t index, uint32_t row, struct history_row *out);
/* Requests of the row per heat band in that interval, exact (by histogram buckets of 0.8 %: a bucket belongs to the band that
 * holds its floor). All zero when the row had none. false: not published, or not kept for that row. */
bool history_heat(const struct history *history, size_t index, uint32_t row, uint32_t bands[HISTORY_HEAT_BANDS]);

/* Quantiles of all requests over points [from, to), from merged interval histograms (0.8 %), never from averages.
 * UINT64_MAX without samples. *count gets the samples. */
struct history_quantiles {
    uint64_t count;
    uint64_t min_ns, max_ns, p50_ns, p90_ns, p95_ns, p99_ns;
};
void history_merge(const struct history *history, size_t from, size_t to, struct history_quantiles *out);

/* 16-bit logarithm of a time: relative error below 0.05 % up to 73 min, where it ends; 0 means no value, 1 means 0 ns. */
uint16_t history_log_encode(uint64_t ns);
uint64_t history_log_decode(uint16_t code);
uint64_t history_heat_band_floor_ns(unsigned band); /* lower edge; 0 for band 0 */

#endif
