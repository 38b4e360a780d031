/* The verdict: each reason at its limit, with its text, its seconds and what it makes of the run. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <unistd.h>

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

/* One quiet interval: 25 requests of 10 ms and 25 open iterations that were 0.05 ms late. */
static void quiet(uint64_t interval)
{
    mx_record(&mx, ROW_SHOP_LIST, MS(10), 25);
    mx_iterate(&mx, MX_SHOP, 50000, 25);
    mx_hand_in(&mx, 0, interval);
    mx_tick(&mx, interval + 1);
}

static void quiet_until(uint64_t from, uint64_t to)
{
    for (; from < to; from++)
        quiet(from);
}

static const struct snap_reason *only_reason(enum verdict_level level, enum verdict_code code, const char *text, uint32_t seconds)
{
    const struct snapshot *s = mx_fill(&mx);

    assert_int_equal(s->verdict.level, level);
    assert_int_equal(s->verdict.reason_count, 1);
    assert_int_equal(s->verdict.reasons[0].code, code);
    assert_int_equal(s->verdict.reasons[0].level, level);
    assert_string_equal(s->verdict.reasons[0].text, text);
    assert_int_equal(s->verdict.reasons[0].seconds, seconds);
    return &s->verdict.reasons[0];
}

static bool second_has(size_t index, enum verdict_code code)
{
    struct history_point point;

    assert_true(history_point(mx_fill(&mx)->history, index, &point));
    return (point.verdict_codes >> code & 1u) != 0;
}

static void a_quiet_run_is_valid_without_a_reason(void **state)
{
    (void)state;
    mx.plan.require_undegraded = true;
    mx_start(&mx, 1);
    quiet_until(0, 12);
    mx_finish(&mx, 12);
    assert_int_equal(mx_fill(&mx)->verdict.level, VERDICT_VALID);
    assert_int_equal(mx_fill(&mx)->verdict.reason_count, 0);
    assert_int_equal(aggregate_exit_code(mx.aggregate), EXIT_PASSED);
}

static void a_stall_of_a_short_run_degrades_it_and_names_its_second(void **state)
{
    const struct snap_reason *reason;

    (void)state;
    mx_start(&mx, 1);
    quiet_until(0, 8);
    mx.gauges.longest_stall_ns = MS(300);
    mx.gauges.stall_at_ns = MS(2050);
    mx.gauges.stalls = 1;
    quiet(9);
    mx.gauges.longest_stall_ns = 0;
    quiet_until(10, 12);
    mx_finish(&mx, 12);
    reason = only_reason(VERDICT_DEGRADED, VERDICT_STALL_REASON, "stood still for 0.30 s at 00:02", 1);
    assert_int_equal(reason->first_ns, MS(2050));
    assert_true(fabs(reason->value - 300) < 1e-9 && fabs(reason->limit - 50) < 1e-9);
    assert_true(second_has(2, VERDICT_STALL_REASON) && !second_has(1, VERDICT_STALL_REASON));
    assert_int_equal(mx_fill(&mx)->workers[0].stalls, 1);
}

static void stalls_in_several_seconds_name_the_longest(void **state)
{
    const struct snapshot *s;
    size_t annotations = 0;

    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 20; i++) {
        mx.gauges.longest_stall_ns = i == 5 ? MS(60) : i == 13 ? MS(1200) : 0;
        mx.gauges.stall_at_ns = i * INTERVAL_NS;
        quiet(i);
    }
    mx_finish(&mx, 20);
    only_reason(VERDICT_DEGRADED, VERDICT_STALL_REASON, "stood still in 2 s, longest 1.20 s at 00:03", 2);
    s = mx_fill(&mx);
    for (size_t i = 0; i < s->event_count; i++)
        annotations += s->events[i].kind == EVENT_STALL;
    assert_int_equal(annotations, 2);
}

