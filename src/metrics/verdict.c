/* The verdict: was it the server or was it us. Each published second is judged; a reason counts when it held in more than
 * 1 % of the seconds. Control thread. */
#include "aggregate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_LIMIT 0.80
#define LAG_FLOOR_NS NS_PER_MS
#define LAG_SHARE 0.05
#define LAG_SAMPLES 100 /* a p99 wants at least so many: of a second with fewer the last 10 s are judged */
#define CONNECT_WAIT_LIMIT_MS 5.0
#define STEAL_LIMIT 0.05
#define SHARE_OF_SECONDS 0.01

static const struct {
    enum verdict_level level;
} reasons[VERDICT_CODE_COUNT] = {
#define VERDICT_REASON(id, name, level, advice) [VERDICT_##id##_REASON] = { VERDICT_##level },
#include "onager/verdict_reason.def"
#undef VERDICT_REASON
};

/* The reason holds in one more second. worker: whose value it is, where that matters. */
static void hold(struct aggregate *a, enum verdict_code code, uint64_t at_ns, double value, double limit, unsigned worker)
{
    struct reason_status *reason = &a->reasons[code];

    if (reason->seconds == 0 || at_ns < reason->first_ns)
        reason->first_ns = at_ns;
    if (at_ns > reason->last_ns)
        reason->last_ns = at_ns;
    if (reason->seconds == 0 || value > reason->value) {
        reason->value = value;
        reason->worst_ns = at_ns;
        reason->worker = worker;
    }
    reason->limit = limit;
    reason->seconds++;
}

void verdict_lost(struct aggregate *a, unsigned worker, uint64_t at_ns)
{
    hold(a, VERDICT_LOST_REASON, at_ns, (double)a->worker[worker].lost, 0, worker);
}

static double steal_share(const struct second *second)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    return (double)second->steal_ns / (double)NS_PER_S / (double)(cpus > 0 ? cpus : 1);
}

static void judge_workers(struct aggregate *a, const struct second *second, uint64_t at_ns, uint32_t *codes)
{
    /* of what the machine left us: a full worker on a processor that is taken away part of the time is full all the same */
    double worst = 0, limit = BUSY_LIMIT * (1 - steal_share(second));
    unsigned which = 0;

    for (unsigned w = 0; w < a->workers; w++) {
        const struct second_worker *worker = &second->workers[w];
        double busy = worker->span_ns > 0 ? (double)worker->cpu_ns / (double)worker->span_ns : 0;

        if (busy > worst) {
            worst = busy;
            which = w;
        }
    }
    if (worst <= limit)
        return;
    *codes |= 1u << VERDICT_CPU_REASON;
    hold(a, VERDICT_CPU_REASON, at_ns, worst < 1 ? worst : 1, limit, which);
}

static void judge_lag(struct aggregate *a, const struct second *second, uint64_t at_ns, uint32_t *codes)
{
    uint64_t p99, p50, limit = LAG_FLOOR_NS, samples = second->rows[0].duration.count;

    if (second->lag.count == 0)
        return;
    p99 = hist_quantile(&second->lag, 0.99);
    p50 = hist_quantile(&second->rows[0].duration, 0.5);
    if (second->lag.count < LAG_SAMPLES) {
        struct window window;

        window_find(a, &window);
        hist_clear(&a->scratch);
        for (unsigned i = 0; i < window.count; i++)
            hist_merge(&a->scratch, &window.seconds[i]->lag);
        if (a->scratch.count < LAG_SAMPLES)
            return;
        p99 = hist_quantile(&a->scratch, 0.99);
    }
    if (samples > 0 && (double)p50 * LAG_SHARE > (double)limit)
        limit = (uint64_t)((double)p50 * LAG_SHARE);
    if (p99 <= limit)
        return;
    *codes |= 1u << VERDICT_LAG_REASON;
    hold(a, VERDICT_LAG_REASON, at_ns, (double)p99 / 1e6, (double)limit / 1e6, 0);
}

static double connect_wait_ms(const struct second *second)
{
    uint64_t wait_ns = second->connect_wait_ns;

    if (second->blocked.count > 0 && hist_quantile(&second->blocked, 0.99) > wait_ns)
        wait_ns = hist_quantile(&second->blocked, 0.99);
    return (double)wait_ns / 1e6;
}

uint32_t verdict_second(struct aggregate *a, const struct second *second)
{
    uint64_t at_ns = second->number * NS_PER_S, dropped = 0;
    uint32_t codes = 0;

    a->seconds_measured++;
    judge_workers(a, second, at_ns, &codes);
    judge_lag(a, second, at_ns, &codes);
    for (size_t s = 0; s < a->plan->scenario_count; s++)
        dropped += second->iterations[s].dropped;
    if (dropped > 0) {
        codes |= 1u << VERDICT_DROPPED_REASON;
        hold(a, VERDICT_DROPPED_REASON, at_ns, (double)dropped, 0, 0);
    }
    if (second->longest_stall_ns > 0) {
        codes |= 1u << VERDICT_STALL_REASON;
        hold(a, VERDICT_STALL_REASON, second->stall_at_ns, (double)second->longest_stall_ns / 1e6, 50, 0);
    }
    if (steal_share(second) > STEAL_LIMIT) {
        codes |= 1u << VERDICT_STEAL_REASON;
        hold(a, VERDICT_STEAL_REASON, at_ns, steal_share(second), STEAL_LIMIT, 0);
    }
    /* with shared connections the plan wants requests to wait for one */
    if (a->plan->shared_connections == 0 && connect_wait_ms(second) > CONNECT_WAIT_LIMIT_MS) {
        codes |= 1u << VERDICT_CONNECT_QUEUE_REASON;
        hold(a, VERDICT_CONNECT_QUEUE_REASON, at_ns, connect_wait_ms(second), CONNECT_WAIT_LIMIT_MS, 0);
    }
    if (second->fds_exhausted) {
        codes |= 1u << VERDICT_FDS_REASON;
        hold(a, VERDICT_FDS_REASON, at_ns, 1, 0, 0);
    }
    if (second->ports_exhausted) {
        codes |= 1u << VERDICT_PORTS_REASON;
        hold(a, VERDICT_PORTS_REASON, at_ns, 1, 0, 0);
    }
    return codes;
}

