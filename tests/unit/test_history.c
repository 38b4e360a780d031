/* history: what seconds put in comes out exactly, in records of 1 s and of 10 s. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>

#include "history_write.h"
#include "random.h"

#define ROWS 40
#define SECOND_NS 1000000000ULL
#define ONE_SECOND_RECORDS 3600
#define ALL_RECORDS (3600 + 8640)
#define LAST_SECOND (3600 + 86400)

/* Appends seconds and keeps the truth beside. */
struct rig {
    struct history *history;
    struct hist_pool *pool;
    struct hist rows[ROWS + 1]; /* of the second; coarse */
    struct random random;
    uint64_t seconds;
};

static void rig_init(struct rig *rig, uint64_t seed)
{
    rig->history = history_new(ROWS);
    rig->pool = hist_pool_new(0);
    rig->seconds = 0;
    random_init(&rig->random, seed, 0);
    for (uint32_t i = 0; i <= ROWS; i++)
        hist_init(&rig->rows[i], HIST_COARSE_BITS, rig->pool);
}

static void rig_release(struct rig *rig)
{
    for (uint32_t i = 0; i <= ROWS; i++)
        hist_release(&rig->rows[i]);
    hist_pool_free(rig->pool);
    history_drop(rig->history);
}

static void rig_clear(struct rig *rig)
{
    for (uint32_t i = 0; i <= ROWS; i++)
        hist_clear(&rig->rows[i]);
}

static void rig_record(struct rig *rig, uint32_t row, uint64_t ns)
{
    hist_record(&rig->rows[row], ns);
    hist_record(&rig->rows[0], ns);
}

/* Requests of random times in random rows; row 7 never has one. */
static void rig_record_some(struct rig *rig, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint32_t row = 1 + (uint32_t)random_below(&rig->random, ROWS);
        uint64_t octave = 1000ULL << random_below(&rig->random, 30);

        rig_record(rig, row == 7 ? 8 : row, octave + random_below(&rig->random, octave));
    }
}

static struct history_point point_of(uint64_t second)
{
    return (struct history_point){ .at_ns = second * SECOND_NS,
                                   .seconds = 1,
                                   .planned = 100,
                                   .started = 90,
                                   .completed = 80,
                                   .dropped = 10,
                                   .vus_busy = (uint32_t)second,
                                   .vus_allocated = 7,
                                   .in_flight = 3,
                                   .response_p95 = (uint16_t)(1000 + second % 10),
                                   .lag_p99 = (uint16_t)(2000 - second % 10),
                                   .verdict_codes = 1u << second % 16,
                                   .is_paused = second % 20 >= 5,
                                   .is_late = second % 20 == 3 };
}

/* Appends what the rows hold as one second; every tenth request failed, each had 250 bytes. Rows go in backwards. */
static void rig_append(struct rig *rig)
{
    struct history_row_input inputs[ROWS + 1];
    struct history_point point = point_of(rig->seconds++);
    size_t count = 1;

    for (uint32_t row = ROWS; row > 0; row--)
        if (rig->rows[row].count > 0)
            inputs[count++] = (struct history_row_input){ .row = row,
                                                          .count = rig->rows[row].count,
                                                          .failed = rig->rows[row].count / 10,
                                                          .bytes_received = rig->rows[row].count * 250,
                                                          .duration = &rig->rows[row] };
    inputs[0] = (struct history_row_input){ .row = 0,
                                            .count = rig->rows[0].count,
                                            .failed = rig->rows[0].count / 10,
                                            .bytes_received = rig->rows[0].count * 250,
                                            .duration = &rig->rows[0] };
    history_append(rig->history, &point, inputs, count);
}

/* To just before the records of 10 s begin, cheaply. */
static void rig_append_seconds(struct rig *rig, uint64_t until, uint64_t ns)
{
    rig_clear(rig);
    rig_record(rig, 1, ns);
    while (rig->seconds < until)
        rig_append(rig);
}

static void assert_row_is(const struct history *history, size_t index, uint32_t row, const struct hist *hist)
{
    struct history_row got;
    struct snap_trend trend;

    assert_true(history_row(history, index, row, &got));
    assert_int_equal(got.count, hist->count);
    if (hist->count == 0) {
        assert_int_equal(got.failed | got.p50 | got.p90 | got.p95 | got.p99 | got.max | got.bytes_received_kb, 0);
        return;
    }
    hist_trend(hist, &trend);
    assert_int_equal(got.p50, history_log_encode(trend.p50_ns));
    assert_int_equal(got.p90, history_log_encode(trend.p90_ns));
    assert_int_equal(got.p95, history_log_encode(trend.p95_ns));
    assert_int_equal(got.p99, history_log_encode(trend.p99_ns));
    assert_int_equal(got.max, history_log_encode(trend.max_ns));
}

