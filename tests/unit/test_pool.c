/* pools: how many connections there are, who gets a free one, and when one is closed. The scripted server sees every connection. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "clock.h"
#include "connection.h"
#include "net_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define OK_BODY "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static struct script_server *serve(struct net_fixture *f, const struct net_options *options, const struct script_step *steps, size_t count)
{
    struct script_server *server = script_server_start("127.0.0.1", 64, steps, count);

    assert_non_null(server);
    net_fixture_open(f, options);
    net_fixture_build(f, "127.0.0.1", script_server_port(server));
    return server;
}

static void end(struct net_fixture *f, struct script_server *server)
{
    net_fixture_close(f);
    assert_int_equal(script_server_stop(server), 0);
}

static uint64_t count_opened(const struct net_fixture *f)
{
    struct net_counters counters;

    net_counters(f->net, &counters);
    return counters.opened;
}

static uint32_t count_open(const struct net_fixture *f)
{
    struct net_counters counters;

    net_counters(f->net, &counters);
    return counters.connections;
}

/* ---- shared ones ---- */

#define VUS 8

struct crowd {
    struct net_session sessions[VUS];
    struct outcome outcomes[VUS];
};

static void crowd_submit(struct crowd *crowd, struct net_fixture *f)
{
    memset(crowd, 0, sizeof *crowd);
    for (size_t i = 0; i < VUS; i++) {
        net_session_init(&crowd->sessions[i], f->net);
        outcome_submit_in(&crowd->outcomes[i], f, &crowd->sessions[i], false);
    }
}

static void crowd_end(struct crowd *crowd)
{
    for (size_t i = 0; i < VUS; i++)
        net_session_close(&crowd->sessions[i]);
}

static void sessions_share_one_connection_and_get_it_in_the_order_they_asked(void **state)
{
    static const struct script_step steps[] = {
        DO(ACCEPT),      ANSWER(OK_BODY), ANSWER(OK_BODY), ANSWER(OK_BODY), ANSWER(OK_BODY),
        ANSWER(OK_BODY), ANSWER(OK_BODY), ANSWER(OK_BODY), ANSWER(OK_BODY), DO(READ_END),
    };
    const struct net_options options = { .keepalive = true, .shared = 1 };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps));
    struct crowd crowd;

    (void)state;
    crowd_submit(&crowd, &f);
    for (size_t i = 0; i < VUS; i++) {
        const struct exchange *x = &crowd.outcomes[i].exchange, *before = &crowd.outcomes[i > 0 ? i - 1 : 0].exchange;

        outcome_wait(&crowd.outcomes[i]);
        assert_int_equal(x->fault, FAULT_NONE);
        if (i == 0)
            continue;
        assert_true(x->is_reused);
        /* the wait is `blocked`, and what is measured begins when the connection was free */
        assert_true(x->stamps[STAMP_UNBLOCKED] >= before->stamps[STAMP_END]);
        assert_int_equal(x->stamps[STAMP_TLS_DONE], x->stamps[STAMP_UNBLOCKED]);
    }
    assert_int_equal(count_opened(&f), 1);
    crowd_end(&crowd);
    assert_int_equal(count_open(&f), 1); /* it belongs to none of them */
    end(&f, server);
}

static bool is_waiting(void *argument)
{
    const struct net_fixture *f = argument;
    struct net_counters counters;

    net_counters(f->net, &counters);
    return counters.connections == 3;
}

static void no_more_connections_are_opened_than_are_shared(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), DO(READ_HEAD), DO(KEEP), DO_TIMES(REPEAT, 3), DO(WAIT), DO(CLOSE_KEPT) };
    const struct net_options options = { .keepalive = true, .shared = 3 };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps));
    struct crowd crowd;
    struct net_counters counters;

    (void)state;
    crowd_submit(&crowd, &f);
    net_counters(f.net, &counters);
    assert_int_equal(counters.connecting, 3);
    net_fixture_run_until(&f, is_waiting, &f);
    net_counters(f.net, &counters);
    assert_int_equal(counters.connecting, 0);
    for (size_t i = 0; i < VUS; i++) /* all at once, as at the end of a run: none of those that wait connects for nothing */
        net_cancel(&crowd.outcomes[i].exchange);
    ev_run(f.loop, EVRUN_NOWAIT);
    assert_int_equal(count_opened(&f), 3);
    net_counters(f.net, &counters);
    assert_int_equal(counters.connecting, 0);
    for (size_t i = 0; i < VUS; i++)
        assert_int_equal(crowd.outcomes[i].done, 0);
    crowd_end(&crowd);
    script_server_tell(server);
    end(&f, server);
}

