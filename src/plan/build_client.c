/* What the HTTP client does with the answers to a request: keys of [http] and [request NAME] to struct plan_request. */
#include "build.h"
#include "statuses.h"

static void build_expect(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = value_of_request(build, http, section, KEY_HTTP_EXPECT, KEY_REQUEST_EXPECT);

    if (!statuses_parse(request->expect, setting != NULL ? setting->value : key_info(KEY_HTTP_EXPECT)->initial))
        value_mistake(build, setting);
}

void build_client(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    build_expect(build, http, section, request);
}
