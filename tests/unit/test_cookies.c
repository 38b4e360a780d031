/* cookies: one table of what is set where and sent where, dates, and the limits. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "cookies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define NOW 1700000000

static struct cookie_place at(const char *url)
{
    static char host[128];
    const char *start = strstr(url, "://") + 3;

    snprintf(host, sizeof host, "%.*s", (int)strcspn(start, "/"), start);
    return (struct cookie_place){ .host = host, .target = start + strcspn(start, "/"), .is_secure = strncmp(url, "https", 5) == 0 };
}

static bool set(struct cookie_jar *jar, const char *url, const char *value)
{
    struct cookie_place place = at(url);

    return cookie_jar_set(jar, &place, value, strlen(value), NOW);
}

static void check(const struct cookie_jar *jar, const char *url, int64_t now_s, const char *expected)
{
    struct cookie_place place = at(url);
    struct buf out;

    buf_init(&out);
    buf_add_text(&out, "");
    cookie_jar_get(jar, &place, now_s, &out);
    if (strcmp(out.length > 0 ? out.data : "", expected) != 0)
        fail_msg("%s gets \"%s\", not \"%s\"", url, out.length > 0 ? out.data : "", expected);
    buf_release(&out);
}

static void one_cookie_goes_where_rfc_6265_says(void **state)
{
    static const struct {
        const char *from, *value, *to, *sent;
    } cases[] = {
        /* the value */
        { "http://a.test/", "n=v", "http://a.test/", "n=v" },
        { "http://a.test/", " n = v ; x", "http://a.test/", "n=v" },
        { "http://a.test/", "n=\"q\"", "http://a.test/", "n=\"q\"" },
        { "http://a.test/", "n=a=b", "http://a.test/", "n=a=b" },
        { "http://a.test/", "n=", "http://a.test/", "n=" },
        { "http://a.test/", "n", "http://a.test/", "" },
        { "http://a.test/", "=v", "http://a.test/", "" },
        { "http://a.test/", "", "http://a.test/", "" },
        { "http://a.test/", ";n=v", "http://a.test/", "" },
        { "http://a.test/", "n=a\x01", "http://a.test/", "" },
        { "http://a.test/", "n=v; Unknown=x; HttpOnly; ; =", "http://a.test/", "n=v" },
        /* host and domain */
        { "http://a.test/", "n=v", "http://b.a.test/", "" },
        { "http://a.test/", "n=v", "http://A.TEST/", "n=v" },
        { "http://a.test/", "n=v; Domain=a.test", "http://b.a.test/", "n=v" },
        { "http://b.a.test/", "n=v; Domain=.a.test", "http://a.test/", "n=v" },
        { "http://b.a.test/", "n=v; domain=A.TEST", "http://c.a.test/", "n=v" },
        { "http://b.a.test/", "n=v; Domain=c.a.test", "http://c.a.test/", "" },
        { "http://a.test/", "n=v; Domain=b.a.test", "http://b.a.test/", "" },
        { "http://xa.test/", "n=v; Domain=a.test", "http://a.test/", "" },
        { "http://a.test/", "n=v; Domain=test", "http://b.test/", "" },
        { "http://a.test/", "n=v; Domain=", "http://a.test/", "n=v" },
        { "http://a.test/", "n=v; Domain=b.test; Domain=a.test", "http://a.test/", "n=v" },
        { "http://localhost/", "n=v; Domain=localhost", "http://localhost/", "n=v" },
        { "http://localhost/", "n=v; Domain=localhost", "http://a.localhost/", "" },
        { "http://127.0.0.1/", "n=v; Domain=127.0.0.1", "http://127.0.0.1/", "n=v" },
        { "http://127.0.0.1/", "n=v; Domain=0.0.1", "http://127.0.0.1/", "" },
        /* path */
        { "http://a.test/x/y?q", "n=v", "http://a.test/x/z", "n=v" },
        { "http://a.test/x/y?q", "n=v", "http://a.test/x", "n=v" },
        { "http://a.test/x/y?q", "n=v", "http://a.test/xz", "" },
        { "http://a.test/x/y?q", "n=v", "http://a.test/", "" },
        { "http://a.test/x", "n=v", "http://a.test/other", "n=v" },
        { "http://a.test/x", "n=v; Path=/y", "http://a.test/y/z?/", "n=v" },
        { "http://a.test/x", "n=v; Path=/y/", "http://a.test/y", "" },
        { "http://a.test/x/y", "n=v; Path=z", "http://a.test/x/", "n=v" },
        { "http://a.test/x", "n=v; Path=/a; Path=/b", "http://a.test/a", "" },
        { "http://a.test/x?a/b/c", "n=v", "http://a.test/", "n=v" },
        /* secure */
        { "https://a.test/", "n=v; Secure", "http://a.test/", "" },
        { "https://a.test/", "n=v; Secure", "https://a.test/", "n=v" },
        { "https://a.test/", "n=v", "http://a.test/", "n=v" },
        { "http://a.test/", "n=v; Secure", "https://a.test/", "" },
        /* life */
        { "http://a.test/", "n=v; Max-Age=0", "http://a.test/", "" },
        { "http://a.test/", "n=v; Max-Age=-1", "http://a.test/", "" },
        { "http://a.test/", "n=v; Max-Age=10", "http://a.test/", "n=v" },
        { "http://a.test/", "n=v; Max-Age=99999999999999999999", "http://a.test/", "n=v" },
        { "http://a.test/", "n=v; Max-Age=x", "http://a.test/", "n=v" },
        { "http://a.test/", "n=v; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.test/", "" },
        { "http://a.test/", "n=v; Expires=Tue, 19 Jan 2038 03:14:07 GMT", "http://a.test/", "n=v" },
        { "http://a.test/", "n=v; Expires=never", "http://a.test/", "n=v" },
        { "http://a.test/", "n=v; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.test/", "n=v" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cookie_jar *jar = cookie_jar_new();

        set(jar, cases[i].from, cases[i].value);
        check(jar, cases[i].to, NOW, cases[i].sent);
        cookie_jar_free(jar);
    }
}

