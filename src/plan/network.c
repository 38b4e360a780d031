/* Printing and freeing what a plan says of the way to its servers. */
#include "network.h"

#include <stdlib.h>
#include <string.h>

#include "onager/units.h"

static void put_host(struct buf *out, const char *host)
{
    buf_addf(out, host != NULL && strchr(host, ':') != NULL ? "[%s]" : "%s", host != NULL ? host : "");
}

static void put_port(struct buf *out, uint16_t port)
{
    if (port != 0)
        buf_addf(out, ":%u", port);
}

static void put_words(struct buf *out, const char *key, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(out, i == 0 ? "%s = %s" : "%.0s, %s", key, words[i]);
    if (count > 0)
        buf_add_char(out, '\n');
}

void network_print_http(struct buf *out, const struct plan_network *network)
{
    const struct plan_proxy *proxy = &network->proxy;

    put_words(out, "source", network->sources, network->source_count);
    if (network->unix_socket != NULL)
        buf_addf(out, "unix_socket = %s\n", network->unix_socket);
    if (proxy->kind == PROXY_NONE)
        return;
    buf_addf(out, "proxy = %s://", proxy_kind_names[proxy->kind]);
    if (proxy->user != NULL)
        buf_addf(out, "%.*s:***@", (int)strcspn(proxy->user, ":"), proxy->user);
    put_host(out, proxy->host);
    put_port(out, proxy->port);
    buf_add_char(out, '\n');
    put_words(out, "no_proxy", network->no_proxy, network->no_proxy_count);
}

static void put_resolve(struct buf *out, const struct plan_resolve *resolve)
{
    buf_addf(out, "resolve.%s", resolve->host != NULL ? resolve->host : "*");
    put_port(out, resolve->port);
    for (size_t i = 0; i < resolve->address_count; i++) {
        buf_add_text(out, i == 0 ? " = " : ", ");
        put_host(out, resolve->addresses[i]);
        put_port(out, resolve->to_port);
    }
    buf_add_char(out, '\n');
}

static void put_connect_to(struct buf *out, const struct plan_connect_to *map)
{
    put_host(out, map->host);
    buf_add_char(out, ':');
    if (map->port != 0)
        buf_addf(out, "%u", map->port);
    buf_add_char(out, ':');
    put_host(out, map->to_host);
    buf_add_char(out, ':');
    if (map->to_port != 0)
        buf_addf(out, "%u", map->to_port);
}

void network_print_dns(struct buf *out, const struct plan_network *network)
{
    char text[40];

    buf_addf(
        out, "\n[dns]\nrefresh = %s\nselect = %s\npolicy = %s\nfallback = %s\n",
        units_format_duration(text, sizeof text, network->refresh_ns), address_select_names[network->select],
        address_policy_names[network->policy], network->no_fallback ? "no" : "yes");
    for (size_t i = 0; i < network->resolve_count; i++)
        put_resolve(out, &network->resolves[i]);
    for (size_t i = 0; i < network->connect_to_count; i++) {
        buf_add_text(out, i == 0 ? "connect_to = " : ", ");
        put_connect_to(out, &network->connect_tos[i]);
    }
    if (network->connect_to_count > 0)
        buf_add_char(out, '\n');
}

static void free_words(char **words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    free(words);
}

void network_release(struct plan_network *network)
{
    for (size_t i = 0; i < network->resolve_count; i++) {
        free(network->resolves[i].host);
        free_words(network->resolves[i].addresses, network->resolves[i].address_count);
    }
    free(network->resolves);
    for (size_t i = 0; i < network->connect_to_count; i++) {
        free(network->connect_tos[i].host);
        free(network->connect_tos[i].to_host);
    }
    free(network->connect_tos);
    free_words(network->sources, network->source_count);
    free_words(network->no_proxy, network->no_proxy_count);
    free(network->unix_socket);
    free(network->proxy.host);
    free(network->proxy.user);
}
