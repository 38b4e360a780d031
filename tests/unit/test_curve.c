/* curve and arrivals on a virtual clock: every arrival and every VU where rational arithmetic says, for any split over workers.
 * The number of ticks is small by default; ONAGER_TICKS=10000000 makes it the long one (make bench-schedule). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arrivals.h"
#include "mem.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define S NS_PER_S

typedef schedule_wide wide;

static uint64_t ticks_wanted(void)
{
    const char *text = getenv("ONAGER_TICKS");

    return text != NULL ? strtoull(text, NULL, 10) : 1000000;
}

static struct plan plan_of(struct plan_scenario *scenario)
{
    scenario->rate.count = 0;
    for (size_t i = 0; i < scenario->stage_count; i++) {
        scenario->duration_ns += scenario->stages[i].duration_ns;
        if (scenario->stages[i].from > scenario->rate.count)
            scenario->rate.count = scenario->stages[i].from;
    }
    return (struct plan){ .scenarios = scenario, .scenario_count = 1, .seed = 1 };
}

/* ---- an oracle that shares nothing with the code: A(t) <= k < A(t + 1), compared as whole numbers ---- */

/* Parts of arrivals due before t, in units of 1 / (2 per_ns D), D being the length of the stage t lies in; *unit is that many. */
static wide due_before(const struct plan_scenario *scenario, uint64_t t, wide *unit)
{
    wide before = 0;

    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct plan_stage *stage = &scenario->stages[i];
        uint64_t x = t < stage->duration_ns ? t : stage->duration_ns;

        if (t <= stage->duration_ns) {
            wide own = (wide)2 * stage->from * stage->duration_ns * x;

            own += (wide)(stage->to > stage->from ? stage->to - stage->from : 0) * x * x;
            own -= (wide)(stage->from > stage->to ? stage->from - stage->to : 0) * x * x;
            *unit = (wide)2 * scenario->rate.per_ns * stage->duration_ns;
            return before * stage->duration_ns + own;
        }
        before += ((wide)stage->from + stage->to) * stage->duration_ns;
        t -= stage->duration_ns;
    }
    fail_msg("behind the end");
    return 0;
}

static void check_arrival(const struct plan_scenario *scenario, uint64_t k, uint64_t t)
{
    wide unit_here, unit_after, here = due_before(scenario, t, &unit_here);
    wide after = due_before(scenario, t + 1, &unit_after);

    if (here > unit_here * k || after <= unit_after * k)
        fail_msg("arrival %llu at %llu ns is not where it belongs", (unsigned long long)k, (unsigned long long)t);
}

/* `ticks` arrivals, then some more far on, then the last. */
static void check_curve(struct plan_scenario *scenario, uint64_t ticks)
{
    struct plan plan = plan_of(scenario);
    struct segment all = segment_of(0, 1);
    struct arrivals arrivals;
    uint64_t count = schedule_count(scenario), k = 0;

    arrivals_init(&arrivals, &plan, 0, &all, 0);
    for (; k < count && k < ticks; k++, arrivals_take(&arrivals))
        check_arrival(scenario, k, arrivals.next_ns);
    for (uint64_t step = (count - k) / 1000 + 1; k < count; k += step) {
        arrivals_jump(&arrivals, k);
        check_arrival(scenario, k, arrivals.next_ns);
    }
    arrivals_release(&arrivals);
    arrivals_init(&arrivals, &plan, 0, &all, 0);
    arrivals_jump(&arrivals, count - 1);
    assert_true(arrivals.next_ns < scenario->duration_ns);
    check_arrival(scenario, count - 1, arrivals.next_ns);
    arrivals_take(&arrivals);
    assert_true(arrivals.next_ns == UINT64_MAX);
    arrivals_release(&arrivals);
}

static struct plan_scenario ramping(struct plan_stage *stages, size_t count, uint64_t per_ns)
{
    return (struct plan_scenario){
        .executor = EXECUTOR_RAMPING_ARRIVAL_RATE, .rate = { 0, per_ns }, .stages = stages, .stage_count = count, .max_vus = 1
    };
}

