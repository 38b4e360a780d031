/* Series: the rows and samples that a threshold's filter chooses. */
#include "series.h"

#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "mem.h"

uint32_t series_first_row(const struct plan *plan, size_t scenario)
{
    uint32_t row = 0;

    for (size_t s = 0; s < scenario; s++)
        row += (uint32_t)plan_scenario_row_count(&plan->scenarios[s]);
    return row;
}

unsigned series_bits(const struct series *series)
{
    return series->metric == METRIC_ID_HTTP_REQ_DURATION ? HIST_FINE_BITS : HIST_COARSE_BITS;
}

/* The value of a tag of that row, or NULL when the tag says nothing about rows; without a row, of the scenario. */
static const char *row_tag(const struct plan *plan, const struct plan_scenario *scenario, const struct plan_use *row, const char *tag)
{
    const struct plan_request *request = row != NULL ? &plan->requests[row->request] : NULL;

    if (strcmp(tag, "scenario") == 0)
        return scenario->name;
    if (strcmp(tag, "group") == 0)
        return row != NULL ? plan_group(plan, row->group) : "";
    if (request != NULL && strcmp(tag, "method") == 0)
        return request->method;
    if (request != NULL && (strcmp(tag, "request") == 0 || strcmp(tag, "name") == 0))
        return request->name;
    if (request != NULL && strcmp(tag, "url") == 0)
        return request->url;
    for (size_t i = 0; i < scenario->tag_count; i++)
        if (strcmp(tag, scenario->tags[i].name) == 0)
            return scenario->tags[i].value;
    return NULL;
}

static bool is_sample_tag(const char *tag)
{
    return strcmp(tag, "status") == 0 || strcmp(tag, "expected_response") == 0 || strcmp(tag, "error") == 0;
}

static int fault_find(const char *name)
{
    for (int f = 1; f < FAULT_COUNT; f++)
        if (strcmp(fault_name((enum fault)f), name) == 0)
            return f;
    return FAULT_COUNT;
}

static void take_sample_tag(struct series *series, const struct plan_tag *tag)
{
    series->by_sample = true;
    if (strcmp(tag->name, "status") == 0)
        series->status = (int)strtol(tag->value, NULL, 10);
    else if (strcmp(tag->name, "error") == 0)
        series->error = fault_find(tag->value);
    else
        series->expected_response = strcmp(tag->value, "true") == 0;
}

static bool matches(
    const struct plan *plan, const struct plan_threshold *threshold, const struct plan_scenario *scenario, const struct plan_use *row)
{
    for (size_t i = 0; i < threshold->filter_count; i++) {
        const char *value;

        if (row != NULL && (is_sample_tag(threshold->filter[i].name) || strcmp(threshold->filter[i].name, "check") == 0))
            continue;
        value = row_tag(plan, scenario, row, threshold->filter[i].name);
        if (value == NULL || strcmp(value, threshold->filter[i].value) != 0)
            return false;
    }
    return true;
}

/* Checks and groups have tags of their own, which matches() does not know. */
static bool names(const struct plan_threshold *threshold, const char *tag, const char *value)
{
    for (size_t i = 0; i < threshold->filter_count; i++)
        if (strcmp(threshold->filter[i].name, tag) == 0 && strcmp(threshold->filter[i].value, value) != 0)
            return false;
    return true;
}

static void choose_checks(
    struct series *series, const struct series_set *set, const struct plan *plan, const struct plan_threshold *threshold)
{
    series->checks = mem_array(set->check_count, sizeof *series->checks);
    for (uint32_t r = 0; r < set->row_count; r++) {
        const struct plan_scenario *scenario = &plan->scenarios[set->row_scenario[r]];
        struct plan_use row = plan_scenario_row(scenario, r - series_first_row(plan, set->row_scenario[r]));

        for (uint32_t c = set->row_checks[r]; c < set->row_checks[r + 1]; c++)
            series->checks[c] = matches(plan, threshold, scenario, &row) &&
                                names(threshold, "check", plan->requests[row.request].checks[c - set->row_checks[r]].name);
    }
}

/* The tags but `group`, which is the group's. */
static bool scenario_matches(const struct plan *plan, const struct plan_threshold *threshold, const struct plan_scenario *scenario)
{
    for (size_t i = 0; i < threshold->filter_count; i++) {
        const char *value = row_tag(plan, scenario, NULL, threshold->filter[i].name);

        if (strcmp(threshold->filter[i].name, "group") != 0 && (value == NULL || strcmp(value, threshold->filter[i].value) != 0))
            return false;
    }
    return true;
}

static void choose_groups(struct series *series, const struct plan *plan, const struct plan_threshold *threshold)
{
    series->groups = mem_array(plan->scenario_count * plan->group_count, sizeof *series->groups);
    for (size_t s = 0; s < plan->scenario_count; s++)
        for (size_t g = 0; g < plan->group_count; g++)
            series->groups[s * plan->group_count + g] =
                names(threshold, "group", plan->groups[g]) && scenario_matches(plan, threshold, &plan->scenarios[s]);
}

static bool is_of_requests(enum metric_id metric)
{
    return metric <= METRIC_ID_HTTP_REQ_FAILED || metric == METRIC_ID_DATA_SENT || metric == METRIC_ID_DATA_RECEIVED;
}

