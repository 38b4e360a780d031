/* Watching a run to its end. The dashboard is ui/; here are the other ways, and the way from one to the next. */
#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app.h"
#include "mem.h"
#include "onager/text.h"
#include "onager/units.h"
#include "progress.h"
#include "say.h"
#include "signals.h"

#define WAIT_MS 250
#define FIRST_RECORD_NS NS_PER_S
#define RECORD_EVERY_NS (10 * NS_PER_S)
#define COLUMNS_UNKNOWN 80

struct watch {
    struct client *client;
    enum show_mode mode;
    bool is_terminal; /* standard error */
    bool utf8;
    unsigned obeyed; /* how often the end was asked for, as far as the engine was told */
    bool has_stopped_for_hangup;
    size_t drawn_columns; /* of the line that stands there */
    uint64_t next_record_ns;
};

#ifdef HAVE_UI
/* The dashboard uses the controlling terminal where a stream of the process is none. */
static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}
#endif

#ifdef HAVE_UI
int watch_set_keys(const struct config *config, struct error *err)
{
    struct ui_key_choice *choices = mem_array(config->key_count, sizeof *choices);
    int failed;

    for (size_t i = 0; i < config->key_count; i++)
        choices[i] = (struct ui_key_choice){ config->keys[i].name, config->keys[i].value, config->keys[i].place };
    failed = ui_set_keys(choices, config->key_count, err);
    free(choices);
    return failed;
}
#else
int watch_set_keys(const struct config *config, struct error *err)
{
    return 0;
}
#endif

int watch_check(enum show_mode mode, const struct args *args, struct error *err)
{
#ifdef HAVE_UI
    if (watch_set_keys(&args->config, err) != 0)
        return -1;
    if (mode == SHOW_DASHBOARD && !has_terminal())
        return error_set(err, EXIT_USAGE, "the dashboard wants a terminal, and there is none here: use --progress");
#else
    if (mode == SHOW_DASHBOARD)
        return error_set(err, EXIT_USAGE, "this onager was built without the dashboard: use --progress");
#endif
    return 0;
}

enum show_mode watch_mode(enum show_mode show)
{
    const char *term = getenv("TERM");

    if (show != SHOW_AUTO)
        return show;
#ifdef HAVE_UI
    /* in the background the terminal would stop us at the first touch: lines of progress then */
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() && term != NULL &&
        term[0] != '\0' && strcmp(term, "dumb") != 0)
        return SHOW_DASHBOARD;
#else
    (void)term;
#endif
    return SHOW_PROGRESS;
}

static size_t terminal_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS_UNKNOWN;
    return size.ws_col;
}

/* The last column stays free: writing there makes some terminals go to the next line. */
static void draw_line(struct watch *watch, const struct snapshot *snapshot)
{
    size_t columns = terminal_columns() - 1, used;
    struct buf line;

    buf_init(&line);
    buf_add_char(&line, '\r');
    progress_line(&line, snapshot, columns, watch->utf8);
    used = text_columns(line.data + 1);
    for (size_t i = used; i < watch->drawn_columns && i < columns; i++)
        buf_add_char(&line, ' ');
    watch->drawn_columns = used;
    if (snapshot->is_final)
        buf_add_char(&line, '\n');
    fwrite(line.data, 1, line.length, stderr);
    fflush(stderr);
    buf_release(&line);
}

static void write_record(struct watch *watch, const struct snapshot *snapshot)
{
    struct buf line;

    if (!snapshot->is_final && snapshot->at_ns < watch->next_record_ns)
        return;
    while (watch->next_record_ns <= snapshot->at_ns)
        watch->next_record_ns = watch->next_record_ns < RECORD_EVERY_NS ? RECORD_EVERY_NS : watch->next_record_ns + RECORD_EVERY_NS;
    buf_init(&line);
    progress_record(&line, snapshot);
    buf_add_char(&line, '\n');
    fwrite(line.data, 1, line.length, stderr);
    fflush(stderr);
    buf_release(&line);
}

static void show(struct watch *watch, const struct snapshot *snapshot)
{
    if (watch->mode == SHOW_QUIET || (snapshot->state == RUN_READY && !snapshot->is_final))
        return;
    if (watch->is_terminal)
        draw_line(watch, snapshot);
    else
        write_record(watch, snapshot);
}

static void pass_signals_on(struct watch *watch)
{
    unsigned asked = signals_asked();

    if (signals_hung_up() && !watch->has_stopped_for_hangup) {
        watch->has_stopped_for_hangup = true;
        onager_client_send(watch->client, &(struct command){ .kind = COMMAND_STOP, .text = "SIGHUP" });
    }
    for (; watch->obeyed < asked; watch->obeyed++) {
        struct command command = { .kind = watch->obeyed == 0 ? COMMAND_STOP : COMMAND_KILL };

        snprintf(command.text, sizeof command.text, "%s", signals_last());
        onager_client_send(watch->client, &command);
    }
}

/* Until the run has ended; its number. */
static unsigned watch_to_the_end(struct watch *watch)
{
    while (true) {
        const struct snapshot *snapshot;
        unsigned ended = 0;

        pass_signals_on(watch);
        if (!onager_client_wait(watch->client, WAIT_MS))
            continue;
        snapshot = onager_client_latest(watch->client);
        if (snapshot == NULL)
            continue;
        show(watch, snapshot);
        if (snapshot->is_final)
            ended = snapshot->run_number;
        onager_client_release(watch->client, snapshot);
        if (ended != 0)
            return ended;
    }
}

#ifdef HAVE_UI
/* -1 and *err when the dashboard cannot be shown. */
static int show_dashboard(struct watch *watch, const struct args *args, struct error *err)
{
    const struct ui_options options = {
        .theme = args->theme, .color = args->color, .glyphs = args->glyphs, .exit_at_end = args->exit_at_end
    };
    int left = ui_run(watch->client, &options, signals_seen(), err);

    watch->obeyed = signals_asked(); /* the dashboard has passed them on */
    if (left == UI_LEFT_END || left == UI_LEFT_HANGUP)
        watch->mode = SHOW_QUIET;
    if (left == UI_LEFT_DETACH)
        watch->mode = SHOW_PROGRESS;
    return left < 0 ? -1 : 0;
}
#else
static int show_dashboard(struct watch *watch, const struct args *args, struct error *err)
{
    return -1; /* watch_check() has said so */
}
#endif

unsigned watch_run(struct client *client, const struct args *args, enum show_mode mode, struct error *err)
{
    struct watch watch = { .client = client, .mode = mode, .next_record_ns = FIRST_RECORD_NS };

    watch.is_terminal = isatty(STDERR_FILENO) == 1;
    watch.utf8 = say_is_utf8() && (args->glyphs == NULL || strcmp(args->glyphs, "ascii") != 0);
    if (mode == SHOW_DASHBOARD && show_dashboard(&watch, args, err) != 0) {
        if (args->show == SHOW_DASHBOARD)
            return 0;
        say(err->text);
        watch.mode = SHOW_PROGRESS;
    }
    return watch_to_the_end(&watch);
}
