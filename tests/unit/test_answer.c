/* Looking into answers: every way to a value, and every question about one. The texts of plans are read by the plan's own readers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "html_field.h"
#include "json_path.h"
#include "mem.h"

struct fixture {
    struct plan plan;
    struct journey_shared shared;
    struct renderer renderer;
    struct looker looker;
    struct values values;
    struct random random;
    struct buf body, fields;
    struct answer answer;
};

static void add_field(struct fixture *f, const char *line)
{
    buf_add(&f->fields, line, strlen(line) + 1);
}

static int set_up(void **state)
{
    static struct plan_variable variables[1];
    struct fixture *f = mem_alloc(sizeof *f);

    f->plan.variables = variables;
    f->plan.variable_count = 1;
    f->shared.plan = &f->plan;
    renderer_init(&f->renderer, &f->shared);
    looker_init(&f->looker, &f->renderer);
    values_init(&f->values, &f->shared);
    random_init(&f->random, 1, 1);
    f->values.random = &f->random;
    f->values.scenario = "s";
    buf_add_text(&f->body, "{\"id\":42,\"name\":\"ann\",\"on\":true,\"list\":[1,2,3]}<input type=hidden name=t value=v>");
    add_field(f, "Content-Type: text/html");
    add_field(f, "X-Count: 17");
    add_field(f, "x-count: 18");
    add_field(f, "Set-Cookie: a=1; Path=/");
    add_field(f, "Set-Cookie: sid=s3; HttpOnly");
    f->answer =
        (struct answer){ .status = 201, .duration_ns = 12500000, .body_bytes = f->body.length, .body = &f->body, .fields = &f->fields };
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    answer_release(&f->answer);
    values_release(&f->values, &f->plan);
    looker_release(&f->looker);
    renderer_release(&f->renderer);
    buf_release(&f->body);
    buf_release(&f->fields);
    free(f);
    return 0;
}

static void assert_finds(struct fixture *f, const struct plan_look *look, const char *expected)
{
    struct look_value value;
    bool is_there = look_find(&f->looker, &f->values, look, &f->answer, &value);

    assert_int_equal(is_there, expected != NULL);
    if (expected == NULL)
        return;
    assert_int_equal(value.length, strlen(expected));
    assert_memory_equal(value.text, expected, value.length);
}

static void assert_json(struct fixture *f, const char *path, const char *expected)
{
    struct plan_look look = { .kind = LOOK_JSON };

    assert_int_equal(json_path_parse(&look.path, path, NULL), 0);
    assert_finds(f, &look, expected);
    json_path_release(&look.path);
}

static void json_is_read_once_and_only_where_it_is_json(void **state)
{
    struct fixture *f = *state;

    assert_json(f, "$.id", NULL); /* what follows the object is none */
    f->answer.is_parsed = false;
    f->body.length = strcspn(f->body.data, "<");
    assert_json(f, "$.id", "42");
    assert_json(f, "$.name", "ann");
    assert_json(f, "$.on", "true");
    assert_json(f, "$.list.length", "3");
    assert_json(f, "$.none", NULL);
}

static void assert_named(struct fixture *f, enum look_kind kind, const char *name, const char *expected)
{
    char *copy = mem_copy(name);

    assert_finds(f, &(struct plan_look){ .kind = kind, .name = copy }, expected);
    free(copy);
}

static void headers_and_cookies_are_found_by_name(void **state)
{
    struct fixture *f = *state;

    assert_named(f, LOOK_HEADER, "content-type", "text/html");
    assert_named(f, LOOK_HEADER, "X-Count", "17");
    assert_named(f, LOOK_HEADER, "X-Coun", NULL);
    assert_named(f, LOOK_COOKIE, "sid", "s3");
    assert_named(f, LOOK_COOKIE, "a", "1");
    assert_named(f, LOOK_COOKIE, "Path", NULL);
}

static void a_cookie_of_an_earlier_answer_is_the_vus(void **state)
{
    struct fixture *f = *state;
    struct cookie_jar *jar = cookie_jar_new();

    f->answer.place = (struct cookie_place){ "a.test", "/", false };
    f->answer.jar = jar;
    assert_true(cookie_jar_set(jar, &f->answer.place, "old=yes", 7, 1));
    assert_named(f, LOOK_COOKIE, "old", "yes");
    assert_named(f, LOOK_COOKIE, "sid", "s3");
    assert_named(f, LOOK_COOKIE, "none", NULL);
    cookie_jar_free(jar);
}

