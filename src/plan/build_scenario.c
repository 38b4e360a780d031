/* [scenario NAME] and the rules of a quick run to struct plan_scenario. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "build.h"
#include "chaos.h"
#include "journey.h"
#include "mem.h"
#include "nearest.h"

#define QUICK_DURATION_NS (30 * NS_PER_S)
#define QUICK_RATE 50
#define QUICK_SHARED_VUS 10
#define OWN_FILES 60 /* descriptors that are not connections */

static const char *const executors[] = { "constant-vus", "shared-iterations", "constant-arrival-rate" };

#define CONSTANT_VUS (1u << EXECUTOR_CONSTANT_VUS)
#define SHARED_ITERATIONS (1u << EXECUTOR_SHARED_ITERATIONS)
#define ARRIVAL_RATE (1u << EXECUTOR_CONSTANT_ARRIVAL_RATE)

/* Keys that not every executor has. */
static const struct {
    enum plan_key_id key;
    unsigned executors;
} own_keys[] = {
    { KEY_SCENARIO_VUS, CONSTANT_VUS | SHARED_ITERATIONS },
    { KEY_SCENARIO_DURATION, CONSTANT_VUS | ARRIVAL_RATE },
    { KEY_SCENARIO_ITERATIONS, SHARED_ITERATIONS },
    { KEY_SCENARIO_MAX_DURATION, SHARED_ITERATIONS },
    { KEY_SCENARIO_RATE, ARRIVAL_RATE },
    { KEY_SCENARIO_TIME_UNIT, ARRIVAL_RATE },
    { KEY_SCENARIO_PRE_ALLOCATED_VUS, ARRIVAL_RATE },
    { KEY_SCENARIO_MAX_VUS, ARRIVAL_RATE },
    { KEY_SCENARIO_WHEN_BUSY, ARRIVAL_RATE },
    { KEY_SCENARIO_MAX_WAITING, ARRIVAL_RATE },
};

static unsigned executors_with(enum plan_key_id key)
{
    for (size_t i = 0; i < sizeof own_keys / sizeof own_keys[0]; i++)
        if (own_keys[i].key == key)
            return own_keys[i].executors;
    return CONSTANT_VUS | SHARED_ITERATIONS | ARRIVAL_RATE;
}

/* ---- numbers ---- */

uint64_t build_default_max_vus(const struct rate *rate, uint64_t file_limit)
{
    unsigned __int128 per_s = ((unsigned __int128)rate->count * NS_PER_S + rate->per_ns - 1) / rate->per_ns;
    uint64_t wanted = per_s > 500000 ? 1000000 : per_s > 25 ? (uint64_t)per_s * 2 : 50;
    uint64_t possible = file_limit > OWN_FILES ? file_limit - OWN_FILES : 1;

    return wanted < possible ? wanted : possible;
}

static uint64_t file_limit(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max != RLIM_INFINITY ? limit.rlim_max : UINT64_MAX;
}

/* rate, and time_unit for one that is a bare number of the plan. */
static bool read_rate(struct build *build, const struct section *section, struct rate *rate)
{
    const struct setting *setting = value_find(build, section, KEY_SCENARIO_RATE);
    const struct setting *unit = section_get(section, KEY_SCENARIO_TIME_UNIT);
    uint64_t unit_ns;

    if (setting == NULL)
        return false;
    if (!units_parse_rate(setting->value, rate)) {
        value_mistake(build, setting);
        return false;
    }
    if (unit == NULL || setting->place.origin != ORIGIN_PLAN)
        return true;
    if (strchr(setting->value, '/') != NULL)
        value_mistake_about(build, unit, "rate has its own unit, \"%.30s\"", strchr(setting->value, '/'));
    else if (value_duration(build, section, KEY_SCENARIO_TIME_UNIT, &unit_ns)) {
        unsigned __int128 per_ns = (unsigned __int128)rate->per_ns * unit_ns / NS_PER_S;

        rate->per_ns = per_ns > 0 && per_ns <= INT64_MAX ? (uint64_t)per_ns : rate->per_ns;
    }
    return true;
}

