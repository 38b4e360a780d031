/* units: what people write is read exactly or refused, and numbers are printed as the screens show them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "onager/units.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define DAY (86400 * NS_PER_S)

static void durations_are_read_exactly(void **state)
{
    static const struct {
        const char *text;
        enum bare_unit bare;
        uint64_t ns;
    } cases[] = {
        { "30s", BARE_SECONDS, 30 * NS_PER_S },
        { "500ms", BARE_SECONDS, 500 * NS_PER_MS },
        { "250us", BARE_SECONDS, 250 * NS_PER_US },
        { "250\xc2\xb5s", BARE_SECONDS, 250 * NS_PER_US }, /* micro sign */
        { "250\xce\xbcs", BARE_SECONDS, 250 * NS_PER_US }, /* Greek mu */
        { "7ns", BARE_SECONDS, 7 },
        { "1h2m3.5s", BARE_SECONDS, 3723500 * NS_PER_MS },
        { "1d", BARE_SECONDS, DAY },
        { "1.5d", BARE_SECONDS, DAY + DAY / 2 },
        { ".5s", BARE_SECONDS, 500 * NS_PER_MS },
        { "0.1s", BARE_SECONDS, 100 * NS_PER_MS },
        { "0.000000001s", BARE_SECONDS, 1 },
        { "0.3ms", BARE_SECONDS, 300 * NS_PER_US },
        { "1m30", BARE_SECONDS, UINT64_MAX },
        { "30", BARE_SECONDS, 30 * NS_PER_S },
        { "1.5", BARE_SECONDS, 1500 * NS_PER_MS },
        { "300", BARE_MILLISECONDS, 300 * NS_PER_MS },
        { "0.25", BARE_MILLISECONDS, 250 * NS_PER_US },
        { "30", BARE_FORBIDDEN, UINT64_MAX },
        { "0", BARE_SECONDS, 0 },
        { "0s", BARE_FORBIDDEN, 0 },
        { "36525d", BARE_SECONDS, 36525 * DAY },
        { "36525d1ns", BARE_SECONDS, UINT64_MAX },
        { "18446744073709551616ns", BARE_SECONDS, UINT64_MAX },
        { "99999999999999999999999999h", BARE_SECONDS, UINT64_MAX },
        { "18446744073709551615d", BARE_SECONDS, UINT64_MAX },
        { "1e309", BARE_SECONDS, UINT64_MAX },
        { "1e3", BARE_SECONDS, UINT64_MAX },
        { "-1s", BARE_SECONDS, UINT64_MAX },
        { "-0", BARE_SECONDS, UINT64_MAX },
        { "+1s", BARE_SECONDS, UINT64_MAX },
        { "nan", BARE_SECONDS, UINT64_MAX },
        { "inf", BARE_SECONDS, UINT64_MAX },
        { "0x10", BARE_SECONDS, UINT64_MAX },
        { "", BARE_SECONDS, UINT64_MAX },
        { " 1s", BARE_SECONDS, UINT64_MAX },
        { "1s ", BARE_SECONDS, UINT64_MAX },
        { "1 s", BARE_SECONDS, UINT64_MAX },
        { "s", BARE_SECONDS, UINT64_MAX },
        { ".", BARE_SECONDS, UINT64_MAX },
        { ".s", BARE_SECONDS, UINT64_MAX },
        { "1..5s", BARE_SECONDS, UINT64_MAX },
        { "1S", BARE_SECONDS, UINT64_MAX },
        { "1y", BARE_SECONDS, UINT64_MAX },
        { "{\"a\":1}", BARE_SECONDS, UINT64_MAX },
        { "0.0000000000000000000000000000000000000001d", BARE_SECONDS, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t ns = 42;
        bool is_read = units_parse_duration(cases[i].text, cases[i].bare, &ns);

        if (is_read != (cases[i].ns != UINT64_MAX) || (is_read && ns != cases[i].ns))
            fail_msg("\"%s\": read %d, %llu ns", cases[i].text, is_read, (unsigned long long)ns);
        if (!is_read)
            assert_int_equal(ns, 42); /* untouched */
    }
}

