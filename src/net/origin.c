/* Origins: looked up before the start, or named by an answer. origin_resolve() blocks: for the main or the control thread, never for a
 * worker. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "net.h"

/* How often a resolver that says "try again" is asked. Each try takes what resolv.conf says, by default 5 s. */
#define MAX_TRIES 2

static bool has_address(const struct origin *origin, const struct addrinfo *info)
{
    for (size_t i = 0; i < origin->address_count; i++)
        if (origin->addresses[i].length == info->ai_addrlen && memcmp(&origin->addresses[i].address, info->ai_addr, info->ai_addrlen) == 0)
            return true;
    return false;
}

static void add_all(struct origin *origin, const struct addrinfo *list)
{
    for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
        struct net_address *address;

        if ((info->ai_family != AF_INET && info->ai_family != AF_INET6) || has_address(origin, info))
            continue;
        origin->addresses = mem_resize(origin->addresses, origin->address_count + 1, sizeof *origin->addresses);
        address = &origin->addresses[origin->address_count++];
        memset(address, 0, sizeof *address);
        memcpy(&address->address, info->ai_addr, info->ai_addrlen);
        address->length = info->ai_addrlen;
    }
}

static const char *explain(int code)
{
    switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return "no such host";
    case EAI_AGAIN:
        return "the name server does not answer";
    case EAI_SYSTEM:
        return strerrordesc_np(errno);
    default:
        return gai_strerror(code);
    }
}

int origin_resolve(struct origin *origin, const char *scheme, const char *host, uint16_t port, struct error *err)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG };
    struct addrinfo *list = NULL;
    char service[8];
    int code = EAI_AGAIN;

    memset(origin, 0, sizeof *origin);
    snprintf(service, sizeof service, "%u", port);
    for (int i = 0; i < MAX_TRIES && code == EAI_AGAIN; i++)
        code = getaddrinfo(host, service, &hints, &list);
    if (code != 0 && strcasecmp(host, "localhost") == 0) /* RFC 6761: loopback, also where no file of hosts says so */
        code = getaddrinfo("127.0.0.1", service, &hints, &list);
    if (code != 0)
        return error_set(err, EXIT_USAGE, "%s: %s", host, explain(code));
    add_all(origin, list);
    freeaddrinfo(list);
    if (origin->address_count == 0)
        return error_set(err, EXIT_USAGE, "%s: the name has no IPv4 or IPv6 address", host);
    origin->scheme = mem_copy(scheme);
    origin->host = mem_copy(host);
    origin->port = port;
    origin->is_tls = strcmp(scheme, "https") == 0;
    return 0;
}

void origin_name(struct origin *origin, const char *scheme, const char *host, uint16_t port, const struct origin *like)
{
    struct in6_addr v6;
    struct in_addr v4;

    memset(origin, 0, sizeof *origin);
    origin->scheme = mem_copy(scheme);
    origin->host = mem_copy(host);
    origin->port = port;
    origin->is_tls = strcmp(scheme, "https") == 0;
    if (like != NULL) {
        origin->addresses = mem_array(like->address_count, sizeof *origin->addresses);
        origin->address_count = like->address_count;
        memcpy(origin->addresses, like->addresses, like->address_count * sizeof *origin->addresses);
    } else if (inet_pton(AF_INET, host, &v4) == 1) {
        struct sockaddr_in *address;

        origin->addresses = mem_array(1, sizeof *origin->addresses);
        address = (struct sockaddr_in *)&origin->addresses[origin->address_count++].address;
        address->sin_family = AF_INET;
        address->sin_addr = v4;
    } else if (inet_pton(AF_INET6, host, &v6) == 1) {
        struct sockaddr_in6 *address;

        origin->addresses = mem_array(1, sizeof *origin->addresses);
        address = (struct sockaddr_in6 *)&origin->addresses[origin->address_count++].address;
        address->sin6_family = AF_INET6;
        address->sin6_addr = v6;
    }
    for (size_t i = 0; i < origin->address_count; i++) {
        struct net_address *own = &origin->addresses[i];

        ((struct sockaddr_in *)&own->address)->sin_port = htons(port); /* the same place in both families */
        own->length = own->address.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    }
}

void origin_release(struct origin *origin)
{
    free(origin->scheme);
    free(origin->host);
    free(origin->addresses);
    memset(origin, 0, sizeof *origin);
}
