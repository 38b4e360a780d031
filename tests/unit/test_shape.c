/* shape: what chaos does to a load, over virtual days: hours, presets, spikes, noise, and the same answers every time. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chaos.h"
#include "fixed.h"
#include "shape.h"

#define DAY_CELLS (24 * 36000)
#define ONE 1000000.0
#define SPRING_DAY UINT64_C(1795219200) /* 2026-11-21 00:00:00 UTC */

static struct plan_chaos moderate(void)
{
    return chaos_preset(2);
}

static void set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

/* ---- fixed point ---- */

static void the_logarithm_and_the_exponential_agree_with_the_library(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t r = i * UINT64_C(0x9e3779b97f4a7c15) + i;
        double expected = -log(((double)r + 1) / 0x1p64);
        double x = (double)i / 4000;

        if (fabs((double)fixed_exponential(r) / 0x1p32 - expected) > 0x1p-28)
            fail_msg("ln of %llu", (unsigned long long)r);
        if (fabs((double)fixed_exp_minus((uint64_t)(x * 0x1p32)) / 0x1p32 - exp(-x)) > 0x1p-30)
            fail_msg("exp of -%f", x);
    }
    assert_int_equal(fixed_exponential(UINT64_MAX), 0);
    assert_int_equal(fixed_exp_minus(0), FIXED_ONE);
    assert_true(fixed_exponential(0) > 44 * FIXED_ONE && fixed_exponential(0) < 45 * FIXED_ONE);
}

/* ---- hours ---- */

static const char day_schedule[] = "9-17 x1.5; 22-5 x0.3; 12-13 x2 priority 5; 12 x9; 16 x1.25; 20 x0";

static double hour_factor(unsigned hour)
{
    static const double factors[24] = {
        0.3, 0.3, 0.3, 0.3, 0.3, 1, 1, 1, 1, 1.5, 1.5, 1.5, 2, 1.5, 1.5, 1.5, 1.25, 1, 1, 1, 0, 1, 0.3, 0.3
    };

    return factors[hour % 24];
}

static void check_day(const char *zone, int offset_s)
{
    struct chaos_complaint complaint;
    struct plan_chaos chaos = chaos_preset(0);
    /* the run begins in the middle of an hour */
    uint64_t start_s = SPRING_DAY + 1234;
    struct shape *shape;

    set_zone(zone);
    assert_true(chaos_parse_hours(&chaos, day_schedule, &complaint));
    shape = shape_new(&chaos, 1, start_s * NS_PER_S);
    for (uint64_t cell = 0; cell < DAY_CELLS; cell++) {
        uint64_t hour = (start_s + cell / 10 + (uint64_t)(24 * 3600 + offset_s)) / 3600 % 24;

        if (shape_factor_ppm(shape, cell) != (uint32_t)(hour_factor((unsigned)hour) * ONE))
            fail_msg(
                "%s: cell %llu, hour %llu: %u", zone, (unsigned long long)cell, (unsigned long long)hour, shape_factor_ppm(shape, cell));
    }
    shape_free(shape);
    free(chaos.hours);
}

static void a_virtual_day_has_the_factor_of_each_hour(void **state)
{
    (void)state;
    check_day("UTC", 0);
    check_day("ZZZ-5:45", 5 * 3600 + 45 * 60); /* such zones exist */
    check_day("ZZZ+8", -8 * 3600);
}

static void the_hour_that_daylight_saving_skips_is_skipped(void **state)
{
    struct chaos_complaint complaint;
    struct plan_chaos chaos = chaos_preset(0);
    struct shape *shape;

    (void)state;
    set_zone("AAA-1BBB,M3.5.0,M10.5.0/3"); /* central Europe */
    assert_true(chaos_parse_hours(&chaos, "1 x2; 2 x5; 3 x3", &complaint));
    shape = shape_new(&chaos, 1, UINT64_C(1774738800) * NS_PER_S); /* 2026-03-29 00:00 there */
    assert_int_equal(shape_factor_ppm(shape, 35999), 1000000);
    assert_int_equal(shape_factor_ppm(shape, 36000), 2000000);
    assert_int_equal(shape_factor_ppm(shape, 71999), 2000000);
    assert_int_equal(shape_factor_ppm(shape, 72000), 3000000);
    shape_free(shape);
    free(chaos.hours);
    set_zone("UTC");
}

