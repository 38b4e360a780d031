/* url and query. of [request NAME]: where to, with ${...} in path and query at most. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "journey.h"
#include "mem.h"
#include "url.h"

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

static void take_url(struct plan_request *request, struct url *url)
{
    request->url = url->text;
    request->scheme = url->scheme;
    request->host = url->host;
    request->port = url->port;
    request->target = url->target;
    request->user = url->user;
    free(url->authority);
}

static char *joined(const struct build *build, const char *path)
{
    size_t length = strlen(build->base_url);

    while (length > 0 && build->base_url[length - 1] == '/')
        length--;
    return mem_format("%.*s%s", (int)length, build->base_url, path);
}

/* ---- constant ---- */

static void read_constant(struct build *build, const struct setting *setting, const char *text, struct plan_request *request)
{
    char *whole = NULL, why[160];
    struct url url;

    if (text[0] == '/' && build->base_url == NULL) {
        value_mistake_about(build, setting, "a url that begins with \"/\" wants base_url in [plan]");
        return;
    }
    if (text[0] == '/') {
        whole = joined(build, text);
    } else if (strstr(text, "://") == NULL) {
        value_mistake_about(build, setting, "expected http://HOST/PATH, or /PATH after base_url");
        return;
    }
    if (url_parse(&url, whole != NULL ? whole : text, why, sizeof why))
        take_url(request, &url);
    else if (whole == NULL || is_base_good(build))
        value_mistake_about(build, setting, "%s", why);
    free(whole);
}

/* ---- with ${...} ---- */

/* How many bytes of the first literal are scheme and authority; 0: it begins with the path. SIZE_MAX and said: neither. */
static size_t origin_length(struct build *build, const struct setting *setting, const struct plan_text *text)
{
    const struct text_part *first = &text->parts[0];
    const char *mark;
    size_t length;

    if (first->kind != TEXT_LITERAL || first->bytes[0] == '/') {
        if (build->base_url != NULL)
            return is_base_good(build) ? 0 : SIZE_MAX;
        value_mistake_about(
            build, setting, "a url that begins with %s wants base_url in [plan]", first->kind == TEXT_LITERAL ? "\"/\"" : "${...}");
        return SIZE_MAX;
    }
    mark = strstr(first->bytes, "://");
    if (mark == NULL) {
        value_mistake_about(build, setting, "expected http://HOST/PATH, or /PATH after base_url");
        return SIZE_MAX;
    }
    length = (size_t)(mark - first->bytes) + 3 + strcspn(mark + 3, "/?#");
    if (length == first->length) {
        text_mistake(
            build, setting, (size_t)(strstr(setting->value, "${") - setting->value),
            "url: scheme, host and port are the same for the whole run; ${...} stands behind them");
        return SIZE_MAX;
    }
    return length;
}

/* Spaces are a mistake, "#..." is never sent, bytes outside ASCII are encoded. false: a mistake. */
static bool clean_literals(struct build *build, const struct setting *setting, struct plan_text *target)
{
    for (size_t i = 0; i < target->count; i++) {
        struct text_part *part = &target->parts[i];
        struct buf out;

        if (part->kind != TEXT_LITERAL)
            continue;
        buf_init(&out);
        for (size_t j = 0; j < part->length && part->bytes[j] != '#'; j++) {
            unsigned char c = (unsigned char)part->bytes[j];

            if (c <= ' ' || c == 0x7f) {
                value_mistake_about(build, setting, "a URL holds no spaces or control characters (%%20 is a space)");
                buf_release(&out);
                return false;
            }
            if (c >= 0x80)
                buf_addf(&out, "%%%02X", c);
            else
                buf_add_char(&out, (char)c);
        }
        if (memchr(part->bytes, '#', part->length) != NULL)
            while (target->count > i + 1) {
                struct plan_text rest = { .parts = mem_alloc(sizeof *rest.parts), .count = 1 };

                rest.parts[0] = target->parts[--target->count];
                plan_text_release(&rest);
            }
        part->length = out.length;
        free(part->bytes);
        part->bytes = buf_take(&out);
    }
    return true;
}

static void set_target(struct build *build, struct plan_request *request, struct plan_text *target)
{
    struct plan_text *kept = mem_alloc(sizeof *kept);
    struct buf shown;

    *kept = *target;
    templates_of(request)->target = kept;
    buf_init(&shown);
    template_print(&shown, build->plan, target);
    free(request->target);
    request->target = buf_take(&shown);
    shown.data = mem_format(
        "%.*s%s", (int)strcspn(strstr(request->url, "://") + 3, "/") + (int)(strstr(request->url, "://") - request->url) + 3, request->url,
        request->target);
    free(request->url);
    request->url = shown.data;
}

