/* A connection from the moment an exchange needs it until it is closed, the pool of those to an origin, and the worker's network that
 * holds them all. Owner: the loop's thread. Knows nothing of how a socket is opened (connect.h) and of HTTP (transport.h).
 *
 *     QUEUED ----> WAITING ----> CONNECTING ----> SECURING ----> BUSY <------> IDLE
 *     pool full    no slot       connect.h       https: TLS     exchanges     kept alive
 *
 * From every state to closed: connection_close(). A closed one goes to the network's unused ones, its memory stays.
 *
 * An exchange that waits for a connection holds a QUEUED one, which is given up when another connection takes the exchange. */
#ifndef ONAGER_CONNECTION_H
#define ONAGER_CONNECTION_H

#include <ev.h>

#include "http1_parse.h"
#include "net.h"
#include "transport.h"
#include "wheel.h"

enum connection_state {
    CONNECTION_QUEUED,
    CONNECTION_WAITING,
    CONNECTION_CONNECTING,
    CONNECTION_SECURING,
    CONNECTION_BUSY,
    CONNECTION_IDLE
};

struct connect_slot;
struct connector;
struct ssl_st;
struct tls;

struct net_connection {
    ev_io readable, writable; /* first: the read callback casts */
    enum connection_state state;
    int fd; /* -1 before SECURING or BUSY */
    struct net *net;
    struct net_pool *pool;
    const struct origin *origin;
    struct exchange *exchange; /* before BUSY the one that it is opened for; then see transport.h; NULL when IDLE */
    const struct transport_ops *transport;
    struct wheel_entry timer;
    struct net_connection *next, *previous; /* of the pool's free ones or its queue; `next` alone: unused */
    uint64_t retires_ns;                    /* from then on no further exchange starts on it; WHEEL_NEVER */
    uint64_t left;                          /* exchanges that may still end on it, those under way included; UINT64_MAX: any number */
    uint32_t running, limit;                /* exchanges on it once it is open: now, and at most */
    bool is_ending;                         /* no further exchange starts on it */
    bool is_mortal;                         /* retires_ns or left says something */
    bool was_used;                          /* carried an answer before */
    bool must_be_fresh;                     /* QUEUED: a connection that was used before will not do */
    /* connector's own */
    struct net_connection *queue_next, *queue_previous;
    struct connect_slot *slot;
    /* tls's own */
    struct ssl_st *ssl;     /* NULL: plain TCP */
    bool wants_certificate; /* the server asked for the client's */
    bool is_cut;            /* ended without close_notify */
    bool is_broken;         /* no close_notify can be sent any more */
    enum fault tls_fault;   /* behind an errno of EPROTO */
    const char *tls_detail;
    /* http1's own */
    size_t sent;
    int send_error; /* errno, 0: none */
    uint64_t last_read_ns;
    struct http1_parser parser;
};

/* The connections to one origin that share their exchanges. */
struct net_pool {
    struct net *net;
    const struct origin *origin;         /* borrowed; two origins are the same when their pointers are */
    struct net_connection *free;         /* those that can start another exchange, used last first */
    struct net_connection *first_queued; /* exchanges that wait, oldest first */
    struct net_connection *last_queued;
    unsigned count, limit; /* connections but the QUEUED: now, and at most */
    struct net_pool *next;
    bool is_later; /* in the network's list of those that go on when the loop turns */
    struct net_pool *next_later;
};

#define NET_SCRATCH_BYTES (64 * 1024)

struct net {
    struct ev_loop *loop;
    struct connector *connector;
    struct wheel wheel;
    struct tls *tls; /* NULL: nothing wanted it so far */
    const struct plan_tls *tls_plan;
    struct net_connection *unused;
    struct net_pool *shared;      /* by origin */
    struct net_pool *first_later; /* in which something was cancelled: the next may be about to be, too */
    ev_timer later;
    bool keepalive;
    unsigned shared_limit;              /* 0: each session has pools of its own */
    uint64_t max_age_ns, max_requests;  /* 0: no limit */
    const struct plan_network *network; /* NULL: all defaults */
    enum address_select select;
    bool has_fallback;
    struct resolver *resolver, *own_resolver;
    struct source_list *sources; /* NULL: the kernel chooses */
    struct net_counters counters;
    struct curl_full *curl; /* NULL: nothing went through libcurl so far */
    char *scratch;          /* NET_SCRATCH_BYTES, read into by whoever reads just now */
};

/* Of a BUSY or IDLE one: another exchange can start on it, so it is in the pool's list. */
static inline bool connection_is_free(const struct net_connection *connection)
{
    return connection->running < connection->limit && !connection->is_ending;
}

/* A new one in state QUEUED, with the exchange on it; not in the queue yet. */
struct net_connection *connection_new(struct net_pool *pool, struct exchange *exchange);
/* The connector has it open: takes `fd`, starts TLS on it or the exchange. */
void connection_opened(struct net_connection *connection, int fd, uint64_t now_ns);
/* TLS is up on it: starts the exchange. */
void connection_secured(struct net_connection *connection, uint64_t now_ns);
/* Ends an exchange on a connection and calls its on_done. The connection carries on when `keep`; else no further exchange starts on it,
 * and it is closed with the last one. `detail` may lie in the connection. Touch neither afterwards, unless others are still on it. */
void exchange_finish(struct exchange *exchange, enum fault fault, const char *detail, bool keep, uint64_t now_ns);
/* The same for connection->exchange. */
static inline void connection_finish(struct net_connection *connection, enum fault fault, const char *detail, bool keep, uint64_t now_ns)
{
    exchange_finish(connection->exchange, fault, detail, keep, now_ns);
}
/* An exchange that was detached from it is over: it carries on, or is closed when it is ending and that was the last one. */
void connection_release(struct net_connection *connection, uint64_t now_ns);

/* The transport learnt how many exchanges it may carry at once, at least 1. */
void connection_set_limit(struct net_connection *connection, uint32_t limit, uint64_t now_ns);
/* Closes without a word to the exchange it is opened for or carries, which is detached. Of those that share it none may be left. */
void connection_close(struct net_connection *connection);

/* Results of an exchange that ends now. */
void exchange_fill(struct exchange *exchange, uint64_t now_ns);

/* ---- pool.c ---- */

/* The session's pool for the origin; makes it. */
struct net_pool *pool_of(struct net_session *session, const struct origin *origin);
/* Nothing may be under way in it. Closes what is idle. */
void pool_free(struct net_pool *pool);
/* The network's own: made and released with it. */
void pools_init(struct net *net, const struct net_options *options);
void pools_release(struct net *net);
/* Takes it out of the list that it is in, the free ones or the queue. */
void pool_unlink(struct net_connection *connection);
/* Puts it among the free ones. */
static inline void pool_set_free(struct net_pool *pool, struct net_connection *connection)
{
    connection->next = pool->free;
    if (pool->free != NULL)
        pool->free->previous = connection;
    pool->free = connection;
}
/* A connection became free or was closed: goes on with what is queued. */
void pool_go_on(struct net_pool *pool, uint64_t now_ns);

#endif
