/* The canonical text: fixed order of sections and keys, every value written out, defaults too. */
#include "print.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "keys.h"
#include "mem.h"
#include "network.h"
#include "onager/units.h"
#include "print_journey.h"
#include "retry.h"
#include "schedule.h"
#include "stages.h"
#include "statuses.h"

/* Of a file that is a body at most this much at either end is hashed. */
#define FILE_END_BYTES (UINT64_C(32) << 20)

static void hex_sha256(const void *bytes, size_t length, char hex[65])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    INVARIANT(EVP_Digest(bytes, length, sum, &size, EVP_sha256(), NULL) == 1 && size == 32);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}

void print_sum(struct buf *out, const void *bytes, size_t length)
{
    char hex[65];

    hex_sha256(bytes, length, hex);
    buf_add_text(out, hex);
}

/* A value that is a text; ${ in it is written such that it stays. */
static void put(struct buf *out, const char *key, const char *value)
{
    print_bytes(out, key, NULL, value, strlen(value));
}

static void put_duration(struct buf *out, const char *key, uint64_t ns)
{
    char text[40];

    put(out, key, units_format_duration(text, sizeof text, ns));
}

static void put_number(struct buf *out, const char *key, uint64_t number)
{
    buf_addf(out, "%s = %llu\n", key, (unsigned long long)number);
}

static void put_flag(struct buf *out, const char *key, bool is_yes)
{
    put(out, key, is_yes ? "yes" : "no");
}

static void put_statuses(struct buf *out, const char *key, const uint64_t *statuses)
{
    struct buf text;

    buf_init(&text);
    statuses_print(&text, statuses);
    put(out, key, text.data);
    buf_release(&text);
}

static void put_rate(struct buf *out, const char *key, const struct rate *rate)
{
    char per[40];

    if (rate->per_ns == NS_PER_S)
        buf_addf(out, "%s = %llu/s\n", key, (unsigned long long)rate->count);
    else
        buf_addf(out, "%s = %llu/%s\n", key, (unsigned long long)rate->count, units_format_duration(per, sizeof per, rate->per_ns));
}

static void put_pairs(struct buf *out, const char *prefix, const struct plan_tag *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        print_bytes(out, prefix, pairs[i].name, pairs[i].value, strlen(pairs[i].value));
}

static void put_text(struct buf *out, const char *key, const char *value)
{
    if (value != NULL)
        put(out, key, value);
}

static void put_path(struct buf *out, const char *key, const char *path, enum print_mode mode)
{
    char *shown = path != NULL ? print_path(path, mode) : NULL;

    put_text(out, key, shown);
    free(shown);
}

/* What a body that is a file stands for: its bytes, of a long one its two ends. */
static void put_file(struct buf *out, const struct plan_request *request)
{
    uint64_t length = request->body_length, skip = length > 2 * FILE_END_BYTES ? length - 2 * FILE_END_BYTES : 0;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    FILE *file = fopen(request->body_path, "re");
    unsigned char sum[EVP_MAX_MD_SIZE];
    char hex[65], piece[16384];
    unsigned size = 0;
    uint64_t done = 0;
    size_t n;

    INVARIANT(digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1);
    while (file != NULL && (n = fread(piece, 1, sizeof piece, file)) > 0) {
        EVP_DigestUpdate(digest, piece, n);
        done += n;
        if (skip > 0 && done == FILE_END_BYTES)
            fseeko(file, (off_t)skip, SEEK_CUR);
    }
    EVP_DigestFinal_ex(digest, sum, &size);
    EVP_MD_CTX_free(digest);
    if (file != NULL)
        fclose(file);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    buf_addf(out, "; body of %" PRIu64 " bytes, sha256 %s%s\n", length, skip > 0 ? "of both its ends " : "", hex);
}

static void put_request(struct buf *out, const struct plan *plan, const struct plan_request *request, enum print_mode mode)
{
    struct buf retry;

    buf_addf(out, "\n[request %s]\n", request->name);
    put(out, "method", request->method);
    print_sent(out, plan, request, mode);
    put_duration(out, "timeout", request->timeout_ns);
    put_statuses(out, "expect", request->expect);
    put_number(out, "redirects", request->redirects);
    put(out, "transport", transport_kind_name(request->transport));
    put(out, "http_version", request->http3 ? "3" : "1.1");
    put(out, "auth", auth_kind_name(request->auth));
    put_flag(out, "decode", request->decode);
    buf_init(&retry);
    retry_print(&retry, &request->retry);
    put(out, "retry", retry.data);
    buf_release(&retry);
    if (request->body_path != NULL && mode == PRINT_CANONICAL)
        put_file(out, request);
    else
        put_path(out, "body_file", request->body_path, mode);
    print_answers(out, plan, request);
}

