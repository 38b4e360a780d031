/* The HTTP client of a VU, above the transports: an operation is one request of the plan and everything it causes. Every hop,
 * retry and repetition is an exchange on the wire, told by on_exchange() and a request of its own in the books; on_done() comes
 * once, after the last of them. Owner: the loop's thread. Knows nothing of VUs, scenarios and books.
 *
 *   idle --start()--> on the wire --> on_exchange() --+--> on_done() --> idle
 *                        ^                            |
 *                        +------ (held by a pause) <--+ once more, or somewhere else
 *
 * A request that asks for nothing special (net_request.rules is NULL) has no memory here beyond struct operation. */
#ifndef ONAGER_HTTP_CLIENT_H
#define ONAGER_HTTP_CLIENT_H

#include "body_keep.h"
#include "net.h"

struct cookie_jar;
struct follow;
struct wheel;
struct operation;

/* An origin that a redirect named. */
struct named_origin {
    struct origin origin;
    struct named_origin *next;
};

/* A worker's clients: what they share. */
struct http_group {
    struct net *net;
    struct operation *held, **held_end; /* wait for the end of a pause, oldest first */
    bool is_paused;
    const struct net_request *requests; /* of the plan: their origins are looked up already */
    size_t request_count;
    struct named_origin *origins;
    size_t origin_count;
    struct wheel *waits; /* of operations that wait before a retry; NULL before the first */
};
/* Borrows net and requests until the release. */
void http_group_init(struct http_group *group, struct net *net, const struct net_request *requests, size_t request_count);
/* Every client released; net does nothing any more but to be freed. */
void http_group_release(struct http_group *group);
/* From here on no further exchange of a running operation starts. */
void http_group_pause(struct http_group *group);
/* Starts those that were held. */
void http_group_resume(struct http_group *group, uint64_t now_ns);

/* A VU's client: its connections, shared by all operations that it has under way. */
struct http_client {
    struct net_session session;
    struct http_group *group;
    struct cookie_jar *jar; /* NULL until an answer sets a cookie and the plan wants them */
};
/* A new iteration begins: cookies are forgotten. */
void http_client_forget(struct http_client *client);
/* An iteration is over: connections that are not to outlive it are closed. */
void http_client_close_idle(struct http_client *client);
void http_client_init(struct http_client *client, struct http_group *group);
/* No operation of the client may be under way. */
void http_client_release(struct http_client *client);

/* What became of one exchange; its results are in operation->exchange. Bits, as this is told for every request. */
enum exchange_end {
    EXCHANGE_EXPECTED = 1, /* no fault, and a status that the request expects */
    EXCHANGE_RETRIED = 2,  /* it failed, and its request will be sent once more */
    EXCHANGE_FOLLOWED = 4, /* it is a redirect, and its next hop will be sent */
};

/* Owned by whoever starts it and embedded there; untouchable between start and on_done. */
struct operation {
    struct exchange exchange; /* first: its on_done casts back */
    /* set once by operation_init() */
    struct http_client *client;
    void (*on_exchange)(struct operation *operation, unsigned end);
    void (*on_done)(struct operation *operation, bool is_failed); /* may start the next one at once */
    struct body_keep *keep; /* takes the body of the last answer; NULL: nobody does. May be set before any start */
    /* results */
    uint64_t held_ns; /* spent waiting because of pauses */
    /* private */
    const struct net_request *request; /* of the plan */
    bool is_stale_retry, is_held, must_be_fresh;
    uint64_t held_since_ns;
    struct operation *held_next, **held_back;
    struct follow *follow; /* NULL until a request with rules was started */
};

void operation_init(
    struct operation *operation, struct http_client *client, void (*on_exchange)(struct operation *, unsigned),
    void (*on_done)(struct operation *, bool));

/* Private to operation_start(): what is sent first, and who looks into the answer (follow.c). */
void follow_begin(struct operation *operation);

/* It must not be under way. */
void operation_release(struct operation *operation);

/* `request` is borrowed until on_done. now_ns becomes the first stamp; on_done never comes from inside. */
static inline void operation_start(struct operation *operation, const struct net_request *request, uint64_t now_ns)
{
    operation->request = operation->exchange.request = request;
    operation->is_stale_retry = false;
    operation->held_ns = 0;
    operation->exchange.sink = NULL;
    if (__builtin_expect(request->has_rules || operation->keep != NULL, false))
        follow_begin(operation);
    net_submit(&operation->client->session, &operation->exchange, false, now_ns);
}

/* Ends it without a callback. True: an exchange was on the wire, its results are filled up to now. */
bool operation_cancel(struct operation *operation, uint64_t now_ns);

#endif
