/* A request as the bytes that are sent. Pure; before the start. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
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

static void add_host(struct buf *out, const struct origin *origin)
{
    bool is_v6 = strchr(origin->host, ':') != NULL;
    uint16_t default_port = strcmp(origin->scheme, "https") == 0 ? 443 : 80;
    int length = (int)strcspn(origin->host, "%"); /* a scope is nobody else's business */

    buf_addf(out, is_v6 ? "Host: [%.*s]" : "Host: %.*s", is_v6 ? length : (int)strlen(origin->host), origin->host);
    if (origin->port != default_port)
        buf_addf(out, ":%u", origin->port);
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

void net_request_build(struct net_request *request, const struct plan *plan, const struct plan_request *from, const struct origin *origin)
{
    static const char *const idempotent[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS", NULL };
    static const char *const with_body[] = { "POST", "PUT", "PATCH", NULL };
    const char *connection = find_header(from, "Connection");
    struct buf out;

    memset(request, 0, sizeof *request);
    buf_init(&out);
    buf_addf(&out, "%s %s HTTP/1.1\r\n", from->method, from->target);
    if (find_header(from, "Host") == NULL)
        add_host(&out, origin);
    if (find_header(from, "User-Agent") == NULL && plan->user_agent != NULL && plan->user_agent[0] != '\0')
        buf_addf(&out, "User-Agent: %s\r\n", plan->user_agent);
    if (find_header(from, "Accept") == NULL)
        buf_add_text(&out, "Accept: */*\r\n");
    for (size_t i = 0; i < from->header_count; i++)
        buf_addf(&out, "%s: %s\r\n", from->headers[i].name, from->headers[i].value);
    if (connection == NULL && !plan->keepalive)
        buf_add_text(&out, "Connection: close\r\n");
    if ((from->body != NULL || is_one_of(from->method, with_body)) && find_header(from, "Content-Length") == NULL &&
        find_header(from, "Transfer-Encoding") == NULL)
        buf_addf(&out, "Content-Length: %zu\r\n", from->body != NULL ? from->body_length : 0);
    buf_add_text(&out, "\r\n");
    request->head_length = out.length;
    if (from->body != NULL)
        buf_add(&out, from->body, from->body_length);
    request->length = out.length;
    request->bytes = buf_take(&out);

    request->origin = origin;
    request->is_head = strcmp(from->method, "HEAD") == 0;
    request->is_idempotent = is_one_of(from->method, idempotent);
    request->retry_stale = request->is_idempotent && from->retry_stale;
    set_expected(request, from);
    request->wants_close = connection != NULL ? list_has(connection, "close") : !plan->keepalive;
    request->timeout_ns = from->timeout_ns;
    request->connect_timeout_ns = from->connect_timeout_ns;
    request->first_byte_timeout_ns = from->first_byte_timeout_ns;
    request->idle_timeout_ns = from->idle_timeout_ns;
    request->max_head_bytes = plan->max_head_bytes != 0 ? plan->max_head_bytes : DEFAULT_HEAD_LIMIT_BYTES;
    request->max_body_bytes = plan->max_body_bytes;
}

void net_request_release(struct net_request *request)
{
    free(request->bytes);
    request->bytes = NULL;
}
