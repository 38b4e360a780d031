/* Looks up paths in JSON documents, with a stack of its own instead of recursion. */
#include "json_query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_write.h"

#define VISITS_MAX 10000

/* Where a [*] stands: which element is tried now. */
struct choice {
    const json_t *array;
    size_t step, element;
};

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

/* Follows the path from `step` on until its end or the next [*]. */
static const json_t *descend(const json_t *value, const struct json_path *path, size_t *step, struct json_found *found)
{
    for (; *step < path->count && value != NULL; (*step)++) {
        const struct json_step *at = &path->steps[*step];
        const json_t *next;
        bool has_length;

        if (at->kind == JSON_STEP_ANY)
            return value;
        next = at->kind == JSON_STEP_MEMBER ? json_object_get(value, at->name) : element_of(value, at->element);
        if (next == NULL && *step + 1 == path->count && at->kind == JSON_STEP_MEMBER && strcmp(at->name, "length") == 0) {
            found->length = length_of(value, &has_length);
            found->value = NULL;
            (*step)++;
            return has_length ? value : NULL;
        }
        value = next;
    }
    found->value = value;
    return value;
}

bool json_query(const json_t *document, const struct json_path *path, struct json_found *found)
{
    struct choice choices[JSON_PATH_ANY_MAX];
    unsigned depth = 0, visits = 0;
    const json_t *value = document;
    size_t step = 0;

    if (document == NULL)
        return false;
    for (;;) {
        value = descend(value, path, &step, found);
        if (value != NULL && step == path->count)
            return true;
        if (value != NULL) /* a [*] */
            choices[depth++] = (struct choice){ value, step, 0 };
        /* the next element of the innermost [*] that has one */
        while (depth > 0 && choices[depth - 1].element >= json_array_size(choices[depth - 1].array))
            depth--;
        if (depth == 0 || ++visits > VISITS_MAX)
            return false;
        value = json_array_get(choices[depth - 1].array, choices[depth - 1].element++);
        step = choices[depth - 1].step + 1;
    }
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
