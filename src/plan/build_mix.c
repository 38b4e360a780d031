/* Which requests a scenario sends, and in which shares. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "mem.h"
#include "nearest.h"

static int find_request(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->request_count; i++)
        if (strcmp(plan->requests[i].name, name) == 0)
            return (int)i;
    return -1;
}

static void unknown_request(struct build *build, const struct setting *setting, size_t offset, const char *name)
{
    struct nearest nearest;
    char shown[SHOWN_SIZE];

    nearest_begin(&nearest, name);
    for (size_t i = 0; i < build->plan->request_count; i++)
        nearest_try(&nearest, build->plan->requests[i].name);
    shown_value(shown, name);
    mistake_at(
        &build->mistakes, &setting->place, setting->place.column + (unsigned)offset, "%s \"%s\": there is no [request %s]%s%s%s",
        key_info(setting->key)->name, shown, shown, nearest.best != NULL ? ": did you mean \"" : "",
        nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
}

static void mix_add(struct plan_scenario *scenario, int request, uint32_t weight)
{
    scenario->mix = mem_resize(scenario->mix, scenario->mix_count + 1, sizeof *scenario->mix);
    scenario->mix[scenario->mix_count++] = (struct plan_mix){ .request = (size_t)request, .weight = weight };
}

/* One "NAME[:WEIGHT]" of a mix. Request names may hold ':', so the weight is what stands behind the last one. */
static void read_share(struct build *build, const struct setting *setting, struct plan_scenario *scenario, const char *start, size_t length)
{
    size_t offset = (size_t)(start - setting->value);
    char *name = mem_copy_n(start, length), *colon = strrchr(name, ':');
    uint64_t weight = 1;
    int request = find_request(build->plan, name);

    if (request < 0 && colon != NULL) {
        size_t end = (size_t)(colon - name);

        if (!units_parse_count(colon + 1 + strspn(colon + 1, " "), &weight) || weight == 0 || weight > 1000000) {
            mistake_at(
                &build->mistakes, &setting->place, setting->place.column + (unsigned)offset,
                "mix: expected a weight from 1 to 1,000,000, got \"%.20s\"", colon + 1);
            free(name);
            return;
        }
        while (end > 0 && name[end - 1] == ' ')
            end--;
        name[end] = '\0';
        request = find_request(build->plan, name);
    }
    for (size_t i = 0; request >= 0 && i < scenario->mix_count; i++)
        if (scenario->mix[i].request == (size_t)request) {
            mistake_at(
                &build->mistakes, &setting->place, setting->place.column + (unsigned)offset, "mix: \"%.40s\" stands there twice", name);
            request = -2;
        }
    if (request >= 0)
        mix_add(scenario, request, (uint32_t)weight);
    else if (request == -1)
        unknown_request(build, setting, offset, name);
    free(name);
}

static void read_mix(struct build *build, const struct setting *setting, struct plan_scenario *scenario)
{
    const char *p = setting->value;

    for (size_t items = 0; *p != '\0'; items++) {
        size_t length;

        p += strspn(p, " \t\n,");
        length = strcspn(p, ",");
        if (items == 1000) {
            value_mistake_about(build, setting, "more than 1,000 requests");
            return;
        }
        for (size_t end = length; end > 0; end--) {
            if (strchr(" \t\n", p[end - 1]) != NULL)
                continue;
            read_share(build, setting, scenario, p, end);
            break;
        }
        p += length;
    }
    if (scenario->mix_count == 0 && build->plan->request_count > 0 && strspn(setting->value, " \t\n,") == strlen(setting->value))
        value_mistake_about(build, setting, "expected requests and weights such as list:3, login:1");
}

static void choose_request(struct build *build, const struct section *section)
{
    const struct plan *plan = build->plan;
    char shown[SECTION_SHOWN_SIZE];
    struct buf names;

    buf_init(&names);
    for (size_t i = 0; i < plan->request_count && names.length < 100; i++)
        buf_addf(&names, "%s%s", i > 0 ? ", " : "", plan->requests[i].name);
    if (section->is_implicit)
        mistake_at(
            &build->mistakes, NULL, 0, "%s: there is no [scenario NAME] to say which of the requests are sent: %s", build->file,
            names.data);
    else
        mistake_at(
            &build->mistakes, &section->place, 0, "%s has neither request nor mix, and the choice is %s",
            section_shown(shown, SECTION_SCENARIO, section->name), names.data);
    buf_release(&names);
}

void build_mix(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    const struct setting *mix = section_get(section, KEY_SCENARIO_MIX), *one = section_get(section, KEY_SCENARIO_REQUEST);

    if (mix != NULL && one != NULL) {
        value_mistake_about(build, one, "there is a mix too; a scenario has one of them");
    } else if (mix != NULL) {
        read_mix(build, mix, scenario);
    } else if (one != NULL) {
        int request = find_request(build->plan, one->value);

        if (request < 0)
            unknown_request(build, one, 0, one->value);
        else
            mix_add(scenario, request, 1);
    } else if (build->plan->request_count == 1) {
        mix_add(scenario, 0, 1);
    } else if (build->plan->request_count > 1) {
        choose_request(build, section);
    }
}
