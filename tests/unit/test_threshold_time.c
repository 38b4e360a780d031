/* Thresholds in the course of a run: windows, the abort clock, pauses, warnings, missing samples, annotations. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>

#include "metrics_fixture.h"

static struct mx mx;

static int set_up(void **state)
{
    (void)state;
    mx_plan(&mx);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mx_release(&mx);
    return 0;
}

static void assert_close(double value, double wanted, double share)
{
    if (fabs(value - wanted) > fabs(wanted) * share + 1e-9)
        fail_msg("%g is not %g", value, wanted);
}

static const struct snap_threshold *threshold(size_t index)
{
    return &mx_fill(&mx)->thresholds[index];
}

static struct plan_threshold *failed_below(double limit)
{
    struct plan_threshold *t = mx_threshold(&mx, "http_req_failed", "", "rate<x");

    t->aggregate = AGG_RATE;
    t->op = OP_LESS;
    t->limit = limit;
    return t;
}

/* `intervals` more intervals, each with 10 requests of which `bad` failed. The run clock goes on from *now, without a pause. */
static void go_on(uint64_t *now, unsigned intervals, unsigned bad)
{
    for (unsigned i = 0; i < intervals; i++) {
        mx_record(&mx, ROW_API_PAY, MS(10), 10 - bad);
        mx_record_status(&mx, ROW_API_PAY, 500, bad);
        mx_hand_in(&mx, 0, *now);
        mx_tick(&mx, ++*now);
    }
}

static void a_window_forgets_what_is_older_than_it(void **state)
{
    struct plan_threshold *t = failed_below(0.05);
    uint64_t now = 0;

    (void)state;
    t->over_ns = SECONDS(4);
    mx_start(&mx, 1);
    go_on(&now, 16, 0); /* 4 s */
    assert_close(threshold(0)->value, 0, 0);
    go_on(&now, 8, 2); /* 2 s of 20 % */
    assert_close(threshold(0)->value, 0.1, 1e-9);
    assert_int_equal(threshold(0)->state, THRESHOLD_FAIL);
    go_on(&now, 8, 0);
    assert_close(threshold(0)->value, 0.1, 1e-9);
    go_on(&now, 8, 0);
    assert_close(threshold(0)->value, 0, 0);
    assert_int_equal(threshold(0)->state, THRESHOLD_PASS);
    assert_close(threshold(0)->worst_window, 0.1, 1e-9);
    assert_int_equal(threshold(0)->samples, 160);
}

static void at_the_end_the_worst_full_window_counts(void **state)
{
    struct plan_threshold *windowed = failed_below(0.05), *whole = failed_below(0.05);
    uint64_t now = 0;

    (void)state;
    windowed->over_ns = SECONDS(4);
    mx_start(&mx, 1);
    go_on(&now, 40, 0);
    go_on(&now, 8, 2);
    go_on(&now, 40, 0);
    assert_true(threshold(0)->passed && threshold(1)->passed);
    mx_finish(&mx, now);
    assert_false(threshold(0)->passed);
    assert_close(threshold(0)->value, 0.1, 1e-9);
    assert_close(threshold(0)->margin, -1, 1e-9);
    assert_true(threshold(1)->passed);
    assert_close(threshold(1)->value, 16.0 / 880, 1e-9);
    assert_ptr_equal(whole, &mx.thresholds[1]);
    assert_int_equal(aggregate_exit_code(mx.aggregate), EXIT_FAILED);
}

static void a_percentile_over_a_window_is_that_of_the_window(void **state)
{
    struct plan_threshold *t = mx_threshold(&mx, "http_req_duration", "request:pay", "p(50)<50");
    uint64_t now = 0;

    (void)state;
    t->aggregate = AGG_PERCENTILE;
    t->quantile = 0.5;
    t->limit = 50;
    t->over_ns = SECONDS(2);
    mx_start(&mx, 1);
    go_on(&now, 80, 0); /* 20 s of 10 ms */
    for (; now < 88; now++) {
        mx_record(&mx, ROW_API_PAY, MS(70), 3);
        mx_record(&mx, ROW_API_LIST, MS(1), 30); /* of no concern */
        mx_hand_in(&mx, 0, now);
        mx_tick(&mx, now + 1);
    }
    assert_close(threshold(0)->value, 70, 0.008);
    assert_int_equal(threshold(0)->state, THRESHOLD_FAIL);
}

