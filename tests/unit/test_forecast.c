/* forecast: second by second the very arrivals and VUs that the executors want on a virtual clock, for every shape of load. */
#include "plan_test.h"

#include <stdlib.h>
#include <time.h>

#include "executor.h"
#include "mem.h"
#include "onager/forecast.h"

#define NOON UINT64_C(1795262400) /* 2026-11-21 12:00:00 UTC */
#define SECONDS_MAX 5000

/* A host that has no VU for arrivals and any number for closed models, and never answers. */
static struct vu *no_vu(struct executor_host *host, struct executor *executor)
{
    static char vu;

    return executor->ops->is_open ? NULL : (struct vu *)(void *)&vu;
}

static void begin(struct executor_host *host, struct executor *executor, struct vu *vu, uint64_t intended_ns, uint64_t plan_ns)
{
    executor->vus_busy++;
}

static void cut(struct executor_host *host, struct executor *executor, uint32_t count)
{
    executor->vus_busy -= count;
}

/* What all workers together plan in each second, and the VUs they want at its begin. */
struct truth {
    uint64_t planned[SECONDS_MAX], vus[SECONDS_MAX];
};

static void run_worker(
    struct truth *truth, const struct plan *plan, size_t scenario, uint32_t worker, uint32_t workers, uint64_t wall_ns, size_t seconds)
{
    struct executor_host host = { .acquire = no_vu, .begin = begin, .cut = cut };
    struct budget budget = { 0 };
    struct executor executor;
    uint64_t before = 0;

    executor_init(&executor, plan, scenario, &host, &budget, worker, workers);
    executor.wall_ns = wall_ns;
    for (size_t i = 0; i < seconds; i++) {
        uint64_t end_ns = (i + 1) * NS_PER_S, due;

        if (!executor.ops->is_open) {
            executor_advance(&executor, i * NS_PER_S);
            truth->vus[i] += executor.is_started && !executor.is_ended ? executor.closed.own : 0;
        }
        while ((due = executor_due(&executor)) < end_ns)
            executor_advance(&executor, due);
        truth->planned[i] += executor.counts.planned - before;
        before = executor.counts.planned;
    }
    executor_release(&executor);
}

static void check_scenario(const struct plan *plan, const struct forecast *forecast, size_t index, uint32_t workers, uint64_t wall_ns)
{
    const struct forecast_scenario *scenario = &forecast->scenarios[index];
    struct truth *truth = mem_alloc(sizeof *truth);
    uint64_t planned = 0;

    assert_true(forecast->count <= SECONDS_MAX);
    for (uint32_t worker = 0; worker < workers; worker++)
        run_worker(truth, plan, index, worker, workers, wall_ns, forecast->count);
    for (size_t i = 0; i < forecast->count; i++) {
        bool is_open = executor_is_open(scenario->plan->executor);

        planned += truth->planned[i];
        if (is_open && scenario->points[i].planned != truth->planned[i])
            fail_msg(
                "%s, second %zu of %u workers: %llu arrivals, the run has %llu", scenario->plan->name, i, workers,
                (unsigned long long)scenario->points[i].planned, (unsigned long long)truth->planned[i]);
        if (!is_open && scenario->points[i].vus != truth->vus[i])
            fail_msg(
                "%s, second %zu of %u workers: %llu VUs, the run has %llu", scenario->plan->name, i, workers,
                (unsigned long long)scenario->points[i].vus, (unsigned long long)truth->vus[i]);
        assert_true(scenario->points[i].vus <= scenario->sum.peak_vus);
    }
    if (executor_is_open(scenario->plan->executor)) {
        assert_int_equal(planned, scenario->sum.planned);
        assert_true(planned > 0);
    }
    free(truth);
}

static const char loads[] =
    "[request a]\nurl = http://127.0.0.1:8080/\n"
    "[scenario even]\nexecutor = constant-arrival-rate\nrate = 333/7s\nduration = 61500ms\n"
    "[scenario late]\nexecutor = constant-arrival-rate\nrate = 17/s\nduration = 1m\nstart_time = 1234567us\nchaos = aggressive\n"
    "[scenario ramp]\nexecutor = ramping-arrival-rate\nstages = 10s:50/s, 0s:7/s, 20s:7/s, 15300ms:0/s\n"
    "[scenario chaotic]\nexecutor = ramping-arrival-rate\nstages = 10m:200/s, 30m:20/s\nchaos = moderate\n"
    "chaos.spikes_per_hour = 60\nchaos.noise = perlin 20%\nchaos.schedule = 12 x0.5; 13 x2\nstart_time = 29m59s\n"
    "[scenario people]\nexecutor = ramping-vus\nstages = 30s:50, 1m:50, 30s:0\nstart_vus = 0\n"
    "[scenario crowd]\nexecutor = constant-vus\nvus = 40\nduration = 30m\nchaos = aggressive\nstart_time = 3s\n";

static void every_second_is_that_of_a_run(void **state)
{
    struct plan *plan = good_plan(loads, NULL);
    struct forecast *forecast = forecast_new(plan, NOON * NS_PER_S, NS_PER_S);

    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < plan->scenario_count; i++)
        for (uint32_t workers = 1; workers <= 3; workers += 2)
            check_scenario(plan, forecast, i, workers, NOON * NS_PER_S);
    forecast_free(forecast);
    plan_free(plan);
}

