/* plan_keys.def: every key of the table, set once in a plan file, is seen in struct plan; every default holds without it. */
#include "plan_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "certificate.h"
#include "keys.h"
#include "onager/fault.h"

/* A plan in which one line can be put into one section. */
struct key_case {
    enum plan_key_id key;
    const char *line;     /* put into the key's section */
    const char *scenario; /* instead of the usual constant-vus body, or NULL */
    bool (*is_seen)(const struct plan *plan);
    bool (*is_default)(const struct plan *plan); /* of the plan without the line, or NULL where it cannot be without */
};

static const char closed[] = "executor = constant-vus\nduration = 7s\nrequest = a\n";
static const char shared[] = "executor = shared-iterations\nrequest = a\n";
static const char ramping_vus[] = "executor = ramping-vus\nrequest = a\nstages = 10s:20\n";
static const char ramping_rate[] = "executor = ramping-arrival-rate\nrequest = a\nstages = 10s:20/s\n";
static const char open_model[] = "executor = constant-arrival-rate\nduration = 7s\nrequest = a\nrate = 40/s\n";

#define SEEN(name, expression)                                                      \
    static bool name(const struct plan *plan)                                       \
    {                                                                               \
        const struct plan_request *a = &plan->requests[0], *b = &plan->requests[1]; \
        const struct plan_scenario *s = &plan->scenarios[0];                        \
        (void)a;                                                                    \
        (void)b;                                                                    \
        (void)s;                                                                    \
        return expression;                                                          \
    }

static bool has_header(const struct plan_request *request, const char *name, const char *value)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcmp(request->headers[i].name, name) == 0 && strcmp(request->headers[i].value, value) == 0)
            return true;
    return false;
}

static bool is_tag(const struct plan_tag *tags, size_t count, const char *name, const char *value)
{
    return count == 1 && strcmp(tags[0].name, name) == 0 && strcmp(tags[0].value, value) == 0;
}

/* Exactly first to last, and one more unless it is 0. */
static bool has_statuses(const struct plan_request *request, unsigned first, unsigned last, unsigned other)
{
    for (unsigned status = 0; status < 64 * PLAN_STATUS_WORDS; status++) {
        bool is_wanted = (status >= first && status <= last) || (other != 0 && status == other);

        if (((request->expect[status / 64] >> (status % 64) & 1) != 0) != is_wanted)
            return false;
    }
    return true;
}

static bool has_retry(const struct plan_request *request)
{
    const struct plan_retry *r = &request->retry;

    return r->times == 2 && (r->faults >> FAULT_REFUSED & 1) && (r->faults >> FAULT_RESET & 1) && !(r->faults >> FAULT_TIMEOUT_BODY & 1) &&
           (r->statuses[503 / 64] >> (503 % 64) & 1) && !(r->statuses[502 / 64] >> (502 % 64) & 1) && r->backoff_ns == 100 * NS_PER_MS &&
           r->backoff_max_ns == 2 * NS_PER_S;
}

#define NET plan->network
SEEN(sees_source, NET.source_count == 2 && strcmp(NET.sources[0], "127.0.0.2") == 0 && strcmp(NET.sources[1], "eth0") == 0)
SEEN(default_source, NET.source_count == 0)
SEEN(sees_unix_socket, strcmp(NET.unix_socket, "/run/a.sock") == 0)
SEEN(default_unix_socket, NET.unix_socket == NULL)
SEEN(
    sees_proxy,
    NET.proxy.kind == PROXY_HTTP && strcmp(NET.proxy.host, "::1") == 0 && NET.proxy.port == 8888 && strcmp(NET.proxy.user, "me:a:b@c") == 0)
SEEN(default_proxy, NET.proxy.kind == PROXY_NONE && NET.proxy.host == NULL)
SEEN(sees_no_proxy, NET.no_proxy_count == 2 && strcmp(NET.no_proxy[0], ".local") == 0 && strcmp(NET.no_proxy[1], "10.0.0.1") == 0)
SEEN(default_no_proxy, NET.no_proxy_count == 0)
SEEN(sees_refresh, NET.refresh_ns == 0)
SEEN(default_refresh, NET.refresh_ns == 300 * NS_PER_S)
SEEN(sees_select, NET.select == SELECT_FIRST)
SEEN(default_select, NET.select == SELECT_ROUNDROBIN)
SEEN(sees_policy, NET.policy == POLICY_PREFER_IPV6)
SEEN(default_policy, NET.policy == POLICY_ANY)
SEEN(sees_fallback, NET.no_fallback)
SEEN(default_fallback, !NET.no_fallback)
SEEN(
    sees_resolve, NET.resolve_count == 2 && strcmp(NET.resolves[0].host, "h.test") == 0 && NET.resolves[0].port == 80 &&
                      NET.resolves[0].address_count == 2 && strcmp(NET.resolves[0].addresses[0], "127.0.0.1") == 0 &&
                      strcmp(NET.resolves[0].addresses[1], "::1") == 0 && NET.resolves[0].to_port == 8080 && NET.resolves[1].host == NULL &&
                      NET.resolves[1].port == 0 && NET.resolves[1].to_port == 0 && strcmp(NET.resolves[1].addresses[0], "fe80::1%1") == 0)
SEEN(default_resolve, NET.resolve_count == 0)
SEEN(
    sees_connect_to, NET.connect_to_count == 2 && strcmp(NET.connect_tos[0].host, "h.test") == 0 && NET.connect_tos[0].port == 80 &&
                         strcmp(NET.connect_tos[0].to_host, "::1") == 0 && NET.connect_tos[0].to_port == 8080 &&
                         NET.connect_tos[1].host == NULL && NET.connect_tos[1].port == 0 && NET.connect_tos[1].to_host == NULL &&
                         NET.connect_tos[1].to_port == 81)