static void the_arrivals_of_ramps_match_rational_arithmetic(void **state)
{
    static struct plan_stage up_and_down[] = { { 10 * S, 0, 50, 0 }, { 10 * S, 50, 0, 0 } };
    static struct plan_stage odd[] = { { 7 * S + 13, 3, 997, 0 }, { 1, 997, 997, 0 }, { 11 * S + 1, 997, 1, 0 }, { 3 * S, 1, 1, 0 } };
    static struct plan_stage pauses[] = { { 2 * S, 0, 0, 0 }, { S, 0, 100, 0 }, { 3 * S, 0, 0, 0 }, { S, 100, 0, 0 }, { S, 7, 7, 0 } };
    static struct plan_stage steep[] = { { 100 * NS_PER_MS, 0, 1000000, 0 }, { 333333333, 1000000, 2, 0 } };
    static struct plan_stage many[] = { { 1000 * S + 1, 0, 9973, 0 }, { 500 * S + 7, 9973, 10007, 0 }, { 1000 * S, 10007, 1, 0 } };
    static struct plan_stage slow[] = { { 86400 * S, 1, 5, 0 } };
    struct plan_scenario scenarios[] = {
        ramping(up_and_down, 2, S), ramping(odd, 4, S),         ramping(odd, 4, 60 * S), ramping(pauses, 5, S),
        ramping(steep, 2, S),       ramping(slow, 1, 3600 * S), ramping(many, 3, S),
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(scenarios); i++)
        check_curve(&scenarios[i], ticks_wanted());
}

static void a_day_of_ramps_ends_without_drift(void **state)
{
    static struct plan_stage day[] = { { 86400 * S, 0, 200000, 0 } };
    static struct plan_stage constant[] = { { 86400 * S, 100000, 100000, 0 } };
    static struct plan_stage thousand[1000];
    struct plan_scenario one = ramping(day, 1, S), even = ramping(constant, 1, S), many;

    (void)state;
    check_curve(&one, 1000);
    assert_int_equal(schedule_count(&one), 8640000000);
    check_curve(&even, 1000);
    /* a day in 1,000 odd pieces */
    for (size_t i = 0; i < COUNT_OF(thousand); i++)
        thousand[i] = (struct plan_stage){ 86 * S + 400 * NS_PER_MS, i % 7 * 40000, (i * 31) % 11 * 20000, 0 };
    many = ramping(thousand, COUNT_OF(thousand), S);
    check_curve(&many, 1000);
}

static void a_ramp_goes_up_and_really_down_to_nothing(void **state)
{
    static struct plan_stage stages[] = { { 10 * S, 0, 50, 0 }, { 10 * S, 50, 0, 0 } };
    struct plan_scenario scenario = ramping(stages, 2, S);
    struct plan plan = plan_of(&scenario);
    struct segment all = segment_of(0, 1);
    struct arrivals arrivals;
    unsigned per_second[20] = { 0 };

    (void)state;
    arrivals_init(&arrivals, &plan, 0, &all, 0);
    for (; arrivals.next_ns != UINT64_MAX; arrivals_take(&arrivals))
        per_second[arrivals.next_ns / S]++;
    for (unsigned s = 0; s < 10; s++) {
        /* the rate passes 5 s + 2.5 in the middle of each second; what lies in it is that, give or take a part of one */
        assert_true(per_second[s] == 5 * s + 2 || per_second[s] == 5 * s + 3);
        assert_true(per_second[19 - s] == 5 * s + 2 || per_second[19 - s] == 5 * s + 3);
    }
    arrivals_release(&arrivals);
}

/* ---- any split is the same schedule ---- */

#define UNION_MAX 100000

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

struct steer_step {
    uint64_t at_ns;
    struct steering steering;
};

/* All own arrivals, steered as the steps say; a step comes when no arrival before it is left. */
static size_t collect(
    const struct plan *plan, unsigned worker, unsigned workers, const struct steer_step *steps, size_t step_count, uint64_t *times)
{
    struct segment segment = segment_of(worker, workers);
    struct arrivals arrivals;
    size_t count = 0, step = 0;

    arrivals_init(&arrivals, plan, 0, &segment, 0);
    for (;;) {
        while (step < step_count && arrivals.next_ns >= steps[step].at_ns) {
            arrivals_steer(&arrivals, &steps[step].steering, steps[step].at_ns);
            step++;
        }
        if (arrivals.next_ns == UINT64_MAX)
            break;
        assert_true(count < UNION_MAX);
        times[count++] = arrivals.next_ns;
        arrivals_take(&arrivals);
    }
    arrivals_release(&arrivals);
    return count;
}