static void poisson_arrivals_and_bursts_are_those_of_a_run_too(void **state)
{
    struct plan *plan = good_plan(loads, NULL);

    (void)state;
    plan->scenario_count = 4; /* the open ones */
    for (int kind = ARRIVALS_POISSON; kind <= ARRIVALS_BURST; kind++) {
        struct forecast *forecast;

        for (size_t i = 0; i < plan->scenario_count; i++) {
            plan->scenarios[i].arrivals = (enum arrivals_kind)kind;
            plan->scenarios[i].burst = 7;
        }
        forecast = forecast_new(plan, NOON * NS_PER_S, NS_PER_S);
        for (size_t i = 0; i < plan->scenario_count; i++)
            check_scenario(plan, forecast, i, 2, NOON * NS_PER_S);
        forecast_free(forecast);
    }
    plan->scenario_count = 6;
    plan_free(plan);
}

static void the_step_doubles_and_no_arrival_is_lost_by_it(void **state)
{
    struct plan *plan = good_plan(
        "[request a]\nurl = http://127.0.0.1:8080/\n"
        "[scenario day]\nexecutor = constant-arrival-rate\nrate = 3/s\nduration = 1d\nchaos = gentle\n",
        NULL);
    struct forecast *coarse = forecast_new(plan, NOON * NS_PER_S, 0), *fine = forecast_new(plan, NOON * NS_PER_S, NS_PER_S);

    (void)state;
    assert_int_equal(coarse->step_ns, 32 * NS_PER_S);
    assert_int_equal(coarse->count, 2700);
    assert_int_equal(fine->count, 86400);
    assert_int_equal(coarse->sum.planned, fine->sum.planned);
    for (size_t i = 0; i < coarse->count; i++) {
        uint64_t sum = 0;

        for (size_t j = 0; j < 32; j++)
            sum += fine->points[i * 32 + j].planned;
        assert_int_equal(coarse->points[i].planned, sum);
    }
    assert_null(forecast_new(plan, 0, NS_PER_MS)); /* too many steps */
    forecast_free(coarse);
    forecast_free(fine);
    plan_free(plan);
}

static void a_virtual_day_of_arrivals_has_the_factor_of_each_hour(void **state)
{
    static const unsigned percent[24] = { 30,  30,  30,  30,  30,  100, 100, 100, 100, 150, 150, 150,
                                          200, 150, 150, 150, 150, 100, 100, 100, 100, 100, 100, 100 };
    struct plan *plan = good_plan(
        "[request a]\nurl = http://127.0.0.1:8080/\n"
        "[scenario day]\nexecutor = constant-arrival-rate\nrate = 10/s\nduration = 1d\nchaos.schedule = 9-17 x1.5; 0-5 x0.3; 12-13 x2 "
        "priority 5\n",
        NULL);
    struct forecast *forecast;

    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    forecast = forecast_new(plan, (NOON - 12 * 3600) * NS_PER_S, 3600 * NS_PER_S);
    assert_int_equal(forecast->count, 24);
    for (size_t hour = 0; hour < 24; hour++)
        assert_int_equal(forecast->points[hour].planned, 360 * percent[hour]);
    forecast_free(forecast);
    plan_free(plan);
}

static void a_spike_of_factor_3_triples_the_arrivals_of_its_seconds(void **state)
{
    struct plan *plan = good_plan(
        "[request a]\nurl = http://127.0.0.1:8080/\n"
        "[scenario s]\nexecutor = constant-arrival-rate\nrate = 100/s\nduration = 30m\n"
        "chaos.spike_factor = 3\nchaos.spikes_per_hour = 20\nchaos.rise = 2s\nchaos.hold = 5s\nchaos.fall = 5s\nchaos.min_interval = 30s\n",
        NULL);
    struct forecast *forecast = forecast_new(plan, 0, NS_PER_S);
    unsigned tripled = 0, calm = 0;

    (void)state;
    for (size_t i = 0; i < forecast->count; i++) {
        tripled += forecast->points[i].planned == 300;
        calm += forecast->points[i].planned == 100;
        assert_true(forecast->points[i].planned >= 100 && forecast->points[i].planned <= 300);
    }
    assert_true(forecast->scenarios[0].spikes >= 5);
    /* of the 5 s at the peak at least 4 are whole seconds */
    assert_true(tripled >= 4 * (forecast->scenarios[0].spikes - 1) && tripled <= 5 * forecast->scenarios[0].spikes);
    assert_true(calm > 1000);
    assert_int_equal(forecast->sum.peak_planned, 300);
    forecast_free(forecast);
    plan_free(plan);
}

static void what_is_bounded_by_iterations_says_so(void **state)
{
    struct plan *plan = good_plan(
        "[request a]\nurl = http://127.0.0.1:8080/\n"
        "[scenario shared]\nexecutor = shared-iterations\nvus = 5\niterations = 1000\nmax_duration = 1m\nstart_time = 10s\n"
        "[scenario each]\nexecutor = per-vu-iterations\nvus = 4\niterations = 50\nmax_duration = 20s\n",
        NULL);
    struct forecast *forecast = forecast_new(plan, 0, 0);

    (void)state;
    assert_int_equal(forecast->length_ns, 70 * NS_PER_S);
    assert_int_equal(forecast->scenarios[0].iterations, 1000);
    assert_int_equal(forecast->scenarios[1].iterations, 200);
    assert_int_equal(forecast->points[5].vus, 4);
    assert_int_equal(forecast->points[15].vus, 9);
    assert_int_equal(forecast->points[25].vus, 5);
    assert_int_equal(forecast->sum.peak_vus, 9);
    assert_int_equal(forecast->sum.planned, 0);
    forecast_free(forecast);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_second_is_that_of_a_run),
        cmocka_unit_test(poisson_arrivals_and_bursts_are_those_of_a_run_too),
        cmocka_unit_test(the_step_doubles_and_no_arrival_is_lost_by_it),
        cmocka_unit_test(a_virtual_day_of_arrivals_has_the_factor_of_each_hour),
        cmocka_unit_test(a_spike_of_factor_3_triples_the_arrivals_of_its_seconds),
        cmocka_unit_test(what_is_bounded_by_iterations_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
