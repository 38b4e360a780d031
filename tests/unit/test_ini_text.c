/* ini_text: every byte of a value survives the library, and every place is right. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "ini_text.h"

/* What was heard, one line an event: "S 1:1 text", "P line:key:value key|value", "M line:column text". */
static void on_section(void *user, const char *text, const struct ini_place *at)
{
    buf_addf(user, "S %u:%u %s\n", at->line, at->key_column, text);
}

static void on_pair(void *user, const char *key, const char *value, const struct ini_place *at)
{
    buf_addf(user, "P %u:%u:%u %s|%s\n", at->line, at->key_column, at->value_column, key, value);
}

static void on_mistake(void *user, const struct ini_place *at, const char *text)
{
    buf_addf(user, "M %u:%u %s\n", at->line, at->key_column, text);
}

static const struct ini_events events = { on_section, on_pair, on_mistake };

static void expect_bytes(const char *text, size_t length, const char *heard)
{
    struct buf out;

    buf_init(&out);
    ini_read(text, length, &events, &out);
    assert_string_equal(out.length > 0 ? out.data : "", heard);
    buf_release(&out);
}

static void expect(const char *text, const char *heard)
{
    expect_bytes(text, strlen(text), heard);
}

static void keys_and_values_are_heard_with_their_places(void **state)
{
    (void)state;
    expect("[http]\ntimeout = 5s\n\n; a comment\n# another\n  rate     = fast\n", "S 1:1 http\nP 2:1:11 timeout|5s\nP 6:3:14 rate|fast\n");
    expect("[a]\nk=v\nk =\nk= \t\n", "S 1:1 a\nP 2:1:3 k|v\nP 3:1:4 k|\nP 4:1:5 k|\n");
    expect("  [ request  login ]  \n", "S 1:3 request  login\n");
    expect("", "");
    expect("\n\n", "");
}

static void colons_semicolons_and_hashes_are_part_of_keys_and_values(void **state)
{
    (void)state;
    expect("[t]\nm{request:login} = p(95)<500\n", "S 1:1 t\nP 2:1:20 m{request:login}|p(95)<500\n");
    expect("[h]\nc = a=1; b=2 # c: d ; e\n", "S 1:1 h\nP 2:1:5 c|a=1; b=2 # c: d ; e\n");
    expect("[h]\nu = http://h:80/?a=b&c=d\n", "S 1:1 h\nP 2:1:5 u|http://h:80/?a=b&c=d\n");
    expect("[h]\nq = \"quoted\" 'x' [y]\n", "S 1:1 h\nP 2:1:5 q|\"quoted\" 'x' [y]\n");
}

static void windows_lines_a_bom_and_a_missing_last_newline_change_nothing(void **state)
{
    (void)state;
    expect("[a]\r\nk = v\r\n\r\nl = w", "S 1:1 a\nP 2:1:5 k|v\nP 4:1:5 l|w\n");
    expect("\xef\xbb\xbf[a]\nk = v", "S 1:1 a\nP 2:1:5 k|v\n");
    expect("\xef\xbb\xbf", "");
}

static void lines_indented_deeper_than_their_key_continue_its_value(void **state)
{
    (void)state;
    expect("[r]\nbody = {\n  \"a\": 1,\n  \"b\": 2\n  }\nnext = 1\n", "S 1:1 r\nP 2:1:8 body|{\n\"a\": 1,\n\"b\": 2\n}\nP 6:1:8 next|1\n");
    expect("[r]\nbody =\n  first\n  ; left out\n  second\n", "S 1:1 r\nP 2:1:7 body|first\nsecond\n");
    expect("[r]\n  a = 1\n  b = 2\n    more\n  c = 3\n", "S 1:1 r\nP 2:3:7 a|1\nP 3:3:7 b|2\nmore\nP 5:3:7 c|3\n");
    expect("[r]\na = 1\n\n  stray\n", "S 1:1 r\nP 2:1:5 a|1\nM 4:3 expected \"key = value\", \"[section]\" or a comment\n");
    expect("[r]\na = 1\n  x\xef\xbb\xbf = y", "S 1:1 r\nP 2:1:5 a|1\nx\xef\xbb\xbf = y\n");
}

