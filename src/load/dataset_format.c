/* The formats of data sets: where a row ends and what is in it. Pure. */
#include "dataset_internal.h"

#include <stdlib.h>
#include <string.h>

#include "json_query.h"
#include "mem.h"

#define COLUMNS_MAX 4096

/* ---- where rows end ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool next_line(const char *text, size_t length, size_t at, bool is_last, struct dataset_span *span)
{
    const char *end = memchr(text + at, '\n', length - at);

    if (end == NULL && !is_last)
        return false;
    span->begin = at;
    span->end = end != NULL ? (size_t)(end - text) : length;
    span->next = end != NULL ? span->end + 1 : length;
    while (span->begin < span->end && is_space(text[span->begin]))
        span->begin++;
    return true;
}

static bool next_csv(const struct dataset *dataset, const char *text, size_t length, size_t at, bool is_last, struct dataset_span *span)
{
    size_t row = csv_row_length(text + at, length - at, dataset->plan->delimiter, is_last);

    if (row == 0)
        return false;
    span->begin = at;
    span->end = span->next = at + row;
    if (csv_row_is_blank(text + at, row))
        span->end = at;
    return true;
}

/* Index behind a JSON value that begins at `at`; 0: the text ends within it. Brackets and quotes alone: the parser says the rest. */
static size_t value_end(const char *text, size_t length, size_t at)
{
    unsigned depth = 0;
    bool in_string = false;

    for (size_t i = at; i < length; i++) {
        char c = text[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else
                in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
            return i;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return 0;
}

/* Rows are the elements of the outermost array; its opening bracket is skipped as if it were a comma. */
static bool next_element(const char *text, size_t length, size_t at, bool is_last, struct dataset_span *span)
{
    size_t end;

    while (at < length && (is_space(text[at]) || text[at] == ','))
        at++;
    *span = (struct dataset_span){ at, at, at, false };
    if (at == length) {
        span->is_end = is_last;
        return is_last;
    }
    if (text[at] == ']') {
        span->is_end = true;
        span->next = length;
        return true;
    }
    end = value_end(text, length, at);
    if (end == 0 && !is_last)
        return false;
    if (end == 0)
        end = length;
    span->end = span->next = end > at ? end : at + 1; /* a bracket out of place is a row that is none */
    return true;
}

bool dataset_next(const struct dataset *dataset, const char *text, size_t length, size_t at, bool is_last, struct dataset_span *span)
{
    *span = (struct dataset_span){ at, at, at, false };
    switch (dataset->plan->format) {
    case DATA_CSV:
        return next_csv(dataset, text, length, at, is_last, span);
    case DATA_JSONL:
        return next_line(text, length, at, is_last, span);
    case DATA_JSON:
        return next_element(text, length, at, is_last, span);
    }
    return false;
}

/* ---- what is in a row ---- */

static int parse_csv(const struct dataset *dataset, const char *text, size_t length, struct dataset_row *row, struct error *err)
{
    struct csv_field few[64], *many = dataset->file_columns > 64 ? mem_array(dataset->file_columns, sizeof *many) : NULL;
    struct csv_field *fields = many != NULL ? many : few;
    size_t count;

    count = csv_split(text, length, dataset->plan->delimiter, &row->values, fields, dataset->file_columns);
    for (size_t i = 0; i < dataset->plan->column_count; i++)
        row->fields[i] = dataset->columns[i] < count ? fields[dataset->columns[i]] : (struct csv_field){ 0, 0 };
    free(many);
    if (count != dataset->file_columns)
        return error_set(
            err, EXIT_PLAN, "expected %zu fields as in the first row, got %zu (a quote that never closes takes in what follows)",
            dataset->file_columns, count);
    return 0;
}

static int parse_object(const struct dataset *dataset, const char *text, size_t length, struct dataset_row *row, struct error *err)
{
    json_error_t wrong;
    json_t *object = json_loadb(text, length, JSON_ALLOW_NUL, &wrong);
    int result = 0;

    if (!json_is_object(object)) {
        json_decref(object);
        return error_set(err, EXIT_PLAN, "expected a JSON object%s%s", object == NULL ? ": " : "", object == NULL ? wrong.text : "");
    }
    for (size_t i = 0; i < dataset->plan->column_count; i++) {
        struct json_found found = { .value = json_object_get(object, dataset->plan->columns[i]) };
        size_t at = row->values.length;

        if (found.value != NULL)
            json_found_text(&found, &row->values);
        else
            result = error_set(err, EXIT_PLAN, "expected a member \"%s\" in every object", dataset->plan->columns[i]);
        row->fields[i] = (struct csv_field){ at, row->values.length - at };
        buf_add_char(&row->values, '\0');
    }
    json_decref(object);
    return result;
}

int dataset_parse(const struct dataset *dataset, const char *text, size_t length, struct dataset_row *row, struct error *err)
{
    buf_clear(&row->values);
    if (dataset->plan->format == DATA_CSV)
        return parse_csv(dataset, text, length, row, err);
    return parse_object(dataset, text, length, row, err);
}

/* ---- columns of a CSV ---- */

static int find_columns(struct dataset *dataset, const struct buf *values, const struct csv_field *fields, size_t count, struct error *err)
{
    const struct plan_data *plan = dataset->plan;

    dataset->file_columns = count;
    dataset->columns = mem_array(plan->column_count, sizeof *dataset->columns);
    for (size_t i = 0; i < plan->column_count; i++) {
        size_t c = 0;

        while (c < count && strcmp(values->data + fields[c].at, plan->columns[i]) != 0)
            c++;
        if (c == count)
            return error_set(err, EXIT_PLAN, "expected a column \"%s\" in the first row", plan->columns[i]);
        dataset->columns[i] = c;
    }
    return 0;
}

int dataset_take_header(struct dataset *dataset, const char *text, size_t length, struct error *err)
{
    struct csv_field *fields = mem_array(COLUMNS_MAX, sizeof *fields);
    struct buf values;
    size_t count;
    int result;

    buf_init(&values);
    count = csv_split(text, length, dataset->plan->delimiter, &values, fields, COLUMNS_MAX);
    if (count > COLUMNS_MAX)
        result = error_set(err, EXIT_PLAN, "expected at most %d columns, got %zu", COLUMNS_MAX, count);
    else
        result = find_columns(dataset, &values, fields, count, err);
    buf_release(&values);
    free(fields);
    return result;
}

int dataset_take_given(struct dataset *dataset, struct error *err)
{
    const struct plan_data *plan = dataset->plan;
    struct csv_field *fields = mem_array(plan->given_column_count, sizeof *fields);
    struct buf values;
    int result;

    buf_init(&values);
    for (size_t i = 0; i < plan->given_column_count; i++) {
        fields[i] = (struct csv_field){ values.length, strlen(plan->given_columns[i]) };
        buf_add(&values, plan->given_columns[i], fields[i].length + 1);
    }
    result = find_columns(dataset, &values, fields, plan->given_column_count, err);
    buf_release(&values);
    free(fields);
    return result;
}
