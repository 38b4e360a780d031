/* Signals of a run. Handlers only count (ui/app.h); whoever runs in the main thread looks. Main thread. */
#ifndef ONAGER_SIGNALS_H
#define ONAGER_SIGNALS_H

#include "app.h"

/* From here on SIGINT, SIGTERM and SIGHUP no longer end the process: they are counted in signals_seen(). A third SIGINT or
 * SIGTERM ends it all the same. Writing to a closed pipe or over a size limit is an error of that write. When the process
 * crashes, the terminal is put back first. */
void signals_install(void);
struct ui_signals *signals_seen(void);

/* How often the user asked for the end: SIGINT and SIGTERM together. */
unsigned signals_asked(void);
bool signals_hung_up(void);
/* "SIGINT" or "SIGTERM": the one that came last. */
const char *signals_last(void);

#endif