SEEN(default_connect_to, NET.connect_to_count == 0)
SEEN(sees_name, strcmp(plan->name, "Checkout") == 0)
SEEN(default_name, strcmp(plan->name, "test") == 0)
SEEN(sees_description, strcmp(plan->description, "shop journey") == 0)
SEEN(default_description, plan->description == NULL)
SEEN(sees_label, is_tag(plan->labels, plan->label_count, "team", "web"))
SEEN(default_label, plan->label_count == 0)
SEEN(sees_base_url, strcmp(b->url, "http://base.test:81/x/b") == 0 && strcmp(b->target, "/x/b") == 0 && b->port == 81)
SEEN(sees_seed, plan->seed == 42)
SEEN(default_seed, plan->seed == 1)
SEEN(sees_threads, plan->threads == 7)
SEEN(default_threads, plan->threads == 1)
SEEN(sees_timeout, a->timeout_ns == 4 * NS_PER_S && b->timeout_ns == 4 * NS_PER_S)
SEEN(default_timeout, a->timeout_ns == 10 * NS_PER_S)
SEEN(sees_connect_timeout, a->connect_timeout_ns == 3 * NS_PER_S)
SEEN(default_connect_timeout, a->connect_timeout_ns == 10 * NS_PER_S)
SEEN(sees_first_byte_timeout, a->first_byte_timeout_ns == 2 * NS_PER_S)
SEEN(default_first_byte_timeout, a->first_byte_timeout_ns == 0)
SEEN(sees_idle_timeout, a->idle_timeout_ns == 5 * NS_PER_S)
SEEN(default_idle_timeout, a->idle_timeout_ns == 0)
SEEN(sees_connections, plan->shared_connections == 3 && plan->threads == 1)
SEEN(default_connections, plan->shared_connections == 0)
SEEN(sees_reuse, plan->reuse == REUSE_ITERATION)
SEEN(default_reuse, plan->reuse == REUSE_VU)
SEEN(sees_max_age, plan->connection_max_age_ns == 90 * NS_PER_S)
SEEN(default_max_age, plan->connection_max_age_ns == 0)
SEEN(sees_max_requests, plan->connection_max_requests == 1000)
SEEN(default_max_requests, plan->connection_max_requests == 0)
SEEN(sees_http_header, has_header(a, "Accept", "text/html; q=1 # x") && has_header(b, "Accept", "text/html; q=1 # x"))
SEEN(default_header, a->header_count == 0 && b->header_count == 0)
SEEN(sees_user_agent, strcmp(plan->user_agent, "mine/1 (x; y)") == 0)
SEEN(default_user_agent, strcmp(plan->user_agent, "onager/" PACKAGE_VERSION) == 0)
SEEN(sees_retry_stale, !a->retry_stale && !b->retry_stale)
SEEN(default_retry_stale, a->retry_stale && b->retry_stale)
SEEN(sees_redirects, a->redirects == 7 && b->redirects == 7)
SEEN(default_redirects, a->redirects == 0 && b->redirects == 0)
SEEN(sees_request_redirects, a->redirects == 3 && b->redirects == 0)
SEEN(sees_cookies, plan->cookies == COOKIES_KEEP)
SEEN(default_cookies, plan->cookies == COOKIES_OFF)
SEEN(sees_user, strcmp(a->user, "me:a:b c") == 0 && strcmp(b->user, "me:a:b c") == 0)
SEEN(sees_request_user, strcmp(a->user, "me:a:b c") == 0 && b->user == NULL)
SEEN(default_user, a->user == NULL && b->user == NULL)
SEEN(sees_bearer, strcmp(a->bearer, "t0k3n==") == 0 && strcmp(b->bearer, "t0k3n==") == 0)
SEEN(sees_request_bearer, strcmp(a->bearer, "t0k3n==") == 0 && b->bearer == NULL)
SEEN(default_bearer, a->bearer == NULL)
SEEN(sees_auth, a->auth == AUTH_NEGOTIATE && b->auth == AUTH_NEGOTIATE && b->transport == TRANSPORT_CURL)
SEEN(sees_request_auth, a->auth == AUTH_NEGOTIATE && b->auth == AUTH_BASIC && b->transport == TRANSPORT_HTTP1)
SEEN(default_auth, a->auth == AUTH_BASIC && a->transport == TRANSPORT_HTTP1)
SEEN(sees_transport, a->transport == TRANSPORT_CURL && b->transport == TRANSPORT_CURL && a->auth == AUTH_BASIC)
SEEN(sees_request_transport, a->transport == TRANSPORT_CURL && b->transport == TRANSPORT_HTTP1)
SEEN(sees_version, a->http3 && b->http3 && a->transport == TRANSPORT_CURL)
SEEN(sees_request_version, a->http3 && !b->http3 && b->transport == TRANSPORT_HTTP1)
SEEN(default_version, !a->http3)
SEEN(sees_decode, a->decode && b->decode)
SEEN(sees_request_decode, a->decode && !b->decode)
SEEN(default_decode, !a->decode && !b->decode)
SEEN(sees_max_decoded, a->max_decoded_bytes == 4096)
SEEN(default_max_decoded, a->max_decoded_bytes == 100 << 20)
SEEN(sees_retry, has_retry(a) && has_retry(b))
SEEN(sees_request_retry, has_retry(a) && b->retry.times == 0)
SEEN(default_retry, a->retry.times == 0 && a->retry.faults == 0)
SEEN(sees_expect, has_statuses(a, 204, 210, 404) && has_statuses(b, 204, 210, 404))
SEEN(default_expect, has_statuses(a, 200, 399, 0) && has_statuses(b, 200, 399, 0))
SEEN(sees_request_expect, has_statuses(a, 204, 210, 404) && has_statuses(b, 200, 399, 0))
SEEN(sees_max_head, plan->max_head_bytes == 32768)
SEEN(default_max_head, plan->max_head_bytes == 65536)
SEEN(sees_max_body, plan->max_body_bytes == 10000000)
SEEN(default_max_body, plan->max_body_bytes == 0)
SEEN(sees_insecure, plan->tls.insecure)
SEEN(default_insecure, !plan->tls.insecure)
SEEN(sees_ca_file, strcmp(plan->tls.ca_file, "test_plan_keys.pem") == 0)
SEEN(default_ca_file, plan->tls.ca_file == NULL)
SEEN(sees_ca_path, strcmp(plan->tls.ca_path, ".") == 0)
SEEN(default_ca_path, plan->tls.ca_path == NULL)
SEEN(sees_cert_file, strcmp(plan->tls.cert_file, "test_plan_keys.pem") == 0)
SEEN(default_cert_file, plan->tls.cert_file == NULL)
SEEN(sees_key_file, strcmp(plan->tls.key_file, "test_plan_keys.pem") == 0)
SEEN(default_key_file, plan->tls.key_file == NULL)
SEEN(sees_server_name, strcmp(plan->tls.server_name, "other.test") == 0)
SEEN(default_server_name, plan->tls.server_name == NULL)
SEEN(sees_tls_min, plan->tls.minimum == TLS_VERSION_1_3)
SEEN(default_tls_min, plan->tls.minimum == TLS_VERSION_ANY)
SEEN(sees_tls_max, plan->tls.maximum == TLS_VERSION_1_0)
SEEN(default_tls_max, plan->tls.maximum == TLS_VERSION_ANY)
SEEN(sees_tls_ciphers, strcmp(plan->tls.ciphers, "AES128-SHA:TLS_AES_128_GCM_SHA256") == 0)
SEEN(default_tls_ciphers, plan->tls.ciphers == NULL)
SEEN(sees_tls_resumption, !plan->tls.resumption)
SEEN(default_tls_resumption, plan->tls.resumption)
SEEN(sees_ktls, plan->tls.ktls)
SEEN(default_ktls, !plan->tls.ktls)
SEEN(sees_method, strcmp(a->method, "PURGE") == 0 && strcmp(b->method, "GET") == 0)
SEEN(default_method, strcmp(a->method, "GET") == 0)
SEEN(
    sees_url, strcmp(a->url, "http://a.test/p?q=1") == 0 && strcmp(a->host, "a.test") == 0 && a->port == 80 &&
                  strcmp(a->target, "/p?q=1") == 0 && strcmp(a->scheme, "http") == 0)
