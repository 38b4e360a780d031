/* An operation from its start to its end, and the rule for stale connections. The first exchange of a request without rules
 * goes straight through here: count its instructions when you change it. */
#include "http_client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "connection.h"
#include "cookies.h"
#include "follow.h"
#include "mem.h"

/* Origins that redirects may name, per worker: a server that invents hosts must not eat the memory. */
#define MAX_NAMED_ORIGINS 1000

void http_group_init(struct http_group *group, struct net *net, const struct net_request *requests, size_t request_count)
{
    *group = (struct http_group){ .net = net, .requests = requests, .request_count = request_count };
    group->held_end = &group->held;
}

void http_group_release(struct http_group *group)
{
    while (group->origins != NULL) {
        struct named_origin *named = group->origins;

        group->origins = named->next;
        origin_release(&named->origin);
        free(named);
    }
    if (group->waits != NULL)
        wheel_release(group->waits);
    free(group->waits);
    group->waits = NULL;
}

static bool is_origin(const struct origin *origin, const struct redirect_target *target)
{
    return origin->port == target->port && strcasecmp(origin->host, target->host) == 0 && strcmp(origin->scheme, target->scheme) == 0;
}

const struct origin *http_group_origin(struct http_group *group, const struct redirect_target *target)
{
    struct named_origin *named;

    for (size_t i = 0; i < group->request_count; i++)
        if (is_origin(group->requests[i].origin, target))
            return group->requests[i].origin;
    for (named = group->origins; named != NULL; named = named->next)
        if (is_origin(&named->origin, target))
            return &named->origin;
    if (group->origin_count == MAX_NAMED_ORIGINS)
        return NULL;
    named = mem_alloc(sizeof *named);
    origin_name(&named->origin, group->net->resolver, group->net->network, target->scheme, target->host, target->port);
    named->next = group->origins;
    group->origins = named;
    group->origin_count++;
    return &named->origin;
}

void http_client_init(struct http_client *client, struct http_group *group)
{
    client->group = group;
    client->jar = NULL;
    net_session_init(&client->session, group->net);
}

void http_client_release(struct http_client *client)
{
    net_session_close(&client->session);
    cookie_jar_free(client->jar);
    client->jar = NULL;
}

void http_client_close_idle(struct http_client *client)
{
    net_session_close_idle(&client->session);
}

void http_client_forget(struct http_client *client)
{
    if (client->jar != NULL)
        cookie_jar_clear(client->jar);
}

static void submit(struct operation *operation, bool fresh, uint64_t now_ns)
{
    net_submit(&operation->client->session, &operation->exchange, fresh, now_ns);
}

/* ---- pauses ---- */

static void hold(struct operation *operation, bool fresh, uint64_t now_ns)
{
    struct http_group *group = operation->client->group;

    operation->is_held = true;
    operation->must_be_fresh = fresh;
    operation->held_since_ns = now_ns;
    operation->held_next = NULL;
    operation->held_back = group->held_end;
    *group->held_end = operation;
    group->held_end = &operation->held_next;
}

static void let_go(struct operation *operation)
{
    struct http_group *group = operation->client->group;

    *operation->held_back = operation->held_next;
    if (operation->held_next != NULL)
        operation->held_next->held_back = operation->held_back;
    else
        group->held_end = operation->held_back;
    operation->is_held = false;
}

void http_group_pause(struct http_group *group)
{
    group->is_paused = true;
}

void http_group_resume(struct http_group *group, uint64_t now_ns)
{
    group->is_paused = false;
    while (group->held != NULL) {
        struct operation *operation = group->held;

        let_go(operation);
        if (now_ns > operation->held_since_ns)
            operation->held_ns += now_ns - operation->held_since_ns;
        submit(operation, operation->must_be_fresh, now_ns);
    }
}

/* ---- exchanges ---- */

/* Another exchange of a running operation. */
static void go_on(struct operation *operation, bool fresh, uint64_t now_ns)
{
    if (operation->exchange.sink != NULL)
        follow_reset(operation->follow);
    if (operation->client->group->is_paused)
        hold(operation, fresh, now_ns);
    else
        submit(operation, fresh, now_ns);
}

