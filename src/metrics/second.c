/* The seconds of a run. What arrives is added to the second its last interval lies in; a second is published to the history
 * when every worker has passed it, or when one has kept it waiting for 8 s: then it is marked late, and what still comes goes
 * to the oldest open second, so the sum over the history is the total, always. The window of the last 10 s is merged from the
 * newest seconds, open ones included. Control thread.
 *
 *     ring:   . . w w w w w w w w p p o o o n . .    p published  o open  n newest  w window: n and those before it */
#include "aggregate_internal.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

void seconds_init(struct aggregate *a)
{
    for (unsigned i = 0; i < SECONDS_KEPT; i++) {
        struct second *second = &a->seconds[i];

        second->rows = mem_array(a->row_count + 1, sizeof *second->rows);
        second->iterations = mem_array(a->plan->scenario_count, sizeof *second->iterations);
        second->workers = mem_array(a->workers, sizeof *second->workers);
        for (uint32_t r = 0; r <= a->row_count; r++)
            hist_init(&second->rows[r].duration, HIST_COARSE_BITS, a->pool);
        hist_init(&second->response, HIST_COARSE_BITS, a->pool);
        hist_init(&second->lag, HIST_COARSE_BITS, a->pool);
        hist_init(&second->blocked, HIST_COARSE_BITS, a->pool);
    }
    a->history = history_new(a->row_count);
    a->inputs = mem_array(a->row_count + 1, sizeof *a->inputs);
}

void seconds_release(struct aggregate *a)
{
    for (unsigned i = 0; i < SECONDS_KEPT; i++) {
        struct second *second = &a->seconds[i];

        for (uint32_t r = 0; r <= a->row_count; r++)
            hist_release(&second->rows[r].duration);
        hist_release(&second->response);
        hist_release(&second->lag);
        hist_release(&second->blocked);
        free(second->rows);
        free(second->iterations);
        free(second->workers);
    }
    history_drop(a->history);
    free(a->inputs);
}

static void second_begin(struct aggregate *a, struct second *second, uint64_t number)
{
    struct second kept = *second;

    for (uint32_t r = 0; r <= a->row_count; r++) {
        struct hist duration = kept.rows[r].duration;

        hist_clear(&duration);
        kept.rows[r] = (struct second_row){ .duration = duration };
    }
    memset(kept.iterations, 0, a->plan->scenario_count * sizeof *kept.iterations);
    memset(kept.workers, 0, a->workers * sizeof *kept.workers);
    hist_clear(&kept.response);
    hist_clear(&kept.lag);
    hist_clear(&kept.blocked);
    *second = (struct second){ .number = number,
                               .rows = kept.rows,
                               .iterations = kept.iterations,
                               .workers = kept.workers,
                               .response = kept.response,
                               .lag = kept.lag,
                               .blocked = kept.blocked,
                               .is_used = true };
}

/* NULL when it never was or is not kept any more. */
static const struct second *second_find(const struct aggregate *a, uint64_t number)
{
    const struct second *second = &a->seconds[number % SECONDS_KEPT];

    return second->is_used && second->number == number ? second : NULL;
}

/* An open second; number is below next_second + MAX_OPEN, so nothing that is still needed stands in its place. */
static struct second *second_open(struct aggregate *a, uint64_t number)
{
    struct second *second = &a->seconds[number % SECONDS_KEPT];

    INVARIANT(number >= a->next_second && number < a->next_second + MAX_OPEN);
    if (!second->is_used || second->number != number)
        second_begin(a, second, number);
    return second;
}

/* ---- publishing ---- */

static struct history_point point_of(const struct aggregate *a, const struct second *second)
{
    struct history_point point = { .at_ns = second->number * NS_PER_S, .seconds = 1, .is_late = second->is_late };
    struct snap_iterations sum = { 0 };
    struct shard_gauges gauges;

    for (size_t s = 0; s < a->plan->scenario_count; s++)
        iterations_add(&sum, &second->iterations[s]);
    aggregate_gauges(a, &gauges);
    point.planned = (uint32_t)sum.planned;
    point.started = (uint32_t)sum.started;
    point.completed = (uint32_t)sum.completed;
    point.dropped = (uint32_t)sum.dropped;
    point.vus_busy = gauges.vus_busy;
    point.vus_allocated = gauges.vus_allocated;
    point.in_flight = gauges.in_flight;
    point.is_paused = second->paused_ns >= NS_PER_S && sum.started == 0;
    if (second->response.count > 0)
        point.response_p95 = history_log_encode(hist_quantile(&second->response, 0.95));
    if (second->lag.count > 0)
        point.lag_p99 = history_log_encode(hist_quantile(&second->lag, 0.99));
    return point;
}