static void the_facts_of_an_answer_are_values_too(void **state)
{
    struct fixture *f = *state;
    double number;

    assert_finds(f, &(struct plan_look){ .kind = LOOK_STATUS }, "201");
    assert_finds(f, &(struct plan_look){ .kind = LOOK_DURATION }, "12.500");
    assert_true(look_number(&f->looker, &f->values, &(struct plan_look){ .kind = LOOK_DURATION }, &f->answer, &number));
    assert_true(number == 12.5);
    assert_true(look_number(&f->looker, &f->values, &(struct plan_look){ .kind = LOOK_SIZE }, &f->answer, &number));
    assert_true(number == (double)f->body.length);
    if (html_field_is_available())
        assert_named(f, LOOK_FORM, "t", "v");
}

static bool ask(struct fixture *f, struct plan_test *test)
{
    bool holds = test_holds(&f->looker, &f->values, test, &f->answer);

    return holds;
}

static struct plan_text literal(struct text_part *part, char *text)
{
    *part = (struct text_part){ .kind = TEXT_LITERAL, .bytes = text, .length = strlen(text) };
    return (struct plan_text){ .parts = part, .count = 1 };
}

static void tests_compare_numbers_and_texts(void **state)
{
    struct fixture *f = *state;
    char seventeen[] = "17", name[] = "X-Count", no[] = "X-No", text[] = "text";
    struct text_part part;
    struct plan_test test = { .look = { .kind = LOOK_HEADER, .name = name }, .op = TEST_EQUAL, .operand = literal(&part, seventeen) };

    assert_true(ask(f, &test));
    test.op = TEST_NOT_EQUAL;
    assert_false(ask(f, &test));
    test.op = TEST_LESS;
    assert_false(ask(f, &test));
    test.op = TEST_LESS_EQUAL;
    assert_true(ask(f, &test));
    test.is_number = true;
    test.number = 16.5;
    test.op = TEST_GREATER;
    assert_true(ask(f, &test));
    test.op = TEST_EQUAL;
    assert_false(ask(f, &test));
    test.is_number = false;
    test.op = TEST_EXISTS;
    assert_true(ask(f, &test));
    test.look.name = no;
    assert_false(ask(f, &test));
    test.op = TEST_ABSENT;
    assert_true(ask(f, &test));
    test.look = (struct plan_look){ .kind = LOOK_BODY };
    test.operand = literal(&part, text);
    test.op = TEST_CONTAINS;
    assert_false(ask(f, &test));
    test.op = TEST_NOT_CONTAINS;
    assert_true(ask(f, &test));
}

static void a_status_is_one_of_a_set(void **state)
{
    struct fixture *f = *state;
    struct plan_test test = { .look = { .kind = LOOK_STATUS }, .op = TEST_STATUSES };

    assert_false(ask(f, &test));
    test.statuses[201 / 64] |= UINT64_C(1) << (201 % 64);
    assert_true(ask(f, &test));
    f->answer.status = 0;
    assert_false(ask(f, &test));
}

/* What there is not is no to every question but those that ask for that. */
static void without_an_answer_nothing_is_there(void **state)
{
    static const enum test_operator yes[] = { TEST_ABSENT, TEST_NOT_EQUAL, TEST_NOT_CONTAINS };
    static const enum look_kind kinds[] = { LOOK_JSON, LOOK_HEADER, LOOK_COOKIE, LOOK_BODY, LOOK_SIZE, LOOK_DURATION, LOOK_STATUS };
    struct fixture *f = *state;
    char name[] = "X-Count";

    f->answer.status = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (enum test_operator op = TEST_EXISTS; op <= TEST_NOT_CONTAINS; op++) {
            struct plan_test test = { .look = { .kind = kinds[k], .name = name }, .op = op };
            bool expected = false;

            for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
                expected |= yes[i] == op;
            assert_int_equal(ask(f, &test), expected);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_is_read_once_and_only_where_it_is_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(headers_and_cookies_are_found_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_of_an_earlier_answer_is_the_vus, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_facts_of_an_answer_are_values_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tests_compare_numbers_and_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_status_is_one_of_a_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_an_answer_nothing_is_there, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
