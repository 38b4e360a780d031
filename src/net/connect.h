/* Opens TCP connections through libcurl: one CURLM per worker on its libev loop, about 200 connects in progress, the rest waits
 * in its order. libcurl does no DNS: it gets the origin's addresses, each connect beginning with another one. Once connected
 * the socket is taken over and libcurl forgets it. Owner: the loop's thread. */
#ifndef ONAGER_CONNECT_H
#define ONAGER_CONNECT_H

#include <stdint.h>

#include "onager/error.h"

struct connector;
struct net;
struct net_connection;

struct connector *connector_new(struct net *net, unsigned max_connecting, struct error *err); /* max 0: 200 */
void connector_free(struct connector *connector);

/* Sets WAITING or CONNECTING. Ends in connection_opened() or connection_finish(), never from inside this call. */
void connector_start(struct connector *connector, struct net_connection *connection, uint64_t now_ns);
/* The connection, WAITING or CONNECTING, is given up. */
void connector_abort(struct connector *connector, struct net_connection *connection);

#endif
