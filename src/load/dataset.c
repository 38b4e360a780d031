/* Data sets: a file is read through once, and from then on in pieces where rows are wanted. */
#include "dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset_internal.h"
#include "mem.h"

#define BLOCK_ROWS 64
#define BLOCK_BYTES (32 * 1024)
#define CHUNK_BYTES (256 * 1024)

/* ---- opening ---- */

/* The part of the file that is looked at: [offset, offset + window.length). */
struct scan {
    struct dataset *dataset;
    struct buf window;
    uint64_t offset;
    size_t at;     /* looked at so far, in the window */
    uint64_t line; /* of `at`, from 1 */
    bool is_last;  /* the file ends with the window */
    bool has_columns;
    struct dataset_row row;
    struct error *err;
};

static int fail(struct scan *scan, const char *text)
{
    return error_set(scan->err, EXIT_PLAN, "%s:%llu: %s", scan->dataset->plan->file, (unsigned long long)scan->line, text);
}

static int read_more(struct scan *scan)
{
    struct buf *window = &scan->window;
    ssize_t n;

    buf_reserve(window, CHUNK_BYTES);
    memmove(window->data, window->data + scan->at, window->length - scan->at);
    window->length -= scan->at;
    scan->offset += scan->at;
    scan->at = 0;
    do
        n = pread(scan->dataset->fd, window->data + window->length, CHUNK_BYTES, (off_t)(scan->offset + window->length));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_set(scan->err, EXIT_PLAN, "%s: %s", scan->dataset->plan->file, strerror(errno));
    window->length += (size_t)n;
    scan->is_last = n == 0;
    return 0;
}

static void add_row(struct dataset *dataset, uint64_t begin)
{
    const struct dataset_block *last = dataset->block_count > 0 ? &dataset->blocks[dataset->block_count - 1] : NULL;

    if (last == NULL || dataset->row_count - last->first_row >= BLOCK_ROWS || begin - last->offset >= BLOCK_BYTES) {
        if (dataset->block_count == dataset->block_capacity) {
            dataset->block_capacity = dataset->block_capacity > 0 ? dataset->block_capacity * 2 : 64;
            dataset->blocks = mem_resize(dataset->blocks, dataset->block_capacity, sizeof *dataset->blocks);
        }
        INVARIANT(dataset->blocks != NULL);
        dataset->blocks[dataset->block_count++] = (struct dataset_block){ begin, dataset->row_count };
    }
    dataset->row_count++;
}

static int take_row(struct scan *scan, const char *text, size_t length, uint64_t begin)
{
    struct error err = { 0 };

    if (!scan->has_columns) {
        scan->has_columns = true;
        return dataset_take_header(scan->dataset, text, length, &err) == 0 ? 0 : fail(scan, err.text);
    }
    if (dataset_parse(scan->dataset, text, length, &scan->row, &err) != 0)
        return fail(scan, err.text);
    add_row(scan->dataset, begin);
    return 0;
}

static void count_lines(struct scan *scan, size_t until)
{
    const char *at = scan->window.data + scan->at, *end = scan->window.data + until;

    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        scan->line++;
        at++;
    }
}

/* What stands before the first row: a byte order mark, the bracket of an array. */
static int skip_beginning(struct scan *scan)
{
    const char *text;

    if (read_more(scan) != 0)
        return -1;
    text = scan->window.data;
    scan->at = csv_bom(text, scan->window.length);
    if (scan->dataset->plan->format != DATA_JSON)
        return 0;
    while (scan->at < scan->window.length && strchr(" \t\r\n", text[scan->at]) != NULL && text[scan->at] != '\0')
        scan->line += text[scan->at++] == '\n';
    if (scan->at == scan->window.length || text[scan->at] != '[')
        return fail(scan, "expected an array of objects (\"format = jsonl\" is for one object a line)");
    scan->at++;
    return 0;
}

