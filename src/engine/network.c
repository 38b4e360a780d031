/* What clients see of names and addresses: notes of the resolver and addresses that fail or answer again become events, tallies a
 * table in each snapshot. Control thread only. */
#include "network.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "addresses.h"
#include "clock.h"
#include "control.h"
#include "mem.h"
#include "resolver.h"

#define ADDRESSES_SHOWN 256 /* servers may invent names by their redirects */

/* The kind that it failed with most often. */
static enum fault worst(const struct address_state *state)
{
    enum fault most = FAULT_OTHER;
    uint64_t times = 0;

    for (int kind = FAULT_NONE + 1; kind < FAULT_COUNT; kind++)
        if (atomic_load_explicit(&state->failed[kind], memory_order_relaxed) > times) {
            times = atomic_load_explicit(&state->failed[kind], memory_order_relaxed);
            most = (enum fault)kind;
        }
    return most;
}

static void say_change(struct engine *engine, const struct net_name *name, struct address_list *list, size_t i, bool is_bad)
{
    char shown[NET_ADDRESS_SHOWN_SIZE];
    enum fault fault = worst(list->states[i]);
    uint64_t at_ns = run_now_ns(engine->run, clock_now_ns());

    net_address_show(shown, &list->at[i]);
    if (is_bad)
        aggregate_event(
            engine->run->aggregate, at_ns, EVENT_WARNING, "onager", "%.60s: %s fails (%s), others of the name take its share: %s",
            name->host, shown, fault_name(fault), fault_help(fault));
    else
        aggregate_event(engine->run->aggregate, at_ns, EVENT_NETWORK, "onager", "%.60s: %s answers again", name->host, shown);
}

/* localhost is mostly served by one family alone, which is nobody's fault. */
static void watch(struct engine *engine, struct net_name *name)
{
    struct address_list *list = net_name_list(name);

    if (list == NULL || strcasecmp(name->host, "localhost") == 0)
        return;
    for (size_t i = 0; i < list->count; i++) {
        bool is_bad = atomic_load_explicit(&list->states[i]->strikes, memory_order_relaxed) > 0;

        if (is_bad == atomic_load_explicit(&list->states[i]->is_told, memory_order_relaxed))
            continue;
        atomic_store_explicit(&list->states[i]->is_told, is_bad, memory_order_relaxed);
        say_change(engine, name, list, i, is_bad);
    }
}

void network_tick(struct engine *engine, uint64_t now_ns)
{
    struct resolver_note note;

    if (!engine->run->is_started || engine->run->is_final)
        return;
    while (resolver_take_note(engine->resolver, &note))
        aggregate_event(
            engine->run->aggregate, run_now_ns(engine->run, now_ns), note.is_warning ? EVENT_WARNING : EVENT_NETWORK, "onager", "%s",
            note.text);
    for (struct net_name *name = resolver_names(engine->resolver); name != NULL; name = name->next)
        watch(engine, name);
}

/* ---- the table ---- */

static bool is_in(const struct address_list *list, const struct address_state *state)
{
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (list->states[i] == state)
            return true;
    return false;
}

/* All addresses that the name has or had. */
static size_t fill_name(struct snap_address *out, size_t room, struct net_name *name)
{
    struct address_state *state = atomic_load_explicit(&name->known, memory_order_acquire);
    const struct address_list *list = net_name_list(name);
    size_t count;

    for (count = 0; state != NULL && count < room; state = state->next, count++) {
        struct snap_address *row = &out[count];

        *row = (struct snap_address){ .host = name->host, .port = name->port, .is_current = is_in(list, state) };
        net_address_show(row->address, &state->address);
        row->is_passed_over = row->is_current && atomic_load_explicit(&state->retry_at_ns, memory_order_relaxed) != 0;
        row->connections = atomic_load_explicit(&state->opened, memory_order_relaxed);
        for (int kind = FAULT_NONE + 1; kind < FAULT_COUNT; kind++)
            row->failed[kind] = atomic_load_explicit(&state->failed[kind], memory_order_relaxed);
    }
    return count;
}

void network_fill(struct engine *engine, struct slot *slot)
{
    size_t count = 0;

    if (slot->addresses == NULL)
        slot->addresses = mem_array(ADDRESSES_SHOWN, sizeof *slot->addresses);
    for (struct net_name *name = resolver_names(engine->resolver); name != NULL; name = name->next)
        count += fill_name(slot->addresses + count, ADDRESSES_SHOWN - count, name);
    slot->snapshot->addresses = slot->addresses;
    slot->snapshot->address_count = count;
}

static void forget(struct address_state *state)
{
    for (; state != NULL; state = state->next) {
        atomic_store_explicit(&state->opened, 0, memory_order_relaxed);
        for (int kind = 0; kind < FAULT_COUNT; kind++)
            atomic_store_explicit(&state->failed[kind], 0, memory_order_relaxed);
        atomic_store_explicit(&state->retry_at_ns, 0, memory_order_relaxed);
        atomic_store_explicit(&state->strikes, 0, memory_order_relaxed);
        atomic_store_explicit(&state->is_told, false, memory_order_relaxed);
    }
}

void network_begin_run(struct engine *engine)
{
    struct resolver_note note;

    while (resolver_take_note(engine->resolver, &note)) /* of the time between */
        continue;
    for (struct net_name *name = resolver_names(engine->resolver); name != NULL; name = name->next)
        forget(atomic_load_explicit(&name->known, memory_order_acquire));
}
