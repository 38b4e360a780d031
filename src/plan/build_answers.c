/* extract., check., metric. and stop_on_fail of [request NAME]. */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "look.h"
#include "mem.h"
#include "metric.h"

static void say(struct build *build, const struct setting *setting, const struct template_problem *problem)
{
    text_mistake(build, setting, problem->offset, "%s%s: %s", key_info(setting->key)->name, setting->name, problem->text);
}

/* ---- extracts ---- */

static bool read_default(struct look_reader *reader, struct plan_extract *extract)
{
    struct template_problem problem;
    const char *begin;
    bool is_quoted, is_good;
    char *text;

    if (look_take(reader, "required"))
        return look_at_end(reader);
    if (!look_take(reader, "default"))
        return look_at_end(reader);
    begin = reader->at;
    text = look_rest(reader, &is_quoted);
    is_good = template_read(&extract->default_text, reader->names, text, TEMPLATE_PLAIN, &problem);
    free(text);
    extract->has_default = is_good;
    return is_good || look_fail(reader, begin + problem.offset, "%s", problem.text);
}

static bool read_extract(struct look_reader *reader, struct plan_extract *extract)
{
    const char *begin = reader->at;

    if (!look_read(reader, &extract->look, NULL))
        return false;
#ifndef HAVE_GUMBO
    if (extract->look.kind == LOOK_FORM)
        return look_fail(reader, begin, "form: this onager was built without gumbo");
#endif
    if (extract->look.kind == LOOK_TEXT)
        return look_fail(reader, begin, "expected %s", value_expected(VALUE_EXTRACT));
    return read_default(reader, extract);
}

static void add_extract(struct build *build, const struct setting *setting, struct plan_request *request)
{
    struct template_problem problem = { 0 };
    struct look_reader reader = { &build->names, setting->value, setting->value, &problem };
    uint32_t slot = names_variable(&build->names, setting->name);
    struct plan_extract *extract;

    request->extracts = mem_resize(request->extracts, request->extract_count + 1, sizeof *request->extracts);
    extract = &request->extracts[request->extract_count++];
    *extract = (struct plan_extract){ .name = mem_copy(setting->name), .variable = slot != PLAN_NONE ? slot : 0 };
    if (!read_extract(&reader, extract))
        say(build, setting, &problem);
}

/* ---- checks ---- */

static void add_check(struct build *build, const struct setting *setting, struct plan_request *request)
{
    struct template_problem problem = { 0 };
    struct look_reader reader = { &build->names, setting->value, setting->value, &problem };
    struct plan_check *check;

    request->checks = mem_resize(request->checks, request->check_count + 1, sizeof *request->checks);
    check = &request->checks[request->check_count++];
    *check = (struct plan_check){ .name = mem_copy(setting->name), .number = build->plan->check_count++ };
    if (strpbrk(setting->name, ",{}") != NULL)
        mistake_at(&build->mistakes, &setting->place, setting->place.key_column, "the name of a check holds none of , { }");
    if (!test_read(&reader, &check->test, setting->name))
        say(build, setting, &problem);
}

