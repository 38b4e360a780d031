/* libcurl as an opener of tunnels: SOCKS, and CONNECT of an HTTP proxy. It gets the proxy as a number and does no DNS. Owner: the
 * loop's thread.
 *
 * Taking a socket over: libcurl would close it when the easy handle leaves the multi; CLOSESOCKETFUNCTION closes everything but
 * the descriptor in slot->taken_fd, which is set right before. (A callback that never closes would leak the sockets of refused
 * connects.)
 * libcurl is never called from inside its own callbacks: those only move watchers; what follows happens in on_socket_event() and
 * on_timer_event(), after curl_multi_socket_action() has returned. */
#include "opening.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "sources.h"

struct curl_watch {
    ev_io io;
    struct curl_watch *next;
};

/* ---- callbacks of libcurl: they only note things ---- */

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct connect_slot *slot = user;
    struct net *net = slot->connector->net;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    struct net_address to = { .length = address->addrlen };

    if (fd >= 0 && net->sources != NULL) {
        to.address.ss_family = (sa_family_t)address->family;
        if (sources_bind(net->sources, fd, &to) != 0) {
            slot->socket_errno = errno;
            close(fd);
            return CURL_SOCKET_BAD;
        }
    }
    if (fd < 0) {
        slot->socket_errno = errno;
        return CURL_SOCKET_BAD;
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

/* ---- what became of them ---- */

/* What the proxy said, where it said something. */
static enum fault fault_of(struct connect_slot *slot, CURLcode code, const char **detail)
{
    long status = 0, os_errno = 0;
    int error;

    curl_easy_getinfo(slot->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &os_errno);
    error = slot->socket_errno != 0 ? slot->socket_errno : (int)os_errno;
    if (status != 0) {
        snprintf(slot->proxy_text, sizeof slot->proxy_text, "the proxy answered %ld to CONNECT", status);
        *detail = slot->proxy_text;
        return status == 407 ? FAULT_PROXY_AUTH : FAULT_PROXY;
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        *detail = fault_help(FAULT_TIMEOUT_CONNECT);
        return FAULT_TIMEOUT_CONNECT;
    }
    if (code == CURLE_PROXY) {
        long said = CURLPX_OK;

        curl_easy_getinfo(slot->easy, CURLINFO_PROXY_ERROR, &said);
        *detail = slot->proxy_text[0] != '\0' ? slot->proxy_text : curl_easy_strerror(code);
        return said == CURLPX_NO_AUTH || said == CURLPX_USER_REJECTED ? FAULT_PROXY_AUTH : FAULT_PROXY;
    }
    *detail = error != 0 ? strerrordesc_np(error) : slot->proxy_text[0] != '\0' ? slot->proxy_text : curl_easy_strerror(code);
    return error != 0 && code == CURLE_COULDNT_CONNECT ? opening_fault(slot->connector, error) : FAULT_PROXY;
}

static void leave(struct connect_slot *slot)
{
    curl_multi_remove_handle(slot->connector->multi, slot->easy);
    slot->taken_fd = -1;
    slot->way = WAY_NONE;
}

static void on_done(struct connect_slot *slot, CURLcode code)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    const char *detail = "the proxy closed the connection";
    enum fault fault = FAULT_PROXY;

    if (code == CURLE_OK)
        curl_easy_getinfo(slot->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (fd != CURL_SOCKET_BAD) {
        slot->taken_fd = fd;
        leave(slot);
        opening_succeeded(slot, fd, clock_now_ns());
        return;
    }
    if (code != CURLE_OK)
        fault = fault_of(slot, code, &detail);
    leave(slot);
    opening_failed(slot, fault, detail, clock_now_ns());
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
        on_done((struct connect_slot *)(void *)slot, message->data.result);
    }
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

static void need_multi(struct connector *connector)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (connector->multi != NULL)
        return;
    pthread_once(&once, start_libcurl);
    connector->multi = curl_multi_init();
    INVARIANT(connector->multi != NULL);
    ev_init(&connector->timer, on_timer_event);
    connector->timer.data = connector;
    curl_multi_setopt(connector->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(connector->multi, CURLMOPT_SOCKETDATA, connector);
    curl_multi_setopt(connector->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(connector->multi, CURLMOPT_TIMERDATA, connector);
    /* Connections leave before libcurl could keep them; a small cache would make it close ours. */
    curl_multi_setopt(connector->multi, CURLMOPT_MAXCONNECTS, 100000L);
}

static void need_easy(struct connect_slot *slot)
{
    if (slot->easy != NULL)
        return;
    slot->taken_fd = -1;
    slot->easy = curl_easy_init();
    INVARIANT(slot->easy != NULL);
    curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(slot->easy, CURLOPT_ERRORBUFFER, slot->proxy_text);
    curl_easy_setopt(slot->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_NOPROXY, ""); /* nothing from the environment: no_proxy of the plan was asked already */
    curl_easy_setopt(slot->easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(slot->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(slot->easy, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(slot->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(slot->easy, CURLOPT_OPENSOCKETDATA, slot);
    curl_easy_setopt(slot->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(slot->easy, CURLOPT_CLOSESOCKETDATA, slot);
}

/* SOCKS4 has IPv4 alone. */
static const struct net_address *in_turn(struct net_name *name, bool is_v4)
{
    const struct address_list *list = net_name_list(name);
    unsigned turn = atomic_fetch_add_explicit(&name->turn, 1, memory_order_relaxed);
    size_t k = 0;

    while (is_v4 && k + 1 < list->preferred && list->at[(turn + k) % list->preferred].address.ss_family != AF_INET)
        k++;
    return &list->at[(turn + k) % list->preferred];
}

static void set_proxy(struct connect_slot *slot, const struct origin *origin)
{
    static const char *const schemes[] = { [PROXY_NONE] = "",           [PROXY_HTTP] = "http",     [PROXY_SOCKS4] = "socks4",
                                           [PROXY_SOCKS4A] = "socks4a", [PROXY_SOCKS5] = "socks5", [PROXY_SOCKS5H] = "socks5h" };
    const struct plan_proxy *proxy = origin->proxy;
    char shown[NET_ADDRESS_SHOWN_SIZE], *text;
    const char *colon = proxy->user != NULL ? strchr(proxy->user, ':') : NULL;

    text = mem_format("%s://%s", schemes[proxy->kind], net_address_show(shown, in_turn(origin->proxy_name, false)));
    curl_easy_setopt(slot->easy, CURLOPT_PROXY, text);
    free(text);
    if (colon == NULL)
        return;
    text = mem_copy_n(proxy->user, (size_t)(colon - proxy->user));
    curl_easy_setopt(slot->easy, CURLOPT_PROXYUSERNAME, text);
    curl_easy_setopt(slot->easy, CURLOPT_PROXYPASSWORD, colon + 1);
    free(text);
}

/* By name where the proxy is to look it up, else by an address of ours. */
static void set_target(struct connect_slot *slot, const struct origin *origin)
{
    char shown[NET_ADDRESS_SHOWN_SIZE], *text;

    if (origin->name != origin->proxy_name)
        text = mem_format("http://%s/", net_address_show(shown, in_turn(origin->name, origin->proxy->kind == PROXY_SOCKS4)));
    else
        text = mem_format(strchr(origin->to_host, ':') != NULL ? "http://[%s]:%u/" : "http://%s:%u/", origin->to_host, origin->to_port);
    curl_easy_setopt(slot->easy, CURLOPT_URL, text);
    free(text);
}

void tunnel_start(struct connect_slot *slot, uint64_t deadline_ns, uint64_t now_ns)
{
    const struct origin *origin = slot->connection->origin;
    CURLMcode code;

    need_multi(slot->connector);
    need_easy(slot);
    slot->way = WAY_TUNNEL;
    slot->socket_errno = 0;
    slot->proxy_text[0] = '\0';
    set_proxy(slot, origin);
    set_target(slot, origin);
    /* The wheel is exact; libcurl's own limit, 5 minutes without one, only has to be longer. */
    curl_easy_setopt(
        slot->easy, CURLOPT_CONNECTTIMEOUT_MS,
        deadline_ns == WHEEL_NEVER ? 0L : (long)((deadline_ns > now_ns ? deadline_ns - now_ns : 0) / NS_PER_MS) + 1000);
    code = curl_multi_add_handle(slot->connector->multi, slot->easy);
    INVARIANT(code == CURLM_OK);
}

void tunnel_abort(struct connect_slot *slot)
{
    leave(slot);
}

void tunnel_release(struct connector *connector)
{
    if (connector->multi == NULL)
        return;
    for (struct connect_slot *slot = connector->free_slots; slot != NULL; slot = slot->next) {
        curl_easy_cleanup(slot->easy);
        slot->easy = NULL;
    }
    curl_multi_cleanup(connector->multi);
    ev_timer_stop(connector->net->loop, &connector->timer);
    while (connector->free_watches != NULL) {
        struct curl_watch *watch = connector->free_watches;

        connector->free_watches = watch->next;
        free(watch);
    }
}
