/* The vocabulary of plan files: sections and keys (plan_keys.def). Static data; any thread. */
#ifndef ONAGER_KEYS_H
#define ONAGER_KEYS_H

#include <stdbool.h>

enum section_kind {
    SECTION_PLAN,
    SECTION_HTTP,
    SECTION_DNS,
    SECTION_VARIABLES,
    SECTION_SECRETS,
    SECTION_DATA,
    SECTION_REQUEST,
    SECTION_FLOW,
    SECTION_SETUP,
    SECTION_TEARDOWN,
    SECTION_SCENARIO,
    SECTION_THRESHOLDS,
    SECTION_OUTPUT,
    SECTION_HOOKS,
    SECTION_SAFETY,
    SECTION_COUNT
};

/* VALUE_TYPE(id, what a message says was expected) */
#define VALUE_TYPES                                                                                                                        \
    VALUE_TYPE(TEXT, "a text")                                                                                                             \
    VALUE_TYPE(HEADER, "one line of text without control characters")                                                                      \
    VALUE_TYPE(DURATION, "a duration such as 30s")                                                                                         \
    VALUE_TYPE(DURATION_OR_OFF, "a duration such as 30s, or 0")                                                                            \
    VALUE_TYPE(COUNT, "a whole number such as 1000")                                                                                       \
    VALUE_TYPE(COUNT_OR_OFF, "a whole number such as 1000, or 0")                                                                          \
    VALUE_TYPE(CONNECTIONS, "per-vu, or shared:N with N from 1 to 1,000,000")                                                              \
    VALUE_TYPE(REUSE, "vu, iteration or none")                                                                                             \
    VALUE_TYPE(SEED, "a whole number such as 42")                                                                                          \
    VALUE_TYPE(THREADS, "a number of threads from 1 to 256")                                                                               \
    VALUE_TYPE(VUS, "a number of VUs from 1 to 1,000,000")                                                                                 \
    VALUE_TYPE(VUS_OR_NONE, "a number of VUs from 0 to 1,000,000")                                                                         \
    VALUE_TYPE(RATE, "a number and a unit such as 50/s")                                                                                   \
    VALUE_TYPE(BYTES, "a size such as 64KiB")                                                                                              \
    VALUE_TYPE(BYTES_OR_OFF, "a size such as 10MB, or 0")                                                                                  \
    VALUE_TYPE(FLAG, "yes or no")                                                                                                          \
    VALUE_TYPE(REDIRECTS, "a number of redirects from 0 to 100")                                                                           \
    VALUE_TYPE(COOKIES, "off, iteration or keep")                                                                                          \
    VALUE_TYPE(CREDENTIALS, "NAME:PASSWORD without control characters")                                                                    \
    VALUE_TYPE(TOKEN, "a token without spaces")                                                                                            \
    VALUE_TYPE(AUTH, "basic, digest, ntlm or negotiate")                                                                                   \
    VALUE_TYPE(TRANSPORT, "auto, http1 or curl")                                                                                           \
    VALUE_TYPE(HTTP_VERSION, "1.1 or 3")                                                                                                   \
    VALUE_TYPE(RETRY, "a count and reasons such as 2 on connect, 503 backoff 100ms..2s")                                                   \
    VALUE_TYPE(STATUSES, "statuses such as 200-399, 404")                                                                                  \
    VALUE_TYPE(DNS_SELECT, "roundrobin, random or first")                                                                                  \
    VALUE_TYPE(DNS_POLICY, "any, prefer-ipv4, prefer-ipv6, only-ipv4 or only-ipv6")                                                        \
    VALUE_TYPE(ADDRESSES, "addresses such as 127.0.0.1, 127.0.0.2 or [::1]:8080, up to 64, all with one port or none")                     \
    VALUE_TYPE(CONNECT_TO, "HOST:PORT:HOST:PORT, parts of which may be empty")                                                             \
    VALUE_TYPE(SOURCES, "addresses of this machine or interfaces such as 10.0.0.2, eth1")                                                  \
    VALUE_TYPE(HOSTS, "hosts such as internal.test, .local or *")                                                                          \
    VALUE_TYPE(                                                                                                                            \
        PROXY, "http://HOST:PORT, socks5://, socks5h://, socks4://, socks4a:// or https://, with NAME:PASSWORD@ before the host where it " \
               "wants that")                                                                                                               \
    VALUE_TYPE(TLS_VERSION, "1.0, 1.1, 1.2 or 1.3")                                                                                        \
    VALUE_TYPE(METHOD, "a method such as GET")                                                                                             \
    VALUE_TYPE(RATE_OR_NONE, "a number and a unit such as 50/s, or 0")                                                                     \
    VALUE_TYPE(STAGES, "durations and targets such as 30s:50, 2m:50, 30s:0")                                                               \
    VALUE_TYPE(EXECUTOR, "constant-vus, ramping-vus, shared-iterations, per-vu-iterations, constant-arrival-rate or ramping-arrival-rate") \
    VALUE_TYPE(CHAOS, "none, gentle, moderate or aggressive")                                                                              \
    VALUE_TYPE(SPIKE_FACTOR, "a number from 1 to 1000 such as 2.5")                                                                        \
    VALUE_TYPE(SPIKES_PER_HOUR, "a number from 0 to 36000 such as 12")                                                                     \
    VALUE_TYPE(NOISE, "none, spring N% or perlin N%, such as perlin 10%")                                                                  \
    VALUE_TYPE(CHAOS_APPLY, "vus or think")                                                                                                \
    VALUE_TYPE(SECRET, "env NAME, file PATH or command LINE")                                                                              \
    VALUE_TYPE(DATA_FORMAT, "csv, json or jsonl")                                                                                          \
    VALUE_TYPE(DATA_MODE, "sequential, random, shuffle, unique or per-vu")                                                                 \
    VALUE_TYPE(DELIMITER, "one character, or tab")                                                                                         \
    VALUE_TYPE(CODING, "gzip, deflate, br or zstd")                                                                                        \
    VALUE_TYPE(EXTRACT, "json PATH, header NAME, regex PATTERN, cookie NAME or form FIELD")                                                \
    VALUE_TYPE(CHECK, "a question such as status 200, or duration < 300ms")                                                                \
    VALUE_TYPE(MEASURE, "trend, counter, gauge or rate and where from, such as trend json $.items.length")                                 \
    VALUE_TYPE(STEP, "a step such as request NAME or think 1s..3s")                                                                        \
    VALUE_TYPE(ARRIVALS, "even, poisson, or burst N every D such as burst 10 every 1s")                                                    \
    VALUE_TYPE(ON_STALL, "skip or catch-up")                                                                                               \
    VALUE_TYPE(RULE, "a metric, a limit and a time such as http_req_failed rate>0.5 for 10s")                                              \
    VALUE_TYPE(WHEN_BUSY, "drop or wait")

