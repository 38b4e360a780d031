/* A worker thread: waits for its orders, advances its crew by a timerfd, closes a shard every 250 ms, watches itself for stalls.
 *
 *   waiting for START --> going <--> paused --> stopping (grace) --> done: last shard, thread ends
 *
 * It must not block, lock, or know of anything but its rings. */
#include "worker.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "http_debug.h"
#include "mem.h"
#include "segment.h"

#define TICK_NS (25 * NS_PER_MS)
#define STALL_NS (50 * NS_PER_MS)

struct state {
    struct worker *worker;
    struct crew crew;
    struct order *pending[MAX_ORDERS]; /* read from the ring, not yet effective; by instant */
    unsigned pending_count;
    bool is_started, is_stopping, is_done;
    uint64_t *cut_ns; /* per scenario: CLOCK_MONOTONIC at which its graceful stop ends; UINT64_MAX: not ending */
    uint64_t graceful_limit_ns;
    uint64_t advanced_ns; /* what was due until then was started */
    uint64_t interval;    /* next to be closed */
    uint64_t first_open;  /* first interval the current shard covers */
    uint64_t next_tick_ns;
    uint64_t stalls, longest_stall_ns, stall_at_ns;
    struct net_counters counters_before;
    struct http_debug debug; /* where the plan wants it */
    int timer_fd;
    uint64_t armed_ns; /* what timer_fd is set to */
    ev_io timer;
};

static uint64_t run_ns(const struct state *st, uint64_t now_ns)
{
    return now_ns > st->crew.clock.zero_ns ? now_ns - st->crew.clock.zero_ns : 0;
}

static void gauges_fill(struct state *st, struct shard_gauges *gauges)
{
    struct net_counters counters;

    *gauges = (struct shard_gauges){ 0 };
    crew_flush(&st->crew, gauges);
    net_counters(st->crew.net, &counters);
    gauges->connections = counters.connections;
    gauges->cpu_ns = clock_thread_cpu_ns();
    gauges->stalls = st->stalls;
    gauges->longest_stall_ns = st->longest_stall_ns;
    gauges->stall_at_ns = st->stall_at_ns;
    gauges->fds_exhausted = counters.fds_exhausted != st->counters_before.fds_exhausted;
    gauges->ports_exhausted = counters.ports_exhausted != st->counters_before.ports_exhausted;
    st->counters_before = counters;
    st->longest_stall_ns = 0;
}

static void hand_in(struct state *st, uint64_t last, bool is_last)
{
    struct worker *worker = st->worker;
    struct shard *empty = is_last ? NULL : ring_get(worker->empty);
    struct shard_gauges gauges;

    if (empty == NULL && !is_last)
        return; /* the control thread is behind: this shard goes on covering more intervals, nothing is lost */
    gauges_fill(st, &gauges);
    shard_close(st->crew.shard, st->first_open, last, &gauges, is_last);
    INVARIANT(ring_put(worker->closed, st->crew.shard)); /* the ring holds every shard there is */
    st->crew.shard = empty;
    st->first_open = last + 1;
    ev_async_send(worker->control_loop, worker->control_wake);
}

static void close_intervals(struct state *st, uint64_t now_ns)
{
    uint64_t current = run_ns(st, now_ns) / INTERVAL_NS;

    if (current <= st->interval)
        return;
    st->interval = current;
    hand_in(st, current - 1, false);
}

static void watch_stalls(struct state *st, uint64_t now_ns)
{
    if (now_ns < st->next_tick_ns)
        return;
    if (now_ns - st->next_tick_ns > STALL_NS) {
        uint64_t length_ns = now_ns - st->next_tick_ns;

        st->stalls++;
        if (length_ns > st->longest_stall_ns) {
            st->longest_stall_ns = length_ns;
            st->stall_at_ns = run_ns(st, st->next_tick_ns);
        }
    }
    st->next_tick_ns = now_ns + TICK_NS;
    crew_free_idle(&st->crew, now_ns);
}

/* Scenarios that start nothing more get their grace, from their own end or from the stop. */
static void watch_grace(struct state *st, uint64_t now_ns)
{
    const struct plan *plan = st->worker->shared->plan;

    for (size_t s = 0; s < plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &plan->scenarios[s];
        uint64_t grace = scenario->graceful_stop_ns;

        if (!st->crew.scenarios[s].executor.is_ended || st->crew.scenarios[s].busy == NULL)
            continue;
        if (st->is_stopping && !scenario->graceful_stop_set && grace > st->graceful_limit_ns)
            grace = st->graceful_limit_ns;
        if (st->cut_ns[s] == UINT64_MAX || (st->is_stopping && now_ns + grace < st->cut_ns[s]))
            st->cut_ns[s] = now_ns + grace;
        if (now_ns >= st->cut_ns[s])
            crew_cut(&st->crew, s, now_ns);
    }
}

