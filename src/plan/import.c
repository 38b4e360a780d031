/* Imported requests as the text of a plan: what an INI value can say exactly stands in the plan, everything else in files
 * beside it. */
#include "import.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "onager/units.h"
#include "url.h"

void import_init(struct import *import, const char *source)
{
    *import = (struct import){ .source = source };
    buf_init(&import->notes);
}

static void pairs_release(struct import_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(pairs[i].name);
        free(pairs[i].value);
    }
    free(pairs);
}

void import_release(struct import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        struct import_request *request = &import->requests[i];

        pairs_release(request->headers, request->header_count);
        pairs_release(request->fields, request->field_count);
        pairs_release(request->extracts, request->extract_count);
        free(request->name);
        free(request->method);
        free(request->url);
        free(request->body);
        free(request->body_file);
        free(request->user);
        free(request->bearer);
    }
    free(import->requests);
    free(import->ca_file);
    free(import->cert_file);
    free(import->key_file);
    free(import->proxy);
    buf_release(&import->notes);
}

struct import_request *import_add(struct import *import)
{
    import->requests = mem_resize(import->requests, import->count + 1, sizeof *import->requests);
    import->requests[import->count] = (struct import_request){ 0 };
    return &import->requests[import->count++];
}

void import_add_pair(struct import_pair **pairs, size_t *count, const char *name, const char *value)
{
    *pairs = mem_resize(*pairs, *count + 1, sizeof **pairs);
    (*pairs)[(*count)++] = (struct import_pair){ mem_copy(name), mem_copy(value) };
}

void import_add_header(struct import_request *request, const char *name, const char *value)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct import_pair *header = &request->headers[i];

        if (strcasecmp(header->name, name) == 0) {
            char *both = mem_format("%s%s%s", header->value, strcasecmp(name, "Cookie") == 0 ? "; " : ", ", value);

            free(header->value);
            header->value = both;
            return;
        }
    }
    import_add_pair(&request->headers, &request->header_count, name, value);
}

void import_note(struct import *import, unsigned line, const char *format, ...)
{
    char text[300];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_addf(&import->notes, "%s%s:%u: %s", import->notes.length > 0 ? "\n" : "", import->source, line, text);
}

/* ---- values ---- */

/* Bytes of "<NAME>", the name of an extract between its two marks; 0: none begins here. */
static size_t name_length(const char *text, size_t length)
{
    size_t i = 1;

    while (i < length && (isalnum((unsigned char)text[i]) || text[i] == '_'))
        i++;
    return text[0] == IMPORT_VALUE && i > 1 && i < length && text[i] == IMPORT_VALUE_END ? i + 1 : 0;
}

bool import_is_plain(const char *text, size_t length)
{
    if (length == 0 || length > 60000 || text[0] == ' ' || text[0] == '\t' || text[length - 1] == ' ' || text[length - 1] == '\t')
        return false;
    for (size_t i = 0; i < length; i++) {
        size_t name = name_length(text + i, length - i);

        i += name > 0 ? name - 1 : 0;
        if (name == 0 && (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f))
            return false;
    }
    return true;
}

struct printer {
    const struct import *import;
    const char *stem;
    char **names;
    char *base;
    struct buf *out;
    struct import_file *files;
    size_t file_count;
    unsigned line;    /* of the request that is printed */
    struct error err; /* the first that no plan can say */
};

/* A key that a line can begin with. */
static bool is_key(const char *key)
{
    return import_is_plain(key, strlen(key)) && strchr(key, '=') == NULL && strchr(key, IMPORT_VALUE) == NULL;
}

/* ${ of what was imported means itself. */
static void put(struct printer *p, const char *key, const char *value)
{
    if (!is_key(key) || (value[0] != '\0' && !import_is_plain(value, strlen(value)))) {
        if (p->err.exit_code == 0)
            error_set(
                &p->err, EXIT_PLAN, "%s:%u: %.60s: control characters or blanks at an end, which no plan can say", p->import->source,
                p->line, key);
        return;
    }
    buf_addf(p->out, "%s = ", key);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == IMPORT_VALUE)
            buf_add_text(p->out, "${");
        else if (*c == IMPORT_VALUE_END)
            buf_add_char(p->out, '}');
        else if (c[0] == '$' && c[1] == '{')
            buf_add_text(p->out, "$$");
        else
            buf_add_char(p->out, *c);
    }
    buf_add_char(p->out, '\n');
}

static void put_duration(struct buf *out, const char *key, uint64_t ns)
{
    char text[40];

    buf_addf(out, "%s = %s\n", key, units_format_duration(text, sizeof text, ns));
}

/* ---- names ---- */

#define NAME_MAX_BYTES 32

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

static bool has_letter(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (isalpha((unsigned char)text[i]))
            return true;
    return false;
}

/* The part of a path that ends at `end`; moves *end before it. */
static const char *part_before(const char *path, const char **end)
{
    const char *start;

    while (*end > path && (*end)[-1] == '/')
        (*end)--;
    for (start = *end; start > path && start[-1] != '/';)
        start--;
    return start;
}

