/* threshold_expr: both spellings mean the same, and what cannot be meant is refused at its place. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "onager/units.h"
#include "threshold_expr.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* "http_req_duration{request:login} p(95)<500 abort grace=10s; ..." */
static void describe(const struct threshold_list *list, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < list->count; i++) {
        const struct plan_threshold *item = &list->items[i];

        buf_addf(out, "%s%s", i > 0 ? "; " : "", item->metric);
        for (size_t j = 0; j < item->filter_count; j++)
            buf_addf(out, "%s%s:%s", j > 0 ? "," : "{", item->filter[j].name, item->filter[j].value);
        buf_addf(out, "%s %s", item->filter_count > 0 ? "}" : "", item->expression);
        if (item->over_ns > 0)
            buf_addf(out, " over=%us", (unsigned)(item->over_ns / NS_PER_S));
        buf_add_text(out, item->abort ? " abort" : "");
        if (item->grace_ns > 0)
            buf_addf(out, " grace=%us", (unsigned)(item->grace_ns / NS_PER_S));
        if (item->delay_ns > 0)
            buf_addf(out, " delay=%us", (unsigned)(item->delay_ns / NS_PER_S));
        buf_add_text(out, item->optional ? " optional" : "");
    }
}

static void lines_of_both_spellings_mean_the_same(void **state)
{
    static const char *const cases[][2] = {
        { "http_req_duration: p(95)<500", "http_req_duration p(95)<500" },
        { "http_req_duration{p95}: < 500ms", "http_req_duration p(95)<500" },
        { "http_req_duration : p95 < 0.5s", "http_req_duration p(95)<500" },
        { "http_req_duration: p(95)<500, p(99.9)<2s", "http_req_duration p(95)<500; http_req_duration p(99.9)<2000" },
        { "http_req_duration{request:login}: p(99)<800 abort grace=10s", "http_req_duration{request:login} p(99)<800 abort grace=10s" },
        { "http_req_duration{ request : login , scenario:a b }: avg<=1", "" },
        { "http_req_duration{ request: login , scenario:a b }: avg<=1", "http_req_duration{request:login,scenario:a b} avg<=1" },
        { "http_req_duration{p99.9,request:x}: <1s", "http_req_duration{request:x} p(99.9)<1000" },
        { "http_req_duration: med<1,min>=0.5,max!=3,avg==4", "http_req_duration p(50)<1; http_req_duration min>=0.5; "
                                                             "http_req_duration max!=3; http_req_duration avg==4" },
        { "http_req_duration: p(100)<1, p(0)>0", "http_req_duration max<1; http_req_duration min>0" },
        { "http_req_duration: p(95)===1,p(95)!==2", "http_req_duration p(95)==1; http_req_duration p(95)!=2" },
        { "p95<300ms", "http_req_duration p(95)<300" },
        { "p(95) < 300", "http_req_duration p(95)<300" },
        { "p95{request:login}<1s", "http_req_duration{request:login} p(95)<1000" },
        { "avg<1m", "http_req_duration avg<60000" },
        { "max<250us", "http_req_duration max<0.25" },
        { "failed<1%", "http_req_failed rate<0.01" },
        { "failed<0.01", "http_req_failed rate<0.01" },
        { "failed<2.3% over=30s", "http_req_failed rate<0.023 over=30s" },
        { "rate>450/s", "http_reqs rate>450" },
        { "rate>27000/m", "http_reqs rate>450" },
        { "rate>450", "http_reqs rate>450" },
        { "count>10k", "http_reqs count>10000" },
        { "dropped<1", "dropped_iterations count<1" },
        { "checks>99%", "checks rate>0.99" },
        { "checks>0.99 optional", "checks rate>0.99 optional" },
        { "checks: rate>0.99", "checks rate>0.99" },
        { "vus<100", "vus value<100" },
        { "iterations: count>1000, rate>5.5", "iterations count>1000; iterations rate>5.5" },
        { "data_received: rate<10MB/s", "data_received rate<10000000" },
        { "data_sent<1GiB", "data_sent count<1073741824" },
        { "p95<300ms, failed<1%", "http_req_duration p(95)<300; http_req_failed rate<0.01" },
        { "p95<300ms,p99<1s,max<2s", "http_req_duration p(95)<300; http_req_duration p(99)<1000; http_req_duration max<2000" },
        { "failed<1% abort grace=10s delay=5s over=4s optional", "http_req_failed rate<0.01 over=4s abort grace=10s delay=5s optional" },
        { "http_req_failed: rate<0.01\n  abort", "http_req_failed rate<0.01 abort" },
    };
    struct buf out;

    (void)state;
    buf_init(&out);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct threshold_list list = { 0 };
        struct threshold_problem problem = { 0 };
        bool is_good = threshold_parse_line(&list, cases[i][0], &problem);

        describe(&list, &out);
        if (is_good != (cases[i][1][0] != '\0'))
            fail_msg("\"%s\": %s", cases[i][0], is_good ? "was taken" : problem.text);
        if (is_good)
            assert_string_equal(out.data, cases[i][1]);
        threshold_list_release(&list);
    }
    buf_release(&out);
}

