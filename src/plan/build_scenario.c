/* [scenario NAME] and the rules of a quick run to struct plan_scenario. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "chaos.h"
#include "journey.h"
#include "mem.h"
#include "nearest.h"
#include "stages.h"

#define ALL ((1u << EXECUTOR_COUNT) - 1)
#define CONSTANT_VUS (1u << EXECUTOR_CONSTANT_VUS)
#define RAMPING_VUS (1u << EXECUTOR_RAMPING_VUS)
#define ITERATIONS (1u << EXECUTOR_SHARED_ITERATIONS | 1u << EXECUTOR_PER_VU_ITERATIONS)
#define CONSTANT_RATE (1u << EXECUTOR_CONSTANT_ARRIVAL_RATE)
#define RAMPING_RATE (1u << EXECUTOR_RAMPING_ARRIVAL_RATE)
#define OPEN (CONSTANT_RATE | RAMPING_RATE)

/* Keys that not every executor has. */
static const struct {
    enum plan_key_id key;
    unsigned executors;
} own_keys[] = {
    { KEY_SCENARIO_VUS, CONSTANT_VUS | ITERATIONS },
    { KEY_SCENARIO_DURATION, CONSTANT_VUS | CONSTANT_RATE },
    { KEY_SCENARIO_ITERATIONS, ITERATIONS },
    { KEY_SCENARIO_MAX_DURATION, ITERATIONS },
    { KEY_SCENARIO_RATE, CONSTANT_RATE },
    { KEY_SCENARIO_TIME_UNIT, OPEN },
    { KEY_SCENARIO_RAMP, CONSTANT_VUS | CONSTANT_RATE },
    { KEY_SCENARIO_START_VUS, RAMPING_VUS },
    { KEY_SCENARIO_START_RATE, RAMPING_RATE },
    { KEY_SCENARIO_STAGES, RAMPING_VUS | RAMPING_RATE },
    { KEY_SCENARIO_GRACEFUL_RAMP_DOWN, RAMPING_VUS },
    { KEY_SCENARIO_ARRIVALS, OPEN },
    { KEY_SCENARIO_ON_STALL, OPEN },
    { KEY_SCENARIO_PRE_ALLOCATED_VUS, OPEN },
    { KEY_SCENARIO_MAX_VUS, OPEN },
    { KEY_SCENARIO_WHEN_BUSY, OPEN },
    { KEY_SCENARIO_MAX_WAITING, OPEN },
};

static unsigned executors_with(enum plan_key_id key)
{
    for (size_t i = 0; i < sizeof own_keys / sizeof own_keys[0]; i++)
        if (own_keys[i].key == key)
            return own_keys[i].executors;
    return ALL;
}

/* ---- which executor ---- */

/* A quick run: -s ramps rates when one has a unit or there is -r, else VUs; -n shares iterations, -c alone is a closed loop,
 * anything else is open. What is said with the highest precedence decides: a rate in the config does not turn -c into an open
 * model. */
static enum executor_kind quick_executor(const struct build *build, const struct section *section)
{
    enum plan_origin rate = value_origin(build, section, KEY_SCENARIO_RATE);
    enum plan_origin vus = value_origin(build, section, KEY_SCENARIO_VUS);
    enum plan_origin iterations = value_origin(build, section, KEY_SCENARIO_ITERATIONS);
    const struct setting *stages = value_find(build, section, KEY_SCENARIO_STAGES);

    if (stages != NULL && stages->place.origin >= rate && stages->place.origin >= vus && stages->place.origin >= iterations)
        return rate == stages->place.origin || stages_are_rates(stages->value) ? EXECUTOR_RAMPING_ARRIVAL_RATE : EXECUTOR_RAMPING_VUS;
    if (iterations > rate && iterations >= vus && iterations != ORIGIN_DEFAULT)
        return EXECUTOR_SHARED_ITERATIONS;
    return vus > rate ? EXECUTOR_CONSTANT_VUS : EXECUTOR_CONSTANT_ARRIVAL_RATE;
}