static void a_reason_counts_when_more_than_one_percent_of_the_seconds_have_it(void **state)
{
    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 404; i++) { /* 101 s */
        mx.gauges.fds_exhausted = i == 30;
        quiet(i);
        if (i == 395)
            assert_int_equal(mx_fill(&mx)->verdict.level, VERDICT_DEGRADED); /* 1 of 99 */
        if (i == 399)
            only_reason(VERDICT_VALID, VERDICT_FDS_REASON, "file descriptors ran out at 00:07", 1); /* 1 of 100: only a note */
    }
    mx_finish(&mx, 404);
    assert_int_equal(mx_fill(&mx)->verdict.level, VERDICT_VALID);
    assert_int_equal(mx_fill(&mx)->verdict.reason_count, 1);
}

static void the_level_that_changes_is_annotated(void **state)
{
    const char *wanted[] = { "DEGRADED: local ports ran out at 00:02", "VALID again" };
    const struct snapshot *s;
    size_t found = 0;

    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 404; i++) {
        mx.gauges.ports_exhausted = i == 8;
        quiet(i);
    }
    s = mx_fill(&mx);
    for (size_t i = 0; i < s->event_count; i++)
        if (s->events[i].kind == EVENT_VERDICT) {
            assert_true(found < 2);
            assert_string_equal(s->events[i].text, wanted[found++]);
        }
    assert_int_equal(found, 2);
}

static void a_worker_over_eighty_percent_is_named(void **state)
{
    const struct snap_reason *reason;

    (void)state;
    mx_start(&mx, 2);
    for (uint64_t i = 0; i < 12; i++)
        for (unsigned w = 0; w < 2; w++) {
            /* what a thread used before its first hand-in is no load: worker 1 begins with 10 s. Then 72 % and 96 %. */
            mx.gauges.cpu_ns = w == 0 ? SECONDS(10) + i * MS(180) : i * MS(240);
            mx_record(&mx, ROW_API_PAY, MS(10), 25);
            mx_hand_in(&mx, w, i);
            mx_tick(&mx, i + 1);
        }
    assert_int_equal(mx_fill(&mx)->workers[0].cpu_ns, SECONDS(10) + 11 * MS(180));
    mx_finish(&mx, 12);
    reason = only_reason(VERDICT_DEGRADED, VERDICT_CPU_REASON, "worker 2 at 96 %", 3);
    assert_true(fabs(reason->value - 0.96) < 1e-9 && fabs(reason->limit - 0.8) < 1e-9);
    assert_true(fabs(mx_fill(&mx)->workers[0].busy - 0.72) < 1e-9);
    assert_true(fabs(mx_fill(&mx)->workers[1].busy - 0.96) < 1e-9);
}

static void one_busy_second_is_that_second_only(void **state)
{
    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 16; i++) {
        mx.gauges.cpu_ns += i / 4 == 2 ? MS(245) : MS(20);
        quiet(i);
    }
    mx_finish(&mx, 16);
    only_reason(VERDICT_DEGRADED, VERDICT_CPU_REASON, "worker 1 at 98 %", 1);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(second_has(i, VERDICT_CPU_REASON), i == 2);
}

static void lag_counts_above_a_millisecond_or_a_twentieth_of_the_median(void **state)
{
    static const struct {
        uint64_t lag_ns, duration_ns;
        bool is_late;
    } cases[] = { { 900000, MS(1), false }, { 1100000, MS(1), true }, { 4900000, MS(100), false }, { 5200000, MS(100), true } };

    (void)state;
    for (size_t c = 0; c < 4; c++) {
        mx_start(&mx, 1);
        for (uint64_t i = 0; i < 8; i++) {
            mx_record(&mx, ROW_SHOP_LIST, cases[c].duration_ns, 50);
            mx_iterate(&mx, MX_SHOP, cases[c].lag_ns, 50);
            mx_hand_in(&mx, 0, i);
            mx_tick(&mx, i + 1);
        }
        mx_finish(&mx, 8);
        assert_int_equal(mx_reason(mx_fill(&mx), VERDICT_LAG_REASON) != NULL, cases[c].is_late);
        mx_release(&mx);
        mx_plan(&mx);
    }
}

