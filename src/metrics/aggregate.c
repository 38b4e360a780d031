/* Takes closed shards in: totals of the run, seconds, history. Control thread. */
#include "aggregate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mem.h"
#include "onager/text.h"

static void second_init(struct aggregate *a, struct second *second)
{
    second->rows = mem_array(a->row_count + 1, sizeof *second->rows);
    second->iterations = mem_array(a->plan->scenario_count, sizeof *second->iterations);
    for (uint32_t r = 0; r <= a->row_count; r++)
        hist_init(&second->rows[r].duration, HIST_COARSE_BITS, a->pool);
    hist_init(&second->response, HIST_COARSE_BITS, a->pool);
    hist_init(&second->lag, HIST_COARSE_BITS, a->pool);
    hist_init(&second->blocked, HIST_COARSE_BITS, a->pool);
}

static void second_release(struct aggregate *a, struct second *second)
{
    for (uint32_t r = 0; r <= a->row_count; r++)
        hist_release(&second->rows[r].duration);
    hist_release(&second->response);
    hist_release(&second->lag);
    hist_release(&second->blocked);
    free(second->rows);
    free(second->iterations);
}

static void second_begin(struct aggregate *a, struct second *second, uint64_t number)
{
    for (uint32_t r = 0; r <= a->row_count; r++) {
        struct hist keep = second->rows[r].duration;

        hist_clear(&keep);
        second->rows[r] = (struct second_row){ .duration = keep };
    }
    memset(second->iterations, 0, a->plan->scenario_count * sizeof *second->iterations);
    hist_clear(&second->response);
    hist_clear(&second->lag);
    hist_clear(&second->blocked);
    second->longest_stall_ns = second->stall_at_ns = 0;
    second->stalls = 0;
    second->fds_exhausted = second->ports_exhausted = second->is_late = false;
    second->number = number;
    second->is_used = true;
}

static void total_row_init(struct aggregate *a, struct total_row *row)
{
    hist_init(&row->duration, HIST_FINE_BITS, a->pool);
    hist_init(&row->response, HIST_COARSE_BITS, a->pool);
    for (unsigned p = 0; p < PHASE_COUNT; p++)
        hist_init(&row->phases[p], HIST_COARSE_BITS, a->pool);
}

static void total_row_release(struct total_row *row)
{
    hist_release(&row->duration);
    hist_release(&row->response);
    for (unsigned p = 0; p < PHASE_COUNT; p++)
        hist_release(&row->phases[p]);
    free(row->statuses);
}

static void series_init(struct aggregate *a)
{
    a->series = mem_array(a->set->count, sizeof *a->series);
    for (size_t i = 0; i < a->set->count; i++)
        hist_init(&a->series[i].trend, HIST_COARSE_BITS, a->pool);
    for (size_t t = 0; t < a->plan->threshold_count; t++) {
        struct total_series *series;
        size_t slots = (size_t)(a->plan->thresholds[t].over_ns / (2 * NS_PER_S));

        if (slots == 0)
            continue;
        series = &a->series[a->set->of_threshold[t]];
        slots += MAX_BEHIND; /* slots that are still being filled */
        if (slots <= series->slot_count)
            continue;
        for (size_t i = 0; i < series->slot_count; i++)
            hist_release(&series->slots[i].trend);
        free(series->slots);
        series->slots = mem_array(slots, sizeof *series->slots);
        series->slot_count = slots;
        for (size_t i = 0; i < slots; i++) {
            series->slots[i].number = SNAP_NONE;
            hist_init(&series->slots[i].trend, HIST_COARSE_BITS, a->pool);
        }
    }
}

struct aggregate *aggregate_new(const struct plan *plan, unsigned workers)
{
    struct aggregate *a = mem_alloc(sizeof *a);

    a->plan = plan;
    a->workers = workers;
    a->set = series_set_new(plan);
    a->pool = hist_pool_new(256);
    a->row_count = a->set->row_count;
    a->worker = mem_array(workers, sizeof *a->worker);
    for (unsigned w = 0; w < workers; w++)
        a->worker[w].vus = mem_array(plan->scenario_count * 3, sizeof *a->worker[w].vus);
    a->rows = mem_array(a->row_count + 1, sizeof *a->rows);
    for (uint32_t r = 0; r <= a->row_count; r++)
        total_row_init(a, &a->rows[r]);
    a->scenarios = mem_array(plan->scenario_count, sizeof *a->scenarios);
    hist_init(&a->response, HIST_COARSE_BITS, a->pool);
    hist_init(&a->lag, HIST_COARSE_BITS, a->pool);
    hist_init(&a->iteration_duration, HIST_COARSE_BITS, a->pool);
    hist_init(&a->window, HIST_COARSE_BITS, a->pool);
    for (unsigned i = 0; i < SECONDS_KEPT; i++)
        second_init(a, &a->seconds[i]);
    series_init(a);
    a->history = history_new(a->row_count);
    a->inputs = mem_array(a->row_count + 1, sizeof *a->inputs);
    a->abort_wanted = -1;
    a->books_balance = true;
    threshold_init(a);
    return a;
}

