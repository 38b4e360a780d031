/* Takes closed shards in: totals per row and scenario, signatures, gauges; keeps the time and the events of the run. Control
 * thread. Seconds and window, thresholds, verdict, books and snapshots have files of their own. */
#include "aggregate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mem.h"
#include "onager/text.h"

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

static void journeys_init(struct aggregate *a)
{
    a->checks = mem_array(a->set->check_count, sizeof *a->checks);
    a->customs = mem_array(a->plan->metric_count, sizeof *a->customs);
    for (size_t i = 0; i < a->plan->metric_count; i++)
        custom_init(&a->customs[i], a->pool);
    a->groups = mem_array(a->plan->group_count, sizeof *a->groups);
    for (size_t i = 0; i < a->plan->group_count; i++)
        hist_init(&a->groups[i], HIST_COARSE_BITS, a->pool);
    hist_init(&a->group_duration, HIST_COARSE_BITS, a->pool);
}

static void journeys_release(struct aggregate *a)
{
    for (size_t i = 0; i < a->plan->metric_count; i++)
        hist_release(&a->customs[i].trend);
    for (size_t i = 0; i < a->plan->group_count; i++)
        hist_release(&a->groups[i]);
    hist_release(&a->group_duration);
    free(a->checks);
    free(a->customs);
    free(a->groups);
}

