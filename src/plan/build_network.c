/* [dns] and what [http] says of the way to a server: maps, sources, sockets and proxies to struct plan_network. Main thread. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "build.h"
#include "mem.h"
#include "network.h"
#include "onager/units.h"

const char *const address_select_names[3] = { "roundrobin", "random", "first" };
const char *const address_policy_names[5] = { "any", "prefer-ipv4", "prefer-ipv6", "only-ipv4", "only-ipv6" };
const char *const proxy_kind_names[7] = { NULL, "http", "socks4", "socks4a", "socks5", "socks5h", "https" };

#define ADDRESSES_PER_NAME 64

/* ---- words ---- */

static bool is_port(const char *text, uint16_t *port)
{
    uint64_t number;

    if (strlen(text) > 5 || text[strspn(text, "0123456789")] != '\0' || !units_parse_count(text, &number) || number == 0 || number > 65535)
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool is_address(const char *text)
{
    unsigned char bytes[16];
    char *number = mem_copy_n(text, strcspn(text, "%"));
    bool is_good = inet_pton(AF_INET, number, bytes) == 1 || inet_pton(AF_INET6, number, bytes) == 1;

    free(number);
    return is_good;
}

static bool is_host(const char *text)
{
    if (*text == '\0' || strlen(text) > 253)
        return false;
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr("-._", *text) == NULL)
            return false;
    return true;
}

/* Cuts the next word off *text at `separator`, blanks around it too. Returns owned; NULL behind the last. */
static char *next_word(const char **text, char separator)
{
    const char *at = *text, *end;
    size_t length;

    if (at == NULL)
        return NULL;
    end = strchr(at, separator);
    length = end != NULL ? (size_t)(end - at) : strlen(at);
    *text = end != NULL ? end + 1 : NULL;
    while (length > 0 && isspace((unsigned char)*at)) {
        at++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)at[length - 1]))
        length--;
    return mem_copy_n(at, length);
}

/* "1.2.3.4", "1.2.3.4:80", "::1", "[::1]" or "[::1]:80". *host is owned, also where it is no address. */
static bool split_address(const char *text, char **host, uint16_t *port)
{
    const char *colon = strrchr(text, ':'), *bracket = strchr(text, ']');

    *port = 0;
    if (text[0] == '[' && bracket != NULL) {
        *host = mem_copy_n(text + 1, (size_t)(bracket - text - 1));
        return is_address(*host) && (bracket[1] == '\0' || (bracket[1] == ':' && is_port(bracket + 2, port)));
    }
    if (colon == NULL || strchr(text, ':') != colon) { /* no port, or IPv6 without brackets */
        *host = mem_copy(text);
        return is_address(text);
    }
    *host = mem_copy_n(text, (size_t)(colon - text));
    return is_address(*host) && is_port(colon + 1, port);
}

/* ---- every setting of a key that may be said more than once: options first, as they win ---- */

static void each(
    struct build *build, const struct section *section, enum plan_key_id key, void (*take)(struct build *, const struct setting *))
{
    for (int origin = ORIGIN_FLAG; origin > ORIGIN_PLAN; origin--)
        for (size_t i = 0; i < build->options.count; i++) {
            const struct option *option = &build->options.items[i];

            if (option->kind == OPTION_KEY && option->setting.key == key && (int)option->setting.place.origin == origin)
                take(build, &option->setting);
        }
    for (size_t i = 0; section != NULL && i < section->count; i++)
        if (section->settings[i].key == key)
            take(build, &section->settings[i]);
    for (size_t i = 0; i < build->options.count; i++) {
        const struct option *option = &build->options.items[i];

        if (option->kind == OPTION_KEY && option->setting.key == key && option->setting.place.origin <= ORIGIN_PLAN)
            take(build, &option->setting);
    }
}

/* ---- resolve ---- */

static void release_resolve(struct plan_resolve *resolve)
{
    free(resolve->host);
    for (size_t i = 0; i < resolve->address_count; i++)
        free(resolve->addresses[i]);
    free(resolve->addresses);
}

static bool read_resolve_name(struct plan_resolve *resolve, const char *name)
{
    const char *colon = strchr(name, ':');
    char *host = mem_copy_n(name, colon != NULL ? (size_t)(colon - name) : strlen(name));
    bool is_good = (strcmp(host, "*") == 0 || is_host(host)) && (colon == NULL || is_port(colon + 1, &resolve->port));

    if (strcmp(host, "*") != 0)
        resolve->host = mem_copy(host);
    free(host);
    return is_good;
}

