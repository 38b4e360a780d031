/* http_client: what an operation tells on its way, against scripted servers: expected statuses, stale connections, pauses. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "client_fixture.h"
#include "clock.h"
#include "connection.h"
#include "mem.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static struct client_fixture fx;
static char post[] = "POST";

static int set_up(void **state)
{
    (void)state;
    client_fixture_open(&fx);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    client_fixture_close(&fx);
    return 0;
}

static struct script_server *serve(const struct script_step *steps, size_t count)
{
    struct script_server *server = script_server_start("127.0.0.1", 8, steps, count);

    assert_non_null(server);
    client_fixture_build(&fx, script_server_port(server));
    return server;
}

static void expect(unsigned status)
{
    fx.net.wanted.expect[status / 64] |= UINT64_C(1) << (status % 64);
}

static void an_answer_is_one_exchange_and_the_end(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK) };
    struct script_server *server = serve(steps, COUNT_OF(steps));
    struct job job;

    (void)state;
    job_run(&job, &fx);
    assert_int_equal(job.count, 1);
    assert_int_equal(job.told[0].end, EXCHANGE_EXPECTED);
    assert_int_equal(job.told[0].status, 200);
    assert_int_equal(job.told[0].bytes_received, strlen(OK));
    assert_false(job.is_failed);
    assert_int_equal(script_server_stop(server), 0);
}

static void a_status_outside_200_to_399_fails_unless_it_is_expected(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
                                                ANSWER("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), ANSWER(OK) };
    struct script_server *server = serve(steps, COUNT_OF(steps));
    struct job job;

    (void)state;
    job_run(&job, &fx);
    assert_int_equal(job.told[0].end, 0);
    assert_true(job.is_failed);
    expect(404);
    client_fixture_build(&fx, script_server_port(server));
    job_run(&job, &fx);
    assert_int_equal(job.told[0].end, EXCHANGE_EXPECTED);
    assert_false(job.is_failed);
    job_run(&job, &fx); /* 200 is not in the list */
    assert_int_equal(job.told[0].end, 0);
    assert_true(job.is_failed);
    assert_int_equal(script_server_stop(server), 0);
}

/* One answer, then the end of that connection, seen only when the next request is on its way. */
static const struct script_step stale[] = { DO(ACCEPT), ANSWER(OK), DO(READ_HEAD), DO(CLOSE), DO(ACCEPT), ANSWER(OK) };

static void a_stale_connection_is_tried_again_and_both_count(void **state)
{
    struct script_server *server = serve(stale, COUNT_OF(stale));
    struct job job;

    (void)state;
    job_run(&job, &fx);
    job_run(&job, &fx);
    assert_int_equal(job.count, 2);
    assert_int_equal(job.told[0].end, EXCHANGE_RETRIED);
    assert_int_equal(job.told[0].fault, FAULT_EMPTY_REPLY);
    assert_true(job.told[0].is_reused && job.told[0].is_sent);
    assert_int_equal(job.told[1].end, EXCHANGE_EXPECTED);
    assert_false(job.told[1].is_reused);
    assert_false(job.is_failed);
    assert_int_equal(script_server_stop(server), 0);
}