static void put_stages(struct buf *out, const struct plan_scenario *scenario)
{
    if (executor_is_open(scenario->executor))
        put_rate(out, "start_rate", &(struct rate){ scenario->stages[0].from, scenario->rate.per_ns });
    else
        put_number(out, "start_vus", scenario->stages[0].from);
    buf_add_text(out, "stages = ");
    stages_print(out, scenario);
    buf_add_char(out, '\n');
}

static void put_arrivals(struct buf *out, const struct plan_scenario *scenario, bool is_ramping)
{
    char text[40];

    if (scenario->arrivals != ARRIVALS_BURST)
        put(out, "arrivals", scenario->arrivals == ARRIVALS_POISSON ? "poisson" : "even");
    else if (is_ramping)
        buf_addf(out, "arrivals = burst %llu\n", (unsigned long long)scenario->burst);
    else
        buf_addf(
            out, "arrivals = burst %llu every %s\n", (unsigned long long)scenario->burst,
            units_format_duration(text, sizeof text, schedule_constant_at(&scenario->rate, scenario->burst)));
    if (scenario->on_stall != ON_STALL_DEFAULT)
        put(out, "on_stall", scenario->on_stall == ON_STALL_SKIP ? "skip" : "catch-up");
}

/* The keys of the executor. */
static void put_load(struct buf *out, const struct plan_scenario *scenario)
{
    bool is_ramping = scenario->executor == EXECUTOR_RAMPING_VUS || scenario->executor == EXECUTOR_RAMPING_ARRIVAL_RATE;

    if (is_ramping)
        put_stages(out, scenario);
    else if (!executor_is_open(scenario->executor))
        put_number(out, "vus", scenario->vus);
    else if (scenario->arrivals != ARRIVALS_BURST)
        put_rate(out, "rate", &scenario->rate);
    if (executor_is_bounded(scenario->executor)) {
        put_number(out, "iterations", scenario->iterations);
        put_duration(out, "max_duration", scenario->max_duration_ns);
    } else if (!is_ramping) {
        put_duration(out, "duration", scenario->duration_ns);
        if (scenario->stage_count > 0)
            put_duration(out, "ramp", scenario->stages[0].duration_ns);
    }
    if (scenario->executor == EXECUTOR_RAMPING_VUS)
        put_duration(out, "graceful_ramp_down", scenario->graceful_ramp_down_ns);
    if (!executor_is_open(scenario->executor))
        return;
    put_arrivals(out, scenario, is_ramping);
    put_number(out, "pre_allocated_vus", scenario->pre_allocated_vus);
    put_number(out, "max_vus", scenario->max_vus);
    put(out, "when_busy", scenario->when_busy == WHEN_BUSY_WAIT ? "wait" : "drop");
    if (scenario->when_busy == WHEN_BUSY_WAIT)
        put_number(out, "max_waiting", scenario->max_waiting);
}

static void put_scenario(struct buf *out, const struct plan *plan, const struct plan_scenario *scenario)
{
    buf_addf(out, "\n[scenario %s]\nexecutor = %s\n", scenario->name, executor_kind_name(scenario->executor));
    put_load(out, scenario);
    put_duration(out, "start_time", scenario->start_time_ns);
    if (scenario->graceful_stop_set)
        put_duration(out, "graceful_stop", scenario->graceful_stop_ns);
    buf_add_text(out, "mix = ");
    for (size_t i = 0; i < scenario->mix_count; i++) {
        const struct plan_mix *mix = &scenario->mix[i];

        buf_addf(
            out, "%s%s:%u", i > 0 ? ", " : "", mix->flow != NULL ? mix->flow->name : plan->requests[mix->request].name,
            (unsigned)mix->weight);
    }
    buf_add_char(out, '\n');
    if (scenario->chaos != NULL)
        chaos_print(out, scenario->chaos);
    put_pairs(out, "tags.", scenario->tags, scenario->tag_count);
    put_pairs(out, "env.", scenario->env, scenario->env_count);
}

static void put_option(struct buf *out, const char *name, uint64_t ns)
{
    char text[40];

    if (ns > 0)
        buf_addf(out, " %s=%s", name, units_format_duration(text, sizeof text, ns));
}

static void put_threshold(struct buf *out, const struct plan_threshold *threshold)
{
    buf_add_text(out, threshold->metric);
    for (size_t i = 0; i < threshold->filter_count; i++)
        buf_addf(out, "%s%s:%s", i > 0 ? "," : "{", threshold->filter[i].name, threshold->filter[i].value);
    buf_addf(out, "%s = %s", threshold->filter_count > 0 ? "}" : "", threshold->expression);
    put_option(out, "over", threshold->over_ns);
    buf_add_text(out, threshold->abort ? " abort" : "");
    put_option(out, "grace", threshold->grace_ns);
    put_option(out, "delay", threshold->delay_ns);
    buf_addf(out, "%s\n", threshold->optional ? " optional" : "");
}

