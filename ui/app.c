/* The loop of the dashboard: signals, snapshots, keys, frames. Main thread; the only one that may wait for the terminal. */
#include "app.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "action.h"
#include "panel.h"
#include "save.h"
#include "term.h"

#define FRAME_MS 250
#define SHORTEST_FRAME_NS (50 * NS_PER_MS) /* between two frames, also while somebody drags the window */

struct app {
    struct client *client;
    const struct ui_options *options;
    struct ui_signals *signals;
    struct term *term;
    struct canvas *canvas;
    enum glyph_set glyphs;
    struct theme theme, mono;
    struct model model;
    struct action_context actions;
    unsigned interrupts_seen;
    uint64_t drawn_ns, frame_ns; /* drawn when; how far apart frames are */
    bool is_dirty, is_terminated;
};

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Takes the newest snapshot; at most two are held at a time. */
static void snapshots_take(struct app *app)
{
    struct model *m = &app->model;
    const struct snapshot *snapshot, *old;

    if (!onager_client_wait(app->client, 0))
        return;
    if (m->is_frozen && m->live != m->shown) {
        onager_client_release(app->client, m->live);
        m->live = m->shown;
    }
    snapshot = onager_client_latest(app->client);
    if (snapshot == NULL)
        return;
    old = model_take(m, snapshot);
    if (m->is_frozen && m->shown->run_number != snapshot->run_number) /* what was frozen is history */
        old = model_thaw(m);
    if (old != NULL)
        onager_client_release(app->client, old);
    app->is_dirty = true;
}

static void snapshots_give_back(struct app *app)
{
    struct model *m = &app->model;

    if (m->shown != NULL && m->shown != m->live)
        onager_client_release(app->client, m->shown);
    if (m->live != NULL)
        onager_client_release(app->client, m->live);
    m->shown = m->live = NULL;
}

/* Returns reactions to what signal handlers noted. */
static unsigned signals_take(struct app *app)
{
    unsigned interrupts = __atomic_load_n(&app->signals->interrupts, __ATOMIC_RELAXED);
    unsigned bits = __atomic_exchange_n(&app->signals->bits, 0, __ATOMIC_RELAXED), reaction = REACT_NONE;

    app->actions.asked_by = "SIGINT";
    for (; app->interrupts_seen != interrupts; app->interrupts_seen++)
        reaction |= action_interrupt(&app->actions);
    if (bits & UI_SIGNAL_CONT) {
        term_continued(app->term);
        reaction |= REACT_CLEAR | REACT_DRAW;
    }
    if ((bits & UI_SIGNAL_TERM) && !app->is_terminated) {
        app->is_terminated = true;
        app->actions.asked_by = "SIGTERM";
        reaction |= action_interrupt(&app->actions);
    }
    app->actions.asked_by = NULL;
    if (bits & UI_SIGNAL_HUP)
        app->signals->bits |= UI_SIGNAL_HUP; /* for the caller too */
    return reaction | (bits & UI_SIGNAL_HUP ? REACT_DETACH : REACT_NONE);
}

/* Draws when something is new, or a frame's time has passed. Returns how many ms until the next frame may or must come. */
static int frame_draw(struct app *app)
{
    uint64_t since, wanted;
    int width, height;

    if (term_was_resized(app->term))
        app->is_dirty = true;
    term_size(app->term, &width, &height);
    if (app->canvas == NULL || app->canvas->width != width || app->canvas->height != height) {
        canvas_free(app->canvas);
        app->canvas = canvas_new(width, height, app->glyphs);
        app->is_dirty = true;
    }
    app->actions.width = width;
    app->model.now_ns = clock_ns(CLOCK_MONOTONIC);
    app->model.wall_ns = clock_ns(CLOCK_REALTIME);
    since = app->model.now_ns - app->drawn_ns;
    wanted = app->is_dirty && app->frame_ns <= FRAME_MS * NS_PER_MS ? SHORTEST_FRAME_NS : app->frame_ns;
    if (since < wanted)
        return (int)((wanted - since) / NS_PER_MS) + 1;
    screen_draw(app->canvas, &app->model, NULL);
    app->is_dirty = !term_show(app->term, app->canvas);
    app->drawn_ns = app->model.now_ns;
    return (int)(app->frame_ns / NS_PER_MS);
}

