/* closed executors on a virtual clock: VUs come and go at the instants of the curve, leave gracefully, and really come down to 0. */
#include "executor_model.h"

#define S NS_PER_S
#define MS NS_PER_MS
#define WORKERS_MAX 7

/* Some workers on one clock that goes from one thing that is due to the next. */
struct group {
    struct model models[WORKERS_MAX];
    unsigned count;
    struct budget budget;
    uint64_t iteration_ns; /* how long each takes; 0: for ever */
    uint64_t now_ns;
};

static void group_init(struct group *group, const struct plan *plan, unsigned count, uint64_t iteration_ns)
{
    memset(group, 0, sizeof *group);
    group->count = count;
    group->iteration_ns = iteration_ns;
    for (unsigned w = 0; w < count; w++)
        model_init(&group->models[w], plan, &group->budget, w, count);
}

static void group_release(struct group *group)
{
    for (unsigned w = 0; w < group->count; w++)
        executor_release(&group->models[w].executor);
}

static uint64_t next_answer(struct group *group, struct vu **vu)
{
    uint64_t first_ns = SNAP_NONE;

    *vu = NULL;
    for (unsigned w = 0; w < group->count && group->iteration_ns > 0; w++)
        for (unsigned i = 0; i < group->models[w].vu_count; i++) {
            struct vu *own = &group->models[w].vus[i];

            if (own->is_busy && own->began_ns + group->iteration_ns < first_ns) {
                first_ns = own->began_ns + group->iteration_ns;
                *vu = own;
            }
        }
    return first_ns;
}

static unsigned busy(const struct group *group)
{
    unsigned sum = 0;

    for (unsigned w = 0; w < group->count; w++)
        sum += group->models[w].executor.vus_busy;
    return sum;
}

/* Everything that happens up to and at until_ns. */
static void go_to(struct group *group, uint64_t until_ns)
{
    for (;;) {
        struct vu *vu;
        uint64_t answer_ns = next_answer(group, &vu), due_ns = SNAP_NONE;

        for (unsigned w = 0; w < group->count; w++) {
            uint64_t own_ns = executor_due(&group->models[w].executor);

            if (own_ns < due_ns)
                due_ns = own_ns < group->now_ns ? group->now_ns : own_ns;
        }
        if ((due_ns < answer_ns ? due_ns : answer_ns) > until_ns)
            break;
        if (due_ns <= answer_ns) {
            group->now_ns = due_ns;
            for (unsigned w = 0; w < group->count; w++)
                executor_advance(&group->models[w].executor, due_ns);
        } else {
            group->now_ns = answer_ns;
            answer(vu, answer_ns);
        }
    }
    group->now_ns = until_ns;
}

static uint64_t planned(const struct group *group)
{
    uint64_t sum = 0;

    for (unsigned w = 0; w < group->count; w++)
        sum += group->models[w].executor.counts.planned;
    return sum;
}

static uint64_t cancelled(const struct group *group)
{
    uint64_t sum = 0;

    for (unsigned w = 0; w < group->count; w++)
        sum += group->models[w].executor.counts.cancelled;
    return sum;
}

static unsigned started(const struct group *group)
{
    unsigned sum = 0;

    for (unsigned w = 0; w < group->count; w++)
        sum += group->models[w].starts;
    return sum;
}

static unsigned cuts(const struct group *group)
{
    unsigned sum = 0;

    for (unsigned w = 0; w < group->count; w++)
        sum += group->models[w].cuts;
    return sum;
}

static bool has_ended(const struct group *group)
{
    for (unsigned w = 0; w < group->count; w++)
        if (!group->models[w].executor.is_ended)
            return false;
    return true;
}

static struct plan_stage up_and_down[] = { { 10 * S, 0, 20, 0 }, { 5 * S, 20, 20, 0 }, { 10 * S, 20, 0, 0 } };

