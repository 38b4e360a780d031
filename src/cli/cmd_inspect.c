/* inspect PLAN: the plan as it was resolved, with the origin of each value; as text that is a plan, or JSON. Runs nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "inspect.h"
#include "own_options.h"
#include "say.h"

static int inspect(const struct args *args, size_t format, struct buf *notes, struct error *err)
{
    struct plan_request_by_user from = { .target = args->operands[0],
                                         .overrides = args->overrides,
                                         .override_count = args->override_count };
    struct buf out;
    int failed;

    buf_init(&out);
    failed = plan_inspect(&from, format == 0 ? INSPECT_TEXT : INSPECT_JSON, &out, notes, err);
    if (failed == 0 && (fwrite(out.data, 1, out.length, stdout) != out.length || fflush(stdout) != 0))
        failed = error_set(err, EXIT_OUTPUT, "cannot write the plan: %s", strerror(errno));
    buf_release(&out);
    return failed;
}

int cmd_inspect(int argc, char **argv)
{
    struct error err = { 0 };
    struct own_options own;
    struct buf notes;
    struct args args = { 0 };
    size_t format = 0;
    bool is_file = false;

    buf_init(&notes);
    if (own_options_take(&own, &argc, argv, &err) == 0 && own_option_choice(&own, OWN_INSPECT_FORMAT, &format, &err) &&
        args_parse(&args, argc, argv, &notes, &err) == 0 && args.operand_count != 1 && !args.wants_help)
        error_set(&err, EXIT_USAGE, "inspect wants one plan file or URL: onager inspect plan.ini");
    if (err.exit_code == 0 && args.wants_help) {
        char *words[] = { argv[0], argv[0], NULL };

        cmd_help(2, words);
    } else if (err.exit_code == 0 && args.operands != NULL) {
        is_file = plan_target_kind(args.operands[0]) == TARGET_FILE;
        inspect(&args, format, &notes, &err);
    }
    if (notes.length > 0)
        say(notes.data);
    if (err.exit_code != 0)
        say_error(&err, is_file);
    args_release(&args);
    own_options_release(&own);
    buf_release(&notes);
    return err.exit_code;
}
