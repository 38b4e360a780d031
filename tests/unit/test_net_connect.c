/* net: connects that fail, wait or find another address. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addresses.h"
#include "clock.h"
#include "connection.h"
#include "mem.h"
#include "net_fixture.h"
#include "resolver.h"
#include "sources.h"

#define OK_BODY "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define OK_CLOSE "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void check_never_connected(const struct outcome *outcome)
{
    const uint64_t *stamps = outcome->exchange.stamps;

    assert_int_equal(outcome->exchange.status, 0);
    assert_false(outcome->exchange.is_sent);
    assert_false(outcome->exchange.is_stale);
    assert_int_equal(outcome->exchange.bytes_sent, 0);
    assert_true(outcome->detail[0] != '\0');
    for (int i = STAMP_CONNECTED; i < STAMP_END; i++)
        assert_int_equal(stamps[i], stamps[STAMP_RESOLVED]);
}

static void a_port_without_a_listener_is_refused(void **state)
{
    struct net_fixture f;
    struct outcome outcome = { 0 };
    uint16_t port;
    int fd = reserve_port(&port);

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_build(&f, "127.0.0.1", port);
    outcome_run(&outcome, &f);
    assert_int_equal(outcome.exchange.fault, FAULT_REFUSED);
    assert_string_equal(outcome.detail, "Connection refused");
    check_never_connected(&outcome);
    net_fixture_close(&f);
    close(fd);
}

static void an_address_without_a_route_is_unreachable(void **state)
{
    static const char *const nowhere[] = { "255.255.255.255" };
    struct net_fixture f;
    struct outcome outcome = { 0 };

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_addresses(&f, 9, nowhere, 1);
    outcome_run(&outcome, &f);
    assert_int_equal(outcome.exchange.fault, FAULT_UNREACHABLE);
    check_never_connected(&outcome);
    net_fixture_close(&f);
}

static void a_connect_that_nobody_answers_times_out_without_spinning(void **state)
{
    struct net_fixture f;
    struct outcome outcome = { 0 };
    int fillers[8];
    uint16_t port;
    int fd = reserve_full_port(&port, fillers);
    const uint64_t *stamps = outcome.exchange.stamps;

    (void)state;
    net_fixture_open(&f, NULL);
    for (int i = 0; i < 2; i++) { /* by connect_timeout, then by timeout */
        unsigned before;

        f.wanted.connect_timeout_ns = (i == 0 ? 300 : 10000) * NS_PER_MS;
        f.wanted.timeout_ns = (i == 0 ? 10000 : 300) * NS_PER_MS;
        net_fixture_build(&f, "127.0.0.1", port);
        before = ev_iteration(f.loop);
        outcome_run(&outcome, &f);
        assert_int_equal(outcome.exchange.fault, FAULT_TIMEOUT_CONNECT);
        check_never_connected(&outcome);
        assert_true(stamps[STAMP_END] - stamps[STAMP_BEGIN] >= 300 * NS_PER_MS);
        assert_true(ev_iteration(f.loop) - before < 40);
    }
    net_fixture_close(&f);
    close_fillers(fillers);
    close(fd);
}

static void a_connect_that_waits_for_the_server_shows_it_as_connecting(void **state)
{
    struct net_fixture f;
    struct outcome outcome = { 0 };
    int fillers[8], fd, accepted;
    uint16_t port;
    uint64_t drained_ns;

    (void)state;
    fd = reserve_full_port(&port, fillers);
    net_fixture_open(&f, NULL);
    f.wanted.first_byte_timeout_ns = NS_PER_MS; /* nobody answers: it is about the connect */
    net_fixture_build(&f, "127.0.0.1", port);
    outcome_submit(&outcome, &f, false);
    for (int i = 0; i < 3; i++)
        ev_run(f.loop, EVRUN_NOWAIT);
    drained_ns = clock_now_ns();
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    while ((accepted = accept(fd, NULL, NULL)) >= 0)
        close(accepted);
    close_fillers(fillers);
    outcome_wait(&outcome);
    assert_int_equal(outcome.exchange.fault, FAULT_TIMEOUT_FIRST_BYTE);
    assert_true(outcome.exchange.stamps[STAMP_RESOLVED] <= drained_ns);
    assert_true(outcome.exchange.stamps[STAMP_CONNECTED] >= drained_ns);
    net_fixture_close(&f);
    close(fd);
}

static void a_host_with_two_families_is_reached_by_the_one_that_answers(void **state)
{
    static const char *const hosts[] = { "::1", "127.0.0.1" };
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_CLOSE), DO(READ_END), DO_TIMES(REPEAT, 4) };
    struct script_server *server = script_server_start("127.0.0.1", 64, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcome = { 0 };

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_addresses(&f, script_server_port(server), hosts, 2);
    for (int i = 0; i < 4; i++) {
        outcome_run(&outcome, &f);
        assert_int_equal(outcome.exchange.fault, FAULT_NONE);
        assert_int_equal(outcome.exchange.status, 200);
    }
    net_fixture_close(&f);
    assert_int_equal(script_server_stop(server), 0);
}

