/* Things to be done later, earliest first: a binary heap. One owner thread. */
#ifndef ONAGER_DELAYS_H
#define ONAGER_DELAYS_H

#include <stddef.h>
#include <stdint.h>

struct delay {
    uint64_t due_ns;
    void *item;
};

struct delays {
    struct delay *heap;
    size_t count, capacity;
};

void delays_release(struct delays *delays);
void delays_add(struct delays *delays, uint64_t due_ns, void *item);
uint64_t delays_next_ns(const struct delays *delays);          /* UINT64_MAX when empty */
void *delays_take_due(struct delays *delays, uint64_t now_ns); /* NULL: nothing is due */

#endif
