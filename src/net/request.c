/* A request as the bytes that are sent. Pure; before the start. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth.h"
#include "body_file.h"
#include "buf.h"
#include "curl_full.h"
#include "decode.h"
#include "encode.h"
#include "net.h"

#define DEFAULT_HEAD_LIMIT_BYTES (64 * 1024)

static const char *find_header(const struct plan_request *from, const char *name)
{
    for (size_t i = 0; i < from->header_count; i++)
        if (strcasecmp(from->headers[i].name, name) == 0)
            return from->headers[i].value;
    return NULL;
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static bool is_one_of_any_case(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcasecmp(word, *words) == 0)
            return true;
    return false;
}

static bool has_rules(const struct plan *plan, const struct plan_request *from)
{
    return from->redirects > 0 || plan->cookies != COOKIES_OFF || from->retry.times > 0 || from->decode;
}

static bool list_has(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; at != NULL && *at != '\0'; at = strchr(at, ',')) {
        at += strspn(at, ", \t");
        if (strncasecmp(at, word, length) == 0 && strchr(", \t", at[length]) != NULL) /* finds the NUL too */
            return true;
    }
    return false;
}

static void add_authority(struct buf *out, const struct origin *origin)
{
    bool is_v6 = strchr(origin->host, ':') != NULL;
    uint16_t default_port = strcmp(origin->scheme, "https") == 0 ? 443 : 80;
    int length = (int)strcspn(origin->host, "%"); /* a scope is nobody else's business */

    buf_addf(out, is_v6 ? "[%.*s]" : "%.*s", is_v6 ? length : (int)strlen(origin->host), origin->host);
    if (origin->port != default_port)
        buf_addf(out, ":%u", origin->port);
}

static void add_host(struct buf *out, const struct origin *origin)
{
    buf_add_text(out, "Host: ");
    add_authority(out, origin);
    buf_add_text(out, "\r\n");
}

static void set_expected(struct net_request *request, const struct plan_request *from)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < PLAN_STATUS_WORDS; i++)
        any |= request->expect[i] = from->expect[i];
    for (unsigned status = 200; any == 0 && status < 400; status++)
        request->expect[status / 64] |= UINT64_C(1) << (status % 64);
}

static bool is_left_out(const struct net_variation *variation, const char *name)
{
    static const char *const secret[] = { "Authorization", "Cookie", "Host", "Proxy-Authorization", NULL };
    static const char *const of_body[] = { "Content-Encoding", "Content-Language", "Content-Length",    "Content-Location",
                                           "Content-Type",     "Expect",           "Transfer-Encoding", NULL };

    return (variation->is_without_secrets && is_one_of_any_case(name, secret)) ||
           (variation->is_without_body && is_one_of_any_case(name, of_body)) ||
           (variation->cookies != NULL && strcasecmp(name, "Cookie") == 0); /* add_cookies() joins them */
}

static const char *find_kept(const struct plan_request *from, const struct net_variation *variation, const char *name)
{
    return is_left_out(variation, name) ? NULL : find_header(from, name);
}

static void add_cookies(struct buf *out, const struct plan_request *from, const struct net_variation *variation)
{
    const char *own = variation->is_without_secrets ? NULL : find_header(from, "Cookie");

    if (variation->cookies != NULL)
        buf_addf(out, "Cookie: %s%s%s\r\n", own != NULL ? own : "", own != NULL ? "; " : "", variation->cookies);
}

/* An HTTP proxy is told the whole URL (RFC 9112, 3.2.2). Its credentials are its own affair, whoever the answer is from. */
static void add_line(struct buf *out, const struct net_variation *variation)
{
    const struct origin *origin = variation->origin;

    if (!origin_is_absolute(origin)) {
        buf_add_text(out, variation->method);
        buf_add_char(out, ' ');
        buf_add_text(out, variation->target);
        buf_add_text(out, " HTTP/1.1\r\n");
        return;
    }
    buf_addf(out, "%s %s://", variation->method, origin->scheme);
    add_authority(out, origin);
    buf_addf(out, "%s HTTP/1.1\r\n", variation->target);
    if (origin->proxy->user != NULL)
        auth_add_proxy(out, origin->proxy->user);
}

void net_request_build(struct net_request *request, const struct plan *plan, const struct plan_request *from, const struct origin *origin)
{
    net_request_build_varied(
        request, plan, from, &(struct net_variation){ .origin = origin, .method = from->method, .target = from->target });
}

static void add_field(struct buf *out, const char *name, const char *value)
{
    buf_add_text(out, name);
    buf_add(out, ": ", 2);
    buf_add_text(out, value);
    buf_add(out, "\r\n", 2);
}

