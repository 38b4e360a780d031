/* Lists of addresses: made, compared, shown and published. */
#include "addresses.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "mem.h"

static bool is_equal(const struct net_address *a, const struct net_address *b)
{
    return a->length == b->length && memcmp(&a->address, &b->address, a->length) == 0;
}

static long find(const struct address_list *list, const struct net_address *address)
{
    for (size_t i = 0; i < list->count; i++)
        if (is_equal(&list->at[i], address))
            return (long)i;
    return -1;
}

static void add(struct address_list *list, const struct net_address *address)
{
    if (list->count < ADDRESSES_MAX && find(list, address) < 0)
        list->at[list->count++] = *address;
}

static bool is_preferred(const struct net_address *address, enum address_policy policy)
{
    switch (address->address.ss_family) {
    case AF_INET:
        return policy != POLICY_PREFER_IPV6 && policy != POLICY_ONLY_IPV6;
    case AF_INET6:
        return policy != POLICY_PREFER_IPV4 && policy != POLICY_ONLY_IPV4;
    default:
        return true;
    }
}

static const struct net_address *next_of(const struct net_address *addresses, size_t count, size_t *at, bool is_first_family, int family)
{
    while (*at < count) {
        const struct net_address *address = &addresses[(*at)++];

        if ((address->address.ss_family == family) == is_first_family)
            return address;
    }
    return NULL;
}

/* The family of the first address, the other, and so on. */
static void add_in_turn(struct address_list *list, const struct net_address *addresses, size_t count)
{
    size_t first = 0, second = 0;
    const struct net_address *one, *other;

    do {
        one = next_of(addresses, count, &first, true, addresses[0].address.ss_family);
        other = next_of(addresses, count, &second, false, addresses[0].address.ss_family);
        if (one != NULL)
            add(list, one);
        if (other != NULL)
            add(list, other);
    } while (one != NULL || other != NULL);
}

struct address_list *address_list_new(const struct net_address *addresses, size_t count, enum address_policy policy)
{
    struct address_list *list = mem_alloc(sizeof *list);

    list->at = mem_array(ADDRESSES_MAX, sizeof *list->at);
    if (policy == POLICY_ANY && count > 0) {
        add_in_turn(list, addresses, count);
        list->preferred = list->count;
    } else {
        for (size_t i = 0; i < count; i++)
            if (is_preferred(&addresses[i], policy))
                add(list, &addresses[i]);
        list->preferred = list->count;
        for (size_t i = 0; i < count && (policy == POLICY_PREFER_IPV4 || policy == POLICY_PREFER_IPV6); i++)
            add(list, &addresses[i]);
        if (list->preferred == 0)
            list->preferred = list->count;
    }
    if (list->count == 0) {
        address_list_free(list);
        return NULL;
    }
    list->at = mem_resize(list->at, list->count, sizeof *list->at);
    return list;
}

struct address_list *address_list_from(const struct addrinfo *info, enum address_policy policy)
{
    struct net_address all[ADDRESSES_MAX];
    size_t count = 0;

    memset(all, 0, sizeof all);
    for (; info != NULL && count < ADDRESSES_MAX; info = info->ai_next) {
        if ((info->ai_family != AF_INET && info->ai_family != AF_INET6) || info->ai_addrlen > sizeof all->address)
            continue;
        memcpy(&all[count].address, info->ai_addr, info->ai_addrlen);
        all[count++].length = info->ai_addrlen;
    }
    return address_list_new(all, count, policy);
}

void address_list_free(struct address_list *list)
{
    while (list != NULL) {
        struct address_list *older = list->older;

        free(list->at);
        free(list->states);
        free(list);
        list = older;
    }
}

bool address_list_equal(const struct address_list *a, const struct address_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (find(b, &a->at[i]) < 0)
            return false;
    return true;
}

bool net_address_parse(struct net_address *address, const char *text, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->address;
    char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
    size_t length = strlen(text);
    char *scope;

    memset(address, 0, sizeof *address);
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (length >= sizeof host)
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address->length = sizeof *v4;
        return true;
    }
    scope = strchr(host, '%');
    if (scope != NULL)
        *scope++ = '\0';
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
        return false;
    if (scope != NULL && (v6->sin6_scope_id = if_nametoindex(scope)) == 0 && (v6->sin6_scope_id = (uint32_t)strtoul(scope, NULL, 10)) == 0)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address->length = sizeof *v6;
    return true;
}

void net_address_unix(struct net_address *address, const char *path)
{
    struct sockaddr_un *local = (struct sockaddr_un *)&address->address;

    memset(address, 0, sizeof *address);
    INVARIANT(strlen(path) < sizeof local->sun_path);
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, path, strlen(path) + 1);
    address->length = sizeof *local;
}

bool net_address_is_loopback(const struct net_address *address)
{
    if (address->address.ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)&address->address)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return address->address.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&address->address)->sin6_addr);
}

char *net_address_show(char out[NET_ADDRESS_SHOWN_SIZE], const struct net_address *address)
{
    char host[INET6_ADDRSTRLEN] = "";

    if (address->address.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->address;

        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(out, NET_ADDRESS_SHOWN_SIZE, "%s:%u", host, ntohs(v4->sin_port));
    } else if (address->address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->address;

        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(out, NET_ADDRESS_SHOWN_SIZE, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        snprintf(out, NET_ADDRESS_SHOWN_SIZE, "%s", ((const struct sockaddr_un *)&address->address)->sun_path);
    }
    return out;
}

struct net_name *net_name_new(const char *host, uint16_t port)
{
    struct net_name *name = mem_alloc(sizeof *name);

    name->host = mem_copy(host);
    name->port = port;
    return name;
}

void net_name_free(struct net_name *name)
{
    struct address_state *state;

    if (name == NULL)
        return;
    address_list_free(net_name_list(name));
    while ((state = atomic_load_explicit(&name->known, memory_order_relaxed)) != NULL) {
        atomic_store_explicit(&name->known, state->next, memory_order_relaxed);
        free(state);
    }
    free(name->host);
    free(name);
}

static struct address_state *state_of(struct net_name *name, const struct net_address *address)
{
    struct address_state *first = atomic_load_explicit(&name->known, memory_order_relaxed), *state = first;

    while (state != NULL && !is_equal(&state->address, address))
        state = state->next;
    if (state != NULL)
        return state;
    state = mem_alloc(sizeof *state);
    state->address = *address;
    state->next = first;
    atomic_store_explicit(&name->known, state, memory_order_release);
    return state;
}

void net_name_publish(struct net_name *name, struct address_list *list)
{
    list->states = mem_array(list->count, sizeof(struct address_state *));
    for (size_t i = list->count; i-- > 0;) /* so that those it knows are in this order */
        list->states[i] = state_of(name, &list->at[i]);
    list->older = net_name_list(name);
    atomic_store_explicit(&name->list, list, memory_order_release);
}
