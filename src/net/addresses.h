/* The addresses of a name, and what became of the connects to each. A list never changes once it is published. What is known of an
 * address belongs to its name and outlives the lists that it is in: relaxed atomics, to which any worker adds, which the control
 * thread reads, and by which all decide what is passed over.
 * The resolver publishes a new list by one release store; whoever opens a connection takes it by one acquire load. An older list
 * lives as long as its name, so nobody has to say that he is done with one: it is some hundred bytes for each change of a name. */
#ifndef ONAGER_ADDRESSES_H
#define ONAGER_ADDRESSES_H

#include <netdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "onager/fault.h"
#include "onager/plan.h"

#define ADDRESSES_MAX 64 /* of a name; more are left out */

struct net_address {
    struct sockaddr_storage address; /* AF_INET, AF_INET6 or AF_UNIX */
    socklen_t length;
};

struct address_state {
    struct net_address address;
    struct address_state *next;               /* of the name; set before anybody else sees it */
    atomic_uint_fast64_t opened;              /* connections */
    atomic_uint_fast64_t failed[FAULT_COUNT]; /* connects, also where another address helped out */
    atomic_uint_fast64_t retry_at_ns;         /* CLOCK_MONOTONIC; 0: in use, else passed over until then */
    atomic_uint strikes;                      /* failures since the last success; only where there is another address */
    atomic_bool is_told;                      /* the control thread's own */
};

struct address_list {
    struct address_list *older; /* what it replaced */
    size_t count;
    size_t preferred; /* the first so many are chosen from; the others only help out */
    struct net_address *at;
    struct address_state **states; /* of the name; NULL before it is published */
};

/* A host and port, and where they are. Made by the resolver, which also says who may touch what. */
struct net_name {
    char *host;
    uint16_t port;
    _Atomic(struct address_list *) list;   /* NULL before the first look-up */
    _Atomic(struct address_state *) known; /* every address that it has or had, the newest first; release by who publishes */
    atomic_uint turn;                      /* relaxed: only spreads */
    atomic_uint look_ups;                  /* that have ended; release, after what they found */
    atomic_int error;                      /* of the last one, 0 or for resolver_error() */
    bool is_fixed;                         /* said by the plan or a number: never looked up */
    struct net_name *next;                 /* set before anybody else sees the name */
    uint64_t looked_up_ns;                 /* the resolver's own */
};

/* In the order of connecting: families by policy, one in turn with the other where none is preferred (RFC 8305, 4). NULL: nothing
 * is left. Returns owned. */
struct address_list *address_list_new(const struct net_address *addresses, size_t count, enum address_policy policy);
struct address_list *address_list_from(const struct addrinfo *info, enum address_policy policy);
void address_list_free(struct address_list *list); /* and all that it replaced; NULL is allowed */
/* The same addresses, in whatever order? */
bool address_list_equal(const struct address_list *a, const struct address_list *b);

/* Reads a numeric address, an IPv6 one with or without brackets. */
bool net_address_parse(struct net_address *address, const char *text, uint16_t port);
void net_address_unix(struct net_address *address, const char *path); /* shorter than 108 bytes */
bool net_address_is_loopback(const struct net_address *address);
/* "127.0.0.1:80", "[::1]:80" or a path. */
#define NET_ADDRESS_SHOWN_SIZE 128
char *net_address_show(char out[NET_ADDRESS_SHOWN_SIZE], const struct net_address *address);

/* Returns owned, with no list. */
struct net_name *net_name_new(const char *host, uint16_t port);
void net_name_free(struct net_name *name);
static inline struct address_list *net_name_list(struct net_name *name)
{
    return atomic_load_explicit(&name->list, memory_order_acquire);
}
/* Takes list. Only one thread at a time publishes for a name. */
void net_name_publish(struct net_name *name, struct address_list *list);

#endif
