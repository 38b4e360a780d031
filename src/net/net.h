/* Network of one worker: its connections, their timeouts, and the exchanges on them. Everything here belongs to the thread
 * that runs `loop`; origins and requests are immutable and shared. No lock, and no malloc for a request on an open connection. */
#ifndef ONAGER_NET_H
#define ONAGER_NET_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "answer_sink.h"
#include "buf.h"
#include "onager/error.h"
#include "onager/fault.h"
#include "onager/plan.h"

/* ---- what to talk to: built before the start, immutable, shared by all workers ---- */

struct net_name;
struct resolver;
struct source_list;

/* Scheme, host and port, and where connections to it go: straight to `name`, or by a proxy. */
struct origin {
    char *scheme, *host;
    uint16_t port;
    bool is_tls;           /* https */
    struct net_name *name; /* what has to be looked up before a connection; never NULL (addresses.h) */
    struct resolver *own;  /* of origin_resolve() alone */
    /* by a proxy */
    const struct plan_proxy *proxy; /* NULL: without */
    struct net_name *proxy_name;    /* the same as `name` where the proxy looks the host up */
    char *to_host;                  /* what it is asked to connect to */
    uint16_t to_port;
};

/* Without a look-up. network NULL: all defaults; else borrowed until the release, as is resolver. */
void origin_name(
    struct origin *origin, struct resolver *resolver, const struct plan_network *network, const char *scheme, const char *host,
    uint16_t port);
/* Blocking look-up with a resolver of its own, at most about 10 s. -1 and *err (EXIT_USAGE, "host: ...") without an address. */
int origin_resolve(struct origin *origin, const char *scheme, const char *host, uint16_t port, struct error *err);
/* Plain http by an HTTP proxy: an ordinary connection to the proxy, and the whole URL in the request. */
bool origin_is_absolute(const struct origin *origin);
/* The proxy makes a tunnel: CONNECT or SOCKS. */
bool origin_is_tunnelled(const struct origin *origin);
void origin_release(struct origin *origin);

struct body_file;
struct curl_request;

/* A request as bytes. */
struct net_request {
    const struct origin *origin; /* borrowed */
    char *bytes;                 /* head and, unless it is a file, body in one piece */
    size_t stored_length;        /* of them */
    uint64_t length;             /* of head and body */
    size_t head_length;
    const struct body_file *file; /* the body; borrowed; NULL: none, or in `bytes` */
    struct curl_request *curl;    /* libcurl carries it; NULL: http1 does */
    bool is_head;                 /* HEAD: the answer has no body whatever its head says */
    bool is_idempotent;           /* GET HEAD PUT DELETE OPTIONS */
    bool retry_stale;             /* idempotent, and the plan lets it be sent once more when a reused connection was stale */
    bool wants_close;             /* Connection: close is in its head */
    uint64_t timeout_ns, connect_timeout_ns, first_byte_timeout_ns, idle_timeout_ns; /* plan.h */
    uint64_t max_head_bytes, max_body_bytes;
    uint64_t expect[PLAN_STATUS_WORDS]; /* statuses that are no failures; as in plan.h, but never empty */
    /* What it is built from. */
    const struct plan *plan;
    const struct plan_request *from;
    bool has_rules; /* the plan asks for more than one exchange, so somebody has to look into the answer */
};

static inline bool net_request_expects(const struct net_request *request, unsigned status)
{
    return (request->expect[status / 64] >> (status % 64) & 1) != 0;
}

/* Builds the bytes: request line, Host, User-Agent, Accept, the plan's headers (they win), Content-Length, body. */
void net_request_build(struct net_request *request, const struct plan *plan, const struct plan_request *from, const struct origin *origin);
/* How an exchange that follows from an answer differs from the plan's request. */
struct net_variation {
    const struct origin *origin;
    const char *method, *target;
    bool is_without_body;         /* and without the headers about it */
    bool is_without_secrets;      /* Authorization, Cookie and Host of the plan are for the plan's origin alone */
    const char *cookies;          /* NULL or what a jar has for it */
    const struct body_file *file; /* NULL unless the plan's request has its body in one; borrowed */
};
void net_request_build_varied(
    struct net_request *request, const struct plan *plan, const struct plan_request *from, const struct net_variation *variation);
/* Writes the bytes into `out`, which they stay in, and what is said of them into request; the rest of it stays. */
void net_request_write(
    struct net_request *request, struct buf *out, const struct plan *plan, const struct plan_request *from,
    const struct net_variation *variation);
