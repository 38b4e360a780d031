/* flows: whole runs of journeys that are paused, stopped and cut at their steps, against a server in this process that counts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "count_server.h"
#include "mem.h"
#include "onager/engine.h"
#include "plan_test.h"

#define LIMIT_NS (60 * NS_PER_S)

struct fixture {
    struct count_server *server;
    struct plan *plan;
    struct engine *engine;
    struct client *client;
    const struct snapshot *last;
};

static struct fixture fx;

static int set_up(void **state)
{
    fx = (struct fixture){ .server = count_server_new() };
    return 0;
}

static int tear_down(void **state)
{
    onager_engine_free(fx.engine);
    plan_free(fx.plan);
    count_server_free(fx.server);
    return 0;
}

/* The rest of a plan, with requests a and b, started. */
static void start(const char *rest)
{
    struct error error = { 0 };
    char *text = mem_format(
        "[plan]\nbase_url = http://127.0.0.1:%u\nseed = 3\n[request a]\nurl = /a\ncheck.ok = status 200\n[request b]\nurl = "
        "/b?${iteration}\n%s",
        count_server_port(fx.server), rest);

    fx.plan = good_plan(text, NULL);
    free(text);
    fx.plan->threads = 2;
    fx.engine = onager_engine_new(fx.plan, &error);
    assert_string_equal(error.text, "");
    fx.client = onager_client_new(fx.engine, "test", 8);
    assert_int_equal(onager_engine_start(fx.engine, &error), 0);
}

static void send(enum command_kind kind)
{
    assert_true(onager_client_send(fx.client, &(struct command){ .kind = kind }));
}

typedef bool condition(const struct snapshot *snapshot);

static const struct snapshot *wait_for(condition *holds)
{
    uint64_t until = clock_now_ns() + LIMIT_NS;

    while (clock_now_ns() < until) {
        const struct snapshot *s;

        onager_client_wait(fx.client, 1000);
        while ((s = onager_client_next(fx.client)) != NULL) {
            if (fx.last != NULL)
                onager_client_release(fx.client, fx.last);
            fx.last = s;
            if (holds(s))
                return s;
        }
    }
    fail_msg("condition not reached within the limit");
    return NULL;
}

static bool is_final(const struct snapshot *s)
{
    return s->is_final;
}

static bool has_some(const struct snapshot *s)
{
    return s->all.requests.ok >= 40;
}

static bool has_many(const struct snapshot *s)
{
    return s->all.requests.ok >= 150;
}

static bool has_paused_for_a_second(const struct snapshot *s)
{
    return s->state == RUN_PAUSED && s->in_flight == 0 && s->at_ns > s->paused_since_ns + NS_PER_S;
}

static bool has_paused_for_three_seconds(const struct snapshot *s)
{
    return s->state == RUN_PAUSED && s->at_ns > s->paused_since_ns + 3 * NS_PER_S;
}

static bool has_one(const struct snapshot *s)
{
    return s->all.requests.ok >= 1;
}

static const struct snapshot *assert_books(void)
{
    const struct snapshot *s = wait_for(is_final);
    const struct snap_iterations *it = &s->iterations;

    assert_string_equal(s->books_text, "");
    assert_true(s->books_balance);
    assert_int_equal(it->planned, it->started + it->dropped + it->cancelled);
    assert_int_equal(it->started, it->completed + it->interrupted);
    assert_int_equal(s->all.requests.sent, count_server_requests(fx.server));
    return s;
}

static void a_pause_holds_back_the_next_step(void **state)
{
    uint64_t before;

    start("[flow f]\nstep = repeat 100 { request a; think 20ms; parallel { request a; request b } }\n"
          "[scenario s]\nexecutor = constant-vus\nvus = 4\nduration = 100s\nflow = f\n");
    wait_for(has_some);
    send(COMMAND_PAUSE);
    wait_for(has_paused_for_a_second);
    before = count_server_requests(fx.server);
    wait_for(has_paused_for_three_seconds);
    assert_int_equal(count_server_requests(fx.server), before);
    send(COMMAND_RESUME);
    wait_for(has_many);
    send(COMMAND_KILL);
    assert_int_equal(assert_books()->iterations.interrupted, 4);
}

static void a_pause_is_no_part_of_an_iteration(void **state)
{
    const struct snapshot *s;

    start("[flow f]\nstep = request a\nstep = think 1500ms\nstep = request b\n"
          "[scenario s]\nexecutor = shared-iterations\nvus = 1\niterations = 1\nflow = f\n");
    wait_for(has_one);
    send(COMMAND_PAUSE);
    wait_for(has_paused_for_three_seconds);
    send(COMMAND_RESUME);
    s = assert_books();
    assert_int_equal(s->iterations.completed, 1);
    assert_true(s->iteration_duration.min_ns >= 1500 * NS_PER_MS);
    assert_true(s->iteration_duration.max_ns < 2800 * NS_PER_MS); /* with the pause it would be over 3 s */
}

