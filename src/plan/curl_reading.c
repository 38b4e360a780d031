/* What curl makes of data, forms, headers and the rest of its options (curl.1). */
#include "curl_reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"

#define FILE_MAX (64 << 20)

int curl_refuse(const struct curl_reading *r, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(r->err, EXIT_PLAN, "%s:%u: %s", r->import->source, r->line, text);
}

/* The bytes of a file, returned owned; NULL and *err. */
static char *read_file(const struct curl_reading *r, const char *path, size_t *length)
{
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
    struct buf bytes;
    char piece[65536];
    size_t n;

    if (file == NULL) {
        curl_refuse(r, "cannot read the file \"%.200s\", which the command line names with @", path);
        return NULL;
    }
    buf_init(&bytes);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0 && bytes.length < FILE_MAX)
        buf_add(&bytes, piece, n);
    fclose(file);
    *length = bytes.length;
    return buf_take(&bytes);
}

/* ---- data ---- */

static void data_join(struct buf *data, bool *has_data, char between)
{
    if (*has_data && between != '\0')
        buf_add_char(data, between);
    *has_data = true;
}

static void add_encoded(struct buf *out, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;

        if (c == ' ')
            buf_add_char(out, '+'); /* as curl does since 7.86 */
        else if (c != '\0' && is_safe)
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "%%%02X", c);
    }
}

/* CONTENT, =CONTENT, NAME=CONTENT, @FILE, NAME@FILE: the content is encoded, the name is not. */
static int add_urlencoded(struct curl_reading *r, struct buf *out, const char *value)
{
    const char *mark = strpbrk(value, "=@");
    char *content;
    size_t length;

    if (mark == NULL) {
        add_encoded(out, value, strlen(value));
        return 0;
    }
    if (mark > value) {
        buf_add(out, value, (size_t)(mark - value));
        buf_add_char(out, '=');
    }
    if (*mark == '=') {
        add_encoded(out, mark + 1, strlen(mark + 1));
        return 0;
    }
    content = read_file(r, mark + 1, &length);
    if (content == NULL)
        return -1;
    add_encoded(out, content, length);
    free(content);
    return 0;
}