static void obey(struct state *st, const struct order *order, uint64_t now_ns)
{
    struct crew *crew = &st->crew;

    switch (order->kind) {
    case ORDER_START:
        st->is_started = true;
        break;
    case ORDER_PAUSE:
        crew_pause(crew, order->effective_ns);
        break;
    case ORDER_RESUME:
        crew_resume(crew, order->effective_ns);
        break;
    case ORDER_STEER:
        /* when the control thread was kept from sending it in time, what was started already cannot be taken back */
        crew_steer(crew, order->steering, order->effective_ns > st->advanced_ns ? order->effective_ns : st->advanced_ns);
        break;
    case ORDER_STOP:
        if (st->is_started)
            crew_advance(crew, order->effective_ns);
        crew_stop(crew, order->effective_ns);
        st->is_stopping = true;
        st->graceful_limit_ns = order->graceful_limit_ns;
        break;
    case ORDER_KILL:
        crew_stop(crew, order->effective_ns);
        crew_cut(crew, SIZE_MAX, now_ns);
        break;
    }
}

static void obey_due(struct state *st, uint64_t now_ns)
{
    while (st->pending_count > 0 && st->pending[0]->effective_ns <= now_ns) {
        struct order *order = st->pending[0];

        st->pending_count--;
        for (unsigned i = 0; i < st->pending_count; i++)
            st->pending[i] = st->pending[i + 1];
        obey(st, order, now_ns);
        free(order);
        atomic_fetch_sub_explicit(&st->worker->open_orders, 1, memory_order_relaxed);
    }
}

static void arm(struct state *st, uint64_t now_ns)
{
    const struct plan *plan = st->worker->shared->plan;
    uint64_t due = st->is_started ? crew_due(&st->crew) : UINT64_MAX;
    struct itimerspec when = { 0 };

    if (st->pending_count > 0 && st->pending[0]->effective_ns < due)
        due = st->pending[0]->effective_ns;
    if (st->is_started) {
        uint64_t boundary = st->crew.clock.zero_ns + (st->interval + 1) * INTERVAL_NS;

        if (boundary < due)
            due = boundary;
        if (st->next_tick_ns < due)
            due = st->next_tick_ns;
        for (size_t s = 0; s < plan->scenario_count; s++)
            if (st->cut_ns[s] < due && st->crew.scenarios[s].busy != NULL)
                due = st->cut_ns[s];
    }
    /* a due time in the past fires at once; 0 would disarm */
    if (due <= now_ns)
        due = now_ns;
    st->armed_ns = due;
    if (due != UINT64_MAX) {
        when.it_value.tv_sec = (time_t)(due / NS_PER_S);
        when.it_value.tv_nsec = (long)(due % NS_PER_S);
    }
    /* setting it also clears an expiration that is still to be read */
    INVARIANT(timerfd_settime(st->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0);
}

static void finish(struct state *st, uint64_t now_ns)
{
    st->is_done = true;
    hand_in(st, run_ns(st, now_ns) / INTERVAL_NS, true);
    ev_break(st->worker->loop, EVBREAK_ALL);
}

/* Orders before the clock: one that is read late must not find that its instant was passed already. */
static void take_orders(struct state *st)
{
    struct order *order;

    while ((order = ring_get(st->worker->orders)) != NULL) {
        INVARIANT(st->pending_count < MAX_ORDERS);
        st->pending[st->pending_count++] = order;
        if (order->kind == ORDER_START) {
            crew_start(&st->crew, order->effective_ns, st->worker->shared->started_wall_ns);
            st->next_tick_ns = order->effective_ns + TICK_NS;
        }
    }
}

/* Everything the clock or an order asks for. */
static void turn(struct state *st)
{
    uint64_t now_ns = clock_now_ns();

    if (st->is_done)
        return;
    if (atomic_load_explicit(&st->worker->open_orders, memory_order_relaxed) != st->pending_count)
        take_orders(st);
    obey_due(st, now_ns);
    if (st->is_started) {
        close_intervals(st, now_ns);
        watch_stalls(st, now_ns);
        crew_advance(&st->crew, now_ns);
        st->advanced_ns = now_ns;
        watch_grace(st, now_ns);
        if (crew_is_done(&st->crew)) {
            finish(st, clock_now_ns());
            return;
        }
    } else if (crew_is_done(&st->crew)) {
        /* stopped before it began: the run has no length */
        plan_clock_start(&st->crew.clock, now_ns);
        finish(st, now_ns);
        return;
    }
    arm(st, now_ns);
}

static void on_timer(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    turn(watcher->data);
}

static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    (void)loop;
    (void)events;
    take_orders(watcher->data);
    turn(watcher->data);
}

static void go_realtime(struct worker *worker)
{
    struct sched_param parameter = { .sched_priority = 1 };

    worker->is_realtime_refused = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter) != 0;
}

