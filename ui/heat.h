/* The latency heat map: which bands the rows show, how dark a cell is. Pure. */
#ifndef UI_HEAT_H
#define UI_HEAT_H

#include <stdint.h>

#include "onager/history.h"

#define HEAT_MAX_ROWS 9
#define HEAT_SHADES 5

struct heat_rows {
    int count;                     /* of rows, top first */
    unsigned first[HEAT_MAX_ROWS]; /* first band of a row; a row ends where the one above begins, the top one is open */
};

/* Rows of half a decade each; the last holds everything below. The top row is the highest that anything fell into, unless the
 * row of p90 would be lost in the last one then. total: requests per band; p90_ns may be UINT64_MAX. rows: at least 2. */
struct heat_rows heat_rows_choose(const uint64_t total[HISTORY_HEAT_BANDS], uint64_t p90_ns, int rows);

/* Half decades from the lowest to the highest that anything fell into; 0: nothing did. */
int heat_rows_useful(const uint64_t total[HISTORY_HEAT_BANDS]);

/* Requests of a row in one column. */
uint64_t heat_row_count(const struct heat_rows *rows, int row, const uint32_t bands[HISTORY_HEAT_BANDS]);
uint64_t heat_row_total(const struct heat_rows *rows, int row, const uint64_t bands[HISTORY_HEAT_BANDS]);

/* Least number of requests for each shade, for cells of at most `most` requests. */
const uint32_t *heat_shades(uint64_t most);
int heat_shade(const uint32_t shades[HEAT_SHADES], uint64_t count); /* 0 (nothing) to HEAT_SHADES */

/* "316ms", "1.0s" ("1s" when no row needs the decimal), "<10ms". At most 6 columns. */
char *heat_label(const struct heat_rows *rows, int row, int utf8, char *out, unsigned long size);

#endif