static void a_pause_moves_the_hours_and_nothing_else(void **state)
{
    struct chaos_complaint complaint;
    struct plan_chaos chaos = moderate();
    struct shape *shape, *calm;

    (void)state;
    set_zone("UTC");
    calm = shape_new(&chaos, 7, SPRING_DAY * NS_PER_S);
    assert_true(chaos_parse_hours(&chaos, "1 x2; 2 x4", &complaint));
    shape = shape_new(&chaos, 7, SPRING_DAY * NS_PER_S);
    shape_was_paused(shape, 40000, 1800 * NS_PER_S);
    shape_was_paused(shape, 45000, 1800 * NS_PER_S);
    for (uint64_t cell = 0; cell < 90000; cell += 7) {
        uint64_t wall = cell + (cell >= 40000 ? 18000 : 0) + (cell >= 45000 ? 18000 : 0);
        struct shape_parts parts = shape_parts(shape, cell), still = shape_parts(calm, cell);

        assert_int_equal(parts.schedule_ppm, wall < 36000 || wall >= 108000 ? 1000000 : wall < 72000 ? 2000000 : 4000000);
        assert_int_equal(parts.spike_ppm, still.spike_ppm);
        assert_int_equal(parts.noise_ppm, still.noise_ppm);
    }
    shape_free(shape);
    shape_free(calm);
    free(chaos.hours);
}

/* ---- spikes ---- */

static void a_spike_rises_in_a_line_stays_and_falls_exponentially(void **state)
{
    struct plan_chaos chaos = moderate();
    struct shape *shape;
    uint64_t start = 0, cell = 0;

    (void)state;
    chaos.noise = CHAOS_NOISE_NONE;
    chaos.spike_ppm = 3000000;
    chaos.hold_ns = 2 * NS_PER_S;
    shape = shape_new(&chaos, 3, 0);
    while (shape_parts(shape, cell).spikes == 0)
        assert_int_equal(shape_factor_ppm(shape, cell++), 1000000);
    start = cell;
    for (; cell < start + 200; cell++) {
        double t = (double)(cell - start) / 10, factor = shape_factor_ppm(shape, cell) / ONE;
        /* the spike began somewhere in the first cell */
        double early = t < 5 ? 1 + 2 * t / 5 : t < 7 ? 3 : t < 17 ? 1 + 2 * exp(-3 * (t - 7) / 10) : 1;

        if (fabs(factor - early) > 0.1 + 2 * 0.05)
            fail_msg("%f s into the spike: %f, not %f", t, factor, early);
        if (t >= 5.2 && t < 6.9)
            assert_int_equal(shape_factor_ppm(shape, cell), 3000000);
    }
    shape_free(shape);
}

static void spikes_of_the_presets_come_as_often_as_they_say(void **state)
{
    (void)state;
    for (size_t preset = 1; preset < CHAOS_PRESETS; preset++) {
        struct plan_chaos chaos = chaos_preset(preset);
        double mean = 3600e6 / (double)chaos.spikes_per_hour_ppm, least = (double)chaos.min_interval_ns / 1e9;
        double most = (double)chaos.max_interval_ns / 1e9;
        /* mean of an exponential variate held between two bounds */
        double expected = least + mean * (exp(-least / mean) - exp(-most / mean)), days = 20;
        struct shape *shape = shape_new(&chaos, 42, 0);
        uint64_t spikes = 0, last = 0, begun = 0;

        for (uint64_t cell = 0; cell < (uint64_t)days * DAY_CELLS; cell += 10) {
            spikes = shape_parts(shape, cell).spikes;
            if (spikes == begun)
                continue;
            assert_int_equal(spikes, begun + 1);
            if (begun > 0 && ((double)(cell - last) / 10 < least - 1.1 || (double)(cell - last) / 10 > most + 1.1))
                fail_msg("%s: an interval of %f s", chaos_presets[preset], (double)(cell - last) / 10);
            begun = spikes;
            last = cell;
        }
        if (fabs((double)spikes * expected / (days * 86400) - 1) > 0.03)
            fail_msg("%s: %llu spikes in %f days", chaos_presets[preset], (unsigned long long)spikes, days);
        shape_free(shape);
    }
}

