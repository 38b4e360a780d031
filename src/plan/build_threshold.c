/* [thresholds] and --threshold to struct plan_threshold; tags must name something of the plan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "mem.h"
#include "nearest.h"
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

static void check_tag(struct build *build, const struct setting *setting, struct plan_tag *tag, bool *is_left_out)
{
    const struct plan *plan = build->plan;
    struct nearest nearest;
    bool is_found = false, is_known = true;

    if (strcmp(tag->name, "name") == 0) { /* what k6 calls it */
        free(tag->name);
        tag->name = mem_copy("request");
    }
    nearest_begin(&nearest, tag->value);
    if (strcmp(tag->name, "request") == 0) {
        for (size_t i = 0; i < plan->request_count; i++)
            is_found |= meets(&nearest, tag->value, plan->requests[i].name);
    } else if (strcmp(tag->name, "method") == 0) {
        for (size_t i = 0; i < plan->request_count; i++)
            is_found |= meets(&nearest, tag->value, plan->requests[i].method);
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
            "unknown tag \"%.60s\": request, scenario, method or a name of tags.NAME", tag->name);
}

/* Checks what was added from `first` on; drops thresholds of scenarios that --scenario leaves out. */
static void check_added(struct build *build, struct threshold_list *list, size_t first, const struct setting *setting)
{
    size_t kept = first;

    for (size_t i = first; i < list->count; i++) {
        struct plan_threshold *threshold = &list->items[i];
        bool is_left_out = false;

        for (size_t j = 0; j < threshold->filter_count; j++)
            check_tag(build, setting, &threshold->filter[j], &is_left_out);
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
    struct threshold_list list = { 0 };

    for (size_t i = 0; section != NULL && i < section->count; i++)
        read_setting(build, &list, &section->settings[i]);
    for (size_t i = 0; i < build->options.count; i++)
        if (build->options.items[i].kind == OPTION_THRESHOLD)
            read_option(build, &list, &build->options.items[i].setting);
    build->plan->thresholds = list.items;
    build->plan->threshold_count = list.count;
}
