/* What journeys take apart: rows of CSV, JSON answers (the scan against the document), forms in HTML. The first byte says which. */
#include <stdint.h>
#include <string.h>

#include "csv.h"
#include "html_field.h"
#include "json_path.h"
#include "json_query.h"
#include "json_scan.h"
#include "mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Rows follow one another to the end, whatever stands in them. */
static void take_rows(const char *text, size_t length)
{
    struct csv_field fields[8];
    struct buf values;
    size_t at = csv_bom(text, length);

    buf_init(&values);
    while (at < length) {
        size_t row = csv_row_length(text + at, length - at, ',', true), count;

        INVARIANT(row > 0 && row <= length - at);
        buf_clear(&values);
        count = csv_split(text + at, row, ',', &values, fields, 8);
        INVARIANT(count > 0);
        for (size_t i = 0; i < count && i < 8; i++)
            INVARIANT(fields[i].at + fields[i].length < values.length && values.data[fields[i].at + fields[i].length] == '\0');
        at += row;
    }
    buf_release(&values);
}

static void look_up(const char *text, size_t length)
{
    static const char *const paths[] = { "$.a", "$.a.b[0]", "$[-1]", "$.a.length", "$.b['c d']", "$[1].x", "$.a[*]" };
    json_t *json = json_query_parse(text, length);

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct json_found found;
        struct json_scan scanned;
        struct json_path path;
        struct random random;
        enum json_scan_result result;
        bool is_there;

        random_init(&random, 1, 1);
        INVARIANT(json_path_parse(&path, paths[i], NULL) == 0);
        result = json_scan(text, length, &path, &scanned);
        is_there = json_query(json, &path, &random, &found);
        INVARIANT(result == SCAN_UNSURE || (result == SCAN_FOUND) == is_there);
        json_path_release(&path);
    }
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;
    struct buf out;

    if (size == 0)
        return 0;
    switch (data[0] % 3) {
    case 0:
        take_rows(text, size - 1);
        break;
    case 1:
        look_up(text, size - 1);
        break;
    default:
        buf_init(&out);
        html_field_find(text, size - 1, "t", &out);
        buf_release(&out);
    }
    return 0;
}
