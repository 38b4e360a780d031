/* What every command makes of the departure of the scenarios from their plan. Control thread. */
#include "steer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define LEAST_PPM 1000 /* a thousandth of the plan: less is a pause */
#define MOST_PPM (UINT64_C(1000000) * 10000)

typedef unsigned __int128 u128;

void steer_init(struct steer *steer, const struct plan *plan)
{
    size_t count = plan->scenario_count;

    *steer = (struct steer){ .plan = plan };
    steer->now = mem_array(count, sizeof *steer->now);
    steer->next = mem_array(count, sizeof *steer->next);
    steer->undo = mem_array(count * STEER_UNDO_LEVELS, sizeof *steer->undo);
    steer->changes = mem_array(STEER_CHANGES, sizeof *steer->changes); /* pages that are not used cost nothing */
    for (size_t s = 0; s < count; s++)
        steer->now[s] = steering_none();
}

void steer_release(struct steer *steer)
{
    free(steer->now);
    free(steer->next);
    free(steer->undo);
    free(steer->changes);
}

/* ---- amounts ---- */

static uint64_t common_divisor(u128 a, u128 b)
{
    while (b != 0) {
        u128 rest = a % b;

        a = b;
        b = rest;
    }
    return (uint64_t)a;
}

/* rate x ppm, exact where 64 bits can say it. */
static struct rate rate_times(struct rate rate, uint64_t ppm)
{
    u128 count = (u128)rate.count * ppm, per = (u128)rate.per_ns * 1000000;
    uint64_t divisor = common_divisor(count, per);

    count /= divisor;
    per /= divisor;
    while (count > UINT64_MAX / 1000 || per > UINT64_MAX / 1000) {
        count = (count + 1) / 2;
        per = (per + 1) / 2;
    }
    return (struct rate){ (uint64_t)count, (uint64_t)per };
}

static uint64_t ppm_times(uint64_t value, uint64_t ppm)
{
    return (uint64_t)(((u128)value * ppm + 500000) / 1000000);
}

/* VUs are whole: a change that a person asks for is one VU at least. */
static uint64_t vus_times(uint64_t vus, uint64_t ppm)
{
    uint64_t wanted = ppm_times(vus, ppm);

    if (wanted == vus)
        wanted = ppm > LEVEL_AS_PLANNED_PPM ? vus + 1 : vus - (vus > 0);
    return wanted > 0 ? wanted : 1;
}

/* ---- the commands; each changes one scenario and returns NULL, or says why it cannot ---- */

struct aim {
    const struct plan_scenario *scenario;
    struct steering *to;
    uint64_t plan_ns;
};

typedef const char *change_fn(const struct aim *aim, const struct command *command);

static const char *set_rate(const struct aim *aim, const struct command *command)
{
    if (!steer_is_open(aim->scenario))
        return "is a closed model and has VUs, no rate: vus N sets them";
    aim->to->is_fixed = true;
    aim->to->rate = command->rate;
    return NULL;
}

static const char *set_vus(const struct aim *aim, const struct command *command)
{
    if (steer_is_open(aim->scenario))
        return "is an open model and has a rate: rate N sets it";
    if (command->vus == 0)
        return "needs at least 1 VU: pause stands still";
    if (command->vus > 1000000)
        return "can have 1,000,000 VUs at most";
    aim->to->is_fixed = true;
    aim->to->vus = command->vus;
    return NULL;
}

static const char *scale(const struct aim *aim, const struct command *command)
{
    struct steering *to = aim->to;

    if (to->is_fixed) {
        if (steer_is_open(aim->scenario))
            to->rate = rate_times(to->rate, command->factor_ppm);
        else
            to->vus = vus_times(to->vus, command->factor_ppm);
        return NULL;
    }
    if (!steer_is_open(aim->scenario)) {
        struct steering without = *to;
        uint64_t planned = (uint64_t)steer_plan_level(aim->scenario, to, aim->plan_ns), now;

        without.spike_end_ns = 0;
        now = steer_vus(aim->scenario, &without, aim->plan_ns);
        to->factor_ppm = ppm_times(to->factor_ppm, command->factor_ppm);
        if (planned > 0 && ppm_times(planned, to->factor_ppm) == now)
            to->factor_ppm = vus_times(now, command->factor_ppm) * 1000000 / planned;
    } else {
        to->factor_ppm = ppm_times(to->factor_ppm, command->factor_ppm);
    }
    if (to->factor_ppm < LEAST_PPM)
        return "is at a thousandth of its plan: pause stands still";
    if (to->factor_ppm > MOST_PPM)
        return "is at ten thousand times its plan";
    return NULL;
}

