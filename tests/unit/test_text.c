/* text: nothing that reaches a terminal through the sanitizer can steer it, whatever the bytes were. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "onager/text.h"
#include "random.h"

static void assert_shown(const char *text, size_t length, size_t columns, bool utf8, const char *expected)
{
    char out[256];
    size_t width = text_sanitize(out, sizeof out, text, length, columns, utf8);

    assert_string_equal(out, expected);
    assert_int_equal(width, text_columns(out));
}

static void only_what_rfc_3629_allows_is_decoded(void **state)
{
    static const struct {
        const char *bytes;
        size_t length, taken;
        uint32_t code_point;
    } cases[] = {
        { "a", 1, 1, 'a' },
        { "\xc3\xa9", 2, 2, 0xe9 },
        { "\xe2\x82\xac", 3, 3, 0x20ac },
        { "\xf0\x9f\x8e\xaf", 4, 4, 0x1f3af },
        { "\xf4\x8f\xbf\xbd", 4, 4, 0x10fffd },
        { "\xc0\xaf", 2, 0, 0 },         /* overlong '/' */
        { "\xe0\x80\xaf", 3, 0, 0 },     /* overlong '/' */
        { "\xf0\x80\x80\xaf", 4, 0, 0 }, /* overlong '/' */
        { "\xed\xa0\x80", 3, 0, 0 },     /* surrogate */
        { "\xf4\x90\x80\x80", 4, 0, 0 }, /* over 10FFFF */
        { "\xf5\x80\x80\x80", 4, 0, 0 },
        { "\x80", 1, 0, 0 },         /* continuation alone */
        { "\xe2\x82\xac", 2, 0, 0 }, /* cut short */
        { "\xe2\x28\xa1", 3, 0, 0 },
        { "", 0, 0, 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code_point = 0;

        assert_int_equal(text_decode(cases[i].bytes, cases[i].length, &code_point), cases[i].taken);
        assert_int_equal(code_point, cases[i].code_point);
    }
}

static void what_steers_a_terminal_becomes_visible(void **state)
{
    assert_shown("\033]0;title\a", 10, 80, true, "\\x1b]0;title\\x07");
    assert_shown("a\0b", 3, 80, true, "a\\x00b");
    assert_shown("a\r\nb\tc\177", 7, 80, true, "a\\x0d\\x0ab\\x09c\\x7f");
    assert_shown(
        "\xc2\x9b"
        "31m",
        5, 80, true, "\\u{9b}31m");
    assert_shown("\x9b", 1, 80, true, "\\x9b");
    assert_shown("user\xe2\x80\xaegpj", 10, 80, true, "user\\u{202e}gpj");
    assert_shown("zero\xe2\x80\x8bwidth\xef\xbb\xbf", 15, 80, true, "zero\\u{200b}width\\u{feff}");
    assert_shown("\xe2\x80\xa8\xe2\x80\xa9", 6, 80, true, "\\u{2028}\\u{2029}");
    assert_shown("\xee\x80\x80\xef\xbf\xbe", 6, 80, true, "\\u{e000}\\u{fffe}");
    assert_shown("\xf3\xa0\x81\xa1", 4, 80, true, "\\u{e0061}");
}

static void ordinary_text_stays_as_it_is(void **state)
{
    assert_shown("GET /a?b=1 200", 14, 80, true, "GET /a?b=1 200");
    assert_shown("Größe 840µs", strlen("Größe 840µs"), 80, true, "Größe 840µs");
    assert_shown("日本", 6, 80, true, "日本");
    assert_shown("", 0, 80, true, "");
}

static void without_utf8_everything_is_ascii(void **state)
{
    assert_shown("840µs", 6, 80, false, "840\\u{b5}s");
    assert_shown("a long line", 11, 5, false, "a lo~");
}

static void what_does_not_fit_ends_in_an_ellipsis(void **state)
{
    assert_shown("abcdef", 6, 6, true, "abcdef");
    assert_shown("abcdef", 6, 5, true, "abcd…");
    assert_shown("abcdef", 6, 1, true, "…");
    assert_shown("abcdef", 6, 0, true, "");
    assert_shown("日本語", 9, 5, true, "日本…");
    assert_shown("日本語", 9, 4, true, "日…");
    assert_shown("ab\033cd", 5, 5, true, "ab…"); /* an escape is not cut in two */
}

static void a_small_buffer_cuts_between_characters(void **state)
{
    char out[6];

    text_sanitize(out, sizeof out, "äöü", 6, 80, true);
    assert_string_equal(out, "ä…");
    text_sanitize(out, 3, "äöü", 6, 80, true);
    assert_string_equal(out, "");
    text_sanitize(out, 1, "a", 1, 80, true);
    assert_string_equal(out, "");
}

