/* [output NAME] and --out to struct plan_output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "build.h"
#include "mem.h"
#include "nearest.h"

/* Kinds of outputs; a file's extension names its kind. */
static const char *const kinds[] = { "json" };
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

static const char *find_kind(const char *name, size_t length)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strlen(kinds[i]) == length && strncasecmp(kinds[i], name, length) == 0)
            return kinds[i];
    return NULL;
}

static void output_add(struct plan *plan, const char *kind, const char *path)
{
    plan->outputs = mem_resize(plan->outputs, plan->output_count + 1, sizeof *plan->outputs);
    plan->outputs[plan->output_count++] = (struct plan_output){ mem_copy(kind), mem_copy(path) };
}

static bool is_taken(const struct plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->output_count; i++)
        if (strcmp(plan->outputs[i].path, path) == 0)
            return true;
    return false;
}

static void read_section(struct build *build, const struct section *section)
{
    const struct setting *path = section_get(section, KEY_OUTPUT_PATH);
    const char *kind = find_kind(section->name, strlen(section->name)), *nearest;
    char shown[SECTION_SHOWN_SIZE];

    if (kind == NULL) {
        nearest = nearest_word(section->name, kinds, KIND_COUNT);
        if (nearest != NULL)
            mistake_at(&build->mistakes, &section->place, 0, "unknown output \"%s\": did you mean \"%s\"?", section->name, nearest);
        else
            mistake_at(&build->mistakes, &section->place, 0, "unknown output \"%s\": this build writes json", section->name);
    } else if (path == NULL) {
        mistake_at(
            &build->mistakes, &section->place, 0, "%s has no path, such as path = result.json",
            section_shown(shown, SECTION_OUTPUT, section->name));
    } else if (is_taken(build->plan, path->value)) {
        value_mistake_about(build, path, "another output writes to \"%.60s\"", path->value);
    } else {
        output_add(build->plan, kind, path->value);
    }
}

/* "json=FILE", "FILE.json". */
static void read_option(struct build *build, const struct setting *setting)
{
    const char *text = setting->value, *equals = strchr(text, '='), *dot = strrchr(text, '.');
    const char *path = text, *kind = NULL;
    char shown[SHOWN_SIZE];

    shown_value(shown, text);
    if (equals != NULL && (kind = find_kind(text, (size_t)(equals - text))) != NULL)
        path = equals + 1;
    else if (dot != NULL && strchr(dot, '/') == NULL)
        kind = find_kind(dot + 1, strlen(dot + 1));
    if (kind == NULL && equals != NULL)
        mistake_of_usage(
            &build->mistakes, "%s: unknown output \"%.*s\": this build writes json", setting->place.shown,
            (int)(equals - text < 40 ? equals - text : 40), text);
    else if (kind == NULL)
        mistake_of_usage(
            &build->mistakes, "%s wants json=FILE, or a FILE whose extension says the kind such as result.json, got \"%s\"",
            setting->place.shown, shown);
    else if (*path == '\0')
        mistake_of_usage(&build->mistakes, "%s wants a file after \"%s=\"", setting->place.shown, kind);
    else if (is_taken(build->plan, path))
        mistake_of_usage(&build->mistakes, "%s: another output writes to \"%.60s\"", setting->place.shown, path);
    else
        output_add(build->plan, kind, path);
}

void build_outputs(struct build *build)
{
    for (size_t i = 0; i < build->document.count; i++)
        if (build->document.sections[i].kind == SECTION_OUTPUT)
            read_section(build, &build->document.sections[i]);
    for (size_t i = 0; i < build->options.count; i++)
        if (build->options.items[i].kind == OPTION_OUT)
            read_option(build, &build->options.items[i].setting);
}
