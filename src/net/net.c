/* A worker's network: its parts, its timeouts, its counters. Owner: the loop's thread. */
#include "connection.h"

#include <stddef.h>
#include <stdlib.h>

#include "clock.h"
#include "connect.h"
#include "curl_full.h"
#include "mem.h"
#include "resolver.h"
#include "tls.h"

static void on_deadline(struct wheel_entry *entry, uint64_t now_ns)
{
    struct net_connection *connection = (struct net_connection *)((char *)entry - offsetof(struct net_connection, timer));
    const char *detail;
    enum fault fault;

    if (connection->exchange == NULL) {
        if (connection->state == CONNECTION_IDLE) /* it has reached its age */
            connection_close(connection);
        return;
    }
    if (connection->state == CONNECTION_BUSY || connection->state == CONNECTION_SECURING) {
        fault = connection->state == CONNECTION_BUSY ? connection->transport->timed_out(connection, now_ns) : FAULT_TIMEOUT_TLS;
        detail = fault_help(fault);
    } else {
        fault = connector_timed_out(connection, &detail);
    }
    connection_finish(connection, fault, detail, false, now_ns);
}

struct net *net_new(struct ev_loop *loop, const struct net_options *options, struct error *err)
{
    struct net *net = mem_alloc(sizeof *net);

    net->loop = loop;
    pools_init(net, options);
    net->tls_plan = options->tls;
    if (options->needs_tls && (net->tls = tls_new(options->tls, err)) == NULL) {
        free(net);
        return NULL;
    }
    net->network = options->network;
    if (options->network != NULL)
        net->select = options->network->select;
    net->has_fallback = options->network == NULL || !options->network->no_fallback;
    net->resolver = options->resolver;
    if (net->resolver == NULL)
        net->resolver = net->own_resolver = resolver_new(options->network);
    net->sources = options->sources;
    net->connector = connector_new(net, options->max_connecting);
    wheel_init(&net->wheel, loop, on_deadline, clock_now_ns());
    net->scratch = mem_array(NET_SCRATCH_BYTES, 1);
    return net;
}

void net_free(struct net *net)
{
    if (net == NULL)
        return;
    pools_release(net);
    curl_full_free(net->curl);
    INVARIANT(net->counters.connections == 0 && net->counters.connecting == 0);
    connector_free(net->connector);
    resolver_free(net->own_resolver);
    tls_free(net->tls);
    wheel_release(&net->wheel);
    while (net->unused != NULL) {
        struct net_connection *connection = net->unused;

        net->unused = connection->next;
        http1_release(&connection->parser);
        free(connection);
    }
    free(net->scratch);
    free(net);
}

struct ev_loop *net_loop(const struct net *net)
{
    return net->loop;
}

void net_counters(const struct net *net, struct net_counters *out)
{
    *out = net->counters;
}
