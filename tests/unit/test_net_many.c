/* Several exchanges on one connection: the seam, against a double that keeps them until the test ends them. */
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

static const struct script_step steps[] = { DO(ACCEPT), DO(READ_END) };

/* The double: what it was asked, in one string. */
static char calls[256];
static uint32_t limit_at_first;

static void note(const char *what)
{
    strncat(calls, what, sizeof calls - strlen(calls) - 1);
}

static void double_open(struct net_connection *connection)
{
    note("open ");
    connection->limit = limit_at_first;
}

static void double_start(struct net_connection *connection, struct exchange *exchange, uint64_t now_ns)
{
    note("start ");
    assert_ptr_equal(connection->exchange, exchange);
    connection->exchange = NULL;
    connection->timer.deadline_ns = WHEEL_NEVER;
    exchange->stamps[STAMP_SENT] = now_ns;
}

static bool double_cancel(struct net_connection *connection, struct exchange *exchange)
{
    note("cancel ");
    assert_null(exchange->connection);
    return true;
}

static void double_close(struct net_connection *connection)
{
    note("close ");
}

static const struct transport_ops transport_double = {
    .name = "double",
    .open = double_open,
    .start = double_start,
    .cancel = double_cancel,
    .close = double_close,
};

struct many {
    struct net_fixture f;
    struct script_server *server;
    struct outcome outcomes[6];
};

static bool is_under_way(void *argument)
{
    const struct outcome *outcome = argument;

    return outcome->exchange.stamps[STAMP_SENT] != 0;
}

/* All six are wanted of one connection that carries `limit`; those that it has room for are on it. */
static void open_many(struct many *m, uint32_t limit)
{
    memset(m, 0, sizeof *m);
    calls[0] = '\0';
    limit_at_first = limit;
    m->server = script_server_start("127.0.0.1", 64, steps, COUNT(steps));
    assert_non_null(m->server);
    net_fixture_open(&m->f, NULL);
    net_fixture_build(&m->f, "127.0.0.1", script_server_port(m->server));
    outcome_submit(&m->outcomes[0], &m->f, false);
    m->outcomes[0].exchange.connection->transport = &transport_double;
    m->f.session.pools->limit = 1;
    for (size_t i = 1; i < COUNT(m->outcomes); i++)
        outcome_submit(&m->outcomes[i], &m->f, false);
    net_fixture_run_until(&m->f, is_under_way, &m->outcomes[0]);
}

static void close_many(struct many *m)
{
    net_fixture_close(&m->f);
    assert_int_equal(script_server_stop(m->server), 0);
}

static unsigned count_under_way(const struct many *m)
{
    unsigned count = 0;

    for (size_t i = 0; i < COUNT(m->outcomes); i++)
        count += m->outcomes[i].exchange.stamps[STAMP_SENT] != 0;
    return count;
}

static void finish(struct many *m, size_t i, bool keep)
{
    exchange_finish(&m->outcomes[i].exchange, FAULT_NONE, "", keep, clock_now_ns());
    assert_int_equal(m->outcomes[i].done, 1);
}

static void a_connection_carries_as_many_exchanges_as_its_transport_says_and_the_others_wait_in_their_order(void **state)
{
    struct many m;
    struct net_counters counters;

    (void)state;
    open_many(&m, 3);
    assert_string_equal(calls, "open start start start ");
    assert_int_equal(count_under_way(&m), 3);
    finish(&m, 1, true);
    assert_true(is_under_way(&m.outcomes[3]));
    assert_int_equal(count_under_way(&m), 4);
    assert_true(m.outcomes[3].exchange.is_reused);
    assert_true(m.outcomes[3].exchange.stamps[STAMP_UNBLOCKED] >= m.outcomes[1].exchange.stamps[STAMP_END]);
    finish(&m, 3, true);
    finish(&m, 0, true);
    finish(&m, 2, true);
    finish(&m, 5, true);
    assert_int_equal(m.f.session.pools->free->running, 1);
    assert_int_equal(m.f.session.pools->free->state, CONNECTION_BUSY);
    finish(&m, 4, true);
    assert_int_equal(m.f.session.pools->free->state, CONNECTION_IDLE);
    net_counters(m.f.net, &counters);
    assert_int_equal(counters.opened, 1);
    close_many(&m);
    assert_non_null(strstr(calls, "close "));
}

static void a_limit_that_rises_lets_those_that_wait_start_and_one_that_falls_lets_none(void **state)
{
    struct many m;
    struct net_connection *connection;

    (void)state;
    open_many(&m, 2);
    connection = m.outcomes[0].exchange.connection;
    assert_int_equal(count_under_way(&m), 2);
    connection_set_limit(connection, 4, clock_now_ns());
    assert_int_equal(count_under_way(&m), 4);
    connection_set_limit(connection, 1, clock_now_ns());
    for (size_t i = 0; i < 3; i++)
        finish(&m, i, true);
    assert_int_equal(count_under_way(&m), 4);
    assert_int_equal(connection->running, 1);
    finish(&m, 3, true);
    assert_int_equal(count_under_way(&m), 5);
    finish(&m, 4, true);
    finish(&m, 5, true);
    close_many(&m);
}

static void an_exchange_is_cancelled_alone_and_gives_its_place_to_the_next(void **state)
{
    struct many m;

    (void)state;
    open_many(&m, 2);
    net_cancel(&m.outcomes[0].exchange);
    net_fixture_run_until(&m.f, is_under_way, &m.outcomes[2]);
    assert_non_null(strstr(calls, "cancel start "));
    assert_int_equal(m.outcomes[0].done, 0);
    for (size_t i = 1; i < COUNT(m.outcomes); i++)
        finish(&m, i, true);
    assert_null(strstr(calls, "close "));
    close_many(&m);
}

static void a_connection_that_ends_takes_no_further_exchange_and_is_closed_with_its_last(void **state)
{
    struct many m;
    struct net_counters counters;

    (void)state;
    open_many(&m, 3);
    finish(&m, 0, false);
    assert_int_equal(count_under_way(&m), 3);
    finish(&m, 1, true);
    assert_int_equal(count_under_way(&m), 3);
    assert_null(strstr(calls, "close "));
    net_counters(m.f.net, &counters);
    assert_int_equal(counters.connections, 1);
    finish(&m, 2, true);
    assert_non_null(strstr(calls, "close "));
    net_counters(m.f.net, &counters);
    assert_int_equal(counters.connections, 0);
    assert_int_equal(counters.connecting, 1); /* for the next that waits */
    for (size_t i = 3; i < COUNT(m.outcomes); i++)
        net_cancel(&m.outcomes[i].exchange);
    close_many(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_carries_as_many_exchanges_as_its_transport_says_and_the_others_wait_in_their_order),
        cmocka_unit_test(a_limit_that_rises_lets_those_that_wait_start_and_one_that_falls_lets_none),
        cmocka_unit_test(an_exchange_is_cancelled_alone_and_gives_its_place_to_the_next),
        cmocka_unit_test(a_connection_that_ends_takes_no_further_exchange_and_is_closed_with_its_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
