/* VUs of one worker: an iteration from its start to its books.
 *
 *   idle --begin()--> request on the wire --on_done()--> (stale: once more) --> books --> next iteration, or idle
 */
#include "vu.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mem.h"
#include "series.h"

/* VUs idle for longer than this are handed back when another worker found none. */
#define IDLE_NS (50 * NS_PER_MS)
/* VUs of closed models that nobody wants are freed after this long. */
#define SURPLUS_NS NS_PER_S

static void list_add(struct vu **list, struct vu *vu)
{
    vu->next = *list;
    vu->back = list;
    if (vu->next != NULL)
        vu->next->back = &vu->next;
    *list = vu;
}

static void list_remove(struct vu *vu)
{
    *vu->back = vu->next;
    if (vu->next != NULL)
        vu->next->back = vu->back;
}

static struct crew_scenario *scenario_of(struct vu *vu)
{
    return &vu->crew->scenarios[vu->executor->index];
}

/* Of the first request of an iteration: until it was answered, so what is sent once more counts with all it took. */
static inline uint64_t response_ns(const struct vu *vu, const struct operation *operation, unsigned end)
{
    if (vu->lag_ns == SNAP_NONE || (end & EXCHANGE_RETRIED) != 0 || !vu->is_unanswered)
        return SNAP_NONE;
    return vu->lag_ns + (operation->exchange.stamps[STAMP_END] - vu->began_ns) - operation->held_ns;
}

/* Inlined: it runs for every request. */
static inline __attribute__((always_inline)) void record_request(
    struct vu *vu, const struct operation *operation, uint32_t row, enum outcome outcome, unsigned end)
{
    const struct exchange *x = &operation->exchange;
    struct crew *crew = vu->crew;
    const uint64_t *t = x->stamps;
    struct sample sample = {
        .row = row,
        .outcome = outcome,
        .fault = x->fault,
        .status = x->status,
        .is_sent = x->is_sent,
        .is_retried = (end & EXCHANGE_RETRIED) != 0,
        .ended_ns = t[STAMP_END] - crew->clock.zero_ns,
        .duration_ns = t[STAMP_END] - t[STAMP_TLS_DONE],
        .response_ns = response_ns(vu, operation, end),
        .bytes_sent = x->bytes_sent,
        .bytes_received = x->bytes_received,
        .example = outcome == OUTCOME_OK || outcome == OUTCOME_INTERRUPTED ? NULL : x->detail,
    };

    for (unsigned i = 0; i < PHASE_COUNT; i++)
        sample.phases[i] = t[i + 1] - t[i];
    shard_record_request(crew->shard, &sample);
}

static inline void close_connections(struct vu *vu)
{
    if (__builtin_expect(vu->crew->plan->reuse == REUSE_ITERATION, false))
        http_client_close_idle(&vu->client);
}

static inline __attribute__((always_inline)) void iteration_end(struct vu *vu, uint64_t now_ns, uint64_t held_ns, bool failed)
{
    struct crew *crew = vu->crew;
    struct executor *executor = vu->executor;
    uint64_t took_ns = now_ns - vu->began_ns - held_ns;

    executor->vus_busy--;
    shard_record_completed(crew->shard, executor->index, took_ns, vu->lag_ns == SNAP_NONE ? SNAP_NONE : vu->lag_ns + took_ns, failed);
    list_remove(vu);
    list_add(&scenario_of(vu)->idle, vu);
    vu->began_ns = now_ns;
    close_connections(vu);
    crew->fresh_ns = now_ns;
    executor_vu_done(executor, vu, plan_clock_at(&crew->clock, now_ns));
    crew->fresh_ns = 0;
}

static void on_exchange(struct operation *operation, unsigned end)
{
    struct vu *vu = (struct vu *)operation;

    record_request(
        vu, operation, scenario_of(vu)->rows[vu->mix],
        operation->exchange.fault != FAULT_NONE ? OUTCOME_ERROR
        : (end & EXCHANGE_EXPECTED) != 0        ? OUTCOME_OK
                                                : OUTCOME_FAILED_STATUS,
        end);
    vu->is_unanswered = (end & EXCHANGE_RETRIED) != 0;
}

static void on_done(struct operation *operation, bool is_failed)
{
    struct vu *vu = (struct vu *)operation;

    vu->crew->in_flight--;
    iteration_end(vu, operation->exchange.stamps[STAMP_END], operation->held_ns, is_failed);
}

