/* The plan: everything a run does, fully resolved. Built by plan/ from options or from an INI file, checked, and never
 * changed after onager_plan_check() said yes. Every thread may read it; whoever built it frees it after the engine is gone. */
#ifndef ONAGER_PLAN_H
#define ONAGER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/error.h"
#include "onager/plan_flow.h"
#include "onager/units.h"

enum executor_kind {
    EXECUTOR_CONSTANT_VUS,
    EXECUTOR_RAMPING_VUS,
    EXECUTOR_SHARED_ITERATIONS,
    EXECUTOR_PER_VU_ITERATIONS,
    EXECUTOR_CONSTANT_ARRIVAL_RATE,
    EXECUTOR_RAMPING_ARRIVAL_RATE,
};
#define EXECUTOR_COUNT (EXECUTOR_RAMPING_ARRIVAL_RATE + 1)

/* An open model: arrivals at a rate, whatever the server does. Else VUs that iterate. */
static inline bool executor_is_open(enum executor_kind kind)
{
    return kind >= EXECUTOR_CONSTANT_ARRIVAL_RATE;
}

/* It ends when its iterations are done, at the latest after max_duration. */
static inline bool executor_is_bounded(enum executor_kind kind)
{
    return kind == EXECUTOR_SHARED_ITERATIONS || kind == EXECUTOR_PER_VU_ITERATIONS;
}

/* How the arrivals of an open model lie on its curve: in even distances, as a Poisson process, or N at a time. */
enum arrivals_kind { ARRIVALS_EVEN, ARRIVALS_POISSON, ARRIVALS_BURST };

/* What becomes of arrivals that onager itself was late for: caught up after less than a second, always left out (from 50 ms on),
 * or always caught up. */
enum on_stall { ON_STALL_DEFAULT, ON_STALL_SKIP, ON_STALL_CATCH_UP };

/* What an arrival does that finds no free VU. */
enum when_busy { WHEN_BUSY_DROP, WHEN_BUSY_WAIT };

enum tls_version { TLS_VERSION_ANY, TLS_VERSION_1_0, TLS_VERSION_1_1, TLS_VERSION_1_2, TLS_VERSION_1_3 };

struct plan_header {
    char *name;
    char *value;
};

