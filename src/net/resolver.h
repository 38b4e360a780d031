/* Names and their addresses, for the whole process: one thread that may block looks them up, again after each refresh time, and
 * for workers that meet a new host. Names are never taken away before resolver_free(), so a pointer to one is good until then.
 *
 *   engine: resolver_new, a name for each host of the plan, resolver_look_up (blocks), resolver_start ... resolver_free
 *   worker: resolver_name, net_name_list; where that is NULL resolver_ask, and the waiter's descriptor becomes readable
 *   control: resolver_take_note, resolver_names
 */
#ifndef ONAGER_RESOLVER_H
#define ONAGER_RESOLVER_H

#include "addresses.h"
#include "onager/error.h"

struct resolver;

/* network NULL: all defaults. Borrows nothing. */
struct resolver *resolver_new(const struct plan_network *network);
/* Ends the thread; one that waits for a name server is left to end by itself. Whoever asks has ended. NULL is allowed. */
void resolver_free(struct resolver *resolver);
/* Starts the thread, once. 0, or -1 and *err. */
int resolver_start(struct resolver *resolver, struct error *err);

/* The name of a host and port, made where there is none. A number, and a host of which another port is known, has its addresses
 * at once. Any thread, without a lock; never NULL. */
struct net_name *resolver_name(struct resolver *resolver, const char *host, uint16_t port);
/* The same with addresses that are said and not looked up. Takes list. */
struct net_name *resolver_fixed_name(struct resolver *resolver, const char *host, uint16_t port, struct address_list *list);
/* Blocks, at most about 10 s. -1 and *err (EXIT_USAGE, "host: ...") when there is no address. Before resolver_start(). */
int resolver_look_up(struct resolver *resolver, struct net_name *name, struct error *err);

/* All names, the newest first, by ->next. Any thread. */
struct net_name *resolver_names(struct resolver *resolver);

/* ---- for workers ---- */

/* How a worker hears that a look-up has ended: its descriptor becomes readable. */
struct resolver_waiter {
    int event_fd;
    atomic_uint holders; /* the worker, and each question under way */
};
struct resolver_waiter *resolver_waiter_new(void); /* NULL: no descriptor left */
void resolver_waiter_leave(struct resolver_waiter *waiter);

/* Asks for a name without addresses. It is answered when net_name_list() is there, or name->look_ups is more than it was: then
 * name->error says why not. Starts the thread where nobody did. */
void resolver_ask(struct resolver *resolver, struct net_name *name, struct resolver_waiter *waiter);

/* ---- for the control thread ---- */

struct resolver_note {
    bool is_warning;
    char text[200];
};
/* The next thing that somebody should know. false: there is none. One thread. */
bool resolver_take_note(struct resolver *resolver, struct resolver_note *note);

/* "no such host"; static storage */
const char *resolver_error(int code);

#endif