static void a_stale_shared_connection_is_tried_again_on_a_fresh_one_in_its_turn(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK),   DO(READ_HEAD), DO(CLOSE),  DO(ACCEPT),
                                                ANSWER(OK), DO(READ_END), DO(ACCEPT),    ANSWER(OK), DO(READ_END) };
    struct script_server *server = serve(steps, COUNT_OF(steps));
    struct net_counters counters;
    struct job stale_one, other;

    (void)state;
    fx.net.net->shared_limit = 1;
    job_run(&stale_one, &fx);
    job_init(&stale_one, &fx);
    job_init(&other, &fx);
    job_start(&stale_one);
    job_start(&other);
    job_wait(&other); /* had waited already when the connection turned out to be stale */
    assert_int_equal(other.count, 1);
    assert_int_equal(other.told[0].end, EXCHANGE_EXPECTED);
    assert_false(other.told[0].is_reused);
    job_wait(&stale_one);
    assert_int_equal(stale_one.count, 2);
    assert_int_equal(stale_one.told[0].end, EXCHANGE_RETRIED);
    assert_true(stale_one.told[0].is_reused);
    assert_int_equal(stale_one.told[1].end, EXCHANGE_EXPECTED);
    assert_false(stale_one.told[1].is_reused); /* not on the idle one of the other: that may be as stale */
    net_counters(fx.net.net, &counters);
    assert_int_equal(counters.opened, 3);
    assert_int_equal(counters.connections, 1);
    client_fixture_close(&fx); /* the server waits for the end */
    client_fixture_open(&fx);
    assert_int_equal(script_server_stop(server), 0);
}

static void check_stale_fault(void)
{
    struct script_server *server = serve(stale, COUNT_OF(stale) - 3);
    struct job job;

    job_run(&job, &fx);
    job_run(&job, &fx);
    assert_int_equal(job.count, 1);
    assert_int_equal(job.told[0].end, 0);
    assert_int_equal(job.told[0].fault, FAULT_EMPTY_REPLY);
    assert_true(job.is_failed);
    assert_int_equal(script_server_stop(server), 0);
}

static void a_stale_connection_is_a_fault_for_a_post(void **state)
{
    (void)state;
    fx.net.wanted.method = post;
    check_stale_fault();
}

static void a_stale_connection_is_a_fault_where_the_plan_says_so(void **state)
{
    (void)state;
    fx.net.wanted.retry_stale = false;
    check_stale_fault();
}

static bool has_told(void *argument)
{
    const struct job *job = argument;

    return job->count == 1;
}

static void a_pause_holds_the_next_exchange_and_its_time_is_known(void **state)
{
    struct script_server *server = serve(stale, COUNT_OF(stale));
    struct job job;
    uint64_t end_ns;

    (void)state;
    job_run(&job, &fx);
    job_start(&job);
    http_group_pause(&fx.group);
    net_fixture_run_until(&fx.net, has_told, &job);
    ev_run(fx.net.loop, EVRUN_NOWAIT);
    assert_int_equal(job.done, 0);
    assert_int_equal(job.operation.held_ns, 0);
    end_ns = job.operation.exchange.stamps[STAMP_END];
    http_group_resume(&fx.group, end_ns + 12345);
    assert_int_equal(job.operation.held_ns, 12345);
    job_wait(&job);
    assert_int_equal(job.count, 2);
    assert_false(job.is_failed);
    assert_int_equal(script_server_stop(server), 0);
}

static void what_a_pause_holds_can_be_cut(void **state)
{
    struct script_server *server = serve(stale, COUNT_OF(stale) - 3);
    struct job job;

    (void)state;
    job_run(&job, &fx);
    job_start(&job);
    http_group_pause(&fx.group);
    net_fixture_run_until(&fx.net, has_told, &job);
    assert_false(operation_cancel(&job.operation, clock_now_ns()));
    assert_null(fx.group.held);
    http_group_resume(&fx.group, clock_now_ns());
    assert_int_equal(job.done, 0);
    assert_int_equal(script_server_stop(server), 0);
}

