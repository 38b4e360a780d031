/* plan_build: what a command line means, which of several sayings counts, and that a plan printed is the plan read. */
#include "plan_test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "build.h"
#include "print.h"
#include "url.h"

static const char one[] = "[request a]\nurl = http://h/\n[scenario s]\nexecutor = constant-arrival-rate\nrate = 40/s\nduration = 7s\n";

/* ---- quick runs: the table of defaults ---- */

static void expect_quick(const struct plan *plan, enum executor_kind executor, uint64_t vus, uint64_t seconds, uint64_t iterations)
{
    const struct plan_scenario *scenario;

    assert_non_null(plan);
    assert_int_equal(plan->scenario_count, 1);
    scenario = &plan->scenarios[0];
    assert_string_equal(scenario->name, "default");
    assert_int_equal(scenario->executor, executor);
    assert_int_equal(executor == EXECUTOR_CONSTANT_ARRIVAL_RATE ? scenario->max_vus : scenario->vus, vus);
    assert_int_equal(executor == EXECUTOR_SHARED_ITERATIONS ? scenario->max_duration_ns : scenario->duration_ns, seconds * NS_PER_S);
    assert_int_equal(plan_planned_iterations(plan), iterations);
}

#define QUICK(executor, vus, seconds, iterations, ...)                                                       \
    do {                                                                                                     \
        struct error err = { 0 };                                                                            \
        struct plan *plan = build_target("http://127.0.0.1:8080/api/users?page=1", NULL, &err, __VA_ARGS__); \
        if (plan == NULL)                                                                                    \
            fail_msg("%s", err.text);                                                                        \
        expect_quick(plan, EXECUTOR_##executor, vus, seconds, iterations);                                   \
        plan_free(plan);                                                                                     \
    } while (0)

static void the_table_of_defaults_holds(void **state)
{
    (void)state;
    QUICK(CONSTANT_ARRIVAL_RATE, 50, 30, 1500, NULL);
    QUICK(CONSTANT_ARRIVAL_RATE, 50, 60, 3000, "duration", "1m", NULL);
    QUICK(CONSTANT_VUS, 64, 30, 0, "vus", "64", NULL);
    QUICK(CONSTANT_VUS, 64, 10, 0, "vus", "64", "duration", "10", NULL);
    QUICK(CONSTANT_ARRIVAL_RATE, 50, 30, 600, "rate", "20", NULL);
    QUICK(CONSTANT_ARRIVAL_RATE, 400, 30, 6000, "rate", "200/s", NULL);
    QUICK(CONSTANT_ARRIVAL_RATE, 80, 30, 6000, "rate", "200/s", "vus", "80", NULL);
    QUICK(CONSTANT_ARRIVAL_RATE, 50, 60, 300, "rate", "300/m", "duration", "1m", NULL);
    QUICK(SHARED_ITERATIONS, 10, 600, 1000, "iterations", "1000", NULL);
    QUICK(SHARED_ITERATIONS, 7, 600, 7, "iterations", "7", NULL);
    QUICK(SHARED_ITERATIONS, 4, 600, 1000, "iterations", "1k", "vus", "4", NULL);
    QUICK(SHARED_ITERATIONS, 10, 5, 1000, "iterations", "1000", "duration", "5s", NULL);
}

static void a_rate_and_a_number_give_exactly_that_many_arrivals(void **state)
{
    struct error err = { 0 };

    (void)state;
    for (int n = 1; n < 400; n += 7) {
        char text[16];
        struct plan *plan;

        snprintf(text, sizeof text, "%d", n);
        plan = build_target("http://h/", NULL, &err, "rate", "7/3s", "iterations", text, NULL);
        assert_int_equal(plan_planned_iterations(plan), n);
        plan_free(plan);
    }
    assert_null(build_target("http://h/", NULL, &err, "rate", "7", "iterations", "9", "duration", "1s", NULL));
    assert_string_equal(err.text, "--iterations: the rate and the duration say already how many iterations there are");
    assert_int_equal(err.exit_code, EXIT_USAGE);
}

static void the_rest_of_a_quick_run_is_as_printed_in_the_manual(void **state)
{
    struct error err = { 0 };
    struct plan *plan = build_target("http://127.0.0.1:8080/api/users?page=1", NULL, &err, NULL);
    const struct plan_request *request = &plan->requests[0];

    (void)state;
    assert_string_equal(plan->name, "127.0.0.1:8080/api/users");
    assert_null(plan->source);
    assert_string_equal(plan->user_agent, "onager/" PACKAGE_VERSION);
    assert_int_equal(plan->reuse, REUSE_VU);
    assert_int_equal(plan->request_count, 1);
    assert_string_equal(request->name, "/api/users");
    assert_string_equal(request->method, "GET");
    assert_string_equal(request->url, "http://127.0.0.1:8080/api/users?page=1");
    assert_string_equal(request->scheme, "http");
    assert_string_equal(request->host, "127.0.0.1");
    assert_int_equal(request->port, 8080);
    assert_string_equal(request->target, "/api/users?page=1");
    assert_int_equal(request->timeout_ns, 10 * NS_PER_S);
    assert_int_equal(request->connect_timeout_ns, 10 * NS_PER_S);
    assert_int_equal(plan->scenarios[0].when_busy, WHEN_BUSY_DROP);
    assert_int_equal(plan->scenarios[0].graceful_stop_ns, 30 * NS_PER_S);
    assert_false(plan->scenarios[0].graceful_stop_set);
    assert_int_equal(plan->threads, 1);
    assert_int_equal(plan_duration_ns(plan), 30 * NS_PER_S);
    assert_int_equal(plan_max_vus(plan), 50);
    assert_int_equal(strlen(plan->sha256), 64);
    plan_free(plan);
}

static void every_option_of_a_request_reaches_it(void **state)
{
    struct error err = { 0 };
    struct plan *plan = build_target(
        "http://h/", NULL, &err, "header", "X-A: 1", "header", "X-A:2", "json", "{}", "timeout", "3s", "threshold", "p95<300ms, failed<1%",
        "out", "result.json", "out", "json=-", "seed", "7", "threads", "2", "disable-keepalive", NULL, "require-valid", "degraded", NULL);
    const struct plan_request *request;

    (void)state;
    if (plan == NULL)
        fail_msg("%s", err.text);
    request = &plan->requests[0];
    assert_string_equal(request->method, "POST");
    assert_int_equal(request->header_count, 3);
    assert_string_equal(request->headers[0].value, "1");
    assert_string_equal(request->headers[1].value, "2");
    assert_string_equal(request->headers[2].name, "Content-Type");
    assert_int_equal(request->timeout_ns, 3 * NS_PER_S);
    assert_int_equal(request->connect_timeout_ns, 3 * NS_PER_S);
    assert_int_equal(plan->threshold_count, 2);
    assert_int_equal(plan->output_count, 2);
    assert_string_equal(plan->outputs[0].path, "result.json");
    assert_string_equal(plan->outputs[1].path, "-");
    assert_int_equal(plan->seed, 7);
    assert_int_equal(plan->threads, 2);
    assert_int_equal(plan->reuse, REUSE_NONE);
    assert_true(plan->require_valid && plan->require_undegraded && !plan->start_paused && !plan->realtime);
    plan_free(plan);
    plan = build_target("http://h/", NULL, &err, "wait", "", "paused", "1", "realtime", NULL, NULL);
    assert_int_equal(plan->scenarios[0].when_busy, WHEN_BUSY_WAIT);
    assert_int_equal(plan->scenarios[0].max_waiting, 500);
    assert_true(plan->start_paused && plan->realtime && !plan->require_valid);
    plan_free(plan);
}

static void notes_say_what_was_taken_for_granted(void **state)
{
    struct error err = { 0 };
    struct buf notes;
    struct plan *plan;

    (void)state;
    buf_init(&notes);
    plan = build_target("localhost:8080/api/users", &notes, &err, NULL);
    assert_string_equal(
        notes.data, "no scheme given, taking http://localhost:8080/api/users\n50/s for 30s with up to 50 VUs; -c, -r, -d change it");
    plan_free(plan);
    buf_clear(&notes);
    plan = build_target("http://localhost/", &notes, &err, "duration", "1s", NULL);
    assert_int_equal(notes.length, 0);
    plan_free(plan);
    buf_release(&notes);
}

static void shared_connections_count_by_host_and_leave_out_threads_that_nobody_asked_for(void **state)
{
    static const char text[] = "[http]\nconnections = 7\n[request a]\nurl = http://a.test/1\n[request b]\nurl = http://a.test/2\n"
                               "[request c]\nurl = http://a.test:81/\n[request d]\nurl = https://a.test:80/\n"
                               "[scenario s]\nexecutor = constant-vus\nvus = 5000\nduration = 1s\nrequest = a\n";
    struct plan *plan = good_plan(text, NULL);
    struct error err = { 0 };

    (void)state;
    assert_int_equal(plan->shared_connections, 7);
    assert_int_equal(plan_max_connections(plan), 21);
    assert_true(plan->threads <= 7);
    plan_free(plan);
    plan = good_plan(text, "connections", "per-vu", NULL);
    assert_int_equal(plan->shared_connections, 0);
    assert_int_equal(plan_max_connections(plan), 5000);
    plan_free(plan);
    plan = good_plan(text, "connections", "shared:1", NULL);
    assert_int_equal(plan->threads, 1);
    plan_free(plan);
    plan = build_target("http://a.test/", NULL, &err, "connections", "2", "threads", "3", NULL);
    assert_null(plan);
    assert_int_equal(err.exit_code, EXIT_PLAN);
    assert_non_null(strstr(err.text, "--connections: 2 for 3 threads, and each needs one: take threads = 2, or shared:3"));
}

/* ---- precedence ---- */

static void a_flag_beats_the_environment_beats_the_plan_beats_the_config(void **state)
{
    static const struct {
        enum plan_origin said[3];
        size_t count;
        bool in_plan;
        const char *wins;
    } cases[] = {
        { { ORIGIN_FLAG, ORIGIN_ENVIRONMENT, ORIGIN_CONFIG }, 3, true, "0" },
        { { ORIGIN_CONFIG, ORIGIN_ENVIRONMENT, ORIGIN_FLAG }, 3, true, "2" },
        { { ORIGIN_ENVIRONMENT, ORIGIN_CONFIG }, 2, true, "0" },
        { { ORIGIN_CONFIG }, 1, true, "plan" },
        { { ORIGIN_CONFIG }, 1, false, "0" },
        { { ORIGIN_FLAG, ORIGIN_FLAG }, 2, false, "1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_options options = { .count = 0 };
        struct plan_request_by_user from = { "test.ini", options.items, cases[i].count };
        char *text =
            mem_format("[plan]\n%s\n[http]\n%s\n%s", cases[i].in_plan ? "name = plan" : "", cases[i].in_plan ? "header.X = plan" : "", one);
        static const char *const names[] = { "0", "1", "2" }, *const headers[] = { "X: 0", "x: 1", "X: 2" };
        struct error err = { 0 };
        struct plan *plan;

        for (size_t j = 0; j < cases[i].count; j++)
            add_option(&options, cases[i].said[j], "name", names[j]);
        plan = plan_build_text(&from, "test.ini", text, strlen(text), NULL, &err);
        assert_string_equal(plan->name, cases[i].wins);
        plan_free(plan);
        if (i < 5) {
            options.count = 0;
            for (size_t j = 0; j < cases[i].count; j++)
                add_option(&options, cases[i].said[j], "header", headers[j]);
            plan = plan_build_text(&from, "test.ini", text, strlen(text), NULL, &err);
            assert_int_equal(plan->requests[0].header_count, 1);
            assert_string_equal(plan->requests[0].headers[0].value, cases[i].wins);
            plan_free(plan);
        }
        free(text);
    }
}

static void a_rate_in_the_config_does_not_open_a_closed_loop(void **state)
{
    struct test_options options = { .count = 0 };
    struct plan_request_by_user from = { "http://h/", options.items, 2 };
    struct error err = { 0 };
    struct plan *plan;

    (void)state;
    add_option(&options, ORIGIN_CONFIG, "rate", "100/s");
    add_option(&options, ORIGIN_FLAG, "vus", "8");
    plan = plan_build(&from, NULL, &err);
    expect_quick(plan, EXECUTOR_CONSTANT_VUS, 8, 30, 0);
    plan_free(plan);
}

static void timeouts_of_a_request_give_way_to_a_flag_alone(void **state)
{
    static const char text[] = "[http]\ntimeout = 4s\nconnect_timeout = 3s\n[request a]\nurl = http://h/\ntimeout = 2s\n[scenario s]\n"
                               "executor = constant-vus\nduration = 1s\n";
    struct plan *plan = good_plan(text, NULL);

    (void)state;
    assert_int_equal(plan->requests[0].timeout_ns, 2 * NS_PER_S);
    assert_int_equal(plan->requests[0].connect_timeout_ns, 2 * NS_PER_S);
    plan_free(plan);
    plan = good_plan(text, "timeout", "9s", NULL);
    assert_int_equal(plan->requests[0].timeout_ns, 9 * NS_PER_S);
    assert_int_equal(plan->requests[0].connect_timeout_ns, 3 * NS_PER_S);
    plan_free(plan);
}

/* ---- options on a plan ---- */

static const char three[] = "[request a]\nurl = http://h/a\n[request b]\nurl = http://h/b\n"
                            "[scenario open]\nexecutor = constant-arrival-rate\nrate = 40/s\nduration = 7s\nrequest = a\n"
                            "[scenario closed]\nexecutor = constant-vus\nvus = 3\nduration = 8s\nrequest = b\n"
                            "[scenario shared]\nexecutor = shared-iterations\niterations = 5\nrequest = b\n"
                            "[thresholds]\nhttp_req_duration = max<1s\nhttp_req_duration{scenario:open} = max<2s\n";

static void load_options_apply_to_every_scenario_that_has_the_key(void **state)
{
    struct plan *plan = good_plan(three, "vus", "20", "duration", "1m", "rate", "90/m", "iterations", "100", NULL);

    (void)state;
    assert_int_equal(plan->scenarios[0].rate.count, 90);
    assert_int_equal(plan->scenarios[0].duration_ns, 60 * NS_PER_S);
    assert_int_equal(plan->scenarios[1].vus, 20);
    assert_int_equal(plan->scenarios[1].duration_ns, 60 * NS_PER_S);
    assert_int_equal(plan->scenarios[2].vus, 20);
    assert_int_equal(plan->scenarios[2].iterations, 100);
    assert_int_equal(plan->scenarios[2].max_duration_ns, 600 * NS_PER_S);
    plan_free(plan);
}

static void a_load_option_that_no_scenario_has_lists_them(void **state)
{
    char *said = bad_plan(one, EXIT_PLAN, "iterations", "5", NULL);

    (void)state;
    assert_string_equal(said, "--iterations: no scenario has the key iterations: s is constant-arrival-rate");
    free(said);
    said = bad_plan(three, EXIT_PLAN, "scenario", "closed", "rate", "5", NULL);
    assert_string_equal(said, "--rate: no scenario has the key rate: closed is constant-vus");
    free(said);
}

static void one_scenario_can_be_run_alone(void **state)
{
    struct plan *plan = good_plan(three, "scenario", "closed", "duration", "1m", NULL);
    char *said;

    (void)state;
    assert_int_equal(plan->scenario_count, 1);
    assert_string_equal(plan->scenarios[0].name, "closed");
    assert_int_equal(plan->scenarios[0].duration_ns, 60 * NS_PER_S);
    assert_int_equal(plan->scenarios[0].mix[0].request, 1);
    assert_int_equal(plan->threshold_count, 1);
    plan_free(plan);
    said = bad_plan(three, EXIT_PLAN, "scenario", "close", NULL);
    assert_string_equal(said, "--scenario: there is no [scenario close]: did you mean \"closed\"?");
    free(said);
}

static void options_about_a_request_want_a_plan_with_one(void **state)
{
    struct plan *plan = good_plan(one, "method", "PUT", "body", "x=1", NULL);
    char *said;

    (void)state;
    assert_string_equal(plan->requests[0].method, "PUT");
    assert_string_equal(plan->requests[0].body, "x=1");
    plan_free(plan);
    said = bad_plan(three, EXIT_PLAN, "method", "PUT", NULL);
    assert_string_equal(said, "--method is about one request, and the plan has 2: a, b");
    free(said);
}

static void options_that_cannot_be_read_are_said_in_their_own_words(void **state)
{
    static const struct {
        const char *option, *value, *text;
        int exit_code;
    } cases[] = {
        { "duration", "{\"a\":1}", "--duration wants a duration such as 30s, got \"{\"a\":1}\"; the body is -b", EXIT_USAGE },
        { "vus", "many", "--vus wants a number of VUs from 1 to 1,000,000, got \"many\"", EXIT_USAGE },
        { "rate", "0", "--rate wants a number and a unit such as 50/s, got \"0\"", EXIT_USAGE },
        { "header", "novalue", "--header wants 'NAME: VALUE', got \"novalue\"", EXIT_USAGE },
        { "wait", "perhaps", "--wait wants yes or no, got \"perhaps\"", EXIT_USAGE },
        { "paused", "perhaps", "--paused wants yes or no, got \"perhaps\"", EXIT_USAGE },
        { "out", "x.csv", "--out wants json=FILE, or a FILE whose extension says the kind such as result.json, got \"x.csv\"", EXIT_USAGE },
        { "out", "csv=x", "--out: unknown output \"csv\": this build writes json", EXIT_USAGE },
        { "out", "json=", "--out wants a file after \"json=\"", EXIT_USAGE },
        { "threshold", "http_req_durations: p(95)<500",
          "unknown metric \"http_req_durations\": did you mean \"http_req_duration\"? man onager-metrics lists all", EXIT_PLAN },
        { "threshold", "p95{request:x}<500", "--threshold: {request:x}: there is no such request", EXIT_PLAN },
        { "body", "@nowhere.bin", "--body: cannot read \"nowhere.bin\": No such file or directory", EXIT_PLAN },
        { "zebra", "1", "--zebra: \"zebra\" is no option of a plan", EXIT_USAGE },
    };
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_null(build_target("http://h/", NULL, &err, cases[i].option, cases[i].value, NULL));
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(err.exit_code, cases[i].exit_code);
        assert_int_equal(plan_takes_option(cases[i].option), strcmp(cases[i].option, "zebra") != 0);
    }
    assert_null(build_target("http://h:x/", NULL, &err, NULL));
    assert_int_equal(err.exit_code, EXIT_USAGE);
}

/* ---- URLs and targets ---- */

static void urls_are_sent_as_written(void **state)
{
    static const struct {
        const char *text, *shown, *host;
        uint16_t port;
        const char *target;
    } cases[] = {
        { "http://h", "http://h/", "h", 80, "/" },
        { "HTTP://h:80/x", "http://h/x", "h", 80, "/x" },
        { "https://h", "https://h/", "h", 443, "/" },
        { "HTTPS://h:443/x", "https://h/x", "h", 443, "/x" },
        { "https://h:80/x", "https://h:80/x", "h", 80, "/x" },
        { "http://h:443/x", "http://h:443/x", "h", 443, "/x" },
        { "http://h:8080?q", "http://h:8080/?q", "h", 8080, "/?q" },
        { "http://[::1]:99/a/../b//c;d?e=f&g=%20#top", "http://[::1]:99/a/../b//c;d?e=f&g=%20", "::1", 99, "/a/../b//c;d?e=f&g=%20" },
        { "http://h/caf\xc3\xa9", "http://h/caf%C3%A9", "h", 80, "/caf%C3%A9" },
        { "http://h/a@b:c?x://y", "http://h/a@b:c?x://y", "h", 80, "/a@b:c?x://y" },
    };
    static const char *const bad[] = { "",
                                       "h",
                                       "http://",
                                       "http:///x",
                                       "://h",
                                       "http://h:0/",
                                       "http://h:65536/",
                                       "http://h:/x y",
                                       "http://a b/",
                                       "http://h%0a/",
                                       "httpss://h/",
                                       "https://",
                                       "ws://h/",
                                       "http://[::1/",
                                       "http://h\\x/" };
    char why[160], *longest = mem_format("http://h/%0*d", URL_LENGTH_MAX, 1);
    struct url url;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (!url_parse(&url, cases[i].text, why, sizeof why))
            fail_msg("%s: %s", cases[i].text, why);
        assert_string_equal(url.text, cases[i].shown);
        assert_string_equal(url.host, cases[i].host);
        assert_string_equal(url.scheme, strncmp(cases[i].shown, "https", 5) == 0 ? "https" : "http");
        assert_int_equal(url.port, cases[i].port);
        assert_string_equal(url.target, cases[i].target);
        url_release(&url);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (url_parse(&url, bad[i], why, sizeof why))
            fail_msg("%s was taken", bad[i]);
    assert_false(url_parse(&url, longest, why, sizeof why));
    free(longest);
}

static void a_target_is_a_file_before_it_is_a_url(void **state)
{
    (void)state;
    assert_int_equal(plan_target_kind("http://h/plan.ini"), TARGET_URL);
    assert_int_equal(plan_target_kind("localhost:8080/x"), TARGET_URL);
    assert_int_equal(plan_target_kind("localhost"), TARGET_URL);
    assert_int_equal(plan_target_kind("h/x.js"), TARGET_URL);
    assert_int_equal(plan_target_kind("nowhere.ini"), TARGET_FILE);
    assert_int_equal(plan_target_kind("nowhere/plan.ini"), TARGET_FILE);
    assert_int_equal(plan_target_kind("./x"), TARGET_FILE);
    assert_int_equal(plan_target_kind("/dev/null"), TARGET_FILE);
    assert_int_equal(plan_target_kind("script.js"), TARGET_FILE);
}

/* ---- numbers ---- */

static void threads_follow_from_vus_rate_and_cores(void **state)
{
    struct plan_scenario closed = { .executor = EXECUTOR_CONSTANT_VUS, .vus = 17 };
    struct plan_scenario open = { .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 4001, NS_PER_S }, .max_vus = 8000 };
    struct plan_scenario both[] = { closed, open };
    struct plan plan = { .scenarios = &closed, .scenario_count = 1 };

    (void)state;
    assert_int_equal(build_thread_count(&plan, 64), 3);
    assert_int_equal(build_thread_count(&plan, 3), 2);
    assert_int_equal(build_thread_count(&plan, 2), 1);
    assert_int_equal(build_thread_count(&plan, 1), 1);
    plan.scenarios = &open;
    assert_int_equal(build_thread_count(&plan, 64), 3);
    open.max_vus = 9;
    assert_int_equal(build_thread_count(&plan, 64), 2);
    plan.scenarios = both;
    plan.scenario_count = 2;
    assert_int_equal(build_thread_count(&plan, 64), 6);
    both[0].vus = 1000000;
    assert_int_equal(build_thread_count(&plan, 64), 63);
}

