/* `onager demo`: a target of its own in this process and a run against it, through the same path as `onager run`;
 * `onager demo --serve PORT`: the target alone until a signal. Main thread. What the target does is src/demo's business. */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "mem.h"
#include "onager/error.h"
#include "say.h"
#include "target.h"

/* Harmless, and enough to see every part of the screen move; the numbers make it pass on a laptop with other things to do. */
static const char demo_plan[] = "[plan]\n"
                                "name = Demo\n"
                                "description = a run against the built-in target\n"
                                "base_url = http://127.0.0.1:%u\n"
                                "seed = 1\n"
                                "[request list]\n"
                                "url = /api/users\n"
                                "[request read]\n"
                                "url = /api/users/1\n"
                                "[request create]\n"
                                "method = POST\n"
                                "url = /api/users\n"
                                "header.Content-Type = application/json\n"
                                "body = {\"name\":\"Fay\"}\n"
                                "[request echo]\n"
                                "method = POST\n"
                                "url = /api/echo\n"
                                "body = hello\n"
                                "[scenario visitors]\n"
                                "executor = constant-arrival-rate\n"
                                "rate = 100/s\n"
                                "duration = 15s\n"
                                "pre_allocated_vus = 20\n"
                                "max_vus = 100\n"
                                "mix = list:12, read:5, create:2, echo:1\n"
                                "[thresholds]\n"
                                "http_req_duration = p(95)<500\n"
                                "http_req_failed = rate<0.01\n";

#define DEMO_SEED 1

/* Writes the plan to a file of its own; returns its name, owned, or NULL and *err. */
static char *write_plan(uint16_t port, struct error *err)
{
    const char *directory = getenv("TMPDIR");
    char *path = mem_format("%s/onager-demo-XXXXXX.ini", directory != NULL && *directory != '\0' ? directory : "/tmp");
    int fd = mkstemps(path, 4);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    int failed;

    if (file == NULL) {
        error_set(err, EXIT_USAGE, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        free(path);
        return NULL;
    }
    failed = fprintf(file, demo_plan, port) < 0;
    if (fclose(file) != 0 || failed) {
        error_set(err, EXIT_USAGE, "%s: %s", path, strerror(errno));
        unlink(path);
        free(path);
        return NULL;
    }
    return path;
}

static int fail(const struct error *err)
{
    say_error(err, false);
    return err->exit_code;
}

/* The target alone, with its faults, until SIGINT, SIGTERM or SIGHUP. */
static int serve(const char *port_text)
{
    static const struct target_act acts[] = { { 0, TARGET_FAULTS } };
    struct target_options options = { .seed = DEMO_SEED, .acts = acts, .act_count = 1 };
    struct error err = { 0 };
    struct target *target;
    sigset_t ends;
    char *end;
    unsigned long port = strtoul(port_text, &end, 10);
    int number;

    if (*port_text < '0' || *port_text > '9' || *end != '\0' || port > UINT16_MAX) {
        error_set(&err, EXIT_USAGE, "--serve: expected a port (0 to 65535, 0 takes a free one), got \"%s\"", port_text);
        return fail(&err);
    }
    options.port = (uint16_t)port;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    target = target_new(&options, &err);
    if (target == NULL)
        return fail(&err);
    printf("http://127.0.0.1:%u/ serves /api/users, /api/echo, /health and /api/stats; Ctrl-C ends it\n", target_port(target));
    fflush(stdout);
    sigwait(&ends, &number);
    target_free(target);
    return EXIT_PASSED;
}

/* The demo's plan for a target on that port, with the caller's options. NULL and *err. */
static struct plan *build_plan(const struct args *args, uint16_t port, struct error *err)
{
    struct plan_request_by_user from = { .overrides = args->overrides, .override_count = args->override_count };
    char *path = write_plan(port, err);
    struct plan *plan = NULL;
    struct buf notes;

    if (path == NULL)
        return NULL;
    buf_init(&notes);
    from.target = path;
    plan = plan_build(&from, &notes, err);
    unlink(path);
    if (plan != NULL && notes.length > 0 && args->show != SHOW_QUIET)
        say(notes.data);
    buf_release(&notes);
    free(path);
    return plan;
}

static int run_against_target(const struct args *args)
{
    struct target_options options = { .seed = DEMO_SEED, .has_service_times = true };
    struct error err = { 0 };
    struct target *target = target_new(&options, &err);
    struct plan *plan = target != NULL ? build_plan(args, target_port(target), &err) : NULL;
    int exit_code = plan != NULL ? run_plan(args, plan) : fail(&err);

    target_free(target);
    return exit_code;
}

static int run_demo(int argc, char **argv)
{
    struct error err = { 0 };
    struct buf notes;
    struct args args;
    int exit_code;

    buf_init(&notes);
    if (args_parse(&args, argc, argv, &notes, &err) == 0 && args.operand_count > 0)
        error_set(&err, EXIT_USAGE, "demo has its own target: onager demo, or onager run %.100s", args.operands[0]);
    if (notes.length > 0)
        say(notes.data);
    buf_release(&notes);
    if (err.exit_code != 0) {
        exit_code = fail(&err);
    } else if (args.wants_version) {
        exit_code = print_version();
    } else if (args.wants_help) {
        help_print_options();
        exit_code = EXIT_PASSED;
    } else {
        exit_code = run_against_target(&args);
    }
    args_release(&args);
    return exit_code;
}

int cmd_demo(int argc, char **argv)
{
    if (argc > 1 && strncmp(argv[1], "--serve=", 8) == 0 && argc == 2)
        return serve(argv[1] + 8);
    if (argc > 1 && argc <= 3 && strcmp(argv[1], "--serve") == 0)
        return serve(argc == 3 ? argv[2] : "0");
    return run_demo(argc, argv);
}