static void put_tls(struct buf *out, const struct plan_tls *tls, enum print_mode mode)
{
    put_flag(out, "insecure", tls->insecure);
    put_path(out, "ca_file", tls->ca_file, mode);
    put_path(out, "ca_path", tls->ca_path, mode);
    put_path(out, "cert_file", tls->cert_file, mode);
    put_path(out, "key_file", tls->key_file, mode);
    put_text(out, "server_name", tls->server_name);
    put_text(out, "tls_min", tls_version_names[tls->minimum]);
    put_text(out, "tls_max", tls_version_names[tls->maximum]);
    put_text(out, "tls_ciphers", tls->ciphers);
    put_flag(out, "tls_resumption", tls->resumption);
    put_flag(out, "ktls", tls->ktls);
}

static void put_connections(struct buf *out, const struct plan *plan)
{
    if (plan->shared_connections > 0)
        buf_addf(out, "connections = shared:%u\n", plan->shared_connections);
    else
        put(out, "connections", "per-vu");
    put(out, "reuse", plan->reuse == REUSE_VU ? "vu" : plan->reuse == REUSE_NONE ? "none" : "iteration");
    put_duration(out, "max_age", plan->connection_max_age_ns);
    put_number(out, "max_requests", plan->connection_max_requests);
}

static void put_safety(struct buf *out, const struct plan *plan)
{
    const struct plan_safety *safety = &plan->safety;
    char resume[40];

    if (safety->max_rate.count > 0 || safety->max_in_flight > 0 || safety->abort_if.text != NULL || safety->breaker.text != NULL)
        buf_add_text(out, "\n[safety]\n");
    if (safety->max_rate.count > 0)
        put_rate(out, "max_rate", &safety->max_rate);
    if (safety->max_in_flight > 0)
        put_number(out, "max_in_flight", safety->max_in_flight);
    put_text(out, "abort_if", safety->abort_if.text);
    if (safety->breaker.text != NULL)
        buf_addf(
            out, "breaker = %s resume %s%s%s\n", safety->breaker.text,
            units_format_duration(resume, sizeof resume, safety->breaker_resume_ns), safety->breaker_webhook != NULL ? " webhook " : "",
            safety->breaker_webhook != NULL ? safety->breaker_webhook : "");
}

void plan_print(const struct plan *plan, struct buf *out, enum print_mode mode)
{
    char *base_url = print_base_url(plan);

    buf_add_text(out, "[plan]\n");
    put(out, "name", plan->name);
    if (plan->description != NULL)
        put(out, "description", plan->description);
    put_pairs(out, "label.", plan->labels, plan->label_count);
    put_text(out, "base_url", base_url);
    free(base_url);
    put_number(out, "seed", plan->seed);
    buf_add_text(out, "\n[http]\n");
    if (plan->request_count > 0) { /* what all requests share */
        const struct plan_request *first = &plan->requests[0];
        uint64_t connect_ns = 0;

        for (size_t i = 0; i < plan->request_count; i++)
            connect_ns = plan->requests[i].connect_timeout_ns > connect_ns ? plan->requests[i].connect_timeout_ns : connect_ns;
        put_duration(out, "connect_timeout", connect_ns);
        put_duration(out, "first_byte_timeout", first->first_byte_timeout_ns);
        put_duration(out, "idle_timeout", first->idle_timeout_ns);
        put_flag(out, "retry_stale", first->retry_stale);
        put_number(out, "max_decoded", first->max_decoded_bytes);
    }
    put_connections(out, plan);
    put(out, "user_agent", plan->user_agent);
    put(out, "cookies", plan->cookies == COOKIES_OFF ? "off" : plan->cookies == COOKIES_KEEP ? "keep" : "iteration");
    put_number(out, "max_head", plan->max_head_bytes);
    put_number(out, "max_body", plan->max_body_bytes);
    put_tls(out, &plan->tls, mode);
    network_print_http(out, &plan->network);
    network_print_dns(out, &plan->network);
    print_names(out, plan, mode);
    for (size_t i = 0; i < plan->request_count; i++)
        put_request(out, plan, &plan->requests[i], mode);
    print_flows(out, plan);
    for (size_t i = 0; i < plan->scenario_count; i++)
        put_scenario(out, plan, &plan->scenarios[i]);
    if (plan->threshold_count > 0)
        buf_add_text(out, "\n[thresholds]\n");
    for (size_t i = 0; i < plan->threshold_count; i++)
        put_threshold(out, &plan->thresholds[i]);
    put_safety(out, plan);
    for (size_t i = 0; i < plan->output_count && mode == PRINT_VERBATIM; i++) {
        buf_addf(out, "\n[output %s]\n", plan->outputs[i].kind);
        put(out, "path", plan->outputs[i].path);
    }
    print_hooks(out, plan);
}

void plan_set_sha256(struct plan *plan)
{
    struct buf text;

    buf_init(&text);
    plan_print(plan, &text, PRINT_CANONICAL);
    hex_sha256(text.data, text.length, plan->sha256);
    buf_release(&text);
}
