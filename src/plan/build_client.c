/* What the HTTP client does with the answers to a request: keys of [http] and [request NAME] to struct plan_request. */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "mem.h"
#include "onager/units.h"
#include "retry.h"
#include "statuses.h"

#define REDIRECTS_MAX 100

static const char *text_of(const struct setting *setting, enum plan_key_id key)
{
    return setting != NULL ? setting->value : key_info(key)->initial;
}

static void build_expect(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = value_of_request(build, http, section, KEY_HTTP_EXPECT, KEY_REQUEST_EXPECT);

    if (!statuses_parse(request->expect, text_of(setting, KEY_HTTP_EXPECT)))
        value_mistake(build, setting);
}

static void build_redirects(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = value_of_request(build, http, section, KEY_HTTP_REDIRECTS, KEY_REQUEST_REDIRECTS);
    uint64_t count;

    if (units_parse_count(text_of(setting, KEY_HTTP_REDIRECTS), &count) && count <= REDIRECTS_MAX)
        request->redirects = (unsigned)count;
    else
        value_mistake(build, setting);
}

static bool is_clean(const char *text, char least)
{
    for (; *text != '\0'; text++)
        if (*text == 0x7f || ((unsigned char)*text < 0x80 && *text < least))
            return false;
    return true;
}

/* A mistake in a secret is told without it. What varies goes to *varying, taken from the heap. */
static char *build_secret(
    struct build *build, const struct section *http, const struct section *section, enum plan_key_id general, enum plan_key_id own,
    struct plan_text **varying)
{
    const struct setting *setting = value_of_request(build, http, section, general, own);
    bool is_user = general == KEY_HTTP_USER;
    struct template_problem problem = { 0 };
    struct plan_text text;
    const char *value;
    char *kept = NULL;

    *varying = NULL;
    if (setting == NULL)
        return NULL;
    if (!template_read(&text, &build->names, setting->value, is_user ? TEMPLATE_PLAIN : TEMPLATE_HEADER, &problem)) {
        value_mistake_about(build, setting, "%s", problem.text);
        return NULL;
    }
    if (!plan_text_is_constant(&text)) {
        *varying = mem_alloc(sizeof text);
        **varying = text;
        return mem_copy(setting->value);
    }
    value = template_constant(&text, NULL);
    if (value[0] != '\0' && is_clean(value, is_user ? ' ' : '!') && (!is_user || strchr(value, ':') != NULL))
        kept = mem_copy(value);
    else
        value_mistake_about(build, setting, "expected %s (its text is not shown)", value_expected(key_info(general)->type));
    plan_text_release(&text);
    return kept;
}

static void build_secrets(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    const struct setting *user = value_of_request(build, http, section, KEY_HTTP_USER, KEY_REQUEST_USER);
    const struct setting *bearer = value_of_request(build, http, section, KEY_HTTP_BEARER, KEY_REQUEST_BEARER);
    struct plan_text *varying_user, *varying_bearer;
    char *name = build_secret(build, http, section, KEY_HTTP_USER, KEY_REQUEST_USER, &varying_user);

    if (name != NULL) { /* else what the URL said */
        free(request->user);
        request->user = name;
    }
    request->bearer = build_secret(build, http, section, KEY_HTTP_BEARER, KEY_REQUEST_BEARER, &varying_bearer);
    if (varying_user != NULL)
        templates_of(request)->user = varying_user;
    if (varying_bearer != NULL)
        templates_of(request)->bearer = varying_bearer;
    if (user != NULL && bearer != NULL)
        value_mistake_about(build, bearer, "there is a user too; a request has one Authorization");
}

static void build_decoding(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = value_of_request(build, http, section, KEY_HTTP_DECODE, KEY_REQUEST_DECODE);

    value_number(build, http, KEY_HTTP_MAX_DECODED, &request->max_decoded_bytes);
    if (!option_flag(text_of(setting, KEY_HTTP_DECODE), &request->decode))
        value_mistake(build, setting);
}

static void build_retry(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = value_of_request(build, http, section, KEY_HTTP_RETRY, KEY_REQUEST_RETRY);

    if (!retry_parse(&request->retry, text_of(setting, KEY_HTTP_RETRY)))
        value_mistake(build, setting);
}

void build_cookies(struct build *build, const struct section *http)
{
    static const char *const names[] = { "off", "iteration", "keep" };
    size_t choice;

    if (value_choice(build, http, KEY_HTTP_COOKIES, names, 3, &choice))
        build->plan->cookies = (enum cookie_mode)choice;
}

void build_client(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    build_expect(build, http, section, request);
    build_redirects(build, http, section, request);
    build_secrets(build, http, section, request);
    build_decoding(build, http, section, request);
    build_retry(build, http, section, request);
}
