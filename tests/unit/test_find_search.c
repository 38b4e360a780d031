/* find_search: the search against targets that are functions: of a known capacity, of one that gets worse, and so on. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "find_search.h"
#include "onager/units.h"

#define STEPS_MAX 100

/* What a target does at a rate; `step` counts from 0. */
struct model {
    enum find_result (*result)(const struct model *model, const struct find_ask *ask, unsigned step, uint64_t *p99_ns);
    uint64_t capacity, other;
};

struct course {
    struct find find;
    struct find_ask asks[STEPS_MAX];
    enum find_result results[STEPS_MAX];
    unsigned count;
};

static void run(struct course *course, const struct model *model, uint64_t min, uint64_t max)
{
    const struct find_plan plan = { min, max, 50000, 10 * NS_PER_S, 30 * NS_PER_S };
    struct find_ask ask;

    *course = (struct course){ .count = 0 };
    find_init(&course->find, &plan);
    while (find_next(&course->find, &ask)) {
        uint64_t p99_ns = 5 * NS_PER_MS;

        assert_true(course->count < STEPS_MAX);
        assert_true(ask.rate >= min && ask.rate <= max);
        assert_int_equal(ask.duration_ns, ask.phase == FIND_CONFIRM ? plan.hold_ns : plan.step_ns);
        course->asks[course->count] = ask;
        course->results[course->count] = model->result(model, &ask, course->count, &p99_ns);
        find_tell(&course->find, course->results[course->count++], p99_ns);
    }
    assert_false(find_next(&course->find, &ask));
}

static enum find_result known(const struct model *model, const struct find_ask *ask, unsigned step, uint64_t *p99_ns)
{
    return ask->rate <= model->capacity ? FIND_PASSED : FIND_FAILED;
}

static void every_capacity_is_found_to_the_precision_and_confirmed(void **state)
{
    (void)state;
    for (uint64_t capacity = 10; capacity < 5000; capacity += 1 + capacity / 7) {
        const struct model model = { known, capacity, 0 };
        struct course course;

        run(&course, &model, 10, 10000);
        assert_int_equal(course.find.outcome, FIND_SUSTAINED);
        if (course.find.sustained > capacity || course.find.sustained + course.find.sustained / 20 + 1 < capacity)
            fail_msg("%llu of %llu", (unsigned long long)course.find.sustained, (unsigned long long)capacity);
        assert_true(course.find.breaking > capacity && course.find.breaking <= capacity + capacity / 20 + 2);
        assert_int_equal(course.asks[course.count - 1].phase, FIND_CONFIRM);
        assert_int_equal(course.asks[course.count - 1].rate, course.find.sustained);
        assert_true(course.count <= 18);
    }
}

static void the_bracket_doubles_and_never_passes_the_maximum(void **state)
{
    const struct model model = { known, 1000000, 0 };
    static const uint64_t rates[] = { 10, 20, 40, 80, 100, 100 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 100);
    assert_int_equal(course.count, 6);
    for (unsigned i = 0; i < course.count; i++)
        assert_int_equal(course.asks[i].rate, rates[i]);
    assert_int_equal(course.find.outcome, FIND_MAX_SUSTAINED);
    assert_int_equal(course.find.sustained, 100);
    assert_int_equal(course.find.breaking, 0);
    run(&course, &model, 7, 7);
    assert_int_equal(course.find.outcome, FIND_MAX_SUSTAINED);
    assert_int_equal(course.count, 2);
}

static void a_minimum_that_fails_ends_the_search_at_once(void **state)
{
    const struct model model = { known, 9, 0 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 1000);
    assert_int_equal(course.find.outcome, FIND_BELOW_MINIMUM);
    assert_int_equal(course.count, 1);
    assert_int_equal(course.find.sustained, 0);
    assert_int_equal(course.find.breaking, 10);
}

/* Each step takes a share of what is left. */
static enum find_result worse(const struct model *model, const struct find_ask *ask, unsigned step, uint64_t *p99_ns)
{
    uint64_t capacity = model->capacity;

    for (unsigned i = 0; i < step; i++)
        capacity = capacity * 7 / 10;
    *p99_ns = 5 * NS_PER_MS * model->capacity / (capacity > 0 ? capacity : 1);
    return ask->rate <= capacity ? FIND_PASSED : FIND_FAILED;
}

static void a_target_that_gets_worse_by_itself_is_found_out(void **state)
{
    (void)state;
    for (uint64_t capacity = 500; capacity <= 4000; capacity *= 2) {
        const struct model model = { worse, capacity, 0 };
        struct course course;

        run(&course, &model, 10, 10000);
        assert_int_equal(course.find.outcome, FIND_DEGRADES);
        assert_int_equal(course.find.sustained, 0);
        assert_int_equal(course.asks[course.count - 1].phase, FIND_BASELINE);
        assert_int_equal(course.asks[course.count - 1].rate, 10);
        assert_true(course.count <= 14);
    }
}

/* The minimum still passes, but its p99 does not forget. */
static enum find_result slower(const struct model *model, const struct find_ask *ask, unsigned step, uint64_t *p99_ns)
{
    *p99_ns = step == 0 ? 5 * NS_PER_MS : 50 * NS_PER_MS;
    return ask->rate <= model->capacity && (step < 6 || ask->rate == 10) ? FIND_PASSED : FIND_FAILED;
}

