/* `onager demo`: a target of its own in this process and a run against it, through the same path as `onager run`,
 * with a story;
 * `onager demo --serve PORT`: the target alone until a signal. Main thread. What the target does is src/demo's business. */
#include "command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "lesson.h"
#include "mem.h"
#include "onager/error.h"
#include "say.h"
#include "target.h"

/* The load, between the two parts of the plan: which executor follows from the options. */
static const char load_of_rate[] =
    "executor = constant-arrival-rate\nrate = 200/s\nduration = 30s\npre_allocated_vus = 40\nmax_vus = 400\n";
static const char load_of_vus[] = "executor = constant-vus\nvus = 10\nduration = 30s\n";
static const char load_of_iterations[] = "executor = shared-iterations\niterations = 6000\nvus = 10\n";

/* Each request has a row of its own, so that the table shows which one is slow. The limits hold at the end of the whole story
 * (about 7 % fail, one answer in 25 is slow), also on a laptop with other things to do. */
static const char demo_plan[] = "[plan]\n"
                                "name = Demo\n"
                                "description = a story against the built-in target: faults, a slow request, a burst, recovery\n"
                                "base_url = http://127.0.0.1:%u\n"
                                "seed = 1\n"
                                "[request users]\n"
                                "url = /api/users\n"
                                "[request user]\n"
                                "url = /api/users/1\n"
                                "[request create]\n"
                                "url = /api/users\n"
                                "json = {\"name\":\"Fay\"}\n"
                                "[request echo]\n"
                                "method = POST\n"
                                "url = /api/echo\n"
                                "body = hello\n"
                                "[request stats]\n"
                                "url = /api/stats\n"
                                "[scenario visitors]\n"
                                "%s"
                                "mix = users:8, user:4, create:3, echo:3, stats:2\n"
                                "[thresholds]\n"
                                "http_req_duration = p(95)<500\n"
                                "http_req_duration{request:create} = p(95)<250\n"
                                "http_req_failed = rate<0.15\n"
                                "http_req_failed{request:create} = rate<0.01\n";

#define DEMO_SEED 1

static int fail(const struct error *err)
{
    say_error(err, false);
    return err->exit_code;
}

static const char served[] = "http://127.0.0.1:%u/ serves until Ctrl-C:\n"
                             "  GET             /api/users      10 %% 500 after 1 to 3 s, 5 %% 400 at once, 3 %% late by 200 to 700 ms\n"
                             "  POST            /api/users      adds {\"name\":...,\"email\":...}; never fails by chance\n"
                             "  GET PUT DELETE  /api/users/ID   never fail by chance\n"
                             "  POST            /api/echo       sends the request back; fails as GET /api/users\n"
                             "  GET             /health         10 %% 500 after 1 to 3 s, 5 %% of the rest late by 200 to 700 ms\n"
                             "  GET             /api/stats      what was served, exactly\n"
                             "  GET             /  /shop  /shop/tea  /shop/bread  /signup  /welcome\n"
                             "  POST            /signup         a form with a hidden token\n"
                             "  GET POST        /account/login  a form with a token of the visit; user NAME has the password pw-NAME\n"
                             "  GET             /account/items  after the login: a list in JSON; POST /account/cart, /account/pay\n";

/* The target alone, with its faults, until SIGINT, SIGTERM or SIGHUP. */
static int serve(const char *port_text)
{
    struct target_options options = { .seed = DEMO_SEED, .mode = TARGET_FAULTS };
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
    printf(served, target_port(target));
    fflush(stdout);
    sigwait(&ends, &number);
    target_free(target);
    return EXIT_PASSED;
}

static bool has_option(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args->override_count; i++)
        if (strcmp(args->overrides[i].option, name) == 0)
            return true;
    return false;
}

/* As in a run without a plan: -r and -n decide, -c alone is a closed loop, and beside -r the most that may be busy at once. */
static const char *choose_load(struct args *args)
{
    bool has_vus = has_option(args, "vus");

    if (!has_option(args, "rate") && has_option(args, "iterations"))
        return load_of_iterations;
    if (!has_option(args, "rate"))
        return has_vus ? load_of_vus : load_of_rate;
    for (size_t i = 0; i < args->override_count; i++)
        if (strcmp(args->overrides[i].option, "vus") == 0)
            args->overrides[i].option = "max-vus";
    return load_of_rate;
}

/* The demo's plan for a target on that port, with the caller's options. NULL and *err. */
static struct plan *build_plan(struct args *args, uint16_t port, struct error *err)
{
    const char *load = choose_load(args);
    struct plan_request_by_user from = { .overrides = args->overrides, .override_count = args->override_count };
    char *text = mem_format(demo_plan, port, load);
    struct plan *plan;
    struct buf notes;

    buf_init(&notes);
    plan = plan_build_text(&from, "demo.ini", text, strlen(text), &notes, err);
    if (plan != NULL && notes.length > 0 && args->show != SHOW_QUIET)
        say(notes.data);
    buf_release(&notes);
    free(text);
    return plan;
}

struct demo {
    struct target *target;
    struct lesson *lesson;
    uint64_t length_ns;
};

static int demo_start(void *data, struct engine *engine, struct error *err)
{
    struct demo *demo = data;

    demo->lesson = lesson_start(engine, demo->target, demo->length_ns, err);
    return demo->lesson != NULL ? 0 : -1;
}

static void demo_stop(void *data)
{
    struct demo *demo = data;

    lesson_stop(demo->lesson);
}

static int run_against_target(struct args *args)
{
    struct target_options options = { .seed = DEMO_SEED, .mode = TARGET_HEALTHY, .has_service_times = true };
    struct error err = { 0 };
    struct demo demo = { .target = target_new(&options, &err), .length_ns = STORY_NS };
    struct plan *plan = demo.target != NULL ? build_plan(args, target_port(demo.target), &err) : NULL;
    int exit_code;

    if (plan != NULL && plan->scenarios[0].duration_ns > 0) /* -d 10s tells the story in 10 s */
        demo.length_ns = plan->scenarios[0].duration_ns;
    exit_code = plan != NULL ? run_plan(args, plan, &(struct run_companion){ demo_start, demo_stop, &demo }) : fail(&err);
    target_free(demo.target);
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
