/* selftest: the checks notice a record that does not fit, in either direction, and forgive what a machine may add. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "onager/units.h"
#include "selftest.h"

#define COUNT 200
#define MS ((int64_t)NS_PER_MS)

/* Requests that waited 5 ms at the server, every 2 ms, and `shift_ns` more in the record. */
static void fill(struct probe_record records[COUNT], int64_t shift_ns)
{
    for (size_t i = 0; i < COUNT; i++) {
        records[i] = (struct probe_record){ .wait_us = 5000, .arrived_ns = NS_PER_S + i * 2 * NS_PER_MS + 50000 };
        records[i].answered_ns = (uint64_t)((int64_t)records[i].arrived_ns + 5 * MS + shift_ns);
    }
}

static struct snap_trend trend(uint64_t count, int64_t p50_ns, int64_t p99_ns)
{
    return (struct snap_trend){ .count = count, .p50_ns = (uint64_t)p50_ns, .p99_ns = (uint64_t)p99_ns };
}

static enum selftest_verdict wait_verdict(int64_t shift_ns, struct snap_trend measured)
{
    struct probe_record records[COUNT];
    struct selftest test = { 0 };

    fill(records, shift_ns);
    selftest_add_wait(&test, 5000, &measured, records, COUNT);
    assert_int_equal(test.count, 3);
    return selftest_worst(&test);
}

static void times_that_contain_the_wait_of_the_server_are_fine(void **state)
{
    (void)state;
    assert_int_equal(wait_verdict(0, trend(COUNT, 5 * MS + 80000, 6 * MS)), SELFTEST_OK);
    assert_int_equal(wait_verdict(0, trend(COUNT, 5 * MS, 5 * MS)), SELFTEST_OK);
}

static void a_record_that_is_5_ms_off_is_noticed_in_either_direction(void **state)
{
    (void)state;
    assert_int_equal(wait_verdict(5 * MS, trend(COUNT, 5 * MS + 80000, 6 * MS)), SELFTEST_WRONG);
    assert_int_equal(wait_verdict(-5 * MS, trend(COUNT, 5 * MS + 80000, 6 * MS)), SELFTEST_WRONG);
}

static void a_time_shorter_than_the_servers_is_wrong_on_every_machine(void **state)
{
    (void)state;
    assert_int_equal(wait_verdict(0, trend(COUNT, 5 * MS - 100000, 6 * MS)), SELFTEST_WRONG);
    assert_int_equal(wait_verdict(0, trend(COUNT, 5 * MS + 80000, 5 * MS - 100000)), SELFTEST_WRONG);
}

static void what_a_busy_machine_adds_is_rough_and_not_wrong(void **state)
{
    (void)state;
    assert_int_equal(wait_verdict(0, trend(COUNT, 7 * MS, 60 * MS)), SELFTEST_ROUGH);
    assert_int_equal(wait_verdict(0, trend(COUNT, 5 * MS + 80000, 60 * MS)), SELFTEST_ROUGH);
}

static void a_request_that_the_server_did_not_see_is_wrong(void **state)
{
    struct selftest test = { 0 };

    (void)state;
    assert_int_equal(wait_verdict(0, trend(COUNT + 1, 5 * MS, 5 * MS)), SELFTEST_WRONG);
    assert_int_equal(wait_verdict(0, trend(COUNT, (int64_t)SNAP_NONE, (int64_t)SNAP_NONE)), SELFTEST_WRONG);
    selftest_add_count(&test, "requests", 7, 7);
    assert_int_equal(selftest_worst(&test), SELFTEST_OK);
    selftest_add_count(&test, "requests", 7, 8);
    assert_int_equal(selftest_worst(&test), SELFTEST_WRONG);
    assert_int_equal(test.lines[1].off, -1);
}

static enum selftest_verdict schedule_verdict(int64_t arrived_late_ns, struct snap_trend lag)
{
    struct probe_record records[COUNT];
    struct selftest test = { 0 };

    fill(records, 0);
    for (size_t i = 0; i < COUNT; i++)
        records[i].arrived_ns = (uint64_t)((int64_t)records[i].arrived_ns + arrived_late_ns);
    selftest_add_schedule(&test, &lag, records, COUNT, NS_PER_S, 2 * NS_PER_MS);
    return selftest_worst(&test);
}

static void lag_is_held_against_the_arrivals(void **state)
{
    (void)state;
    assert_int_equal(schedule_verdict(0, trend(COUNT, 40000, 45000)), SELFTEST_OK);
    /* the server saw them late, and onager knows nothing of it */
    assert_int_equal(schedule_verdict(5 * MS, trend(COUNT, 40000, 45000)), SELFTEST_WRONG);
    /* onager says it was late, and the server saw them in time */
    assert_int_equal(schedule_verdict(0, trend(COUNT, 2 * MS, 2 * MS)), SELFTEST_WRONG);
}

static void response_times_around_a_stall_follow_from_the_schedule(void **state)
{
    /* 800 arrivals at 200/s, a stall from 1.5 s to 2.5 s: 200 of them wait, from 1 s down to 0 */
    const struct probe_stall stall = { 10 * NS_PER_S + 1500 * NS_PER_MS, 10 * NS_PER_S + 2500 * NS_PER_MS };
    struct snap_trend response = { .count = 800, .p90_ns = 601 * NS_PER_MS, .p95_ns = 802 * NS_PER_MS, .p99_ns = 963 * NS_PER_MS };
    struct selftest test = { 0 };

    (void)state;
    selftest_add_stall(&test, &response, &stall, 800, 10 * NS_PER_S, 5 * NS_PER_MS);
    assert_int_equal(test.count, 3);
    assert_int_equal(test.lines[0].server, 600 * NS_PER_MS);
    assert_int_equal(test.lines[1].server, 800 * NS_PER_MS);
    assert_int_equal(test.lines[2].server, 960 * NS_PER_MS);
    assert_int_equal(selftest_worst(&test), SELFTEST_OK);
    response.p99_ns = 30 * NS_PER_MS; /* coordinated omission */
    test.count = 0;
    selftest_add_stall(&test, &response, &stall, 800, 10 * NS_PER_S, 5 * NS_PER_MS);
    assert_int_equal(selftest_worst(&test), SELFTEST_WRONG);
}

static void a_quantile_is_the_value_below_which_its_share_lies(void **state)
{
    uint64_t values[] = { 5, 1, 4, 2, 3 };

    (void)state;
    assert_int_equal(selftest_quantile(values, 5, 0.5), 3);
    assert_int_equal(selftest_quantile(values, 5, 0.2), 1);
    assert_int_equal(selftest_quantile(values, 5, 0.99), 5);
    assert_int_equal(selftest_quantile(values, 0, 0.5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_that_contain_the_wait_of_the_server_are_fine),
        cmocka_unit_test(a_record_that_is_5_ms_off_is_noticed_in_either_direction),
        cmocka_unit_test(a_time_shorter_than_the_servers_is_wrong_on_every_machine),
        cmocka_unit_test(what_a_busy_machine_adds_is_rough_and_not_wrong),
        cmocka_unit_test(a_request_that_the_server_did_not_see_is_wrong),
        cmocka_unit_test(lag_is_held_against_the_arrivals),
        cmocka_unit_test(response_times_around_a_stall_follow_from_the_schedule),
        cmocka_unit_test(a_quantile_is_the_value_below_which_its_share_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
