/* Clients of the engine: the side of onager_client_* that runs on the client's own thread, and the offer of a snapshot. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "mem.h"

#define COMMANDS 64

struct client *client_new(const char *name, unsigned slots)
{
    struct client *client = mem_alloc(sizeof *client);

    snprintf(client->name, sizeof client->name, "%s", name);
    client->snapshots = ring_new(slots * 2); /* a ring of n holds n - 1 */
    client->returns = ring_new(slots * 4);   /* never full: at most what was offered, plus two held */
    client->commands = ring_new(COMMANDS);
    client->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    INVARIANT(client->event_fd >= 0);
    return client;
}

void client_free(struct client *client)
{
    void *command;

    while ((command = ring_get(client->commands)) != NULL)
        free(command);
    ring_free(client->snapshots);
    ring_free(client->returns);
    ring_free(client->commands);
    close(client->event_fd);
    free(client);
}

bool client_offer(struct client *client, struct slot *slot)
{
    uint64_t one = 1;

    if (!ring_put(client->snapshots, slot))
        return false;
    slot->readers++;
    while (write(client->event_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    return true;
}

static bool take_waiting(struct client *client)
{
    uint64_t count;

    if (client->waiting != NULL)
        return true;
    client->waiting = ring_get(client->snapshots);
    if (client->waiting == NULL) {
        /* clear the wake-up, then look once more: one may have come between */
        while (read(client->event_fd, &count, sizeof count) < 0 && errno == EINTR)
            continue;
        client->waiting = ring_get(client->snapshots);
    }
    return client->waiting != NULL;
}

bool onager_client_wait(struct client *client, int timeout_ms)
{
    struct pollfd fd = { .fd = client->event_fd, .events = POLLIN };

    if (take_waiting(client))
        return true;
    /* a signal ends the wait: the caller wants to look at it */
    if (poll(&fd, 1, timeout_ms) <= 0)
        return false;
    return take_waiting(client);
}

int onager_client_fd(const struct client *client)
{
    return client->event_fd;
}

static const struct snapshot *hand_out(struct client *client)
{
    struct slot *slot = client->waiting;

    client->waiting = NULL;
    for (int i = 0; i < 2; i++)
        if (client->held[i] == NULL) {
            client->held[i] = slot;
            return slot->snapshot;
        }
    INVARIANT(!"a client holds at most two snapshots");
    return NULL;
}

static void give_back(struct client *client, struct slot *slot)
{
    INVARIANT(ring_put(client->returns, slot));
}

const struct snapshot *onager_client_next(struct client *client)
{
    return take_waiting(client) ? hand_out(client) : NULL;
}

const struct snapshot *onager_client_latest(struct client *client)
{
    struct slot *newer;

    if (!take_waiting(client))
        return NULL;
    while ((newer = ring_get(client->snapshots)) != NULL) {
        give_back(client, client->waiting);
        client->waiting = newer;
    }
    return hand_out(client);
}

void onager_client_release(struct client *client, const struct snapshot *snapshot)
{
    for (int i = 0; i < 2; i++)
        if (client->held[i] != NULL && client->held[i]->snapshot == snapshot) {
            give_back(client, client->held[i]);
            client->held[i] = NULL;
            return;
        }
    INVARIANT(snapshot == NULL);
}

uint64_t onager_client_skipped(const struct client *client)
{
    return atomic_load_explicit(&client->skipped, memory_order_relaxed);
}

bool onager_client_send(struct client *client, const struct command *command)
{
    struct command *copy = mem_alloc(sizeof *copy);

    *copy = *command;
    if (!ring_put(client->commands, copy)) {
        free(copy);
        return false;
    }
    client->wake(client->wake_data);
    return true;
}
