/* engine: whole runs without a terminal, against a server in this process that counts. Conditions are waited for, never slept. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "count_server.h"
#include "mem.h"
#include "onager/engine.h"
#include "onager/history.h"

#define LIMIT_NS (20 * NS_PER_S)

struct fixture {
    struct count_server *server;
    struct plan plan;
    struct plan_request request;
    struct plan_scenario scenario;
    struct plan_mix mix;
    struct engine *engine;
    struct client *client;
    const struct snapshot *last;
};

static struct fixture fx;

/* struct plan owns its texts, so they are not const */
static char t_home[] = "home", t_get[] = "GET", t_url[] = "http://127.0.0.1/", t_http[] = "http", t_host[] = "127.0.0.1", t_path[] = "/",
            t_scenario[] = "default", t_plan[] = "test", t_agent[] = "onager/test";

static int set_up(void **state)
{
    (void)state;
    fx = (struct fixture){ .server = count_server_new() };
    fx.request = (struct plan_request){ .name = t_home,
                                        .method = t_get,
                                        .url = t_url,
                                        .scheme = t_http,
                                        .host = t_host,
                                        .target = t_path,
                                        .port = count_server_port(fx.server),
                                        .timeout_ns = 10 * NS_PER_S,
                                        .connect_timeout_ns = 3 * NS_PER_S,
                                        .retry_stale = true };
    fx.mix = (struct plan_mix){ .weight = 1 };
    fx.scenario = (struct plan_scenario){ .name = t_scenario, .mix = &fx.mix, .mix_count = 1, .graceful_stop_ns = 30 * NS_PER_S };
    fx.plan = (struct plan){ .name = t_plan,
                             .seed = 1,
                             .user_agent = t_agent,
                             .threads = 2,
                             .max_head_bytes = 65536,
                             .requests = &fx.request,
                             .request_count = 1,
                             .scenarios = &fx.scenario,
                             .scenario_count = 1 };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    onager_engine_free(fx.engine);
    count_server_free(fx.server);
    return 0;
}

static void closed(uint64_t vus, uint64_t duration_ns)
{
    fx.scenario.executor = EXECUTOR_CONSTANT_VUS;
    fx.scenario.vus = vus;
    fx.scenario.duration_ns = duration_ns;
}

static void budget(uint64_t vus, uint64_t iterations)
{
    fx.scenario.executor = EXECUTOR_SHARED_ITERATIONS;
    fx.scenario.vus = vus;
    fx.scenario.iterations = iterations;
    fx.scenario.max_duration_ns = 600 * NS_PER_S;
}

static void start(void)
{
    struct error error = { 0 };

    fx.engine = onager_engine_new(&fx.plan, &error);
    assert_string_equal(error.text, "");
    assert_non_null(fx.engine);
    fx.client = onager_client_new(fx.engine, "test", 8);
    assert_int_equal(onager_engine_start(fx.engine, &error), 0);
}

static void send(enum command_kind kind)
{
    struct command command = { .kind = kind };

    assert_true(onager_client_send(fx.client, &command));
}

typedef bool condition(const struct snapshot *snapshot);

/* The first snapshot for which it holds; stays held until the next call. */
static const struct snapshot *wait_for(condition *holds)
{
    uint64_t until = clock_now_ns() + LIMIT_NS;

    while (clock_now_ns() < until) {
        const struct snapshot *s;

        onager_client_wait(fx.client, 1000);
        while ((s = onager_client_next(fx.client)) != NULL) {
            if (fx.last != NULL)
                onager_client_release(fx.client, fx.last);
            fx.last = s;
            if (holds(s))
                return s;
        }
    }
    fail_msg("condition not reached within the limit");
    return NULL;
}

static bool is_final(const struct snapshot *s)
{
    return s->is_final;
}

static bool second_is_final(const struct snapshot *s)
{
    return s->is_final && s->run_number == 2;
}

static bool is_ready(const struct snapshot *s)
{
    return s->state == RUN_READY;
}

static bool has_hundred(const struct snapshot *s)
{
    return s->all.requests.ok >= 100;
}

static bool is_quiet(const struct snapshot *s)
{
    return s->state == RUN_PAUSED && s->in_flight == 0 && s->at_ns > s->paused_since_ns + 600 * NS_PER_MS;
}

static bool has_one_in_flight(const struct snapshot *s)
{
    return s->in_flight > 0;
}

static uint64_t history_requests(const struct snapshot *s)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < history_points(s->history); i++) {
        struct history_row row;

        assert_true(history_row(s->history, i, 0, &row));
        sum += row.count;
    }
    return sum;
}