/* Where a value comes from: shown by messages and, later, by `inspect`. */
enum plan_origin { ORIGIN_DEFAULT, ORIGIN_CONFIG, ORIGIN_PLAN, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

/* The VU's cookies: none, forgotten with every iteration, or kept for the whole run. */
enum cookie_mode { COOKIES_OFF, COOKIES_ITERATION, COOKIES_KEEP };

/* How long a VU's connection is kept: for all its iterations, until the end of one, or for one request. */
enum connection_reuse { REUSE_VU, REUSE_ITERATION, REUSE_NONE };

/* How a request answers a server that asks who it is. */
enum auth_kind { AUTH_BASIC, AUTH_DIGEST, AUTH_NTLM, AUTH_NEGOTIATE };

/* What carries a request: our own client, or libcurl for what that does not do. */
enum transport_kind { TRANSPORT_HTTP1, TRANSPORT_CURL };

/* When a request that failed is sent again. */
struct plan_retry {
    unsigned times;  /* at most; 0: never */
    uint64_t faults; /* bit i: enum fault i is a reason */
    uint64_t statuses[PLAN_STATUS_WORDS];
    uint64_t backoff_ns, backoff_max_ns; /* wait before the first; it doubles up to the second */
};

/* One request as the plan names it. url is absolute after resolution; host is without brackets. */
struct plan_request {
    char *name; /* unique; a row of the results */
    char *method;
    char *url;                   /* as shown to people */
    char *scheme;                /* "http" or "https" */
    char *host;                  /* name or address, no brackets */
    uint16_t port;               /* host byte order */
    char *target;                /* path and query as sent, begins with '/' */
    struct plan_header *headers; /* defaults of [http] merged in */
    size_t header_count;
    char *body;                         /* NULL without one, and when it is a file */
    char *body_path;                    /* of a body that is read while it is sent; NULL: none, or a small one, which is in `body` */
    uint64_t body_length;               /* of either */
    int64_t body_changed_ns;            /* when that file was changed last, by the wall clock */
    uint64_t timeout_ns;                /* whole exchange, connect included */
    uint64_t connect_timeout_ns;        /* at most timeout_ns */
    uint64_t first_byte_timeout_ns;     /* 0: only timeout_ns; counted from the end of the send */
    uint64_t idle_timeout_ns;           /* 0: off; between two reads of one answer */
    bool retry_stale;                   /* send once more when a reused connection ended before a byte (GET HEAD PUT DELETE OPTIONS) */
    uint64_t expect[PLAN_STATUS_WORDS]; /* statuses that are no failures; empty: 200 to 399 */
    unsigned redirects;                 /* followed at most; 0: a redirect is an answer like others */
    enum transport_kind transport;
    bool http3; /* over HTTP/3, by libcurl */
    enum auth_kind auth;
    char *user;                 /* "NAME:PASSWORD" for `auth`, or NULL; secret */
    char *bearer;               /* token for Authorization: Bearer, or NULL; secret */
    bool decode;                /* ask for content codings and undo them */
    uint64_t max_decoded_bytes; /* of a body; 0: no limit */
    struct plan_retry retry;
    enum body_coding compress;        /* the body is sent in this coding, with a Content-Encoding that is not in `headers`; `body` and
                                       * templates->body are as before it */
    struct plan_templates *templates; /* what has ${...} that vary. Of what is in here (target, header values, body, user, bearer) the
                                       * text above is only how the plan says it and is not sent. NULL: the request is constant */
    struct plan_extract *extracts;    /* in the order of the plan */
    size_t extract_count;
    struct plan_check *checks;
    size_t check_count;
    struct plan_measure *measures;
    size_t measure_count;
};

/* How https is spoken, the same for every request. Texts are NULL where nothing was said; files were read once and found good. */
struct plan_tls {
    bool insecure;            /* certificates of servers are not verified */
    char *ca_file, *ca_path;  /* instead of the system's */
    char *cert_file;          /* PEM: the client's certificate and what stands between it and its CA */
    char *key_file;           /* PEM; NULL: in cert_file */
    char *server_name;        /* asked for and expected in the certificate instead of the host */
    char *ciphers;            /* in OpenSSL's words, ':' between; TLS_... are those of TLS 1.3 */
    enum tls_version minimum; /* ANY: 1.2, or maximum when that is lower */
    enum tls_version maximum;
    bool resumption; /* a new connection goes on with the session of an earlier one to the same origin */
    bool ktls;       /* the kernel encrypts where it can */
};

/* Which of a host's addresses a new connection begins with. */
enum address_select { SELECT_ROUNDROBIN, SELECT_RANDOM, SELECT_FIRST };

/* Which addresses of a host are used: all alike, those of one family and the others only where they fail, or one family alone. */
enum address_policy { POLICY_ANY, POLICY_PREFER_IPV4, POLICY_PREFER_IPV6, POLICY_ONLY_IPV4, POLICY_ONLY_IPV6 };

/* Where a host and port really are, instead of what a look-up says. */
struct plan_resolve {
    char *host;
    uint16_t port;    /* 0: every port */
    char **addresses; /* numeric, without brackets; at least one */
    size_t address_count;
    uint16_t to_port; /* 0: the same */
};

/* Connections that would go to a host and port go to another one. */
struct plan_connect_to {
    char *host;    /* NULL: any */
    uint16_t port; /* 0: any */
    char *to_host; /* NULL: the same */
    uint16_t to_port;
};

enum proxy_kind { PROXY_NONE, PROXY_HTTP, PROXY_SOCKS4, PROXY_SOCKS4A, PROXY_SOCKS5, PROXY_SOCKS5H, PROXY_HTTPS };

struct plan_proxy {
    enum proxy_kind kind;
    char *host; /* without brackets */
    uint16_t port;
    char *user; /* "NAME:PASSWORD" or NULL; secret */
};

/* How connections are opened, the same for every request. All zero: every address in turn, never looked up again. */
struct plan_network {
    uint64_t refresh_ns; /* a name is looked up again that long after the last time; 0: never */
    enum address_select select;
    enum address_policy policy;
    bool no_fallback; /* a connect that failed is not tried at another address */
    struct plan_resolve *resolves;
    size_t resolve_count;
    struct plan_connect_to *connect_tos;
    size_t connect_to_count;
    char **sources; /* local addresses or interfaces, in turn */
    size_t source_count;
    char *unix_socket; /* instead of TCP, or NULL */
    struct plan_proxy proxy;
    char **no_proxy; /* hosts, domains that begin with '.', or "*" */
    size_t no_proxy_count;
};

struct plan_mix {
    size_t request; /* index in plan.requests; of a flow, that of its first request */
    uint32_t weight;
    const struct plan_flow *flow; /* in plan.flows; NULL: the one request */
    uint32_t *rows;               /* flow: of each of its uses the index in scenario.rows; NULL without one, see plan_mix_row() */
};

struct plan_tag {
    char *name;
    char *value;
};

/* A piece of a ramp: from one level to another, in a straight line. A jump is a `from` that is not the `to` before it. */
struct plan_stage {
    uint64_t duration_ns; /* may be 0 */
    uint64_t from, to;    /* VUs, or arrivals per scenario.rate.per_ns */
    uint64_t at_once;     /* arrivals at its first instant, beside the line */
};

enum chaos_noise { CHAOS_NOISE_NONE, CHAOS_NOISE_SPRING, CHAOS_NOISE_PERLIN };

/* What the factor acts on in a closed model; in an open one it is always the rate. */
enum chaos_apply { CHAOS_APPLY_VUS, CHAOS_APPLY_THINK };

/* Hours of the day with a factor of their own; of those that hold at an hour the highest priority counts, of equal ones the last. */
struct plan_chaos_hours {
    uint32_t hours; /* bit h: from h:00 to h+1:00, local time */
    uint32_t factor_ppm;
    uint32_t priority;
};

/* How the load of a scenario is multiplied: m(t) = schedule(t) x spike(t) x noise(t). Millionths. */
struct plan_chaos {
    uint32_t spike_ppm;                 /* at the peak, at least 1,000,000 */
    uint64_t spikes_per_hour_ppm;       /* 0: no spikes */
    uint64_t min_interval_ns;           /* between the begins of two spikes */
    uint64_t max_interval_ns;           /* UINT64_MAX: no limit */
    uint64_t rise_ns, hold_ns, fall_ns; /* linear, at the peak, exponential; 0: at once */
    enum chaos_noise noise;
    uint32_t noise_ppm; /* the noise stays within 1 +- this; at most 1,000,000 */
    struct plan_chaos_hours *hours;
    size_t hours_count;
    enum chaos_apply apply;
};

struct plan_scenario {
    char *name;
    enum executor_kind executor;
    uint64_t start_time_ns;
    uint64_t graceful_stop_ns;
    bool graceful_stop_set;    /* else it is capped at 5 s after a key or signal */
    uint64_t vus;              /* closed ones; of ramping-vus the most there will be */
    uint64_t duration_ns;      /* of those that are not bounded; with stages their sum. 0: bounded */
    uint64_t iterations;       /* shared-iterations: of all VUs together; per-vu-iterations: of each */
    uint64_t max_duration_ns;  /* bounded ones */
    struct rate rate;          /* open ones; of ramping-arrival-rate count is the most there will be */
    struct plan_stage *stages; /* of ramping ones, and of constant ones with a ramp; else NULL: vus, or rate, for duration_ns */
    size_t stage_count;
    enum arrivals_kind arrivals;
    uint64_t burst; /* BURST: so many at a time */
    enum on_stall on_stall;
    uint64_t graceful_ramp_down_ns; /* closed ones: how long an iteration may go on whose VU is too many */
    uint64_t pre_allocated_vus;
    uint64_t max_vus;
    enum when_busy when_busy;
    uint64_t max_waiting; /* arrivals that may wait; resolved, never 0 when when_busy is WAIT */
    struct plan_mix *mix; /* at least one */
    size_t mix_count;
    struct plan_use *rows; /* what the scenario may send, each request in each group once: its rows of the results. NULL when nothing in
                            * the mix is a flow: then they are the mix; see plan_scenario_row() */
    size_t row_count;
    struct plan_tag *tags;
    size_t tag_count;
    struct plan_chaos *chaos; /* NULL: the load is as it is said */
    struct plan_tag *env;     /* for flows and scripts; before the environment of the process */
    size_t env_count;
};

enum threshold_aggregate { AGG_COUNT, AGG_RATE, AGG_VALUE, AGG_AVG, AGG_MIN, AGG_MAX, AGG_PERCENTILE };
enum threshold_operator { OP_LESS, OP_LESS_EQUAL, OP_GREATER, OP_GREATER_EQUAL, OP_EQUAL, OP_NOT_EQUAL };

/* One expression, e.g. http_req_duration{request:login}: p(95)<500 over=30s abort grace=10s delay=5s optional. */
struct plan_threshold {
    char *metric;    /* a name of metrics.def, or of plan.metrics */
    uint32_t custom; /* 1 + index in plan.metrics; 0: one of metrics.def */
    struct plan_tag *filter;
    size_t filter_count; /* 0: the whole metric */
    char *expression;    /* as written, normalised: "p(95)<500" */
    enum threshold_aggregate aggregate;
    double quantile; /* AGG_PERCENTILE: 0.95 */
    enum threshold_operator op;
    double limit;     /* in the metric's own unit: ms for times, share 0..1 for rates, bytes, count or count per second */
    uint64_t over_ns; /* 0: the whole run; else a multiple of 2 s */
    uint64_t grace_ns;
    uint64_t delay_ns;
    bool abort;
    bool optional; /* passes without samples */
};

/* A condition that has to hold for so long: "http_req_failed rate>0.5 for 10s". */
struct plan_rule {
    char *text;                 /* as written, normalised; NULL: there is no such rule */
    struct plan_threshold when; /* metric, aggregate, operator and limit count; here it says what must NOT be */
    uint64_t for_ns;
};

struct plan_safety {
    struct rate max_rate;   /* of all scenarios together; count 0: no limit */
    uint64_t max_in_flight; /* iterations; 0: no limit */
    struct plan_rule abort_if, breaker;
    uint64_t breaker_resume_ns; /* real time from the pause to the first try */
    char *breaker_webhook;      /* or NULL */
};

struct plan_output {
    char *kind; /* "json" */
    char *path; /* "-" is stdout */
};

/* Whether every exchange is shown, and how much of it. */
enum http_debug_level { HTTP_DEBUG_OFF, HTTP_DEBUG_HEADS, HTTP_DEBUG_FULL };

struct plan {
    char *name;        /* of the plan, else host and path of the target */
    char *description; /* or NULL */
    char *source;      /* file it was read from, or NULL for a quick run */
    struct plan_tag *labels;
    size_t label_count;
    uint64_t seed;
    char sha256[65]; /* of the canonical text of the plan */
    char *user_agent;
    unsigned threads; /* resolved, at least 1 */
    enum connection_reuse reuse;
    unsigned shared_connections;      /* to each origin, for all VUs together, at least one for each thread; 0: each VU has its own */
    uint64_t connection_max_age_ns;   /* an older one takes no further request; 0: no limit */
    uint64_t connection_max_requests; /* on one connection; 0: no limit */
    enum cookie_mode cookies;
    uint64_t max_head_bytes; /* of an answer */
    uint64_t max_body_bytes; /* of an answer; 0: no limit */
    struct plan_tls tls;
    struct plan_network network;
    struct plan_request *requests;
    size_t request_count;
    struct plan_scenario *scenarios;
    size_t scenario_count;
    struct plan_threshold *thresholds;
    size_t threshold_count;
    struct plan_safety safety;
    struct plan_output *outputs;
    size_t output_count;
    struct plan_variable *variables; /* slots of every VU */
    size_t variable_count;
    struct plan_secret *secrets;
    size_t secret_count;
    struct plan_data *data;
    size_t data_count;
    struct plan_metric *metrics;
    size_t metric_count;
    struct plan_flow *flows;
    size_t flow_count;
    char **groups; /* paths as k6 has them: "" for none (always the first when there is any), "::cart", "::cart::pay" */
    size_t group_count;
    uint32_t check_count;   /* of all requests together */
    uint32_t counter_count; /* shared counters of generators */
    struct plan_stage_flow setup, teardown;
    struct plan_hooks hooks;
    enum http_debug_level http_debug; /* on standard error */
    bool start_paused;
    bool require_valid;      /* INVALID exits with EXIT_INVALID */
    bool require_undegraded; /* DEGRADED too */
    bool realtime;           /* ask for SCHED_FIFO */
};

/* Longest plan time any scenario needs (start_time + duration or max_duration), without graceful_stop. */
uint64_t plan_duration_ns(const struct plan *plan);
/* Requests or iterations that open and bounded scenarios plan together; 0 when a closed loop decides. */
uint64_t plan_planned_iterations(const struct plan *plan);
bool plan_uses_tls(const struct plan *plan); /* a request is https */
uint64_t plan_max_vus(const struct plan *plan);
/* Connections that are open at once, when each VU uses one. */
uint64_t plan_max_connections(const struct plan *plan);

/* Rows of the results, the only place that knows how they are counted: those of scenario 0 first, each scenario's as follows. */
static inline size_t plan_scenario_row_count(const struct plan_scenario *scenario)
{
    return scenario->rows != NULL ? scenario->row_count : scenario->mix_count;
}

static inline struct plan_use plan_scenario_row(const struct plan_scenario *scenario, size_t row)
{
    return scenario->rows != NULL ? scenario->rows[row] : (struct plan_use){ (uint32_t)scenario->mix[row].request, 0 };
}

/* The row (within the scenario) of use `use` of mix entry `entry`; use is 0 for an entry that is one request. */
static inline size_t plan_mix_row(const struct plan_scenario *scenario, size_t entry, uint32_t use)
{
    return scenario->mix[entry].rows != NULL ? scenario->mix[entry].rows[use] : entry;
}

static inline const char *plan_group(const struct plan *plan, uint32_t group)
{
    return group < plan->group_count ? plan->groups[group] : "";
}

/* From its first instant to the last at which it starts something. */
static inline uint64_t plan_scenario_length_ns(const struct plan_scenario *scenario)
{
    return executor_is_bounded(scenario->executor) ? scenario->max_duration_ns : scenario->duration_ns;
}

/* No factor of chaos (NULL: none) is above this, in millionths. */
static inline uint64_t plan_chaos_most_ppm(const struct plan_chaos *chaos)
{
    const uint64_t one = 1000000;
    uint64_t most = one;

    if (chaos == NULL)
        return one;
    for (size_t i = 0; i < chaos->hours_count; i++) /* also one that another overrules */
        most = chaos->hours[i].factor_ppm > most ? chaos->hours[i].factor_ppm : most;
    if (chaos->spikes_per_hour_ppm > 0)
        most = (most * chaos->spike_ppm + one - 1) / one;
    return (most * (one + chaos->noise_ppm) + one - 1) / one;
}

/* VUs at once, as it is planned; with all that chaos may make of them. */
static inline uint64_t plan_scenario_max_vus(const struct plan_scenario *scenario)
{
    if (executor_is_open(scenario->executor))
        return scenario->max_vus;
    if (scenario->chaos == NULL || scenario->chaos->apply != CHAOS_APPLY_VUS)
        return scenario->vus;
    return (scenario->vus * plan_chaos_most_ppm(scenario->chaos) + 999999) / 1000000;
}

void plan_free(struct plan *plan);

const char *auth_kind_name(enum auth_kind kind);           /* "digest" */
const char *transport_kind_name(enum transport_kind kind); /* "http1" */
const char *executor_kind_name(enum executor_kind kind);   /* "constant-vus" */

#endif
