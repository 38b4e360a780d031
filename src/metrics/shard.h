/* A shard: what one worker measured in one interval of 250 ms. The worker is its sole writer; closed, it travels by pointer
 * to the control thread and comes back empty. Recording never locks and never allocates (see hist.h). */
#ifndef ONAGER_SHARD_H
#define ONAGER_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "hist.h"
#include "onager/fault.h"
#include "onager/plan.h"
#include "onager/snapshot.h"

#define INTERVAL_NS (250 * NS_PER_MS)

/* How an exchange ended: exactly one. */
enum outcome { OUTCOME_OK, OUTCOME_FAILED_STATUS, OUTCOME_ERROR, OUTCOME_INTERRUPTED };

/* One exchange that ended, as the worker reports it. */
struct sample {
    uint32_t row; /* worker-local: shard_row() */
    enum outcome outcome;
    enum fault fault;             /* OUTCOME_ERROR */
    uint16_t status;              /* 0 without an answer */
    bool is_sent;                 /* the head was fully written: counts in `sent` and, unless interrupted, in http_req_duration */
    bool is_retried;              /* will be sent once more on a fresh connection */
    uint64_t ended_ns;            /* run clock */
    uint64_t duration_ns;         /* sending + waiting + receiving */
    uint64_t response_ns;         /* first request of an iteration: from the intended start; else SNAP_NONE */
    uint64_t phases[PHASE_COUNT]; /* add up: blocked..tls before duration, the rest is duration */
    uint64_t bytes_sent, bytes_received;
    const char *example; /* raw text of a failure (borrowed for the call) or NULL */
};

enum drop_reason { DROP_NO_VU, DROP_STALL, DROP_QUEUE_FULL };

/* State of the worker at the end of the interval; sums over workers where that makes sense. */
struct shard_gauges {
    uint32_t vus_busy, vus_allocated, in_flight, waiting, connections; /* of all scenarios */
    uint64_t cpu_ns;                                                   /* CPU clock of the thread so far */
    uint64_t stalls;                                                   /* so far */
    uint64_t longest_stall_ns;                                         /* in this interval; 0: none over 50 ms */
    uint64_t stall_at_ns;                                              /* run clock of its begin */
    bool fds_exhausted, ports_exhausted;                               /* happened in this interval */
};

struct shard; /* fields in shard_internal.h, for metrics/ alone */

/* Borrows plan. One row per (scenario, request) of the plan exists from the start; more can be added by name. */
struct shard *shard_new(const struct plan *plan);
void shard_free(struct shard *shard);

/* The first row of a scenario with this request of the plan (any group): the same number in every shard of every worker. Of a flow's
 * use it is series_first_row() + plan_mix_row(). */
uint32_t shard_row(const struct plan *plan, size_t scenario, size_t request);

void shard_record_request(struct shard *shard, const struct sample *sample);
void shard_record_planned(struct shard *shard, size_t scenario, uint64_t count);
/* lag_ns: actual minus intended start in an open model, else SNAP_NONE. */
void shard_record_started(struct shard *shard, size_t scenario, uint64_t lag_ns);
/* response_ns: from the intended start (pauses taken out), SNAP_NONE in a closed model. failed: a request of it failed. */
void shard_record_completed(struct shard *shard, size_t scenario, uint64_t duration_ns, uint64_t response_ns, bool failed);
void shard_record_interrupted(struct shard *shard, size_t scenario);
void shard_record_dropped(struct shard *shard, size_t scenario, enum drop_reason reason, uint64_t count);
void shard_record_cancelled(struct shard *shard, size_t scenario, uint64_t count);
/* Check `check` of the row's request: plan_request.checks. */
void shard_record_check(struct shard *shard, uint32_t row, size_t check, bool passes);
/* A value for a metric of the plan's own; at_ns: run clock. RATE: 0 or 1. */
void shard_record_custom(struct shard *shard, uint32_t metric, double value, uint64_t at_ns);
void shard_record_group(struct shard *shard, size_t scenario, uint32_t group, uint64_t duration_ns);
/* Gauges per scenario at the end of the interval. */
void shard_set_vus(struct shard *shard, size_t scenario, uint32_t busy, uint32_t allocated, uint32_t waiting);

/* Worker: closes the shard over intervals [first, last] (equal unless the ring was full). is_last: the worker's run is over. */
void shard_close(struct shard *shard, uint64_t first, uint64_t last, const struct shard_gauges *gauges, bool is_last);
bool shard_is_last(const struct shard *shard);
/* Control: makes it empty again and grows its page pool when it ran dry. */
void shard_reset(struct shard *shard);

#endif
