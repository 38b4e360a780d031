/* libcurl as an opener of TCP connections. Owner: the loop's thread.
 *
 * Taking a socket over: libcurl would close it when the easy handle leaves the multi; CLOSESOCKETFUNCTION closes everything but
 * the descriptor in slot->taken_fd, which is set right before. (A callback that never closes would leak the sockets of refused
 * connects and of the losers of happy eyeballs.)
 * libcurl is never called from inside its own callbacks: those only move watchers; what follows happens in on_socket_event() and
 * on_timer_event(), after curl_multi_socket_action() has returned. */
#include "connect.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "connection.h"
#include "mem.h"

#define DEFAULT_CONNECTING 200

/* An origin as libcurl sees it. With several addresses its URLs name hosts that exist only in libcurl's cache: host i is the
 * list of all addresses beginning with address i. */
struct target {
    const struct origin *origin;
    char **urls; /* one per address */
    size_t url_count, turn;
    struct curl_slist *resolve; /* NULL with one address */
    bool is_loaded;             /* libcurl's cache has it */
    struct target *next;
};

/* A pooled easy handle. */
struct connect_slot {
    CURL *easy;
    struct net_connection *connection;
    struct target *target;
    int taken_fd; /* -1, else the socket that is ours */
    int socket_errno;
    struct connect_slot *next;
};

struct curl_watch {
    ev_io io;
    struct curl_watch *next;
};

struct connector {
    struct net *net;
    CURLM *multi;
    ev_timer timer;
    unsigned max_connecting;
    struct target *targets;
    struct connect_slot *free_slots;
    struct curl_watch *free_watches;
    struct net_connection *first_waiting, *last_waiting;
};

/* ---- callbacks of libcurl: they only note things ---- */

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct connect_slot *slot = user;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    if (fd < 0) {
        slot->socket_errno = errno;
        return CURL_SOCKET_BAD;
    }
    if (address->family == AF_INET6) { /* a scope does not survive libcurl's text form */
        struct sockaddr_in6 *to = (struct sockaddr_in6 *)&address->addr;
        const struct origin *origin = slot->target->origin;

        for (size_t i = 0; i < origin->address_count; i++) {
            const struct sockaddr_in6 *from = (const struct sockaddr_in6 *)&origin->addresses[i].address;

            if (from->sin6_family == AF_INET6 && memcmp(&from->sin6_addr, &to->sin6_addr, sizeof to->sin6_addr) == 0)
                to->sin6_scope_id = from->sin6_scope_id;
        }
    }
    return fd;
}

static int close_socket(void *user, curl_socket_t fd)
{
    const struct connect_slot *slot = user;

    return fd == slot->taken_fd ? 0 : close(fd);
}

static void on_socket_event(struct ev_loop *loop, ev_io *watcher, int revents);

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    struct connector *connector = user;
    struct curl_watch *watch = socket_user;
    int events = (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);

    if (watch != NULL)
        ev_io_stop(connector->net->loop, &watch->io);
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            curl_multi_assign(connector->multi, fd, NULL);
            watch->next = connector->free_watches;
            connector->free_watches = watch;
        }
        return 0;
    }
    if (watch == NULL) {
        watch = connector->free_watches;
        if (watch != NULL)
            connector->free_watches = watch->next;
        else
            watch = mem_alloc(sizeof *watch);
        ev_init(&watch->io, on_socket_event);
        watch->io.data = connector;
        curl_multi_assign(connector->multi, fd, watch);
    }
    ev_io_set(&watch->io, fd, events);
    if (events != 0)
        ev_io_start(connector->net->loop, &watch->io);
    return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct connector *connector = user;

    ev_timer_stop(connector->net->loop, &connector->timer);
    if (timeout_ms < 0)
        return 0;
    ev_timer_set(&connector->timer, (double)timeout_ms / 1000., 0.); /* 0: the next turn of the loop */
    ev_timer_start(connector->net->loop, &connector->timer);
    return 0;
}

/* ---- what to connect to ---- */

static void add_address(struct buf *out, const struct net_address *address)
{
    char host[INET6_ADDRSTRLEN];
    const struct sockaddr *any = (const struct sockaddr *)&address->address;

    if (any->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)&address->address)->sin6_addr, host, sizeof host);
        buf_addf(out, "[%s]", host);
    } else {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)&address->address)->sin_addr, host, sizeof host);
        buf_add_text(out, host);
    }
}

static struct target *find_target(struct connector *connector, const struct origin *origin)
{
    struct target *target = connector->targets;
    static const char name[] = "%p.onager.invalid";

