/* run TARGET: from the words of the command line to the exit code. The order here is the order of what can go wrong. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "guard.h"
#include "hooks.h"
#include "local_server.h"
#include "mem.h"
#include "nearest.h"
#include "onager/engine.h"
#include "onager/replay.h"
#include "output.h"
#include "recorder.h"
#include "say.h"
#include "signals.h"
#include "summary.h"
#include "watch.h"

/* The result on standard output, or on standard error when an output goes there. -1 when it could not be written. */
static int print_summary(const struct snapshot *final, bool stdout_is_taken, const struct args *args, struct buf *complaints)
{
    bool utf8 = say_is_utf8() && (args->glyphs == NULL || strcmp(args->glyphs, "ascii") != 0);
    FILE *stream = stdout_is_taken ? stderr : stdout;
    struct buf text;
    int failed = 0;

    if (args->summary != NULL && strcmp(args->summary, "none") == 0)
        return 0;
    buf_init(&text);
    (args->summary != NULL && strcmp(args->summary, "full") == 0 ? summary_full_text : summary_text)(&text, final, utf8);
    errno = 0;
    if (fwrite(text.data, 1, text.length, stream) != text.length || fflush(stream) != 0) {
        buf_addf(complaints, "%scannot write the summary: %s", complaints->length > 0 ? "\n" : "", strerror(errno));
        failed = -1;
    }
    buf_release(&text);
    return failed;
}

/* Of the codes of a run the first that applies: 1, 4, then 6 (an output), then 8 and 0. */
static int with_lost_output(int exit_code)
{
    return exit_code == EXIT_PASSED || exit_code == EXIT_INVALID ? EXIT_OUTPUT : exit_code;
}

/* What happened, as a plan. */
static void save_plan(const struct args *args, const struct snapshot *final, struct buf *complaints)
{
    struct error err = { 0 };
    char name[300];

    if (args->save_plan == NULL)
        return;
    if (onager_replay_save(final, args->save_plan, name, sizeof name, &err) != 0)
        buf_addf(complaints, "%s%s", complaints->length > 0 ? "\n" : "", err.text);
}

static int finish(const struct args *args, struct recorder *recorder, const struct outputs *outputs, unsigned last_run)
{
    const struct snapshot *final;
    struct buf complaints, failure;
    int exit_code;

    buf_init(&complaints);
    buf_init(&failure);
    final = recorder_finish(recorder, last_run, &complaints);
    exit_code = final->exit_code;
    /* after a hang-up the terminal may be gone: then nobody reads it, and that it could not be written is no news */
    print_summary(final, outputs_use_stdout(outputs), args, signals_hung_up() ? &failure : &complaints);
    buf_clear(&failure);
    save_plan(args, final, &complaints);
    if (complaints.length > 0) {
        say(complaints.data);
        exit_code = with_lost_output(exit_code);
    }
    if (summary_failure(&failure, final))
        say(failure.data);
    hooks_end(final->plan, final, exit_code);
    buf_release(&complaints);
    buf_release(&failure);
    return exit_code;
}

static int run_engine(
    const struct args *args, struct engine *engine, const struct plan *plan, struct outputs *outputs, enum show_mode mode,
    struct error *err)
{
    struct recorder *recorder = recorder_start(engine, outputs, err);
    struct local_server *server = NULL;
    struct error no_socket = { 0 };
    const char *user = getenv("USER");
    struct client *client;
    unsigned last_run = 0;
    int exit_code;

    if (recorder == NULL)
        return -1;
    client = onager_client_new(engine, mode != SHOW_DASHBOARD ? "signal" : user != NULL && user[0] != '\0' ? user : "user", 8);
    signals_install();
    if (!args->no_socket && (server = local_server_start(engine, plan, &no_socket)) == NULL && args->show != SHOW_QUIET)
        say(no_socket.text); /* the run does not need it */
    if (onager_engine_start(engine, err) == 0)
        last_run = watch_run(client, args, mode, err);
    exit_code = last_run > 0 ? finish(args, recorder, outputs, last_run) : -1;
    local_server_stop(server);
    recorder_free(recorder);
    return exit_code;
}

/* ---- the question before the start ---- */