static void marks_cannot_pile_up_or_stand_alone(void **state)
{
    assert_shown("e\xcc\x81", 3, 80, true, "e\xcc\x81");
    assert_shown("\xcc\x81", 2, 80, true, "\\u{301}");
    assert_shown("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 11, 80, true, "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u{301}");
    assert_int_equal(text_columns("e\xcc\x81"), 1);
}

static void assert_harmless(const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        uint32_t c = 0;
        size_t taken = text_decode(text, length, &c);

        assert_int_not_equal(taken, 0);
        assert_true(c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0));
        assert_false(c == 0xad || c == 0x61c || c == 0xfeff || c == 0x180e);
        assert_false((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f));
        assert_false((c >= 0xe000 && c <= 0xf8ff) || c >= 0xe0000 || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef));
        text += taken;
        length -= taken;
    }
}

/* Random bytes, leaning towards what matters: bytes of UTF-8 sequences, controls, bidi. */
static size_t random_text(struct random *random, char *text, size_t size)
{
    static const char *const pieces[] = { "\033[", "\xc2\x9b", "\xe2\x80\xae", "\xef\xbb\xbf",    "\xf0\x9f\x8e\xaf", "\xcc\x81",
                                          "日",    "é",        "\xed\xa0",     "\xf4\x8f\xbf\xbf" };
    size_t length = 0, wanted = random_below(random, size - 4);

    while (length < wanted) {
        if (random_below(random, 3) == 0) {
            const char *piece = pieces[random_below(random, sizeof pieces / sizeof *pieces)];

            memcpy(text + length, piece, strlen(piece));
            length += strlen(piece);
        } else {
            text[length++] = (char)random_below(random, 256);
        }
    }
    return length;
}

static void random_bytes_come_out_harmless_narrow_and_stable(void **state)
{
    struct random random;

    random_init(&random, 7, 1);
    for (int round = 0; round < 50000; round++) {
        char text[64], once[96], twice[96];
        size_t length = random_text(&random, text, sizeof text);
        size_t columns = random_below(&random, 70);
        size_t size = 1 + random_below(&random, sizeof once);
        bool utf8 = random_below(&random, 4) != 0;
        size_t width;

        memset(once, 'X', sizeof once);
        width = text_sanitize(once, size, text, length, columns, utf8);
        assert_true(strlen(once) < size);
        for (size_t i = size; i < sizeof once; i++)
            assert_int_equal(once[i], 'X');
        assert_harmless(once);
        assert_int_equal(width, text_columns(once));
        assert_true(width <= columns);
        assert_int_equal(text_sanitize(twice, sizeof twice, once, strlen(once), columns, utf8), width);
        assert_string_equal(once, twice);
        for (const char *c = once; !utf8 && *c != '\0'; c++)
            assert_true((unsigned char)*c < 0x80);
    }
}

static void widths_are_those_of_a_terminal(void **state)
{
    assert_int_equal(text_width('a'), 1);
    assert_int_equal(text_width(0xe9), 1);
    assert_int_equal(text_width(0x2581), 1); /* ▁ */
    assert_int_equal(text_width(0x2588), 1); /* █ */
    assert_int_equal(text_width(0x301), 0);
    assert_int_equal(text_width(0x65e5), 2);
    assert_int_equal(text_width(0xac00), 2);
    assert_int_equal(text_width(0x1f3af), 2);
    assert_int_equal(text_width(0xff21), 2);
    assert_int_equal(text_columns("日本 go"), 7);
}

static void a_spark_shows_anything_above_zero(void **state)
{
    assert_int_equal(text_spark_level(0, 100, 8), 0);
    assert_int_equal(text_spark_level(0.001, 100, 8), 1);
    assert_int_equal(text_spark_level(50, 100, 8), 4);
    assert_int_equal(text_spark_level(51, 100, 8), 5);
    assert_int_equal(text_spark_level(100, 100, 8), 8);
    assert_int_equal(text_spark_level(250, 100, 8), 8);
    assert_int_equal(text_spark_level(NAN, 100, 8), 0);
    assert_int_equal(text_spark_level(1, 0, 8), 0);
    assert_int_equal(text_spark_level(INFINITY, 100, 8), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_rfc_3629_allows_is_decoded),  cmocka_unit_test(what_steers_a_terminal_becomes_visible),
        cmocka_unit_test(ordinary_text_stays_as_it_is),          cmocka_unit_test(without_utf8_everything_is_ascii),
        cmocka_unit_test(what_does_not_fit_ends_in_an_ellipsis), cmocka_unit_test(a_small_buffer_cuts_between_characters),
        cmocka_unit_test(marks_cannot_pile_up_or_stand_alone),   cmocka_unit_test(random_bytes_come_out_harmless_narrow_and_stable),
        cmocka_unit_test(widths_are_those_of_a_terminal),        cmocka_unit_test(a_spark_shows_anything_above_zero),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
