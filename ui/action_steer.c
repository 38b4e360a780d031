/* Actions that steer the load: keys and typed lines become commands for one scenario or all. What they came to is the engine's
 * event, which the model turns into a toast. UI thread. */
#include "action_steer.h"

#include <stdio.h>
#include <string.h>

#include "onager/replay.h"

#define STEP_UP_PPM 1100000
#define STEP_DOWN_PPM 900000

bool action_send(struct action_context *c, const struct command *command)
{
    if (onager_client_send(c->client, command))
        return true;
    model_toast(c->model, ROLE_BAD, "too many commands wait already, %s was not sent", command_name(command->kind));
    return false;
}

/* "api", or "all" where there are several. */
static const char *aim_name(const struct model *m)
{
    const struct snapshot *s = m->live;

    if (m->view.aim == 0 || m->view.aim > s->scenario_count)
        return s->scenario_count > 1 ? "all scenarios" : "the run";
    return s->scenarios[m->view.aim - 1].name;
}

static unsigned steer(struct action_context *c, struct command *command, const char *what)
{
    command->scenario = c->model->view.aim;
    if (action_send(c, command)) {
        model_toast(c->model, ROLE_TOAST, "%s for %s ...", what, aim_name(c->model));
        model_await_answer(c->model);
    }
    return REACT_DRAW;
}

unsigned action_more(struct action_context *c)
{
    return steer(c, &(struct command){ .kind = COMMAND_SCALE, .factor_ppm = STEP_UP_PPM }, "load +10 %");
}

unsigned action_less(struct action_context *c)
{
    return steer(c, &(struct command){ .kind = COMMAND_SCALE, .factor_ppm = STEP_DOWN_PPM }, "load -10 %");
}

unsigned action_undo(struct action_context *c)
{
    return steer(c, &(struct command){ .kind = COMMAND_UNDO }, "undo");
}

unsigned action_skip(struct action_context *c)
{
    return steer(c, &(struct command){ .kind = COMMAND_SKIP_STAGE }, "next stage");
}

unsigned action_aim(struct action_context *c)
{
    struct model *m = c->model;

    if (m->live->scenario_count < 2) {
        model_toast(m, ROLE_TOAST, "there is one scenario, and the keys act on it");
        return REACT_DRAW;
    }
    m->view.aim = m->view.aim < m->live->scenario_count ? m->view.aim + 1 : 0;
    model_toast(m, ROLE_TOAST, "the keys that change the load act on %s now", aim_name(m));
    return REACT_DRAW;
}

/* ---- prompts ---- */

static unsigned prompt_open(struct action_context *c, enum prompt_kind kind, const char *typed)
{
    struct view *view = &c->model->view;

    view->is_typing = true;
    view->prompt.kind = kind;
    view->prompt.note[0] = '\0';
    view->prompt.is_wrong = false;
    view->prompt.history_at = view->prompt.history_count;
    snprintf(view->typed, sizeof view->typed, "%s", typed);
    return REACT_DRAW;
}

unsigned action_mark(struct action_context *c)
{
    return prompt_open(c, PROMPT_MARK, "");
}

unsigned action_spike(struct action_context *c)
{
    return prompt_open(c, PROMPT_SPIKE, "3 30s");
}

unsigned action_command(struct action_context *c)
{
    return prompt_open(c, PROMPT_COMMAND, "");
}

/* Which units the aim has: a rate, VUs, or both. */
static void aim_units(const struct model *m, bool *has_open, bool *has_closed)
{
    *has_open = *has_closed = false;
    for (size_t i = 0; i < m->live->scenario_count; i++) {
        bool is_open = executor_is_open(m->live->scenarios[i].executor);

        if (m->view.aim != 0 && m->view.aim != i + 1)
            continue;
        *has_open |= is_open;
        *has_closed |= !is_open;
    }
}

unsigned action_set(struct action_context *c)
{
    struct model *m = c->model;
    bool has_open, has_closed;

    aim_units(m, &has_open, &has_closed);
    snprintf(
        m->view.prompt.label, sizeof m->view.prompt.label, "%s",
        has_open && has_closed ? "Rate (200/s) or VUs (50): "
        : has_open             ? "Rate, a second: "
                               : "VUs: ");
    return prompt_open(c, PROMPT_VALUE, "");
}

