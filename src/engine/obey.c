/* What commands do to the current run. Each takes effect at one instant on all workers, a little ahead, and is an annotation with
 * its author; one that cannot be done is a warning that says why. Control thread. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "control.h"

#define SPARE_FILES 60 /* besides one per VU */
#define MOST_RATE 1e7  /* a second */
#define MOST_VUS 1000000

void control_note(struct engine *engine, const char *by, enum event_kind kind, uint64_t at_ns, const char *text)
{
    aggregate_event(engine->run->aggregate, run_now_ns(engine->run, at_ns), kind, by, "%s", text);
}

static bool is_allowed(enum command_kind kind, enum run_state state)
{
    static const char *const allowed[COMMAND_COUNT] = {
#define COMMAND(id, name, word, args, states, help) [COMMAND_##id] = states,
#include "onager/command.def"
#undef COMMAND
    };
    static const char letters[] = {
        [RUN_READY] = 'r', [RUN_RUNNING] = 'g', [RUN_PAUSED] = 'p', [RUN_STOPPING] = 's', [RUN_SETUP] = 's', [RUN_TEARDOWN] = 's'
    };
    char letter = run_state_is_end(state) ? 'e' : letters[state];

    if (kind == COMMAND_STOP && (state == RUN_SETUP || state == RUN_TEARDOWN))
        return true; /* there is nothing that could end gently: see stop_by() */
    return strchr(allowed[kind], letter) != NULL;
}

/* What asked for the end: a signal that a client passed on, or the client. */
static void stop_by(struct engine *engine, const struct client *client, const struct command *command, uint64_t at_ns)
{
    const char *by = command->text[0] != '\0' ? command->text : client->name;
    bool now = command->kind == COMMAND_KILL || engine->stage != NULL;
    char reason[120];

    snprintf(reason, sizeof reason, "stopped%s by %s", now ? " at once" : "", by);
    control_note(engine, by, EVENT_COMMAND, at_ns, now ? "stop at once" : "stop");
    if (now)
        run_kill(engine->run, at_ns, RUN_STOPPED, reason);
    else
        run_stop(engine->run, at_ns, RUN_STOPPED, reason);
}

/* Files for the VUs that the new state wants; the soft limit is raised when it has to be. */
static int check_files(const struct steer *steer, uint64_t plan_ns, struct error *err)
{
    uint64_t vus = 0, need;
    struct rlimit limit;

    for (size_t s = 0; s < steer->plan->scenario_count; s++) {
        const struct plan_scenario *scenario = &steer->plan->scenarios[s];

        vus += steer_is_open(scenario) ? scenario->max_vus : steer_vus(scenario, &steer->next[s], plan_ns);
    }
    need = vus + SPARE_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || need <= limit.rlim_cur)
        return 0;
    if (limit.rlim_max != RLIM_INFINITY && need > limit.rlim_max)
        return error_set(
            err, EXIT_USAGE, "%llu VUs need %llu files, the limit is %llu", (unsigned long long)vus, (unsigned long long)need,
            (unsigned long long)limit.rlim_max);
    limit.rlim_cur = need;
    setrlimit(RLIMIT_NOFILE, &limit);
    return 0;
}

/* [safety] holds for people too. */
static int check_limits(const struct steer *steer, uint64_t plan_ns, struct error *err)
{
    const struct plan_safety *safety = &steer->plan->safety;
    uint64_t vus = 0, at_ns;
    double wanted = steer_peak_rate(steer->plan, steer->next, plan_ns, &at_ns);
    char rate[24], limit[24];

    if (wanted > MOST_RATE)
        return error_set(err, EXIT_USAGE, "%s/s is more than any machine sends", units_format_rate(rate, sizeof rate, wanted));
    if (safety->max_rate.count > 0) {
        double most = (double)safety->max_rate.count * 1e9 / (double)safety->max_rate.per_ns;

        if (wanted > most * (1 + 1e-9))
            return error_set(
                err, EXIT_USAGE, "%s/s is above max_rate, %s/s", units_format_rate(rate, sizeof rate, wanted),
                units_format_rate(limit, sizeof limit, most));
    }
    for (size_t s = 0; s < steer->plan->scenario_count; s++)
        vus += steer_vus(&steer->plan->scenarios[s], &steer->next[s], plan_ns);
    if (vus > MOST_VUS)
        return error_set(err, EXIT_USAGE, "%llu VUs are more than 1,000,000", (unsigned long long)vus);
    if (safety->max_in_flight > 0 && vus > safety->max_in_flight)
        return error_set(
            err, EXIT_USAGE, "%llu VUs are more than max_in_flight, %llu", (unsigned long long)vus,
            (unsigned long long)safety->max_in_flight);
    return 0;
}

