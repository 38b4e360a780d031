/* A snapshot: what the engine knows at one instant, immutable, shared by all clients, about four a second.
 * Built by the control thread; a client holds it between onager_client_latest() and onager_client_release() and may read
 * everything it points to for that long (strings and history included), from one thread. Times are ns of the run clock
 * (0 = first instant of the run, goes on in a pause) unless they say otherwise. Counters are totals of the run. */
#ifndef ONAGER_SNAPSHOT_H
#define ONAGER_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/fault.h"
#include "onager/plan.h"
#include "onager/steering.h"

struct history; /* history.h */
struct hist;    /* metrics/hist.h: for outputs that export whole histograms */

enum run_state {
#define RUN_STATE(id, name, glyph, ascii, help) RUN_##id,
#include "onager/run_state.def"
#undef RUN_STATE
};
const char *run_state_name(enum run_state state); /* "running": the words of JSON and API */
bool run_state_is_end(enum run_state state);      /* finished, stopped, aborted, failed */

#define SNAP_NONE UINT64_MAX /* "there is no value" for any time or quantile */

/* A distribution of times in ns. Without samples every field but count is SNAP_NONE. */
struct snap_trend {
    uint64_t count;
    uint64_t min_ns, max_ns, mean_ns;
    uint64_t p50_ns, p90_ns, p95_ns, p99_ns, p999_ns;
};

struct snap_iterations {
    uint64_t planned, started, completed, interrupted, cancelled, failed;
    uint64_t dropped; /* sum of the three */
    uint64_t dropped_no_vu, dropped_stall, dropped_queue_full;
    uint64_t waiting; /* arrivals in a queue right now; 0 at the end */
};

struct snap_requests {
    uint64_t total, sent, ok, failed_status, interrupted, retried;
    uint64_t errors[FAULT_COUNT]; /* [FAULT_NONE] stays 0 */
    uint64_t errors_all;          /* their sum */
    uint64_t bytes_sent, bytes_received;
};

enum phase { PHASE_BLOCKED, PHASE_RESOLVING, PHASE_CONNECTING, PHASE_TLS, PHASE_SENDING, PHASE_WAITING, PHASE_RECEIVING, PHASE_COUNT };
const char *phase_name(enum phase phase); /* "blocked" */

struct snap_status {
    uint16_t code;
    uint64_t count;
};

/* One row of the results: scenario, group, method, request name. The row `all` is snapshot.all. */
struct snap_row {
    uint32_t id;                                  /* row number in history.h; stable for the run */
    const char *name, *method, *scenario, *group; /* group "" without one */
    const char *transport;                        /* what carried it: "http1", "curl" */
    struct snap_requests requests;
    double rate_10s;                          /* requests a second over the last 10 s (or since the start) */
    uint64_t failed, failed_10s, count_10s;   /* failed: status and errors */
    struct snap_trend duration, duration_10s; /* service time */
    struct snap_trend phases[PHASE_COUNT];    /* whole run; only where phases_valid */
    uint64_t phase_mean_10s_ns[PHASE_COUNT];
    const struct snap_status *statuses; /* ascending by code */
    size_t status_count;
    const struct hist *histogram; /* of duration; NULL except in the final snapshot */
};

/* A check of a request of the plan, in a scenario and group. */
struct snap_check {
    const char *name, *request, *scenario, *group; /* group "" without one */
    uint64_t passes, fails;
};

/* A metric of the plan's own. Values of a trend are counted in millionths: what trend says in ns is the value times a million. */
struct snap_custom {
    const struct plan_metric *plan;
    struct snap_trend trend;       /* TREND */
    uint64_t samples, passes;      /* RATE: passes of samples */
    double sum, last, least, most; /* COUNTER: sum; GAUGE: the others, where there are samples */
};

/* How long a group of a flow took, thinks included. */
struct snap_group {
    const char *name; /* "::cart" */
    struct snap_trend duration;
};

/* Errors by signature: a transport fault (kind) or a failed status. */
struct snap_error {
    enum fault kind; /* FAULT_NONE for a status */
    uint16_t status; /* 0 for a fault */
    uint32_t row;    /* index in snapshot.rows */
    uint64_t count;
    uint64_t first_ns, last_ns;
    const char *example; /* sanitized text of one of them: status line reason or system message; "" without one */
};

struct snap_scenario {
    const char *name;
    enum executor_kind executor;
    struct snap_iterations iterations;
    double iterations_per_s_10s;
    double planned_rate; /* arrivals a second the plan wants now; 0 for closed executors */
    uint64_t vus_busy, vus_allocated, vus_max;
    uint64_t starts_ns, ends_ns; /* plan clock; ends_ns SNAP_NONE when iterations decide */
    bool is_started, is_ended;
    struct steering steering; /* what people changed; steering_none(): as planned */
    uint64_t planned_vus;     /* VUs wanted now by a closed model; 0 for open ones */
};

enum threshold_state { THRESHOLD_PASS, THRESHOLD_FAIL, THRESHOLD_NO_SAMPLES };

struct snap_threshold {
    const struct plan_threshold *plan;
    const char *display;        /* short form for tables: "login p(99)<800", "failed<0.01 in 30s" */
    enum threshold_state state; /* NO_SAMPLES fails unless the plan says optional */
    bool passed;                /* what counts for the exit code */
    bool is_warning;            /* less than 10 % to spare, or worsening for 30 s */
    bool aborted;               /* it ended the run */
    bool has_value;
    double value;  /* unit of the metric, as plan.limit */
    double margin; /* share to spare: 0.8 = 80 %; negative when failed; NAN without meaning */
    uint64_t samples;
    double worst_window; /* over=: the worst full window so far; NAN without */
};

