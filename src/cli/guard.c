/* The rule of the start question. Pure: addresses and plan in, finding out. */
#include "guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "onager/units.h"

/* ---- addresses ---- */

static bool is_public_v4(uint32_t a)
{
    static const struct {
        uint32_t network, bits;
    } own[] = {
        { 0x00000000, 8 },  /* 0.0.0.0/8: this host, RFC 1122 */
        { 0x0a000000, 8 },  /* 10.0.0.0/8, RFC 1918 */
        { 0x64400000, 10 }, /* 100.64.0.0/10: shared, RFC 6598 */
        { 0x7f000000, 8 },  /* 127.0.0.0/8: loopback */
        { 0xa9fe0000, 16 }, /* 169.254.0.0/16: link-local, RFC 3927 */
        { 0xac100000, 12 }, /* 172.16.0.0/12, RFC 1918 */
        { 0xc0a80000, 16 }, /* 192.168.0.0/16, RFC 1918 */
    };

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (((a ^ own[i].network) >> (32 - own[i].bits)) == 0)
            return false;
    return true;
}

static bool is_public_v6(const struct in6_addr *a)
{
    uint32_t last;

    memcpy(&last, a->s6_addr + 12, sizeof last);
    if (IN6_IS_ADDR_V4MAPPED(a))
        return is_public_v4(ntohl(last));
    if (IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LINKLOCAL(a))
        return false;
    return (a->s6_addr[0] & 0xfe) != 0xfc; /* fc00::/7: unique local, RFC 4193 */
}

bool guard_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, address, sizeof v4);
        return is_public_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, address, sizeof v6);
        return is_public_v6(&v6.sin6_addr);
    }
    return address->sa_family != AF_UNIX;
}

static const struct guard_address *public_of(const struct guard_address *addresses, size_t count, const char *host)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(addresses[i].host, host) == 0 && guard_is_public(addresses[i].address))
            return &addresses[i];
    return NULL;
}

static void put_address(char *out, size_t size, const struct sockaddr *address)
{
    struct sockaddr_in6 v6 = { 0 };
    struct sockaddr_in v4 = { 0 };

    out[0] = '\0';
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, out, (socklen_t)size);
    } else if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        inet_ntop(AF_INET6, &v6.sin6_addr, out, (socklen_t)size);
    }
}

/* ---- load ---- */

static bool reaches(const struct plan *plan, const struct plan_scenario *scenario, const char *host)
{
    for (size_t i = 0; i < plan_scenario_row_count(scenario); i++)
        if (strcasecmp(plan->requests[plan_scenario_row(scenario, i).request].host, host) == 0)
            return true;
    return false;
}

static double rate_of(const struct plan_scenario *scenario)
{
    return scenario->rate.per_ns > 0 ? (double)scenario->rate.count * 1e9 / (double)scenario->rate.per_ns : 0;
}

static uint64_t all_iterations(const struct plan_scenario *scenario)
{
    uint64_t each = scenario->iterations, all;

    if (scenario->executor != EXECUTOR_PER_VU_ITERATIONS)
        return each;
    return __builtin_mul_overflow(each, scenario->vus, &all) ? UINT64_MAX : all;
}

static bool is_closed_without_limit(const struct plan_scenario *scenario)
{
    if (executor_is_bounded(scenario->executor))
        return all_iterations(scenario) > GUARD_ITERATIONS;
    return !executor_is_open(scenario->executor);
}

/* Arrivals a second at a host, at most: the sum over the scenarios that go on when another one begins. */
static double peak_rate(const struct plan *plan, const char *host)
{
    double peak = 0;

    for (size_t i = 0; i < plan->scenario_count; i++) {
        uint64_t at_ns = plan->scenarios[i].start_time_ns;
        double sum = 0;

        for (size_t k = 0; k < plan->scenario_count; k++) {
            const struct plan_scenario *scenario = &plan->scenarios[k];

            if (executor_is_open(scenario->executor) && reaches(plan, scenario, host) && scenario->start_time_ns <= at_ns &&
                at_ns - scenario->start_time_ns < scenario->duration_ns)
                sum += rate_of(scenario);
        }
        peak = sum > peak ? sum : peak;
    }
    return peak;
}

