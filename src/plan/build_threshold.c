/* [thresholds] and --threshold to struct plan_threshold; tags must name something of the plan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "mem.h"
#include "metric.h"
#include "nearest.h"
#include "onager/fault.h"
#include "threshold_expr.h"

/* Says that `value` is none of a tag's values. */
static void unknown_value(struct build *build, const struct setting *setting, const struct plan_tag *tag, const struct nearest *nearest)
{
    unsigned column = setting->place.key_column;
    char shown[SHOWN_SIZE], where[80] = "";

    if (setting->place.origin != ORIGIN_PLAN)
        snprintf(where, sizeof where, "%.60s: ", setting->place.shown);
    shown_value(shown, tag->value);
    if (nearest->best != NULL)
        mistake_at(
            &build->mistakes, &setting->place, column, "%s{%s:%s}: there is no such %s: did you mean \"%s\"?", where, tag->name, shown,
            tag->name, nearest->best);
    else
        mistake_at(&build->mistakes, &setting->place, column, "%s{%s:%s}: there is no such %s", where, tag->name, shown, tag->name);
}

/* Compares a tag's value with one that exists. */
static bool meets(struct nearest *nearest, const char *value, const char *known)
{
    nearest_try(nearest, known);
    return strcmp(value, known) == 0;
}

/* Whether a custom tag of some scenario has this name (*has_name) and value. */
static bool find_custom(const struct document *document, const struct plan_tag *tag, struct nearest *nearest, bool *has_name)
{
    bool is_found = false;

    *has_name = false;
    for (size_t i = 0; i < document->count; i++)
        for (size_t j = 0; j < document->sections[i].count; j++) {
            const struct setting *setting = &document->sections[i].settings[j];

            if (setting->key != KEY_SCENARIO_TAG || strcmp(setting->name, tag->name) != 0)
                continue;
            *has_name = true;
            is_found |= meets(nearest, tag->value, setting->value);
        }
    return is_found;
}

/* ---- which tags a metric has ---- */

enum tag_set {
    TAGS_OF_ROWS = 1,    /* request, method, url, group */
    TAGS_OF_SAMPLES = 2, /* status, expected_response, error */
    TAG_GROUP = 4,
    TAG_CHECK = 8,
    TAGS_OF_SCENARIOS = 16,
};

static unsigned tags_of(const struct plan_threshold *threshold)
{
    int id = threshold->custom != 0 ? -1 : metric_find(threshold->metric);

    if (id < 0)
        return 0;
    if (id == METRIC_ID_CHECKS)
        return TAGS_OF_ROWS | TAG_GROUP | TAG_CHECK | TAGS_OF_SCENARIOS;
    if (id == METRIC_ID_GROUP_DURATION)
        return TAG_GROUP | TAGS_OF_SCENARIOS;
    if (id <= METRIC_ID_HTTP_REQ_FAILED || id == METRIC_ID_DATA_SENT || id == METRIC_ID_DATA_RECEIVED)
        return TAGS_OF_ROWS | TAG_GROUP | TAGS_OF_SAMPLES | TAGS_OF_SCENARIOS;
    return TAGS_OF_SCENARIOS;
}

static unsigned set_of(const char *tag)
{
    static const struct {
        const char *name;
        unsigned set;
    } tags[] = {
        { "request", TAGS_OF_ROWS },  { "method", TAGS_OF_ROWS },    { "url", TAGS_OF_ROWS },
        { "group", TAG_GROUP },       { "status", TAGS_OF_SAMPLES }, { "expected_response", TAGS_OF_SAMPLES },
        { "error", TAGS_OF_SAMPLES }, { "check", TAG_CHECK },
    };

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (strcmp(tags[i].name, tag) == 0)
            return tags[i].set;
    return TAGS_OF_SCENARIOS;
}

/* false, and said: the metric has no such tag. */
static bool has_tag(struct build *build, const struct setting *setting, const struct plan_threshold *threshold, const char *tag)
{
    unsigned set = tags_of(threshold);

    if ((set & set_of(tag)) != 0)
        return true;
    if (set == 0)
        mistake_at(
            &build->mistakes, &setting->place, setting->place.key_column, "%.60s is a metric of the plan's own: it is not divided by tags",
            threshold->metric);
    else
        mistake_at(
            &build->mistakes, &setting->place, setting->place.key_column, "%.60s has no tag \"%.60s\": %s", threshold->metric, tag,
            set == (TAG_GROUP | TAGS_OF_SCENARIOS) ? "group, scenario or a name of tags.NAME"
            : set == TAGS_OF_SCENARIOS             ? "scenario or a name of tags.NAME"
            : (set & TAG_CHECK) != 0               ? "check, request, method, url, group, scenario or a name of tags.NAME"
                                     : "request, method, url, group, status, expected_response, error, scenario or a name of tags.NAME");
    return false;
}

/* ---- their values ---- */

static bool find_group(const struct plan *plan, struct plan_tag *tag, struct nearest *nearest)
{
    char *path = strncmp(tag->value, "::", 2) == 0 ? mem_copy(tag->value) : mem_format("::%s", tag->value);
    bool is_found = false;

    for (size_t i = 1; i < plan->group_count; i++)
        is_found |= strcmp(path, plan->groups[i]) == 0;
    for (size_t i = 1; i < plan->group_count; i++)
        nearest_try(nearest, plan->groups[i] + 2);
    if (is_found) {
        free(tag->value);
        tag->value = path;
    } else {
        free(path);
    }
    return is_found;
}

static bool find_error(const char *value, struct nearest *nearest)
{
    bool is_found = false;

    for (int fault = 1; fault < FAULT_COUNT; fault++)
        is_found |= meets(nearest, value, fault_name((enum fault)fault));
    return is_found;
}