static void four_kilobytes_survive_in_one_line_and_in_many(void **state)
{
    struct buf text, heard;

    (void)state;
    for (size_t size = 190; size <= 300000; size = size < 210 ? size + 1 : size * 3) {
        buf_init(&text);
        buf_init(&heard);
        buf_add_text(&text, "[r]\nbody = ");
        buf_add_text(&heard, "S 1:1 r\nP 2:1:8 body|");
        for (size_t i = 0; i < size; i++) {
            char c = "abc;#:= d"[i % 9];

            if (i + 1 == size)
                c = '.';
            buf_add_char(&text, c);
            buf_add_char(&heard, c);
        }
        buf_add_text(&text, "\nlast = 1");
        buf_add_text(&heard, "\nP 3:1:8 last|1\n");
        expect_bytes(text.data, text.length, heard.data);
        buf_release(&text);
        buf_release(&heard);
    }
    buf_init(&text);
    buf_init(&heard);
    buf_add_text(&text, "[r]\nbody = x");
    buf_add_text(&heard, "S 1:1 r\nP 2:1:8 body|x");
    for (int i = 0; i < 400; i++) {
        buf_addf(&text, "\n  line %d", i);
        buf_addf(&heard, "\nline %d", i);
    }
    buf_add_text(&heard, "\n");
    expect_bytes(text.data, text.length, heard.data);
    buf_release(&text);
    buf_release(&heard);
}

static void lines_that_cannot_be_read_are_said_and_skipped(void **state)
{
    char nul[] = "[a]\nk = v\0w\nl = 1\n";

    (void)state;
    expect(
        "[a]\nno equals\nk: v\n= v\nl = 1\n",
        "S 1:1 a\nM 2:1 expected \"key = value\", \"[section]\" or a comment\n"
        "M 3:1 expected \"key = value\", \"[section]\" or a comment\nM 4:1 expected a key before \"=\"\nP 5:1:5 l|1\n");
    expect_bytes(nul, sizeof nul - 1, "S 1:1 a\nM 2:6 control character \\x00; the line is not read\nP 3:1:5 l|1\n");
    expect(
        "[a]\nk = \x1b[31m\nk = \x1e\nk = \x1f\nk = a\tb\n",
        "S 1:1 a\nM 2:5 control character \\x1b; the line is not read\nM 3:5 control character \\x1e; the line is not read\n"
        "M 4:5 control character \\x1f; the line is not read\nP 5:1:5 k|a\tb\n");
    expect("[a\nk = v\n", "M 1:1 expected \"]\" at the end of the section name\nS 1:1 a\nP 2:1:5 k|v\n");
    expect(
        "[a] b\n[]\n",
        "M 1:4 text after \"]\"; a comment stands on a line of its own\nS 1:1 a\nM 2:1 a section has a name, such as [http]\nS 2:1 \n");
}

static void section_names_are_whole_up_to_48_bytes_and_refused_beyond(void **state)
{
    static const char longest[] = "123456789012345678901234567890123456789012345678";
    char text[80], heard[120];

    (void)state;
    snprintf(text, sizeof text, "[%s]\nk = v\n", longest);
    snprintf(heard, sizeof heard, "S 1:1 %s\nP 2:1:5 k|v\n", longest);
    expect(text, heard);
    snprintf(text, sizeof text, "[%s9]\nk = v\n", longest);
    expect(text, "M 1:1 a section name has at most 48 bytes\nS 1:1 \nP 2:1:5 k|v\n");
}

static void a_line_longer_than_the_library_can_take_is_refused_not_cut(void **state)
{
    char *text = malloc(2 << 20);
    struct buf out;

    (void)state;
    memset(text, 'x', 2 << 20);
    memcpy(text, "[a]\nk = ", 8);
    memcpy(text + (2 << 20) - 7, "\nl = 1\n", 7);
    buf_init(&out);
    ini_read(text, 2 << 20, &events, &out);
    assert_string_equal(out.data, "S 1:1 a\nM 2:1 the line is too long; body_file takes a file\nP 3:1:5 l|1\n");
    buf_release(&out);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_are_heard_with_their_places),
        cmocka_unit_test(colons_semicolons_and_hashes_are_part_of_keys_and_values),
        cmocka_unit_test(windows_lines_a_bom_and_a_missing_last_newline_change_nothing),
        cmocka_unit_test(lines_indented_deeper_than_their_key_continue_its_value),
        cmocka_unit_test(four_kilobytes_survive_in_one_line_and_in_many),
        cmocka_unit_test(lines_that_cannot_be_read_are_said_and_skipped),
        cmocka_unit_test(section_names_are_whole_up_to_48_bytes_and_refused_beyond),
        cmocka_unit_test(a_line_longer_than_the_library_can_take_is_refused_not_cut),
    };
    return cmocka_run_group_tests_name("ini_text", tests, NULL, NULL);
}
