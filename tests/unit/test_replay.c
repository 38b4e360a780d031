/* What happened in a run as a plan: the text that is written, and that it is a plan again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "buf.h"
#include "onager/replay.h"
#include "plan_build.h"
#include "replay.h"
#include "stages.h"

#define S NS_PER_S

static char n_api[] = "api";
static struct plan_scenario scenarios[2];
static struct plan plan;
static struct steer_change changes[32];
static size_t change_count;

static int set_up(void **state)
{
    (void)state;
    scenarios[0] = (struct plan_scenario){
        .name = n_api, .executor = EXECUTOR_CONSTANT_ARRIVAL_RATE, .rate = { 50, S }, .duration_ns = 60 * S, .max_vus = 50
    };
    plan = (struct plan){ .scenarios = scenarios, .scenario_count = 1 };
    change_count = 0;
    return 0;
}

static void closed_model(void)
{
    scenarios[0].executor = EXECUTOR_CONSTANT_VUS;
    scenarios[0].vus = 10;
}

static struct steering *change(enum change_kind kind, uint64_t at_s, uint64_t plan_s)
{
    struct steer_change *one = &changes[change_count++];

    *one = (struct steer_change){ .kind = kind, .at_ns = at_s * S, .plan_ns = plan_s * S, .steering = steering_none() };
    return &one->steering;
}

/* The stages as a plan file has them, with the start level in front. */
static const char *told(uint64_t plan_s, bool is_whole)
{
    static char text[4000];
    const struct replay_run run = { &plan, changes, change_count, plan_s * S, plan_s * S, 0, is_whole };
    struct plan out;
    struct buf stages;

    replay_build(&run, &out);
    if (out.scenario_count == 0) {
        replay_release(&out);
        return "nothing";
    }
    buf_init(&stages);
    if (out.scenarios[0].stage_count > 0)
        stages_print(&stages, &out.scenarios[0]);
    else
        buf_add_text(&stages, "as planned");
    snprintf(
        text, sizeof text, "%llu; %llu %s", (unsigned long long)(out.scenarios[0].start_time_ns / S),
        out.scenarios[0].stage_count > 0 ? (unsigned long long)out.scenarios[0].stages[0].from : 0, stages.data);
    buf_release(&stages);
    replay_release(&out);
    return text;
}

static void a_run_that_nobody_changed_is_its_plan(void **state)
{
    (void)state;
    assert_string_equal(told(60, true), "0; 0 as planned");
}

static void pauses_changes_and_a_spike_become_stages_that_jump(void **state)
{
    struct steering *to;

    (void)state;
    change(CHANGE_STEER, 10, 10)->factor_ppm = 1100000;
    change(CHANGE_PAUSE, 20, 20);
    change(CHANGE_RESUME, 25, 20);
    to = change(CHANGE_STEER, 35, 30);
    to->is_fixed = true;
    to->rate = (struct rate){ 80, S };
    to = change(CHANGE_STEER, 45, 40);
    *to = changes[change_count - 2].steering;
    to->spike_ppm = 3000000;
    to->spike_end_ns = 45 * S;
    assert_string_equal(
        told(60, true),
        "0; 50 10s:50/s, 0s:55/s, 10s:55/s, 0s:0/s, 5s:0/s, 0s:55/s, 10s:55/s, 0s:80/s, 10s:80/s, 0s:240/s, 5s:240/s, 0s:80/s, "
        "15s:80/s");
}

static void decimals_are_kept_by_a_longer_unit(void **state)
{
    (void)state;
    change(CHANGE_STEER, 10, 10)->factor_ppm = 1210000;
    change(CHANGE_STEER, 20, 20)->factor_ppm = 1331000;
    assert_string_equal(told(60, true), "0; 1000 10s:1000/20s, 0s:1210/20s, 10s:1210/20s, 0s:1331/20s, 40s:1331/20s");
}

static void a_stopped_run_ends_where_it_was_stopped(void **state)
{
    (void)state;
    change(CHANGE_STOP, 23, 23);
    assert_string_equal(told(25, false), "0; 50 23s:50/s");
    change_count = 0;
    assert_string_equal(told(31, false), "0; 50 31s:50/s"); /* it goes on, it was saved on the way */
}

