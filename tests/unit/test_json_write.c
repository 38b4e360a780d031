/* json_write: what comes out is JSON, whatever goes in. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_write.h"

static void nesting_and_commas_take_care_of_themselves(void **state)
{
    struct buf out;
    struct json json;

    buf_init(&out);
    json_write_init(&json, &out, 0);
    json_write_object(&json);
    json_write_key(&json, "a");
    json_write_array(&json);
    json_write_u64(&json, UINT64_MAX);
    json_write_i64(&json, -5);
    json_write_bool(&json, true);
    json_write_array(&json);
    json_write_array_end(&json);
    json_write_object(&json);
    json_write_object_end(&json);
    json_write_array_end(&json);
    json_write_key(&json, "b");
    json_write_null(&json);
    assert_false(json_write_is_complete(&json));
    json_write_object_end(&json);
    assert_true(json_write_is_complete(&json));
    assert_string_equal(out.data, "{\"a\":[18446744073709551615,-5,true,[],{}],\"b\":null}");
    buf_release(&out);
}

static void assert_string_becomes(const char *text, size_t length, const char *expected)
{
    struct buf out;
    struct json json;

    buf_init(&out);
    json_write_init(&json, &out, 0);
    json_write_string_n(&json, text, length);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void strings_are_escaped_and_made_valid(void **state)
{
    assert_string_becomes("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
    assert_string_becomes("\b\t\n\f\r\001\0\177", 8, "\"\\b\\t\\n\\f\\r\\u0001\\u0000\\u007f\"");
    assert_string_becomes("é日", 5, "\"é日\"");
    assert_string_becomes("\xff\xc3", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_string_becomes("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_string_becomes("\xe2\x80\xa8", 3, "\"\\u2028\"");
    assert_string_becomes("\xc2\x9b", 2, "\"\\u009b\"");
    assert_string_becomes("\xe2\x80\xae", 3, "\"\\u202e\"");
    assert_string_becomes("", 0, "\"\"");
}

static void a_missing_string_is_null(void **state)
{
    struct buf out;
    struct json json;

    buf_init(&out);
    json_write_init(&json, &out, 0);
    json_write_string(&json, NULL);
    assert_string_equal(out.data, "null");
    buf_release(&out);
}

static void assert_number_becomes(double value, const char *expected)
{
    struct buf out;
    struct json json;

    buf_init(&out);
    json_write_init(&json, &out, 0);
    json_write_double(&json, value);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void numbers_are_short_exact_and_finite(void **state)
{
    assert_number_becomes(0, "0");
    assert_number_becomes(90.2, "90.2");
    assert_number_becomes(0.1, "0.1");
    assert_number_becomes(1.0 / 3, "0.3333333333333333");
    assert_number_becomes(-1e300, "-1e+300");
    assert_number_becomes(123456.789012, "123456.789012");
    assert_number_becomes(NAN, "null");
    assert_number_becomes(INFINITY, "null");
    assert_number_becomes(-INFINITY, "null");
}

static void members_may_stand_on_lines_of_their_own(void **state)
{
    struct buf out;
    struct json json;

    buf_init(&out);
    json_write_init(&json, &out, 1);
    json_write_object(&json);
    json_write_key(&json, "a");
    json_write_array(&json);
    json_write_u64(&json, 1);
    json_write_u64(&json, 2);
    json_write_array_end(&json);
    json_write_key(&json, "b");
    json_write_raw_ascii(&json, "aGk=", 4);
    json_write_object_end(&json);
    assert_string_equal(out.data, "{\n \"a\":[1,2],\n \"b\":\"aGk=\"\n}");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_and_commas_take_care_of_themselves),
        cmocka_unit_test(strings_are_escaped_and_made_valid),
        cmocka_unit_test(a_missing_string_is_null),
        cmocka_unit_test(numbers_are_short_exact_and_finite),

        cmocka_unit_test(members_may_stand_on_lines_of_their_own),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
