/* Actions behind the keys, the questions and the prompt. UI thread; no terminal. */
#include "action.h"

#include "action_steer.h"

#include <stdio.h>
#include <string.h>

#define ASK_AFTER_NS (600 * NS_PER_S) /* a stop of an older run is asked first */
#define NEEDS_COLUMNS 78              /* for descriptions */

typedef unsigned action_fn(struct action_context *c);

static bool send(struct action_context *c, enum command_kind kind)
{
    struct command command = { .kind = kind };

    if (c->asked_by != NULL)
        snprintf(command.text, sizeof command.text, "%s", c->asked_by);
    return action_send(c, &command);
}

static bool is_over(const struct action_context *c)
{
    return c->model->live != NULL && run_state_is_end(c->model->live->state);
}

/* Before the first snapshot it is the first run. */
static uint32_t run_number(const struct action_context *c)
{
    return c->model->live != NULL ? c->model->live->run_number : 1;
}

static void snapshot_release(struct action_context *c, const struct snapshot *snapshot)
{
    if (snapshot != NULL)
        onager_client_release(c->client, snapshot);
}

static unsigned do_start(struct action_context *c)
{
    if (send(c, COMMAND_START))
        model_toast(c->model, ROLE_TOAST, "starting");
    return REACT_DRAW;
}

static unsigned do_pause(struct action_context *c)
{
    if (send(c, COMMAND_PAUSE))
        model_toast(c->model, ROLE_TOAST, "pausing: nothing new starts, requests on the wire end. p goes on");
    return REACT_DRAW;
}

static unsigned do_resume(struct action_context *c)
{
    if (send(c, COMMAND_RESUME))
        model_toast(c->model, ROLE_TOAST, "going on");
    return REACT_DRAW;
}

static unsigned do_kill(struct action_context *c)
{
    if (c->killed_run != run_number(c) && send(c, COMMAND_KILL)) {
        c->killed_run = run_number(c);
        model_toast(c->model, ROLE_TOAST, "ending now, what is on the wire is cut off");
    }
    return REACT_DRAW;
}

static unsigned stop_now(struct action_context *c)
{
    if (c->stopped_run == run_number(c))
        return do_kill(c);
    if (send(c, COMMAND_STOP)) {
        c->stopped_run = run_number(c);
        model_toast(c->model, ROLE_TOAST, "stopping: what is on the wire may end. s again: now");
    }
    return REACT_DRAW;
}

static unsigned do_stop(struct action_context *c)
{
    if (c->model->live->at_ns < ASK_AFTER_NS || c->stopped_run == run_number(c))
        return stop_now(c);
    c->model->view.question = QUESTION_STOP;
    return REACT_DRAW;
}

static unsigned do_rerun(struct action_context *c)
{
    if (send(c, COMMAND_RERUN)) {
        c->model->view.leaves_at_end = false;
        model_toast(c->model, ROLE_TOAST, "the same plan again, from zero");
    }
    return REACT_DRAW;
}

static unsigned do_rerun_ask(struct action_context *c)
{
    c->model->view.question = QUESTION_RERUN;
    return REACT_DRAW;
}

static unsigned do_live(struct action_context *c)
{
    snapshot_release(c, model_thaw(c->model));
    return REACT_DRAW;
}

static unsigned do_freeze(struct action_context *c)
{
    if (c->model->is_frozen)
        return do_live(c);
    model_freeze(c->model);
    return REACT_DRAW;
}

static unsigned do_explain(struct action_context *c)
{
    if (c->width < NEEDS_COLUMNS)
        model_toast(c->model, ROLE_TOAST, "descriptions want %d columns, here are %d", NEEDS_COLUMNS, c->width);
    else
        c->model->view.explains = !c->model->view.explains;
    return REACT_DRAW;
}

static unsigned do_help(struct action_context *c)
{
    c->model->view.shows_help = true;
    c->model->view.help_scroll = 0;
    return REACT_DRAW;
}

unsigned action_quit(struct action_context *c)
{
    if (is_over(c))
        return REACT_LEAVE;
    c->model->view.question = QUESTION_QUIT;
    return REACT_DRAW;
}

static unsigned do_suspend(struct action_context *c)
{
    (void)c;
    return REACT_SUSPEND | REACT_DRAW;
}

static unsigned do_redraw(struct action_context *c)
{
    (void)c;
    return REACT_CLEAR | REACT_DRAW;
}

static unsigned do_save(struct action_context *c)
{
    (void)c;
    return REACT_SAVE | REACT_DRAW;
}

static unsigned do_settings(struct action_context *c)
{
    c->model->view.shows_settings = true;
    return REACT_DRAW;
}

static unsigned do_back(struct action_context *c)
{
    return do_live(c);
}

