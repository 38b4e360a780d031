/* What is taken out of answers: JSON paths, regular expressions, fields of forms; and what a hostile answer cannot do. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "html_field.h"
#include "json_path.h"
#include "json_query.h"
#include "json_scan.h"
#include "mem.h"
#include "regex.h"

static const char shop[] = "{\"items\":[{\"id\":7,\"tags\":[]},{\"id\":\"b-8\",\"price\":2.50,\"tags\":[\"x\",\"\xc3\xa9\"]}],"
                           "\"total\":2,\"ok\":true,\"none\":null,\"a.b\":{\"c d\":1e300},\"length\":\"own\",\"neg\":[[1,2],[3]]}";

/* The value as text, or NULL. */
static char *find(const char *document, const char *text)
{
    json_t *json = json_query_parse(document, strlen(document));
    struct json_found found;
    struct json_path path;
    struct error err = { 0 };
    struct random random;
    struct buf out;
    bool is_there;

    buf_init(&out);
    assert_int_equal(json_path_parse(&path, text, &err), 0);
    random_init(&random, 1, 1);
    is_there = json_query(json, &path, &random, &found);
    if (is_there)
        json_found_text(&found, &out);
    json_path_release(&path);
    json_decref(json);
    if (!is_there) {
        buf_release(&out);
        return NULL;
    }
    return buf_take(&out);
}

static void assert_finds(const char *path, const char *expected)
{
    char *value = find(shop, path);

    if (value == NULL || strcmp(value, expected) != 0)
        fail_msg("%s gives %s, not %s", path, value != NULL ? value : "nothing", expected);
    free(value);
}

static void paths_find_members_and_elements(void **state)
{
    assert_finds("$.total", "2");
    assert_finds("total", "2");
    assert_finds("$.items[0].id", "7");
    assert_finds("$.items[1].id", "b-8");
    assert_finds("$.items[-1].id", "b-8");
    assert_finds("$.items[-2].id", "7");
    assert_finds("$['a.b']['c d']", "1e+300");
    assert_finds("$[\"ok\"]", "true");
    assert_finds("$.none", "null");
    assert_finds("$.items[1].price", "2.5");
    assert_finds("$.neg[0][1]", "2");
}

static void any_element_is_drawn_and_each_has_its_chance(void **state)
{
    json_t *json = json_query_parse(shop, strlen(shop));
    struct json_path path;
    struct json_found found;
    struct random random;
    unsigned sevens = 0;

    assert_int_equal(json_path_parse(&path, "$.items[*].id", NULL), 0);
    random_init(&random, 7, 1);
    for (int i = 0; i < 1000; i++) {
        assert_true(json_query(json, &path, &random, &found));
        sevens += json_is_integer(found.value);
    }
    assert_in_range(sevens, 400, 600);
    json_path_release(&path);
    json_decref(json);
    assert_finds("$['a.b'][*]", "1e+300");
    assert_null(find(shop, "$.items[*].colour"));
    assert_null(find(shop, "$.items[0].tags[*]"));
    assert_null(find(shop, "$.total[*]"));
}

static void length_counts_unless_it_is_a_member(void **state)
{
    assert_finds("$.items.length", "2");
    assert_finds("$.items[1].tags.length", "2");
    assert_finds("$.items[1].tags[1].length", "1");
    assert_finds("$.length", "own");
    assert_finds("$.items[0].length", "2");
    assert_null(find(shop, "$.total.length"));
    assert_null(find(shop, "$.items.length.x"));
}

static void objects_become_compact_json(void **state)
{
    assert_finds("$.neg", "[[1,2],[3]]");
}

static void what_is_not_there_is_not_found(void **state)
{
    assert_null(find(shop, "$.items[2]"));
    assert_null(find(shop, "$.items[-3]"));
    assert_null(find(shop, "$.items.x"));
    assert_null(find("no json", "$.a"));
    assert_null(find("", "$"));
}

static void assert_is_no_path(const char *text, const char *expected)
{
    struct error err = { 0 };
    struct json_path path;

    assert_int_equal(json_path_parse(&path, text, &err), -1);
    assert_string_equal(err.text, expected);
}

static void a_wrong_path_says_where(void **state)
{
    assert_is_no_path("$..a", "expected a name after \".\" (\"..\" is not known here) at character 3 of the path \"$..a\"");
    assert_is_no_path("$.a[", "expected a number, \"*\" or a quoted name in the brackets at character 5 of the path \"$.a[\"");
    assert_is_no_path("$.a[1", "expected \"]\" at character 6 of the path \"$.a[1\"");
    assert_is_no_path("$a", "expected \".name\" or \"[...]\" at character 2 of the path \"$a\"");
    assert_is_no_path("", "expected a name at character 1 of the path \"\"");
}

