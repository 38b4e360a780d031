/* A worker's network for tests: loop, net, one session, and exchanges that are waited for with a limit. */
#ifndef ONAGER_NET_FIXTURE_H
#define ONAGER_NET_FIXTURE_H

#include <stddef.h>

#include "net.h"
#include "script_server.h"

struct net_fixture {
    struct ev_loop *loop;
    struct net *net;
    struct net_session session;
    struct origin origin;
    struct plan plan;
    struct plan_request wanted; /* change before net_fixture_build() */
    struct net_request request;
};

/* An exchange and what its on_done saw. */
struct outcome {
    struct exchange exchange; /* first: on_done casts */
    struct net_fixture *fixture;
    unsigned done; /* times */
    char detail[128];
};

/* What carries the requests of fixtures that are opened from now on. */
extern enum transport_kind net_fixture_transport;
/* Set it: setup functions of a test. BY_BOTH is a test by each. */
int by_http1(void **state);
int by_curl(void **state);
/* clang-format off */
#define BY_BOTH(test) { #test, test, by_http1, NULL, NULL }, { #test "_by_curl", test, by_curl, NULL, NULL }
/* clang-format on */

void net_fixture_open(struct net_fixture *fixture, const struct net_options *options);
void net_fixture_close(struct net_fixture *fixture);
/* The origin at that loopback port, and the request to it. Again to change it. */
void net_fixture_build(struct net_fixture *fixture, const char *host, uint16_t port);

void outcome_submit(struct outcome *outcome, struct net_fixture *fixture, bool fresh); /* in the fixture's session */
void outcome_submit_in(struct outcome *outcome, struct net_fixture *fixture, struct net_session *session, bool fresh);
/* Runs the loop until outcome->done, or the condition is true; fails the test after 10 s. */
void outcome_wait(struct outcome *outcome);
void net_fixture_run_until(struct net_fixture *fixture, bool (*is_true)(void *), void *argument);
/* Both. */
void outcome_run(struct outcome *outcome, struct net_fixture *fixture);

/* Replaces the addresses of the origin, which is built first. */
void net_fixture_addresses(struct net_fixture *fixture, uint16_t port, const char *const *hosts, size_t count);

/* A loopback port with nobody behind it, kept from others until the descriptor is closed. */
int reserve_port(uint16_t *port);
/* A listener that answers no SYN: its queue is full of the connects in `fillers`. -1: no such address here.
 * family AF_INET or AF_INET6; *port 0: any, and it is told. */
int reserve_full(int family, uint16_t *port, int fillers[8]);
int reserve_full_port(uint16_t *port, int fillers[8]); /* any port of 127.0.0.1 */
void close_fillers(int fillers[8]);

unsigned count_descriptors(void);

#endif
