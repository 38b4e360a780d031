/* What journeys measure, in a shard: checks, metrics of the plan's own, groups. The worker's thread, but for reset and custom_add(). */
#include "shard_internal.h"

#include <stdlib.h>

#include "mem.h"

void custom_init(struct shard_custom *custom, struct hist_pool *pool)
{
    *custom = (struct shard_custom){ 0 };
    hist_init(&custom->trend, HIST_COARSE_BITS, pool);
}

void custom_clear(struct shard_custom *custom)
{
    hist_clear(&custom->trend);
    custom->count = custom->passes = custom->last_ns = 0;
    custom->sum = custom->last = custom->least = custom->most = 0;
}

/* The gauge that was set last counts, whichever worker set it. */
void custom_add(struct shard_custom *to, const struct shard_custom *from)
{
    if (from->count == 0)
        return;
    hist_merge(&to->trend, &from->trend);
    if (to->count == 0 || from->least < to->least)
        to->least = from->least;
    if (to->count == 0 || from->most > to->most)
        to->most = from->most;
    if (to->count == 0 || from->last_ns >= to->last_ns) {
        to->last = from->last;
        to->last_ns = from->last_ns;
    }
    to->sum += from->sum;
    to->passes += from->passes;
    to->count += from->count;
}

void shard_journey_init(struct shard *shard)
{
    const struct plan *plan = shard->plan;

    shard->checks = mem_array(shard->set->check_count, sizeof *shard->checks);
    shard->customs = mem_array(plan->metric_count, sizeof *shard->customs);
    for (size_t i = 0; i < plan->metric_count; i++)
        custom_init(&shard->customs[i], shard->pool);
    shard->groups = mem_array(plan->scenario_count * plan->group_count, sizeof *shard->groups);
    for (size_t i = 0; i < plan->scenario_count * plan->group_count; i++)
        hist_init(&shard->groups[i], HIST_COARSE_BITS, shard->pool);
}

void shard_journey_release(struct shard *shard)
{
    for (size_t i = 0; i < shard->plan->metric_count; i++)
        hist_release(&shard->customs[i].trend);
    for (size_t i = 0; i < shard->plan->scenario_count * shard->plan->group_count; i++)
        hist_release(&shard->groups[i]);
    free(shard->checks);
    free(shard->customs);
    free(shard->groups);
}

void shard_journey_reset(struct shard *shard)
{
    for (uint32_t i = 0; i < shard->set->check_count; i++)
        shard->checks[i] = (struct shard_check){ 0, 0 };
    for (size_t i = 0; i < shard->plan->metric_count; i++)
        custom_clear(&shard->customs[i]);
    for (size_t i = 0; i < shard->plan->scenario_count * shard->plan->group_count; i++)
        hist_clear(&shard->groups[i]);
}

void shard_record_check(struct shard *shard, uint32_t row, size_t check, bool passes)
{
    struct shard_check *own = &shard->checks[shard->set->row_checks[row] + check];

    own->passes += passes;
    own->fails += !passes;
}

void shard_record_custom(struct shard *shard, uint32_t metric, double value, uint64_t at_ns)
{
    struct shard_custom *own = &shard->customs[metric];
    double scaled = value * CUSTOM_SCALE;

    if (shard->plan->metrics[metric].kind == CUSTOM_TREND)
        hist_record(&own->trend, scaled <= 0 ? 0 : scaled >= 1e18 ? (uint64_t)1e18 : (uint64_t)scaled);
    if (own->count == 0 || value < own->least)
        own->least = value;
    if (own->count == 0 || value > own->most)
        own->most = value;
    own->count++;
    own->passes += value != 0;
    own->sum += value;
    own->last = value;
    own->last_ns = at_ns;
}

void shard_record_group(struct shard *shard, size_t scenario, uint32_t group, uint64_t duration_ns)
{
    hist_record(&shard->groups[scenario * shard->plan->group_count + group], duration_ns);
}
