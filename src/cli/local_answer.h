/* What a run says through its socket: lines of JSON. Pure. */
#ifndef ONAGER_LOCAL_ANSWER_H
#define ONAGER_LOCAL_ANSWER_H

#include <stdbool.h>

#include "buf.h"
#include "onager/snapshot.h"

/* Each adds one line. snapshot may be NULL: nothing is known yet. */
void local_hello(struct buf *out, const struct plan *plan, const struct snapshot *snapshot);
void local_status(struct buf *out, const struct snapshot *snapshot);
void local_stats(struct buf *out, const struct snapshot *snapshot);
void local_reply(struct buf *out, bool is_good, const char *text);

#endif
