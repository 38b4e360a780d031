/* shard and aggregate case by case: seconds, pauses, rows, lost samples, books, exit codes, events. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

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

/* ---- seconds ---- */

static uint64_t history_sum(const struct snapshot *s, uint64_t *late)
{
    uint64_t sum = 0;

    *late = 0;
    for (size_t i = 0; i < history_points(s->history); i++) {
        struct history_point point;
        struct history_row row;

        assert_true(history_point(s->history, i, &point));
        assert_true(history_row(s->history, i, 0, &row));
        sum += row.count;
        *late += point.is_late;
    }
    return sum;
}

static void a_worker_far_behind_marks_seconds_late_and_loses_nothing(void **state)
{
    const struct snapshot *s;
    uint64_t late;

    (void)state;
    mx_start(&mx, 2);
    for (uint32_t i = 0; i < 80; i++) {
        mx_record(&mx, ROW_API_PAY, MS(10), 5);
        mx_hand_in(&mx, 0, i);
        mx_tick(&mx, i + 1);
    }
    s = mx_fill(&mx);
    assert_int_equal(history_points(s->history), 12); /* 20 s less the 8 that a second waits */
    for (uint32_t i = 0; i < 80; i++) {
        mx_record(&mx, ROW_API_LIST, MS(10), 3);
        mx_hand_in(&mx, 1, i);
    }
    mx_finish(&mx, 80);
    s = mx_fill(&mx);
    assert_int_equal(history_sum(s, &late), 80 * 5 + 80 * 3);
    assert_int_equal(late, 12);
    assert_int_equal(s->all.requests.total, 80 * 5 + 80 * 3);
    assert_true(s->books_balance);
    assert_int_equal(history_points(s->history), 20);
}

static void after_a_minute_of_standing_still_nothing_is_lost(void **state)
{
    const struct snapshot *s;
    uint64_t late;

    (void)state;
    mx_start(&mx, 2);
    for (uint32_t i = 0; i < 10; i++)
        for (unsigned w = 0; w < 2; w++) {
            mx_record(&mx, ROW_API_PAY, MS(10), 7);
            mx_hand_in(&mx, w, i);
        }
    mx_tick(&mx, 10);
    for (unsigned w = 0; w < 2; w++) { /* both cover the whole gap with one shard */
        mx_record(&mx, ROW_API_PAY, MS(10), 11);
        mx_hand_in_span(&mx, w, 10, 249, false);
    }
    mx_record(&mx, ROW_API_PAY, MS(10), 13);
    mx_hand_in(&mx, 1, 250);
    mx_hand_in(&mx, 0, 250);
    mx_tick(&mx, 251);
    s = mx_fill(&mx);
    assert_int_equal(s->all.count_10s, 22 + 13);
    mx_finish(&mx, 252);
    s = mx_fill(&mx);
    assert_int_equal(s->all.requests.total, 140 + 22 + 13);
    assert_int_equal(history_sum(s, &late), 140 + 22 + 13);
    assert_string_equal(s->books_text, "");
    assert_int_equal(history_points(s->history), 63);
}

static void a_shard_over_several_intervals_counts_in_its_last(void **state)
{
    struct history_row row;

    (void)state;
    mx_start(&mx, 1);
    mx_record(&mx, ROW_API_PAY, MS(10), 9);
    mx_hand_in_span(&mx, 0, 0, 5, false);
    mx_hand_in_span(&mx, 0, 6, 8, true);
    aggregate_finish(mx.aggregate, 9 * INTERVAL_NS);
    assert_true(history_row(mx_fill(&mx)->history, 0, 0, &row));
    assert_int_equal(row.count, 0);
    assert_true(history_row(mx_fill(&mx)->history, 1, 0, &row));
    assert_int_equal(row.count, 9);
}

static void the_rate_divides_by_the_time_that_was_handed_in(void **state)
{
    const struct snapshot *s;

    (void)state;
    mx_start(&mx, 1);
    for (uint32_t i = 0; i < 6; i++) {
        mx_record(&mx, ROW_API_PAY, MS(10), 25);
        mx_hand_in(&mx, 0, i);
    }
    mx_tick_at(&mx, 6 * INTERVAL_NS + MS(240), 6 * INTERVAL_NS + MS(240), false); /* the next hand-in is due in 10 ms */
    s = mx_fill(&mx);
    assert_true(s->rate_10s > 99.99 && s->rate_10s < 100.01);
    assert_true(s->rate_1s > 99.99 && s->rate_1s < 100.01);
    mx_hand_in(&mx, 0, 6);
    mx_hand_in(&mx, 0, 7);
    mx_tick(&mx, 8);
    s = mx_fill(&mx);
    assert_true(s->rate_1s > 49.99 && s->rate_1s < 50.01); /* it stopped half a second ago */
    assert_true(s->rate_10s > 74.99 && s->rate_10s < 75.01);
}

