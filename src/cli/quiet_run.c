/* Waiting for the end of a run. */
#include "quiet_run.h"

#include "signals.h"

#define WAIT_MS 100

static void pass_signals_on(struct client *client, unsigned *obeyed)
{
    unsigned asked = signals_asked() + (signals_hung_up() ? 1 : 0);

    for (; *obeyed < asked; (*obeyed)++)
        onager_client_send(client, &(struct command){ .kind = *obeyed == 0 ? COMMAND_STOP : COMMAND_KILL });
}

int quiet_run(
    const struct plan *plan, const char *author, void (*see)(void *data, const struct snapshot *snapshot), void *data, struct error *err)
{
    struct engine *engine = onager_engine_new(plan, err);
    struct client *client;
    unsigned obeyed = 0;
    bool is_over = false;

    if (engine == NULL)
        return -1;
    client = onager_client_new(engine, author, 8);
    if (onager_engine_start(engine, err) != 0) {
        onager_engine_free(engine);
        return -1;
    }
    while (!is_over) {
        const struct snapshot *snapshot;

        pass_signals_on(client, &obeyed);
        if (!onager_client_wait(client, WAIT_MS) || (snapshot = onager_client_latest(client)) == NULL)
            continue;
        is_over = snapshot->is_final;
        see(data, snapshot);
        onager_client_release(client, snapshot);
    }
    onager_engine_free(engine);
    return 0;
}