SEEN(sees_request_header, has_header(a, "X-One", "1") && a->header_count == 1 && b->header_count == 0)
SEEN(sees_body, a->body_length == 6 && memcmp(a->body, "hello!", 6) == 0 && strcmp(a->method, "POST") == 0 && a->header_count == 0)
SEEN(default_body, a->body == NULL && a->body_length == 0)
SEEN(sees_body_file, a->body_length == 5 && memcmp(a->body, "a\0b\r\n", 5) == 0 && strcmp(a->method, "POST") == 0)
SEEN(sees_json, strcmp(a->body, "{\"a\":1}") == 0 && has_header(a, "Content-Type", "application/json") && strcmp(a->method, "POST") == 0)
SEEN(sees_request_timeout, a->timeout_ns == 2 * NS_PER_S && a->connect_timeout_ns == 2 * NS_PER_S && b->timeout_ns == 10 * NS_PER_S)
SEEN(sees_executor, s->executor == EXECUTOR_SHARED_ITERATIONS)
SEEN(sees_vus, s->vus == 12)
SEEN(default_vus, s->vus == 1)
SEEN(sees_duration, s->duration_ns == 9 * NS_PER_S)
SEEN(sees_iterations, s->iterations == 1500)
SEEN(default_iterations, s->iterations == 1)
SEEN(sees_max_duration, s->max_duration_ns == 60 * NS_PER_S)
SEEN(default_max_duration, s->max_duration_ns == 600 * NS_PER_S)
SEEN(sees_rate, s->rate.count == 300 && s->rate.per_ns == 60 * NS_PER_S)
SEEN(sees_time_unit, s->rate.count == 300 && s->rate.per_ns == 120 * NS_PER_S)
SEEN(sees_arrivals, s->arrivals == ARRIVALS_BURST && s->burst == 10 && s->rate.count == 10 && s->rate.per_ns == 2 * NS_PER_S)
SEEN(sees_on_stall, s->on_stall == ON_STALL_CATCH_UP)
SEEN(default_on_stall, s->on_stall == ON_STALL_DEFAULT)
SEEN(
    sees_ramp, s->stage_count == 2 && s->stages[0].duration_ns == 2 * NS_PER_S && s->stages[0].from == 0 && s->stages[0].to == 1 &&
                   s->stages[1].duration_ns == 5 * NS_PER_S && s->stages[1].from == 1 && s->stages[1].to == 1)
SEEN(default_ramp, s->stage_count == 0)
SEEN(sees_start_vus, s->stages[0].from == 3)
SEEN(default_start_vus, s->stages[0].from == 1)
SEEN(sees_start_rate, s->stages[0].from == 40 && s->rate.per_ns == NS_PER_S)
SEEN(default_start_rate, s->stages[0].from == 0)
SEEN(
    sees_stages, s->stage_count == 2 && s->duration_ns == 90 * NS_PER_S && s->vus == 50 && s->stages[0].to == 50 &&
                     s->stages[1].from == 50 && s->stages[1].to == 0 && s->stages[1].duration_ns == 60 * NS_PER_S)