static void build_vus_of_rate(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    const struct setting *most = value_find(build, section, KEY_SCENARIO_MAX_VUS);
    const struct setting *made = value_find(build, section, KEY_SCENARIO_PRE_ALLOCATED_VUS);
    bool is_rate_said = value_find(build, section, KEY_SCENARIO_RATE) != NULL; /* nothing but a URL stays at 50 VUs */

    value_number(build, section, KEY_SCENARIO_PRE_ALLOCATED_VUS, &scenario->pre_allocated_vus);
    /* onager URL -r 200 -c 80 */
    if (section->is_implicit && most == NULL && value_find(build, section, KEY_SCENARIO_VUS) != NULL)
        value_number(build, section, KEY_SCENARIO_VUS, &scenario->max_vus);
    else if (most != NULL)
        value_number(build, section, KEY_SCENARIO_MAX_VUS, &scenario->max_vus);
    else if (made != NULL && scenario->pre_allocated_vus > 0)
        scenario->max_vus = scenario->pre_allocated_vus;
    else if (scenario->rate.count > 0)
        scenario->max_vus = build_default_max_vus(is_rate_said ? &scenario->rate : &(struct rate){ 1, NS_PER_S }, file_limit());
    if (scenario->max_vus == 0 || scenario->pre_allocated_vus <= scenario->max_vus)
        return;
    if (made != NULL && most != NULL && made->place.origin == most->place.origin)
        value_mistake_about(build, made, "more than max_vus, which is %.20s", most->value);
    scenario->pre_allocated_vus = scenario->max_vus;
}

static void build_when_busy(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    static const char *const names[] = { "drop", "wait" };
    const struct setting *most = value_find(build, section, KEY_SCENARIO_MAX_WAITING);
    size_t choice = WHEN_BUSY_DROP;

    value_choice(build, section, KEY_SCENARIO_WHEN_BUSY, names, 2, &choice);
    scenario->when_busy = choice == 1 ? WHEN_BUSY_WAIT : WHEN_BUSY_DROP;
    if (scenario->when_busy == WHEN_BUSY_WAIT)
        scenario->max_waiting = scenario->max_vus * 10;
    if (most != NULL && scenario->when_busy == WHEN_BUSY_DROP)
        value_mistake_about(build, most, "nothing waits unless when_busy is wait");
    else if (most != NULL)
        value_number(build, section, KEY_SCENARIO_MAX_WAITING, &scenario->max_waiting);
}

/* A key the executor cannot do without. */
static void missing(struct build *build, const struct section *section, enum plan_key_id key, const char *example)
{
    char shown[SECTION_SHOWN_SIZE];

    mistake_at(
        &build->mistakes, &section->place, 0, "%s has no %s, such as %s = %s", section_shown(shown, SECTION_SCENARIO, section->name),
        key_info(key)->name, key_info(key)->name, example);
}

static void need_duration(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    if (value_find(build, section, KEY_SCENARIO_DURATION) == NULL && !section->is_implicit)
        missing(build, section, KEY_SCENARIO_DURATION, "30s");
    else if (section->is_implicit)
        scenario->duration_ns = QUICK_DURATION_NS;
    value_duration(build, section, KEY_SCENARIO_DURATION, &scenario->duration_ns);
}

/* -n beside -r, said with the same precedence. */
static const struct setting *quick_iterations(const struct build *build, const struct section *section)
{
    const struct setting *iterations = value_find(build, section, KEY_SCENARIO_ITERATIONS);

    if (!section->is_implicit || iterations == NULL || iterations->place.origin != value_origin(build, section, KEY_SCENARIO_RATE))
        return NULL;
    return iterations;
}

static void build_arrival_rate(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    const struct setting *iterations = quick_iterations(build, section);
    uint64_t count;

    if (section->is_implicit)
        scenario->rate = (struct rate){ QUICK_RATE, NS_PER_S };
    if (!read_rate(build, section, &scenario->rate) && !section->is_implicit && value_find(build, section, KEY_SCENARIO_RATE) == NULL)
        missing(build, section, KEY_SCENARIO_RATE, "50/s");
    need_duration(build, section, scenario);
    /* -r 200 -n 1000: as long as it takes for exactly that many arrivals */
    if (iterations != NULL && value_origin(build, section, KEY_SCENARIO_DURATION) == iterations->place.origin)
        mistake_of_usage(
            &build->mistakes, "%s: the rate and the duration say already how many iterations there are", iterations->place.shown);
    else if (iterations != NULL && value_number(build, section, KEY_SCENARIO_ITERATIONS, &count)) {
        unsigned __int128 last = (unsigned __int128)(count - 1) * scenario->rate.per_ns / scenario->rate.count;

        if (last < INT64_MAX)
            scenario->duration_ns = (uint64_t)last + 1;
        else
            mistake_of_usage(&build->mistakes, "%s: at this rate it would take centuries", iterations->place.shown);
    }
    build_vus_of_rate(build, section, scenario);
    build_when_busy(build, section, scenario);
}

static void build_shared_iterations(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    value_number(build, section, KEY_SCENARIO_ITERATIONS, &scenario->iterations);
    value_number(build, section, KEY_SCENARIO_VUS, &scenario->vus);
    if (section->is_implicit && value_find(build, section, KEY_SCENARIO_VUS) == NULL)
        scenario->vus = scenario->iterations < QUICK_SHARED_VUS ? scenario->iterations : QUICK_SHARED_VUS;
    value_duration(build, section, KEY_SCENARIO_MAX_DURATION, &scenario->max_duration_ns);
    if (section->is_implicit) /* -n 1000 -d 1m */
        value_duration(build, section, KEY_SCENARIO_DURATION, &scenario->max_duration_ns);
}

