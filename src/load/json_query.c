/* Looks up paths in JSON documents. Pure. */
#include "json_query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_write.h"

json_t *json_query_parse(const char *text, size_t length)
{
    return length == 0 ? NULL : json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static size_t length_of(const json_t *value, bool *has_length)
{
    *has_length = true;
    if (json_is_array(value))
        return json_array_size(value);
    if (json_is_object(value))
        return json_object_size(value);
    if (json_is_string(value)) {
        size_t characters = 0;

        for (size_t i = 0; i < json_string_length(value); i++)
            characters += (json_string_value(value)[i] & 0xc0) != 0x80;
        return characters;
    }
    *has_length = false;
    return 0;
}

static const json_t *element_of(const json_t *value, int64_t index)
{
    size_t count = json_array_size(value); /* 0 for what is no array */

    if (index < 0)
        index += (int64_t)count;
    return index < 0 || (uint64_t)index >= count ? NULL : json_array_get(value, (size_t)index);
}

static const json_t *member_at(const json_t *object, size_t index)
{
    void *at = json_object_iter((json_t *)(uintptr_t)object); /* reads only, as its documentation says */

    while (index-- > 0)
        at = json_object_iter_next((json_t *)(uintptr_t)object, at);
    return json_object_iter_value(at);
}

static const json_t *any_of(const json_t *value, struct random *random)
{
    size_t count = json_is_object(value) ? json_object_size(value) : json_array_size(value);

    if (count == 0)
        return NULL;
    return json_is_object(value) ? member_at(value, random_below(random, count)) : json_array_get(value, random_below(random, count));
}

bool json_query(const json_t *document, const struct json_path *path, struct random *random, struct json_found *found)
{
    const json_t *value = document;
    bool has_length = true;

    for (size_t i = 0; i < path->count && value != NULL; i++) {
        const struct json_step *step = &path->steps[i];
        const json_t *before = value;

        if (step->kind == JSON_INDEX)
            value = element_of(before, step->index);
        else if (step->kind == JSON_ANY)
            value = any_of(before, random);
        else
            value = json_object_get(before, step->key);
        if (step->kind == JSON_LENGTH && value == NULL) { /* the last step */
            found->value = NULL;
            found->length = length_of(before, &has_length);
            return has_length;
        }
    }
    found->value = value;
    return value != NULL;
}

static void add_real(double value, struct buf *out)
{
    struct json json;

    json_write_init(&json, out, 0);
    json_write_double(&json, value);
}

static int add_bytes(const char *bytes, size_t length, void *user)
{
    buf_add(user, bytes, length);
    return 0;
}

void json_found_text(const struct json_found *found, struct buf *out)
{
    if (found->value == NULL)
        buf_addf(out, "%llu", (unsigned long long)found->length);
    else if (json_is_string(found->value))
        buf_add(out, json_string_value(found->value), json_string_length(found->value));
    else if (json_is_integer(found->value))
        buf_addf(out, "%lld", (long long)json_integer_value(found->value));
    else if (json_is_real(found->value))
        add_real(json_real_value(found->value), out);
    else if (json_is_true(found->value) || json_is_false(found->value))
        buf_add_text(out, json_is_true(found->value) ? "true" : "false");
    else if (json_is_null(found->value))
        buf_add_text(out, "null");
    else
        json_dump_callback(found->value, add_bytes, out, JSON_COMPACT);
}

bool json_found_number(const struct json_found *found, double *number)
{
    char *end;

    if (found->value == NULL)
        *number = (double)found->length;
    else if (json_is_number(found->value))
        *number = json_number_value(found->value);
    else if (json_is_string(found->value) && json_string_length(found->value) > 0)
        return *number = strtod(json_string_value(found->value), &end), *end == '\0' && isfinite(*number);
    else
        return false;
    return true;
}
