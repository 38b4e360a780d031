/* redirect: methods, and Locations against a base, the reference cases of RFC 3986 5.4 among them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "redirect.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static void check(const char *base, const char *location, const char *expected)
{
    struct redirect_target target;
    const char *complaint = redirect_resolve(&target, base, location, strlen(location));

    if (complaint != NULL)
        fail_msg("%s: %s", location, complaint);
    if (strcmp(target.text, expected) != 0)
        fail_msg("%s is %s, not %s", location, target.text, expected);
    redirect_target_release(&target);
}

static void relative_references_are_those_of_rfc_3986(void **state)
{
    static const char *const cases[][2] = {
        { "g", "/b/c/g" },
        { "./g", "/b/c/g" },
        { "g/", "/b/c/g/" },
        { "/g", "/g" },
        { "?y", "/b/c/d;p?y" },
        { "g?y", "/b/c/g?y" },
        { "#s", "/b/c/d;p?q" },
        { "g#s", "/b/c/g" },
        { "g?y#s", "/b/c/g?y" },
        { ";x", "/b/c/;x" },
        { "g;x", "/b/c/g;x" },
        { "", "/b/c/d;p?q" },
        { ".", "/b/c/" },
        { "./", "/b/c/" },
        { "..", "/b/" },
        { "../", "/b/" },
        { "../g", "/b/g" },
        { "../..", "/" },
        { "../../", "/" },
        { "../../g", "/g" },
        { "../../../g", "/g" },
        { "/./g", "/g" },
        { "/../g", "/g" },
        { "g.", "/b/c/g." },
        { "..g", "/b/c/..g" },
        { "./../g", "/b/g" },
        { "./g/.", "/b/c/g/" },
        { "g/./h", "/b/c/g/h" },
        { "g/../h", "/b/c/h" },
        { "g;x=1/./y", "/b/c/g;x=1/y" },
        { "g?y/./x", "/b/c/g?y/./x" },
        { "g?y/../x", "/b/c/g?y/../x" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char expected[64] = "http://a:80";

        strncat(expected, cases[i][1], sizeof expected - strlen(expected) - 1);
        check("http://a:80/b/c/d;p?q", cases[i][0], expected);
    }
    check("http://a/b", "//g", "http://g:80/");
}

static void absolute_ones_lose_user_and_fragment_and_gain_their_port(void **state)
{
    (void)state;
    check("http://a:80/", "https://B.Example/x?y#z", "https://b.example:443/x?y");
    check("http://a:80/", "http://user:secret@b:81/", "http://b:81/");
    check("http://a:80/", "//b:82", "http://b:82/");
    check("https://a:443/", "//b/c", "https://b:443/c");
    check("http://[::1]:8080/x", "y", "http://[::1]:8080/y");
    check("http://a:80/", "http://[fd00::1]/", "http://[fd00::1]:80/");
    check("http://a:80/", "/with a space", "http://a:80/with%20a%20space");
    check("http://a:80/", "/caf\xc3\xa9", "http://a:80/caf%c3%a9");
}

static void what_is_no_http_url_is_refused(void **state)
{
    static const char *const cases[] = { "ftp://a/",
                                         "javascript:alert(1)",
                                         "file:///etc/passwd",
                                         "http://",
                                         "http://a:99999/",
                                         "http://a:0/",
                                         "http://a b/",
                                         "/x\r\nEvil: 1",
                                         "/\x01",
                                         "http://[::1/",
                                         "http://[fe80::1%25eth0]/",
                                         "http://a%2fb/" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct redirect_target target;

        if (redirect_resolve(&target, "http://a:80/", cases[i], strlen(cases[i])) == NULL)
            fail_msg("%s became %s", cases[i], target.text);
        assert_null(target.text);
    }
}

static void methods_change_as_the_status_says(void **state)
{
    static const struct {
        unsigned status;
        const char *from, *to;
        bool without_body;
    } cases[] = {
        { 301, "GET", "GET", false },   { 301, "POST", "GET", true },     { 301, "PUT", "PUT", false },   { 302, "POST", "GET", true },
        { 302, "HEAD", "HEAD", false }, { 302, "PATCH", "PATCH", false }, { 303, "POST", "GET", true },   { 303, "PUT", "GET", true },
        { 303, "HEAD", "HEAD", false }, { 303, "GET", "GET", false },     { 307, "POST", "POST", false }, { 308, "POST", "POST", false },
        { 308, "PUT", "PUT", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool without_body;

        assert_string_equal(redirect_method(cases[i].status, cases[i].from, &without_body), cases[i].to);
        assert_int_equal(without_body, cases[i].without_body);
        assert_true(redirect_is_one(cases[i].status));
    }
    assert_false(redirect_is_one(300) || redirect_is_one(304) || redirect_is_one(305) || redirect_is_one(200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relative_references_are_those_of_rfc_3986),
        cmocka_unit_test(absolute_ones_lose_user_and_fragment_and_gain_their_port),
        cmocka_unit_test(what_is_no_http_url_is_refused),
        cmocka_unit_test(methods_change_as_the_status_says),
    };
    return cmocka_run_group_tests_name("redirect", tests, NULL, NULL);
}
