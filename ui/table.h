/* Columns of a table by width: which ones fit, and where each ends. Pure. */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include <stdbool.h>

enum table_column {
    TABLE_NAME,
    TABLE_COUNT,
    TABLE_RATE,
    TABLE_FAILED,
    TABLE_P50,
    TABLE_P95,
    TABLE_P99,
    TABLE_MAX,
    TABLE_TREND,
    TABLE_COLUMNS
};

struct table_columns {
    int width[TABLE_COLUMNS]; /* 0: dropped */
    int end[TABLE_COLUMNS];   /* last column */
};

/* The requests table in `width` columns with names of `name` columns (method included). Dropped in the order max, p50, trend,
 * p99, count; what is left goes to the names, then to the trend. For names longer than ten columns the trend gives way, then
 * max and p50: which request it is comes before its maximum. */
struct table_columns table_columns_for(int width, int name);

#endif
