/* The search for the highest rate that keeps an SLO: which rate to try next, from the results so far. Pure; knows no network and
 * no clock. One owner.
 *
 *   bracket: min, doubled while it passes, up to max -> bisect between the last that passed and the first that failed, until they
 *   are within `precision` -> confirm the one that passed for longer. What fails there gives way to a rate a bit lower. After three
 *   failures in a row there, or four of the bisection, baseline: is the minimum still as good as at the begin? If not, the target
 *   gets worse by itself, and no rate means anything. */
#ifndef ONAGER_FIND_SEARCH_H
#define ONAGER_FIND_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum find_phase { FIND_BRACKET, FIND_BISECT, FIND_CONFIRM, FIND_BASELINE };
const char *find_phase_name(enum find_phase phase);

enum find_result {
    FIND_PASSED,
    FIND_FAILED,
    FIND_NOT_VALID, /* the generator, not the target, may have been the reason: tried once more, then the rate is given up */
    FIND_STOPPED    /* by the user */
};

enum find_outcome {
    FIND_GOES_ON,
    FIND_SUSTAINED,     /* a rate was confirmed, and a higher one fails */
    FIND_MAX_SUSTAINED, /* the highest rate allowed was confirmed */
    FIND_BELOW_MINIMUM, /* the lowest fails already */
    FIND_DEGRADES,      /* the lowest was good and is not any more */
    FIND_UNSTABLE,      /* rates that passed fail when they are to hold, although the lowest stays good */
    FIND_GENERATOR,     /* even the lowest was never measured well */
    FIND_ENDED          /* by the user */
};

struct find_plan {
    uint64_t min, max;      /* iterations a second, 0 < min <= max */
    uint32_t precision_ppm; /* of the rate */
    uint64_t step_ns, hold_ns;
};

struct find_ask {
    enum find_phase phase;
    uint64_t rate, duration_ns;
};

struct find {
    struct find_plan plan;
    enum find_phase phase;
    enum find_outcome outcome;
    uint64_t rate;            /* being tried */
    uint64_t low, high;       /* the highest that passed and the lowest that did not; 0: none yet */
    bool is_high_generators;  /* high is where the generator gave up, not the target */
    bool is_repeated;         /* the last try was not valid */
    unsigned confirms_failed; /* since the last baseline */
    unsigned bisects_failed;  /* one after the other, without a baseline between */
    bool is_bisecting;        /* the baseline is one of the bisection */
    bool is_second_round;
    uint64_t first_p99_ns; /* at the minimum, at the begin */
    uint64_t sustained;    /* 0: none */
    uint64_t breaking;     /* the lowest rate that the target failed at; 0: none */
};

void find_init(struct find *find, const struct find_plan *plan);
/* What to try next; false: the search is over. */
bool find_next(const struct find *find, struct find_ask *ask);
/* How it went. p99_ns: of the duration, for the baseline. */
void find_tell(struct find *find, enum find_result result, uint64_t p99_ns);

/* The knee of a curve of latency over rate: the highest rate whose p99 is at most twice that of the lowest rate. Points in any order. */
struct find_point {
    uint64_t rate, p99_ns;
};
uint64_t find_knee(const struct find_point *points, size_t count);

#endif
