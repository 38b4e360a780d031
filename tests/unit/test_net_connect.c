/* net: connects that fail, wait or find another address; nothing leaks and nothing spins. */
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

#include "clock.h"
#include "connection.h"
#include "mem.h"
#include "net_fixture.h"

#define OK_BODY "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define OK_CLOSE "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Binds loopback of that family; *port 0: any, and it is told. Nobody listens, and nobody else can take it until it is closed. */
static int reserve(int family, uint16_t *port, struct sockaddr_storage *address, socklen_t *length)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memset(address, 0, sizeof *address);
    address->ss_family = (sa_family_t)family;
    *length = family == AF_INET ? sizeof *v4 : sizeof *v6;
    if (family == AF_INET) {
        v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        v4->sin_port = htons(*port);
    } else {
        v6->sin6_addr = in6addr_loopback;
        v6->sin6_port = htons(*port);
    }
    if (fd < 0 || bind(fd, (struct sockaddr *)address, *length) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, length), 0);
    *port = ntohs(v4->sin_port); /* the same place in both */
    return fd;
}

static int reserve_port(uint16_t *port)
{
    struct sockaddr_storage address;
    socklen_t length;
    int fd;

    *port = 0;
    fd = reserve(AF_INET, port, &address, &length);
    assert_true(fd >= 0);
    return fd;
}

/* A listener that answers no SYN: its queue is full of the connects in `fillers`. -1: no such address here. */
static int reserve_full(int family, uint16_t *port, int fillers[8])
{
    struct sockaddr_storage address;
    socklen_t length;
    int fd = reserve(family, port, &address, &length);

    for (int i = 0; i < 8; i++)
        fillers[i] = -1;
    if (fd < 0)
        return -1;
    assert_int_equal(listen(fd, 0), 0);
    for (int i = 0; i < 8; i++) {
        struct pollfd p = { .events = POLLOUT };

        fillers[i] = p.fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_true(connect(p.fd, (struct sockaddr *)&address, length) == 0 || errno == EINPROGRESS);
        if (poll(&p, 1, 20) == 0) /* this one hangs: so will the next */
            return fd;
    }
    fail_msg("the queue of a listener does not fill up");
    return -1;
}

static int reserve_full_port(uint16_t *port, int fillers[8])
{
    *port = 0;
    return reserve_full(AF_INET, port, fillers);
}

static void close_fillers(int fillers[8])
{
    for (int i = 0; i < 8; i++)
        if (fillers[i] >= 0)
            close(fillers[i]);
}

static void set_addresses(struct net_fixture *f, uint16_t port, const char *const *hosts, size_t count)
{
    net_fixture_build(f, "127.0.0.1", port);
    f->origin.addresses = mem_resize(f->origin.addresses, count, sizeof *f->origin.addresses);
    memset(f->origin.addresses, 0, count * sizeof *f->origin.addresses);
    f->origin.address_count = count;
    for (size_t i = 0; i < count; i++) {
        struct net_address *address = &f->origin.addresses[i];
        struct sockaddr_in *v4 = (struct sockaddr_in *)&address->address;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->address;

        if (inet_pton(AF_INET, hosts[i], &v4->sin_addr) == 1) {
            v4->sin_family = AF_INET;
            v4->sin_port = htons(port);
            address->length = sizeof *v4;
        } else {
            assert_int_equal(inet_pton(AF_INET6, hosts[i], &v6->sin6_addr), 1);
            v6->sin6_family = AF_INET6;
            v6->sin6_port = htons(port);
            address->length = sizeof *v6;
        }
    }
}

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
    set_addresses(&f, 9, nowhere, 1);
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
    set_addresses(&f, script_server_port(server), hosts, 2);
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
    static const struct script_step steps[] = { DO(ACCEPT), ANSWER(OK_BODY), DO(KEEP), DO_TIMES(REPEAT, 6) };
    struct script_server *server = script_server_start("0.0.0.0", 64, steps, COUNT(steps));
    struct net_fixture f;
    struct outcome outcome = { 0 };
    unsigned seen[3] = { 0 };

    (void)state;
    net_fixture_open(&f, NULL);
    set_addresses(&f, script_server_port(server), hosts, 3);
    for (int i = 0; i < 6; i++) {
        outcome_submit(&outcome, &f, true);
        outcome_wait(&outcome);
        assert_int_equal(outcome.exchange.fault, FAULT_NONE);
    }
    for (struct net_connection *c = f.session.connections; c != NULL; c = c->next) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;

        assert_int_equal(getpeername(c->fd, (struct sockaddr *)&peer, &length), 0);
        seen[(ntohl(peer.sin_addr.s_addr) & 0xff) - 1]++;
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(seen[i], 2);
    net_fixture_close(&f);
    assert_int_equal(script_server_stop(server), 0);
}

/* ---- what onager itself runs out of ---- */

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

static void running_out_of_ports_is_our_own_fault(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(7000) };
    struct net_fixture f;
    struct outcome first = { 0 }, second = { 0 };
    struct net_counters counters;
    int old_network, listener;

    (void)state;
    if (!enter_network_with_one_port(&old_network)) { /* needs the right to make a network namespace */
        if (old_network >= 0) {
            (void)!setns(old_network, CLONE_NEWNET);
            close(old_network);
        }
        skip();
    }
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
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
    set_addresses(&dual, port, hosts, 3);
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
    set_addresses(&f, port, hosts, 2);
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
    net_fixture_run_until(&f, all_are_closed, &f);
    assert_true(count_turns(&f, .1) <= 5);
    for (int i = 0; i < 100; i++)
        assert_null(sessions[i].connections);
    net_fixture_close(&f);
    assert_int_equal(script_server_stop(server), 0);
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
        cmocka_unit_test(running_out_of_descriptors_is_our_own_fault_and_passes),
        cmocka_unit_test(running_out_of_ports_is_our_own_fault),
        cmocka_unit_test(a_thousand_failed_connects_leave_no_descriptor_behind),
        cmocka_unit_test(dual_stack_connects_leave_no_refused_family_behind),
        cmocka_unit_test(the_loser_of_a_race_of_two_families_is_closed),
        cmocka_unit_test(a_hundred_idle_connections_leave_the_loop_asleep),
    };
    return cmocka_run_group_tests_name("net_connect", tests, NULL, NULL);
}