void net_request_release(struct net_request *request);

/* ---- one exchange ---- */

/* Instants of CLOCK_MONOTONIC. On a reused connection CONNECT_START = CONNECT_END = TLS_END = SEND_START = BEGIN (+ blocked). */
enum stamp {
    STAMP_BEGIN,
    STAMP_UNBLOCKED,
    STAMP_RESOLVED,
    STAMP_CONNECTED,
    STAMP_TLS_DONE,
    STAMP_SENT,
    STAMP_FIRST_BYTE,
    STAMP_END,
    STAMP_COUNT
};

struct net_connection;
struct curl_transfer;

/* Owned by the submitter, embedded in a VU; untouchable between submit and on_done. */
struct exchange {
    /* set by the submitter */
    const struct net_request *request;
    struct answer_sink *sink; /* sees the answer; NULL: nobody does */
    /* Called exactly once from the loop, never from inside net_submit(); may submit the next exchange at once. */
    void (*on_done)(struct exchange *exchange);
    /* results, valid in on_done */
    uint64_t stamps[STAMP_COUNT]; /* non-decreasing; a stage that was not reached repeats the stamp before, END is always now */
    enum fault fault;
    uint16_t status;                     /* 0 without a complete status line */
    bool is_sent;                        /* the head was fully written */
    bool is_reused;                      /* on a connection that had carried an answer before */
    bool is_stale;                       /* fault on a reused connection before any byte of the answer: request may be sent once more */
    uint64_t bytes_sent, bytes_received; /* of HTTP; what TLS adds is not counted */
    const char *detail; /* raw text of a fault, or the reason phrase from 400 on; NUL-terminated, valid during on_done; "" without one */
    /* transport's own */
    struct net_connection *connection;
    struct curl_transfer *transfer; /* of libcurl, instead of a connection of ours */
    uint64_t deadline_ns;           /* of the whole exchange */
};

/* ---- a worker's network ---- */

struct net;
struct net_options {
    unsigned max_connecting; /* connects in progress at once; further ones wait (`blocked`); 0: 200 */
    bool keepalive;
    unsigned shared;                    /* connections to each origin, for all sessions together; 0: each session has its own, at most 6 */
    uint64_t max_age_ns;                /* an older connection carries no further exchange; 0: no limit */
    uint64_t max_requests;              /* on one connection; 0: no limit */
    bool needs_tls;                     /* made ready at once, so that what is wrong with it is said before the start */
    const struct plan_tls *tls;         /* borrowed until net_free(); NULL: https fails */
    const struct plan_network *network; /* borrowed until net_free(); NULL: all defaults */
    struct resolver *resolver;          /* borrowed until net_free(); NULL: one of its own */
    struct source_list *sources;        /* borrowed until net_free(); NULL: the kernel chooses */
};
struct net *net_new(struct ev_loop *loop, const struct net_options *options, struct error *err);
struct ev_loop *net_loop(const struct net *net);
void net_free(struct net *net); /* every session closed before */

struct net_counters {
    uint32_t connections; /* open now */
    uint32_t connecting;
    uint64_t opened;                         /* so far */
    uint64_t fds_exhausted, ports_exhausted; /* times, so far */
};
void net_counters(const struct net *net, struct net_counters *out);

/* ---- a VU's connections: at most 6 to an origin, or those that all VUs share ---- */

struct curl_session;
struct net_pool;

struct net_session {
    struct net *net;
    struct net_pool *pool;     /* the one used last, or NULL; private */
    struct net_pool *pools;    /* its own, by origin; private */
    struct curl_session *curl; /* what libcurl carries; NULL: nothing so far; private */
};
void net_session_init(struct net_session *session, struct net *net);
/* Closes its own. No exchange of the session may be under way. */
void net_session_close(struct net_session *session);
/* Closes those of its own that carry nothing. */
void net_session_close_idle(struct net_session *session);

/* Starts an exchange: on an idle connection to the origin, else on a new one. `fresh`: never on an idle one.
 * now_ns becomes STAMP_BEGIN, so the caller's clock read is used again. */
void net_submit(struct net_session *session, struct exchange *exchange, bool fresh, uint64_t now_ns);

/* Ends an exchange that is under way without calling on_done: fills stamps, counts and is_sent up to now, closes its connection. */
void net_cancel(struct exchange *exchange);

#endif