static struct plan_scenario ramping_vus(uint64_t graceful_ns)
{
    return (struct plan_scenario){ .executor = EXECUTOR_RAMPING_VUS,
                                   .stages = up_and_down,
                                   .stage_count = 3,
                                   .duration_ns = 25 * S,
                                   .vus = 20,
                                   .graceful_stop_ns = graceful_ns,
                                   .graceful_ramp_down_ns = graceful_ns };
}

static void vus_come_and_go_with_the_ramp_for_any_split_and_end_at_none(void **state)
{
    static const unsigned splits[] = { 1, 2, 3, 7 };
    static struct group group;

    (void)state;
    for (size_t s = 0; s < 4; s++) {
        struct plan_scenario scenario = ramping_vus(0);
        struct plan plan = plan_of(&scenario);

        group_init(&group, &plan, splits[s], 0);
        for (uint64_t v = 1; v <= 20; v++) {
            go_to(&group, v * 500 * MS - 1);
            assert_int_equal(busy(&group), v - 1);
            go_to(&group, v * 500 * MS);
            assert_int_equal(busy(&group), v);
        }
        for (uint64_t v = 20; v >= 1; v--) {
            go_to(&group, 15 * S + (21 - v) * 500 * MS - 1);
            assert_int_equal(busy(&group), v);
            go_to(&group, 15 * S + (21 - v) * 500 * MS);
            assert_int_equal(busy(&group), v - 1); /* at once: nothing is graceful here */
        }
        assert_true(has_ended(&group));
        assert_int_equal(cuts(&group), 20);
        assert_int_equal(planned(&group), 20);
        group_release(&group);
    }
}

static void who_leaves_ends_its_iteration_within_the_graceful_time(void **state)
{
    struct plan_scenario scenario = ramping_vus(2 * S);
    struct plan plan = plan_of(&scenario);
    static struct group group;

    (void)state;
    group_init(&group, &plan, 3, 100 * MS); /* every iteration ends in time */
    go_to(&group, 15 * S);
    assert_int_equal(busy(&group), 20);
    for (uint64_t v = 20; v >= 1; v--) {
        go_to(&group, 15 * S + (21 - v) * 500 * MS + 100 * MS);
        assert_int_equal(busy(&group), v - 1);
    }
    assert_int_equal(cuts(&group), 0);
    assert_int_equal(planned(&group), started(&group));
    group_release(&group);

    group_init(&group, &plan, 1, 0); /* none ever ends */
    go_to(&group, 15 * S + 500 * MS + 2 * S - 1);
    assert_int_equal(busy(&group), 20);
    for (uint64_t v = 20; v >= 1; v--) {
        go_to(&group, 15 * S + (21 - v) * 500 * MS + 2 * S - 1);
        assert_int_equal(busy(&group), v);
        go_to(&group, 15 * S + (21 - v) * 500 * MS + 2 * S); /* also after the end of the scenario */
        assert_int_equal(busy(&group), v - 1);
    }
    assert_int_equal(cuts(&group), 20);
    group_release(&group);
}

static void who_was_to_leave_stays_when_the_ramp_comes_back(void **state)
{
    static struct plan_stage stages[] = { { 0, 1, 10, 0 }, { S, 10, 0, 0 }, { S, 0, 10, 0 }, { S, 10, 10, 0 } };
    struct plan_scenario scenario = { .executor = EXECUTOR_RAMPING_VUS,
                                      .stages = stages,
                                      .stage_count = 4,
                                      .duration_ns = 3 * S,
                                      .vus = 10,
                                      .graceful_ramp_down_ns = 5 * S };
    struct plan plan = plan_of(&scenario);
    static struct group group;

    (void)state;
    group_init(&group, &plan, 1, 0);
    go_to(&group, 3 * S - 1);
    assert_int_equal(busy(&group), 10);
    assert_int_equal(started(&group), 10);
    assert_int_equal(cuts(&group), 0);
    assert_int_equal(group.models[0].executor.closed.leaving.count, 0);
    group_release(&group);
}