static int scan_rows(struct scan *scan)
{
    struct dataset_span span = { 0 };

    if (skip_beginning(scan) != 0)
        return -1;
    while (!span.is_end && !(scan->is_last && scan->at >= scan->window.length)) {
        if (!dataset_next(scan->dataset, scan->window.data, scan->window.length, scan->at, scan->is_last, &span)) {
            if (scan->window.length - scan->at > DATASET_ROW_MAX)
                return fail(scan, "expected the end of the row within 1 MiB: is a quote or bracket never closed?");
            if (read_more(scan) != 0)
                return -1;
            continue;
        }
        if (span.end > span.begin && take_row(scan, scan->window.data + span.begin, span.end - span.begin, scan->offset + span.begin) != 0)
            return -1;
        count_lines(scan, span.next);
        scan->at = span.next;
    }
    scan->dataset->end_offset = scan->offset + scan->at;
    if (scan->dataset->row_count == 0)
        return error_set(scan->err, EXIT_PLAN, "%s: expected at least one row of data", scan->dataset->plan->file);
    return 0;
}

struct dataset *dataset_open(const struct plan_data *plan, struct error *err)
{
    struct dataset *dataset = mem_alloc(sizeof *dataset);
    struct scan scan = { .dataset = dataset, .line = 1, .err = err, .has_columns = plan->format != DATA_CSV || !plan->has_header };
    int result = 0;

    dataset->plan = plan;
    dataset->fd = open(plan->file, O_RDONLY | O_CLOEXEC);
    if (dataset->fd < 0) {
        error_set(err, EXIT_PLAN, "%s: %s", plan->file, strerror(errno));
        free(dataset);
        return NULL;
    }
    scan.row.fields = mem_array(plan->column_count, sizeof *scan.row.fields);
    if (plan->format == DATA_CSV && !plan->has_header)
        result = dataset_take_given(dataset, err);
    if (result == 0)
        result = scan_rows(&scan);
    buf_release(&scan.window);
    buf_release(&scan.row.values);
    free(scan.row.fields);
    if (result == 0)
        return dataset;
    dataset_free(dataset);
    return NULL;
}

void dataset_free(struct dataset *dataset)
{
    if (dataset == NULL)
        return;
    close(dataset->fd);
    free(dataset->blocks);
    free(dataset->columns);
    free(dataset);
}

uint64_t dataset_row_count(const struct dataset *dataset)
{
    return dataset->row_count;
}

/* ---- reading ---- */

void dataset_reader_init(struct dataset_reader *reader, const struct dataset *dataset)
{
    *reader = (struct dataset_reader){ .dataset = dataset, .block = SIZE_MAX };
}

void dataset_reader_release(struct dataset_reader *reader)
{
    buf_release(&reader->window);
}

static size_t block_of(const struct dataset *dataset, uint64_t row)
{
    size_t low = 0, high = dataset->block_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (dataset->blocks[middle].first_row <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void load(struct dataset_reader *reader, size_t block)
{
    const struct dataset *dataset = reader->dataset;
    uint64_t offset = dataset->blocks[block].offset;
    uint64_t end = block + 1 < dataset->block_count ? dataset->blocks[block + 1].offset : dataset->end_offset;

    reader->block = block;
    buf_clear(&reader->window);
    buf_reserve(&reader->window, (size_t)(end - offset));
    while (offset + reader->window.length < end) {
        ssize_t n = pread(
            dataset->fd, reader->window.data + reader->window.length, (size_t)(end - offset) - reader->window.length,
            (off_t)(offset + reader->window.length));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break; /* the file became shorter: its rows are empty from here on */
        reader->window.length += (size_t)n;
    }
}

void dataset_read(struct dataset_reader *reader, uint64_t number, struct dataset_row *row)
{
    const struct dataset *dataset = reader->dataset;
    size_t block = reader->block;
    struct dataset_span span = { 0 };
    uint64_t at;

    if (block == SIZE_MAX || number < dataset->blocks[block].first_row ||
        (block + 1 < dataset->block_count && number >= dataset->blocks[block + 1].first_row))
        load(reader, block = block_of(dataset, number));
    at = dataset->blocks[block].first_row;
    memset(row->fields, 0, dataset->plan->column_count * sizeof *row->fields);
    buf_clear(&row->values);
    while (!span.is_end && span.next < reader->window.length) {
        dataset_next(dataset, reader->window.data, reader->window.length, span.next, true, &span);
        if (span.end > span.begin && at++ == number) {
            dataset_parse(dataset, reader->window.data + span.begin, span.end - span.begin, row, NULL);
            return;
        }
    }
}
