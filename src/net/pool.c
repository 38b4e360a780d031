/* The connections to one origin: which one an exchange gets, and who waits for one. What waits is served in its order.
 * Owner: the loop's thread. net_submit() runs for every request: count its instructions when you change it. */
#include <stdlib.h>

#include "clock.h"
#include "connect.h"
#include "connection.h"
#include "curl_full.h"
#include "mem.h"

#define MAX_CONNECTIONS_PER_ORIGIN 6

struct net_pool *pool_of(struct net_session *session, const struct origin *origin)
{
    struct net *net = session->net;
    struct net_pool **first = net->shared_limit > 0 ? &net->shared : &session->pools, *pool = *first;

    while (pool != NULL && pool->origin != origin)
        pool = pool->next;
    if (pool == NULL) {
        pool = mem_alloc(sizeof *pool);
        pool->net = net;
        pool->origin = origin;
        pool->limit = net->shared_limit > 0 ? net->shared_limit : MAX_CONNECTIONS_PER_ORIGIN;
        pool->next = *first;
        *first = pool;
    }
    session->pool = pool;
    return pool;
}

static void close_idle(struct net_pool *pool)
{
    struct net_connection *next;

    for (struct net_connection *c = pool->free; c != NULL; c = next) {
        next = c->next;
        if (c->running == 0)
            connection_close(c);
    }
}

static void forget_later(struct net_pool *pool)
{
    struct net_pool **link = &pool->net->first_later;

    while (*link != pool)
        link = &(*link)->next_later;
    *link = pool->next_later;
    pool->is_later = false;
}

void pool_free(struct net_pool *pool)
{
    close_idle(pool);
    INVARIANT(pool->count == 0 && pool->first_queued == NULL);
    if (pool->is_later)
        forget_later(pool);
    free(pool);
}

static void on_later(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct net *net = timer->data;
    uint64_t now_ns = clock_now_ns();

    while (net->first_later != NULL) {
        struct net_pool *pool = net->first_later;

        forget_later(pool);
        pool_go_on(pool, now_ns);
    }
}

/* Who cuts off one exchange often cuts off all of them, and what only waits should not be connected for that. */
static void go_on_later(struct net_pool *pool)
{
    struct net *net = pool->net;

    if (pool->first_queued == NULL || pool->is_later)
        return;
    pool->is_later = true;
    pool->next_later = net->first_later;
    net->first_later = pool;
    ev_feed_event(net->loop, &net->later, EV_CUSTOM);
}

void pools_init(struct net *net, const struct net_options *options)
{
    net->keepalive = options->keepalive;
    net->shared_limit = options->shared;
    net->max_age_ns = options->max_age_ns;
    net->max_requests = options->max_requests;
    ev_init(&net->later, on_later);
    net->later.data = net;
}

void pools_release(struct net *net)
{
    while (net->shared != NULL) {
        struct net_pool *pool = net->shared;

        net->shared = pool->next;
        pool_free(pool);
    }
    ev_clear_pending(net->loop, &net->later);
}

/* ---- the list of the free ones, the queue ---- */

static void enqueue(struct net_connection *connection)
{
    struct net_pool *pool = connection->pool;

    connection->next = NULL;
    connection->previous = pool->last_queued;
    if (pool->last_queued != NULL)
        pool->last_queued->next = connection;
    else
        pool->first_queued = connection;
    pool->last_queued = connection;
}

void pool_unlink(struct net_connection *connection)
{
    struct net_pool *pool = connection->pool;

    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else if (pool->free == connection)
        pool->free = connection->next;
    else if (pool->first_queued == connection)
        pool->first_queued = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    else if (pool->last_queued == connection)
        pool->last_queued = connection->previous;
    connection->previous = NULL;
}

/* ---- who gets what ---- */

/* What comes on a connection that carries nothing, its end or bytes, mostly spoils it; the event may already wait behind the one that is
 * handled just now. */
static bool is_usable(const struct net_connection *connection)
{
    if (!ev_is_pending(&connection->readable))
        return true;
    return connection->running > 0 || (connection->transport->survives_input != NULL && connection->transport->survives_input(connection));
}

/* A connection that can start another exchange, NULL when there is none. Those that cannot be used any more are closed on the way. */
static inline struct net_connection *find_free(struct net_pool *pool)
{
    struct net_connection *connection;

    while ((connection = pool->free) != NULL && __builtin_expect(!is_usable(connection), false))
        connection_close(connection);
    return connection;
}