SEEN(sees_graceful_ramp_down, s->graceful_ramp_down_ns == 4 * NS_PER_S)
SEEN(default_graceful_ramp_down, s->graceful_ramp_down_ns == 30 * NS_PER_S)
SEEN(sees_pre_allocated_vus, s->pre_allocated_vus == 20 && s->max_vus == 20)
SEEN(default_pre_allocated_vus, s->pre_allocated_vus == 0)
SEEN(sees_max_vus, s->max_vus == 99)
SEEN(default_max_vus, s->max_vus == 80)
SEEN(sees_when_busy, s->when_busy == WHEN_BUSY_WAIT && s->max_waiting == 800)
SEEN(default_when_busy, s->when_busy == WHEN_BUSY_DROP)
SEEN(
    sees_chaos, s->chaos != NULL && s->chaos->spike_ppm == 3000000 && s->chaos->spikes_per_hour_ppm == 36000000 &&
                    s->chaos->min_interval_ns == 60 * NS_PER_S && s->chaos->max_interval_ns == 300 * NS_PER_S &&
                    s->chaos->noise == CHAOS_NOISE_SPRING && s->chaos->noise_ppm == 150000 && s->chaos->rise_ns == 5 * NS_PER_S &&
                    s->chaos->hold_ns == 0 && s->chaos->fall_ns == 10 * NS_PER_S && s->chaos->apply == CHAOS_APPLY_VUS)
SEEN(default_chaos, s->chaos == NULL)
SEEN(
    sees_spike_factor, s->chaos != NULL && s->chaos->spike_ppm == 2500000 && s->chaos->spikes_per_hour_ppm == 10800000 &&
                           s->chaos->noise_ppm == 50000 && s->chaos->min_interval_ns == 180 * NS_PER_S)
SEEN(
    sees_spikes_per_hour, s->chaos != NULL && s->chaos->spike_ppm == 2000000 && s->chaos->spikes_per_hour_ppm == 7500000 &&
                              s->chaos->min_interval_ns == 0 && s->chaos->max_interval_ns == UINT64_MAX)
SEEN(sees_min_interval, s->chaos->min_interval_ns == 7 * NS_PER_S && s->chaos->max_interval_ns == 480 * NS_PER_S)
SEEN(sees_max_interval, s->chaos->min_interval_ns == 120 * NS_PER_S && s->chaos->max_interval_ns == 240 * NS_PER_S)
SEEN(sees_rise, s->chaos->rise_ns == 0)
SEEN(sees_hold, s->chaos->hold_ns == 3 * NS_PER_S)
SEEN(sees_fall, s->chaos->fall_ns == 1500 * NS_PER_MS)
SEEN(sees_noise, s->chaos->noise == CHAOS_NOISE_PERLIN && s->chaos->noise_ppm == 75000 && s->chaos->spikes_per_hour_ppm == 0)
SEEN(
    sees_hours, s->chaos->hours_count == 2 && s->chaos->hours[0].hours == 0x01fe00 && s->chaos->hours[0].factor_ppm == 1500000 &&
                    s->chaos->hours[0].priority == 0 && s->chaos->hours[1].hours == 0xc0001f && s->chaos->hours[1].factor_ppm == 300000 &&
                    s->chaos->hours[1].priority == 5)
SEEN(sees_apply, s->chaos->apply == CHAOS_APPLY_THINK && s->chaos->spike_ppm == 1500000)
SEEN(sees_max_waiting, s->max_waiting == 33)
SEEN(sees_start_time, s->start_time_ns == 30 * NS_PER_S)
SEEN(default_start_time, s->start_time_ns == 0)
SEEN(sees_graceful_stop, s->graceful_stop_ns == 0 && s->graceful_stop_set)
SEEN(default_graceful_stop, s->graceful_stop_ns == 30 * NS_PER_S && !s->graceful_stop_set)
SEEN(sees_mix, s->mix_count == 2 && s->mix[0].request == 1 && s->mix[0].weight == 3 && s->mix[1].request == 0 && s->mix[1].weight == 1)
SEEN(sees_request, s->mix_count == 1 && s->mix[0].request == 1 && s->mix[0].weight == 1)
SEEN(sees_tag, is_tag(s->tags, s->tag_count, "team", "web"))
SEEN(default_tag, s->tag_count == 0)
SEEN(sees_env, is_tag(s->env, s->env_count, "REGION", "eu west"))
SEEN(default_env, s->env_count == 0)
SEEN(
    sees_threshold, plan->threshold_count == 1 && strcmp(plan->thresholds[0].metric, "http_req_duration") == 0 &&
                        is_tag(plan->thresholds[0].filter, plan->thresholds[0].filter_count, "request", "b") &&
                        plan->thresholds[0].limit == 500)
SEEN(default_threshold, plan->threshold_count == 0)
SEEN(sees_output, plan->output_count == 1 && strcmp(plan->outputs[0].kind, "json") == 0 && strcmp(plan->outputs[0].path, "r/x.json") == 0)
#include "plan_keys_safety.h"

