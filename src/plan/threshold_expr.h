/* The grammar of thresholds, both spellings:
 *
 *   METRIC[{tag:value,...}] : [AGGREGATE] OP LIMIT [over=30s] [abort] [grace=10s] [delay=5s] [optional] {, ...}
 *   METRIC{p95}: < 500ms                 an item without ':' in braces is the aggregate
 *   p95<300ms  failed<1%  rate>450/s     short forms, of http_req_duration, http_req_failed, http_reqs
 *
 * Pure; any thread. Whether the tags name something of a plan is checked by whoever knows the plan. */
#ifndef ONAGER_THRESHOLD_EXPR_H
#define ONAGER_THRESHOLD_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "onager/plan.h"

struct threshold_list {
    const struct plan *plan; /* whose own metrics are known too; NULL: no such */
    struct plan_threshold *items;
    size_t count;
};

struct threshold_problem {
    bool is_in_head; /* offset counts from the metric's name, else from the expressions */
    size_t offset;
    char text[256]; /* lower case, no full stop */
};

/* Adds what `head` ("http_req_duration{request:login}") and `expressions` ("p(95)<500, p(99)<900 abort") say.
 * false: a mistake, *problem says which, and the list is unchanged. */
bool threshold_parse(struct threshold_list *list, const char *head, const char *expressions, struct threshold_problem *problem);

/* The same for one argument: "METRIC: EXPRESSIONS", or short forms with commas between them. Offsets count from `text`. */
bool threshold_parse_line(struct threshold_list *list, const char *text, struct threshold_problem *problem);

void threshold_release(struct plan_threshold *threshold); /* what it owns */
void threshold_list_release(struct threshold_list *list);

#endif
