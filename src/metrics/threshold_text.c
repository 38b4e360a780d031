/* What of a threshold is arithmetic and words: does it hold, how much is to spare, how do tables call it. Pure. */
#include "aggregate_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool threshold_holds(const struct plan_threshold *plan, double value)
{
    switch (plan->op) {
    case OP_LESS:
        return value < plan->limit;
    case OP_LESS_EQUAL:
        return value <= plan->limit;
    case OP_GREATER:
        return value > plan->limit;
    case OP_GREATER_EQUAL:
        return value >= plan->limit;
    case OP_EQUAL:
        return value == plan->limit;
    case OP_NOT_EQUAL:
        return value != plan->limit;
    }
    return false;
}

/* Share to spare: of the limit; above a share, of what there is above it (0.9973 of > 0.99: 73 %). Where there is no room it is
 * all or nothing, and for = and != it has no meaning. */
double threshold_margin(const struct plan_threshold *plan, enum metric_type type, double value)
{
    double room = plan->limit, spare = plan->limit - value;

    if (plan->op == OP_EQUAL || plan->op == OP_NOT_EQUAL)
        return NAN;
    if (plan->op == OP_GREATER || plan->op == OP_GREATER_EQUAL) {
        spare = value - plan->limit;
        if (type == METRIC_RATE)
            room = 1 - plan->limit;
    }
    if (room > 0)
        return spare / room;
    return threshold_holds(plan, value) ? 1 : -1;
}

bool threshold_is_worse(const struct plan_threshold *plan, double value, double than)
{
    if (isnan(than))
        return true;
    if (plan->op == OP_EQUAL || plan->op == OP_NOT_EQUAL)
        return threshold_holds(plan, than) && !threshold_holds(plan, value);
    return plan->op == OP_GREATER || plan->op == OP_GREATER_EQUAL ? value < than : value > than;
}

/* The metric in a table: most people's first thought needs no name. */
static const char *short_name(enum metric_id metric)
{
    static const struct {
        enum metric_id metric;
        const char *name;
    } names[] = {
        { METRIC_ID_HTTP_REQ_DURATION, "" },
        { METRIC_ID_HTTP_REQS, "requests" },
        { METRIC_ID_HTTP_REQ_RESPONSE_TIME, "response" },
        { METRIC_ID_ITERATION_DURATION, "iteration" },
        { METRIC_ID_ITERATION_RESPONSE_TIME, "iteration response" },
        { METRIC_ID_DROPPED_ITERATIONS, "dropped" },
        { METRIC_ID_SCHEDULE_LAG, "lag" },
        { METRIC_ID_DATA_SENT, "sent" },
        { METRIC_ID_DATA_RECEIVED, "received" },
    };
    const char *name = metric_info(metric)->name;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].metric == metric)
            return names[i].name;
    return strncmp(name, "http_req_", 9) == 0 ? name + 9 : name;
}

/* "p(95)<500", "login p(99)<800", "failed<0.01 in 30s", "vus<50": rate of a share and value of a gauge go without saying. */
void threshold_display(const struct plan_threshold *plan, char *out, size_t size)
{
    bool is_custom = plan->custom != 0;
    enum metric_id metric = is_custom ? METRIC_ID_COUNT : (enum metric_id)metric_find(plan->metric);
    const char *name = is_custom ? plan->metric : short_name(metric), *expression = plan->expression, *gap = name[0] != '\0' ? " " : "";
    const char *implied = !is_custom && plan->aggregate == AGG_RATE && metric_info(metric)->type == METRIC_RATE ? "rate"
                          : plan->aggregate == AGG_VALUE                                                        ? "value"
                                                                                                                : "";
    struct buf text;
    char window[32];

    if (implied[0] != '\0' && strncmp(expression, implied, strlen(implied)) == 0) {
        expression += strlen(implied);
        gap = "";
    }
    buf_init(&text);
    for (size_t i = 0; i < plan->filter_count; i++)
        buf_addf(&text, "%s ", plan->filter[i].value);
    buf_addf(&text, "%s%s%s", name, gap, expression);
    if (plan->over_ns > 0)
        buf_addf(&text, " in %s", units_format_duration(window, sizeof window, plan->over_ns));
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}
