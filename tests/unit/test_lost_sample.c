/* A build that discards one sample on purpose: this program links a shard.c of its own, with ONAGER_TEST_DISCARD_SAMPLE. The
 * books alone would balance; only the account of the calls finds it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "metrics_fixture.h"

static void a_build_that_discards_one_sample_is_invalid(void **state)
{
    const struct snapshot *s;
    struct mx mx;

    (void)state;
    mx_plan(&mx);
    mx.plan.require_valid = true;
    mx_start(&mx, 1);
    mx_record(&mx, ROW_API_PAY, MS(10), 500);
    mx_hand_in(&mx, 0, 0);
    mx_finish(&mx, 1);
    s = mx_fill(&mx);
    assert_int_equal(s->all.requests.total, 499);
    assert_string_equal(s->books_text, "");
    assert_int_equal(s->verdict.level, VERDICT_INVALID);
    assert_string_equal(s->verdict.reasons[0].text, "worker 1 lost 1 sample");
    assert_int_equal(aggregate_exit_code(mx.aggregate), EXIT_INVALID);
    mx_release(&mx);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_build_that_discards_one_sample_is_invalid) };

    return cmocka_run_group_tests_name("lost sample", tests, NULL, NULL);
}