static void steer_by(struct engine *engine, const struct client *client, const struct command *command, uint64_t at_ns)
{
    struct run *run = engine->run;
    uint64_t plan_ns = plan_clock_at(&run->clock, at_ns);
    struct error why = { 0 };

    if (steer_try(&run->steer, command, plan_ns, &why) != 0 || check_limits(&run->steer, plan_ns, &why) != 0 ||
        check_files(&run->steer, plan_ns, &why) != 0) {
        char text[200];

        snprintf(text, sizeof text, "%s was refused: %.150s", command_word(command->kind), why.text);
        control_note(engine, client->name, EVENT_WARNING, at_ns, text);
        return;
    }
    control_note(engine, client->name, EVENT_COMMAND, at_ns, run->steer.text);
    run_steer(run, at_ns, command->kind);
}

static void rerun_by(struct engine *engine, struct client *client, uint64_t at_ns)
{
    engine->rerun_by = client;
    if (!engine->run->is_final)
        run_kill(engine->run, at_ns, RUN_STOPPED, "stopped for a re-run");
}

static void carry_out(struct engine *engine, struct client *client, const struct command *command, uint64_t at_ns)
{
    struct run *run = engine->run;

    switch (command->kind) {
    case COMMAND_START:
        control_begin(engine);
        control_note(engine, client->name, EVENT_COMMAND, run->clock.zero_ns, "start");
        break;
    case COMMAND_PAUSE:
        run_pause(run, at_ns);
        control_note(engine, client->name, EVENT_COMMAND, at_ns, "pause");
        break;
    case COMMAND_RESUME:
        run_resume(run, at_ns);
        control_note(engine, client->name, EVENT_COMMAND, at_ns, "resume");
        break;
    case COMMAND_STOP:
    case COMMAND_KILL:
        stop_by(engine, client, command, at_ns);
        break;
    case COMMAND_RERUN:
        rerun_by(engine, client, at_ns);
        break;
    case COMMAND_MARKER:
        control_note(engine, client->name, EVENT_MARKER, clock_now_ns(), command->text[0] != '\0' ? command->text : "mark");
        break;
    case COMMAND_SET_RATE:
    case COMMAND_SET_VUS:
    case COMMAND_SCALE:
    case COMMAND_SPIKE:
    case COMMAND_SKIP_STAGE:
    case COMMAND_UNDO:
        steer_by(engine, client, command, at_ns);
        break;
    case COMMAND_COUNT:
        break;
    }
}

void control_obey(struct engine *engine, struct client *client, const struct command *command)
{
    struct run *run = engine->run;
    uint64_t at_ns = clock_now_ns() + CONTROL_EFFECTIVE_NS;

    if (!is_allowed(command->kind, run->state)) {
        char text[80];

        snprintf(text, sizeof text, "%s does nothing: the run is %s", command_name(command->kind), run_state_name(run->state));
        if (!run->is_final)
            control_note(engine, client->name, EVENT_WARNING, at_ns, text);
        return;
    }
    if (!run_takes_orders(run) && command->kind != COMMAND_STOP && command->kind != COMMAND_KILL) {
        control_note(engine, client->name, EVENT_WARNING, at_ns, "too many commands at once: this one was left out");
        return;
    }
    carry_out(engine, client, command, at_ns);
    engine->effect_ns = at_ns;
}
