/* Clients of the engine and the snapshots on their way to them. A slot is one snapshot: filled by the control thread, read by
 * every client that got its pointer, counted by the control thread alone, filled again when all gave it back. */
#ifndef ONAGER_CLIENT_H
#define ONAGER_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "onager/engine.h"
#include "ring.h"

struct run;
struct snapshot_slot;

struct slot {
    struct snapshot_slot *storage;
    struct snapshot *snapshot;
    struct run *run;                /* it points into */
    unsigned readers;               /* clients that hold it or will */
    struct snap_address *addresses; /* of the snapshot; NULL before the first */
    struct slot *next;              /* free list */
};

struct client {
    char name[24];
    struct ring *snapshots; /* control -> client */
    struct ring *returns;   /* client -> control */
    struct ring *commands;  /* client -> control, malloc'd */
    int event_fd;
    struct slot *waiting;   /* client's: taken from the ring, not yet handed out */
    struct slot *held[2];   /* client's */
    struct slot *final_due; /* control's: the final snapshot that did not fit yet */
    /* Written by control, read by the client for display only: relaxed. */
    atomic_uint_fast64_t skipped;
    void (*wake)(void *); /* wakes the control thread */
    void *wake_data;
    struct client *next;
};

struct client *client_new(const char *name, unsigned slots);
void client_free(struct client *client);

/* Control thread: false when the client is too slow. */
bool client_offer(struct client *client, struct slot *slot);

#endif
