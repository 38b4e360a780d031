/* chaos and chaos.* of [scenario NAME] to struct plan_chaos. */
#include <string.h>

#include "build.h"
#include "chaos.h"
#include "mem.h"

/* A second has ten cells, so more spikes than that cannot be told apart. */
#define SPIKES_PER_HOUR_MAX_PPM (UINT64_C(36000) * 1000000)

static const enum plan_key_id spike_keys[] = {
    KEY_SCENARIO_CHAOS_SPIKE_FACTOR, KEY_SCENARIO_CHAOS_MIN_INTERVAL, KEY_SCENARIO_CHAOS_MAX_INTERVAL,
    KEY_SCENARIO_CHAOS_RISE,         KEY_SCENARIO_CHAOS_HOLD,         KEY_SCENARIO_CHAOS_FALL,
};

static bool says_chaos(const struct section *section)
{
    for (size_t i = 0; i < section->count; i++)
        if (section->settings[i].key >= KEY_SCENARIO_CHAOS && section->settings[i].key <= KEY_SCENARIO_CHAOS_APPLY)
            return true;
    return false;
}

/* A number within bounds, in millionths; false: nothing was said, or it is a mistake (said). */
static bool read_ppm(struct build *build, const struct section *section, enum plan_key_id key, uint64_t least, uint64_t most, uint64_t *ppm)
{
    const struct setting *setting = section_get(section, key);
    uint64_t value;

    if (setting == NULL)
        return false;
    if (!chaos_parse_ppm(setting->value, &value) || value < least || value > most) {
        value_mistake(build, setting);
        return false;
    }
    *ppm = value;
    return true;
}

static void read_duration(struct build *build, const struct section *section, enum plan_key_id key, uint64_t *ns)
{
    if (section_get(section, key) != NULL) /* else what the preset says */
        value_duration(build, section, key, ns);
}

static void build_spikes(struct build *build, const struct section *section, struct plan_chaos *chaos)
{
    uint64_t factor = chaos->spike_ppm;

    read_ppm(build, section, KEY_SCENARIO_CHAOS_SPIKE_FACTOR, 1000000, CHAOS_FACTOR_MAX_PPM, &factor);
    chaos->spike_ppm = (uint32_t)factor;
    if (read_ppm(build, section, KEY_SCENARIO_CHAOS_SPIKES_PER_HOUR, 0, SPIKES_PER_HOUR_MAX_PPM, &chaos->spikes_per_hour_ppm)) {
        /* the bounds of a preset would overrule it */
        chaos->min_interval_ns = 0;
        chaos->max_interval_ns = UINT64_MAX;
    }
    read_duration(build, section, KEY_SCENARIO_CHAOS_MIN_INTERVAL, &chaos->min_interval_ns);
    read_duration(build, section, KEY_SCENARIO_CHAOS_MAX_INTERVAL, &chaos->max_interval_ns);
    read_duration(build, section, KEY_SCENARIO_CHAOS_RISE, &chaos->rise_ns);
    read_duration(build, section, KEY_SCENARIO_CHAOS_HOLD, &chaos->hold_ns);
    read_duration(build, section, KEY_SCENARIO_CHAOS_FALL, &chaos->fall_ns);
    if (chaos->min_interval_ns > chaos->max_interval_ns) {
        bool is_least_said = section_get(section, KEY_SCENARIO_CHAOS_MIN_INTERVAL) != NULL;
        enum plan_key_id key = is_least_said ? KEY_SCENARIO_CHAOS_MIN_INTERVAL : KEY_SCENARIO_CHAOS_MAX_INTERVAL;

        value_mistake_about(build, section_get(section, key), "the least interval would be longer than the longest");
    }
    if (chaos->spikes_per_hour_ppm > 0 && chaos->spike_ppm == 1000000 && section_get(section, KEY_SCENARIO_CHAOS_SPIKE_FACTOR) == NULL)
        value_mistake_about(
            build, section_get(section, KEY_SCENARIO_CHAOS_SPIKES_PER_HOUR), "spikes need chaos.spike_factor or a preset such as moderate");
    if (section_get(section, KEY_SCENARIO_CHAOS) != NULL || section_get(section, KEY_SCENARIO_CHAOS_SPIKES_PER_HOUR) != NULL)
        return; /* chosen: none, or a mistake that was said */
    for (size_t i = 0; i < sizeof spike_keys / sizeof *spike_keys && chaos->spikes_per_hour_ppm == 0; i++)
        if (section_get(section, spike_keys[i]) != NULL)
            value_mistake_about(
                build, section_get(section, spike_keys[i]),
                "there are no spikes; chaos.spikes_per_hour or a preset such as moderate makes them");
}