/* The line of a prompt as a line of the command line. */
static void line_of(const struct model *m, char *line, size_t size)
{
    const struct view *view = &m->view;
    bool has_open, has_closed;

    aim_units(m, &has_open, &has_closed);
    switch (view->prompt.kind) {
    case PROMPT_MARK:
        snprintf(line, size, "mark %s", view->typed);
        break;
    case PROMPT_SPIKE:
        snprintf(line, size, "spike %s", view->typed);
        break;
    case PROMPT_VALUE:
        /* where both are aimed at, a rate is told by its unit */
        snprintf(line, size, "%s %s", has_open && (!has_closed || strchr(view->typed, '/') != NULL) ? "rate" : "vus", view->typed);
        break;
    default:
        snprintf(line, size, "%s", view->typed);
        break;
    }
}

/* ---- saving ---- */

static unsigned plan_save(struct action_context *c, const char *path)
{
    const struct snapshot *s = c->model->live;
    struct error err = { 0 };
    char name[160];

    if (onager_replay_save(s, path, name, sizeof name, &err) == 0)
        model_toast(c->model, ROLE_TOAST, "saved what happened as a plan: %s", name);
    else
        model_toast(c->model, ROLE_BAD, "not saved: %s", err.text);
    return REACT_DRAW;
}

unsigned action_save_plan(struct action_context *c)
{
    return plan_save(c, NULL);
}

/* ---- the command line ---- */

static int aim_take(struct action_context *c, const char *line, struct error *err)
{
    struct command command = { .scenario = 0 };
    char as_command[PROMPT_SIZE + 8];

    /* names are found as for every other command */
    snprintf(as_command, sizeof as_command, "next %s", line + 3);
    if (onager_command_parse(&command, as_command, c->model->live->plan, err) != 0)
        return -1;
    c->model->view.aim = command.scenario;
    model_toast(c->model, ROLE_TOAST, "the keys that change the load act on %s now", aim_name(c->model));
    return 0;
}

static bool is_word(const char *line, const char *word)
{
    size_t length = strlen(word);

    return strncmp(line, word, length) == 0 && (line[length] == '\0' || line[length] == ' ');
}

/* Whether the dashboard itself does what the line says. */
static bool own_line(struct action_context *c, const char *line, unsigned *reaction, struct error *err)
{
    *reaction = REACT_DRAW;
    if (is_word(line, "aim")) {
        aim_take(c, line, err);
    } else if (is_word(line, "save")) {
        line += 4;
        line += strspn(line, " ");
        plan_save(c, *line != '\0' ? line : NULL);
    } else if (is_word(line, "quit")) {
        *reaction = action_quit(c);
    } else {
        return false;
    }
    return true;
}

static void told(struct action_context *c, const struct command *command)
{
    if (command->kind == COMMAND_MARKER)
        model_toast(c->model, ROLE_TOAST, "marked");
    else
        model_toast(c->model, ROLE_TOAST, "%s ...", command_word(command->kind));
    if (command->kind != COMMAND_MARKER)
        model_await_answer(c->model);
}

static unsigned line_done(struct action_context *c)
{
    struct view *view = &c->model->view;
    struct command command = { .scenario = view->aim };
    char line[PROMPT_SIZE + 8];
    struct error err = { 0 };
    unsigned reaction = REACT_DRAW;
    const char *start;

    line_of(c->model, line, sizeof line);
    start = line + strspn(line, " :");
    view->is_typing = false;
    if (view->prompt.kind == PROMPT_COMMAND && *start == '\0')
        return REACT_DRAW;
    if (view->prompt.kind == PROMPT_COMMAND)
        prompt_remember(&view->prompt, start);
    if (!own_line(c, start, &reaction, &err) && onager_command_parse(&command, start, c->model->live->plan, &err) == 0 &&
        action_send(c, &command))
        told(c, &command);
    if (err.exit_code != 0) { /* the line stays, to be mended */
        view->is_typing = true;
        view->prompt.is_wrong = true;
        view->prompt.history_at = view->prompt.history_count;
        snprintf(view->prompt.note, sizeof view->prompt.note, "%.150s", err.text);
    }
    return reaction;
}

unsigned action_key_in_prompt(struct action_context *c, uint32_t key)
{
    struct view *view = &c->model->view;

    switch (prompt_key(&view->prompt, view->typed, key, c->model->live->plan)) {
    case PROMPT_CANCEL:
        view->is_typing = false;
        return REACT_DRAW;
    case PROMPT_DONE:
        return line_done(c);
    default:
        return REACT_DRAW;
    }
}
