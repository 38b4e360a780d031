/* Life of a connection. Owner: the loop's thread. */
#include "connection.h"

#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "mem.h"
#include "tls.h"

struct net_connection *connection_new(struct net_session *session, struct exchange *exchange)
{
    struct net *net = session->net;
    struct net_connection *connection = net->pool, **end = &session->connections;

    if (connection != NULL) {
        net->pool = connection->next;
    } else {
        connection = mem_alloc(sizeof *connection);
        http1_init(&connection->parser);
    }
    connection->state = CONNECTION_QUEUED;
    connection->fd = -1;
    connection->net = net;
    connection->session = session;
    connection->origin = exchange->request->origin;
    connection->exchange = exchange;
    connection->transport = &transport_http1;
    connection->was_used = connection->must_be_fresh = false;
    connection->next = NULL;
    while (*end != NULL)
        end = &(*end)->next;
    *end = connection;
    exchange->connection = connection;
    return connection;
}

static void begin_exchange(struct net_connection *connection, uint64_t now_ns)
{
    connection->state = CONNECTION_BUSY;
    connection->exchange->stamps[STAMP_TLS_DONE] = now_ns;
    connection->transport->open(connection);
    connection->transport->start(connection, now_ns);
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
    struct net_session *session = connection->session;
    struct net_connection **link = &session->connections;

    switch (connection->state) {
    case CONNECTION_QUEUED:
        session->queued--;
        break;
    case CONNECTION_WAITING:
    case CONNECTION_CONNECTING:
        connector_abort(net->connector, connection);
        break;
    case CONNECTION_SECURING:
    case CONNECTION_BUSY:
    case CONNECTION_IDLE:
        ev_io_stop(net->loop, &connection->readable);
        ev_io_stop(net->loop, &connection->writable);
        if (connection->ssl != NULL)
            tls_close(connection);
        close(connection->fd);
        net->counters.connections--;
        break;
    }
    if (connection->exchange != NULL)
        connection->exchange->connection = NULL;
    connection->exchange = NULL;
    connection->fd = -1;
    wheel_remove(&net->wheel, &connection->timer);
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    connection->next = net->pool;
    net->pool = connection;
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

void connection_finish(struct net_connection *connection, enum fault fault, const char *detail, bool keep, uint64_t now_ns)
{
    struct exchange *exchange = connection->exchange;
    struct net_session *session = connection->session;

    exchange_fill(exchange, now_ns);
    exchange->fault = fault;
    exchange->detail = detail;
    exchange->connection = NULL;
    connection->exchange = NULL;
    if (keep && connection->net->keepalive && !exchange->request->wants_close) {
        connection->state = CONNECTION_IDLE;
        connection->was_used = true;
        connection->timer.deadline_ns = WHEEL_NEVER;
    } else {
        connection_close(connection);
    }
    if (session->queued > 0)
        session_go_on(session, now_ns);
    exchange->on_done(exchange);
}
