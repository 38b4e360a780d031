/* The lesson: a thread of its own, a client of the engine like any other, that follows the run, makes the target behave as the
 * story says and puts a mark on the time line when an act begins. It knows nothing of the screen. */
#ifndef ONAGER_LESSON_H
#define ONAGER_LESSON_H

#include "onager/engine.h"
#include "target.h"

struct lesson;

/* Before onager_engine_start(). The story takes length_ns of each run. Borrows target. NULL and *err when the thread cannot
 * be started. */
struct lesson *lesson_start(struct engine *engine, struct target *target, uint64_t length_ns, struct error *err);
void lesson_stop(struct lesson *lesson); /* before onager_engine_free(); joins; NULL is allowed */

#endif
