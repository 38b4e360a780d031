/* When a request is sent again, as text: "2 on connect, 503 backoff 100ms..2s". Pure; any thread. */
#ifndef ONAGER_PLAN_RETRY_H
#define ONAGER_PLAN_RETRY_H

#include <stdbool.h>

#include "buf.h"
#include "onager/plan.h"

/* "0", or a count up to 100, what for (statuses, ranges of them, names of faults, connect, timeout, error; connect when it is
 * not said) and the waits before the first and at most before a later one (none when it is not said). false: it is none. */
bool retry_parse(struct plan_retry *retry, const char *text);
void retry_print(struct buf *out, const struct plan_retry *retry);

#endif