/* The plan's own, or what it leaves to us. */
static void add_fields(struct buf *out, const struct plan *plan, const struct plan_request *from, const struct net_variation *variation)
{
    if (find_kept(from, variation, "Host") == NULL)
        add_host(out, variation->origin);
    if (find_header(from, "User-Agent") == NULL && plan->user_agent != NULL && plan->user_agent[0] != '\0')
        add_field(out, "User-Agent", plan->user_agent);
    if (find_header(from, "Accept") == NULL)
        add_field(out, "Accept", "*/*");
    if (from->decode && find_header(from, "Accept-Encoding") == NULL)
        add_field(out, "Accept-Encoding", decode_accepts());
    for (size_t i = 0; i < from->header_count; i++)
        if (!is_left_out(variation, from->headers[i].name))
            add_field(out, from->headers[i].name, from->headers[i].value);
    add_cookies(out, from, variation);
    if (variation->is_without_secrets || find_header(from, "Authorization") != NULL)
        return;
    if (from->user != NULL && from->auth == AUTH_BASIC)
        auth_add_basic(out, from->user);
    if (from->bearer != NULL)
        auth_add_bearer(out, from->bearer);
}

static void add_length(struct buf *out, uint64_t length)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + length % 10);
    while ((length /= 10) > 0);
    buf_add_text(out, "Content-Length: ");
    buf_add(out, digits + at, sizeof digits - at);
    buf_add(out, "\r\n", 2);
}

void net_request_write(
    struct net_request *request, struct buf *out, const struct plan *plan, const struct plan_request *from,
    const struct net_variation *variation)
{
    static const char *const with_body[] = { "POST", "PUT", "PATCH", NULL };
    const char *body = variation->is_without_body ? NULL : from->body;
    const struct body_file *file = variation->is_without_body ? NULL : variation->file;
    uint64_t length = file != NULL ? file->length : body != NULL ? from->body_length : 0;
    struct buf coded;

    buf_init(&coded);
    if (body != NULL && from->compress != CODING_NONE) {
        encode_body(from->compress, body, from->body_length, &coded);
        body = coded.data;
        length = coded.length;
    }
    add_line(out, variation);
    add_fields(out, plan, from, variation);
    if (plan->reuse == REUSE_NONE && find_header(from, "Connection") == NULL)
        buf_add_text(out, "Connection: close\r\n");
    if ((body != NULL || file != NULL || is_one_of(variation->method, with_body)) && find_kept(from, variation, "Content-Length") == NULL &&
        find_kept(from, variation, "Transfer-Encoding") == NULL)
        add_length(out, length);
    buf_add(out, "\r\n", 2);
    request->head_length = out->length;
    if (body != NULL)
        buf_add(out, body, (size_t)length);
    request->bytes = out->data;
    request->stored_length = out->length;
    request->length = request->head_length + length;
    request->file = file;
    request->origin = variation->origin;
    buf_release(&coded);
}

void net_request_build_varied(
    struct net_request *request, const struct plan *plan, const struct plan_request *from, const struct net_variation *variation)
{
    static const char *const idempotent[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS", NULL };
    const char *connection = find_header(from, "Connection");
    struct buf out;

    memset(request, 0, sizeof *request);
    buf_init(&out);
    net_request_write(request, &out, plan, from, variation);
    request->bytes = buf_take(&out);

    request->plan = plan;
    request->from = from;
    request->has_rules = has_rules(plan, from);
    request->is_head = strcmp(variation->method, "HEAD") == 0;
    request->is_idempotent = is_one_of(variation->method, idempotent);
    request->retry_stale = request->is_idempotent && from->retry_stale;
    set_expected(request, from);
    request->wants_close = connection != NULL ? list_has(connection, "close") : plan->reuse == REUSE_NONE;
    request->timeout_ns = from->timeout_ns;
    request->connect_timeout_ns = from->connect_timeout_ns;
    request->first_byte_timeout_ns = from->first_byte_timeout_ns;
    request->idle_timeout_ns = from->idle_timeout_ns;
    request->max_head_bytes = plan->max_head_bytes != 0 ? plan->max_head_bytes : DEFAULT_HEAD_LIMIT_BYTES;
    request->max_body_bytes = plan->max_body_bytes;
    if (from->transport == TRANSPORT_CURL)
        request->curl = curl_request_new(request, variation);
}

void net_request_release(struct net_request *request)
{
    free(request->bytes);
    request->bytes = NULL;
    curl_request_free(request->curl);
    request->curl = NULL;
}