static void publish_oldest(struct aggregate *a, bool is_late)
{
    struct second *second = second_open(a, a->next_second);
    struct history_point point;
    size_t inputs = 0;

    second->is_late = is_late;
    point = point_of(a, second);
    point.verdict_codes = verdict_second(a, second);
    for (uint32_t r = 0; r <= a->row_count; r++) {
        struct second_row *row = &second->rows[r];

        if (r == 0 || row->count > 0)
            a->inputs[inputs++] = (struct history_row_input){ r, row->count, row->failed, row->bytes_received, &row->duration };
    }
    a->history_requests += second->rows[0].count;
    history_append(a->history, &point, a->inputs, inputs);
    a->next_second++;
}

static void covered(const struct aggregate *a, uint64_t *least, uint64_t *most)
{
    *least = UINT64_MAX;
    *most = 0;
    for (unsigned w = 0; w < a->workers; w++) {
        if (!a->worker[w].is_done && a->worker[w].covered < *least)
            *least = a->worker[w].covered;
        if (a->worker[w].covered > *most)
            *most = a->worker[w].covered;
    }
    if (*least > *most)
        *least = *most; /* all are done */
}

void seconds_publish(struct aggregate *a)
{
    uint64_t least, most;

    covered(a, &least, &most);
    least /= INTERVALS_PER_SECOND;
    most /= INTERVALS_PER_SECOND;
    while (a->next_second < least)
        publish_oldest(a, false);
    while (a->next_second + MAX_BEHIND < most)
        publish_oldest(a, true);
}

static bool is_empty(const struct aggregate *a, const struct second *second)
{
    if (second == NULL)
        return true;
    for (size_t s = 0; s < a->plan->scenario_count; s++) {
        const struct snap_iterations *it = &second->iterations[s];

        if (it->planned + it->started + it->completed + it->interrupted + it->dropped + it->cancelled > 0)
            return false;
    }
    return second->rows[0].count == 0;
}

void seconds_flush(struct aggregate *a)
{
    uint64_t end = a->next_second, end_ns = a->tick.now_ns, least, most;

    covered(a, &least, &most);
    /* a run that ended on the second has no further one, though its last hand-in may name one */
    for (uint64_t number = a->next_second; number < a->next_second + MAX_OPEN; number++)
        if (!is_empty(a, second_find(a, number)) || (number * INTERVALS_PER_SECOND < most && number * NS_PER_S < end_ns))
            end = number + 1;
    while (a->next_second < end)
        publish_oldest(a, false);
    history_flush(a->history);
}

/* ---- rules that look at a second ---- */

uint64_t aggregate_seconds(const struct aggregate *a)
{
    return a->next_second;
}

/* In the metric's unit: milliseconds. */
static double duration_of(const struct hist *duration, const struct plan_threshold *when)
{
    switch (when->aggregate) {
    case AGG_AVG:
        return (double)duration->sum_ns / (double)duration->count / 1e6;
    case AGG_MIN:
        return (double)duration->min_ns / 1e6;
    case AGG_MAX:
        return (double)duration->max_ns / 1e6;
    default:
        return (double)hist_quantile(duration, when->quantile) / 1e6;
    }
}

bool aggregate_second_holds(const struct aggregate *a, uint64_t number, const struct plan_threshold *when, bool *holds)
{
    const struct second *second = second_find(a, number);
    bool is_about_time = strcmp(when->metric, "http_req_duration") == 0;
    const struct second_row *all;

    if (second == NULL || number >= a->next_second)
        return false;
    all = &second->rows[0];
    if (all->count == 0 || (is_about_time && all->duration.count == 0))
        return false;
    *holds = threshold_holds(when, is_about_time ? duration_of(&all->duration, when) : (double)all->failed / (double)all->count);
    return true;
}

/* ---- taking in ---- */

struct second *second_take(struct aggregate *a, uint64_t interval)
{
    uint64_t number = interval / INTERVALS_PER_SECOND, least, most;

    /* after a long stop a worker is far ahead of what is open: publish up to where there is room */
    while (number >= a->next_second + MAX_OPEN) {
        covered(a, &least, &most);
        publish_oldest(a, (a->next_second + 1) * INTERVALS_PER_SECOND > least);
    }
    return second_open(a, number > a->next_second ? number : a->next_second);
}

static void add_to(struct second_row *to, const struct shard_row *from)
{
    to->count += from->requests.total;
    to->failed += from->requests.failed_status + from->requests.errors_all;
    to->bytes_received += from->requests.bytes_received;
    to->phase_count += from->duration.count;
    for (unsigned p = 0; p < PHASE_COUNT; p++)
        to->phase_sum_ns[p] += from->phases[p].sum_ns;
    hist_merge(&to->duration, &from->duration);
}