static void rates_are_read_exactly(void **state)
{
    static const struct {
        const char *text;
        uint64_t count, per_ns;
    } cases[] = {
        { "50", 50, NS_PER_S },
        { "50/s", 50, NS_PER_S },
        { "50/sec", 50, NS_PER_S },
        { "300/m", 300, 60 * NS_PER_S },
        { "300/min", 300, 60 * NS_PER_S },
        { "1/h", 1, 3600 * NS_PER_S },
        { "1/d", 1, DAY },
        { "10/500ms", 10, 500 * NS_PER_MS },
        { "10/1m30s", 10, 90 * NS_PER_S },
        { "1_000/s", 1000, NS_PER_S },
        { "100k/s", 100000, NS_PER_S },
        { "0.5/s", 1, 2 * NS_PER_S },
        { "2.5/s", 5, 2 * NS_PER_S },
        { "1.5k", 1500, NS_PER_S },
        { "0.1/m", 1, 600 * NS_PER_S },
        { "0", 0, 0 },
        { "0.0/s", 0, 0 },
        { "fast", 0, 0 },
        { "", 0, 0 },
        { "/s", 0, 0 },
        { "50/", 0, 0 },
        { "50/0s", 0, 0 },
        { "50/10", 0, 0 },
        { "50/x", 0, 0 },
        { "50 /s", 0, 0 },
        { "-5/s", 0, 0 },
        { "1e9/s", 0, 0 },
        { "99999999999999999999/s", 0, 0 },
        { "18446744073709551615k/s", 0, 0 },
        { "0.000000001/36525d", 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rate rate = { 0 };
        bool is_read = units_parse_rate(cases[i].text, &rate);

        if (is_read != (cases[i].count != 0) || rate.count != cases[i].count || rate.per_ns != cases[i].per_ns)
            fail_msg(
                "\"%s\": read %d, %llu per %llu ns", cases[i].text, is_read, (unsigned long long)rate.count,
                (unsigned long long)rate.per_ns);
    }
}

struct number_case {
    const char *text;
    bool is_valid;
    uint64_t value;
};

static void check_numbers(const struct number_case *cases, size_t count, bool (*parse)(const char *, uint64_t *))
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 0;
        bool is_read = parse(cases[i].text, &value);

        if (is_read != cases[i].is_valid || (is_read && value != cases[i].value))
            fail_msg("\"%s\": read %d, %llu", cases[i].text, is_read, (unsigned long long)value);
    }
}

static void counts_are_read_exactly(void **state)
{
    static const struct number_case cases[] = {
        { "0", true, 0 },
        { "1500", true, 1500 },
        { "1_500", true, 1500 },
        { "10k", true, 10000 },
        { "1.5k", true, 1500 },
        { "2M", true, 2000000 },
        { "18446744073709551615", true, UINT64_MAX },
        { "18446744073709551616", false, 0 },
        { "18446744073709551615k", false, 0 },
        { "1.5", false, 0 },
        { "1.0005k", false, 0 },
        { "1,500", false, 0 },
        { "_1", false, 0 },
        { "1_", false, 0 },
        { "1__0", false, 0 },
        { "-1", false, 0 },
        { "", false, 0 },
        { "10x", false, 0 },
        { "1e3", false, 0 },
        { "ten", false, 0 },
    };

    (void)state;
    check_numbers(cases, COUNT_OF(cases), units_parse_count);
}

static void byte_sizes_are_read_exactly(void **state)
{
    static const struct number_case cases[] = {
        { "0", true, 0 },
        { "512", true, 512 },
        { "512B", true, 512 },
        { "64k", true, 64000 },
        { "64kB", true, 64000 },
        { "64KiB", true, 65536 },
        { "10MB", true, 10000000 },
        { "10 MB", true, 10000000 },
        { "1MiB", true, 1048576 },
        { "1.5MiB", true, 1572864 },
        { "2GB", true, 2000000000 },
        { "10  MB", false, 0 },
        { "10 ", false, 0 },
        { "MB", false, 0 },
        { "0.5", false, 0 },
        { "-1", false, 0 },
        { "1mb", false, 0 },
        { "18446744073709551615KiB", false, 0 },
    };

    (void)state;
    check_numbers(cases, COUNT_OF(cases), units_parse_bytes);
}

