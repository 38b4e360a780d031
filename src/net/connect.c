/* Who may open a connection, and how: about 200 connects in progress per worker, what comes on top waits in its order. A name that
 * nobody knows yet is asked for first. Owner: the loop's thread. */
#include "connect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "opening.h"

#define DEFAULT_CONNECTING 200

/* ---- slots ---- */

static struct connect_slot *take_slot(struct connector *connector, struct net_connection *connection)
{
    struct connect_slot *slot = connector->free_slots;

    if (slot != NULL) {
        connector->free_slots = slot->next;
    } else {
        slot = mem_alloc(sizeof *slot);
        slot->connector = connector;
    }
    slot->connection = connection;
    slot->way = WAY_NONE;
    slot->next = NULL;
    connection->slot = slot;
    connector->net->counters.connecting++;
    return slot;
}

static void release_slot(struct connect_slot *slot)
{
    struct connector *connector = slot->connector;

    slot->connection->slot = NULL;
    slot->connection = NULL;
    slot->next = connector->free_slots;
    connector->free_slots = slot;
    connector->net->counters.connecting--;
}

/* ---- names ---- */

static void unlink_asker(struct connect_slot *slot)
{
    struct connector *connector = slot->connector;

    if (slot->previous != NULL)
        slot->previous->next = slot->next;
    else
        connector->looking_up = slot->next;
    if (slot->next != NULL)
        slot->next->previous = slot->previous;
    slot->next = slot->previous = NULL;
}

static void go_on(struct connect_slot *slot, uint64_t now_ns)
{
    slot->connection->exchange->stamps[STAMP_RESOLVED] = now_ns;
    if (origin_is_tunnelled(slot->connection->origin))
        tunnel_start(slot, slot->connection->timer.deadline_ns, now_ns);
    else
        dial_start(slot, now_ns);
}

/* Something was looked up, maybe not what this one waits for. */
static void look_again(struct connect_slot *slot, uint64_t now_ns)
{
    struct net_name *name = slot->connection->origin->name;

    slot->list = net_name_list(name);
    if (slot->list != NULL) {
        unlink_asker(slot);
        go_on(slot, now_ns);
    } else if (atomic_load_explicit(&name->look_ups, memory_order_acquire) != slot->look_ups) {
        int error = atomic_load_explicit(&name->error, memory_order_relaxed);

        unlink_asker(slot);
        slot->connection->exchange->stamps[STAMP_RESOLVED] = now_ns;
        opening_failed(slot, FAULT_RESOLVE, resolver_error(error), now_ns);
    }
}

static void on_answered(struct ev_loop *loop, ev_io *watcher, int revents)
{
    struct connector *connector = watcher->data;
    uint64_t count, now_ns = clock_now_ns();
    struct connect_slot *slot, **all;
    size_t waiting = 0;

    while (read(watcher->fd, &count, sizeof count) < 0 && errno == EINTR)
        continue;
    for (slot = connector->looking_up; slot != NULL; slot = slot->next)
        waiting++;
    all = mem_array(waiting + 1, sizeof *all);
    waiting = 0;
    for (slot = connector->looking_up; slot != NULL; slot = slot->next)
        all[waiting++] = slot;
    for (size_t i = 0; i < waiting; i++) /* what happens to one may end others */
        if (all[i]->connection != NULL && all[i]->way == WAY_LOOK_UP)
            look_again(all[i], now_ns);
    free(all);
}

static void ask(struct connect_slot *slot)
{
    struct connector *connector = slot->connector;
    struct net_name *name = slot->connection->origin->name;

    if (connector->waiter == NULL) {
        connector->waiter = resolver_waiter_new();
        if (connector->waiter == NULL)
            return; /* no descriptor left: the timeout tells */
        ev_io_init(&connector->answered, on_answered, connector->waiter->event_fd, EV_READ);
        connector->answered.data = connector;
        ev_io_start(connector->net->loop, &connector->answered);
    }
    slot->way = WAY_LOOK_UP;
    slot->look_ups = atomic_load_explicit(&name->look_ups, memory_order_acquire);
    slot->previous = NULL;
    slot->next = connector->looking_up;
    if (slot->next != NULL)
        slot->next->previous = slot;
    connector->looking_up = slot;
    resolver_ask(connector->net->resolver, name, connector->waiter);
}

/* ---- connects in progress ---- */

static void begin(struct connector *connector, struct net_connection *connection, uint64_t now_ns)
{
    struct exchange *exchange = connection->exchange;
    uint64_t connect_timeout_ns = exchange->request->connect_timeout_ns, deadline_ns = exchange->deadline_ns;
    struct connect_slot *slot = take_slot(connector, connection);

    connection->state = CONNECTION_CONNECTING;
    exchange->stamps[STAMP_UNBLOCKED] = now_ns;
    if (connect_timeout_ns != 0 && now_ns + connect_timeout_ns < deadline_ns)
        deadline_ns = now_ns + connect_timeout_ns;
    wheel_set(&connector->net->wheel, &connection->timer, deadline_ns, now_ns);
    slot->list = net_name_list(connection->origin->name);
    if (slot->list != NULL)
        go_on(slot, now_ns);
    else
        ask(slot);
}

