/* The recorder: a thread of its own that waits for the end of each run and writes the outputs, so that neither the dashboard
 * nor the engine ever waits for a disk. A client of the engine like any other. */
#ifndef ONAGER_RECORDER_H
#define ONAGER_RECORDER_H

#include "onager/engine.h"
#include "output.h"

struct recorder;

/* Before onager_engine_start(). Borrows outputs. NULL and *err when the thread cannot be started. */
struct recorder *recorder_start(struct engine *engine, struct outputs *outputs, struct error *err);
/* Waits until the final snapshot of run `run_number` is written, ends the thread and returns that snapshot, which stays valid
 * until recorder_free(). *complaints: a line for each output of any run that lost data. Main thread. */
const struct snapshot *recorder_finish(struct recorder *recorder, unsigned run_number, struct buf *complaints);
/* Before onager_engine_free(). Ends a thread that still runs. NULL is allowed. */
void recorder_free(struct recorder *recorder);

#endif
