/* Data sets: every row comes out as it stands in the file, as often as its mode says, and the file stays on the disk. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset.h"
#include "mem.h"

static char column_name[] = "name", column_pass[] = "pass";
static char *names[] = { column_name, column_pass };

struct fixture {
    struct plan_data plan;
    struct dataset *dataset;
    struct dataset_cursor cursor;
    struct dataset_reader reader;
    struct csv_field fields[2];
    struct dataset_row row;
    struct random random;
    struct error err;
    char path[64];
};

static void set_up(struct fixture *f, enum data_format format, enum data_mode mode, const char *text, size_t length)
{
    FILE *file;
    int fd;

    memset(f, 0, sizeof *f);
    snprintf(f->path, sizeof f->path, "dataset-XXXXXX");
    fd = mkstemp(f->path);
    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
    f->plan = (struct plan_data){ .name = column_name,
                                  .file = f->path,
                                  .format = format,
                                  .mode = mode,
                                  .delimiter = ',',
                                  .has_header = true,
                                  .columns = names,
                                  .column_count = 2 };
    f->row.fields = f->fields;
    random_init(&f->random, 1, 1);
}

static void open_it(struct fixture *f)
{
    f->dataset = dataset_open(&f->plan, &f->err);
    if (f->dataset == NULL)
        fail_msg("%s", f->err.text);
    dataset_reader_init(&f->reader, f->dataset);
}

static void tear_down(struct fixture *f)
{
    if (f->dataset != NULL)
        dataset_reader_release(&f->reader);
    dataset_free(f->dataset);
    buf_release(&f->row.values);
    unlink(f->path);
}

static void assert_row(struct fixture *f, uint64_t number, const char *name, const char *pass)
{
    dataset_read(&f->reader, number, &f->row);
    assert_string_equal(f->row.values.data + f->fields[0].at, name);
    assert_int_equal(f->fields[0].length, strlen(name));
    assert_string_equal(f->row.values.data + f->fields[1].at, pass);
}

static bool draw(struct fixture *f, uint64_t vu, uint64_t *row)
{
    return dataset_draw(f->dataset, &f->cursor, &(struct dataset_caller){ &f->random, 42, vu }, row);
}

static void a_csv_gives_its_columns_by_name(void **state)
{
    static const char text[] = "\xef\xbb\xbf"
                               "pass,id,name\r\n\"a,1\",7,ann\r\n\r\n\"two\nlines\",8,\"b \"\"x\"\"\"\n";
    struct fixture f;

    set_up(&f, DATA_CSV, DATA_SEQUENTIAL, text, sizeof text - 1);
    open_it(&f);
    assert_int_equal(dataset_row_count(f.dataset), 2);
    assert_row(&f, 0, "ann", "a,1");
    assert_row(&f, 1, "b \"x\"", "two\nlines");
    assert_row(&f, 0, "ann", "a,1");
    tear_down(&f);
}

static void a_csv_without_a_header_has_given_names(void **state)
{
    static char *given[] = { column_pass, column_name };
    struct fixture f;

    set_up(&f, DATA_CSV, DATA_SEQUENTIAL, "p;n\nq;m", 7);
    f.plan.has_header = false;
    f.plan.delimiter = ';';
    f.plan.given_columns = given;
    f.plan.given_column_count = 2;
    open_it(&f);
    assert_int_equal(dataset_row_count(f.dataset), 2);
    assert_row(&f, 1, "m", "q");
    assert_row(&f, 0, "n", "p");
    tear_down(&f);
}

static void json_and_lines_of_json_give_members(void **state)
{
    static const char array[] = " [ {\"name\":\"a]\",\"pass\":12,\"x\":[{}]},\n{\"pass\":{\"k\":[1]},\"name\":\"\\\"\\u00e9\"} ] ";
    static const char lines[] = "{\"name\":\"a\",\"pass\":true}\n\n {\"name\":\"b\",\"pass\":null}\r\n";
    struct fixture f;

    set_up(&f, DATA_JSON, DATA_SEQUENTIAL, array, sizeof array - 1);
    open_it(&f);
    assert_int_equal(dataset_row_count(f.dataset), 2);
    assert_row(&f, 1, "\"\xc3\xa9", "{\"k\":[1]}");
    assert_row(&f, 0, "a]", "12");
    tear_down(&f);
    set_up(&f, DATA_JSONL, DATA_SEQUENTIAL, lines, sizeof lines - 1);
    open_it(&f);
    assert_int_equal(dataset_row_count(f.dataset), 2);
    assert_row(&f, 0, "a", "true");
    assert_row(&f, 1, "b", "null");
    tear_down(&f);
}

/* Rows of all lengths, over many blocks and chunks of reading. */
static void ten_thousand_rows_come_back_one_by_one(void **state)
{
    static const enum data_format formats[] = { DATA_CSV, DATA_JSON, DATA_JSONL };

    for (int format = 0; format < 3; format++) {
        struct buf text;
        struct fixture f;
        char name[16], pass[400];

        buf_init(&text);
        buf_add_text(&text, formats[format] == DATA_CSV ? "name,pass\n" : formats[format] == DATA_JSON ? "[" : "");
        for (int i = 0; i < 10000; i++) {
            int filler = i * 7 % 300;

            if (formats[format] == DATA_CSV)
                buf_addf(&text, "n%d,\"%0*d\n\"\n", i, filler + 1, i);
            else
                buf_addf(&text, "%s{\"name\":\"n%d\",\"pass\":\"%0*d\\n\"}\n", format == 1 && i > 0 ? "," : "", i, filler + 1, i);
        }
        if (formats[format] == DATA_JSON)
            buf_add_char(&text, ']');
        set_up(&f, formats[format], DATA_SEQUENTIAL, text.data, text.length);
        open_it(&f);
        assert_int_equal(dataset_row_count(f.dataset), 10000);
        for (int n = 0; n < 10000; n++) {
            int i = n % 3 == 0 ? n : n * 7919 % 10000;

            snprintf(name, sizeof name, "n%d", i);
            snprintf(pass, sizeof pass, "%0*d\n", i * 7 % 300 + 1, i);
            assert_row(&f, (uint64_t)i, name, pass);
        }
        tear_down(&f);
        buf_release(&text);
    }
}

