/* Fills snapshots from the aggregate: everything that was measured, in one place. Control thread. */
#include "aggregate_internal.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct snapshot_slot {
    struct snapshot snapshot;
    struct snap_row *rows;
    struct snap_status *statuses;
    struct snap_error *errors;
    char (*examples)[EXAMPLE_SIZE];
    struct snap_scenario *scenarios;
    struct snap_threshold *thresholds;
    struct snap_reason *reasons;
    struct snap_worker *workers;
    struct snap_event *events;
    struct snap_check *checks;
    struct snap_custom *customs;
    struct snap_group *groups;
    struct history *history;
};

struct snapshot_slot *snapshot_slot_new(void)
{
    return mem_alloc(sizeof(struct snapshot_slot));
}

void snapshot_slot_clear(struct snapshot_slot *slot)
{
    if (slot->history != NULL)
        history_drop(slot->history);
    slot->history = NULL;
}

void snapshot_slot_free(struct snapshot_slot *slot)
{
    if (slot == NULL)
        return;
    snapshot_slot_clear(slot);
    free(slot->rows);
    free(slot->statuses);
    free(slot->errors);
    free(slot->examples);
    free(slot->scenarios);
    free(slot->thresholds);
    free(slot->reasons);
    free(slot->workers);
    free(slot->events);
    free(slot->checks);
    free(slot->customs);
    free(slot->groups);
    free(slot);
}

static void fill_phases(struct snap_trend *trend, const struct total_row *row, unsigned phase)
{
    uint64_t zeros = row->phase_zeros[phase], all = zeros + row->phases[phase].count;
    uint64_t *values[] = { &trend->p50_ns, &trend->p90_ns, &trend->p95_ns, &trend->p99_ns, &trend->p999_ns };
    static const double quantiles[] = { 0.5, 0.9, 0.95, 0.99, 0.999 };

    hist_trend(&row->phases[phase], trend);
    if (zeros == 0)
        return;
    /* only values above zero are in the histogram: ranks shift by the zeros before them */
    for (unsigned i = 0; i < 5; i++) {
        double rank = quantiles[i] * (double)all - (double)zeros;

        *values[i] = rank <= 0 ? 0 : hist_quantile(&row->phases[phase], rank / (double)row->phases[phase].count);
    }
    trend->count = all;
    trend->min_ns = 0;
    trend->max_ns = row->phases[phase].count > 0 ? row->phases[phase].max_ns : 0;
    trend->mean_ns = row->phases[phase].sum_ns / all;
}

static void fill_row(
    struct aggregate *a, struct snap_row *out, uint32_t id, const struct window *window, struct snap_status **statuses,
    bool with_histograms)
{
    const struct total_row *row = &a->rows[id];
    uint64_t phase_sum[PHASE_COUNT] = { 0 }, phase_count = 0;

    out->id = id;
    out->requests = row->requests;
    out->failed = snap_failed(&row->requests);
    hist_trend(&row->duration, &out->duration);
    for (unsigned p = 0; p < PHASE_COUNT; p++)
        fill_phases(&out->phases[p], row, p);
    out->failed_10s = out->count_10s = 0;
    hist_clear(&a->scratch);
    for (unsigned i = 0; i < window->count; i++) {
        const struct second_row *second = &window->seconds[i]->rows[id];

        out->count_10s += second->count;
        out->failed_10s += second->failed;
        hist_merge(&a->scratch, &second->duration);
        phase_count += second->phase_count;
        for (unsigned p = 0; p < PHASE_COUNT; p++)
            phase_sum[p] += second->phase_sum_ns[p];
    }
    hist_trend(&a->scratch, &out->duration_10s);
    out->rate_10s = window_rate(window, out->count_10s);
    for (unsigned p = 0; p < PHASE_COUNT; p++)
        out->phase_mean_10s_ns[p] = phase_count > 0 ? phase_sum[p] / phase_count : 0;
    out->statuses = *statuses;
    out->status_count = row->status_count;
    if (row->status_count > 0)
        memcpy(*statuses, row->statuses, row->status_count * sizeof **statuses);
    *statuses += row->status_count;
    out->histogram = with_histograms ? &row->duration : NULL;
}