static void on_wait_over(struct wheel_entry *entry, uint64_t now_ns)
{
    struct follow *follow = (struct follow *)(void *)((char *)entry - offsetof(struct follow, wait));

    follow->is_waiting = false;
    go_on(follow->operation, false, now_ns);
}

/* Sends the same request again after the wait. */
static void wait_and_repeat(struct operation *operation, uint64_t wait_ns)
{
    struct http_group *group = operation->client->group;
    uint64_t now_ns = operation->exchange.stamps[STAMP_END];

    operation->is_stale_retry = false;
    operation->on_exchange(operation, EXCHANGE_RETRIED);
    if (wait_ns == 0) {
        go_on(operation, false, now_ns);
        return;
    }
    if (group->waits == NULL) {
        group->waits = mem_alloc(sizeof *group->waits);
        wheel_init(group->waits, group->net->loop, on_wait_over, now_ns);
    }
    operation->follow->is_waiting = true;
    wheel_set(group->waits, &operation->follow->wait, now_ns + wait_ns, now_ns);
}

/* A reused connection that ended before a byte of the answer says nothing about the server: idempotent requests are sent once
 * more, on a fresh one. */
static bool repeat_stale(struct operation *operation)
{
    const struct exchange *x = &operation->exchange;

    if (operation->is_stale_retry || !x->request->retry_stale)
        return false;
    operation->is_stale_retry = true;
    operation->on_exchange(operation, EXCHANGE_RETRIED);
    go_on(operation, true, x->stamps[STAMP_END]);
    return true;
}

/* A redirect that is followed is what was hoped for, whatever statuses the plan expects at the end. */
static void go_on_elsewhere(struct operation *operation)
{
    operation->is_stale_retry = false;
    operation->on_exchange(operation, EXCHANGE_EXPECTED | EXCHANGE_FOLLOWED);
    go_on(operation, false, operation->exchange.stamps[STAMP_END]);
}

static bool is_expected(const struct exchange *x)
{
    return x->fault == FAULT_NONE && net_request_expects(x->request, x->status);
}

/* What nearly no exchange needs; of its own so that the others do not pay for it. True: the operation goes on. */
static __attribute__((noinline)) bool goes_on(struct operation *operation)
{
    const struct exchange *x = &operation->exchange;
    uint64_t wait_ns;

    if (x->is_stale && repeat_stale(operation))
        return true;
    if (x->sink == NULL)
        return false;
    if (follow_answer(operation)) {
        go_on_elsewhere(operation);
        return true;
    }
    if (is_expected(x) || !follow_retries(operation, &wait_ns))
        return false;
    wait_and_repeat(operation, wait_ns);
    return true;
}

static void on_exchange_done(struct exchange *x)
{
    struct operation *operation = (struct operation *)x;
    bool is_good;

    if (__builtin_expect(x->is_stale || x->sink != NULL, false) && goes_on(operation))
        return;
    is_good = is_expected(x);
    operation->on_exchange(operation, is_good ? EXCHANGE_EXPECTED : 0);
    operation->on_done(operation, !is_good);
}

void operation_init(
    struct operation *operation, struct http_client *client, void (*on_exchange)(struct operation *, unsigned),
    void (*on_done)(struct operation *, bool))
{
    *operation = (struct operation){ .client = client, .on_exchange = on_exchange, .on_done = on_done };
    operation->exchange.on_done = on_exchange_done;
}

void operation_release(struct operation *operation)
{
    follow_free(operation->follow);
    operation->follow = NULL;
}

bool operation_cancel(struct operation *operation, uint64_t now_ns)
{
    if (operation->is_held) {
        let_go(operation);
        operation->exchange.stamps[STAMP_END] = now_ns;
        return false;
    }
    if (operation->follow != NULL && operation->follow->is_waiting) {
        wheel_remove(operation->client->group->waits, &operation->follow->wait);
        operation->follow->is_waiting = false;
        operation->exchange.stamps[STAMP_END] = now_ns;
        return false;
    }
    net_cancel(&operation->exchange);
    return true;
}
