/* find TARGET --slo EXPR: the highest rate at which the SLO holds. Every step is a run of its own, of the plan's scenario with a
 * constant rate; what comes next is find_search's business. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "find_report.h"
#include "find_step.h"
#include "mem.h"
#include "own_options.h"
#include "say.h"
#include "signals.h"

#define MIN_RATE 10
#define MAX_RATE 10000
#define STEP_NS (10 * NS_PER_S)
#define RATE_LIMIT 1000000
#define STEPS_MAX 200

struct search {
    const struct args *args;
    const char *target;
    struct plan_override *overrides; /* those of the run, and the SLO */
    size_t override_count;
    uint64_t most_vus; /* -c; 0: not said */
    struct find_plan plan;
    size_t format; /* text, csv, json */
    struct find find;
    struct find_step *steps;
    size_t step_count;
};

/* ---- what is wanted ---- */

static int read_precision(struct search *search, const struct own_options *own, struct error *err)
{
    const char *text = own_option_value(own, OWN_FIND_PRECISION);
    char *end;
    double percent = text != NULL ? strtod(text, &end) : 5;

    if (text != NULL && (end == text || (*end != '\0' && strcmp(end, "%") != 0) || !(percent >= 0.1 && percent <= 50)))
        return error_set(err, EXIT_USAGE, "--precision wants a percentage from 0.1 to 50, got \"%.60s\"", text);
    search->plan.precision_ppm = (uint32_t)(percent * 10000 + 0.5);
    return 0;
}

static int read_own(struct search *search, const struct own_options *own, struct error *err)
{
    struct find_plan *plan = &search->plan;

    if (!own_option_count(own, OWN_FIND_MIN, MIN_RATE, &plan->min, err) ||
        !own_option_count(own, OWN_FIND_MAX, plan->min > MAX_RATE ? plan->min : MAX_RATE, &plan->max, err) ||
        !own_option_duration(own, OWN_FIND_STEP_TIME, STEP_NS, &plan->step_ns, err) ||
        !own_option_duration(own, OWN_FIND_HOLD_TIME, 3 * plan->step_ns, &plan->hold_ns, err) ||
        !own_option_choice(own, OWN_FIND_FORMAT, &search->format, err) || read_precision(search, own, err) != 0)
        return -1;
    if (plan->min > plan->max)
        return error_set(err, EXIT_USAGE, "--min %llu is more than --max", (unsigned long long)plan->min);
    if (plan->max > RATE_LIMIT)
        return error_set(err, EXIT_USAGE, "--max is at most %d", RATE_LIMIT);
    return 0;
}

/* The options of the run but those that the search decides. */
static int take_overrides(struct search *search, const struct own_options *own, struct error *err)
{
    const struct args *args = search->args;

    search->overrides = mem_array(args->override_count + own->count + 1, sizeof *search->overrides);
    for (size_t i = 0; i < args->override_count; i++) {
        const struct plan_override *option = &args->overrides[i];
        bool is_load =
            strcmp(option->option, "rate") == 0 || strcmp(option->option, "duration") == 0 || strcmp(option->option, "iterations") == 0;

        if (is_load && option->origin == ORIGIN_FLAG)
            return error_set(
                err, EXIT_USAGE, "%s: find decides about the load: --min and --max bound the rate, --step-time is how long one is tried",
                option->shown);
        if (strcmp(option->option, "out") == 0 && option->origin == ORIGIN_FLAG)
            return error_set(err, EXIT_USAGE, "%s: the result of find goes to the standard output: --format json > FILE", option->shown);
        if (strcmp(option->option, "vus") == 0 && !units_parse_count(option->value, &search->most_vus))
            search->most_vus = 0; /* plan_build() will say so */
        if (!is_load && strcmp(option->option, "out") != 0)
            search->overrides[search->override_count++] = *option;
    }
    for (size_t i = 0; i < own->count; i++)
        if (own->items[i].id == OWN_FIND_SLO)
            search->overrides[search->override_count++] = (struct plan_override){ "threshold", own->items[i].value, ORIGIN_FLAG, "--slo" };
    return 0;
}

/* ---- the steps ---- */

/* The plan of a step. NULL and *err. */
static struct plan *build_plan(const struct search *search, const struct find_ask *ask, struct error *err)
{
    struct plan_request_by_user from = { search->target, search->overrides, search->override_count };
    struct plan *plan = plan_build(&from, NULL, err);

