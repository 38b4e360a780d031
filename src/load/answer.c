/* Finds values in answers. Nothing is copied where the answer can be pointed into. */
#include "answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "html_field.h"
#include "json_query.h"
#include "json_scan.h"
#include "json_write.h"

#define NUMBER_MAX 64 /* characters of a number in a text */

void answer_release(struct answer *answer)
{
    json_decref(answer->json);
    answer->json = NULL;
    answer->is_parsed = false;
}

void looker_init(struct looker *looker, struct renderer *renderer)
{
    *looker = (struct looker){ .renderer = renderer, .matcher = regex_matcher_new() };
}

void looker_release(struct looker *looker)
{
    regex_matcher_free(looker->matcher);
    buf_release(&looker->text);
    buf_release(&looker->operand);
}

bool look_needs_body(const struct plan_look *look)
{
    return look->kind == LOOK_JSON || look->kind == LOOK_REGEX || look->kind == LOOK_FORM || look->kind == LOOK_BODY;
}

bool look_needs_fields(const struct plan_look *look)
{
    return look->kind == LOOK_HEADER || look->kind == LOOK_COOKIE;
}

static const json_t *json_of(struct answer *answer)
{
    if (!answer->is_parsed && answer->body != NULL)
        answer->json = json_query_parse(answer->body->data, answer->body->length);
    answer->is_parsed = true;
    return answer->json;
}

static bool take_scratch(struct looker *looker, struct look_value *value)
{
    *value = (struct look_value){ looker->text.data != NULL ? looker->text.data : "", looker->text.length };
    return true;
}

/* The ordinary cases need no document; one that exists already is as quick. */
static enum json_scan_result scan(const struct plan_look *look, const struct answer *answer, struct json_scan *found)
{
    if (answer->is_parsed || answer->body == NULL || answer->body->length == 0)
        return SCAN_UNSURE;
    return json_scan(answer->body->data, answer->body->length, &look->path, found);
}

static bool take_scanned(struct looker *looker, const struct json_scan *found, struct look_value *value)
{
    struct json json;

    if (found->kind == SCAN_LENGTH) {
        buf_addf(&looker->text, "%zu", found->length);
        return take_scratch(looker, value);
    }
    if (found->kind == SCAN_REAL) { /* as every number of that kind is written */
        json_write_init(&json, &looker->text, 0);
        json_write_double(&json, strtod(found->text, NULL));
        return take_scratch(looker, value);
    }
    *value = (struct look_value){ found->text, found->length };
    return true;
}

static bool find_json(
    struct looker *looker, struct values *values, const struct plan_look *look, struct answer *answer, struct look_value *value)
{
    struct json_found found;
    struct json_scan scanned;
    enum json_scan_result result = scan(look, answer, &scanned);

    if (result != SCAN_UNSURE)
        return result == SCAN_FOUND && take_scanned(looker, &scanned, value);
    if (!json_query(json_of(answer), &look->path, values->random, &found))
        return false;
    if (found.value != NULL && json_is_string(found.value)) {
        *value = (struct look_value){ json_string_value(found.value), json_string_length(found.value) };
        return true;
    }
    json_found_text(&found, &looker->text);
    return take_scratch(looker, value);
}

/* The field after `from` (NULL: the first) with that name: its value, NUL-terminated. */
static const char *find_field(const struct answer *answer, const char *name, const char *from)
{
    size_t length = strlen(name);
    const char *end;

    if (answer->fields == NULL || answer->fields->length == 0)
        return NULL;
    end = answer->fields->data + answer->fields->length;
    for (const char *at = from != NULL ? from + strlen(from) + 1 : answer->fields->data; at < end; at += strlen(at) + 1)
        if (strncasecmp(at, name, length) == 0 && at[length] == ':')
            return at + length + 2;
    return NULL;
}

static bool find_header(const struct plan_look *look, const struct answer *answer, struct look_value *value)
{
    const char *field = find_field(answer, look->name, NULL);

    if (field == NULL)
        return false;
    *value = (struct look_value){ field, strlen(field) };
    return true;
}

/* The value of `name` in "a=1; b=2". */
static bool find_pair(const char *text, const char *name, bool first_only, struct look_value *value)
{
    size_t length = strlen(name);

    for (const char *at = text; at != NULL; at = first_only ? NULL : strchr(at, ';')) {
        at += strspn(at, "; ");
        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            *value = (struct look_value){ at + length + 1, strcspn(at + length + 1, ";") };
            return true;
        }
    }
    return false;
}

static bool find_cookie(struct looker *looker, const struct plan_look *look, const struct answer *answer, struct look_value *value)
{
    for (const char *field = find_field(answer, "Set-Cookie", NULL); field != NULL; field = find_field(answer, "Set-Cookie", field))
        if (find_pair(field, look->name, true, value))
            return true;
    if (answer->jar == NULL)
        return false;
    cookie_jar_get(answer->jar, &answer->place, (int64_t)(clock_wall_ns() / NS_PER_S), &looker->text);
    return looker->text.length > 0 && find_pair(looker->text.data, look->name, false, value);
}

static bool find_in_body(struct looker *looker, const struct plan_look *look, const struct answer *answer, struct look_value *value)
{
    const char *body = answer->body != NULL && answer->body->data != NULL ? answer->body->data : "";
    size_t length = answer->body != NULL ? answer->body->length : 0;
    struct regex_span span;

    if (look->kind == LOOK_BODY) {
        *value = (struct look_value){ body, length };
        return true;
    }
    if (look->kind == LOOK_FORM)
        return html_field_find(body, length, look->name, &looker->text) && take_scratch(looker, value);
    if (!regex_find(look->regex, looker->matcher, body, length, look->group, &span))
        return false;
    *value = (struct look_value){ span.text, span.length };
    return true;
}