static void every_vu_does_its_iterations_and_no_more(void **state)
{
    struct plan_scenario scenario = { .executor = EXECUTOR_PER_VU_ITERATIONS, .max_duration_ns = 600 * S, .vus = 11, .iterations = 7 };
    struct plan plan = plan_of(&scenario);
    static struct group group;

    (void)state;
    for (unsigned workers = 1; workers <= 7; workers += 2) {
        group_init(&group, &plan, workers, 100 * MS);
        go_to(&group, 350 * MS);
        for (unsigned w = 0; w < workers; w++)
            group.models[w].executor.is_paused = true;
        for (unsigned w = 0; w < workers; w++)
            answer_all(&group.models[w], 350 * MS);
        assert_int_equal(busy(&group), 0);
        for (unsigned w = 0; w < workers; w++)
            group.models[w].executor.is_paused = false;
        go_to(&group, 350 * MS + 299 * MS);
        assert_false(has_ended(&group));
        go_to(&group, 350 * MS + 300 * MS);
        assert_true(has_ended(&group));
        assert_int_equal(planned(&group), 77);
        assert_int_equal(started(&group), 77);
        assert_int_equal(cancelled(&group), 0);
        for (unsigned w = 0; w < workers; w++)
            for (unsigned i = 0; i < group.models[w].vu_count; i++)
                assert_int_equal(group.models[w].vus[i].iterations, 7);
        group_release(&group);
    }
}

static void what_the_vus_had_no_time_for_is_cancelled(void **state)
{
    struct plan_scenario scenario = { .executor = EXECUTOR_PER_VU_ITERATIONS, .max_duration_ns = 250 * MS, .vus = 5, .iterations = 10 };
    struct plan plan = plan_of(&scenario);
    static struct group group;

    (void)state;
    group_init(&group, &plan, 2, 100 * MS);
    go_to(&group, S);
    assert_true(has_ended(&group));
    assert_int_equal(started(&group), 15);
    assert_int_equal(planned(&group), 50);
    assert_int_equal(cancelled(&group), 35);
    group_release(&group);
    /* stopped before it began */
    group_init(&group, &plan, 2, 100 * MS);
    for (unsigned w = 0; w < 2; w++)
        executor_stop(&group.models[w].executor, 0);
    assert_int_equal(planned(&group), 50);
    assert_int_equal(cancelled(&group), 50);
    group_release(&group);
}

static void steer_all(struct group *group, const struct steering *steering)
{
    for (unsigned w = 0; w < group->count; w++) {
        executor_advance(&group->models[w].executor, group->now_ns);
        executor_steer(&group->models[w].executor, steering, group->now_ns);
    }
    go_to(group, group->now_ns);
}

static void keys_add_vus_at_once_and_take_them_away_gently(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_CONSTANT_VUS, .duration_ns = 60 * S, .vus = 10, .graceful_ramp_down_ns = 30 * S
    };
    struct plan plan = plan_of(&scenario);
    struct steering steering = steering_none();
    static struct group group;

    (void)state;
    group_init(&group, &plan, 3, 100 * MS);
    go_to(&group, S + 33 * MS);
    assert_int_equal(busy(&group), 10);
    steering.factor_ppm = 1500000;
    steer_all(&group, &steering);
    assert_int_equal(busy(&group), 15);
    go_to(&group, 2 * S + 33 * MS);
    steering.is_fixed = true;
    steering.vus = 4;
    steer_all(&group, &steering);
    assert_int_equal(busy(&group), 15);
    go_to(&group, 2 * S + 133 * MS);
    assert_int_equal(busy(&group), 4);
    steering.spike_ppm = 3000000;
    steering.spike_end_ns = 4 * S;
    steer_all(&group, &steering);
    assert_int_equal(busy(&group), 12);
    go_to(&group, 4 * S + 100 * MS);
    assert_int_equal(busy(&group), 4);
    steering = steering_none();
    steering.skipped_ns = 50 * S;
    steer_all(&group, &steering);
    assert_int_equal(busy(&group), 10);
    go_to(&group, 10 * S - 1);
    assert_false(has_ended(&group));
    go_to(&group, 10 * S + 100 * MS);
    assert_true(has_ended(&group));
    assert_int_equal(busy(&group), 0);
    assert_int_equal(planned(&group), started(&group));
    assert_int_equal(cuts(&group), 0);
    group_release(&group);
}

