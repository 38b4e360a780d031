/* Steering of one run: what every command makes of the departure of its scenarios from the plan, the way back, and the list of
 * what was changed. Knows no worker and no clock: it is told the plan time. Pure but for its own memory; control thread. */
#ifndef ONAGER_STEER_H
#define ONAGER_STEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/engine.h"
#include "steered.h"

#define STEER_UNDO_LEVELS 64 /* older changes cannot be taken back */
#define STEER_CHANGES 4096   /* of a run; their place is fixed, so that snapshots may point there */
#define STEER_TEXT 136

struct steer {
    const struct plan *plan;
    struct steering *now, *next;  /* per scenario; next: what steer_try() made of it */
    struct steering *undo;        /* STEER_UNDO_LEVELS states of all scenarios, the newest last */
    size_t undo_count, undo_left; /* undo_left: what a tried undo would leave */
    struct steer_change *changes; /* append-only: what was handed out never changes */
    size_t change_count;
    char text[STEER_TEXT]; /* of the last try: what it means, in units: "rate 50/s to 55/s" */
};

/* Borrows plan. */
void steer_init(struct steer *steer, const struct plan *plan);
void steer_release(struct steer *steer);

/* Works out steer->next and steer->text for a command that steers the load. -1 and *err when it cannot be done: why, one line. */
int steer_try(struct steer *steer, const struct command *command, uint64_t plan_ns, struct error *err);
/* For tries of a server that may be sick: what holds now, times ppm from here on; LEVEL_AS_PLANNED_PPM ends it. Into
 * steer->next; nobody's change, so it is no level of undo. A spike that somebody asked for ends with it. */
void steer_try_load(struct steer *steer, uint64_t ppm, uint64_t plan_ns);
/* What was tried holds from here on and is written down. */
void steer_take(struct steer *steer, enum command_kind kind, uint64_t at_ns, uint64_t plan_ns);

/* Writes down a pause or its end. */
void steer_note(struct steer *steer, enum change_kind kind, uint64_t at_ns, uint64_t plan_ns);

/* Whether a spike that somebody asked for is over since `before_ns`; text: what it came to. */
bool steer_spike_ended(const struct steer *steer, uint64_t before_ns, uint64_t plan_ns, char *text, size_t size);

#endif
