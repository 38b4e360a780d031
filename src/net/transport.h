/* The seam below the HTTP client: what speaks a protocol on an open connection. One const table per protocol; which one a
 * connection uses is known once it is open (after ALPN for https), so it belongs to the connection. All functions run on the
 * loop's thread, and none calls on_done from inside start(): what fails there comes to light from the loop. */
#ifndef ONAGER_TRANSPORT_H
#define ONAGER_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "onager/fault.h"

struct exchange;
struct net_connection;

/* A connection carries connection->limit exchanges at once. With one (http1) connection->exchange is the one, and the deadline is that of
 * connection->timer. A transport that carries more raises the limit in open(), keeps what it must know of each exchange by itself, with a
 * timer of its own for each, sets connection->exchange to NULL and the deadline of connection->timer to WHEEL_NEVER in start(), and ends
 * each with exchange_finish(). */
struct transport_ops {
    const char *name;
    /* connection->fd is connected, and secured when it is to be: watch it, with the callbacks of the transport, until it
     * is closed. The caller made the watchers, and stops them before it closes it. */
    void (*open)(struct net_connection *connection);
    /* Something waits to be read on a connection that carries nothing. May it carry another exchange all the same? NULL: no, as it may
     * be the end. */
    bool (*survives_input)(const struct net_connection *connection);
    /* connection->exchange is `exchange`: send it. now_ns is when; on_done comes later through exchange_finish(). */
    void (*start)(struct net_connection *connection, struct exchange *exchange, uint64_t now_ns);
    /* Forgets one exchange. False: that takes closing the connection, on which no other is left. NULL: it always does. */
    bool (*cancel)(struct net_connection *connection, struct exchange *exchange);
    /* The deadline of connection->timer passed: which phase was connection->exchange in? */
    enum fault (*timed_out)(const struct net_connection *connection, uint64_t now_ns);
    /* The connection is closed next, and nothing is under way on it: free what is the transport's own. NULL: nothing is. */
    void (*close)(struct net_connection *connection);
};

extern const struct transport_ops transport_http1;

#endif
