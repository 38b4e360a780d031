/* net: whatever happens and whatever carries the requests, no descriptor is left behind, and a loop with nothing to do sleeps. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <unistd.h>
#include <sys/socket.h>

#include "clock.h"
#include "connection.h"
#include "connection.h"
#include "net_fixture.h"

#define OK_BODY "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- nothing is left behind ---- */

#define PARALLEL 50

/* `times` exchanges, PARALLEL at a time, each in a session of its own. */
static void run_many(struct net_fixture *f, unsigned times, enum fault expected)
{
    static struct outcome outcomes[PARALLEL];
    static struct net_session sessions[PARALLEL];

    for (unsigned done = 0; done < times; done += PARALLEL) {
        for (int i = 0; i < PARALLEL; i++) {
            net_session_init(&sessions[i], f->net);
            outcome_submit_in(&outcomes[i], f, &sessions[i], false);
        }
        for (int i = 0; i < PARALLEL; i++)
            outcome_wait(&outcomes[i]);
        for (int i = 0; i < PARALLEL; i++) {
            assert_int_equal(outcomes[i].exchange.fault, expected);
            net_session_close(&sessions[i]);
        }
    }
}

static void a_thousand_failed_connects_leave_no_descriptor_behind(void **state)
{
    static const char *const hosts[] = { "::1", "127.0.0.1", "127.0.0.2" };
    struct net_fixture refused, hanging, dual;
    int fillers[8];
    uint16_t port, full_port;
    int fd = reserve_port(&port), full = reserve_full_port(&full_port, fillers);
    unsigned before;

    (void)state;
    net_fixture_open(&refused, NULL);
    net_fixture_build(&refused, "127.0.0.1", port);
    net_fixture_open(&hanging, NULL);
    hanging.wanted.connect_timeout_ns = 8 * NS_PER_MS;
    net_fixture_build(&hanging, "127.0.0.1", full_port);
    net_fixture_open(&dual, NULL);
    net_fixture_addresses(&dual, port, hosts, 3);
    run_many(&refused, PARALLEL, FAULT_REFUSED); /* libraries keep what they open first */
    run_many(&hanging, PARALLEL, FAULT_TIMEOUT_CONNECT);
    run_many(&dual, PARALLEL, FAULT_REFUSED);
    before = count_descriptors();
    run_many(&refused, 400, FAULT_REFUSED);
    run_many(&hanging, 300, FAULT_TIMEOUT_CONNECT);
    run_many(&dual, 300, FAULT_REFUSED);
    assert_int_equal(count_descriptors(), before);
    net_fixture_close(&refused);
    net_fixture_close(&hanging);
    net_fixture_close(&dual);
    close_fillers(fillers);
    close(fd);
    close(full);
}

/* has_loser: nobody answers from ::1, so that both families are under way at once; else ::1 refuses. */
static void check_dual_stack(bool has_loser)
{
    static const char *const hosts[] = { "::1", "127.0.0.1" };
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(KEEP), DO_TIMES(REPEAT, 2 * PARALLEL), DO(WAIT) };
    struct script_server *server = script_server_start("127.0.0.1", 128, steps, COUNT(steps));
    struct net_fixture f;
    int fillers[8], full = -1;
    uint16_t port = script_server_port(server);
    unsigned before;

    net_fixture_open(&f, NULL);
    net_fixture_addresses(&f, port, hosts, 2);
    if (has_loser)
        full = reserve_full(AF_INET6, &port, fillers);
    run_many(&f, PARALLEL, FAULT_NONE);
    before = count_descriptors();
    run_many(&f, PARALLEL, FAULT_NONE);
    assert_int_equal(count_descriptors(), before + PARALLEL); /* the server's ends alone */
    net_fixture_close(&f);
    if (full >= 0) {
        close_fillers(fillers);
        close(full);
    }
    script_server_tell(server);
    assert_int_equal(script_server_stop(server), 0);
}

static void dual_stack_connects_leave_no_refused_family_behind(void **state)
{
    (void)state;
    check_dual_stack(false);
}

static void the_loser_of_a_race_of_two_families_is_closed(void **state)
{
    (void)state;
    check_dual_stack(true);
}

/* ---- connects that are given up ---- */

static void cancel_many(struct net_fixture *f, unsigned turns)
{
    static struct outcome outcomes[PARALLEL];
    static struct net_session sessions[PARALLEL];

    for (int i = 0; i < PARALLEL; i++) {
        net_session_init(&sessions[i], f->net);
        outcome_submit_in(&outcomes[i], f, &sessions[i], false);
    }
    for (unsigned i = 0; i < turns; i++)
        ev_run(f->loop, EVRUN_NOWAIT);
    for (int i = 0; i < PARALLEL; i++) {
        net_cancel(&outcomes[i].exchange);
        net_session_close(&sessions[i]);
        assert_int_equal(outcomes[i].done, 0);
    }
}

