/* The keys that change the load, the command line, and what the toast says. The engine here only writes down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "action.h"
#include "panel.h"
#include "snapshot_fixture.h"

struct client {
    struct command sent[16];
    int count;
};

bool onager_client_send(struct client *client, const struct command *command)
{
    client->sent[client->count++ % 16] = *command;
    return true;
}

void onager_client_release(struct client *client, const struct snapshot *snapshot)
{
}

bool onager_client_wait(struct client *client, int timeout_ms)
{
    return false;
}

int onager_client_fd(const struct client *client)
{
    return -1;
}

const struct snapshot *onager_client_latest(struct client *client)
{
    return NULL;
}

struct desk {
    struct fixture *fixture;
    struct model model;
    struct client client;
    struct action_context context;
};

static struct desk desk;

static int open_desk(void **state)
{
    memset(&desk, 0, sizeof desk);
    desk.fixture = fixture_new(FIXTURE_RUNNING);
    model_init(&desk.model, true);
    model_take(&desk.model, &desk.fixture->snapshot);
    desk.context = (struct action_context){ .model = &desk.model, .client = &desk.client, .width = 80 };
    return 0;
}

static int close_desk(void **state)
{
    model_release(&desk.model);
    fixture_free(desk.fixture);
    return 0;
}

static void type(const char *keys)
{
    for (; *keys != '\0'; keys++)
        action_key(&desk.context, (uint32_t)(unsigned char)*keys);
}

static const struct command *last(void)
{
    return &desk.client.sent[(desk.client.count + 15) % 16];
}

static void plus_and_minus_are_ten_percent_of_what_holds(void **state)
{
    type("+");
    assert_int_equal(last()->kind, COMMAND_SCALE);
    assert_int_equal(last()->factor_ppm, 1100000);
    assert_int_equal(last()->scenario, 0);
    type("-");
    assert_int_equal(last()->factor_ppm, 900000);
    type("u");
    assert_int_equal(last()->kind, COMMAND_UNDO);
    type("f");
    assert_int_equal(last()->kind, COMMAND_SKIP_STAGE);
    assert_int_equal(desk.client.count, 4);
}

static void the_keys_act_on_all_or_on_the_one_they_are_aimed_at_and_say_so(void **state)
{
    type("+");
    assert_string_equal(desk.model.view.toast, "load +10 % for all scenarios ...");
    type("aa");
    assert_string_equal(desk.model.view.toast, "the keys that change the load act on api now");
    type("+");
    assert_int_equal(last()->scenario, 2);
    assert_string_equal(desk.model.view.toast, "load +10 % for api ...");
    type("a+");
    assert_int_equal(last()->scenario, 0);
    type(":aim shoppers\r+");
    assert_int_equal(last()->scenario, 1);
}

static void equals_asks_for_a_value_in_the_unit_of_the_aim(void **state)
{
    type("=");
    assert_string_equal(desk.model.view.prompt.label, "Rate (200/s) or VUs (50): ");
    type("200/s\r");
    assert_int_equal(last()->kind, COMMAND_SET_RATE);
    assert_int_equal(last()->rate.count, 200);
    type("=80\r");
    assert_int_equal(last()->kind, COMMAND_SET_VUS);
    assert_int_equal(last()->vus, 80);
    type("aa=");
    assert_string_equal(desk.model.view.prompt.label, "Rate, a second: ");
    type("90\r");
    assert_int_equal(last()->kind, COMMAND_SET_RATE);
    assert_int_equal(last()->scenario, 2);
    assert_int_equal(desk.client.count, 3);
    type("=fast\r"); /* stays open and says what is wrong */
    assert_true(desk.model.view.is_typing && desk.model.view.prompt.is_wrong);
    assert_string_equal(desk.model.view.prompt.note, "rate: expected a number such as 200 or 300/m, got \"fast\"");
    action_key(&desk.context, KEY_CODE_ESCAPE);
    assert_false(desk.model.view.is_typing);
    assert_int_equal(desk.client.count, 3);
}

static void x_is_a_spike_with_defaults_that_can_be_changed(void **state)
{
    type("x\r");
    assert_int_equal(last()->kind, COMMAND_SPIKE);
    assert_int_equal(last()->factor_ppm, 3000000);
    assert_int_equal(last()->duration_ns, 30 * NS_PER_S);
    type("x\x15");
    type("5 1m\r");
    assert_int_equal(last()->factor_ppm, 5000000);
    assert_int_equal(last()->duration_ns, 60 * NS_PER_S);
}

