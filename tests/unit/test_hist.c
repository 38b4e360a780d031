/* hist: a million random values against the sorted truth; merging, subtracting, pages. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "mem.h"
#include "random.h"

#define VALUES 1000000
#define LEAST_NS 1000ULL

static uint64_t *values; /* random, log-uniform from 1 µs to 1 h */
static uint64_t *sorted;

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static int make_values(void **state)
{
    struct random random;

    (void)state;
    random_init(&random, 7, 0);
    values = mem_array(VALUES, sizeof *values);
    sorted = mem_array(VALUES, sizeof *sorted);
    for (size_t i = 0; i < VALUES; i++) {
        uint64_t octave = LEAST_NS << random_below(&random, 32);
        uint64_t value = octave + random_below(&random, octave);

        values[i] = value > HIST_MAX_NS ? HIST_MAX_NS : value;
    }
    memcpy(sorted, values, VALUES * sizeof *values);
    qsort(sorted, VALUES, sizeof *sorted, by_value);
    return 0;
}

static int free_values(void **state)
{
    (void)state;
    free(values);
    free(sorted);
    return 0;
}

static void record_some(struct hist *hist, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        hist_record(hist, values[i]);
}

static uint64_t bucket(const struct hist *hist, uint32_t index)
{
    const uint64_t *page = hist->pages[index / HIST_PAGE_BUCKETS];

    return page != NULL ? page[index % HIST_PAGE_BUCKETS] : 0;
}

static void assert_same_buckets(const struct hist *a, const struct hist *b)
{
    assert_int_equal(a->bits, b->bits);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->sum_ns, b->sum_ns);
    assert_int_equal(a->overflow, b->overflow);
    for (uint32_t i = 0; i < a->page_count * HIST_PAGE_BUCKETS; i++)
        if (bucket(a, i) != bucket(b, i))
            fail_msg("bucket %u: %llu and %llu", i, (unsigned long long)bucket(a, i), (unsigned long long)bucket(b, i));
}

static void assert_same(const struct hist *a, const struct hist *b)
{
    assert_same_buckets(a, b);
    assert_int_equal(a->min_ns, b->min_ns);
    assert_int_equal(a->max_ns, b->max_ns);
}

static uint64_t truth(double q)
{
    size_t rank = (size_t)ceil(q * VALUES);

    return sorted[(rank > 0 ? rank : 1) - 1];
}

static void check_quantiles(unsigned bits)
{
    static const double quantiles[] = { 0.0001, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999 };
    struct hist_pool *pool = hist_pool_new(0);
    double bound = ldexp(1, -(int)bits);
    struct snap_trend trend;
    uint64_t sum = 0;
    struct hist hist;

    hist_init(&hist, bits, pool);
    record_some(&hist, 0, VALUES);
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        double want = (double)truth(quantiles[i]), got = (double)hist_quantile(&hist, quantiles[i]);

        if (fabs(got - want) > want * bound)
            fail_msg("%u bits, quantile %g: %g, not %g", bits, quantiles[i], got, want);
    }
    for (size_t i = 0; i < VALUES; i++)
        sum += values[i];
    assert_int_equal(hist.count, VALUES);
    assert_int_equal(hist.sum_ns, sum);
    assert_int_equal(hist_quantile(&hist, 0), sorted[0]);
    assert_int_equal(hist_quantile(&hist, 1), sorted[VALUES - 1]);

    hist_trend(&hist, &trend);
    assert_int_equal(trend.count, VALUES);
    assert_int_equal(trend.min_ns, sorted[0]);
    assert_int_equal(trend.max_ns, sorted[VALUES - 1]);
    assert_int_equal(trend.mean_ns, sum / VALUES);
    assert_int_equal(trend.p50_ns, hist_quantile(&hist, 0.5));
    assert_int_equal(trend.p90_ns, hist_quantile(&hist, 0.9));
    assert_int_equal(trend.p95_ns, hist_quantile(&hist, 0.95));
    assert_int_equal(trend.p99_ns, hist_quantile(&hist, 0.99));
    assert_int_equal(trend.p999_ns, hist_quantile(&hist, 0.999));
    hist_release(&hist);
    hist_pool_free(pool);
}

