/* The engine without a terminal: one run, two subscribers of different speed in threads of their own. Both end with the
 * totals the server counted, however many frames the slow one was spared. Links neither ncurses nor anything of ui/ and cli/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "mem.h"
#include "onager/engine.h"
#include "plan_build.h"
#include "target.h"

#define LIMIT_NS (60 * NS_PER_S)

struct totals {
    struct snap_requests requests;
    struct snap_iterations iterations;
    uint64_t samples, max_ns;
    enum run_state state;
    int exit_code;
    bool books_balance;
};

struct subscriber {
    struct client *client;
    bool is_slow;
    uint64_t frames, skipped;
    bool went_back; /* a counter or the sequence was less than in the frame before */
    bool is_done;
    struct totals totals;
};

static void keep(struct totals *totals, const struct snapshot *snapshot)
{
    memset(totals, 0, sizeof *totals);
    totals->requests = snapshot->all.requests;
    totals->iterations = snapshot->iterations;
    totals->samples = snapshot->all.duration.count;
    totals->max_ns = snapshot->all.duration.max_ns;
    totals->state = snapshot->state;
    totals->exit_code = snapshot->exit_code;
    totals->books_balance = snapshot->books_balance;
}

/* The slow one holds a frame until the engine had to skip some for it. */
static void dawdle(struct subscriber *subscriber, uint64_t give_up_ns)
{
    uint64_t before = onager_client_skipped(subscriber->client);
    struct timespec turn = { .tv_nsec = 1000000 };

    while (onager_client_skipped(subscriber->client) == before && clock_now_ns() < give_up_ns)
        nanosleep(&turn, NULL);
}

static void *subscribe(void *argument)
{
    struct subscriber *subscriber = argument;
    uint64_t give_up_ns = clock_now_ns() + LIMIT_NS;
    uint64_t sequence = 0, total = 0;

    while (!subscriber->is_done && clock_now_ns() < give_up_ns) {
        const struct snapshot *snapshot;

        if (!onager_client_wait(subscriber->client, 1000))
            continue;
        snapshot = onager_client_next(subscriber->client);
        if (snapshot == NULL)
            continue;
        subscriber->frames++;
        if (snapshot->sequence <= sequence || snapshot->all.requests.total < total)
            subscriber->went_back = true;
        sequence = snapshot->sequence;
        total = snapshot->all.requests.total;
        if (snapshot->is_final) {
            keep(&subscriber->totals, snapshot);
            subscriber->is_done = true;
        } else if (subscriber->is_slow && subscriber->frames == 1 && snapshot->state == RUN_RUNNING) {
            dawdle(subscriber, clock_now_ns() + LIMIT_NS / 4);
        }
        onager_client_release(subscriber->client, snapshot);
    }
    subscriber->skipped = onager_client_skipped(subscriber->client);
    return NULL;
}

static struct plan *make_plan(uint16_t port, const char *option, const char *value, const char *threads)
{
    char *url = mem_format("http://127.0.0.1:%u/api/users", port);
    struct plan_override overrides[] = {
        { "vus", "8", ORIGIN_FLAG, "-c" },
        { option, value, ORIGIN_FLAG, option },
        { "threads", threads, ORIGIN_FLAG, "-t" },
    };
    struct plan_request_by_user from = { url, overrides, sizeof overrides / sizeof *overrides };
    struct error err = { 0 };
    struct buf notes;
    struct plan *plan;

    buf_init(&notes);
    plan = plan_build(&from, &notes, &err);
    if (plan == NULL)
        fail_msg("%s", err.text);
    buf_release(&notes);
    free(url);
    return plan;
}

static void drive(struct engine *engine, struct subscriber *fast, struct subscriber *slow)
{
    struct error err = { 0 };
    pthread_t threads[2];

    fast->client = onager_client_new(engine, "fast", 16);
    slow->client = onager_client_new(engine, "slow", 2);
    assert_int_equal(pthread_create(&threads[0], NULL, subscribe, fast), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, subscribe, slow), 0);
    if (onager_engine_start(engine, &err) != 0)
        fail_msg("%s", err.text);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    assert_true(fast->is_done);
    assert_true(slow->is_done);
}

static void two_subscribers_of_different_speed_end_with_the_same_totals(void **state)
{
    struct target_options options = { .seed = 1 };
    struct error err = { 0 };
    struct target *target = target_new(&options, &err);
    struct plan *plan = make_plan(target_port(target), "duration", "3s", "2");
    struct engine *engine = onager_engine_new(plan, &err);
    struct subscriber fast = { 0 }, slow = { .is_slow = true };
    struct target_stats stats;

    (void)state;
    if (engine == NULL)
        fail_msg("%s", err.text);
    drive(engine, &fast, &slow);
    onager_engine_free(engine);
    target_stats(target, &stats);
    assert_memory_equal(&fast.totals, &slow.totals, sizeof fast.totals);
    assert_int_equal(fast.totals.state, RUN_FINISHED);
    assert_true(fast.totals.books_balance);
    assert_true(fast.totals.requests.total > 0);
    assert_int_equal(fast.totals.requests.ok, fast.totals.samples);
    assert_in_range(stats.total, fast.totals.requests.ok, fast.totals.requests.sent);
    assert_false(fast.went_back);
    assert_false(slow.went_back);
    assert_true(slow.skipped > 0);
    assert_true(slow.frames < fast.frames);
    plan_free(plan);
    target_free(target);
}

static void a_bounded_run_gives_the_server_exactly_its_iterations(void **state)
{
    struct target_options options = { .seed = 1 };
    struct error err = { 0 };
    struct target *target = target_new(&options, &err);
    struct plan *plan = make_plan(target_port(target), "iterations", "5000", "2");
    struct engine *engine = onager_engine_new(plan, &err);
    struct subscriber fast = { 0 }, slow = { 0 };
    struct target_stats stats;

    (void)state;
    if (engine == NULL)
        fail_msg("%s", err.text);
    drive(engine, &fast, &slow);
    onager_engine_free(engine);
    target_stats(target, &stats);
    assert_memory_equal(&fast.totals, &slow.totals, sizeof fast.totals);
    assert_int_equal(stats.total, 5000);
    assert_int_equal(fast.totals.requests.ok, 5000);
    assert_int_equal(fast.totals.iterations.completed, 5000);
    assert_int_equal(fast.totals.exit_code, EXIT_PASSED);
    plan_free(plan);
    target_free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_subscribers_of_different_speed_end_with_the_same_totals),
        cmocka_unit_test(a_bounded_run_gives_the_server_exactly_its_iterations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
