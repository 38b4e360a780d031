/* The body of [request NAME]: bytes, a file, JSON, a form, parts; with ${...} or without; and its coding. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "build.h"
#include "journey.h"
#include "mem.h"

/* A larger file is read while it is sent. */
#define BODY_IN_MEMORY_BYTES (64 << 10)
#define PART_MAX_BYTES (64 << 20)

/* NULL and said when it is none that can be read. */
static FILE *open_file(struct build *build, const struct setting *setting, const char *full, struct stat *status)
{
    FILE *file = NULL;

    if (stat(full, status) != 0)
        value_mistake_about(build, setting, "cannot read \"%.100s\": %m", full);
    else if (!S_ISREG(status->st_mode))
        value_mistake_about(build, setting, "\"%.100s\" is not a file", full);
    else if ((file = fopen(full, "re")) == NULL)
        value_mistake_about(build, setting, "cannot read \"%.100s\": %m", full);
    return file;
}

/* Closes the file. Returns owned. */
static char *take_bytes(struct build *build, const struct setting *setting, const char *full, FILE *file, size_t size)
{
    char *bytes = mem_alloc(size + 1);

    if (fread(bytes, 1, size, file) != size)
        value_mistake_about(build, setting, "cannot read \"%.100s\" to its end", full);
    fclose(file);
    return bytes;
}

static void read_body_file(struct build *build, const struct setting *setting, const char *path, struct plan_request *request)
{
    char *full = value_path(build, setting, path);
    struct stat status;
    FILE *file = open_file(build, setting, full, &status);

    if (file != NULL)
        request->body_length = (size_t)status.st_size;
    if (file != NULL && status.st_size > BODY_IN_MEMORY_BYTES) {
        request->body_path = mem_copy(full);
        request->body_changed_ns = (int64_t)status.st_mtim.tv_sec * (int64_t)NS_PER_S + status.st_mtim.tv_nsec;
        fclose(file);
    } else if (file != NULL) {
        request->body = take_bytes(build, setting, full, file, (size_t)status.st_size);
    }
    free(full);
}

/* A file within a body; owned, or NULL and said. */
static char *read_part_file(struct build *build, const struct setting *setting, const char *path, size_t *length)
{
    char *full = value_path(build, setting, path), *bytes = NULL;
    struct stat status;
    FILE *file = open_file(build, setting, full, &status);

    if (file != NULL && status.st_size > PART_MAX_BYTES) {
        value_mistake_about(build, setting, "\"%.100s\" is over 64 MiB", full);
        fclose(file);
    } else if (file != NULL) {
        *length = (size_t)status.st_size;
        bytes = take_bytes(build, setting, full, file, *length);
    }
    free(full);
    return bytes;
}

static bool has_header(const struct plan_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return true;
    return false;
}

static void add_header(struct plan_request *request, const char *name, const char *value)
{
    request->headers = mem_resize(request->headers, request->header_count + 1, sizeof *request->headers);
    if (request->templates != NULL && request->templates->headers != NULL) {
        request->templates->headers =
            mem_resize(request->templates->headers, request->header_count + 1, sizeof *request->templates->headers);
        request->templates->headers[request->header_count] = NULL;
    }
    request->headers[request->header_count++] = (struct plan_header){ mem_copy(name), mem_copy(value) };
}

/* Takes the text: bytes when it is constant, else a template. */
static void set_body(struct plan_request *request, struct plan_text *text)
{
    size_t length;

    if (plan_text_is_constant(text)) {
        const char *bytes = template_constant(text, &length);

        request->body = mem_alloc(length + 1);
        memcpy(request->body, bytes, length);
        request->body_length = length;
        plan_text_release(text);
        return;
    }
    templates_of(request)->body = mem_alloc(sizeof *text);
    *request->templates->body = *text;
    request->body = mem_copy(""); /* there is one */
}

/* ---- forms ---- */