static int set_up(struct state *st)
{
    struct worker *worker = st->worker;
    struct run_shared *shared = worker->shared;

    st->crew.net = net_new(worker->loop, &worker->net_options, &worker->error);
    if (st->crew.net == NULL)
        return -1;
    crew_attach(&st->crew, st->crew.net);
    st->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (st->timer_fd < 0) {
        net_free(st->crew.net);
        return error_set(&worker->error, EXIT_USAGE, "no file descriptor left for a timer: raise ulimit -n");
    }
    if (shared->plan->realtime)
        go_realtime(worker);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    ev_io_init(&st->timer, on_timer, st->timer_fd, EV_READ);
    ev_set_priority(&st->timer, EV_MAXPRI); /* arrivals before answers: lag is the generator's fault, latency is not */
    st->timer.data = st;
    ev_io_start(worker->loop, &st->timer);
    worker->wake.data = st;
    ev_async_start(worker->loop, &worker->wake);
    return 0;
}

static void *thread_main(void *argument)
{
    struct worker *worker = argument;
    struct run_shared *shared = worker->shared;
    struct state *st = mem_alloc(sizeof *st);

    st->worker = worker;
    crew_init(&st->crew, shared->plan, shared->requests, shared->budgets, &shared->vu_ids, worker->id, shared->workers);
    if (shared->plan->safety.max_in_flight > 0)
        crew_limit(&st->crew, &shared->under_way);
    if (shared->journeys != NULL)
        crew_take_journeys(&st->crew, shared->journeys);
    if (shared->plan->http_debug != HTTP_DEBUG_OFF) {
        http_debug_init(&st->debug, shared->journeys, shared->plan->http_debug == HTTP_DEBUG_FULL, STDERR_FILENO);
        st->crew.journeys.listener = &st->debug.listener;
    }
    st->crew.shard = ring_get(worker->empty);
    st->cut_ns = mem_array(shared->plan->scenario_count, sizeof *st->cut_ns);
    for (size_t s = 0; s < shared->plan->scenario_count; s++)
        st->cut_ns[s] = UINT64_MAX;
    plan_clock_start(&st->crew.clock, clock_now_ns());
    if (set_up(st) == 0) {
        sem_post(&worker->ready);
        ev_run(worker->loop, 0);
        ev_async_stop(worker->loop, &worker->wake);
        ev_io_stop(worker->loop, &st->timer);
        close(st->timer_fd);
        crew_release(&st->crew);
        net_free(st->crew.net);
    } else {
        sem_post(&worker->ready);
        crew_release(&st->crew);
    }
    for (unsigned i = 0; i < st->pending_count; i++)
        free(st->pending[i]); /* the run ended before their instant */
    http_debug_release(&st->debug);
    free(st->cut_ns);
    free(st);
    return NULL;
}

int worker_start(
    struct worker *worker, unsigned id, struct run_shared *shared, struct ev_loop *control_loop, ev_async *control_wake, struct error *err)
{
    const struct segment segment = segment_of(id, shared->workers);
    sigset_t all, before;
    int failed;

    *worker = (struct worker){ .id = id, .shared = shared, .control_loop = control_loop, .control_wake = control_wake };
    worker->net_options = (struct net_options){
        .keepalive = shared->plan->reuse != REUSE_NONE,
        .shared = (unsigned)segment_count(&segment, shared->plan->shared_connections),
        .max_age_ns = shared->plan->connection_max_age_ns,
        .max_requests = shared->plan->connection_max_requests,
        .needs_tls = plan_uses_tls(shared->plan),
        .network = &shared->plan->network,
        .resolver = shared->means.resolver,
        .sources = shared->means.sources,
        .tls = &shared->plan->tls,
    };
    worker->loop = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL);
    if (worker->loop == NULL)
        return error_set(err, EXIT_USAGE, "no file descriptor left for the loop of worker %u: raise ulimit -n", id);
    worker->orders = ring_new(2 * MAX_ORDERS); /* a ring of n holds n - 1 */
    worker->closed = ring_new(8);
    worker->empty = ring_new(8);
    for (unsigned i = 0; i < WORKER_SHARDS; i++) {
        worker->shards[i] = shard_new(shared->plan);
        ring_put(worker->empty, worker->shards[i]);
    }
    ev_async_init(&worker->wake, on_wake);
    sem_init(&worker->ready, 0, 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&worker->thread, NULL, thread_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    INVARIANT(failed == 0);
    while (sem_wait(&worker->ready) != 0)
        continue;
    if (worker->error.exit_code != 0) {
        *err = worker->error;
        worker_join(worker);
        return -1;
    }
    return 0;
}

void worker_order(struct worker *worker, struct order *order)
{
    atomic_fetch_add_explicit(&worker->open_orders, 1, memory_order_relaxed);
    INVARIANT(ring_put(worker->orders, order)); /* run_takes_orders() keeps them few */
    ev_async_send(worker->loop, &worker->wake);
}

void worker_join(struct worker *worker)
{
    struct order *order;

    pthread_join(worker->thread, NULL);
    while ((order = ring_get(worker->orders)) != NULL)
        free(order);
    for (unsigned i = 0; i < WORKER_SHARDS; i++)
        shard_free(worker->shards[i]);
    ring_free(worker->orders);
    ring_free(worker->closed);
    ring_free(worker->empty);
    ev_loop_destroy(worker->loop);
    sem_destroy(&worker->ready);
}
