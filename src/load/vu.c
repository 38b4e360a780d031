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

/* A busy VU of an open model holds one of max_vus tokens. It is the busy ones that are counted, not those that exist: one that
 * stands idle in this worker keeps nobody from starting in another, so any number of threads drops the same. */
static inline bool token_take(struct executor *executor)
{
    uint64_t most = executor->scenario->max_vus;

    return executor->segment.workers == 1 ? executor->vus_busy < most : budget_take_vu(executor->budget, most);
}

static inline void token_give(struct executor *executor)
{
    if (executor->ops->is_open && executor->segment.workers > 1)
        budget_give_vu(executor->budget);
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

/* Of its own, so that runs without a limit do not pay for it. Closed models fit by their plan and always may. */
static __attribute__((noinline)) bool take_place(struct crew *crew, const struct executor *executor)
{
    if (atomic_fetch_add_explicit(crew->under_way, 1, memory_order_relaxed) < crew->plan->safety.max_in_flight || !executor->ops->is_open)
        return true;
    atomic_fetch_sub_explicit(crew->under_way, 1, memory_order_relaxed);
    return false;
}

/* A VU that took a place stands idle now. */
static inline void leave_place(struct crew *crew)
{
    if (__builtin_expect(crew->under_way != NULL, false))
        atomic_fetch_sub_explicit(crew->under_way, 1, memory_order_relaxed);
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
    if (__builtin_expect(executor->missing.count > 0, false))
        missing_end(&executor->missing, plan_clock_at(&crew->clock, now_ns), took_ns);
    if (!executor_vu_done(executor, vu, plan_clock_at(&crew->clock, now_ns))) {
        leave_place(crew);
        token_give(executor);
    }
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

void vu_free(struct vu *vu)
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

    if (__builtin_expect(crew->under_way != NULL, false) && !take_place(crew, executor))
        return NULL;
    if (executor->ops->is_open && !token_take(executor)) {
        leave_place(crew);
        return NULL;
    }
    return vu != NULL ? vu : vu_new(crew, executor);
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
/* The schedule lag, which is the generator's own: what stood in the line for a VU is late because of the server. */
static inline uint64_t own_lag(const struct vu *vu)
{
    return vu->executor->is_from_line ? SNAP_NONE : vu->lag_ns;
}

static __attribute__((noinline)) bool begin_journey(struct crew_scenario *own, struct vu *vu, uint64_t now_ns, uint64_t plan_ns)
{
    const struct journey_entry *entry = &own->entries[vu->mix];

    if (entry->flow == NULL)
        return false;
    if (!journey_prepare(vu->journey, entry)) {
        /* a data set is used up: it does not take place, and neither do those that would follow */
        own->executor.counts.cancelled++;
        leave_place(vu->crew);
        token_give(&own->executor);
        executor_stop(&own->executor, plan_ns);
        return true;
    }
    become_busy(own, vu);
    shard_record_started(vu->crew->shard, own->executor.index, own_lag(vu));
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
    shard_record_started(crew->shard, executor->index, own_lag(vu));
    operation_start(&vu->operation, &crew->requests[executor->scenario->mix[vu->mix].request], now_ns);
}

void vu_cut(struct vu *vu, uint64_t now_ns)
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
    token_give(vu->executor);
    list_remove(vu);
    list_add(&scenario_of(vu)->idle, vu);
    vu->began_ns = now_ns;
    leave_place(vu->crew);
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

        vu_cut(vu, now_ns);
        vu = next;
    }
}

const struct executor_host vu_host = { acquire, begin, cut_oldest, iterations_of, retire };
