/* request and origin: the bytes that go out, and the addresses they go to. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "addresses.h"
#include "net.h"

static char agent[] = "onager/1", get[] = "GET", post[] = "POST", head[] = "HEAD", target[] = "/a?b=c";

static void check(const char *host, uint16_t port, bool keepalive, const struct plan_request *from, const char *expected)
{
    char name[64], scheme[] = "http";
    struct plan plan = { .user_agent = agent, .reuse = keepalive ? REUSE_VU : REUSE_NONE, .max_head_bytes = 100 };
    struct origin origin = { .scheme = scheme, .host = name, .port = port };
    struct net_request request;

    strncpy(name, host, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    net_request_build(&request, &plan, from, &origin);
    assert_string_equal(request.bytes, expected);
    assert_int_equal(request.length, strlen(expected));
    assert_int_equal(request.head_length, strstr(expected, "\r\n\r\n") + 4 - expected);
    assert_int_equal(request.max_head_bytes, 100);
    net_request_release(&request);
}

static void a_plain_get_has_the_default_headers(void **state)
{
    const struct plan_request from = { .method = get, .target = target };

    (void)state;
    check("example.org", 80, true, &from, "GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nUser-Agent: onager/1\r\nAccept: */*\r\n\r\n");
    check(
        "::1", 8080, false, &from,
        "GET /a?b=c HTTP/1.1\r\nHost: [::1]:8080\r\nUser-Agent: onager/1\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    check("fe80::1%eth0", 80, true, &from, "GET /a?b=c HTTP/1.1\r\nHost: [fe80::1]\r\nUser-Agent: onager/1\r\nAccept: */*\r\n\r\n");
}

static void the_headers_of_the_plan_win_in_any_case(void **state)
{
    char host[] = "hOST", user_agent[] = "user-AGENT", accept[] = "accept", length[] = "content-LENGTH", other[] = "X-Other";
    char a[] = "a", b[] = "b", c[] = "c", one[] = "1", body[] = "x";
    struct plan_header headers[] = { { host, a }, { user_agent, b }, { accept, c }, { length, one }, { other, a } };
    const struct plan_request from = {
        .method = post, .target = target, .headers = headers, .header_count = 5, .body = body, .body_length = 1
    };

    (void)state;
    check(
        "x", 80, true, &from, "POST /a?b=c HTTP/1.1\r\nhOST: a\r\nuser-AGENT: b\r\naccept: c\r\ncontent-LENGTH: 1\r\nX-Other: a\r\n\r\nx");
}

static void a_body_has_its_length_and_a_post_without_one_says_zero(void **state)
{
    char body[] = "hello";
    struct plan_request from = { .method = post, .target = target, .body = body, .body_length = 5 };

    (void)state;
    check("x", 80, true, &from, "POST /a?b=c HTTP/1.1\r\nHost: x\r\nUser-Agent: onager/1\r\nAccept: */*\r\nContent-Length: 5\r\n\r\nhello");
    from.body = NULL;
    check("x", 80, true, &from, "POST /a?b=c HTTP/1.1\r\nHost: x\r\nUser-Agent: onager/1\r\nAccept: */*\r\nContent-Length: 0\r\n\r\n");
}

static void the_request_knows_what_it_is(void **state)
{
    static const struct {
        const char *connection;
        bool keepalive, wants_close;
    } cases[] = {
        { NULL, true, false },
        { NULL, false, true },
        { "close", true, true },
        { "x, Close", true, true },
        { "closed", true, false },
        { "keep-alive", false, false },
        { "Keep-Alive,close ,x", true, true },
    };
    char name[] = "Connection", value[32];
    struct plan_header header = { name, value };
    char scheme[] = "http", host[] = "x";
    struct origin origin = { .scheme = scheme, .host = host, .port = 80 };
    struct net_request request;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan plan = { .user_agent = agent, .reuse = cases[i].keepalive ? REUSE_VU : REUSE_NONE };
        struct plan_request from = { .method = get, .target = target, .headers = &header, .header_count = cases[i].connection != NULL };

        if (cases[i].connection != NULL)
            strncpy(value, cases[i].connection, sizeof value - 1);
        net_request_build(&request, &plan, &from, &origin);
        assert_int_equal(request.wants_close, cases[i].wants_close);
        assert_true(request.is_idempotent && !request.is_head && request.max_head_bytes > 0);
        net_request_release(&request);
        from.method = post;
        net_request_build(&request, &plan, &from, &origin);
        assert_false(request.is_idempotent);
        net_request_release(&request);
        from.method = head;
        net_request_build(&request, &plan, &from, &origin);
        assert_true(request.is_head && request.is_idempotent);
        net_request_release(&request);
        memset(value, 0, sizeof value);
    }
}

static void an_address_resolves_to_itself_and_a_bad_name_says_so(void **state)
{
    struct origin origin;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(origin_resolve(&origin, "http", "127.0.0.1", 8080, &err), 0);
    assert_int_equal(net_name_list(origin.name)->count, 1);
    assert_int_equal(((struct sockaddr_in *)&net_name_list(origin.name)->at[0].address)->sin_port, htons(8080));
    assert_string_equal(origin.host, "127.0.0.1");
    assert_int_equal(origin.port, 8080);
    origin_release(&origin);
    assert_int_equal(origin_resolve(&origin, "http", "no host has this name", 80, &err), -1);
    assert_int_equal(err.exit_code, EXIT_USAGE);
    assert_string_equal(err.text, "no host has this name: no such host");
    origin_release(&origin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_get_has_the_default_headers),
        cmocka_unit_test(the_headers_of_the_plan_win_in_any_case),
        cmocka_unit_test(a_body_has_its_length_and_a_post_without_one_says_zero),
        cmocka_unit_test(the_request_knows_what_it_is),
        cmocka_unit_test(an_address_resolves_to_itself_and_a_bad_name_says_so),
    };
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
