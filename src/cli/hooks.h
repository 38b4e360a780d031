/* Commands of [hooks]: each a process of its own in the directory of the plan, for at most 30 s. What happened is in its environment;
 * secrets are not. Main thread; waits. */
#ifndef ONAGER_HOOKS_H
#define ONAGER_HOOKS_H

#include "onager/snapshot.h"

/* Before the first request. 0, or -1 and *err (EXIT_USAGE) when it failed. */
int hooks_start(const struct plan *plan, struct error *err);
/* After everything: `failed` where the exit code is not 0, then `end`. A complaint about one that failed goes to standard error. */
void hooks_end(const struct plan *plan, const struct snapshot *final, int exit_code);

#endif
