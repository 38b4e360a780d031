/* executors on a virtual clock: a host that answers when it is told to, no network, no real time. */
#include "executor_model.h"

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void the_arrivals_of_all_workers_together_are_the_plan(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .duration_ns = 3 * NS_PER_S, .rate = { 333, NS_PER_S }, .max_vus = MAX_VUS
    };
    struct plan plan = plan_of(&scenario);

    (void)state;
    for (unsigned workers = 1; workers <= 7; workers++) {
        static uint64_t all[MAX_STARTS];
        struct budget budget = { 0 };
        unsigned count = 0;

        for (unsigned w = 0; w < workers; w++) {
            static struct model model;

            model_init(&model, &plan, &budget, w, workers);
            while (!model.executor.is_ended) {
                uint64_t due = executor_due(&model.executor);

                executor_advance(&model.executor, due);
                answer_all(&model, due);
            }
            /* a plan that is never late starts every arrival at the very ns it was wanted */
            for (unsigned i = 0; i < model.starts; i++)
                assert_int_equal(model.intended[i], model.actual[i]);
            assert_int_equal(model.executor.counts.planned, model.starts);
            memcpy(all + count, model.intended, model.starts * sizeof *all);
            count += model.starts;
            executor_release(&model.executor);
        }
        qsort(all, count, sizeof *all, by_time);
        assert_int_equal(count, 999);
        for (unsigned k = 0; k < count; k++)
            assert_int_equal(all[k], (uint64_t)k * NS_PER_S / 333);
    }
}

static void five_vus_and_a_server_that_never_answers_drop_the_other_half(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .duration_ns = 950 * NS_PER_MS, .rate = { 10, NS_PER_S }, .max_vus = 5
    };
    struct plan plan = plan_of(&scenario);
    struct budget budget = { 0 };
    struct model models[2];

    (void)state;
    for (unsigned w = 0; w < 2; w++)
        model_init(&models[w], &plan, &budget, w, 2);
    for (uint64_t now = 0; now <= NS_PER_S; now += NS_PER_MS)
        for (unsigned w = 0; w < 2; w++)
            executor_advance(&models[w].executor, now);
    assert_int_equal(models[0].starts + models[1].starts, 5);
    assert_int_equal(models[0].executor.counts.dropped[DROP_NO_VU] + models[1].executor.counts.dropped[DROP_NO_VU], 5);
    assert_int_equal(models[0].executor.counts.planned + models[1].executor.counts.planned, 10);
    assert_true(models[0].executor.is_ended && models[1].executor.is_ended);
    executor_release(&models[0].executor);
    executor_release(&models[1].executor);
}

static void waiting_arrivals_keep_their_order_and_their_intended_time(void **state)
{
    struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE,
                                      .duration_ns = 10 * NS_PER_S,
                                      .rate = { 10, NS_PER_S },
                                      .max_vus = 1,
                                      .when_busy = WHEN_BUSY_WAIT,
                                      .max_waiting = 3 };
    struct plan plan = plan_of(&scenario);
    struct budget budget = { 0 };
    struct model model;

    (void)state;
    model_init(&model, &plan, &budget, 0, 1);
    for (uint64_t now = 0; now <= 500 * NS_PER_MS; now += 10 * NS_PER_MS)
        executor_advance(&model.executor, now);
    /* 0 runs, 100 200 300 ms wait, 400 and 500 find the line full */
    assert_int_equal(model.starts, 1);
    assert_int_equal(model.executor.waiting.count, 3);
    assert_int_equal(model.executor.counts.dropped[DROP_QUEUE_FULL], 2);
    for (int i = 0; i < 3; i++)
        answer(&model.vus[0], 510 * NS_PER_MS);
    assert_int_equal(model.starts, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(model.intended[i], i * 100 * NS_PER_MS);
    answer(&model.vus[0], 520 * NS_PER_MS);
    executor_advance(&model.executor, 600 * NS_PER_MS);
    executor_advance(&model.executor, 700 * NS_PER_MS);
    executor_stop(&model.executor, 750 * NS_PER_MS);
    assert_int_equal(model.executor.counts.cancelled, 1);
    assert_int_equal(
        model.executor.counts.planned, model.starts + model.executor.counts.dropped[DROP_QUEUE_FULL] + model.executor.counts.cancelled);
    executor_release(&model.executor);
}

