/* Watching a run from its start to its end: dashboard, progress line, lines for a log, or nothing. Main thread. */
#ifndef ONAGER_WATCH_H
#define ONAGER_WATCH_H

#include "args.h"
#include "onager/engine.h"

/* What SHOW_AUTO means here and now; else `show` itself. */
enum show_mode watch_mode(enum show_mode show);

/* Before the start: 0, or -1 and *err (EXIT_USAGE) when the dashboard is wanted where it cannot be, or its keys in the config file
 * contradict each other. */
int watch_check(enum show_mode mode, const struct args *args, struct error *err);

/* Gives the dashboard the keys of the config file. 0, or -1 and *err. Does nothing without a dashboard. */
int watch_set_keys(const struct config *config, struct error *err);

/* Shows the run and passes signals on to it until it has ended. Returns the number of the run that was the last one.
 * 0 and *err when the dashboard was asked for and cannot be shown. */
unsigned watch_run(struct client *client, const struct args *args, enum show_mode mode, struct error *err);

#endif