void aggregate_free(struct aggregate *a)
{
    if (a == NULL)
        return;
    for (uint32_t r = 0; r <= a->row_count; r++)
        total_row_release(&a->rows[r]);
    for (unsigned i = 0; i < SECONDS_KEPT; i++)
        second_release(a, &a->seconds[i]);
    for (size_t i = 0; i < a->set->count; i++) {
        hist_release(&a->series[i].trend);
        for (size_t k = 0; k < a->series[i].slot_count; k++)
            hist_release(&a->series[i].slots[k].trend);
        free(a->series[i].slots);
    }
    for (unsigned w = 0; w < a->workers; w++)
        free(a->worker[w].vus);
    hist_release(&a->response);
    hist_release(&a->lag);
    hist_release(&a->iteration_duration);
    hist_release(&a->window);
    history_drop(a->history);
    free(a->worker);
    free(a->rows);
    free(a->scenarios);
    free(a->series);
    free(a->errors);
    free(a->inputs);
    free(a->thresholds);
    series_set_free(a->set);
    hist_pool_free(a->pool);
    free(a);
}

struct second *aggregate_second(struct aggregate *a, uint64_t number)
{
    struct second *second = &a->seconds[number % SECONDS_KEPT];

    return second->is_used && second->number == number ? second : NULL;
}

/* The second that takes a shard in: its own, or the oldest unpublished one when that is over already. */
static struct second *second_for(struct aggregate *a, uint64_t number)
{
    struct second *second;

    if (number < a->next_second)
        number = a->next_second;
    second = &a->seconds[number % SECONDS_KEPT];
    if (!second->is_used || second->number != number)
        second_begin(a, second, number);
    return second;
}

static void add_requests(struct snap_requests *to, const struct snap_requests *from)
{
    to->total += from->total;
    to->sent += from->sent;
    to->ok += from->ok;
    to->failed_status += from->failed_status;
    to->interrupted += from->interrupted;
    to->retried += from->retried;
    to->errors_all += from->errors_all;
    to->bytes_sent += from->bytes_sent;
    to->bytes_received += from->bytes_received;
    for (unsigned f = 0; f < FAULT_COUNT; f++)
        to->errors[f] += from->errors[f];
}

static void add_iterations(struct snap_iterations *to, const struct snap_iterations *from)
{
    to->planned += from->planned;
    to->started += from->started;
    to->completed += from->completed;
    to->interrupted += from->interrupted;
    to->cancelled += from->cancelled;
    to->failed += from->failed;
    to->dropped += from->dropped;
    to->dropped_no_vu += from->dropped_no_vu;
    to->dropped_stall += from->dropped_stall;
    to->dropped_queue_full += from->dropped_queue_full;
}

static void add_status(struct total_row *row, uint16_t code, uint64_t count)
{
    size_t i = 0;

    while (i < row->status_count && row->statuses[i].code < code)
        i++;
    if (i == row->status_count || row->statuses[i].code != code) {
        if (row->status_count == row->status_capacity) {
            row->status_capacity = row->status_capacity > 0 ? row->status_capacity * 2 : 8;
            row->statuses = mem_resize(row->statuses, row->status_capacity, sizeof *row->statuses);
        }
        memmove(&row->statuses[i + 1], &row->statuses[i], (row->status_count - i) * sizeof *row->statuses);
        row->statuses[i] = (struct snap_status){ .code = code };
        row->status_count++;
    }
    row->statuses[i].count += count;
}

static void add_total(struct total_row *to, const struct shard_row *from)
{
    add_requests(&to->requests, &from->requests);
    hist_merge(&to->duration, &from->duration);
    hist_merge(&to->response, &from->response);
    for (unsigned p = 0; p < PHASE_COUNT; p++) {
        hist_merge(&to->phases[p], &from->phases[p]);
        to->phase_zeros[p] += from->phase_zeros[p];
    }
    for (unsigned i = 0; i < from->status_count; i++)
        add_status(to, from->statuses[i].code, from->statuses[i].count);
}

