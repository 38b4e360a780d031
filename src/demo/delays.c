/* Binary min-heap by due time. */
#include "delays.h"

#include <stdlib.h>

#include "mem.h"

void delays_release(struct delays *delays)
{
    free(delays->heap);
    *delays = (struct delays){ 0 };
}

void delays_add(struct delays *delays, uint64_t due_ns, void *item)
{
    size_t i = delays->count++;

    if (delays->count > delays->capacity) {
        delays->capacity = delays->capacity > 0 ? delays->capacity * 2 : 64;
        delays->heap = mem_resize(delays->heap, delays->capacity, sizeof *delays->heap);
    }
    while (i > 0 && delays->heap[(i - 1) / 2].due_ns > due_ns) {
        delays->heap[i] = delays->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    delays->heap[i] = (struct delay){ due_ns, item };
}

uint64_t delays_next_ns(const struct delays *delays)
{
    return delays->count > 0 ? delays->heap[0].due_ns : UINT64_MAX;
}

void *delays_take_due(struct delays *delays, uint64_t now_ns)
{
    struct delay last;
    void *item;
    size_t i = 0;

    if (delays->count == 0 || delays->heap[0].due_ns > now_ns)
        return NULL;
    item = delays->heap[0].item;
    last = delays->heap[--delays->count];
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= delays->count)
            break;
        if (child + 1 < delays->count && delays->heap[child + 1].due_ns < delays->heap[child].due_ns)
            child++;
        if (delays->heap[child].due_ns >= last.due_ns)
            break;
        delays->heap[i] = delays->heap[child];
        i = child;
    }
    if (delays->count > 0)
        delays->heap[i] = last;
    return item;
}