static void check_union(const struct plan *plan, const struct steer_step *steps, size_t step_count)
{
    static const unsigned splits[] = { 2, 3, 7 };
    static uint64_t single[UNION_MAX], together[UNION_MAX];
    size_t count = collect(plan, 0, 1, steps, step_count, single);

    assert_true(count > 100);
    for (size_t i = 1; i < count; i++)
        assert_true(single[i - 1] <= single[i]);
    for (size_t s = 0; s < COUNT_OF(splits); s++) {
        size_t sum = 0;

        for (unsigned w = 0; w < splits[s]; w++)
            sum += collect(plan, w, splits[s], steps, step_count, together + sum);
        qsort(together, sum, sizeof *together, by_time);
        assert_int_equal(sum, count);
        assert_memory_equal(together, single, count * sizeof *single);
    }
}

static struct steering factor(uint64_t ppm)
{
    struct steering steering = steering_none();

    steering.factor_ppm = ppm;
    return steering;
}

static struct steering fixed(uint64_t count, uint64_t per_ns)
{
    struct steering steering = steering_none();

    steering.is_fixed = true;
    steering.rate = (struct rate){ count, per_ns };
    return steering;
}

static void segments_together_are_the_single_plan_for_every_kind_of_arrivals(void **state)
{
    static struct plan_stage stages[] = { { 5 * S, 0, 900, 0 }, { 0, 900, 100, 77 }, { 4 * S + 1, 100, 1300, 0 }, { 3 * S, 1300, 0, 0 } };
    static struct plan_chaos chaos = { .spike_ppm = 3000000,
                                       .spikes_per_hour_ppm = 900 * UINT64_C(1000000),
                                       .max_interval_ns = UINT64_MAX,
                                       .rise_ns = S,
                                       .fall_ns = 2 * S,
                                       .noise = CHAOS_NOISE_PERLIN,
                                       .noise_ppm = 200000 };
    struct steer_step steps[] = {
        { 1234567890, factor(1100000) },          { 3 * S, fixed(777, S) },
        { 3 * S + 1, fixed(50, 70 * NS_PER_MS) }, { 4 * S, steering_none() },
        { 6100 * NS_PER_MS, factor(500000) },
    };

    (void)state;
    steps[3].steering.spike_ppm = 2500000;
    steps[3].steering.spike_end_ns = 4700 * NS_PER_MS;
    steps[4].steering.skipped_ns = S;
    for (int kind = ARRIVALS_EVEN; kind <= ARRIVALS_BURST; kind++)
        for (int with_chaos = 0; with_chaos < 2; with_chaos++) {
            struct plan_scenario scenario = ramping(stages, COUNT_OF(stages), S);
            struct plan plan = plan_of(&scenario);

            scenario.arrivals = (enum arrivals_kind)kind;
            scenario.burst = 10;
            scenario.chaos = with_chaos ? &chaos : NULL;
            check_union(&plan, NULL, 0);
            check_union(&plan, steps, COUNT_OF(steps));
        }
}

/* ---- steering ---- */

static void a_change_of_rate_has_no_gap_and_no_burst(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 1000, S }, .duration_ns = 10 * S, .max_vus = 1
    };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1 };
    static uint64_t times[UNION_MAX];

    (void)state;
    for (uint64_t at_ns = 3 * S; at_ns < 3 * S + 2 * NS_PER_MS; at_ns += 99991)
        for (uint64_t ppm = 100000; ppm <= 10000000; ppm = ppm * 3 / 2) {
            struct steer_step step = { at_ns, factor(ppm) };
            size_t count = collect(&plan, 0, 1, &step, 1, times), i = 0;
            uint64_t before_ns, after_ns = NS_PER_MS * 1000000 / ppm, done_ns, expected_ns;

            while (times[i] < at_ns)
                assert_int_equal(times[i], (uint64_t)i * NS_PER_MS), i++;
            /* the part of the period that was over stays over: (1 - done) of the new period is left, cut to a ns */
            before_ns = times[i - 1];
            done_ns = at_ns - before_ns;
            expected_ns = at_ns + (uint64_t)((wide)(NS_PER_MS - done_ns) * 1000000 / ppm);
            assert_int_equal(times[i], expected_ns);
            for (i++; i < count; i++)
                assert_true(times[i] - times[i - 1] == after_ns || times[i] - times[i - 1] == after_ns + 1);
            assert_true(scenario.duration_ns - times[count - 1] <= after_ns + 1);
        }
}

