/* What a series measured in some time: a trend in a histogram, a counter in `count`, a rate in `passes` of `count`.
 * For metrics/ alone; one owner. */
#ifndef ONAGER_MEASURE_H
#define ONAGER_MEASURE_H

#include "shard_internal.h"

struct measure {
    struct hist trend;
    double sum, last; /* of a metric of the plan's own: COUNTER and GAUGE */
    uint64_t last_ns;
    uint64_t count, passes; /* of a phase: count is the exchanges in which it took no time; they are not in trend */
};

void measure_init(struct measure *measure, unsigned bits, struct hist_pool *pool);
void measure_clear(struct measure *measure);
void measure_release(struct measure *measure);
void measure_add(struct measure *to, const struct measure *from);
/* What the shard has of the series. */
void measure_add_shard(struct measure *to, const struct shard *shard, size_t series);

#endif