/* 100/s, iterations of `took`: a VU is free again so long after each start. */
static uint64_t needed_of(enum when_busy when_busy, uint64_t max_vus, uint64_t took_ns, uint64_t stall_from_ns, uint64_t stall_to_ns)
{
    struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE,
                                      .duration_ns = 4 * NS_PER_S,
                                      .rate = { 100, NS_PER_S },
                                      .max_vus = max_vus,
                                      .when_busy = when_busy,
                                      .max_waiting = 1000 };
    struct plan plan = plan_of(&scenario);
    struct budget budget = { 0 };
    static struct model model;

    model_init(&model, &plan, &budget, 0, 1);
    for (uint64_t now = 0; now <= 4 * NS_PER_S; now += NS_PER_MS) {
        for (unsigned i = 0; i < model.vu_count; i++) {
            bool is_stalled = now >= stall_from_ns && now < stall_to_ns;

            if (model.vus[i].is_busy && now - model.vus[i].began_ns >= took_ns && !is_stalled)
                answer(&model.vus[i], now);
        }
        executor_advance(&model.executor, now);
    }
    executor_release(&model.executor);
    return atomic_load(&budget.needed);
}

static void it_is_known_how_many_vus_would_have_been_enough(void **state)
{
    (void)state;
    /* 100/s that take 100 ms each are 10 at once */
    assert_int_equal(needed_of(WHEN_BUSY_DROP, 20, 100 * NS_PER_MS, 0, 0), 0);
    assert_in_range(needed_of(WHEN_BUSY_DROP, 5, 100 * NS_PER_MS, 0, 0), 10, 11);
    assert_in_range(needed_of(WHEN_BUSY_DROP, 1, 100 * NS_PER_MS, 0, 0), 10, 11);
    /* nothing is answered for a second: 100 at once */
    assert_in_range(needed_of(WHEN_BUSY_DROP, 20, 10 * NS_PER_MS, NS_PER_S, 2 * NS_PER_S), 100, 103);
    assert_in_range(needed_of(WHEN_BUSY_WAIT, 20, 10 * NS_PER_MS, NS_PER_S, 2 * NS_PER_S), 100, 103);
}

static void a_pause_starts_nothing_and_moves_no_arrival(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .duration_ns = NS_PER_S, .rate = { 100, NS_PER_S }, .max_vus = 50
    };
    struct plan plan = plan_of(&scenario);
    struct budget budget = { 0 };
    struct model model;

    (void)state;
    model_init(&model, &plan, &budget, 0, 1);
    executor_advance(&model.executor, 495 * NS_PER_MS);
    assert_int_equal(model.starts, 50);
    model.executor.is_paused = true;
    answer_all(&model, 495 * NS_PER_MS);
    executor_advance(&model.executor, 495 * NS_PER_MS);
    assert_int_equal(executor_due(&model.executor), SNAP_NONE);
    assert_int_equal(model.starts, 50);
    model.executor.is_paused = false;
    for (uint64_t now = 495 * NS_PER_MS; now <= NS_PER_S; now += NS_PER_MS) {
        executor_advance(&model.executor, now);
        answer_all(&model, now);
    }
    assert_int_equal(model.starts, 100);
    assert_int_equal(model.intended[50], 500 * NS_PER_MS);
    assert_true(model.executor.is_ended);
    executor_release(&model.executor);
}

static void a_long_stall_is_skipped_and_counted_a_short_one_caught_up(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .duration_ns = 10 * NS_PER_S, .rate = { 10, NS_PER_S }, .max_vus = 60
    };
    struct plan plan = plan_of(&scenario);
    struct budget budget = { 0 };
    struct model model;

    (void)state;
    model_init(&model, &plan, &budget, 0, 1);
    executor_advance(&model.executor, 0);
    executor_advance(&model.executor, 950 * NS_PER_MS); /* 0.1 .. 0.9 s late, caught up */
    assert_int_equal(model.starts, 10);
    assert_int_equal(model.executor.counts.dropped[DROP_STALL], 0);
    executor_advance(&model.executor, 3050 * NS_PER_MS); /* 1.0 .. 3.0 s missed */
    assert_int_equal(model.starts, 10);
    assert_int_equal(model.executor.counts.dropped[DROP_STALL], 21);
    executor_advance(&model.executor, 3100 * NS_PER_MS);
    assert_int_equal(model.starts, 11);
    assert_int_equal(model.executor.counts.planned, 32);
    executor_release(&model.executor);
}

static void a_plan_beyond_the_machine_ends_soon_after_its_end(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .duration_ns = 2 * NS_PER_S, .rate = { 100000, NS_PER_S }, .max_vus = MAX_VUS
    };
    struct plan plan = plan_of(&scenario);
    struct budget budget = { 0 };
    static struct model model;
    uint64_t now = 0;

    (void)state;
    model_init(&model, &plan, &budget, 0, 1);
    /* a turn of 64 starts takes 50 ms here: 1,280 a second of the 100,000 wanted */
    while (!model.executor.is_ended) {
        executor_advance(&model.executor, now);
        answer_all(&model, now);
        now += 50 * NS_PER_MS;
        assert_true(now < 4 * NS_PER_S);
    }
    assert_int_equal(model.executor.counts.planned, 200000);
    assert_int_equal(model.starts + model.executor.counts.dropped[DROP_STALL] + model.executor.counts.dropped[DROP_NO_VU], 200000);
    assert_true(model.executor.counts.dropped[DROP_STALL] > 190000);
    executor_release(&model.executor);
}

