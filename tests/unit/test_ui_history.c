/* Numbers, not ink: the model over the real history with a trace whose values are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "heat.h"
#include "hist.h"
#include "history_write.h"
#include "model.h"

#define SECONDS 120

/* Second i has 10 + i requests: i % 10 of them fail and take 500 ms, the others 1 ms; every 7th second one more was planned. */
static struct history *trace_new(void)
{
    struct hist_pool *pool = hist_pool_new(64);
    struct history *history = history_new(1);

    for (uint32_t i = 0; i < SECONDS; i++) {
        struct history_point point = { .at_ns = i * NS_PER_S, .seconds = 1, .started = 10 + i, .vus_allocated = i / 10 };
        struct history_row_input inputs[2];
        struct hist hist;

        hist_init(&hist, HIST_COARSE_BITS, pool);
        for (uint32_t n = 0; n < 10 + i; n++)
            hist_record(&hist, n < i % 10 ? 500 * NS_PER_MS : NS_PER_MS);
        point.planned = point.started + (i % 7 == 0);
        inputs[0] = (struct history_row_input){ .row = 0, .count = 10 + i, .failed = i % 10, .duration = &hist };
        inputs[1] = inputs[0];
        inputs[1].row = 1;
        history_append(history, &point, inputs, 2);
        hist_release(&hist);
    }
    hist_pool_free(pool);
    return history;
}

static void columns_peaks_and_heat_equal_the_trace(void **state)
{
    struct history *history = trace_new();
    struct snapshot snapshot = { .run_number = 1, .at_ns = SECONDS * NS_PER_S, .history = history };
    struct column columns[40];
    uint64_t heat = 0, requests = 0, trend[4];
    struct model model;

    model_init(&model, true);
    assert_null(model_take(&model, &snapshot));
    assert_int_equal(model_column_seconds(&model, 40), 3);
    model_columns(&model, 3, 40, columns);
    for (int c = 0; c < 40; c++) {
        uint32_t first = (uint32_t)c * 3, count = 0, failed = 0, missing = 0;
        struct history_quantiles wanted;

        for (uint32_t i = first; i < first + 3; i++) {
            count += 10 + i;
            failed += i % 10;
            missing += i % 7 == 0;
        }
        assert_int_equal(columns[c].at_ns, first * NS_PER_S);
        assert_int_equal(columns[c].count, count);
        assert_int_equal(columns[c].failed, failed);
        assert_true(columns[c].rate == count / 3.0);
        assert_true(columns[c].missing == missing / 3.0);
        assert_int_equal(columns[c].vus, (first + 2) / 10);
        history_merge(history, first, first + 3, &wanted);
        assert_int_equal(columns[c].latency_ns[LATENCY_P50], wanted.p50_ns);
        assert_int_equal(columns[c].latency_ns[LATENCY_P95], wanted.p95_ns);
        assert_int_equal(columns[c].latency_ns[LATENCY_MAX], failed > 0 ? 500 * NS_PER_MS : NS_PER_MS);
        if (count >= 100)
            assert_int_equal(columns[c].latency_ns[LATENCY_P99], wanted.p99_ns);
        assert_int_equal(columns[c].dim >> LATENCY_P99 & 1, count < 100 && columns[c].latency_ns[LATENCY_P99] != SNAP_NONE);
        requests += count;
    }
    assert_true(model.rate_peak.value == 10 + SECONDS - 1);
    assert_int_equal(model.rate_peak.at_ns, (SECONDS - 1) * NS_PER_S);
    for (int band = 0; band < HISTORY_HEAT_BANDS; band++)
        heat += model.heat_total[band];
    assert_int_equal(heat, requests);
    model_row_trend(&model, 1, 30, 4, trend);
    for (int i = 0; i < 4; i++)
        assert_in_range(trend[i], NS_PER_MS, 510 * NS_PER_MS);
    model_row_trend(&model, 2, 30, 4, trend); /* no such row: no data */
    assert_int_equal(trend[3], SNAP_NONE);
    model_release(&model);
    history_drop(history);
}

static void after_an_hour_columns_are_multiples_of_ten_seconds(void **state)
{
    struct history *history = history_new(1);
    struct snapshot snapshot = { .run_number = 1, .at_ns = 3700 * NS_PER_S, .history = history };
    struct hist_pool *pool = hist_pool_new(4);
    struct column columns[50];
    struct model model;
    struct hist hist;

    hist_init(&hist, HIST_COARSE_BITS, pool);
    hist_record(&hist, NS_PER_MS);
    for (uint64_t i = 0; i < 3700; i++) {
        struct history_point point = { .at_ns = i * NS_PER_S, .seconds = 1, .planned = 1, .started = 1 };
        struct history_row_input input = { .row = 0, .count = 1, .duration = &hist };

        history_append(history, &point, &input, 1);
    }
    model_init(&model, true);
    model_take(&model, &snapshot);
    assert_int_equal(model_column_seconds(&model, 50), 10);
    model_columns(&model, 10, 50, columns);
    for (int i = 0; i < 50; i++) {
        assert_true(columns[i].seconds == 10);
        assert_int_equal(columns[i].count, 10);
        assert_true(columns[i].rate == 1);
    }
    model_release(&model);
    hist_release(&hist);
    hist_pool_free(pool);
    history_drop(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_peaks_and_heat_equal_the_trace),
        cmocka_unit_test(after_an_hour_columns_are_multiples_of_ten_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
