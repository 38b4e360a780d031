/* The network fixture. Test thread only. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "net_fixture.h"

#define LIMIT_S 10.

void net_fixture_open(struct net_fixture *fixture, const struct net_options *options)
{
    static char user_agent[] = "onager/test", method[] = "GET", target[] = "/";
    struct net_options defaults = { .keepalive = true };
    struct error err;

    memset(fixture, 0, sizeof *fixture);
    fixture->plan.user_agent = user_agent;
    fixture->plan.keepalive = options == NULL || options->keepalive;
    fixture->plan.max_head_bytes = 65536;
    fixture->wanted.method = method;
    fixture->wanted.target = target;
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