static void vus_of_an_open_run_stay_within_the_file_limit(void **state)
{
    const struct rate slow = { 300, 60 * NS_PER_S }, odd = { 51, 2 * NS_PER_S }, fast = { 100000, NS_PER_S }, huge = { UINT64_MAX, 1 };

    (void)state;
    assert_int_equal(build_default_max_vus(&slow, UINT64_MAX), 50);
    assert_int_equal(build_default_max_vus(&odd, UINT64_MAX), 52);
    assert_int_equal(build_default_max_vus(&fast, UINT64_MAX), 200000);
    assert_int_equal(build_default_max_vus(&fast, 1024), 964);
    assert_int_equal(build_default_max_vus(&slow, 10), 1);
    assert_int_equal(build_default_max_vus(&huge, UINT64_MAX), 1000000);
}

/* ---- files that must build, and printing ---- */

static char *printed(const struct plan *plan)
{
    struct buf text;

    buf_init(&text);
    plan_print(plan, &text, PRINT_CANONICAL);
    return buf_take(&text);
}

static void check_round_trip(const char *path)
{
    struct error err = { 0 };
    struct plan *plan = build_target(path, NULL, &err, NULL), *again;
    struct plan_request_by_user from = { path, NULL, 0 };
    char *first, *second, *beside = mem_format("%.*s/printed.ini", (int)(strrchr(path, '/') - path), path); /* where its files are */

    if (plan == NULL)
        fail_msg("%s: %s", path, err.text);
    assert_string_equal(plan->source, path);
    first = printed(plan);
    again = plan_build_text(&from, beside, first, strlen(first), NULL, &err);
    if (again == NULL)
        fail_msg("%s, printed and read: %s\n%s", path, err.text, first);
    second = printed(again);
    assert_string_equal(first, second);
    assert_string_equal(plan->sha256, again->sha256);
    assert_int_equal(plan->request_count, again->request_count);
    plan_free(plan);
    plan_free(again);
    free(first);
    free(second);
    free(beside);
}

