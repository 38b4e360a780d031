/* Following redirects, keeping cookies and decoding bodies: every hop is an exchange of its own. The first request of an operation is the
 * plan's; the next ones are built here. */
#include "follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "cookies.h"
#include "mem.h"

/* ---- looking into the answer ---- */

static bool is_name(const char *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

static const char *target_of(const struct operation *operation)
{
    return operation->follow->at.text != NULL ? operation->follow->at.target : operation->request->from->target;
}

static int64_t now_s(void)
{
    return (int64_t)(clock_wall_ns() / NS_PER_S);
}

static struct cookie_place place_of(const struct operation *operation, const struct origin *origin)
{
    return (struct cookie_place){ .host = origin->host, .target = target_of(operation), .is_secure = origin->is_tls };
}

static void keep_cookie(struct operation *operation, const char *value, size_t length)
{
    struct http_client *client = operation->client;
    struct cookie_place place = place_of(operation, operation->exchange.request->origin);

    if (client->jar == NULL)
        client->jar = cookie_jar_new();
    cookie_jar_set(client->jar, &place, value, length, now_s());
}

static void on_field(struct answer_sink *sink, const char *name, size_t name_length, const char *value, size_t value_length)
{
    struct follow *follow = (struct follow *)sink;

    if (follow->operation->keep != NULL)
        body_keep_field(follow->operation->keep, name, name_length, value, value_length);
    if (!follow->has_location && is_name(name, name_length, "Location")) {
        follow->has_location = true;
        buf_add(&follow->location, value, value_length);
    } else if (follow->operation->request->plan->cookies != COOKIES_OFF && is_name(name, name_length, "Set-Cookie")) {
        keep_cookie(follow->operation, value, value_length);
    } else if (is_name(name, name_length, "Content-Encoding")) {
        if (follow->coding.length > 0)
            buf_add_char(&follow->coding, ',');
        buf_add(&follow->coding, value, value_length);
    }
}

static void on_decoded(void *user, const char *bytes, size_t length)
{
    struct operation *operation = user;

    if (operation->keep != NULL)
        body_keep_add(operation->keep, bytes, length);
}

/* Before the first piece of a body. */
static void start_decoding(struct follow *follow)
{
    const struct plan_request *from = follow->operation->request->from;

    follow->has_body = true;
    if (from->decode)
        follow->decoder = decoder_new(follow->coding.data, follow->coding.length, from->max_decoded_bytes, &follow->sink.fault);
    follow->sink.detail = "a Content-Encoding that cannot be undone";
}

static bool on_body(struct answer_sink *sink, const char *bytes, size_t length)
{
    struct follow *follow = (struct follow *)sink;

    if (!follow->has_body)
        start_decoding(follow);
    if (sink->fault != FAULT_NONE)
        return false;
    if (follow->decoder == NULL) {
        on_decoded(follow->operation, bytes, length);
        return true;
    }
    sink->fault = decoder_feed(follow->decoder, bytes, length, on_decoded, follow->operation);
    sink->detail =
        sink->fault == FAULT_BODY_TOO_LARGE ? "the decoded body is over the limit" : "the body is not what its Content-Encoding says";
    return sink->fault == FAULT_NONE;
}

void follow_reset(struct follow *follow)
{
    follow->has_location = false;
    buf_clear(&follow->location);
    buf_clear(&follow->coding);
    decoder_free(follow->decoder);
    follow->decoder = NULL;
    follow->has_body = false;
    follow->sink.fault = FAULT_NONE;
    if (follow->operation->keep != NULL)
        body_keep_begin(follow->operation->keep);
}

void follow_free(struct follow *follow)
{
    if (follow == NULL)
        return;
    net_request_release(&follow->request);
    redirect_target_release(&follow->at);
    buf_release(&follow->location);
    buf_release(&follow->cookies);
    buf_release(&follow->coding);
    decoder_free(follow->decoder);
    free(follow->seen);
    free(follow);
}

/* ---- redirects ---- */

static uint64_t hash(uint64_t sum, const char *text) /* FNV-1a */
{
    for (; *text != '\0'; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return sum;
}

static char *first_url(const struct net_request *request)
{
    const struct origin *origin = request->origin;
    bool is_v6 = strchr(origin->host, ':') != NULL;

    return mem_format(
        "%s://%s%s%s:%u%s", origin->scheme, is_v6 ? "[" : "", origin->host, is_v6 ? "]" : "", origin->port, request->from->target);
}

/* Notes a request; true: it was sent before in this operation. */
static bool was_seen(struct follow *follow, size_t index, const char *method, const char *url)
{
    uint64_t sum = hash(hash(UINT64_C(0xcbf29ce484222325), method) * 31, url);

    if (follow->cookies.length > 0) /* the same with another cookie is another question */
        sum = hash(sum * 31, follow->cookies.data);

    if (index >= follow->seen_capacity) {
        follow->seen_capacity = index + 8;
        follow->seen = mem_resize(follow->seen, follow->seen_capacity, sizeof *follow->seen);
    }
    follow->seen[index] = sum;
    for (size_t i = 0; i < index; i++)
        if (follow->seen[i] == sum)
            return true;
    return false;
}

static bool fail(struct operation *operation, enum fault fault, const char *complaint)
{
    struct follow *follow = operation->follow;

    snprintf(follow->complaint, sizeof follow->complaint, "%s", complaint);
    operation->exchange.fault = fault;
    operation->exchange.detail = follow->complaint;
    return false;
}

static bool is_same_origin(const struct origin *a, const struct origin *b)
{
    return a->port == b->port && strcasecmp(a->host, b->host) == 0 && strcmp(a->scheme, b->scheme) == 0;
}

/* What the jar has for the request that is to be sent. */
static void collect_cookies(struct operation *operation, const struct origin *origin)
{
    struct cookie_place place = place_of(operation, origin);

    buf_clear(&operation->follow->cookies);
    if (operation->client->jar != NULL)
        cookie_jar_get(operation->client->jar, &place, now_s(), &operation->follow->cookies);
}

/* Sends the plan's request, changed by what the redirects said so far. */
static void build(struct operation *operation, const struct origin *origin)
{
    struct follow *follow = operation->follow;
    const struct net_request *first = operation->request;
    struct net_variation variation = { .origin = origin,
                                       .method = follow->method,
                                       .target = target_of(operation),
                                       .file = first->file,
                                       .is_without_body = follow->is_without_body,
                                       .cookies = follow->cookies.length > 0 ? follow->cookies.data : NULL,
                                       .is_without_secrets = !is_same_origin(origin, first->origin) };

    net_request_release(&follow->request);
    net_request_build_varied(&follow->request, first->plan, first->from, &variation);
    operation->exchange.request = &follow->request;
}

static bool redirect(struct operation *operation)
{
    struct follow *follow = operation->follow;
    const struct net_request *first = operation->request;
    char *base = follow->at.text != NULL ? mem_copy(follow->at.text) : first_url(first);
    const struct origin *origin;
    struct redirect_target target;
    const char *complaint, *method;
    bool without_body;

    if (follow->hops == 0)
        was_seen(follow, 0, follow->method, base);
    complaint = redirect_resolve(&target, base, follow->location.data, follow->location.length);
    free(base);
    if (complaint != NULL)
        return fail(operation, FAULT_REDIRECT_TARGET, complaint);
    redirect_target_release(&follow->at);
    follow->at = target;
    method = redirect_method(operation->exchange.status, follow->method, &without_body);
    origin = http_group_origin(operation->client->group, &target);
    if (origin == NULL)
        return fail(operation, FAULT_REDIRECT_TARGET, "redirects to too many different hosts");
    collect_cookies(operation, origin);
    if (was_seen(follow, follow->hops + 1, method, target.text))
        return fail(operation, FAULT_REDIRECT_LOOP, "a redirect in a circle");
    if (follow->hops == first->from->redirects)
        return fail(operation, FAULT_REDIRECT_LIMIT, "too many redirects in a row");
    follow->hops++;
    follow->method = method;
    follow->is_without_body = follow->is_without_body || without_body;
    build(operation, origin);
    return true;
}

void follow_begin(struct operation *operation)
{
    struct follow *follow = operation->follow;

    if (follow == NULL) {
        follow = operation->follow = mem_alloc(sizeof *follow);
        follow->operation = operation;
        follow->sink.on_field = on_field;
        follow->sink.on_body = on_body;
        buf_init(&follow->location);
        buf_init(&follow->cookies);
        buf_init(&follow->coding);
    }
    follow_reset(follow);
    redirect_target_release(&follow->at);
    follow->method = operation->request->from->method;
    follow->is_without_body = false;
    follow->hops = follow->retries = 0;
    operation->exchange.sink = &follow->sink;
    collect_cookies(operation, operation->request->origin);
    if (follow->cookies.length > 0)
        build(operation, operation->request->origin);
}

bool follow_answer(struct operation *operation)
{
    const struct exchange *x = &operation->exchange;
    struct follow *follow = operation->follow;

    if (x->fault != FAULT_NONE)
        return false;
    if (follow->decoder != NULL && decoder_end(follow->decoder) != FAULT_NONE)
        return fail(operation, FAULT_DECODE, "the body ends before its coding");
    return operation->request->from->redirects > 0 && redirect_is_one(x->status) && follow->has_location && redirect(operation);
}

bool follow_retries(struct operation *operation, uint64_t *wait_ns)
{
    const struct plan_retry *rule = &operation->request->from->retry;
    const struct exchange *x = &operation->exchange;
    struct follow *follow = operation->follow;
    bool is_reason =
        x->fault != FAULT_NONE ? (rule->faults >> x->fault & 1) != 0 : (rule->statuses[x->status / 64] >> (x->status % 64) & 1) != 0;

    if (!is_reason || follow->retries == rule->times)
        return false;
    *wait_ns = rule->backoff_ns;
    for (unsigned i = 0; i < follow->retries && *wait_ns < rule->backoff_max_ns; i++)
        *wait_ns = *wait_ns * 2 < rule->backoff_max_ns ? *wait_ns * 2 : rule->backoff_max_ns;
    follow->retries++;
    return true;
}
