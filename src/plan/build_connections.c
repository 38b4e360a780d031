/* How connections are shared and how long they are kept: keys of [http] to struct plan. */
#include <string.h>

#include "build.h"
#include "onager/units.h"

#define SHARED_MAX 1000000

/* "per-vu", "shared:N", or N for the latter. */
static bool parse_connections(const char *text, unsigned *shared)
{
    static const char prefix[] = "shared:";
    uint64_t count;

    *shared = 0;
    if (strcmp(text, "per-vu") == 0)
        return true;
    if (strncmp(text, prefix, sizeof prefix - 1) == 0)
        text += sizeof prefix - 1;
    if (!units_parse_count(text, &count) || count == 0 || count > SHARED_MAX)
        return false;
    *shared = (unsigned)count;
    return true;
}

/* Each worker has its part of the shared ones, and without any it could do nothing: threads that nobody asked for are left out. */
static void fit_threads(struct build *build, const struct section *general, const struct setting *setting)
{
    struct plan *plan = build->plan;

    if (plan->shared_connections == 0 || plan->shared_connections >= plan->threads)
        return;
    if (value_find(build, general, KEY_PLAN_THREADS) == NULL)
        plan->threads = plan->shared_connections;
    else
        value_mistake_about(
            build, setting, "%u for %u threads, and each needs one: take threads = %u, or shared:%u", plan->shared_connections,
            plan->threads, plan->shared_connections, plan->threads);
}

void build_connections(struct build *build, const struct section *general, const struct section *http)
{
    static const char *const names[] = { "vu", "iteration", "none" };
    const struct setting *setting = value_find(build, http, KEY_HTTP_CONNECTIONS);
    struct plan *plan = build->plan;
    size_t choice;

    if (setting != NULL && !parse_connections(setting->value, &plan->shared_connections))
        value_mistake(build, setting);
    fit_threads(build, general, setting);
    if (value_choice(build, http, KEY_HTTP_REUSE, names, 3, &choice))
        plan->reuse = (enum connection_reuse)choice;
    if (plan->reuse == REUSE_ITERATION && plan->shared_connections > 0)
        value_mistake_about(
            build, value_find(build, http, KEY_HTTP_REUSE),
            "with shared connections an iteration has none of its own to close: take vu or none, or connections = per-vu");
    value_duration(build, http, KEY_HTTP_MAX_AGE, &plan->connection_max_age_ns);
    value_number(build, http, KEY_HTTP_MAX_REQUESTS, &plan->connection_max_requests);
}