static void the_command_line_knows_every_command_and_keeps_a_wrong_line(void **state)
{
    type(":rate 120 api\r");
    assert_int_equal(last()->kind, COMMAND_SET_RATE);
    assert_int_equal(last()->scenario, 2);
    type(":pause\r");
    assert_int_equal(last()->kind, COMMAND_PAUSE);
    type(":mark pool=40 on db1\r");
    assert_string_equal(last()->text, "pool=40 on db1");
    assert_int_equal(desk.client.count, 3);
    type(":rat 3\r");
    assert_true(desk.model.view.is_typing);
    assert_string_equal(desk.model.view.prompt.note, "there is no command \"rat\": did you mean \"rate\"?");
    type("\x7f"); /* no key of this terminal: nothing; the note goes with the next key */
    assert_string_equal(desk.model.view.prompt.note, "");
    action_key(&desk.context, KEY_CODE_ESCAPE);
    type(":\r"); /* an empty line is nothing */
    assert_int_equal(desk.client.count, 3);
    assert_true(action_key(&desk.context, ':') == REACT_DRAW);
    type("quit\r");
    assert_int_equal(desk.model.view.question, QUESTION_QUIT);
}

static void up_brings_older_commands_back_and_down_the_line_that_was_typed(void **state)
{
    type(":rate 1\r:rate 2\r:rate 2\r:vu");
    action_key(&desk.context, KEY_CODE_UP);
    assert_string_equal(desk.model.view.typed, "rate 2");
    action_key(&desk.context, KEY_CODE_UP);
    assert_string_equal(desk.model.view.typed, "rate 1");
    action_key(&desk.context, KEY_CODE_UP);
    assert_string_equal(desk.model.view.typed, "rate 1");
    action_key(&desk.context, KEY_CODE_DOWN);
    action_key(&desk.context, KEY_CODE_DOWN);
    assert_string_equal(desk.model.view.typed, "vu");
    action_key(&desk.context, KEY_CODE_ESCAPE);
    for (int i = 0; i < 40; i++) {
        char line[20];

        snprintf(line, sizeof line, ":rate %d\r", i + 1);
        type(line);
    }
    assert_int_equal(desk.model.view.prompt.history_count, PROMPT_HISTORY);
}

static void tab_completes_commands_and_scenarios(void **state)
{
    type(":sca\t");
    assert_string_equal(desk.model.view.typed, "scale ");
    type("+5% sh\t");
    assert_string_equal(desk.model.view.typed, "scale +5% shoppers ");
    type("\r");
    assert_int_equal(last()->factor_ppm, 1050000);
    assert_int_equal(last()->scenario, 1);
    type(":r\t");
    assert_string_equal(desk.model.view.typed, "r");
    assert_string_equal(desk.model.view.prompt.note, "resume  rerun  rate");
    type("\x15s\t");
    assert_string_equal(desk.model.view.prompt.note, "start  stop  scale  spike  save");
    type("\x15zzz\t");
    assert_string_equal(desk.model.view.typed, "zzz");
}

static void the_toast_is_what_the_engine_made_of_it(void **state)
{
    struct fixture *next = fixture_new(FIXTURE_RUNNING);
    struct steer_change change = { .kind = CHANGE_STEER };

    type("+");
    next->snapshot.event_count = 1;
    next->events[0] = (struct snap_event){ .wall_ns = desk.fixture->events[3].wall_ns + 1, .kind = EVENT_COMMAND, .by = "sre" };
    snprintf(next->events[0].text, sizeof next->events[0].text, "rate of api 550/s to 605/s");
    next->events[0].at_ns = change.at_ns = 135 * NS_PER_S;
    next->snapshot.changes = &change;
    next->snapshot.change_count = next->snapshot.undo_levels = 1;
    model_take(&desk.model, &next->snapshot);
    assert_string_equal(desk.model.view.toast, "rate of api 550/s to 605/s. u undoes it");
    assert_int_equal(desk.model.view.toast_role, ROLE_TOAST);
    type("+");
    next->events[0].wall_ns++;
    next->events[0].kind = EVENT_WARNING;
    snprintf(next->events[0].text, sizeof next->events[0].text, "scale was refused: 605/s is above max_rate");
    model_take(&desk.model, &next->snapshot);
    assert_string_equal(desk.model.view.toast, "scale was refused: 605/s is above max_rate");
    assert_int_equal(desk.model.view.toast_role, ROLE_BAD);
    fixture_free(next);
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(plus_and_minus_are_ten_percent_of_what_holds),
        DESK_TEST(the_keys_act_on_all_or_on_the_one_they_are_aimed_at_and_say_so),
        DESK_TEST(equals_asks_for_a_value_in_the_unit_of_the_aim),
        DESK_TEST(x_is_a_spike_with_defaults_that_can_be_changed),
        DESK_TEST(the_command_line_knows_every_command_and_keeps_a_wrong_line),
        DESK_TEST(up_brings_older_commands_back_and_down_the_line_that_was_typed),
        DESK_TEST(tab_completes_commands_and_scenarios),
        DESK_TEST(the_toast_is_what_the_engine_made_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