static const struct key_case cases[] = {
    { KEY_VARIABLE, "order = n-${uuid}", NULL, sees_variable, default_variable },
    { KEY_SECRET, "KEY = file my token.txt", NULL, sees_secret, default_secret },
    { KEY_DATA_FILE, "file = test_plan_keys.csv", NULL, sees_data_file, default_data },
    { KEY_DATA_FORMAT, "format = jsonl", NULL, sees_data_format, default_data },
    { KEY_DATA_MODE, "mode = per-vu", NULL, sees_data_mode, default_data },
    { KEY_DATA_DELIMITER, "delimiter = ;", NULL, sees_data_delimiter, default_data },
    { KEY_DATA_COLUMNS, "columns = name, pass word", NULL, sees_data_columns, default_data },
    { KEY_REQUEST_QUERY, "query.q = a b&c", NULL, sees_query, NULL },
    { KEY_REQUEST_FORM, "form.q = a b&c", NULL, sees_form, default_body },
    { KEY_REQUEST_MULTIPART, "multipart.q = a b&c", NULL, sees_multipart, default_body },
    { KEY_REQUEST_COMPRESS, "body = x\ncompress = gzip", NULL, sees_compress, NULL },
    { KEY_REQUEST_EXTRACT, "extract.token = json $.token default none", NULL, sees_extract, NULL },
    { KEY_REQUEST_CHECK, "check.quick = duration < 300ms", NULL, sees_check, default_check },
    { KEY_REQUEST_STOP_ON_FAIL, "check.status = 2xx\ncheck.size = > 1\nstop_on_fail = status", NULL, sees_stop_on_fail, default_check },
    { KEY_REQUEST_MEASURE, "metric.items = trend json $.items.length", NULL, sees_measure, NULL },
    { KEY_FLOW_STEP, "step = request a\nstep = think 1s..2s", NULL, sees_flow_step, default_flow },
    { KEY_SETUP_STEP, "step = request b", NULL, sees_setup_step, default_setup },
    { KEY_SETUP_TIMEOUT, "step = request b\ntimeout = 5s", NULL, sees_setup_timeout, default_setup },
    { KEY_TEARDOWN_STEP, "step = request b", NULL, sees_teardown_step, default_teardown },
    { KEY_TEARDOWN_TIMEOUT, "step = request b\ntimeout = 5s", NULL, sees_teardown_timeout, default_teardown },
    { KEY_SCENARIO_FLOW, "flow = f\n[flow f]\nstep = request a; group g { request b }", "executor = constant-vus\nduration = 7s\n",
      sees_flow, NULL },
    { KEY_HOOK_START, "start = ./go.sh ${HOME}; true", NULL, sees_hook_start, default_hooks },
    { KEY_HOOK_END, "end = ./notify.sh", NULL, sees_hook_end, default_hooks },
    { KEY_HOOK_FAILED, "failed = ./call.sh", NULL, sees_hook_failed, default_hooks },
    { KEY_PLAN_NAME, "name = Checkout", NULL, sees_name, default_name },
    { KEY_PLAN_DESCRIPTION, "description = shop journey", NULL, sees_description, default_description },
    { KEY_PLAN_LABEL, "label.team = web", NULL, sees_label, default_label },
    { KEY_PLAN_BASE_URL, "base_url = http://base.test:81/x/", NULL, sees_base_url, NULL },
    { KEY_PLAN_SEED, "seed = 42", NULL, sees_seed, default_seed },
    { KEY_PLAN_THREADS, "threads = 7", NULL, sees_threads, default_threads },
    { KEY_HTTP_TIMEOUT, "timeout = 4s", NULL, sees_timeout, default_timeout },
    { KEY_HTTP_CONNECT_TIMEOUT, "connect_timeout = 3s", NULL, sees_connect_timeout, default_connect_timeout },
    { KEY_HTTP_FIRST_BYTE_TIMEOUT, "first_byte_timeout = 2s", NULL, sees_first_byte_timeout, default_first_byte_timeout },
    { KEY_HTTP_IDLE_TIMEOUT, "idle_timeout = 5s", NULL, sees_idle_timeout, default_idle_timeout },
    { KEY_HTTP_CONNECTIONS, "connections = shared:3", NULL, sees_connections, default_connections },
    { KEY_HTTP_REUSE, "reuse = iteration", NULL, sees_reuse, default_reuse },
    { KEY_HTTP_MAX_AGE, "max_age = 90s", NULL, sees_max_age, default_max_age },
    { KEY_HTTP_MAX_REQUESTS, "max_requests = 1k", NULL, sees_max_requests, default_max_requests },
    { KEY_HTTP_HEADER, "header.Accept = text/html; q=1 # x", NULL, sees_http_header, default_header },
    { KEY_HTTP_USER_AGENT, "user_agent = mine/1 (x; y)", NULL, sees_user_agent, default_user_agent },
    { KEY_HTTP_RETRY_STALE, "retry_stale = no", NULL, sees_retry_stale, default_retry_stale },
    { KEY_HTTP_REDIRECTS, "redirects = 7", NULL, sees_redirects, default_redirects },
    { KEY_HTTP_COOKIES, "cookies = keep", NULL, sees_cookies, default_cookies },
    { KEY_HTTP_USER, "user = me:a:b c", NULL, sees_user, default_user },
    { KEY_HTTP_BEARER, "bearer = t0k3n==", NULL, sees_bearer, default_bearer },
    { KEY_HTTP_AUTH, "auth = negotiate", NULL, sees_auth, default_auth },
    { KEY_HTTP_TRANSPORT, "transport = curl", NULL, sees_transport, default_auth },
    { KEY_HTTP_VERSION, "http_version = 3", NULL, sees_version, default_version },
    { KEY_HTTP_DECODE, "decode = yes", NULL, sees_decode, default_decode },
    { KEY_HTTP_MAX_DECODED, "max_decoded = 4KiB", NULL, sees_max_decoded, default_max_decoded },
    { KEY_HTTP_RETRY, "retry = 2 on connect, reset, 503 backoff 100ms..2s", NULL, sees_retry, default_retry },
    { KEY_HTTP_EXPECT, "expect = 404, 204-210", NULL, sees_expect, default_expect },
    { KEY_HTTP_MAX_HEAD, "max_head = 32KiB", NULL, sees_max_head, default_max_head },
    { KEY_HTTP_MAX_BODY, "max_body = 10MB", NULL, sees_max_body, default_max_body },
    { KEY_HTTP_INSECURE, "insecure = yes", NULL, sees_insecure, default_insecure },
    { KEY_HTTP_CA_FILE, "ca_file = test_plan_keys.pem", NULL, sees_ca_file, default_ca_file },
    { KEY_HTTP_CA_PATH, "ca_path = .", NULL, sees_ca_path, default_ca_path },
    { KEY_HTTP_CERT_FILE, "cert_file = test_plan_keys.pem", NULL, sees_cert_file, default_cert_file },
    { KEY_HTTP_KEY_FILE, "cert_file = test_plan_keys.pem\nkey_file = test_plan_keys.pem", NULL, sees_key_file, default_key_file },
    { KEY_HTTP_SERVER_NAME, "server_name = other.test", NULL, sees_server_name, default_server_name },
    { KEY_HTTP_TLS_MIN, "tls_min = 1.3", NULL, sees_tls_min, default_tls_min },
    { KEY_HTTP_TLS_MAX, "tls_max = 1.0", NULL, sees_tls_max, default_tls_max },
    { KEY_HTTP_TLS_CIPHERS, "tls_ciphers = AES128-SHA:TLS_AES_128_GCM_SHA256", NULL, sees_tls_ciphers, default_tls_ciphers },
    { KEY_HTTP_TLS_RESUMPTION, "tls_resumption = no", NULL, sees_tls_resumption, default_tls_resumption },
    { KEY_HTTP_KTLS, "ktls = yes", NULL, sees_ktls, default_ktls },
    { KEY_HTTP_SOURCE, "source = 127.0.0.2 , eth0", NULL, sees_source, default_source },
    { KEY_HTTP_UNIX_SOCKET, "unix_socket = /run/a.sock", NULL, sees_unix_socket, default_unix_socket },
    { KEY_HTTP_PROXY, "proxy = me:a%3Ab%40c@[::1]:8888/", NULL, sees_proxy, default_proxy },
    { KEY_HTTP_NO_PROXY, "no_proxy = .local, 10.0.0.1", NULL, sees_no_proxy, default_no_proxy },
    { KEY_DNS_REFRESH, "refresh = 0", NULL, sees_refresh, default_refresh },
    { KEY_DNS_SELECT, "select = first", NULL, sees_select, default_select },
    { KEY_DNS_POLICY, "policy = prefer-ipv6", NULL, sees_policy, default_policy },
    { KEY_DNS_FALLBACK, "fallback = no", NULL, sees_fallback, default_fallback },
    { KEY_DNS_RESOLVE, "resolve.h.test:80 = 127.0.0.1:8080, [::1]:8080\nresolve.* = fe80::1%1", NULL, sees_resolve, default_resolve },
    { KEY_DNS_CONNECT_TO, "connect_to = h.test:80:[::1]:8080, :::81", NULL, sees_connect_to, default_connect_to },
    { KEY_REQUEST_METHOD, "method = PURGE", NULL, sees_method, default_method },
    { KEY_REQUEST_URL, "url = http://a.test/p?q=1", NULL, sees_url, NULL },
    { KEY_REQUEST_HEADER, "header.X-One = 1", NULL, sees_request_header, default_header },
    { KEY_REQUEST_BODY, "body = hello!", NULL, sees_body, default_body },
    { KEY_REQUEST_BODY_FILE, "body_file = test_plan_keys.body", NULL, sees_body_file, default_body },
    { KEY_REQUEST_JSON, "json = {\"a\":1}", NULL, sees_json, default_body },
    { KEY_REQUEST_TIMEOUT, "timeout = 2s", NULL, sees_request_timeout, default_timeout },
    { KEY_REQUEST_REDIRECTS, "redirects = 3", NULL, sees_request_redirects, default_redirects },
    { KEY_REQUEST_USER, "user = me:a:b c", NULL, sees_request_user, default_user },
    { KEY_REQUEST_BEARER, "bearer = t0k3n==", NULL, sees_request_bearer, default_bearer },
    { KEY_REQUEST_AUTH, "auth = negotiate", NULL, sees_request_auth, default_auth },
    { KEY_REQUEST_TRANSPORT, "transport = curl", NULL, sees_request_transport, default_auth },
    { KEY_REQUEST_VERSION, "http_version = 3", NULL, sees_request_version, default_version },
    { KEY_REQUEST_DECODE, "decode = yes", NULL, sees_request_decode, default_decode },
    { KEY_REQUEST_RETRY, "retry = 2 on 503,connect , reset backoff 100ms..2s", NULL, sees_request_retry, default_retry },
    { KEY_REQUEST_EXPECT, "expect = 404,204 - 210", NULL, sees_request_expect, default_expect },
    { KEY_SCENARIO_EXECUTOR, "executor = shared-iterations", "request = a\n", sees_executor, NULL },
    { KEY_SCENARIO_VUS, "vus = 12", closed, sees_vus, default_vus },
    { KEY_SCENARIO_DURATION, "duration = 9s", "executor = constant-vus\nrequest = a\n", sees_duration, NULL },
    { KEY_SCENARIO_ITERATIONS, "iterations = 1_500", shared, sees_iterations, default_iterations },
    { KEY_SCENARIO_MAX_DURATION, "max_duration = 1m", shared, sees_max_duration, default_max_duration },
    { KEY_SCENARIO_RATE, "rate = 300/m", "executor = constant-arrival-rate\nduration = 7s\nrequest = a\n", sees_rate, NULL },
    { KEY_SCENARIO_TIME_UNIT, "rate = 300\ntime_unit = 2m", "executor = constant-arrival-rate\nduration = 7s\nrequest = a\n",
      sees_time_unit, NULL },
    { KEY_SCENARIO_ARRIVALS, "arrivals = burst 10 every 2s", "executor = constant-arrival-rate\nduration = 7s\nrequest = a\n",
      sees_arrivals, NULL },
    { KEY_SCENARIO_ON_STALL, "on_stall = catch-up", open_model, sees_on_stall, default_on_stall },
    { KEY_SCENARIO_RAMP, "ramp = 2s", closed, sees_ramp, default_ramp },
    { KEY_SCENARIO_START_VUS, "start_vus = 3", ramping_vus, sees_start_vus, default_start_vus },
    { KEY_SCENARIO_START_RATE, "start_rate = 40/s", ramping_rate, sees_start_rate, default_start_rate },
    { KEY_SCENARIO_STAGES, "stages = 30s:50, 1m:0", "executor = ramping-vus\nrequest = a\n", sees_stages, NULL },
    { KEY_SCENARIO_GRACEFUL_RAMP_DOWN, "graceful_ramp_down = 4s", ramping_vus, sees_graceful_ramp_down, default_graceful_ramp_down },
    { KEY_SCENARIO_PRE_ALLOCATED_VUS, "pre_allocated_vus = 20", open_model, sees_pre_allocated_vus, default_pre_allocated_vus },
    { KEY_SCENARIO_MAX_VUS, "max_vus = 99", open_model, sees_max_vus, default_max_vus },
    { KEY_SCENARIO_WHEN_BUSY, "when_busy = wait", open_model, sees_when_busy, default_when_busy },
    { KEY_SCENARIO_CHAOS, "chaos = aggressive", open_model, sees_chaos, default_chaos },
    { KEY_SCENARIO_CHAOS_SPIKE_FACTOR, "chaos = gentle\nchaos.spike_factor = 2.5", open_model, sees_spike_factor, default_chaos },
    { KEY_SCENARIO_CHAOS_SPIKES_PER_HOUR, "chaos = moderate\nchaos.spikes_per_hour = 7.5", closed, sees_spikes_per_hour, default_chaos },
    { KEY_SCENARIO_CHAOS_MIN_INTERVAL, "chaos = moderate\nchaos.min_interval = 7s", closed, sees_min_interval, default_chaos },
    { KEY_SCENARIO_CHAOS_MAX_INTERVAL, "chaos = moderate\nchaos.max_interval = 4m", closed, sees_max_interval, default_chaos },
    { KEY_SCENARIO_CHAOS_RISE, "chaos = moderate\nchaos.rise = 0", closed, sees_rise, default_chaos },
    { KEY_SCENARIO_CHAOS_HOLD, "chaos = moderate\nchaos.hold = 3s", closed, sees_hold, default_chaos },
    { KEY_SCENARIO_CHAOS_FALL, "chaos = moderate\nchaos.fall = 1.5s", closed, sees_fall, default_chaos },
    { KEY_SCENARIO_CHAOS_NOISE, "chaos.noise = perlin 7.5%", closed, sees_noise, default_chaos },
    { KEY_SCENARIO_CHAOS_SCHEDULE, "chaos.schedule = 9-17 x1.5; 22-5 x0.3 priority 5;", closed, sees_hours, default_chaos },
    { KEY_SCENARIO_CHAOS_APPLY, "chaos = gentle\nchaos.apply = think\nflow = f\n[flow f]\nstep = request a; think 1s",
      "executor = constant-vus\nduration = 7s\n", sees_apply, NULL },
    { KEY_SCENARIO_MAX_WAITING, "when_busy = wait\nmax_waiting = 33", open_model, sees_max_waiting, NULL },
    { KEY_SCENARIO_START_TIME, "start_time = 30s", closed, sees_start_time, default_start_time },
    { KEY_SCENARIO_GRACEFUL_STOP, "graceful_stop = 0", closed, sees_graceful_stop, default_graceful_stop },
    { KEY_SCENARIO_MIX, "mix = b:3, a", "executor = constant-vus\nduration = 7s\n", sees_mix, NULL },
    { KEY_SCENARIO_REQUEST, "request = b", "executor = constant-vus\nduration = 7s\n", sees_request, NULL },
    { KEY_SCENARIO_TAG, "tags.team = web", closed, sees_tag, default_tag },
    { KEY_SCENARIO_ENV, "env.REGION = eu west", closed, sees_env, default_env },
    { KEY_THRESHOLD, "http_req_duration{request:b} = p(95)<500", NULL, sees_threshold, default_threshold },
    { KEY_OUTPUT_PATH, "path = r/x.json", NULL, sees_output, NULL },
    { KEY_SAFETY_MAX_RATE, "max_rate = 90/s", NULL, sees_max_rate, default_max_rate },
    { KEY_SAFETY_MAX_IN_FLIGHT, "max_in_flight = 12", NULL, sees_max_in_flight, default_max_in_flight },
    { KEY_SAFETY_ABORT_IF, "abort_if = http_req_failed rate>0.5 for 10s", NULL, sees_abort_if, default_abort_if },
    { KEY_SAFETY_BREAKER, "breaker = http_req_failed rate>0.3 for 5s resume 7s webhook http://127.0.0.1:9000/", NULL, sees_breaker,
      default_breaker },
};