/* What F2 changed, from the next frame on. */
static void settings_apply(struct app *app)
{
    const struct settings *settings = &app->model.view.settings;
    const char *name = settings_word(SETTING_THEME, settings->values[SETTING_THEME]);
    struct error err = { 0 };
    struct theme theme;
    int glyphs = glyph_set_find(settings_word(SETTING_GLYPHS, settings->values[SETTING_GLYPHS]), term_is_utf8(), NULL);

    app->frame_ns = settings_refresh_ms(settings) * NS_PER_MS;
    if (settings->row == SETTING_THEME && theme_load(&theme, name, &err) == 0) {
        app->theme = theme;
        term_set_theme(app->term, &app->theme);
    } else if (settings->row == SETTING_THEME) {
        model_toast(&app->model, ROLE_BAD, "%s", err.text);
    }
    if (glyphs >= 0 && (enum glyph_set)glyphs != app->glyphs) {
        app->glyphs = (enum glyph_set)glyphs;
        app->model.is_utf8 = glyphs != GLYPHS_ASCII;
        canvas_free(app->canvas);
        app->canvas = NULL;
    }
}

/* The screen as it was drawn last. */
static void screen_save(struct app *app)
{
    struct error err = { 0 };
    char name[80];

    if (app->canvas == NULL)
        return;
    if (save_screen(app->canvas, &app->theme, clock_ns(CLOCK_REALTIME), name, sizeof name, &err) == 0)
        model_toast(&app->model, ROLE_TOAST, "saved %s and .txt beside it", name);
    else
        model_toast(&app->model, ROLE_BAD, "not saved: %s", err.text);
}

static bool wants_to_leave(const struct app *app)
{
    return app->model.live != NULL && app->model.live->is_final && (app->options->exit_at_end || app->model.view.leaves_at_end);
}

/* Keys, signals and snapshots until something makes the dashboard leave. */
static int loop(struct app *app)
{
    while (true) {
        unsigned reaction = signals_take(app);
        int wait_ms;
        uint32_t key;

        if (__atomic_load_n(&app->signals->bits, __ATOMIC_RELAXED) & UI_SIGNAL_HUP)
            return UI_LEFT_HANGUP;
        app->model.now_ns = clock_ns(CLOCK_MONOTONIC);
        snapshots_take(app);
        while (!(reaction & (REACT_LEAVE | REACT_DETACH)) && (key = term_key(app->term)) != KEY_CODE_NONE) {
            reaction |= action_key(&app->actions, key);
        }
        if (reaction & (REACT_DRAW | REACT_CLEAR)) { /* keys are answered at once */
            app->is_dirty = true;
            app->drawn_ns = 0;
        }
        if (reaction & REACT_LEAVE)
            return UI_LEFT_END;
        if (reaction & REACT_DETACH)
            return UI_LEFT_DETACH;
        if (wants_to_leave(app))
            return UI_LEFT_END;
        if (term_wants_stop(app->term) || (reaction & REACT_SUSPEND))
            term_suspend(app->term);
        if (reaction & REACT_SETTINGS)
            settings_apply(app);
        if (reaction & REACT_SAVE)
            screen_save(app);
        if (reaction & REACT_CLEAR)
            term_clear(app->term);
        wait_ms = frame_draw(app);
        if (!term_wait(app->term, onager_client_fd(app->client), wait_ms))
            return UI_LEFT_HANGUP;
    }
}

int ui_run(struct client *client, const struct ui_options *options, struct ui_signals *signals, struct error *err)
{
    struct app app = { .client = client, .options = options, .signals = signals };
    int glyphs, result;

    setlocale(LC_CTYPE, "");
    glyphs = glyph_set_find(options->glyphs, term_is_utf8(), getenv("TERM"));
    if (glyphs < 0)
        return error_set(err, EXIT_USAGE, "there is no glyph set \"%s\": auto, block, braille or ascii", options->glyphs);
    if (options->color != NULL && strcmp(options->color, "auto") != 0 && strcmp(options->color, "always") != 0 &&
        strcmp(options->color, "never") != 0)
        return error_set(err, EXIT_USAGE, "--color %s: expected auto, always or never", options->color);
    if (theme_load(&app.theme, options->theme, err) != 0 || theme_load(&app.mono, "mono", err) != 0)
        return -1;
    app.term = term_open(&app.theme, &app.mono, options->color, err);
    if (app.term == NULL)
        return -1;
    app.glyphs = (enum glyph_set)glyphs;
    model_init(&app.model, glyphs != GLYPHS_ASCII);
    app.frame_ns = FRAME_MS * NS_PER_MS;
    app.model.view.settings.values[SETTING_THEME] = settings_find(SETTING_THEME, app.theme.name, 0);
    app.model.view.settings.values[SETTING_GLYPHS] = glyphs;
    app.actions = (struct action_context){ .model = &app.model, .client = client };
    result = loop(&app);
    term_close(app.term);
    snapshots_give_back(&app);
    model_release(&app.model);
    canvas_free(app.canvas);
    return result;
}