void second_add_row(struct aggregate *a, struct second *second, uint32_t row, const struct shard_row *from)
{
    (void)a;
    add_to(&second->rows[0], from);
    add_to(&second->rows[row], from);
    hist_merge(&second->blocked, &from->phases[PHASE_BLOCKED]);
}

void seconds_count_interval(struct aggregate *a, uint64_t interval, uint64_t requests)
{
    const uint64_t slots = SECONDS_KEPT * INTERVALS_PER_SECOND;

    if (interval > a->newest_interval + slots)
        a->newest_interval = interval - slots;
    while (a->newest_interval < interval)
        a->interval_counts[++a->newest_interval % slots] = 0;
    if (interval + slots > a->newest_interval)
        a->interval_counts[interval % slots] += requests;
}

/* What ticks know, into the second it belongs to: pause, steal, connects that waited. */
void seconds_tick(struct aggregate *a, const struct aggregate_tick *before)
{
    uint64_t from = before->now_ns, to = a->tick.now_ns, number = to / NS_PER_S;
    uint64_t end_of_open = (a->next_second + MAX_OPEN) * NS_PER_S;
    struct second *second;

    if (from < a->next_second * NS_PER_S)
        from = a->next_second * NS_PER_S;
    while (before->is_paused && from < to && from < end_of_open) {
        uint64_t end = (from / NS_PER_S + 1) * NS_PER_S;

        second_open(a, from / NS_PER_S)->paused_ns += (end < to ? end : to) - from;
        from = end;
    }
    if (number < a->next_second)
        number = a->next_second;
    if (number >= a->next_second + MAX_OPEN)
        number = a->next_second + MAX_OPEN - 1;
    second = second_open(a, number);
    if (a->tick.steal_ns > before->steal_ns)
        second->steal_ns += a->tick.steal_ns - before->steal_ns;
    if (a->tick.connect_wait_p99_ns > second->connect_wait_ns)
        second->connect_wait_ns = a->tick.connect_wait_p99_ns;
}

/* ---- the last 10 s ---- */

/* The second that grows and nine before it; one more while it has hardly begun. So 9.5 to 10.5 s, once there are so many. The
 * length is what was handed in, not what the clock says: the next hand-in is always due in a moment. */
void window_find(const struct aggregate *a, struct window *window)
{
    uint64_t least, most, current, first, intervals = 0;

    *window = (struct window){ .count = 0 };
    covered(a, &least, &most);
    if (most == 0)
        return;
    current = (most - 1) / INTERVALS_PER_SECOND;
    first = current >= WINDOW_SECONDS - 1 ? current - (WINDOW_SECONDS - 1) : 0;
    if (first > 0 && most - current * INTERVALS_PER_SECOND < INTERVALS_PER_SECOND / 2)
        first--;
    for (uint64_t number = first; number <= current; number++) {
        const struct second *second = second_find(a, number);

        if (second != NULL)
            window->seconds[window->count++] = second;
    }
    for (unsigned w = 0; w < a->workers; w++) {
        uint64_t own = a->worker[w].is_done ? most : a->worker[w].covered;

        intervals += own > first * INTERVALS_PER_SECOND ? own - first * INTERVALS_PER_SECOND : 0;
    }
    window->length_s = (double)(intervals * INTERVAL_NS) / 1e9 / a->workers;
    if (a->is_finished && a->tick.now_ns > first * NS_PER_S && window->length_s > (double)(a->tick.now_ns - first * NS_PER_S) / 1e9)
        window->length_s = (double)(a->tick.now_ns - first * NS_PER_S) / 1e9; /* the last interval was cut short */
}

double window_rate(const struct window *window, uint64_t count)
{
    return window->length_s > 0 ? (double)count / window->length_s : 0;
}

/* Over the last four intervals that every worker has handed in. */
double rate_of_last_second(const struct aggregate *a)
{
    uint64_t least, most, count = 0, intervals = 0, length_ns;

    covered(a, &least, &most);
    if (least + MAX_BEHIND * INTERVALS_PER_SECOND < most)
        least = most - MAX_BEHIND * INTERVALS_PER_SECOND;
    for (; intervals < INTERVALS_PER_SECOND && intervals < least; intervals++)
        count += a->interval_counts[(least - 1 - intervals) % (SECONDS_KEPT * INTERVALS_PER_SECOND)];
    length_ns = intervals * INTERVAL_NS;
    if (a->is_finished && least * INTERVAL_NS > a->tick.now_ns && length_ns > least * INTERVAL_NS - a->tick.now_ns)
        length_ns -= least * INTERVAL_NS - a->tick.now_ns;
    return length_ns > 0 ? (double)count * 1e9 / (double)length_ns : 0;
}
