/* The table of keys, what the keys send to the engine, and the terminal on a pseudo-terminal. */
#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include "action.h"
#include "app.h"
#include "panel.h"
#include "snapshot_fixture.h"
#include "term.h"

/* ---- An engine that only writes down ---- */

struct client {
    struct command sent[16];
    int count;
    bool is_full;
};

bool onager_client_send(struct client *client, const struct command *command)
{
    if (client->is_full)
        return false;
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

/* ---- Table ---- */

static void no_key_has_two_meanings_in_one_state(void **state)
{
    size_t count;
    const struct key_binding *table = keys_table(&count);

    for (size_t i = 0; i < count; i++) {
        assert_int_not_equal(table[i].code, KEY_CODE_NONE);
        assert_true(table[i].states[0] != '\0' && strspn(table[i].states, "rgpsef") == strlen(table[i].states));
        assert_true(table[i].help[0] != '\0');
        for (size_t k = i + 1; k < count; k++)
            if (table[i].code == table[k].code)
                assert_null(strpbrk(table[i].states, table[k].states));
    }
}

static void every_action_has_a_key(void **state)
{
    size_t count;
    const struct key_binding *table = keys_table(&count);

    for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        bool found = false;

        for (size_t i = 0; i < count; i++)
            found |= table[i].action == (enum action)action;
        assert_true(found);
    }
}

static void footer_places_are_unique_in_every_state(void **state)
{
    size_t count;
    const struct key_binding *table = keys_table(&count);

    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (table[i].label[0] != '\0' && table[k].label[0] != '\0' && table[i].order == table[k].order)
                assert_null(strpbrk(table[i].states, table[k].states));
}

static void names_of_keys_are_read_as_people_write_them(void **state)
{
    assert_int_equal(keys_code("p"), 'p');
    assert_int_equal(keys_code("Space"), ' ');
    assert_int_equal(keys_code("Ctrl-C"), 3);
    assert_int_equal(keys_code("F10"), KEY_CODE_FUNCTION + 10);
    assert_int_equal(keys_code("Esc"), 27);
    assert_int_equal(keys_code("nonsense"), KEY_CODE_NONE);
    assert_ptr_equal(keys_binding('\r', 'r', false), keys_binding('\n', 'r', false));
    assert_null(keys_binding('p', 'e', false));
    assert_null(keys_binding('0', 'g', false));
    assert_non_null(keys_binding('0', 'g', true));
}

/* ---- Actions ---- */

struct desk {
    struct fixture *fixture;
    struct model model;
    struct client client;
    struct action_context context;
};

static void desk_open(struct desk *desk, enum fixture_scene scene)
{
    memset(desk, 0, sizeof *desk);
    desk->fixture = fixture_new(scene);
    model_init(&desk->model, true);
    model_take(&desk->model, &desk->fixture->snapshot);
    desk->context = (struct action_context){ .model = &desk->model, .client = &desk->client, .width = 80 };
}

static void desk_close(struct desk *desk)
{
    model_release(&desk->model);
    fixture_free(desk->fixture);
}

static void s_stops_and_s_again_kills_also_before_the_engine_answered(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    action_key(&desk.context, 's');
    assert_int_equal(desk.client.count, 1);
    assert_int_equal(desk.client.sent[0].kind, COMMAND_STOP);
    action_key(&desk.context, 's');
    assert_int_equal(desk.client.sent[1].kind, COMMAND_KILL);
    action_key(&desk.context, 's');
    assert_int_equal(desk.client.count, 2);
    desk_close(&desk);
}

static void s_asks_in_a_run_older_than_ten_minutes(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    desk.fixture->snapshot.at_ns = 601 * NS_PER_S;
    action_key(&desk.context, 's');
    assert_int_equal(desk.client.count, 0);
    assert_int_equal(desk.model.view.question, QUESTION_STOP);
    action_key(&desk.context, KEY_CODE_ESCAPE);
    assert_int_equal(desk.client.count, 0);
    action_key(&desk.context, 's');
    action_key(&desk.context, 's');
    assert_int_equal(desk.client.sent[0].kind, COMMAND_STOP);
    desk_close(&desk);
}

