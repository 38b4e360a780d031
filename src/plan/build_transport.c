/* What carries a request and how it says who it is: keys of [http] and [request NAME] to struct plan_request. Main thread. */
#include <string.h>

#include "build.h"
#include "nearest.h"

/* Index of the value among `names`; 0, the default, when it is none of them (said). */
static size_t choice_of(struct build *build, const struct setting *setting, enum plan_key_id key, const char *const *names, size_t count)
{
    const char *text = setting != NULL ? setting->value : key_info(key)->initial, *nearest;
    char shown[SHOWN_SIZE];

    for (size_t i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    nearest = nearest_word(text, names, count);
    if (nearest != NULL)
        value_mistake_about(build, setting, "unknown value \"%s\": did you mean \"%s\"?", shown_value(shown, text), nearest);
    else
        value_mistake(build, setting);
    return 0;
}

/* Why libcurl has to carry the request, NULL: it need not. */
static const char *need_of(const struct plan *plan, const struct plan_request *request)
{
    static const char *const needs[] = { NULL, "auth = digest", "auth = ntlm", "auth = negotiate" };

    if (plan->network.proxy.kind == PROXY_HTTPS)
        return "a proxy behind TLS";
    return request->http3 ? "HTTP/3" : needs[request->auth];
}

void build_transport(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    static const char *const auths[] = { "basic", "digest", "ntlm", "negotiate" };
    static const char *const transports[] = { "auto", "http1", "curl" };
    static const char *const versions[] = { "1.1", "3" };
    const struct setting *auth = value_of_request(build, http, section, KEY_HTTP_AUTH, KEY_REQUEST_AUTH);
    const struct setting *transport = value_of_request(build, http, section, KEY_HTTP_TRANSPORT, KEY_REQUEST_TRANSPORT);
    const struct setting *version = value_of_request(build, http, section, KEY_HTTP_VERSION, KEY_REQUEST_VERSION);
    const struct setting *limit = value_find(build, http, KEY_HTTP_MAX_REQUESTS);
    size_t wanted = choice_of(build, transport, KEY_HTTP_TRANSPORT, transports, 3);
    const char *need;

    request->auth = (enum auth_kind)choice_of(build, auth, KEY_HTTP_AUTH, auths, 4);
    request->http3 = choice_of(build, version, KEY_HTTP_VERSION, versions, 2) == 1;
    if (request->auth != AUTH_BASIC && request->auth != AUTH_NEGOTIATE && request->user == NULL)
        value_mistake_about(build, auth, "%s wants a user: user = NAME:PASSWORD, or --user", auth_kind_name(request->auth));
    if (request->auth != AUTH_BASIC && request->bearer != NULL)
        value_mistake_about(build, auth, "there is a bearer too; a request has one Authorization");
    if (request->http3 && request->scheme != NULL && strcmp(request->scheme, "https") != 0)
        value_mistake_about(build, version, "HTTP/3 is for https");
    need = need_of(build->plan, request);
    if (need != NULL && wanted == 1)
        value_mistake_about(build, transport, "%s is nothing that http1 does; auto or curl", need);
    if ((wanted == 2 || need != NULL) && limit != NULL && strcmp(limit->value, "0") != 0)
        value_mistake_about(build, limit, "curl, which carries \"%s\", does not count the requests of a connection", request->name);
    request->transport = wanted == 2 || need != NULL ? TRANSPORT_CURL : TRANSPORT_HTTP1;
}
