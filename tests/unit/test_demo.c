/* The dice, the users, the routes and the delays of the demo target: pure parts, no socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "target_answer.h"
#include "delays.h"
#include "story.h"
#include "users.h"

#define DRAWS 100000u

struct tally {
    unsigned faults[TARGET_FAULT_COUNT];
    uint64_t least_ns[TARGET_FAULT_COUNT], most_ns[TARGET_FAULT_COUNT];
};

static struct tally draw_many(uint64_t seed, enum target_mode mode, enum target_endpoint endpoint)
{
    struct tally tally = { 0 };
    struct random random;

    memset(tally.least_ns, 0xff, sizeof tally.least_ns);
    random_init(&random, seed, 0);
    for (unsigned i = 0; i < DRAWS; i++) {
        struct target_draw draw = target_draw(&random, mode, endpoint, false);

        tally.faults[draw.fault]++;
        if (draw.delay_ns < tally.least_ns[draw.fault])
            tally.least_ns[draw.fault] = draw.delay_ns;
        if (draw.delay_ns > tally.most_ns[draw.fault])
            tally.most_ns[draw.fault] = draw.delay_ns;
    }
    return tally;
}

/* 0.4 % of 100,000 draws: over four standard deviations of the widest row */
#define assert_share(count, share) assert_in_range(count, (unsigned)((share)*DRAWS) - 650, (unsigned)((share)*DRAWS) + 650)

static void faults_come_with_their_probabilities_and_delays(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct tally tally = draw_many(7, TARGET_FAULTS, i == 0 ? ENDPOINT_LIST : ENDPOINT_ECHO);

        assert_share(tally.faults[TARGET_LATE_500], 0.10);
        assert_share(tally.faults[TARGET_QUICK_400], 0.05);
        assert_share(tally.faults[TARGET_DELAYED], 0.03);
        assert_share(tally.faults[TARGET_NO_FAULT], 0.82);
        assert_in_range(tally.least_ns[TARGET_LATE_500], 1000 * NS_PER_MS, 1010 * NS_PER_MS);
        assert_in_range(tally.most_ns[TARGET_LATE_500], 2990 * NS_PER_MS, 3000 * NS_PER_MS);
        assert_in_range(tally.least_ns[TARGET_DELAYED], 200 * NS_PER_MS, 210 * NS_PER_MS);
        assert_in_range(tally.most_ns[TARGET_DELAYED], 690 * NS_PER_MS, 700 * NS_PER_MS);
        assert_int_equal(tally.most_ns[TARGET_QUICK_400], 0);
    }
}

static void health_fails_in_ten_and_is_slow_in_five_of_the_rest(void **state)
{
    struct tally tally = draw_many(7, TARGET_FAULTS, ENDPOINT_HEALTH);

    (void)state;
    assert_share(tally.faults[TARGET_LATE_500], 0.10);
    assert_share(tally.faults[TARGET_DELAYED], 0.045);
    assert_int_equal(tally.faults[TARGET_QUICK_400], 0);
}

static void creating_a_user_never_fails_by_chance(void **state)
{
    static const enum target_mode modes[] = { TARGET_HEALTHY, TARGET_FAULTS, TARGET_MILD, TARGET_SLOW, TARGET_BURST };

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(draw_many(i, modes[i], ENDPOINT_CREATE).faults[TARGET_NO_FAULT], DRAWS);
        assert_int_equal(draw_many(i, modes[i], ENDPOINT_STATS).faults[TARGET_NO_FAULT], DRAWS);
    }
}

static void each_act_does_what_it_says(void **state)
{
    struct tally tally;

    (void)state;
    for (unsigned i = 0; i < ENDPOINT_COUNT; i++)
        assert_int_equal(draw_many(1, TARGET_HEALTHY, (enum target_endpoint)i).faults[TARGET_NO_FAULT], DRAWS);
    tally = draw_many(1, TARGET_MILD, ENDPOINT_LIST);
    assert_share(tally.faults[TARGET_QUICK_500], 0.03);
    assert_share(tally.faults[TARGET_DELAYED], 0.05);
    assert_in_range(tally.most_ns[TARGET_DELAYED], 99 * NS_PER_MS, 100 * NS_PER_MS);
    tally = draw_many(1, TARGET_SLOW, ENDPOINT_READ);
    assert_int_equal(tally.faults[TARGET_DELAYED], DRAWS);
    assert_in_range(tally.least_ns[TARGET_DELAYED], 250 * NS_PER_MS, 260 * NS_PER_MS);
    assert_int_equal(draw_many(1, TARGET_SLOW, ENDPOINT_LIST).faults[TARGET_NO_FAULT], DRAWS);
    assert_share(draw_many(1, TARGET_BURST, ENDPOINT_LIST).faults[TARGET_BUSY_503], 0.60);
}

