/* How much load a scenario is: the keys of its executor, and what options of a quick run mean for it. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "build.h"
#include "mem.h"
#include "schedule.h"
#include "stages.h"

#define QUICK_DURATION_NS (30 * NS_PER_S)
#define QUICK_RATE 50
#define QUICK_SHARED_VUS 10
#define OWN_FILES 60 /* descriptors that are not connections */

/* ---- VUs ---- */

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

/* Nothing but a URL stays at 50 VUs; what starts at once fits. */
static uint64_t default_max_vus(const struct plan_scenario *scenario, bool is_rate_said)
{
    struct rate rate = is_rate_said ? scenario->rate : (struct rate){ 1, NS_PER_S };

    for (size_t i = 0; i < scenario->stage_count; i++)
        if (schedule_constant_count(&rate, 2 * NS_PER_S) < scenario->stages[i].at_once)
            rate = (struct rate){ (scenario->stages[i].at_once + 1) / 2, NS_PER_S };
    return build_default_max_vus(&rate, file_limit());
}

static void build_vus_of_rate(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    const struct setting *most = value_find(build, section, KEY_SCENARIO_MAX_VUS);
    const struct setting *made = value_find(build, section, KEY_SCENARIO_PRE_ALLOCATED_VUS);
    bool is_rate_said = scenario->stages != NULL || value_find(build, section, KEY_SCENARIO_RATE) != NULL;

    value_number(build, section, KEY_SCENARIO_PRE_ALLOCATED_VUS, &scenario->pre_allocated_vus);
    /* onager URL -r 200 -c 80 */
    if (section->is_implicit && most == NULL && value_find(build, section, KEY_SCENARIO_VUS) != NULL)
        value_number(build, section, KEY_SCENARIO_VUS, &scenario->max_vus);
    else if (most != NULL)
        value_number(build, section, KEY_SCENARIO_MAX_VUS, &scenario->max_vus);
    else if (made != NULL && scenario->pre_allocated_vus > 0)
        scenario->max_vus = scenario->pre_allocated_vus;
    else if (scenario->rate.count > 0)
        scenario->max_vus = default_max_vus(scenario, is_rate_said);
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

/* ---- durations and stages ---- */

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

static void add_stage(struct plan_scenario *scenario, uint64_t duration_ns, uint64_t from, uint64_t to)
{
    scenario->stages = mem_resize(scenario->stages, scenario->stage_count + 1, sizeof *scenario->stages);
    scenario->stages[scenario->stage_count++] = (struct plan_stage){ .duration_ns = duration_ns, .from = from, .to = to };
}

/* A ramp at the begin of a constant load. */
static void build_ramp(struct build *build, const struct section *section, struct plan_scenario *scenario, uint64_t level)
{
    const struct setting *ramp = value_find(build, section, KEY_SCENARIO_RAMP);
    uint64_t ns;

    if (ramp == NULL || !value_duration(build, section, KEY_SCENARIO_RAMP, &ns))
        return;
    if (ns > scenario->duration_ns) {
        char duration[40];

        value_mistake_about(
            build, ramp, "longer than the duration, which is %s", units_format_duration(duration, sizeof duration, scenario->duration_ns));
        return;
    }
    add_stage(scenario, ns, 0, level);
    if (ns < scenario->duration_ns)
        add_stage(scenario, scenario->duration_ns - ns, level, level);
    stages_check_span(build, ramp, scenario);
}

/* -d, -n or --ramp of a quick run beside stages, which say all that. */
static void refuse_beside_stages(struct build *build, const struct section *section)
{
    static const enum plan_key_id keys[] = { KEY_SCENARIO_DURATION, KEY_SCENARIO_ITERATIONS, KEY_SCENARIO_RAMP };
    enum plan_origin origin = value_origin(build, section, KEY_SCENARIO_STAGES);

    for (size_t i = 0; section->is_implicit && i < sizeof keys / sizeof keys[0]; i++) {
        const struct setting *setting = value_find(build, section, keys[i]);

        if (setting != NULL && setting->place.origin >= origin)
            mistake_of_usage(&build->mistakes, "%s: the stages say already how long it takes", setting->place.shown);
    }
}

static bool read_stages(struct build *build, const struct section *section, struct plan_scenario *scenario, uint64_t from, uint64_t unit_ns)
{
    if (value_find(build, section, KEY_SCENARIO_STAGES) == NULL) {
        missing(build, section, KEY_SCENARIO_STAGES, "30s:50, 2m:50, 30s:0");
        return false;
    }
    refuse_beside_stages(build, section);
    return stages_read(build, section, scenario, from, unit_ns);
}

/* ---- rates ---- */

/* time_unit of rates that are bare numbers of the plan; 1 s without one. */
static uint64_t read_time_unit(struct build *build, const struct section *section)
{
    uint64_t unit_ns = NS_PER_S;

    if (section_get(section, KEY_SCENARIO_TIME_UNIT) != NULL)
        value_duration(build, section, KEY_SCENARIO_TIME_UNIT, &unit_ns);
    return unit_ns;
}

/* A rate of the plan is per time_unit when it is a bare number. false: it is not there, or a mistake. */
static bool read_rate(struct build *build, const struct section *section, enum plan_key_id key, uint64_t unit_ns, struct rate *rate)
{
    const struct setting *setting = value_find(build, section, key);
    const struct setting *unit = section_get(section, KEY_SCENARIO_TIME_UNIT);

    if (setting == NULL)
        return false;
    if (!stages_parse_rate(
            setting->value, setting->place.origin == ORIGIN_PLAN ? unit_ns : NS_PER_S, key_info(key)->type == VALUE_RATE_OR_NONE, rate)) {
        value_mistake(build, setting);
        return false;
    }
    if (unit != NULL && setting->place.origin == ORIGIN_PLAN && strchr(setting->value, '/') != NULL)
        value_mistake_about(build, unit, "%s has its own unit, \"%.30s\"", key_info(key)->name, strchr(setting->value, '/'));
    return true;
}

/* -n beside -r, said with the same precedence. */
static const struct setting *quick_iterations(const struct build *build, const struct section *section)
{
    const struct setting *iterations = value_find(build, section, KEY_SCENARIO_ITERATIONS);

    if (!section->is_implicit || iterations == NULL || iterations->place.origin != value_origin(build, section, KEY_SCENARIO_RATE))
        return NULL;
    return iterations;
}

/* -r 200 -n 1000: as long as it takes for exactly that many arrivals. */
static void last_for(struct build *build, const struct section *section, struct plan_scenario *scenario, const struct setting *iterations)
{
    uint64_t count;
    unsigned __int128 last;

    if (value_origin(build, section, KEY_SCENARIO_DURATION) == iterations->place.origin) {
        mistake_of_usage(
            &build->mistakes, "%s: the rate and the duration say already how many iterations there are", iterations->place.shown);
        return;
    }
    if (!value_number(build, section, KEY_SCENARIO_ITERATIONS, &count))
        return;
    last = (unsigned __int128)(count - 1) * scenario->rate.per_ns / scenario->rate.count;
    if (last < INT64_MAX)
        scenario->duration_ns = (uint64_t)last + 1;
    else
        mistake_of_usage(&build->mistakes, "%s: at this rate it would take centuries", iterations->place.shown);
}

static void refuse_beside_burst(struct build *build, const struct section *section)
{
    const struct setting *rate = value_find(build, section, KEY_SCENARIO_RATE);

    if (rate != NULL)
        value_mistake_about(build, rate, "the burst says how many there are; leave one of them out");
}

static void build_constant_rate(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    const struct setting *iterations = quick_iterations(build, section);

    if (section->is_implicit)
        scenario->rate = (struct rate){ QUICK_RATE, NS_PER_S };
    if (build_burst(build, section, &scenario->rate))
        refuse_beside_burst(build, section);
    else if (
        !read_rate(build, section, KEY_SCENARIO_RATE, read_time_unit(build, section), &scenario->rate) && !section->is_implicit &&
        value_find(build, section, KEY_SCENARIO_RATE) == NULL)
        missing(build, section, KEY_SCENARIO_RATE, "50/s");
    need_duration(build, section, scenario);
    if (iterations != NULL)
        last_for(build, section, scenario, iterations);
    build_ramp(build, section, scenario, scenario->rate.count);
    build_vus_of_rate(build, section, scenario);
    build_when_busy(build, section, scenario);
}

static void build_ramping_rate(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    struct rate start = { 0, NS_PER_S };
    uint64_t unit_ns = read_time_unit(build, section);

    scenario->rate = (struct rate){ 0, NS_PER_S };
    /* onager URL -r 20 -s 1m:200/s */
    if (!section->is_implicit || !read_rate(build, section, KEY_SCENARIO_RATE, unit_ns, &start))
        read_rate(build, section, KEY_SCENARIO_START_RATE, unit_ns, &start);
    scenario->rate.per_ns = start.per_ns;
    read_stages(build, section, scenario, start.count, unit_ns);
    build_vus_of_rate(build, section, scenario);
    build_when_busy(build, section, scenario);
}

/* ---- VUs that iterate ---- */

static void build_iterations(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    value_number(build, section, KEY_SCENARIO_ITERATIONS, &scenario->iterations);
    value_number(build, section, KEY_SCENARIO_VUS, &scenario->vus);
    if (section->is_implicit && value_find(build, section, KEY_SCENARIO_VUS) == NULL)
        scenario->vus = scenario->iterations < QUICK_SHARED_VUS ? scenario->iterations : QUICK_SHARED_VUS;
    value_duration(build, section, KEY_SCENARIO_MAX_DURATION, &scenario->max_duration_ns);
    if (section->is_implicit) /* -n 1000 -d 1m */
        value_duration(build, section, KEY_SCENARIO_DURATION, &scenario->max_duration_ns);
}

static void build_constant_vus(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    value_number(build, section, KEY_SCENARIO_VUS, &scenario->vus);
    need_duration(build, section, scenario);
    build_ramp(build, section, scenario, scenario->vus);
}

static void build_ramping_vus(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    uint64_t from = 1;

    /* onager URL -c 10 -s 1m:200 */
    if (section->is_implicit && value_find(build, section, KEY_SCENARIO_VUS) != NULL)
        value_number(build, section, KEY_SCENARIO_VUS, &from);
    else
        value_number(build, section, KEY_SCENARIO_START_VUS, &from);
    read_stages(build, section, scenario, from, NS_PER_S);
}

void build_load(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    switch (scenario->executor) {
    case EXECUTOR_CONSTANT_VUS:
        build_constant_vus(build, section, scenario);
        break;
    case EXECUTOR_RAMPING_VUS:
        build_ramping_vus(build, section, scenario);
        break;
    case EXECUTOR_SHARED_ITERATIONS:
    case EXECUTOR_PER_VU_ITERATIONS:
        build_iterations(build, section, scenario);
        break;
    case EXECUTOR_CONSTANT_ARRIVAL_RATE:
        build_constant_rate(build, section, scenario);
        break;
    case EXECUTOR_RAMPING_ARRIVAL_RATE:
        build_ramping_rate(build, section, scenario);
        break;
    }
    if (executor_is_open(scenario->executor))
        build_arrivals(build, section, scenario);
    /* what a key or chaos takes away again ends as gently as the scenario itself, unless it is said otherwise */
    scenario->graceful_ramp_down_ns = scenario->graceful_stop_ns;
    if (scenario->executor == EXECUTOR_RAMPING_VUS)
        value_duration(build, section, KEY_SCENARIO_GRACEFUL_RAMP_DOWN, &scenario->graceful_ramp_down_ns);
}
