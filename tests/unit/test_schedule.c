/* schedule: arrivals stand exactly where rational arithmetic puts them, and the inverse agrees. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>

#include "schedule.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Walks the ticks with a carried remainder, which needs no product and so cannot share a mistake with the code. */
static void check_ticks(const struct rate *rate, uint64_t ticks)
{
    uint64_t whole = rate->per_ns / rate->count, rest = rate->per_ns % rate->count;
    uint64_t t = 0, carried = 0;

    for (uint64_t k = 0; k < ticks; k++) {
        if (schedule_constant_at(rate, k) != t)
            fail_msg(
                "tick %llu of %llu per %llu ns", (unsigned long long)k, (unsigned long long)rate->count, (unsigned long long)rate->per_ns);
        t += whole;
        carried += rest;
        if (carried >= rate->count) {
            carried -= rate->count;
            t++;
        }
    }
}

static void a_million_ticks_of_odd_rates_match_rational_arithmetic(void **state)
{
    static const struct rate rates[] = {
        { 1, NS_PER_S }, { 3, NS_PER_S }, { 7, 60 * NS_PER_S }, { 99991, NS_PER_S }, { 333, 1000003 }, { 1999999973, NS_PER_S },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++)
        check_ticks(&rates[i], getenv("ONAGER_TICKS") != NULL ? strtoull(getenv("ONAGER_TICKS"), NULL, 10) : 1000000);
}

static void a_day_at_a_hundred_thousand_a_second_ends_on_the_nanosecond(void **state)
{
    const struct rate rate = { 100000, NS_PER_S };
    uint64_t day = 86400 * NS_PER_S, arrivals = 86400ULL * 100000;

    (void)state;
    assert_int_equal(schedule_constant_at(&rate, arrivals), day);
    assert_int_equal(schedule_constant_at(&rate, arrivals - 1), day - 10000);
    assert_int_equal(schedule_constant_count(&rate, day), arrivals);
}

static void the_number_of_arrivals_is_the_inverse_of_their_times(void **state)
{
    static const struct rate rates[] = {
        { 1, NS_PER_S }, { 3, NS_PER_S }, { 7, 11 }, { 11, 7 }, { 1, 1 }, { 5, 1 }, { 2500000003, NS_PER_S },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        const struct rate *rate = &rates[i];

        assert_int_equal(schedule_constant_count(rate, 0), 0);
        for (uint64_t k = 0; k < 20000; k++) {
            uint64_t t = schedule_constant_at(rate, k);

            /* k is not before its own time, and is before the next instant */
            assert_true(schedule_constant_count(rate, t) <= k);
            assert_true(schedule_constant_count(rate, t + 1) > k);
        }
        for (uint64_t t = 1; t < 2000; t++) {
            uint64_t n = schedule_constant_count(rate, t);

            assert_true(n > 0 && schedule_constant_at(rate, n - 1) < t);
            assert_true(schedule_constant_at(rate, n) >= t);
        }
    }
}

static void what_does_not_fit_saturates(void **state)
{
    const struct rate slow = { 1, 36525ULL * 86400 * NS_PER_S }, fast = { UINT64_MAX, 1 };

    (void)state;
    assert_int_equal(schedule_constant_at(&slow, UINT64_MAX), UINT64_MAX);
    assert_int_equal(schedule_constant_count(&fast, UINT64_MAX), UINT64_MAX);
    assert_int_equal(schedule_constant_at(&fast, UINT64_MAX), 1);
}

static void jumps_take_no_time_and_arrivals_at_once_count(void **state)
{
    struct plan_stage stages[] = {
        { .duration_ns = 20 * NS_PER_S, .from = 50, .to = 50 },
        { .duration_ns = 0, .from = 50, .to = 300 },
        { .duration_ns = 10 * NS_PER_S, .from = 300, .to = 300 },
        { .duration_ns = 0, .from = 300, .to = 50, .at_once = 7 },
    };
    const struct plan_scenario scenario = { .rate = { 300, NS_PER_S }, .stages = stages, .stage_count = 4, .duration_ns = 30 * NS_PER_S };

    (void)state;
    assert_int_equal(schedule_count(&scenario), 1000 + 3000 + 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_ticks_of_odd_rates_match_rational_arithmetic),
        cmocka_unit_test(a_day_at_a_hundred_thousand_a_second_ends_on_the_nanosecond),
        cmocka_unit_test(the_number_of_arrivals_is_the_inverse_of_their_times),
        cmocka_unit_test(what_does_not_fit_saturates),
        cmocka_unit_test(jumps_take_no_time_and_arrivals_at_once_count),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