static struct guard_address *addresses_of(const struct engine *engine, size_t *count)
{
    struct guard_address *all = NULL;
    struct engine_address one;

    for (*count = 0; onager_engine_address(engine, *count, &one); (*count)++) {
        all = mem_resize(all, *count + 1, sizeof *all);
        all[*count] = (struct guard_address){ one.host, one.address };
    }
    return all;
}

static bool is_over(void)
{
    return signals_asked() > 0 || signals_hung_up();
}

static enum guard_answer ask(const struct args *args, const struct plan *plan, const struct guard_finding *finding)
{
    bool utf8 = say_is_utf8() && (args->glyphs == NULL || strcmp(args->glyphs, "ascii") != 0);
    enum guard_answer answer;
    struct error err = { 0 };
    struct buf text;

    buf_init(&text);
    guard_question(&text, plan, finding, say_columns(), utf8);
    fputs(text.data, stderr);
    fflush(stderr);
    buf_release(&text);
    do {
        answer = guard_wait(STDIN_FILENO, is_over);
        if (answer != GUARD_ALWAYS || config_allow(finding->host, &err) == 0)
            return answer;
        say_error(&err, false); /* still nothing is sent: another key */
    } while (true);
}

/* Asks as often as there are hosts to ask about. true: start; *is_limited: with less. */
static bool may_start(const struct args *args, const struct plan *plan, const struct engine *engine, bool *is_limited)
{
    struct guard_finding finding;
    char **allowed = mem_array(args->config.allowed_count + plan->request_count + 1, sizeof *allowed);
    size_t allowed_count = args->config.allowed_count, count;
    struct guard_address *addresses = addresses_of(engine, &count);
    bool may = true;

    for (size_t i = 0; i < allowed_count; i++)
        allowed[i] = args->config.allowed[i];
    while (may && !*is_limited && guard_find(plan, addresses, count, allowed, allowed_count, &finding)) {
        enum guard_answer answer;

        if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
            struct buf text;

            buf_init(&text);
            guard_warning(&text, plan, &finding);
            say(text.data);
            buf_release(&text);
            break;
        }
        answer = ask(args, plan, &finding);
        may = answer != GUARD_LEAVE;
        *is_limited = answer == GUARD_START_LIMITED;
        allowed[allowed_count++] = (char *)(uintptr_t)finding.host; /* answered */
    }
    free(allowed);
    free(addresses);
    return may;
}

bool run_may_start(const struct args *args, const struct plan *plan, struct error *err)
{
    struct engine *engine = onager_engine_new(plan, err);
    bool is_limited = false, may;

    if (engine == NULL)
        return false;
    signals_install();
    may = args->says_yes || may_start(args, plan, engine, &is_limited);
    onager_engine_free(engine);
    if (is_limited)
        error_set(err, EXIT_USAGE, "less load is what --max is for, e.g. --max %d", GUARD_LIMITED_RATE);
    return may && !is_limited;
}

/* The engine of the plan after the question was answered; NULL and *err, or *has_left. */
static struct engine *new_engine(const struct args *args, struct plan *plan, bool *has_left, struct error *err)
{
    struct engine *engine = onager_engine_new(plan, err);
    bool is_limited = false;

    if (engine == NULL || args->says_yes)
        return engine;
    signals_install(); /* so that one during the question leaves the terminal as it was */
    *has_left = !may_start(args, plan, engine, &is_limited);
    if (!*has_left && is_limited) {
        size_t count;
        struct guard_address *addresses = addresses_of(engine, &count);

        guard_limit(plan, addresses, count);
        free(addresses);
    }
    if (!*has_left && !is_limited)
        return engine;
    onager_engine_free(engine);
    return *has_left ? NULL : onager_engine_new(plan, err); /* an engine wants a plan that does not change */
}

