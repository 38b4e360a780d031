/* Reading stages. Targets may have different units ("30s:0.5/s, 1m:300/m"): they are counted in the least common one. */
#include "stages.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "schedule.h"

#define STAGES_MAX 10000
#define AT_ONCE_MAX 1000000

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

bool stages_parse_rate(const char *text, uint64_t unit_ns, bool may_be_zero, struct rate *rate)
{
    bool is_bare = strchr(text, '/') == NULL;
    struct rate read;
    unsigned __int128 per_ns;

    if (!units_parse_rate(text, &read)) {
        /* what makes it no rate may be that it is nothing */
        struct buf one;
        bool is_zero;

        buf_init(&one);
        buf_addf(&one, "1%s", text + strspn(text, "0."));
        is_zero = may_be_zero && text[0] == '0' && (text[strspn(text, "0.")] == '\0' || text[strspn(text, "0.")] == '/') &&
                  units_parse_rate(one.data, &read);
        buf_release(&one);
        if (!is_zero)
            return false;
        read.count = 0;
    }
    per_ns = (unsigned __int128)read.per_ns * (is_bare ? unit_ns : NS_PER_S) / NS_PER_S;
    if (per_ns == 0 || per_ns > SCHEDULE_PER_MAX_NS)
        return false;
    *rate = (struct rate){ read.count, (uint64_t)per_ns };
    return true;
}

/* ---- one scenario ---- */

struct reading {
    struct build *build;
    struct plan_scenario *scenario;
    const struct setting *setting;
    uint64_t unit_ns; /* of bare targets */
    uint64_t level;   /* where the next stage begins */
    bool is_good;
};

static void wrong(struct reading *reading, const char *item)
{
    const struct setting *setting = reading->setting;
    const char *wanted = executor_is_open(reading->scenario->executor) ? "a rate such as 30s:50/s" : "a number of VUs such as 30s:50";
    char shown[SHOWN_SIZE];

    reading->is_good = false;
    shown_value(shown, item);
    if (setting->place.origin == ORIGIN_PLAN)
        value_mistake_about(reading->build, setting, "expected a duration and %s, got \"%s\"", wanted, shown);
    else
        mistake_of_usage(&reading->build->mistakes, "%s wants a duration and %s, got \"%s\"", setting->place.shown, wanted, shown);
}

/* Every level counted in a unit that `rate` can be counted in too. */
static bool widen(struct reading *reading, const struct rate *rate)
{
    struct plan_scenario *scenario = reading->scenario;
    uint64_t divisor = common_divisor(scenario->rate.per_ns, rate->per_ns), factor = rate->per_ns / divisor;
    unsigned __int128 per_ns = (unsigned __int128)scenario->rate.per_ns * factor;

    if (factor == 1)
        return true;
    if (per_ns > SCHEDULE_PER_MAX_NS || __builtin_mul_overflow(reading->level, factor, &reading->level))
        return false;
    scenario->rate.per_ns = (uint64_t)per_ns;
    for (size_t i = 0; i < scenario->stage_count; i++)
        if (__builtin_mul_overflow(scenario->stages[i].from, factor, &scenario->stages[i].from) ||
            __builtin_mul_overflow(scenario->stages[i].to, factor, &scenario->stages[i].to))
            return false;
    return true;
}

static bool read_target(struct reading *reading, const char *text, uint64_t *target)
{
    struct rate rate;

    if (!executor_is_open(reading->scenario->executor))
        return units_parse_count(text, target) && *target <= 1000000;
    if (!stages_parse_rate(text, reading->unit_ns, true, &rate) || (rate.count > 0 && !widen(reading, &rate)))
        return false;
    return rate.count == 0 ? (*target = 0, true)
                           : !__builtin_mul_overflow(rate.count, reading->scenario->rate.per_ns / rate.per_ns, target);
}

static void add_stage(struct reading *reading, struct plan_stage stage)
{
    struct plan_scenario *scenario = reading->scenario;

    if (scenario->stage_count == STAGES_MAX) {
        reading->is_good = false;
        value_mistake_about(reading->build, reading->setting, "more than 10,000 stages");
        return;
    }
    scenario->stages = mem_resize(scenario->stages, scenario->stage_count + 1, sizeof *scenario->stages);
    scenario->stages[scenario->stage_count++] = stage;
    reading->level = stage.to;
}

/* "+500": so many arrivals at once. */
static void read_at_once(struct reading *reading, const char *item)
{
    uint64_t count;

    if (!executor_is_open(reading->scenario->executor) || !units_parse_count(item + 1, &count) || count == 0 || count > AT_ONCE_MAX)
        wrong(reading, item);
    else
        add_stage(reading, (struct plan_stage){ .from = reading->level, .to = reading->level, .at_once = count });
}

