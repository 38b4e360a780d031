/* The vocabulary of built-in metrics (metrics.def). Static data; any thread. */
#ifndef ONAGER_METRIC_H
#define ONAGER_METRIC_H

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_RATE, METRIC_TREND };
enum metric_contains { CONTAINS_DEFAULT, CONTAINS_TIME, CONTAINS_DATA };

enum metric_id {
#define METRIC(id, name, type, contains, help, bad) METRIC_ID_##id,
#include "metrics.def"
#undef METRIC
    METRIC_ID_COUNT
};

struct metric_info {
    const char *name;
    enum metric_type type;
    enum metric_contains contains;
    const char *help, *bad;
};

const struct metric_info *metric_info(enum metric_id id);
int metric_find(const char *name); /* enum metric_id, or -1 */

#endif