static void spikes_without_bounds_are_a_poisson_process(void **state)
{
    struct plan_chaos chaos = moderate();
    struct shape *shape;
    /* how many minutes have k spikes */
    double seen[4] = { 0 }, minutes = 60 * 24 * 10, mean = 1;
    uint64_t before = 0;

    (void)state;
    chaos.spikes_per_hour_ppm = 60000000;
    chaos.min_interval_ns = 0;
    chaos.max_interval_ns = UINT64_MAX;
    shape = shape_new(&chaos, 5, 0);
    for (uint64_t minute = 0; minute < (uint64_t)minutes; minute++) {
        uint64_t until = shape_parts(shape, minute * 600 + 599).spikes;

        if (until - before < 4)
            seen[until - before]++;
        before = until;
    }
    for (int k = 0; k < 4; k++) {
        double share = exp(-mean) / (k == 3 ? 6 : k == 2 ? 2 : 1);

        /* four standard deviations */
        if (fabs(seen[k] / minutes - share) > 4 * sqrt(share * (1 - share) / minutes))
            fail_msg("%d spikes in a minute: %f of all, not %f", k, seen[k] / minutes, share);
    }
    shape_free(shape);
}

static void a_preset_never_leaves_its_bounds_and_reaches_its_peak(void **state)
{
    (void)state;
    for (size_t preset = 1; preset < CHAOS_PRESETS; preset++) {
        struct plan_chaos chaos = chaos_preset(preset);
        struct shape *shape = shape_new(&chaos, 9, 0);
        uint32_t top = 0;
        double noise_sum = 0, noise_square = 0, amplitude = chaos.noise_ppm / ONE;

        for (uint64_t cell = 0; cell < DAY_CELLS; cell++) {
            struct shape_parts parts = shape_parts(shape, cell);
            double noise = parts.noise_ppm / ONE - 1;

            assert_true(parts.spike_ppm >= 1000000 && parts.spike_ppm <= chaos.spike_ppm);
            assert_true(fabs(noise) <= amplitude + 1e-6);
            top = parts.spike_ppm > top ? parts.spike_ppm : top;
            noise_sum += noise;
            noise_square += noise * noise;
        }
        assert_true(top > chaos.spike_ppm / 100 * 98);
        assert_true(fabs(noise_sum / DAY_CELLS) < amplitude / 20);
        assert_true(sqrt(noise_square / DAY_CELLS) > amplitude / 5);
        shape_free(shape);
    }
}

/* ---- noise ---- */

static void no_factor_is_above_the_most_that_chaos_may_do(void **state)
{
    struct chaos_complaint complaint;

    (void)state;
    assert_int_equal(plan_chaos_most_ppm(NULL), 1000000);
    for (size_t preset = 1; preset < CHAOS_PRESETS; preset++) {
        struct plan_chaos chaos = chaos_preset(preset);
        struct shape *shape;
        uint32_t top = 0;

        assert_true(chaos_parse_hours(&chaos, day_schedule, &complaint));
        shape = shape_new(&chaos, 17, 0);
        for (uint64_t cell = 0; cell < DAY_CELLS; cell++)
            top = shape_factor_ppm(shape, cell) > top ? shape_factor_ppm(shape, cell) : top;
        assert_true(top <= plan_chaos_most_ppm(&chaos));
        assert_true(top > plan_chaos_most_ppm(&chaos) / 9); /* x9 is never the one that counts */
        shape_free(shape);
        free(chaos.hours);
    }
}

static void gradient_noise_wanders_smoothly_within_its_bounds(void **state)
{
    struct plan_chaos chaos = chaos_preset(0);
    struct shape *shape;
    double before = 0, sum = 0, square = 0, largest = 0;

    (void)state;
    chaos.noise = CHAOS_NOISE_PERLIN;
    chaos.noise_ppm = 200000;
    shape = shape_new(&chaos, 11, 0);
    for (uint64_t cell = 0; cell < DAY_CELLS; cell++) {
        double noise = shape_factor_ppm(shape, cell) / ONE - 1;

        assert_true(fabs(noise) <= 0.2);
        if (cell > 0 && fabs(noise - before) > 0.03)
            fail_msg("a jump of %f at cell %llu", noise - before, (unsigned long long)cell);
        before = noise;
        sum += noise;
        square += noise * noise;
        largest = fabs(noise) > largest ? fabs(noise) : largest;
    }
    assert_true(fabs(sum / DAY_CELLS) < 0.005);
    assert_true(sqrt(square / DAY_CELLS) > 0.03);
    assert_true(largest > 0.1);
    shape_free(shape);
}