/* "users", "post-users", "put-users-id": the last part of the path that has letters, "root" without one. */
static char *name_from(const char *url, const char *method)
{
    const char *path = strstr(url, "://"), *end, *start, *id = "";
    char name[NAME_MAX_BYTES + 1];
    size_t used = 0;

    path = path != NULL ? path + 3 + strcspn(path + 3, "/") : url;
    end = path + strcspn(path, "?#");
    start = part_before(path, &end);
    if (start < end && (*start == IMPORT_VALUE || !has_letter(start, (size_t)(end - start)))) {
        id = "-id";
        end = start;
        start = part_before(path, &end);
    }
    for (const char *m = method; strcmp(method, "GET") != 0 && *m != '\0' && used < 8; m++)
        name[used++] = (char)tolower((unsigned char)*m);
    if (used > 0)
        name[used++] = '-';
    for (; start < end && used < NAME_MAX_BYTES; start++)
        name[used++] = is_name_char(*start) ? *start : '-';
    name[used] = '\0';
    return mem_format("%s%s%s", name, used > 0 && name[used - 1] != '-' ? "" : "root", id);
}

static bool is_taken(char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static char **names_of(const struct import *import)
{
    char **names = mem_array(import->count + 1, sizeof *names);

    for (size_t i = 0; i < import->count; i++) {
        char *base = import->requests[i].name != NULL ? mem_copy(import->requests[i].name)
                                                      : name_from(import->requests[i].url, import->requests[i].method);

        names[i] = mem_copy(base);
        for (unsigned number = 2; is_taken(names, i, names[i]); number++) {
            free(names[i]);
            names[i] = mem_format("%s-%u", base, number);
        }
        free(base);
    }
    return names;
}

/* "http://host:port" when all requests go there, else NULL; returned owned. */
static char *common_base(const struct import *import)
{
    char *base = NULL;

    for (size_t i = 0; i < import->count; i++) {
        struct url url;
        char why[160], *own;
        bool is_same;

        char *text = mem_copy(import->requests[i].url);
        bool is_good;

        for (char *c = text; *c != '\0'; c++)
            *c = *c == IMPORT_VALUE || *c == IMPORT_VALUE_END ? '_' : *c;
        is_good = url_parse(&url, text, why, sizeof why);
        free(text);
        if (!is_good) {
            free(base);
            return NULL;
        }
        own = mem_format("%s://%s", url.scheme, url.authority);
        url_release(&url);
        is_same = (base == NULL || strcmp(base, own) == 0) && strncmp(import->requests[i].url, own, strlen(own)) == 0 &&
                  strchr("/?", import->requests[i].url[strlen(own)]) != NULL;
        if (base == NULL)
            base = mem_copy(own);
        free(own);
        if (!is_same) {
            free(base);
            return NULL;
        }
    }
    return base;
}

/* Whether every request has this header: then [http] says it once. */
static bool is_common(const struct import *import, const struct import_pair *header)
{
    for (size_t i = 0; i < import->count; i++) {
        const struct import_request *request = &import->requests[i];
        bool has = false;

        for (size_t j = 0; j < request->header_count && !has; j++)
            has = strcasecmp(request->headers[j].name, header->name) == 0 && strcmp(request->headers[j].value, header->value) == 0;
        if (!has)
            return false;
    }
    return import->count > 1;
}

static bool is_all_decoded(const struct import *import)
{
    for (size_t i = 0; i < import->count; i++)
        if (!import->requests[i].is_decoded)
            return false;
    return import->count > 1;
}

/* ---- sections ---- */

static const char *extension_of(const struct import_request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, "Content-Type") == 0)
            return strstr(request->headers[i].value, "json") != NULL  ? "json"
                   : strstr(request->headers[i].value, "xml") != NULL ? "xml"
                                                                      : "body";
    return "body";
}

/* Bytes that no line holds as ${hex:...}. */
static void put_bytes(struct printer *p, const char *key, const char *bytes, size_t length)
{
    buf_addf(p->out, "%s = ", key);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_edge = (i == 0 || i + 1 == length) && (c == ' ' || c == '\t');

        if (c < ' ' || c == 0x7f || is_edge)
            buf_addf(p->out, "${hex:%02X}", c);
        else if (c == '$' && i + 1 < length && bytes[i + 1] == '{')
            buf_add_text(p->out, "$$");
        else
            buf_add_char(p->out, (char)c);
    }
    buf_add_char(p->out, '\n');
}

static void put_body(struct printer *p, const struct import_request *request, const char *name)
{
    char *file;

    if (request->body_file != NULL)
        put(p, "body_file", request->body_file);
    if (request->body == NULL || request->body_length == 0)
        return;
    if (import_is_plain(request->body, request->body_length)) {
        put(p, "body", request->body);
        return;
    }
    if (p->stem == NULL) {
        put_bytes(p, "body", request->body, request->body_length);
        return;
    }
    file = mem_format("%s.%s.%s", p->stem, name, extension_of(request));
    p->files = mem_resize(p->files, p->file_count + 1, sizeof *p->files);
    p->files[p->file_count++] = (struct import_file){ file, request->body, request->body_length };
    put(p, "body_file", file);
}

