/* A run and the plan that was saved of it, on a virtual clock: the schedules are the same, arrival by arrival. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arrivals.h"
#include "onager/steering.h"
#include "replay.h"

#define S NS_PER_S
#define MOST 20000

static struct steer_change changes[32];
static size_t change_count;

static struct steering *change(enum change_kind kind, uint64_t at_ns, uint64_t plan_ns)
{
    struct steer_change *one = &changes[change_count++];

    *one = (struct steer_change){ .kind = kind, .at_ns = at_ns, .plan_ns = plan_ns, .steering = steering_none() };
    return &one->steering;
}

/* When the arrivals of the run were, on the clock of the run. */
static size_t run_times(const struct plan *plan, uint64_t *times)
{
    struct segment segment = segment_of(0, 1);
    uint64_t paused_ns = 0, pause_ns = 0;
    struct arrivals arrivals;
    size_t count = 0, next = 0;

    arrivals_init(&arrivals, plan, 0, &segment, 0);
    for (;;) {
        for (; next < change_count && arrivals.next_ns >= changes[next].plan_ns; next++) {
            if (changes[next].kind == CHANGE_STEER)
                arrivals_steer(&arrivals, &changes[next].steering, changes[next].plan_ns);
            else if (changes[next].kind == CHANGE_PAUSE)
                pause_ns = changes[next].at_ns;
            else
                paused_ns += changes[next].at_ns - pause_ns;
        }
        if (arrivals.next_ns == UINT64_MAX)
            break;
        assert_true(count < MOST);
        times[count++] = arrivals.next_ns + paused_ns;
        arrivals_take(&arrivals);
    }
    arrivals_release(&arrivals);
    return count;
}

static size_t plan_times(const struct plan *plan, uint64_t *times)
{
    change_count = 0;
    return run_times(plan, times);
}

/* The same number, and each within so many ns. */
static void assert_same(const struct plan *plan, uint64_t within_ns)
{
    static uint64_t happened[MOST], again[MOST];
    const struct replay_run run = { .plan = plan, .changes = changes, .change_count = change_count, .is_whole = true };
    size_t count = run_times(plan, happened);
    struct plan saved;

    assert_true(count > 1000);
    replay_build(&run, &saved);
    assert_int_equal(saved.scenario_count, 1);
    assert_int_equal(plan_times(&saved, again), count);
    for (size_t i = 0; i < count; i++) {
        uint64_t apart = happened[i] > again[i] ? happened[i] - again[i] : again[i] - happened[i];

        assert_true(apart <= within_ns);
    }
    replay_release(&saved);
}

static void a_pause_two_changes_and_a_spike_come_again_to_the_nanosecond(void **state)
{
    struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 50, S }, .duration_ns = 60 * S, .max_vus = 10 };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1 };
    struct steering *to;

    (void)state;
    change_count = 0;
    change(CHANGE_STEER, 10 * S + 7, 10 * S + 7)->factor_ppm = 1100000;
    change(CHANGE_PAUSE, 20 * S + 11, 20 * S + 11);
    change(CHANGE_RESUME, 25 * S + 18, 20 * S + 11);
    change(CHANGE_STEER, 35 * S + 18, 30 * S + 11)->factor_ppm = 1331000;
    to = change(CHANGE_STEER, 45 * S + 30, 40 * S + 23);
    to->factor_ppm = 1331000;
    to->spike_ppm = 3000000;
    to->spike_end_ns = 45 * S + 23;
    assert_same(&plan, 1);
}

static void fixed_rates_and_skipped_stages_come_again(void **state)
{
    static struct plan_stage stages[] = { { 10 * S, 0, 100, 0 }, { 20 * S, 100, 100, 0 }, { 10 * S, 100, 0, 0 } };
    struct plan_scenario scenario = { .executor = EXECUTOR_RAMPING_ARRIVAL_RATE,
                                      .rate = { 100, S },
                                      .duration_ns = 40 * S,
                                      .stages = stages,
                                      .stage_count = 3,
                                      .max_vus = 10 };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1 };
    struct steering *to;

    (void)state;
    change_count = 0;
    to = change(CHANGE_STEER, 15 * S, 15 * S);
    to->is_fixed = true;
    to->rate = (struct rate){ 37, S };
    to = change(CHANGE_STEER, 18 * S, 18 * S);
    to->factor_ppm = 2000000;
    to->skipped_ns = 5 * S;
    assert_same(&plan, 1);
}

static void what_starts_at_once_starts_at_once_again(void **state)
{
    static struct plan_stage stages[] = { { 0, 50, 50, 7 }, { 10 * S, 50, 50, 0 }, { 0, 50, 50, 20 }, { 30 * S, 50, 50, 0 } };
    struct plan_scenario scenario = { .executor = EXECUTOR_RAMPING_ARRIVAL_RATE,
                                      .rate = { 50, S },
                                      .duration_ns = 40 * S,
                                      .stages = stages,
                                      .stage_count = 4,
                                      .max_vus = 10 };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1 };

    (void)state;
    change_count = 0;
    change(CHANGE_STEER, 5 * S + 3, 5 * S + 3)->factor_ppm = 1500000;
    change(CHANGE_PAUSE, 20 * S + 11, 20 * S + 11);
    change(CHANGE_RESUME, 22 * S + 11, 20 * S + 11);
    assert_same(&plan, 1);
}

static void a_slope_that_was_cut_comes_again_within_a_microsecond(void **state)
{
    static struct plan_stage stages[] = { { 30 * S, 0, 100, 0 } };
    struct plan_scenario scenario = { .executor = EXECUTOR_RAMPING_ARRIVAL_RATE,
                                      .rate = { 100, S },
                                      .duration_ns = 30 * S,
                                      .stages = stages,
                                      .stage_count = 1,
                                      .max_vus = 10 };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1 };

    (void)state;
    change_count = 0;
    change(CHANGE_STEER, 7777777777, 7777777777)->factor_ppm = 1234567;
    change(CHANGE_PAUSE, 20 * S + 11, 20 * S + 11);
    change(CHANGE_RESUME, 22 * S + 11, 20 * S + 11);
    assert_same(&plan, NS_PER_US);
}

static void chaos_is_written_into_the_stages(void **state)
{
    struct plan_chaos chaos = { .spike_ppm = 3000000,
                                .spikes_per_hour_ppm = UINT64_C(200000000),
                                .max_interval_ns = UINT64_MAX,
                                .rise_ns = 2 * S,
                                .fall_ns = 4 * S,
                                .noise = CHAOS_NOISE_PERLIN,
                                .noise_ppm = 100000 };
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 50, S }, .duration_ns = 120 * S, .max_vus = 10, .chaos = &chaos
    };
    struct plan plan = { .scenarios = &scenario, .scenario_count = 1, .seed = 3 };

    (void)state;
    change_count = 0;
    change(CHANGE_STEER, 33 * S + 50, 33 * S + 50)->factor_ppm = 1100000;
    change(CHANGE_PAUSE, 60 * S, 60 * S);
    change(CHANGE_RESUME, 65 * S, 60 * S);
    assert_same(&plan, 10 * NS_PER_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_two_changes_and_a_spike_come_again_to_the_nanosecond),
        cmocka_unit_test(fixed_rates_and_skipped_stages_come_again),
        cmocka_unit_test(what_starts_at_once_starts_at_once_again),
        cmocka_unit_test(a_slope_that_was_cut_comes_again_within_a_microsecond),
        cmocka_unit_test(chaos_is_written_into_the_stages),
    };

    return cmocka_run_group_tests_name("replay_run", tests, NULL, NULL);
}