bool look_find(struct looker *looker, struct values *values, const struct plan_look *look, struct answer *answer, struct look_value *value)
{
    buf_clear(&looker->text);
    if (look->kind == LOOK_TEXT) {
        render_text(looker->renderer, values, &look->text, &looker->text);
        return take_scratch(looker, value);
    }
    if (answer->status == 0)
        return false;
    switch (look->kind) {
    case LOOK_JSON:
        return find_json(looker, values, look, answer, value);
    case LOOK_HEADER:
        return find_header(look, answer, value);
    case LOOK_COOKIE:
        return find_cookie(looker, look, answer, value);
    case LOOK_REGEX:
    case LOOK_FORM:
    case LOOK_BODY:
        return find_in_body(looker, look, answer, value);
    case LOOK_SIZE:
        buf_addf(&looker->text, "%llu", (unsigned long long)answer->body_bytes);
        break;
    case LOOK_DURATION:
        buf_addf(&looker->text, "%.3f", (double)answer->duration_ns / 1e6);
        break;
    case LOOK_STATUS:
        buf_addf(&looker->text, "%u", answer->status);
        break;
    case LOOK_TEXT:
        break;
    }
    return take_scratch(looker, value);
}

static bool read_number(const struct look_value *value, double *number)
{
    char text[NUMBER_MAX + 1], *end;

    if (value->length == 0 || value->length > NUMBER_MAX)
        return false;
    memcpy(text, value->text, value->length);
    text[value->length] = '\0';
    *number = strtod(text, &end);
    end += strspn(end, " \t\r\n");
    return end != text && *end == '\0' && end == text + value->length && isfinite(*number);
}

bool look_number(struct looker *looker, struct values *values, const struct plan_look *look, struct answer *answer, double *number)
{
    struct look_value value;
    struct json_found found;
    enum json_scan_result result;
    struct json_scan scanned;

    if (answer->status != 0) /* those that are numbers need no text */
        switch (look->kind) {
        case LOOK_SIZE:
            *number = (double)answer->body_bytes;
            return true;
        case LOOK_DURATION:
            *number = (double)answer->duration_ns / 1e6;
            return true;
        case LOOK_STATUS:
            *number = answer->status;
            return true;
        case LOOK_JSON:
            result = scan(look, answer, &scanned);
            if (result == SCAN_FOUND && scanned.kind == SCAN_LENGTH) {
                *number = (double)scanned.length;
                return true;
            }
            if (result != SCAN_UNSURE)
                return result == SCAN_FOUND && scanned.kind != SCAN_WORD &&
                       read_number(&(struct look_value){ scanned.text, scanned.length }, number);
            return json_query(json_of(answer), &look->path, values->random, &found) && json_found_number(&found, number);
        default:
            break;
        }
    return look_find(looker, values, look, answer, &value) && read_number(&value, number);
}

/* ---- tests ---- */

static bool compares(enum test_operator op, double left, double right)
{
    switch (op) {
    case TEST_EQUAL:
        return left == right;
    case TEST_NOT_EQUAL:
        return left != right;
    case TEST_LESS:
        return left < right;
    case TEST_LESS_EQUAL:
        return left <= right;
    case TEST_GREATER:
        return left > right;
    case TEST_GREATER_EQUAL:
        return left >= right;
    default:
        return false;
    }
}

static bool holds_as_number(struct looker *looker, struct values *values, const struct plan_test *test, struct answer *answer)
{
    double left, right = test->number;

    if (!test->is_number) {
        struct look_value operand;

        buf_clear(&looker->operand);
        render_text(looker->renderer, values, &test->operand, &looker->operand);
        operand = (struct look_value){ looker->operand.data, looker->operand.length };
        if (!read_number(&operand, &right))
            return false;
    }
    if (!look_number(looker, values, &test->look, answer, &left))
        return test->op == TEST_NOT_EQUAL;
    return compares(test->op, left, right);
}

static bool holds_as_text(struct looker *looker, struct values *values, const struct plan_test *test, const struct look_value *value)
{
    const char *operand;
    size_t length;

    buf_clear(&looker->operand);
    render_text(looker->renderer, values, &test->operand, &looker->operand);
    operand = looker->operand.data != NULL ? looker->operand.data : "";
    length = looker->operand.length;
    if (test->op == TEST_EQUAL || test->op == TEST_NOT_EQUAL)
        return (value->length == length && memcmp(value->text, operand, length) == 0) == (test->op == TEST_EQUAL);
    return (memmem(value->text, value->length, operand, length) != NULL) == (test->op == TEST_CONTAINS);
}

bool test_holds(struct looker *looker, struct values *values, const struct plan_test *test, struct answer *answer)
{
    struct look_value value;
    struct regex_span span;
    bool is_there;

    if (test->op == TEST_STATUSES)
        return answer->status != 0 && (test->statuses[answer->status / 64] >> (answer->status % 64) & 1) != 0;
    if (test->is_number || (test->op >= TEST_LESS && test->op <= TEST_GREATER_EQUAL))
        return holds_as_number(looker, values, test, answer);
    is_there = look_find(looker, values, &test->look, answer, &value);
    switch (test->op) {
    case TEST_EXISTS:
        return is_there;
    case TEST_ABSENT:
        return !is_there;
    case TEST_MATCHES:
        return is_there && regex_find(test->regex, looker->matcher, value.text, value.length, 0, &span);
    case TEST_NOT_MATCHES:
        return !is_there || !regex_find(test->regex, looker->matcher, value.text, value.length, 0, &span);
    default:
        if (!is_there)
            return test->op == TEST_NOT_EQUAL || test->op == TEST_NOT_CONTAINS;
        return holds_as_text(looker, values, test, &value);
    }
}