static void quantiles_of_the_fine_one_are_within_a_thousandth(void **state)
{
    (void)state;
    check_quantiles(HIST_FINE_BITS);
}

static void quantiles_of_the_coarse_one_are_within_eight_thousandths(void **state)
{
    (void)state;
    check_quantiles(HIST_COARSE_BITS);
}

/* Any sample, however small: nothing may lie outside [min, max] or decrease. */
static void quantiles_never_decrease_and_stay_between_min_and_max(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct random random;
    struct hist hist;

    (void)state;
    random_init(&random, 8, 0);
    hist_init(&hist, HIST_COARSE_BITS, pool);
    for (int round = 0; round < 2000; round++) {
        size_t from = random_below(&random, VALUES - 64), count = 1 + random_below(&random, 63);
        struct snap_trend t;
        uint64_t last;

        hist_clear(&hist);
        record_some(&hist, from, from + count);
        hist_trend(&hist, &t);
        assert_true(t.min_ns <= t.p50_ns && t.p50_ns <= t.p90_ns && t.p90_ns <= t.p95_ns && t.p95_ns <= t.p99_ns);
        assert_true(t.p99_ns <= t.p999_ns && t.p999_ns <= t.max_ns);
        last = t.min_ns;
        for (int i = 0; i <= 100; i++) {
            uint64_t value = hist_quantile(&hist, i / 100.0);

            assert_true(value >= last && value <= t.max_ns);
            last = value;
        }
    }
    hist_release(&hist);
    hist_pool_free(pool);
}

static void every_bucket_begins_where_the_one_before_ended(void **state)
{
    static const unsigned all_bits[] = { HIST_FINE_BITS, HIST_COARSE_BITS };

    (void)state;
    for (size_t b = 0; b < 2; b++) {
        unsigned bits = all_bits[b];

        assert_int_equal(hist_bucket_floor(bits, 0), 0);
        for (uint32_t i = 0; i <= hist_index(bits, HIST_MAX_NS); i++) {
            uint64_t floor = hist_bucket_floor(bits, i), top = hist_bucket_top(bits, i);

            assert_int_equal(hist_index(bits, floor), i);
            assert_int_equal(hist_index(bits, top), i);
            assert_int_equal(hist_bucket_floor(bits, i + 1), top + 1);
            assert_true((double)(top - floor) <= (double)floor * ldexp(1, -(int)bits) || top == floor);
        }
    }
}

static void merging_equals_recording_all_in_one(void **state)
{
    struct hist_pool *pool = hist_pool_new(0), *other_pool = hist_pool_new(0);
    struct hist a, b, all;

    (void)state;
    hist_init(&a, HIST_FINE_BITS, pool);
    hist_init(&b, HIST_FINE_BITS, other_pool);
    hist_init(&all, HIST_FINE_BITS, pool);
    record_some(&a, 0, VALUES / 3);
    record_some(&b, VALUES / 3, VALUES);
    hist_record(&b, HIST_MAX_NS + 1);
    record_some(&all, 0, VALUES);
    hist_record(&all, HIST_MAX_NS + 1);
    hist_merge(&a, &b);
    assert_same(&a, &all);
    hist_clear(&b);
    hist_merge(&a, &b); /* an empty one changes nothing */
    assert_same(&a, &all);
    hist_release(&a);
    hist_release(&b);
    hist_release(&all);
    hist_pool_free(pool);
    hist_pool_free(other_pool);
}

