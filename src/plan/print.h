/* A plan as the text of a plan file. Any thread. */
#ifndef ONAGER_PLAN_PRINT_H
#define ONAGER_PLAN_PRINT_H

#include "buf.h"
#include "onager/plan.h"

/* Adds the canonical text of what is sent, when and how it is judged: the same plan gives the same bytes, and reading them gives
 * the same plan. Left out: outputs, threads and what only this start says (paused, realtime, require_valid). A body that no
 * INI value can carry becomes a comment with its size and sum. */
void plan_print(const struct plan *plan, struct buf *out);

/* Sets plan->sha256 from the canonical text. */
void plan_set_sha256(struct plan *plan);

#endif
