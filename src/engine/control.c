/* The control thread: one loop, woken by workers and clients and by a tick of 50 ms. It is the only one that touches runs,
 * books and snapshots, so none of them needs a lock. It never blocks but to join workers that have already ended. */
#include "control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mem.h"
#include "network.h"

#define TICK_S 0.05
#define PUBLISH_NS (250 * NS_PER_MS)

static void adopt_clients(struct engine *engine)
{
    struct client *arrived = atomic_exchange_explicit(&engine->arrivals, NULL, memory_order_acquire);

    while (arrived != NULL) {
        struct client *next = arrived->next;

        arrived->next = engine->clients;
        engine->clients = arrived;
        arrived = next;
    }
}

static void slot_leave(struct engine *engine, struct slot *slot)
{
    INVARIANT(slot->readers > 0);
    if (--slot->readers > 0)
        return;
    slot->run->held--;
    slot->run = NULL;
    snapshot_slot_clear(slot->storage);
    slot->next = engine->free_slots;
    engine->free_slots = slot;
}

static void take_returns(struct engine *engine)
{
    for (struct client *client = engine->clients; client != NULL; client = client->next) {
        struct slot *slot;

        while ((slot = ring_get(client->returns)) != NULL)
            slot_leave(engine, slot);
    }
}

static void free_older_runs(struct engine *engine)
{
    struct run **at = &engine->older;

    while (*at != NULL) {
        struct run *run = *at;

        if (run->held > 0) {
            at = &run->next;
            continue;
        }
        *at = run->next;
        run_free(run);
    }
}

static struct slot *slot_get(struct engine *engine)
{
    struct slot *slot = engine->free_slots;

    if (slot != NULL) {
        engine->free_slots = slot->next;
        return slot;
    }
    slot = mem_alloc(sizeof *slot);
    slot->storage = snapshot_slot_new();
    return slot;
}

/* Puts the final snapshot of a run in front of everything newer; nothing else goes to a client that has not got it yet. */
static void deliver_finals(struct engine *engine)
{
    for (struct client *client = engine->clients; client != NULL; client = client->next)
        if (client->final_due != NULL && client_offer(client, client->final_due)) {
            slot_leave(engine, client->final_due); /* the claim of final_due; the offer made one of its own */
            client->final_due = NULL;
        }
}

static void offer(struct engine *engine, struct client *client, struct slot *slot, bool is_final)
{
    if (client->final_due == NULL && client_offer(client, slot))
        return;
    if (!is_final) {
        atomic_fetch_add_explicit(&client->skipped, 1, memory_order_relaxed);
        return;
    }
    if (client->final_due != NULL)
        slot_leave(engine, client->final_due);
    client->final_due = slot;
    slot->readers++;
}

static void publish(struct engine *engine, uint64_t now_ns)
{
    bool is_final = engine->run->is_final;
    struct slot *slot;

    engine->last_publish_ns = now_ns;
    if (engine->clients == NULL)
        return;
    slot = slot_get(engine);
    slot->run = engine->run;
    slot->run->held++;
    slot->readers = 1; /* ours while it is handed round */
    slot->snapshot = run_snapshot(engine->run, slot->storage, now_ns);
    slot->snapshot->sequence = ++engine->sequence;
    network_fill(engine, slot);
    for (struct client *client = engine->clients; client != NULL; client = client->next)
        offer(engine, client, slot, is_final);
    slot_leave(engine, slot);
}

static bool take_commands(struct engine *engine)
{
    bool any = false;

    for (struct client *client = engine->clients; client != NULL; client = client->next) {
        struct command *command;

        while ((command = ring_get(client->commands)) != NULL) {
            any = true;
            control_obey(engine, client, command);
            free(command);
        }
    }
    return any;
}

static void abort_if_wanted(struct engine *engine, uint64_t now_ns)
{
    struct run *run = engine->run;
    const struct plan_threshold *threshold;
    char reason[160];
    int which;

    if (run->state != RUN_RUNNING && run->state != RUN_PAUSED)
        return;
    which = aggregate_abort_wanted(run->aggregate);
    if (which < 0)
        return;
    threshold = &run->plan->thresholds[which];
    snprintf(reason, sizeof reason, "threshold %s %s failed and says abort", threshold->metric, threshold->expression);
    control_note(engine, "onager", EVENT_THRESHOLD, now_ns, reason);
    run_stop(run, now_ns + CONTROL_EFFECTIVE_NS, RUN_ABORTED, reason);
}

/* ---- setup and teardown ---- */

static void begin_stage(struct engine *engine, enum stage_kind kind)
{
    struct run *run = engine->run;
    struct error error = { 0 };

    engine->stage = stage_new(kind, &engine->means, engine->loop, &engine->wake, &error);
    if (engine->stage != NULL) {
        run->state = kind == STAGE_SETUP ? RUN_SETUP : RUN_TEARDOWN;
        return;
    }
    run->is_set_up = run->is_torn_down = true;
    control_note(engine, "onager", EVENT_WARNING, clock_now_ns(), error.text);
    if (kind == STAGE_SETUP)
        run_fail(run, clock_now_ns(), "setup could not be started");
    else
        run->teardown_failed = true;
}

void control_begin(struct engine *engine)
{
    struct run *run = engine->run;

    if (!run->is_set_up && stage_is_wanted(engine->plan, STAGE_SETUP)) {
        begin_stage(engine, STAGE_SETUP);
        return;
    }
    run->is_set_up = true;
    run_start(run, clock_now_ns() + CONTROL_START_NS);
}

