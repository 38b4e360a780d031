/* The terminal: the only place that knows curses. Puts the difference between two canvases on the screen, reads keys, and
 * gives the terminal back as it was on every way out. UI thread; one at a time. */
#ifndef UI_TERM_H
#define UI_TERM_H

#include <stdbool.h>
#include <stdint.h>

#include "canvas.h"
#include "onager/error.h"
#include "theme.h"

struct term;

/* Takes the terminal over: stdin and stdout, or /dev/tty where those are none. color: as theme_colors(). -1 colours are the
 * theme's business: with none, `mono` is used. NULL and *err (EXIT_USAGE) when there is no terminal that can do it. */
struct term *term_open(const struct theme *theme, const struct theme *mono, const char *color, struct error *err);
void term_close(struct term *term); /* NULL is allowed */

bool term_is_utf8(void); /* the locale's character set */
void term_size(const struct term *term, int *width, int *height);

/* Shows the canvas; writes nothing when nothing changed. false: the terminal does not take output now, try again later. */
bool term_show(struct term *term, const struct canvas *canvas);
void term_clear(struct term *term); /* the next frame is drawn from nothing */

/* Another theme from the next frame on; changes nothing where there are no colours. */
void term_set_theme(struct term *term, const struct theme *theme);

/* Waits until a key, `fd` (-1: none), a signal, or timeout_ms. Returns false when the terminal is gone. */
bool term_wait(struct term *term, int fd, int timeout_ms);
uint32_t term_key(struct term *term); /* KEY_CODE_NONE when none waits; see keys.h */

/* What happened to the terminal since the last call. */
bool term_was_resized(struct term *term);
bool term_wants_stop(struct term *term); /* Ctrl-Z or SIGTSTP */
/* Gives the terminal back, stops the process, and takes it again when the shell continues it in the foreground. */
void term_suspend(struct term *term);
/* The process was stopped and continued by others (SIGSTOP, SIGCONT): the modes may have changed. */
void term_continued(struct term *term);

#endif
