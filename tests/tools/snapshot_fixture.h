/* Snapshots of the Checkout plan of the design pictures, with their very numbers, for the tests of everything that shows
 * numbers: dashboard, progress line, summary, outputs. The history_* functions of onager/history.h read the fixture's own
 * history when fixture_history.c is linked; the fields of struct fixture are open, so that a test can bend one value. */
#ifndef SNAPSHOT_FIXTURE_H
#define SNAPSHOT_FIXTURE_H

#include "onager/snapshot.h"

enum fixture_scene {
    FIXTURE_RUNNING,  /* 02:14 of 03:30, VALID, everything passes */
    FIXTURE_DEGRADED, /* 01:36 of 03:30, arrivals are dropped */
    FIXTURE_FINISHED, /* 03:30, exit 0 */
    FIXTURE_READY     /* waits for its start */
};

struct fixture {
    struct snapshot snapshot;
    struct plan plan;
    struct plan_scenario plan_scenarios[2];
    struct plan_threshold plan_thresholds[5];
    struct plan_tag filter;
    struct snap_row rows[4];
    struct snap_status statuses[5][3]; /* of all, then of each row */
    struct snap_error errors[3];
    struct snap_scenario scenarios[2];
    struct snap_threshold thresholds[5];
    struct snap_reason reason;
    struct snap_worker workers[2];
    struct snap_event events[4];
};

struct fixture *fixture_new(enum fixture_scene scene); /* aborts when out of memory */
void fixture_free(struct fixture *fixture);

/* A history of its own, filled second by second; fixture_history.c. */
struct history *fixture_history_new(enum fixture_scene scene);
void fixture_history_free(struct history *history);
/* Publishes only the first `points` seconds, so that a run can be played. */
void fixture_history_limit(struct history *history, size_t points);

#endif
