/* net: exchanges with a scripted server: what goes well, how connections are kept, and what the stamps say. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "connection.h"
#include "net_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define OK_BODY "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define OK_CLOSE "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"

static struct script_server *serve(struct net_fixture *f, const struct script_step *steps, size_t count)
{
    struct script_server *server = script_server_start("127.0.0.1", 64, steps, count);

    assert_non_null(server);
    net_fixture_open(f, NULL);
    net_fixture_build(f, "127.0.0.1", script_server_port(server));
    return server;
}

static void end(struct net_fixture *f, struct script_server *server)
{
    net_fixture_close(f);
    assert_int_equal(script_server_stop(server), 0);
}

static bool is_sent(void *argument)
{
    return ((struct outcome *)argument)->exchange.stamps[STAMP_SENT] != 0;
}

static void a_second_exchange_goes_over_the_same_connection_and_shows_no_connecting(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), ANSWER(OK_BODY), DO(READ_END) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome first = { 0 }, second = { 0 };
    struct net_counters counters;

    (void)state;
    outcome_run(&first, &f);
    assert_int_equal(first.exchange.fault, FAULT_NONE);
    assert_int_equal(first.exchange.status, 200);
    assert_true(first.exchange.is_sent);
    assert_false(first.exchange.is_reused);
    assert_int_equal(first.exchange.bytes_sent, f.request.length);
    assert_int_equal(first.exchange.bytes_received, strlen(OK_BODY));
    assert_true(first.exchange.stamps[STAMP_CONNECTED] > first.exchange.stamps[STAMP_BEGIN]);
    outcome_run(&second, &f);
    assert_int_equal(second.exchange.status, 200);
    assert_true(second.exchange.is_reused);
    for (int i = STAMP_BEGIN; i <= STAMP_TLS_DONE; i++)
        assert_int_equal(second.exchange.stamps[i], second.exchange.stamps[STAMP_BEGIN]);
    net_counters(f.net, &counters);
    assert_int_equal(counters.connections, 1);
    assert_int_equal(counters.opened, 1);
    assert_int_equal(counters.connecting, 0);
    end(&f, server);
}

static void a_fresh_exchange_leaves_the_idle_connection_alone(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome outcome = { 0 };

    (void)state;
    outcome_run(&outcome, &f);
    outcome_submit(&outcome, &f, true);
    outcome_wait(&outcome);
    assert_int_equal(outcome.exchange.fault, FAULT_NONE);
    assert_false(outcome.exchange.is_reused);
    end(&f, server);
}

static void an_answer_byte_by_byte_is_read_like_one_in_a_piece(void **state)
{
    static const char answer[] = "HTTP/1.1 100 Continue\r\n\r\n"
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n";
    static const struct script_step steps[] = { DO(ACCEPT), DO(READ_HEAD), SEND_BYTES(answer), ANSWER(OK_BODY), DO(READ_END) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome outcome = { 0 };

    (void)state;
    outcome_run(&outcome, &f);
    assert_int_equal(outcome.exchange.fault, FAULT_NONE);
    assert_int_equal(outcome.exchange.status, 200);
    assert_int_equal(outcome.exchange.bytes_received, strlen(answer));
    outcome_run(&outcome, &f);
    assert_true(outcome.exchange.is_reused);
    end(&f, server);
}

/* ---- when a connection is not kept ---- */

static void check_not_kept(const struct script_step *steps, size_t count)
{
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, count);
    struct outcome outcome = { 0 };

    for (int i = 0; i < 2; i++) {
        outcome_run(&outcome, &f);
        assert_int_equal(outcome.exchange.fault, FAULT_NONE);
        assert_int_equal(outcome.exchange.status, 200);
        assert_false(outcome.exchange.is_reused);
    }
    end(&f, server);
}

static void a_connection_is_not_kept_when_the_server_says_close(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_CLOSE), DO(READ_END), DO_TIMES(REPEAT, 2) };

    (void)state;
    check_not_kept(steps, COUNT(steps));
}

static void a_connection_is_not_kept_when_bytes_follow_the_body(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY "HTTP/1.1 500 Not asked for\r\n\r\n"), DO(READ_END),
                                                DO_TIMES(REPEAT, 2) };

    (void)state;
    check_not_kept(steps, COUNT(steps));
}

static void a_body_that_ends_with_the_connection_is_whole(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER("HTTP/1.1 200 OK\r\n\r\nhello"), DO(CLOSE), DO_TIMES(REPEAT, 2) };

    (void)state;
    check_not_kept(steps, COUNT(steps));
}

