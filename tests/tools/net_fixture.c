/* The network fixture. Test thread only. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "addresses.h"
#include "clock.h"
#include "mem.h"
#include "net_fixture.h"

#define LIMIT_S 10.

enum transport_kind net_fixture_transport = TRANSPORT_HTTP1;

int by_http1(void **state)
{
    (void)state;
    net_fixture_transport = TRANSPORT_HTTP1;
    return 0;
}

int by_curl(void **state)
{
    (void)state;
    net_fixture_transport = TRANSPORT_CURL;
    return 0;
}

void net_fixture_open(struct net_fixture *fixture, const struct net_options *options)
{
    static char user_agent[] = "onager/test", method[] = "GET", target[] = "/";
    struct net_options defaults = { .keepalive = true };
    struct error err;

    memset(fixture, 0, sizeof *fixture);
    fixture->plan.user_agent = user_agent;
    fixture->plan.reuse = options == NULL || options->keepalive ? REUSE_VU : REUSE_NONE;
    fixture->plan.max_head_bytes = 65536;
    fixture->wanted.method = method;
    fixture->wanted.target = target;
    fixture->wanted.transport = net_fixture_transport;
    fixture->wanted.timeout_ns = 10 * NS_PER_S;
    fixture->wanted.connect_timeout_ns = 10 * NS_PER_S;
    fixture->loop = ev_loop_new(EVFLAG_AUTO);
    assert_non_null(fixture->loop);
    fixture->net = net_new(fixture->loop, options != NULL ? options : &defaults, &err);
    assert_non_null(fixture->net);
    net_session_init(&fixture->session, fixture->net);
}

void net_fixture_build(struct net_fixture *fixture, const char *host, uint16_t port)
{
    struct error err;

    if (fixture->origin.host == NULL && origin_resolve(&fixture->origin, "http", host, port, &err) != 0)
        fail_msg("%s", err.text);
    net_request_release(&fixture->request);
    net_request_build(&fixture->request, &fixture->plan, &fixture->wanted, &fixture->origin);
}

void net_fixture_close(struct net_fixture *fixture)
{
    net_session_close(&fixture->session);
    net_free(fixture->net);
    ev_loop_destroy(fixture->loop);
    net_request_release(&fixture->request);
    origin_release(&fixture->origin);
}

static void on_done(struct exchange *exchange)
{
    struct outcome *outcome = (struct outcome *)exchange;

    outcome->done++;
    snprintf(outcome->detail, sizeof outcome->detail, "%s", exchange->detail);
    assert_ptr_equal(exchange->connection, NULL);
    for (int i = 1; i < STAMP_COUNT; i++)
        assert_true(exchange->stamps[i] >= exchange->stamps[i - 1]);
}

void outcome_submit_in(struct outcome *outcome, struct net_fixture *fixture, struct net_session *session, bool fresh)
{
    outcome->fixture = fixture;
    outcome->done = 0;
    outcome->exchange.request = &fixture->request;
    outcome->exchange.on_done = on_done;
    net_submit(session, &outcome->exchange, fresh, clock_now_ns());
    assert_int_equal(outcome->done, 0);
}

void outcome_submit(struct outcome *outcome, struct net_fixture *fixture, bool fresh)
{
    outcome_submit_in(outcome, fixture, &fixture->session, fresh);
}

static void on_limit(struct ev_loop *loop, ev_timer *timer, int revents)
{
    *(bool *)timer->data = true;
}

void net_fixture_run_until(struct net_fixture *fixture, bool (*is_true)(void *), void *argument)
{
    bool is_over = false;
    ev_timer limit;

    ev_now_update(fixture->loop);
    ev_timer_init(&limit, on_limit, LIMIT_S, 0.);
    limit.data = &is_over;
    ev_timer_start(fixture->loop, &limit);
    while (!is_true(argument) && !is_over)
        ev_run(fixture->loop, EVRUN_ONCE);
    ev_timer_stop(fixture->loop, &limit);
    assert_false(is_over);
}

static bool is_done(void *argument)
{
    const struct outcome *outcome = argument;

    return outcome->done > 0;
}

void outcome_wait(struct outcome *outcome)
{
    net_fixture_run_until(outcome->fixture, is_done, outcome);
    assert_int_equal(outcome->done, 1);
}

void outcome_run(struct outcome *outcome, struct net_fixture *fixture)
{
    outcome_submit(outcome, fixture, false);
    outcome_wait(outcome);
}

/* ---- ports that do not answer ---- */

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

int reserve_port(uint16_t *port)
{
    struct sockaddr_storage address;
    socklen_t length;
    int fd;

    *port = 0;
    fd = reserve(AF_INET, port, &address, &length);
    assert_true(fd >= 0);
    return fd;
}

int reserve_full(int family, uint16_t *port, int fillers[8])
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

int reserve_full_port(uint16_t *port, int fillers[8])
{
    *port = 0;
    return reserve_full(AF_INET, port, fillers);
}

void close_fillers(int fillers[8])
{
    for (int i = 0; i < 8; i++)
        if (fillers[i] >= 0)
            close(fillers[i]);
}

void net_fixture_addresses(struct net_fixture *f, uint16_t port, const char *const *hosts, size_t count)
{
    struct net_address all[ADDRESSES_MAX];

    net_fixture_build(f, "127.0.0.1", port);
    for (size_t i = 0; i < count; i++)
        assert_true(net_address_parse(&all[i], hosts[i], port));
    net_name_publish(f->origin.name, address_list_new(all, count, POLICY_ANY));
}

unsigned count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}
