/* HAR (HTTP Archive 1.2) to requests: what a browser recorded, in its order, with the pauses between. Values that an earlier
 * answer held (import_values.c) become extracts, cookies come from the answers. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "import.h"
#include "import_values.h"
#include "mem.h"
#include "onager/units.h"

#define THINK_LEAST_MS 50 /* below that it is the browser's own time */
#define PARALLEL_MOST 6   /* connections of a browser to an origin */

struct entry {
    json_t *json; /* borrowed from the document */
    double start_ms, end_ms;
    size_t index; /* in the file */
};

static const char *text_at(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* ---- time ---- */

/* "2026-01-31T12:00:00.123+02:00" in ms since 1970; NAN when it is no time. */
static double parse_time(const char *text)
{
    struct tm tm = { 0 };
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    double ms, zone = 0;
    char *end;

    if (rest == NULL)
        return NAN;
    ms = (double)timegm(&tm) * 1000;
    if (*rest == '.') {
        ms += strtod(rest, &end) * 1000;
        rest = end;
    }
    if ((*rest == '+' || *rest == '-') && strlen(rest) >= 6)
        zone = (double)(strtol(rest + 1, &end, 10) * 60 + strtol(rest + 4, &end, 10)) * 60000 * (*rest == '+' ? 1 : -1);
    return ms - zone;
}

static int by_start(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->start_ms != y->start_ms)
        return x->start_ms < y->start_ms ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* ---- which entries ---- */

static bool is_wanted(json_t *entry)
{
    const char *url = text_at(json_object_get(entry, "request"), "url");

    return (strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0) &&
           strcmp(text_at(entry, "_resourceType"), "websocket") != 0 && strcmp(text_at(entry, "_resourceType"), "preflight") != 0;
}

/* Returned owned, in the order in which they were sent. */
static struct entry *entries_of(json_t *list, size_t *count, size_t *left_out)
{
    struct entry *entries = mem_array(json_array_size(list) + 1, sizeof *entries);
    double last = 0;

    *count = *left_out = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        double start = parse_time(text_at(entry, "startedDateTime")), took = json_number_value(json_object_get(entry, "time"));

        if (!is_wanted(entry)) {
            (*left_out)++;
            continue;
        }
        if (isnan(start))
            start = last;
        last = start;
        entries[(*count)++] = (struct entry){ entry, start, start + (took > 0 ? took : 0), i };
    }
    qsort(entries, *count, sizeof *entries, by_start);
    return entries;
}

/* ---- headers and cookies ---- */

/* What onager says by itself, or what belongs to the browser's connection. */
static bool is_own_header(const char *name)
{
    static const char *const own[] = { "Host", "Connection", "Content-Length",   "Transfer-Encoding",
                                       "TE",   "Keep-Alive", "Proxy-Connection", "Accept-Encoding" };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcasecmp(name, own[i]) == 0)
            return true;
    return name[0] == ':';
}

/* Whether every cookie of the header was set by an earlier answer. */
static bool is_from_answers(const char *header, json_t *set)
{
    char *copy = mem_copy(header), *rest = copy, *part;
    bool all = true;

    while (all && (part = strsep(&rest, ";")) != NULL) {
        part += strspn(part, " ");
        part[strcspn(part, "=")] = '\0';
        all = *part == '\0' || json_object_get(set, part) != NULL;
    }
    free(copy);
    return all;
}

static void remember_cookies(json_t *response, json_t *set)
{
    json_t *headers = json_object_get(response, "headers");

    for (size_t i = 0; i < json_array_size(headers); i++) {
        json_t *header = json_array_get(headers, i);
        const char *value = text_at(header, "value");

        /* several are one header with line breaks, as Chromium writes them */
        while (strcasecmp(text_at(header, "name"), "Set-Cookie") == 0 && *value != '\0') {
            char *name = mem_copy_n(value, strcspn(value, "=\n"));

            json_object_set_new_nocheck(set, name, json_true());
            free(name);
            value += strcspn(value, "\n");
            value += *value == '\n';
        }
    }
}

static void take_headers(struct import *import, struct import_request *request, json_t *headers, json_t *cookies)
{
    for (size_t i = 0; i < json_array_size(headers); i++) {
        json_t *header = json_array_get(headers, i);
        const char *name = text_at(header, "name"), *value = text_at(header, "value");

        if (strcasecmp(name, "Accept-Encoding") == 0)
            request->is_decoded = true;
        if (is_own_header(name) || *name == '\0' || *value == '\0' || !import_is_plain(value, strlen(value)))
            continue;
        if (strcasecmp(name, "Cookie") == 0 && is_from_answers(value, cookies)) {
            import->wants_cookies = true;
            continue;
        }
        import_add_header(request, name, value);
    }
}