/* ---- what journeys ask for (flow.h) ---- */

void vu_journey_done(struct vu *vu, uint64_t now_ns, uint64_t held_ns, bool failed)
{
    iteration_end(vu, now_ns, held_ns, failed);
}

void vu_record_exchange(struct vu *vu, const struct operation *operation, uint32_t row, enum outcome outcome, unsigned end)
{
    record_request(vu, operation, row, outcome, end);
    vu->is_unanswered = vu->is_unanswered && (end & EXCHANGE_RETRIED) != 0;
}

void vu_in_flight(struct vu *vu, int change)
{
    vu->crew->in_flight += (uint64_t)(int64_t)change;
}

static struct vu *vu_new(struct crew *crew, struct executor *executor)
{
    struct crew_scenario *own = &crew->scenarios[executor->index];
    struct vu *vu = mem_alloc(sizeof *vu);

    vu->crew = crew;
    vu->executor = executor;
    vu->id = atomic_fetch_add_explicit(crew->vu_ids, 1, memory_order_relaxed) + 1;
    random_init(&vu->random, crew->plan->seed, vu->id);
    http_client_init(&vu->client, &crew->clients);
    operation_init(&vu->operation, &vu->client, on_exchange, on_done);
    if (own->entries != NULL)
        vu->journey = journey_new(&crew->journeys, vu, executor->scenario->name, own->counters, own->depth);
    list_add(&own->idle, vu);
    executor->vus_allocated++;
    return vu;
}

/* Its list is its owner's business, vus_allocated too. */
static void vu_free(struct vu *vu)
{
    list_remove(vu);
    operation_release(&vu->operation);
    journey_free(vu->journey);
    http_client_release(&vu->client);
    free(vu);
}

static struct vu *acquire(struct executor_host *host, struct executor *executor)
{
    struct crew *crew = (struct crew *)host;
    struct vu *vu = crew->scenarios[executor->index].idle;

    if (vu != NULL)
        return vu;
    if (executor->ops->is_open && !budget_take_vu(executor->budget, executor->scenario->max_vus))
        return NULL;
    return vu_new(crew, executor);
}

static void retire(struct executor_host *host, struct executor *executor, struct vu *vu)
{
    struct crew *crew = (struct crew *)host;

    list_remove(vu);
    list_add(&crew->scenarios[executor->index].retired, vu);
    executor->vus_allocated--;
}

static uint64_t iterations_of(struct executor_host *host, const struct vu *vu)
{
    (void)host;
    return vu->iterations;
}

static uint32_t draw_mix(struct crew_scenario *own, struct vu *vu)
{
    const struct plan_scenario *scenario = vu->executor->scenario;
    uint64_t ticket;
    uint32_t i = 0;

    if (scenario->mix_count == 1)
        return 0;
    ticket = random_below(&vu->random, own->mix_total);
    while (ticket >= scenario->mix[i].weight)
        ticket -= scenario->mix[i++].weight;
    return i;
}

static void become_busy(struct crew_scenario *own, struct vu *vu)
{
    list_remove(vu);
    list_add(&own->busy, vu);
    own->executor.vus_busy++;
}

/* Of its own, so that constant requests do not pay for it. True: the mix's entry is a journey, and was taken care of. */
static __attribute__((noinline)) bool begin_journey(struct crew_scenario *own, struct vu *vu, uint64_t now_ns, uint64_t plan_ns)
{
    const struct journey_entry *entry = &own->entries[vu->mix];

    if (entry->flow == NULL)
        return false;
    if (!journey_prepare(vu->journey, entry)) {
        /* a data set is used up: it does not take place, and neither do those that would follow */
        own->executor.counts.cancelled++;
        executor_stop(&own->executor, plan_ns);
        return true;
    }
    become_busy(own, vu);
    shard_record_started(vu->crew->shard, own->executor.index, vu->lag_ns);
    journey_begin(vu->journey, now_ns);
    return true;
}

