/* http_client: redirects on the wire: a table of what is asked for at every hop, limits, loops, other hosts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "client_fixture.h"
#include "mem.h"
#include "talk_server.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static struct client_fixture fx;
static struct talk_server *server, *other;
static char post[] = "POST", put[] = "PUT", body[] = "hello", path[] = "/start";

static int set_up(void **state)
{
    (void)state;
    client_fixture_open(&fx);
    fx.net.wanted.target = path;
    fx.net.wanted.redirects = 5;
    server = other = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    client_fixture_close(&fx);
    talk_server_free(server);
    talk_server_free(other);
    return 0;
}

static void serve(const struct talk *talks, size_t count)
{
    server = talk_server_new(talks, count);
    client_fixture_build(&fx, talk_server_port(server));
}

static bool asked(size_t index, const char *text)
{
    return strstr(talk_server_request(server, index), text) != NULL;
}

static void a_redirect_is_an_answer_like_others_unless_it_is_to_be_followed(void **state)
{
    static const struct talk talks[] = { TALK("GET /start ", "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n") };
    struct job job;

    (void)state;
    fx.net.wanted.redirects = 0;
    serve(talks, COUNT_OF(talks));
    job_run(&job, &fx);
    assert_int_equal(job.count, 1);
    assert_int_equal(job.told[0].status, 302);
    assert_int_equal(job.told[0].end, EXCHANGE_EXPECTED);
    assert_int_equal(talk_server_count(server), 1);
}

static void every_hop_is_an_exchange_and_the_last_one_counts(void **state)
{
    static const struct talk talks[] = {
        TALK("GET /start ", "HTTP/1.1 301 Moved\r\nLocation: next?x=1\r\nContent-Length: 3\r\n\r\nabc"),
        TALK("GET /next?x=1 ", "HTTP/1.1 308 Moved\r\nLocation: /deep/../last\r\nContent-Length: 0\r\n\r\n"),
        TALK("GET /last ", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    };
    struct job job;

    (void)state;
    serve(talks, COUNT_OF(talks));
    job_run(&job, &fx);
    assert_int_equal(job.count, 3);
    assert_int_equal(job.told[0].end, EXCHANGE_EXPECTED | EXCHANGE_FOLLOWED);
    assert_int_equal(job.told[0].status, 301);
    assert_int_equal(job.told[1].status, 308);
    assert_true(job.told[1].is_reused && job.told[2].is_reused);
    assert_int_equal(job.told[2].status, 404);
    assert_int_equal(job.told[2].end, 0);
    assert_true(job.is_failed);
    assert_int_equal(talk_server_count(server), 3);
}

static void a_post_becomes_a_get_without_its_body_or_stays_whole(void **state)
{
    static const struct {
        unsigned status;
        char *method;
        const char *next;
        bool has_body;
    } cases[] = { { 301, post, "GET", false }, { 302, post, "GET", false }, { 303, post, "GET", false }, { 303, put, "GET", false },
                  { 307, post, "POST", true }, { 308, post, "POST", true }, { 302, put, "PUT", true } };
    char type[] = "Content-Type", text[] = "text/plain", custom[] = "X-Mine", one[] = "1";
    struct plan_header headers[] = { { type, text }, { custom, one } };
    struct job job;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char answer[128], start[64];
        struct talk talks[] = { TALK(NULL, answer), TALK(start, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") };

        set_up(NULL);
        fx.net.wanted.headers = headers;
        fx.net.wanted.header_count = 2;
        fx.net.wanted.body = body;
        fx.net.wanted.body_length = 5;
        fx.net.wanted.method = cases[i].method;
        snprintf(answer, sizeof answer, "HTTP/1.1 %u X\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n", cases[i].status);
        snprintf(start, sizeof start, "%s /next ", cases[i].next);
        serve(talks, COUNT_OF(talks));
        job_run(&job, &fx);
        assert_int_equal(job.count, 2);
        assert_false(job.is_failed);
        assert_true(asked(0, "\r\n\r\nhello"));
        assert_int_equal(asked(1, "\r\n\r\nhello"), cases[i].has_body);
        assert_int_equal(asked(1, "Content-Type: text/plain"), cases[i].has_body);
        assert_int_equal(asked(1, "Content-Length: 5"), cases[i].has_body);
        assert_true(asked(1, "X-Mine: 1"));
        tear_down(NULL);
    }
}

static void a_circle_is_noticed_at_once_and_its_last_answer_is_the_fault(void **state)
{
    static const struct talk talks[] = {
        TALK("GET /start ", "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"),
        TALK("GET /b ", "HTTP/1.1 302 Found\r\nLocation: /start\r\nContent-Length: 0\r\n\r\n"),
    };
    struct job job;

    (void)state;
    serve(talks, COUNT_OF(talks));
    job_run(&job, &fx);
    assert_int_equal(job.count, 2);
    assert_int_equal(job.told[0].end, EXCHANGE_EXPECTED | EXCHANGE_FOLLOWED);
    assert_int_equal(job.told[1].fault, FAULT_REDIRECT_LOOP);
    assert_int_equal(job.told[1].status, 302);
    assert_string_equal(job.told[1].detail, "a redirect in a circle");
    assert_true(job.is_failed);
}

static void more_hops_than_wanted_are_a_fault(void **state)
{
    static const struct talk talks[] = {
        TALK("GET /start ", "HTTP/1.1 302 Found\r\nLocation: /1\r\nContent-Length: 0\r\n\r\n"),
        TALK("GET /1 ", "HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n"),
        TALK("GET /2 ", "HTTP/1.1 302 Found\r\nLocation: /3\r\nContent-Length: 0\r\n\r\n"),
    };
    struct job job;

    (void)state;
    fx.net.wanted.redirects = 2;
    serve(talks, COUNT_OF(talks));
    job_run(&job, &fx);
    assert_int_equal(job.count, 3);
    assert_int_equal(job.told[2].fault, FAULT_REDIRECT_LIMIT);
    assert_true(job.is_failed);
}

static void other_schemes_and_broken_locations_are_a_fault(void **state)
{
    static const char *const locations[] = { "ftp://127.0.0.1/", "http://127.0.0.1:0/", "javascript:alert(1)", "/a\x01" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(locations); i++) {
        char answer[128];
        struct talk talks[] = { TALK("GET /start ", answer) };
        struct job job;

        if (i > 0)
            set_up(NULL);
        snprintf(answer, sizeof answer, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", locations[i]);
        serve(talks, 1);
        job_run(&job, &fx);
        assert_int_equal(job.count, 1);
        assert_int_equal(job.told[0].fault, FAULT_REDIRECT_TARGET);
        assert_true(job.told[0].detail[0] != '\0');
        if (i + 1 < COUNT_OF(locations))
            tear_down(NULL);
    }
}

static void another_host_or_port_gets_no_secrets_and_the_first_one_gets_them_again(void **state)
{
    char authorization[] = "authorization", basic[] = "Basic c2VjcmV0", cookie[] = "Cookie", a[] = "a=1", host[] = "Host",
         name[] = "shop.test";
    struct plan_header headers[] = { { authorization, basic }, { cookie, a }, { host, name } };
    char there[128], back[128], expected[64];
    struct talk talks[] = { TALK("GET /start ", there), TALK("GET /home ", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") };
    struct talk others[] = { TALK("GET /away ", back) };
    struct job job;

    (void)state;
    other = talk_server_new(others, 1);
    fx.net.wanted.headers = headers;
    fx.net.wanted.header_count = 3;
    serve(talks, COUNT_OF(talks));
    snprintf(
        there, sizeof there, "HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:%u/away\r\nContent-Length: 0\r\n\r\n", talk_server_port(other));
    snprintf(
        back, sizeof back, "HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:%u/home\r\nContent-Length: 0\r\n\r\n", talk_server_port(server));
    job_run(&job, &fx);
    assert_int_equal(job.count, 3);
    assert_false(job.is_failed);
    snprintf(expected, sizeof expected, "Host: 127.0.0.1:%u\r\n", talk_server_port(other));
    assert_non_null(strstr(talk_server_request(other, 0), expected));
    assert_null(strstr(talk_server_request(other, 0), "c2VjcmV0"));
    assert_null(strstr(talk_server_request(other, 0), "a=1"));
    assert_null(strstr(talk_server_request(other, 0), "shop.test"));
    assert_true(asked(1, "authorization: Basic c2VjcmV0") && asked(1, "Cookie: a=1") && asked(1, "Host: shop.test"));
}

static void cookies_are_sent_back_kept_or_forgotten_and_let_a_page_redirect_to_itself(void **state)
{
    static const struct talk talks[] = {
        TALK(
            "GET /start ",
            "HTTP/1.1 302 X\r\nset-cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/no\r\nLocation: /start\r\nContent-Length: 0\r\n\r\n"),
        TALK("GET /start ", "HTTP/1.1 200 OK\r\nSet-Cookie: c=3\r\nContent-Length: 0\r\n\r\n"),
        TALK("GET /start ", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        TALK("GET /start ", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    };
    char name[] = "Cookie", own[] = "own=0";
    struct plan_header header = { name, own };
    struct job job;

    (void)state;
    fx.net.plan.cookies = COOKIES_KEEP;
    fx.net.wanted.headers = &header;
    fx.net.wanted.header_count = 1;
    serve(talks, COUNT_OF(talks));
    job_run(&job, &fx);
    assert_int_equal(job.count, 2);
    assert_false(job.is_failed);
    assert_true(asked(0, "Cookie: own=0\r\n"));
    assert_true(asked(1, "Cookie: own=0; a=1\r\n"));
    job_run(&job, &fx);
    assert_true(asked(2, "Cookie: own=0; a=1; c=3\r\n"));
    http_client_forget(&fx.client);
    job_run(&job, &fx);
    assert_true(asked(3, "Cookie: own=0\r\n"));
}

static void credentials_of_the_plan_are_a_header_to_its_own_origin(void **state)
{
    char user[] = "Aladdin:open sesame", bearer[] = "t0k3n", there[128];
    struct talk talks[] = { TALK("GET /start ", there), TALK("GET /start ", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") };
    static const struct talk others[] = { TALK("GET /away ", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") };
    struct job job;

    (void)state;
    other = talk_server_new(others, 1);
    fx.net.wanted.user = user;
    serve(talks, COUNT_OF(talks));
    snprintf(
        there, sizeof there, "HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:%u/away\r\nContent-Length: 0\r\n\r\n", talk_server_port(other));
    job_run(&job, &fx);
    assert_int_equal(job.count, 2);
    assert_true(asked(0, "\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    assert_null(strstr(talk_server_request(other, 0), "Authorization"));
    fx.net.wanted.user = NULL;
    fx.net.wanted.bearer = bearer;
    client_fixture_build(&fx, talk_server_port(server));
    job_run(&job, &fx);
    assert_true(asked(1, "\r\nAuthorization: Bearer t0k3n\r\n"));
}

static void a_name_that_only_a_redirect_knows_is_looked_up(void **state)
{
    char there[128];
    struct talk talks[] = { TALK("GET /start ", there), TALK("GET /here ", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") };
    struct job job;

    (void)state;
    serve(talks, COUNT_OF(talks));
    snprintf(
        there, sizeof there, "HTTP/1.1 302 X\r\nLocation: http://localhost:%u/here\r\nContent-Length: 0\r\n\r\n", talk_server_port(server));
    job_run(&job, &fx);
    assert_int_equal(job.count, 2);
    assert_int_equal(job.told[1].fault, FAULT_NONE);
    assert_int_equal(job.told[1].status, 200);
}

static void a_coded_body_is_asked_for_decoded_and_kept_and_counted_as_it_came(void **state)
{
    /* "hello" by gzip */
    static const char hello[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n"
                                "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00";
    static const char cut[] =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
    static const struct talk talks[] = {
        { .expected = "GET /start ", .answer = hello, .answer_length = sizeof hello - 1 },
        { .expected = "GET /start ", .answer = cut, .answer_length = sizeof cut - 1 },
        TALK("GET /start ", "HTTP/1.1 200 OK\r\nContent-Encoding: lzw\r\nContent-Length: 3\r\n\r\nabc"),
        TALK("GET /start ", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
        { .expected = "GET /start ", .answer = hello, .answer_length = sizeof hello - 1 },
    };
    struct body_keep keep = { .kind = KEEP_ALL };
    struct job job;

    (void)state;
    fx.net.wanted.decode = true;
    serve(talks, COUNT_OF(talks));
    job_init(&job, &fx);
    job.operation.keep = &keep;
    job_start(&job);
    job_wait(&job);
    assert_false(job.is_failed);
    assert_true(asked(0, "\r\nAccept-Encoding: gzip, deflate"));
    assert_int_equal(job.told[0].bytes_received, sizeof hello - 1);
    assert_int_equal(keep.total_bytes, 5);
    assert_memory_equal(keep.bytes.data, "hello", 5);
    job_start(&job);
    job_wait(&job);
    assert_int_equal(job.told[0].fault, FAULT_DECODE);
    assert_int_equal(job.told[0].status, 200);
    job_start(&job);
    job_wait(&job);
    assert_int_equal(job.told[0].fault, FAULT_DECODE);
    job_start(&job);
    job_wait(&job);
    assert_false(job.is_failed);
    assert_int_equal(keep.total_bytes, 3);
    operation_release(&job.operation);
    fx.net.wanted.max_decoded_bytes = 4;
    client_fixture_build(&fx, talk_server_port(server));
    job_init(&job, &fx);
    job.operation.keep = &keep;
    job_start(&job);
    job_wait(&job);
    assert_int_equal(job.told[0].fault, FAULT_BODY_TOO_LARGE);
    operation_release(&job.operation);
    body_keep_release(&keep);
}

static int set_up_http1(void **state)
{
    return by_http1(state) == 0 ? set_up(state) : -1;
}

static int set_up_curl(void **state)
{
    return by_curl(state) == 0 ? set_up(state) : -1;
}

/* clang-format off */
#define BOTH(test) { #test, test, set_up_http1, tear_down, NULL }, { #test "_by_curl", test, set_up_curl, tear_down, NULL }
/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(a_redirect_is_an_answer_like_others_unless_it_is_to_be_followed),
        BOTH(every_hop_is_an_exchange_and_the_last_one_counts),
        cmocka_unit_test(a_post_becomes_a_get_without_its_body_or_stays_whole),
        BOTH(a_circle_is_noticed_at_once_and_its_last_answer_is_the_fault),
        BOTH(more_hops_than_wanted_are_a_fault),
        BOTH(other_schemes_and_broken_locations_are_a_fault),
        BOTH(another_host_or_port_gets_no_secrets_and_the_first_one_gets_them_again),
        BOTH(cookies_are_sent_back_kept_or_forgotten_and_let_a_page_redirect_to_itself),
        BOTH(credentials_of_the_plan_are_a_header_to_its_own_origin),
        BOTH(a_coded_body_is_asked_for_decoded_and_kept_and_counted_as_it_came),
        BOTH(a_name_that_only_a_redirect_knows_is_looked_up),
    };
    return cmocka_run_group_tests_name("http_follow", tests, NULL, NULL);
}