static void stop_on(struct build *build, const struct setting *setting, struct plan_request *request, const char *name, size_t offset)
{
    struct nearest nearest;
    bool is_found = false;

    nearest_begin(&nearest, name);
    for (size_t i = 0; i < request->check_count; i++) {
        nearest_try(&nearest, request->checks[i].name);
        if (strcmp(request->checks[i].name, name) != 0)
            continue;
        request->checks[i].stop_on_fail = is_found = true;
    }
    if (!is_found)
        text_mistake(
            build, setting, offset, "stop_on_fail: there is no check.%.60s here%s%s%s", name,
            nearest.best != NULL ? ": did you mean \"" : "", nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
}

static void read_stop_on_fail(struct build *build, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = section_get(section, KEY_REQUEST_STOP_ON_FAIL);
    bool is_yes;

    if (setting == NULL)
        return;
    if (option_flag(setting->value, &is_yes)) {
        for (size_t i = 0; i < request->check_count; i++)
            request->checks[i].stop_on_fail = is_yes;
        return;
    }
    for (const char *p = setting->value; *p != '\0';) {
        size_t length, kept;
        char *name;

        p += strspn(p, " \t\n,");
        length = kept = strcspn(p, ",");
        while (kept > 0 && strchr(" \t\n", p[kept - 1]) != NULL)
            kept--;
        name = mem_copy_n(p, kept);
        if (kept > 0)
            stop_on(build, setting, request, name, (size_t)(p - setting->value));
        free(name);
        p += length;
    }
}

/* ---- metrics ---- */

static bool read_measure(struct look_reader *reader, struct plan_measure *measure, enum custom_kind *kind)
{
    const char *begin = reader->at;
    bool has_kind = false;

    for (int i = CUSTOM_TREND; i <= CUSTOM_RATE && !has_kind; i++)
        if (look_take(reader, custom_kind_name((enum custom_kind)i))) {
            *kind = (enum custom_kind)i;
            has_kind = true;
        }
    if (!has_kind)
        return look_fail(reader, begin, "expected trend, counter, gauge or rate first, got \"%.40s\"", begin);
    if (*kind == CUSTOM_RATE)
        return test_read(reader, &measure->test, NULL);
    if (*reader->at == '\0' && *kind == CUSTOM_COUNTER) {
        measure->look.kind = LOOK_TEXT;
        template_add_bytes(&measure->look.text, "1", 1);
        return true;
    }
    if (strspn(reader->at, "0123456789.-") > 0 && strspn(reader->at, "0123456789.-") == strlen(reader->at)) {
        measure->look.kind = LOOK_TEXT;
        template_add_bytes(&measure->look.text, reader->at, strlen(reader->at));
        return true;
    }
    return look_read(reader, &measure->look, NULL) && look_at_end(reader);
}

/* The index of the metric with that name; a new one is made. */
static uint32_t take_metric(struct build *build, const struct setting *setting, enum custom_kind kind, bool is_time)
{
    struct plan *plan = build->plan;

    for (size_t i = 0; i < plan->metric_count; i++) {
        if (strcmp(plan->metrics[i].name, setting->name) != 0)
            continue;
        if (plan->metrics[i].kind != kind)
            text_mistake(
                build, setting, 0, "metric.%.60s: it is a %s elsewhere in the plan", setting->name,
                custom_kind_name(plan->metrics[i].kind));
        plan->metrics[i].is_time = plan->metrics[i].is_time && is_time;
        return (uint32_t)i;
    }
    if (!name_is_good(setting->name) || strchr(setting->name, '-') != NULL)
        mistake_at(
            &build->mistakes, &setting->place, setting->place.key_column, "\"%.60s\" is no name of a metric: letters, digits and _",
            setting->name);
    else if (metric_find(setting->name) >= 0)
        mistake_at(&build->mistakes, &setting->place, setting->place.key_column, "\"%.60s\" is a metric of onager's own", setting->name);
    plan->metrics = mem_resize(plan->metrics, plan->metric_count + 1, sizeof *plan->metrics);
    plan->metrics[plan->metric_count] = (struct plan_metric){ mem_copy(setting->name), kind, is_time };
    return (uint32_t)plan->metric_count++;
}

static void add_measure(struct build *build, const struct setting *setting, struct plan_request *request)
{
    struct template_problem problem = { 0 };
    struct look_reader reader = { &build->names, setting->value, setting->value, &problem };
    enum custom_kind kind = CUSTOM_TREND;
    struct plan_measure *measure;

    request->measures = mem_resize(request->measures, request->measure_count + 1, sizeof *request->measures);
    measure = &request->measures[request->measure_count++];
    *measure = (struct plan_measure){ .source = mem_copy(setting->value) };
    if (read_measure(&reader, measure, &kind))
        measure->metric = take_metric(build, setting, kind, kind == CUSTOM_TREND && measure->look.kind == LOOK_DURATION);
    else
        say(build, setting, &problem);
}

void build_answers(struct build *build, const struct section *section, struct plan_request *request)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *setting = &section->settings[i];

        if (setting->key == KEY_REQUEST_EXTRACT)
            add_extract(build, setting, request);
        else if (setting->key == KEY_REQUEST_CHECK)
            add_check(build, setting, request);
        else if (setting->key == KEY_REQUEST_MEASURE)
            add_measure(build, setting, request);
    }
    read_stop_on_fail(build, section, request);
}
