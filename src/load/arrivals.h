/* The arrivals of an open scenario that one worker owns, in their order: the curve's integral passes a threshold for each. Even
 * arrivals have the thresholds 0, 1, 2, ...; bursts of N have each that of their first; Poisson arrivals those of a Poisson
 * process of rate 1, so that any curve gives the right process in time. Everybody draws the same thresholds from the seed and
 * takes his own. One owner. Times are ns since the start of the scenario on the plan clock. */
#ifndef ONAGER_ARRIVALS_H
#define ONAGER_ARRIVALS_H

#include "curve.h"
#include "random.h"
#include "segment.h"

struct arrivals {
    struct curve curve;
    struct segment segment;
    uint64_t own;             /* index among the own ones of the next */
    uint64_t next_ns;         /* when it is wanted; UINT64_MAX: there is none */
    uint64_t whole, fraction; /* its threshold: whole + fraction / 2^64 */
    struct random random;
    uint64_t drawn; /* gaps that made the threshold */
};

void arrivals_init(
    struct arrivals *arrivals, const struct plan *plan, size_t scenario, const struct segment *segment, uint64_t start_wall_ns);
void arrivals_release(struct arrivals *arrivals);
/* The next one was taken: on to the one after it. */
void arrivals_take(struct arrivals *arrivals);
/* On to the own arrival `own`, without taking those between. Not backwards. */
void arrivals_jump(struct arrivals *arrivals, uint64_t own);
/* From at_ns on, which is not before an arrival that was taken, other lines hold. */
void arrivals_steer(struct arrivals *arrivals, const struct steering *steering, uint64_t at_ns);
void arrivals_was_paused(struct arrivals *arrivals, uint64_t at_ns, uint64_t paused_ns);

/* An exponential variate of mean 1, in units of 2^-64: *whole and the fraction returned. Exact: it compares random words and
 * computes nothing (von Neumann 1951, "Various techniques used in connection with random digits"). */
uint64_t arrivals_draw_gap(struct random *random, uint64_t *whole);

#endif
