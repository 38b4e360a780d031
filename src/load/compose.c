/* Builds requests from texts that vary. */
#include "compose.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "curl_full.h"
#include "mem.h"

void composed_release(struct composed *composed)
{
    curl_request_free(composed->request.curl);
    free(composed->headers);
    free(composed->header_at);
    buf_release(&composed->texts);
    buf_release(&composed->bytes);
    *composed = (struct composed){ 0 };
}

bool compose_is_fixed(const struct plan_request *from)
{
    return from->templates == NULL || from->templates->is_fixed;
}

void compose_prototype(
    struct net_request *request, const struct plan *plan, const struct plan_request *from, const struct net_variation *variation)
{
    struct net_variation shaped = *variation;
    struct plan_request shape = *from;
    char root[] = "/", empty[] = "";

    shape.headers = mem_array(from->header_count, sizeof *shape.headers);
    for (size_t i = 0; i < from->header_count; i++) {
        shape.headers[i] = from->headers[i];
        if (shape.headers[i].value == NULL)
            shape.headers[i].value = empty;
    }
    if (shape.target == NULL)
        shaped.target = shape.target = root;
    net_request_build_varied(request, plan, &shape, &shaped);
    request->from = from;
    free(shape.headers);
}

/* Renders into composed->texts; returns where it begins there. Pointers are taken once nothing is added any more. */
static size_t add_text(struct composed *composed, struct renderer *renderer, struct values *values, const struct plan_text *text)
{
    size_t at = composed->texts.length;

    render_text(renderer, values, text, &composed->texts);
    buf_add_char(&composed->texts, '\0');
    return at;
}

static void copy_headers(struct composed *composed, const struct plan_request *from)
{
    if (from->header_count > composed->header_capacity) {
        composed->header_capacity = from->header_count;
        composed->headers = mem_resize(composed->headers, composed->header_capacity, sizeof *composed->headers);
        composed->header_at = mem_resize(composed->header_at, composed->header_capacity, sizeof *composed->header_at);
    }
    if (from->header_count > 0)
        memcpy(composed->headers, from->headers, from->header_count * sizeof *composed->headers);
    composed->from.headers = composed->headers;
}

static void render_headers(struct composed *composed, struct renderer *renderer, struct values *values, const struct plan_request *from)
{
    copy_headers(composed, from);
    for (size_t i = 0; from->templates->headers != NULL && i < from->header_count; i++)
        if (from->templates->headers[i] != NULL)
            composed->header_at[i] = add_text(composed, renderer, values, from->templates->headers[i]);
}

static void settle_headers(struct composed *composed, const struct plan_request *from)
{
    for (size_t i = 0; from->templates->headers != NULL && i < from->header_count; i++)
        if (from->templates->headers[i] != NULL)
            composed->headers[i].value = composed->texts.data + composed->header_at[i];
}

/* "http://host:port/path" of the request's own origin becomes "/path", in place. */
static const char *reduce_target(struct composed *composed, const struct origin *origin)
{
    char *target = composed->from.target, *host, *path;
    size_t scheme = strlen(origin->scheme), length;
    uint16_t port = strcmp(origin->scheme, "https") == 0 ? 443 : 80;

    if (target[0] == '/')
        return NULL;
    if (strncasecmp(target, origin->scheme, scheme) != 0 || strncmp(target + scheme, "://", 3) != 0)
        return "the rendered URL is neither a path nor of the scheme of its request";
    host = target + scheme + 3;
    path = host + strcspn(host, "/?#");
    length = strlen(origin->host);
    if (host[0] == '[' && strchr(origin->host, ':') != NULL)
        host++;
    if (strncasecmp(host, origin->host, length) != 0)
        return "the rendered URL is of another host than its request";
    host += length + (host[length] == ']');
    if (*host == ':')
        port = (uint16_t)strtoul(host + 1, &host, 10);
    if (host != path || port != origin->port)
        return "the rendered URL is of another port than its request";
    if (*path != '/')
        return "the rendered URL has no path";
    composed->from.target = path;
    return NULL;
}

static void write_request(struct composed *composed, const struct net_request *prototype)
{
    struct net_request *request = &composed->request;
    const struct plan_request *from = &composed->from;
    struct net_variation variation = {
        .origin = prototype->origin, .method = from->method, .target = from->target, .file = prototype->file
    };

    curl_request_free(request->curl);
    *request = *prototype;
    request->from = from;
    buf_clear(&composed->bytes);
    net_request_write(request, &composed->bytes, prototype->plan, from, &variation);
    if (prototype->curl != NULL)
        request->curl = curl_request_new(request, &variation);
}

const char *compose(struct composed *composed, struct renderer *renderer, struct values *values, const struct net_request *prototype)
{
    const struct plan_request *from = prototype->from;
    const struct plan_templates *templates = from->templates;
    struct plan_request *to = &composed->from;
    size_t target = 0, body = 0, body_length = 0, user = 0, bearer = 0;
    const char *complaint;

    *to = *from;
    buf_clear(&composed->texts);
    if (templates->target != NULL)
        target = add_text(composed, renderer, values, templates->target);
    render_headers(composed, renderer, values, from);
    if (templates->user != NULL)
        user = add_text(composed, renderer, values, templates->user);
    if (templates->bearer != NULL)
        bearer = add_text(composed, renderer, values, templates->bearer);
    if (templates->body != NULL) {
        body = add_text(composed, renderer, values, templates->body);
        body_length = composed->texts.length - body - 1;
    }
    settle_headers(composed, from);
    if (templates->target != NULL)
        to->target = composed->texts.data + target;
    if (templates->user != NULL)
        to->user = composed->texts.data + user;
    if (templates->bearer != NULL)
        to->bearer = composed->texts.data + bearer;
    if (templates->body != NULL) {
        to->body = composed->texts.data + body;
        to->body_length = body_length;
    }
    complaint = reduce_target(composed, prototype->origin);
    if (complaint != NULL)
        return complaint;
    write_request(composed, prototype);
    return NULL;
}