static void a_failed_request_is_sent_again_by_the_rule_and_all_are_told(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
                                                ANSWER("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), ANSWER(OK) };
    struct script_server *server;
    uint64_t first_ns;
    struct job job;

    (void)state;
    fx.net.wanted.retry = (struct plan_retry){ .times = 3, .backoff_ns = 4 * NS_PER_MS, .backoff_max_ns = 5 * NS_PER_MS };
    fx.net.wanted.retry.statuses[503 / 64] = UINT64_C(1) << (503 % 64);
    server = serve(steps, COUNT_OF(steps));
    first_ns = clock_now_ns();
    job_run(&job, &fx);
    assert_int_equal(job.count, 3);
    assert_int_equal(job.told[0].end, EXCHANGE_RETRIED);
    assert_int_equal(job.told[0].status, 503);
    assert_int_equal(job.told[1].end, EXCHANGE_RETRIED);
    assert_int_equal(job.told[2].end, EXCHANGE_EXPECTED);
    assert_false(job.is_failed);
    assert_true(clock_now_ns() - first_ns >= 9 * NS_PER_MS);
    assert_int_equal(script_server_stop(server), 0);
}

static void retries_end_with_their_number_and_other_failures_are_not_retried(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
                                                ANSWER("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
                                                ANSWER("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n") };
    struct script_server *server;
    struct job job;

    (void)state;
    fx.net.wanted.retry = (struct plan_retry){ .times = 1 };
    fx.net.wanted.retry.statuses[503 / 64] = UINT64_C(1) << (503 % 64);
    server = serve(steps, COUNT_OF(steps));
    job_run(&job, &fx);
    assert_int_equal(job.count, 2);
    assert_int_equal(job.told[0].end, EXCHANGE_RETRIED);
    assert_int_equal(job.told[1].end, 0);
    assert_true(job.is_failed);
    job_run(&job, &fx);
    assert_int_equal(job.count, 1);
    assert_int_equal(job.told[0].status, 500);
    assert_int_equal(script_server_stop(server), 0);
}

static void a_refused_connect_is_retried_and_a_wait_can_be_cut(void **state)
{
    struct job job;
    uint16_t port;
    int fd = reserve_port(&port);

    (void)state;
    fx.net.wanted.retry = (struct plan_retry){ .times = 2, .faults = UINT64_C(1) << FAULT_REFUSED };
    client_fixture_build(&fx, port);
    job_run(&job, &fx);
    assert_int_equal(job.count, 3);
    assert_int_equal(job.told[0].end, EXCHANGE_RETRIED);
    assert_int_equal(job.told[2].fault, FAULT_REFUSED);
    assert_int_equal(job.told[2].end, 0);
    fx.net.wanted.retry.backoff_ns = fx.net.wanted.retry.backoff_max_ns = 3600 * NS_PER_S;
    client_fixture_build(&fx, port);
    job_init(&job, &fx);
    job_start(&job);
    net_fixture_run_until(&fx.net, has_told, &job);
    assert_false(operation_cancel(&job.operation, clock_now_ns()));
    assert_int_equal(job.done, 0);
    operation_release(&job.operation);
    close(fd);
}

static int set_up_http1(void **state)
{
    return by_http1(state) == 0 ? set_up(state) : -1;
}

static int set_up_curl(void **state)
{
    return by_curl(state) == 0 ? set_up(state) : -1;
}

/* clang-format off */
#define BOTH(test) { #test, test, set_up_http1, tear_down, NULL }, { #test "_by_curl", test, set_up_curl, tear_down, NULL }
/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(an_answer_is_one_exchange_and_the_end),
        BOTH(a_status_outside_200_to_399_fails_unless_it_is_expected),
        BOTH(a_stale_connection_is_tried_again_and_both_count),
        BOTH(a_stale_shared_connection_is_tried_again_on_a_fresh_one_in_its_turn),
        BOTH(a_stale_connection_is_a_fault_for_a_post),
        BOTH(a_stale_connection_is_a_fault_where_the_plan_says_so),
        BOTH(a_pause_holds_the_next_exchange_and_its_time_is_known),
        BOTH(what_a_pause_holds_can_be_cut),
        BOTH(a_failed_request_is_sent_again_by_the_rule_and_all_are_told),
        BOTH(retries_end_with_their_number_and_other_failures_are_not_retried),
        BOTH(a_refused_connect_is_retried_and_a_wait_can_be_cut),
    };
    return cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}