static void the_same_seed_draws_the_same_and_another_does_not(void **state)
{
    struct random a, b, c;
    unsigned different = 0;

    (void)state;
    random_init(&a, 3, 0);
    random_init(&b, 3, 0);
    random_init(&c, 4, 0);
    for (unsigned i = 0; i < 1000; i++) {
        struct target_draw one = target_draw(&a, TARGET_FAULTS, ENDPOINT_LIST, true);
        struct target_draw two = target_draw(&b, TARGET_FAULTS, ENDPOINT_LIST, true);
        struct target_draw other = target_draw(&c, TARGET_FAULTS, ENDPOINT_LIST, true);

        assert_int_equal(one.fault, two.fault);
        assert_int_equal(one.delay_ns, two.delay_ns);
        different += one.delay_ns != other.delay_ns;
    }
    assert_true(different > 800);
}

/* Walks the plan clock in steps of a frame; the acts begin where the caller says, each once. */
static void assert_lesson(struct story *story, uint32_t run_number, uint64_t step_ns, const uint64_t begins_ns[5])
{
    size_t seen = 0;

    for (uint64_t at_ns = 0; at_ns <= story->length_ns; at_ns += step_ns) {
        const struct story_act *act = story_turn(story, run_number, at_ns);

        if (act == NULL)
            continue;
        assert_true(seen < 5);
        assert_ptr_equal(act, &story_lesson[seen]);
        assert_int_equal(at_ns, begins_ns[seen]);
        seen++;
    }
    assert_int_equal(seen, 5);
}

static void the_story_is_healthy_fails_is_slow_bursts_and_recovers_and_a_rerun_tells_it_again(void **state)
{
    static const enum target_mode modes[] = { TARGET_HEALTHY, TARGET_MILD, TARGET_SLOW, TARGET_BURST, TARGET_HEALTHY };
    const uint64_t half_minute[] = { 0, 6 * NS_PER_S, 12 * NS_PER_S, 18 * NS_PER_S, 22500 * NS_PER_MS };
    const uint64_t minute[] = { 0, 12 * NS_PER_S, 24 * NS_PER_S, 36 * NS_PER_S, 45 * NS_PER_S };
    struct story story = { .acts = story_lesson, .count = story_lesson_count, .length_ns = STORY_NS };

    (void)state;
    assert_int_equal(story_lesson_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(story_lesson[i].mode, modes[i]);
    assert_lesson(&story, 1, 250 * NS_PER_MS, half_minute);
    assert_null(story_turn(&story, 1, 3600 * NS_PER_S));
    assert_lesson(&story, 2, 250 * NS_PER_MS, half_minute);
    story = (struct story){ .acts = story_lesson, .count = story_lesson_count, .length_ns = 60 * NS_PER_S };
    assert_lesson(&story, 1, 250 * NS_PER_MS, minute);
}

static void a_story_waits_in_a_pause_begins_again_in_the_middle_and_leaves_out_what_is_over(void **state)
{
    struct story story = { .acts = story_lesson, .count = story_lesson_count, .length_ns = STORY_NS };
    struct story none = { .length_ns = STORY_NS };

    (void)state;
    assert_null(story_turn(&none, 1, 0));
    assert_ptr_equal(story_turn(&story, 1, 0), &story_lesson[0]);
    assert_null(story_turn(&story, 1, 6 * NS_PER_S - 1));
    for (unsigned i = 0; i < 100; i++) /* the plan clock stands still */
        assert_null(story_turn(&story, 1, 6 * NS_PER_S - 1));
    assert_ptr_equal(story_turn(&story, 1, 6 * NS_PER_S), &story_lesson[1]);
    assert_ptr_equal(story_turn(&story, 1, 19 * NS_PER_S), &story_lesson[3]);
    assert_ptr_equal(story_turn(&story, 2, 0), &story_lesson[0]);
    assert_ptr_equal(story_turn(&story, 2, 6 * NS_PER_S), &story_lesson[1]);
}

static void what_a_person_is_told_fits_a_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < story_lesson_count; i++)
        assert_in_range(strlen(story_lesson[i].text), 10, 60); /* a command holds 63, a line of 80 the time and the name too */
}

static void users_come_change_and_go(void **state)
{
    struct users users;
    const struct user *user;

    (void)state;
    users_init(&users, 0);
    assert_int_equal(users.count, 5);
    assert_string_equal(users_find(&users, 5)->name, "Eve");
    assert_string_equal(users_find(&users, 1)->created_at, "1970-01-01T00:00:00Z");
    user = users_add(&users, NULL, NULL, 0);
    assert_int_equal(user->id, 6);
    assert_string_equal(user->name, "User 6");
    assert_string_equal(users_change(&users, 6, "Fay", NULL)->name, "Fay");
    assert_string_equal(users_find(&users, 6)->email, "user6@example.org");
    assert_true(users_remove(&users, 3));
    assert_false(users_remove(&users, 3));
    assert_null(users_find(&users, 3));
    assert_null(users_change(&users, 3, "x", NULL));
    assert_int_equal(users_add(&users, NULL, NULL, 0)->id, 7);
    users_release(&users);
}

static void a_full_store_forgets_the_oldest_addition_and_keeps_the_first_five(void **state)
{
    struct users users;

    (void)state;
    users_init(&users, 0);
    for (unsigned i = 0; i < USERS_MAX; i++)
        users_add(&users, "x", "y", 0);
    assert_int_equal(users.count, USERS_MAX);
    assert_non_null(users_find(&users, 5));
    assert_null(users_find(&users, 10));
    assert_non_null(users_find(&users, 11));
    assert_non_null(users_find(&users, USERS_MAX + 5));
    users_release(&users);
}

