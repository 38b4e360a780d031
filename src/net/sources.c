/* Source addresses: read once, then taken in turn by every worker. */
#include "sources.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"

struct source_list {
    struct net_address *at;
    size_t count;
    atomic_uint turn; /* relaxed: only spreads */
};

static void add(struct source_list *sources, const struct net_address *address)
{
    sources->at = mem_resize(sources->at, sources->count + 1, sizeof *sources->at);
    sources->at[sources->count++] = *address;
}

/* The addresses of an interface, but for link-local ones, which reach nothing beyond it. */
static size_t add_interface(struct source_list *sources, const char *name, const struct ifaddrs *all)
{
    size_t before = sources->count;

    for (; all != NULL; all = all->ifa_next) {
        struct net_address address = { 0 };

        if (all->ifa_addr == NULL || strcmp(all->ifa_name, name) != 0)
            continue;
        if (all->ifa_addr->sa_family == AF_INET)
            address.length = sizeof(struct sockaddr_in);
        else if (all->ifa_addr->sa_family == AF_INET6)
            address.length = sizeof(struct sockaddr_in6);
        else
            continue;
        memcpy(&address.address, all->ifa_addr, address.length);
        if (address.address.ss_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&((struct sockaddr_in6 *)&address.address)->sin6_addr))
            continue;
        add(sources, &address);
    }
    return sources->count - before;
}

struct source_list *sources_new(const struct plan_network *network, struct error *err)
{
    struct source_list *sources;
    struct ifaddrs *all = NULL;
    bool is_good = true;

    if (network->source_count == 0)
        return NULL;
    sources = mem_alloc(sizeof *sources);
    (void)getifaddrs(&all);
    for (size_t i = 0; is_good && i < network->source_count; i++) {
        const char *text = network->sources[i];
        struct net_address address;
        int fd;

        if (!net_address_parse(&address, text, 0)) {
            is_good = add_interface(sources, text, all) > 0;
            if (!is_good)
                error_set(
                    err, EXIT_USAGE, "source: \"%.60s\" is no address of this machine and no interface with one; ip addr lists them", text);
            continue;
        }
        fd = socket(address.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        is_good = fd < 0 || bind(fd, (struct sockaddr *)&address.address, address.length) == 0;
        if (!is_good)
            error_set(err, EXIT_USAGE, "source: %.60s: %s; ip addr lists what this machine has", text, strerrordesc_np(errno));
        if (fd >= 0)
            close(fd);
        add(sources, &address);
    }
    freeifaddrs(all);
    if (is_good)
        return sources;
    sources_free(sources);
    return NULL;
}

void sources_free(struct source_list *sources)
{
    if (sources == NULL)
        return;
    free(sources->at);
    free(sources);
}

size_t sources_count(const struct source_list *sources)
{
    return sources->count;
}

int sources_bind(struct source_list *sources, int fd, const struct net_address *to)
{
    unsigned turn = atomic_fetch_add_explicit(&sources->turn, 1, memory_order_relaxed);
    const int one = 1;

    for (size_t i = 0; i < sources->count; i++) {
        const struct net_address *from = &sources->at[(turn + i) % sources->count];

        if (from->address.ss_family != to->address.ss_family)
            continue;
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        return bind(fd, (const struct sockaddr *)&from->address, from->length);
    }
    errno = EAFNOSUPPORT;
    return -1;
}
