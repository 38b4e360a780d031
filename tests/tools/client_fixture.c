/* Operations of one client, run on the test's own loop. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "client_fixture.h"
#include "clock.h"

void client_fixture_open(struct client_fixture *fixture)
{
    net_fixture_open(&fixture->net, NULL);
    fixture->net.wanted.retry_stale = true;
    http_group_init(&fixture->group, fixture->net.net, &fixture->net.request, 1);
    http_client_init(&fixture->client, &fixture->group);
}

void client_fixture_close(struct client_fixture *fixture)
{
    http_client_release(&fixture->client);
    http_group_release(&fixture->group);
    net_fixture_close(&fixture->net);
}

void client_fixture_build(struct client_fixture *fixture, uint16_t port)
{
    net_fixture_build(&fixture->net, "127.0.0.1", port);
}

static void on_exchange(struct operation *operation, unsigned end)
{
    struct job *job = (struct job *)operation;
    const struct exchange *x = &operation->exchange;
    struct told *told = &job->told[job->count++];

    assert_true(job->count < TOLD_MAX);
    assert_int_equal(job->done, 0);
    *told = (struct told){ end, x->fault, x->status, x->is_sent, x->is_reused, x->bytes_sent, x->bytes_received, "" };
    snprintf(told->detail, sizeof told->detail, "%s", x->detail);
    for (int i = 1; i < STAMP_COUNT; i++)
        assert_true(x->stamps[i] >= x->stamps[i - 1]);
}

static void on_done(struct operation *operation, bool is_failed)
{
    struct job *job = (struct job *)operation;

    job->done++;
    job->is_failed = is_failed;
}

void job_init(struct job *job, struct client_fixture *fixture)
{
    memset(job, 0, sizeof *job);
    job->fixture = fixture;
    operation_init(&job->operation, &fixture->client, on_exchange, on_done);
}

void job_start(struct job *job)
{
    job->count = job->done = 0;
    operation_start(&job->operation, &job->fixture->net.request, clock_now_ns());
    assert_int_equal(job->done, 0);
}

static bool is_done(void *argument)
{
    const struct job *job = argument;

    return job->done > 0;
}

void job_wait(struct job *job)
{
    net_fixture_run_until(&job->fixture->net, is_done, job);
    assert_int_equal(job->done, 1);
}

void job_run(struct job *job, struct client_fixture *fixture)
{
    job_init(job, fixture);
    job_start(job);
    job_wait(job);
    operation_release(&job->operation);
}