static void assert_heat_is(const struct history *history, size_t index, uint32_t row, const struct hist *hist)
{
    uint32_t bands[HISTORY_HEAT_BANDS];
    uint64_t sum = 0;

    assert_true(history_heat(history, index, row, bands));
    for (unsigned band = 0; band < HISTORY_HEAT_BANDS; band++) {
        uint64_t floor = history_heat_band_floor_ns(band), top = history_heat_band_floor_ns(band + 1);

        assert_int_equal(bands[band], hist_count_between(hist, floor, top));
        sum += bands[band];
    }
    assert_int_equal(sum, hist->count);
}

static void every_row_of_a_second_comes_back(void **state)
{
    struct history_row row;
    struct rig rig;

    (void)state;
    rig_init(&rig, 1);
    assert_int_equal(history_points(rig.history), 0);
    for (unsigned second = 0; second < 20; second++) {
        rig_clear(&rig);
        rig_record_some(&rig, second * 50); /* none in the first, then ever more */
        rig_append(&rig);
        assert_int_equal(history_points(rig.history), second + 1);
        for (uint32_t i = 0; i <= ROWS; i++)
            assert_row_is(rig.history, second, i, &rig.rows[i]);
        assert_true(history_row(rig.history, second, 0, &row));
        assert_int_equal(row.failed, second * 5);
    }
    assert_int_equal(rig.rows[7].count, 0);
    assert_false(history_row(rig.history, 20, 0, &row));
    assert_false(history_row(rig.history, 0, ROWS + 1, &row));
    rig_release(&rig);
}

static void the_point_of_a_second_is_stored_as_given(void **state)
{
    struct history_point got, want;
    struct rig rig;

    (void)state;
    rig_init(&rig, 1);
    for (uint64_t second = 0; second < 30; second++)
        rig_append(&rig);
    for (uint64_t second = 0; second < 30; second++) {
        want = point_of(second);
        assert_true(history_point(rig.history, second, &got));
        assert_int_equal(got.at_ns, want.at_ns);
        assert_int_equal(got.seconds, 1);
        assert_int_equal(got.planned, want.planned);
        assert_int_equal(got.started, want.started);
        assert_int_equal(got.completed, want.completed);
        assert_int_equal(got.dropped, want.dropped);
        assert_int_equal(got.vus_busy, want.vus_busy);
        assert_int_equal(got.vus_allocated, want.vus_allocated);
        assert_int_equal(got.in_flight, want.in_flight);
        assert_int_equal(got.response_p95, want.response_p95);
        assert_int_equal(got.lag_p99, want.lag_p99);
        assert_int_equal(got.verdict_codes, want.verdict_codes);
        assert_int_equal(got.is_paused, want.is_paused);
        assert_int_equal(got.is_late, want.is_late);
    }
    assert_false(history_point(rig.history, 30, &got));
    rig_release(&rig);
}

static void heat_counts_each_request_in_its_band_once(void **state)
{
    uint32_t bands[HISTORY_HEAT_BANDS];
    struct rig rig;

    (void)state;
    rig_init(&rig, 2);
    for (unsigned second = 0; second < 10; second++) {
        rig_clear(&rig);
        rig_record_some(&rig, 5000);
        for (unsigned i = 0; i < 70000 && second == 0; i++) /* far more than a byte or two can count */
            rig_record(&rig, 3, 2000000);
        rig_record(&rig, 4, 0);
        rig_record(&rig, 4, 30 * SECOND_NS);
        rig_append(&rig);
        for (uint32_t row = 0; row <= HISTORY_HEAT_ROWS; row++)
            assert_heat_is(rig.history, second, row, &rig.rows[row]);
    }
    assert_false(history_heat(rig.history, 0, HISTORY_HEAT_ROWS + 1, bands));
    assert_false(history_heat(rig.history, 10, 0, bands));
    rig_release(&rig);
}

static void assert_merge_is(const struct history *history, size_t from, size_t to, const struct hist *hist)
{
    struct history_quantiles got;
    struct snap_trend want;

    history_merge(history, from, to, &got);
    hist_trend(hist, &want);
    assert_int_equal(got.count, want.count);
    assert_int_equal(got.min_ns, want.min_ns);
    assert_int_equal(got.max_ns, want.max_ns);
    assert_int_equal(got.p50_ns, want.p50_ns);
    assert_int_equal(got.p90_ns, want.p90_ns);
    assert_int_equal(got.p95_ns, want.p95_ns);
    assert_int_equal(got.p99_ns, want.p99_ns);
}