static void a_pause_is_marked_where_it_filled_the_second(void **state)
{
    bool wanted[] = { false, false, true, true, false, false };
    struct history_point point;

    (void)state;
    mx_start(&mx, 1);
    for (uint32_t i = 0; i < 24; i++) {
        bool is_paused = i >= 6 && i < 18; /* 1.5 s to 4.5 s */

        mx_hand_in(&mx, 0, i);
        mx_tick_at(&mx, (i + 1) * INTERVAL_NS, 0, is_paused);
    }
    mx_finish(&mx, 24);
    for (size_t i = 0; i < 6; i++) {
        assert_true(history_point(mx_fill(&mx)->history, i, &point));
        assert_int_equal(point.is_paused, wanted[i]);
    }
}

/* ---- rows ---- */

static void thirty_different_statuses_in_one_interval_are_all_counted(void **state)
{
    const struct snapshot *s;
    uint64_t sum = 0;

    (void)state;
    mx_start(&mx, 1);
    for (uint16_t code = 200; code < 230; code++)
        mx_record_status(&mx, ROW_API_PAY, code, code - 199U);
    mx_hand_in(&mx, 0, 0);
    mx_finish(&mx, 1);
    s = mx_fill(&mx);
    for (size_t i = 0; i < s->all.status_count; i++)
        sum += s->all.statuses[i].count;
    assert_int_equal(sum, 30 * 31 / 2);
    assert_int_equal(s->all.status_count, 30);
    assert_string_equal(s->books_text, "");
}

static void a_row_is_known_by_scenario_and_request(void **state)
{
    const struct snapshot *s;

    (void)state;
    mx_start(&mx, 1);
    assert_int_equal(shard_row(&mx.plan, MX_SHOP, MX_LOGIN), ROW_SHOP_LOGIN);
    assert_int_equal(shard_row(&mx.plan, MX_SHOP, MX_LIST), ROW_SHOP_LIST);
    assert_int_equal(shard_row(&mx.plan, MX_API, MX_LIST), ROW_API_LIST);
    assert_int_equal(shard_row(&mx.plan, MX_API, MX_PAY), ROW_API_PAY);
    s = mx_fill(&mx);
    assert_int_equal(s->row_count, ROWS);
    assert_string_equal(s->rows[ROW_API_LIST].name, "list");
    assert_string_equal(s->rows[ROW_API_LIST].scenario, "api");
    assert_string_equal(s->rows[ROW_API_LIST].method, "GET");
    assert_string_equal(s->all.name, "all");
    assert_int_equal(s->rows[0].id, 1);
    assert_true(s->all.duration.p50_ns == SNAP_NONE);
}

static void a_pool_that_ran_dry_has_room_the_next_time(void **state)
{
    size_t misses;

    (void)state;
    mx_start(&mx, 1);
    for (int round = 0; round < 2; round++) {
        for (uint32_t row = 0; row < ROWS; row++)
            for (uint64_t ns = 1000; ns < SECONDS(3000); ns += 1 + ns / 15)
                mx_record(&mx, row, ns, 1);
        if (round == 0) {
            mx_hand_in(&mx, 0, 0);
            misses = hist_pool_misses(mx.shard->pool);
            assert_true(misses > 0);
        }
    }
    assert_int_equal(hist_pool_misses(mx.shard->pool), misses);
}

/* ---- what goes wrong ---- */

static void a_lost_sample_is_invalid_and_names_the_worker(void **state)
{
    const struct snapshot *s;

    (void)state;
    mx.plan.require_valid = true;
    mx_start(&mx, 2);
    mx_record(&mx, ROW_API_PAY, MS(10), 5);
    mx_hand_in(&mx, 0, 0);
    mx_record(&mx, ROW_API_PAY, MS(10), 5);
    mx.shard->calls += 3; /* three calls of which nothing is left */
    mx_hand_in(&mx, 1, 0);
    mx_tick(&mx, 1);
    s = mx_fill(&mx); /* at once, not only at the end */
    assert_int_equal(s->verdict.level, VERDICT_INVALID);
    assert_int_equal(s->verdict.reasons[0].code, VERDICT_LOST_REASON);
    assert_string_equal(s->verdict.reasons[0].text, "worker 2 lost 3 samples");
    assert_int_equal(s->workers[0].lost_samples, 0);
    assert_int_equal(s->workers[1].lost_samples, 3);
    mx_finish(&mx, 1);
    assert_int_equal(mx_fill(&mx)->verdict.level, VERDICT_INVALID);
    assert_int_equal(aggregate_exit_code(mx.aggregate), EXIT_INVALID);
}

static void break_planned(struct aggregate *a)
{
    a->scenarios[MX_SHOP].iterations.planned++;
}

static void break_started(struct aggregate *a)
{
    a->scenarios[MX_API].iterations.started += 2;
    a->scenarios[MX_API].iterations.planned += 2;
}

static void break_total(struct aggregate *a)
{
    a->rows[1].requests.ok--;
}

static void break_rows(struct aggregate *a)
{
    a->rows[2].requests.total++;
    a->rows[2].requests.interrupted++;
}

static void break_durations(struct aggregate *a)
{
    a->rows[4].requests.sent++;
}

