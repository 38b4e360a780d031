/* An executor decides when an iteration of a scenario starts; it knows no network and no real clock: it is told the plan time
 * and asks its host for VUs. One instance per scenario and worker; the worker thread owns it. Variants are executor_ops tables.
 *
 *   idle --start()--> going --end()--> ended          run() and next_iteration() only while going
 */
#ifndef ONAGER_EXECUTOR_H
#define ONAGER_EXECUTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arrivals.h"
#include "budget.h"
#include "curve.h"
#include "missing.h"
#include "onager/plan.h"
#include "segment.h"
#include "shard.h"

struct vu;
struct executor;

/* What an executor needs of its surroundings: the worker's VUs, or a model of them in tests. */
struct executor_host {
    /* An idle VU of this worker, else a new one within the shared budget, else NULL. */
    struct vu *(*acquire)(struct executor_host *host, struct executor *executor);
    /* Starts an iteration now. intended_ns: plan time at which the plan wanted it; SNAP_NONE in a closed model. */
    void (*begin)(struct executor_host *host, struct executor *executor, struct vu *vu, uint64_t intended_ns, uint64_t plan_ns);
    /* Closed models: cuts off the iterations of `count` busy VUs, those that began first. */
    void (*cut)(struct executor_host *host, struct executor *executor, uint32_t count);
    /* per-vu-iterations: iterations that this VU began. */
    uint64_t (*iterations)(struct executor_host *host, const struct vu *vu);
    /* per-vu-iterations: an idle VU has done its part; it is not handed out again. */
    void (*retire)(struct executor_host *host, struct executor *executor, struct vu *vu);
};

struct executor_ops {
    bool is_open; /* arrivals have an intended time */
    void (*start)(struct executor *executor);
    void (*release)(struct executor *executor);
    /* Plan time of the next thing run() has to do; SNAP_NONE: nothing by the clock. */
    uint64_t (*next_due)(const struct executor *executor);
    /* Does what is due until plan_ns, a bounded part of it at a time. */
    void (*run)(struct executor *executor, uint64_t plan_ns);
    /* A VU finished its iteration: true if the executor began another on it. */
    bool (*next_iteration)(struct executor *executor, struct vu *vu, uint64_t plan_ns);
    /* No iteration starts any more; what the plan still wanted becomes cancelled. */
    void (*end)(struct executor *executor, uint64_t plan_ns);
    /* Other lines hold from plan_ns on. */
    void (*steer)(struct executor *executor, const struct steering *steering, uint64_t plan_ns);
    void (*was_paused)(struct executor *executor, uint64_t plan_ns, uint64_t paused_ns);
};

/* Intended times of arrivals that wait for a VU, oldest first. */
struct waiting {
    uint64_t *intended_ns;
    size_t head, count, capacity;
};

/* VUs of a closed model in one worker. */
struct closed {
    struct curve curve;
    uint64_t own;       /* VUs that it wants of this worker now */
    uint64_t change_ns; /* plan time at which that may change */
    uint64_t begun;     /* per-vu-iterations: own iterations */
    /* For every VU too many: plan time at which its iteration is cut off, ascending. */
    struct {
        uint64_t *at_ns;
        size_t head, count, capacity;
    } leaving;
};

struct executor {
    const struct executor_ops *ops;
    const struct plan *plan;
    const struct plan_scenario *scenario;
    struct executor_host *host;
    struct budget *budget;  /* shared */
    size_t index;           /* of the scenario */
    struct segment segment; /* the worker's part of every schedule and of the VUs */
    bool is_started, is_ended, is_paused;
    bool is_from_line;     /* what begins now had waited for a VU */
    uint64_t end_ns;       /* plan time at which it ends by itself; SNAP_NONE: when its iterations are done */
    uint64_t wall_ns;      /* CLOCK_REALTIME of the plan time 0 */
    struct steering early; /* said before the start */
    union {
        struct arrivals arrivals; /* open */
        struct closed closed;
    };
    struct waiting waiting;
    struct missing missing; /* open models */
    /* What happened since the worker last took it into its shard. */
    struct executor_counts {
        uint64_t planned, cancelled, dropped[DROP_QUEUE_FULL + 1];
    } counts;
    /* VUs of this worker, kept by the host. */
    uint32_t vus_busy, vus_allocated;
};

extern const struct executor_ops executor_arrivals;          /* exec_arrivals.c */
extern const struct executor_ops executor_vus;               /* exec_vus.c: constant-vus, ramping-vus */
extern const struct executor_ops executor_shared_iterations; /* exec_shared.c */
extern const struct executor_ops executor_per_vu_iterations; /* exec_per_vu.c */

/* Prepares executor `index` of the plan for worker `worker` of `workers`. Borrows plan, host and budget. */
void executor_init(
    struct executor *executor, const struct plan *plan, size_t index, struct executor_host *host, struct budget *budget, uint32_t worker,
    uint32_t workers);
void executor_release(struct executor *executor);

/* From plan_ns on the scenario departs from its plan as `steering` says (level.h). Exact: every worker that is told the same has
 * the same schedule, and nothing is sent twice, left out or bunched at the instant of the change. plan_ns is not before the
 * last one and not before what was run already. */
void executor_steer(struct executor *executor, const struct steering *steering, uint64_t plan_ns);

/* Starts, runs and ends it as plan_ns demands. */
void executor_advance(struct executor *executor, uint64_t plan_ns);
/* Plan time at which executor_advance() must be called again; SNAP_NONE: not by the clock. */
uint64_t executor_due(const struct executor *executor);
/* A pause of paused_ns at that plan time is over. */
void executor_was_paused(struct executor *executor, uint64_t plan_ns, uint64_t paused_ns);
/* A VU finished; false: it is idle now. Nothing begins while paused or ended. */
bool executor_vu_done(struct executor *executor, struct vu *vu, uint64_t plan_ns);
void executor_stop(struct executor *executor, uint64_t plan_ns);
/* Closed executors that have ended may still have VUs that leave. */
void closed_settle(struct executor *executor);
void closed_cut_overdue(struct executor *executor, uint64_t plan_ns);
uint64_t closed_next_cut(const struct executor *executor);

/* A stall of the generator: arrivals missed for longer than this are dropped, not caught up; with on_stall = skip from the
 * lateness on that is a stall at all. */
#define EXECUTOR_SKIP_NS NS_PER_S
#define EXECUTOR_STALL_NS (50 * NS_PER_MS)

#endif
