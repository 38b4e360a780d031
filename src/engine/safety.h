/* The safety of a run: a rule that ends it, and a breaker that pauses it and tries again.
 *
 *   closed --the rule held long enough--> open (paused) --resume is over--> half open (a tenth of the load)
 *      ^                                     ^                                  |
 *      |                                     +-------- the tries failed --------+
 *      +------------------------------- the tries were good --------------------+
 *
 * Control thread; the clock is the run's, so it goes on in a pause. */
#ifndef ONAGER_SAFETY_H
#define ONAGER_SAFETY_H

#include <stdbool.h>
#include <stdint.h>

#include "run.h"
#include "webhook.h"

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct safety {
    uint64_t next_second; /* of the run: the first that was not looked at */
    uint64_t abort_held_ns, breaker_held_ns;
    enum breaker_state breaker;
    uint64_t opened_ns;  /* run clock */
    uint64_t trying_ns;  /* run clock: half open since */
    uint64_t tried, bad; /* seconds with samples while half open, and those in which the rule held */
    struct webhooks webhooks;
};

void safety_release(struct safety *safety);
/* A new run begins. */
void safety_reset(struct safety *safety);
/* After run_tick(): does what the rules ask for. True when something happened. */
bool safety_tick(struct safety *safety, struct run *run, uint64_t now_ns);

#endif