/* @FILE: -d leaves out line breaks and NULs, --data-binary and --json nothing. */
static int add_data_file(struct curl_reading *r, const char *path, bool is_binary)
{
    size_t length;
    char *bytes = read_file(r, path, &length);

    if (bytes == NULL)
        return -1;
    for (size_t i = 0; i < length; i++)
        if (is_binary || (bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\0'))
            buf_add_char(&r->data, bytes[i]);
    free(bytes);
    return 0;
}

int curl_add_data(struct curl_reading *r, enum curl_data kind, const char *value)
{
    bool was_empty = !r->has_data;

    data_join(&r->data, &r->has_data, kind == CURL_DATA_JSON ? '\0' : '&');
    r->is_json |= kind == CURL_DATA_JSON;
    if (kind == CURL_DATA_URLENCODE)
        return add_urlencoded(r, &r->data, value);
    if (value[0] == '@' && kind == CURL_DATA_BINARY && was_empty) {
        free(r->request.body_file);
        r->request.body_file = mem_copy(value + 1); /* alone it stays a file */
        r->is_whole_file = true;
    }
    if (value[0] == '@' && kind != CURL_DATA_RAW)
        return add_data_file(r, value + 1, kind != CURL_DATA);
    buf_add_text(&r->data, value);
    return 0;
}

/* NAME=VALUE, NAME=@FILE, NAME=<FILE; what follows ";type=" and the like is said of a file. */
int curl_add_field(struct curl_reading *r, const char *value, bool is_string)
{
    const char *mark = strchr(value, '=');
    char *name, *content;
    size_t length;

    if (mark == NULL)
        return curl_refuse(r, "-F wants NAME=VALUE, got \"%.100s\"", value);
    name = mem_copy_n(value, (size_t)(mark - value));
    if (!is_string && mark[1] == '<') {
        content = read_file(r, mark + 2, &length);
        if (content != NULL)
            import_add_pair(&r->request.fields, &r->request.field_count, name, content);
        free(content);
        free(name);
        return content != NULL ? 0 : -1;
    }
    import_add_pair(&r->request.fields, &r->request.field_count, name, mark + 1);
    free(name);
    return 0;
}

/* ---- headers ---- */

static bool has_header(const struct curl_reading *r, const char *name)
{
    for (size_t i = 0; i < r->request.header_count; i++)
        if (strcasecmp(r->request.headers[i].name, name) == 0)
            return true;
    return false;
}

void curl_set_header(struct curl_reading *r, const char *name, const char *value)
{
    if (!has_header(r, name))
        import_add_pair(&r->request.headers, &r->request.header_count, name, value);
}

static void drop_header(struct import_request *request, size_t index)
{
    free(request->headers[index].name);
    free(request->headers[index].value);
    request->header_count--;
    memmove(&request->headers[index], &request->headers[index + 1], (request->header_count - index) * sizeof *request->headers);
}

/* "Name: value"; "Name:" leaves out curl's own, which only matters for what onager sends by itself too. */
int curl_add_header(struct curl_reading *r, const char *line)
{
    const char *colon = strpbrk(line, ":;"), *value;
    char *name;

    if (line[0] == '@')
        return curl_refuse(r, "headers from a file are not read: -H \"%.100s\"", line);
    if (line[0] == ':' || colon == NULL) /* ":authority: host", as browsers copy HTTP/2 */
        return 0;
    for (const char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return curl_refuse(r, "a header with a tab or another control character, which no plan can send: \"%.60s\"", line);
    name = mem_copy_n(line, (size_t)(colon - line));
    value = colon + 1 + strspn(colon + 1, " \t");
    if (*colon == ':' && *value == '\0') {
        if (strcasecmp(name, "Accept") == 0 || strcasecmp(name, "User-Agent") == 0)
            import_note(r->import, r->line, "-H \"%s:\" leaves a header out; onager sends its own", name);
    } else if (*colon == ';' && *value == '\0') {
        import_note(r->import, r->line, "-H \"%s;\" sends an empty header, which a plan cannot; it is left out", name);
    } else if (strcasecmp(name, "Content-Length") != 0) {
        import_add_header(&r->request, name, value);
    }
    free(name);
    return 0;
}

int curl_add_query(struct curl_reading *r, const char *value)
{
    if (r->query.length > 0)
        buf_add_char(&r->query, '&');
    if (value[0] != '+')
        return add_urlencoded(r, &r->query, value);
    buf_add_text(&r->query, value + 1);
    return 0;
}

/* ---- a request, complete ---- */

static int check_url(const struct curl_reading *r)
{
    const char *rest = strstr(r->url, "://");

    for (const char *c = r->url; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return curl_refuse(r, "a space or a control character in the URL \"%.200s\"", r->url);
    rest = rest != NULL ? rest + 3 : r->url;
    if (*rest == '[') /* an address */
        rest += strcspn(rest, "]") + (strchr(rest, ']') != NULL);
    if (r->is_globbing && strpbrk(rest, "[]{}") != NULL)
        return curl_refuse(r, "curl would make several URLs of the brackets in \"%.200s\": write them one by one, or add -g", r->url);
    return 0;
}

/* With what -G and --url-query add, before the fragment. */
static char *complete_url(struct curl_reading *r)
{
    const char *scheme = strstr(r->url, "://") != NULL ? "" : "http://";
    size_t length = strcspn(r->url, "#");
    bool has_query = memchr(r->url, '?', length) != NULL;
    struct buf url;

    buf_init(&url);
    buf_addf(&url, "%s%.*s", scheme, (int)length, r->url);
    if (r->upload != NULL && length > 0 && r->url[length - 1] == '/') {
        const char *slash = strrchr(r->upload, '/');

        buf_add_text(&url, slash != NULL ? slash + 1 : r->upload);
    }
    if (r->is_get && r->data.length > 0) {
        buf_addf(&url, "%c%s", has_query ? '&' : '?', r->data.data);
        has_query = true;
    }
    if (r->query.length > 0)
        buf_addf(&url, "%c%s", has_query ? '&' : '?', r->query.data);
    return buf_take(&url);
}

static void complete_body(struct curl_reading *r)
{
    struct import_request *request = &r->request;

    if (r->upload != NULL) {
        free(request->body_file);
        request->body_file = mem_copy(r->upload);
        return;
    }
    if (!r->has_data || r->is_get)
        return;
    if (r->is_json) {
        curl_set_header(r, "Content-Type", "application/json");
        curl_set_header(r, "Accept", "application/json");
    }
    curl_set_header(r, "Content-Type", "application/x-www-form-urlencoded");
    if (r->is_whole_file && request->body_file != NULL)
        return;
    free(request->body_file);
    request->body_file = NULL;
    request->body_length = r->data.length;
    request->body = buf_take(&r->data);
}

/* What curl gives up for --compressed: its own Accept-Encoding. One of the command line stays. */
static void complete_decoding(struct curl_reading *r)
{
    struct import_request *request = &r->request;

    for (size_t i = 0; request->is_decoded && i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, "Accept-Encoding") == 0)
            drop_header(request, i--);
}

int curl_finish(struct curl_reading *r)
{
    struct import_request *request;
    const char *method;

    if (r->url == NULL)
        return curl_refuse(r, "no URL in this command");
    if (check_url(r) != 0)
        return -1;
    complete_body(r);
    complete_decoding(r);
    method = r->method != NULL                                           ? r->method
             : r->is_head                                                ? "HEAD"
             : r->upload != NULL                                         ? "PUT"
             : (r->has_data && !r->is_get) || r->request.field_count > 0 ? "POST"
                                                                         : "GET";
    r->request.method = mem_copy(method);
    r->request.url = complete_url(r);
    r->request.line = r->line;
    request = import_add(r->import);
    *request = r->request;
    r->request = (struct import_request){ 0 };
    return 0;
}

void curl_reading_begin(struct curl_reading *r, struct import *import, unsigned line, struct error *err)
{
    *r = (struct curl_reading){ .import = import, .err = err, .line = line, .is_globbing = true };
    buf_init(&r->data);
    buf_init(&r->query);
}

void curl_reading_end(struct curl_reading *r)
{
    struct import rest = { .requests = mem_array(1, sizeof(struct import_request)), .count = 1 };

    rest.requests[0] = r->request; /* what finish() did not hand over */
    import_release(&rest);
    buf_release(&r->data);
    buf_release(&r->query);
}