static void fill_rows(struct aggregate *a, struct snapshot_slot *slot, const struct window *window, bool with_histograms)
{
    struct snapshot *s = &slot->snapshot;
    struct snap_status *statuses;
    size_t status_count = 0;

    for (uint32_t r = 0; r <= a->row_count; r++)
        status_count += a->rows[r].status_count;
    slot->rows = mem_resize(slot->rows, a->row_count, sizeof *slot->rows);
    statuses = slot->statuses = mem_resize(slot->statuses, status_count, sizeof *slot->statuses);
    s->all = (struct snap_row){ .name = "all", .method = "", .scenario = "", .group = "", .transport = "" };
    fill_row(a, &s->all, 0, window, &statuses, with_histograms);
    for (uint32_t r = 0; r < a->row_count; r++) {
        uint32_t scenario = a->set->row_scenario[r];
        const struct plan_scenario *from = &a->plan->scenarios[scenario];
        struct plan_use row = plan_scenario_row(from, r - series_first_row(a->plan, scenario));
        const struct plan_request *request = &a->plan->requests[row.request];

        slot->rows[r] = (struct snap_row){ .name = request->name,
                                           .method = request->method,
                                           .scenario = from->name,
                                           .group = plan_group(a->plan, row.group),
                                           .transport = transport_kind_name(request->transport) };
        fill_row(a, &slot->rows[r], r + 1, window, &statuses, with_histograms);
    }
    s->rows = slot->rows;
    s->row_count = a->row_count;
}

static int by_count(const void *x, const void *y)
{
    const struct snap_error *a = x;
    const struct snap_error *b = y;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->first_ns < b->first_ns ? -1 : a->first_ns > b->first_ns;
}

static void fill_errors(struct aggregate *a, struct snapshot_slot *slot)
{
    slot->errors = mem_resize(slot->errors, a->error_count, sizeof *slot->errors);
    slot->examples = mem_resize(slot->examples, a->error_count, sizeof *slot->examples);
    for (size_t i = 0; i < a->error_count; i++) {
        const struct shard_error *from = &a->errors[i];

        memcpy(slot->examples[i], from->example, EXAMPLE_SIZE);
        slot->errors[i] =
            (struct snap_error){ from->kind, from->status, from->row, from->count, from->first_ns, from->last_ns, slot->examples[i] };
    }
    if (a->error_count > 1)
        qsort(slot->errors, a->error_count, sizeof *slot->errors, by_count);
    slot->snapshot.errors = slot->errors;
    slot->snapshot.error_count = a->error_count;
}

static void fill_scenario(struct aggregate *a, struct snap_scenario *out, size_t index, const struct window *window)
{
    const struct plan_scenario *plan = &a->plan->scenarios[index];
    uint64_t length = plan_scenario_length_ns(plan);
    uint64_t completed = 0, plan_ns = a->tick.plan_ns;

    *out = (struct snap_scenario){ .name = plan->name,
                                   .executor = plan->executor,
                                   .iterations = a->scenarios[index].iterations,
                                   .starts_ns = plan->start_time_ns,
                                   .ends_ns = length > 0 ? plan->start_time_ns + length : SNAP_NONE,
                                   .vus_max = plan_scenario_max_vus(plan) };
    for (unsigned i = 0; i < window->count; i++)
        completed += window->seconds[i]->iterations[index].completed;
    out->iterations_per_s_10s = window_rate(window, completed);
    for (unsigned w = 0; w < a->workers; w++) {
        out->vus_busy += a->worker[w].vus[3 * index];
        out->vus_allocated += a->worker[w].vus[3 * index + 1];
        out->iterations.waiting += a->worker[w].vus[3 * index + 2];
    }
    out->steering = steering_none();
    if (a->tick.scenarios != NULL) {
        const struct scenario_now *now = &a->tick.scenarios[index];

        out->steering = now->steering;
        out->ends_ns = now->ends_ns;
        out->planned_vus = a->is_finished ? 0 : now->planned_vus;
        out->planned_rate = a->is_finished ? 0 : now->planned_rate;
    }
    out->is_started = a->tick.now_ns > 0 && plan_ns >= plan->start_time_ns;
    out->is_ended = a->is_finished || (out->ends_ns != SNAP_NONE && plan_ns >= out->ends_ns);
    if (a->tick.scenarios == NULL && executor_is_open(plan->executor) && out->is_started && !out->is_ended && !a->tick.is_paused)
        out->planned_rate = (double)plan->rate.count * 1e9 / (double)plan->rate.per_ns;
}

