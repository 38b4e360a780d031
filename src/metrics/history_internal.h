/* The inside of the history, shared by its writer (history.c) and its readers (history_read.c).
 *
 * A record is one block of an arena that never moves and never changes after its publication: the struct, then its arrays.
 * The table of records has its full length from the start. The writer fills a record, stores its pointer, then stores the new
 * count with release; a reader that loaded the count with acquire may read everything below it.
 *
 * The very last record alone grows on: a longer copy takes its place in the table (its pointer is atomic), the old copy stays
 * until the end, for a reader may stand on it. A copy is made only when the seconds have doubled, so there are about 30.
 *
 * Memory: a record is at most sizeof(struct record) + 26 bytes for each row that had requests + 6 for each different bucket of
 * its histogram + heat (one to three bytes for each band in use of rows 0 to 32, 7 for each such row). With 10 busy rows and
 * 2,000 requests a second spread around 5 ms that is about 3 KB, 11 MB for the first hour and 38 MB for the 12,240 records that
 * there can be; 1,000 rows busy in every one of them take 30 KB each, 370 MB. history_bytes() tells what a run has really taken. */
#ifndef ONAGER_HISTORY_INTERNAL_H
#define ONAGER_HISTORY_INTERNAL_H

#include <stdatomic.h>

#include "hist.h"
#include "history_write.h"

#define RECORDS_OF_1_S 3600
#define RECORDS_OF_10_S 8640
#define RECORDS_MAX (RECORDS_OF_1_S + RECORDS_OF_10_S)
#define COARSE_BUCKETS 4608 /* in the pages of a coarse histogram; checked where it is used */

_Static_assert(sizeof(struct history_row) == 24, "a row of the history is 24 bytes");

struct record {
    struct history_point point;
    uint64_t min_ns, max_ns;        /* exact, of all requests; only where bucket_count > 0 */
    const struct history_row *rows; /* those that had requests, by ascending number */
    const uint32_t *bucket_counts;
    const uint16_t *buckets; /* ascending indices into the coarse histogram of all requests */
    const uint16_t *row_numbers;
    const uint8_t *heat; /* for each of the rows 0..32 of row_numbers, LEB128: mask of its bands, then their counts */
    uint32_t row_count, bucket_count;
};

struct arena_chunk;

/* What the record not yet published has so far. Writer alone. */
struct open_row {
    uint64_t count, failed, bytes_received; /* bytes: with what the last record's full KB left over */
    struct hist duration;                   /* coarse; pages NULL until first used */
};

struct history {
    _Atomic(const struct record *) records[RECORDS_MAX];
    atomic_size_t published;
    uint32_t rows; /* besides row 0; fixed */

    /* the writer's own */
    unsigned references;
    struct arena_chunk *chunks;
    size_t bytes;
    struct hist_pool *pool;
    struct open_row *open; /* rows + 1 */
    struct history_point point;
    uint32_t sealed_seconds; /* of the last record's published copy, when the table is full */
};

#endif
