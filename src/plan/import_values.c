/* Finding values of answers again in requests. Only what is long enough not to be there by chance, stands in JSON or in a hidden
 * field, and is sent whole: as a parameter, as a member of JSON, as a part of a path or as a header. */
#include "import_values.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "onager/plan_text.h"

#define LEAST_BYTES 5
#define MOST_BYTES 4096
#define MOST_VALUES 20000
#define MOST_DEPTH 8

void import_values_init(struct import_values *values)
{
    *values = (struct import_values){ 0 };
}

void import_values_release(struct import_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        free(values->items[i].value);
        free(values->items[i].where);
        free(values->items[i].hint);
        free(values->items[i].name);
    }
    free(values->items);
}

/* ---- seeing ---- */

/* "id", "user_id", "userId": short values of these count where they are a part of a path. */
static bool is_id(const char *hint)
{
    size_t length = strlen(hint);

    return strcasecmp(hint, "id") == 0 || (length > 2 && (strcmp(hint + length - 2, "Id") == 0 || strcmp(hint + length - 2, "ID") == 0)) ||
           (length > 3 && strcasecmp(hint + length - 3, "_id") == 0);
}

static void add(struct import_values *values, size_t request, const char *value, const char *where, const char *hint)
{
    size_t length = strlen(value);

    if (length == 0 || (length < LEAST_BYTES && !is_id(hint)) || length > MOST_BYTES || values->count >= MOST_VALUES ||
        !import_is_plain(value, length))
        return;
    values->items = mem_resize(values->items, values->count + 1, sizeof *values->items);
    values->items[values->count++] = (struct import_value){ mem_copy(value), mem_copy(where), mem_copy(hint), NULL, request };
}