static void good_plans_and_examples_build_and_read_back_as_printed(void **state)
{
    const char *top = getenv("top_srcdir");
    char *ok = mem_format("%s/tests/plan/ok/*.ini", top != NULL ? top : "."),
         *examples = mem_format("%s/examples/*.[iy]*", top != NULL ? top : ".");
    glob_t files;

    (void)state;
    assert_int_equal(glob(ok, 0, NULL, &files), 0);
    assert_int_equal(glob(examples, GLOB_APPEND, NULL, &files), 0);
    assert_true(files.gl_pathc >= 6);
    for (size_t i = 0; i < files.gl_pathc; i++)
        check_round_trip(files.gl_pathv[i]);
    globfree(&files);
    free(ok);
    free(examples);
}

static void the_sum_changes_with_the_load_and_with_nothing_else(void **state)
{
    struct plan *plain = good_plan(one, NULL), *same = good_plan(one, "threads", "2", "out", "x.json", "paused", NULL, NULL);
    struct plan *other = good_plan(one, "rate", "41/s", NULL);

    (void)state;
    assert_string_equal(plain->sha256, same->sha256);
    assert_string_not_equal(plain->sha256, other->sha256);
    plan_free(plain);
    plan_free(same);
    plan_free(other);
}

static void any_bytes_of_a_body_survive_as_text(void **state)
{
    static const char *const bodies[] = { "",      " blank", "blank ", "a\n\nb", "a\n;b", "a\x01",
                                          "a\n b", "\n",     "a\r\nb", "$${x}",  "$",     "\"\xff" };
    struct plan *plans[COUNT_OF(bodies)];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct plan *again;
        char *text;

        plans[i] = good_plan(one, "body", bodies[i], NULL);
        text = printed(plans[i]);
        again = good_plan(text, NULL);
        assert_int_equal(again->requests[0].body_length, plans[i]->requests[0].body_length);
        assert_memory_equal(again->requests[0].body, plans[i]->requests[0].body, plans[i]->requests[0].body_length);
        assert_string_equal(again->sha256, plans[i]->sha256);
        plan_free(again);
        free(text);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(plans[i]->sha256, plans[j]->sha256);
    }
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        plan_free(plans[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_defaults_holds),
        cmocka_unit_test(a_rate_and_a_number_give_exactly_that_many_arrivals),
        cmocka_unit_test(the_rest_of_a_quick_run_is_as_printed_in_the_manual),
        cmocka_unit_test(every_option_of_a_request_reaches_it),
        cmocka_unit_test(notes_say_what_was_taken_for_granted),
        cmocka_unit_test(shared_connections_count_by_host_and_leave_out_threads_that_nobody_asked_for),
        cmocka_unit_test(a_flag_beats_the_environment_beats_the_plan_beats_the_config),
        cmocka_unit_test(a_rate_in_the_config_does_not_open_a_closed_loop),
        cmocka_unit_test(timeouts_of_a_request_give_way_to_a_flag_alone),
        cmocka_unit_test(load_options_apply_to_every_scenario_that_has_the_key),
        cmocka_unit_test(a_load_option_that_no_scenario_has_lists_them),
        cmocka_unit_test(one_scenario_can_be_run_alone),
        cmocka_unit_test(options_about_a_request_want_a_plan_with_one),
        cmocka_unit_test(options_that_cannot_be_read_are_said_in_their_own_words),
        cmocka_unit_test(urls_are_sent_as_written),
        cmocka_unit_test(a_target_is_a_file_before_it_is_a_url),
        cmocka_unit_test(threads_follow_from_vus_rate_and_cores),
        cmocka_unit_test(vus_of_an_open_run_stay_within_the_file_limit),
        cmocka_unit_test(good_plans_and_examples_build_and_read_back_as_printed),
        cmocka_unit_test(the_sum_changes_with_the_load_and_with_nothing_else),
        cmocka_unit_test(any_bytes_of_a_body_survive_as_text),
    };
    return cmocka_run_group_tests_name("plan_build", tests, NULL, NULL);
}