static void say(const struct aggregate *a, enum verdict_code code, char *text, size_t size)
{
    const struct reason_status *r = &a->reasons[code];
    char since[16], worst[16], number[24];
    uint64_t count = 0, in_stalls = 0;

    units_format_clock(since, sizeof since, r->first_ns);
    units_format_clock(worst, sizeof worst, r->worst_ns);
    switch (code) {
    case VERDICT_LOST_REASON:
        count = a->worker[r->worker].lost;
        units_format_count(number, sizeof number, count);
        snprintf(text, size, "worker %u lost %s sample%s", r->worker + 1, number, count == 1 ? "" : "s");
        break;
    case VERDICT_BOOKS_REASON:
        snprintf(text, size, "books do not balance: %.130s", a->books_text);
        break;
    case VERDICT_STALL_REASON:
        if (r->seconds > 1)
            snprintf(text, size, "stood still in %u s, longest %.2f s at %s", r->seconds, r->value / 1e3, worst);
        else
            snprintf(text, size, "stood still for %.2f s at %s", r->value / 1e3, worst);
        break;
    case VERDICT_CPU_REASON:
        snprintf(text, size, "worker %u at %.0f %%", r->worker + 1, r->value * 100);
        break;
    case VERDICT_LAG_REASON:
        units_format_ns(number, sizeof number, (uint64_t)(r->value * 1e6), true);
        snprintf(text, size, "lag p99 %s since %s", number, since);
        break;
    case VERDICT_STEAL_REASON:
        snprintf(text, size, "%.0f %% of the processor stolen since %s", r->value * 100, since);
        break;
    case VERDICT_DROPPED_REASON:
        for (size_t i = 0; i < a->plan->scenario_count; i++) {
            count += a->scenarios[i].iterations.dropped;
            in_stalls += a->scenarios[i].iterations.dropped_stall;
        }
        snprintf(
            text, size, "%s dropped %ssince %s", units_format_count(number, sizeof number, count), in_stalls == count ? "in stalls " : "",
            since);
        break;
    case VERDICT_CONNECT_QUEUE_REASON:
        snprintf(text, size, "connects waited up to %.0f ms since %s", r->value, since);
        break;
    case VERDICT_FDS_REASON:
        snprintf(text, size, "file descriptors ran out at %s", since);
        break;
    case VERDICT_PORTS_REASON:
        snprintf(text, size, "local ports ran out at %s", since);
        break;
    case VERDICT_CODE_COUNT:
        break;
    }
}

static int by_weight(const void *a, const void *b)
{
    const struct snap_reason *x = a;
    const struct snap_reason *y = b;

    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (x->code != y->code && (x->code == VERDICT_DROPPED_REASON || y->code == VERDICT_DROPPED_REASON) && x->level == VERDICT_DEGRADED)
        return x->code == VERDICT_DROPPED_REASON ? -1 : 1; /* what it did to the numbers before what caused it */
    return x->code < y->code ? -1 : x->code > y->code;
}

/* INVALID counts as soon as it is; the others when they held in more than 1 % of the seconds. */
static enum verdict_level level_of(const struct aggregate *a, enum verdict_code code)
{
    const struct reason_status *r = &a->reasons[code];
    uint64_t seconds = a->seconds_measured > 0 ? a->seconds_measured : 1;

    if (reasons[code].level == VERDICT_INVALID)
        return VERDICT_INVALID;
    return (double)r->seconds > SHARE_OF_SECONDS * (double)seconds ? reasons[code].level : VERDICT_VALID;
}

size_t verdict_fill(const struct aggregate *a, struct snap_reason *out, enum verdict_level *level)
{
    size_t count = 0;

    *level = VERDICT_VALID;
    for (unsigned code = 0; code < VERDICT_CODE_COUNT; code++) {
        const struct reason_status *r = &a->reasons[code];
        struct snap_reason *reason = &out[count];

        if (r->seconds == 0)
            continue;
        *reason = (struct snap_reason){ .code = (enum verdict_code)code,
                                        .level = level_of(a, (enum verdict_code)code),
                                        .first_ns = r->first_ns,
                                        .last_ns = r->last_ns,
                                        .seconds = r->seconds,
                                        .value = r->value,
                                        .limit = r->limit };
        say(a, (enum verdict_code)code, reason->text, sizeof reason->text);
        if (reason->level > *level)
            *level = reason->level;
        count++;
    }
    qsort(out, count, sizeof *out, by_weight);
    return count;
}

void verdict_tick(struct aggregate *a)
{
    struct snap_reason reasons_now[VERDICT_CODE_COUNT];
    enum verdict_level level;

    verdict_fill(a, reasons_now, &level);
    if (level == a->level)
        return;
    a->level = level;
    if (level == VERDICT_VALID)
        aggregate_event(a, a->tick.now_ns, EVENT_VERDICT, "onager", "%s again", verdict_level_name(level));
    else
        aggregate_event(a, a->tick.now_ns, EVENT_VERDICT, "onager", "%s: %s", verdict_level_name(level), reasons_now[0].text);
}