/* At 50 a second the p99 of one second is its worst start: that is the noise of any machine, no verdict. */
static void one_late_start_of_a_slow_run_is_no_reason(void **state)
{
    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 12; i++) {
        mx_record(&mx, ROW_SHOP_LIST, MS(10), 13);
        mx_iterate(&mx, MX_SHOP, 50000, 12);
        mx_iterate(&mx, MX_SHOP, i == 9 ? MS(5) : 50000, 1);
        mx_hand_in(&mx, 0, i);
        mx_tick(&mx, i + 1);
    }
    mx_finish(&mx, 12);
    assert_int_equal(mx_fill(&mx)->verdict.level, VERDICT_VALID);
    assert_int_equal(mx_fill(&mx)->verdict.reason_count, 0);
}

static void many_late_starts_of_a_slow_run_are_a_reason(void **state)
{
    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 24; i++) {
        mx_record(&mx, ROW_SHOP_LIST, MS(10), 13);
        mx_iterate(&mx, MX_SHOP, 50000, 12);
        mx_iterate(&mx, MX_SHOP, MS(5), 1);
        mx_hand_in(&mx, 0, i);
        mx_tick(&mx, i + 1);
    }
    mx_finish(&mx, 24);
    assert_int_equal(mx_fill(&mx)->verdict.level, VERDICT_DEGRADED);
    assert_non_null(mx_reason(mx_fill(&mx), VERDICT_LAG_REASON));
}

/* More VUs would not help against a stall of our own. */
static void drops_of_stalls_alone_are_called_so(void **state)
{
    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 384; i++) {
        if (i >= 88 * 4 && i < 96 * 4) {
            shard_record_planned(mx.shard, MX_SHOP, 31);
            shard_record_dropped(mx.shard, MX_SHOP, DROP_STALL, 31);
        }
        quiet(i);
    }
    mx_finish(&mx, 384);
    only_reason(VERDICT_DEGRADED, VERDICT_DROPPED_REASON, "992 dropped in stalls since 01:28", 8);
}

static void drops_are_counted_from_the_first_on(void **state)
{
    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 384; i++) {
        if (i >= 88 * 4 && i < 96 * 4) {
            shard_record_planned(mx.shard, MX_SHOP, 31);
            shard_record_dropped(mx.shard, MX_SHOP, DROP_NO_VU, 30);
            shard_record_dropped(mx.shard, MX_SHOP, DROP_QUEUE_FULL, 1);
        }
        quiet(i);
    }
    mx_finish(&mx, 384);
    only_reason(VERDICT_DEGRADED, VERDICT_DROPPED_REASON, "992 dropped since 01:28", 8);
    assert_int_equal(mx_fill(&mx)->iterations.dropped, 992);
    assert_int_equal(mx_fill(&mx)->iterations.dropped_queue_full, 32);
}

static void stolen_time_counts_from_a_twentieth_on(void **state)
{
    uint64_t cpus = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    struct aggregate_tick tick = { 0 };

    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 16; i++) {
        mx_record(&mx, ROW_SHOP_LIST, MS(10), 25);
        mx_hand_in(&mx, 0, i);
        tick.now_ns = tick.plan_ns = (i + 1) * INTERVAL_NS - 1;
        tick.steal_ns += cpus * (i / 4 == 1 ? MS(25) : MS(10)); /* 10 % in second 1, else 4 % */
        aggregate_tick(mx.aggregate, &tick);
    }
    mx_finish(&mx, 16);
    assert_non_null(mx_reason(mx_fill(&mx), VERDICT_STEAL_REASON));
    assert_int_equal(mx_reason(mx_fill(&mx), VERDICT_STEAL_REASON)->seconds, 1);
    assert_true(second_has(1, VERDICT_STEAL_REASON) && !second_has(2, VERDICT_STEAL_REASON));
}

