/* A connection from the moment an exchange needs it until it is closed, and the worker's network that holds them all.
 * Owner: the loop's thread. Knows nothing of libcurl (connect.h) and of HTTP (transport.h).
 *
 *     QUEUED ----> WAITING ----> CONNECTING ----> SECURING ----> BUSY <----> IDLE
 *     6 in use     no slot       in libcurl       https: TLS     exchange    kept alive
 *
 * From every state to closed: connection_close(). A closed one goes back to the network's pool, its memory stays. */
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
    struct net_session *session;
    const struct origin *origin;
    struct exchange *exchange; /* NULL when IDLE */
    const struct transport_ops *transport;
    struct wheel_entry timer;
    struct net_connection *next; /* of the session, or of the pool */
    bool was_used;               /* carried an answer before */
    bool must_be_fresh;          /* QUEUED: an idle connection will not do */
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

#define NET_SCRATCH_BYTES (64 * 1024)

struct net {
    struct ev_loop *loop;
    struct connector *connector;
    struct wheel wheel;
    struct tls *tls; /* NULL: nothing wanted it so far */
    const struct plan_tls *tls_plan;
    struct net_connection *pool;
    bool keepalive;
    struct net_counters counters;
    char *scratch; /* NET_SCRATCH_BYTES, read into by whoever reads just now */
};

/* A new one in state QUEUED at the end of the session's list, with the exchange on it. */
struct net_connection *connection_new(struct net_session *session, struct exchange *exchange);
/* The connector has it open: takes `fd`, starts TLS on it or the exchange. */
void connection_opened(struct net_connection *connection, int fd, uint64_t now_ns);
/* TLS is up on it: starts the exchange. */
void connection_secured(struct net_connection *connection, uint64_t now_ns);
/* Ends the exchange and calls its on_done; the connection becomes IDLE when `keep`, else it is closed. `detail` may lie in the
 * connection. Touch neither connection nor exchange afterwards. */
void connection_finish(struct net_connection *connection, enum fault fault, const char *detail, bool keep, uint64_t now_ns);
/* Closes without a word to the exchange, which is detached. */
void connection_close(struct net_connection *connection);

/* Results of an exchange that ends now. */
void exchange_fill(struct exchange *exchange, uint64_t now_ns);

/* session.c: a connection became free or was closed: goes on with what is queued. */
void session_go_on(struct net_session *session, uint64_t now_ns);

#endif
