/* [http] and [request NAME] to struct plan_request: URL, headers from every origin, body, timeouts. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "build.h"
#include "mem.h"
#include "nearest.h"
#include "url.h"

/* A larger file is read while it is sent. */
#define BODY_IN_MEMORY_BYTES (64 << 10)

bool is_http_token(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr("!#$%&'*+-.^_`|~", *text) == NULL)
            return false;
    return true;
}

/* ---- URL ---- */

/* What is wrong with base_url itself is said once, where it stands. */
static bool is_base_good(const struct build *build)
{
    char why[160];
    struct url url;
    bool is_good = url_parse(&url, build->base_url, why, sizeof why);

    if (is_good)
        url_release(&url);
    return is_good;
}

static void build_url(struct build *build, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = value_find(build, section, KEY_REQUEST_URL);
    char *joined = NULL, why[160], shown[SECTION_SHOWN_SIZE];
    struct url url;

    if (setting == NULL) {
        mistake_at(&build->mistakes, &section->place, 0, "%s has no url", section_shown(shown, SECTION_REQUEST, section->name));
        return;
    }
    if (setting->value[0] == '/' && build->base_url == NULL) {
        value_mistake_about(build, setting, "a url that begins with \"/\" wants base_url in [plan]");
        return;
    }
    if (setting->value[0] == '/') {
        size_t length = strlen(build->base_url);

        while (length > 0 && build->base_url[length - 1] == '/')
            length--;
        joined = mem_format("%.*s%s", (int)length, build->base_url, setting->value);
    } else if (strstr(setting->value, "://") == NULL) {
        value_mistake_about(build, setting, "expected http://HOST/PATH, or /PATH after base_url");
        return;
    }
    if (url_parse(&url, joined != NULL ? joined : setting->value, why, sizeof why)) {
        request->url = url.text;
        request->scheme = url.scheme;
        request->host = url.host;
        request->port = url.port;
        request->target = url.target;
        request->user = url.user;
        free(url.authority);
    } else if (joined == NULL || is_base_good(build)) {
        value_mistake_about(build, setting, "%s", why);
    }
    free(joined);
}

/* ---- headers ---- */

struct headers {
    struct plan_header *items;
    size_t count;
};

static void headers_remove(struct headers *headers, size_t end, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < headers->count; i++) {
        if (i < end && strcasecmp(headers->items[i].name, name) == 0) {
            free(headers->items[i].name);
            free(headers->items[i].value);
        } else {
            headers->items[kept++] = headers->items[i];
        }
    }
    headers->count = kept;
}

static void headers_add(struct headers *headers, const char *name, const char *value)
{
    headers->items = mem_resize(headers->items, headers->count + 1, sizeof *headers->items);
    headers->items[headers->count++] = (struct plan_header){ mem_copy(name), mem_copy(value) };
}

/* Names are unique within a source of the plan file; -H may repeat one. A later source replaces all of the earlier ones. */
static void take_setting(struct headers *headers, size_t *from, const struct setting *setting)
{
    size_t before = headers->count;

    headers_remove(headers, *from, setting->name);
    *from -= before - headers->count;
    headers_add(headers, setting->name, setting->value);
}

static void take_section(struct headers *headers, const struct section *section, enum plan_key_id key)
{
    size_t from = headers->count;

    for (size_t i = 0; section != NULL && i < section->count; i++)
        if (section->settings[i].key == key)
            take_setting(headers, &from, &section->settings[i]);
}

static void take_options(struct headers *headers, const struct build *build, enum plan_origin origin)
{
    size_t from = headers->count;

    for (size_t i = 0; i < build->options.count; i++) {
        const struct option *option = &build->options.items[i];

        if (option->kind == OPTION_KEY && option->setting.key == KEY_HTTP_HEADER && option->setting.place.origin == origin)
            take_setting(headers, &from, &option->setting);
    }
}

static void check_header(struct build *build, const struct setting *setting)
{
    static const char *const computed[] = { "Content-Length", "Transfer-Encoding" };
    const char *name = setting->name;
    const char *said = setting->place.origin == ORIGIN_PLAN ? "header." : "";
    bool is_clean = true;

    for (const char *p = setting->value; *p != '\0'; p++)
        is_clean = is_clean && (unsigned char)*p >= ' ' && *p != 0x7f;
    if (!is_http_token(name))
        mistake_at(&build->mistakes, &setting->place, setting->place.key_column, "%s%.60s: not a name of a header", said, name);
    else if (!is_clean)
        mistake_at(&build->mistakes, &setting->place, 0, "%s%.60s: a header is one line without control characters", said, name);
    for (size_t i = 0; i < sizeof computed / sizeof computed[0]; i++)
        if (strcasecmp(name, computed[i]) == 0)
            mistake_at(
                &build->mistakes, &setting->place, setting->place.key_column, "%s%.60s: follows from the body and cannot be set", said,
                name);
}