static void assert_refused(enum data_format format, const char *text, const char *expected)
{
    struct fixture f;
    char message[300];

    set_up(&f, format, DATA_SEQUENTIAL, text, strlen(text));
    assert_null(dataset_open(&f.plan, &f.err));
    snprintf(message, sizeof message, "%s%s", f.path, expected);
    assert_string_equal(f.err.text, message);
    tear_down(&f);
}

static void a_wrong_row_is_named_by_its_line(void **state)
{
    assert_refused(
        DATA_CSV, "name,pass\na,\"x\ny\"\nb\n",
        ":4: expected 2 fields as in the first row, got 1 (a quote that never closes takes in what follows)");
    assert_refused(DATA_CSV, "name,word\na,b\n", ":1: expected a column \"pass\" in the first row");
    assert_refused(DATA_CSV, "name,pass\n", ": expected at least one row of data");
    assert_refused(DATA_CSV, "", ": expected at least one row of data");
    assert_refused(DATA_JSON, "{}", ":1: expected an array of objects (\"format = jsonl\" is for one object a line)");
    assert_refused(DATA_JSON, "[\n{\"name\":1,\"pass\":2},\n}]", ":2: expected a JSON object: '[' or '{' expected near '}'");
    assert_refused(DATA_JSONL, "{\"name\":1,\"pass\":2}\n{\"name\":1}\n", ":2: expected a member \"pass\" in every object");
}

static void a_quote_that_never_closes_is_found(void **state)
{
    struct fixture f;
    struct buf text;

    buf_init(&text);
    buf_add_text(&text, "name,pass\na,\"b\n");
    for (int i = 0; i < 400000; i++)
        buf_add_text(&text, "c,d\n");
    set_up(&f, DATA_CSV, DATA_SEQUENTIAL, text.data, text.length);
    assert_null(dataset_open(&f.plan, &f.err));
    assert_non_null(strstr(f.err.text, ":2: expected the end of the row within 1 MiB"));
    tear_down(&f);
    buf_release(&text);
}

static void open_numbers(struct fixture *f, enum data_mode mode, int count)
{
    struct buf text;

    buf_init(&text);
    buf_add_text(&text, "name,pass\n");
    for (int i = 0; i < count; i++)
        buf_addf(&text, "%d,x\n", i);
    set_up(f, DATA_CSV, mode, text.data, text.length);
    buf_release(&text);
    open_it(f);
}

static void sequential_begins_again_and_unique_ends(void **state)
{
    struct fixture f;
    uint64_t row;

    open_numbers(&f, DATA_SEQUENTIAL, 3);
    for (uint64_t i = 0; i < 7; i++) {
        assert_true(draw(&f, 1, &row));
        assert_int_equal(row, i % 3);
    }
    tear_down(&f);
    open_numbers(&f, DATA_UNIQUE, 3);
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(draw(&f, 1, &row));
        assert_int_equal(row, i);
    }
    assert_false(atomic_load(&f.cursor.is_used_up));
    assert_false(draw(&f, 1, &row));
    assert_false(draw(&f, 1, &row));
    assert_true(atomic_load(&f.cursor.is_used_up));
    tear_down(&f);
}