/* ---- a request ---- */

static void take_body(struct import_request *request, json_t *post)
{
    json_t *text = json_object_get(post, "text"), *params = json_object_get(post, "params");
    struct buf form;

    if (json_is_string(text) && json_string_length(text) > 0) {
        request->body = mem_copy_n(json_string_value(text), json_string_length(text));
        request->body_length = json_string_length(text);
        return;
    }
    buf_init(&form);
    for (size_t i = 0; i < json_array_size(params); i++) {
        json_t *param = json_array_get(params, i);

        if (strncasecmp(text_at(post, "mimeType"), "multipart/", 10) == 0)
            import_add_pair(&request->fields, &request->field_count, text_at(param, "name"), text_at(param, "value"));
        else
            buf_addf(&form, "%s%s=%s", i > 0 ? "&" : "", text_at(param, "name"), text_at(param, "value"));
    }
    if (form.length > 0) {
        request->body_length = form.length;
        request->body = buf_take(&form);
    }
    buf_release(&form);
}

static void drop_content_type(struct import_request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, "Content-Type") == 0) {
            free(request->headers[i].name);
            free(request->headers[i].value);
            memmove(&request->headers[i], &request->headers[i + 1], (--request->header_count - i) * sizeof *request->headers);
            i--;
        }
}

static void add_request(struct import *import, struct entry *entry, json_t *cookies, struct import_values *values)
{
    json_t *json = json_object_get(entry->json, "request"), *response = json_object_get(entry->json, "response");
    struct import_request *request = import_add(import);
    const char *url = text_at(json, "url");

    request->line = (unsigned)entry->index + 1;
    request->method = mem_copy(text_at(json, "method")[0] != '\0' ? text_at(json, "method") : "GET");
    request->url = mem_copy_n(url, strcspn(url, "#"));
    request->status = (unsigned)json_integer_value(json_object_get(response, "status"));
    take_headers(import, request, json_object_get(json, "headers"), cookies);
    take_body(request, json_object_get(json, "postData"));
    if (request->field_count > 0)
        drop_content_type(request); /* its boundary is made anew */
    import_values_use(values, import, import->count - 1);
    import_values_see(values, import->count - 1, response);
    remember_cookies(response, cookies);
}

/* Pauses, and what was under way together: GETs that began before the first of them was answered. */
static void set_rhythm(struct import *import, const struct entry *entries, size_t first)
{
    double latest_end = 0, group_end = 0;
    size_t group = 0;

    for (size_t i = first; i < import->count; i++) {
        const struct entry *entry = &entries[i - first];
        struct import_request *request = &import->requests[i];
        bool is_get = strcmp(request->method, "GET") == 0;

        if (i > first && group > 0 && group < PARALLEL_MOST && is_get && entry->start_ms < group_end) {
            import->requests[i - 1].is_with_next = true;
            group++;
            group_end = entry->end_ms < group_end ? entry->end_ms : group_end;
        } else {
            if (i > first && entry->start_ms - latest_end >= THINK_LEAST_MS)
                request->think_ns = (uint64_t)(entry->start_ms - latest_end) * NS_PER_MS;
            group = is_get ? 1 : 0;
            group_end = entry->end_ms;
        }
        latest_end = entry->end_ms > latest_end ? entry->end_ms : latest_end;
    }
}

int import_har(struct import *import, const char *text, size_t length, struct error *err)
{
    json_error_t problem;
    json_t *document = json_loadb(text, length, 0, &problem), *list, *cookies;
    size_t first = import->count, count, left_out;
    struct import_values values;
    struct entry *entries;

    if (document == NULL)
        return error_set(err, EXIT_PLAN, "%s:%d:%d: not JSON: %s", import->source, problem.line, problem.column, problem.text);
    list = json_object_get(json_object_get(document, "log"), "entries");
    if (!json_is_array(list)) {
        json_decref(document);
        return error_set(err, EXIT_PLAN, "%s: a HAR has log.entries, this has none", import->source);
    }
    entries = entries_of(list, &count, &left_out);
    cookies = json_object();
    import_values_init(&values);
    for (size_t i = 0; i < count; i++)
        add_request(import, &entries[i], cookies, &values);
    set_rhythm(import, entries, first);
    if (left_out > 0)
        import_note(import, 1, "%zu of %zu entries are left out: no http request of the page's own", left_out, left_out + count);
    import_values_release(&values);
    json_decref(cookies);
    json_decref(document);
    free(entries);
    return 0;
}