static bool has_reached(void *argument)
{
    return clock_now_ns() >= *(uint64_t *)argument;
}

static void connects_that_are_given_up_leave_nothing_behind(void **state)
{
    static const char *const dead[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4" };
    struct net_fixture refused, hanging, racing;
    int fillers[8];
    uint16_t port, full_port;
    int fd = reserve_port(&port), full = reserve_full_port(&full_port, fillers);
    unsigned before;

    (void)state;
    net_fixture_open(&refused, NULL);
    net_fixture_addresses(&refused, port, dead, 3);
    net_fixture_open(&hanging, NULL);
    net_fixture_build(&hanging, "127.0.0.1", full_port);
    net_fixture_open(&racing, NULL); /* the second address is tried beside the first */
    net_fixture_addresses(&racing, full_port, (const char *const[]){ "127.0.0.1", "127.0.0.2" }, 2);
    cancel_many(&refused, 1); /* libraries keep what they open first */
    cancel_many(&hanging, 1);
    cancel_many(&racing, 1);
    before = count_descriptors();
    for (unsigned turns = 0; turns < 3; turns++) {
        cancel_many(&refused, turns); /* also what failed at once and nobody heard of yet */
        cancel_many(&hanging, turns);
        assert_int_equal(count_descriptors(), before);
    }
    for (int i = 0; i < 2; i++) {
        uint64_t until_ns = clock_now_ns() + 300 * NS_PER_MS;
        struct net_session session;
        struct outcome outcome = { 0 };

        net_session_init(&session, racing.net);
        outcome_submit_in(&outcome, &racing, &session, false);
        net_fixture_run_until(&racing, has_reached, &until_ns);
        net_cancel(&outcome.exchange);
        net_session_close(&session);
        assert_int_equal(count_descriptors(), before);
    }
    net_fixture_close(&refused);
    net_fixture_close(&hanging);
    net_fixture_close(&racing);
    close_fillers(fillers);
    close(fd);
    close(full);
}

static void a_look_up_that_is_given_up_is_no_matter(void **state)
{
    struct net_fixture f;

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_build(&f, "127.0.0.1", 9);
    origin_release(&f.origin);
    for (uint16_t i = 0; i < 20; i++) {
        struct outcome outcome = { 0 };

        origin_name(&f.origin, f.net->resolver, NULL, "http", "localhost", (uint16_t)(10 + i));
        net_request_release(&f.request);
        net_request_build(&f.request, &f.plan, &f.wanted, &f.origin);
        outcome_submit(&outcome, &f, false);
        if (i % 2 == 0)
            ev_run(f.loop, EVRUN_NOWAIT);
        if (outcome.done == 0) /* else it was found, and nobody listens there */
            net_cancel(&outcome.exchange);
        net_session_close(&f.session);
        net_session_init(&f.session, f.net);
        origin_release(&f.origin);
    }
    net_fixture_close(&f);
}

/* `steps` once for each exchange. */
static void check_broken(const struct script_step *steps, size_t count, enum fault expected)
{
    struct script_server *server = script_server_start("127.0.0.1", 128, steps, count);
    struct net_fixture f;
    unsigned before;

    net_fixture_open(&f, NULL);
    net_fixture_build(&f, "127.0.0.1", script_server_port(server));
    run_many(&f, PARALLEL, expected);
    before = count_descriptors();
    run_many(&f, 1000, expected);
    assert_in_range(count_descriptors(), before - 1, before + 1); /* the server may hold the last one for a moment */
    net_fixture_close(&f);
    assert_int_equal(script_server_stop(server), 0);
}

static void a_thousand_broken_answers_of_each_kind_leave_no_descriptor_behind(void **state)
{
    static const struct script_step reset[] = { DO(ACCEPT), DO(READ_HEAD), DO(RESET), DO_TIMES(REPEAT, 1000 + PARALLEL) };
    static const struct script_step empty[] = { DO(ACCEPT), DO(READ_HEAD), DO(CLOSE), DO_TIMES(REPEAT, 1000 + PARALLEL) };
    static const struct script_step partial[] = { DO(ACCEPT), ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe"), DO(CLOSE),
                                                  DO_TIMES(REPEAT, 1000 + PARALLEL) };
    static const struct script_step junk[] = { DO(ACCEPT), ANSWER("HTTP/1.1 200 OK\r\nContent-Length: -9\r\n\r\nhe"), DO(READ_END),
                                               DO(CLOSE), DO_TIMES(REPEAT, 1000 + PARALLEL) };

    (void)state;
    check_broken(reset, COUNT(reset), FAULT_RESET);
    check_broken(empty, COUNT(empty), FAULT_EMPTY_REPLY);
    check_broken(partial, COUNT(partial), FAULT_PARTIAL_BODY);
    check_broken(junk, COUNT(junk), FAULT_PROTOCOL);
}

static void a_thousand_cancelled_exchanges_leave_no_descriptor_behind(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), DO(KEEP), DO_TIMES(REPEAT, 200), DO(WAIT) };
    static struct outcome outcomes[20];
    struct script_server *server = script_server_start("127.0.0.1", 128, steps, COUNT(steps));
    struct net_fixture f;
    unsigned before = 0;

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_build(&f, "127.0.0.1", script_server_port(server));
    for (unsigned round = 0; round < 51; round++) {
        for (size_t i = 0; i < COUNT(outcomes); i++)
            outcome_submit(&outcomes[i], &f, false); /* 6 of them run, 14 wait */
        for (unsigned turn = 0; turn < round % 4; turn++)
            ev_run(f.loop, EVRUN_NOWAIT);
        for (size_t i = 0; i < COUNT(outcomes); i++) {
            net_cancel(&outcomes[i].exchange);
            assert_int_equal(outcomes[i].done, 0);
        }
        if (round == 0)
            before = count_descriptors();
    }
    script_server_tell(server);
    net_fixture_close(&f);
    script_server_stop(server); /* it may still wait for connections that never came */
    assert_true(count_descriptors() <= before);
}

