/* A worker: one thread, one loop, one crew of VUs, for one run. Talks to the control thread through rings alone:
 *
 *   control --orders--> worker      pause, resume, steer, stop, kill, each with its instant
 *   worker --closed shards--> control --empty shards--> worker
 */
#ifndef ONAGER_WORKER_H
#define ONAGER_WORKER_H

#include <ev.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "net.h"
#include "ring.h"
#include "vu.h"

enum order_kind { ORDER_START, ORDER_PAUSE, ORDER_RESUME, ORDER_STOP, ORDER_KILL, ORDER_STEER };

/* Malloc'd by the control thread, freed by the worker. */
struct order {
    enum order_kind kind;
    uint64_t effective_ns;      /* CLOCK_MONOTONIC */
    uint64_t graceful_limit_ns; /* STOP: at most this long for what is on the wire, unless the scenario sets its own */
    struct steering steering[]; /* STEER: the whole state, one per scenario */
};

#define WORKER_SHARDS 3
#define MAX_ORDERS 64 /* on their way to a worker or waiting there for their instant */

/* What every run of an engine is carried out with; borrowed. */
struct run_means {
    const struct plan *plan;
    const struct net_request *requests; /* one per plan request */
    struct resolver *resolver;
    struct source_list *sources; /* NULL: the kernel chooses */
    struct journeys *journeys;   /* NULL: every request is constant */
};

/* Everything a run shares with its workers; immutable but for the atomics. */
struct run_shared {
    struct run_means means;
    const struct plan *plan;
    const struct net_request *requests;
    struct budget *budgets;          /* one per scenario */
    struct journey_shared *journeys; /* NULL: every request is constant */
    atomic_uint_fast64_t vu_ids;
    atomic_uint_fast64_t under_way; /* iterations, where plan->safety.max_in_flight limits them */
    unsigned workers;
    uint64_t started_wall_ns; /* set before ORDER_START is given */
};

struct worker {
    /* set by the control thread before the thread exists */
    unsigned id;
    struct run_shared *shared;
    struct ring *orders, *closed, *empty;
    struct ev_loop *control_loop; /* for control_wake alone */
    ev_async *control_wake;
    sem_t ready;        /* posted once, when the worker can take orders */
    struct error error; /* valid after ready; exit_code 0: fine */
    pthread_t thread;
    struct ev_loop *loop; /* made by the control thread, run by the worker */
    ev_async wake;
    struct shard *shards[WORKER_SHARDS]; /* all of them, for freeing */
    struct net_options net_options;
    /* Orders given and not yet carried out. Control adds, the worker takes away; relaxed, it only bounds how many there are. */
    atomic_uint open_orders;
    bool is_realtime_refused; /* valid after ready */
};

/* Builds loop, rings and shards and starts the thread. 0, or -1 and *err. Control thread. */
int worker_start(
    struct worker *worker, unsigned id, struct run_shared *shared, struct ev_loop *control_loop, ev_async *control_wake, struct error *err);
/* Takes order; wakes the worker. */
void worker_order(struct worker *worker, struct order *order);
/* Waits for the thread, which ends by itself after its last shard, and frees everything but the shards in the rings' hands. */
void worker_join(struct worker *worker);

#endif
