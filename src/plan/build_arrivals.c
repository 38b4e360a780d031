/* How arrivals lie on the curve of an open model, and what becomes of those that onager itself is late for. */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "mem.h"

/* "burst 10 every 2s" to its numbers. */
static bool read_burst(const char *text, uint64_t *count, uint64_t *period_ns)
{
    char *copy = mem_copy(text), *p = copy + strspn(copy, " \t"), *end = p + strcspn(p, " \t");
    bool is_good = true;

    *period_ns = 0;
    if (*end != '\0') {
        *end++ = '\0';
        end += strspn(end, " \t");
        is_good = strncmp(end, "every ", 6) == 0;
        end += is_good ? 6 + strspn(end + 6, " \t") : 0;
        is_good = is_good && units_parse_duration(end, BARE_SECONDS, period_ns) && *period_ns > 0;
    }
    is_good = is_good && units_parse_count(p, count) && *count > 0 && *count <= 1000000;
    free(copy);
    return is_good;
}

bool build_burst(struct build *build, const struct section *section, struct rate *rate)
{
    const struct setting *setting = value_find(build, section, KEY_SCENARIO_ARRIVALS);

    return setting != NULL && strncmp(setting->value, "burst ", 6) == 0 && read_burst(setting->value + 6, &rate->count, &rate->per_ns) &&
           rate->per_ns > 0;
}

static void read_arrivals(struct build *build, const struct setting *setting, struct plan_scenario *scenario)
{
    uint64_t period_ns;

    if (strcmp(setting->value, "even") == 0) {
        scenario->arrivals = ARRIVALS_EVEN;
    } else if (strcmp(setting->value, "poisson") == 0) {
        scenario->arrivals = ARRIVALS_POISSON;
    } else if (strncmp(setting->value, "burst ", 6) == 0 && read_burst(setting->value + 6, &scenario->burst, &period_ns)) {
        scenario->arrivals = ARRIVALS_BURST;
        if (period_ns > 0 && scenario->executor == EXECUTOR_RAMPING_ARRIVAL_RATE)
            value_mistake_about(build, setting, "the stages say how often; burst N alone");
    } else {
        value_mistake(build, setting);
    }
}

void build_arrivals(struct build *build, const struct section *section, struct plan_scenario *scenario)
{
    static const char *const stalls[] = { "skip", "catch-up" };
    const struct setting *setting = value_find(build, section, KEY_SCENARIO_ARRIVALS);
    size_t choice;

    if (setting != NULL)
        read_arrivals(build, setting, scenario);
    if (value_choice(build, section, KEY_SCENARIO_ON_STALL, stalls, 2, &choice))
        scenario->on_stall = choice == 0 ? ON_STALL_SKIP : ON_STALL_CATCH_UP;
}
