/* Texts with ${...}: what they become, how values are put into them, and that printing one gives the same again. */
#include "plan_test.h"

#include <stdlib.h>

#include "print.h"
#include "template.h"

static const struct plan_text *initial(const struct plan *plan)
{
    for (size_t i = 0; i < plan->variable_count; i++)
        if (plan->variables[i].initial != NULL && strcmp(plan->variables[i].name, "v") == 0)
            return plan->variables[i].initial;
    fail_msg("the variable is constant");
    return NULL;
}

/* A plan whose variable v is the text, with names that it may use. */
static struct plan *plan_with(const char *text)
{
    char *whole = mem_format("[variables]\nfixed = a \"b\" c\nv = %s\n[request a]\nurl = http://h.test/\nextract.token = json $.t\n", text);
    struct plan *plan = good_plan(whole, "env", "CITY=Köln \"am\" Rhein", NULL);

    free(whole);
    return plan;
}

static void assert_printed(const char *text, const char *expected)
{
    struct plan *plan = plan_with(text), *again;
    struct buf out;

    buf_init(&out);
    template_print(&out, plan, initial(plan));
    assert_string_equal(out.data, expected);
    again = plan_with(out.data);
    buf_clear(&out);
    template_print(&out, again, initial(again));
    assert_string_equal(out.data, expected);
    buf_release(&out);
    plan_free(again);
    plan_free(plan);
}

static void a_text_is_printed_as_it_is_read(void **state)
{
    (void)state;
    assert_printed("x ${ token } y", "x ${token} y");
    assert_printed("${vu}/${iteration}/${scenario}", "${vu}/${iteration}/${scenario}");
    assert_printed("${secret:KEY}-${uuid}", "${secret:KEY}-${uuid}");
    assert_printed("${random_int(1,20)}", "${random_int(1, 20)}");
    assert_printed("${random_choice(a:3, \"b, c\":2, ${token})}", "${random_choice(\"a\":3, \"b, c\":2, \"${token}\":1)}");
    assert_printed("${hash(sha256, \"${base64(${token}:x)}\")}", "${hash(sha256, \"${base64(\"${token}:x\")}\")}");
    assert_printed("${random_string(8)}", "${random_string(8, 8, \"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\")}");
    assert_printed("${random_string(4, 6, a-c9-)}", "${random_string(4, 6, \"-abc9\")}");
    assert_printed(
        "${random_map(1, 2, ${random_string(3, xyz)}, ${random_int(1,9)})}",
        "${random_map(1, 2, \"${random_string(3, 3, \"xyz\")}\", \"${random_int(1, 9)}\")}");
    assert_printed("${timestamp(iso, -1h)}", "${timestamp(iso, -1h0m0s)}");
    assert_printed("${timestamp(\"%Y, %m\")}", "${timestamp(\"%Y, %m\")}");
    assert_printed("${random_timestamp(2024-01-31, now)}", "${random_timestamp(2024-01-31T00:00:00, now, unix)}");
    assert_printed("${sequence}${sequence(10, -2)}", "${sequence(1, 1)}${sequence(10, -2)}");
    assert_printed("$${token} $ $$ ${token}", "$${token} $ $$ ${token}");
    assert_printed("${token}$${hex:24}${token}", "${token}$${hex:24}${token}");
    assert_printed("${hex:41}${token}${hex:0D0A}", "A${token}${hex:0D}${hex:0A}");
    assert_printed("${token}${hex:2024}${token}", "${token} ${hex:24}${token}");
}

static void what_does_not_change_is_part_of_the_literals(void **state)
{
    struct plan *plan = plan_with("${token}|${fixed}|${env:CITY}|${env:ONAGER_TEST_UNSET:-a b}|${env:ONAGER_TEST_UNSET:-}");
    const struct plan_text *text = initial(plan);

    (void)state;
    assert_int_equal(text->count, 2);
    assert_int_equal(text->parts[0].kind, TEXT_VARIABLE);
    assert_string_equal(text->parts[1].bytes, "|a \"b\" c|Köln \"am\" Rhein|a b|");
    plan_free(plan);
}

static void values_are_escaped_for_where_they_stand(void **state)
{
    struct plan *plan = good_plan(
        "[variables]\nfixed = a \"b\"\n[request a]\nurl = http://h.test/${fixed}/${token}?x=${token}\nquery.q = ${fixed}&${token}\n"
        "header.X = ${token}\njson = {\"a\":\"${fixed} ${token} \\\\\",\"b\":${token},\"c\":\"${vu}\"}\nextract.token = json $.t\n",
        NULL);
    const struct plan_templates *t = plan->requests[0].templates;

    (void)state;
    assert_string_equal(t->target->parts[0].bytes, "/a%20%22b%22/");
    assert_int_equal(t->target->parts[1].escape, ESCAPE_TARGET);
    assert_string_equal(t->target->parts[4].bytes, "&q=a%20%22b%22%26");
    assert_int_equal(t->target->parts[5].escape, ESCAPE_QUERY);
    assert_int_equal(t->headers[0]->parts[0].escape, ESCAPE_HEADER);
    assert_string_equal(t->body->parts[0].bytes, "{\"a\":\"a \\\"b\\\" ");
    assert_int_equal(t->body->parts[1].escape, ESCAPE_JSON);
    assert_int_equal(t->body->parts[3].escape, ESCAPE_NONE);
    assert_int_equal(t->body->parts[5].escape, ESCAPE_JSON);
    assert_null(t->headers[1]); /* Content-Type */
    plan_free(plan);
}