static void read_varying(struct build *build, const struct setting *setting, struct plan_text *text, struct plan_request *request)
{
    size_t length = origin_length(build, setting, text);
    struct plan_text target = { 0 };
    char *origin, why[160];
    struct url url;

    if (length == SIZE_MAX)
        return;
    origin = length > 0 ? mem_format("%.*s/", (int)length, text->parts[0].bytes) : joined(build, "/");
    if (!url_parse(&url, origin, why, sizeof why)) {
        value_mistake_about(build, setting, "%s", why);
        free(origin);
        return;
    }
    free(origin);
    take_url(request, &url);
    if (length > 0) { /* behind the origin */
        struct text_part *first = &text->parts[0];

        if (first->bytes[length] != '/')
            template_add_bytes(&target, "/", 1);
        memmove(first->bytes, first->bytes + length, first->length - length + 1);
        first->length -= length;
    } else if (strlen(request->target) > 1) {
        template_add_bytes(&target, request->target, strlen(request->target) - 1); /* the path of base_url */
    }
    template_append(&target, text);
    if (clean_literals(build, setting, &target))
        set_target(build, request, &target);
    else
        plan_text_release(&target);
}

/* ---- query ---- */

/* "?a=b" or "&a=b" behind what is there. */
static bool read_query(struct build *build, const struct section *section, bool has_query, struct plan_text *query)
{
    bool is_good = true;

    for (size_t i = 0; i < section->count; i++) {
        const struct setting *setting = &section->settings[i];
        struct plan_text value;
        struct buf name;

        if (setting->key != KEY_REQUEST_QUERY)
            continue;
        buf_init(&name);
        buf_add_char(&name, has_query ? '&' : '?');
        template_escape(&name, ESCAPE_QUERY, setting->name, strlen(setting->name));
        buf_add_char(&name, '=');
        has_query = true;
        template_add_bytes(query, name.data, name.length);
        buf_release(&name);
        if (text_read(build, setting, TEMPLATE_QUERY, &value))
            template_append(query, &value);
        else
            is_good = false;
    }
    return is_good;
}

/* Whether the target has a '?' in what is written there. */
static bool has_query(const struct plan_request *request)
{
    const struct plan_text *target = request->templates != NULL ? request->templates->target : NULL;

    if (target == NULL)
        return strchr(request->target, '?') != NULL;
    for (size_t i = 0; i < target->count; i++)
        if (target->parts[i].kind == TEXT_LITERAL && strchr(target->parts[i].bytes, '?') != NULL)
            return true;
    return false;
}

static void add_query(struct build *build, const struct section *section, struct plan_request *request)
{
    struct plan_text query = { 0 }, target = { 0 };

    if (!read_query(build, section, has_query(request), &query) || query.count == 0) {
        plan_text_release(&query);
        return;
    }
    if (plan_text_is_constant(&query) && (request->templates == NULL || request->templates->target == NULL)) {
        char *longer = mem_format("%s%s", request->target, template_constant(&query, NULL));
        char *url = mem_format("%s%s", request->url, template_constant(&query, NULL));

        free(request->target);
        free(request->url);
        request->target = longer;
        request->url = url;
        plan_text_release(&query);
        return;
    }
    if (request->templates != NULL && request->templates->target != NULL) {
        target = *request->templates->target;
        free(request->templates->target);
        free(target.source);
        target.source = NULL;
    } else {
        template_add_bytes(&target, request->target, strlen(request->target));
    }
    template_append(&target, &query);
    set_target(build, request, &target);
}

void build_url(struct build *build, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = value_find(build, section, KEY_REQUEST_URL);
    char shown[SECTION_SHOWN_SIZE];
    struct plan_text text;

    if (setting == NULL) {
        mistake_at(&build->mistakes, &section->place, 0, "%s has no url", section_shown(shown, SECTION_REQUEST, section->name));
        return;
    }
    if (!text_read(build, setting, TEMPLATE_TARGET, &text))
        return;
    if (plan_text_is_constant(&text))
        read_constant(build, setting, template_constant(&text, NULL), request);
    else
        read_varying(build, setting, &text, request);
    plan_text_release(&text);
    if (request->target != NULL)
        add_query(build, section, request);
}
