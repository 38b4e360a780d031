/* The socket of a run, for `onager ctl`: a client of the engine like the dashboard, on a thread of its own. */
#ifndef ONAGER_LOCAL_SERVER_H
#define ONAGER_LOCAL_SERVER_H

#include "onager/engine.h"

struct local_server;

/* Before the engine starts. NULL and *err when there can be no socket; the run does not need it. Borrows engine and plan. */
struct local_server *local_server_start(struct engine *engine, const struct plan *plan, struct error *err);
/* Before the engine is freed: ends the thread and removes the socket. NULL is allowed. */
void local_server_stop(struct local_server *server);

#endif
