/* Thresholds: every metric and aggregate from known numbers, filters, operators, margins and display texts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>

#include "metrics_fixture.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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

/* ---- values ---- */

/* 10 s. shop/login: 90 times 10 ms, 10 times 100 ms; shop/list: 40 times 20 ms with a connect of 2 ms, 4 answers 503; api/pay: 50
 * times 40 ms, 5 refused, 3 timed out after the send with 20 ms; api/list: 2 interrupted. 100 iterations of shop with 1 ms lag, 3 dropped;
 * 50 of api. */
static void one_run(void)
{
    struct sample list = mx_sample(ROW_SHOP_LIST, MS(20)), cut_off = mx_sample(ROW_API_LIST, MS(500));

    list.phases[PHASE_CONNECTING] = MS(2);
    list.response_ns = MS(25);
    mx_record(&mx, ROW_SHOP_LOGIN, MS(10), 90);
    mx_record(&mx, ROW_SHOP_LOGIN, MS(100), 10);
    for (int i = 0; i < 40; i++)
        shard_record_request(mx.shard, &list);
    mx_record_status(&mx, ROW_SHOP_LIST, 503, 4);
    mx_record(&mx, ROW_API_PAY, MS(40), 50);
    mx_record_fault(&mx, ROW_API_PAY, FAULT_REFUSED, false, 5);
    mx_record_fault(&mx, ROW_API_PAY, FAULT_TIMEOUT_FIRST_BYTE, true, 3);
    cut_off.outcome = OUTCOME_INTERRUPTED;
    shard_record_request(mx.shard, &cut_off);
    shard_record_request(mx.shard, &cut_off);
    mx_iterate(&mx, MX_SHOP, MS(1), 100);
    mx_iterate(&mx, MX_API, 0, 50);
    shard_record_planned(mx.shard, MX_SHOP, 3);
    shard_record_dropped(mx.shard, MX_SHOP, DROP_NO_VU, 3);
    mx.gauges = (struct shard_gauges){ .vus_busy = 3, .vus_allocated = 8 };
    mx_hand_in(&mx, 0, 0);
    for (uint64_t i = 1; i < 40; i++)
        mx_hand_in(&mx, 0, i);
    mx_tick(&mx, 40);
    mx_finish(&mx, 40);
}

struct value_case {
    const char *metric, *filter;
    enum threshold_aggregate aggregate;
    double quantile;
    double wanted;
    uint64_t samples;
};