static void json_values_are_told_from_strings(void **state)
{
    static const struct {
        const char *text;
        bool is_json;
    } cases[] = {
        { "${random_int(1,2)}", true },
        { "${timestamp}", true },
        { "${timestamp(iso)}", false },
        { "${uuid}", false },
        { "${random_int(1,2)}x", false },
        { "${json(${token})}", true },
        { "${vu}", true },
        { "${token}", false },
        { "${random_array(1,2,-1.5e3)}", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct plan *plan = plan_with(cases[i].text);

        if (initial(plan)->is_json != cases[i].is_json)
            fail_msg("%s", cases[i].text);
        plan_free(plan);
    }
    {
        static const char *const words[] = { "1", "-0.5", "1e9", "true", "null" }, *const others[] = { "01", "1.", "x", "tru", "1x", "-" };

        for (size_t i = 0; i < COUNT_OF(words) + COUNT_OF(others); i++) {
            bool is_word = i < COUNT_OF(words);
            char *text = mem_format("${random_array(1, 2, %s)}", is_word ? words[i] : others[i - COUNT_OF(words)]);
            struct plan *plan = plan_with(text);

            assert_int_equal(initial(plan)->parts[0].generator->texts[0].is_json, is_word);
            plan_free(plan);
            free(text);
        }
    }
}

static void long_values_and_odd_characters_survive(void **state)
{
    char *longest = mem_alloc(100001), *text;
    struct plan *plan;

    (void)state;
    memset(longest, 'x', 100000);
    text = mem_format(
        "[request a b]\nurl = http://h.test/\nbody = a; b # c = d\n    ; no comment? it is one\n    {\"k\": \"${token};#\"}\n"
        "header.X = ; # '\" \\ = :\nheader.Long = %s${token}\nextract.token = regex 'a;b#(c)'\ncheck.one two = body contains \"; # { }\"\n"
        "[flow f]\nstep = if body contains \"; } {\" { request a b; think 1s } ; request \"a b\"\n",
        longest);
    plan = good_plan(text, NULL);
    assert_string_equal(plan->requests[0].templates->body->parts[0].bytes, "a; b # c = d\n{\"k\": \"");
    assert_string_equal(plan->requests[0].headers[0].value, "; # '\" \\ = :");
    assert_int_equal(plan->requests[0].templates->headers[1]->parts[0].length, 100000);
    assert_string_equal(plan->requests[0].extracts[0].look.pattern, "a;b#(c)");
    assert_string_equal(plan->requests[0].checks[0].name, "one two");
    assert_string_equal(template_constant(&plan->requests[0].checks[0].test.operand, NULL), "; # { }");
    assert_int_equal(plan->flows[0].step_count, 5);
    assert_string_equal(template_constant(&plan->flows[0].steps[0].test->operand, NULL), "; } {");
    plan_free(plan);
    free(text);
    free(longest);
}

static void a_target_may_be_a_value_behind_base_url(void **state)
{
    struct plan *plan = good_plan(
        "[plan]\nbase_url = http://h.test:81/v1/\n[request a]\nurl = ${next}\nextract.next = json $.next\n[request b]\nurl = /x/${next}\n"
        "[scenario s]\nexecutor = constant-vus\nduration = 1s\nmix = a, b\n",
        NULL);

    (void)state;
    assert_string_equal(plan->requests[0].templates->target->parts[0].bytes, "/v1");
    assert_string_equal(plan->requests[1].templates->target->parts[0].bytes, "/v1/x/");
    assert_int_equal(plan->requests[1].port, 81);
    plan_free(plan);
}

static void a_quick_run_takes_values_too(void **state)
{
    struct error err = { 0 };
    struct plan *plan =
        build_target("http://h.test/user/${random_int(1, 9)}", NULL, &err, "header", "X: ${uuid}", "json", "{\"n\":\"${vu}\"}", NULL);

    (void)state;
    assert_non_null(plan);
    assert_string_equal(plan->requests[0].name, "/user/_");
    assert_int_equal(plan->requests[0].templates->target->count, 2);
    assert_int_equal(plan->requests[0].templates->headers[0]->parts[0].kind, TEXT_GENERATOR);
    assert_int_equal(plan->requests[0].templates->body->parts[1].kind, TEXT_VU);
    plan_free(plan);
    assert_null(build_target("http://h.test/${nothing}", NULL, &err, NULL));
    assert_non_null(strstr(err.text, "URL: unknown name \"nothing\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_printed_as_it_is_read),
        cmocka_unit_test(what_does_not_change_is_part_of_the_literals),
        cmocka_unit_test(values_are_escaped_for_where_they_stand),
        cmocka_unit_test(json_values_are_told_from_strings),
        cmocka_unit_test(long_values_and_odd_characters_survive),
        cmocka_unit_test(a_target_may_be_a_value_behind_base_url),
        cmocka_unit_test(a_quick_run_takes_values_too),
    };
    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
