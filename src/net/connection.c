/* Life of a connection. Owner: the loop's thread. */
#include "connection.h"

#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "mem.h"
#include "tls.h"

struct net_connection *connection_new(struct net_pool *pool, struct exchange *exchange)
{
    struct net *net = pool->net;
    struct net_connection *connection = net->unused;

    if (connection != NULL) {
        net->unused = connection->next;
    } else {
        connection = mem_alloc(sizeof *connection);
        http1_init(&connection->parser);
    }
    connection->state = CONNECTION_QUEUED;
    connection->fd = -1;
    connection->net = net;
    connection->pool = pool;
    connection->origin = pool->origin;
    connection->exchange = exchange;
    connection->transport = &transport_http1;
    connection->running = 0;
    connection->limit = 1;
    connection->is_mortal = connection->is_ending = connection->was_used = connection->must_be_fresh = false;
    connection->next = connection->previous = NULL;
    exchange->connection = connection;
    return connection;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Its age counts from the start of its first exchange on. */
static void begin_life(struct net_connection *connection, uint64_t now_ns)
{
    const struct net *net = connection->net;

    connection->is_mortal = net->max_age_ns != 0 || net->max_requests != 0;
    connection->retires_ns = net->max_age_ns != 0 ? now_ns + net->max_age_ns : WHEEL_NEVER;
    connection->left = net->max_requests != 0 ? net->max_requests : UINT64_MAX;
}

static void begin_exchange(struct net_connection *connection, uint64_t now_ns)
{
    connection->state = CONNECTION_BUSY;
    connection->exchange->stamps[STAMP_TLS_DONE] = now_ns;
    connection->running = 1;
    connection->is_ending = !connection->net->keepalive;
    begin_life(connection, now_ns);
    connection->transport->open(connection);
    connection->limit = (uint32_t)least(connection->limit, connection->left);
    if (connection_is_free(connection))
        pool_set_free(connection->pool, connection);
    connection->transport->start(connection, connection->exchange, now_ns);
    if (connection_is_free(connection))
        pool_go_on(connection->pool, now_ns);
}

void connection_opened(struct net_connection *connection, int fd, uint64_t now_ns)
{
    struct net *net = connection->net;

    connection->fd = fd;
    connection->exchange->stamps[STAMP_CONNECTED] = now_ns;
    net->counters.connections++;
    net->counters.opened++;
    ev_io_init(&connection->readable, NULL, fd, EV_READ);
    ev_io_init(&connection->writable, NULL, fd, EV_WRITE);
    connection->readable.data = connection->writable.data = connection;
    if (connection->origin->is_tls) {
        connection->state = CONNECTION_SECURING;
        tls_start(connection, now_ns);
    } else {
        begin_exchange(connection, now_ns);
    }
}

void connection_secured(struct net_connection *connection, uint64_t now_ns)
{
    begin_exchange(connection, now_ns);
}

void connection_close(struct net_connection *connection)
{
    struct net *net = connection->net;

    switch (connection->state) {
    case CONNECTION_QUEUED:
        pool_unlink(connection);
        break;
    case CONNECTION_WAITING:
    case CONNECTION_CONNECTING:
        connector_abort(net->connector, connection);
        connection->pool->count--;
        break;
    case CONNECTION_SECURING:
    case CONNECTION_BUSY:
    case CONNECTION_IDLE:
        ev_io_stop(net->loop, &connection->readable);
        ev_io_stop(net->loop, &connection->writable);
        if (connection->state != CONNECTION_SECURING) {
            if (connection_is_free(connection))
                pool_unlink(connection);
            if (connection->transport->close != NULL)
                connection->transport->close(connection);
        }
        if (connection->ssl != NULL)
            tls_close(connection);
        close(connection->fd);
        net->counters.connections--;
        connection->pool->count--;
        break;
    }
    if (connection->exchange != NULL)
        connection->exchange->connection = NULL;
    connection->exchange = NULL;
    connection->fd = -1;
    wheel_remove(&net->wheel, &connection->timer);
    connection->next = net->unused;
    net->unused = connection;
}

/* A stage that was not reached repeats the stamp before. */
void exchange_fill(struct exchange *exchange, uint64_t now_ns)
{
    exchange->stamps[STAMP_END] = now_ns;
    if (exchange->stamps[STAMP_FIRST_BYTE] == 0) /* else all before it are set */
        for (int i = STAMP_BEGIN + 1; i < STAMP_END; i++)
            if (exchange->stamps[i] == 0)
                exchange->stamps[i] = exchange->stamps[i - 1];
    if (exchange->stamps[STAMP_END] < exchange->stamps[STAMP_FIRST_BYTE])
        exchange->stamps[STAMP_END] = exchange->stamps[STAMP_FIRST_BYTE];
}

void connection_set_limit(struct net_connection *connection, uint32_t limit, uint64_t now_ns)
{
    bool was_free = connection_is_free(connection);

    INVARIANT(limit > 0);
    connection->limit = (uint32_t)least(limit, connection->left);
    if (connection_is_free(connection) == was_free)
        return;
    if (was_free) {
        pool_unlink(connection);
    } else {
        pool_set_free(connection->pool, connection);
        pool_go_on(connection->pool, now_ns);
    }
}

/* One less is under way on it. */
static inline void release(struct net_connection *connection)
{
    struct net_pool *pool = connection->pool;
    bool was_full = connection->running-- == connection->limit;

    connection->was_used = true;
    if (connection->running == 0) {
        connection->state = CONNECTION_IDLE;
        connection->timer.deadline_ns = WHEEL_NEVER;
    }
    if (was_full)
        pool_set_free(pool, connection);
}

/* The same for one that is not to go on, or was never open. */
static __attribute__((noinline)) void release_ending(struct net_connection *connection)
{
    if (connection->state >= CONNECTION_BUSY && connection_is_free(connection))
        pool_unlink(connection);
    connection->is_ending = connection->state >= CONNECTION_BUSY;
    if (connection->running > 0)
        connection->running--;
    if (connection->running == 0)
        connection_close(connection);
}

/* One that may have reached the end of its life. */
static __attribute__((noinline)) void release_mortal(struct net_connection *connection, uint64_t now_ns)
{
    struct net *net = connection->net;

    connection->left--;
    if (connection->left == 0 || now_ns >= connection->retires_ns) {
        release_ending(connection);
        return;
    }
    release(connection);
    connection_set_limit(connection, connection->limit, now_ns);
    if (connection->running == 0)
        wheel_set(&net->wheel, &connection->timer, connection->retires_ns, now_ns);
}

void connection_release(struct net_connection *connection, uint64_t now_ns)
{
    if (connection->is_ending)
        release_ending(connection);
    else if (connection->is_mortal)
        release_mortal(connection, now_ns);
    else
        release(connection);
}

void exchange_finish(struct exchange *exchange, enum fault fault, const char *detail, bool keep, uint64_t now_ns)
{
    struct net_connection *connection = exchange->connection;
    struct net_pool *pool = connection->pool;

    exchange_fill(exchange, now_ns);
    exchange->fault = fault;
    exchange->detail = detail;
    exchange->connection = NULL;
    connection->exchange = NULL;
    if (!keep || connection->is_ending || exchange->request->wants_close)
        release_ending(connection);
    else if (connection->is_mortal)
        release_mortal(connection, now_ns);
    else
        release(connection);
    if (pool->first_queued != NULL)
        pool_go_on(pool, now_ns);
    exchange->on_done(exchange);
}
