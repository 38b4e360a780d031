/* The self test: what onager measures of a server whose own record of arrivals and answers is the truth. Main thread. */
#ifndef ONAGER_SELFTEST_H
#define ONAGER_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "onager/error.h"
#include "onager/snapshot.h"
#include "probe.h"

enum selftest_verdict {
    SELFTEST_OK,
    SELFTEST_ROUGH, /* right, but this machine adds more than it should: other load, a slow hypervisor */
    SELFTEST_WRONG  /* onager and the server contradict each other */
};

#define SELFTEST_LINES_MAX 32

/* One figure of onager beside the server's. */
struct selftest_line {
    char name[64];
    bool is_count; /* else ns */
    uint64_t onager, server;
    int64_t off; /* onager less server */
    enum selftest_verdict verdict;
};

struct selftest {
    struct selftest_line lines[SELFTEST_LINES_MAX];
    size_t count;
    uint64_t lag_p50_ns, lag_p99_ns;
    double rate;           /* requests a second of a closed loop: what this machine can do */
    uint64_t stall_p99_ns; /* service time: what a measurement would say that forgets who had to wait */
    unsigned threads;
    bool is_stopped; /* by the user */
};

/* Runs every check, about 14 s. false_ns falsifies the server's record, for the tests. before: told what comes, or NULL.
 * 0, or -1 and *err when nothing could start. */
int selftest_run(struct selftest *test, int64_t false_ns, void (*before)(const char *what), struct error *err);
enum selftest_verdict selftest_worst(const struct selftest *test);
void selftest_text(struct buf *out, const struct selftest *test, bool utf8);
void selftest_json(struct buf *out, const struct selftest *test);

/* ---- selftest_checks.c: pure ---- */

/* Value `index` of `count` sorted ones below which a share q lies, as histograms count; 0 of none. Sorts. */
uint64_t selftest_quantile(uint64_t *values, size_t count, double q);

void selftest_add_count(struct selftest *test, const char *name, uint64_t onager, uint64_t server);
/* The times of requests that waited wait_us at the server against its record of them. */
void selftest_add_wait(
    struct selftest *test, uint32_t wait_us, const struct snap_trend *onager, const struct probe_record *records, size_t count);
/* Lag against the arrivals at the server of a constant rate that began at start_ns (CLOCK_MONOTONIC). */
void selftest_add_schedule(
    struct selftest *test, const struct snap_trend *lag, const struct probe_record *records, size_t count, uint64_t start_ns,
    uint64_t period_ns);
/* Response times of `count` arrivals around a stall of the server against those that follow from the schedule. */
void selftest_add_stall(
    struct selftest *test, const struct snap_trend *response, const struct probe_stall *stall, size_t count, uint64_t start_ns,
    uint64_t period_ns);

#endif