static void assert_answer(struct users *users, const char *method, const char *path, const char *body, unsigned status, const char *part)
{
    struct target_request request = {
        .method = method, .path = path, .endpoint = target_route(method, path), .body = body, .body_length = strlen(body)
    };
    struct target_answer answer;

    target_answer_fill(&answer, &request, users);
    assert_int_equal(answer.status, status);
    if (strstr(answer.body, part) == NULL)
        fail_msg("%s %s: no \"%s\" in \"%s\"", method, path, part, answer.body);
    target_answer_release(&answer);
}

static void routes_answer_as_the_table_says(void **state)
{
    struct users users;

    (void)state;
    users_init(&users, 0);
    assert_answer(&users, "GET", "/", "", 200, "\"status\":\"running\"");
    assert_answer(&users, "GET", "/health", "", 200, "\"healthy\"");
    assert_answer(&users, "GET", "/api/users", "", 200, "\"total\":5");
    assert_answer(&users, "POST", "/api/users", "{\"name\":\"Zoë\"}", 201, "Zo\xc3\xab");
    assert_answer(&users, "POST", "/api/users", "{\"name\":", 400, "JSON");
    assert_answer(&users, "POST", "/api/users", "[1]", 400, "JSON");
    assert_answer(&users, "GET", "/api/users/6", "", 200, "Zo\xc3\xab");
    assert_answer(&users, "PUT", "/api/users/6", "{\"email\":\"z@x\"}", 200, "z@x");
    assert_answer(&users, "PUT", "/api/users/99", "{}", 404, "no such user");
    assert_answer(&users, "GET", "/api/users/x", "", 400, "not a number");
    assert_answer(&users, "GET", "/api/users/1x", "", 400, "not a number");
    assert_answer(&users, "GET", "/api/users/-1", "", 400, "not a number");
    assert_answer(&users, "GET", "/api/users/", "", 400, "not a number");
    assert_answer(&users, "DELETE", "/api/users/6", "", 204, "");
    assert_answer(&users, "DELETE", "/api/users/6", "", 404, "no such user");
    assert_answer(&users, "POST", "/api/echo", "a\"b", 200, "a\\\"b");
    assert_answer(&users, "POST", "/api/echo", "\xff", 200, "\"body\":null");
    assert_answer(&users, "GET", "/api/echo", "", 405, "not served");
    assert_answer(&users, "PATCH", "/api/users", "", 405, "not served");
    assert_answer(&users, "GET", "/nowhere", "", 404, "nothing");
    assert_answer(&users, "GET", "/signup", "", 200, "<form");
    assert_answer(&users, "POST", "/signup", "name=x", 400, "token");
    assert_answer(&users, "POST", "/signup", "token=8c1f5e&name=x", 303, "");
    assert_answer(&users, "HEAD", "/shop", "", 200, "<h1>");
    users_release(&users);
}

static void delays_come_out_in_the_order_they_are_due(void **state)
{
    struct delays delays = { 0 };
    struct random random;
    uint64_t values[500], last = 0;

    (void)state;
    random_init(&random, 1, 0);
    assert_int_equal(delays_next_ns(&delays), UINT64_MAX);
    for (unsigned i = 0; i < 500; i++) {
        values[i] = random_below(&random, 1000);
        delays_add(&delays, values[i], &values[i]);
    }
    for (unsigned i = 0; i < 500; i++) {
        uint64_t due_ns = delays_next_ns(&delays);
        uint64_t *item;

        assert_true(due_ns >= last);
        if (due_ns > 0)
            assert_null(delays_take_due(&delays, due_ns - 1));
        item = delays_take_due(&delays, due_ns);
        assert_non_null(item);
        assert_int_equal(*item, due_ns);
        last = due_ns;
    }
    assert_null(delays_take_due(&delays, UINT64_MAX));
    delays_release(&delays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_come_with_their_probabilities_and_delays),
        cmocka_unit_test(health_fails_in_ten_and_is_slow_in_five_of_the_rest),
        cmocka_unit_test(creating_a_user_never_fails_by_chance),
        cmocka_unit_test(each_act_does_what_it_says),
        cmocka_unit_test(the_same_seed_draws_the_same_and_another_does_not),
        cmocka_unit_test(the_story_is_healthy_fails_is_slow_bursts_and_recovers_and_a_rerun_tells_it_again),
        cmocka_unit_test(a_story_waits_in_a_pause_begins_again_in_the_middle_and_leaves_out_what_is_over),
        cmocka_unit_test(what_a_person_is_told_fits_a_line),
        cmocka_unit_test(users_come_change_and_go),
        cmocka_unit_test(a_full_store_forgets_the_oldest_addition_and_keeps_the_first_five),
        cmocka_unit_test(routes_answer_as_the_table_says),
        cmocka_unit_test(delays_come_out_in_the_order_they_are_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
