/* nearest: typing slips find their word, strange words find none. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "nearest.h"

static const char *const words[] = {
    "stages", "stop", "rate", "vus", "duration", "http_req_duration", "http_req_failed", "http_reqs", "executor", "max_vus", "threshold",
};

static const char *find(const char *word)
{
    return nearest_word(word, words, sizeof words / sizeof words[0]);
}

static void typing_slips_find_their_word(void **state)
{
    (void)state;
    assert_string_equal(find("stagse"), "stages");
    assert_string_equal(find("http_req_durations"), "http_req_duration");
    assert_string_equal(find("maxVUs"), "max_vus");
    assert_string_equal(find("max-vus"), "max_vus");
    assert_string_equal(find("RATE"), "rate");
    assert_string_equal(find("tresholds"), "threshold");
    assert_string_equal(find("vsu"), "vus");
    assert_string_equal(find("http_req"), "http_reqs");
}

static void strange_words_find_none(void **state)
{
    char longest[200];

    (void)state;
    assert_null(find(""));
    assert_null(find("x"));
    assert_null(find("zebra"));
    assert_null(find("completely_different"));
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(find(longest));
}

static void distances_count_steps(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("rate", "rate", 9), 0);
    assert_int_equal(nearest_distance("rate", "Rate", 9), 0);
    assert_int_equal(nearest_distance("max-vus", "max_vus", 9), 0);
    assert_int_equal(nearest_distance("rate", "rat", 9), 1);
    assert_int_equal(nearest_distance("rate", "raet", 9), 1);
    assert_int_equal(nearest_distance("", "abc", 9), 3);
    assert_int_equal(nearest_distance("kitten", "sitting", 9), 3);
    assert_int_equal(nearest_distance("kitten", "sitting", 1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typing_slips_find_their_word),
        cmocka_unit_test(strange_words_find_none),
        cmocka_unit_test(distances_count_steps),
    };
    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
