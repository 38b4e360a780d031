/* What the texts of a journey are made of: the variables and rows of a VU, and what all VUs of a run share. Worker thread, but for
 * what is said to be shared. */
#ifndef ONAGER_VALUES_H
#define ONAGER_VALUES_H

#include <stdatomic.h>
#include <stdint.h>

#include "dataset.h"
#include "onager/plan.h"
#include "random.h"
#include "secrets.h"

/* Shared by the workers of one run. The counters are relaxed: only that no two get the same counts. */
struct journey_shared {
    const struct plan *plan;
    const struct secrets *secrets;   /* borrowed; immutable */
    struct dataset *const *datasets; /* one per plan.data; immutable */
    struct dataset_cursor *cursors;  /* one per plan.data */
    atomic_uint_fast64_t *counters;  /* plan.counter_count, of generators */
    struct buf *setup_values;        /* one per plan.variables: how setup left them; immutable while VUs run */
    bool keeps_values;               /* this is the run of setup: what its VU has at the end becomes setup_values */
    uint64_t started_wall_ns;
};

/* The journey of one VU. */
struct values {
    struct buf *variables; /* one per plan.variables */
    struct values_row {
        bool has_row;
        struct dataset_row row;
    } * rows; /* one per plan.data */
    struct random *random;
    uint64_t vu;        /* number, from 1; 0: setup and teardown */
    uint64_t iteration; /* from 0 */
    const char *scenario;
};

void values_init(struct values *values, const struct journey_shared *shared);
void values_release(struct values *values, const struct plan *plan);
/* The end of setup: they become what every VU begins with. */
void values_keep(const struct values *values, const struct journey_shared *shared);
/* Before an iteration: forgets the rows of the one before. */
void values_begin(struct values *values, const struct plan *plan);

#endif