static bool read_executor(struct build *build, const struct section *section, enum executor_kind *executor)
{
    const char *names[EXECUTOR_COUNT];
    char shown[SECTION_SHOWN_SIZE];
    size_t choice;

    if (section->is_implicit) {
        *executor = quick_executor(build, section);
        return true;
    }
    if (section_get(section, KEY_SCENARIO_EXECUTOR) == NULL) {
        mistake_at(
            &build->mistakes, &section->place, 0, "%s has no executor: %s", section_shown(shown, SECTION_SCENARIO, section->name),
            value_expected(VALUE_EXECUTOR));
        return false;
    }
    for (int i = 0; i < EXECUTOR_COUNT; i++)
        names[i] = executor_kind_name((enum executor_kind)i);
    if (!value_choice(build, section, KEY_SCENARIO_EXECUTOR, names, EXECUTOR_COUNT, &choice))
        return false;
    *executor = (enum executor_kind)choice;
    return true;
}

static void check_own_keys(struct build *build, const struct section *section, enum executor_kind executor)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *setting = &section->settings[i];
        unsigned with = executors_with(setting->key);
        struct buf owners;

        if ((with & 1u << executor) != 0)
            continue;
        buf_init(&owners);
        for (int j = 0; j < EXECUTOR_COUNT; j++)
            if ((with & 1u << j) != 0) {
                with &= ~(1u << j);
                buf_addf(&owners, "%s%s", owners.length == 0 ? "" : with == 0 ? " and " : ", ", executor_kind_name((enum executor_kind)j));
            }
        mistake_at(
            &build->mistakes, &setting->place, setting->place.key_column, "%s is a key of %s, not of %s", key_info(setting->key)->name,
            owners.data, executor_kind_name(executor));
        buf_release(&owners);
    }
}

/* ---- tags, and the whole ---- */

static void pair_set(struct plan_tag **pairs, size_t *count, const struct setting *setting)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*pairs)[i].name, setting->name) == 0) {
            free((*pairs)[i].value);
            (*pairs)[i].value = mem_copy(setting->value);
            return;
        }
    *pairs = mem_resize(*pairs, *count + 1, sizeof **pairs);
    (*pairs)[(*count)++] = (struct plan_tag){ mem_copy(setting->name), mem_copy(setting->value) };
}

/* tags.NAME and env.NAME: all that were said, of one name the one with the highest precedence. */
static void build_pairs(struct build *build, const struct section *section, enum plan_key_id key, struct plan_tag **pairs, size_t *count)
{
    for (int origin = ORIGIN_CONFIG; origin <= ORIGIN_FLAG; origin++) {
        for (size_t i = 0; i < section->count && origin == ORIGIN_PLAN; i++)
            if (section->settings[i].key == key)
                pair_set(pairs, count, &section->settings[i]);
        for (size_t i = 0; i < build->options.count; i++) {
            const struct option *option = &build->options.items[i];

            if (option->kind == OPTION_KEY && option->setting.key == key && (int)option->setting.place.origin == origin)
                pair_set(pairs, count, &option->setting);
        }
    }
}

static void build_scenario(struct build *build, struct section *section, struct plan_scenario *scenario)
{
    scenario->name = mem_copy(section->name);
    build_mix(build, section, scenario);
    build_pairs(build, section, KEY_SCENARIO_TAG, &scenario->tags, &scenario->tag_count);
    build_pairs(build, section, KEY_SCENARIO_ENV, &scenario->env, &scenario->env_count);
    value_duration(build, section, KEY_SCENARIO_START_TIME, &scenario->start_time_ns);
    value_duration(build, section, KEY_SCENARIO_GRACEFUL_STOP, &scenario->graceful_stop_ns);
    scenario->graceful_stop_set = value_find(build, section, KEY_SCENARIO_GRACEFUL_STOP) != NULL;
    section->is_judged = read_executor(build, section, &scenario->executor);
    if (!section->is_judged)
        return;
    check_own_keys(build, section, scenario->executor);
    build_chaos(build, section, scenario);
    build_load(build, section, scenario);
}

/* ---- options against the scenarios ---- */

/* -c of a quick open run, -d of a quick -n run. */
static bool quick_run_takes(enum plan_key_id key)
{
    return key == KEY_SCENARIO_VUS || key == KEY_SCENARIO_DURATION || key == KEY_SCENARIO_ITERATIONS || key == KEY_SCENARIO_RATE;
}