static void shuffle_gives_each_row_once_in_every_round(void **state)
{
    for (int count = 1; count < 200; count += 13) {
        char order[3][200];
        struct fixture f;

        open_numbers(&f, DATA_SHUFFLE, count);
        for (int round = 0; round < 3; round++) {
            bool seen[200] = { false };

            for (int i = 0; i < count; i++) {
                uint64_t row;

                assert_true(draw(&f, 1, &row));
                assert_true(row < (uint64_t)count && !seen[row]);
                seen[row] = true;
                order[round][i] = (char)row;
            }
        }
        if (count > 10) {
            assert_memory_not_equal(order[0], order[1], (size_t)count);
            assert_memory_not_equal(order[1], order[2], (size_t)count);
        }
        tear_down(&f);
    }
}

static void a_vu_keeps_its_row_and_random_reaches_all(void **state)
{
    bool seen[10] = { false };
    struct fixture f;
    uint64_t row;

    open_numbers(&f, DATA_PER_VU, 10);
    for (uint64_t vu = 1; vu < 25; vu++)
        for (int i = 0; i < 2; i++) {
            draw(&f, vu, &row);
            assert_int_equal(row, (vu - 1) % 10);
        }
    tear_down(&f);
    open_numbers(&f, DATA_RANDOM, 10);
    for (int i = 0; i < 500; i++) {
        draw(&f, 1, &row);
        seen[row] = true;
    }
    for (int i = 0; i < 10; i++)
        assert_true(seen[i]);
    tear_down(&f);
}

struct taker {
    struct fixture *shared;
    unsigned char *seen;
    uint64_t taken;
};

static void *take_all(void *argument)
{
    struct taker *taker = argument;
    struct fixture *f = taker->shared;
    struct dataset_reader reader;
    struct csv_field fields[2];
    struct dataset_row row = { .fields = fields };
    uint64_t number;

    dataset_reader_init(&reader, f->dataset);
    while (dataset_draw(f->dataset, &f->cursor, &(struct dataset_caller){ NULL, 0, 1 }, &number)) {
        dataset_read(&reader, number, &row);
        __atomic_fetch_add(&taker->seen[strtoul(row.values.data + fields[0].at, NULL, 10)], 1, __ATOMIC_RELAXED);
        taker->taken++;
    }
    dataset_reader_release(&reader);
    buf_release(&row.values);
    return NULL;
}

static void four_threads_take_every_unique_row_once(void **state)
{
    enum { ROWS = 100000 };
    unsigned char *seen = calloc(ROWS, 1);
    struct taker takers[4];
    pthread_t threads[4];
    struct fixture f;
    uint64_t sum = 0;

    open_numbers(&f, DATA_UNIQUE, ROWS);
    for (int i = 0; i < 4; i++) {
        takers[i] = (struct taker){ &f, seen, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, take_all, &takers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        sum += takers[i].taken;
    }
    assert_int_equal(sum, ROWS);
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(seen[i], 1);
    tear_down(&f);
    free(seen);
}

static void a_million_rows_take_less_than_a_megabyte(void **state)
{
    struct mallinfo2 before, after;
    struct fixture f;

    memset(&f, 0, sizeof f);
    before = mallinfo2();
    open_numbers(&f, DATA_UNIQUE, 1000000);
    after = mallinfo2();
    assert_int_equal(dataset_row_count(f.dataset), 1000000);
    assert_row(&f, 999999, "999999", "x");
    assert_row(&f, 31, "31", "x");
    assert_true(after.uordblks < before.uordblks + (1 << 20));
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_csv_gives_its_columns_by_name),           cmocka_unit_test(a_csv_without_a_header_has_given_names),
        cmocka_unit_test(json_and_lines_of_json_give_members),       cmocka_unit_test(ten_thousand_rows_come_back_one_by_one),
        cmocka_unit_test(a_wrong_row_is_named_by_its_line),          cmocka_unit_test(a_quote_that_never_closes_is_found),
        cmocka_unit_test(sequential_begins_again_and_unique_ends),   cmocka_unit_test(shuffle_gives_each_row_once_in_every_round),
        cmocka_unit_test(a_vu_keeps_its_row_and_random_reaches_all), cmocka_unit_test(four_threads_take_every_unique_row_once),
        cmocka_unit_test(a_million_rows_take_less_than_a_megabyte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