/* ---- which executor ---- */

/* A quick run: -n shares iterations, -c alone is a closed loop, anything else is open. What is said with the highest
 * precedence decides: a rate in the config does not turn -c into an open model. */
static enum executor_kind quick_executor(const struct build *build, const struct section *section)
{
    enum plan_origin rate = value_origin(build, section, KEY_SCENARIO_RATE);
    enum plan_origin vus = value_origin(build, section, KEY_SCENARIO_VUS);
    enum plan_origin iterations = value_origin(build, section, KEY_SCENARIO_ITERATIONS);

    if (iterations > rate && iterations >= vus && iterations != ORIGIN_DEFAULT)
        return EXECUTOR_SHARED_ITERATIONS;
    return vus > rate ? EXECUTOR_CONSTANT_VUS : EXECUTOR_CONSTANT_ARRIVAL_RATE;
}

static bool read_executor(struct build *build, const struct section *section, enum executor_kind *executor)
{
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
    if (!value_choice(build, section, KEY_SCENARIO_EXECUTOR, executors, 3, &choice))
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
        for (size_t j = 0; j < 3; j++)
            if ((with & 1u << j) != 0)
                buf_addf(&owners, "%s%s", owners.length > 0 ? " and " : "", executors[j]);
        mistake_at(
            &build->mistakes, &setting->place, setting->place.key_column, "%s is a key of %s, not of %s", key_info(setting->key)->name,
            owners.data, executors[executor]);
        buf_release(&owners);
    }
}

/* ---- tags, and the whole ---- */

static void tag_set(struct plan_scenario *scenario, const struct setting *setting)
{
    for (size_t i = 0; i < scenario->tag_count; i++)
        if (strcmp(scenario->tags[i].name, setting->name) == 0) {
            free(scenario->tags[i].value);
            scenario->tags[i].value = mem_copy(setting->value);
            return;
        }
    scenario->tags = mem_resize(scenario->tags, scenario->tag_count + 1, sizeof *scenario->tags);
    scenario->tags[scenario->tag_count++] = (struct plan_tag){ mem_copy(setting->name), mem_copy(setting->value) };
}

static void build_tags(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    for (int origin = ORIGIN_CONFIG; origin <= ORIGIN_FLAG; origin++) {
        for (size_t i = 0; i < section->count && origin == ORIGIN_PLAN; i++)
            if (section->settings[i].key == KEY_SCENARIO_TAG)
                tag_set(scenario, &section->settings[i]);
        for (size_t i = 0; i < build->options.count; i++) {
            const struct option *option = &build->options.items[i];

            if (option->kind == OPTION_KEY && option->setting.key == KEY_SCENARIO_TAG && (int)option->setting.place.origin == origin)
                tag_set(scenario, &option->setting);
        }
    }
}

static void build_scenario(struct build *build, struct section *section, struct plan_scenario *scenario)
{
    scenario->name = mem_copy(section->name);
    build_mix(build, section, scenario);
    build_tags(build, section, scenario);
    value_duration(build, section, KEY_SCENARIO_START_TIME, &scenario->start_time_ns);
    value_duration(build, section, KEY_SCENARIO_GRACEFUL_STOP, &scenario->graceful_stop_ns);
    scenario->graceful_stop_set = value_find(build, section, KEY_SCENARIO_GRACEFUL_STOP) != NULL;
    section->is_judged = read_executor(build, section, &scenario->executor);
    if (!section->is_judged)
        return;
    check_own_keys(build, section, scenario->executor);
    build_chaos(build, section, scenario);
    switch (scenario->executor) {
    case EXECUTOR_CONSTANT_VUS:
        value_number(build, section, KEY_SCENARIO_VUS, &scenario->vus);
        need_duration(build, section, scenario);
        break;
    case EXECUTOR_SHARED_ITERATIONS:
        build_shared_iterations(build, section, scenario);
        break;
    case EXECUTOR_CONSTANT_ARRIVAL_RATE:
        build_arrival_rate(build, section, scenario);
        break;
    }
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
            buf_addf(&others, "%s%s is %s", others.length > 0 ? ", " : "", section->name, executors[executor]);
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

static void release_scenario(struct plan_scenario *scenario)
{
    free(scenario->name);
    plan_journey_release_scenario(scenario);
    free(scenario->mix);
    for (size_t i = 0; i < scenario->tag_count; i++) {
        free(scenario->tags[i].name);
        free(scenario->tags[i].value);
    }
    free(scenario->tags);
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