static void check_headers(struct build *build)
{
    for (size_t i = 0; i < build->document.count; i++) {
        const struct section *section = &build->document.sections[i];

        for (size_t j = 0; j < section->count; j++)
            if (section->settings[j].key == KEY_HTTP_HEADER || section->settings[j].key == KEY_REQUEST_HEADER)
                check_header(build, &section->settings[j]);
    }
    for (size_t i = 0; i < build->options.count; i++)
        if (build->options.items[i].kind == OPTION_KEY && build->options.items[i].setting.key == KEY_HTTP_HEADER)
            check_header(build, &build->options.items[i].setting);
}

static void build_headers(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    struct headers headers = { 0 };

    take_options(&headers, build, ORIGIN_CONFIG);
    take_section(&headers, http, KEY_HTTP_HEADER);
    take_section(&headers, section, KEY_REQUEST_HEADER);
    take_options(&headers, build, ORIGIN_ENVIRONMENT);
    take_options(&headers, build, ORIGIN_FLAG);
    request->headers = headers.items;
    request->header_count = headers.count;
}

/* ---- body ---- */

static void read_body_file(struct build *build, const struct setting *setting, const char *path, struct plan_request *request)
{
    char *full = value_path(build, setting, path);
    FILE *file = NULL;
    struct stat status;

    if (stat(full, &status) != 0)
        value_mistake_about(build, setting, "cannot read \"%.100s\": %m", full);
    else if (!S_ISREG(status.st_mode))
        value_mistake_about(build, setting, "\"%.100s\" is not a file", full);
    else if ((file = fopen(full, "re")) == NULL)
        value_mistake_about(build, setting, "cannot read \"%.100s\": %m", full);
    if (file != NULL && status.st_size > BODY_IN_MEMORY_BYTES) {
        request->body_path = mem_copy(full);
        request->body_length = (uint64_t)status.st_size;
        request->body_changed_ns = (int64_t)status.st_mtim.tv_sec * (int64_t)NS_PER_S + status.st_mtim.tv_nsec;
        fclose(file);
    } else if (file != NULL) {
        request->body = mem_alloc((size_t)status.st_size + 1);
        request->body_length = fread(request->body, 1, (size_t)status.st_size, file);
        if (request->body_length != (size_t)status.st_size)
            value_mistake_about(build, setting, "cannot read \"%.100s\" to its end", full);
        fclose(file);
    }
    free(full);
}

static bool has_header(const struct plan_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return true;
    return false;
}

/* The one of body, body_file and json that was said with the highest precedence. */
static void build_body(struct build *build, const struct section *section, struct plan_request *request)
{
    static const enum plan_key_id keys[] = { KEY_REQUEST_BODY, KEY_REQUEST_BODY_FILE, KEY_REQUEST_JSON };
    const struct setting *best = NULL;

    for (size_t i = 0; i < 3; i++) {
        const struct setting *setting = value_find(build, section, keys[i]);

        if (setting == NULL || (best != NULL && setting->place.origin < best->place.origin))
            continue;
        if (best != NULL && setting->place.origin == best->place.origin) {
            value_mistake_about(
                build, setting, "a request has one body, and there is %s already",
                best->place.origin == ORIGIN_PLAN ? key_info(best->key)->name : best->place.shown);
            continue;
        }
        best = setting;
    }
    if (best == NULL)
        return;
    if (best->key == KEY_REQUEST_BODY_FILE) {
        read_body_file(build, best, best->value, request);
    } else if (best->place.origin != ORIGIN_PLAN && best->value[0] == '@') {
        read_body_file(build, best, best->value + 1, request);
    } else {
        request->body = mem_copy(best->value);
        request->body_length = strlen(best->value);
    }
    if (best->key == KEY_REQUEST_JSON && !has_header(request, "Content-Type")) {
        struct headers headers = { request->headers, request->header_count };

        headers_add(&headers, "Content-Type", "application/json");
        request->headers = headers.items;
        request->header_count = headers.count;
    }
}

/* ---- method, timeouts ---- */

