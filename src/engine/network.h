/* Names and addresses in events and snapshots. Control thread only. */
#ifndef ONAGER_ENGINE_NETWORK_H
#define ONAGER_ENGINE_NETWORK_H

#include <stdint.h>

struct engine;
struct slot;

void network_tick(struct engine *engine, uint64_t now_ns);   /* says what changed */
void network_fill(struct engine *engine, struct slot *slot); /* the table of addresses; borrowed from the slot */
void network_begin_run(struct engine *engine);               /* tallies begin at 0; no worker runs */

#endif
