/* What the screen is made of: columns, peaks and order from the model, numbers, themes and colours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "canvas.h"
#include "format.h"
#include "model.h"
#include "snapshot_fixture.h"

/* ---- Model ---- */

static void a_complete_column_never_changes_as_time_goes_on(void **state)
{
    struct fixture *f = fixture_new(FIXTURE_RUNNING);
    struct column before[10], after[10];
    struct history *history;
    struct model model;

    memcpy(&history, &f->snapshot.history, sizeof history);
    model_init(&model, true);
    fixture_history_limit(history, 100);
    model_take(&model, &f->snapshot);
    model_columns(&model, 3, 10, before);
    fixture_history_limit(history, 103);
    model_take(&model, &f->snapshot);
    model_columns(&model, 3, 10, after);
    for (int i = 1; i < 9; i++) { /* one column further left now; the newest was not complete */
        assert_int_equal(before[i].at_ns, after[i - 1].at_ns);
        assert_memory_equal(&before[i], &after[i - 1], sizeof before[i]);
    }
    assert_true(before[9].seconds == 1); /* second 99 alone */
    assert_true(after[9].seconds == 1);
    assert_true(after[8].seconds == 3);
    model_release(&model);
    fixture_free(f);
}

static void column_width_grows_with_the_run_up_to_what_shows_ninety_seconds(void **state)
{
    struct fixture *f = fixture_new(FIXTURE_RUNNING);
    struct model model;

    model_init(&model, true);
    model_take(&model, &f->snapshot);
    assert_int_equal(model_column_seconds(&model, 50), 3);
    assert_int_equal(model_column_seconds(&model, 31), 3);
    assert_int_equal(model_column_seconds(&model, 24), 4);
    assert_int_equal(model_column_seconds(&model, 16), 6);
    f->snapshot.at_ns = 40 * NS_PER_S;
    assert_int_equal(model_column_seconds(&model, 50), 1);
    f->snapshot.at_ns = 60 * NS_PER_S;
    assert_int_equal(model_column_seconds(&model, 50), 2);
    model_release(&model);
    fixture_free(f);
}

static void a_percentile_with_too_few_samples_reaches_back_and_is_dim(void **state)
{
    struct fixture *f = fixture_new(FIXTURE_RUNNING);
    struct column columns[44];
    struct history *history;
    struct model model;

    memcpy(&history, &f->snapshot.history, sizeof history);
    fixture_history_limit(history, 12); /* 5 to 22 requests a second */
    model_init(&model, true);
    model_take(&model, &f->snapshot);
    model_columns(&model, 1, 44, columns);
    assert_true(columns[31].seconds == 0); /* before the run: no data */
    assert_int_equal(columns[31].latency_ns[LATENCY_P50], SNAP_NONE);
    assert_int_equal(columns[32].count, 5);
    assert_int_not_equal(columns[32].latency_ns[LATENCY_P50], SNAP_NONE);
    assert_int_equal(columns[32].latency_ns[LATENCY_P99], SNAP_NONE); /* 5 samples, and nothing before them */
    assert_int_not_equal(columns[43].latency_ns[LATENCY_P99], SNAP_NONE);
    assert_true(columns[43].dim & 1u << LATENCY_P99);
    assert_false(columns[43].dim & 1u << LATENCY_P50);
    model_release(&model);
    fixture_free(f);
}

static void rows_are_sorted_by_p95_and_cut(void **state)
{
    struct fixture *f = fixture_new(FIXTURE_RUNNING);
    struct model model;
    size_t order[2];

    model_init(&model, true);
    model_take(&model, &f->snapshot);
    assert_int_equal(model_rows_sorted(&model, order, 2), 2);
    assert_string_equal(f->rows[order[0]].name, "pay");
    assert_string_equal(f->rows[order[1]].name, "login");
    model_release(&model);
    fixture_free(f);
}

static void a_new_run_forgets_peaks_and_totals_of_the_old_one(void **state)
{
    struct fixture *f = fixture_new(FIXTURE_RUNNING);
    struct snapshot again = f->snapshot;
    struct history *history;
    struct model model;

    memcpy(&history, &f->snapshot.history, sizeof history);
    model_init(&model, true);
    model_take(&model, &f->snapshot);
    assert_true(model.rate_peak.value == 1058);
    assert_int_equal(model.rate_peak.at_ns, 91 * NS_PER_S);
    again.run_number = 2;
    fixture_history_limit(history, 3);
    model_take(&model, &again);
    assert_true(model.rate_peak.value == 5);
    model_release(&model);
    fixture_free(f);
}

/* ---- Numbers ---- */

static void few_samples_put_a_tilde_before_a_percentile_and_too_few_a_dash(void **state)
{
    char text[FORMAT_SIZE];
    enum role role = ROLE_TEXT;

    assert_string_equal(format_quantile(text, 148000000, 1000, 0.99, true, &role), "148ms");
    assert_int_equal(role, ROLE_TEXT);
    assert_string_equal(format_quantile(text, 148000000, 999, 0.99, true, &role), "~148ms");
    assert_int_equal(role, ROLE_DIM);
    assert_string_equal(format_quantile(text, 148000000, 99, 0.99, true, &role), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_column_never_changes_as_time_goes_on),
        cmocka_unit_test(column_width_grows_with_the_run_up_to_what_shows_ninety_seconds),
        cmocka_unit_test(a_percentile_with_too_few_samples_reaches_back_and_is_dim),
        cmocka_unit_test(rows_are_sorted_by_p95_and_cut),
        cmocka_unit_test(a_new_run_forgets_peaks_and_totals_of_the_old_one),
        cmocka_unit_test(few_samples_put_a_tilde_before_a_percentile_and_too_few_a_dash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