static void assert_books(const struct snapshot *s)
{
    const struct snap_iterations *it = &s->iterations;
    const struct snap_requests *r = &s->all.requests;

    assert_string_equal(s->books_text, "");
    assert_true(s->books_balance);
    assert_int_equal(it->planned, it->started + it->dropped + it->cancelled);
    assert_int_equal(it->started, it->completed + it->interrupted);
    assert_int_equal(r->total, r->ok + r->failed_status + r->errors_all + r->interrupted);
    assert_int_equal(history_requests(s), r->total);
}

static void a_budget_of_iterations_is_sent_exactly_and_the_books_balance(void **state)
{
    const struct snapshot *s;

    (void)state;
    budget(8, 500);
    start();
    s = wait_for(is_final);
    assert_int_equal(s->state, RUN_FINISHED);
    assert_int_equal(s->exit_code, EXIT_PASSED);
    assert_int_equal(s->all.requests.sent, 500);
    assert_int_equal(s->all.requests.ok, 500);
    assert_int_equal(count_server_requests(fx.server), 500);
    assert_int_equal(s->iterations.planned, 500);
    assert_int_equal(s->all.duration.count, 500);
    assert_int_equal(s->in_flight, 0);
    assert_int_equal(s->row_count, 1);
    assert_int_equal(s->rows[0].status_count, 1);
    assert_int_equal(s->rows[0].statuses[0].code, 200);
    assert_int_equal(s->rows[0].statuses[0].count, 500);
    assert_books(s);
}

static void an_arrival_rate_sends_what_was_planned_and_no_more(void **state)
{
    const struct snapshot *s;

    (void)state;
    fx.scenario.executor = EXECUTOR_CONSTANT_ARRIVAL_RATE;
    fx.scenario.rate = (struct rate){ 200, NS_PER_S };
    fx.scenario.duration_ns = NS_PER_S;
    fx.scenario.max_vus = 50;
    start();
    s = wait_for(is_final);
    assert_int_equal(s->iterations.planned, 200);
    assert_int_equal(s->iterations.started + s->iterations.dropped, 200);
    assert_int_equal(count_server_requests(fx.server), s->all.requests.sent);
    assert_int_equal(s->lag.count, s->iterations.started);
    assert_int_equal(s->response.count, s->iterations.completed);
    assert_books(s);
}

static void a_paused_run_sends_nothing_and_its_plan_clock_stands_still(void **state)
{
    const struct snapshot *s;
    uint64_t counted, plan_ns;

    (void)state;
    closed(4, 600 * NS_PER_S);
    start();
    wait_for(has_hundred);
    send(COMMAND_PAUSE);
    s = wait_for(is_quiet);
    counted = count_server_requests(fx.server);
    plan_ns = s->plan_ns;
    assert_int_equal(s->all.requests.sent, counted);
    for (int i = 0; i < 3; i++) {
        s = wait_for(is_quiet);
        assert_int_equal(s->plan_ns, plan_ns);
        assert_int_equal(count_server_requests(fx.server), counted);
    }
    send(COMMAND_RESUME);
    while (count_server_requests(fx.server) < counted + 100)
        wait_for(has_hundred);
    send(COMMAND_STOP);
    s = wait_for(is_final);
    assert_int_equal(s->state, RUN_STOPPED);
    assert_int_equal(s->exit_code, EXIT_STOPPED);
    assert_int_equal(s->all.requests.interrupted, 0);
    assert_int_equal(s->all.requests.sent, count_server_requests(fx.server));
    assert_true(s->paused_ns >= 600 * NS_PER_MS);
    assert_books(s);
}

static void a_killed_run_counts_what_was_on_the_wire_as_interrupted(void **state)
{
    const struct snapshot *s;

    (void)state;
    count_server_answer(fx.server, false);
    closed(5, 600 * NS_PER_S);
    start();
    while (count_server_requests(fx.server) < 5)
        wait_for(has_one_in_flight);
    send(COMMAND_KILL);
    s = wait_for(is_final);
    assert_int_equal(s->state, RUN_STOPPED);
    assert_int_equal(s->all.requests.interrupted, 5);
    assert_int_equal(s->iterations.interrupted, 5);
    assert_int_equal(s->all.requests.sent, 5);
    assert_books(s);
}

static void a_rerun_is_a_new_run_with_new_books(void **state)
{
    const struct snapshot *s;
    char first_id[40];

    (void)state;
    budget(4, 300);
    start();
    s = wait_for(is_final);
    snprintf(first_id, sizeof first_id, "%s", s->run_id);
    send(COMMAND_RERUN);
    s = wait_for(second_is_final);
    assert_string_not_equal(s->run_id, first_id);
    assert_int_equal(s->all.requests.sent, 300);
    assert_int_equal(count_server_requests(fx.server), 600);
    assert_books(s);
}

