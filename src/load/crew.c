/* The VUs of a worker as a whole: the clock of the plan, orders, and what is handed in with every shard. Worker thread only. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mem.h"
#include "series.h"
#include "vu.h"

/* VUs that nobody wants are freed after this long. */
#define SURPLUS_NS NS_PER_S
/* A load of nothing makes no think longer than a thousand times. */
#define THINK_LEAST_PPM 1000

static void free_retired(struct crew_scenario *own)
{
    while (own->retired != NULL)
        vu_free(own->retired);
}

void crew_init(
    struct crew *crew, const struct plan *plan, const struct net_request *requests, struct budget *budgets, atomic_uint_fast64_t *vu_ids,
    uint32_t worker, uint32_t workers)
{
    memset(crew, 0, sizeof *crew);
    crew->host = vu_host;
    crew->plan = plan;
    crew->requests = requests;
    crew->vu_ids = vu_ids;
    crew->scenarios = mem_array(plan->scenario_count, sizeof *crew->scenarios);
    for (size_t s = 0; s < plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &plan->scenarios[s];
        struct crew_scenario *own = &crew->scenarios[s];
        uint32_t *rows = mem_array(scenario->mix_count, sizeof *rows);

        for (size_t m = 0; m < scenario->mix_count; m++) {
            own->mix_total += scenario->mix[m].weight;
            rows[m] = series_first_row(plan, s) + (uint32_t)plan_mix_row(scenario, m, 0);
        }
        own->rows = rows;
        executor_init(&own->executor, plan, s, &crew->host, &budgets[s], worker, workers);
    }
}

static void take_entry(struct crew *crew, size_t s, size_t m)
{
    const struct plan_mix *mix = &crew->plan->scenarios[s].mix[m];
    struct crew_scenario *own = &crew->scenarios[s];

    if (own->entries == NULL)
        own->entries = mem_array(crew->plan->scenarios[s].mix_count, sizeof *own->entries);
    journey_entry_init(&own->entries[m], crew->plan, s, m, crew->requests);
    if (mix->flow != NULL && mix->flow->counter_count > own->counters)
        own->counters = mix->flow->counter_count;
    if (mix->flow != NULL && mix->flow->depth_max > own->depth)
        own->depth = mix->flow->depth_max;
}

void crew_take_journeys(struct crew *crew, struct journey_shared *shared)
{
    journey_crew_init(&crew->journeys, crew, shared);
    crew->has_journeys = true;
    for (size_t s = 0; s < crew->plan->scenario_count; s++)
        for (size_t m = 0; m < crew->plan->scenarios[s].mix_count; m++)
            if (journey_is_needed(crew->plan, &crew->plan->scenarios[s].mix[m]))
                take_entry(crew, s, m);
}

static void release_entries(struct crew *crew, size_t s)
{
    struct crew_scenario *own = &crew->scenarios[s];

    for (size_t m = 0; own->entries != NULL && m < crew->plan->scenarios[s].mix_count; m++)
        journey_entry_release(&own->entries[m]);
    free(own->entries);
}

void crew_start(struct crew *crew, uint64_t zero_ns, uint64_t start_wall_ns)
{
    plan_clock_start(&crew->clock, zero_ns);
    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &crew->plan->scenarios[s];

        crew->scenarios[s].executor.wall_ns = start_wall_ns;
        if (scenario->chaos != NULL && scenario->chaos->apply == CHAOS_APPLY_THINK)
            crew->scenarios[s].think_shape =
                shape_new(scenario->chaos, shape_seed(crew->plan->seed, s), start_wall_ns + scenario->start_time_ns);
    }
}

