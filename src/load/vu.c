/* VUs of one worker: an iteration from its start to its books.
 *
 *   idle --begin()--> request on the wire --on_done()--> (stale: once more) --> books --> next iteration, or idle
 */
#include "vu.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mem.h"

/* VUs idle for longer than this are handed back when another worker found none. */
#define IDLE_NS (50 * NS_PER_MS)

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
static uint64_t response_ns(const struct vu *vu, unsigned end)
{
    const struct operation *operation = &vu->operation;

    if (vu->lag_ns == SNAP_NONE || (end & EXCHANGE_RETRIED) != 0 || !vu->is_unanswered)
        return SNAP_NONE;
    return vu->lag_ns + (operation->exchange.stamps[STAMP_END] - vu->began_ns) - operation->held_ns;
}

/* Inlined: it runs for every request. */
static inline __attribute__((always_inline)) void record_request(struct vu *vu, enum outcome outcome, unsigned end)
{
    const struct exchange *x = &vu->operation.exchange;
    struct crew *crew = vu->crew;
    const uint64_t *t = x->stamps;
    struct sample sample = {
        .row = scenario_of(vu)->rows[vu->mix],
        .outcome = outcome,
        .fault = x->fault,
        .status = x->status,
        .is_sent = x->is_sent,
        .is_retried = (end & EXCHANGE_RETRIED) != 0,
        .ended_ns = t[STAMP_END] - crew->clock.zero_ns,
        .duration_ns = t[STAMP_END] - t[STAMP_TLS_DONE],
        .response_ns = response_ns(vu, end),
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

static void iteration_end(struct vu *vu, bool failed)
{
    struct crew *crew = vu->crew;
    struct executor *executor = vu->executor;
    uint64_t now_ns = vu->operation.exchange.stamps[STAMP_END];
    uint64_t took_ns = now_ns - vu->began_ns - vu->operation.held_ns;

    crew->in_flight--;
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
        vu,
        operation->exchange.fault != FAULT_NONE ? OUTCOME_ERROR
        : (end & EXCHANGE_EXPECTED) != 0        ? OUTCOME_OK
                                                : OUTCOME_FAILED_STATUS,
        end);
    vu->is_unanswered = (end & EXCHANGE_RETRIED) != 0;
}

static void on_done(struct operation *operation, bool is_failed)
{
    iteration_end((struct vu *)operation, is_failed);
}

static struct vu *vu_new(struct crew *crew, struct executor *executor)
{
    struct vu *vu = mem_alloc(sizeof *vu);

    vu->crew = crew;
    vu->executor = executor;
    vu->id = atomic_fetch_add_explicit(crew->vu_ids, 1, memory_order_relaxed) + 1;
    random_init(&vu->random, crew->plan->seed, vu->id);
    http_client_init(&vu->client, &crew->clients);
    operation_init(&vu->operation, &vu->client, on_exchange, on_done);
    list_add(&crew->scenarios[executor->index].idle, vu);
    executor->vus_allocated++;
    return vu;
}

static void vu_free(struct vu *vu)
{
    list_remove(vu);
    vu->executor->vus_allocated--;
    operation_release(&vu->operation);
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

static void begin(struct executor_host *host, struct executor *executor, struct vu *vu, uint64_t intended_ns, uint64_t plan_ns)
{
    struct crew *crew = (struct crew *)host;
    struct crew_scenario *own = &crew->scenarios[executor->index];
    uint64_t now_ns = crew->fresh_ns != 0 ? crew->fresh_ns : clock_now_ns();

    (void)plan_ns;
    vu->lag_ns = SNAP_NONE;
    if (intended_ns != SNAP_NONE) {
        uint64_t actual_ns = plan_clock_at(&crew->clock, now_ns);

        vu->lag_ns = actual_ns > intended_ns ? actual_ns - intended_ns : 0;
    }
    list_remove(vu);
    list_add(&own->busy, vu);
    executor->vus_busy++;
    crew->in_flight++;
    vu->began_ns = now_ns;
    vu->is_unanswered = true;
    if (vu->client.jar != NULL && crew->plan->cookies != COOKIES_KEEP)
        http_client_forget(&vu->client);
    vu->mix = draw_mix(own, vu);
    shard_record_started(crew->shard, executor->index, vu->lag_ns);
    operation_start(&vu->operation, &crew->requests[executor->scenario->mix[vu->mix].request], now_ns);
}

void crew_init(
    struct crew *crew, const struct plan *plan, const struct net_request *requests, struct budget *budgets, atomic_uint_fast64_t *vu_ids,
    uint32_t worker, uint32_t workers)
{
    memset(crew, 0, sizeof *crew);
    crew->host = (struct executor_host){ .acquire = acquire, .begin = begin };
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
            rows[m] = shard_row(plan, s, scenario->mix[m].request);
        }
        own->rows = rows;
        executor_init(&own->executor, plan, s, &crew->host, &budgets[s], worker, workers);
    }
}

void crew_attach(struct crew *crew, struct net *net)
{
    crew->net = net;
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
        executor_release(&own->executor);
        free((void *)(uintptr_t)own->rows);
    }
    free(crew->scenarios);
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
}

void crew_resume(struct crew *crew, uint64_t at_ns)
{
    plan_clock_resume(&crew->clock, at_ns);
    set_paused(crew, false);
    http_group_resume(&crew->clients, at_ns);
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
}

static void cut_one(struct vu *vu, uint64_t now_ns)
{
    if (operation_cancel(&vu->operation, now_ns))
        record_request(vu, OUTCOME_INTERRUPTED, 0);
    shard_record_interrupted(vu->crew->shard, vu->executor->index);
    vu->crew->in_flight--;
    vu->executor->vus_busy--;
    list_remove(vu);
    list_add(&scenario_of(vu)->idle, vu);
    vu->began_ns = now_ns;
    close_connections(vu);
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
            vu_free(vu);
            budget_give_vu(own->executor.budget);
        }
        vu = next;
    }
}

void crew_share_idle(struct crew *crew, uint64_t now_ns)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        struct crew_scenario *own = &crew->scenarios[s];
        uint32_t hunger;

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

void crew_flush(struct crew *crew, struct shard_gauges *gauges)
{
    for (size_t s = 0; s < crew->plan->scenario_count; s++) {
        struct executor *executor = &crew->scenarios[s].executor;

        flush_counts(crew, executor);
        shard_set_vus(crew->shard, s, executor->vus_busy, executor->vus_allocated, (uint32_t)executor->waiting.count);
        gauges->vus_busy += executor->vus_busy;
        gauges->vus_allocated += executor->vus_allocated;
        gauges->waiting += (uint32_t)executor->waiting.count;
    }
    gauges->in_flight = (uint32_t)crew->in_flight;
}
