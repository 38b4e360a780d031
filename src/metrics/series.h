/* Series: what one threshold looks at, where that is less than the whole metric. A filter on tags of a row (scenario, group,
 * method, request, url, tags of the scenario) chooses rows; one on the answer (status, expected_response, error) chooses
 * samples. Immutable after series_set_new(); any thread. */
#ifndef ONAGER_SERIES_H
#define ONAGER_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metric.h"
#include "onager/fault.h"
#include "onager/plan.h"

struct series {
    enum metric_id metric;
    size_t threshold;      /* index in plan.thresholds of the first that looks at it */
    bool *scenarios;       /* per scenario: its iterations belong to it */
    uint32_t custom;       /* 1 + index in plan.metrics; 0: `metric` counts */
    bool *checks;          /* CHECKS: per check of a row; NULL for others */
    bool *groups;          /* GROUP_DURATION: by scenario per group of the plan; NULL for others */
    bool *rows;            /* per row: its requests may belong to it */
    bool by_sample;        /* the rest of this must match too */
    int status;            /* -1: any */
    int expected_response; /* -1: any, 0 failed, 1 not failed */
    int error;             /* -1: any, else enum fault */
};

struct series_set {
    struct series *series;
    size_t count, by_sample_count;
    int *of_threshold;      /* per plan threshold: its series, or -1: the whole metric */
    uint32_t *row_scenario; /* per row: its scenario */
    uint32_t row_count;
    uint32_t *row_checks; /* per row: where its checks begin among all; row_count + 1 */
    uint32_t check_count; /* of all rows */
};

struct series_set *series_set_new(const struct plan *plan);
void series_set_free(struct series_set *set);

/* Precision of its histogram: that of the totals where a row shows the same number. */
unsigned series_bits(const struct series *series);

/* First row of a scenario; its rows (plan_scenario_row()) follow. Row numbers are the same everywhere. */
uint32_t series_first_row(const struct plan *plan, size_t scenario);

/* 0 when every tag is known, else -1 and *err names the tag and what there is. */
int series_check_filter(const struct plan *plan, const struct plan_threshold *threshold, struct error *err);

#endif