    while (target != NULL && target->origin != origin)
        target = target->next;
    if (target != NULL)
        return target;
    target = mem_alloc(sizeof *target);
    target->origin = origin;
    target->url_count = origin->address_count > 0 ? origin->address_count : 1;
    target->urls = mem_array(target->url_count, sizeof *target->urls);
    for (size_t i = 0; i < target->url_count; i++) {
        struct buf text;
        char host[64];

        buf_init(&text);
        if (target->url_count == 1) {
            buf_add_text(&text, "http://");
            if (origin->address_count > 0)
                add_address(&text, &origin->addresses[0]);
            else
                buf_add_text(&text, origin->host);
            buf_addf(&text, ":%u/", origin->port);
            target->urls[i] = buf_take(&text);
            continue;
        }
        snprintf(host, sizeof host, name, (const void *)&target->urls[i]);
        target->urls[i] = mem_format("http://%s:%u/", host, origin->port);
        buf_addf(&text, "%s:%u:", host, origin->port);
        for (size_t k = 0; k < target->url_count; k++) {
            if (k > 0)
                buf_add_char(&text, ',');
            add_address(&text, &origin->addresses[(i + k) % target->url_count]);
        }
        target->resolve = curl_slist_append(target->resolve, text.data);
        INVARIANT(target->resolve != NULL);
        buf_release(&text);
    }
    target->next = connector->targets;
    connector->targets = target;
    return target;
}

/* ---- connects in progress ---- */

static struct connect_slot *take_slot(struct connector *connector)
{
    struct connect_slot *slot = connector->free_slots;