static void fill_scenarios(struct aggregate *a, struct snapshot_slot *slot, const struct window *window)
{
    struct snapshot *s = &slot->snapshot;

    slot->scenarios = mem_resize(slot->scenarios, a->plan->scenario_count, sizeof *slot->scenarios);
    for (size_t i = 0; i < a->plan->scenario_count; i++) {
        struct snap_scenario *scenario = &slot->scenarios[i];
        const struct snap_iterations *from = &scenario->iterations;

        fill_scenario(a, scenario, i, window);
        s->iterations.planned += from->planned;
        s->iterations.started += from->started;
        s->iterations.completed += from->completed;
        s->iterations.interrupted += from->interrupted;
        s->iterations.cancelled += from->cancelled;
        s->iterations.failed += from->failed;
        s->iterations.dropped += from->dropped;
        s->iterations.dropped_no_vu += from->dropped_no_vu;
        s->iterations.dropped_stall += from->dropped_stall;
        s->iterations.dropped_queue_full += from->dropped_queue_full;
        s->iterations.waiting += from->waiting;
        s->iterations_per_s_10s += scenario->iterations_per_s_10s;
        s->vus_max += scenario->vus_max;
        s->has_open_model |= executor_is_open(scenario->executor);
    }
    s->scenarios = slot->scenarios;
    s->scenario_count = a->plan->scenario_count;
}

static void fill_checks(struct aggregate *a, struct snapshot_slot *slot)
{
    const struct series_set *set = a->set;

    slot->checks = mem_resize(slot->checks, set->check_count, sizeof *slot->checks);
    for (uint32_t r = 0; r < a->row_count; r++) {
        const struct plan_scenario *scenario = &a->plan->scenarios[set->row_scenario[r]];
        struct plan_use row = plan_scenario_row(scenario, r - series_first_row(a->plan, set->row_scenario[r]));
        const struct plan_request *request = &a->plan->requests[row.request];

        for (uint32_t c = set->row_checks[r]; c < set->row_checks[r + 1]; c++)
            slot->checks[c] = (struct snap_check){ .name = request->checks[c - set->row_checks[r]].name,
                                                   .request = request->name,
                                                   .scenario = scenario->name,
                                                   .group = plan_group(a->plan, row.group),
                                                   .passes = a->checks[c].passes,
                                                   .fails = a->checks[c].fails };
    }
    slot->snapshot.checks = slot->checks;
    slot->snapshot.check_count = set->check_count;
    slot->snapshot.checks_passes = a->checks_passes;
    slot->snapshot.checks_fails = a->checks_fails;
}

static void fill_customs(struct aggregate *a, struct snapshot_slot *slot)
{
    struct snapshot *s = &slot->snapshot;

    slot->customs = mem_resize(slot->customs, a->plan->metric_count, sizeof *slot->customs);
    for (size_t i = 0; i < a->plan->metric_count; i++) {
        const struct shard_custom *from = &a->customs[i];

        slot->customs[i] = (struct snap_custom){ .plan = &a->plan->metrics[i], .samples = from->count, .passes = from->passes };
        slot->customs[i].sum = from->sum;
        slot->customs[i].last = from->last;
        slot->customs[i].least = from->least;
        slot->customs[i].most = from->most;
        hist_trend(&from->trend, &slot->customs[i].trend);
    }
    slot->groups = mem_resize(slot->groups, a->plan->group_count, sizeof *slot->groups);
    for (size_t i = 0; i < a->plan->group_count; i++) {
        slot->groups[i].name = a->plan->groups[i];
        hist_trend(&a->groups[i], &slot->groups[i].duration);
    }
    hist_trend(&a->group_duration, &s->group_duration);
    s->customs = slot->customs;
    s->custom_count = a->plan->metric_count;
    s->groups = slot->groups;
    s->group_count = a->plan->group_count;
}

static void fill_thresholds(struct aggregate *a, struct snapshot_slot *slot)
{
    struct snapshot *s = &slot->snapshot;

    slot->thresholds = mem_resize(slot->thresholds, a->plan->threshold_count, sizeof *slot->thresholds);
    for (size_t i = 0; i < a->plan->threshold_count; i++) {
        const struct threshold_status *from = &a->thresholds[i];

        slot->thresholds[i] = (struct snap_threshold){ .plan = &a->plan->thresholds[i],
                                                       .display = from->display,
                                                       .state = from->state,
                                                       .passed = threshold_passed(a, i),
                                                       .is_warning = from->is_warning,
                                                       .aborted = from->wants_abort,
                                                       .has_value = from->has_value,
                                                       .value = from->value,
                                                       .margin = from->margin,
                                                       .samples = from->samples,
                                                       .worst_window = from->worst };
        s->thresholds_passed += slot->thresholds[i].passed;
    }
    s->thresholds = slot->thresholds;
    s->threshold_count = a->plan->threshold_count;
}