enum value_type {
#define VALUE_TYPE(id, expected) VALUE_##id,
    VALUE_TYPES
#undef VALUE_TYPE
};

enum plan_key_id {
#define PLAN_KEY(id, section, key, type, initial, help) KEY_##id,
#include "plan_keys.def"
#undef PLAN_KEY
    KEY_COUNT
};

struct plan_key {
    enum section_kind section;
    const char *name;
    enum value_type type;
    const char *initial; /* the default as in a plan file, or NULL */
    const char *help;
};

struct section_info {
    const char *name;
    bool is_named; /* [request NAME] */
    const char *help;
};

const struct plan_key *key_info(enum plan_key_id id);
const struct section_info *section_info(enum section_kind kind);
extern const char *const tls_version_names[5]; /* by enum tls_version; "1.2", NULL for ANY */
const char *value_expected(enum value_type type);

int section_find(const char *name); /* enum section_kind, or -1 */
/* The key of a section, also in k6's spelling (maxVUs); enum plan_key_id, or -1. *name is what follows a key that ends in '.',
 * or the whole key for "*", else NULL; borrowed from `key`. */
int key_find(enum section_kind section, const char *key, const char **name);
/* The known key nearest to `key` in the section, or NULL; static storage. */
const char *key_nearest(enum section_kind section, const char *key);

#endif