static void end_stage(struct engine *engine, uint64_t now_ns)
{
    struct stage *stage = engine->stage;
    struct run *run = engine->run;
    char text[160];
    bool is_good = stage_result(stage, text, sizeof text);

    engine->stage = NULL;
    control_note(engine, "onager", is_good ? EVENT_STATE : EVENT_WARNING, now_ns, text);
    if (stage_kind(stage) == STAGE_TEARDOWN) {
        run->is_torn_down = true;
        run->teardown_failed = !is_good;
    } else if (is_good && !run->is_killed) {
        run->is_set_up = true;
        control_begin(engine);
    } else {
        run_fail(run, now_ns, text);
    }
    stage_free(stage);
}

/* True: it is over, and something is to be done about it. */
static bool turn_stage(struct engine *engine, uint64_t now_ns)
{
    if (engine->run->is_killed)
        stage_kill(engine->stage, now_ns);
    if (!stage_turn(engine->stage, now_ns))
        return false;
    end_stage(engine, now_ns);
    return true;
}

/* The load is over and [teardown] is still to be done, or goes on. A run that was ended at once does without. */
static bool needs_teardown(struct engine *engine, uint64_t now_ns)
{
    struct run *run = engine->run;

    if (engine->stage != NULL)
        return true;
    if (run->is_final || !run->is_started || run->is_torn_down || run->is_killed || !stage_is_wanted(engine->plan, STAGE_TEARDOWN))
        return false;
    if (!run_is_over(run, now_ns))
        return false;
    begin_stage(engine, STAGE_TEARDOWN);
    return engine->stage != NULL;
}

static void rerun(struct engine *engine)
{
    struct run *old = engine->run;
    struct error error = { 0 };
    struct run *run;

    network_begin_run(engine);
    run = run_new(&engine->means, ++engine->run_number, engine->loop, &engine->wake, &error);

    if (run == NULL) {
        engine->run_number--;
        engine->rerun_by = NULL;
        return; /* the old run, with its end, stays what is shown */
    }
    old->next = engine->older;
    engine->older = old;
    engine->run = run;
    safety_reset(&engine->safety);
    control_note(engine, engine->rerun_by->name, EVENT_COMMAND, clock_now_ns(), "re-run");
    engine->rerun_by = NULL;
    control_begin(engine);
}

static void turn(struct engine *engine)
{
    uint64_t now_ns;
    bool is_urgent;

    adopt_clients(engine);
    take_returns(engine);
    deliver_finals(engine);
    is_urgent = take_commands(engine);
    is_urgent |= run_collect(engine->run) && engine->run->lasts == engine->run->shared.workers;
    now_ns = clock_now_ns();
    if (engine->stage != NULL)
        is_urgent |= turn_stage(engine, now_ns);
    if (engine->effect_ns != 0 && now_ns > engine->effect_ns) {
        is_urgent = true;
        engine->effect_ns = 0;
    }
    if (is_urgent || now_ns - engine->last_publish_ns >= PUBLISH_NS) {
        network_tick(engine, now_ns);
        run_tick(engine->run, now_ns);
        abort_if_wanted(engine, now_ns);
        safety_tick(&engine->safety, engine->run, now_ns);
        if (!needs_teardown(engine, now_ns))
            run_try_finish(engine->run, now_ns);
        publish(engine, now_ns);
    }
    if (engine->rerun_by != NULL && engine->run->is_final) {
        rerun(engine);
        publish(engine, now_ns);
    }
    free_older_runs(engine);
    if (atomic_load_explicit(&engine->is_quitting, memory_order_relaxed))
        ev_break(engine->loop, EVBREAK_ALL);
}

static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    (void)loop;
    (void)events;
    turn(watcher->data);
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    turn(watcher->data);
}

void control_prepare(struct engine *engine)
{
    ev_async_init(&engine->wake, on_wake);
    engine->wake.data = engine;
    ev_async_start(engine->loop, &engine->wake);
}

void *control_main(void *argument)
{
    struct engine *engine = argument;

    ev_timer_init(&engine->tick, on_tick, TICK_S, TICK_S);
    engine->tick.data = engine;
    ev_timer_start(engine->loop, &engine->tick);
    if (!engine->plan->start_paused)
        control_begin(engine);
    ev_run(engine->loop, 0);
    ev_timer_stop(engine->loop, &engine->tick);
    ev_async_stop(engine->loop, &engine->wake);
    return NULL;
}

static void release_slots_of(struct engine *engine, struct client *client)
{
    struct slot *slot;

    while ((slot = ring_get(client->returns)) != NULL)
        slot_leave(engine, slot);
    while ((slot = ring_get(client->snapshots)) != NULL)
        slot_leave(engine, slot);
    if (client->waiting != NULL)
        slot_leave(engine, client->waiting);
    for (int i = 0; i < 2; i++)
        if (client->held[i] != NULL)
            slot_leave(engine, client->held[i]);
    if (client->final_due != NULL)
        slot_leave(engine, client->final_due);
}

void control_release(struct engine *engine)
{
    struct slot *slot;

    adopt_clients(engine);
    while (engine->clients != NULL) {
        struct client *client = engine->clients;

        engine->clients = client->next;
        release_slots_of(engine, client);
        client_free(client);
    }
    stage_free(engine->stage);
    safety_release(&engine->safety);
    free_older_runs(engine);
    run_free(engine->run);
    while ((slot = engine->free_slots) != NULL) {
        engine->free_slots = slot->next;
        snapshot_slot_free(slot->storage);
        free(slot->addresses);
        free(slot);
    }
}
