/* Keys that the user chose: what holds then, what is a mistake, and that a mistake changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../ui/keys.h"
#include "app.h"

static enum action action_of(const char *key, char state)
{
    const struct key_binding *binding = keys_binding(keys_code(key), state, false);

    return binding != NULL ? binding->action : ACTION_NONE;
}

static int back_to_the_table(void **state)
{
    return ui_set_keys(NULL, 0, NULL);
}

static void the_table_itself_has_no_key_that_does_two_things(void **state)
{
    const struct ui_key_choice same = { "pause", "p", "c.ini:1: pause" };
    struct error err = { 0 };

    assert_int_equal(ui_set_keys(&same, 1, &err), 0);
}

static void a_chosen_key_does_the_action_and_the_old_one_nothing(void **state)
{
    const struct ui_key_choice choices[] = { { "stop", "Z", "c.ini:2: stop" }, { "rerun-ask", "F5", "c.ini:3: rerun-ask" } };
    struct error err = { 0 };
    size_t count, found = 0;
    const struct key_binding *table;

    assert_int_equal(ui_set_keys(choices, 2, &err), 0);
    assert_int_equal(action_of("Z", 'g'), ACTION_STOP);
    assert_int_equal(action_of("s", 'g'), ACTION_NONE);
    assert_int_equal(action_of("s", 's'), ACTION_KILL); /* another action */
    assert_int_equal(action_of("F5", 'g'), ACTION_RERUN_ASK);
    assert_int_equal(action_of("r", 'e'), ACTION_RERUN);
    assert_int_equal(action_of("F1", 'g'), ACTION_HELP);
    table = keys_table(&count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(ui_key_of(i), table[i].key); /* what footer and help show */
        found += table[i].action == ACTION_STOP && strcmp(table[i].key, "Z") == 0;
    }
    assert_int_equal(found, 1);
    assert_null(ui_key_of(count));
}

static void two_actions_may_change_places(void **state)
{
    const struct ui_key_choice choices[] = { { "pause", "s", "c.ini:2: pause" },
                                             { "stop", "p", "c.ini:3: stop" },
                                             { "resume", "s", "c.ini:4: resume" } };
    struct error err = { 0 };

    assert_int_equal(ui_set_keys(choices, 3, &err), 0);
    assert_int_equal(action_of("s", 'g'), ACTION_PAUSE);
    assert_int_equal(action_of("s", 'p'), ACTION_RESUME);
    assert_int_equal(action_of("p", 'g'), ACTION_STOP);
}

static void each_mistake_is_said_with_its_place_and_changes_nothing(void **state)
{
    static const struct {
        struct ui_key_choice choice;
        const char *said;
    } cases[] = {
        { { "puase", "x", "c.ini:2: puase" }, "c.ini:2: puase: there is no action of that name" },
        { { "pause", "", "c.ini:2: pause" }, "c.ini:2: pause: a key such as x" },
        { { "pause", "xy", "c.ini:2: pause" }, "got \"xy\"" },
        { { "pause", "F99", "c.ini:2: pause" }, "got \"F99\"" },
        { { "pause", "F1x", "c.ini:2: pause" }, "got \"F1x\"" },
        { { "pause", "Ctrl-C", "c.ini:2: pause" }, "c.ini:2: pause: key Ctrl-C would do two things" },
        { { "stop", "p", "c.ini:2: stop" }, "c.ini:2: stop: key p would do two things" },
        { { "live", "q", "c.ini:2: live" }, "c.ini:2: live: key q would do two things" },
        { { "interrupt", "x", "c.ini:2: interrupt" }, "Ctrl-C belongs to the terminal" },
        { { "suspend", "x", "c.ini:2: suspend" }, "Ctrl-Z belongs to the terminal" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = { 0 };

        assert_int_equal(ui_set_keys(&cases[i].choice, 1, &err), -1);
        assert_int_equal(err.exit_code, EXIT_USAGE);
        if (strstr(err.text, cases[i].said) == NULL)
            fail_msg("\"%s\" is not in \"%s\"", cases[i].said, err.text);
        assert_int_equal(action_of("p", 'g'), ACTION_PAUSE);
        assert_int_equal(action_of("s", 'g'), ACTION_STOP);
        assert_int_equal(action_of("Z", 'g'), ACTION_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_table_itself_has_no_key_that_does_two_things, back_to_the_table),
        cmocka_unit_test_teardown(a_chosen_key_does_the_action_and_the_old_one_nothing, back_to_the_table),
        cmocka_unit_test_teardown(two_actions_may_change_places, back_to_the_table),
        cmocka_unit_test_teardown(each_mistake_is_said_with_its_place_and_changes_nothing, back_to_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