static void a_pause_before_its_start_delays_it(void **state)
{
    (void)state;
    scenarios[0].start_time_ns = 30 * S;
    change(CHANGE_PAUSE, 10, 10);
    change(CHANGE_RESUME, 17, 10);
    assert_string_equal(told(90, true), "37; 0 as planned");
    change(CHANGE_STOP, 20, 13);
    assert_string_equal(told(13, false), "nothing");
}

static void skipped_stages_are_left_out_and_factors_stretch_slopes(void **state)
{
    static struct plan_stage stages[] = { { 10 * S, 0, 100, 0 }, { 20 * S, 100, 100, 0 }, { 10 * S, 100, 0, 0 } };
    struct steering *to;

    (void)state;
    scenarios[0].executor = EXECUTOR_RAMPING_ARRIVAL_RATE;
    scenarios[0].stages = stages;
    scenarios[0].stage_count = 3;
    scenarios[0].duration_ns = 40 * S;
    change(CHANGE_STEER, 5, 5)->factor_ppm = 2000000;
    to = change(CHANGE_STEER, 15, 15);
    to->factor_ppm = 2000000;
    to->skipped_ns = 15 * S;
    assert_string_equal(told(25, true), "0; 0 5s:50/s, 0s:100/s, 5s:200/s, 5s:200/s, 10s:0/s");
}

static void closed_models_become_ramping_vus(void **state)
{
    struct steering *to;

    (void)state;
    closed_model();
    change(CHANGE_STEER, 10, 10)->factor_ppm = 1500000;
    to = change(CHANGE_STEER, 20, 20);
    to->is_fixed = true;
    to->vus = 4;
    assert_string_equal(told(60, true), "0; 10 10s:10, 0s:15, 10s:15, 0s:4, 40s:4");
}

static void what_is_written_is_a_plan_with_the_same_stages(void **state)
{
    static const char source[] = "[request r]\nurl = http://127.0.0.1:1/\n[scenario api]\nexecutor = constant-arrival-rate\nrate = 50/s\n"
                                 "duration = 1m\nmax_vus = 20\n";
    struct plan_request_by_user none = { 0 };
    struct snapshot snapshot = { .is_final = true, .state = RUN_FINISHED, .plan_ns = 60 * S, .at_ns = 65 * S };
    char path[] = "/tmp/onager_replay_XXXXXX", name[100];
    struct error err = { 0 };
    struct buf notes;
    struct plan *before, *again;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    buf_init(&notes);
    before = plan_build_text(&none, "p.ini", source, strlen(source), &notes, &err);
    assert_string_equal(err.text, "");
    change(CHANGE_STEER, 10, 10)->factor_ppm = 1100000;
    change(CHANGE_PAUSE, 20, 20);
    change(CHANGE_RESUME, 25, 20);
    snapshot.plan = before;
    snapshot.changes = changes;
    snapshot.change_count = change_count;
    assert_int_equal(onager_replay_save(&snapshot, path, name, sizeof name, &err), 0);
    none.target = path;
    again = plan_build(&none, &notes, &err);
    assert_string_equal(err.text, "");
    assert_non_null(again);
    assert_int_equal(again->scenarios[0].executor, EXECUTOR_RAMPING_ARRIVAL_RATE);
    assert_int_equal(again->scenarios[0].duration_ns, 65 * S);
    assert_int_equal(again->scenarios[0].max_vus, 20);
    assert_int_equal(again->scenarios[0].stages[2].to * S / again->scenarios[0].rate.per_ns, 55);
    snapshot.plan_ns = 0;
    snapshot.is_final = false;
    snapshot.change_count = 0;
    assert_int_equal(onager_replay_save(&snapshot, path, name, sizeof name, &err), -1);
    assert_string_equal(err.text, "nothing has happened yet that could be written as a plan");
    plan_free(before);
    plan_free(again);
    buf_release(&notes);
    unlink(path);
}

#define REPLAY_TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLAY_TEST(a_run_that_nobody_changed_is_its_plan), REPLAY_TEST(pauses_changes_and_a_spike_become_stages_that_jump),
        REPLAY_TEST(decimals_are_kept_by_a_longer_unit),    REPLAY_TEST(a_stopped_run_ends_where_it_was_stopped),
        REPLAY_TEST(a_pause_before_its_start_delays_it),    REPLAY_TEST(skipped_stages_are_left_out_and_factors_stretch_slopes),
        REPLAY_TEST(closed_models_become_ramping_vus),      REPLAY_TEST(what_is_written_is_a_plan_with_the_same_stages),
    };

    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
