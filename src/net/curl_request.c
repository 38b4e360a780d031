/* What of a request is the same for every transfer of libcurl. Built before the start (or for a redirect), immutable then. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "curl_full_internal.h"
#include "mem.h"
#include "net.h"

static void append(struct curl_slist **list, char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);

    INVARIANT(longer != NULL);
    *list = longer;
    free(text);
}

/* Our own head, line by line. Content-Length is libcurl's business: an answer 401 may make it send the head without a body first. */
static void set_headers(struct curl_request *own, const struct net_request *request)
{
    const char *line = strstr(request->bytes, "\r\n") + 2, *end = request->bytes + request->head_length - 2;
    bool is_bound = own->auth == (long)CURLAUTH_NTLM || own->auth == (long)CURLAUTH_NEGOTIATE; /* the connection is what is proved */
    bool has_expect = false, has_type = false;
    struct curl_slist *list = NULL;

    while (line < end) {
        const char *stop = strstr(line, "\r\n"), *colon = memchr(line, ':', (size_t)(stop - line));
        size_t name = (size_t)(colon - line), skip = 1 + strspn(colon + 1, " ");

        has_expect = has_expect || (name == 6 && strncasecmp(line, "Expect", 6) == 0);
        has_type = has_type || (name == 12 && strncasecmp(line, "Content-Type", 12) == 0);
        if (name == 19 && request->origin->proxy != NULL && strncasecmp(line, "Proxy-Authorization", 19) == 0)
            ; /* libcurl says that to the proxy alone */
        else if (is_bound && name == 10 && strncasecmp(line, "Connection", 10) == 0)
            ; /* it would end what is being proved; libcurl closes it when the transfer is over */
        else if (name == 14 && strncasecmp(line, "Content-Length", 14) == 0)
            own->has_body = true;
        else if (colon + skip >= stop)
            append(&list, mem_format("%.*s;", (int)name, line)); /* libcurl's way to say a header without a value */
        else
            append(&list, mem_copy_n(line, (size_t)(stop - line)));
        line = stop + 2;
    }
    if (!has_expect)
        append(&list, mem_copy("Expect:"));
    if (!has_type)
        append(&list, mem_copy("Content-Type:"));
    own->headers = list;
}

static void set_credentials(struct curl_request *own, const struct plan_request *from, const struct origin *origin)
{
    static const long kinds[] = { [AUTH_BASIC] = 0,
                                  [AUTH_DIGEST] = (long)CURLAUTH_DIGEST,
                                  [AUTH_NTLM] = (long)CURLAUTH_NTLM,
                                  [AUTH_NEGOTIATE] = (long)CURLAUTH_NEGOTIATE };
    const char *user = from->user != NULL ? from->user : ":";
    size_t length = strcspn(user, ":");

    own->auth = kinds[from->auth];
    if (own->auth == 0)
        return; /* basic stands in the head */
    own->name = mem_copy_n(user, length);
    own->password = mem_copy(user[length] == ':' ? user + length + 1 : "");
    own->realm = (uintptr_t)origin;
    for (const char *p = user; *p != '\0'; p++) /* FNV-1a */
        own->realm = (own->realm ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
}

struct curl_request *curl_request_new(const struct net_request *request, const struct net_variation *variation)
{
    static atomic_uint_fast64_t serials;
    const struct origin *origin = variation->origin;
    const struct plan_tls *tls = &request->plan->tls;
    /* the name to ask for and to verify is that of the URL; where it leads to is said by CONNECT_TO */
    const char *host = origin->is_tls && tls->server_name != NULL ? tls->server_name : origin->host;
    bool is_v6 = strchr(host, ':') != NULL;
    struct curl_request *own = mem_alloc(sizeof *own);

    own->serial = atomic_fetch_add_explicit(&serials, 1, memory_order_relaxed) + 1;
    own->url = mem_format("%s://%s%s%s:%u%s", origin->scheme, is_v6 ? "[" : "", host, is_v6 ? "]" : "", origin->port, variation->target);
    own->method = mem_copy(variation->method);
    own->http_version = request->from->http3 ? CURL_HTTP_VERSION_3 : CURL_HTTP_VERSION_1_1;
    own->body_length = request->length - request->head_length;
    if (!variation->is_without_secrets)
        set_credentials(own, request->from, origin);
    set_headers(own, request);
    return own;
}

void curl_request_free(struct curl_request *request)
{
    if (request == NULL)
        return;
    free(request->url);
    free(request->method);
    free(request->name);
    free(request->password);
    curl_slist_free_all(request->headers);
    free(request);
}

int curl_request_check(const struct plan_request *from, struct error *err)
{
    static const struct {
        enum auth_kind auth;
        int feature;
        const char *name;
    } kinds[] = { { AUTH_NTLM, CURL_VERSION_NTLM, "ntlm" }, { AUTH_NEGOTIATE, CURL_VERSION_SPNEGO, "negotiate" } };
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (from->auth == kinds[i].auth && (curl->features & kinds[i].feature) == 0)
            return error_set(
                err, EXIT_USAGE, "request %s: auth = %s is nothing that this libcurl (%s) can do; curl -V lists its features", from->name,
                kinds[i].name, curl->version);
    if (from->http3 && (curl->features & CURL_VERSION_HTTP3) == 0)
        return error_set(
            err, EXIT_USAGE, "request %s: HTTP/3 is nothing that this libcurl (%s) can do; curl -V lists its features", from->name,
            curl->version);
    return 0;
}