uint64_t crew_think_ns(struct crew *crew, size_t scenario, uint64_t think_ns, uint64_t now_ns)
{
    struct crew_scenario *own = &crew->scenarios[scenario];
    uint64_t begin_ns = own->executor.scenario->start_time_ns, plan_ns, factor;

    if (own->think_shape == NULL)
        return think_ns;
    plan_ns = plan_clock_at(&crew->clock, now_ns);
    /* a reading may be older than the last one, and going back is dear */
    if (plan_ns > begin_ns && (plan_ns - begin_ns) / SHAPE_CELL_NS > own->think_cell)
        own->think_cell = (plan_ns - begin_ns) / SHAPE_CELL_NS;
    factor = shape_factor_ppm(own->think_shape, own->think_cell);
    if (factor < THINK_LEAST_PPM)
        factor = THINK_LEAST_PPM;
    return (uint64_t)((unsigned __int128)think_ns * SHAPE_ONE_PPM / factor);
}

void crew_limit(struct crew *crew, atomic_uint_fast64_t *under_way)
{
    crew->under_way = under_way;
}

void crew_attach(struct crew *crew, struct net *net)
{
    crew->net = net;
    if (crew->has_journeys)
        journey_crew_attach(&crew->journeys, net_loop(net), clock_now_ns());
    http_group_init(&crew->clients, net, crew->requests, crew->plan->request_count);
}

void crew_release(struct crew *crew)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        struct crew_scenario *own = &crew->scenarios[s];

        INVARIANT(own->busy == NULL);
        for (struct vu *vu = own->idle, *next; vu != NULL; vu = next) {
            next = vu->next;
            vu_free(vu);
        }
        release_entries(crew, s);
        free_retired(own);
        executor_release(&own->executor);
        shape_free(own->think_shape);
        free((void *)(uintptr_t)own->rows);
    }
    free(crew->scenarios);
    if (crew->has_journeys)
        journey_crew_release(&crew->journeys);
    http_group_release(&crew->clients);
}

void crew_advance(struct crew *crew, uint64_t now_ns)
{
    uint64_t plan_ns = plan_clock_at(&crew->clock, now_ns);

    for (size_t s = 0; s < crew->plan->scenario_count; s++)
        executor_advance(&crew->scenarios[s].executor, plan_ns);
}

uint64_t crew_due(const struct crew *crew)
{
    uint64_t due = SNAP_NONE;

    if (plan_clock_is_paused(&crew->clock))
        return UINT64_MAX;
    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        uint64_t own = executor_due(&crew->scenarios[s].executor);

        if (own < due)
            due = own;
    }
    return due == SNAP_NONE ? UINT64_MAX : plan_clock_when(&crew->clock, due);
}

static void set_paused(struct crew *crew, bool is_paused)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++)
        crew->scenarios[s].executor.is_paused = is_paused;
}

void crew_pause(struct crew *crew, uint64_t at_ns)
{
    if (plan_clock_is_paused(&crew->clock))
        return;
    crew_advance(crew, at_ns);
    plan_clock_pause(&crew->clock, at_ns);
    set_paused(crew, true);
    http_group_pause(&crew->clients);
    if (crew->has_journeys)
        journey_crew_pause(&crew->journeys);
}

void crew_resume(struct crew *crew, uint64_t at_ns)
{
    uint64_t since_ns = crew->clock.paused_since_ns, plan_ns = plan_clock_at(&crew->clock, at_ns);

    plan_clock_resume(&crew->clock, at_ns);
    for (size_t s = 0; s < crew->plan->scenario_count && since_ns != UINT64_MAX; s++) {
        struct crew_scenario *own = &crew->scenarios[s];

        executor_was_paused(&own->executor, plan_ns, at_ns - since_ns);
        if (own->think_shape != NULL)
            shape_was_paused(own->think_shape, own->think_cell + 1, at_ns - since_ns);
    }
    set_paused(crew, false);
    http_group_resume(&crew->clients, at_ns);
    if (crew->has_journeys)
        journey_crew_resume(&crew->journeys, at_ns);
}