unsigned action_interrupt(struct action_context *c)
{
    c->model->view.question = QUESTION_NONE;
    c->model->view.is_typing = c->model->view.shows_help = c->model->view.shows_settings = false;
    if (is_over(c))
        return REACT_LEAVE;
    if (c->stopped_run == run_number(c) || (c->model->live != NULL && c->model->live->state == RUN_STOPPING))
        do_kill(c);
    else
        stop_now(c);
    c->model->view.leaves_at_end = true;
    return REACT_DRAW;
}

static action_fn *const functions[ACTION_COUNT] = {
    [ACTION_START] = do_start,         [ACTION_PAUSE] = do_pause,
    [ACTION_RESUME] = do_resume,       [ACTION_STOP] = do_stop,
    [ACTION_KILL] = do_kill,           [ACTION_RERUN] = do_rerun,
    [ACTION_RERUN_ASK] = do_rerun_ask, [ACTION_MARK] = action_mark,
    [ACTION_FREEZE] = do_freeze,       [ACTION_LIVE] = do_live,
    [ACTION_EXPLAIN] = do_explain,     [ACTION_HELP] = do_help,
    [ACTION_QUIT] = action_quit,       [ACTION_INTERRUPT] = action_interrupt,
    [ACTION_SUSPEND] = do_suspend,     [ACTION_REDRAW] = do_redraw,
    [ACTION_BACK] = do_back,           [ACTION_SAVE] = do_save,
    [ACTION_SETTINGS] = do_settings,   [ACTION_MORE] = action_more,
    [ACTION_LESS] = action_less,       [ACTION_SET] = action_set,
    [ACTION_UNDO] = action_undo,       [ACTION_SPIKE] = action_spike,
    [ACTION_SKIP] = action_skip,       [ACTION_AIM] = action_aim,
    [ACTION_COMMAND] = action_command, [ACTION_SAVE_PLAN] = action_save_plan,
};

static unsigned key_in_question(struct action_context *c, uint32_t key)
{
    enum question question = c->model->view.question;

    c->model->view.question = QUESTION_NONE;
    if (is_over(c)) /* it ended by itself while the question stood */
        return question == QUESTION_QUIT && key != KEY_CODE_ESCAPE ? REACT_LEAVE : REACT_DRAW;
    if (question == QUESTION_QUIT && (key == 's' || key == 'q')) {
        stop_now(c);
        c->model->view.leaves_at_end = true;
    } else if (question == QUESTION_QUIT && key == 'l') {
        return REACT_DETACH;
    } else if (question == QUESTION_STOP && key == 's') {
        stop_now(c);
    } else if (question == QUESTION_RERUN && key == 'r') {
        do_rerun(c);
    }
    return REACT_DRAW;
}

static unsigned key_in_help(struct action_context *c, uint32_t key)
{
    struct view *view = &c->model->view;

    if (key == KEY_CODE_DOWN || key == 'j')
        view->help_scroll++;
    else if (key == KEY_CODE_UP || key == 'k')
        view->help_scroll -= view->help_scroll > 0;
    else if (key == KEY_CODE_PAGE_DOWN || key == ' ')
        view->help_scroll += 10;
    else if (key == KEY_CODE_PAGE_UP)
        view->help_scroll -= view->help_scroll > 10 ? 10 : view->help_scroll;
    else
        view->shows_help = false;
    return REACT_DRAW;
}

static unsigned key_in_settings(struct action_context *c, uint32_t key)
{
    enum settings_answer answer = settings_key(&c->model->view.settings, key);

    if (answer == SETTINGS_CLOSE)
        c->model->view.shows_settings = false;
    return answer == SETTINGS_CHANGED ? REACT_SETTINGS | REACT_DRAW : REACT_DRAW;
}

unsigned action_key(struct action_context *c, uint32_t key)
{
    const struct key_binding *binding;

    if (key == KEY_CODE_NONE || key == KEY_CODE_RESIZE)
        return REACT_NONE;
    if (c->model->live == NULL) /* nothing is known yet; only an interrupt is understood */
        return key == 3 ? action_interrupt(c) : REACT_NONE;
    if (key != 3 && c->model->view.is_typing)
        return action_key_in_prompt(c, key);
    if (key != 3 && c->model->view.question != QUESTION_NONE)
        return key_in_question(c, key);
    if (key != 3 && c->model->view.shows_settings)
        return key_in_settings(c, key);
    if (key != 3 && c->model->view.shows_help)
        return key_in_help(c, key);
    binding = keys_binding(key, keys_state(c->model->live->state), c->model->is_frozen);
    return binding != NULL ? functions[binding->action](c) : REACT_NONE;
}