static void q_asks_while_running_and_leaves_at_the_end(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    assert_false(action_key(&desk.context, 'q') & (REACT_LEAVE | REACT_DETACH));
    assert_int_equal(desk.model.view.question, QUESTION_QUIT);
    assert_false(action_key(&desk.context, KEY_CODE_ESCAPE) & (REACT_LEAVE | REACT_DETACH));
    action_key(&desk.context, 'q');
    assert_true(action_key(&desk.context, 'l') & REACT_DETACH);
    assert_int_equal(desk.client.count, 0);
    action_key(&desk.context, KEY_CODE_FUNCTION + 10);
    assert_false(action_key(&desk.context, 's') & REACT_LEAVE); /* leaves when it has ended */
    assert_int_equal(desk.client.sent[0].kind, COMMAND_STOP);
    assert_true(desk.model.view.leaves_at_end);
    desk_close(&desk);
    desk_open(&desk, FIXTURE_FINISHED);
    assert_true(action_key(&desk.context, 'q') & REACT_LEAVE);
    desk_close(&desk);
}

static void r_asks_while_running_and_not_at_the_end(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    action_key(&desk.context, 'r');
    assert_int_equal(desk.client.count, 0);
    action_key(&desk.context, 'r');
    assert_int_equal(desk.client.sent[0].kind, COMMAND_RERUN);
    desk_close(&desk);
    desk_open(&desk, FIXTURE_FINISHED);
    action_key(&desk.context, 'r');
    assert_int_equal(desk.client.sent[0].kind, COMMAND_RERUN);
    desk_close(&desk);
}

static void one_interrupt_stops_and_leaves_at_the_end_two_kill(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    action_interrupt(&desk.context);
    assert_int_equal(desk.client.sent[0].kind, COMMAND_STOP);
    assert_true(desk.model.view.leaves_at_end);
    action_interrupt(&desk.context);
    assert_int_equal(desk.client.sent[1].kind, COMMAND_KILL);
    desk_close(&desk);
    desk_open(&desk, FIXTURE_FINISHED);
    assert_true(action_interrupt(&desk.context) & REACT_LEAVE);
    desk_close(&desk);
}

static void a_signal_that_asks_for_the_end_is_named(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    desk.context.asked_by = "SIGTERM";
    action_interrupt(&desk.context);
    assert_string_equal(desk.client.sent[0].text, "SIGTERM");
    desk.context.asked_by = NULL;
    action_key(&desk.context, 3);
    assert_int_equal(desk.client.sent[1].kind, COMMAND_KILL);
    assert_string_equal(desk.client.sent[1].text, "");
    desk_close(&desk);
}

static void an_interrupt_before_the_first_snapshot_stops_too(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    desk.model.live = NULL;
    assert_false(action_key(&desk.context, 3) & (REACT_LEAVE | REACT_DETACH));
    assert_int_equal(desk.client.sent[0].kind, COMMAND_STOP);
    assert_true(desk.model.view.leaves_at_end);
    desk.model.live = &desk.fixture->snapshot; /* run 1: the same run */
    action_key(&desk.context, 3);
    assert_int_equal(desk.client.sent[1].kind, COMMAND_KILL);
    desk_close(&desk);
}

static void p_pauses_and_resumes_and_enter_starts(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    action_key(&desk.context, 'p');
    desk.fixture->snapshot.state = RUN_PAUSED;
    action_key(&desk.context, 'p');
    desk.fixture->snapshot.state = RUN_READY;
    action_key(&desk.context, '\r');
    assert_int_equal(desk.client.count, 3);
    assert_int_equal(desk.client.sent[0].kind, COMMAND_PAUSE);
    assert_int_equal(desk.client.sent[1].kind, COMMAND_RESUME);
    assert_int_equal(desk.client.sent[2].kind, COMMAND_START);
    desk_close(&desk);
}

static void m_sends_a_marker_with_the_label_that_was_typed(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    action_key(&desk.context, 'm');
    action_key(&desk.context, 's'); /* a letter now, no command */
    action_key(&desk.context, 0xe9);
    action_key(&desk.context, 'x');
    action_key(&desk.context, KEY_CODE_BACKSPACE);
    action_key(&desk.context, KEY_CODE_BACKSPACE);
    action_key(&desk.context, 0x20ac);
    action_key(&desk.context, 0x1b5b); /* any letter */
    action_key(&desk.context, KEY_CODE_BACKSPACE);
    action_key(&desk.context, '\r');
    assert_int_equal(desk.client.count, 1);
    assert_int_equal(desk.client.sent[0].kind, COMMAND_MARKER);
    assert_string_equal(desk.client.sent[0].text, "s€");
    for (int i = 0; i < 200; i++) /* a label never runs over */
        action_key(&desk.context, i == 0 ? 'm' : 0x1f600);
    action_key(&desk.context, '\r');
    assert_true(strlen(desk.client.sent[1].text) < 64 && strlen(desk.client.sent[1].text) % 4 == 0);
    desk_close(&desk);
}