static void build_method(struct build *build, const struct section *section, struct plan_request *request)
{
    static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE" };
    const struct setting *setting = value_find(build, section, KEY_REQUEST_METHOD);

    if (setting == NULL) {
        request->method = mem_copy(request->body != NULL || request->body_path != NULL ? "POST" : "GET");
        return;
    }
    request->method = mem_copy(setting->value);
    if (!is_http_token(setting->value) || strlen(setting->value) > 32)
        value_mistake(build, setting);
    else if (strcmp(setting->value, "CONNECT") == 0)
        value_mistake_about(build, setting, "CONNECT is no request to a server");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(setting->value, known[i]) == 0 && strcmp(setting->value, known[i]) != 0)
            value_mistake_about(build, setting, "methods are case-sensitive: did you mean \"%s\"?", known[i]);
}

static void build_timeouts(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    const struct setting *own = section_get(section, KEY_REQUEST_TIMEOUT);
    const struct setting *connect = value_find(build, http, KEY_HTTP_CONNECT_TIMEOUT);
    const struct setting *general = value_find(build, http, KEY_HTTP_TIMEOUT);

    value_duration(build, http, KEY_HTTP_TIMEOUT, &request->timeout_ns);
    if (own != NULL && (general == NULL || general->place.origin <= ORIGIN_PLAN))
        value_duration(build, section, KEY_REQUEST_TIMEOUT, &request->timeout_ns);
    else
        own = NULL;
    request->connect_timeout_ns = request->timeout_ns;
    if (value_duration(build, http, KEY_HTTP_CONNECT_TIMEOUT, &request->connect_timeout_ns) && own == NULL && general != NULL &&
        connect->place.origin == general->place.origin && request->connect_timeout_ns > request->timeout_ns)
        value_mistake_about(build, connect, "longer than timeout, which includes it");
    if (request->connect_timeout_ns > request->timeout_ns)
        request->connect_timeout_ns = request->timeout_ns;
    value_duration(build, http, KEY_HTTP_FIRST_BYTE_TIMEOUT, &request->first_byte_timeout_ns);
    value_duration(build, http, KEY_HTTP_IDLE_TIMEOUT, &request->idle_timeout_ns);
    value_flag(build, http, KEY_HTTP_RETRY_STALE, &request->retry_stale);
}

/* -m, -b and --json are about one request. */
static void check_options(struct build *build)
{
    struct buf names;

    if (build->plan->request_count < 2)
        return;
    buf_init(&names);
    for (size_t i = 0; i < build->plan->request_count; i++)
        buf_addf(&names, "%s%s", i > 0 ? ", " : "", build->plan->requests[i].name);
    for (size_t i = 0; i < build->options.count; i++) {
        const struct option *option = &build->options.items[i];

        if (option->kind == OPTION_KEY && key_info(option->setting.key)->section == SECTION_REQUEST)
            mistake_at(
                &build->mistakes, &option->setting.place, 0, "%s is about one request, and the plan has %zu: %.120s",
                option->setting.place.shown, build->plan->request_count, names.data);
    }
    buf_release(&names);
}

static void check_base_url(struct build *build, const struct section *plan)
{
    const struct setting *setting = value_find(build, plan, KEY_PLAN_BASE_URL);
    char why[160];
    struct url url;

    if (setting == NULL)
        return;
    if (!url_parse(&url, setting->value, why, sizeof why)) {
        value_mistake_about(build, setting, "%s", why);
        return;
    }
    if (strpbrk(setting->value, "?#") != NULL)
        value_mistake_about(build, setting, "ends before \"?\" and \"#\"");
    url_release(&url);
}

void build_requests(struct build *build)
{
    const struct section *http = document_find(&build->document, SECTION_HTTP, NULL);
    const struct section *general = document_find(&build->document, SECTION_PLAN, NULL);
    struct plan *plan = build->plan;

    build->base_url = value_text(build, general, KEY_PLAN_BASE_URL);
    check_base_url(build, general);
    check_headers(build);
    plan->requests = mem_array(document_count(&build->document, SECTION_REQUEST), sizeof *plan->requests);
    for (size_t i = 0; i < build->document.count; i++) {
        const struct section *section = &build->document.sections[i];
        struct plan_request *request = &plan->requests[plan->request_count];

        if (section->kind != SECTION_REQUEST)
            continue;
        plan->request_count++;
        request->name = mem_copy(section->name);
        build_url(build, section, request);
        build_headers(build, http, section, request);
        build_body(build, section, request);
        build_method(build, section, request);
        build_timeouts(build, http, section, request);
        build_client(build, http, section, request);
        build_transport(build, http, section, request);
    }
    if (plan->request_count == 0)
        mistake_at(&build->mistakes, NULL, 0, "%s: there is no [request NAME]: nothing to send", build->file);
    check_options(build);
}
