/* The requests of a flow: composed, sent, looked into and recorded. */
#include "flow.h"

#include <stdio.h>
#include <stdlib.h>

#include "mem.h"
#include "shard.h"
#include "vu.h"

/* Of a body that is kept; what comes on top is counted and left. */
#define BODY_MAX (16U << 20)
/* A buffer that grew larger than this is given back after its exchange. */
#define BUFFER_KEPT (64U << 10)

static void on_exchange(struct operation *operation, unsigned end);
static void on_done(struct operation *operation, bool is_failed);

/* ---- kits ---- */

static void flight_add(struct journey *journey, struct kit *kit)
{
    kit->next = journey->flight;
    kit->back = &journey->flight;
    if (kit->next != NULL)
        kit->next->back = &kit->next;
    journey->flight = kit;
}

static void flight_remove(struct kit *kit)
{
    *kit->back = kit->next;
    if (kit->next != NULL)
        kit->next->back = kit->back;
}

static struct kit *kit_take(struct journey *journey, const struct journey_use *use)
{
    struct journey_crew *journeys = journey->crew;
    struct kit *kit = journeys->pool;

    if (kit != NULL) {
        journeys->pool = kit->next;
    } else {
        kit = mem_alloc(sizeof *kit);
        operation_init(&kit->operation, NULL, on_exchange, on_done);
    }
    kit->journey = journey;
    kit->use = use;
    kit->operation.client = &journey->vu->client;
    kit->keep.kind = use->needs_body ? KEEP_FIRST : KEEP_NONE;
    kit->keep.first_bytes = BODY_MAX;
    kit->keep.wants_fields = use->needs_fields;
    kit->operation.keep = use->needs_body || use->needs_fields || use->needs_size ? &kit->keep : NULL;
    return kit;
}

static void shrink(struct buf *buf)
{
    if (buf->capacity > BUFFER_KEPT)
        buf_release(buf);
}

static void kit_give(struct journey_crew *journeys, struct kit *kit)
{
    shrink(&kit->keep.bytes);
    shrink(&kit->keep.fields);
    shrink(&kit->composed.bytes);
    shrink(&kit->composed.texts);
    kit->next = journeys->pool;
    journeys->pool = kit;
}

void kit_free_all(struct journey_crew *journeys)
{
    while (journeys->pool != NULL) {
        struct kit *kit = journeys->pool;

        journeys->pool = kit->next;
        operation_release(&kit->operation);
        body_keep_release(&kit->keep);
        composed_release(&kit->composed);
        free(kit);
    }
}

void flow_forget_answer(struct journey *journey)
{
    answer_release(&journey->answer);
    journey->answer.status = 0;
    if (journey->last != NULL)
        kit_give(journey->crew, journey->last);
    journey->last = NULL;
}

/* ---- sending ---- */

/* Nothing was sent: an exchange all the same, so that the books know of it. */
static void record_unsendable(struct kit *kit, const char *complaint, uint64_t now_ns)
{
    struct exchange *x = &kit->operation.exchange;

    for (unsigned i = 0; i < STAMP_COUNT; i++)
        x->stamps[i] = now_ns;
    x->fault = FAULT_TEMPLATE;
    x->status = 0;
    x->is_sent = x->is_reused = x->is_stale = false;
    x->bytes_sent = x->bytes_received = 0;
    x->detail = complaint;
    vu_record_exchange(kit->journey->vu, &kit->operation, kit->use->row, OUTCOME_ERROR, 0);
}

bool flow_send(struct journey *journey, const struct journey_use *use, uint64_t now_ns)
{
    struct kit *kit = kit_take(journey, use);
    const struct net_request *request = use->request;

    if (use->varies) {
        const char *complaint = compose(&kit->composed, &journey->crew->renderer, &journey->values, request);

        if (complaint != NULL) {
            record_unsendable(kit, complaint, now_ns);
            kit_give(journey->crew, kit);
            return false;
        }
        request = &kit->composed.request;
    }
    flight_add(journey, kit);
    journey->under_way++;
    vu_in_flight(journey->vu, 1);
    operation_start(&kit->operation, request, now_ns);
    return true;
}

/* ---- looking into the answer ---- */

static void take_answer(struct journey *journey, struct kit *kit)
{
    const struct operation *operation = &kit->operation;
    const struct exchange *x = &operation->exchange;
    const uint64_t *t = x->stamps;
    const struct net_request *request = operation->request;

    answer_release(&journey->answer);
    journey->answer = (struct answer){
        .status = x->fault == FAULT_NONE ? x->status : 0,
        .duration_ns = t[STAMP_END] - t[STAMP_TLS_DONE],
        .body_bytes = operation->keep != NULL ? kit->keep.total_bytes : 0,
        .body = kit->use->needs_body ? &kit->keep.bytes : NULL,
        .fields = kit->use->needs_fields ? &kit->keep.fields : NULL,
        .jar = operation->client->jar,
        .place = { request->origin->host, request->from->target, request->origin->is_tls },
    };
}

static bool take_value(struct journey *journey, const struct plan_extract *extract)
{
    struct buf *variable = &journey->values.variables[extract->variable];
    struct look_value value;

    if (look_find(&journey->crew->looker, &journey->values, &extract->look, &journey->answer, &value)) {
        buf_clear(variable);
        buf_add(variable, value.text, value.length);
        return true;
    }
    if (!extract->has_default)
        return false;
    buf_clear(variable);
    render_text(&journey->crew->renderer, &journey->values, &extract->default_text, variable);
    return true;
}

