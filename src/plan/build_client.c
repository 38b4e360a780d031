/* What the HTTP client does with the answers to a request: keys of [http] and [request NAME] to struct plan_request. */
#include "build.h"
#include "onager/units.h"
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

void build_client(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    build_expect(build, http, section, request);
    build_redirects(build, http, section, request);
}
