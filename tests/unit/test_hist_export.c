/* The HdrHistogram export against a decoder of its own, written from the format alone: base64, zlib, counts, value ranges. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "hist.h"
#include "random.h"

#define HIGHEST_US 3600000000ULL
#define COUNTS_MAX 40000
#define PACKED_MAX (1 << 18)

static uint64_t decoded[COUNTS_MAX]; /* counts by index */
static size_t decoded_length;

static size_t unbase64(const char *text, unsigned char *out)
{
    size_t length = 0;
    uint32_t bits = 0;
    int held = 0;

    for (; *text != '\0' && *text != '='; text++) {
        char c = *text;
        uint32_t digit = 64;

        if (c >= 'A' && c <= 'Z')
            digit = (uint32_t)(c - 'A');
        else if (c >= 'a' && c <= 'z')
            digit = (uint32_t)(c - 'a') + 26;
        else if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0') + 52;
        else if (c == '+' || c == '/')
            digit = c == '+' ? 62 : 63;
        assert_true(digit < 64);
        bits = bits << 6 | digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[length++] = (unsigned char)(bits >> held);
            assert_true(length < PACKED_MAX);
        }
    }
    return length;
}

static uint64_t big_endian(const unsigned char *bytes, unsigned count)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void decode_counts(const unsigned char *at, const unsigned char *end)
{
    decoded_length = 0;
    memset(decoded, 0, sizeof decoded);
    while (at < end) {
        uint64_t zigzag = 0;
        unsigned shift = 0;
        int64_t value;

        do {
            assert_true(at < end && shift < 63);
            zigzag |= (uint64_t)(*at & 0x7f) << shift;
            shift += 7;
        } while ((*at++ & 0x80) != 0);
        value = (zigzag & 1) != 0 ? -(int64_t)(zigzag >> 1) - 1 : (int64_t)(zigzag >> 1);
        if (value < 0) {
            decoded_length += (size_t)-value;
        } else {
            assert_true(decoded_length < COUNTS_MAX);
            decoded[decoded_length++] = (uint64_t)value;
        }
        assert_true(decoded_length <= COUNTS_MAX);
    }
}

static void decode(const struct hist *hist)
{
    static unsigned char packed[PACKED_MAX], plain[PACKED_MAX];
    uLongf plain_length = sizeof plain;
    size_t packed_length;
    uint64_t ratio_bits;
    struct buf text;
    double ratio;

    buf_init(&text);
    hist_export_hdr(hist, &text);
    assert_int_equal(text.length % 4, 0);
    packed_length = unbase64(text.data, packed);
    buf_release(&text);
    /* bits 4 to 7 of a cookie tell the width of a count; readers mask them */
    assert_int_equal(big_endian(packed, 4) & ~0xf0ULL, 0x1c849304);
    assert_int_equal(big_endian(packed + 4, 4), packed_length - 8);
    assert_int_equal(uncompress(plain, &plain_length, packed + 8, packed_length - 8), Z_OK);
    assert_int_equal(big_endian(plain, 4) & ~0xf0ULL, 0x1c849303);
    assert_int_equal(big_endian(plain + 4, 4), plain_length - 40);
    assert_int_equal(big_endian(plain + 8, 4), 0);
    assert_int_equal(big_endian(plain + 12, 4), 3);
    assert_int_equal(big_endian(plain + 16, 8), 1);
    assert_int_equal(big_endian(plain + 24, 8), HIGHEST_US);
    ratio_bits = big_endian(plain + 32, 8);
    memcpy(&ratio, &ratio_bits, sizeof ratio);
    assert_true(ratio == 1.0);
    decode_counts(plain + 40, plain + plain_length);
}

/* Lowest value that counts at `index`: 2,048 values of width 1, then halves of 1,024 with the width doubling each time. */
static uint64_t index_value(size_t index)
{
    uint64_t width = 1, value = 2048;

    if (index < 2048)
        return index;
    for (index -= 2048, width = 2; index >= 1024; index -= 1024, width *= 2)
        value += 1024 * width;
    return value + index * width;
}

