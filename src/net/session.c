/* A VU's connections: which one an exchange gets. At most 6 to an origin; what comes on top waits in its order.
 * Owner: the loop's thread. */
#include "connection.h"

#include <string.h>

#include "clock.h"
#include "connect.h"

#define MAX_CONNECTIONS_PER_ORIGIN 6

void net_session_init(struct net_session *session, struct net *net)
{
    session->net = net;
    session->connections = NULL;
    session->queued = 0;
}

void net_session_close(struct net_session *session)
{
    while (session->connections != NULL)
        connection_close(session->connections);
}

/* An idle connection to the origin, NULL when there is none. Those that cannot be used any more are closed on the way. */
static struct net_connection *find_idle(const struct net_session *session, const struct origin *origin)
{
    struct net_connection *next;

    for (struct net_connection *c = session->connections; c != NULL; c = next) {
        next = c->next;
        if (c->state != CONNECTION_IDLE || c->origin != origin)
            continue;
        if (c->transport->is_usable(c))
            return c;
        connection_close(c);
    }
    return NULL;
}

static unsigned count_in_use(const struct net_session *session, const struct origin *origin)
{
    unsigned count = 0;

    for (const struct net_connection *c = session->connections; c != NULL; c = c->next)
        count += c->origin == origin && c->state != CONNECTION_QUEUED;
    return count;
}

static void start_on(struct net_connection *connection, struct exchange *exchange, uint64_t now_ns)
{
    uint64_t *stamps = exchange->stamps;

    exchange->connection = connection;
    exchange->is_reused = connection->was_used;
    stamps[STAMP_UNBLOCKED] = stamps[STAMP_RESOLVED] = stamps[STAMP_CONNECTED] = stamps[STAMP_TLS_DONE] = now_ns;
    connection->exchange = exchange;
    connection->state = CONNECTION_BUSY;
    connection->transport->start(connection, now_ns);
}

/* Lets a QUEUED one go on when there is room; an idle connection must make place for one that has to be fresh. */
static bool advance(struct net_connection *queued, uint64_t now_ns)
{
    struct net_session *session = queued->session;
    struct net_connection *idle = find_idle(session, queued->origin);
    struct exchange *exchange = queued->exchange;

    if (idle != NULL && !queued->must_be_fresh) {
        connection_close(queued);
        start_on(idle, exchange, now_ns);
        return true;
    }
    if (count_in_use(session, queued->origin) >= MAX_CONNECTIONS_PER_ORIGIN) {
        if (idle == NULL)
            return false;
        connection_close(idle);
    }
    session->queued--;
    connector_start(queued->net->connector, queued, now_ns);
    return true;
}

void session_go_on(struct net_session *session, uint64_t now_ns)
{
    struct net_connection *next;

    for (struct net_connection *c = session->connections; c != NULL; c = next) {
        next = c->next;
        if (c->state == CONNECTION_QUEUED && advance(c, now_ns))
            next = session->connections; /* the list changed */
    }
}

void net_submit(struct net_session *session, struct exchange *exchange, bool fresh, uint64_t now_ns)
{
    const struct net_request *request = exchange->request;
    struct net_connection *connection = NULL;

    exchange->stamps[STAMP_BEGIN] = now_ns;
    exchange->stamps[STAMP_SENT] = exchange->stamps[STAMP_FIRST_BYTE] = exchange->stamps[STAMP_END] = 0;
    exchange->fault = FAULT_NONE;
    exchange->status = 0;
    exchange->is_sent = exchange->is_reused = exchange->is_stale = false;
    exchange->bytes_sent = exchange->bytes_received = 0;
    exchange->detail = "";
    exchange->deadline_ns = request->timeout_ns == 0 ? WHEEL_NEVER : now_ns + request->timeout_ns;
    if (!fresh)
        connection = find_idle(session, request->origin);
    if (connection != NULL) {
        start_on(connection, exchange, now_ns);
        return;
    }
    for (int i = STAMP_UNBLOCKED; i <= STAMP_TLS_DONE; i++)
        exchange->stamps[i] = 0;
    connection = connection_new(session, exchange);
    connection->must_be_fresh = fresh;
    session->queued++;
    wheel_set(&session->net->wheel, &connection->timer, exchange->deadline_ns, now_ns);
    advance(connection, now_ns);
}

void net_cancel(struct exchange *exchange)
{
    struct net_connection *connection = exchange->connection;
    struct net_session *session;
    uint64_t now_ns = clock_now_ns();

    exchange_fill(exchange, now_ns);
    if (connection == NULL)
        return;
    session = connection->session;
    connection_close(connection);
    if (session->queued > 0)
        session_go_on(session, now_ns);
}