static bool is_sent(void *argument)
{
    return ((struct outcome *)argument)->exchange.is_sent;
}

static void who_waits_behind_a_cancelled_one_goes_on(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), DO(READ_HEAD), DO(READ_END), DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END) };
    const struct net_options options = { .keepalive = true, .shared = 1 };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps));
    struct crowd crowd;

    (void)state;
    crowd_submit(&crowd, &f);
    net_fixture_run_until(&f, is_sent, &crowd.outcomes[0]);
    for (size_t i = 0; i < VUS - 1; i++)
        net_cancel(&crowd.outcomes[i].exchange);
    outcome_wait(&crowd.outcomes[VUS - 1]);
    assert_int_equal(crowd.outcomes[VUS - 1].exchange.fault, FAULT_NONE);
    crowd_end(&crowd);
    end(&f, server);
}

static void shared_connections_without_keepalive_are_as_many_and_carry_one_request_each(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END), DO_TIMES(REPEAT, VUS) };
    const struct net_options options = { .keepalive = false, .shared = 1 };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps));
    struct crowd crowd;

    (void)state;
    crowd_submit(&crowd, &f);
    for (size_t i = 0; i < VUS; i++) {
        outcome_wait(&crowd.outcomes[i]);
        assert_int_equal(crowd.outcomes[i].exchange.fault, FAULT_NONE);
        assert_true(count_open(&f) <= 1);
    }
    assert_int_equal(count_opened(&f), VUS);
    crowd_end(&crowd);
    end(&f, server);
}

static void a_request_that_must_be_fresh_takes_the_place_of_an_idle_shared_connection(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END), DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END) };
    const struct net_options options = { .keepalive = true, .shared = 1 };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps));
    struct outcome outcome = { 0 };

    (void)state;
    outcome_run(&outcome, &f);
    outcome_submit(&outcome, &f, true);
    outcome_wait(&outcome);
    assert_int_equal(outcome.exchange.fault, FAULT_NONE);
    assert_false(outcome.exchange.is_reused);
    assert_int_equal(count_open(&f), 1);
    end(&f, server);
}

static void each_origin_has_as_many_shared_connections_of_its_own(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), ANSWER(OK_BODY), DO(READ_END) };
    const struct net_options options = { .keepalive = true, .shared = 1 };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps)),
                         *other = script_server_start("127.0.0.1", 64, steps, COUNT(steps));
    const struct net_request first = f.request;
    struct origin second_origin;
    struct net_request second;
    struct outcome outcomes[4] = { 0 };
    struct error err;

    (void)state;
    assert_non_null(other);
    assert_int_equal(origin_resolve(&second_origin, "http", "127.0.0.1", script_server_port(other), &err), 0);
    net_request_build(&second, &f.plan, &f.wanted, &second_origin);
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        f.request = i % 2 == 0 ? first : second;
        outcome_submit(&outcomes[i], &f, false);
        outcomes[i].exchange.request = i % 2 == 0 ? &first : &second;
    }
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        outcome_wait(&outcomes[i]);
        assert_int_equal(outcomes[i].exchange.fault, FAULT_NONE);
        assert_int_equal(outcomes[i].exchange.is_reused, i >= 2);
    }
    assert_int_equal(count_opened(&f), 2);
    f.request = first;
    end(&f, server);
    assert_int_equal(script_server_stop(other), 0);
    net_request_release(&second);
    origin_release(&second_origin);
}

/* ---- how long a connection lives ---- */