static void add_to_second(struct second_row *to, const struct shard_row *from)
{
    to->count += from->requests.total;
    to->failed += from->requests.failed_status + from->requests.errors_all;
    to->bytes_received += from->requests.bytes_received;
    to->phase_count += from->duration.count;
    for (unsigned p = 0; p < PHASE_COUNT; p++)
        to->phase_sum_ns[p] += from->phases[p].sum_ns;
    hist_merge(&to->duration, &from->duration);
}

static void add_error(struct aggregate *a, const struct shard_error *from)
{
    struct shard_error *error;
    size_t i = 0;

    while (i < a->error_count && (a->errors[i].row != from->row || a->errors[i].kind != from->kind || a->errors[i].status != from->status))
        i++;
    if (i == a->error_count) {
        if (a->error_count == a->error_capacity) {
            a->error_capacity = a->error_capacity > 0 ? a->error_capacity * 2 : 16;
            a->errors = mem_resize(a->errors, a->error_capacity, sizeof *a->errors);
        }
        a->errors[a->error_count++] = *from;
        return;
    }
    error = &a->errors[i];
    error->count += from->count;
    error->first_ns = from->first_ns < error->first_ns ? from->first_ns : error->first_ns;
    error->last_ns = from->last_ns > error->last_ns ? from->last_ns : error->last_ns;
}

static void add_series(struct aggregate *a, const struct shard *shard)
{
    uint64_t number = shard->last / (2 * INTERVALS_PER_SECOND);

    for (size_t i = 0; i < a->set->count; i++) {
        struct total_series *to = &a->series[i];
        const struct shard_series *from = &shard->series[i];
        struct series_slot *slot;

        hist_merge(&to->trend, &from->trend);
        to->count += from->count;
        to->passes += from->passes;
        if (to->slot_count == 0)
            continue;
        slot = &to->slots[number % to->slot_count];
        if (slot->number != number) {
            hist_clear(&slot->trend);
            slot->number = number;
            slot->count = slot->passes = 0;
        }
        hist_merge(&slot->trend, &from->trend);
        slot->count += from->count;
        slot->passes += from->passes;
    }
}

static void add_scenarios(struct aggregate *a, const struct shard *shard, struct second *second, struct worker_status *worker)
{
    for (size_t s = 0; s < a->plan->scenario_count; s++) {
        const struct shard_scenario *from = &shard->scenarios[s];

        add_iterations(&a->scenarios[s].iterations, &from->iterations);
        add_iterations(&second->iterations[s], &from->iterations);
        hist_merge(&a->lag, &from->lag);
        hist_merge(&a->response, &from->response);
        hist_merge(&a->iteration_duration, &from->duration);
        hist_merge(&second->lag, &from->lag);
        hist_merge(&second->response, &from->response);
        worker->vus[3 * s] = from->vus_busy;
        worker->vus[3 * s + 1] = from->vus_allocated;
        worker->vus[3 * s + 2] = from->vus_waiting;
    }
}

static void add_gauges(struct second *second, struct worker_status *worker, const struct shard *shard)
{
    const struct shard_gauges *gauges = &shard->gauges;
    uint64_t now = shard->last + 1;

    if (gauges->longest_stall_ns > second->longest_stall_ns) {
        second->longest_stall_ns = gauges->longest_stall_ns;
        second->stall_at_ns = gauges->stall_at_ns;
    }
    second->stalls += (unsigned)(gauges->stalls - worker->gauges.stalls);
    second->fds_exhausted |= gauges->fds_exhausted;
    second->ports_exhausted |= gauges->ports_exhausted;
    if (now >= worker->second_at + INTERVALS_PER_SECOND) {
        double seconds = (double)(now - worker->second_at) / (double)INTERVALS_PER_SECOND;

        worker->busy = (double)(gauges->cpu_ns - worker->second_cpu_ns) / 1e9 / seconds;
        worker->second_cpu_ns = gauges->cpu_ns;
        worker->second_at = now;
    }
    worker->gauges = *gauges;
}

static void publish_second(struct aggregate *a, struct second *second)
{
    struct history_point point = { .at_ns = second->number * NS_PER_S, .seconds = 1, .is_late = second->is_late };
    struct shard_gauges gauges;
    size_t inputs = 0;

    aggregate_gauges(a, &gauges);
    for (size_t s = 0; s < a->plan->scenario_count; s++) {
        point.planned += (uint32_t)second->iterations[s].planned;
        point.started += (uint32_t)second->iterations[s].started;
        point.completed += (uint32_t)second->iterations[s].completed;
        point.dropped += (uint32_t)second->iterations[s].dropped;
    }
    point.vus_busy = gauges.vus_busy;
    point.vus_allocated = gauges.vus_allocated;
    point.in_flight = gauges.in_flight;
    point.is_paused = a->tick.is_paused && second->rows[0].count == 0;
    if (second->response.count > 0)
        point.response_p95 = history_log_encode(hist_quantile(&second->response, 0.95));
    if (second->lag.count > 0)
        point.lag_p99 = history_log_encode(hist_quantile(&second->lag, 0.99));
    point.verdict_codes = verdict_second(a, second);
    for (uint32_t r = 0; r <= a->row_count; r++) {
        struct second_row *row = &second->rows[r];

        if (r > 0 && row->count == 0)
            continue;
        a->inputs[inputs++] = (struct history_row_input){ r, row->count, row->failed, row->bytes_received, &row->duration };
    }
    a->history_requests += second->rows[0].count;
    history_append(a->history, &point, a->inputs, inputs);
}

