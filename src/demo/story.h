/* What the demo target does to a request: nothing, a delay, an error. Pure: the same seed and the same order of draws give
 * the same faults on every machine. Knows nothing of HTTP libraries, sockets and clocks. Any thread. */
#ifndef ONAGER_STORY_H
#define ONAGER_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/units.h"
#include "random.h"

enum target_endpoint {
#define ENDPOINT(id, name, service_us) ENDPOINT_##id,
#include "endpoint.def"
#undef ENDPOINT
    ENDPOINT_COUNT
};
const char *target_endpoint_name(enum target_endpoint endpoint); /* "list" */

enum target_fault {
    TARGET_NO_FAULT,
    TARGET_LATE_500,  /* 1 to 3 s, then 500 */
    TARGET_QUICK_500, /* 500 at once */
    TARGET_QUICK_400, /* 400 at once */
    TARGET_BUSY_503,  /* 503, as late as an answer */
    TARGET_DELAYED,   /* late, then a good answer */
    TARGET_FAULT_COUNT
};
const char *target_fault_name(enum target_fault fault); /* "late_500" */

/* How the target behaves for a while. */
enum target_mode {
    TARGET_HEALTHY, /* no faults */
    TARGET_FAULTS,  /* list, echo: 10 % late 500, 5 % 400, 3 % delayed by 200 to 700 ms; health: 10 % late 500, then 5 % delayed */
    TARGET_MILD,    /* list, read, echo: 3 % 500 at once, 5 % delayed by 20 to 100 ms */
    TARGET_SLOW,    /* read takes 250 to 450 ms longer, everything else is healthy */
    TARGET_BURST    /* list, read, echo: 60 % 503 */
};

/* A story: acts in the order of their beginning, the first at 0. The last one has no end. It is as long as the run, so each
 * beginning is a share of that. */
struct story_act {
    unsigned from_permille;
    enum target_mode mode;
    const char *text; /* what a person is told when it begins; fits struct command */
};

/* healthy, mild faults, one slow endpoint, a burst of 503, recovery: at 30 s the acts begin at 0, 6, 12, 18 and 22.5 s */
extern const struct story_act story_lesson[];
extern const size_t story_lesson_count;
#define STORY_NS (30 * NS_PER_S)

/* Where a story is; acts and count are borrowed. One owner thread. */
struct story {
    const struct story_act *acts;
    size_t count;
    uint64_t length_ns;
    uint32_t run_number; /* 0: no run yet */
    size_t begun;        /* acts of this run */
};

/* The act that begins now, or NULL. run_number: another one is a re-run, and the story begins again. at_ns: clock of the plan,
 * which stands still in a pause. An act that was over before anybody looked is left out. */
const struct story_act *story_turn(struct story *story, uint32_t run_number, uint64_t at_ns);

struct target_draw {
    enum target_fault fault;
    uint64_t delay_ns; /* before the answer */
};

/* One draw for one request. POST /api/users never gets a fault, in no mode. has_service_times: answers take a few
 * milliseconds, as those of a real service do. */
struct target_draw target_draw(struct random *random, enum target_mode mode, enum target_endpoint endpoint, bool has_service_times);

/* The status of a fault; 0 when the answer is the ordinary one. */
unsigned target_fault_status(enum target_fault fault);

#endif
