/* What a machine does to a measurement: limits, clocks, processors, terminal. Looks and tells; changes nothing. Main thread. */
#ifndef ONAGER_DOCTOR_H
#define ONAGER_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

enum doctor_topic {
#define DOCTOR(id, name, help) DOCTOR_##id,
#include "doctor.def"
    DOCTOR_COUNT
};

/* GOOD: nothing to do. NOTE: some runs would be better with the cure. BAD: a run would suffer. */
enum doctor_level { DOCTOR_GOOD, DOCTOR_NOTE, DOCTOR_BAD };

struct doctor_finding {
    enum doctor_level level;
    char text[240];
    char cure[200]; /* the command that mends it; "" when there is none to give */
};

const char *doctor_name(enum doctor_topic topic);
const char *doctor_help(enum doctor_topic topic);
const char *doctor_level_name(enum doctor_level level); /* "good" */

/* `root` stands before every path below /proc and /sys ("" for this machine). DOCTOR_TIMER takes about 0.1 s. */
void doctor_look(enum doctor_topic topic, const char *root, struct doctor_finding *finding);

#endif