static void constant_vus_are_dealt_out_and_stand_still_in_a_pause(void **state)
{
    struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_VUS, .duration_ns = NS_PER_S, .vus = 10 };
    struct plan plan = plan_of(&scenario);
    struct budget budget = { 0 };
    static struct model models[3];
    unsigned total = 0;

    (void)state;
    for (unsigned w = 0; w < 3; w++) {
        model_init(&models[w], &plan, &budget, w, 3);
        executor_advance(&models[w].executor, 0);
        total += models[w].executor.vus_busy;
    }
    assert_int_equal(total, 10);
    models[0].executor.is_paused = true;
    answer_all(&models[0], 10 * NS_PER_MS);
    assert_int_equal(models[0].executor.vus_busy, 0);
    models[0].executor.is_paused = false;
    assert_int_equal(executor_due(&models[0].executor), 0);
    executor_advance(&models[0].executor, 10 * NS_PER_MS);
    assert_int_equal(models[0].executor.vus_busy, 4);
    executor_advance(&models[0].executor, NS_PER_S);
    assert_true(models[0].executor.is_ended);
    answer_all(&models[0], NS_PER_S + 1);
    assert_int_equal(models[0].executor.vus_busy, 0);
    assert_int_equal(models[0].executor.counts.planned, models[0].starts);
    for (unsigned w = 0; w < 3; w++)
        executor_release(&models[w].executor);
}

static void a_shared_budget_is_used_exactly_once_and_its_rest_cancelled_once(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_SHARED_ITERATIONS, .max_duration_ns = 600 * NS_PER_S, .vus = 7, .iterations = 1000
    };
    struct plan plan = plan_of(&scenario);

    (void)state;
    for (unsigned stop_after = 100; stop_after <= 2000; stop_after += 950) {
        struct budget budget = { 0 };
        static struct model models[3];
        uint64_t planned = 0, started = 0, cancelled = 0;

        for (unsigned w = 0; w < 3; w++) {
            model_init(&models[w], &plan, &budget, w, 3);
            executor_advance(&models[w].executor, 0);
        }
        for (unsigned turn = 0; turn * 7 < stop_after; turn++)
            for (unsigned w = 0; w < 3; w++)
                answer_all(&models[w], turn);
        for (unsigned w = 0; w < 3; w++)
            executor_stop(&models[w].executor, NS_PER_S);
        for (unsigned w = 0; w < 3; w++) {
            answer_all(&models[w], NS_PER_S);
            planned += models[w].executor.counts.planned;
            cancelled += models[w].executor.counts.cancelled;
            started += models[w].starts;
            executor_release(&models[w].executor);
        }
        assert_int_equal(planned, 1000);
        assert_int_equal(started + cancelled, 1000);
        if (stop_after > 1000)
            assert_int_equal(started, 1000);
        else
            assert_true(started >= stop_after && started < stop_after + 20);
    }
}

static void a_closed_loop_whose_vus_were_all_answered_after_the_end_ends(void **state)
{
    struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_VUS, .duration_ns = NS_PER_S, .vus = 4 };
    struct plan plan = plan_of(&scenario);
    struct budget budget = { 0 };
    struct model model;

    (void)state;
    model_init(&model, &plan, &budget, 0, 1);
    executor_advance(&model.executor, 0);
    assert_int_equal(model.starts, 4);
    answer_all(&model, NS_PER_S + 1); /* before the timer of the end was served */
    assert_int_equal(model.executor.vus_busy, 0);
    executor_advance(&model.executor, NS_PER_S + 2);
    assert_true(model.executor.is_ended);
    assert_int_equal(executor_due(&model.executor), SNAP_NONE);
    assert_int_equal(model.starts, 4);
    executor_release(&model.executor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_arrivals_of_all_workers_together_are_the_plan),
        cmocka_unit_test(five_vus_and_a_server_that_never_answers_drop_the_other_half),
        cmocka_unit_test(waiting_arrivals_keep_their_order_and_their_intended_time),
        cmocka_unit_test(it_is_known_how_many_vus_would_have_been_enough),
        cmocka_unit_test(a_pause_starts_nothing_and_moves_no_arrival),
        cmocka_unit_test(a_long_stall_is_skipped_and_counted_a_short_one_caught_up),
        cmocka_unit_test(a_plan_beyond_the_machine_ends_soon_after_its_end),
        cmocka_unit_test(constant_vus_are_dealt_out_and_stand_still_in_a_pause),
        cmocka_unit_test(a_shared_budget_is_used_exactly_once_and_its_rest_cancelled_once),
        cmocka_unit_test(a_closed_loop_whose_vus_were_all_answered_after_the_end_ends),
    };
    return cmocka_run_group_tests_name("executor", tests, NULL, NULL);
}