static void fine_into_coarse_equals_recording_coarse(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct hist fine, coarse, direct;

    (void)state;
    hist_init(&fine, HIST_FINE_BITS, pool);
    hist_init(&coarse, HIST_COARSE_BITS, pool);
    hist_init(&direct, HIST_COARSE_BITS, pool);
    record_some(&fine, 0, VALUES);
    record_some(&direct, 0, VALUES);
    for (uint64_t ns = 0; ns < 3000; ns++) {
        hist_record(&fine, ns);
        hist_record(&direct, ns);
    }
    hist_merge(&coarse, &fine);
    assert_same(&coarse, &direct);
    hist_release(&fine);
    hist_release(&coarse);
    hist_release(&direct);
    hist_pool_free(pool);
}

static void subtracting_leaves_what_was_there_before(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct hist window, old, rest;

    (void)state;
    hist_init(&window, HIST_COARSE_BITS, pool);
    hist_init(&old, HIST_COARSE_BITS, pool);
    hist_init(&rest, HIST_COARSE_BITS, pool);
    record_some(&old, 0, 5000);
    hist_record(&old, 1);
    hist_record(&old, HIST_MAX_NS * 2);
    record_some(&rest, 5000, 5050);
    hist_merge(&window, &old);
    hist_merge(&window, &rest);
    hist_subtract(&window, &old);
    assert_same_buckets(&window, &rest);
    /* min and max are known to their bucket only */
    assert_int_equal(window.min_ns, hist_bucket_floor(HIST_COARSE_BITS, hist_index(HIST_COARSE_BITS, rest.min_ns)));
    assert_int_equal(window.max_ns, hist_bucket_top(HIST_COARSE_BITS, hist_index(HIST_COARSE_BITS, rest.max_ns)));
    hist_subtract(&window, &rest);
    assert_int_equal(window.count, 0);
    assert_int_equal(window.sum_ns, 0);
    assert_int_equal(hist_quantile(&window, 0.5), UINT64_MAX);
    hist_record(&window, 5000);
    assert_int_equal(window.min_ns, 5000);
    assert_int_equal(window.max_ns, 5000);
    hist_release(&window);
    hist_release(&old);
    hist_release(&rest);
    hist_pool_free(pool);
}

static void values_over_an_hour_are_counted_apart_and_keep_their_maximum(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct hist hist;

    (void)state;
    hist_init(&hist, HIST_FINE_BITS, pool);
    hist_record(&hist, HIST_MAX_NS);
    assert_int_equal(hist.overflow, 0);
    hist_record(&hist, HIST_MAX_NS + 1);
    hist_record(&hist, 5 * HIST_MAX_NS);
    assert_int_equal(hist.overflow, 2);
    assert_int_equal(hist.count, 3);
    assert_int_equal(hist.max_ns, 5 * HIST_MAX_NS);
    assert_int_equal(hist_quantile(&hist, 1), 5 * HIST_MAX_NS);
    assert_int_equal(bucket(&hist, hist_index(HIST_FINE_BITS, HIST_MAX_NS)), 3);
    hist_release(&hist);
    hist_pool_free(pool);
}

static void an_empty_one_has_no_quantile(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct snap_trend trend;
    struct hist hist;

    (void)state;
    hist_init(&hist, HIST_FINE_BITS, pool);
    assert_int_equal(hist_quantile(&hist, 0), UINT64_MAX);
    assert_int_equal(hist_quantile(&hist, 0.5), UINT64_MAX);
    hist_trend(&hist, &trend);
    assert_int_equal(trend.count, 0);
    assert_true(trend.min_ns == SNAP_NONE && trend.p50_ns == SNAP_NONE && trend.max_ns == SNAP_NONE && trend.mean_ns == SNAP_NONE);
    hist_record(&hist, 0);
    assert_int_equal(hist_quantile(&hist, 0.5), 0);
    hist_release(&hist);
    hist_pool_free(pool);
}

