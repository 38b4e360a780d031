/* Which option sets which key, and splitting "NAME: VALUE" and "NAME=VALUE". */
#include "options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"

static const struct {
    const char *name;
    enum option_kind kind;
    enum plan_key_id key;
} table[] = {
    { "name", OPTION_KEY, KEY_PLAN_NAME },
    { "description", OPTION_KEY, KEY_PLAN_DESCRIPTION },
    { "label", OPTION_KEY, KEY_PLAN_LABEL },
    { "base-url", OPTION_KEY, KEY_PLAN_BASE_URL },
    { "seed", OPTION_KEY, KEY_PLAN_SEED },
    { "threads", OPTION_KEY, KEY_PLAN_THREADS },
    { "timeout", OPTION_KEY, KEY_HTTP_TIMEOUT },
    { "connect-timeout", OPTION_KEY, KEY_HTTP_CONNECT_TIMEOUT },
    { "first-byte-timeout", OPTION_KEY, KEY_HTTP_FIRST_BYTE_TIMEOUT },
    { "idle-timeout", OPTION_KEY, KEY_HTTP_IDLE_TIMEOUT },
    { "connections", OPTION_KEY, KEY_HTTP_CONNECTIONS },
    { "reuse", OPTION_KEY, KEY_HTTP_REUSE },
    { "disable-keepalive", OPTION_KEY, KEY_HTTP_REUSE },
    { "header", OPTION_KEY, KEY_HTTP_HEADER },
    { "user-agent", OPTION_KEY, KEY_HTTP_USER_AGENT },
    { "retry-stale", OPTION_KEY, KEY_HTTP_RETRY_STALE },
    { "redirects", OPTION_KEY, KEY_HTTP_REDIRECTS },
    { "follow", OPTION_KEY, KEY_HTTP_REDIRECTS },
    { "cookies", OPTION_KEY, KEY_HTTP_COOKIES },
    { "user", OPTION_KEY, KEY_HTTP_USER },
    { "bearer", OPTION_KEY, KEY_HTTP_BEARER },
    { "auth", OPTION_KEY, KEY_HTTP_AUTH },
    { "digest", OPTION_KEY, KEY_HTTP_AUTH },
    { "ntlm", OPTION_KEY, KEY_HTTP_AUTH },
    { "negotiate", OPTION_KEY, KEY_HTTP_AUTH },
    { "transport", OPTION_KEY, KEY_HTTP_TRANSPORT },
    { "http3", OPTION_KEY, KEY_HTTP_VERSION },
    { "decode", OPTION_KEY, KEY_HTTP_DECODE },
    { "retry", OPTION_KEY, KEY_HTTP_RETRY },
    { "expect", OPTION_KEY, KEY_HTTP_EXPECT },
    { "max-head", OPTION_KEY, KEY_HTTP_MAX_HEAD },
    { "max-body", OPTION_KEY, KEY_HTTP_MAX_BODY },
    { "insecure", OPTION_KEY, KEY_HTTP_INSECURE },
    { "cacert", OPTION_KEY, KEY_HTTP_CA_FILE },
    { "cert", OPTION_KEY, KEY_HTTP_CERT_FILE },
    { "key", OPTION_KEY, KEY_HTTP_KEY_FILE },
    { "tls-min", OPTION_KEY, KEY_HTTP_TLS_MIN },
    { "tls-max", OPTION_KEY, KEY_HTTP_TLS_MAX },
    { "resolve", OPTION_KEY, KEY_DNS_RESOLVE },
    { "connect-to", OPTION_KEY, KEY_DNS_CONNECT_TO },
    { "ipv4", OPTION_KEY, KEY_DNS_POLICY },
    { "ipv6", OPTION_KEY, KEY_DNS_POLICY },
    { "source", OPTION_KEY, KEY_HTTP_SOURCE },
    { "unix-socket", OPTION_KEY, KEY_HTTP_UNIX_SOCKET },
    { "proxy", OPTION_KEY, KEY_HTTP_PROXY },
    { "no-proxy", OPTION_KEY, KEY_HTTP_NO_PROXY },
    { "method", OPTION_KEY, KEY_REQUEST_METHOD },
    { "body", OPTION_KEY, KEY_REQUEST_BODY },
    { "json", OPTION_KEY, KEY_REQUEST_JSON },
    { "vus", OPTION_KEY, KEY_SCENARIO_VUS },
    { "duration", OPTION_KEY, KEY_SCENARIO_DURATION },
    { "iterations", OPTION_KEY, KEY_SCENARIO_ITERATIONS },
    { "max-duration", OPTION_KEY, KEY_SCENARIO_MAX_DURATION },
    { "rate", OPTION_KEY, KEY_SCENARIO_RATE },
    { "ramp", OPTION_KEY, KEY_SCENARIO_RAMP },
    { "start-vus", OPTION_KEY, KEY_SCENARIO_START_VUS },
    { "start-rate", OPTION_KEY, KEY_SCENARIO_START_RATE },
    { "stage", OPTION_KEY, KEY_SCENARIO_STAGES },
    { "graceful-ramp-down", OPTION_KEY, KEY_SCENARIO_GRACEFUL_RAMP_DOWN },
    { "pre-allocated-vus", OPTION_KEY, KEY_SCENARIO_PRE_ALLOCATED_VUS },
    { "max-vus", OPTION_KEY, KEY_SCENARIO_MAX_VUS },
    { "wait", OPTION_KEY, KEY_SCENARIO_WHEN_BUSY },
    { "arrivals", OPTION_KEY, KEY_SCENARIO_ARRIVALS },
    { "on-stall", OPTION_KEY, KEY_SCENARIO_ON_STALL },
    { "max-waiting", OPTION_KEY, KEY_SCENARIO_MAX_WAITING },
    { "start-time", OPTION_KEY, KEY_SCENARIO_START_TIME },
    { "graceful-stop", OPTION_KEY, KEY_SCENARIO_GRACEFUL_STOP },
    { "tag", OPTION_KEY, KEY_SCENARIO_TAG },
    { "threshold", OPTION_THRESHOLD, KEY_COUNT },
    { "out", OPTION_OUT, KEY_COUNT },
    { "scenario", OPTION_SCENARIO, KEY_COUNT },
    { "env", OPTION_ENV, KEY_COUNT },
    { "realtime", OPTION_REALTIME, KEY_COUNT },
    { "require-valid", OPTION_REQUIRE_VALID, KEY_COUNT },
    { "paused", OPTION_PAUSED, KEY_COUNT },
};

