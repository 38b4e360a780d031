/* Stages of a ramp: "30s:50, 2m:50, 30s:0" to straight lines, and back. Main thread. */
#ifndef ONAGER_STAGES_H
#define ONAGER_STAGES_H

#include "build.h"

/* Reads the stages that count (of options all, one after another) into scenario->stages, duration_ns, and rate (open ones:
 * scenario->rate.per_ns says what `from` is counted in, and is changed to what every target can be counted in) or vus.
 * unit_ns: of rates that are bare numbers. false: a mistake (said). */
bool stages_read(struct build *build, const struct section *section, struct plan_scenario *scenario, uint64_t from, uint64_t unit_ns);

/* Mistake unless the arithmetic of schedules can say the scenario's stages: levels and lengths together have a limit far from
 * everything useful. */
void stages_check_span(struct build *build, const struct setting *setting, const struct plan_scenario *scenario);

/* "50", "0.5/s", "300/m", with may_be_zero also "0" and "0/s". A bare number is per unit_ns. */
bool stages_parse_rate(const char *text, uint64_t unit_ns, bool may_be_zero, struct rate *rate);

/* "10s:50, 1m:50" as a plan file has it; targets of open scenarios with their unit. */
void stages_print(struct buf *out, const struct plan_scenario *scenario);

/* Whether a text of stages speaks of rates: a target has a unit ("30s:50/s"). */
bool stages_are_rates(const char *text);

#endif