static void a_rerun_of_a_run_that_goes_on_ends_it_first(void **state)
{
    const struct snapshot *s;

    (void)state;
    closed(4, 600 * NS_PER_S);
    start();
    wait_for(has_hundred);
    send(COMMAND_RERUN);
    s = wait_for(is_final);
    assert_int_equal(s->run_number, 1);
    assert_books(s);
    wait_for(has_hundred);
    assert_int_equal(fx.last->run_number, 2);
    send(COMMAND_KILL);
    assert_books(wait_for(second_is_final));
}

static void a_storm_of_commands_breaks_nothing(void **state)
{
    const struct snapshot *s;

    (void)state;
    closed(2, 600 * NS_PER_S);
    start();
    wait_for(has_hundred);
    for (int i = 0; i < 2000; i++) {
        struct command command = { .kind = i % 3 == 0 ? COMMAND_PAUSE : i % 3 == 1 ? COMMAND_RESUME : COMMAND_MARKER };

        onager_client_send(fx.client, &command); /* full now and then: refused */
    }
    for (int i = 0; i < 40; i++) {
        struct command command = { .kind = i % 2 == 0 ? COMMAND_STOP : COMMAND_KILL };

        while (!onager_client_send(fx.client, &command))
            wait_for(has_hundred);
    }
    s = wait_for(is_final);
    assert_int_equal(s->state, RUN_STOPPED);
    assert_books(s);
}

static void a_run_that_starts_paused_waits_for_its_start(void **state)
{
    (void)state;
    budget(2, 10);
    fx.plan.start_paused = true;
    start();
    wait_for(is_ready);
    assert_int_equal(count_server_requests(fx.server), 0);
    send(COMMAND_START);
    assert_int_equal(wait_for(is_final)->all.requests.sent, 10);
}

static void a_run_stopped_before_its_start_ends_with_empty_books(void **state)
{
    const struct snapshot *s;

    (void)state;
    budget(2, 10);
    fx.plan.start_paused = true;
    start();
    wait_for(is_ready);
    send(COMMAND_STOP);
    s = wait_for(is_final);
    assert_int_equal(s->state, RUN_STOPPED);
    assert_int_equal(s->all.requests.total, 0);
    assert_int_equal(s->iterations.cancelled, s->iterations.planned);
    assert_books(s);
}

static void a_port_that_refuses_is_counted_and_fails_the_run(void **state)
{
    const struct snapshot *s;

    (void)state;
    count_server_free(fx.server);
    fx.server = count_server_new();
    budget(2, 20);
    {
        /* a port that was just free: nobody listens there */
        struct count_server *gone = count_server_new();

        fx.request.port = count_server_port(gone);
        count_server_free(gone);
    }
    start();
    s = wait_for(is_final);
    assert_int_equal(s->exit_code, EXIT_FAILED);
    assert_int_equal(s->all.requests.errors[FAULT_REFUSED], 20);
    assert_int_equal(s->all.requests.sent, 0);
    assert_int_equal(s->all.duration.count, 0);
    assert_books(s);
}

static void a_client_that_never_reads_still_gets_the_final_snapshot(void **state)
{
    struct client *slow;
    const struct snapshot *s;
    const struct snapshot *last = NULL;
    uint64_t total;

    (void)state;
    closed(2, 3 * NS_PER_S);
    start();
    slow = onager_client_new(fx.engine, "slow", 2);
    total = wait_for(is_final)->all.requests.total;
    while (last == NULL || !last->is_final) {
        assert_true(onager_client_wait(slow, 5000));
        s = onager_client_next(slow);
        if (last != NULL)
            onager_client_release(slow, last);
        last = s;
    }
    assert_int_equal(last->all.requests.total, total);
    assert_true(onager_client_skipped(slow) > 0);
}

#define RUN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(a_budget_of_iterations_is_sent_exactly_and_the_books_balance),
        RUN_TEST(an_arrival_rate_sends_what_was_planned_and_no_more),
        RUN_TEST(a_paused_run_sends_nothing_and_its_plan_clock_stands_still),
        RUN_TEST(a_killed_run_counts_what_was_on_the_wire_as_interrupted),
        RUN_TEST(a_rerun_is_a_new_run_with_new_books),
        RUN_TEST(a_rerun_of_a_run_that_goes_on_ends_it_first),
        RUN_TEST(a_storm_of_commands_breaks_nothing),
        RUN_TEST(a_run_that_starts_paused_waits_for_its_start),
        RUN_TEST(a_run_stopped_before_its_start_ends_with_empty_books),
        RUN_TEST(a_port_that_refuses_is_counted_and_fails_the_run),
        RUN_TEST(a_client_that_never_reads_still_gets_the_final_snapshot),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
