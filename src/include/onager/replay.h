/* A run written down as a plan: what really happened, with pauses, changes of the load and spikes as stages that jump, so that it
 * can be run again. Pure but for the file; any thread that holds the snapshot. */
#ifndef ONAGER_REPLAY_H
#define ONAGER_REPLAY_H

#include <stddef.h>

#include "onager/error.h"
#include "onager/snapshot.h"

/* Writes the plan of what happened until the snapshot. A file that is there already is replaced whole or not at all. path NULL:
 * a new file in the current directory, named by the time of the day. `name` gets the path. 0, or -1 and *err (EXIT_OUTPUT). */
int onager_replay_save(const struct snapshot *snapshot, const char *path, char *name, size_t size, struct error *err);

#endif