static void a_full_command_ring_is_told(void **state)
{
    struct desk desk;

    desk_open(&desk, FIXTURE_RUNNING);
    desk.client.is_full = true;
    action_key(&desk.context, 'p');
    assert_non_null(strstr(desk.model.view.toast, "not sent"));
    desk_close(&desk);
}

/* ---- Terminal ---- */

/* Puts a pseudo-terminal in place of stdin and stdout; nothing is asserted meanwhile. */
struct console {
    int master, saved_in, saved_out;
    struct termios before, after;
};

static bool console_open(struct console *c, int width, int height)
{
    struct winsize size = { .ws_col = (unsigned short)width, .ws_row = (unsigned short)height };
    int slave;

    if (openpty(&c->master, &slave, NULL, NULL, &size) != 0)
        return false;
    fflush(stdout);
    c->saved_in = dup(STDIN_FILENO);
    c->saved_out = dup(STDOUT_FILENO);
    dup2(slave, STDIN_FILENO);
    dup2(slave, STDOUT_FILENO);
    close(slave);
    fcntl(c->master, F_SETFL, O_NONBLOCK);
    tcgetattr(STDOUT_FILENO, &c->before);
    return true;
}

static void console_close(struct console *c)
{
    tcgetattr(STDOUT_FILENO, &c->after);
    fflush(stdout);
    dup2(c->saved_in, STDIN_FILENO);
    dup2(c->saved_out, STDOUT_FILENO);
    close(c->saved_in);
    close(c->saved_out);
    close(c->master);
}

