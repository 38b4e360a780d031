/* The demo target: a small HTTP server on the loopback address with users, echo, stats, pages, and faults from a seed. It runs
 * in one thread of its own; a delayed answer holds up no other connection. new, port, stats, set_mode and free may be called
 * from any one thread. */
#ifndef ONAGER_TARGET_H
#define ONAGER_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/error.h"
#include "story.h"

struct target_options {
    uint16_t port; /* 0: the kernel picks one */
    uint64_t seed;
    enum target_mode mode;  /* at the start */
    bool has_service_times; /* answers take a few milliseconds */
    bool has_no_delays;     /* what would be late is answered at once: for tests */
};

/* Exact counts of requests that were answered, /api/stats itself among them. */
struct target_stats {
    uint64_t total, errors; /* errors: answers with 400 and above */
    uint64_t get, post, put, remove;
    uint64_t endpoints[ENDPOINT_COUNT];
    uint64_t faults[TARGET_FAULT_COUNT];
    uint64_t statuses[600]; /* by code */
};

struct target;

/* Listens and starts its thread. NULL and *err (EXIT_USAGE) when the port is taken. Returned owned. */
struct target *target_new(const struct target_options *options, struct error *err);
void target_free(struct target *target); /* ends what is delayed at once, closes, joins; NULL is allowed */
uint16_t target_port(const struct target *target);
void target_stats(const struct target *target, struct target_stats *stats);
void target_set_mode(struct target *target, enum target_mode mode); /* for requests that arrive from now on */

#endif