static bool is_heavy(const struct plan *plan, const char *host, struct guard_finding *finding)
{
    finding->rate = peak_rate(plan, host);
    for (size_t i = 0; i < plan->scenario_count; i++)
        if (reaches(plan, &plan->scenarios[i], host) && is_closed_without_limit(&plan->scenarios[i])) {
            finding->scenario = i;
            finding->is_closed = true;
            return true;
        }
    finding->is_closed = false;
    finding->scenario = 0;
    while (finding->scenario + 1 < plan->scenario_count && !reaches(plan, &plan->scenarios[finding->scenario], host))
        finding->scenario++;
    return finding->rate > GUARD_RATE;
}

bool guard_find(
    const struct plan *plan, const struct guard_address *addresses, size_t count, char *const *allowed, size_t allowed_count,
    struct guard_finding *finding)
{
    for (size_t i = 0; i < plan->request_count; i++) {
        const char *host = plan->requests[i].host;
        const struct guard_address *address = public_of(addresses, count, host);

        if (address == NULL || config_allows(allowed, allowed_count, host) || !is_heavy(plan, host, finding))
            continue;
        finding->host = host;
        finding->url = plan->requests[i].url;
        put_address(finding->address, sizeof finding->address, address->address);
        return true;
    }
    return false;
}

void guard_describe(struct buf *out, const struct plan *plan, const struct guard_finding *finding)
{
    const struct plan_scenario *scenario = &plan->scenarios[finding->scenario];
    char number[40], duration[40];

    if (plan->scenario_count > 1)
        buf_addf(out, "%.24s: ", scenario->name);
    units_format_duration(duration, sizeof duration, scenario->duration_ns);
    if (!finding->is_closed) {
        buf_addf(out, "%s/s for %s", units_format_rate(number, sizeof number, finding->rate), duration);
        buf_addf(out, ": more than %u/s.", (unsigned)GUARD_RATE);
        return;
    }
    buf_addf(out, "%s VU%s", units_format_count(number, sizeof number, scenario->vus), scenario->vus == 1 ? "" : "s");
    if (executor_is_bounded(scenario->executor))
        buf_addf(out, ", %s iterations", units_format_count(number, sizeof number, all_iterations(scenario)));
    else
        buf_addf(out, " for %s", duration);
    buf_add_text(out, ", each as fast as it is answered: no limit on the rate.");
}

/* ---- the limit ---- */

static bool is_to_limit(const struct plan *plan, const struct plan_scenario *scenario, const struct guard_address *addresses, size_t count)
{
    for (size_t i = 0; i < plan_scenario_row_count(scenario); i++)
        if (public_of(addresses, count, plan->requests[plan_scenario_row(scenario, i).request].host) != NULL)
            return true;
    return false;
}

static void limit(struct plan_scenario *scenario, const struct rate *share)
{
    double most = (double)share->count * 1e9 / (double)share->per_ns;

    if (executor_is_open(scenario->executor) && rate_of(scenario) <= most)
        return;
    free(scenario->stages); /* no curve, just the limit */
    scenario->stages = NULL;
    scenario->stage_count = 0;
    scenario->rate = *share;
    if (executor_is_open(scenario->executor)) {
        scenario->executor = EXECUTOR_CONSTANT_ARRIVAL_RATE;
        return;
    }
    if (executor_is_bounded(scenario->executor)) {
        uint64_t needed_ns = (uint64_t)((double)all_iterations(scenario) / most * 1e9 + 0.5);

        scenario->duration_ns = needed_ns < scenario->max_duration_ns ? needed_ns : scenario->max_duration_ns;
        scenario->iterations = 0;
        scenario->max_duration_ns = 0;
    }
    scenario->executor = EXECUTOR_CONSTANT_ARRIVAL_RATE;
    scenario->max_vus = scenario->vus;
    scenario->pre_allocated_vus = 0;
    scenario->vus = 0;
    scenario->when_busy = WHEN_BUSY_DROP;
}

void guard_limit(struct plan *plan, const struct guard_address *addresses, size_t count)
{
    struct rate share = { GUARD_LIMITED_RATE, 0 };

    for (size_t i = 0; i < plan->scenario_count; i++)
        if (is_to_limit(plan, &plan->scenarios[i], addresses, count))
            share.per_ns += NS_PER_S;
    for (size_t i = 0; i < plan->scenario_count; i++)
        if (is_to_limit(plan, &plan->scenarios[i], addresses, count))
            limit(&plan->scenarios[i], &share);
}
