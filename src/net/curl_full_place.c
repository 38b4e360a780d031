/* Where a transfer of libcurl connects to: the addresses that our resolver found, and the plan's maps, sources and proxy.
 * Owner: the loop's thread; lists of addresses are shared (addresses.h).
 *
 * libcurl looks nothing up. With several addresses it is told of hosts that exist only in its own cache: host i is the list of all
 * addresses beginning with address i. A kept connection is found again by the host that it was opened for, so a VU begins with the same
 * address as long as it keeps connections. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include <unistd.h>

#include "curl_full_internal.h"
#include "mem.h"
#include "sources.h"

static uint16_t port_of(const struct net_address *address)
{
    return ntohs(((const struct sockaddr_in *)&address->address)->sin_port); /* the same place in both families */
}

/* Without a port; of IPv6 in brackets, and without a scope: that does not survive libcurl's text form (see curl_open_socket). */
static void add_address(struct buf *out, const struct net_address *address)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->address;
    char host[INET6_ADDRSTRLEN];

    if (address->address.ss_family == AF_INET6)
        buf_addf(out, "[%s]", inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host));
    else
        buf_add_text(out, inet_ntop(AF_INET, &((const struct sockaddr_in *)&address->address)->sin_addr, host, sizeof host));
}

static struct curl_slist *appended(struct curl_slist *list, struct buf *text)
{
    struct curl_slist *longer = curl_slist_append(list, text->data);

    INVARIANT(longer != NULL);
    buf_release(text);
    return longer;
}

static void add_host(struct buf *out, const char *host)
{
    buf_addf(out, strchr(host, ':') != NULL && host[0] != '[' ? "[%s]" : "%s", host);
}

/* "HOST:PORT:ADDRESS,ADDRESS" for libcurl's cache: `count` of them, beginning with the first. */
static void add_resolve(
    struct curl_place *place, const char *host, uint16_t port, const struct address_list *list, size_t first, size_t count)
{
    struct buf text;

    buf_init(&text);
    buf_addf(&text, "%s:%u:", host, port);
    for (size_t k = 0; k < count; k++) {
        if (k > 0)
            buf_add_char(&text, ',');
        add_address(&text, &list->at[(first + k) % list->count]);
    }
    place->resolve = appended(place->resolve, &text);
}

/* Everything goes to this host and port, whatever the URL says. */
static void add_connect_to(struct curl_place *place, const char *host, uint16_t port)
{
    struct buf text;

    buf_init(&text);
    buf_add_text(&text, "::");
    add_host(&text, host);
    buf_addf(&text, ":%u", port);
    place->connect_to[place->count++] = appended(NULL, &text);
}

static void fill_direct(struct curl_place *place, const struct origin *origin, const char *url_host, bool has_fallback)
{
    const struct address_list *list = place->list;
    struct buf text;
    char host[80];

    buf_init(&text);
    if (list == NULL) { /* not looked up yet: libcurl does it */
        if (strcasecmp(origin->name->host, url_host) != 0 || origin->name->port != origin->port)
            add_connect_to(place, origin->name->host, origin->name->port);
        return;
    }
    if (list->at[0].address.ss_family == AF_UNIX) {
        place->socket = ((const struct sockaddr_un *)&list->at[0].address)->sun_path;
        return;
    }
    if (list->count == 1) {
        add_address(&text, &list->at[0]);
        add_connect_to(place, text.data, port_of(&list->at[0]));
        buf_release(&text);
        return;
    }
    place->connect_to = mem_resize(place->connect_to, list->preferred, sizeof *place->connect_to);
    for (size_t i = 0; i < list->preferred; i++) {
        snprintf(host, sizeof host, "%p-%zu.onager.invalid", (const void *)list, i);
        add_connect_to(place, host, port_of(&list->at[i]));
        add_resolve(place, host, port_of(&list->at[i]), list, i, has_fallback ? list->count : 1);
    }
}

static void fill_proxied(struct curl_place *place, const struct origin *origin, const char *url_host)
{
    static const char *const schemes[] = { [PROXY_HTTP] = "http",     [PROXY_SOCKS4] = "socks4",   [PROXY_SOCKS4A] = "socks4a",
                                           [PROXY_SOCKS5] = "socks5", [PROXY_SOCKS5H] = "socks5h", [PROXY_HTTPS] = "https" };
    const struct plan_proxy *proxy = origin->proxy;
    const struct address_list *list = net_name_list(origin->proxy_name);
    struct buf text;

    buf_init(&text);
    buf_addf(&text, "%s://", schemes[proxy->kind]);
    add_host(&text, proxy->host);
    buf_addf(&text, ":%u", proxy->port);
    place->proxy = buf_take(&text);
    if (list != NULL)
        add_resolve(place, proxy->host, proxy->port, list, 0, list->count);
    if (strcasecmp(origin->to_host, url_host) != 0 || origin->to_port != origin->port)
        add_connect_to(place, origin->to_host, origin->to_port);
    if (origin->name != origin->proxy_name && place->list != NULL) /* such a proxy is given a number */
        add_resolve(place, origin->to_host, origin->to_port, place->list, 0, place->list->count);
}