static void durations_print_three_digits_and_never_a_thousand(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {
        { 0, "0ns" },
        { 84, "84ns" },
        { 999, "999ns" },
        { 1000, "1.00µs" },
        { 8400, "8.40µs" },
        { 9994, "9.99µs" },
        { 9995, "10.0µs" },
        { 84000, "84.0µs" },
        { 99949, "99.9µs" },
        { 99950, "100µs" },
        { 840000, "840µs" },
        { 999499, "999µs" },
        { 999500, "1.00ms" },
        { 8400000, "8.40ms" },
        { 8404999, "8.40ms" },
        { 8405000, "8.41ms" },
        { 84000000, "84.0ms" },
        { 840000000, "840ms" },
        { 999600000, "1.00s" },
        { 8400000000, "8.40s" },
        { 9999000000, "10.0s" },
        { 10 * NS_PER_S, "10.0s" },
        { 840 * NS_PER_S, "840s" },
        { 999499999999, "999s" },
        { 999500000000, "16.7m" },
        { 3600 * NS_PER_S, "60.0m" },
        { 60000 * NS_PER_S, "16.7h" },
        { 1000 * 3600 * NS_PER_S, "41.7d" },
        { UINT64_MAX - 1, "213504d" },
        { UINT64_MAX, "-" },
        /* as on the screens */
        { 1010000, "1.01ms" },
        { 3910000, "3.91ms" },
        { 17800000, "17.8ms" },
        { 99840000, "99.8ms" },
        { 308000000, "308ms" },
        { 638000000, "638ms" },
        { 1310000000, "1.31s" },
        { 2050000000, "2.05s" },
        { 3270000000, "3.27s" },
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(units_format_ns(out, sizeof out, cases[i].ns, true), cases[i].text);
    assert_string_equal(units_format_ns(out, sizeof out, 8400, false), "8.40us");
}

static void a_printed_latency_is_the_nearest_one_and_at_most_eight_columns(void **state)
{
    (void)state;
    /* every magnitude, just around each power of ten: reading it back is within half of the last digit */
    for (uint64_t base = 1000; base < 100 * DAY; base = base * 10 / 9 + 1) {
        char out[16];
        uint64_t back;
        double error;

        units_format_ns(out, sizeof out, base, false);
        assert_true(strlen(out) <= 8);
        assert_true(units_parse_duration(out, BARE_FORBIDDEN, &back));
        error = fabs((double)back - (double)base) / (double)base;
        assert_true(error <= 0.00501);
        assert_null(strstr(out, "1000"));
    }
}

static void milliseconds_without_a_unit_print_as_on_the_screens(void **state)
{
    char out[16];

    (void)state;
    assert_string_equal(units_format_ms(out, sizeof out, 0), "0");
    assert_string_equal(units_format_ms(out, sizeof out, 1), "0.01");
    assert_string_equal(units_format_ms(out, sizeof out, 20000), "0.02");
    assert_string_equal(units_format_ms(out, sizeof out, 90000), "0.09");
    assert_string_equal(units_format_ms(out, sizeof out, 1300000), "1.30");
    assert_string_equal(units_format_ms(out, sizeof out, 9995000), "10.0");
    assert_string_equal(units_format_ms(out, sizeof out, 31800000), "31.8");
    assert_string_equal(units_format_ms(out, sizeof out, 99950000), "100");
    assert_string_equal(units_format_ms(out, sizeof out, 305 * NS_PER_MS), "305");
    assert_string_equal(units_format_ms(out, sizeof out, 1024 * NS_PER_MS), "1,024");
    assert_string_equal(units_format_ms(out, sizeof out, UINT64_MAX), "-");
}

static void counts_print_with_groups_and_lose_digits_not_their_unit(void **state)
{
    static const struct {
        uint64_t count;
        int columns;
        const char *text;
    } cases[] = {
        { 108201, 7, "108,201" }, { 108201, 6, "108k" },  { 1080000, 8, "1.08M" },    { 1080000, 9, "1,080,000" },
        { 1080000, 4, "1.1M" },   { 1080000, 2, "1M" },   { 1080000, 1, "1M" },       { 999, 1, "999" },
        { 999499, 4, "999k" },    { 999500, 5, "1.00M" }, { 9996, 4, "10k" },         { 9996, 5, "9,996" },
        { 99960, 5, "100k" },     { 12345, 5, "12.3k" },  { 12345, 3, "12k" },        { 0, 1, "0" },
        { 9950000, 4, "10M" },    { 9949999, 4, "9.9M" }, { UINT64_MAX, 5, "18.4E" },
    };
    char out[32];

    (void)state;
    assert_string_equal(units_format_count(out, sizeof out, 0), "0");
    assert_string_equal(units_format_count(out, sizeof out, 999), "999");
    assert_string_equal(units_format_count(out, sizeof out, 1058), "1,058");
    assert_string_equal(units_format_count(out, sizeof out, 108201), "108,201");
    assert_string_equal(units_format_count(out, sizeof out, UINT64_MAX), "18,446,744,073,709,551,615");
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(units_format_count_short(out, sizeof out, cases[i].count, cases[i].columns), cases[i].text);
}

static void percentages_never_round_to_none_or_all(void **state)
{
    static const struct {
        uint64_t part, whole;
        const char *text;
    } cases[] = {
        { 0, 1, "0 %" },
        { 1, 1, "100 %" },
        { 0, 0, "-" },
        { 49, 108201, "0.05 %" },
        { 1, 1000000, "<0.01 %" },
        { 999999, 1000000, "99.99 %" },
        { 35, 1342, "2.61 %" },
        { 9994, 100000, "9.99 %" },
        { 9995, 100000, "10.0 %" },
        { 958, 1000, "95.8 %" },
        { 34, 100, "34.0 %" },
        { 9894, 10000, "98.9 %" },
        { 9895, 10000, "98.95 %" },
        { 9982, 10000, "99.82 %" },
        { 9996, 10000, "99.96 %" },
        { UINT64_MAX, UINT64_MAX, "100 %" },
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(units_format_percent(out, sizeof out, cases[i].part, cases[i].whole), cases[i].text);
    assert_string_equal(units_format_ratio(out, sizeof out, 0.0273), "2.73 %");
    assert_string_equal(units_format_ratio(out, sizeof out, 0.0), "0 %");
    assert_string_equal(units_format_ratio(out, sizeof out, 1.5), "150 %");
    assert_string_equal(units_format_ratio(out, sizeof out, -0.024), "-2.40 %");
    assert_string_equal(units_format_ratio(out, sizeof out, (double)NAN), "-");
    assert_string_equal(units_format_ratio(out, sizeof out, 1e300), ">10^12");
}

static void bytes_print_in_base_1000(void **state)
{
    static const struct {
        double bytes;
        const char *text;
    } cases[] = {
        { 0, "0 B" },          { 840, "840 B" },      { 999.6, "1.00 kB" },    { 1240, "1.24 kB" },
        { 96000, "96 kB" },    { 736000, "736 kB" },  { 999600, "1.00 MB" },   { 1240000, "1.24 MB" },
        { 9996000, "10 MB" },  { 17000000, "17 MB" }, { 124000000, "124 MB" }, { 5e8, "500 MB" },
        { 2.5e12, "2.50 TB" }, { -1, "-" },
    };
    char out[32];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(units_format_bytes(out, sizeof out, cases[i].bytes), cases[i].text);
}

static void rates_print_as_on_the_screens(void **state)
{
    static const struct {
        double rate;
        const char *text, *column;
    } cases[] = {
        { 0, "0", "0.0" },         { 0.5, "0.5", "0.5" },     { 0.042, "0.04", "0.0" },     { 0.001, "0.01", "0.0" },
        { 8.1, "8.1", "8.1" },     { 11.2, "11.2", "11.2" },  { 50, "50", "50.0" },         { 99.96, "100", "100.0" },
        { 124.8, "125", "124.8" }, { 633.7, "634", "633.7" }, { 1058, "1,058", "1,058.0" }, { -1, "-", "-" },
    };
    char out[32];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_string_equal(units_format_rate(out, sizeof out, cases[i].rate), cases[i].text);
        assert_string_equal(units_format_rate_column(out, sizeof out, cases[i].rate), cases[i].column);
    }
}

static void clocks_and_durations_print_as_people_write_them(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {
        { 0, "0s" },
        { 30 * NS_PER_S, "30s" },
        { 60 * NS_PER_S, "1m0s" },
        { 210 * NS_PER_S, "3m30s" },
        { 210100 * NS_PER_MS, "3m30.1s" },
        { 1500 * NS_PER_MS, "1.5s" },
        { 500 * NS_PER_MS, "500ms" },
        { 250 * NS_PER_US, "250us" },
        { 1500, "1.5us" },
        { 7, "7ns" },
        { 3600 * NS_PER_S, "1h0m0s" },
        { DAY, "24h0m0s" },
    };
    char out[32];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t back;

        assert_string_equal(units_format_duration(out, sizeof out, cases[i].ns), cases[i].text);
        assert_true(units_parse_duration(out, BARE_FORBIDDEN, &back));
        assert_int_equal(back, cases[i].ns);
    }
    assert_string_equal(units_format_clock(out, sizeof out, 134 * NS_PER_S + 999), "02:14");
    assert_string_equal(units_format_clock(out, sizeof out, 0), "00:00");
    assert_string_equal(units_format_clock(out, sizeof out, 3599 * NS_PER_S), "59:59");
    assert_string_equal(units_format_clock(out, sizeof out, 3661 * NS_PER_S), "1:01:01");
    assert_string_equal(units_format_clock(out, sizeof out, 30 * 3600 * NS_PER_S), "30:00:00");
}