static void a_connection_is_closed_after_as_many_requests_as_it_may_carry(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), ANSWER(OK_BODY), DO(READ_END), DO_TIMES(REPEAT, 2) };
    const struct net_options options = { .keepalive = true, .max_requests = 2 };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps));
    struct outcome outcome = { 0 };

    (void)state;
    for (int i = 0; i < 4; i++) {
        outcome_run(&outcome, &f);
        assert_int_equal(outcome.exchange.fault, FAULT_NONE);
        assert_int_equal(outcome.exchange.is_reused, i % 2);
        assert_int_equal(count_open(&f), 1 - i % 2);
    }
    assert_int_equal(count_opened(&f), 2);
    end(&f, server);
}

#define MAX_AGE_NS (60 * NS_PER_S)

static void an_idle_connection_is_closed_when_it_reaches_its_age(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END), DO_TIMES(REPEAT, 2) };
    const struct net_options options = { .keepalive = true, .max_age_ns = MAX_AGE_NS };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps));
    struct outcome outcome = { 0 };
    uint64_t before_ns = clock_now_ns(), after_ns;

    (void)state;
    outcome_run(&outcome, &f);
    after_ns = clock_now_ns();
    wheel_advance(&f.net->wheel, before_ns + MAX_AGE_NS - 1);
    assert_int_equal(count_open(&f), 1);
    wheel_advance(&f.net->wheel, after_ns + MAX_AGE_NS + 2 * WHEEL_TICK_NS);
    assert_int_equal(count_open(&f), 0);
    outcome_run(&outcome, &f);
    assert_int_equal(outcome.exchange.fault, FAULT_NONE);
    assert_false(outcome.exchange.is_reused);
    end(&f, server);
}

static void a_connection_in_use_that_reaches_its_age_is_closed_after_the_answer(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), ANSWER(OK_BODY), DO(READ_END) };
    const struct net_options options = { .keepalive = true, .max_age_ns = MAX_AGE_NS };
    struct net_fixture f;
    struct script_server *server = serve(&f, &options, steps, COUNT(steps));
    struct outcome outcome = { 0 };
    struct net_connection *connection;

    (void)state;
    outcome_run(&outcome, &f);
    outcome_submit(&outcome, &f, false);
    connection = outcome.exchange.connection;
    assert_true(connection->retires_ns > clock_now_ns());
    assert_true(connection->retires_ns <= clock_now_ns() + MAX_AGE_NS);
    connection->retires_ns = clock_now_ns(); /* a minute passed */
    outcome_wait(&outcome);
    assert_int_equal(outcome.exchange.fault, FAULT_NONE);
    assert_true(outcome.exchange.is_reused);
    assert_int_equal(count_open(&f), 0);
    end(&f, server);
}

static void the_idle_connections_of_a_session_can_be_closed_and_those_of_others_stay(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(KEEP), DO_TIMES(REPEAT, 2), DO(WAIT), DO(CLOSE_KEPT) };
    struct net_fixture f;
    struct script_server *server = serve(&f, NULL, steps, COUNT(steps));
    struct net_session other;
    struct outcome outcome = { 0 };

    (void)state;
    net_session_init(&other, f.net);
    outcome_run(&outcome, &f);
    outcome_submit_in(&outcome, &f, &other, false);
    outcome_wait(&outcome);
    assert_int_equal(count_open(&f), 2);
    net_session_close_idle(&other);
    assert_int_equal(count_open(&f), 1);
    net_session_close_idle(&other);
    net_session_close(&other);
    assert_int_equal(count_open(&f), 1);
    script_server_tell(server);
    end(&f, server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_share_one_connection_and_get_it_in_the_order_they_asked),
        cmocka_unit_test(no_more_connections_are_opened_than_are_shared),
        cmocka_unit_test(who_waits_behind_a_cancelled_one_goes_on),
        cmocka_unit_test(shared_connections_without_keepalive_are_as_many_and_carry_one_request_each),
        cmocka_unit_test(a_request_that_must_be_fresh_takes_the_place_of_an_idle_shared_connection),
        cmocka_unit_test(each_origin_has_as_many_shared_connections_of_its_own),
        cmocka_unit_test(a_connection_is_closed_after_as_many_requests_as_it_may_carry),
        cmocka_unit_test(an_idle_connection_is_closed_when_it_reaches_its_age),
        cmocka_unit_test(a_connection_in_use_that_reaches_its_age_is_closed_after_the_answer),
        cmocka_unit_test(the_idle_connections_of_a_session_can_be_closed_and_those_of_others_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