static void a_cookie_ends_on_its_second_and_is_replaced_or_deleted_in_place(void **state)
{
    struct cookie_jar *jar = cookie_jar_new();

    (void)state;
    assert_true(set(jar, "http://a.test/", "a=1; Max-Age=10"));
    assert_true(set(jar, "http://a.test/", "b=2"));
    check(jar, "http://a.test/", NOW + 9, "a=1; b=2");
    check(jar, "http://a.test/", NOW + 10, "b=2");
    assert_true(set(jar, "http://a.test/", "a=3"));
    check(jar, "http://a.test/", NOW + 10, "a=3; b=2");
    assert_true(set(jar, "http://a.test/", "a=; Max-Age=0"));
    check(jar, "http://a.test/", NOW, "b=2");
    assert_int_equal(cookie_jar_count(jar), 1);
    cookie_jar_clear(jar);
    check(jar, "http://a.test/", NOW, "");
    cookie_jar_free(jar);
}

static void longer_paths_come_first_then_older_ones(void **state)
{
    struct cookie_jar *jar = cookie_jar_new();

    (void)state;
    set(jar, "http://a.test/", "a=1; Path=/");
    set(jar, "http://a.test/", "b=2; Path=/x/y");
    set(jar, "http://a.test/", "c=3; Path=/x");
    set(jar, "http://a.test/", "d=4; Path=/x/y");
    set(jar, "http://a.test/", "a=5; Path=/x");
    check(jar, "http://a.test/x/y", NOW, "b=2; d=4; c=3; a=5; a=1");
    check(jar, "http://a.test/x", NOW, "c=3; a=5; a=1");
    cookie_jar_free(jar);
}

static void the_jar_is_bounded_and_the_oldest_goes(void **state)
{
    struct cookie_jar *jar = cookie_jar_new();
    static char large[COOKIE_MAX_BYTES + 3];
    char text[64], url[64];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[1] = 0x3d;
    assert_false(set(jar, "http://a.test/", large)); /* name and value are one byte too many */
    large[COOKIE_MAX_BYTES + 1] = '\0';
    assert_true(set(jar, "http://b.test/", large));
    cookie_jar_clear(jar);
    for (unsigned i = 0; i <= COOKIES_PER_DOMAIN; i++) {
        snprintf(text, sizeof text, "c%u=1; Path=/%u", i, i);
        assert_true(set(jar, "http://a.test/", text));
    }
    assert_int_equal(cookie_jar_count(jar), COOKIES_PER_DOMAIN);
    check(jar, "http://a.test/0", NOW, "");
    check(jar, "http://a.test/1", NOW, "c1=1");
    for (unsigned i = 0; i < 2 * COOKIES_PER_JAR; i++) {
        snprintf(url, sizeof url, "http://h%u.test/", i);
        assert_true(set(jar, url, "n=v"));
    }
    assert_int_equal(cookie_jar_count(jar), COOKIES_PER_JAR);
    cookie_jar_free(jar);
}

static void dates_are_read_in_all_their_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: none */
    } cases[] = {
        { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
        { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
        { "Sun Nov  6 08:49:37 1994", 784111777 },
        { "6 november 1994 8:49:37", 784111777 },
        { "1994 Nov 6 08:49:37", 784111777 },
        { "01 Jan 69 00:00:00", 3124224000 },
        { "01 Jan 70 00:00:00", 0 },
        { "31 Feb 2020 00:00:00", -1 },
        { "29 Feb 2020 00:00:00", 1582934400 },
        { "06 Nov 1994 24:00:00", -1 },
        { "06 Nov 1994 08:60:00", -1 },
        { "06 Nov 1994", -1 },
        { "", -1 },
        { "06 Nov 1600 08:49:37", -1 },
        { "006 Nov 1994 08:49:37", -1 },
        { "Tue, 19-Jan-2038 03:14:08 GMT", 2147483648 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t seconds = -1;
        bool is_date = cookie_date(cases[i].text, strlen(cases[i].text), &seconds);

        if (is_date != (cases[i].seconds != -1) || (is_date && seconds != cases[i].seconds))
            fail_msg("%s is %lld", cases[i].text, is_date ? (long long)seconds : -1LL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cookie_goes_where_rfc_6265_says),
        cmocka_unit_test(a_cookie_ends_on_its_second_and_is_replaced_or_deleted_in_place),
        cmocka_unit_test(longer_paths_come_first_then_older_ones),
        cmocka_unit_test(the_jar_is_bounded_and_the_oldest_goes),
        cmocka_unit_test(dates_are_read_in_all_their_forms),
    };
    return cmocka_run_group_tests_name("cookies", tests, NULL, NULL);
}