static void build_hours(struct build *build, const struct section *section, struct plan_chaos *chaos)
{
    const struct setting *setting = section_get(section, KEY_SCENARIO_CHAOS_SCHEDULE);
    struct chaos_complaint complaint;

    if (setting == NULL || chaos_parse_hours(chaos, setting->value, &complaint))
        return;
    /* in further lines only the line of the key is known */
    if (memchr(setting->value, '\n', complaint.at) == NULL)
        mistake_at(
            &build->mistakes, &setting->place, setting->place.column + (unsigned)complaint.at, "%s: %s", key_info(setting->key)->name,
            complaint.text);
    else
        value_mistake_about(build, setting, "%s", complaint.text);
}

/* Whether the factor is always 1. */
static bool is_calm(const struct plan_chaos *chaos)
{
    return chaos->spikes_per_hour_ppm == 0 && chaos->noise == CHAOS_NOISE_NONE && chaos->hours_count == 0;
}

/* Whether an iteration may think; also when it is not known what the scenario does, which is a mistake of its own. */
static bool thinks(const struct plan_scenario *scenario)
{
    for (size_t i = 0; i < scenario->mix_count; i++) {
        const struct plan_flow *flow = scenario->mix[i].flow;

        for (size_t step = 0; flow != NULL && step < flow->step_count; step++)
            if (flow->steps[step].kind == STEP_THINK)
                return true;
    }
    return scenario->mix_count == 0;
}

static void build_apply(struct build *build, const struct section *section, const struct plan_scenario *scenario, struct plan_chaos *chaos)
{
    static const char *const words[] = { "vus", "think" };
    const struct setting *setting = section_get(section, KEY_SCENARIO_CHAOS_APPLY);
    char shown[SECTION_SHOWN_SIZE];
    size_t choice = CHAOS_APPLY_VUS;

    value_choice(build, section, KEY_SCENARIO_CHAOS_APPLY, words, 2, &choice);
    chaos->apply = (enum chaos_apply)choice;
    if (setting != NULL && executor_is_open(scenario->executor))
        value_mistake_about(build, setting, "it is the rate that chaos multiplies here; chaos.apply is for closed models");
    else if (executor_is_bounded(scenario->executor) && chaos->apply == CHAOS_APPLY_VUS && !is_calm(chaos))
        mistake_at(
            &build->mistakes, &section->place, 0, "%s: the VUs of %s do not vary: chaos wants chaos.apply = think here, or constant-vus",
            section_shown(shown, SECTION_SCENARIO, section->name), executor_kind_name(scenario->executor));
    else if (setting != NULL && chaos->apply == CHAOS_APPLY_THINK && !thinks(scenario))
        value_mistake_about(build, setting, "nothing in this scenario thinks: a flow with a step such as think 1s does");
}

void build_chaos(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    const struct setting *noise = section_get(section, KEY_SCENARIO_CHAOS_NOISE);
    struct plan_chaos *chaos;
    size_t preset = 0;

    if (!says_chaos(section))
        return;
    value_choice(build, section, KEY_SCENARIO_CHAOS, chaos_presets, CHAOS_PRESETS, &preset);
    chaos = mem_alloc(sizeof *chaos);
    *chaos = chaos_preset(preset);
    scenario->chaos = chaos;
    build_spikes(build, section, chaos);
    if (noise != NULL && !chaos_parse_noise(noise->value, &chaos->noise, &chaos->noise_ppm))
        value_mistake(build, noise);
    build_hours(build, section, chaos);
    build_apply(build, section, scenario, chaos);
    if (is_calm(chaos)) {
        chaos_free(chaos);
        scenario->chaos = NULL;
    }
}