/* Publishes what all workers have passed, and what one has kept waiting for too long. */
static void publish_ready(struct aggregate *a)
{
    uint64_t least = UINT64_MAX, most = 0;

    for (unsigned w = 0; w < a->workers; w++) {
        uint64_t covered = a->worker[w].is_done ? UINT64_MAX : a->worker[w].covered;

        least = covered < least ? covered : least;
        most = a->worker[w].covered > most ? a->worker[w].covered : most;
    }
    least /= INTERVALS_PER_SECOND;
    most /= INTERVALS_PER_SECOND;
    while (a->next_second < most && (a->next_second < least || a->next_second + MAX_BEHIND < most)) {
        struct second *second = second_for(a, a->next_second);

        second->is_late = a->next_second >= least;
        publish_second(a, second);
        a->next_second++;
        if (a->next_second % 2 == 0)
            threshold_evaluate(a, a->tick.plan_ns, false);
    }
}

void aggregate_add(struct aggregate *a, unsigned w, const struct shard *shard)
{
    struct worker_status *worker = &a->worker[w];
    struct second *second = second_for(a, shard->last / INTERVALS_PER_SECOND);

    for (uint32_t r = 0; r < a->row_count; r++) {
        const struct shard_row *from = &shard->rows[r];

        if (from->requests.total == 0)
            continue;
        add_total(&a->rows[0], from);
        add_total(&a->rows[r + 1], from);
        add_to_second(&second->rows[0], from);
        add_to_second(&second->rows[r + 1], from);
        hist_merge(&second->blocked, &from->phases[PHASE_BLOCKED]);
    }
    add_scenarios(a, shard, second, worker);
    add_series(a, shard);
    for (unsigned i = 0; i < shard->error_count; i++)
        add_error(a, &shard->errors[i]);
    add_gauges(second, worker, shard);
    worker->calls += shard->calls;
    worker->covered = shard->last + 1;
    worker->is_done |= shard->is_last;
    publish_ready(a);
}

void aggregate_gauges(const struct aggregate *a, struct shard_gauges *sum)
{
    *sum = (struct shard_gauges){ 0 };
    for (unsigned w = 0; w < a->workers; w++) {
        const struct shard_gauges *own = &a->worker[w].gauges;

        sum->vus_busy += own->vus_busy;
        sum->vus_allocated += own->vus_allocated;
        sum->in_flight += own->in_flight;
        sum->waiting += own->waiting;
        sum->connections += own->connections;
    }
}

void aggregate_tick(struct aggregate *a, const struct aggregate_tick *tick)
{
    a->tick = *tick;
    verdict_tick(a);
}

int aggregate_abort_wanted(const struct aggregate *a)
{
    return a->abort_wanted;
}

void aggregate_event(struct aggregate *a, uint64_t at_ns, enum event_kind kind, const char *by, const char *format, ...)
{
    struct snap_event *event = &a->events[a->event_count++ % EVENTS_KEPT];
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *event = (struct snap_event){ .at_ns = at_ns, .wall_ns = clock_wall_ns(), .kind = kind };
    text_sanitize(event->by, sizeof event->by, by, strlen(by), sizeof event->by - 1, true);
    text_sanitize(event->text, sizeof event->text, text, strlen(text), sizeof event->text - 1, true);
}

void aggregate_finish(struct aggregate *a, uint64_t end_ns)
{
    uint64_t last = 0;

    for (unsigned w = 0; w < a->workers; w++)
        if (a->worker[w].covered > last)
            last = a->worker[w].covered;
    a->tick.now_ns = end_ns;
    /* whole seconds, and the begun one */
    last = (last + INTERVALS_PER_SECOND - 1) / INTERVALS_PER_SECOND;
    while (a->next_second < last) {
        publish_second(a, second_for(a, a->next_second));
        a->next_second++;
    }
    history_flush(a->history);
    a->is_finished = true;
    books_check(a);
    threshold_evaluate(a, a->tick.plan_ns, true);
}