static void put_request(struct printer *p, size_t index)
{
    const struct import_request *request = &p->import->requests[index];
    size_t base = p->base != NULL ? strlen(p->base) : 0;
    char key[400], *target;

    p->line = request->line;

    buf_addf(p->out, "\n[request %s]\n", p->names[index]);
    put(p, "method", request->method);
    target = mem_format("%s%s", base > 0 && request->url[base] != '/' ? "/" : "", request->url + base);
    put(p, "url", target);
    free(target);
    if (request->user != NULL)
        put(p, "user", request->user);
    if (request->bearer != NULL)
        put(p, "bearer", request->bearer);
    if (request->timeout_ns > 0)
        put_duration(p->out, "timeout", request->timeout_ns);
    if (request->status >= 400 && request->status < 500) /* a fault of the server is none of its answers */
        buf_addf(p->out, "expect = 200-399, %u\n", request->status);
    if (request->follows)
        put(p, "redirects", "10");
    if (request->is_decoded && !is_all_decoded(p->import))
        put(p, "decode", "yes");
    for (size_t i = 0; i < request->header_count; i++) {
        if (is_common(p->import, &request->headers[i]))
            continue;
        snprintf(key, sizeof key, "header.%s", request->headers[i].name);
        put(p, key, request->headers[i].value);
    }
    for (size_t i = 0; i < request->field_count; i++) {
        snprintf(key, sizeof key, "multipart.%s", request->fields[i].name);
        put(p, key, request->fields[i].value);
    }
    for (size_t i = 0; i < request->extract_count; i++) {
        snprintf(key, sizeof key, "extract.%s", request->extracts[i].name);
        put(p, key, request->extracts[i].value);
    }
    put_body(p, request, p->names[index]);
}

static void put_flow(struct printer *p)
{
    const struct import *import = p->import;
    char text[40];

    buf_add_text(p->out, "\n; what one iteration does\n[flow imported]\n");
    for (size_t i = 0; i < import->count; i++) {
        if (import->requests[i].think_ns > 0)
            buf_addf(p->out, "step = think %s\n", units_format_duration(text, sizeof text, import->requests[i].think_ns));
        if (!import->requests[i].is_with_next || i + 1 == import->count) {
            buf_addf(p->out, "step = request %s\n", p->names[i]);
            continue;
        }
        buf_addf(p->out, "step = parallel { request %s", p->names[i]);
        for (; i + 1 < import->count && import->requests[i].is_with_next; i++)
            buf_addf(p->out, "; request %s", p->names[i + 1]);
        buf_add_text(p->out, " }\n");
    }
}

static void put_head(struct printer *p)
{
    const struct import *import = p->import;
    size_t before;

    buf_addf(p->out, "; made by onager import from %s\n[plan]\n", import->source);
    if (p->base != NULL)
        put(p, "base_url", p->base);
    before = p->out->length;
    buf_add_text(p->out, "\n[http]\n");
    if (import->wants_cookies)
        put(p, "cookies", "iteration");
    if (is_all_decoded(import))
        put(p, "decode", "yes");
    if (import->is_insecure)
        put(p, "insecure", "yes");
    if (import->ca_file != NULL)
        put(p, "ca_file", import->ca_file);
    if (import->cert_file != NULL)
        put(p, "cert_file", import->cert_file);
    if (import->key_file != NULL)
        put(p, "key_file", import->key_file);
    if (import->proxy != NULL)
        put(p, "proxy", import->proxy);
    for (size_t i = 0; import->count > 0 && i < import->requests[0].header_count; i++) {
        const struct import_pair *header = &import->requests[0].headers[i];
        char key[400];

        snprintf(key, sizeof key, "header.%s", header->name);
        if (is_common(import, header))
            put(p, key, header->value);
    }
    if (p->out->length == before + strlen("\n[http]\n"))
        p->out->length = before;
}

int import_print(
    const struct import *import, const char *stem, struct buf *out, struct import_file **files, size_t *file_count, struct error *err)
{
    struct printer p = { .import = import, .stem = stem, .out = out, .names = names_of(import), .base = common_base(import) };
    int result = import->count > 0 ? 0 : error_set(err, EXIT_PLAN, "%s: there is no request in it", import->source);

    if (result == 0)
        put_head(&p);
    for (size_t i = 0; i < import->count && result == 0; i++)
        put_request(&p, i);
    if (result == 0 && import->count > 1)
        put_flow(&p);
    if (result == 0 && import->count > 1)
        buf_add_text(out, "\n[scenario imported]\nexecutor = constant-vus\nvus = 1\nduration = 30s\nflow = imported\n");
    else if (result == 0)
        buf_add_text(out, "\n[scenario imported]\nexecutor = constant-arrival-rate\nrate = 50/s\nduration = 30s\nmax_vus = 50\n");
    if (result == 0 && p.err.exit_code != 0) {
        *err = p.err;
        result = -1;
    }
    for (size_t i = 0; i < import->count; i++)
        free(p.names[i]);
    free(p.names);
    free(p.base);
    *files = p.files;
    *file_count = p.file_count;
    return result;
}
