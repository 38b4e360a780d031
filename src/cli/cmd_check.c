/* check PLAN: every mistake with its place, or one line that says what the plan is. Runs nothing. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "onager/units.h"
#include "say.h"

static void print_plan(const char *file, const struct plan *plan)
{
    uint64_t iterations = plan_planned_iterations(plan);
    char duration[40], count[40];

    printf(
        "%s: no mistakes; %zu request%s, %zu scenario%s, %zu threshold%s, at most %s", file, plan->request_count,
        plan->request_count == 1 ? "" : "s", plan->scenario_count, plan->scenario_count == 1 ? "" : "s", plan->threshold_count,
        plan->threshold_count == 1 ? "" : "s", units_format_duration(duration, sizeof duration, plan_duration_ns(plan)));
    if (iterations > 0)
        printf(", %s iterations", units_format_count(count, sizeof count, iterations));
    printf("\n");
}

static int check(const struct args *args, const char *file)
{
    struct plan_request_by_user from = { .target = file, .overrides = args->overrides, .override_count = args->override_count };
    struct error err = { 0 };
    struct buf notes;
    struct plan *plan;

    buf_init(&notes);
    plan = plan_build(&from, &notes, &err);
    buf_release(&notes);
    if (plan == NULL) {
        say_error(&err, plan_target_kind(file) == TARGET_FILE);
        return err.exit_code;
    }
    print_plan(file, plan);
    plan_free(plan);
    return EXIT_PASSED;
}

int cmd_check(int argc, char **argv)
{
    struct error err = { 0 };
    int exit_code = EXIT_PASSED;
    struct buf notes;
    struct args args;

    buf_init(&notes);
    if (args_parse(&args, argc, argv, &notes, &err) == 0 && args.operand_count == 0 && !args.wants_help)
        error_set(&err, EXIT_USAGE, "check wants a plan file: onager check plan.ini");
    if (notes.length > 0)
        say(notes.data);
    if (err.exit_code != 0) {
        say_error(&err, false);
        exit_code = err.exit_code;
    } else if (args.wants_help) {
        char *words[] = { argv[0], argv[0], NULL };

        cmd_help(2, words);
    } else {
        for (size_t i = 0; i < args.operand_count; i++) {
            int code = check(&args, args.operands[i]);

            exit_code = code > exit_code ? code : exit_code;
        }
    }
    args_release(&args);
    buf_release(&notes);
    return exit_code;
}