static void limits_are_the_nearest_doubles_in_the_metric_s_own_unit(void **state)
{
    struct threshold_list list = { 0 };
    struct threshold_problem problem;

    (void)state;
    assert_true(threshold_parse_line(&list, "failed<2.3%, failed<0.01, p99.9<1.5s, rate>90/m, checks>99.73%", &problem));
    assert_true(list.items[0].limit == 0.023);
    assert_true(list.items[1].limit == 0.01);
    assert_true(list.items[2].quantile == 0.999);
    assert_true(list.items[2].limit == 1500);
    assert_true(list.items[3].limit == 1.5);
    assert_true(list.items[4].limit == 0.9973);
    threshold_list_release(&list);
}

static void a_head_and_its_expressions_can_come_apart(void **state)
{
    struct threshold_list list = { 0 };
    struct threshold_problem problem;
    struct buf out;

    (void)state;
    buf_init(&out);
    assert_true(threshold_parse(&list, "http_req_duration{request:login}", "p(99)<800 abort grace=10s,\n max<3s", &problem));
    assert_true(threshold_parse(&list, "http_req_duration{p95}", "< 500ms", &problem));
    assert_true(threshold_parse(&list, "failed", "<1%", &problem));
    describe(&list, &out);
    assert_string_equal(
        out.data, "http_req_duration{request:login} p(99)<800 abort grace=10s; http_req_duration{request:login} max<3000; "
                  "http_req_duration p(95)<500; http_req_failed rate<0.01");
    /* a mistake leaves the list as it was */
    assert_false(threshold_parse(&list, "http_req_duration", "p(95)<500, p(99)<x", &problem));
    assert_int_equal(list.count, 4);
    threshold_list_release(&list);
    buf_release(&out);
}

