/* A plan as it was resolved, and where each value came from. Main thread. Nothing is executed, no secret is asked for. */
#ifndef ONAGER_INSPECT_H
#define ONAGER_INSPECT_H

#include "buf.h"
#include "plan_build.h"

enum inspect_format { INSPECT_TEXT, INSPECT_JSON };

/* Adds the plan: as text that is itself a plan (origins in comments), or as JSON (onager.inspect/1). 0, or -1 and *err as
 * plan_build(). */
int plan_inspect(
    const struct plan_request_by_user *from, enum inspect_format format, struct buf *out, struct buf *notes, struct error *err);

/* Requests of one iteration without redirects and retries: at least and at most, as far as it is bounded (a while counts from 0 to
 * its most rounds). */
void inspect_requests(const struct plan_scenario *scenario, double *least, double *most);

#endif
