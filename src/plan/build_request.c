/* [http] and [request NAME] to struct plan_request: URL, headers from every origin, body, timeouts. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "build.h"
#include "mem.h"
#include "nearest.h"
#include "url.h"

bool is_http_token(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr("!#$%&'*+-.^_`|~", *text) == NULL)
            return false;
    return true;
}

/* ---- headers ---- */

/* While they are put together, a header is the setting that says it. */
struct headers {
    const struct setting **items;
    size_t count;
};

static void headers_remove(struct headers *headers, size_t end, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < headers->count; i++) {
        if (i >= end || strcasecmp(headers->items[i]->name, name) != 0)
            headers->items[kept++] = headers->items[i];
    }
    headers->count = kept;
}

/* Names are unique within a source of the plan file; -H may repeat one. A later source replaces all of the earlier ones. */
static void take_setting(struct headers *headers, size_t *from, const struct setting *setting)
{
    size_t before = headers->count;

    headers_remove(headers, *from, setting->name);
    *from -= before - headers->count;
    headers->items = mem_resize(headers->items, headers->count + 1, sizeof *headers->items);
    headers->items[headers->count++] = setting;
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

static void set_header(struct build *build, const struct setting *setting, struct plan_request *request, size_t index)
{
    struct plan_header *header = &request->headers[index];
    struct plan_text text, **kept;

    header->name = mem_copy(setting->name);
    if (!text_read(build, setting, TEMPLATE_HEADER, &text)) {
        header->value = mem_copy("");
        return;
    }
    if (plan_text_is_constant(&text)) {
        header->value = mem_copy(template_constant(&text, NULL));
        plan_text_release(&text);
        return;
    }
    header->value = mem_copy(setting->value);
    if (templates_of(request)->headers == NULL)
        request->templates->headers = mem_array(request->header_count, sizeof *request->templates->headers);
    kept = &request->templates->headers[index];
    *kept = mem_alloc(sizeof text);
    **kept = text;
}

static void build_headers(struct build *build, const struct section *http, const struct section *section, struct plan_request *request)
{
    struct headers headers = { 0 };

    take_options(&headers, build, ORIGIN_CONFIG);
    take_section(&headers, http, KEY_HTTP_HEADER);
    take_section(&headers, section, KEY_REQUEST_HEADER);
    take_options(&headers, build, ORIGIN_ENVIRONMENT);
    take_options(&headers, build, ORIGIN_FLAG);
    request->headers = mem_array(headers.count, sizeof *request->headers);
    request->header_count = headers.count;
    for (size_t i = 0; i < headers.count; i++)
        set_header(build, headers.items[i], request, i);
    free(headers.items);
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

/* Whether what varies is settled when a run starts. */
static void settle_templates(struct plan_request *request)
{
    struct plan_templates *t = request->templates;

    if (t == NULL)
        return;
    t->is_fixed = (t->target == NULL || template_is_fixed(t->target)) && (t->body == NULL || template_is_fixed(t->body)) &&
                  (t->user == NULL || template_is_fixed(t->user)) && (t->bearer == NULL || template_is_fixed(t->bearer));
    for (size_t i = 0; i < request->header_count && t->headers != NULL; i++)
        t->is_fixed = t->is_fixed && (t->headers[i] == NULL || template_is_fixed(t->headers[i]));
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
        build_answers(build, section, request);
        settle_templates(request);
    }
    if (plan->request_count == 0)
        mistake_at(&build->mistakes, NULL, 0, "%s: there is no [request NAME]: nothing to send", build->file);
    check_options(build);
}