static struct curl_place *find_place(struct curl_full *full, const struct origin *origin)
{
    const struct plan_tls *tls = full->net->tls_plan;
    const char *url_host = origin->is_tls && tls != NULL && tls->server_name != NULL ? tls->server_name : origin->host;
    struct address_list *list = net_name_list(origin->name);
    struct curl_place *place = full->places;

    while (place != NULL && (place->origin != origin || place->list != list))
        place = place->next;
    if (place != NULL)
        return place;
    place = mem_alloc(sizeof *place);
    place->origin = origin;
    place->list = list;
    place->connect_to = mem_array(1, sizeof *place->connect_to);
    if (origin->proxy != NULL)
        fill_proxied(place, origin, url_host);
    else
        fill_direct(place, origin, url_host, full->net->has_fallback);
    place->next = full->places;
    full->places = place;
    return place;
}

void curl_place_free(struct curl_place *place)
{
    for (size_t i = 0; i < place->count; i++)
        curl_slist_free_all(place->connect_to[i]);
    free(place->connect_to);
    free(place->proxy);
    curl_slist_free_all(place->resolve);
    free(place);
}

static size_t choose(struct curl_session *session, const struct curl_place *place, bool is_kept)
{
    const struct net *net = session->full->net;
    unsigned turn;

    if (place->count <= 1 || net->select == SELECT_FIRST)
        return 0;
    if (is_kept && session->has_turn)
        return session->turn % place->count;
    turn = atomic_fetch_add_explicit(&place->origin->name->turn, 1, memory_order_relaxed);
    session->turn = net->select == SELECT_RANDOM ? (turn + 1) * 2654435761U >> 8 : turn; /* Knuth's multiplicative hash */
    session->has_turn = true;
    return session->turn % place->count;
}

static void set_proxy(struct curl_transfer *transfer, const struct curl_place *place)
{
    const struct plan_proxy *proxy = place->origin->proxy;
    const char *colon = proxy != NULL && proxy->user != NULL ? strchr(proxy->user, ':') : NULL;
    char *name = colon != NULL ? mem_copy_n(proxy->user, (size_t)(colon - proxy->user)) : NULL;

    curl_easy_setopt(transfer->easy, CURLOPT_PROXY, place->proxy != NULL ? place->proxy : "");
    curl_easy_setopt(transfer->easy, CURLOPT_PROXYUSERNAME, name);
    curl_easy_setopt(transfer->easy, CURLOPT_PROXYPASSWORD, colon != NULL ? colon + 1 : NULL);
    free(name);
}

void curl_set_place(struct curl_transfer *transfer, const struct origin *origin, bool is_kept)
{
    struct curl_place *place = find_place(transfer->session->full, origin);
    size_t index = choose(transfer->session, place, is_kept);

    transfer->list = place->list;
    if (transfer->place != place) { /* else the handle knows */
        curl_easy_setopt(transfer->easy, CURLOPT_UNIX_SOCKET_PATH, place->socket);
        set_proxy(transfer, place);
        transfer->place = place;
    }
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_TO, place->count > 0 ? place->connect_to[index] : NULL);
    curl_easy_setopt(transfer->easy, CURLOPT_RESOLVE, place->is_loaded ? NULL : place->resolve);
}

/* ---- sockets ---- */

static const struct net_address *known(const struct curl_transfer *transfer, const struct sockaddr *address)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

    for (size_t i = 0; transfer->list != NULL && i < transfer->list->count; i++) {
        const struct net_address *at = &transfer->list->at[i];
        const struct sockaddr_in6 *own6 = (const struct sockaddr_in6 *)&at->address;
        const struct sockaddr_in *own4 = (const struct sockaddr_in *)&at->address;

        if (at->address.ss_family != address->sa_family)
            continue;
        if (address->sa_family == AF_INET6 ? memcmp(&v6->sin6_addr, &own6->sin6_addr, sizeof own6->sin6_addr) == 0
                                           : v4->sin_addr.s_addr == own4->sin_addr.s_addr)
            return at;
    }
    return NULL;
}

int curl_open_socket(struct curl_transfer *transfer, struct curl_sockaddr *address)
{
    const struct net *net = transfer->session->full->net;
    const struct net_address *at = address->family != AF_UNIX ? known(transfer, &address->addr) : NULL;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol), error;

    transfer->address = at != NULL ? transfer->list->states[at - transfer->list->at] : NULL;
    if (fd < 0)
        return -1;
    if (at != NULL && address->family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)&address->addr)->sin6_scope_id = ((const struct sockaddr_in6 *)&at->address)->sin6_scope_id;
    if (net->sources == NULL || at == NULL || sources_bind(net->sources, fd, at) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}
