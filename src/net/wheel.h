/* Deadlines of many things on one coarse wheel and one ev_timer: 1,024 slots of 4 ms, and what lies further away waits in the
 * last slot and is put again. Lazy: moving a deadline further away is one store, and the entry is looked at when its old slot
 * comes up. So a request that beats its timeout costs nothing here. A deadline is never reported early, and at most about
 * 5 ms late. The timer sleeps to the next slot that holds something, and stops when none does. Owner: the loop's thread. */
#ifndef ONAGER_WHEEL_H
#define ONAGER_WHEEL_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#define WHEEL_SLOTS 1024U
#define WHEEL_TICK_NS 4000000ULL
#define WHEEL_NEVER UINT64_MAX

struct wheel_entry {
    uint64_t deadline_ns; /* WHEEL_NEVER: none */
    uint64_t tick;        /* where it is linked; 0: nowhere */
    struct wheel_entry *next, *previous;
};

struct wheel {
    struct ev_loop *loop;
    ev_timer timer;
    void (*on_due)(struct wheel_entry *entry, uint64_t now_ns); /* the entry is unlinked; may set or remove any entry */
    uint64_t current;                                           /* ticks up to this one are done */
    bool is_advancing;
    uint64_t armed; /* tick the timer waits for; 0: it does not run */
    uint64_t occupied[WHEEL_SLOTS / 64];
    struct wheel_entry *slots[WHEEL_SLOTS];
};

/* loop NULL: no timer, the caller advances (tests). */
void wheel_init(struct wheel *wheel, struct ev_loop *loop, void (*on_due)(struct wheel_entry *, uint64_t), uint64_t now_ns);
void wheel_release(struct wheel *wheel);

void wheel_link(struct wheel *wheel, struct wheel_entry *entry, uint64_t now_ns); /* private: by entry->deadline_ns */
void wheel_remove(struct wheel *wheel, struct wheel_entry *entry);

/* A zeroed entry may be set, and set again at any time. now_ns may be a little old. */
static inline void wheel_set(struct wheel *wheel, struct wheel_entry *entry, uint64_t deadline_ns, uint64_t now_ns)
{
    entry->deadline_ns = deadline_ns;
    if (deadline_ns == WHEEL_NEVER || (entry->tick != 0 && entry->tick <= deadline_ns / WHEEL_TICK_NS + 1))
        return;
    wheel_link(wheel, entry, now_ns);
}

/* Reports all that is due. */
void wheel_advance(struct wheel *wheel, uint64_t now_ns);
/* The next tick that holds something, 0 when none does. */
uint64_t wheel_next(const struct wheel *wheel);

#endif
