/* What journeys need before a run and between runs: secrets, data sets, requests that are built once. Made by the thread that makes
 * the engine; immutable while runs go on, but for what a run shares among its workers. */
#ifndef ONAGER_JOURNEYS_H
#define ONAGER_JOURNEYS_H

#include "compose.h"
#include "net.h"
#include "secrets.h"
#include "values.h"

struct journeys {
    const struct plan *plan;
    struct secrets secrets;
    struct dataset **datasets; /* one per plan.data */
    struct composed *fixed;    /* one per plan request: texts of those that are built once */
    struct buf *setup_values;  /* one per plan.variables: written by setup, read by the runs after it */
};

/* Asks for secrets and opens data sets: may wait. -1 and *err. */
int journeys_init(struct journeys *journeys, const struct plan *plan, struct error *err);
/* The plan's request `index` as bytes, sent as `variation` says; what varies is composed later. */
void journeys_build_request(struct journeys *journeys, size_t index, struct net_request *request, const struct net_variation *variation);
void journeys_release(struct journeys *journeys);

/* What the workers of one run share: cursors and counters at their beginning. Owned. */
struct journey_shared *journeys_share(struct journeys *journeys);
void journeys_unshare(struct journey_shared *shared); /* NULL is fine */

#endif