static void read_form(struct build *build, const struct section *section, struct plan_request *request)
{
    struct plan_text body = { 0 };
    bool is_first = true;

    for (size_t i = 0; i < section->count; i++) {
        const struct setting *setting = &section->settings[i];
        struct plan_text value;
        struct buf name;

        if (setting->key != KEY_REQUEST_FORM)
            continue;
        buf_init(&name);
        buf_add_text(&name, is_first ? "" : "&");
        template_escape(&name, ESCAPE_QUERY, setting->name, strlen(setting->name));
        buf_add_char(&name, '=');
        is_first = false;
        template_add_bytes(&body, name.data, name.length);
        buf_release(&name);
        if (text_read(build, setting, TEMPLATE_QUERY, &value))
            template_append(&body, &value);
    }
    set_body(request, &body);
    if (!has_header(request, "Content-Type"))
        add_header(request, "Content-Type", "application/x-www-form-urlencoded");
}

/* ---- parts ---- */

/* ";type=image/png" at the end of text, cut off it; NULL: there is none. */
static char *take_option(char *text, const char *option)
{
    char *at = NULL;

    for (char *p = text; (p = strstr(p, option)) != NULL; p++)
        at = p;
    if (at == NULL || strchr(at + 1, ';') != NULL)
        return NULL;
    *at = '\0';
    return at + strlen(option);
}

/* The head of a part up to its empty line. */
static void add_part_head(struct plan_text *body, const char *boundary, const char *name, const char *filename, const char *type)
{
    struct buf head;

    buf_init(&head);
    buf_addf(&head, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
    template_escape(&head, ESCAPE_QUOTED, name, strlen(name));
    if (filename != NULL) {
        buf_add_text(&head, "\"; filename=\"");
        template_escape(&head, ESCAPE_QUOTED, filename, strlen(filename));
    }
    buf_add_text(&head, "\"\r\n");
    if (type != NULL)
        buf_addf(&head, "Content-Type: %s\r\n", type);
    buf_add_text(&head, "\r\n");
    template_add_bytes(body, head.data, head.length);
    buf_release(&head);
}

static void add_file_part(struct build *build, const struct setting *setting, const char *boundary, struct plan_text *body)
{
    char *path = mem_copy(setting->value + 1), *type = NULL, *filename = NULL, *bytes;
    const char *slash;
    size_t length = 0;

    for (int i = 0; i < 2; i++) {
        char *found = type == NULL ? take_option(path, ";type=") : NULL;

        type = found != NULL ? found : type;
        found = filename == NULL ? take_option(path, ";filename=") : NULL;
        filename = found != NULL ? found : filename;
    }
    slash = strrchr(path, '/');
    if (type != NULL && (*type == '\0' || strpbrk(type, "\n\r\t ") != NULL))
        value_mistake_about(build, setting, "expected a type such as image/png, got \"%.40s\"", type);
    bytes = read_part_file(build, setting, path, &length);
    if (bytes != NULL) {
        add_part_head(
            body, boundary, setting->name,
            filename != NULL ? filename
            : slash != NULL  ? slash + 1
                             : path,
            type != NULL ? type : "application/octet-stream");
        template_add_bytes(body, bytes, length);
    }
    free(bytes);
    free(path);
}

static void add_parts(struct build *build, const struct section *section, const char *boundary, struct plan_text *body)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *setting = &section->settings[i];
        struct plan_text value;

        if (setting->key != KEY_REQUEST_MULTIPART)
            continue;
        if (setting->value[0] == '@' && setting->value[1] != '@') {
            add_file_part(build, setting, boundary, body);
        } else {
            add_part_head(body, boundary, setting->name, NULL, NULL);
            if (text_read(build, setting, TEMPLATE_PLAIN, &value)) {
                if (setting->value[0] == '@' && value.count > 0 && value.parts[0].kind == TEXT_LITERAL) { /* "@@" is "@" */
                    memmove(value.parts[0].bytes, value.parts[0].bytes + 1, value.parts[0].length);
                    value.parts[0].length--;
                }
                template_append(body, &value);
            }
        }
        template_add_bytes(body, "\r\n", 2);
    }
    template_add_bytes(body, "--", 2);
    template_add_bytes(body, boundary, strlen(boundary));
    template_add_bytes(body, "--\r\n", 4);
}