    if (slot != NULL) {
        connector->free_slots = slot->next;
        return slot;
    }
    slot = mem_alloc(sizeof *slot);
    slot->taken_fd = -1;
    slot->easy = curl_easy_init();
    INVARIANT(slot->easy != NULL);
    curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(slot->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_PROXY, ""); /* nothing from the environment */
    curl_easy_setopt(slot->easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(slot->easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_easy_setopt(slot->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(slot->easy, CURLOPT_OPENSOCKETDATA, slot);
    curl_easy_setopt(slot->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(slot->easy, CURLOPT_CLOSESOCKETDATA, slot);
    return slot;
}

/* Takes the handle out of libcurl and puts it back into the pool. */
static void release_slot(struct connector *connector, struct connect_slot *slot)
{
    curl_multi_remove_handle(connector->multi, slot->easy);
    slot->taken_fd = -1;
    slot->connection->slot = NULL;
    slot->connection = NULL;
    slot->next = connector->free_slots;
    connector->free_slots = slot;
    connector->net->counters.connecting--;
}

static void begin(struct connector *connector, struct net_connection *connection, uint64_t now_ns)
{
    struct exchange *exchange = connection->exchange;
    uint64_t connect_timeout_ns = exchange->request->connect_timeout_ns, deadline_ns = exchange->deadline_ns;
    struct connect_slot *slot = take_slot(connector);
    struct target *target = find_target(connector, connection->origin);
    CURLMcode code;

    connection->state = CONNECTION_CONNECTING;
    connection->slot = slot;
    slot->connection = connection;
    slot->target = target;
    slot->socket_errno = 0;
    connector->net->counters.connecting++;
    exchange->stamps[STAMP_UNBLOCKED] = exchange->stamps[STAMP_RESOLVED] = now_ns;
    if (connect_timeout_ns != 0 && now_ns + connect_timeout_ns < deadline_ns)
        deadline_ns = now_ns + connect_timeout_ns;
    wheel_set(&connector->net->wheel, &connection->timer, deadline_ns, now_ns);

    curl_easy_setopt(slot->easy, CURLOPT_URL, target->urls[target->turn]);
    target->turn = (target->turn + 1) % target->url_count;
    /* The wheel is exact; libcurl's own limit only tells it how long one of several addresses may take. */
    curl_easy_setopt(
        slot->easy, CURLOPT_CONNECTTIMEOUT_MS,
        deadline_ns == WHEEL_NEVER ? 0L : (long)((deadline_ns > now_ns ? deadline_ns - now_ns : 0) / NS_PER_MS) + 100);
    if (!target->is_loaded)
        curl_easy_setopt(slot->easy, CURLOPT_RESOLVE, target->resolve);
    code = curl_multi_add_handle(connector->multi, slot->easy);
    INVARIANT(code == CURLM_OK);
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

void connector_abort(struct connector *connector, struct net_connection *connection)
{
    if (connection->state == CONNECTION_WAITING) {
        unqueue(connector, connection);
        return;
    }
    release_slot(connector, connection->slot);
    begin_waiting(connector);
}

/* ---- what became of them ---- */

static enum fault fault_of(struct net_counters *counters, CURLcode code, int error)
{
    if (code == CURLE_OPERATION_TIMEDOUT)
        return FAULT_TIMEOUT_CONNECT;
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return FAULT_RESOLVE;
    switch (error) {
    case ECONNREFUSED:
        return FAULT_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EAFNOSUPPORT:
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

static void on_connect_done(struct connector *connector, struct connect_slot *slot, CURLcode code)
{
    struct net_connection *connection = slot->connection;
    curl_socket_t fd = CURL_SOCKET_BAD;
    long os_errno = 0;
    const char *detail;
    enum fault fault;
    int error;

    slot->target->is_loaded = true;
    if (code == CURLE_OK)
        curl_easy_getinfo(slot->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (fd != CURL_SOCKET_BAD) {
        curl_off_t lookup_us = 0;

        if (slot->target->origin->address_count == 0 && curl_easy_getinfo(slot->easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup_us) == CURLE_OK)
            connection->exchange->stamps[STAMP_RESOLVED] += (uint64_t)lookup_us * 1000;
        slot->taken_fd = fd;
        release_slot(connector, slot);
        connection_opened(connection, fd, clock_now_ns());
        return;
    }
    curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &os_errno);
    error = slot->socket_errno != 0 ? slot->socket_errno : (int)os_errno;
    fault = code == CURLE_OK ? FAULT_RESET : fault_of(&connector->net->counters, code, error);
    detail = fault == FAULT_TIMEOUT_CONNECT ? fault_help(fault) : error != 0 ? strerrordesc_np(error) : curl_easy_strerror(code);
    connection_finish(connection, fault, detail, false, clock_now_ns());
}

static void handle_messages(struct connector *connector)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(connector->multi, &left)) != NULL) {
        char *slot = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        on_connect_done(connector, (struct connect_slot *)(void *)slot, message->data.result);
    }
    begin_waiting(connector);
}

static void on_socket_event(struct ev_loop *loop, ev_io *watcher, int revents)
{
    struct connector *connector = watcher->data;
    int running, events = (revents & EV_READ ? CURL_CSELECT_IN : 0) | (revents & EV_WRITE ? CURL_CSELECT_OUT : 0);

    curl_multi_socket_action(connector->multi, watcher->fd, events, &running);
    handle_messages(connector);
}

static void on_timer_event(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct connector *connector = timer->data;
    int running;

    curl_multi_socket_action(connector->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    handle_messages(connector);
}

/* ---- life ---- */

static void start_libcurl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct connector *connector_new(struct net *net, unsigned max_connecting, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct connector *connector = mem_alloc(sizeof *connector);

    pthread_once(&once, start_libcurl);
    connector->net = net;
    connector->max_connecting = max_connecting == 0 ? DEFAULT_CONNECTING : max_connecting;
    connector->multi = curl_multi_init();
    if (connector->multi == NULL) {
        free(connector);
        error_set(err, EXIT_USAGE, "libcurl cannot start: too few file descriptors or no memory");
        return NULL;
    }
    ev_init(&connector->timer, on_timer_event);
    connector->timer.data = connector;
    curl_multi_setopt(connector->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(connector->multi, CURLMOPT_SOCKETDATA, connector);
    curl_multi_setopt(connector->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(connector->multi, CURLMOPT_TIMERDATA, connector);
    /* Connections leave before libcurl could keep them; a small cache would make it close ours. */
    curl_multi_setopt(connector->multi, CURLMOPT_MAXCONNECTS, 100000L);
    return connector;
}

void connector_free(struct connector *connector)
{
    while (connector->free_slots != NULL) {
        struct connect_slot *slot = connector->free_slots;

        connector->free_slots = slot->next;
        curl_easy_cleanup(slot->easy);
        free(slot);
    }
    curl_multi_cleanup(connector->multi);
    ev_timer_stop(connector->net->loop, &connector->timer);
    while (connector->free_watches != NULL) {
        struct curl_watch *watch = connector->free_watches;

        connector->free_watches = watch->next;
        free(watch);
    }
    while (connector->targets != NULL) {
        struct target *target = connector->targets;

        connector->targets = target->next;
        curl_slist_free_all(target->resolve);
        for (size_t i = 0; i < target->url_count; i++)
            free(target->urls[i]);
        free(target->urls);
        free(target);
    }
    free(connector);
}
