/* The timeout wheel. Owner: the loop's thread. Knows nothing of connections. */
#include "wheel.h"

#include <string.h>

#include "clock.h"
#include "mem.h"

static unsigned slot_of(uint64_t tick)
{
    return (unsigned)(tick % WHEEL_SLOTS);
}

static void arm(struct wheel *wheel, uint64_t tick, uint64_t now_ns)
{
    uint64_t at_ns = tick * WHEEL_TICK_NS;

    wheel->armed = tick;
    if (wheel->loop == NULL)
        return;
    ev_timer_stop(wheel->loop, &wheel->timer);
    ev_timer_set(&wheel->timer, at_ns > now_ns ? (double)(at_ns - now_ns) / 1e9 : 0., 0.);
    ev_timer_start(wheel->loop, &wheel->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct wheel *wheel = timer->data;
    uint64_t now_ns = clock_now_ns(), next;

    wheel->armed = 0;
    wheel_advance(wheel, now_ns);
    next = wheel_next(wheel);
    if (next != 0)
        arm(wheel, next, now_ns);
}

void wheel_init(struct wheel *wheel, struct ev_loop *loop, void (*on_due)(struct wheel_entry *, uint64_t), uint64_t now_ns)
{
    memset(wheel, 0, sizeof *wheel);
    wheel->loop = loop;
    wheel->on_due = on_due;
    wheel->current = now_ns / WHEEL_TICK_NS;
    ev_init(&wheel->timer, on_timer);
    wheel->timer.data = wheel;
}

void wheel_release(struct wheel *wheel)
{
    if (wheel->loop != NULL)
        ev_timer_stop(wheel->loop, &wheel->timer);
}

void wheel_remove(struct wheel *wheel, struct wheel_entry *entry)
{
    unsigned slot = slot_of(entry->tick);

    if (entry->tick == 0)
        return;
    if (entry->previous != NULL)
        entry->previous->next = entry->next;
    else
        wheel->slots[slot] = entry->next;
    if (entry->next != NULL)
        entry->next->previous = entry->previous;
    if (wheel->slots[slot] == NULL)
        wheel->occupied[slot / 64] &= ~(1ULL << slot % 64);
    entry->tick = 0;
    entry->next = entry->previous = NULL;
}

uint64_t wheel_next(const struct wheel *wheel)
{
    uint64_t first = wheel->current + 1;

    for (uint64_t tick = first; tick < first + WHEEL_SLOTS;) {
        unsigned slot = slot_of(tick);
        uint64_t bits = wheel->occupied[slot / 64] >> slot % 64;

        if (bits != 0) {
            tick += (unsigned)__builtin_ctzll(bits);
            return tick < first + WHEEL_SLOTS ? tick : 0;
        }
        tick += 64 - slot % 64;
    }
    return 0;
}

void wheel_link(struct wheel *wheel, struct wheel_entry *entry, uint64_t now_ns)
{
    uint64_t tick = entry->deadline_ns / WHEEL_TICK_NS + 1;
    unsigned slot;

    wheel_remove(wheel, entry);
    /* empty: nothing was missed while it stood. Not while a slot is being emptied: the last slot must not become that one */
    if (!wheel->is_advancing && wheel_next(wheel) == 0 && now_ns / WHEEL_TICK_NS > wheel->current)
        wheel->current = now_ns / WHEEL_TICK_NS;
    if (tick <= wheel->current)
        tick = wheel->current + 1;
    if (tick > wheel->current + WHEEL_SLOTS - 1)
        tick = wheel->current + WHEEL_SLOTS - 1;
    slot = slot_of(tick);
    entry->tick = tick;
    entry->previous = NULL;
    entry->next = wheel->slots[slot];
    if (entry->next != NULL)
        entry->next->previous = entry;
    wheel->slots[slot] = entry;
    wheel->occupied[slot / 64] |= 1ULL << slot % 64;
    if (wheel->armed == 0 || tick < wheel->armed)
        arm(wheel, tick, now_ns);
}

void wheel_advance(struct wheel *wheel, uint64_t now_ns)
{
    uint64_t now_tick = now_ns / WHEEL_TICK_NS, tick;

    wheel->is_advancing = true;
    while ((tick = wheel_next(wheel)) != 0 && tick <= now_tick) {
        struct wheel_entry **slot = &wheel->slots[slot_of(tick)];

        wheel->current = tick;
        while (*slot != NULL) { /* one by one: on_due may remove any other */
            struct wheel_entry *entry = *slot;

            wheel_remove(wheel, entry);
            if (entry->deadline_ns <= now_ns)
                wheel->on_due(entry, now_ns);
            else if (entry->deadline_ns != WHEEL_NEVER)
                wheel_link(wheel, entry, now_ns);
        }
    }
    wheel->is_advancing = false;
    if (wheel->current < now_tick)
        wheel->current = now_tick;
}