static void a_minimum_that_passes_but_is_much_slower_counts_as_worse(void **state)
{
    const struct model model = { slower, 320, 0 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 10000);
    assert_int_equal(course.find.outcome, FIND_DEGRADES);
}

/* A step passes at rates that do not hold. */
static enum find_result lucky(const struct model *model, const struct find_ask *ask, unsigned step, uint64_t *p99_ns)
{
    return ask->rate <= (ask->phase == FIND_CONFIRM ? model->other : model->capacity) ? FIND_PASSED : FIND_FAILED;
}

static void a_rate_that_does_not_hold_gives_way_to_a_lower_one(void **state)
{
    const struct model model = { lucky, 210, 195 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 10000);
    assert_int_equal(course.find.outcome, FIND_SUSTAINED);
    assert_true(course.find.sustained <= 195 && course.find.sustained >= 180);
    assert_true(course.find.breaking > 195 && course.find.breaking <= 210);
}

static void a_target_on_which_no_rate_holds_is_unstable(void **state)
{
    const struct model model = { lucky, 200, 0 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 10000);
    assert_int_equal(course.find.outcome, FIND_UNSTABLE);
    assert_int_equal(course.find.sustained, 0);
}

/* The generator cannot do more than `other`. */
static enum find_result weak(const struct model *model, const struct find_ask *ask, unsigned step, uint64_t *p99_ns)
{
    if (ask->rate > model->other)
        return FIND_NOT_VALID;
    return ask->rate <= model->capacity ? FIND_PASSED : FIND_FAILED;
}

static void the_search_backs_off_from_rates_that_the_generator_cannot_do(void **state)
{
    const struct model model = { weak, 100000, 700 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 100000);
    assert_int_equal(course.find.outcome, FIND_SUSTAINED);
    assert_true(course.find.sustained <= 700 && course.find.sustained >= 660);
    assert_true(course.find.is_high_generators);
    assert_int_equal(course.find.breaking, 0); /* the target never failed */
}

static void a_step_that_is_not_valid_is_tried_once_more(void **state)
{
    const struct model model = { weak, 100000, 700 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 100000);
    for (unsigned i = 0; i + 1 < course.count; i++)
        if (course.results[i] == FIND_NOT_VALID &&
            (i == 0 || course.results[i - 1] != FIND_NOT_VALID || course.asks[i - 1].rate != course.asks[i].rate))
            assert_int_equal(course.asks[i + 1].rate, course.asks[i].rate);
}

static enum find_result once(const struct model *model, const struct find_ask *ask, unsigned step, uint64_t *p99_ns)
{
    return step % 2 == 0 ? FIND_NOT_VALID : known(model, ask, step, p99_ns);
}

static void one_disturbance_at_each_rate_changes_nothing(void **state)
{
    const struct model calm = { known, 300, 0 }, disturbed = { once, 300, 0 };
    struct course course;
    uint64_t sustained;

    (void)state;
    run(&course, &calm, 10, 10000);
    sustained = course.find.sustained;
    run(&course, &disturbed, 10, 10000);
    assert_int_equal(course.find.sustained, sustained);
    assert_false(course.find.is_high_generators);
}

static void a_minimum_that_was_never_measured_says_so(void **state)
{
    const struct model model = { weak, 1000, 5 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 10000);
    assert_int_equal(course.find.outcome, FIND_GENERATOR);
    assert_int_equal(course.count, 2);
}

static enum find_result stops(const struct model *model, const struct find_ask *ask, unsigned step, uint64_t *p99_ns)
{
    return step == 3 ? FIND_STOPPED : FIND_PASSED;
}

static void a_stop_ends_the_search(void **state)
{
    const struct model model = { stops, 0, 0 };
    struct course course;

    (void)state;
    run(&course, &model, 10, 10000);
    assert_int_equal(course.find.outcome, FIND_ENDED);
    assert_int_equal(course.count, 4);
    assert_int_equal(course.find.low, 40);
}

static void the_knee_is_the_last_rate_before_p99_doubles(void **state)
{
    static const struct find_point points[] = { { 160, 12 }, { 10, 5 }, { 320, 900 }, { 20, 6 }, { 80, 10 }, { 40, 7 }, { 100, 11 } };

    (void)state;
    assert_int_equal(find_knee(points, 7), 80);
    assert_int_equal(find_knee(points + 1, 1), 10);
    assert_int_equal(find_knee(points, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_capacity_is_found_to_the_precision_and_confirmed),
        cmocka_unit_test(the_bracket_doubles_and_never_passes_the_maximum),
        cmocka_unit_test(a_minimum_that_fails_ends_the_search_at_once),
        cmocka_unit_test(a_target_that_gets_worse_by_itself_is_found_out),
        cmocka_unit_test(a_minimum_that_passes_but_is_much_slower_counts_as_worse),
        cmocka_unit_test(a_rate_that_does_not_hold_gives_way_to_a_lower_one),
        cmocka_unit_test(a_target_on_which_no_rate_holds_is_unstable),
        cmocka_unit_test(the_search_backs_off_from_rates_that_the_generator_cannot_do),
        cmocka_unit_test(a_step_that_is_not_valid_is_tried_once_more),
        cmocka_unit_test(one_disturbance_at_each_rate_changes_nothing),
        cmocka_unit_test(a_minimum_that_was_never_measured_says_so),
        cmocka_unit_test(a_stop_ends_the_search),
        cmocka_unit_test(the_knee_is_the_last_rate_before_p99_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