/* The first value that is not there, or NULL. */
static const struct plan_extract *take_values(struct journey *journey, const struct plan_request *plan)
{
    const struct plan_extract *missing = NULL;

    for (size_t i = 0; i < plan->extract_count; i++) {
        bool is_there = take_value(journey, &plan->extracts[i]);

        if (!is_there && missing == NULL)
            missing = &plan->extracts[i];
        if (journey->crew->listener != NULL)
            journey->crew->listener->on_value(
                journey->crew->listener, plan->extracts[i].name, is_there ? &journey->values.variables[plan->extracts[i].variable] : NULL);
    }
    return missing;
}

static void check(struct journey *journey, const struct kit *kit)
{
    const struct plan_request *plan = kit->use->plan;

    for (size_t i = 0; i < plan->check_count; i++) {
        bool passes = test_holds(&journey->crew->looker, &journey->values, &plan->checks[i].test, &journey->answer);

        shard_record_check(journey->vu->crew->shard, kit->use->row, i, passes);
        if (journey->crew->listener != NULL)
            journey->crew->listener->on_check(journey->crew->listener, &plan->checks[i], passes);
        if (!passes && plan->checks[i].stop_on_fail)
            journey->is_failed = journey->is_ending = true;
    }
}

static void measure(struct journey *journey, const struct kit *kit)
{
    const struct plan_request *plan = kit->use->plan;
    const struct plan *all = journey->crew->shared->plan;
    struct shard *shard = journey->vu->crew->shard;

    for (size_t i = 0; i < plan->measure_count; i++) {
        const struct plan_measure *measure = &plan->measures[i];
        double value;

        if (all->metrics[measure->metric].kind == CUSTOM_RATE)
            value = test_holds(&journey->crew->looker, &journey->values, &measure->test, &journey->answer);
        else if (!look_number(&journey->crew->looker, &journey->values, &measure->look, &journey->answer, &value))
            continue;
        shard_record_custom(shard, measure->metric, value, kit->operation.exchange.stamps[STAMP_END] - journey->vu->crew->clock.zero_ns);
    }
}

/* After the last exchange of an operation. The exchange becomes a fault when a value is missing from an answer that was good. */
static void look_into(struct kit *kit, enum outcome *outcome)
{
    struct journey *journey = kit->journey;
    const struct plan_request *plan = kit->use->plan;
    const struct plan_extract *missing;

    take_answer(journey, kit);
    missing = take_values(journey, plan);
    check(journey, kit);
    measure(journey, kit);
    if (missing == NULL)
        return;
    journey->is_failed = journey->is_ending = true;
    if (*outcome != OUTCOME_OK)
        return;
    snprintf(
        kit->complaint, sizeof kit->complaint, "%s: nothing at %s%s%s", missing->name, look_kind_name(missing->look.kind),
        missing->look.path.text != NULL || missing->look.name != NULL || missing->look.pattern != NULL ? " " : "",
        missing->look.path.text != NULL ? missing->look.path.text
        : missing->look.name != NULL    ? missing->look.name
        : missing->look.pattern != NULL ? missing->look.pattern
                                        : "");
    kit->operation.exchange.fault = FAULT_EXTRACT;
    kit->operation.exchange.detail = kit->complaint;
    *outcome = OUTCOME_ERROR;
}

static void on_exchange(struct operation *operation, unsigned end)
{
    struct kit *kit = (struct kit *)operation;
    struct journey *journey = kit->journey;
    enum outcome outcome = operation->exchange.fault != FAULT_NONE ? OUTCOME_ERROR
                           : (end & EXCHANGE_EXPECTED) != 0        ? OUTCOME_OK
                                                                   : OUTCOME_FAILED_STATUS;

    if (journey->crew->listener != NULL)
        journey->crew->listener->on_exchange(journey->crew->listener, kit, end);
    if ((end & (EXCHANGE_RETRIED | EXCHANGE_FOLLOWED)) == 0 && (kit->use->looks || journey->entry->keeps_answer))
        look_into(kit, &outcome);
    vu_record_exchange(journey->vu, operation, kit->use->row, outcome, end);
}

static void put_away(struct kit *kit)
{
    struct journey *journey = kit->journey;

    flight_remove(kit);
    journey->under_way--;
    vu_in_flight(journey->vu, -1);
    if (kit->operation.held_ns > journey->batch_held_ns)
        journey->batch_held_ns = kit->operation.held_ns;
    if (!journey->entry->keeps_answer) {
        answer_release(&journey->answer);
        journey->answer = (struct answer){ 0 }; /* it points into the kit */
        kit_give(journey->crew, kit);
        return;
    }
    if (journey->last != NULL)
        kit_give(journey->crew, journey->last);
    journey->last = kit;
}

static void on_done(struct operation *operation, bool is_failed)
{
    struct kit *kit = (struct kit *)operation;
    struct journey *journey = kit->journey;
    uint64_t now_ns = operation->exchange.stamps[STAMP_END];

    journey->is_failed |= is_failed;
    put_away(kit);
    if (journey->under_way == 0)
        flow_answered(journey, now_ns);
}

void flow_cancel(struct journey *journey, uint64_t now_ns)
{
    while (journey->flight != NULL) {
        struct kit *kit = journey->flight;

        if (operation_cancel(&kit->operation, now_ns))
            vu_record_exchange(journey->vu, &kit->operation, kit->use->row, OUTCOME_INTERRUPTED, 0);
        put_away(kit);
    }
    journey->held_ns += journey->batch_held_ns;
    journey->batch_held_ns = 0;
}