static void what_is_steered_back_is_as_it_was(void **state)
{
    struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 300, S }, .duration_ns = 10 * S, .max_vus = 1 };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1 };
    static uint64_t plain[UNION_MAX], steered[UNION_MAX];
    struct steer_step steps[] = { { S, fixed(600, S) }, { 2 * S, steering_none() } };
    size_t count = collect(&plan, 0, 1, NULL, 0, plain);

    (void)state;
    assert_int_equal(count, 3000);
    assert_int_equal(collect(&plan, 0, 1, steps, 2, steered), 3300);
    for (size_t i = 600; i < count; i++)
        assert_int_equal(steered[i + 300], plain[i]);
}

static void skipped_stages_come_sooner_and_the_end_too(void **state)
{
    static struct plan_stage stages[] = { { 10 * S, 10, 10, 0 }, { 0, 10, 10, 5 }, { 5 * S, 100, 100, 0 } };
    struct plan_scenario scenario = ramping(stages, 3, S);
    struct plan plan = plan_of(&scenario);
    struct steer_step step = { 4 * S, steering_none() };
    static uint64_t times[UNION_MAX];
    size_t count;

    (void)state;
    step.steering.skipped_ns = 6 * S;
    count = collect(&plan, 0, 1, &step, 1, times);
    assert_int_equal(count, 4 * 10 + 5 + 5 * 100);
    for (size_t i = 40; i < 46; i++)
        assert_int_equal(times[i], 4 * S);
    assert_int_equal(times[count - 1], 9 * S - 10 * NS_PER_MS);
}

static void a_hundred_thousand_changes_do_not_drift(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 7, S }, .duration_ns = 40000 * S, .max_vus = 1
    };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1 };
    struct segment all = segment_of(0, 1);
    struct arrivals arrivals;
    uint64_t k = 0;

    (void)state;
    arrivals_init(&arrivals, &plan, 0, &all, 0);
    for (uint64_t i = 1; i <= 100000; i++) {
        struct steering same = i % 2 == 0 ? steering_none() : fixed(7, S); /* nothing really changes */
        uint64_t at_ns = i * 333333337;

        for (; arrivals.next_ns < at_ns; k++, arrivals_take(&arrivals))
            assert_int_equal(arrivals.next_ns, schedule_constant_at(&scenario.rate, k));
        arrivals_steer(&arrivals, &same, at_ns);
    }
    assert_true(k > 230000);
    arrivals_release(&arrivals);
}

static void what_is_at_once_comes_at_its_instant_for_every_worker(void **state)
{
    static struct plan_stage stages[] = { { 0, 0, 0, 500 }, { 2 * S, 0, 0, 0 }, { 0, 0, 0, 30 }, { S, 0, 100, 0 }, { S, 100, 0, 0 } };
    struct plan_scenario scenario = ramping(stages, 5, S);
    struct plan plan = plan_of(&scenario);
    static uint64_t times[UNION_MAX];

    (void)state;
    assert_int_equal(collect(&plan, 0, 1, NULL, 0, times), 630);
    assert_int_equal(schedule_count(&scenario), 630);
    for (size_t i = 0; i < 530; i++)
        assert_int_equal(times[i], i < 500 ? 0 : 2 * S);
    assert_true(times[530] == 2 * S && times[531] > 2 * S);
    check_union(&plan, NULL, 0);
}

/* ---- chaos ---- */

static void chaos_multiplies_the_arrivals_of_every_cell(void **state)
{
    static struct plan_chaos chaos = { .spike_ppm = 4000000,
                                       .spikes_per_hour_ppm = 400 * UINT64_C(1000000),
                                       .max_interval_ns = UINT64_MAX,
                                       .rise_ns = S,
                                       .fall_ns = 3 * S,
                                       .noise = CHAOS_NOISE_SPRING,
                                       .noise_ppm = 100000 };
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 999, S }, .duration_ns = 600 * S, .max_vus = 1, .chaos = &chaos
    };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1, .seed = 5 };
    struct segment all = segment_of(0, 1);
    struct shape *shape = shape_new(&chaos, shape_seed(5, 0), 0);
    struct arrivals arrivals;
    wide due = 0; /* in 10^-7 arrivals: 999 x 0.1 x ppm / 10^6 */
    uint64_t k = 0;

    (void)state;
    arrivals_init(&arrivals, &plan, 0, &all, 0);
    for (uint64_t cell = 0; cell < 6000; cell++) {
        due += (wide)999 * shape_factor_ppm(shape, cell);
        for (; arrivals.next_ns < (cell + 1) * SHAPE_CELL_NS; k++)
            arrivals_take(&arrivals);
        /* ceil(A) have come by the end of the cell */
        assert_int_equal(k, (uint64_t)((due + 9999999) / 10000000));
    }
    assert_true(arrivals.next_ns == UINT64_MAX);
    arrivals_release(&arrivals);
    shape_free(shape);
}