static void break_statuses(struct aggregate *a)
{
    a->rows[0].statuses[0].count++;
}

static void a_book_that_does_not_balance_is_named_with_both_sides(void **state)
{
    static const struct {
        void (*bend)(struct aggregate *a);
        const char *book, *numbers;
    } cases[] = {
        { break_planned, "iterations planned", "7 against 6" }, { break_started, "iterations started", "4 against 2" },
        { break_total, "requests = ok", "6 against 5" },        { break_rows, "sum of the rows", "14 against 15" },
        { break_durations, "durations", "3 against 4" },        { break_statuses, "sum of the statuses", "14 against 15" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct snapshot *s;

        mx_start(&mx, 1);
        mx_record(&mx, ROW_SHOP_LOGIN, MS(10), 6);
        mx_record(&mx, ROW_SHOP_LIST, MS(10), 5);
        mx_record(&mx, ROW_API_PAY, MS(10), 3);
        mx_iterate(&mx, MX_SHOP, 0, 6);
        mx_iterate(&mx, MX_API, 0, 2);
        mx_hand_in(&mx, 0, 0);
        cases[i].bend(mx.aggregate);
        mx_finish(&mx, 1);
        s = mx_fill(&mx);
        assert_false(s->books_balance);
        assert_non_null(strstr(s->books_text, cases[i].book));
        assert_non_null(strstr(s->books_text, cases[i].numbers));
        assert_int_equal(s->verdict.level, VERDICT_INVALID);
        assert_int_equal(s->verdict.reasons[0].code, VERDICT_BOOKS_REASON);
        mx_release(&mx);
        mx_plan(&mx);
    }
}

static void a_run_in_which_every_request_failed_has_failed(void **state)
{
    (void)state;
    mx_start(&mx, 1);
    mx_record_fault(&mx, ROW_API_PAY, FAULT_REFUSED, false, 5);
    mx_hand_in(&mx, 0, 0);
    mx_finish(&mx, 1);
    assert_int_equal(aggregate_exit_code(mx.aggregate), EXIT_FAILED);
    assert_int_equal(mx_fill(&mx)->all.duration.count, 0); /* connects that failed have no service time */
}

static void one_good_answer_is_enough_to_pass(void **state)
{
    (void)state;
    mx_start(&mx, 1);
    mx_record_fault(&mx, ROW_API_PAY, FAULT_TIMEOUT_FIRST_BYTE, true, 5);
    mx_record(&mx, ROW_API_PAY, MS(10), 1);
    mx_hand_in(&mx, 0, 0);
    mx_finish(&mx, 1);
    assert_int_equal(aggregate_exit_code(mx.aggregate), EXIT_PASSED);
    assert_int_equal(mx_fill(&mx)->all.duration.count, 6); /* timed-out ones count with the time until they were given up */
}

static void the_newest_events_are_kept_oldest_first_and_clean(void **state)
{
    const struct snapshot *s;

    (void)state;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 300; i++)
        aggregate_event(mx.aggregate, i, EVENT_MARKER, "sre\033[2J", "mark %u \033]0;x", (unsigned)i);
    s = mx_fill(&mx);
    assert_int_equal(s->event_count, 256);
    for (size_t i = 0; i < 256; i++) {
        assert_int_equal(s->events[i].at_ns, 44 + i);
        assert_null(strchr(s->events[i].text, '\033'));
        assert_null(strchr(s->events[i].by, '\033'));
    }
    assert_memory_equal(s->events[255].text, "mark 299", 8);
}

static void a_snapshot_keeps_the_history_of_its_run(void **state)
{
    struct history_row row;
    const struct history *history;

    (void)state;
    mx_start(&mx, 1);
    mx_record(&mx, ROW_API_PAY, MS(10), 5);
    mx_hand_in(&mx, 0, 0);
    mx_finish(&mx, 1);
    history = mx_fill(&mx)->history;
    aggregate_free(mx.aggregate);
    mx.aggregate = NULL;
    assert_true(history_row(history, 0, 0, &row));
    assert_int_equal(row.count, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_worker_far_behind_marks_seconds_late_and_loses_nothing),
        TEST(after_a_minute_of_standing_still_nothing_is_lost),
        TEST(a_shard_over_several_intervals_counts_in_its_last),
        TEST(the_rate_divides_by_the_time_that_was_handed_in),
        TEST(a_pause_is_marked_where_it_filled_the_second),
        TEST(thirty_different_statuses_in_one_interval_are_all_counted),
        TEST(a_row_is_known_by_scenario_and_request),
        TEST(a_pool_that_ran_dry_has_room_the_next_time),
        TEST(a_lost_sample_is_invalid_and_names_the_worker),
        TEST(a_book_that_does_not_balance_is_named_with_both_sides),
        TEST(a_run_in_which_every_request_failed_has_failed),
        TEST(one_good_answer_is_enough_to_pass),
        TEST(the_newest_events_are_kept_oldest_first_and_clean),
        TEST(a_snapshot_keeps_the_history_of_its_run),
    };
    return cmocka_run_group_tests_name("aggregate", tests, NULL, NULL);
}
