/* What the rules of [safety] do to a run. They look at whole seconds of the run, each once all workers have passed it. Control
 * thread. */
#include "safety.h"

#include <stdarg.h>
#include <stdio.h>

#include "buf.h"
#include "control.h"
#include "json_write.h"

#define TRY_PPM 100000 /* half open: a tenth of the load */
#define TRY_SECONDS 2  /* with samples, before it is decided */
#define TRY_MOST_NS (10 * NS_PER_S)

void safety_reset(struct safety *safety)
{
    struct webhooks kept = safety->webhooks;

    *safety = (struct safety){ .webhooks = kept };
}

void safety_release(struct safety *safety)
{
    webhooks_release(&safety->webhooks);
}

/* ---- rules ---- */

/* How long it has held without a break; a second in which nothing ended neither adds nor breaks. */
static void look(const struct plan_rule *rule, const struct run *run, uint64_t second, uint64_t *held_ns)
{
    bool holds;

    if (rule->text != NULL && aggregate_second_holds(run->aggregate, second, &rule->when, &holds))
        *held_ns = holds ? *held_ns + NS_PER_S : 0;
}

/* ---- the breaker ---- */

static void say(struct run *run, uint64_t now_ns, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(struct run *run, uint64_t now_ns, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    aggregate_event(run->aggregate, run_now_ns(run, now_ns), EVENT_SAFETY, "onager", "%s", text);
}

static void post(struct safety *safety, struct run *run, uint64_t now_ns)
{
    const struct plan_safety *rules = &run->plan->safety;
    struct buf body;
    struct json json;

    if (rules->breaker_webhook == NULL)
        return;
    buf_init(&body);
    json_write_init(&json, &body, 0);
    json_write_object(&json);
    json_write_key(&json, "schema");
    json_write_string(&json, "onager.breaker/1");
    json_write_key(&json, "run");
    json_write_string(&json, run->id);
    json_write_key(&json, "plan");
    json_write_string(&json, run->plan->name);
    json_write_key(&json, "state");
    json_write_string(&json, "open");
    json_write_key(&json, "rule");
    json_write_string(&json, rules->breaker.text);
    json_write_key(&json, "at_s");
    json_write_double(&json, (double)run_now_ns(run, now_ns) / 1e9);
    json_write_object_end(&json);
    webhook_post(&safety->webhooks, rules->breaker_webhook, body.data);
    buf_release(&body);
}

static void breaker_open(struct safety *safety, struct run *run, uint64_t now_ns, bool is_first)
{
    const struct plan_safety *rules = &run->plan->safety;
    char resume[40];

    units_format_duration(resume, sizeof resume, rules->breaker_resume_ns);
    if (is_first)
        say(run, now_ns, "breaker open: %s; paused, tries again in %s", rules->breaker.text, resume);
    else
        say(run, now_ns, "breaker open again: the tries failed; paused, tries again in %s", resume);
    safety->breaker = BREAKER_OPEN;
    safety->opened_ns = run_now_ns(run, now_ns);
    run_pause(run, now_ns + CONTROL_EFFECTIVE_NS);
    if (is_first)
        post(safety, run, now_ns);
}

/* The load is a tenth, or what it was, from the same instant on. */
static void breaker_load(struct run *run, uint64_t at_ns, bool is_trying)
{
    steer_try_load(&run->steer, is_trying ? TRY_PPM : LEVEL_AS_PLANNED_PPM, plan_clock_at(&run->clock, at_ns));
    run_steer(run, at_ns, COMMAND_UNDO); /* nobody's change, so nothing to take back */
}

static void breaker_half_open(struct safety *safety, struct run *run, uint64_t now_ns)
{
    uint64_t at_ns = now_ns + CONTROL_EFFECTIVE_NS;

    say(run, now_ns, "breaker half open: tries with a tenth of the load");
    safety->breaker = BREAKER_HALF_OPEN;
    safety->trying_ns = run_now_ns(run, at_ns);
    safety->tried = safety->bad = 0;
    breaker_load(run, at_ns, true);
    run_resume(run, at_ns);
}

static void breaker_close(struct safety *safety, struct run *run, uint64_t now_ns, const char *why)
{
    say(run, now_ns, "breaker closed: %s", why);
    safety->breaker = BREAKER_CLOSED;
    safety->breaker_held_ns = 0;
}

static void breaker_look(struct safety *safety, const struct run *run, uint64_t second)
{
    const struct plan_rule *rule = &run->plan->safety.breaker;
    bool holds;

    if (safety->breaker == BREAKER_CLOSED)
        look(rule, run, second, &safety->breaker_held_ns);
    if (safety->breaker != BREAKER_HALF_OPEN || second * NS_PER_S < safety->trying_ns ||
        !aggregate_second_holds(run->aggregate, second, &rule->when, &holds))
        return;
    safety->tried++;
    safety->bad += holds;
}

static bool breaker_turn(struct safety *safety, struct run *run, uint64_t now_ns)
{
    const struct plan_safety *rules = &run->plan->safety;
    uint64_t run_ns = run_now_ns(run, now_ns);

    switch (safety->breaker) {
    case BREAKER_CLOSED:
        if (rules->breaker.text == NULL || safety->breaker_held_ns < rules->breaker.for_ns || run->state != RUN_RUNNING)
            return false;
        breaker_open(safety, run, now_ns, true);
        return true;
    case BREAKER_OPEN:
        if (run->state == RUN_RUNNING) {
            breaker_close(safety, run, now_ns, "somebody resumed the run");
            return true;
        }
        if (run_ns < safety->opened_ns + rules->breaker_resume_ns)
            return false;
        breaker_half_open(safety, run, now_ns);
        return true;
    case BREAKER_HALF_OPEN:
        if (run->state != RUN_RUNNING || (safety->tried < TRY_SECONDS && run_ns < safety->trying_ns + TRY_MOST_NS))
            return false;
        breaker_load(run, now_ns + CONTROL_EFFECTIVE_NS, false);
        if (safety->bad > 0)
            breaker_open(safety, run, now_ns, false);
        else
            breaker_close(safety, run, now_ns, safety->tried > 0 ? "the tries were answered well" : "nothing was tried in time");
        return true;
    }
    return false;
}

/* ---- all ---- */

static bool abort_turn(struct safety *safety, struct run *run, uint64_t now_ns)
{
    const struct plan_rule *rule = &run->plan->safety.abort_if;
    char reason[160];

    if (rule->text == NULL || safety->abort_held_ns < rule->for_ns)
        return false;
    snprintf(reason, sizeof reason, "safety: %s", rule->text);
    say(run, now_ns, "abort: %s", rule->text);
    run->is_safety_abort = true;
    run_stop(run, now_ns + CONTROL_EFFECTIVE_NS, RUN_ABORTED, reason);
    return true;
}

bool safety_tick(struct safety *safety, struct run *run, uint64_t now_ns)
{
    const struct plan_safety *rules = &run->plan->safety;
    char result[100];
    bool is_good;

    while (webhook_ended(&safety->webhooks, &is_good, result, sizeof result))
        if (!run->is_final)
            say(run, now_ns, "webhook of the breaker: %s", result);
    if (rules->abort_if.text == NULL && rules->breaker.text == NULL)
        return false;
    for (; safety->next_second < aggregate_seconds(run->aggregate); safety->next_second++) {
        look(&rules->abort_if, run, safety->next_second, &safety->abort_held_ns);
        breaker_look(safety, run, safety->next_second);
    }
    if ((run->state != RUN_RUNNING && run->state != RUN_PAUSED) || !run_takes_orders(run))
        return false;
    return abort_turn(safety, run, now_ns) || breaker_turn(safety, run, now_ns);
}