static void merging_points_equals_one_histogram_over_them(void **state)
{
    static const size_t ranges[][2] = { { 0, 60 }, { 0, 1 }, { 59, 60 }, { 17, 43 }, { 30, 1000 } };
    struct hist parts[5];
    struct history_quantiles got;
    struct rig rig;

    (void)state;
    rig_init(&rig, 3);
    for (size_t r = 0; r < 5; r++)
        hist_init(&parts[r], HIST_COARSE_BITS, rig.pool);
    for (size_t second = 0; second < 60; second++) {
        rig_clear(&rig);
        rig_record_some(&rig, second % 7 == 5 ? 0 : 1 + random_below(&rig.random, 800));
        rig_append(&rig);
        for (size_t r = 0; r < 5; r++)
            if (second >= ranges[r][0] && second < ranges[r][1])
                hist_merge(&parts[r], &rig.rows[0]);
    }
    for (size_t r = 0; r < 5; r++) {
        assert_merge_is(rig.history, ranges[r][0], ranges[r][1], &parts[r]);
        hist_release(&parts[r]);
    }
    history_merge(rig.history, 5, 6, &got); /* a second without requests */
    assert_int_equal(got.count, 0);
    assert_true(got.min_ns == UINT64_MAX && got.max_ns == UINT64_MAX && got.p50_ns == UINT64_MAX && got.p99_ns == UINT64_MAX);
    history_merge(rig.history, 9, 9, &got);
    assert_int_equal(got.count, 0);
    rig_release(&rig);
}

static void after_an_hour_ten_seconds_make_one_record(void **state)
{
    struct hist sums[ROWS + 1];
    struct history_point point;
    struct history_row row;
    struct rig rig;

    (void)state;
    rig_init(&rig, 4);
    for (uint32_t i = 0; i <= ROWS; i++)
        hist_init(&sums[i], HIST_COARSE_BITS, rig.pool);
    rig_append_seconds(&rig, ONE_SECOND_RECORDS, 5000000);
    assert_int_equal(history_points(rig.history), ONE_SECOND_RECORDS);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(history_points(rig.history), ONE_SECOND_RECORDS);
        rig_clear(&rig);
        rig_record_some(&rig, 300);
        rig_append(&rig);
        for (uint32_t r = 0; r <= ROWS; r++)
            hist_merge(&sums[r], &rig.rows[r]);
    }
    assert_int_equal(history_points(rig.history), ONE_SECOND_RECORDS + 1);
    assert_true(history_point(rig.history, ONE_SECOND_RECORDS, &point));
    assert_int_equal(point.at_ns, ONE_SECOND_RECORDS * SECOND_NS);
    assert_int_equal(point.seconds, 10);
    assert_int_equal(point.planned, 1000);
    assert_int_equal(point.started, 900);
    assert_int_equal(point.completed, 800);
    assert_int_equal(point.dropped, 100);
    assert_int_equal(point.vus_busy, ONE_SECOND_RECORDS + 9); /* at its end */
    assert_int_equal(point.response_p95, 1009);
    assert_int_equal(point.lag_p99, 2000);
    assert_int_equal(point.verdict_codes, 0x3ff);
    assert_false(point.is_paused);
    assert_true(point.is_late);
    for (uint32_t r = 0; r <= ROWS; r++)
        assert_row_is(rig.history, ONE_SECOND_RECORDS, r, &sums[r]);
    for (uint32_t r = 0; r <= HISTORY_HEAT_ROWS; r++)
        assert_heat_is(rig.history, ONE_SECOND_RECORDS, r, &sums[r]);
    assert_true(history_row(rig.history, ONE_SECOND_RECORDS, 0, &row));
    assert_int_equal(row.failed, 300);
    assert_merge_is(rig.history, ONE_SECOND_RECORDS, ONE_SECOND_RECORDS + 1, &sums[0]);

    for (unsigned i = 0; i < 10; i++) /* the ten after are paused, all of them, and begin anew */
        rig_append(&rig);
    assert_true(history_point(rig.history, ONE_SECOND_RECORDS + 1, &point));
    assert_true(point.is_paused);
    assert_int_equal(point.planned, 1000);
    for (uint32_t i = 0; i <= ROWS; i++)
        hist_release(&sums[i]);
    rig_release(&rig);
}