static void http_1_0_closes_unless_it_says_keep_alive(void **state)
{
    static const struct script_step closes[] = { DO(ACCEPT), ANSWER("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"), DO(READ_END),
                                                 DO_TIMES(REPEAT, 2) };
    static const struct script_step keeps[] = { DO(ACCEPT),
                                                ANSWER("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi"),
                                                ANSWER(OK_BODY), DO(READ_END) };
    struct net_fixture f;
    struct script_server *server;
    struct outcome outcome = { 0 };

    (void)state;
    check_not_kept(closes, COUNT(closes));
    server = serve(&f, keeps, COUNT(keeps));
    outcome_run(&outcome, &f);
    outcome_run(&outcome, &f);
    assert_true(outcome.exchange.is_reused);
    end(&f, server);
}

static void without_keepalive_every_request_says_close_and_has_its_own_connection(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END), DO_TIMES(REPEAT, 2) };
    const struct net_options options = { .keepalive = false };
    struct script_server *server = script_server_start("127.0.0.1", 64, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcome = { 0 };

    (void)state;
    net_fixture_open(&f, &options);
    net_fixture_build(&f, "127.0.0.1", script_server_port(server));
    assert_non_null(strstr(f.request.bytes, "\r\nConnection: close\r\n"));
    assert_true(f.request.wants_close);
    for (int i = 0; i < 2; i++) {
        outcome_run(&outcome, &f);
        assert_int_equal(outcome.exchange.fault, FAULT_NONE);
        assert_false(outcome.exchange.is_reused);
    }
    end(&f, server);
}

static bool has_no_connection(void *argument)
{
    struct net_counters counters;

    net_counters(((struct net_fixture *)argument)->net, &counters);
    return counters.connections == 0;
}

static void an_idle_connection_that_the_server_closes_is_dropped_silently(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(CLOSE), DO_TIMES(REPEAT, 2) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome outcome = { 0 };

    (void)state;
    for (int i = 0; i < 2; i++) {
        outcome_run(&outcome, &f);
        assert_int_equal(outcome.exchange.fault, FAULT_NONE);
        assert_false(outcome.exchange.is_reused);
        net_fixture_run_until(&f, has_no_connection, &f);
        assert_null(f.session.pools->free);
    }
    end(&f, server);
}

static void submit_in_other_session(struct exchange *exchange)
{
    struct outcome *first = (struct outcome *)exchange;

    first->done++;
    outcome_submit_in(first + 1, first->fixture, &first->fixture->session, false);
}

static void a_connection_whose_end_waits_to_be_read_is_not_used_again(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT),     ANSWER(OK_BODY), DO(KEEP),   DO(ACCEPT),      DO(READ_HEAD), DO(WAIT),
                                                DO(CLOSE_KEPT), SEND(OK_BODY),   DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct net_session other;
    struct outcome outcomes[2] = { 0 };
    struct pollfd polls[2] = { { .events = POLLIN }, { .events = POLLIN } };

    (void)state;
    outcome_run(&outcomes[1], &f);
    net_session_init(&other, f.net);
    outcome_submit_in(&outcomes[0], &f, &other, false);
    outcomes[0].exchange.on_done = submit_in_other_session;
    net_fixture_run_until(&f, is_sent, &outcomes[0]);
    ev_run(f.loop, EVRUN_NOWAIT); /* nothing old is ready any more, so that what comes is seen in the order it comes */
    polls[0].fd = f.session.pools->free->fd;
    polls[1].fd = outcomes[0].exchange.connection->fd;
    script_server_tell(server);
    for (int i = 0; i < 2; i++) /* the end of the idle one first, then the answer; both are seen in one turn of the loop */
        assert_int_equal(poll(&polls[i], 1, 10000), 1);
    outcome_wait(&outcomes[0]);
    outcome_wait(&outcomes[1]);
    assert_int_equal(outcomes[1].exchange.fault, FAULT_NONE);
    assert_false(outcomes[1].exchange.is_reused);
    net_session_close(&other);
    end(&f, server);
}

/* ---- many at once ---- */