/* "30s:50" */
static void read_item(struct reading *reading, char *item)
{
    char *colon = strchr(item, ':'), *target = colon != NULL ? colon + 1 + strspn(colon + 1, " \t") : NULL;
    uint64_t duration_ns, level;

    if (item[0] == '+') {
        read_at_once(reading, item);
        return;
    }
    if (colon != NULL)
        for (char *end = colon; end > item && strchr(" \t:", *end) != NULL; end--)
            *end = '\0';
    if (target == NULL || !units_parse_duration(item, BARE_SECONDS, &duration_ns) || !read_target(reading, target, &level)) {
        if (colon != NULL)
            *colon = ':';
        wrong(reading, item);
        return;
    }
    add_stage(reading, (struct plan_stage){ .duration_ns = duration_ns, .from = reading->level, .to = level });
}

static void read_setting(struct reading *reading, const struct setting *setting)
{
    const char *p = setting->value;

    reading->setting = setting;
    while (reading->is_good) {
        size_t length;
        char *item;

        p += strspn(p, " \t\n,");
        length = strcspn(p, ",");
        if (length == 0)
            return;
        item = mem_copy_n(p, length);
        for (size_t end = length; end > 0 && strchr(" \t\n", item[end - 1]) != NULL; end--)
            item[end - 1] = '\0';
        read_item(reading, item);
        free(item);
        p += length;
    }
}

void stages_check_span(struct build *build, const struct setting *setting, const struct plan_scenario *scenario)
{
    for (size_t i = 0; i < scenario->stage_count; i++)
        if (!schedule_can_say(&scenario->stages[i])) {
            value_mistake_about(build, setting, "stage %zu is too long for so much load; split it", i + 1);
            return;
        }
}

/* What follows from the stages together. */
static bool sum_up(struct reading *reading)
{
    struct plan_scenario *scenario = reading->scenario;
    uint64_t most = 0, at_once = 0;

    scenario->duration_ns = 0;
    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct plan_stage *stage = &scenario->stages[i];

        most = stage->from > most ? stage->from : most;
        most = stage->to > most ? stage->to : most;
        at_once += stage->at_once;
        if (scenario->duration_ns > SCHEDULE_LONGEST_NS - stage->duration_ns) {
            value_mistake_about(reading->build, reading->setting, "together over 100 years");
            return false;
        }
        scenario->duration_ns += stage->duration_ns;
    }
    if (executor_is_open(scenario->executor))
        scenario->rate.count = most > 0 ? most : 1;
    else
        scenario->vus = most;
    if (scenario->stage_count > 0 && scenario->stages[scenario->stage_count - 1].at_once > 0)
        value_mistake_about(
            reading->build, reading->setting, "nothing starts at the very end any more: a stage must follow what is at once");
    else if (scenario->duration_ns == 0 || most + at_once == 0)
        value_mistake_about(
            reading->build, reading->setting,
            scenario->duration_ns == 0 ? "they take no time" : "nothing is ever started: every target is 0");
    else
        stages_check_span(reading->build, reading->setting, scenario);
    return true;
}

bool stages_read(struct build *build, const struct section *section, struct plan_scenario *scenario, uint64_t from, uint64_t unit_ns)
{
    struct reading reading = { .build = build, .scenario = scenario, .unit_ns = unit_ns, .level = from, .is_good = true };
    const struct setting *counting = value_find(build, section, KEY_SCENARIO_STAGES);

    if (counting->place.origin == ORIGIN_PLAN) {
        read_setting(&reading, counting);
    } else {
        for (size_t i = 0; i < build->options.count; i++) {
            const struct option *option = &build->options.items[i];

            if (option->kind == OPTION_KEY && option->setting.key == KEY_SCENARIO_STAGES &&
                option->setting.place.origin == counting->place.origin)
                read_setting(&reading, &option->setting);
        }
    }
    return reading.is_good && sum_up(&reading);
}

bool stages_are_rates(const char *text)
{
    return strchr(text, '/') != NULL;
}

void stages_print(struct buf *out, const struct plan_scenario *scenario)
{
    char text[40];

    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct plan_stage *stage = &scenario->stages[i];

        if (stage->at_once > 0) {
            buf_addf(out, "%s+%llu", i > 0 ? ", " : "", (unsigned long long)stage->at_once);
            continue;
        }
        buf_addf(
            out, "%s%s:%llu", i > 0 ? ", " : "", units_format_duration(text, sizeof text, stage->duration_ns),
            (unsigned long long)stage->to);
        if (!executor_is_open(scenario->executor))
            continue;
        if (scenario->rate.per_ns == NS_PER_S)
            buf_add_text(out, "/s");
        else
            buf_addf(out, "/%s", units_format_duration(text, sizeof text, scenario->rate.per_ns));
    }
}