static const struct key_case *find_case(enum plan_key_id key)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (cases[i].key == key)
            return &cases[i];
    fail_msg("no case for the key \"%s\"", key_info(key)->name);
    return NULL;
}

/* The plan of a case, with its line or without. */
static struct plan *plan_of(const struct key_case *item, bool with_line)
{
    enum section_kind section = key_info(item->key)->section;
    const char *scheme = item->key == KEY_HTTP_VERSION || item->key == KEY_REQUEST_VERSION ? "https" : "http";
    static const enum section_kind own[] = { SECTION_VARIABLES, SECTION_SECRETS, SECTION_DATA,  SECTION_FLOW,  SECTION_SETUP,
                                             SECTION_TEARDOWN,  SECTION_OUTPUT,  SECTION_HOOKS, SECTION_SAFETY };
    const char *in[SECTION_COUNT];
    struct plan *plan;
    struct buf text;

    for (int i = 0; i < SECTION_COUNT; i++)
        in[i] = with_line && (enum section_kind)i == section ? item->line : "";
    buf_init(&text);
    buf_addf(&text, "[plan]\n%s\n[http]\n%s\n[dns]\n%s\n", in[SECTION_PLAN], in[SECTION_HTTP], in[SECTION_DNS]);
    buf_add_text(&text, "[request a]\n");
    if (item->key != KEY_REQUEST_URL)
        buf_addf(&text, "url = %s://h.test/\n", scheme);
    buf_addf(&text, "%s\n[request b]\n", in[SECTION_REQUEST]);
    if (item->key == KEY_PLAN_BASE_URL)
        buf_add_text(&text, "url = /b\n");
    else
        buf_addf(&text, "url = %s://h.test/b\n", scheme);
    buf_addf(&text, "[scenario s]\n%s%s\n", item->scenario != NULL ? item->scenario : closed, in[SECTION_SCENARIO]);
    buf_addf(&text, "[thresholds]\n%s\n", in[SECTION_THRESHOLDS]);
    for (size_t i = 0; i < COUNT_OF(own) && with_line; i++)
        if (own[i] == section)
            buf_addf(
                &text, "[%s%s]\n%s%s\n", section_info(section)->name, section_info(section)->is_named ? " json" : "",
                section == SECTION_DATA && item->key != KEY_DATA_FILE ? "file = test_plan_keys.csv\n" : "", item->line);
    plan = good_plan(text.data, NULL);
    buf_release(&text);
    return plan;
}