static uint64_t decoded_total(void)
{
    uint64_t total = 0;

    for (size_t i = 0; i < decoded_length; i++)
        total += decoded[i];
    return total;
}

static double decoded_quantile_us(double q)
{
    uint64_t rank = (uint64_t)ceil(q * (double)decoded_total()), seen = 0;

    for (size_t i = 0; i < decoded_length; i++) {
        seen += decoded[i];
        if (seen >= rank && seen > 0)
            return (double)(index_value(i) + index_value(i + 1) - 1) / 2;
    }
    fail_msg("no quantile");
    return 0;
}

static void check_roundtrip(unsigned bits)
{
    static const double quantiles[] = { 0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1 };
    struct hist_pool *pool = hist_pool_new(0);
    struct random random;
    struct hist hist;

    random_init(&random, 3, 0);
    hist_init(&hist, bits, pool);
    for (int i = 0; i < 300000; i++) {
        uint64_t octave = 20000ULL << random_below(&random, 25);

        hist_record(&hist, octave + random_below(&random, octave));
    }
    decode(&hist);
    assert_int_equal(decoded_total(), hist.count);
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        double want_us = (double)hist_quantile(&hist, quantiles[i]) / 1000, got_us = decoded_quantile_us(quantiles[i]);

        if (fabs(got_us - want_us) > want_us * 0.001 + 0.5)
            fail_msg("quantile %g: %g us, not %g", quantiles[i], got_us, want_us);
    }
    hist_release(&hist);
    hist_pool_free(pool);
}

static void another_reader_finds_the_same_counts_and_quantiles(void **state)
{
    (void)state;
    check_roundtrip(HIST_FINE_BITS);
    check_roundtrip(HIST_COARSE_BITS);
}

static void each_value_stands_at_its_microsecond(void **state)
{
    static const uint64_t us[] = { 0, 1, 2, 1023, 1024, 2047, 2048, 2049, 4095, 4096, 100000, 123456789, HIGHEST_US };
    struct hist_pool *pool = hist_pool_new(0);
    struct hist hist;

    (void)state;
    for (size_t i = 0; i < sizeof us / sizeof us[0]; i++) {
        size_t last;

        hist_init(&hist, HIST_FINE_BITS, pool);
        hist_record(&hist, us[i] * 1000);
        hist_record(&hist, us[i] * 1000);
        decode(&hist);
        assert_int_equal(decoded_total(), 2);
        last = decoded_length - 1;
        assert_int_equal(decoded[last], 2);
        assert_true(index_value(last) <= us[i] && us[i] < index_value(last + 1)); /* min and max are exact */
        hist_release(&hist);
    }
    hist_pool_free(pool);
}

static void an_empty_one_decodes_to_nothing(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct hist hist;

    (void)state;
    hist_init(&hist, HIST_FINE_BITS, pool);
    decode(&hist);
    assert_int_equal(decoded_total(), 0);
    assert_int_equal(decoded_length, 0);
    hist_release(&hist);
    hist_pool_free(pool);
}

static void values_over_an_hour_stand_at_the_highest_place(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct hist hist;

    (void)state;
    hist_init(&hist, HIST_FINE_BITS, pool);
    hist_record(&hist, 3 * HIST_MAX_NS);
    hist_record(&hist, 5000);
    decode(&hist);
    assert_int_equal(decoded_total(), 2);
    assert_int_equal(decoded[5], 1);
    assert_int_equal(decoded[decoded_length - 1], 1);
    assert_true(index_value(decoded_length - 1) <= HIGHEST_US && HIGHEST_US < index_value(decoded_length));
    hist_release(&hist);
    hist_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_reader_finds_the_same_counts_and_quantiles),
        cmocka_unit_test(each_value_stands_at_its_microsecond),
        cmocka_unit_test(an_empty_one_decodes_to_nothing),
        cmocka_unit_test(values_over_an_hour_stand_at_the_highest_place),
    };

    return cmocka_run_group_tests_name("hist export", tests, NULL, NULL);
}