static void series_build(struct series *series, const struct series_set *set, const struct plan *plan, size_t index)
{
    uint32_t row_count = set->row_count;
    const struct plan_threshold *threshold = &plan->thresholds[index];

    *series = (struct series){ .metric = threshold->custom != 0 ? METRIC_ID_COUNT : (enum metric_id)metric_find(threshold->metric),
                               .custom = threshold->custom,
                               .threshold = index,
                               .scenarios = mem_array(plan->scenario_count, sizeof *series->scenarios),
                               .rows = mem_array(row_count, sizeof *series->rows),
                               .status = -1,
                               .expected_response = -1,
                               .error = -1 };
    for (size_t i = 0; i < threshold->filter_count; i++)
        if (is_of_requests(series->metric) && is_sample_tag(threshold->filter[i].name))
            take_sample_tag(series, &threshold->filter[i]);
    if (series->metric == METRIC_ID_CHECKS)
        choose_checks(series, set, plan, threshold);
    if (series->metric == METRIC_ID_GROUP_DURATION)
        choose_groups(series, plan, threshold);
    for (size_t s = 0; s < plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &plan->scenarios[s];
        uint32_t first = series_first_row(plan, s);

        series->scenarios[s] = !series->by_sample && matches(plan, threshold, scenario, NULL);
        for (size_t r = 0; r < plan_scenario_row_count(scenario); r++) {
            struct plan_use row = plan_scenario_row(scenario, r);

            series->rows[first + r] = is_of_requests(series->metric) && matches(plan, threshold, scenario, &row);
        }
    }
}

static bool same_filter(const struct plan_threshold *a, const struct plan_threshold *b)
{
    if (strcmp(a->metric, b->metric) != 0 || a->filter_count != b->filter_count)
        return false;
    for (size_t i = 0; i < a->filter_count; i++)
        if (strcmp(a->filter[i].name, b->filter[i].name) != 0 || strcmp(a->filter[i].value, b->filter[i].value) != 0)
            return false;
    return true;
}

static int find_same(const struct series_set *set, const struct plan *plan, size_t threshold)
{
    for (size_t i = 0; i < set->count; i++)
        if (same_filter(&plan->thresholds[set->series[i].threshold], &plan->thresholds[threshold]))
            return (int)i;
    return -1;
}

static void count_checks(struct series_set *set, const struct plan *plan)
{
    set->row_checks = mem_array(set->row_count + 1, sizeof *set->row_checks);
    for (uint32_t r = 0; r < set->row_count; r++) {
        uint32_t s = set->row_scenario[r];
        struct plan_use row = plan_scenario_row(&plan->scenarios[s], r - series_first_row(plan, s));

        set->row_checks[r] = set->check_count;
        set->check_count += (uint32_t)plan->requests[row.request].check_count;
    }
    set->row_checks[set->row_count] = set->check_count;
}

struct series_set *series_set_new(const struct plan *plan)
{
    struct series_set *set = mem_alloc(sizeof *set);

    set->row_count = series_first_row(plan, plan->scenario_count);
    set->row_scenario = mem_array(set->row_count, sizeof *set->row_scenario);
    for (size_t s = 0; s < plan->scenario_count; s++)
        for (size_t r = 0; r < plan_scenario_row_count(&plan->scenarios[s]); r++)
            set->row_scenario[series_first_row(plan, s) + r] = (uint32_t)s;
    count_checks(set, plan);
    set->series = mem_array(plan->threshold_count, sizeof *set->series);
    set->of_threshold = mem_array(plan->threshold_count, sizeof *set->of_threshold);
    for (size_t i = 0; i < plan->threshold_count; i++) {
        set->of_threshold[i] = -1;
        if (plan->thresholds[i].filter_count == 0 && plan->thresholds[i].over_ns == 0 && plan->thresholds[i].custom == 0)
            continue; /* the totals say it */
        set->of_threshold[i] = find_same(set, plan, i);
        if (set->of_threshold[i] >= 0)
            continue;
        series_build(&set->series[set->count], set, plan, i);
        set->by_sample_count += set->series[set->count].by_sample;
        set->of_threshold[i] = (int)set->count++;
    }
    return set;
}

void series_set_free(struct series_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++) {
        free(set->series[i].scenarios);
        free(set->series[i].rows);
        free(set->series[i].checks);
        free(set->series[i].groups);
    }
    free(set->series);
    free(set->of_threshold);
    free(set->row_scenario);
    free(set->row_checks);
    free(set);
}

int series_check_filter(const struct plan *plan, const struct plan_threshold *threshold, struct error *err)
{
    for (size_t i = 0; i < threshold->filter_count; i++) {
        const struct plan_tag *tag = &threshold->filter[i];
        bool is_known = is_sample_tag(tag->name) || (strcmp(tag->name, "check") == 0 && strcmp(threshold->metric, "checks") == 0);

        if (threshold->custom != 0)
            return error_set(err, EXIT_PLAN, "%s is a metric of the plan's own: it is not divided by tags", threshold->metric);

        if (strcmp(tag->name, "error") == 0 && fault_find(tag->value) == FAULT_COUNT)
            return error_set(err, EXIT_PLAN, "tag error has no kind \"%s\": man onager lists them", tag->value);
        for (size_t s = 0; s < plan->scenario_count && !is_known; s++) {
            struct plan_use first = plan_scenario_row(&plan->scenarios[s], 0);

            is_known = row_tag(plan, &plan->scenarios[s], &first, tag->name) != NULL;
        }
        if (!is_known)
            return error_set(
                err, EXIT_PLAN,
                "unknown tag \"%s\": there are scenario, group, method, request, url, status, expected_response, error and the "
                "tags of the scenarios",
                tag->name);
    }
    return 0;
}