static void a_rate_over_a_window_divides_by_the_window(void **state)
{
    struct plan_threshold *t = mx_threshold(&mx, "http_reqs", "", "rate>30");
    uint64_t now = 0;

    (void)state;
    t->aggregate = AGG_RATE;
    t->op = OP_GREATER;
    t->limit = 30;
    t->over_ns = SECONDS(4);
    mx_start(&mx, 1);
    go_on(&now, 40, 0);
    assert_close(threshold(0)->value, 40, 1e-9);
    for (; now < 48; now++) { /* 2 s of nothing */
        mx_hand_in(&mx, 0, now);
        mx_tick(&mx, now + 1);
    }
    assert_close(threshold(0)->value, 20, 1e-9);
    assert_int_equal(threshold(0)->state, THRESHOLD_FAIL);
    assert_close(threshold(0)->worst_window, 20, 1e-9);
}

/* Runs bad intervals until the abort is wanted; the number of them, or 0 after `most`. */
static unsigned bad_until_abort(uint64_t *now, unsigned most)
{
    for (unsigned i = 1; i <= most; i++) {
        go_on(now, 1, 5);
        if (aggregate_abort_wanted(mx.aggregate) >= 0)
            return i;
    }
    return 0;
}

static void an_abort_waits_for_its_grace_without_a_break(void **state)
{
    struct plan_threshold *t = failed_below(0.1);
    uint64_t now = 0;

    (void)state;
    t->over_ns = SECONDS(2);
    t->abort = true;
    t->grace_ns = SECONDS(6);
    mx_start(&mx, 1);
    go_on(&now, 16, 0);
    assert_int_equal(bad_until_abort(&now, 24), 0);   /* fails from 6 s to 10 s: 4 s */
    go_on(&now, 8, 0);                                /* passes at 12 s: the clock starts anew */
    assert_int_equal(bad_until_abort(&now, 100), 32); /* fails from 14 s on, 6 s later is 20 s */
    assert_int_equal(aggregate_abort_wanted(mx.aggregate), 0);
    assert_true(threshold(0)->aborted);
    go_on(&now, 40, 0);
    assert_false(threshold(0)->passed); /* what ended the run has failed */
}

static void an_abort_without_grace_comes_with_the_first_judgement(void **state)
{
    uint64_t now = 0;

    (void)state;
    failed_below(0.1)->abort = true;
    mx_start(&mx, 1);
    assert_int_equal(bad_until_abort(&now, 100), 8);
}

static void an_abort_waits_for_its_delay(void **state)
{
    struct plan_threshold *t = failed_below(0.1);
    uint64_t now = 0;

    (void)state;
    t->abort = true;
    t->delay_ns = SECONDS(5);
    mx_start(&mx, 1);
    assert_int_equal(bad_until_abort(&now, 100), 24); /* the first judgement after 5 s is at 6 s */
}

static void a_window_that_is_not_full_cannot_abort(void **state)
{
    struct plan_threshold *t = failed_below(0.1);
    uint64_t now = 0;

    (void)state;
    t->abort = true;
    t->over_ns = SECONDS(10);
    mx_start(&mx, 1);
    assert_int_equal(bad_until_abort(&now, 100), 40);
}

static void one_without_abort_never_wants_it(void **state)
{
    uint64_t now = 0;

    (void)state;
    failed_below(0.1);
    mx_start(&mx, 1);
    assert_int_equal(bad_until_abort(&now, 60), 0);
    assert_int_equal(threshold(0)->state, THRESHOLD_FAIL);
    assert_false(threshold(0)->aborted);
}