static void a_percentile_needs_ten_samples_beyond_it(void **state)
{
    (void)state;
    assert_int_equal(units_support(10000, 0.999), SUPPORT_FULL);
    assert_int_equal(units_support(9999, 0.999), SUPPORT_FEW);
    assert_int_equal(units_support(1000, 0.999), SUPPORT_FEW);
    assert_int_equal(units_support(999, 0.999), SUPPORT_NONE);
    assert_int_equal(units_support(1500, 0.99), SUPPORT_FULL);
    assert_int_equal(units_support(200, 0.95), SUPPORT_FULL);
    assert_int_equal(units_support(199, 0.95), SUPPORT_FEW);
    assert_int_equal(units_support(0, 0.5), SUPPORT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read_exactly),
        cmocka_unit_test(rates_are_read_exactly),
        cmocka_unit_test(counts_are_read_exactly),
        cmocka_unit_test(byte_sizes_are_read_exactly),
        cmocka_unit_test(durations_print_three_digits_and_never_a_thousand),
        cmocka_unit_test(a_printed_latency_is_the_nearest_one_and_at_most_eight_columns),
        cmocka_unit_test(milliseconds_without_a_unit_print_as_on_the_screens),
        cmocka_unit_test(counts_print_with_groups_and_lose_digits_not_their_unit),
        cmocka_unit_test(percentages_never_round_to_none_or_all),
        cmocka_unit_test(bytes_print_in_base_1000),
        cmocka_unit_test(rates_print_as_on_the_screens),
        cmocka_unit_test(clocks_and_durations_print_as_people_write_them),
        cmocka_unit_test(a_percentile_needs_ten_samples_beyond_it),
    };
    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
