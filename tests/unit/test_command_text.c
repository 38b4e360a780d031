/* Commands as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "onager/engine.h"

static char n_shop[] = "shop", n_api[] = "api v2";
static struct plan_scenario scenarios[] = { { .name = n_shop }, { .name = n_api } };
static const struct plan plan = { .scenarios = scenarios, .scenario_count = 2 };

static struct command good(const char *line)
{
    struct command command = { .scenario = 1 };
    struct error err = { 0 };

    onager_command_parse(&command, line, &plan, &err);
    assert_string_equal(err.text, "");
    return command;
}

static void bad(const char *line, const char *expected)
{
    struct command command = { .scenario = 0 };
    struct error err = { 0 };

    assert_int_equal(onager_command_parse(&command, line, &plan, &err), -1);
    assert_string_equal(err.text, expected);
    assert_int_equal(err.exit_code, EXIT_USAGE);
}

static void every_command_of_the_table_is_found_by_its_word_and_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        enum command_kind kind = (enum command_kind)i;
        const char *argument = kind == COMMAND_SCALE ? " +10%" : kind == COMMAND_SET_RATE || kind == COMMAND_SET_VUS ? " 5" : "";
        char line[60];

        for (int by_name = 0; by_name < 2; by_name++) {
            snprintf(line, sizeof line, "%s%s", by_name ? command_name(kind) : command_word(kind), argument);
            assert_int_equal(good(line).kind, kind);
        }
    }
}

static void amounts_are_read_exactly(void **state)
{
    struct command c;

    (void)state;
    c = good(":rate 12.5");
    assert_int_equal(c.rate.count, 25);
    assert_int_equal(c.rate.per_ns, 2 * NS_PER_S);
    assert_int_equal(good("rate 300/m").rate.per_ns, 60 * NS_PER_S);
    assert_int_equal(good("vus 1k").vus, 1000);
    assert_int_equal(good("scale +20%").factor_ppm, 1200000);
    assert_int_equal(good("scale -20").factor_ppm, 800000);
    c = good("spike");
    assert_int_equal(c.factor_ppm, 3000000);
    assert_int_equal(c.duration_ns, 30 * NS_PER_S);
    c = good("spike 2.5 1m30s");
    assert_int_equal(c.factor_ppm, 2500000);
    assert_int_equal(c.duration_ns, 90 * NS_PER_S);
    assert_int_equal(good("spike x4").factor_ppm, 4000000);
    assert_string_equal(good("mark  pool=40 on db1").text, "pool=40 on db1");
    assert_string_equal(good("mark").text, "mark");
}

static void a_scenario_may_stand_last_else_the_aim_stays(void **state)
{
    (void)state;
    assert_int_equal(good("rate 50").scenario, 1);
    assert_int_equal(good("rate 50 \"api v2\"").scenario, 2);
    assert_int_equal(good("rate 50 all").scenario, 0);
    assert_int_equal(good("next shop").scenario, 1);
    assert_int_equal(good("spike 3 10s 'api v2'").scenario, 2);
    assert_int_equal(good("spike shop").scenario, 1);
}

static void a_line_that_is_wrong_says_how_it_is_right(void **state)
{
    (void)state;
    bad("", "a command is missing: rate, vus, scale, spike, next, undo, pause, stop ...");
    bad("rat 5", "there is no command \"rat\": did you mean \"rate\"?");
    bad("frobnicate", "there is no command \"frobnicate\": rate, vus, scale, spike, next, undo, pause, stop ...");
    bad("rate", "rate: expected a number such as 200 or 300/m, got \"\"");
    bad("rate -5", "rate: expected a number such as 200 or 300/m, got \"-5\"");
    bad("rate 0", "rate: expected a number such as 200 or 300/m, got \"0\"");
    bad("vus many", "vus: expected a number such as 50, got \"many\"");
    bad("scale up", "scale: expected a change such as +20% or -20%, got \"up\"");
    bad("scale -100%", "scale: -100% leaves nothing: pause does that");
    bad("rate 5 shup", "there is no scenario \"shup\": did you mean \"shop\"?");
    bad("rate 5 shop now", "rate RATE [SCENARIO]: that is how it is written");
    bad("pause now", "pause: takes nothing more");
    bad("a b c d e f g", "the line is too long for a command");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_of_the_table_is_found_by_its_word_and_its_name),
        cmocka_unit_test(amounts_are_read_exactly),
        cmocka_unit_test(a_scenario_may_stand_last_else_the_aim_stays),
        cmocka_unit_test(a_line_that_is_wrong_says_how_it_is_right),
    };

    return cmocka_run_group_tests_name("command_text", tests, NULL, NULL);
}