static const struct value_case values[] = {
    { "http_req_duration", "", AGG_MIN, 0, 10, 197 },
    { "http_req_duration", "", AGG_MAX, 0, 100, 197 },
    { "http_req_duration", "", AGG_AVG, 0, (900 + 1000 + 800 + 40 + 2000 + 60) / 197.0, 197 },
    { "http_req_duration", "", AGG_PERCENTILE, 0.5, 20, 197 },
    { "http_req_duration", "", AGG_COUNT, 0, 197, 197 },
    { "http_req_duration", "request:login", AGG_PERCENTILE, 0.9, 10, 100 },
    { "http_req_duration", "request:login", AGG_PERCENTILE, 0.99, 100, 100 },
    { "http_req_duration", "name:login", AGG_MAX, 0, 100, 100 },
    { "http_req_duration", "scenario:api", AGG_MAX, 0, 40, 53 },
    { "http_req_duration", "team:web", AGG_MAX, 0, 100, 144 },
    { "http_req_duration", "method:GET", AGG_MAX, 0, 20, 44 },
    { "http_req_duration", "url:http://h/", AGG_COUNT, 0, 197, 197 },
    { "http_req_duration", "group:", AGG_COUNT, 0, 197, 197 },
    { "http_req_duration", "status:503", AGG_MAX, 0, 10, 4 },
    { "http_req_duration", "status:200", AGG_COUNT, 0, 190, 190 },
    { "http_req_duration", "expected_response:true", AGG_COUNT, 0, 190, 190 },
    { "http_req_duration", "expected_response:false", AGG_MAX, 0, 20, 7 },
    { "http_req_duration", "error:timeout_first_byte", AGG_COUNT, 0, 3, 3 },
    { "http_req_waiting", "", AGG_MAX, 0, 100, 197 },
    { "http_req_connecting", "", AGG_PERCENTILE, 0.5, 0, 197 },
    { "http_req_connecting", "", AGG_MAX, 0, 2, 197 },
    { "http_req_connecting", "", AGG_AVG, 0, 80 / 197.0, 197 },
    { "http_req_connecting", "request:list", AGG_PERCENTILE, 0.5, 2, 44 },
    { "http_req_connecting", "request:list", AGG_MIN, 0, 0, 44 },
    { "http_req_response_time", "", AGG_MAX, 0, 25, 40 },
    { "http_req_response_time", "status:200", AGG_COUNT, 0, 40, 40 },
    { "http_req_failed", "", AGG_RATE, 0, 12 / 202.0, 202 },
    { "http_req_failed", "request:list", AGG_RATE, 0, 4 / 44.0, 44 },
    { "http_req_failed", "scenario:api", AGG_RATE, 0, 8 / 58.0, 58 },
    { "http_req_failed", "status:503", AGG_RATE, 0, 1, 4 },
    { "http_req_failed", "expected_response:true", AGG_RATE, 0, 0, 190 },
    { "http_reqs", "", AGG_COUNT, 0, 204, 204 },
    { "http_reqs", "", AGG_RATE, 0, 20.4, 204 },
    { "http_reqs", "request:login", AGG_RATE, 0, 10, 100 },
    { "http_reqs", "expected_response:true", AGG_COUNT, 0, 190, 190 },
    { "http_reqs", "status:404", AGG_COUNT, 0, 0, 0 },
    { "http_reqs", "error:refused", AGG_COUNT, 0, 5, 5 },
    { "data_sent", "", AGG_COUNT, 0, 20400, 20400 },
    { "data_received", "request:pay", AGG_RATE, 0, 5800, 58000 },
    { "iterations", "", AGG_COUNT, 0, 150, 150 },
    { "iterations", "scenario:api", AGG_COUNT, 0, 50, 50 },
    { "iterations", "team:web", AGG_RATE, 0, 10, 100 },
    { "iteration_duration", "", AGG_MAX, 0, 5, 150 },
    { "iteration_response_time", "", AGG_MAX, 0, 6, 100 },
    { "iteration_response_time", "scenario:shop", AGG_COUNT, 0, 100, 100 },
    { "schedule_lag", "", AGG_MAX, 0, 1, 100 },
    { "dropped_iterations", "", AGG_COUNT, 0, 3, 3 },
    { "dropped_iterations", "scenario:api", AGG_COUNT, 0, 0, 0 },
    { "vus", "", AGG_VALUE, 0, 3, 3 },
    { "vus_max", "", AGG_VALUE, 0, 8, 8 },
};

static void add_value_case(const struct value_case *from)
{
    struct plan_threshold *t = mx_threshold(&mx, from->metric, from->filter, "x<1e12");

    t->aggregate = from->aggregate;
    t->quantile = from->quantile;
    t->op = OP_LESS;
    t->limit = 1e12;
}

static void every_metric_and_aggregate_says_what_was_recorded(void **state)
{
    (void)state;
    for (size_t begin = 0; begin < COUNT_OF(values); begin += MX_THRESHOLDS) {
        size_t count = COUNT_OF(values) - begin < MX_THRESHOLDS ? COUNT_OF(values) - begin : MX_THRESHOLDS;

        for (size_t i = 0; i < count; i++)
            add_value_case(&values[begin + i]);
        mx_start(&mx, 1);
        one_run();
        for (size_t i = 0; i < count; i++) {
            const struct value_case *wanted = &values[begin + i];
            bool is_fine = strcmp(wanted->metric, "http_req_duration") == 0;

            if (!threshold(i)->has_value)
                fail_msg("%s{%s} has no value", wanted->metric, wanted->filter);
            assert_close(threshold(i)->value, wanted->wanted, is_fine ? 0.001 : 0.008);
            if (wanted->samples != threshold(i)->samples)
                fail_msg("%s{%s}: %llu samples", wanted->metric, wanted->filter, (unsigned long long)threshold(i)->samples);
        }
        mx_release(&mx);
        mx_plan(&mx);
    }
}

static void a_filtered_percentile_is_that_of_its_row(void **state)
{
    struct plan_threshold *t = mx_threshold(&mx, "http_req_duration", "request:login", "p(95)<500");

    (void)state;
    t->aggregate = AGG_PERCENTILE;
    t->quantile = 0.95;
    t->limit = 500;
    mx_start(&mx, 1);
    for (uint64_t i = 0; i < 1000; i++)
        mx_record(&mx, ROW_SHOP_LOGIN, 1000000 + i * 371237, 1);
    mx_hand_in(&mx, 0, 0);
    mx_finish(&mx, 1);
    /* two numbers of one thing on one screen are equal to the digit */
    assert_close(threshold(0)->value, (double)mx_fill(&mx)->rows[ROW_SHOP_LOGIN].duration.p95_ns / 1e6, 0);
}

