/* The vocabulary of built-in metrics. */
#include "metric.h"

#include <string.h>

static const struct metric_info metrics[METRIC_ID_COUNT] = {
#define METRIC(id, name, type, contains, help, bad) [METRIC_ID_##id] = { name, METRIC_##type, CONTAINS_##contains, help, bad },
#include "metrics.def"
#undef METRIC
};

const struct metric_info *metric_info(enum metric_id id)
{
    return &metrics[id];
}

int metric_find(const char *name)
{
    for (int i = 0; i < METRIC_ID_COUNT; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return i;
    return -1;
}
