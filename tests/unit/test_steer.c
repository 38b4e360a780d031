/* What commands make of the departure of the scenarios from their plan, and the way back. No worker, no clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "steer.h"

static char n_shop[] = "shop", n_api[] = "api";
static struct plan_scenario scenarios[2];
static struct plan plan;
static struct steer steer;

static int set_up(void **state)
{
    (void)state;
    scenarios[0] = (struct plan_scenario){
        .name = n_api, .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 50, NS_PER_S }, .duration_ns = 60 * NS_PER_S, .max_vus = 50
    };
    scenarios[1] = (struct plan_scenario){
        .name = n_shop, .executor = EXECUTOR_CONSTANT_VUS, .vus = 5, .duration_ns = 30 * NS_PER_S, .start_time_ns = 10 * NS_PER_S
    };
    plan = (struct plan){ .scenarios = scenarios, .scenario_count = 2 };
    steer_init(&steer, &plan);
    return 0;
}

static int only_api(void **state)
{
    set_up(state);
    plan.scenario_count = 1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    steer_release(&steer);
    return 0;
}

/* What it says when it can be done, else why not. */
static const char *do_it(const char *line, uint64_t plan_ns)
{
    static struct error err;
    struct command command = { .scenario = 0 };

    err = (struct error){ 0 };
    assert_int_equal(onager_command_parse(&command, line, &plan, &err), 0);
    if (steer_try(&steer, &command, plan_ns, &err) != 0)
        return err.text;
    assert_string_equal(err.text, "");
    steer_take(&steer, command.kind, plan_ns, plan_ns);
    return steer.text;
}

static void a_change_is_relative_to_what_holds_and_says_it_in_units(void **state)
{
    (void)state;
    assert_string_equal(do_it("scale +10%", NS_PER_S), "rate 50/s to 55/s");
    assert_string_equal(do_it("scale +10%", NS_PER_S), "rate 55/s to 60.5/s");
    assert_int_equal(steer.now[0].factor_ppm, 1210000);
    assert_string_equal(do_it("rate 200", NS_PER_S), "rate 60.5/s to 200/s");
    assert_string_equal(do_it("scale -10%", NS_PER_S), "rate 200/s to 180/s");
    assert_int_equal(steer.now[0].rate.count * NS_PER_S / steer.now[0].rate.per_ns, 180);
    assert_string_equal(do_it("spike 3 10s", 2 * NS_PER_S), "spike x3 for 10s: rate 180/s to 540/s");
    assert_int_equal(steer.now[0].spike_end_ns, 12 * NS_PER_S);
    assert_string_equal(do_it("scale +10%", 3 * NS_PER_S), "rate 540/s to 594/s");
}

static void undo_goes_back_level_by_level_to_the_plan(void **state)
{
    (void)state;
    do_it("scale +10%", NS_PER_S);
    do_it("rate 200", NS_PER_S);
    do_it("spike 3 10s", 2 * NS_PER_S);
    assert_string_equal(do_it("undo", 3 * NS_PER_S), "undo: rate 600/s to 200/s");
    assert_string_equal(do_it("undo", 4 * NS_PER_S), "undo: rate 200/s to 55/s");
    assert_string_equal(do_it("undo", 4 * NS_PER_S), "undo: rate 55/s to 50/s");
    assert_string_equal(do_it("undo", 4 * NS_PER_S), "nothing to undo: the load is as planned");
    assert_int_equal(steer.change_count, 6);
}

static void a_spike_that_is_over_needs_no_undo_and_is_said(void **state)
{
    char text[STEER_TEXT];

    (void)state;
    do_it("scale +10%", NS_PER_S);
    do_it("spike 2 5s", 2 * NS_PER_S);
    assert_false(steer_spike_ended(&steer, 3 * NS_PER_S, 4 * NS_PER_S, text, sizeof text));
    assert_true(steer_spike_ended(&steer, 6 * NS_PER_S, 7 * NS_PER_S, text, sizeof text));
    assert_string_equal(text, "rate 110/s to 55/s");
    assert_false(steer_spike_ended(&steer, 7 * NS_PER_S, 8 * NS_PER_S, text, sizeof text));
    assert_string_equal(do_it("undo", 8 * NS_PER_S), "undo: rate 55/s to 50/s");
}

static void all_means_each_in_its_own_unit_and_a_name_means_one(void **state)
{
    (void)state;
    assert_string_equal(do_it("scale +20%", 15 * NS_PER_S), "rate of api 50/s to 60/s, VUs of shop 5 to 6");
    assert_string_equal(do_it("rate 70", 15 * NS_PER_S), "rate of api 60/s to 70/s");
    assert_string_equal(do_it("vus 9", 15 * NS_PER_S), "VUs of shop 6 to 9");
    assert_string_equal(do_it("scale -10% shop", 15 * NS_PER_S), "VUs of shop 9 to 8");
    assert_string_equal(do_it("vus 9 api", 15 * NS_PER_S), "api is an open model and has a rate: rate N sets it");
    assert_string_equal(do_it("rate 9 shop", 15 * NS_PER_S), "shop is a closed model and has VUs, no rate: vus N sets them");
    assert_string_equal(do_it("scale +10% shop", 41 * NS_PER_S), "shop has ended");
    assert_string_equal(do_it("scale +10%", 41 * NS_PER_S), "rate of api 70/s to 77/s");
    assert_string_equal(do_it("next api", 15 * NS_PER_S), "api is in its last stage: stop ends it");
}

static void vus_are_whole_and_every_key_is_felt(void **state)
{
    (void)state;
    assert_string_equal(do_it("scale +10% shop", 15 * NS_PER_S), "VUs of shop 5 to 6");
    assert_string_equal(do_it("scale +10% shop", 15 * NS_PER_S), "VUs of shop 6 to 7");
    for (int i = 0; i < 20; i++)
        do_it("scale -10% shop", 15 * NS_PER_S);
    assert_int_equal(steer_vus(&scenarios[1], &steer.now[1], 15 * NS_PER_S), 1);
}

static void a_change_before_its_start_holds_from_its_start(void **state)
{
    (void)state;
    assert_string_equal(do_it("vus 8 shop", NS_PER_S), "VUs of shop 5 to 8");
    assert_int_equal(steer_vus(&scenarios[1], &steer.now[1], 10 * NS_PER_S), 8);
}

static void the_list_of_changes_never_moves_and_is_bounded(void **state)
{
    const struct steer_change *first = steer.changes;
    const char *last = "";

    (void)state;
    for (int i = 0; i < STEER_CHANGES + 10; i++)
        last = do_it(i % 2 == 0 ? "rate 60" : "rate 70", NS_PER_S);
    assert_ptr_equal(first, steer.changes);
    assert_int_equal(steer.change_count, STEER_CHANGES);
    assert_string_equal(last, "the load was changed too often in this run: a re-run begins anew");
    assert_int_equal(steer.changes[0].steering.rate.count, 60);
}

#define STEER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define API_TEST(name) cmocka_unit_test_setup_teardown(name, only_api, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(a_change_is_relative_to_what_holds_and_says_it_in_units),
        API_TEST(undo_goes_back_level_by_level_to_the_plan),
        API_TEST(a_spike_that_is_over_needs_no_undo_and_is_said),
        STEER_TEST(all_means_each_in_its_own_unit_and_a_name_means_one),
        STEER_TEST(vus_are_whole_and_every_key_is_felt),
        STEER_TEST(a_change_before_its_start_holds_from_its_start),
        API_TEST(the_list_of_changes_never_moves_and_is_bounded),
    };

    return cmocka_run_group_tests_name("steer", tests, NULL, NULL);
}
