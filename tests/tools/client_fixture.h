/* A VU's HTTP client for tests: operations that are waited for with a limit, and what they told on the way. */
#ifndef ONAGER_CLIENT_FIXTURE_H
#define ONAGER_CLIENT_FIXTURE_H

#include "http_client.h"
#include "net_fixture.h"

#define TOLD_MAX 64

struct client_fixture {
    struct net_fixture net; /* net.wanted: change before client_fixture_build() */
    struct http_group group;
    struct http_client client;
};

struct told {
    unsigned end; /* enum exchange_end */
    enum fault fault;
    uint16_t status;
    bool is_sent, is_reused;
    uint64_t bytes_sent, bytes_received;
    char detail[96];
};

struct job {
    struct operation operation; /* first: its callbacks cast */
    struct client_fixture *fixture;
    struct told told[TOLD_MAX];
    unsigned count; /* exchanges told */
    unsigned done;  /* times */
    bool is_failed;
};

void client_fixture_open(struct client_fixture *fixture);
void client_fixture_close(struct client_fixture *fixture);
/* The request `net.wanted` to a loopback port. */
void client_fixture_build(struct client_fixture *fixture, uint16_t port);

void job_init(struct job *job, struct client_fixture *fixture);
void job_start(struct job *job);
void job_wait(struct job *job);
/* All of it, on a fresh job. */
void job_run(struct job *job, struct client_fixture *fixture);

#endif
