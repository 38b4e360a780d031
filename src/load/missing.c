/* A ring of arrivals that found no VU, oldest first. */
#include "missing.h"

#include <stdlib.h>

#include "mem.h"

void missing_release(struct missing *missing)
{
    free(missing->entries);
}

static struct missing_entry *newest(struct missing *missing)
{
    return &missing->entries[(missing->head + missing->used - 1) % MISSING_ENTRIES];
}

/* What would have ended by now, going by an iteration that ended after it was missed. */
static void expire(struct missing *missing, uint64_t plan_ns)
{
    while (missing->used > 0) {
        const struct missing_entry *oldest = &missing->entries[missing->head];

        if (oldest->since_ns > missing->ended_ns || oldest->since_ns + missing->took_ns > plan_ns)
            return;
        missing->count -= oldest->count;
        missing->head = (missing->head + 1) % MISSING_ENTRIES;
        missing->used--;
    }
}

void missing_add(struct missing *missing, uint64_t plan_ns, uint64_t busy)
{
    if (missing->entries == NULL)
        missing->entries = mem_array(MISSING_ENTRIES, sizeof *missing->entries);
    expire(missing, plan_ns);
    if (missing->used == 0 || (plan_ns - newest(missing)->since_ns >= MISSING_GRAIN_NS && missing->used < MISSING_ENTRIES)) {
        missing->used++;
        *newest(missing) = (struct missing_entry){ plan_ns, 0 };
    }
    newest(missing)->count++;
    missing->count++;
    if (busy + missing->count > missing->peak)
        missing->peak = busy + missing->count;
}

void missing_end(struct missing *missing, uint64_t plan_ns, uint64_t took_ns)
{
    missing->ended_ns = plan_ns;
    missing->took_ns = took_ns;
    expire(missing, plan_ns);
}
