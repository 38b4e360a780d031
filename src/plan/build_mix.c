/* Which requests and flows a scenario runs, in which shares, and its rows of the results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "mem.h"
#include "nearest.h"

/* What a name of a mix means. */
struct entry {
    int request;                  /* index in plan.requests; -1: none */
    const struct plan_flow *flow; /* or NULL */
};

static struct entry find_entry(const struct plan *plan, const char *name, bool requests, bool flows)
{
    struct entry entry = { -1, NULL };

    for (size_t i = 0; requests && i < plan->request_count; i++)
        if (strcmp(plan->requests[i].name, name) == 0)
            entry.request = (int)i;
    for (size_t i = 0; flows && i < plan->flow_count; i++)
        if (strcmp(plan->flows[i].name, name) == 0)
            entry.flow = &plan->flows[i];
    return entry;
}

static bool is_known(const struct entry *entry)
{
    return entry->request >= 0 || entry->flow != NULL;
}

static void unknown_entry(struct build *build, const struct setting *setting, size_t offset, const char *name)
{
    bool requests = setting->key != KEY_SCENARIO_FLOW, flows = setting->key == KEY_SCENARIO_FLOW || build->plan->flow_count > 0;
    struct nearest nearest;
    char shown[SHOWN_SIZE];

    nearest_begin(&nearest, name);
    for (size_t i = 0; requests && i < build->plan->request_count; i++)
        nearest_try(&nearest, build->plan->requests[i].name);
    for (size_t i = 0; flows && i < build->plan->flow_count; i++)
        nearest_try(&nearest, build->plan->flows[i].name);
    shown_value(shown, name);
    mistake_at(
        &build->mistakes, &setting->place, setting->place.column + (unsigned)offset, "%s \"%s\": there is no [%s %s]%s%s%s%s",
        key_info(setting->key)->name, shown, requests ? "request" : "flow", shown,
        requests && flows && setting->key == KEY_SCENARIO_MIX ? " and no flow of that name" : "",
        nearest.best != NULL ? ": did you mean \"" : "", nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
}

static void mix_add(struct plan_scenario *scenario, const struct entry *entry, uint32_t weight)
{
    size_t request = (size_t)entry->request;

    if (entry->flow != NULL)
        request = entry->flow->use_count > 0 ? entry->flow->uses[0].request : 0;
    scenario->mix = mem_resize(scenario->mix, scenario->mix_count + 1, sizeof *scenario->mix);
    scenario->mix[scenario->mix_count++] = (struct plan_mix){ .request = request, .weight = weight, .flow = entry->flow };
}

static bool is_doubled(const struct plan_scenario *scenario, const struct entry *entry)
{
    for (size_t i = 0; i < scenario->mix_count; i++)
        if (scenario->mix[i].flow == entry->flow && (entry->flow != NULL || scenario->mix[i].request == (size_t)entry->request))
            return true;
    return false;
}

/* One "NAME[:WEIGHT]" of a mix. Names may hold ':', so the weight is what stands behind the last one. */
static void read_share(struct build *build, const struct setting *setting, struct plan_scenario *scenario, const char *start, size_t length)
{
    size_t offset = (size_t)(start - setting->value);
    char *name = mem_copy_n(start, length), *colon = strrchr(name, ':');
    struct entry entry = find_entry(build->plan, name, true, true);
    uint64_t weight = 1;

    if (!is_known(&entry) && colon != NULL) {
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
        entry = find_entry(build->plan, name, true, true);
    }
    if (!is_known(&entry))
        unknown_entry(build, setting, offset, name);
    else if (entry.request >= 0 && entry.flow != NULL)
        mistake_at(
            &build->mistakes, &setting->place, setting->place.column + (unsigned)offset,
            "mix: \"%.40s\" is a request and a flow: one of them wants another name", name);
    else if (is_doubled(scenario, &entry))
        mistake_at(&build->mistakes, &setting->place, setting->place.column + (unsigned)offset, "mix: \"%.40s\" stands there twice", name);
    else
        mix_add(scenario, &entry, (uint32_t)weight);
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

static void read_one(struct build *build, const struct setting *setting, struct plan_scenario *scenario)
{
    bool is_flow = setting->key == KEY_SCENARIO_FLOW;
    struct entry entry = find_entry(build->plan, setting->value, !is_flow, is_flow);

    if (is_known(&entry))
        mix_add(scenario, &entry, 1);
    else
        unknown_entry(build, setting, 0, setting->value);
}

/* Nothing was said: the only flow, else the only request. false: there is a choice. */
static bool take_only(const struct plan *plan, struct plan_scenario *scenario)
{
    struct entry entry = { 0, NULL };

    if (plan->flow_count == 1)
        entry.flow = &plan->flows[0];
    else if (plan->flow_count > 1 || plan->request_count > 1)
        return false;
    if (plan->request_count > 0)
        mix_add(scenario, &entry, 1);
    return true;
}

static void choose(struct build *build, const struct section *section)
{
    const struct plan *plan = build->plan;
    bool has_flows = plan->flow_count > 0;
    char shown[SECTION_SHOWN_SIZE];
    struct buf names;

    buf_init(&names);
    for (size_t i = 0; i < plan->flow_count && names.length < 100; i++)
        buf_addf(&names, "%s%s", i > 0 ? ", " : "", plan->flows[i].name);
    for (size_t i = 0; i < plan->request_count && names.length < 100 && !has_flows; i++)
        buf_addf(&names, "%s%s", i > 0 ? ", " : "", plan->requests[i].name);
    if (section->is_implicit)
        mistake_at(
            &build->mistakes, NULL, 0, "%s: there is no [scenario NAME] to say which of the %s: %s", build->file,
            has_flows ? "flows are run" : "requests are sent", names.data);
    else
        mistake_at(
            &build->mistakes, &section->place, 0, "%s has neither %s nor mix, and the choice is %s",
            section_shown(shown, SECTION_SCENARIO, section->name), has_flows ? "flow" : "request", names.data);
    buf_release(&names);
}

/* ---- rows ---- */

static uint32_t row_of(struct plan_scenario *scenario, struct plan_use use)
{
    for (size_t i = 0; i < scenario->row_count; i++)
        if (scenario->rows[i].request == use.request && scenario->rows[i].group == use.group)
            return (uint32_t)i;
    scenario->rows = mem_resize(scenario->rows, scenario->row_count + 1, sizeof *scenario->rows);
    scenario->rows[scenario->row_count] = use;
    return (uint32_t)scenario->row_count++;
}

/* Without a flow the rows are the mix. */
static void build_rows(struct plan_scenario *scenario)
{
    bool has_flow = false;

    for (size_t i = 0; i < scenario->mix_count; i++)
        has_flow = has_flow || scenario->mix[i].flow != NULL;
    for (size_t i = 0; i < scenario->mix_count && has_flow; i++) {
        struct plan_mix *mix = &scenario->mix[i];
        size_t count = mix->flow != NULL ? mix->flow->use_count : 1;

        mix->rows = mem_array(count + 1, sizeof *mix->rows);
        for (size_t use = 0; use < count; use++)
            mix->rows[use] = row_of(scenario, mix->flow != NULL ? mix->flow->uses[use] : (struct plan_use){ (uint32_t)mix->request, 0 });
    }
}

void build_mix(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    static const enum plan_key_id keys[] = { KEY_SCENARIO_MIX, KEY_SCENARIO_FLOW, KEY_SCENARIO_REQUEST };
    const struct setting *said = NULL;

    for (size_t i = 0; i < 3; i++) {
        const struct setting *setting = section_get(section, keys[i]);

        if (setting != NULL && said != NULL)
            value_mistake_about(build, setting, "there is a %s too; a scenario has one of them", key_info(said->key)->name);
        else if (setting != NULL)
            said = setting;
    }
    if (said != NULL && said->key == KEY_SCENARIO_MIX)
        read_mix(build, said, scenario);
    else if (said != NULL)
        read_one(build, said, scenario);
    else if (!take_only(build->plan, scenario))
        choose(build, section);
    build_rows(scenario);
}