static const char *spike(const struct aim *aim, const struct command *command)
{
    aim->to->spike_ppm = command->factor_ppm;
    aim->to->spike_end_ns = aim->plan_ns + command->duration_ns;
    return NULL;
}

static const char *skip_stage(const struct aim *aim, const struct command *command)
{
    uint64_t end_ns = steer_stage_end(aim->scenario, aim->to, aim->plan_ns);

    (void)command;
    if (aim->plan_ns < aim->scenario->start_time_ns)
        return "has not begun";
    if (end_ns == UINT64_MAX)
        return "is in its last stage: stop ends it";
    aim->to->skipped_ns += end_ns - aim->plan_ns;
    return NULL;
}

static change_fn *const changes[COMMAND_COUNT] = {
    [COMMAND_SET_RATE] = set_rate, [COMMAND_SET_VUS] = set_vus,       [COMMAND_SCALE] = scale,
    [COMMAND_SPIKE] = spike,       [COMMAND_SKIP_STAGE] = skip_stage,
};

/* ---- what it means, in units ---- */

static void add(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);

    snprintf(text + length, size - length, "%s%s", length > 0 ? ", " : "", more);
}

static void level_text(
    char *out, size_t size, const struct plan_scenario *scenario, const struct steering *a, const struct steering *b, bool is_named,
    uint64_t plan_ns)
{
    char from[24], to[24], of[60] = "";

    if (plan_ns < scenario->start_time_ns)
        plan_ns = scenario->start_time_ns;
    if (is_named)
        snprintf(of, sizeof of, " of %.50s", scenario->name);
    if (steer_is_open(scenario))
        snprintf(
            out, size, "rate%s %s/s to %s/s", of, units_format_rate(from, sizeof from, steer_rate(scenario, a, plan_ns)),
            units_format_rate(to, sizeof to, steer_rate(scenario, b, plan_ns)));
    else
        snprintf(
            out, size, "VUs%s %llu to %llu", of, (unsigned long long)steer_vus(scenario, a, plan_ns),
            (unsigned long long)steer_vus(scenario, b, plan_ns));
}

static bool is_same(const struct steering *a, const struct steering *b)
{
    return a->factor_ppm == b->factor_ppm && a->is_fixed == b->is_fixed && a->rate.count == b->rate.count &&
           a->rate.per_ns == b->rate.per_ns && a->vus == b->vus && a->spike_ppm == b->spike_ppm && a->spike_end_ns == b->spike_end_ns &&
           a->skipped_ns == b->skipped_ns;
}

static void say_change(struct steer *steer, const struct command *command, uint64_t plan_ns)
{
    steer->text[0] = '\0';
    if (command->kind == COMMAND_UNDO)
        snprintf(steer->text, sizeof steer->text, "undo: ");
    if (command->kind == COMMAND_SKIP_STAGE)
        snprintf(steer->text, sizeof steer->text, "next stage: ");
    if (command->kind == COMMAND_SPIKE) {
        char length[40];

        snprintf(
            steer->text, sizeof steer->text, "spike x%g for %s: ", (double)command->factor_ppm / 1e6,
            units_format_duration(length, sizeof length, command->duration_ns));
    }
    for (size_t s = 0, said = 0; s < steer->plan->scenario_count; s++) {
        char one[130];
        size_t length = strlen(steer->text);

        if (is_same(&steer->now[s], &steer->next[s]))
            continue;
        level_text(one, sizeof one, &steer->plan->scenarios[s], &steer->now[s], &steer->next[s], steer->plan->scenario_count > 1, plan_ns);
        if (said++ > 0)
            add(steer->text, sizeof steer->text, one);
        else
            snprintf(steer->text + length, sizeof steer->text - length, "%s", one);
    }
}

/* ---- limits ---- */

/* A spike that is over is no state any more. */
static void forget_old_spikes(struct steering *states, size_t count, uint64_t plan_ns)
{
    for (size_t s = 0; s < count; s++)
        if (states[s].spike_end_ns <= plan_ns) {
            states[s].spike_ppm = LEVEL_AS_PLANNED_PPM;
            states[s].spike_end_ns = 0;
        }
}

static int undo(struct steer *steer, uint64_t plan_ns, struct error *err)
{
    size_t count = steer->plan->scenario_count;

    steer->undo_left = steer->undo_count;
    while (steer->undo_left > 0) {
        const struct steering *before = steer->undo + --steer->undo_left * count;
        bool is_other = false;

        memcpy(steer->next, before, count * sizeof *before);
        forget_old_spikes(steer->next, count, plan_ns);
        for (size_t s = 0; s < count; s++)
            is_other |= !is_same(&steer->next[s], &steer->now[s]);
        if (is_other)
            return 0;
    }
    return error_set(err, EXIT_USAGE, "nothing to undo: the load is as planned");
}

