/* Requests a second as a line of blocks, from the history. Pure; the thread that holds the snapshot. */
#ifndef ONAGER_SPARKLINE_H
#define ONAGER_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "onager/history.h"

/* Requests a second in the newest `columns` columns of `step_s` seconds, oldest first, the last ending at the newest second.
 * The part of a second in which a run ended (at_ns: its clock) is left out, here and below. Returns how many there are. */
size_t sparkline_latest(double *values, size_t columns, const struct history *history, uint64_t at_ns, unsigned step_s);
/* The whole run in exactly `columns` columns (fewer when it has fewer seconds). *peak: the most in one interval, a second. */
size_t sparkline_whole(double *values, size_t columns, const struct history *history, uint64_t at_ns, double *peak);
/* Eight levels of blocks; in ASCII " .:-=+*#%". The largest value reaches the top. */
void sparkline_add(struct buf *out, const double *values, size_t count, bool utf8);

#endif