/* Starts an exchange on the first of the free ones. */
static inline void start_on(struct net_connection *connection, struct exchange *exchange, uint64_t now_ns)
{
    uint64_t *stamps = exchange->stamps;

    exchange->connection = connection;
    exchange->is_reused = connection->was_used;
    stamps[STAMP_UNBLOCKED] = stamps[STAMP_RESOLVED] = stamps[STAMP_CONNECTED] = stamps[STAMP_TLS_DONE] = now_ns;
    connection->exchange = exchange;
    connection->state = CONNECTION_BUSY;
    if (++connection->running >= connection->limit) {
        struct net_connection *next = connection->next;

        connection->pool->free = next;
        if (next != NULL)
            next->previous = NULL;
    }
    connection->transport->start(connection, exchange, now_ns);
}

/* An idle connection gives its place to one that has to be fresh. */
static bool make_room(struct net_pool *pool)
{
    for (struct net_connection *c = pool->free; c != NULL; c = c->next)
        if (c->running == 0) {
            connection_close(c);
            return true;
        }
    return false;
}

/* Lets a QUEUED one, the first of the queue, go on. False: it has to wait. */
static bool advance(struct net_connection *queued, uint64_t now_ns)
{
    struct net_pool *pool = queued->pool;
    struct net_connection *other = queued->must_be_fresh ? NULL : find_free(pool);
    struct exchange *exchange = queued->exchange;

    if (other != NULL) {
        connection_close(queued);
        start_on(other, exchange, now_ns);
        return true;
    }
    if (pool->count >= pool->limit && !make_room(pool))
        return false;
    pool_unlink(queued);
    pool->count++;
    connector_start(pool->net->connector, queued, now_ns);
    return true;
}

void pool_go_on(struct net_pool *pool, uint64_t now_ns)
{
    while (pool->first_queued != NULL && advance(pool->first_queued, now_ns))
        continue;
}

/* ---- sessions and their exchanges ---- */

void net_session_init(struct net_session *session, struct net *net)
{
    session->net = net;
    session->pool = session->pools = NULL;
    session->curl = NULL;
}

void net_session_close(struct net_session *session)
{
    while (session->pools != NULL) {
        struct net_pool *pool = session->pools;

        session->pools = pool->next;
        pool_free(pool);
    }
    session->pool = NULL;
    curl_full_leave(session);
}

void net_session_close_idle(struct net_session *session)
{
    for (struct net_pool *pool = session->pools; pool != NULL; pool = pool->next)
        close_idle(pool);
    curl_full_close_idle(session);
}

/* The exchange has to wait, or a new connection is opened for it. */
static __attribute__((noinline)) void add(struct net_pool *pool, struct exchange *exchange, bool fresh, uint64_t now_ns)
{
    struct net_connection *connection = connection_new(pool, exchange);

    for (int i = STAMP_UNBLOCKED; i <= STAMP_TLS_DONE; i++)
        exchange->stamps[i] = 0;
    connection->must_be_fresh = fresh;
    wheel_set(&pool->net->wheel, &connection->timer, exchange->deadline_ns, now_ns);
    enqueue(connection);
    if (pool->first_queued == connection)
        advance(connection, now_ns);
}

void net_submit(struct net_session *session, struct exchange *exchange, bool fresh, uint64_t now_ns)
{
    const struct net_request *request = exchange->request;
    struct net_pool *pool = session->pool;
    struct net_connection *connection;

    exchange->stamps[STAMP_BEGIN] = now_ns;
    exchange->stamps[STAMP_SENT] = exchange->stamps[STAMP_FIRST_BYTE] = exchange->stamps[STAMP_END] = 0;
    exchange->fault = FAULT_NONE;
    exchange->status = 0;
    exchange->is_sent = exchange->is_reused = exchange->is_stale = false;
    exchange->bytes_sent = exchange->bytes_received = 0;
    exchange->detail = "";
    exchange->deadline_ns = request->timeout_ns == 0 ? WHEEL_NEVER : now_ns + request->timeout_ns;
    if (__builtin_expect(request->curl != NULL, false)) {
        curl_full_submit(session, exchange, fresh, now_ns);
        return;
    }
    if (pool == NULL || pool->origin != request->origin)
        pool = pool_of(session, request->origin);
    if (!fresh && (connection = find_free(pool)) != NULL)
        start_on(connection, exchange, now_ns);
    else
        add(pool, exchange, fresh, now_ns);
}

void net_cancel(struct exchange *exchange)
{
    struct net_connection *connection = exchange->connection;
    struct net_pool *pool;
    uint64_t now_ns = clock_now_ns();

    if (exchange->transfer != NULL) {
        curl_full_cancel(exchange, now_ns);
        return;
    }
    exchange_fill(exchange, now_ns);
    if (connection == NULL)
        return;
    pool = connection->pool;
    exchange->connection = NULL;
    if (connection->state == CONNECTION_BUSY && connection->transport->cancel != NULL &&
        connection->transport->cancel(connection, exchange)) {
        connection->exchange = NULL;
        connection_release(connection, now_ns);
    } else {
        connection_close(connection);
    }
    go_on_later(pool);
}