static void connects_begin_with_another_address_each_time(void **state)
{
    static const char *const hosts[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3" };
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(KEEP), DO_TIMES(REPEAT, 6), DO(WAIT) };
    struct script_server *server = script_server_start("0.0.0.0", 64, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcome = { 0 };
    unsigned seen[3] = { 0 };

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_addresses(&f, script_server_port(server), hosts, 3);
    for (int i = 0; i < 6; i++) {
        outcome_submit(&outcome, &f, true);
        outcome_wait(&outcome);
        assert_int_equal(outcome.exchange.fault, FAULT_NONE);
    }
    for (struct net_connection *c = f.session.pools->free; c != NULL; c = c->next) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;

        assert_int_equal(getpeername(c->fd, (struct sockaddr *)&peer, &length), 0);
        seen[(ntohl(peer.sin_addr.s_addr) & 0xff) - 1]++;
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(seen[i], 2);
    net_fixture_close(&f);
    script_server_tell(server);
    assert_int_equal(script_server_stop(server), 0);
}

static struct address_state *state_of(struct net_fixture *f, size_t i)
{
    return net_name_list(f->origin.name)->states[i];
}

static void an_address_that_fails_is_passed_over_and_tried_again_later(void **state)
{
    static const char *const hosts[] = { "127.0.0.2", "127.0.0.1" };
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_CLOSE), DO(READ_END), DO_TIMES(REPEAT, 20) };
    struct script_server *server = script_server_start("127.0.0.1", 64, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcome = { 0 };

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_addresses(&f, script_server_port(server), hosts, 2);
    for (int i = 0; i < 20; i++) {
        if (i == 10) { /* its time has come */
            assert_int_equal(state_of(&f, 0)->failed[FAULT_REFUSED], 1);
            assert_int_equal(state_of(&f, 0)->strikes, 1);
            assert_true(state_of(&f, 0)->retry_at_ns > clock_now_ns());
            state_of(&f, 0)->retry_at_ns = 1;
        }
        outcome_run(&outcome, &f);
        assert_int_equal(outcome.exchange.status, 200);
    }
    assert_int_equal(state_of(&f, 0)->failed[FAULT_REFUSED], 2);
    assert_int_equal(state_of(&f, 0)->strikes, 2); /* so it waits twice as long */
    assert_int_equal(state_of(&f, 0)->opened, 0);
    assert_int_equal(state_of(&f, 1)->opened, 20);
    net_fixture_close(&f);
    assert_int_equal(script_server_stop(server), 0);
}

static void an_address_that_answers_again_is_used_again(void **state)
{
    static const char *const hosts[] = { "127.0.0.1", "127.0.0.2" };
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_CLOSE), DO(READ_END), DO_TIMES(REPEAT, 4) };
    struct script_server *server = script_server_start("0.0.0.0", 64, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcome = { 0 };

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_addresses(&f, script_server_port(server), hosts, 2);
    for (int i = 0; i < 2; i++) {
        state_of(&f, (size_t)i)->strikes = 3;
        state_of(&f, (size_t)i)->retry_at_ns = i == 0 ? 1 : UINT64_MAX;
    }
    for (int i = 0; i < 2; i++)
        outcome_run(&outcome, &f);
    assert_int_equal(state_of(&f, 0)->opened, 2);
    assert_int_equal(state_of(&f, 0)->strikes, 0);
    assert_int_equal(state_of(&f, 0)->retry_at_ns, 0);
    state_of(&f, 0)->retry_at_ns = UINT64_MAX; /* with all of them passed over they are tried all the same */
    for (int i = 0; i < 2; i++)
        outcome_run(&outcome, &f);
    assert_int_equal(state_of(&f, 0)->opened + state_of(&f, 1)->opened, 4);
    net_fixture_close(&f);
    assert_int_equal(script_server_stop(server), 0);
}