/* ---- the same answers ---- */

static void going_back_gives_the_same_answers(void **state)
{
    struct plan_chaos chaos = chaos_preset(3);
    struct shape *there = shape_new(&chaos, 123, 0), *back = shape_new(&chaos, 123, 0);
    uint32_t *all = malloc(36000 * sizeof *all);

    (void)state;
    for (uint64_t cell = 0; cell < 36000; cell++)
        all[cell] = shape_factor_ppm(there, cell);
    for (uint64_t cell = 36000; cell > 0; cell -= cell < 1237 ? cell : 1237)
        assert_int_equal(shape_factor_ppm(back, cell - 1), all[cell - 1]);
    assert_int_equal(shape_factor_ppm(back, 35000), all[35000]);
    assert_int_equal(shape_factor_ppm(back, 35000), all[35000]);
    assert_int_equal(shape_factor_ppm(back, 0), all[0]);
    free(all);
    shape_free(there);
    shape_free(back);
}

/* FNV-1a over a day; the number is the promise that a plan has the same shape on every machine and in every later version. */
static uint64_t fingerprint(const struct plan_chaos *chaos, uint64_t seed)
{
    struct shape *shape = shape_new(chaos, seed, 0);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (uint64_t cell = 0; cell < DAY_CELLS; cell++) {
        hash ^= shape_factor_ppm(shape, cell);
        hash *= UINT64_C(0x100000001b3);
    }
    shape_free(shape);
    return hash;
}

static void the_shape_of_a_seed_is_the_same_on_every_machine(void **state)
{
    struct plan_chaos chaos = chaos_preset(3), perlin = chaos_preset(1);

    (void)state;
    perlin.noise = CHAOS_NOISE_PERLIN;
    assert_int_equal(fingerprint(&chaos, 1), UINT64_C(0xec2f2d318d999b93));
    assert_int_equal(fingerprint(&perlin, 1), UINT64_C(0x07945bf7792d41af));
    assert_true(fingerprint(&chaos, 2) != fingerprint(&chaos, 1));
    assert_true(fingerprint(&chaos, shape_seed(1, 1)) != fingerprint(&chaos, shape_seed(1, 0)));
}

static void a_day_of_cells_is_cheap(void **state)
{
    struct plan_chaos chaos = chaos_preset(3);
    struct chaos_complaint complaint;
    struct timespec before, after;
    double seconds = 1;

    (void)state;
    assert_true(chaos_parse_hours(&chaos, day_schedule, &complaint));
    for (int noise = CHAOS_NOISE_SPRING; noise <= CHAOS_NOISE_PERLIN; noise++) {
        chaos.noise = (enum chaos_noise)noise;
        seconds = 1;
        for (int attempt = 0; attempt < 5 && seconds >= 0.1; attempt++) {
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
            (void)fingerprint(&chaos, 1);
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
            seconds = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
        }
        assert_true(seconds < 0.5); /* sanitizers included */
        print_message("a day with noise %d: %.1f ms\n", noise, seconds * 1e3);
    }
    free(chaos.hours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_logarithm_and_the_exponential_agree_with_the_library),
        cmocka_unit_test(a_virtual_day_has_the_factor_of_each_hour),
        cmocka_unit_test(the_hour_that_daylight_saving_skips_is_skipped),
        cmocka_unit_test(a_pause_moves_the_hours_and_nothing_else),
        cmocka_unit_test(a_spike_rises_in_a_line_stays_and_falls_exponentially),
        cmocka_unit_test(spikes_of_the_presets_come_as_often_as_they_say),
        cmocka_unit_test(spikes_without_bounds_are_a_poisson_process),
        cmocka_unit_test(a_preset_never_leaves_its_bounds_and_reaches_its_peak),
        cmocka_unit_test(no_factor_is_above_the_most_that_chaos_may_do),
        cmocka_unit_test(gradient_noise_wanders_smoothly_within_its_bounds),
        cmocka_unit_test(going_back_gives_the_same_answers),
        cmocka_unit_test(the_shape_of_a_seed_is_the_same_on_every_machine),
        cmocka_unit_test(a_day_of_cells_is_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
