/* The jar: a list in order of creation, oldest first. */
#include "cookies.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"

#define FOREVER INT64_MAX

struct cookie {
    char *name, *value, *domain, *path; /* domain in lower case */
    int64_t expires_s;                  /* FOREVER: with the jar */
    bool is_host_only, is_secure;
};

struct cookie_jar {
    struct cookie *cookies;
    size_t count, capacity;
};

struct text {
    const char *at;
    size_t length;
};

struct cookie_jar *cookie_jar_new(void)
{
    return mem_alloc(sizeof(struct cookie_jar));
}

static void cookie_release(struct cookie *cookie)
{
    free(cookie->name);
    free(cookie->value);
    free(cookie->domain);
    free(cookie->path);
}

void cookie_jar_clear(struct cookie_jar *jar)
{
    for (size_t i = 0; i < jar->count; i++)
        cookie_release(&jar->cookies[i]);
    jar->count = 0;
}

void cookie_jar_free(struct cookie_jar *jar)
{
    if (jar == NULL)
        return;
    cookie_jar_clear(jar);
    free(jar->cookies);
    free(jar);
}

size_t cookie_jar_count(const struct cookie_jar *jar)
{
    return jar->count;
}

static void drop(struct cookie_jar *jar, size_t index)
{
    cookie_release(&jar->cookies[index]);
    jar->count--;
    memmove(&jar->cookies[index], &jar->cookies[index + 1], (jar->count - index) * sizeof *jar->cookies);
}

/* ---- matching: RFC 6265 5.1.3 and 5.1.4 ---- */

static bool is_address(const char *host)
{
    unsigned char any[16];

    return inet_pton(AF_INET, host, any) == 1 || strchr(host, ':') != NULL;
}

static bool domain_matches(const char *host, const char *domain)
{
    size_t host_length = strlen(host), length = strlen(domain);

    if (strcasecmp(host, domain) == 0)
        return true;
    return host_length > length && host[host_length - length - 1] == '.' && strcasecmp(host + host_length - length, domain) == 0 &&
           !is_address(host);
}

static bool path_matches(const char *target, const char *path)
{
    size_t length = strlen(path), target_length = strcspn(target, "?");

    if (target_length < length || strncmp(target, path, length) != 0)
        return false;
    return target_length == length || path[length - 1] == '/' || target[length] == '/';
}

static char *default_path(const char *target)
{
    size_t length = strcspn(target, "?");

    if (target[0] != '/')
        return mem_copy("/");
    while (length > 1 && target[length - 1] != '/')
        length--;
    return mem_copy_n(target, length > 1 ? length - 1 : 1);
}

/* ---- reading a Set-Cookie: RFC 6265 5.2 ---- */