static void a_session_opens_six_connections_and_the_seventh_exchange_waits_for_one(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), DO(READ_HEAD), DO(WAIT), SEND(OK_CLOSE), DO(READ_END), DO_TIMES(REPEAT, 7) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome outcomes[7] = { 0 };
    struct net_counters counters;

    (void)state;
    for (size_t i = 0; i < COUNT(outcomes); i++)
        outcome_submit(&outcomes[i], &f, false);
    net_counters(f.net, &counters);
    assert_int_equal(counters.connecting, 6);
    assert_non_null(f.session.pools->first_queued);
    for (size_t i = 0; i < COUNT(outcomes); i++)
        script_server_tell(server);
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        outcome_wait(&outcomes[i]);
        assert_int_equal(outcomes[i].exchange.fault, FAULT_NONE);
    }
    assert_true(outcomes[6].exchange.stamps[STAMP_UNBLOCKED] >= outcomes[0].exchange.stamps[STAMP_END]);
    net_counters(f.net, &counters);
    assert_int_equal(counters.opened, 7);
    end(&f, server);
}

static void a_queued_exchange_takes_over_a_connection_that_becomes_idle(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(READ_HEAD), DO(WAIT), SEND(OK_BODY), DO(READ_END) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome outcomes[7] = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(outcomes); i++)
        outcome_submit(&outcomes[i], &f, false);
    outcome_wait(&outcomes[0]);
    assert_true(outcomes[6].exchange.is_reused);
    assert_null(f.session.pools->first_queued);
    script_server_tell(server);
    outcome_wait(&outcomes[6]);
    assert_int_equal(outcomes[6].exchange.fault, FAULT_NONE);
    assert_true(outcomes[6].exchange.stamps[STAMP_UNBLOCKED] >= outcomes[0].exchange.stamps[STAMP_END]);
    for (size_t i = 1; i < 6; i++)
        net_cancel(&outcomes[i].exchange);
    end(&f, server);
}

static void a_connect_that_finds_no_slot_waits_and_shows_it_as_blocked(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_CLOSE), DO(READ_END), DO_TIMES(REPEAT, 3) };
    const struct net_options options = { .max_connecting = 1, .keepalive = true };
    struct script_server *server = script_server_start("127.0.0.1", 64, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcomes[3] = { 0 };
    struct net_counters counters;

    (void)state;
    net_fixture_open(&f, &options);
    net_fixture_build(&f, "127.0.0.1", script_server_port(server));
    for (size_t i = 0; i < COUNT(outcomes); i++)
        outcome_submit(&outcomes[i], &f, false);
    net_counters(f.net, &counters);
    assert_int_equal(counters.connecting, 1);
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        outcome_wait(&outcomes[i]);
        assert_int_equal(outcomes[i].exchange.fault, FAULT_NONE);
        if (i > 0)
            assert_true(outcomes[i].exchange.stamps[STAMP_UNBLOCKED] >= outcomes[i - 1].exchange.stamps[STAMP_CONNECTED]);
    }
    assert_int_equal(outcomes[0].exchange.stamps[STAMP_UNBLOCKED], outcomes[0].exchange.stamps[STAMP_BEGIN]);
    end(&f, server);
}

/* ---- stamps ---- */

static bool has_bytes(void *argument)
{
    return ((struct outcome *)argument)->exchange.bytes_received > 0;
}

static void the_stamps_lie_where_the_server_made_it_wait(void **state)
{
    static const struct script_step steps[] = {
        DO(ACCEPT), DO(READ_HEAD), DO(WAIT), SEND("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nh"), DO(WAIT), SEND("ello"), DO(READ_END)
    };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome outcome = { 0 };
    const uint64_t *stamps = outcome.exchange.stamps;
    uint64_t first_told_ns, second_told_ns, sum = 0;

    (void)state;
    outcome_submit(&outcome, &f, false);
    net_fixture_run_until(&f, is_sent, &outcome);
    first_told_ns = clock_now_ns();
    script_server_tell(server);
    net_fixture_run_until(&f, has_bytes, &outcome);
    second_told_ns = clock_now_ns();
    script_server_tell(server);
    outcome_wait(&outcome);
    assert_true(stamps[STAMP_SENT] <= first_told_ns);
    assert_true(stamps[STAMP_FIRST_BYTE] >= first_told_ns);
    assert_true(stamps[STAMP_FIRST_BYTE] <= second_told_ns);
    assert_true(stamps[STAMP_END] >= second_told_ns);
    assert_true(stamps[STAMP_END] <= clock_now_ns());
    for (int i = 1; i < STAMP_COUNT; i++)
        sum += stamps[i] - stamps[i - 1];
    assert_int_equal(sum, stamps[STAMP_END] - stamps[STAMP_BEGIN]);
    end(&f, server);
}

