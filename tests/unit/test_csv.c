/* csv: rows come out as they were meant, however the file is cut. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "csv.h"

#define FIELDS 8

struct row {
    struct buf values;
    struct csv_field fields[FIELDS];
    size_t count;
};

static void split(struct row *row, const char *text)
{
    buf_init(&row->values);
    row->count = csv_split(text, strlen(text), ',', &row->values, row->fields, FIELDS);
}

static void assert_field(const struct row *row, size_t index, const char *expected)
{
    assert_true(index < row->count);
    assert_int_equal(row->fields[index].length, strlen(expected));
    assert_string_equal(row->values.data + row->fields[index].at, expected);
}

static void a_plain_row_has_its_fields(void **state)
{
    struct row row;

    split(&row, "ann,secret,7\r\n");
    assert_int_equal(row.count, 3);
    assert_field(&row, 0, "ann");
    assert_field(&row, 1, "secret");
    assert_field(&row, 2, "7");
    buf_release(&row.values);
}

static void quotes_hold_delimiters_line_breaks_and_quotes(void **state)
{
    struct row row;

    split(&row, "\"a,b\",\"two\r\nlines\",\"say \"\"hi\"\"\",\"\"\n");
    assert_int_equal(row.count, 4);
    assert_field(&row, 0, "a,b");
    assert_field(&row, 1, "two\r\nlines");
    assert_field(&row, 2, "say \"hi\"");
    assert_field(&row, 3, "");
    buf_release(&row.values);
}

static void empty_fields_are_fields(void **state)
{
    struct row row;

    split(&row, ",,\n");
    assert_int_equal(row.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_field(&row, i, "");
    buf_release(&row.values);
    split(&row, "");
    assert_int_equal(row.count, 1);
    assert_field(&row, 0, "");
    buf_release(&row.values);
}

static void what_the_standard_forbids_is_text(void **state)
{
    struct row row;

    split(&row, "5\" disk,\"a\"b,\"open");
    assert_int_equal(row.count, 3);
    assert_field(&row, 0, "5\" disk");
    assert_field(&row, 1, "ab");
    assert_field(&row, 2, "open");
    buf_release(&row.values);
}

static void fields_over_the_room_are_counted(void **state)
{
    struct row row;

    split(&row, "1,2,3,4,5,6,7,8,9,10\n");
    assert_int_equal(row.count, 10);
    assert_field(&row, 7, "8");
    buf_release(&row.values);
}

static void a_row_ends_at_a_line_break_outside_quotes(void **state)
{
    const char *text = "a,\"b\nc\"\nd\n";

    assert_int_equal(csv_row_length(text, strlen(text), ',', true), 8);
    assert_int_equal(csv_row_length(text + 8, 2, ',', true), 2);
    assert_int_equal(csv_row_length("5\" disk\nx", 9, ',', true), 8);
    assert_int_equal(csv_row_length("\"\"\"\n\",1\nx", 9, ',', true), 8);
}

static void a_row_without_an_end_waits_for_more(void **state)
{
    assert_int_equal(csv_row_length("a,b", 3, ',', false), 0);
    assert_int_equal(csv_row_length("a,b", 3, ',', true), 3);
    assert_int_equal(csv_row_length("\"a\n", 3, ',', false), 0);
    assert_int_equal(csv_row_length("\"a\n", 3, ',', true), 3);
}

static void marks_and_blank_lines_are_recognised(void **state)
{
    assert_int_equal(csv_bom("\xef\xbb\xbfx", 4), 3);
    assert_int_equal(csv_bom("\xef\xbb", 2), 0);
    assert_true(csv_row_is_blank("\r\n", 2));
    assert_true(csv_row_is_blank("\n", 1));
    assert_false(csv_row_is_blank(" \n", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_row_has_its_fields),
        cmocka_unit_test(quotes_hold_delimiters_line_breaks_and_quotes),
        cmocka_unit_test(empty_fields_are_fields),
        cmocka_unit_test(what_the_standard_forbids_is_text),
        cmocka_unit_test(fields_over_the_room_are_counted),
        cmocka_unit_test(a_row_ends_at_a_line_break_outside_quotes),
        cmocka_unit_test(a_row_without_an_end_waits_for_more),
        cmocka_unit_test(marks_and_blank_lines_are_recognised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