static void begin(struct executor_host *host, struct executor *executor, struct vu *vu, uint64_t intended_ns, uint64_t plan_ns)
{
    struct crew *crew = (struct crew *)host;
    struct crew_scenario *own = &crew->scenarios[executor->index];
    uint64_t now_ns = crew->fresh_ns != 0 ? crew->fresh_ns : clock_now_ns();

    vu->lag_ns = SNAP_NONE;
    if (intended_ns != SNAP_NONE) {
        uint64_t actual_ns = plan_clock_at(&crew->clock, now_ns);

        vu->lag_ns = actual_ns > intended_ns ? actual_ns - intended_ns : 0;
    }
    vu->began_ns = now_ns;
    vu->iterations++;
    vu->is_unanswered = true;
    if (vu->client.jar != NULL && crew->plan->cookies != COOKIES_KEEP)
        http_client_forget(&vu->client);
    vu->mix = draw_mix(own, vu);
    if (__builtin_expect(own->entries != NULL, false) && begin_journey(own, vu, now_ns, plan_ns))
        return;
    become_busy(own, vu);
    crew->in_flight++;
    shard_record_started(crew->shard, executor->index, vu->lag_ns);
    operation_start(&vu->operation, &crew->requests[executor->scenario->mix[vu->mix].request], now_ns);
}

static void cut_one(struct vu *vu, uint64_t now_ns)
{
    if (vu->journey != NULL && scenario_of(vu)->entries[vu->mix].flow != NULL) {
        journey_cut(vu->journey, now_ns);
    } else {
        if (operation_cancel(&vu->operation, now_ns))
            record_request(vu, &vu->operation, scenario_of(vu)->rows[vu->mix], OUTCOME_INTERRUPTED, 0);
        vu->crew->in_flight--;
    }
    shard_record_interrupted(vu->crew->shard, vu->executor->index);
    vu->executor->vus_busy--;
    list_remove(vu);
    list_add(&scenario_of(vu)->idle, vu);
    vu->began_ns = now_ns;
    close_connections(vu);
}

/* The busy list is sorted by begin, the first is the newest. */
static void cut_oldest(struct executor_host *host, struct executor *executor, uint32_t count)
{
    struct crew *crew = (struct crew *)host;
    struct vu *vu = crew->scenarios[executor->index].busy;
    uint64_t now_ns = clock_now_ns();

    for (uint32_t spared = executor->vus_busy > count ? executor->vus_busy - count : 0; spared > 0 && vu != NULL; spared--)
        vu = vu->next;
    while (vu != NULL) {
        struct vu *next = vu->next;

        cut_one(vu, now_ns);
        vu = next;
    }
}

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
    crew->host = (struct executor_host){ acquire, begin, cut_oldest, iterations_of, retire };
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
    for (size_t s = 0; s < crew->plan->scenario_count; s++)
        crew->scenarios[s].executor.wall_ns = start_wall_ns;
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
    for (size_t s = 0; s < crew->plan->scenario_count && since_ns != UINT64_MAX; s++)
        executor_was_paused(&crew->scenarios[s].executor, plan_ns, at_ns - since_ns);
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
            cut_one(crew->scenarios[s].busy, now_ns);
}

static void share_idle_of(struct crew_scenario *own, uint64_t now_ns)
{
    struct vu *vu = own->idle;

    while (vu != NULL) {
        struct vu *next = vu->next;

        if (now_ns > vu->began_ns + IDLE_NS) {
            own->executor.vus_allocated--;
            vu_free(vu);
            budget_give_vu(own->executor.budget);
        }
        vu = next;
    }
}

/* VUs of a closed model that the curve took away; those it brings back soon are the same ones. */
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

void crew_share_idle(struct crew *crew, uint64_t now_ns)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        struct crew_scenario *own = &crew->scenarios[s];
        uint32_t hunger;

        if (!own->executor.ops->is_open && !own->executor.is_paused)
            drop_surplus(own, now_ns);
        free_retired(own);
        if (!own->executor.ops->is_open || own->executor.segment.workers == 1)
            continue;
        hunger = (uint32_t)atomic_load_explicit(&own->executor.budget->hunger, memory_order_relaxed);
        if (hunger != own->hunger_seen && own->executor.waiting.count == 0)
            share_idle_of(own, now_ns);
        own->hunger_seen = hunger;
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

/* VUs that exist; in a closed model those that the curve took away and that are only kept for a second do not count. */
static uint32_t vus_in_play(const struct executor *executor)
{
    return executor->ops->is_open || executor->is_paused ? executor->vus_allocated : executor->vus_busy;
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
