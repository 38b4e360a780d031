/* A connection being opened: what connect.c shares with the ways of opening one, dial.c and tunnel.c. Owner: the loop's thread.
 *
 *     begin --> looking up --> dialling or tunnelling --> opening_succeeded() or opening_failed(): the slot is free again
 *
 * A way never ends from inside its start function: what is known at once comes to light from the loop. */
#ifndef ONAGER_OPENING_H
#define ONAGER_OPENING_H

#include <curl/curl.h>
#include <ev.h>

#include "addresses.h"
#include "connection.h"
#include "resolver.h"

struct attempt;
struct connect_slot;
struct connector;

enum opening_way { WAY_NONE, WAY_LOOK_UP, WAY_DIAL, WAY_TUNNEL };

struct connect_slot {
    struct connector *connector;
    struct net_connection *connection;
    enum opening_way way;
    struct connect_slot *next, *previous; /* free list; or those that wait for a name */
    /* looking up */
    unsigned look_ups; /* that had ended when it was asked */
    /* dialling */
    struct address_list *list;
    uint64_t tried;    /* bit i: list->at[i] */
    unsigned attempts; /* under way */
    struct attempt *first;
    bool is_alone;                 /* there is no other address to help out */
    unsigned start;                /* index to begin with */
    struct wheel_entry head_start; /* of the attempts under way, until the next address has its turn */
    enum fault fault;              /* of the first attempt that failed */
    int error;
    /* tunnelling */
    CURL *easy; /* kept with the slot */
    int taken_fd;
    int socket_errno;
    char proxy_text[CURL_ERROR_SIZE];
};

struct attempt {
    ev_io io;
    int fd;
    int error;
    unsigned index;
    bool is_again;                            /* the address had failed before */
    struct attempt *known_next, **known_back; /* failed at once and not yet said */
    struct connect_slot *slot;
    struct attempt *next;
};

struct connector {
    struct net *net;
    unsigned max_connecting;
    struct connect_slot *free_slots;
    struct net_connection *first_waiting, *last_waiting;
    /* looking up */
    struct resolver *resolver;
    struct resolver_waiter *waiter; /* NULL before the first question */
    ev_io answered;
    struct connect_slot *looking_up;
    /* dialling */
    struct attempt *free_attempts;
    struct attempt *known;
    unsigned fed, fed_turn; /* connects that were done at once in this turn of the loop */
    ev_timer soon;
    struct wheel head_starts;
    /* tunnelling */
    CURLM *multi; /* NULL before the first */
    ev_timer timer;
    struct curl_watch *free_watches;
};

/* The socket is connected; takes fd. The slot is gone afterwards. */
void opening_succeeded(struct connect_slot *slot, int fd, uint64_t now_ns);
/* `detail` is static, or lies in the slot. The slot is gone afterwards. */
void opening_failed(struct connect_slot *slot, enum fault fault, const char *detail, uint64_t now_ns);
/* What an errno of socket() or connect() means; counts what onager itself ran out of. */
enum fault opening_fault(struct connector *connector, int error);

void dial_init(struct connector *connector);
void dial_release(struct connector *connector);
/* slot->list is set. */
void dial_start(struct connect_slot *slot, uint64_t now_ns);
/* Gives up what is under way; is_late: because its time is over, which the addresses are blamed for. */
void dial_abort(struct connect_slot *slot, bool is_late, uint64_t now_ns);

void tunnel_release(struct connector *connector);
void tunnel_start(struct connect_slot *slot, uint64_t deadline_ns, uint64_t now_ns);
void tunnel_abort(struct connect_slot *slot);

#endif