static bool read_resolve_addresses(struct plan_resolve *resolve, const char *text)
{
    bool is_good = true;
    char *word;

    while (is_good && (word = next_word(&text, ',')) != NULL) {
        uint16_t port;
        char *host;

        is_good = split_address(word, &host, &port) && resolve->address_count < ADDRESSES_PER_NAME &&
                  (resolve->address_count == 0 || port == resolve->to_port);
        resolve->to_port = port;
        resolve->addresses = mem_resize(resolve->addresses, resolve->address_count + 1, sizeof *resolve->addresses);
        resolve->addresses[resolve->address_count++] = host;
        free(word);
    }
    return is_good;
}

static void take_resolve(struct build *build, const struct setting *setting)
{
    struct plan_network *network = &build->plan->network;
    struct plan_resolve resolve = { 0 };

    if (!read_resolve_name(&resolve, setting->name)) {
        value_mistake_about(build, setting, "expected HOST or HOST:PORT before the addresses, got \"%.100s\"", setting->name);
        release_resolve(&resolve);
    } else if (!read_resolve_addresses(&resolve, setting->value)) {
        value_mistake(build, setting);
        release_resolve(&resolve);
    } else {
        network->resolves = mem_resize(network->resolves, network->resolve_count + 1, sizeof resolve);
        network->resolves[network->resolve_count++] = resolve;
    }
}

/* ---- connect_to ---- */

/* HOST1:PORT1:HOST2:PORT2, each of which may be empty; IPv6 in brackets. */
static bool read_connect_to(struct plan_connect_to *map, const char *text)
{
    char *part[4] = { NULL, NULL, NULL, NULL };
    bool is_good = true;
    size_t i;

    for (i = 0; i < 4 && is_good; i++) {
        const char *end = *text == '[' ? strchr(text, ']') : text;

        is_good = end != NULL;
        if (!is_good)
            break;
        end += strcspn(end, ":");
        part[i] = *text == '[' ? mem_copy_n(text + 1, (size_t)(end - text) - 2) : mem_copy_n(text, (size_t)(end - text));
        is_good = i == 3 ? *end == '\0' : *end == ':';
        text = end + 1;
    }
    for (i = 0; is_good && i < 4; i += 2) {
        uint16_t *port = i == 0 ? &map->port : &map->to_port;

        is_good = (part[i][0] == '\0' || is_host(part[i]) || is_address(part[i])) && (part[i + 1][0] == '\0' || is_port(part[i + 1], port));
    }
    is_good = is_good && (part[2][0] != '\0' || part[3][0] != '\0');
    if (is_good) {
        map->host = part[0][0] != '\0' ? mem_copy(part[0]) : NULL;
        map->to_host = part[2][0] != '\0' ? mem_copy(part[2]) : NULL;
    }
    for (i = 0; i < 4; i++)
        free(part[i]);
    return is_good;
}

static void take_connect_to(struct build *build, const struct setting *setting)
{
    struct plan_network *network = &build->plan->network;
    const char *text = setting->value;
    char *word;

    while ((word = next_word(&text, ',')) != NULL) {
        struct plan_connect_to map = { 0 };
        bool is_good = read_connect_to(&map, word);

        free(word);
        if (!is_good) {
            value_mistake(build, setting);
            return;
        }
        network->connect_tos = mem_resize(network->connect_tos, network->connect_to_count + 1, sizeof map);
        network->connect_tos[network->connect_to_count++] = map;
    }
}

/* ---- lists of words ---- */

static void build_words(
    struct build *build, const struct section *http, enum plan_key_id key, bool (*is_good)(const char *), char ***words, size_t *count)
{
    const struct setting *setting = value_find(build, http, key);
    const char *text = setting != NULL ? setting->value : NULL;
    char *word;

    while ((word = next_word(&text, ',')) != NULL) {
        *words = mem_resize(*words, *count + 1, sizeof **words);
        (*words)[(*count)++] = word;
        if (!is_good(word)) {
            value_mistake(build, setting);
            return;
        }
    }
}

/* An address, or what may be the name of an interface; which there are is seen at the start. */
static bool is_source(const char *text)
{
    return is_address(text) || (is_host(text) && strlen(text) < 16);
}

static bool is_no_proxy(const char *text)
{
    return strcmp(text, "*") == 0 || is_address(text) || is_host(text);
}

/* ---- proxy ---- */

