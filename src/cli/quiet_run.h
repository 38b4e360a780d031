/* A run from its start to its end without a screen, for commands that make several. Main thread. */
#ifndef ONAGER_QUIET_RUN_H
#define ONAGER_QUIET_RUN_H

#include "onager/engine.h"

/* Runs plan (borrowed). `see` is shown every snapshot that is not skipped, the final one last. Signals of the user stop the run, then
 * kill it (signals_install() is the caller's). author: of what is done to the run. 0, or -1 and *err when nothing could start. */
int quiet_run(
    const struct plan *plan, const char *author, void (*see)(void *data, const struct snapshot *snapshot), void *data, struct error *err);

#endif
