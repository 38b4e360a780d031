/* Opens connections: about 200 connects in progress, the rest waits in its order. Plain sockets to the addresses of a name
 * (dial.c), libcurl where a proxy is to open a tunnel (tunnel.c). Names are looked up by the resolver's thread, never here.
 * Owner: the loop's thread. */
#ifndef ONAGER_CONNECT_H
#define ONAGER_CONNECT_H

#include <stdint.h>

#include "onager/error.h"
#include "onager/fault.h"

struct connector;
struct net;
struct net_connection;

struct connector *connector_new(struct net *net, unsigned max_connecting); /* max 0: 200 */
void connector_free(struct connector *connector);

/* Sets WAITING or CONNECTING. Ends in connection_opened() or connection_finish(), never from inside this call. */
void connector_start(struct connector *connector, struct net_connection *connection, uint64_t now_ns);
/* The connection, WAITING or CONNECTING, is given up. */
void connector_abort(struct connector *connector, struct net_connection *connection);
/* Its time is over: what is to be said of it? *detail is static. */
enum fault connector_timed_out(const struct net_connection *connection, const char **detail);

#endif
