/* engine: the load changed while runs go on, against a server in this process that counts. Conditions are waited for. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "count_server.h"
#include "onager/engine.h"

#define LIMIT_NS (40 * NS_PER_S)

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
    fx.mix = (struct plan_mix){ .request = 0, .weight = 1 };
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

static void start(void)
{
    struct error error = { 0 };

    fx.engine = onager_engine_new(&fx.plan, &error);
    assert_string_equal(error.text, "");
    fx.client = onager_client_new(fx.engine, "sre", 8);
    assert_int_equal(onager_engine_start(fx.engine, &error), 0);
}

static void open_model(uint64_t rate, uint64_t seconds)
{
    fx.scenario.executor = EXECUTOR_CONSTANT_ARRIVAL_RATE;
    fx.scenario.rate = (struct rate){ rate, NS_PER_S };
    fx.scenario.duration_ns = seconds * NS_PER_S;
    fx.scenario.max_vus = 50;
}

static bool send(const char *line)
{
    struct command command = { .scenario = 0 };
    struct error error = { 0 };

    assert_int_equal(onager_command_parse(&command, line, &fx.plan, &error), 0);
    return onager_client_send(fx.client, &command);
}

typedef bool condition(const struct snapshot *snapshot);

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

static bool is_final_or_paused(const struct snapshot *s)
{
    return s->is_final || s->state == RUN_PAUSED;
}

static bool has_fifty(const struct snapshot *s)
{
    return s->all.requests.ok >= 50;
}

static bool wants_200(const struct snapshot *s)
{
    return s->scenarios[0].planned_rate == 200;
}

static bool has_five_busy(const struct snapshot *s)
{
    return s->scenarios[0].planned_vus == 5 && s->vus_allocated == 5;
}

static bool has_two_vus(const struct snapshot *s)
{
    return s->scenarios[0].planned_vus == 2 && s->vus_busy <= 2 && s->in_flight <= 2;
}

static void assert_books(const struct snapshot *s)
{
    assert_string_equal(s->books_text, "");
    assert_true(s->books_balance);
    assert_int_equal(s->iterations.planned, s->iterations.started + s->iterations.dropped + s->iterations.cancelled);
}

static const struct snap_event *event_of(const struct snapshot *s, enum event_kind kind)
{
    for (size_t i = s->event_count; i > 0; i--)
        if (s->events[i - 1].kind == kind)
            return &s->events[i - 1];
    fail_msg("no such event");
    return NULL;
}

/* 100/s until T, 200/s from then on: what was planned follows from T alone, to one arrival. */
static void a_new_rate_holds_from_one_instant_and_is_told(void **state)
{
    const struct snap_event *event;
    const struct snapshot *s;
    uint64_t expected_ns;

    (void)state;
    open_model(100, 3);
    start();
    wait_for(has_fifty);
    send("rate 200");
    s = wait_for(wants_200);
    event = event_of(s, EVENT_COMMAND);
    assert_string_equal(event->text, "rate 100/s to 200/s");
    assert_string_equal(event->by, "sre");
    assert_int_equal(s->undo_levels, 1);
    assert_int_equal(s->change_count, 1);
    assert_int_equal(s->changes[0].at_ns, event->at_ns);
    s = wait_for(is_final);
    expected_ns = s->changes[0].plan_ns + 2 * (3 * NS_PER_S - s->changes[0].plan_ns);
    assert_in_range(s->iterations.planned, expected_ns / (10 * NS_PER_MS), expected_ns / (10 * NS_PER_MS) + 1);
    assert_int_equal(count_server_requests(fx.server), s->all.requests.sent);
    assert_books(s);
}

static void closed_models_get_and_lose_vus(void **state)
{
    (void)state;
    fx.scenario.executor = EXECUTOR_CONSTANT_VUS;
    fx.scenario.vus = 3;
    fx.scenario.duration_ns = 600 * NS_PER_S;
    fx.scenario.graceful_ramp_down_ns = 30 * NS_PER_S;
    start();
    wait_for(has_fifty);
    send("vus 5");
    wait_for(has_five_busy);
    send("vus 2");
    wait_for(has_two_vus);
    send("stop");
    assert_books(wait_for(is_final));
}

static void what_is_above_max_rate_is_refused_and_nothing_changes(void **state)
{
    const struct snapshot *s;

    (void)state;
    open_model(100, 2);
    fx.plan.safety.max_rate = (struct rate){ 150, NS_PER_S };
    start();
    wait_for(has_fifty);
    send("rate 99999999999");
    send("rate 151");
    s = wait_for(is_final);
    assert_true(s->event_count > 1);
    assert_string_equal(event_of(s, EVENT_WARNING)->text, "rate was refused: 151/s is above max_rate, 150/s");
    assert_int_equal(s->iterations.planned, 200);
    assert_int_equal(s->change_count, 0);
    assert_books(s);
}

static void a_storm_of_changes_keeps_the_books(void **state)
{
    static const char *const lines[] = { "scale +10%", "scale -10%", "spike 2 50ms", "undo", "rate 300", "pause", "resume", "mark x" };
    const struct snapshot *s;

    (void)state;
    open_model(200, 4);
    start();
    wait_for(has_fifty);
    for (int i = 0; i < 1500; i++)
        send(lines[i % 8]); /* full now and then: refused */
    while (!(s = wait_for(is_final_or_paused))->is_final)
        send("resume");
    assert_true(s->change_count > 10);
    assert_int_equal(count_server_requests(fx.server), s->all.requests.sent);
    assert_books(s);
}

#define STEER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STEER_TEST(a_new_rate_holds_from_one_instant_and_is_told),
        STEER_TEST(closed_models_get_and_lose_vus),
        STEER_TEST(what_is_above_max_rate_is_refused_and_nothing_changes),
        STEER_TEST(a_storm_of_changes_keeps_the_books),
    };
    return cmocka_run_group_tests_name("engine_steer", tests, NULL, NULL);
}