/* ---- Poisson, bursts ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Largest distance of the sample's distribution from that of mean 1, times sqrt(n): over 1.63 with probability 0.01. */
static double kolmogorov_smirnov(double *gaps, size_t count)
{
    double worst = 0;

    qsort(gaps, count, sizeof *gaps, by_value);
    for (size_t i = 0; i < count; i++) {
        double wanted = 1 - exp(-gaps[i]), above = (double)(i + 1) / (double)count - wanted, below = wanted - (double)i / (double)count;

        worst = above > worst ? above : worst;
        worst = below > worst ? below : worst;
    }
    return worst * sqrt((double)count);
}

static void poisson_arrivals_pass_kolmogorov_smirnov_at_a_constant_rate_and_on_a_ramp(void **state)
{
    static double gaps[UNION_MAX];
    static uint64_t times[UNION_MAX];
    static struct plan_stage ramp[] = { { 20 * S, 0, 2000, 0 } };

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE,
                                          .rate = { 1000, S },
                                          .duration_ns = 20 * S,
                                          .max_vus = 1,
                                          .arrivals = ARRIVALS_POISSON };
        struct plan plan = { .scenarios = &scenario, .scenario_count = 1, .seed = seed };
        size_t count = collect(&plan, 0, 1, NULL, 0, times);

        assert_true(count > 19400 && count < 20600); /* 20,000 +- 4 sigma */
        for (size_t i = 0; i < count; i++)
            gaps[i] = (double)(times[i] - (i > 0 ? times[i - 1] : 0)) / 1e6;
        assert_true(kolmogorov_smirnov(gaps, count) < 1.63);
        scenario = ramping(ramp, 1, S);
        plan_of(&scenario);
        scenario.arrivals = ARRIVALS_POISSON;
        count = collect(&plan, 0, 1, NULL, 0, times);
        /* on the ramp A(t) = 50 t^2 turns time into that of rate 1 */
        for (size_t i = 0; i < count; i++) {
            double t = (double)times[i] / 1e9, before = i > 0 ? (double)times[i - 1] / 1e9 : 0;

            gaps[i] = 50 * (t - before) * (t + before);
        }
        assert_true(kolmogorov_smirnov(gaps, count) < 1.63);
    }
}

static void the_same_seed_is_the_same_schedule_and_another_is_another(void **state)
{
    static uint64_t first[UNION_MAX], second[UNION_MAX];
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 500, S }, .duration_ns = 20 * S, .max_vus = 1, .arrivals = ARRIVALS_POISSON
    };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1, .seed = 42 };
    size_t count = collect(&plan, 0, 1, NULL, 0, first);

    (void)state;
    assert_int_equal(collect(&plan, 0, 1, NULL, 0, second), count);
    assert_memory_equal(first, second, count * sizeof *first);
    plan.seed = 43;
    collect(&plan, 0, 1, NULL, 0, second);
    assert_memory_not_equal(first, second, count * sizeof *first);
}

static void bursts_come_together_and_the_mean_rate_stays(void **state)
{
    static uint64_t times[UNION_MAX];
    struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE,
                                      .rate = { 30, 2 * S },
                                      .duration_ns = 20 * S,
                                      .max_vus = 1,
                                      .arrivals = ARRIVALS_BURST,
                                      .burst = 30 };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1 };

    (void)state;
    assert_int_equal(collect(&plan, 0, 1, NULL, 0, times), 300);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(times[i], i / 30 * 2 * S);
}

/* ---- VUs ---- */