enum verdict_level { VERDICT_VALID, VERDICT_DEGRADED, VERDICT_INVALID };
const char *verdict_level_name(enum verdict_level level);

enum verdict_code {
#define VERDICT_REASON(id, name, level, advice) VERDICT_##id##_REASON,
#include "onager/verdict_reason.def"
#undef VERDICT_REASON
    VERDICT_CODE_COUNT
};
const char *verdict_code_name(enum verdict_code code);

struct snap_reason {
    enum verdict_code code;
    enum verdict_level level;
    char text[160]; /* "968 dropped since 01:28": what happened, for the header and the summary */
    uint64_t first_ns, last_ns;
    uint32_t seconds; /* seconds affected */
    double value, limit;
};

struct snap_verdict {
    enum verdict_level level;
    const struct snap_reason *reasons; /* worst first */
    size_t reason_count;
};

struct snap_worker {
    unsigned id;
    double busy;     /* share of one core over the last second, 0..1 */
    uint64_t cpu_ns; /* its own CPU clock */
    uint64_t connections;
    uint64_t stalls;       /* loop stalls over 50 ms */
    uint64_t lost_samples; /* must be 0 */
};

enum event_kind {
#define EVENT_KIND(id, name, glyph) EVENT_##id,
#include "onager/event_kind.def"
#undef EVENT_KIND
};
const char *event_kind_name(enum event_kind kind);

/* An annotation: what happened to the run, by whom. */
struct snap_event {
    uint64_t at_ns;
    uint64_t wall_ns; /* CLOCK_REALTIME */
    enum event_kind kind;
    char by[24];
    char text[136];
};

/* An address of a host, and what became of the connects to it. Where a host has others, a connect that failed is no failed
 * request: another address took it. */
struct snap_address {
    const char *host; /* as it is looked up, or a path; valid as long as the engine */
    uint16_t port;
    char address[128];    /* "127.0.0.1:80", "[::1]:80" or a path */
    uint64_t connections; /* opened */
    uint64_t failed[FAULT_COUNT];
    bool is_passed_over; /* it failed, and is tried again now and then */
    bool is_current;     /* the last look-up found it */
};

struct snapshot {
    uint64_t sequence;   /* counts published snapshots */
    uint32_t run_number; /* 1 for the first run of this process, 2 after a re-run */
    char run_id[40];
    enum run_state state;
    bool is_final;        /* nothing of this run will change any more */
    int exit_code;        /* valid when is_final */
    char end_reason[160]; /* "" or one line: why it ended early, or why every request failed */

    uint64_t started_wall_ns;  /* CLOCK_REALTIME of the first instant; 0 while ready */
    uint64_t at_ns;            /* run clock of this snapshot */
    uint64_t plan_ns;          /* plan clock: stands still in a pause */
    uint64_t plan_total_ns;    /* planned length; SNAP_NONE when nothing bounds it */
    uint64_t paused_ns;        /* total so far */
    uint64_t paused_since_ns;  /* SNAP_NONE unless PAUSED */
    uint64_t stop_deadline_ns; /* run clock; STOPPING: what is in flight then is cut off; else SNAP_NONE */

    double planned_rate;      /* arrivals a second wanted now; 0 when only closed executors run */
    double rate_1s, rate_10s; /* requests a second */
    double iterations_per_s_10s;
    uint64_t vus_busy, vus_allocated, vus_max; /* allocated: VUs that exist now */
    uint64_t in_flight;                        /* requests on the wire */

    struct snap_iterations iterations;
    uint64_t checks_passes, checks_fails;
    struct snap_row all;                      /* name "all", id 0 of history */
    struct snap_trend response, response_10s; /* iteration response time, from the intended start */
    struct snap_trend iteration_duration;
    struct snap_trend lag, lag_10s; /* schedule lag */
    bool has_open_model;            /* response differs from service only then */

    const struct snap_check *checks; /* in the order of rows */
    size_t check_count;
    const struct snap_custom *customs; /* in the order of the plan */
    size_t custom_count;
    const struct snap_group *groups; /* in the order of the plan; the first is that of no group */
    size_t group_count;
    struct snap_trend group_duration; /* of all groups */
    const struct snap_row *rows;
    size_t row_count;
    const struct snap_address *addresses;
    size_t address_count;
    const struct snap_error *errors; /* most frequent first */
    size_t error_count;
    const struct snap_scenario *scenarios;
    size_t scenario_count;
    const struct snap_threshold *thresholds; /* plan order */
    size_t threshold_count;
    size_t thresholds_passed;
    struct snap_verdict verdict;
    bool books_balance;
    char books_text[160]; /* which book and by how much, when not */
    const struct snap_worker *workers;
    size_t worker_count;
    const struct snap_event *events; /* oldest first, the newest 256 */
    size_t event_count;
    const struct steer_change *changes; /* all of the run, oldest first */
    size_t change_count;
    uint32_t undo_levels;                               /* changes of the load that can be taken back */
    uint64_t cpu_user_ns, cpu_system_ns, max_rss_bytes; /* of the process */
    const struct history *history;                      /* of this run; valid while the snapshot is held */
    const struct plan *plan;
};

/* Failed requests of a row or of all: failed statuses and transport errors. */
static inline uint64_t snap_failed(const struct snap_requests *r)
{
    return r->failed_status + r->errors_all;
}

#endif