static void operators_hold_as_they_are_read(void **state)
{
    static const struct {
        enum threshold_operator op;
        bool below, equal, above;
    } cases[] = { { OP_LESS, true, false, false },         { OP_LESS_EQUAL, true, true, false }, { OP_GREATER, false, false, true },
                  { OP_GREATER_EQUAL, false, true, true }, { OP_EQUAL, false, true, false },     { OP_NOT_EQUAL, true, false, true } };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct plan_threshold plan = { .op = cases[i].op, .limit = 5 };

        assert_int_equal(threshold_holds(&plan, 4), cases[i].below);
        assert_int_equal(threshold_holds(&plan, 5), cases[i].equal);
        assert_int_equal(threshold_holds(&plan, 6), cases[i].above);
    }
}

static void the_margin_is_the_share_to_spare(void **state)
{
    static const struct {
        enum threshold_operator op;
        enum metric_type type;
        double limit, value, wanted;
    } cases[] = {
        { OP_LESS, METRIC_TREND, 500, 99.8, 0.8004 },  { OP_LESS, METRIC_TREND, 500, 500, 0 },
        { OP_LESS, METRIC_TREND, 500, 750, -0.5 },     { OP_LESS, METRIC_RATE, 0.01, 0, 1 },
        { OP_LESS, METRIC_RATE, 0.01, 0.0021, 0.79 },  { OP_GREATER, METRIC_RATE, 0.99, 0.9973, 0.73 },
        { OP_GREATER, METRIC_RATE, 0.99, 0.98, -1 },   { OP_GREATER_EQUAL, METRIC_RATE, 1, 1, 1 },
        { OP_GREATER_EQUAL, METRIC_RATE, 1, 0.5, -1 }, { OP_GREATER, METRIC_COUNTER, 450, 495, 0.1 },
        { OP_LESS_EQUAL, METRIC_COUNTER, 0, 0, 1 },    { OP_LESS_EQUAL, METRIC_COUNTER, 0, 3, -1 },
        { OP_GREATER, METRIC_COUNTER, 0, 3, 1 },       { OP_GREATER, METRIC_COUNTER, 0, 0, -1 },
        { OP_EQUAL, METRIC_COUNTER, 5, 5, NAN },       { OP_NOT_EQUAL, METRIC_COUNTER, 5, 5, NAN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct plan_threshold plan = { .op = cases[i].op, .limit = cases[i].limit };
        double margin = threshold_margin(&plan, cases[i].type, cases[i].value);

        if (isnan(cases[i].wanted))
            assert_true(isnan(margin));
        else
            assert_close(margin, cases[i].wanted, 1e-6);
    }
}

static void tables_call_them_as_in_the_pictures(void **state)
{
    static const struct {
        const char *metric, *filter, *expression;
        enum threshold_aggregate aggregate;
        uint64_t over_s;
        const char *wanted;
    } cases[] = {
        { "http_req_duration", "", "p(95)<500", AGG_PERCENTILE, 0, "p(95)<500" },
        { "http_req_duration", "request:login", "p(99)<800", AGG_PERCENTILE, 0, "login p(99)<800" },
        { "http_req_failed", "", "rate<0.01", AGG_RATE, 30, "failed<0.01 in 30s" },
        { "checks", "", "rate>0.99", AGG_RATE, 0, "checks>0.99" },
        { "http_reqs", "", "rate>450", AGG_RATE, 0, "requests rate>450" },
        { "http_req_waiting", "", "avg<20", AGG_AVG, 120, "waiting avg<20 in 2m0s" },
        { "vus", "", "value<50", AGG_VALUE, 0, "vus<50" },
        { "dropped_iterations", "scenario:shop", "count==0", AGG_COUNT, 0, "shop dropped count==0" },
        { "http_req_failed", "status:503", "rate<0.1", AGG_RATE, 0, "503 failed<0.1" },
    };
    char window[96];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct plan_threshold *t = mx_threshold(&mx, cases[i].metric, cases[i].filter, cases[i].expression);

        t->aggregate = cases[i].aggregate;
        t->over_ns = SECONDS(cases[i].over_s);
        threshold_display(t, window, sizeof window);
        if (cases[i].over_s == 120)
            assert_non_null(strstr(window, "waiting avg<20 in 2m"));
        else
            assert_string_equal(window, cases[i].wanted);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_metric_and_aggregate_says_what_was_recorded),
        TEST(a_filtered_percentile_is_that_of_its_row),
        TEST(operators_hold_as_they_are_read),
        TEST(the_margin_is_the_share_to_spare),
        TEST(tables_call_them_as_in_the_pictures),
    };
    return cmocka_run_group_tests_name("threshold", tests, NULL, NULL);
}
