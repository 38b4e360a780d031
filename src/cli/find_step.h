/* One step of a search: a run at a constant rate, and what it says about that rate. Main thread. */
#ifndef ONAGER_FIND_STEP_H
#define ONAGER_FIND_STEP_H

#include "args.h"
#include "find_search.h"
#include "onager/snapshot.h"

struct find_step {
    struct find_ask ask;
    enum find_result result;
    char why[200]; /* "" when it passed in a VALID run */
    enum verdict_level verdict;
    uint64_t planned, started, dropped, requests, failed;
    double rate; /* iterations started a second */
    struct snap_trend duration, response;
};

/* Makes the one scenario of a plan an open model of a constant rate, for a plan that no engine has. most_vus: 0 as for a URL. */
void find_shape_plan(struct plan *plan, const struct find_ask *ask, uint64_t most_vus);

/* Fills everything but step->ask from the end of the run. */
void find_judge(struct find_step *step, const struct snapshot *final);

/* Runs the plan (borrowed) to its end; a line that is kept up to date on a terminal when is_shown. 0, or -1 and *err when nothing
 * could start. */
int find_step_run(struct find_step *step, const struct plan *plan, bool is_shown, struct error *err);

#endif