static int hex_of(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* Percent-decoded. NULL: not well formed, or control characters. Returns owned. */
static char *decode(const char *text, size_t length)
{
    char *out = mem_alloc(length + 1);
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (c == '%') {
            int high = i + 2 < length ? hex_of(text[i + 1]) : -1, low = high >= 0 ? hex_of(text[i + 2]) : -1;

            if (low < 0) {
                free(out);
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < ' ' || c == 0x7f) {
            free(out);
            return NULL;
        }
        out[used++] = c;
    }
    return out;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT. */
static bool read_proxy_host(struct plan_proxy *proxy, const char *text)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : text + strcspn(text, ":/");

    if (end == NULL)
        return false;
    proxy->host = text[0] == '[' ? mem_copy_n(text + 1, (size_t)(end - text - 1)) : mem_copy_n(text, (size_t)(end - text));
    end += *end == ']';
    if (!(text[0] == '[' ? is_address(proxy->host) : is_host(proxy->host)))
        return false;
    proxy->port = proxy->kind == PROXY_HTTP ? 3128 : proxy->kind == PROXY_HTTPS ? 443 : 1080;
    if (*end == ':') {
        char *port = mem_copy_n(end + 1, strcspn(end + 1, "/"));
        bool is_good = is_port(port, &proxy->port);

        end += 1 + strlen(port);
        free(port);
        if (!is_good)
            return false;
    }
    return *end == '\0' || strcmp(end, "/") == 0;
}

/* [SCHEME://][NAME:PASSWORD@]HOST[:PORT] */
static bool read_proxy(struct plan_proxy *proxy, const char *text)
{
    const char *mark = strstr(text, "://"), *at;

    proxy->kind = PROXY_HTTP;
    if (mark != NULL) {
        int kind = PROXY_HTTP;

        while (kind <= PROXY_HTTPS && (strlen(proxy_kind_names[kind]) != (size_t)(mark - text) ||
                                       strncasecmp(proxy_kind_names[kind], text, (size_t)(mark - text)) != 0))
            kind++;
        if (kind > PROXY_HTTPS)
            return false;
        proxy->kind = (enum proxy_kind)kind;
        text = mark + 3;
    }
    at = strrchr(text, '@');
    if (at != NULL) {
        proxy->user = decode(text, (size_t)(at - text));
        if (proxy->user == NULL || strchr(proxy->user, ':') == NULL)
            return false;
        text = at + 1;
    }
    return read_proxy_host(proxy, text);
}

/* Its text may hold a password, so it is not shown. */
static void build_proxy(struct build *build, const struct section *http)
{
    const struct setting *setting = value_find(build, http, KEY_HTTP_PROXY), *path = value_find(build, http, KEY_HTTP_UNIX_SOCKET);
    struct plan_network *network = &build->plan->network;

    if (setting == NULL || setting->value[0] == '\0') /* an empty one takes back what was said before */
        return;
    if (!read_proxy(&network->proxy, setting->value))
        value_mistake_about(build, setting, "expected %s (its text is not shown)", value_expected(key_info(KEY_HTTP_PROXY)->type));
    else if (path != NULL)
        value_mistake_about(build, setting, "there is a unix_socket too; connections go one way");
}

static void build_socket(struct build *build, const struct section *http)
{
    const struct setting *setting = value_find(build, http, KEY_HTTP_UNIX_SOCKET);

    if (setting == NULL)
        return;
    build->plan->network.unix_socket = value_path(build, setting, setting->value);
    if (setting->value[0] == '\0' || strlen(build->plan->network.unix_socket) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        value_mistake_about(build, setting, "expected a path of at most 107 bytes");
}

void build_network(struct build *build)
{
    const struct section *http = document_find(&build->document, SECTION_HTTP, NULL);
    const struct section *dns = document_find(&build->document, SECTION_DNS, NULL);
    struct plan_network *network = &build->plan->network;
    bool fallback;
    size_t choice;

    if (value_flag(build, dns, KEY_DNS_FALLBACK, &fallback))
        network->no_fallback = !fallback;
    value_duration(build, dns, KEY_DNS_REFRESH, &network->refresh_ns);
    if (value_choice(build, dns, KEY_DNS_SELECT, address_select_names, 3, &choice))
        network->select = (enum address_select)choice;
    if (value_choice(build, dns, KEY_DNS_POLICY, address_policy_names, 5, &choice))
        network->policy = (enum address_policy)choice;
    each(build, dns, KEY_DNS_RESOLVE, take_resolve);
    each(build, dns, KEY_DNS_CONNECT_TO, take_connect_to);
    build_words(build, http, KEY_HTTP_SOURCE, is_source, &network->sources, &network->source_count);
    build_words(build, http, KEY_HTTP_NO_PROXY, is_no_proxy, &network->no_proxy, &network->no_proxy_count);
    build_socket(build, http);
    build_proxy(build, http);
}