static int find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool plan_takes_option(const char *option)
{
    return find(option) >= 0;
}

bool option_flag(const char *value, bool *is_yes)
{
    static const char *const yes[] = { "", "yes", "true", "on", "1" }, *const no[] = { "no", "false", "off", "0" };

    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (value == NULL || strcasecmp(value, yes[i]) == 0)
            return *is_yes = true;
    *is_yes = false;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (strcasecmp(value, no[i]) == 0)
            return true;
    return false;
}

/* "NAME: VALUE" or "NAME=VALUE" -> setting.name and setting.value. */
static bool split(struct setting *setting, const char *text, char separator)
{
    const char *at = strchr(text, separator);
    size_t length = at != NULL ? (size_t)(at - text) : 0;

    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length == 0)
        return false;
    for (at++; isspace((unsigned char)*at);)
        at++;
    setting->name = mem_copy_n(text, length);
    setting->value = mem_copy(at);
    return true;
}

/* "HOST:PORT:ADDRESS[,ADDRESS]", also with the '+' that curl takes -> setting.name "HOST:PORT" and setting.value. */
static bool split_resolve(struct setting *setting, const char *text)
{
    const char *port, *addresses;

    text += *text == '+';
    port = strchr(text, ':');
    addresses = port != NULL ? strchr(port + 1, ':') : NULL;
    if (addresses == NULL || port == text || addresses == port + 1)
        return false;
    setting->name = mem_copy_n(text, (size_t)(addresses - text));
    setting->value = mem_copy(addresses + 1);
    return true;
}