static void in_a_pause_every_clock_of_a_threshold_stands_still(void **state)
{
    struct plan_threshold *windowed = failed_below(0.9), *aborting = failed_below(0.1);
    struct plan_threshold *rate = mx_threshold(&mx, "http_reqs", "", "rate>30");
    uint64_t now = 0;

    (void)state;
    windowed->over_ns = SECONDS(4);
    aborting->abort = true;
    aborting->grace_ns = SECONDS(4);
    rate->aggregate = AGG_RATE;
    rate->op = OP_GREATER;
    rate->limit = 30;
    mx_start(&mx, 1);
    go_on(&now, 20, 5);                  /* 5 s */
    for (uint64_t i = 0; i < 120; i++) { /* a pause of 30 s */
        mx_hand_in(&mx, 0, now + i);
        mx_tick_at(&mx, (now + i + 1) * INTERVAL_NS, now * INTERVAL_NS, true);
        assert_int_equal(aggregate_abort_wanted(mx.aggregate), -1);
    }
    assert_close(threshold(0)->value, 0.5, 1e-9);
    assert_int_equal(threshold(0)->state, THRESHOLD_PASS);
    assert_close(threshold(2)->value, 40, 1e-9);
    for (uint64_t i = 0; i < 3; i++) { /* goes on: at 6 s of the plan clock it has failed for 4 s */
        mx_record_status(&mx, ROW_API_PAY, 500, 10);
        mx_hand_in(&mx, 0, now + 120 + i);
        mx_tick_at(&mx, (now + 121 + i) * INTERVAL_NS, (now + i + 1) * INTERVAL_NS, false);
        assert_int_equal(aggregate_abort_wanted(mx.aggregate), -1);
    }
    mx_hand_in(&mx, 0, now + 123);
    mx_tick_at(&mx, (now + 124) * INTERVAL_NS, (now + 4) * INTERVAL_NS, false);
    assert_int_equal(aggregate_abort_wanted(mx.aggregate), 1);
}

/* ---- without samples, warnings, events ---- */

static void without_samples_it_fails_unless_it_is_optional(void **state)
{
    (void)state;
    mx_threshold(&mx, "http_req_duration", "request:pay", "max<5")->aggregate = AGG_MAX;
    mx_threshold(&mx, "http_req_duration", "request:pay", "max<5")->aggregate = AGG_MAX;
    mx_threshold(&mx, "checks", "", "rate>0.9")->aggregate = AGG_RATE;
    mx_threshold(&mx, "dropped_iterations", "", "count<1")->aggregate = AGG_COUNT;
    mx.thresholds[1].optional = true;
    mx.thresholds[3].limit = 1;
    mx_start(&mx, 1);
    mx_record(&mx, ROW_SHOP_LOGIN, MS(3), 5);
    mx_hand_in(&mx, 0, 0);
    mx_finish(&mx, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(threshold(i)->state, THRESHOLD_NO_SAMPLES);
        assert_false(threshold(i)->has_value);
        assert_true(isnan(threshold(i)->margin));
        assert_int_equal(threshold(i)->passed, i == 1);
    }
    assert_true(threshold(3)->passed); /* a counter nothing was added to is 0 */
    assert_int_equal(mx_fill(&mx)->thresholds_passed, 2);
    assert_int_equal(aggregate_exit_code(mx.aggregate), EXIT_FAILED);
}

static void before_the_first_two_seconds_there_is_something_to_show(void **state)
{
    uint64_t now = 0;

    (void)state;
    failed_below(0.1)->abort = true;
    mx_start(&mx, 1);
    go_on(&now, 1, 5);
    assert_int_equal(threshold(0)->state, THRESHOLD_FAIL);
    assert_close(threshold(0)->value, 0.5, 1e-9);
    go_on(&now, 6, 0);
    assert_int_equal(threshold(0)->state, THRESHOLD_PASS);
    assert_int_equal(aggregate_abort_wanted(mx.aggregate), -1); /* only judgements start its clock */
}

static void less_than_a_tenth_to_spare_is_a_warning(void **state)
{
    struct plan_threshold *t = mx_threshold(&mx, "http_req_duration", "", "max<11");

    (void)state;
    t->aggregate = AGG_MAX;
    t->limit = 11;
    mx_start(&mx, 1);
    for (uint64_t now = 0; now < 8;) {
        mx_record(&mx, ROW_API_PAY, MS(10), 1);
        mx_hand_in(&mx, 0, now);
        mx_tick(&mx, ++now);
    }
    assert_true(threshold(0)->passed && threshold(0)->is_warning);
    t->limit = 12;
    for (uint64_t now = 8; now < 16;) {
        mx_hand_in(&mx, 0, now);
        mx_tick(&mx, ++now);
    }
    assert_true(threshold(0)->passed && !threshold(0)->is_warning);
}