static void a_shared_budget_survives_a_change_of_its_vus(void **state)
{
    struct plan_scenario scenario = {
        .executor = EXECUTOR_SHARED_ITERATIONS, .max_duration_ns = 600 * S, .vus = 5, .iterations = 200, .graceful_ramp_down_ns = S
    };
    struct plan plan = plan_of(&scenario);
    struct steering steering = steering_none();
    static struct group group;

    (void)state;
    group_init(&group, &plan, 3, 100 * MS);
    go_to(&group, S);
    steering.factor_ppm = 3000000;
    steer_all(&group, &steering);
    assert_int_equal(busy(&group), 15);
    go_to(&group, 1500 * MS);
    steering.factor_ppm = 200000;
    steer_all(&group, &steering);
    go_to(&group, 1600 * MS);
    assert_int_equal(busy(&group), 1);
    go_to(&group, 60 * S);
    for (unsigned w = 0; w < 3; w++)
        executor_advance(&group.models[w].executor, 60 * S); /* two of them have no VU that would tell */
    assert_true(has_ended(&group));
    assert_int_equal(started(&group), 200);
    assert_int_equal(planned(&group), 200);
    group_release(&group);
}

static void active_vus_follow_a_chaotic_curve_within_one(void **state)
{
    static struct plan_chaos chaos = { .spike_ppm = 3000000,
                                       .spikes_per_hour_ppm = 600 * UINT64_C(1000000),
                                       .max_interval_ns = UINT64_MAX,
                                       .rise_ns = S,
                                       .fall_ns = 2 * S,
                                       .noise = CHAOS_NOISE_PERLIN,
                                       .noise_ppm = 100000 };
    struct plan_scenario scenario = { .executor = EXECUTOR_CONSTANT_VUS, .duration_ns = 60 * S, .vus = 15, .chaos = &chaos };
    struct plan plan = plan_of(&scenario);
    struct shape *shape = shape_new(&chaos, shape_seed(0, 0), 0);
    static struct group group;
    unsigned highest = 0;

    (void)state;
    group_init(&group, &plan, 3, 0);
    for (uint64_t cell = 0; cell < 600; cell++) {
        unsigned wanted = (unsigned)((15 * (uint64_t)shape_factor_ppm(shape, cell) + 500000) / 1000000);

        go_to(&group, (cell + 1) * SHAPE_CELL_NS - 1);
        assert_int_equal(busy(&group), wanted);
        highest = wanted > highest ? wanted : highest;
    }
    assert_true(highest > 40);
    shape_free(shape);
    group_release(&group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vus_come_and_go_with_the_ramp_for_any_split_and_end_at_none),
        cmocka_unit_test(who_leaves_ends_its_iteration_within_the_graceful_time),
        cmocka_unit_test(who_was_to_leave_stays_when_the_ramp_comes_back),
        cmocka_unit_test(every_vu_does_its_iterations_and_no_more),
        cmocka_unit_test(what_the_vus_had_no_time_for_is_cancelled),
        cmocka_unit_test(keys_add_vus_at_once_and_take_them_away_gently),
        cmocka_unit_test(a_shared_budget_survives_a_change_of_its_vus),
        cmocka_unit_test(active_vus_follow_a_chaotic_curve_within_one),
    };
    return cmocka_run_group_tests_name("closed", tests, NULL, NULL);
}