void crew_steer(struct crew *crew, const struct steering *steering, uint64_t at_ns)
{
    uint64_t plan_ns = plan_clock_at(&crew->clock, at_ns);

    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        struct executor *executor = &crew->scenarios[s].executor;

        executor_advance(executor, plan_ns);
        /* an executor does a bounded part at a time; a closed one is due at 0 while it lacks VUs */
        while (executor->ops->is_open && !executor->is_paused && !executor->is_ended && executor_due(executor) < plan_ns)
            executor_advance(executor, plan_ns);
        executor_steer(executor, &steering[s], plan_ns);
    }
}

void crew_stop(struct crew *crew, uint64_t at_ns)
{
    uint64_t plan_ns = plan_clock_at(&crew->clock, at_ns);

    http_group_resume(&crew->clients, at_ns); /* what is under way may end */
    for (size_t s = 0; s < crew->plan->scenario_count; s++)
        executor_stop(&crew->scenarios[s].executor, plan_ns);
    if (crew->has_journeys)
        journey_crew_resume(&crew->journeys, at_ns);
}

void crew_cut(struct crew *crew, size_t scenario, uint64_t now_ns)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++)
        while ((scenario == SIZE_MAX || scenario == s) && crew->scenarios[s].busy != NULL)
            vu_cut(crew->scenarios[s].busy, now_ns);
}

/* VUs that the curve took away, or that other workers make up for; those it brings back soon are the same ones. */
static void drop_surplus(struct crew_scenario *own, uint64_t now_ns)
{
    struct vu *vu = own->idle;

    while (vu != NULL) {
        struct vu *next = vu->next;

        if (now_ns > vu->began_ns + SURPLUS_NS) {
            own->executor.vus_allocated--;
            vu_free(vu);
        }
        vu = next;
    }
}

void crew_free_idle(struct crew *crew, uint64_t now_ns)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        struct crew_scenario *own = &crew->scenarios[s];

        /* the only worker of an open model keeps what it has: it is within max_vus */
        if (!own->executor.is_paused && (!own->executor.ops->is_open || own->executor.segment.workers > 1))
            drop_surplus(own, now_ns);
        free_retired(own);
    }
}

bool crew_is_done(const struct crew *crew)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++)
        if (!crew->scenarios[s].executor.is_ended || crew->scenarios[s].busy != NULL)
            return false;
    return true;
}

static void flush_counts(struct crew *crew, struct executor *executor)
{
    struct executor_counts *counts = &executor->counts;

    if (counts->planned > 0)
        shard_record_planned(crew->shard, executor->index, counts->planned);
    if (counts->cancelled > 0)
        shard_record_cancelled(crew->shard, executor->index, counts->cancelled);
    for (int reason = 0; reason <= DROP_QUEUE_FULL; reason++)
        if (counts->dropped[reason] > 0)
            shard_record_dropped(crew->shard, executor->index, (enum drop_reason)reason, counts->dropped[reason]);
    memset(counts, 0, sizeof *counts);
}

/* VUs that exist; in a closed model those that the curve took away and that are only kept for a second do not count. Of several
 * workers each may have more idle ones than its part. */
static uint32_t vus_in_play(const struct executor *executor)
{
    uint64_t part;

    if (!executor->ops->is_open)
        return executor->is_paused ? executor->vus_allocated : executor->vus_busy;
    part = segment_count(&executor->segment, executor->scenario->max_vus);
    if (executor->vus_allocated <= part)
        return executor->vus_allocated;
    return executor->vus_busy > part ? executor->vus_busy : (uint32_t)part;
}

void crew_flush(struct crew *crew, struct shard_gauges *gauges)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        struct executor *executor = &crew->scenarios[s].executor;

        flush_counts(crew, executor);
        uint32_t vus = vus_in_play(executor);

        shard_set_vus(crew->shard, s, executor->vus_busy, vus, (uint32_t)executor->waiting.count);
        gauges->vus_busy += executor->vus_busy;
        gauges->vus_allocated += vus;
        gauges->waiting += (uint32_t)executor->waiting.count;
    }
    gauges->in_flight = (uint32_t)crew->in_flight;
}
