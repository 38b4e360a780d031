/* VUs of one worker: an iteration from its start to its books. Implements executor_host for real: takes VUs from the shared
 * budget, sends their requests through net, records every end into the worker's current shard. Worker thread only. */
#ifndef ONAGER_VU_H
#define ONAGER_VU_H

#include <stdbool.h>
#include <stdint.h>

#include "http_client.h"
#include "executor.h"
#include "flow.h"
#include "net.h"
#include "plan_clock.h"
#include "random.h"
#include "shard.h"

struct crew;

struct vu {
    struct operation operation; /* first: its callbacks cast back */
    struct http_client client;
    struct crew *crew;
    struct executor *executor;
    struct vu *next, **back; /* in busy or idle list of its scenario */
    struct random random;
    uint64_t iterations;     /* it began */
    uint64_t id;             /* 1-based, unique in the process */
    uint64_t began_ns;       /* CLOCK_MONOTONIC: actual start of the iteration, or since when it is idle */
    uint64_t lag_ns;         /* actual minus intended start; SNAP_NONE in a closed model */
    uint32_t mix;            /* what it sends: index in the scenario's mix */
    struct journey *journey; /* NULL: it sends constant requests alone */
    bool is_unanswered;      /* nothing of the iteration was answered yet, so its response time is still to be recorded */
};

/* What executors may ask of VUs (vu.c). */
extern const struct executor_host vu_host;
/* Frees one that is not busy. That it leaves its list is counted by the caller (vus_allocated). */
void vu_free(struct vu *vu);
/* Cuts off the iteration of a busy one: interrupted; then it is idle. */
void vu_cut(struct vu *vu, uint64_t now_ns);

/* One scenario in one worker. */
struct crew_scenario {
    struct executor executor;
    struct vu *busy, *idle; /* last used first: the coldest idle one can be given back, the longest iteration is the last */
    struct vu *retired;     /* not handed out again, freed at the next tick: this one may just be the caller */
    uint32_t mix_total;
    const uint32_t *rows;          /* row per mix entry */
    struct journey_entry *entries; /* NULL: the mix is constant requests alone; else per entry, its flow NULL where it is one */
    uint32_t counters, depth;      /* that its flows need at most */
    struct shape *think_shape;     /* chaos that divides think times; NULL: none */
    uint64_t think_cell;           /* of it, that was asked for last */
};

struct crew {
    struct executor_host host; /* first: callbacks cast back */
    const struct plan *plan;
    const struct net_request *requests; /* one per plan request; shared, immutable */
    struct net *net;                    /* crew_attach() */
    struct http_group clients;
    struct plan_clock clock;
    struct shard *shard; /* current; the worker changes it */
    struct crew_scenario *scenarios;
    atomic_uint_fast64_t *vu_ids; /* shared: last id given. Relaxed: only uniqueness matters */
    struct journey_crew journeys; /* where `shared` of crew_init() is not NULL */
    bool has_journeys;
    /* Iterations under way in all workers together, where [safety] limits them; else NULL. Relaxed: a count, it publishes nothing. */
    atomic_uint_fast64_t *under_way;
    uint64_t in_flight; /* operations under way */
    uint64_t fresh_ns;  /* a clock reading taken just now, or 0: saves the next one */
};

void crew_init(
    struct crew *crew, const struct plan *plan, const struct net_request *requests, struct budget *budgets, atomic_uint_fast64_t *vu_ids,
    uint32_t worker, uint32_t workers);
/* Before crew_attach(), where the plan has journeys: what its workers share. */
void crew_take_journeys(struct crew *crew, struct journey_shared *shared);
/* Before anything begins: the worker's network, borrowed until crew_release(). */
void crew_attach(struct crew *crew, struct net *net);
/* Before anything begins, where plan->safety.max_in_flight is set: the count that all workers share. */
void crew_limit(struct crew *crew, atomic_uint_fast64_t *under_way);
/* Everything must be idle (crew_cut()). */
void crew_release(struct crew *crew);

/* The run begins at zero_ns, which is start_wall_ns of CLOCK_REALTIME. */
void crew_start(struct crew *crew, uint64_t zero_ns, uint64_t start_wall_ns);
/* What becomes of a think of this scenario that begins now: with chaos.apply = think it is divided by the factor. */
uint64_t crew_think_ns(struct crew *crew, size_t scenario, uint64_t think_ns, uint64_t now_ns);

/* Starts what is due at a monotonic instant. */
void crew_advance(struct crew *crew, uint64_t now_ns);
/* Monotonic instant of the next thing by the clock; UINT64_MAX: none (also while paused). */
uint64_t crew_due(const struct crew *crew);
void crew_pause(struct crew *crew, uint64_t at_ns);
void crew_resume(struct crew *crew, uint64_t at_ns);
/* From a monotonic instant on every scenario departs from its plan as `steering` (one per scenario) says. Everything intended
 * before that instant is started first. */
void crew_steer(struct crew *crew, const struct steering *steering, uint64_t at_ns);
/* From a monotonic instant on nothing new starts. */
void crew_stop(struct crew *crew, uint64_t at_ns);
/* Cuts off what is still on the wire: interrupted. scenario SIZE_MAX: all. */
void crew_cut(struct crew *crew, size_t scenario, uint64_t now_ns);
/* Frees VUs that are of no use any more. Not from within a callback of a VU. */
void crew_free_idle(struct crew *crew, uint64_t now_ns);
/* Nothing starts any more and nothing is under way. */
bool crew_is_done(const struct crew *crew);
/* Puts counts and VU gauges of all scenarios into the shard that is about to be closed. */
void crew_flush(struct crew *crew, struct shard_gauges *gauges);

#endif