static void a_quantile_is_the_least_value_that_so_many_do_not_exceed(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct hist hist;

    (void)state;
    hist_init(&hist, HIST_COARSE_BITS, pool);
    for (uint64_t ns = 10; ns <= 30; ns += 10)
        hist_record(&hist, ns);
    assert_int_equal(hist_quantile(&hist, 0.33), 10);
    assert_int_equal(hist_quantile(&hist, 0.34), 20);
    assert_int_equal(hist_quantile(&hist, 0.5), 20);
    assert_int_equal(hist_quantile(&hist, 0.66), 20);
    assert_int_equal(hist_quantile(&hist, 0.67), 30);
    hist_release(&hist);
    hist_pool_free(pool);
}

static void counts_between_bounds_add_up_to_all(void **state)
{
    static const uint64_t edges[] = { 0, 1000, 1000000, 250000000, 9000000000, UINT64_MAX };
    struct hist_pool *pool = hist_pool_new(0);
    struct hist hist;
    uint64_t sum = 0;

    (void)state;
    hist_init(&hist, HIST_FINE_BITS, pool);
    record_some(&hist, 0, VALUES);
    for (size_t i = 0; i + 1 < sizeof edges / sizeof edges[0]; i++)
        sum += hist_count_between(&hist, edges[i], edges[i + 1]);
    assert_int_equal(sum, VALUES);
    assert_int_equal(hist_count_between(&hist, 0, LEAST_NS / 2), 0);
    hist_release(&hist);
    hist_pool_free(pool);
}

static void a_reserved_pool_never_misses_and_gets_its_pages_back(void **state)
{
    struct hist_pool *pool = hist_pool_new(1);
    struct hist hist;

    (void)state;
    hist_init(&hist, HIST_FINE_BITS, pool);
    hist_pool_reserve(pool, hist.page_count);
    for (int round = 0; round < 3; round++) {
        record_some(&hist, 0, VALUES);
        assert_int_equal(hist_pool_misses(pool), 0);
        hist_clear(&hist);
        for (uint32_t p = 0; p < hist.page_count; p++)
            assert_null(hist.pages[p]);
    }
    hist_record(&hist, 77); /* recycled pages are empty */
    assert_int_equal(bucket(&hist, 77), 1);
    for (uint32_t i = 64; i < 128; i++)
        assert_int_equal(bucket(&hist, i), i == 77);
    hist_release(&hist);
    hist_pool_free(pool);
}

static void an_unreserved_pool_grows_and_counts_it(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct hist hist;

    (void)state;
    hist_init(&hist, HIST_FINE_BITS, pool);
    record_some(&hist, 0, VALUES);
    assert_int_equal(hist.count, VALUES);
    assert_true(hist_pool_misses(pool) > 0);
    hist_release(&hist);
    hist_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_of_the_fine_one_are_within_a_thousandth),
        cmocka_unit_test(quantiles_of_the_coarse_one_are_within_eight_thousandths),
        cmocka_unit_test(quantiles_never_decrease_and_stay_between_min_and_max),
        cmocka_unit_test(every_bucket_begins_where_the_one_before_ended),
        cmocka_unit_test(merging_equals_recording_all_in_one),
        cmocka_unit_test(fine_into_coarse_equals_recording_coarse),
        cmocka_unit_test(subtracting_leaves_what_was_there_before),
        cmocka_unit_test(values_over_an_hour_are_counted_apart_and_keep_their_maximum),
        cmocka_unit_test(an_empty_one_has_no_quantile),
        cmocka_unit_test(a_quantile_is_the_least_value_that_so_many_do_not_exceed),
        cmocka_unit_test(counts_between_bounds_add_up_to_all),
        cmocka_unit_test(a_reserved_pool_never_misses_and_gets_its_pages_back),
        cmocka_unit_test(an_unreserved_pool_grows_and_counts_it),
    };

    return cmocka_run_group_tests_name("hist", tests, make_values, free_values);
}