static void fill_workers(struct aggregate *a, struct snapshot_slot *slot)
{
    slot->workers = mem_resize(slot->workers, a->workers, sizeof *slot->workers);
    for (unsigned w = 0; w < a->workers; w++) {
        const struct worker_status *from = &a->worker[w];
        struct second_worker sum = { 0 };

        for (unsigned i = 0; i < INTERVALS_PER_SECOND; i++) {
            sum.cpu_ns += from->recent[i].cpu_ns;
            sum.span_ns += from->recent[i].span_ns;
        }
        slot->workers[w] = (struct snap_worker){ .id = w,
                                                 .busy = sum.span_ns > 0 ? (double)sum.cpu_ns / (double)sum.span_ns : 0,
                                                 .cpu_ns = from->gauges.cpu_ns,
                                                 .connections = from->gauges.connections,
                                                 .stalls = from->gauges.stalls,
                                                 .lost_samples = from->lost };
        if (slot->workers[w].busy > 1) /* the clocks of thread and run differ a little */
            slot->workers[w].busy = 1;
    }
    slot->snapshot.workers = slot->workers;
    slot->snapshot.worker_count = a->workers;
}

static void fill_events(struct aggregate *a, struct snapshot_slot *slot)
{
    size_t count = a->event_count < EVENTS_KEPT ? (size_t)a->event_count : EVENTS_KEPT;

    slot->events = mem_resize(slot->events, count, sizeof *slot->events);
    for (size_t i = 0; i < count; i++)
        slot->events[i] = a->events[(a->event_count - count + i) % EVENTS_KEPT];
    slot->snapshot.events = slot->events;
    slot->snapshot.event_count = count;
}

static void fill_windows(struct aggregate *a, struct snapshot *s, const struct window *window)
{
    hist_trend(&a->response, &s->response);
    hist_trend(&a->lag, &s->lag);
    hist_trend(&a->iteration_duration, &s->iteration_duration);
    hist_clear(&a->scratch);
    for (unsigned i = 0; i < window->count; i++)
        hist_merge(&a->scratch, &window->seconds[i]->response);
    hist_trend(&a->scratch, &s->response_10s);
    hist_clear(&a->scratch);
    for (unsigned i = 0; i < window->count; i++)
        hist_merge(&a->scratch, &window->seconds[i]->lag);
    hist_trend(&a->scratch, &s->lag_10s);
    s->rate_10s = s->all.rate_10s;
    s->rate_1s = rate_of_last_second(a);
}

struct snapshot *aggregate_fill(struct aggregate *a, struct snapshot_slot *slot, bool with_histograms)
{
    struct snapshot *s = &slot->snapshot;
    struct shard_gauges gauges;
    struct window window;

    memset(s, 0, sizeof *s);
    window_find(a, &window);
    aggregate_gauges(a, &gauges);
    fill_rows(a, slot, &window, with_histograms);
    fill_errors(a, slot);
    fill_scenarios(a, slot, &window);
    fill_checks(a, slot);
    fill_customs(a, slot);
    fill_thresholds(a, slot);
    fill_workers(a, slot);
    fill_events(a, slot);
    fill_windows(a, s, &window);
    slot->reasons = mem_resize(slot->reasons, VERDICT_CODE_COUNT, sizeof *slot->reasons);
    s->verdict.reason_count = verdict_fill(a, slot->reasons, &s->verdict.level);
    s->verdict.reasons = slot->reasons;
    s->plan = a->plan;
    s->planned_rate = a->tick.planned_rate;
    s->vus_busy = gauges.vus_busy;
    s->vus_allocated = gauges.vus_allocated;
    s->in_flight = gauges.in_flight;
    s->books_balance = a->books_balance;
    memcpy(s->books_text, a->books_text, sizeof s->books_text);
    if (slot->history != a->history) {
        snapshot_slot_clear(slot);
        history_hold(a->history);
        slot->history = a->history;
    }
    s->history = a->history;
    return s;
}

int aggregate_exit_code(const struct aggregate *a)
{
    const struct snap_requests *all = &a->rows[0].requests;
    struct snap_reason reasons[VERDICT_CODE_COUNT];
    enum verdict_level level;
    uint64_t ended = all->total - all->interrupted;

    if (ended > 0 && snap_failed(all) == ended)
        return EXIT_FAILED;
    for (size_t i = 0; i < a->plan->threshold_count; i++)
        if (!threshold_passed(a, i))
            return EXIT_FAILED;
    verdict_fill(a, reasons, &level);
    if ((a->plan->require_valid && level == VERDICT_INVALID) || (a->plan->require_undegraded && level != VERDICT_VALID))
        return EXIT_INVALID;
    return EXIT_PASSED;
}