static void check_option(struct build *build, const struct option *option)
{
    unsigned with = executors_with(option->setting.key);
    const struct plan *plan = build->plan;
    struct buf others;
    size_t takers = 0, scenario = 0;

    buf_init(&others);
    for (size_t i = 0; i < build->document.count; i++) {
        const struct section *section = &build->document.sections[i];
        enum executor_kind executor;

        if (section->kind != SECTION_SCENARIO)
            continue;
        executor = plan->scenarios[scenario++].executor;
        if (section->is_left_out)
            continue;
        if (!section->is_judged || (with & 1u << executor) != 0 || (section->is_implicit && quick_run_takes(option->setting.key)))
            takers++;
        else if (others.length < 160)
            buf_addf(&others, "%s%s is %s", others.length > 0 ? ", " : "", section->name, executor_kind_name(executor));
    }
    if (takers == 0)
        mistake_at(
            &build->mistakes, &option->setting.place, 0, "%s: no scenario has the key %s: %s", option->setting.place.shown,
            key_info(option->setting.key)->name, others.length > 0 ? others.data : "there is none");
    buf_release(&others);
}

static void choose_scenario(struct build *build)
{
    for (size_t i = 0; i < build->options.count; i++) {
        const struct option *option = &build->options.items[i];
        struct nearest nearest;
        char shown[SHOWN_SIZE];

        if (option->kind != OPTION_SCENARIO)
            continue;
        nearest_begin(&nearest, option->setting.value);
        for (size_t j = 0; j < build->document.count; j++) {
            struct section *section = &build->document.sections[j];

            if (section->kind != SECTION_SCENARIO)
                continue;
            section->is_left_out = strcmp(section->name, option->setting.value) != 0;
            nearest_try(&nearest, section->name);
        }
        if (document_find(&build->document, SECTION_SCENARIO, option->setting.value) == NULL)
            mistake_at(
                &build->mistakes, &option->setting.place, 0, "%s: there is no [scenario %s]%s%s%s", option->setting.place.shown,
                shown_value(shown, option->setting.value), nearest.best != NULL ? ": did you mean \"" : "",
                nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
    }
}

static void free_pairs(struct plan_tag *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(pairs[i].name);
        free(pairs[i].value);
    }
    free(pairs);
}

static void release_scenario(struct plan_scenario *scenario)
{
    free(scenario->name);
    plan_journey_release_scenario(scenario);
    free(scenario->mix);
    free(scenario->stages);
    free_pairs(scenario->tags, scenario->tag_count);
    free_pairs(scenario->env, scenario->env_count);
    chaos_free(scenario->chaos);
}

static void drop_left_out(struct build *build)
{
    struct plan *plan = build->plan;
    size_t kept = 0, scenario = 0;

    for (size_t i = 0; i < build->document.count; i++) {
        const struct section *section = &build->document.sections[i];

        if (section->kind != SECTION_SCENARIO)
            continue;
        if (section->is_left_out)
            release_scenario(&plan->scenarios[scenario++]);
        else
            plan->scenarios[kept++] = plan->scenarios[scenario++];
    }
    plan->scenario_count = kept;
}

void build_scenarios(struct build *build)
{
    struct plan *plan = build->plan;

    if (document_count(&build->document, SECTION_SCENARIO) == 0)
        document_add(&build->document, SECTION_SCENARIO, "default")->is_implicit = true;
    choose_scenario(build);
    plan->scenarios = mem_array(document_count(&build->document, SECTION_SCENARIO), sizeof *plan->scenarios);
    for (size_t i = 0; i < build->document.count; i++)
        if (build->document.sections[i].kind == SECTION_SCENARIO)
            build_scenario(build, &build->document.sections[i], &plan->scenarios[plan->scenario_count++]);
    for (size_t i = 0; i < build->options.count; i++) {
        const struct option *option = &build->options.items[i];

        if (option->kind == OPTION_KEY && option->setting.place.origin >= ORIGIN_ENVIRONMENT &&
            key_info(option->setting.key)->section == SECTION_SCENARIO)
            check_option(build, option);
    }
    drop_left_out(build);
}