/* ---- nothing spins ---- */

static void on_window(struct ev_loop *loop, ev_timer *timer, int revents)
{
    *(bool *)timer->data = true;
}

static bool is_set(void *argument)
{
    return *(bool *)argument;
}

static unsigned count_turns(struct net_fixture *f, double seconds)
{
    unsigned before = ev_iteration(f->loop);
    bool is_over = false;
    ev_timer window;

    ev_now_update(f->loop);
    ev_timer_init(&window, on_window, seconds, 0.);
    window.data = &is_over;
    ev_timer_start(f->loop, &window);
    net_fixture_run_until(f, is_set, &is_over);
    return ev_iteration(f->loop) - before;
}

static bool all_are_closed(void *argument)
{
    struct net_counters counters;

    net_counters(((struct net_fixture *)argument)->net, &counters);
    return counters.connections == 0;
}

static void a_hundred_idle_connections_leave_the_loop_asleep(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(KEEP), DO_TIMES(REPEAT, 100), DO(WAIT), DO(CLOSE_KEPT) };
    static struct net_session sessions[100];
    struct script_server *server = script_server_start("127.0.0.1", 128, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcome = { 0 };
    uint64_t cpu_ns;

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_build(&f, "127.0.0.1", script_server_port(server));
    for (int i = 0; i < 100; i++) {
        net_session_init(&sessions[i], f.net);
        outcome_submit_in(&outcome, &f, &sessions[i], false);
        outcome_wait(&outcome);
        assert_int_equal(outcome.exchange.fault, FAULT_NONE);
    }
    cpu_ns = clock_thread_cpu_ns();
    assert_true(count_turns(&f, .3) <= 5);
    assert_true(clock_thread_cpu_ns() - cpu_ns < 3 * NS_PER_MS);
    script_server_tell(server);
    if (net_fixture_transport == TRANSPORT_HTTP1) { /* libcurl looks when it wants the connection again */
        net_fixture_run_until(&f, all_are_closed, &f);
        for (int i = 0; i < 100; i++)
            assert_null(sessions[i].pools->free);
    }
    if (net_fixture_transport == TRANSPORT_CURL) /* ... which it has a last look at */
        count_turns(&f, .1);
    assert_true(count_turns(&f, .1) <= 5);
    for (int i = 0; i < 100; i++)
        net_session_close(&sessions[i]);
    assert_true(all_are_closed(&f));
    net_fixture_close(&f);
    assert_int_equal(script_server_stop(server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BY_BOTH(a_thousand_failed_connects_leave_no_descriptor_behind),
        BY_BOTH(a_thousand_broken_answers_of_each_kind_leave_no_descriptor_behind),
        BY_BOTH(a_thousand_cancelled_exchanges_leave_no_descriptor_behind),
        BY_BOTH(dual_stack_connects_leave_no_refused_family_behind),
        BY_BOTH(the_loser_of_a_race_of_two_families_is_closed),
        BY_BOTH(connects_that_are_given_up_leave_nothing_behind),
        BY_BOTH(a_look_up_that_is_given_up_is_no_matter),
        BY_BOTH(a_hundred_idle_connections_leave_the_loop_asleep),
    };
    return cmocka_run_group_tests_name("net_leaks", tests, NULL, NULL);
}
