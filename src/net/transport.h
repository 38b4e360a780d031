/* The seam below the HTTP client: what speaks a protocol on an open connection. One const table per protocol; which one a
 * connection uses is known once it is open (after ALPN for https), so it belongs to the connection. All functions run on the
 * loop's thread, and none calls on_done from inside start(): what fails there comes to light from the loop. */
#ifndef ONAGER_TRANSPORT_H
#define ONAGER_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "onager/fault.h"

struct net_connection;

struct transport_ops {
    const char *name;
    /* connection->fd is connected, and secured when it is to be: watch it, with the callbacks of the transport, until it
     * is closed. The caller made the watchers, and stops them before it closes it. */
    void (*open)(struct net_connection *connection);
    /* The connection is IDLE: may it carry another exchange, as far as can be seen without a system call? */
    bool (*is_usable)(const struct net_connection *connection);
    /* connection->exchange is set: send it. now_ns is when; on_done comes later through connection_finish(). */
    void (*start)(struct net_connection *connection, uint64_t now_ns);
    /* The deadline passed: which phase was it in? */
    enum fault (*timed_out)(const struct net_connection *connection, uint64_t now_ns);
};

extern const struct transport_ops transport_http1;

#endif