static void journeys_add(struct aggregate *a, const struct shard *shard)
{
    for (uint32_t i = 0; i < a->set->check_count; i++) {
        a->checks[i].passes += shard->checks[i].passes;
        a->checks[i].fails += shard->checks[i].fails;
        a->checks_passes += shard->checks[i].passes;
        a->checks_fails += shard->checks[i].fails;
    }
    for (size_t i = 0; i < a->plan->metric_count; i++)
        custom_add(&a->customs[i], &shard->customs[i]);
    for (size_t i = 0; i < a->plan->scenario_count * a->plan->group_count; i++) {
        hist_merge(&a->groups[i % a->plan->group_count], &shard->groups[i]);
        hist_merge(&a->group_duration, &shard->groups[i]);
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
    hist_init(&a->scratch, HIST_COARSE_BITS, a->pool);
    journeys_init(a);
    seconds_init(a);
    a->abort_wanted = -1;
    a->books_balance = true;
    a->stall_said_ns = SNAP_NONE;
    thresholds_init(a);
    return a;
}

void aggregate_free(struct aggregate *a)
{
    if (a == NULL)
        return;
    for (uint32_t r = 0; r <= a->row_count; r++)
        total_row_release(&a->rows[r]);
    thresholds_release(a);
    journeys_release(a);
    seconds_release(a);
    for (unsigned w = 0; w < a->workers; w++)
        free(a->worker[w].vus);
    hist_release(&a->response);
    hist_release(&a->lag);
    hist_release(&a->iteration_duration);
    hist_release(&a->scratch);
    free(a->worker);
    free(a->rows);
    free(a->scenarios);
    free(a->errors);
    series_set_free(a->set);
    hist_pool_free(a->pool);
    free(a);
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

void iterations_add(struct snap_iterations *to, const struct snap_iterations *from)
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
    to->interrupted_sent += from->interrupted_sent;
    hist_merge(&to->duration, &from->duration);
    hist_merge(&to->response, &from->response);
    for (unsigned p = 0; p < PHASE_COUNT; p++) {
        hist_merge(&to->phases[p], &from->phases[p]);
        to->phase_zeros[p] += shard_row_zeros(from, p);
    }
    for (unsigned i = 0; i < from->status_count; i++)
        add_status(to, from->statuses[i].code, from->statuses[i].count);
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
    if (error->example[0] == '\0')
        memcpy(error->example, from->example, sizeof error->example);
    error->first_ns = from->first_ns < error->first_ns ? from->first_ns : error->first_ns;
    error->last_ns = from->last_ns > error->last_ns ? from->last_ns : error->last_ns;
}

static void add_scenarios(struct aggregate *a, const struct shard *shard, struct second *second, struct worker_status *worker)
{
    for (size_t s = 0; s < a->plan->scenario_count; s++) {
        const struct shard_scenario *from = &shard->scenarios[s];

        iterations_add(&a->scenarios[s].iterations, &from->iterations);
        iterations_add(&second->iterations[s], &from->iterations);
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

/* CPU time between two hand-ins. The first only sets the mark (what the thread did before the run is no load), the last one's
 * interval was cut short. */
static void add_cpu(struct worker_status *worker, struct second_worker *in_second, const struct shard *shard)
{
    uint64_t span_ns = (shard->last - shard->first + 1) * INTERVAL_NS, used_ns = shard->gauges.cpu_ns - worker->gauges.cpu_ns;

    if (worker->has_cpu && !shard->is_last && shard->gauges.cpu_ns >= worker->gauges.cpu_ns) {
        in_second->cpu_ns += used_ns;
        in_second->span_ns += span_ns;
        worker->recent[worker->recent_next] = (struct second_worker){ used_ns, span_ns };
        worker->recent_next = (worker->recent_next + 1) % INTERVALS_PER_SECOND;
    }
    worker->has_cpu = true;
}

/* A process that was suspended stops all its workers: one annotation for all. */
static void say_stall(struct aggregate *a, unsigned w, const struct shard_gauges *gauges)
{
    if (a->stall_said_ns != SNAP_NONE && gauges->stall_at_ns <= a->stall_said_ns + INTERVAL_NS)
        return;
    a->stall_said_ns = gauges->stall_at_ns;
    aggregate_event(
        a, gauges->stall_at_ns, EVENT_STALL, "onager", "worker %u stood still for %.2f s", w + 1, (double)gauges->longest_stall_ns / 1e9);
}

static void add_gauges(struct aggregate *a, unsigned w, struct second *second, const struct shard *shard)
{
    const struct shard_gauges *gauges = &shard->gauges;
    struct worker_status *worker = &a->worker[w];

    if (gauges->longest_stall_ns > second->longest_stall_ns) {
        second->longest_stall_ns = gauges->longest_stall_ns;
        second->stall_at_ns = gauges->stall_at_ns;
    }
    if (gauges->longest_stall_ns > 0)
        say_stall(a, w, gauges);
    second->fds_exhausted |= gauges->fds_exhausted;
    second->ports_exhausted |= gauges->ports_exhausted;
    add_cpu(worker, &second->workers[w], shard);
    worker->gauges = *gauges;
}

void aggregate_add(struct aggregate *a, unsigned w, const struct shard *shard)
{
    struct worker_status *worker = &a->worker[w];
    struct second *second = second_take(a, shard->last);
    uint64_t merged = 0;

    INVARIANT(w < a->workers && shard->first <= shard->last && !a->is_finished);
    for (uint32_t r = 0; r < a->row_count; r++) {
        const struct shard_row *from = &shard->rows[r];

        if (from->requests.total == 0)
            continue;
        merged += from->requests.total;
        add_total(&a->rows[0], from);
        add_total(&a->rows[r + 1], from);
        second_add_row(a, second, r + 1, from);
    }
    seconds_count_interval(a, shard->last, merged);
    add_scenarios(a, shard, second, worker);
    journeys_add(a, shard);
    thresholds_add(a, shard);
    for (unsigned i = 0; i < shard->error_count; i++)
        add_error(a, &shard->errors[i]);
    add_gauges(a, w, second, shard);
    if (shard->calls != merged) {
        worker->lost += shard->calls > merged ? shard->calls - merged : merged - shard->calls;
        verdict_lost(a, w, shard->last * INTERVAL_NS);
    }
    if (shard->last + 1 > worker->covered)
        worker->covered = shard->last + 1;
    worker->is_done |= shard->is_last;
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
    struct aggregate_tick before = a->tick;

    if (a->is_finished)
        return;
    a->tick = *tick;
    seconds_tick(a, &before);
    seconds_publish(a);
    thresholds_tick(a);
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
    if (a->is_finished)
        return;
    if (!a->tick.is_paused && end_ns > a->tick.now_ns)
        a->tick.plan_ns += end_ns - a->tick.now_ns;
    a->tick.now_ns = end_ns;
    a->is_finished = true;
    seconds_flush(a);
    books_check(a);
    thresholds_finish(a);
    verdict_tick(a);
}
