/* A ring of pointers between exactly two threads: one producer, one consumer, no lock, no wait (ck_ring underneath).
 * The ownership of what a pointer points to travels with it; a second ring brings empty slots back.
 *
 *     producer: fill *slot, ring_put() ---- pointer ----> consumer: ring_get(), read, give back through the other ring
 *
 * What the producer wrote before ring_put() is visible to the consumer after ring_get(). For ThreadSanitizer, which cannot
 * see ck's fences, the same edge is annotated. */
#ifndef ONAGER_RING_H
#define ONAGER_RING_H

#include <stdbool.h>

struct ring;

/* Holds up to `slots` - 1 pointers; slots is a power of two, at least 2. Returned owned. */
struct ring *ring_new(unsigned slots);
void ring_free(struct ring *ring); /* does not free what is in it; NULL is allowed */

bool ring_put(struct ring *ring, void *item); /* producer; false: full, the item stays with the caller */
void *ring_get(struct ring *ring);            /* consumer; NULL: empty */

#endif