static void a_cancelled_exchange_has_its_stamps_and_is_never_reported(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), DO(READ_HEAD), DO(READ_END) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome outcome = { 0 };
    const uint64_t *stamps = outcome.exchange.stamps;

    (void)state;
    outcome_submit(&outcome, &f, false);
    net_fixture_run_until(&f, is_sent, &outcome);
    net_cancel(&outcome.exchange);
    assert_int_equal(outcome.done, 0);
    assert_true(outcome.exchange.is_sent);
    assert_int_equal(stamps[STAMP_FIRST_BYTE], stamps[STAMP_SENT]);
    assert_true(stamps[STAMP_END] >= stamps[STAMP_SENT]);
    assert_true(has_no_connection(&f));
    assert_null(f.session.pools->free);
    end(&f, server);
}

static void an_exchange_can_be_cancelled_at_once_while_it_connects(void **state)
{
    /* the kernel had connected it already */
    static const struct script_step steps[] = { DO(ACCEPT), DO(READ_END), DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END) };
    struct net_fixture f;
    struct script_server *server = serve(&f, steps, COUNT(steps));
    struct outcome cancelled = { 0 }, outcome = { 0 };
    struct net_counters counters;

    (void)state;
    outcome_submit(&cancelled, &f, false);
    net_cancel(&cancelled.exchange);
    net_counters(f.net, &counters);
    assert_int_equal(counters.connecting, 0);
    assert_int_equal(cancelled.exchange.stamps[STAMP_FIRST_BYTE], cancelled.exchange.stamps[STAMP_UNBLOCKED]);
    outcome_run(&outcome, &f);
    assert_int_equal(outcome.exchange.status, 200);
    assert_int_equal(cancelled.done, 0);
    end(&f, server);
}

/* ---- chains ---- */

static void submit_again(struct exchange *exchange)
{
    struct outcome *outcome = (struct outcome *)exchange;

    assert_int_equal(exchange->fault, FAULT_NONE);
    if (++outcome->done < 1000)
        net_submit(&outcome->fixture->session, exchange, false, exchange->stamps[STAMP_END]);
}

static bool is_thousand(void *argument)
{
    return ((struct outcome *)argument)->done == 1000;
}

static void on_done_may_submit_the_next_exchange_at_once(void **state)
{
    static struct script_step steps[2003] = { DO(ACCEPT) };
    struct net_fixture f;
    struct script_server *server;
    struct outcome outcome = { 0 };

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        steps[1 + 2 * i] = (struct script_step)DO(READ_HEAD);
        steps[2 + 2 * i] = (struct script_step)SEND(OK_BODY);
    }
    steps[2001] = (struct script_step)DO(READ_END);
    server = serve(&f, steps, 2002);
    outcome.fixture = &f;
    outcome.exchange.request = &f.request;
    outcome.exchange.on_done = submit_again;
    net_submit(&f.session, &outcome.exchange, false, clock_now_ns());
    net_fixture_run_until(&f, is_thousand, &outcome);
    assert_true(outcome.exchange.is_reused);
    end(&f, server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_exchange_goes_over_the_same_connection_and_shows_no_connecting),
        cmocka_unit_test(a_fresh_exchange_leaves_the_idle_connection_alone),
        cmocka_unit_test(an_answer_byte_by_byte_is_read_like_one_in_a_piece),
        cmocka_unit_test(a_connection_is_not_kept_when_the_server_says_close),
        cmocka_unit_test(a_connection_is_not_kept_when_bytes_follow_the_body),
        cmocka_unit_test(a_body_that_ends_with_the_connection_is_whole),
        cmocka_unit_test(http_1_0_closes_unless_it_says_keep_alive),
        cmocka_unit_test(without_keepalive_every_request_says_close_and_has_its_own_connection),
        cmocka_unit_test(an_idle_connection_that_the_server_closes_is_dropped_silently),
        cmocka_unit_test(a_connection_whose_end_waits_to_be_read_is_not_used_again),
        cmocka_unit_test(a_session_opens_six_connections_and_the_seventh_exchange_waits_for_one),
        cmocka_unit_test(a_queued_exchange_takes_over_a_connection_that_becomes_idle),
        cmocka_unit_test(a_connect_that_finds_no_slot_waits_and_shows_it_as_blocked),
        cmocka_unit_test(the_stamps_lie_where_the_server_made_it_wait),
        cmocka_unit_test(a_cancelled_exchange_has_its_stamps_and_is_never_reported),
        cmocka_unit_test(an_exchange_can_be_cancelled_at_once_while_it_connects),
        cmocka_unit_test(on_done_may_submit_the_next_exchange_at_once),
    };
    return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