static void unqueue(struct connector *connector, struct net_connection *connection)
{
    if (connection->queue_previous != NULL)
        connection->queue_previous->queue_next = connection->queue_next;
    else
        connector->first_waiting = connection->queue_next;
    if (connection->queue_next != NULL)
        connection->queue_next->queue_previous = connection->queue_previous;
    else
        connector->last_waiting = connection->queue_previous;
    connection->queue_next = connection->queue_previous = NULL;
}

static void begin_waiting(struct connector *connector)
{
    while (connector->first_waiting != NULL && connector->net->counters.connecting < connector->max_connecting) {
        struct net_connection *connection = connector->first_waiting;

        unqueue(connector, connection);
        begin(connector, connection, clock_now_ns());
    }
}

void connector_start(struct connector *connector, struct net_connection *connection, uint64_t now_ns)
{
    if (connector->first_waiting == NULL && connector->net->counters.connecting < connector->max_connecting) {
        begin(connector, connection, now_ns);
        return;
    }
    connection->state = CONNECTION_WAITING;
    connection->queue_next = NULL;
    connection->queue_previous = connector->last_waiting;
    if (connector->last_waiting != NULL)
        connector->last_waiting->queue_next = connection;
    else
        connector->first_waiting = connection;
    connector->last_waiting = connection;
}

static void stop(struct connect_slot *slot)
{
    uint64_t now_ns = clock_now_ns();

    switch (slot->way) {
    case WAY_LOOK_UP:
        unlink_asker(slot);
        break;
    case WAY_DIAL:
        dial_abort(slot, slot->connection->timer.deadline_ns <= now_ns, now_ns);
        break;
    case WAY_TUNNEL:
        tunnel_abort(slot);
        break;
    case WAY_NONE:
        break;
    }
    slot->way = WAY_NONE;
}

void connector_abort(struct connector *connector, struct net_connection *connection)
{
    if (connection->state == CONNECTION_WAITING) {
        unqueue(connector, connection);
        return;
    }
    stop(connection->slot);
    release_slot(connection->slot);
    begin_waiting(connector);
}

enum fault connector_timed_out(const struct net_connection *connection, const char **detail)
{
    enum fault fault = FAULT_TIMEOUT_CONNECT;

    if (connection->slot != NULL && connection->slot->way == WAY_LOOK_UP) {
        *detail = resolver_error(EAI_AGAIN);
        return FAULT_RESOLVE;
    }
    *detail = fault_help(fault);
    return fault;
}

/* ---- what became of them ---- */

enum fault opening_fault(struct connector *connector, int error)
{
    struct net_counters *counters = &connector->net->counters;

    switch (error) {
    case ECONNREFUSED:
    case ENOENT: /* no such socket of the file system */
        return FAULT_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EAFNOSUPPORT:
    case EACCES:
    case EPERM:
        return FAULT_UNREACHABLE;
    case ECONNRESET:
    case EPIPE:
        return FAULT_RESET;
    case ETIMEDOUT:
        return FAULT_TIMEOUT_CONNECT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        counters->fds_exhausted++;
        return FAULT_CLIENT_FD;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EAGAIN:
        counters->ports_exhausted++;
        return FAULT_CLIENT_PORT;
    default:
        return FAULT_OTHER;
    }
}

void opening_succeeded(struct connect_slot *slot, int fd, uint64_t now_ns)
{
    struct connector *connector = slot->connector;
    struct net_connection *connection = slot->connection;

    release_slot(slot);
    connection_opened(connection, fd, now_ns);
    begin_waiting(connector);
}

void opening_failed(struct connect_slot *slot, enum fault fault, const char *detail, uint64_t now_ns)
{
    struct net_connection *connection = slot->connection;

    if (connection->origin->proxy != NULL && (fault == FAULT_REFUSED || fault == FAULT_UNREACHABLE || fault == FAULT_RESOLVE))
        fault = FAULT_PROXY_CONNECT;
    slot->way = WAY_NONE; /* connector_abort() frees the slot */
    connection_finish(connection, fault, detail, false, now_ns);
}

/* ---- life ---- */

struct connector *connector_new(struct net *net, unsigned max_connecting)
{
    struct connector *connector = mem_alloc(sizeof *connector);

    connector->net = net;
    connector->max_connecting = max_connecting == 0 ? DEFAULT_CONNECTING : max_connecting;
    dial_init(connector);
    return connector;
}

void connector_free(struct connector *connector)
{
    struct connect_slot *slot;

    tunnel_release(connector);
    dial_release(connector);
    while ((slot = connector->free_slots) != NULL) {
        connector->free_slots = slot->next;
        curl_easy_cleanup(slot->easy);
        free(slot);
    }
    if (connector->waiter != NULL) {
        ev_io_stop(connector->net->loop, &connector->answered);
        resolver_waiter_leave(connector->waiter);
    }
    free(connector);
}