void steer_try_load(struct steer *steer, uint64_t ppm, uint64_t plan_ns)
{
    size_t count = steer->plan->scenario_count;

    forget_old_spikes(steer->now, count, plan_ns);
    memcpy(steer->next, steer->now, count * sizeof *steer->next);
    steer->undo_left = steer->undo_count;
    for (size_t s = 0; s < count; s++) {
        steer->next[s].spike_ppm = ppm;
        steer->next[s].spike_end_ns = ppm == LEVEL_AS_PLANNED_PPM ? 0 : UINT64_MAX;
    }
}

static int change_one(struct steer *steer, size_t s, const struct command *command, uint64_t plan_ns, struct error *err)
{
    const struct plan_scenario *scenario = &steer->plan->scenarios[s];
    const struct aim aim = { scenario, &steer->next[s], plan_ns };
    const char *why;

    if (steer_has_ended(scenario, &steer->now[s], plan_ns))
        return error_set(err, EXIT_USAGE, "%s has ended", scenario->name);
    if (scenario->executor == EXECUTOR_PER_VU_ITERATIONS)
        return error_set(err, EXIT_USAGE, "%s gives every VU its iterations, so their number is fixed", scenario->name);
    why = changes[command->kind](&aim, command);
    if (why != NULL)
        return error_set(err, EXIT_USAGE, "%s %s", scenario->name, why);
    return 0;
}

int steer_try(struct steer *steer, const struct command *command, uint64_t plan_ns, struct error *err)
{
    size_t count = steer->plan->scenario_count, done = 0;

    if (steer->change_count + count > STEER_CHANGES)
        return error_set(err, EXIT_USAGE, "the load was changed too often in this run: a re-run begins anew");
    if (command->scenario > count)
        return error_set(err, EXIT_USAGE, "there is no scenario %u", command->scenario);
    forget_old_spikes(steer->now, count, plan_ns);
    memcpy(steer->next, steer->now, count * sizeof *steer->next);
    if (command->kind == COMMAND_UNDO) {
        if (undo(steer, plan_ns, err) != 0)
            return -1;
        say_change(steer, command, plan_ns);
        return 0;
    }
    for (size_t s = 0; s < count; s++) {
        struct error why = { 0 };

        if (command->scenario != 0 && command->scenario != s + 1)
            continue;
        if (change_one(steer, s, command, plan_ns, &why) == 0) {
            done++;
        } else {
            steer->next[s] = steer->now[s]; /* of all, those that can */
            if (err->exit_code == 0)
                *err = why;
        }
    }
    if (done == 0)
        return -1;
    *err = (struct error){ 0 };
    say_change(steer, command, plan_ns);
    return 0;
}

/* ---- what holds, and what was ---- */

static void remember(struct steer *steer)
{
    size_t count = steer->plan->scenario_count;

    if (steer->undo_count == STEER_UNDO_LEVELS)
        memmove(steer->undo, steer->undo + count, --steer->undo_count * count * sizeof *steer->undo);
    memcpy(steer->undo + steer->undo_count++ * count, steer->now, count * sizeof *steer->undo);
}

void steer_take(struct steer *steer, enum command_kind kind, uint64_t at_ns, uint64_t plan_ns)
{
    if (kind != COMMAND_UNDO)
        remember(steer);
    else
        steer->undo_count = steer->undo_left;
    for (size_t s = 0; s < steer->plan->scenario_count; s++) {
        if (is_same(&steer->now[s], &steer->next[s]))
            continue;
        steer->now[s] = steer->next[s];
        INVARIANT(steer->change_count < STEER_CHANGES);
        steer->changes[steer->change_count++] = (struct steer_change){ CHANGE_STEER, at_ns, plan_ns, (uint32_t)s, steer->now[s] };
    }
}

void steer_note(struct steer *steer, enum change_kind kind, uint64_t at_ns, uint64_t plan_ns)
{
    if (steer->change_count < STEER_CHANGES)
        steer->changes[steer->change_count++] = (struct steer_change){ .kind = kind, .at_ns = at_ns, .plan_ns = plan_ns };
}

bool steer_spike_ended(const struct steer *steer, uint64_t before_ns, uint64_t plan_ns, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t s = 0; s < steer->plan->scenario_count; s++) {
        const struct steering *now = &steer->now[s];
        struct steering during = *now;
        char one[130];

        if (now->spike_end_ns == 0 || now->spike_end_ns <= before_ns || now->spike_end_ns > plan_ns)
            continue;
        during.spike_end_ns = UINT64_MAX;
        level_text(one, sizeof one, &steer->plan->scenarios[s], &during, now, steer->plan->scenario_count > 1, plan_ns);
        add(text, size, one);
    }
    return text[0] != '\0';
}
