/* history: the 16-bit codes of times and the edges of the heat bands. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>

#include "hist.h"
#include "onager/history.h"

static void check_code(uint64_t ns, uint16_t *last)
{
    uint16_t code = history_log_encode(ns);
    double got = (double)history_log_decode(code);

    if (code < *last || code == 0)
        fail_msg("%llu ns: code %u after %u", (unsigned long long)ns, code, *last);
    if (fabs(got - (double)ns) > (double)ns * 0.0005)
        fail_msg("%llu ns: %.0f", (unsigned long long)ns, got);
    *last = code;
}

static void a_time_survives_its_code_within_half_a_thousandth(void **state)
{
    uint16_t last = 1;
    uint64_t ns;

    (void)state;
    assert_int_equal(history_log_encode(0), 1);
    assert_int_equal(history_log_decode(1), 0);
    for (ns = 0; ns < 100000; ns++) /* one by one, then in steps of less than a code */
        check_code(ns, &last);
    for (; ns <= HIST_MAX_NS + HIST_MAX_NS / 5; ns += ns / 5000)
        check_code(ns, &last);
    check_code(HIST_MAX_NS, &(uint16_t){ 1 });
    assert_int_equal(history_log_encode(UINT64_MAX), UINT16_MAX);
    assert_true(history_log_encode(UINT64_MAX) >= last);
}

static void every_code_comes_back_from_its_time(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= UINT16_MAX; code++)
        assert_int_equal(history_log_encode(history_log_decode((uint16_t)code)), code);
}

static void bands_begin_at_ten_microseconds_and_are_eight_to_a_decade(void **state)
{
    (void)state;
    assert_int_equal(history_heat_band_floor_ns(0), 0);
    for (unsigned band = 1; band < HISTORY_HEAT_BANDS; band++) {
        double want = 10000 * pow(10, band / 8.0), got = (double)history_heat_band_floor_ns(band);

        if (fabs(got - want) > 1.0)
            fail_msg("band %u begins at %g, not %g", band, got, want);
    }
    assert_int_equal(history_heat_band_floor_ns(HISTORY_HEAT_BANDS), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_begin_at_ten_microseconds_and_are_eight_to_a_decade),
        cmocka_unit_test(a_time_survives_its_code_within_half_a_thousandth),
        cmocka_unit_test(every_code_comes_back_from_its_time),
    };

    return cmocka_run_group_tests_name("history codes", tests, NULL, NULL);
}