static void mistakes_are_said_at_their_place(void **state)
{
    static const struct {
        const char *head, *expressions;
        bool is_in_head;
        size_t offset;
        const char *text;
    } cases[] = {
        { "http_req_durations", "p(95)<500", true, 0,
          "unknown metric \"http_req_durations\": did you mean \"http_req_duration\"? man onager-metrics lists all" },
        { "zebra", "p(95)<500", true, 0, "unknown metric \"zebra\": man onager-metrics lists all" },
        { "", "p(95)<500", true, 0, "expected a metric such as http_req_duration, or p95<300ms" },
        { "http_req_duration{request:login", "p(95)<500", true, 31, "expected \"}\"" },
        { "http_req_duration{request:}", "p(95)<500", true, 18, "the tag \"request\" has no value" },
        { "http_req_duration{:x}", "p(95)<500", true, 18, "a tag is a name such as request:login" },
        { "http_req_duration{}", "p(95)<500", true, 18, "expected tag:value or an aggregate in the braces" },
        { "http_req_duration{p95,p99}", "<500", true, 22, "a second aggregate" },
        { "http_req_duration{rate}", "<500", true, 0, "http_req_duration wants avg, min, med, max or p(95)" },
        { "http_req_duration x", "p(95)<500", true, 18, "expected \"{\" or nothing after the metric" },
        { "http_req_duration", "", false, 0, "expected an expression such as p(95)<500" },
        { "http_req_duration", "p(95)<500,", false, 10, "expected an expression such as p(95)<500" },
        { "http_req_duration", "<500", false, 0, "http_req_duration wants an aggregate: avg, min, med, max or p(95)" },
        { "http_req_duration", "rate<500", false, 0, "http_req_duration wants avg, min, med, max or p(95)" },
        { "http_req_failed", "p(95)<500", false, 0, "http_req_failed wants rate" },
        { "http_reqs", "avg<500", false, 0, "http_reqs wants count or rate" },
        { "vus", "max<500", false, 0, "vus wants value" },
        { "http_req_duration", "avgg<500", false, 0, "unknown aggregate \"avgg\": did you mean \"avg\"?" },
        { "http_req_duration", "zebra<500", false, 0, "unknown aggregate \"zebra\": count, rate, value, avg, min, med, max or p(95)" },
        { "http_req_duration", "p(101)<500", false, 0, "a percentile lies between 0 and 100" },
        { "http_req_duration", "p101<500", false, 0, "a percentile lies between 0 and 100" },
        { "http_req_duration", "p(x)<500", false, 2, "expected a percentile such as p(95)" },
        { "http_req_duration", "p(95<500", false, 4, "expected \")\" after the percentile" },
        { "http_req_duration", "p(95)=500", false, 5, "expected < <= > >= == or !=" },
        { "http_req_duration", "p(95)<fast", false, 6, "expected a time such as 500ms, got \"fast\"" },
        { "http_req_duration", "p(95)<-1", false, 6, "expected a time such as 500ms, got \"-1\"" },
        { "http_req_duration", "p(95)<1e309", false, 6, "expected a time such as 500ms, got \"1e309\"" },
        { "http_req_duration", "p(95)<1%", false, 6, "expected a time such as 500ms, got \"1%\"" },
        { "http_req_failed", "rate<5", false, 5, "expected a share from 0 to 1, or a percentage such as 1%, got \"5\"" },
        { "http_req_failed", "rate<101%", false, 5, "expected a share from 0 to 1, or a percentage such as 1%, got \"101%\"" },
        { "http_reqs", "rate>450/fortnight", false, 5, "expected a rate such as 450/s, got \"450/fortnight\"" },
        { "http_reqs", "count>5%", false, 6, "expected a number such as 1000, got \"5%\"" },
        { "data_sent", "count<1mb", false, 6, "expected a size such as 10MB, got \"1mb\"" },
        { "http_req_duration", "p(95)<500 abrt", false, 10, "unknown word \"abrt\" after the limit: did you mean \"abort\"?" },
        { "http_req_duration", "p(95)<500 zebra", false, 10,
          "unknown word \"zebra\" after the limit: over=30s, abort, grace=10s, delay=5s or optional" },
        { "http_req_duration", "p(95)<500 over=3s", false, 10, "over: a multiple of 2s, because thresholds are evaluated every 2s" },
        { "http_req_duration", "p(95)<500 over=x", false, 10, "over: expected a duration such as 10s, got \"x\"" },
        { "http_req_duration", "p(95)<500 grace=5s", false, 10, "grace and delay belong to abort" },
        { "http_req_duration", "p(95)<500 abort delay=0", false, 16, "delay: expected a duration such as 10s, got \"0\"" },
        { "http_req_duration{p95}", "p(95)<500", false, 0, "a second aggregate; the first is before the \":\"" },
        { "http_req_duration", "p(95)<500 !", false, 10, "expected \",\" or the end, got \"!\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct threshold_list list = { 0 };
        struct threshold_problem problem = { 0 };

        if (threshold_parse(&list, cases[i].head, cases[i].expressions, &problem))
            fail_msg("%s = %s was taken", cases[i].head, cases[i].expressions);
        if (strcmp(problem.text, cases[i].text) != 0 || problem.is_in_head != cases[i].is_in_head || problem.offset != cases[i].offset)
            fail_msg(
                "%s = %s: %s at %zu in the %s", cases[i].head, cases[i].expressions, problem.text, problem.offset,
                problem.is_in_head ? "head" : "expressions");
        assert_int_equal(list.count, 0);
        threshold_list_release(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_both_spellings_mean_the_same),
        cmocka_unit_test(limits_are_the_nearest_doubles_in_the_metric_s_own_unit),
        cmocka_unit_test(a_head_and_its_expressions_can_come_apart),
        cmocka_unit_test(mistakes_are_said_at_their_place),
    };
    return cmocka_run_group_tests_name("threshold_expr", tests, NULL, NULL);
}