static void a_silent_address_has_a_head_start_and_is_blamed(void **state)
{
    static const char *const hosts[] = { "127.0.0.2", "127.0.0.1" };
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_CLOSE), DO(READ_END), DO_TIMES(REPEAT, 2) };
    struct script_server *server = script_server_start("127.0.0.1", 64, steps, COUNT(steps));
    struct sockaddr_in silent = { .sin_family = AF_INET, .sin_port = htons(script_server_port(server)) };
    struct net_fixture f;
    struct outcome outcome = { 0 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fillers[4];
    uint64_t connecting_ns;

    (void)state;
    inet_pton(AF_INET, "127.0.0.2", &silent.sin_addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&silent, sizeof silent), 0);
    assert_int_equal(listen(fd, 0), 0);
    for (size_t i = 0; i < COUNT(fillers); i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[i], (struct sockaddr *)&silent, sizeof silent);
    }
    net_fixture_open(&f, NULL);
    net_fixture_addresses(&f, script_server_port(server), hosts, 2);
    outcome_run(&outcome, &f);
    assert_int_equal(outcome.exchange.status, 200);
    connecting_ns = outcome.exchange.stamps[STAMP_CONNECTED] - outcome.exchange.stamps[STAMP_RESOLVED];
    assert_true(connecting_ns >= 250 * NS_PER_MS);
    assert_int_equal(state_of(&f, 0)->failed[FAULT_TIMEOUT_CONNECT], 1);
    outcome_run(&outcome, &f); /* its turn, but it is passed over */
    assert_int_equal(outcome.exchange.status, 200);
    assert_int_equal(state_of(&f, 0)->failed[FAULT_TIMEOUT_CONNECT], 1);
    net_fixture_close(&f);
    for (size_t i = 0; i < COUNT(fillers); i++)
        close(fillers[i]);
    close(fd);
    assert_int_equal(script_server_stop(server), 0);
}

static void a_host_without_an_address_is_a_fault_of_its_own(void **state)
{
    struct net_fixture f;
    struct outcome outcome = { 0 };

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_build(&f, "127.0.0.1", 80);
    origin_release(&f.origin);
    origin_name(&f.origin, f.net->resolver, NULL, "http", "no host has this name", 80);
    for (int i = 0; i < 3; i++) { /* what was not found is not looked up for each request */
        outcome_run(&outcome, &f);
        assert_int_equal(outcome.exchange.fault, FAULT_RESOLVE);
        assert_string_equal(outcome.detail, "no such host");
        check_never_connected(&outcome);
        assert_true(outcome.exchange.stamps[STAMP_RESOLVED] >= outcome.exchange.stamps[STAMP_UNBLOCKED]);
    }
    net_fixture_close(&f);
}

/* ---- what onager itself runs out of ---- */

#define CROWD 100

struct crowd {
    struct net_fixture f;
    unsigned before, most; /* connections when the last turn of the loop began; most that one turn opened */
};

static void on_turn(struct ev_loop *loop, ev_prepare *watcher, int revents)
{
    struct crowd *crowd = watcher->data;
    struct net_counters counters;

    (void)loop;
    (void)revents;
    net_counters(crowd->f.net, &counters);
    crowd->most = counters.connections - crowd->before > crowd->most ? counters.connections - crowd->before : crowd->most;
    crowd->before = counters.connections;
}

static bool is_crowd_there(void *argument)
{
    return ((struct crowd *)argument)->before == CROWD;
}

/* On loopback a connect succeeds at once, and begins the next one that waits. */
static void many_connects_at_once_leave_the_loop_its_turns(void **state)
{
    struct net_options options = { .max_connecting = 10, .keepalive = true };
    struct net_session sessions[CROWD];
    struct outcome outcomes[CROWD];
    struct crowd crowd = { 0 };
    ev_prepare turn;
    uint16_t port;
    int fd = reserve_port(&port);

    (void)state;
    assert_int_equal(listen(fd, CROWD), 0); /* the kernel accepts, nobody answers */
    net_fixture_open(&crowd.f, &options);
    net_fixture_build(&crowd.f, "127.0.0.1", port);
    ev_prepare_init(&turn, on_turn);
    turn.data = &crowd;
    ev_prepare_start(crowd.f.loop, &turn);
    memset(outcomes, 0, sizeof outcomes);
    for (size_t i = 0; i < CROWD; i++) {
        net_session_init(&sessions[i], crowd.f.net);
        outcome_submit_in(&outcomes[i], &crowd.f, &sessions[i], false);
    }
    net_fixture_run_until(&crowd.f, is_crowd_there, &crowd);
    assert_true(crowd.most < CROWD / 2);
    for (size_t i = 0; i < CROWD; i++) {
        net_cancel(&outcomes[i].exchange);
        net_session_close(&sessions[i]);
    }
    ev_prepare_stop(crowd.f.loop, &turn);
    net_fixture_close(&crowd.f);
    close(fd);
}