static bool is_simple_key(const char *key)
{
    return key[0] != '\0' && !isdigit((unsigned char)key[0]) &&
           key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

/* Recursion ends at MOST_DEPTH, whatever the document. */
static void see_json(struct import_values *values, size_t request, json_t *json, const char *path, const char *key, unsigned depth)
{
    const char *name;
    json_t *member;

    if (json_is_string(json) || json_is_integer(json)) {
        char *where = mem_format("json %s", path);
        char *text =
            json_is_string(json) ? mem_copy(json_string_value(json)) : mem_format("%" JSON_INTEGER_FORMAT, json_integer_value(json));

        add(values, request, text, where, key);
        free(text);
        free(where);
    }
    if (depth == MOST_DEPTH)
        return;
    json_object_foreach(json, name, member)
    {
        char *below = is_simple_key(name) ? mem_format("%s.%s", path, name) : NULL;

        if (below != NULL)
            see_json(values, request, member, below, name, depth + 1);
        free(below);
    }
    for (size_t i = 0; i < json_array_size(json) && i < 100; i++) {
        char *below = mem_format("%s[%zu]", path, i);

        see_json(values, request, json_array_get(json, i), below, key, depth + 1);
        free(below);
    }
}

/* The value of an attribute in a tag, returned owned with the usual character references undone; NULL: it has none. */
static char *attribute(const char *tag, size_t length, const char *name)
{
    size_t name_length = strlen(name);

    for (size_t i = 0; i + name_length + 1 < length; i++) {
        char quote;
        size_t start;
        struct buf value;

        if (!isspace((unsigned char)tag[i]) || strncasecmp(tag + i + 1, name, name_length) != 0 || tag[i + 1 + name_length] != '=')
            continue;
        start = i + name_length + 2;
        quote = start < length && (tag[start] == '"' || tag[start] == '\'') ? tag[start++] : '\0';
        buf_init(&value);
        for (; start < length && (quote != '\0' ? tag[start] != quote : !isspace((unsigned char)tag[start]) && tag[start] != '>');
             start++) {
            bool is_ampersand = strncmp(tag + start, "&amp;", 5) == 0;

            buf_add_char(&value, tag[start]);
            start += is_ampersand ? 4 : 0;
        }
        return buf_take(&value);
    }
    return NULL;
}

static void see_html(struct import_values *values, size_t request, const char *html)
{
    while ((html = strcasestr(html, "<input")) != NULL) {
        size_t length = strcspn(html, ">");
        char *type = attribute(html, length, "type"), *name = attribute(html, length, "name"), *value = attribute(html, length, "value");

        if (type != NULL && name != NULL && value != NULL && strcasecmp(type, "hidden") == 0) {
            char *where = mem_format("form %s", name);

            add(values, request, value, where, name);
            free(where);
        }
        free(type);
        free(name);
        free(value);
        html += length;
    }
}

/* The text of an answer, returned owned; Base64 where the archive says so. */
static char *content_text(json_t *content)
{
    const char *text = json_string_value(json_object_get(content, "text"));
    const char *encoding = json_string_value(json_object_get(content, "encoding"));
    size_t length = text != NULL ? strlen(text) : 0;
    unsigned char *decoded;
    int n;

    if (text == NULL || encoding == NULL || strcasecmp(encoding, "base64") != 0)
        return mem_copy(text);
    decoded = mem_alloc(length / 4 * 3 + 4);
    n = length <= INT_MAX ? EVP_DecodeBlock(decoded, (const unsigned char *)text, (int)length) : -1;
    decoded[n > 0 ? n : 0] = '\0';
    return (char *)decoded;
}

void import_values_see(struct import_values *values, size_t index, json_t *response)
{
    json_t *content = json_object_get(response, "content"), *json;
    const char *type = json_string_value(json_object_get(content, "mimeType"));
    char *text = content_text(content);

    if (text != NULL && type != NULL && strcasestr(type, "json") != NULL) {
        json = json_loads(text, JSON_DECODE_ANY, NULL);
        see_json(values, index, json, "$", "value", 0);
        json_decref(json);
    } else if (text != NULL && type != NULL && strcasestr(type, "html") != NULL) {
        see_html(values, index, text);
    }
    free(text);
}

/* ---- using ---- */

/* A name for ${...} that no generator has and no other value. */
static char *fresh_name(const struct import_values *values, const char *hint)
{
    char base[40];
    size_t used = 0;

    for (; *hint != '\0' && used < sizeof base - 1; hint++)
        base[used++] = isalnum((unsigned char)*hint) ? *hint : '_';
    base[used] = '\0';
    for (unsigned number = 1;; number++) {
        const char *start = isdigit((unsigned char)base[0]) ? "v" : "";
        char *name = number == 1 ? mem_format("%s%s", start, base) : mem_format("%s%s_%u", start, base, number);
        bool is_taken = strcmp(name, "vu") == 0 || strcmp(name, "iteration") == 0 || strcmp(name, "scenario") == 0;

        for (int i = 0; i < GENERATOR_COUNT; i++)
            is_taken |= strcmp(generator_name((enum generator_kind)i), name) == 0;
        for (size_t i = 0; i < values->count; i++)
            is_taken |= values->items[i].name != NULL && strcmp(values->items[i].name, name) == 0;
        if (!is_taken)
            return name;
        free(name);
    }
}

/* The latest answer that held exactly this. */
static struct import_value *find(const struct import_values *values, const char *text, size_t length, bool is_path)
{
    for (size_t i = values->count; i-- > 0 && (length >= LEAST_BYTES || is_path);)
        if (strlen(values->items[i].value) == length && memcmp(values->items[i].value, text, length) == 0)
            return &values->items[i];
    return NULL;
}

static void put_name(struct import_values *values, struct import *import, struct import_value *value, struct buf *out)
{
    struct import_request *source = &import->requests[value->request];

    if (value->name == NULL) {
        value->name = fresh_name(values, value->hint);
        import_add_pair(&source->extracts, &source->extract_count, value->name, value->where);
    }
    buf_addf(out, "%c%s%c", IMPORT_VALUE, value->name, IMPORT_VALUE_END);
}

/* Takes a text apart at the characters in `ends`; what stands between and was seen is replaced. Returned owned. */
static char *with_names(struct import_values *values, struct import *import, const char *text, size_t from, const char *ends)
{
    struct buf out;

    buf_init(&out);
    buf_add(&out, text, from);
    for (const char *p = text + from; *p != '\0';) {
        size_t length = strcspn(p, ends);
        struct import_value *value = length > 0 ? find(values, p, length, p > text && p[-1] == '/') : NULL;

        if (value != NULL)
            put_name(values, import, value, &out);
        else
            buf_add(&out, p, length);
        p += length;
        if (*p != '\0')
            buf_add_char(&out, *p++);
    }
    return buf_take(&out);
}

static const char *content_type(const struct import_request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, "Content-Type") == 0)
            return request->headers[i].value;
    return "";
}

void import_values_use(struct import_values *values, struct import *import, size_t index)
{
    struct import_request *request = &import->requests[index];
    const char *path = strstr(request->url, "://");
    char *changed;

    path = path != NULL ? strchr(path + 3, '/') : NULL;
    if (path != NULL) {
        changed = with_names(values, import, request->url, (size_t)(path - request->url), "/?&=");
        free(request->url);
        request->url = changed;
    }
    if (request->body != NULL && import_is_plain(request->body, request->body_length)) {
        bool is_json = strcasestr(content_type(request), "json") != NULL;

        changed = with_names(values, import, request->body, 0, is_json ? "\"{}[]:, " : "&=");
        free(request->body);
        request->body = changed;
        request->body_length = strlen(changed);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        struct import_pair *header = &request->headers[i];

        if (strcasestr(header->name, "csrf") == NULL && strcasestr(header->name, "xsrf") == NULL &&
            strcasestr(header->name, "token") == NULL && strcasecmp(header->name, "Authorization") != 0)
            continue;
        changed = with_names(values, import, header->value, 0, " ");
        free(header->value);
        header->value = changed;
    }
}