static void a_stop_within_a_pause_lets_iterations_end(void **state)
{
    const struct snapshot *s;

    start("[flow f]\nstep = request a\nstep = think 50ms\nstep = request b\n"
          "[scenario s]\nexecutor = constant-vus\nvus = 4\nduration = 100s\nflow = f\n");
    wait_for(has_some);
    send(COMMAND_PAUSE);
    wait_for(has_paused_for_a_second);
    send(COMMAND_STOP);
    s = assert_books();
    assert_int_equal(s->iterations.interrupted, 0);
    assert_int_equal(s->all.requests.total, 2 * s->iterations.completed);
}

static bool all_think(const struct snapshot *s)
{
    return s->vus_busy == 50 && s->all.requests.ok == 50 && s->in_flight == 0;
}

static void a_kill_interrupts_those_who_think(void **state)
{
    const struct snapshot *s;

    start("[flow f]\nstep = group g { request a; think 1h }\n"
          "[scenario s]\nexecutor = constant-vus\nvus = 50\nduration = 2h\nflow = f\n");
    wait_for(all_think);
    send(COMMAND_KILL);
    s = assert_books();
    assert_int_equal(s->iterations.interrupted, 50);
    assert_int_equal(s->all.requests.interrupted, 0);
    assert_int_equal(s->checks_passes, 50);
}

static void an_iteration_that_waits_for_nothing_does_not_keep_the_worker(void **state)
{
    const struct snapshot *s;

    start("[variables]\nx = ${vu}\n[flow f]\nstep = if ${x} == 0 { request a }\n"
          "[flow g]\nstep = repeat 100000 { if ${x} == 0 { request a } }\n"
          "[scenario s]\nexecutor = constant-vus\nvus = 3\nduration = 1s\nmix = f\n"
          "[scenario t]\nexecutor = shared-iterations\nvus = 1\niterations = 1\nmix = g\n"
          "[scenario u]\nexecutor = constant-vus\nvus = 1\nduration = 1s\nmix = b\n");
    s = assert_books();
    assert_true(s->scenarios[0].iterations.completed >= 3);
    assert_true(s->scenarios[2].iterations.completed >= 10);
    assert_int_equal(s->rows[0].requests.total, 0);
}

static void a_mix_draws_requests_and_flows_by_weight(void **state)
{
    const struct snapshot *s;
    uint64_t flows;

    start("[flow f]\nstep = request b\nstep = group two { request b }\n"
          "[scenario s]\nexecutor = shared-iterations\nvus = 8\niterations = 4000\nmix = a:3, f:1\n");
    s = assert_books();
    assert_int_equal(s->row_count, 3);
    flows = s->rows[1].requests.total;
    assert_string_equal(s->rows[2].group, "::two");
    assert_int_equal(s->rows[2].requests.total, flows);
    assert_int_equal(s->rows[0].requests.total + flows, 4000);
    assert_in_range(flows, 850, 1150);
    assert_int_equal(s->group_duration.count, flows);
}

static size_t resident_bytes(void)
{
    unsigned long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    char line[200] = "", *end;

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    all = strtoul(line, &end, 10);
    resident = strtoul(end, NULL, 10);
    assert_true(all >= resident);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static bool is_asleep(const struct snapshot *s)
{
    return s->vus_busy == 5000;
}

/* 4 KB each: 100,000 of them in 400 MB. */
static void a_vu_that_thinks_takes_little_memory(void **state)
{
    size_t before = resident_bytes();

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#endif
    start("[variables]\nx = ${vu}\n[flow f]\nstep = think 1h\nstep = request b\n"
          "[scenario s]\nexecutor = constant-vus\nvus = 5000\nduration = 2h\nflow = f\n");
    wait_for(is_asleep);
    assert_true(resident_bytes() < before + 5000UL * 4096 + (8UL << 20)); /* and what a run takes in any case */
    send(COMMAND_KILL);
    assert_int_equal(assert_books()->iterations.interrupted, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_pause_holds_back_the_next_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pause_is_no_part_of_an_iteration, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_within_a_pause_lets_iterations_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kill_interrupts_those_who_think, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_iteration_that_waits_for_nothing_does_not_keep_the_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mix_draws_requests_and_flows_by_weight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_vu_that_thinks_takes_little_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