static void every_key_of_the_table_reaches_the_plan(void **state)
{
    FILE *body = fopen("test_plan_keys.body", "w");

    (void)state;
    assert_non_null(body);
    assert_int_equal(fwrite("a\0b\r\n", 1, 5, body), 5);
    fclose(body);
    body = fopen("test_plan_keys.csv", "w");
    assert_non_null(body);
    assert_true(fputs("name,pass\n", body) >= 0);
    fclose(body);
    certificate_write("test_plan_keys.pem", "test_plan_keys.pem");
    for (int key = 0; key < KEY_COUNT; key++) {
        const struct key_case *item = find_case((enum plan_key_id)key);
        struct plan *plan = plan_of(item, true);

        if (!item->is_seen(plan))
            fail_msg("%s is not seen in the plan", item->line);
        plan_free(plan);
    }
    remove("test_plan_keys.body");
    remove("test_plan_keys.pem");
    remove("test_plan_keys.csv");
}

static void every_default_holds_without_its_key(void **state)
{
    (void)state;
    for (int key = 0; key < KEY_COUNT; key++) {
        const struct key_case *item = find_case((enum plan_key_id)key);
        struct plan *plan;

        if (item->is_default == NULL)
            continue;
        plan = plan_of(item, false);
        if (!item->is_default(plan))
            fail_msg("%s has not its default", key_info((enum plan_key_id)key)->name);
        plan_free(plan);
    }
}