static void worsening_for_thirty_seconds_is_a_warning(void **state)
{
    struct plan_threshold *t = mx_threshold(&mx, "http_req_duration", "", "max<1000");
    uint64_t now = 0;

    (void)state;
    t->aggregate = AGG_MAX;
    t->limit = 1000;
    mx_start(&mx, 1);
    for (; now < 120;) { /* 10 ms more each 2 s */
        mx_record(&mx, ROW_API_PAY, MS(10 + now / 8 * 10), 1);
        mx_hand_in(&mx, 0, now);
        mx_tick(&mx, ++now);
    }
    assert_false(threshold(0)->is_warning); /* 15 judgements are 28 s */
    for (; now < 128;) {
        mx_record(&mx, ROW_API_PAY, MS(10 + now / 8 * 10), 1);
        mx_hand_in(&mx, 0, now);
        mx_tick(&mx, ++now);
    }
    assert_true(threshold(0)->is_warning && threshold(0)->passed);
    for (; now < 256;) { /* stands still */
        mx_hand_in(&mx, 0, now);
        mx_tick(&mx, ++now);
    }
    assert_false(threshold(0)->is_warning);
}

static void an_improvement_in_between_is_no_worsening(void **state)
{
    struct plan_threshold *t = mx_threshold(&mx, "http_req_duration", "", "max<1000");
    uint64_t now = 0;

    (void)state;
    t->aggregate = AGG_MAX;
    t->limit = 1000;
    t->over_ns = SECONDS(2);
    mx_start(&mx, 1);
    for (; now < 200;) { /* 10 ms more each 2 s, but once, 20 s before the end, less than before */
        mx_record(&mx, ROW_API_PAY, now / 8 == 15 ? MS(20) : MS(10 + now / 8 * 10), 1);
        mx_hand_in(&mx, 0, now);
        mx_tick(&mx, ++now);
    }
    assert_true(threshold(0)->passed && !threshold(0)->is_warning);
}

static void failing_and_passing_again_are_annotated_once_each(void **state)
{
    const char *wanted[] = { "failed<0.05 in 2s fails: 0.2", "failed<0.05 in 2s passes again: 0" };
    struct plan_threshold *t = failed_below(0.05);
    const struct snapshot *s;
    size_t found = 0;
    uint64_t now = 0;

    (void)state;
    t->expression = mx_text(&mx, "rate<0.05");
    t->over_ns = SECONDS(2);
    mx_start(&mx, 1);
    go_on(&now, 8, 0);
    go_on(&now, 16, 2);
    go_on(&now, 16, 0);
    s = mx_fill(&mx);
    for (size_t i = 0; i < s->event_count; i++)
        if (s->events[i].kind == EVENT_THRESHOLD) {
            assert_true(found < 2);
            assert_string_equal(s->events[i].text, wanted[found++]);
        }
    assert_int_equal(found, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_window_forgets_what_is_older_than_it),
        TEST(at_the_end_the_worst_full_window_counts),
        TEST(a_percentile_over_a_window_is_that_of_the_window),
        TEST(a_rate_over_a_window_divides_by_the_window),
        TEST(an_abort_waits_for_its_grace_without_a_break),
        TEST(an_abort_without_grace_comes_with_the_first_judgement),
        TEST(an_abort_waits_for_its_delay),
        TEST(a_window_that_is_not_full_cannot_abort),
        TEST(one_without_abort_never_wants_it),
        TEST(in_a_pause_every_clock_of_a_threshold_stands_still),
        TEST(without_samples_it_fails_unless_it_is_optional),
        TEST(before_the_first_two_seconds_there_is_something_to_show),
        TEST(less_than_a_tenth_to_spare_is_a_warning),
        TEST(worsening_for_thirty_seconds_is_a_warning),
        TEST(an_improvement_in_between_is_no_worsening),
        TEST(failing_and_passing_again_are_annotated_once_each),
    };
    return cmocka_run_group_tests_name("threshold time", tests, NULL, NULL);
}