static bool fill(struct option *option, const struct plan_override *override, struct mistakes *mistakes)
{
    const char *value = override->value != NULL ? override->value : "";
    struct setting *setting = &option->setting;
    char shown[SHOWN_SIZE];
    bool is_yes;

    if (option->kind == OPTION_ENV) {
        if (split(setting, value, '='))
            return true;
        mistake_of_usage(mistakes, "%s wants NAME=VALUE, got \"%s\"", override->shown, shown_value(shown, value));
        return false;
    }
    switch (setting->key) {
    case KEY_HTTP_HEADER:
        if (split(setting, value, ':'))
            return true;
        mistake_of_usage(mistakes, "%s wants 'NAME: VALUE', got \"%s\"", override->shown, shown_value(shown, value));
        return false;
    case KEY_DNS_RESOLVE:
        if (split_resolve(setting, value))
            return true;
        mistake_of_usage(mistakes, "%s wants HOST:PORT:ADDRESS, got \"%s\"", override->shown, shown_value(shown, value));
        return false;
    case KEY_DNS_POLICY:
        if (!option_flag(override->value, &is_yes)) {
            mistake_of_usage(mistakes, "%s wants yes or no, got \"%s\"", override->shown, shown_value(shown, value));
            return false;
        }
        value = !is_yes ? "any" : strcmp(override->option, "ipv4") == 0 ? "only-ipv4" : "only-ipv6";
        break;
    case KEY_PLAN_LABEL:
    case KEY_SCENARIO_TAG:
        if (split(setting, value, '='))
            return true;
        mistake_of_usage(mistakes, "%s wants NAME=VALUE, got \"%s\"", override->shown, shown_value(shown, value));
        return false;
    case KEY_HTTP_REDIRECTS: /* --follow is a flag */
        if (strcmp(override->option, "redirects") == 0)
            break;
        if (!option_flag(override->value, &is_yes)) {
            mistake_of_usage(mistakes, "%s wants yes or no, got \"%s\"", override->shown, shown_value(shown, value));
            return false;
        }
        value = is_yes ? "10" : "0";
        break;
    case KEY_HTTP_REUSE: /* --disable-keepalive is a flag, and so are --digest and its like */
    case KEY_HTTP_AUTH:
    case KEY_HTTP_VERSION:
        if (strcmp(override->option, "reuse") == 0 || strcmp(override->option, "auth") == 0)
            break;
        if (!option_flag(override->value, &is_yes)) {
            mistake_of_usage(mistakes, "%s wants yes or no, got \"%s\"", override->shown, shown_value(shown, value));
            return false;
        }
        if (setting->key == KEY_HTTP_REUSE)
            value = is_yes ? "none" : "vu";
        else if (setting->key == KEY_HTTP_VERSION)
            value = is_yes ? "3" : "1.1";
        else
            value = is_yes ? override->option : "basic";
        break;
    case KEY_SCENARIO_WHEN_BUSY:
    case KEY_HTTP_RETRY_STALE:
    case KEY_HTTP_DECODE:
        if (!option_flag(override->value, &is_yes)) {
            mistake_of_usage(mistakes, "%s wants yes or no, got \"%s\"", override->shown, shown_value(shown, value));
            return false;
        }
        if (setting->key == KEY_SCENARIO_WHEN_BUSY)
            value = is_yes ? "wait" : "drop";
        else
            value = is_yes ? "yes" : "no";
        break;
    default:
        break;
    }
    setting->value = mem_copy(value);
    return true;
}

void options_read(struct options *options, const struct plan_override *overrides, size_t count, struct mistakes *mistakes)
{
    options->items = mem_array(count, sizeof *options->items);
    options->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct option *option = &options->items[options->count];
        int index = find(overrides[i].option);

        if (index < 0) {
            mistake_of_usage(mistakes, "%s: \"%s\" is no option of a plan", overrides[i].shown, overrides[i].option);
            continue;
        }
        *option = (struct option){ .kind = table[index].kind, .name = table[index].name };
        option->setting.key = table[index].key;
        option->setting.place = (struct place){ .origin = overrides[i].origin, .shown = overrides[i].shown };
        if (fill(option, &overrides[i], mistakes))
            options->count++;
    }
}

void options_release(struct options *options)
{
    for (size_t i = 0; i < options->count; i++) {
        free(options->items[i].setting.name);
        free(options->items[i].setting.value);
    }
    free(options->items);
    *options = (struct options){ 0 };
}