/* The boundary follows from the name of the request and what is sent, so the same plan has the same. */
static void make_boundary(char boundary[48], const struct section *section)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    struct buf all;
    unsigned size;

    buf_init(&all);
    buf_add_text(&all, section->name);
    for (size_t i = 0; i < section->count; i++)
        if (section->settings[i].key == KEY_REQUEST_MULTIPART)
            buf_addf(&all, "\n%s=%s", section->settings[i].name, section->settings[i].value);
    INVARIANT(EVP_Digest(all.data, all.length, sum, &size, EVP_sha256(), NULL) == 1);
    snprintf(boundary, 48, "onager-");
    for (size_t i = 0; i < 16; i++)
        snprintf(boundary + 7 + 2 * i, 3, "%02x", sum[i]);
    buf_release(&all);
}

static void read_multipart(struct build *build, const struct section *section, struct plan_request *request)
{
    struct plan_text body = { 0 };
    char boundary[48], *type;

    make_boundary(boundary, section);
    add_parts(build, section, boundary, &body);
    set_body(request, &body);
    type = mem_format("multipart/form-data; boundary=%s", boundary);
    if (!has_header(request, "Content-Type"))
        add_header(request, "Content-Type", type);
    free(type);
}

/* ---- which of them ---- */

/* What was said with the highest precedence; the first of several fields or parts. */
static const struct setting *choose(struct build *build, const struct section *section)
{
    static const enum plan_key_id keys[] = { KEY_REQUEST_BODY, KEY_REQUEST_BODY_FILE, KEY_REQUEST_JSON, KEY_REQUEST_FORM,
                                             KEY_REQUEST_MULTIPART };
    const struct setting *best = NULL;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
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
    return best;
}

static void read_text(struct build *build, const struct setting *setting, struct plan_request *request)
{
    struct plan_text text;

    if (text_read(build, setting, setting->key == KEY_REQUEST_JSON ? TEMPLATE_JSON : TEMPLATE_PLAIN, &text))
        set_body(request, &text);
    if (setting->key == KEY_REQUEST_JSON && !has_header(request, "Content-Type"))
        add_header(request, "Content-Type", "application/json");
}

static void read_compress(struct build *build, const struct section *section, struct plan_request *request)
{
    static const char *const names[] = { "", "gzip", "deflate", "br", "zstd" };
    const struct setting *setting = section_get(section, KEY_REQUEST_COMPRESS);
    size_t choice;

    if (setting == NULL || !value_choice(build, section, KEY_REQUEST_COMPRESS, names, 5, &choice))
        return;
    request->compress = (enum body_coding)choice;
    if (request->body == NULL && request->body_path == NULL)
        value_mistake_about(build, setting, "there is no body to compress");
    else if (request->body_path != NULL)
        value_mistake_about(build, setting, "a body over 64 KiB that is read while it is sent cannot be compressed");
    else if (has_header(request, "Content-Encoding"))
        value_mistake_about(build, setting, "there is a header Content-Encoding too");
}

void build_body(struct build *build, const struct section *section, struct plan_request *request)
{
    const struct setting *setting = choose(build, section);

    if (setting == NULL) {
        /* none */
    } else if (setting->key == KEY_REQUEST_FORM) {
        read_form(build, section, request);
    } else if (setting->key == KEY_REQUEST_MULTIPART) {
        read_multipart(build, section, request);
    } else if (setting->key == KEY_REQUEST_BODY_FILE) {
        read_body_file(build, setting, setting->value, request);
    } else if (setting->place.origin != ORIGIN_PLAN && setting->value[0] == '@') {
        read_body_file(build, setting, setting->value + 1, request);
        if (setting->key == KEY_REQUEST_JSON && !has_header(request, "Content-Type"))
            add_header(request, "Content-Type", "application/json");
    } else {
        read_text(build, setting, request);
    }
    read_compress(build, section, request);
}