int run_plan(const struct args *args, struct plan *plan, const struct run_companion *companion)
{
    bool is_shown = args->is_once || args->http_debug != HTTP_DEBUG_OFF;
    enum show_mode mode = watch_mode(is_shown && args->show == SHOW_AUTO ? SHOW_QUIET : args->show);
    struct outputs outputs = { 0 };
    struct engine *engine = NULL;
    struct error err = { 0 };
    bool has_left = false;
    int exit_code = -1;

    if (args->is_once)
        plan_make_once(plan);
    plan->http_debug = args->http_debug;
    if (plan->http_debug != HTTP_DEBUG_OFF && mode == SHOW_DASHBOARD)
        error_set(&err, EXIT_USAGE, "--http-debug and the dashboard want the same terminal: --progress or --quiet");
    else if (plan->start_paused && mode != SHOW_DASHBOARD)
        error_set(&err, EXIT_USAGE, "--paused waits for a key of the dashboard, and there is none here");
    else if (watch_check(mode, args, &err) == 0 && outputs_open(&outputs, plan, &err) == 0)
        engine = new_engine(args, plan, &has_left, &err);
    if (engine != NULL && hooks_start(plan, &err) == 0 && (companion == NULL || companion->start(companion->data, engine, &err) == 0)) {
        exit_code = run_engine(args, engine, plan, &outputs, mode, &err);
        if (companion != NULL)
            companion->stop(companion->data);
    }
    if (has_left) {
        exit_code = EXIT_STOPPED;
    } else if (exit_code < 0) {
        say_error(&err, false);
        exit_code = err.exit_code != 0 ? err.exit_code : EXIT_USAGE;
    }
    onager_engine_free(engine);
    outputs_release(&outputs);
    plan_free(plan);
    return exit_code;
}

int run_target(const struct args *args, const char *target)
{
    struct plan_request_by_user from = { .target = target, .overrides = args->overrides, .override_count = args->override_count };
    struct error err = { 0 };
    struct buf notes;
    struct plan *plan;

    buf_init(&notes);
    plan = plan_build(&from, &notes, &err);
    if (plan == NULL)
        say_error(&err, plan_target_kind(target) == TARGET_FILE);
    else if (notes.length > 0 && args->show != SHOW_QUIET)
        say(notes.data);
    buf_release(&notes);
    return plan == NULL ? err.exit_code : run_plan(args, plan, NULL);
}

/* A bare word that is nearly a command is one: a host of that name can be written with its port. */
static int check_target(const char *target, struct error *err)
{
    struct nearest nearest;
    const struct cli_command *command;

    if (target[0] == '\0' || target[strspn(target, "0123456789")] == '\0')
        return error_set(err, EXIT_USAGE, "the target is a URL or a plan file, got \"%.60s\"", target);
    if (cli_command_find(target) != NULL)
        return error_set(err, EXIT_USAGE, "the command comes first: onager %s ...", target);
    if (strpbrk(target, ".:/") != NULL || plan_target_kind(target) == TARGET_FILE)
        return 0;
    nearest_begin(&nearest, target);
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++)
        nearest_try(&nearest, command->name);
    if (nearest.best == NULL || strcmp(target, "localhost") == 0)
        return 0;
    return error_set(
        err, EXIT_USAGE, "there is no command \"%.60s\": did you mean \"%s\"? (a host of that name: http://%.60s/)", target, nearest.best,
        target);
}

static int check_operands(const struct args *args, struct error *err)
{
    if (args->operand_count == 0)
        return error_set(err, EXIT_USAGE, "what to run? a URL or a plan file: onager http://localhost:8080/");
    if (args->operand_count > 1)
        return error_set(err, EXIT_USAGE, "one target at a time: got \"%.100s\" and \"%.100s\"", args->operands[0], args->operands[1]);
    return check_target(args->operands[0], err);
}

int cmd_run(int argc, char **argv)
{
    bool is_named = strcmp(argv[0], "run") == 0;
    struct error err = { 0 };
    struct buf notes;
    struct args args;
    int exit_code;

    buf_init(&notes);
    if (args_parse(&args, argc, argv, &notes, &err) == 0 && !args.wants_help && !args.wants_version)
        check_operands(&args, &err);
    if (notes.length > 0)
        say(notes.data);
    buf_release(&notes);
    if (err.exit_code != 0) {
        say_error(&err, false);
        exit_code = err.exit_code;
    } else if (args.wants_version) {
        exit_code = print_version();
    } else if (args.wants_help) {
        (is_named || args.operand_count > 0 ? help_print_options : help_print)();
        exit_code = EXIT_PASSED;
    } else {
        exit_code = run_target(&args, args.operands[0]);
    }
    args_release(&args);
    return exit_code;
}
