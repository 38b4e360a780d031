/* SPSC ring of pointers on ck_ring. */
#include "ring.h"

#include <ck_ring.h>
#include <stdlib.h>

#include "mem.h"

#if defined(__SANITIZE_THREAD__)
#define RING_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RING_TSAN 1
#endif
#endif

#ifdef RING_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define RING_RELEASE(address) __tsan_release(address)
#define RING_ACQUIRE(address) __tsan_acquire(address)
#else
#define RING_RELEASE(address) ((void)(address))
#define RING_ACQUIRE(address) ((void)(address))
#endif

struct ring {
    ck_ring_t head;
    ck_ring_buffer_t *slots;
};

struct ring *ring_new(unsigned slots)
{
    struct ring *ring;

    INVARIANT(slots >= 2 && (slots & (slots - 1)) == 0);
    /* ck aligns the producer's and the consumer's index to cache lines of their own */
    ring = aligned_alloc(64, (sizeof *ring + 63) / 64 * 64);
    INVARIANT(ring != NULL);
    ring->slots = mem_array(slots, sizeof *ring->slots);
    ck_ring_init(&ring->head, slots);
    return ring;
}

void ring_free(struct ring *ring)
{
    if (ring == NULL)
        return;
    free(ring->slots);
    free(ring);
}

bool ring_put(struct ring *ring, void *item)
{
    RING_RELEASE(ring);
    return ck_ring_enqueue_spsc(&ring->head, ring->slots, item);
}

void *ring_get(struct ring *ring)
{
    void *item = NULL;

    if (!ck_ring_dequeue_spsc(&ring->head, ring->slots, &item))
        return NULL;
    RING_ACQUIRE(ring);
    return item;
}