static bool find_check(const struct plan *plan, const char *value, struct nearest *nearest)
{
    bool is_found = false;

    for (size_t i = 0; i < plan->request_count; i++)
        for (size_t j = 0; j < plan->requests[i].check_count; j++)
            is_found |= meets(nearest, value, plan->requests[i].checks[j].name);
    return is_found;
}

static bool is_status(const char *value)
{
    return strlen(value) == 3 && strspn(value, "0123456789") == 3 && value[0] != '0';
}

/* The tags that are not those of scenarios. */
static bool find_known(const struct plan *plan, struct plan_tag *tag, struct nearest *nearest)
{
    bool is_found = false;

    if (strcmp(tag->name, "group") == 0)
        return find_group(plan, tag, nearest);
    if (strcmp(tag->name, "check") == 0)
        return find_check(plan, tag->value, nearest);
    if (strcmp(tag->name, "error") == 0)
        return find_error(tag->value, nearest);
    if (strcmp(tag->name, "status") == 0)
        return is_status(tag->value);
    if (strcmp(tag->name, "expected_response") == 0)
        return meets(nearest, tag->value, "true") | meets(nearest, tag->value, "false");
    for (size_t i = 0; i < plan->request_count; i++) {
        const struct plan_request *request = &plan->requests[i];
        const char *known = strcmp(tag->name, "request") == 0 ? request->name
                            : strcmp(tag->name, "url") == 0   ? request->url
                                                              : request->method;

        is_found |= known != NULL && meets(nearest, tag->value, known);
    }
    return is_found;
}

static void check_tag(
    struct build *build, const struct setting *setting, const struct plan_threshold *threshold, struct plan_tag *tag, bool *is_left_out)
{
    const struct plan *plan = build->plan;
    struct nearest nearest;
    bool is_found = false, is_known = true;

    if (strcmp(tag->name, "name") == 0) { /* what k6 calls it */
        free(tag->name);
        tag->name = mem_copy("request");
    }
    if (!has_tag(build, setting, threshold, tag->name))
        return;
    nearest_begin(&nearest, tag->value);
    if (set_of(tag->name) != TAGS_OF_SCENARIOS) {
        is_found = find_known(plan, tag, &nearest);
    } else if (strcmp(tag->name, "scenario") == 0) {
        for (size_t i = 0; i < build->document.count; i++) {
            const struct section *section = &build->document.sections[i];

            if (section->kind != SECTION_SCENARIO || !meets(&nearest, tag->value, section->name))
                continue;
            is_found = true;
            *is_left_out |= section->is_left_out;
        }
    } else {
        is_found = find_custom(&build->document, tag, &nearest, &is_known);
        for (size_t i = 0; i < plan->scenario_count && !is_found; i++) /* tags of options */
            for (size_t j = 0; j < plan->scenarios[i].tag_count; j++)
                is_found |=
                    strcmp(plan->scenarios[i].tags[j].name, tag->name) == 0 && strcmp(plan->scenarios[i].tags[j].value, tag->value) == 0;
    }
    if (is_found)
        return;
    if (is_known)
        unknown_value(build, setting, tag, &nearest);
    else
        mistake_at(
            &build->mistakes, &setting->place, setting->place.key_column,
            "unknown tag \"%.60s\": request, method, url, group, status, expected_response, error, check, scenario or a name of tags.NAME",
            tag->name);
}

/* Checks what was added from `first` on; drops thresholds of scenarios that --scenario leaves out. */
static void check_added(struct build *build, struct threshold_list *list, size_t first, const struct setting *setting)
{
    size_t kept = first;

    for (size_t i = first; i < list->count; i++) {
        struct plan_threshold *threshold = &list->items[i];
        bool is_left_out = false;

        for (size_t j = 0; j < threshold->filter_count; j++)
            check_tag(build, setting, threshold, &threshold->filter[j], &is_left_out);
        if (!is_left_out) {
            list->items[kept++] = *threshold;
            continue;
        }
        if (build->notes != NULL)
            buf_addf(
                build->notes, "%s%s %s is left out with its scenario", build->notes->length > 0 ? "\n" : "", threshold->metric,
                threshold->expression);
        threshold_release(threshold);
    }
    list->count = kept;
}

static void read_setting(struct build *build, struct threshold_list *list, const struct setting *setting)
{
    struct threshold_problem problem = { 0 };
    size_t before = list->count;
    unsigned column;

    if (threshold_parse(list, setting->name, setting->value, &problem)) {
        check_added(build, list, before, setting);
        return;
    }
    column = problem.is_in_head ? setting->place.key_column : setting->place.column;
    if (problem.is_in_head || memchr(setting->value, '\n', problem.offset) == NULL)
        column += (unsigned)problem.offset;
    mistake_at(&build->mistakes, &setting->place, column, "%s", problem.text);
}

static void read_option(struct build *build, struct threshold_list *list, const struct setting *setting)
{
    struct threshold_problem problem = { 0 };
    size_t before = list->count;

    if (threshold_parse_line(list, setting->value, &problem))
        check_added(build, list, before, setting);
    else
        mistake_at(&build->mistakes, &setting->place, 0, "%s", problem.text);
}

void build_thresholds(struct build *build)
{
    const struct section *section = document_find(&build->document, SECTION_THRESHOLDS, NULL);
    struct threshold_list list = { .plan = build->plan };

    for (size_t i = 0; section != NULL && i < section->count; i++)
        read_setting(build, &list, &section->settings[i]);
    for (size_t i = 0; i < build->options.count; i++)
        if (build->options.items[i].kind == OPTION_THRESHOLD)
            read_option(build, &list, &build->options.items[i].setting);
    build->plan->thresholds = list.items;
    build->plan->threshold_count = list.count;
}
