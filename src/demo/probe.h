/* The server of the self test: it answers GET /WAIT_US after that many microseconds and keeps a record of when each request
 * arrived and when its answer left, by CLOCK_MONOTONIC. One thread of its own; new, port, stall, record and free are for one other. */
#ifndef ONAGER_PROBE_H
#define ONAGER_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "onager/error.h"

struct probe;

struct probe_record {
    uint32_t wait_us;     /* as it was asked for */
    uint64_t arrived_ns;  /* the last byte of the head was read */
    uint64_t answered_ns; /* the answer is given to the system */
};

/* Listens on a port of 127.0.0.1 that the kernel picks. false_ns is added to each answered_ns: a record that does not tell the
 * truth, for the test of the self test. NULL and *err. Returned owned. */
struct probe *probe_new(int64_t false_ns, struct error *err);
void probe_free(struct probe *probe); /* closes and joins; NULL is allowed */
uint16_t probe_port(const struct probe *probe);

/* From now on, for so long, the server does nothing at all. */
void probe_stall(struct probe *probe, uint64_t duration_ns);
/* When the last stall began and ended; false: there was none, or it still goes on. */
struct probe_stall {
    uint64_t began_ns, ended_ns;
};
int probe_stalled(const struct probe *probe, struct probe_stall *stall);

/* The record so far, in the order of the answers; records from `from` on. Returned owned (free()). */
struct probe_record *probe_records(const struct probe *probe, size_t from, size_t *count);
size_t probe_count(const struct probe *probe);

#endif