static void running_out_of_descriptors_is_our_own_fault_and_passes(void **state)
{
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(READ_END) };
    struct script_server *server = script_server_start("127.0.0.1", 64, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcome = { 0 };
    struct net_counters counters;
    struct rlimit old, tight;

    (void)state;
    net_fixture_open(&f, NULL);
    net_fixture_build(&f, "127.0.0.1", script_server_port(server));
    ev_run(f.loop, EVRUN_NOWAIT);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    tight = old;
    tight.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    outcome_run(&outcome, &f);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(outcome.exchange.fault, FAULT_CLIENT_FD);
    check_never_connected(&outcome);
    net_counters(f.net, &counters);
    assert_int_equal(counters.fds_exhausted, 1);
    outcome_run(&outcome, &f);
    assert_int_equal(outcome.exchange.status, 200);
    net_fixture_close(&f);
    assert_int_equal(script_server_stop(server), 0);
}

static bool enter_network_with_one_port(int *old_network)
{
    static const char one_port[] = "61000 61000";
    struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    int fd;
    bool ok;

    *old_network = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (*old_network < 0 || unshare(CLONE_NEWNET) != 0)
        return false;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &loopback) == 0;
    close(fd);
    fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC);
    ok = ok && fd >= 0 && write(fd, one_port, sizeof one_port - 1) == (ssize_t)sizeof one_port - 1;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Listens on port 7000 of every loopback address, in a network with one local port; -1: no right to make one. */
static int listen_with_one_port(int *old_network)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(7000) };
    int listener;

    if (!enter_network_with_one_port(old_network)) {
        if (*old_network >= 0) {
            (void)!setns(*old_network, CLONE_NEWNET);
            close(*old_network);
        }
        return -1;
    }
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    return listener;
}

static void a_second_source_doubles_the_ports(void **state)
{
    char one[] = "127.0.0.1", two[] = "127.0.0.2", *words[] = { one, two };
    struct plan_network network = { .sources = words, .source_count = 2 };
    struct outcome outcomes[3] = { 0 };
    struct net_options options = { .keepalive = true };
    struct net_fixture f;
    struct error err;
    int old_network, listener = listen_with_one_port(&old_network);

    (void)state;
    if (listener < 0)
        skip();
    options.sources = sources_new(&network, &err);
    assert_non_null(options.sources);
    net_fixture_open(&f, &options);
    net_fixture_build(&f, "127.0.0.1", 7000);
    for (int i = 0; i < 3; i++)
        outcome_submit(&outcomes[i], &f, false);
    outcome_wait(&outcomes[2]); /* each source has one port, and the third finds none */
    assert_int_equal(outcomes[2].exchange.fault, FAULT_CLIENT_PORT);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(outcomes[i].done, 0);
        net_cancel(&outcomes[i].exchange);
    }
    net_fixture_close(&f);
    sources_free(options.sources);
    close(listener);
    assert_int_equal(setns(old_network, CLONE_NEWNET), 0);
    close(old_network);
}

static void running_out_of_ports_is_our_own_fault(void **state)
{
    struct net_fixture f;
    struct outcome first = { 0 }, second = { 0 };
    struct net_counters counters;
    int old_network, listener = listen_with_one_port(&old_network);

    (void)state;
    if (listener < 0)
        skip();
    net_fixture_open(&f, NULL);
    net_fixture_build(&f, "127.0.0.1", 7000);
    outcome_submit(&first, &f, false);
    outcome_submit(&second, &f, false);
    outcome_wait(&second);
    assert_int_equal(second.exchange.fault, FAULT_CLIENT_PORT);
    check_never_connected(&second);
    net_counters(f.net, &counters);
    assert_int_equal(counters.ports_exhausted, 1);
    net_cancel(&first.exchange);
    net_fixture_close(&f);
    close(listener);
    assert_int_equal(setns(old_network, CLONE_NEWNET), 0);
    close(old_network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_without_a_listener_is_refused),
        cmocka_unit_test(an_address_without_a_route_is_unreachable),
        cmocka_unit_test(a_connect_that_nobody_answers_times_out_without_spinning),
        cmocka_unit_test(a_connect_that_waits_for_the_server_shows_it_as_connecting),
        cmocka_unit_test(a_host_with_two_families_is_reached_by_the_one_that_answers),
        cmocka_unit_test(connects_begin_with_another_address_each_time),
        cmocka_unit_test(an_address_that_fails_is_passed_over_and_tried_again_later),
        cmocka_unit_test(an_address_that_answers_again_is_used_again),
        cmocka_unit_test(a_silent_address_has_a_head_start_and_is_blamed),
        cmocka_unit_test(many_connects_at_once_leave_the_loop_its_turns),
        cmocka_unit_test(running_out_of_descriptors_is_our_own_fault_and_passes),
        cmocka_unit_test(a_second_source_doubles_the_ports),
        cmocka_unit_test(a_host_without_an_address_is_a_fault_of_its_own),
        cmocka_unit_test(running_out_of_ports_is_our_own_fault),
    };
    return cmocka_run_group_tests_name("net_connect", tests, NULL, NULL);
}
