/* The engine: a control thread and N workers that carry out a plan. This header and its neighbours are the whole interface;
 * dashboard, progress line, outputs and tests are equal clients of it. Nothing here needs a terminal.
 *
 *   engine = onager_engine_new(plan, &error);        resolves names, checks limits, sends nothing
 *   client = onager_client_new(engine, "sre", 4);    one per thread that reads; before or after the start
 *   onager_engine_start(engine);                     control thread on; READY, and RUNNING unless the plan starts paused
 *   while (onager_client_wait(client, 250)) ...      snapshots in, commands out
 *   onager_engine_free(engine);                      stops at once, joins every thread
 */
#ifndef ONAGER_ENGINE_H
#define ONAGER_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "onager/error.h"
#include "onager/plan.h"
#include "onager/snapshot.h"

struct engine;
struct client;
struct sockaddr; /* <sys/socket.h> */

enum command_kind {
#define COMMAND(id, name, word, args, states, help) COMMAND_##id,
#include "onager/command.def"
#undef COMMAND
    COMMAND_COUNT
};

struct command {
    enum command_kind kind;
    char text[64];        /* MARKER: its label; STOP and KILL: what asked for it, e.g. "SIGTERM", or "" for the client's name */
    uint32_t scenario;    /* of what steers the load: 1 + index in the plan; 0: all, each in its own unit */
    struct rate rate;     /* SET_RATE */
    uint64_t vus;         /* SET_VUS */
    uint64_t factor_ppm;  /* SCALE: of what holds now (1,100,000: 10 % up); SPIKE */
    uint64_t duration_ns; /* SPIKE: on the plan clock */
};

#define COMMAND_SPIKE_PPM UINT64_C(3000000) /* unless it says otherwise */
#define COMMAND_SPIKE_NS (30 * NS_PER_S)

const char *command_name(enum command_kind kind);
const char *command_word(enum command_kind kind); /* as a person types it: "rate", "next" */
const char *command_args(enum command_kind kind); /* what follows it: "RATE [SCENARIO]" or "" */

/* Reads a line as a person types it ("rate 200 api", "scale +20%", "spike 3 30s", "mark deploy"). A scenario that it does not
 * name stays command->scenario. 0, or -1 and *err (EXIT_USAGE; one line, with the way out). Pure; any thread. */
int onager_command_parse(struct command *command, const char *line, const struct plan *plan, struct error *err);

/* Borrows plan until onager_engine_free(). Resolves every host (blocking, at most 10 s each) and checks the file limit:
 * NULL and *err (EXIT_USAGE) when nothing could start. Main thread. */
struct engine *onager_engine_new(const struct plan *plan, struct error *err);

/* What a host of the plan was resolved to. Strings and address are borrowed until onager_engine_free(). */
struct engine_address {
    const char *host;
    uint16_t port;
    const struct sockaddr *address; /* of AF_INET, AF_INET6 or AF_UNIX; AF_UNSPEC: a proxy looks the host up, nobody knows here */
};
/* Address `index` of all hosts together; false behind the last. Before or after the start; any thread. */
bool onager_engine_address(const struct engine *engine, size_t index, struct engine_address *out);

/* Starts the control thread and prepares the first run. 0, or -1 and *err. Signals are blocked in every engine thread. */
int onager_engine_start(struct engine *engine, struct error *err);

/* Kills a run that still goes on, joins all threads, frees engine and all clients. NULL is allowed. */
void onager_engine_free(struct engine *engine);

/* A client: one ring of snapshots in, one ring of commands out. `name` (copied) is the author of its commands in annotations.
 * `slots` (power of two, 2..64) is how many snapshots may wait; when full, a frame is skipped and counted, the final snapshot
 * of a run never is. One thread uses a client. Returned owned by the engine. */
struct client *onager_client_new(struct engine *engine, const char *name, unsigned slots);

/* Waits until a snapshot is there or timeout_ms passed (0: not at all). true: onager_client_latest() will return one. */
bool onager_client_wait(struct client *client, int timeout_ms);
/* Becomes readable when a snapshot arrives; for poll(). Owned by the client. */
int onager_client_fd(const struct client *client);

/* The oldest waiting snapshot, or the newest and the older ones released. NULL when none waits.
 * The caller holds it until onager_client_release(); hold at most two at a time. */
const struct snapshot *onager_client_next(struct client *client);
const struct snapshot *onager_client_latest(struct client *client);
void onager_client_release(struct client *client, const struct snapshot *snapshot);
uint64_t onager_client_skipped(const struct client *client); /* frames this client was too slow for */

/* Sends a command; it takes effect 5 ms later at one instant on all workers, shows up as an annotation, and is ignored with
 * a warning event where the state does not allow it. false: 64 commands are waiting already. */
bool onager_client_send(struct client *client, const struct command *command);

#endif