static void numbers_are_compared_as_numbers(void **state)
{
    static const char numbers[] = "[\"12.5\",3,\"x\",\"\",null]";
    json_t *json = json_query_parse(numbers, strlen(numbers));
    const bool expected[] = { true, true, false, false, false };
    double number;

    for (size_t i = 0; i < 5; i++)
        assert_int_equal(json_found_number(&(struct json_found){ .value = json_array_get(json, i) }, &number), expected[i]);
    json_decref(json);
}

/* What the scan says it is sure of, the document says too. Returns whether it was sure. */
static bool agrees(const char *document, size_t length, const char *path_text)
{
    json_t *json = json_query_parse(document, length);
    struct json_found found;
    struct json_scan scanned;
    struct json_path path;
    struct random random;
    enum json_scan_result result;
    struct buf text;
    bool is_there;

    buf_init(&text);
    random_init(&random, 1, 1);
    assert_int_equal(json_path_parse(&path, path_text, NULL), 0);
    result = json_scan(document, length, &path, &scanned);
    is_there = json_query(json, &path, &random, &found);
    if (result != SCAN_UNSURE && (result == SCAN_FOUND) != is_there)
        fail_msg("%s in %.*s: %d, not %d", path_text, (int)length, document, result, is_there);
    if (result == SCAN_FOUND && scanned.kind == SCAN_LENGTH)
        assert_true(found.value == NULL && found.length == scanned.length);
    if (result == SCAN_FOUND && (scanned.kind == SCAN_TEXT || scanned.kind == SCAN_INTEGER || scanned.kind == SCAN_WORD)) {
        json_found_text(&found, &text);
        assert_int_equal(text.length, scanned.length);
        assert_memory_equal(text.data != NULL ? text.data : "", scanned.text, scanned.length);
    }
    buf_release(&text);
    json_path_release(&path);
    json_decref(json);
    return result != SCAN_UNSURE;
}

static const char *const scan_paths[] = {
    "$.items[0].id", "$.items[-1].id", "$.items.length", "$.items[1].tags.length", "$.total", "$.ok", "$.none", "$.a", "$.a.b", "$[0]",
    "$[1].a",        "$.length",       "$.neg[0][1]",    "$.items[1].price",       "$[-1]",   "$.x",
};
#define SCAN_PATHS (sizeof scan_paths / sizeof *scan_paths)

static void a_scan_agrees_with_the_document(void **state)
{
    static const char *const documents[] = {
        shop,
        "{}",
        "[]",
        "",
        " ",
        "1",
        "\"a\"",
        "{\"a\":{\"b\":1},\"a\":{}}",
        "{\"a\":1,\"a\":2}",
        "[1,{\"a\":-0},3]",
        "[01]",
        "{\"a\":1,}",
        "[1,]",
        "{\"a\" 1}",
        "{\"a\":1}}",
        "{\"a\":1} x",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc3\xa9\"}",
        "{\"a\":\"x\\ny\"}",
        "{\"\\u0061\":1}",
        "{\"a\":1e3}",
        "{\"a\":123456789012345678901}",
        "{\"a\":tru}",
        "{\"a\":true}",
        "[[[1]]]",
        "{\"a\":[1,2",
        "{\"a\":\"",
        "{\"a\":1.}",
        "{\"x\":2.50}",
        "{\"length\":3}",
        "{\"items\":[]}",
        "{\"items\":{\"length\":7}}",
        "{\"a\":\"tab\there\"}",
        "[1 2]",
        "{,}",
        "[\"a\",\"b\"]",
        "{\"a\":null}",
    };
    unsigned sure = 0;

    for (size_t d = 0; d < sizeof documents / sizeof *documents; d++)
        for (size_t p = 0; p < SCAN_PATHS; p++)
            sure += agrees(documents[d], strlen(documents[d]), scan_paths[p]);
    assert_true(sure > 400);
}

/* The shop's answer with bytes changed, cut and doubled. */
static void a_scan_agrees_with_broken_documents_too(void **state)
{
    static const char alphabet[] = "{}[]\",:0123456789.-+eEtfnul \\a\x80\xc3\t";
    struct random random;
    char text[sizeof shop + 8];

    random_init(&random, 99, 1);
    for (int i = 0; i < 30000; i++) {
        size_t length = sizeof shop - 1;

        memcpy(text, shop, length);
        for (uint64_t n = random_below(&random, 4); n > 0; n--)
            text[random_below(&random, length)] = alphabet[random_below(&random, sizeof alphabet - 1)];
        if (random_below(&random, 4) == 0)
            length = random_below(&random, length);
        agrees(text, length, scan_paths[random_below(&random, SCAN_PATHS)]);
    }
}

