/* The dashboard: the one entry of ui/. It is a client of the engine like any other: snapshots in, commands out. */
#ifndef UI_APP_H
#define UI_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "onager/engine.h"
#include "onager/error.h"

struct ui_options {
    const char *theme;       /* name or path of an INI file; NULL: default */
    const char *color;       /* "auto", "always" or "never"; NULL: auto */
    const char *glyphs;      /* "auto", "block", "braille" or "ascii"; NULL: auto */
    bool exit_at_end;        /* leave as soon as the run ended */
    const char *screen_dump; /* reserved: NULL */
};

/* What signal handlers tell the dashboard; all zero at first. The handlers are the caller's: SIGINT, SIGTERM, SIGHUP and
 * SIGCONT call ui_signals_add(). SIGWINCH and SIGTSTP are the dashboard's own while it runs. */
enum ui_signal { UI_SIGNAL_INT = 0, UI_SIGNAL_TERM = 1, UI_SIGNAL_HUP = 2, UI_SIGNAL_CONT = 4 };

struct ui_signals {
    unsigned interrupts; /* SIGINT so far; atomic */
    unsigned bits;       /* of the others; atomic */
};

/* Async-signal-safe. */
static inline void ui_signals_add(struct ui_signals *signals, enum ui_signal what)
{
    if (what == UI_SIGNAL_INT)
        __atomic_fetch_add(&signals->interrupts, 1, __ATOMIC_RELAXED);
    else
        __atomic_fetch_or(&signals->bits, (unsigned)what, __ATOMIC_RELAXED);
}

/* How the dashboard was left: what ui_run() returns unless the terminal cannot be used (-1). */
enum ui_left {
    UI_LEFT_END = 0,    /* the run has ended */
    UI_LEFT_DETACH = 1, /* the user left, the run goes on: show the progress line */
    UI_LEFT_HANGUP = 2  /* the terminal is gone: finish gracefully without one */
};

/* Main thread. Runs the dashboard until the user leaves or (exit_at_end) the run ended. `client` is the dashboard's own and
 * still usable afterwards; every snapshot is given back. *signals is polled each frame: one interrupt stops gracefully and
 * leaves when the run has ended, the second kills it; TERM as one interrupt; HUP leaves at once. On its terminal Ctrl-C is a key and no
 * signal, with the same effect. Interrupts that came before the call count. On return the terminal is as it was. -1 and *err when the
 * terminal cannot be used; nothing was drawn then. */
int ui_run(struct client *client, const struct ui_options *options, struct ui_signals *signals, struct error *err);

/* A key for an action, as the config file says it. Borrowed for the call. */
struct ui_key_choice {
    const char *action; /* its name in keys.def in small letters: "pause", "rerun-ask" */
    const char *key;    /* "x", "Space", "F5", "Ctrl-R" */
    const char *place;  /* where it was said, for messages */
};

/* Before ui_run(): gives each action its key; without choices all are as keys.def says. A key that is none, an action that is
 * none, and a key that would do two things in one state are mistakes: -1, *err (EXIT_USAGE) names all, and nothing changes. */
int ui_set_keys(const struct ui_key_choice *choices, size_t count, struct error *err);

/* The key that holds for a row of keys.def; NULL behind the last. */
const char *ui_key_of(size_t row);

/* Puts the terminal back with nothing but write() and tcsetattr(): for crash handlers. Does nothing when no dashboard runs. */
void ui_emergency_restore(void);

#endif
