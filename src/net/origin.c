/* Origins: what the plan's maps and its proxy make of scheme, host and port. Pure but for origin_resolve(), which blocks: for the
 * main thread and tests. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "addresses.h"
#include "mem.h"
#include "net.h"
#include "resolver.h"

static bool is_for(const char *host, uint16_t port, const char *wanted_host, uint16_t wanted_port)
{
    return (wanted_host == NULL || strcasecmp(wanted_host, host) == 0) && (wanted_port == 0 || wanted_port == port);
}

/* The host itself, and what ends in ".domain"; numbers have no domain. */
static bool is_within(const char *host, const char *domain)
{
    size_t length = strlen(host), end;
    struct net_address number;

    if (net_address_parse(&number, host, 0) || net_address_parse(&number, domain, 0))
        return strcasecmp(host, domain) == 0;
    domain += *domain == '.';
    end = strlen(domain);
    return length >= end && strcasecmp(host + length - end, domain) == 0 && (length == end || host[length - end - 1] == '.');
}

static bool goes_without_proxy(const struct plan_network *network, const char *host)
{
    for (size_t i = 0; i < network->no_proxy_count; i++)
        if (strcmp(network->no_proxy[i], "*") == 0 || is_within(host, network->no_proxy[i]))
            return true;
    return false;
}

static struct address_list *said_addresses(const struct plan_resolve *resolve, uint16_t port, enum address_policy policy)
{
    struct net_address all[ADDRESSES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < resolve->address_count && count < ADDRESSES_MAX; i++)
        count += net_address_parse(&all[count], resolve->addresses[i], resolve->to_port != 0 ? resolve->to_port : port);
    return address_list_new(all, count, policy);
}

/* Where a host and port are: by the plan, else by a look-up. */
static struct net_name *place(struct resolver *resolver, const struct plan_network *network, const char *host, uint16_t port)
{
    for (size_t i = 0; network != NULL && i < network->resolve_count; i++) {
        const struct plan_resolve *resolve = &network->resolves[i];
        struct address_list *list;

        if (!is_for(host, port, resolve->host, resolve->port))
            continue;
        list = said_addresses(resolve, port, network->policy);
        if (list != NULL) /* else the policy leaves none of them: the look-up says so */
            return resolver_fixed_name(resolver, host, port, list);
    }
    return resolver_name(resolver, host, port);
}

static struct net_name *place_socket(struct resolver *resolver, const char *path)
{
    struct net_address address;

    net_address_unix(&address, path);
    return resolver_fixed_name(resolver, path, 0, address_list_new(&address, 1, POLICY_ANY));
}

/* The proxy does not look the host up itself. */
static bool wants_number(enum proxy_kind kind)
{
    return kind == PROXY_SOCKS4 || kind == PROXY_SOCKS5;
}

void origin_name(
    struct origin *origin, struct resolver *resolver, const struct plan_network *network, const char *scheme, const char *host,
    uint16_t port)
{
    const char *to_host = host;
    uint16_t to_port = port;

    memset(origin, 0, sizeof *origin);
    origin->scheme = mem_copy(scheme);
    origin->host = mem_copy(host);
    origin->port = port;
    origin->is_tls = strcmp(scheme, "https") == 0;
    for (size_t i = 0; network != NULL && i < network->connect_to_count; i++) {
        const struct plan_connect_to *map = &network->connect_tos[i];

        if (!is_for(host, port, map->host, map->port))
            continue;
        to_host = map->to_host != NULL ? map->to_host : host;
        to_port = map->to_port != 0 ? map->to_port : port;
        break;
    }
    if (network != NULL && network->unix_socket != NULL) {
        origin->name = place_socket(resolver, network->unix_socket);
    } else if (network != NULL && network->proxy.kind != PROXY_NONE && !goes_without_proxy(network, host)) {
        origin->proxy = &network->proxy;
        origin->proxy_name = place(resolver, network, network->proxy.host, network->proxy.port);
        origin->name = wants_number(network->proxy.kind) ? place(resolver, network, to_host, to_port) : origin->proxy_name;
        origin->to_host = mem_copy(to_host);
        origin->to_port = to_port;
    } else {
        origin->name = place(resolver, network, to_host, to_port);
    }
}

int origin_resolve(struct origin *origin, const char *scheme, const char *host, uint16_t port, struct error *err)
{
    struct resolver *own = resolver_new(NULL);

    origin_name(origin, own, NULL, scheme, host, port);
    origin->own = own;
    if (resolver_look_up(own, origin->name, err) == 0)
        return 0;
    origin_release(origin);
    return -1;
}

bool origin_is_absolute(const struct origin *origin)
{
    return origin->proxy != NULL && origin->proxy->kind == PROXY_HTTP && !origin->is_tls;
}

bool origin_is_tunnelled(const struct origin *origin)
{
    return origin->proxy != NULL && !origin_is_absolute(origin);
}

void origin_release(struct origin *origin)
{
    free(origin->scheme);
    free(origin->host);
    free(origin->to_host);
    resolver_free(origin->own);
    memset(origin, 0, sizeof *origin);
}