static void keys_are_found_in_their_sections_and_in_k6_s_spelling(void **state)
{
    static const char *const spellings[][2] = {
        { "startTime", "start_time" },
        { "gracefulStop", "graceful_stop" },
        { "maxDuration", "max_duration" },
        { "preAllocatedVUs", "pre_allocated_vus" },
        { "maxVUs", "max_vus" },
        { "timeUnit", "time_unit" },
        { "startVUs", "start_vus" },
        { "startRate", "start_rate" },
        { "gracefulRampDown", "graceful_ramp_down" },
    };
    const char *name;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(spellings); i++)
        assert_string_equal(key_info((enum plan_key_id)key_find(SECTION_SCENARIO, spellings[i][0], &name))->name, spellings[i][1]);
    assert_int_equal(key_find(SECTION_SCENARIO, "Rate", &name), -1);
    assert_int_equal(key_find(SECTION_PLAN, "rate", &name), -1);
    assert_int_equal(key_find(SECTION_HTTP, "header.", &name), -1);
    assert_int_equal(key_find(SECTION_HTTP, "header", &name), -1);
    assert_int_equal(key_find(SECTION_HTTP, "header.X-A", &name), KEY_HTTP_HEADER);
    assert_string_equal(name, "X-A");
    assert_string_equal(key_nearest(SECTION_HTTP, "headers.X-A"), "header.");
    assert_string_equal(key_nearest(SECTION_SCENARIO, "tag.team"), "tags.");
    assert_string_equal(key_nearest(SECTION_SCENARIO, "maxVus"), "max_vus");
    assert_string_equal(key_nearest(SECTION_SCENARIO, "stagse"), "stages");
}

static void every_key_has_a_help_of_one_line(void **state)
{
    (void)state;
    for (int key = 0; key < KEY_COUNT; key++) {
        const struct plan_key *info = key_info((enum plan_key_id)key);

        assert_true(strlen(info->help) > 10 && strchr(info->help, '\n') == NULL);
        assert_true(strlen(value_expected(info->type)) > 0);
        assert_int_equal(section_find(section_info(info->section)->name), info->section);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_the_table_reaches_the_plan),
        cmocka_unit_test(every_default_holds_without_its_key),
        cmocka_unit_test(keys_are_found_in_their_sections_and_in_k6_s_spelling),
        cmocka_unit_test(every_key_has_a_help_of_one_line),
    };
    return cmocka_run_group_tests_name("plan_keys", tests, NULL, NULL);
}