    if (plan == NULL)
        return NULL;
    if (plan->scenario_count != 1)
        error_set(
            err, EXIT_USAGE, "%s has %zu scenarios, and find varies the load of one: --scenario NAME", search->target,
            plan->scenario_count);
    else if (plan->threshold_count == 0)
        error_set(err, EXIT_USAGE, "find wants to know what must hold: --slo 'p99<300ms, failed<1%%', or [thresholds] in the plan");
    if (err->exit_code != 0) {
        plan_free(plan);
        return NULL;
    }
    find_shape_plan(plan, ask, search->most_vus);
    return plan;
}

static int run_step(struct search *search, const struct find_ask *ask, struct error *err)
{
    bool is_quiet = search->args->show == SHOW_QUIET, is_terminal = isatty(STDERR_FILENO) == 1;
    struct plan *plan = build_plan(search, ask, err);
    struct find_step step = { .ask = *ask };
    struct buf line;
    int failed;

    if (plan == NULL)
        return -1;
    failed = find_step_run(&step, plan, is_terminal && !is_quiet, err);
    plan_free(plan);
    if (failed)
        return -1;
    search->steps = mem_resize(search->steps, search->step_count + 1, sizeof *search->steps);
    search->steps[search->step_count++] = step;
    find_tell(&search->find, search->step_count >= STEPS_MAX ? FIND_STOPPED : step.result, step.duration.p99_ns);
    if (is_quiet)
        return 0;
    buf_init(&line);
    find_step_text(&line, &step, say_is_utf8());
    fputs(line.data, stderr);
    buf_release(&line);
    return 0;
}

static int print_report(const struct search *search, const struct plan *plan)
{
    const struct find_report report = { search->target, plan->thresholds, plan->threshold_count,
                                        &search->find,  search->steps,    search->step_count };
    int exit_code = find_exit_code(search->find.outcome);
    struct buf text;

    buf_init(&text);
    if (search->format == 0)
        find_report_text(&text, &report, say_is_utf8());
    else
        (search->format == 1 ? find_report_csv : find_report_json)(&text, &report);
    if (fwrite(text.data, 1, text.length, stdout) != text.length || fflush(stdout) != 0) {
        struct error err = { 0 };

        error_set(&err, EXIT_OUTPUT, "cannot write the result: %s", strerror(errno));
        say_error(&err, false);
        exit_code = EXIT_OUTPUT;
    }
    buf_release(&text);
    return exit_code;
}

/* The exit code, or -1 and *err. */
static int run_search(struct search *search, struct error *err)
{
    const struct find_ask most = { FIND_BRACKET, search->plan.max, search->plan.step_ns };
    struct plan *plan = build_plan(search, &most, err);
    struct find_ask ask;
    int exit_code;

    if (plan == NULL)
        return -1;
    /* the guard is asked about the highest rate there could be */
    if (!run_may_start(search->args, plan, err)) {
        plan_free(plan);
        return err->exit_code != 0 ? -1 : EXIT_STOPPED;
    }
    signals_install();
    find_init(&search->find, &search->plan);
    while (find_next(&search->find, &ask))
        if (run_step(search, &ask, err) != 0) {
            plan_free(plan);
            return -1;
        }
    exit_code = print_report(search, plan);
    plan_free(plan);
    return exit_code;
}

static int find(const struct args *args, const struct own_options *own, struct error *err)
{
    struct search search = { .args = args };
    int exit_code = -1;

    if (args->operand_count != 1)
        return error_set(err, EXIT_USAGE, "find wants one target, a URL or a plan: onager find URL --slo 'p99<300ms'");
    search.target = args->operands[0];
    if (read_own(&search, own, err) == 0 && take_overrides(&search, own, err) == 0)
        exit_code = run_search(&search, err);
    free(search.overrides);
    free(search.steps);
    return exit_code;
}

int cmd_find(int argc, char **argv)
{
    struct args args = { 0 };
    struct own_options own;
    struct error err = { 0 };
    struct buf notes;
    int exit_code = -1;

    buf_init(&notes);
    if (own_options_take(&own, &argc, argv, &err) == 0 && args_parse(&args, argc, argv, &notes, &err) == 0) {
        if (args.wants_help) {
            char *words[] = { argv[0], argv[0], NULL };

            exit_code = cmd_help(2, words);
        } else {
            exit_code = find(&args, &own, &err);
        }
    }
    if (notes.length > 0)
        say(notes.data);
    if (exit_code < 0) {
        say_error(
            &err,
            own.count > 0 && args.operand_count == 1 && plan_target_kind(args.operands[0]) == TARGET_FILE && err.exit_code == EXIT_PLAN);
        exit_code = err.exit_code;
    }
    args_release(&args);
    own_options_release(&own);
    buf_release(&notes);
    return exit_code;
}