static struct text trim(struct text text)
{
    while (text.length > 0 && (*text.at == ' ' || *text.at == '\t')) {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && (text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* Takes what stands before `end` off the front. */
static struct text take(struct text *from, char end)
{
    const char *mark = from->length > 0 ? memchr(from->at, end, from->length) : NULL;
    struct text taken = { from->at, mark != NULL ? (size_t)(mark - from->at) : from->length };
    size_t gone = taken.length + (mark != NULL);

    from->at += gone;
    from->length -= gone;
    return taken;
}

static bool is_word(struct text text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.at, word, text.length) == 0;
}

static bool has_control(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (((unsigned char)text.at[i] < ' ' && text.at[i] != '\t') || text.at[i] == 0x7f)
            return true;
    return false;
}

static bool read_max_age(struct text value, int64_t now_s, int64_t *expires_s)
{
    bool is_negative = value.length > 0 && value.at[0] == '-';
    int64_t seconds = 0;

    if (value.length == (size_t)is_negative)
        return false;
    for (size_t i = is_negative; i < value.length; i++) {
        if (!isdigit((unsigned char)value.at[i]))
            return false;
        if (seconds < INT32_MAX)
            seconds = seconds * 10 + (value.at[i] - '0');
    }
    *expires_s = is_negative || seconds == 0 ? INT64_MIN : now_s + seconds;
    return true;
}

/* What the attributes said; the last one of a kind counts. */
struct attributes {
    struct text domain, path;
    bool has_max_age, is_secure;
    int64_t expires_s;
};

static void read_attributes(struct attributes *attributes, struct text rest, int64_t now_s)
{
    while (rest.length > 0) {
        struct text value = take(&rest, ';'), name = trim(take(&value, '='));

        value = trim(value);
        if (is_word(name, "Max-Age")) {
            attributes->has_max_age |= read_max_age(value, now_s, &attributes->expires_s);
        } else if (is_word(name, "Expires") && !attributes->has_max_age) {
            cookie_date(value.at, value.length, &attributes->expires_s);
        } else if (is_word(name, "Domain") && value.length > 0) {
            attributes->domain = value;
            if (value.at[0] == '.')
                attributes->domain = (struct text){ value.at + 1, value.length - 1 };
        } else if (is_word(name, "Path")) {
            attributes->path = value;
        } else if (is_word(name, "Secure")) {
            attributes->is_secure = true;
        }
    }
}

/* ---- the jar ---- */

static void lower(char *text)
{
    for (; *text != '\0'; text++)
        *text = (char)tolower((unsigned char)*text);
}

/* The domain to keep, NULL: this host may not set it. */
static char *choose_domain(const struct cookie_place *place, struct text wanted, bool *is_host_only)
{
    char *domain;

    *is_host_only = true;
    if (wanted.length == 0)
        return mem_copy(place->host);
    domain = mem_copy_n(wanted.at, wanted.length);
    if (strcasecmp(domain, place->host) == 0 && (is_address(domain) || strchr(domain, '.') == NULL))
        return domain; /* names nobody else */
    *is_host_only = false;
    if (strlen(domain) == wanted.length && strchr(domain, '.') != NULL && domain_matches(place->host, domain))
        return domain;
    free(domain);
    return NULL;
}

/* Makes room: of the same domain, then of all, the oldest goes. */
static void make_room(struct cookie_jar *jar, const char *domain)
{
    size_t same = 0, oldest = 0;

    for (size_t i = jar->count; i-- > 0;)
        if (strcmp(jar->cookies[i].domain, domain) == 0) {
            same++;
            oldest = i;
        }
    if (same >= COOKIES_PER_DOMAIN)
        drop(jar, oldest);
    else if (jar->count >= COOKIES_PER_JAR)
        drop(jar, 0);
    if (jar->count == jar->capacity) {
        jar->capacity = jar->capacity * 2 + 4;
        jar->cookies = mem_resize(jar->cookies, jar->capacity, sizeof *jar->cookies);
    }
}

static bool is_same(const struct cookie *a, const struct cookie *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->domain, b->domain) == 0 && strcmp(a->path, b->path) == 0;
}

/* Takes the cookie. One of the same name, domain and path keeps its place in the order. */
static void put(struct cookie_jar *jar, struct cookie *cookie, int64_t now_s)
{
    for (size_t i = 0; i < jar->count; i++)
        if (is_same(&jar->cookies[i], cookie)) {
            if (cookie->expires_s <= now_s) {
                drop(jar, i);
                cookie_release(cookie);
            } else {
                cookie_release(&jar->cookies[i]);
                jar->cookies[i] = *cookie;
            }
            return;
        }
    if (cookie->expires_s <= now_s) {
        cookie_release(cookie);
        return;
    }
    make_room(jar, cookie->domain);
    jar->cookies[jar->count++] = *cookie;
}

bool cookie_jar_set(struct cookie_jar *jar, const struct cookie_place *place, const char *value, size_t length, int64_t now_s)
{
    struct attributes attributes = { .expires_s = FOREVER };
    struct text rest = { value, length }, pair, name;
    struct cookie cookie = { 0 };

    if (length == 0 || has_control(rest))
        return false;
    pair = take(&rest, ';');
    if (memchr(pair.at, '=', pair.length) == NULL)
        return false;
    name = trim(take(&pair, '='));
    pair = trim(pair);
    if (name.length == 0 || name.length + pair.length > COOKIE_MAX_BYTES)
        return false;
    read_attributes(&attributes, rest, now_s);
    if (attributes.is_secure && !place->is_secure)
        return false;
    cookie.domain = choose_domain(place, attributes.domain, &cookie.is_host_only);
    if (cookie.domain == NULL)
        return false;
    lower(cookie.domain);
    cookie.name = mem_copy_n(name.at, name.length);
    cookie.value = mem_copy_n(pair.length > 0 ? pair.at : "", pair.length);
    cookie.path = attributes.path.length > 0 && attributes.path.at[0] == '/' ? mem_copy_n(attributes.path.at, attributes.path.length)
                                                                             : default_path(place->target);
    cookie.expires_s = attributes.expires_s;
    cookie.is_secure = attributes.is_secure;
    put(jar, &cookie, now_s);
    return true;
}

static bool fits(const struct cookie *cookie, const struct cookie_place *place, int64_t now_s)
{
    if (cookie->expires_s <= now_s || (cookie->is_secure && !place->is_secure))
        return false;
    if (cookie->is_host_only ? strcasecmp(cookie->domain, place->host) != 0 : !domain_matches(place->host, cookie->domain))
        return false;
    return path_matches(place->target, cookie->path);
}

void cookie_jar_get(const struct cookie_jar *jar, const struct cookie_place *place, int64_t now_s, struct buf *out)
{
    size_t longest = SIZE_MAX, start = out->length;

    while (longest > 0) { /* one round per length of path, from the longest down */
        size_t next = 0;

        for (size_t i = 0; i < jar->count; i++) {
            const struct cookie *cookie = &jar->cookies[i];
            size_t length = strlen(cookie->path);

            if (!fits(cookie, place, now_s))
                continue;
            if (length == longest)
                buf_addf(out, "%s%s=%s", out->length > start ? "; " : "", cookie->name, cookie->value);
            if (length < longest && length > next)
                next = length;
        }
        longest = next;
    }
}
