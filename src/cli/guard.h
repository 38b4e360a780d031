/* Who must be asked before load goes out. The rule is a pure function of what names were resolved to and of the plan:
 *
 * asks   when a public address gets a closed loop (nothing limits its rate; one of a fixed number of iterations only when they are
 *        more than a URL alone would make, 1,500) or more than 500 arrivals a second, all scenarios of that host together.
 * never  for addresses that are not public: loopback, "this host", private (RFC 1918, RFC 4193), shared (RFC 6598), link-local;
 *        nor for hosts that the config file allows. Documentation ranges count as public: nobody's own server has one.
 *
 * Main thread. Nothing is sent before the answer. */
#ifndef ONAGER_GUARD_H
#define ONAGER_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "buf.h"
#include "onager/plan.h"

#define GUARD_RATE 500
#define GUARD_ITERATIONS 1500
#define GUARD_LIMITED_RATE 50

bool guard_is_public(const struct sockaddr *address);

/* One address that a host of the plan was resolved to. Borrowed. */
struct guard_address {
    const char *host;
    const struct sockaddr *address;
};

struct guard_finding {
    const char *host, *url; /* borrowed from the plan */
    char address[64];       /* the public one, as text; "" where a proxy looks it up */
    bool is_closed;         /* else it is too fast */
    double rate;            /* arrivals a second at this host, at most */
    size_t scenario;        /* index of the first that counts */
};

/* The first host about which to ask; false: none. */
bool guard_find(
    const struct plan *plan, const struct guard_address *addresses, size_t count, char *const *allowed, size_t allowed_count,
    struct guard_finding *finding);

/* What the load is, in one line: "50 VUs for 1m0s, each as fast as it is answered: no limit on the rate." */
void guard_describe(struct buf *out, const struct plan *plan, const struct guard_finding *finding);

/* Makes the scenarios that reach a public address open ones of together at most GUARD_LIMITED_RATE arrivals a second, with their
 * VUs, durations and iterations. For a plan that no engine has yet. */
void guard_limit(struct plan *plan, const struct guard_address *addresses, size_t count);

enum guard_answer { GUARD_START, GUARD_START_LIMITED, GUARD_ALWAYS, GUARD_LEAVE };

/* The question as on the screens of the design, `columns` wide at most. */
void guard_question(struct buf *out, const struct plan *plan, const struct guard_finding *finding, size_t columns, bool utf8);
/* The line where nobody can be asked. */
void guard_warning(struct buf *out, const struct plan *plan, const struct guard_finding *finding);
/* Waits for one of the keys on a terminal, which is as before when it returns. The end of input means
 * GUARD_LEAVE, and so does is_over(), which is asked now and then: a signal came. */
enum guard_answer guard_wait(int terminal, bool (*is_over)(void));

#endif
