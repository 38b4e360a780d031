/* A plan as the text of a plan file. Any thread. */
#ifndef ONAGER_PLAN_PRINT_H
#define ONAGER_PLAN_PRINT_H

#include "buf.h"
#include "onager/plan.h"

enum print_mode {
    PRINT_CANONICAL, /* for the sum: credentials as ***, files by their name without the folder */
    PRINT_REDACTED,  /* credentials as *** */
    PRINT_VERBATIM,  /* for people who want to keep it: literals and paths as they are */
};

/* Adds the text of what is sent, when and how it is judged: the same plan gives the same bytes, and reading them gives the same
 * plan. Left out: outputs, threads and what only this start says (paused, realtime, require_valid). A body of more than 900,000 bytes
 * as text becomes a comment with its size and sum. */
void plan_print(const struct plan *plan, struct buf *out, enum print_mode mode);

void print_sum(struct buf *out, const void *bytes, size_t length); /* SHA-256 in hexadecimal */

/* Sets plan->sha256 from the canonical text. */
void plan_set_sha256(struct plan *plan);

#endif