static void a_flush_publishes_the_seconds_there_are_and_only_once(void **state)
{
    struct history_point point;
    struct history_row row;
    struct rig rig;

    (void)state;
    rig_init(&rig, 5);
    history_flush(rig.history);
    assert_int_equal(history_points(rig.history), 0);
    rig_append_seconds(&rig, ONE_SECOND_RECORDS + 4, 5000000);
    assert_int_equal(history_points(rig.history), ONE_SECOND_RECORDS);
    history_flush(rig.history);
    assert_int_equal(history_points(rig.history), ONE_SECOND_RECORDS + 1);
    history_flush(rig.history);
    assert_int_equal(history_points(rig.history), ONE_SECOND_RECORDS + 1);
    assert_true(history_point(rig.history, ONE_SECOND_RECORDS, &point));
    assert_int_equal(point.seconds, 4);
    assert_true(history_row(rig.history, ONE_SECOND_RECORDS, 1, &row));
    assert_int_equal(row.count, 4);
    rig_release(&rig);
}

static void sum_points(const struct history *history, uint64_t *seconds, uint64_t *requests, uint64_t *kb)
{
    struct history_point point;
    struct history_row row;

    *seconds = *requests = *kb = 0;
    for (size_t i = 0; i < history_points(history); i++) {
        assert_true(history_point(history, i, &point));
        assert_true(history_row(history, i, 1, &row));
        assert_int_equal(point.at_ns, *seconds * SECOND_NS);
        *seconds += point.seconds;
        *requests += row.count;
        *kb += row.bytes_received_kb;
    }
}

static void after_the_last_record_nothing_is_lost_and_memory_stands_still(void **state)
{
    uint64_t seconds, requests, kb, far = LAST_SECOND + 100000;
    struct history_quantiles quantiles;
    struct history_point point;
    size_t bytes;
    struct rig rig;

    (void)state;
    rig_init(&rig, 6);
    rig_append_seconds(&rig, LAST_SECOND, 5000000);
    assert_int_equal(history_points(rig.history), ALL_RECORDS);
    bytes = history_bytes(rig.history);
    assert_true(bytes <= ALL_RECORDS * (size_t)256);
    rig_append_seconds(&rig, far, 9000000);
    assert_int_equal(history_points(rig.history), ALL_RECORDS);
    assert_true(history_point(rig.history, ALL_RECORDS - 1, &point));
    assert_true(point.seconds > 50000);
    assert_true(history_bytes(rig.history) < bytes + 32 * (size_t)256);
    history_flush(rig.history);
    sum_points(rig.history, &seconds, &requests, &kb);
    assert_int_equal(seconds, far);
    assert_int_equal(requests, far);
    assert_int_equal(kb, far / 4); /* 250 bytes a second: no record rounds them away */
    history_merge(rig.history, 0, ALL_RECORDS, &quantiles);
    assert_int_equal(quantiles.count, far);
    assert_int_equal(quantiles.min_ns, 5000000);
    assert_int_equal(quantiles.max_ns, 9000000);
    rig_release(&rig);
}

static void a_row_without_times_keeps_its_counts(void **state)
{
    struct history *history = history_new(2);
    struct history_row_input inputs[] = { { .row = 0, .count = 9, .failed = 9 }, { .row = 2, .count = 9, .failed = 9 } };
    struct history_point point = { .seconds = 1 };
    uint32_t bands[HISTORY_HEAT_BANDS];
    struct history_row row;

    (void)state;
    history_append(history, &point, inputs, 2);
    assert_true(history_row(history, 0, 2, &row));
    assert_int_equal(row.count, 9);
    assert_int_equal(row.failed, 9);
    assert_int_equal(row.p50 | row.p99 | row.max, 0);
    assert_true(history_heat(history, 0, 2, bands));
    for (unsigned i = 0; i < HISTORY_HEAT_BANDS; i++)
        assert_int_equal(bands[i], 0);
    history_drop(history);
}

static void a_held_history_outlives_its_writer(void **state)
{
    struct history_point point;
    struct rig rig;

    (void)state;
    rig_init(&rig, 1);
    rig_record(&rig, 1, 1000);
    rig_append(&rig);
    history_hold(rig.history);
    history_drop(rig.history);
    assert_true(history_point(rig.history, 0, &point));
    rig_release(&rig); /* the last reference: a leak or a second free shows under the address sanitizer */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_a_second_comes_back),
        cmocka_unit_test(the_point_of_a_second_is_stored_as_given),
        cmocka_unit_test(heat_counts_each_request_in_its_band_once),
        cmocka_unit_test(merging_points_equals_one_histogram_over_them),
        cmocka_unit_test(after_an_hour_ten_seconds_make_one_record),
        cmocka_unit_test(a_flush_publishes_the_seconds_there_are_and_only_once),
        cmocka_unit_test(after_the_last_record_nothing_is_lost_and_memory_stands_still),
        cmocka_unit_test(a_row_without_times_keeps_its_counts),
        cmocka_unit_test(a_held_history_outlives_its_writer),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