static void assert_matches(const char *pattern, const char *subject, const char *expected)
{
    struct regex_matcher *matcher = regex_matcher_new();
    struct regex_span span = { 0 };
    struct error err = { 0 };
    struct regex *regex = regex_new(pattern, &err);
    bool is_found;

    assert_non_null(regex);
    is_found = regex_find(regex, matcher, subject, strlen(subject), regex_group_count(regex) > 0, &span);
    assert_int_equal(is_found, expected != NULL);
    if (expected != NULL) {
        assert_int_equal(span.length, strlen(expected));
        assert_memory_equal(span.text, expected, span.length);
    }
    regex_free(regex);
    regex_matcher_free(matcher);
}

static void a_regex_gives_the_group_that_is_asked_for(void **state)
{
    if (!regex_is_available())
        skip();
    assert_matches("id=(\\d+)", "a id=42;", "42");
    assert_matches("id=\\d+", "a id=42;", "id=42");
    assert_matches("(?:a|(b))c", "ac", NULL);
    assert_matches("(a)(b)(c)(d)", "abcd", "a");
    assert_matches("x*", "", "");
    assert_matches("\xff", "a\xff", "\xff");
    assert_matches("z", "abc", NULL);
}

static void a_regex_that_backtracks_for_ever_gives_up(void **state)
{
    char subject[4001];

    if (!regex_is_available())
        skip();
    memset(subject, 'a', 4000);
    subject[4000] = '\0';
    assert_matches("(a+)+$b", subject, NULL);
    assert_matches("^(?:a?){2000}a{4000}b", subject, NULL);
}

static void a_wrong_regex_says_where(void **state)
{
    struct error err = { 0 };

    if (!regex_is_available())
        skip();
    assert_null(regex_new("a(b", &err));
    assert_string_equal(err.text, "the regular expression \"a(b\" is wrong at character 4: missing closing parenthesis");
}

static void assert_field(const char *page, const char *name, const char *expected)
{
    struct buf out;

    buf_init(&out);
    assert_int_equal(html_field_find(page, strlen(page), name, &out), expected != NULL);
    if (expected != NULL)
        assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void a_form_gives_its_hidden_fields(void **state)
{
    static const char page[] =
        "<!doctype html><head><meta name=csrf content=m1></head><p><form><input name=csrf value=shown>"
        "<INPUT TYPE='Hidden' NAME=\"csrf\" value='a&amp;b&quot;'><input type=hidden name=csrf value=second>"
        "<input name=empty type=hidden></form><!-- <input name=no value=1> --><script>'<input name=no value=2>'</script>";

    if (!html_field_is_available())
        skip();
    assert_field(page, "csrf", "a&b\"");
    assert_field(page, "empty", "");
    assert_field(page, "no", NULL);
    assert_field("<meta name=token content=t>", "token", "t");
    assert_field("", "token", NULL);
    assert_field("<form><table><input type=hidden name=late value=1>", "late", "1");
}

/* Recursion over such a tree would end the process. */
static void a_page_of_a_million_open_tags_is_left_alone(void **state)
{
    struct buf page;

    if (!html_field_is_available())
        skip();
    buf_init(&page);
    for (int i = 0; i < 400000; i++)
        buf_add_text(&page, "<div>");
    buf_add_text(&page, "<input type=hidden name=x value=1>");
    assert_field(page.data, "x", NULL);
    buf_release(&page);
    for (int i = 0; i < 19000; i++)
        buf_add_text(&page, "<div>");
    buf_add_text(&page, "<input type=hidden name=x value=1>");
    assert_field(page.data, "x", "1");
    buf_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_members_and_elements),
        cmocka_unit_test(any_element_is_drawn_and_each_has_its_chance),
        cmocka_unit_test(length_counts_unless_it_is_a_member),
        cmocka_unit_test(objects_become_compact_json),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_wrong_path_says_where),
        cmocka_unit_test(numbers_are_compared_as_numbers),
        cmocka_unit_test(a_scan_agrees_with_the_document),
        cmocka_unit_test(a_scan_agrees_with_broken_documents_too),
        cmocka_unit_test(a_regex_gives_the_group_that_is_asked_for),
        cmocka_unit_test(a_regex_that_backtracks_for_ever_gives_up),
        cmocka_unit_test(a_wrong_regex_says_where),
        cmocka_unit_test(a_form_gives_its_hidden_fields),
        cmocka_unit_test(a_page_of_a_million_open_tags_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