static void a_full_worker_is_named_although_its_processor_is_stolen_in_part(void **state)
{
    uint64_t cpus = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    struct aggregate_tick tick = { 0 };

    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 16; i++) {
        mx.gauges.cpu_ns += MS(175); /* 70 % of the wall's time */
        mx_record(&mx, ROW_SHOP_LIST, MS(10), 25);
        mx_hand_in(&mx, 0, i);
        tick.now_ns = tick.plan_ns = (i + 1) * INTERVAL_NS - 1;
        tick.steal_ns += i / 4 == 1 ? cpus * MS(50) : 0; /* 20 % in second 1 */
        aggregate_tick(mx.aggregate, &tick);
    }
    mx_finish(&mx, 16);
    assert_true(second_has(1, VERDICT_CPU_REASON));
    assert_false(second_has(2, VERDICT_CPU_REASON));
}

static void connects_that_wait_for_a_slot_are_a_reason(void **state)
{
    struct sample sample = mx_sample(ROW_API_PAY, MS(10));

    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 8; i++) {
        sample.phases[PHASE_BLOCKED] = i >= 4 ? MS(9) : MS(4);
        shard_record_request(mx.shard, &sample);
        mx_hand_in(&mx, 0, i);
        mx_tick(&mx, i + 1);
    }
    mx_finish(&mx, 8);
    assert_non_null(mx_reason(mx_fill(&mx), VERDICT_CONNECT_QUEUE_REASON));
    assert_int_equal(mx_reason(mx_fill(&mx), VERDICT_CONNECT_QUEUE_REASON)->seconds, 1);
}

static void what_invalidates_stands_before_what_degrades(void **state)
{
    const struct snapshot *s;

    (void)state;
    mx_start(&mx, 1);
    mx.gauges.fds_exhausted = true;
    quiet_until(0, 8);
    mx.shard->calls++;
    quiet(8);
    mx_finish(&mx, 9);
    s = mx_fill(&mx);
    assert_int_equal(s->verdict.level, VERDICT_INVALID);
    assert_string_equal(s->verdict.reasons[0].text, "worker 1 lost 1 sample");
    assert_int_equal(s->verdict.reasons[1].code, VERDICT_FDS_REASON);
}

static void exit_codes_ask_for_what_the_plan_requires(void **state)
{
    static const struct {
        bool valid, undegraded, is_lost, is_degraded;
        int wanted;
    } cases[] = {
        { false, false, true, true, EXIT_PASSED },  { true, false, false, true, EXIT_PASSED },  { true, false, true, false, EXIT_INVALID },
        { false, true, false, true, EXIT_INVALID }, { false, true, true, false, EXIT_INVALID }, { false, true, false, false, EXIT_PASSED },
    };

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        mx.plan.require_valid = cases[c].valid;
        mx.plan.require_undegraded = cases[c].undegraded;
        mx_start(&mx, 1);
        mx.gauges.fds_exhausted = cases[c].is_degraded;
        mx.shard->calls += cases[c].is_lost;
        quiet_until(0, 4);
        mx_finish(&mx, 4);
        assert_int_equal(aggregate_exit_code(mx.aggregate), cases[c].wanted);
        mx_release(&mx);
        mx_plan(&mx);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_quiet_run_is_valid_without_a_reason),
        TEST(a_stall_of_a_short_run_degrades_it_and_names_its_second),
        TEST(stalls_in_several_seconds_name_the_longest),
        TEST(a_reason_counts_when_more_than_one_percent_of_the_seconds_have_it),
        TEST(the_level_that_changes_is_annotated),
        TEST(a_worker_over_eighty_percent_is_named),
        TEST(one_busy_second_is_that_second_only),
        TEST(lag_counts_above_a_millisecond_or_a_twentieth_of_the_median),
        TEST(one_late_start_of_a_slow_run_is_no_reason),
        TEST(many_late_starts_of_a_slow_run_are_a_reason),
        TEST(drops_are_counted_from_the_first_on),
        TEST(drops_of_stalls_alone_are_called_so),
        TEST(stolen_time_counts_from_a_twentieth_on),
        TEST(connects_that_wait_for_a_slot_are_a_reason),
        TEST(a_full_worker_is_named_although_its_processor_is_stolen_in_part),
        TEST(what_invalidates_stands_before_what_degrades),
        TEST(exit_codes_ask_for_what_the_plan_requires),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
