/* One run of the plan: starts workers, passes orders on, collects shards, closes the books. Control thread only. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "journeys.h"
#include "mem.h"

/* What is on the wire after a key or a signal, unless the plan says otherwise. */
#define GRACE_AFTER_COMMAND_NS (5 * NS_PER_S)

static void make_id(struct run *run)
{
    uint64_t wall = clock_wall_ns();
    time_t seconds = (time_t)(wall / NS_PER_S);
    struct tm utc;
    char stamp[20];

    gmtime_r(&seconds, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(run->id, sizeof run->id, "%s-%04x-%u", stamp, (unsigned)((wall >> 10) & 0xffff), run->number);
}

/* Time that the hypervisor took from all processors since boot; 0 where /proc does not tell. */
static uint64_t steal_ns(void)
{
    char line[256];
    unsigned long long steal = 0;
    FILE *f = fopen("/proc/stat", "re");

    if (f == NULL)
        return 0;
    if (fgets(line, sizeof line, f) != NULL) {
        char *field = line + strcspn(line, "0123456789");

        /* cpu user nice system idle iowait irq softirq steal */
        for (int i = 0; i < 8; i++)
            steal = strtoull(field, &field, 10);
    }
    fclose(f);
    return steal * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

struct run *run_new(const struct run_means *means, uint32_t number, struct ev_loop *control_loop, ev_async *control_wake, struct error *err)
{
    const struct plan *plan = means->plan;
    struct run *run = mem_alloc(sizeof *run);

    run->plan = plan;
    run->number = number;
    run->state = RUN_READY;
    run->end_state = RUN_FINISHED;
    run->stop_deadline_ns = UINT64_MAX;
    make_id(run);
    run->shared.plan = plan;
    run->shared.means = *means;
    run->shared.requests = means->requests;
    run->shared.workers = plan->threads;
    run->shared.budgets = aligned_alloc(64, plan->scenario_count * sizeof *run->shared.budgets);
    INVARIANT(run->shared.budgets != NULL);
    memset(run->shared.budgets, 0, plan->scenario_count * sizeof *run->shared.budgets);
    if (means->journeys != NULL)
        run->shared.journeys = journeys_share(means->journeys);
    run->aggregate = aggregate_new(plan, plan->threads);
    run->workers = mem_array(plan->threads, sizeof *run->workers);
    run->scenarios_now = mem_array(plan->scenario_count, sizeof *run->scenarios_now);
    steer_init(&run->steer, plan);
    plan_clock_start(&run->clock, clock_now_ns());
    for (unsigned i = 0; i < plan->threads; i++) {
        if (worker_start(&run->workers[i], i, &run->shared, control_loop, control_wake, err) != 0) {
            run->shared.workers = i; /* those that exist */
            run_free(run);
            return NULL;
        }
        if (run->workers[i].is_realtime_refused && i == 0)
            aggregate_event(
                run->aggregate, 0, EVENT_WARNING, "onager", "--realtime was refused: run as root or set RLIMIT_RTPRIO; going on without");
    }
    return run;
}

bool run_takes_orders(const struct run *run)
{
    for (unsigned i = 0; i < run->shared.workers; i++)
        if (atomic_load_explicit(&run->workers[i].open_orders, memory_order_relaxed) > MAX_ORDERS / 2)
            return false;
    return true;
}

static void broadcast(struct run *run, enum order_kind kind, uint64_t at_ns, uint64_t graceful_limit_ns)
{
    size_t states = kind == ORDER_STEER ? run->plan->scenario_count * sizeof *run->steer.now : 0;

    for (unsigned i = 0; i < run->shared.workers; i++) {
        struct order *order = mem_alloc(sizeof *order + states);

        order->kind = kind;
        order->effective_ns = at_ns;
        order->graceful_limit_ns = graceful_limit_ns;
        memcpy(order->steering, run->steer.now, states);
        worker_order(&run->workers[i], order);
    }
}

static void join_workers(struct run *run)
{
    if (run->is_joined)
        return;
    for (unsigned i = 0; i < run->shared.workers; i++)
        worker_join(&run->workers[i]);
    run->is_joined = true;
}

void run_free(struct run *run)
{
    if (run == NULL)
        return;
    if (!run->is_joined) {
        broadcast(run, ORDER_KILL, clock_now_ns(), 0);
        join_workers(run);
    }
    aggregate_free(run->aggregate);
    steer_release(&run->steer);
    for (size_t s = 0; run->levels != NULL && s < run->plan->scenario_count; s++)
        level_release(&run->levels[s]);
    free(run->levels);
    free(run->scenarios_now);
    free(run->workers);
    free(run->shared.budgets);
    journeys_unshare(run->shared.journeys);
    free(run);
}

uint64_t run_now_ns(const struct run *run, uint64_t now_ns)
{
    if (!run->is_started)
        return 0;
    if (run->ended_ns != 0)
        now_ns = run->ended_ns;
    return now_ns > run->clock.zero_ns ? now_ns - run->clock.zero_ns : 0;
}

void run_start(struct run *run, uint64_t at_ns)
{
    plan_clock_start(&run->clock, at_ns);
    run->is_started = true;
    run->state = RUN_RUNNING;
    run->started_wall_ns = clock_wall_ns() + (at_ns - clock_now_ns());
    run->shared.started_wall_ns = run->started_wall_ns; /* before the order that makes workers read it */
    run->levels = mem_array(run->plan->scenario_count, sizeof *run->levels);
    for (size_t s = 0; s < run->plan->scenario_count; s++)
        level_init(&run->levels[s], run->plan, s, run->started_wall_ns);
    run->steal_base_ns = steal_ns();
    broadcast(run, ORDER_START, at_ns, 0);
}

void run_pause(struct run *run, uint64_t at_ns)
{
    plan_clock_pause(&run->clock, at_ns);
    steer_note(&run->steer, CHANGE_PAUSE, run_now_ns(run, at_ns), plan_clock_at(&run->clock, at_ns));
    run->state = RUN_PAUSED;
    broadcast(run, ORDER_PAUSE, at_ns, 0);
}

void run_resume(struct run *run, uint64_t at_ns)
{
    uint64_t plan_ns = plan_clock_at(&run->clock, at_ns), since_ns = run->clock.paused_since_ns;

    for (size_t s = 0; s < run->plan->scenario_count && since_ns < at_ns; s++)
        level_was_paused(&run->levels[s], plan_ns, at_ns - since_ns);
    plan_clock_resume(&run->clock, at_ns);
    steer_note(&run->steer, CHANGE_RESUME, run_now_ns(run, at_ns), plan_clock_at(&run->clock, at_ns));
    run->state = RUN_RUNNING;
    broadcast(run, ORDER_RESUME, at_ns, 0);
}

void run_steer(struct run *run, uint64_t at_ns, enum command_kind kind)
{
    uint64_t plan_ns = plan_clock_at(&run->clock, at_ns);

    steer_take(&run->steer, kind, run_now_ns(run, at_ns), plan_ns);
    run->steered_plan_ns = plan_ns;
    for (size_t s = 0; run->levels != NULL && s < run->plan->scenario_count; s++)
        level_steer(&run->levels[s], &run->steer.now[s], plan_ns);
    broadcast(run, ORDER_STEER, at_ns, 0);
}

static uint64_t longest_grace(const struct plan *plan)
{
    uint64_t longest = 0;

    for (size_t s = 0; s < plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &plan->scenarios[s];
        uint64_t grace = scenario->graceful_stop_ns;

        if (!scenario->graceful_stop_set && grace > GRACE_AFTER_COMMAND_NS)
            grace = GRACE_AFTER_COMMAND_NS;
        if (grace > longest)
            longest = grace;
    }
    return longest;
}

static void set_end(struct run *run, enum run_state end_state, const char *reason)
{
    run->end_state = end_state;
    snprintf(run->end_reason, sizeof run->end_reason, "%s", reason);
}

void run_stop(struct run *run, uint64_t at_ns, enum run_state end_state, const char *reason)
{
    set_end(run, end_state, reason);
    steer_note(&run->steer, CHANGE_STOP, run_now_ns(run, at_ns), plan_clock_at(&run->clock, at_ns));
    run->state = RUN_STOPPING;
    run->stop_deadline_ns = at_ns + longest_grace(run->plan);
    broadcast(run, ORDER_STOP, at_ns, GRACE_AFTER_COMMAND_NS);
}

void run_kill(struct run *run, uint64_t at_ns, enum run_state end_state, const char *reason)
{
    if (run->is_killed)
        return;
    run->is_killed = true;
    if (run->state != RUN_STOPPING) {
        set_end(run, end_state, reason);
        steer_note(&run->steer, CHANGE_STOP, run_now_ns(run, at_ns), plan_clock_at(&run->clock, at_ns));
    }
    run->state = RUN_STOPPING;
    run->stop_deadline_ns = at_ns;
    broadcast(run, ORDER_KILL, at_ns, 0);
}

void run_fail(struct run *run, uint64_t at_ns, const char *reason)
{
    if (!run->is_killed)
        run_kill(run, at_ns, RUN_FAILED, reason);
    run->setup_failed = true;
}

bool run_collect(struct run *run)
{
    bool took = false;

    if (run->is_joined)
        return false;
    for (unsigned i = 0; i < run->shared.workers; i++) {
        struct worker *worker = &run->workers[i];
        struct shard *shard;

        while ((shard = ring_get(worker->closed)) != NULL) {
            took = true;
            aggregate_add(run->aggregate, i, shard);
            if (shard_is_last(shard)) {
                run->lasts++;
                continue;
            }
            shard_reset(shard);
            INVARIANT(ring_put(worker->empty, shard));
        }
    }
    return took;
}

/* What every scenario wants now. Returns the arrivals a second of all. */
static double levels_now(struct run *run, uint64_t plan_ns)
{
    bool is_going = run->is_started && run->state != RUN_STOPPING && !run_state_is_end(run->state) && !plan_clock_is_paused(&run->clock);
    double rate = 0;

    /* who just changed something sees what he changed it to */
    if (plan_ns < run->steered_plan_ns)
        plan_ns = run->steered_plan_ns;
    for (size_t s = 0; s < run->plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &run->plan->scenarios[s];
        const struct steering *steering = &run->steer.now[s];
        bool has_begun = is_going && plan_ns >= scenario->start_time_ns;

        run->scenarios_now[s] = (struct scenario_now){
            .planned_rate = has_begun ? level_rate(&run->levels[s], plan_ns) : 0,
            .planned_vus = has_begun ? level_vus(&run->levels[s], plan_ns) : 0,
            .ends_ns = steer_end(scenario, steering),
            .steering = *steering,
        };
        rate += run->scenarios_now[s].planned_rate;
    }
    return rate;
}

/* A spike is over by itself: said like every other change of the load. */
static void say_spikes(struct run *run, uint64_t now_ns, uint64_t plan_ns)
{
    char text[STEER_TEXT];

    if (steer_spike_ended(&run->steer, run->ticked_plan_ns, plan_ns, text, sizeof text))
        aggregate_event(run->aggregate, run_now_ns(run, now_ns), EVENT_SPIKE, "onager", "the spike is over: %s", text);
    run->ticked_plan_ns = plan_ns;
}

/* The end of the data is the end of the scenarios that want a row each: said once, in one line. */
static void say_used_up(struct run *run, uint64_t now_ns)
{
    struct journey_shared *journeys = run->shared.journeys;
    char count[32];

    for (size_t i = 0; journeys != NULL && i < run->plan->data_count; i++) {
        if (run->is_used_up_said || !atomic_load_explicit(&journeys->cursors[i].is_used_up, memory_order_relaxed))
            continue;
        run->is_used_up_said = true;
        units_format_count(count, sizeof count, dataset_row_count(journeys->datasets[i]));
        if (run->end_reason[0] == '\0')
            snprintf(
                run->end_reason, sizeof run->end_reason, "data %.60s is used up: each of its %s rows was taken once",
                run->plan->data[i].name, count);
        aggregate_event(
            run->aggregate, run_now_ns(run, now_ns), EVENT_WARNING, "onager", "data %s is used up: each of its %s rows was taken once",
            run->plan->data[i].name, count);
    }
}

void run_tick(struct run *run, uint64_t now_ns)
{
    struct aggregate_tick tick = { 0 };

    if (!run->is_started || run->is_final || run->state == RUN_TEARDOWN)
        return;
    tick.now_ns = run_now_ns(run, now_ns);
    tick.plan_ns = plan_clock_at(&run->clock, now_ns);
    tick.is_paused = plan_clock_is_paused(&run->clock);
    tick.planned_rate = levels_now(run, tick.plan_ns);
    tick.scenarios = run->scenarios_now;
    say_spikes(run, now_ns, tick.plan_ns);
    say_used_up(run, now_ns);
    tick.is_ending = run->state == RUN_STOPPING;
    tick.steal_ns = steal_ns() - run->steal_base_ns;
    aggregate_tick(run->aggregate, &tick);
}

bool run_is_over(struct run *run, uint64_t now_ns)
{
    if (run->lasts < run->shared.workers)
        return false;
    if (run->ended_ns == 0)
        run->ended_ns = now_ns;
    return true;
}

/* One warning to each scenario whose arrivals found no VU: how many would have been enough. */
static void tell_missing_vus(struct run *run, uint64_t at_ns)
{
    for (size_t s = 0; s < run->plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &run->plan->scenarios[s];
        uint64_t needed = atomic_load_explicit(&run->shared.budgets[s].needed, memory_order_relaxed);
        char most[32], enough[32];

        if (needed > scenario->max_vus)
            aggregate_event(
                run->aggregate, at_ns, EVENT_WARNING, "onager", "%.40s: arrivals found none of %s VUs free: %s would have been enough",
                scenario->name, units_format_count(most, sizeof most, scenario->max_vus),
                units_format_count(enough, sizeof enough, needed));
    }
}

bool run_try_finish(struct run *run, uint64_t now_ns)
{
    bool has_reason;

    if (run->is_final || !run_is_over(run, now_ns))
        return false;
    now_ns = run->ended_ns;
    has_reason = run->end_reason[0] != '\0' && run->end_state != RUN_FINISHED; /* the end of the data was said when it came */
    join_workers(run);
    say_used_up(run, now_ns);
    tell_missing_vus(run, run_now_ns(run, now_ns));
    run->state = run->end_state;
    aggregate_event(
        run->aggregate, run_now_ns(run, now_ns), EVENT_STATE, "onager", "%s%s%s", run_state_name(run->state), has_reason ? ": " : "",
        has_reason ? run->end_reason : "");
    aggregate_finish(run->aggregate, run_now_ns(run, now_ns));
    run->is_final = true;
    return true;
}

int run_exit_code(const struct run *run)
{
    int code = aggregate_exit_code(run->aggregate);

    if (run->setup_failed)
        return run->is_killed && run->end_state == RUN_STOPPED ? EXIT_STOPPED : EXIT_SETUP;
    if (code == EXIT_FAILED || (run->state == RUN_ABORTED && !run->is_safety_abort))
        return EXIT_FAILED;
    if (run->state == RUN_STOPPED || run->state == RUN_ABORTED)
        return EXIT_STOPPED;
    return run->teardown_failed ? EXIT_TEARDOWN : code;
}

struct snapshot *run_snapshot(struct run *run, struct snapshot_slot *slot, uint64_t now_ns)
{
    struct snapshot *snapshot = aggregate_fill(run->aggregate, slot, run->is_final);
    struct rusage usage;

    if (run->is_final)
        now_ns = run->ended_ns;
    snapshot->run_number = run->number;
    memcpy(snapshot->run_id, run->id, sizeof snapshot->run_id);
    snapshot->state = run->state;
    snapshot->is_final = run->is_final;
    snapshot->exit_code = run->is_final ? run_exit_code(run) : 0;
    memcpy(snapshot->end_reason, run->end_reason, sizeof snapshot->end_reason);
    snapshot->started_wall_ns = run->started_wall_ns;
    snapshot->at_ns = run_now_ns(run, now_ns);
    snapshot->plan_ns = run->is_started ? plan_clock_at(&run->clock, now_ns) : 0;
    snapshot->plan_total_ns = plan_duration_ns(run->plan);
    if (snapshot->plan_total_ns == 0)
        snapshot->plan_total_ns = SNAP_NONE;
    snapshot->planned_rate = levels_now(run, snapshot->plan_ns);
    snapshot->changes = run->steer.changes;
    snapshot->change_count = run->steer.change_count;
    snapshot->undo_levels = (uint32_t)run->steer.undo_count;
    snapshot->paused_ns = run->clock.paused_ns;
    snapshot->paused_since_ns = SNAP_NONE;
    if (plan_clock_is_paused(&run->clock) && !run->is_final) {
        snapshot->paused_since_ns = run_now_ns(run, run->clock.paused_since_ns);
        if (now_ns > run->clock.paused_since_ns)
            snapshot->paused_ns += now_ns - run->clock.paused_since_ns;
    }
    snapshot->stop_deadline_ns = run->state == RUN_STOPPING ? run_now_ns(run, run->stop_deadline_ns) : SNAP_NONE;
    getrusage(RUSAGE_SELF, &usage);
    snapshot->cpu_user_ns = (uint64_t)usage.ru_utime.tv_sec * NS_PER_S + (uint64_t)usage.ru_utime.tv_usec * NS_PER_US;
    snapshot->cpu_system_ns = (uint64_t)usage.ru_stime.tv_sec * NS_PER_S + (uint64_t)usage.ru_stime.tv_usec * NS_PER_US;
    snapshot->max_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
    return snapshot;
}