static void vus_change_at_the_instants_at_which_the_line_passes_whole_numbers(void **state)
{
    static struct plan_stage stages[] = { { 10 * S, 0, 7, 0 }, { 3 * S, 7, 7, 0 }, { 11 * S, 7, 2, 0 }, { 0, 2, 5, 0 }, { S, 5, 5, 0 } };
    struct plan_scenario scenario = { .executor = EXECUTOR_RAMPING_VUS, .stages = stages, .stage_count = 5 };
    struct plan plan = plan_of(&scenario);
    struct curve curve;

    (void)state;
    curve_init(&curve, &plan, 0, 0);
    for (uint64_t v = 1; v <= 7; v++) {
        uint64_t at_ns = (v * 10 * S + 6) / 7; /* 7 t / 10 s >= v */

        assert_int_equal(line_when_vus(&curve.here.line, v), at_ns < 10 * S ? at_ns : 10 * S);
        if (v < 7) {
            assert_int_equal(line_vus(&curve.here.line, at_ns), v);
            assert_int_equal(line_vus(&curve.here.line, at_ns - 1), v - 1);
        }
    }
    assert_true(curve_seek(&curve, 13 * S));
    assert_int_equal(line_vus(&curve.here.line, 0), 7);
    for (uint64_t v = 6; v >= 3; v--) {
        uint64_t x = ((7 - v) * 11 * S + 4) / 5; /* 7 - 5 x / 11 s <= v */

        assert_int_equal(line_when_vus(&curve.here.line, v), x);
        assert_int_equal(line_vus(&curve.here.line, x), v);
        assert_int_equal(line_vus(&curve.here.line, x - 1), v + 1);
    }
    assert_true(curve_seek(&curve, 24 * S));
    assert_int_equal(line_vus(&curve.here.line, 0), 5);
    assert_false(curve_seek(&curve, 25 * S));
    curve_release(&curve);
}

static void a_million_vus_come_and_go_where_rational_arithmetic_says(void **state)
{
    uint64_t ticks = ticks_wanted() / 10;

    (void)state;
    for (uint64_t k = 0; k < ticks; k += 1000) {
        uint64_t length_ns = S + k * 7919, rise = 1000 + k % 999001;
        struct plan_stage up = { length_ns, 3, 3 + rise, 0 }, down = { length_ns, 3 + rise, 3, 0 };
        struct line rising = line_of_stage(&up, 0, SCHEDULE_FACTOR_ONE, 1), falling = line_of_stage(&down, 0, SCHEDULE_FACTOR_ONE, 1);

        for (uint64_t i = 1; i <= 1000; i++) {
            uint64_t v = i * rise / 1001, x = line_when_vus(&rising, 3 + v), y = line_when_vus(&falling, 3 + rise - v);

            /* rise x / length >= v first holds at x, and so does the way down */
            assert_true((wide)rise * x >= (wide)v * length_ns && (x == 0 || (wide)rise * (x - 1) < (wide)v * length_ns));
            assert_true(x == y);
            assert_true(x == length_ns || line_vus(&rising, x) == 3 + v);
            assert_true(y == length_ns || line_vus(&falling, y) == 3 + rise - v);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_arrivals_of_ramps_match_rational_arithmetic),
        cmocka_unit_test(a_day_of_ramps_ends_without_drift),
        cmocka_unit_test(a_ramp_goes_up_and_really_down_to_nothing),
        cmocka_unit_test(segments_together_are_the_single_plan_for_every_kind_of_arrivals),
        cmocka_unit_test(a_change_of_rate_has_no_gap_and_no_burst),
        cmocka_unit_test(what_is_steered_back_is_as_it_was),
        cmocka_unit_test(skipped_stages_come_sooner_and_the_end_too),
        cmocka_unit_test(a_hundred_thousand_changes_do_not_drift),
        cmocka_unit_test(what_is_at_once_comes_at_its_instant_for_every_worker),
        cmocka_unit_test(chaos_multiplies_the_arrivals_of_every_cell),
        cmocka_unit_test(poisson_arrivals_pass_kolmogorov_smirnov_at_a_constant_rate_and_on_a_ramp),
        cmocka_unit_test(the_same_seed_is_the_same_schedule_and_another_is_another),
        cmocka_unit_test(bursts_come_together_and_the_mean_rate_stays),
        cmocka_unit_test(a_million_vus_come_and_go_where_rational_arithmetic_says),
        cmocka_unit_test(vus_change_at_the_instants_at_which_the_line_passes_whole_numbers),
    };
    return cmocka_run_group_tests_name("curve", tests, NULL, NULL);
}