static bool modes_equal(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
           memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static size_t console_read(struct console *c, char *out, size_t size)
{
    size_t length = 0;
    ssize_t got;

    while (length + 1 < size && (got = read(c->master, out + length, size - 1 - length)) > 0)
        length += (size_t)got;
    out[length] = '\0';
    return length;
}

static void an_unchanged_frame_writes_no_byte_and_a_stopped_terminal_is_not_waited_for(void **state)
{
    static char bytes[65536];
    struct canvas *canvas = canvas_new(40, 10, GLYPHS_BLOCK);
    struct pane pane = pane_of(canvas, (struct rect){ 0, 0, 40, 10 });
    size_t first = 0, unchanged = 1, one_cell = 0, stopped = 1;
    bool shown_stopped = true, shown_again = false, has_text = false, ends_well = false;
    struct theme theme;
    struct error err = { 0 };
    struct console console;
    struct term *term;

    setenv("TERM", "xterm-256color", 1);
    assert_int_equal(theme_load(&theme, "default", &err), 0);
    if (!console_open(&console, 40, 10))
        skip();
    term = term_open(&theme, &theme, "auto", &err);
    pane_text(&pane, 0, 0, 40, ROLE_TEXT, "hello");
    if (term != NULL) {
        term_show(term, canvas);
        first = console_read(&console, bytes, sizeof bytes);
        has_text = strstr(bytes, "hello") != NULL;
        term_show(term, canvas);
        unchanged = console_read(&console, bytes, sizeof bytes);
        pane_text(&pane, 4, 0, 1, ROLE_TEXT, "p");
        term_show(term, canvas);
        one_cell = console_read(&console, bytes, sizeof bytes);
        tcflow(STDOUT_FILENO, TCOOFF);
        pane_text(&pane, 0, 0, 1, ROLE_TEXT, "j");
        shown_stopped = term_show(term, canvas);
        stopped = console_read(&console, bytes, sizeof bytes);
        tcflow(STDOUT_FILENO, TCOON);
        shown_again = term_show(term, canvas);
        console_read(&console, bytes, sizeof bytes);
        term_close(term);
        console_read(&console, bytes, sizeof bytes);
        ends_well =
            strstr(bytes, "\x1b[?1049l") != NULL && (strstr(bytes, "\x1b[?12l\x1b[?25h") != NULL || strstr(bytes, "\x1b[?25h") != NULL);
    }
    console_close(&console);
    canvas_free(canvas);
    if (term == NULL)
        fail_msg("%s", err.text);
    assert_true(first > 0 && has_text);
    assert_int_equal(unchanged, 0);
    assert_in_range(one_cell, 1, 40);
    assert_false(shown_stopped);
    assert_int_equal(stopped, 0);
    assert_true(shown_again);
    assert_true(ends_well);
    assert_true(modes_equal(&console.before, &console.after));
}

static void keys_arrive_and_ctrl_c_is_one_of_them(void **state)
{
    static char bytes[65536];
    static const char typed[] = "p\x03\x1b[21~\xc3\xa9\r";
    static const uint32_t wanted[] = { 'p', 3, KEY_CODE_FUNCTION + 10, 0xe9, '\r' };
    uint32_t keys[5] = { 0 };
    struct theme theme;
    struct error err = { 0 };
    struct console console;
    struct term *term;

    setenv("TERM", "xterm-256color", 1);
    setlocale(LC_CTYPE, "C.UTF-8");
    assert_int_equal(theme_load(&theme, "default", &err), 0);
    if (!console_open(&console, 40, 10))
        skip();
    term = term_open(&theme, &theme, "auto", &err);
    console_read(&console, bytes, sizeof bytes);
    if (write(console.master, typed, sizeof typed - 1) > 0)
        for (int i = 0; i < 5; i++)
            for (int tries = 0; tries < 100 && (keys[i] = term_key(term)) == KEY_CODE_NONE; tries++)
                term_wait(term, -1, 100);
    term_close(term);
    console_close(&console);
    for (int i = 0; i < 5; i++)
        assert_int_equal(keys[i], wanted[i]);
}

static void the_emergency_gives_the_terminal_back(void **state)
{
    static char bytes[65536];
    struct theme theme;
    struct error err = { 0 };
    struct console console;
    struct termios restored;
    bool left;
    struct term *term;

    setenv("TERM", "xterm-256color", 1);
    assert_int_equal(theme_load(&theme, "default", &err), 0);
    if (!console_open(&console, 40, 10))
        skip();
    term = term_open(&theme, &theme, "auto", &err);
    console_read(&console, bytes, sizeof bytes);
    ui_emergency_restore();
    console_read(&console, bytes, sizeof bytes);
    left = strstr(bytes, "\x1b[?1049l") != NULL && strstr(bytes, "\x1b[?25h") != NULL;
    tcgetattr(STDOUT_FILENO, &restored);
    term_close(term);
    console_close(&console);
    assert_true(left);
    assert_true(modes_equal(&console.before, &restored));
}

static void a_terminal_that_cannot_move_its_cursor_is_refused_and_left_alone(void **state)
{
    struct theme theme;
    struct error err = { 0 };
    struct console console;
    struct term *term;

    setenv("TERM", "dumb", 1);
    assert_int_equal(theme_load(&theme, "default", &err), 0);
    if (!console_open(&console, 40, 10))
        skip();
    term = term_open(&theme, &theme, "auto", &err);
    console_close(&console);
    assert_null(term);
    assert_non_null(strstr(err.text, "--progress"));
    assert_true(modes_equal(&console.before, &console.after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_has_two_meanings_in_one_state),
        cmocka_unit_test(every_action_has_a_key),
        cmocka_unit_test(footer_places_are_unique_in_every_state),
        cmocka_unit_test(names_of_keys_are_read_as_people_write_them),
        cmocka_unit_test(s_stops_and_s_again_kills_also_before_the_engine_answered),
        cmocka_unit_test(s_asks_in_a_run_older_than_ten_minutes),
        cmocka_unit_test(q_asks_while_running_and_leaves_at_the_end),
        cmocka_unit_test(r_asks_while_running_and_not_at_the_end),
        cmocka_unit_test(one_interrupt_stops_and_leaves_at_the_end_two_kill),
        cmocka_unit_test(a_signal_that_asks_for_the_end_is_named),
        cmocka_unit_test(an_interrupt_before_the_first_snapshot_stops_too),
        cmocka_unit_test(p_pauses_and_resumes_and_enter_starts),
        cmocka_unit_test(m_sends_a_marker_with_the_label_that_was_typed),
        cmocka_unit_test(a_full_command_ring_is_told),
        cmocka_unit_test(an_unchanged_frame_writes_no_byte_and_a_stopped_terminal_is_not_waited_for),
        cmocka_unit_test(keys_arrive_and_ctrl_c_is_one_of_them),
        cmocka_unit_test(the_emergency_gives_the_terminal_back),
        cmocka_unit_test(a_terminal_that_cannot_move_its_cursor_is_refused_and_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
