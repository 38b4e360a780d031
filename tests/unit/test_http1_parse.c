/* http1_parse: a table of answers, each fed whole, cut at every place, and byte by byte; the outcome must be the same. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "http1_parse.h"
#include "mem.h"

#define HEAD_LIMIT 1024
#define BODY_LIMIT 100000

struct sample {
    const char *name;
    const char *bytes;
    bool is_head;
    bool ends; /* the server closes after the bytes */
    enum fault fault;
    uint16_t status;
    bool keep;
    uint64_t body_bytes;
    size_t extra; /* bytes after the answer */
    const char *detail;
};

#define OK11 "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK11 "Transfer-Encoding: chunked\r\n\r\n"

static const struct sample samples[] = {
    { "content-length", OK11 "Content-Length: 5\r\n\r\nhello", .status = 200, .keep = true, .body_bytes = 5 },
    { "length zero", OK11 "content-length:0\r\n\r\n", .status = 200, .keep = true },
    { "no reason phrase", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", .status = 200, .keep = true },
    { "line feeds alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", .status = 200, .keep = true, .body_bytes = 2 },
    { "reason of an error", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", .status = 404, .keep = true, .detail = "Not Found" },
    { "long reason is cut", "HTTP/1.1 500 0123456789012345678901234567890123456789012345678901234567890\r\nContent-Length: 0\r\n\r\n",
      .status = 500, .keep = true, .detail = "01234567890123456789012345678901234567890123456" },
    { "spaces and tabs around the length", OK11 "Content-Length: \t 3 \t\r\n\r\nabc", .status = 200, .keep = true, .body_bytes = 3 },
    { "status 999", "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", .status = 999, .keep = true, .detail = "No" },
    { "other headers of the same lengths",
      OK11 "Content-Lengthy: 7\r\nTransfer-Encodinx: chunked\r\nConnectiox: close\r\nContent-Length: 1\r\n\r\nx", .status = 200,
      .keep = true, .body_bytes = 1 },
    { "as nginx does it",
      OK11
      "Server: nginx\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 12\r\n"
      "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\nETag: \"65f0c0de-264\"\r\nAccept-Ranges: bytes\r\n\r\n"
      "hello world\n",
      .status = 200, .keep = true, .body_bytes = 12 },
    { "nearly keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alivx\r\nContent-Length: 0\r\n\r\n", .status = 200 },
    { "a number and junk", OK11 "Content-Length: 12x\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "a length of 18 digits", OK11 "Content-Length: 000000000000000001\r\n\r\nx", .status = 200, .keep = true, .body_bytes = 1 },
    { "a length of 25 digits", OK11 "Content-Length: 0000000000000000000000001\r\n\r\nx", .status = 200, .keep = true, .body_bytes = 1 },
    { "folded connection", OK11 "Connection: keep-alive\r\n , close\r\nContent-Length: 0\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "a name that ends in a tab", OK11 "X-A\t: 1\r\nContent-Length: 0\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "line feed within a length", OK11 "Content-Length: 1\nX: y\r\n\r\nx", .status = 200, .keep = true, .body_bytes = 1 },
    /* no body */
    { "HEAD", OK11 "Content-Length: 500\r\n\r\n", .is_head = true, .status = 200, .keep = true },
    { "HEAD chunked", CHUNKED, .is_head = true, .status = 200, .keep = true },
    { "204", "HTTP/1.1 204 No Content\r\n\r\n", .status = 204, .keep = true },
    { "304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", .status = 304, .keep = true },
    { "204 with a body all the same", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", .status = 204, .keep = true, .extra = 3 },
    /* interim answers */
    { "100 first", "HTTP/1.1 100 Continue\r\n\r\n" OK11 "Content-Length: 1\r\n\r\nx", .status = 200, .keep = true, .body_bytes = 1 },
    { "103 with headers that must not count",
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\nConnection: close\r\n\r\n" OK11 "Content-Length: 2\r\n\r\nok",
      .status = 200, .keep = true, .body_bytes = 2 },
    { "101 nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "100 and then the end", "HTTP/1.1 100 Continue\r\n\r\n", .ends = true, .fault = FAULT_PARTIAL_BODY },
    /* keep or close */
    { "Connection: close", OK11 "Connection: close\r\nContent-Length: 1\r\n\r\nx", .status = 200, .body_bytes = 1 },
    { "close in a list", OK11 "Connection: Keep-Alive, CLOSE\r\nContent-Length: 0\r\n\r\n", .status = 200 },
    { "close in a second header", OK11 "Connection: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", .status = 200 },
    { "HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", .status = 200, .body_bytes = 1 },
    { "HTTP/1.0 keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", .status = 200, .keep = true,
      .body_bytes = 1 },
    { "until close", OK11 "\r\nhello", .ends = true, .status = 200, .body_bytes = 5 },
    { "until close, nothing", OK11 "\r\n", .ends = true, .status = 200 },
    { "bytes after the body", OK11 "Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n", .status = 200, .keep = true, .body_bytes = 2,
      .extra = 17 },
    /* chunked */
    { "chunked", CHUNKED "5\r\nhello\r\n0\r\n\r\n", .status = 200, .keep = true, .body_bytes = 5 },
    { "chunks", CHUNKED "1\r\na\r\n00A\r\n0123456789\r\nb\r\n01234567890\r\n0\r\n\r\n", .status = 200, .keep = true, .body_bytes = 22 },
    { "chunk extensions", CHUNKED "2;a=b;c=\"d\"\r\nhi\r\n1 ; x\r\n!\r\n0;z\r\n\r\n", .status = 200, .keep = true, .body_bytes = 3 },
    { "trailers", CHUNKED "2\r\nhi\r\n0\r\nX-Sum: 1\r\nServer-Timing: x\r\n\r\n", .status = 200, .keep = true, .body_bytes = 2 },
    { "empty chunked", CHUNKED "0\r\n\r\n", .status = 200, .keep = true },
    { "capital CHUNKED behind another coding", OK11 "Transfer-Encoding: gzip, CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n", .status = 200,
      .keep = true, .body_bytes = 1 },
    { "two transfer-encoding lines", OK11 "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .status = 200,
      .keep = true },
    { "another coding alone", OK11 "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nxyz", .ends = true, .status = 200,
      .body_bytes = 3 },
    { "identity", OK11 "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\nx", .status = 200, .keep = true, .body_bytes = 1 },
    { "chunked and a length", OK11 "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", .status = 200,
      .body_bytes = 1 },
    { "chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .status = 200 },
    { "chunked is not last", OK11 "Transfer-Encoding: chunked, gzip\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "chunked twice", OK11 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "chunk size that is no number", CHUNKED "xyz\r\n", .fault = FAULT_PROTOCOL },
    { "chunk size with a sign", CHUNKED "-1\r\n", .fault = FAULT_PROTOCOL },
    { "chunk size and junk", CHUNKED "5 5\r\n", .fault = FAULT_PROTOCOL },
    { "empty chunk size", CHUNKED "\r\n", .fault = FAULT_PROTOCOL },
    { "chunk size of 2^64", CHUNKED "10000000000000000\r\n", .fault = FAULT_PROTOCOL },
    { "chunk size over the limit", CHUNKED "7fffffff\r\n", .fault = FAULT_BODY_TOO_LARGE },
    { "chunk longer than said", CHUNKED "2\r\nabc\r\n0\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "cut in a chunk", CHUNKED "5\r\nhel", .ends = true, .fault = FAULT_PARTIAL_BODY },
    { "cut in a chunk size", CHUNKED "5", .ends = true, .fault = FAULT_PARTIAL_BODY },
    { "no last chunk", CHUNKED "1\r\nx\r\n", .ends = true, .fault = FAULT_PARTIAL_BODY },
    { "no end of the trailers", CHUNKED "0\r\nA: b\r\n", .ends = true, .fault = FAULT_PARTIAL_BODY },
    { "trailer of garbage", CHUNKED "0\r\ngarbage\r\n\r\n", .fault = FAULT_PROTOCOL },
    /* lengths */
    { "the same length twice", OK11 "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", .status = 200, .keep = true, .body_bytes = 2 },
    { "the same length in a list", OK11 "Content-Length: 2, 2\r\n\r\nhi", .status = 200, .keep = true, .body_bytes = 2 },
    { "two lengths", OK11 "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", .fault = FAULT_PROTOCOL },
    { "two lengths in a list", OK11 "Content-Length: 2,3\r\n\r\nhi", .fault = FAULT_PROTOCOL },
    { "negative length", OK11 "Content-Length: -1\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "length with a plus", OK11 "Content-Length: +1\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "length of 2^63", OK11 "Content-Length: 9223372036854775808\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "length of 2^64 + 1", OK11 "Content-Length: 18446744073709551617\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "length in hex", OK11 "Content-Length: 0x10\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "empty length", OK11 "Content-Length:\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "length over the limit", OK11 "Content-Length: 100001\r\n\r\n", .fault = FAULT_BODY_TOO_LARGE },
    { "length at the limit", OK11 "Content-Length: 100000\r\n\r\n", .is_head = true, .status = 200, .keep = true },
    { "cut in the body", OK11 "Content-Length: 9\r\n\r\nhello", .ends = true, .fault = FAULT_PARTIAL_BODY },
    { "folded length", OK11 "Content-Length: 1\r\n 0\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "folded header that does not matter", OK11 "X-A: 1\r\n  more: 2\r\nContent-Length: 0\r\n\r\n", .status = 200, .keep = true },
    { "space before the colon", OK11 "Content-Length : 1\r\n\r\n", .fault = FAULT_PROTOCOL },
    /* not HTTP */
    { "nothing at all", "", .ends = true, .fault = FAULT_EMPTY_REPLY },
    { "HTTP/0.9", "<html>hello</html>", .fault = FAULT_PROTOCOL },
    { "junk first", "xxHTTP/1.1 200 OK\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "byte order mark", "\xef\xbb\xbfHTTP/1.1 200 OK\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "HTTP/2 in text", "HTTP/2.0 200 OK\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "status 000", "HTTP/1.1 000 No\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "status 99", "HTTP/1.1 99 No\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "status 1000", "HTTP/1.1 1000 No\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "no status", "HTTP/1.1\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "header without a colon", OK11 "garbage\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "header without a name", OK11 ": x\r\n\r\n", .fault = FAULT_PROTOCOL },
    { "cut in the status line", "HTTP/1.1 20", .ends = true, .fault = FAULT_PARTIAL_BODY },
    { "cut in the head", OK11 "Content-", .ends = true, .fault = FAULT_PARTIAL_BODY },
};

/* Feeds the pieces [0, a) [a, b) [b, length) and checks the outcome. Each piece is its own block, so that ASan sees overreads. */
static void feed_pieces(const struct sample *sample, const char *bytes, size_t length, const size_t *cuts, size_t cut_count)
{
    struct http1_parser parser;
    enum http1_result result = HTTP1_MORE;
    size_t from = 0, fed = 0, used = 0;

    http1_init(&parser);
    http1_begin(&parser, HEAD_LIMIT, BODY_LIMIT, sample->is_head);
    for (size_t i = 0; i <= cut_count && result == HTTP1_MORE; i++) {
        size_t to = i < cut_count ? cuts[i] : length;
        char *piece;

        if (to == from)
            continue;
        piece = mem_array(to - from, 1);
        memcpy(piece, bytes + from, to - from);
        result = http1_feed(&parser, piece, to - from, &used);
        free(piece);
        if (result == HTTP1_MORE)
            assert_int_equal(used, to - from);
        fed += used;
        from = to;
    }
    if (sample->ends && result == HTTP1_MORE)
        result = http1_end(&parser);
    if (sample->fault != FAULT_NONE) {
        if (result != HTTP1_FAILED || parser.fault != sample->fault)
            fail_msg("%s: fault %s instead of %s", sample->name, fault_name(parser.fault), fault_name(sample->fault));
        assert_true(parser.detail[0] != '\0');
        assert_false(parser.keep);
    } else {
        if (result != HTTP1_DONE)
            fail_msg("%s: result %d, %s", sample->name, (int)result, parser.detail);
        assert_int_equal(parser.status, sample->status);
        assert_int_equal(parser.body_bytes, sample->body_bytes);
        if (parser.keep != sample->keep)
            fail_msg("%s: keep is %d", sample->name, parser.keep);
        assert_int_equal(fed, length - sample->extra);
        assert_string_equal(parser.detail, sample->detail != NULL ? sample->detail : "");
    }
    http1_release(&parser);
}

static void feed_every_way(const struct sample *sample, const char *bytes, size_t length)
{
    size_t each[4096];

    feed_pieces(sample, bytes, length, NULL, 0);
    for (size_t a = 1; a < length; a++)
        feed_pieces(sample, bytes, length, &a, 1);
    for (size_t a = 1; a + 1 < length; a += 3)
        for (size_t b = a + 1; b < length; b += 5)
            feed_pieces(sample, bytes, length, (size_t[]){ a, b }, 2);
    assert_true(length < sizeof each / sizeof *each);
    for (size_t a = 0; a < length; a++)
        each[a] = a;
    feed_pieces(sample, bytes, length, each, length);
}

static void every_answer_means_the_same_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof samples / sizeof *samples; s++)
        feed_every_way(&samples[s], samples[s].bytes, strlen(samples[s].bytes));
}

/* The parser takes another way through lines that are followed by many bytes: everything again with a long last header. */
static void every_answer_means_the_same_with_a_long_head(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
        const char *bytes = samples[s].bytes, *head_end = strstr(bytes, "\r\n\r\n");
        char *longer;

        if (head_end == NULL)
            continue;
        longer = mem_format(
            "%.*s\r\nStrict-Transport-Security: 0\r\nX-Filler: 0123456789012345678901234567890123456789%s", (int)(head_end - bytes), bytes,
            head_end);
        feed_every_way(&samples[s], longer, strlen(longer));
        free(longer);
    }
}

/* Feeds `unit` again and again until the parser has an opinion; returns how many bytes that took. */
static uint64_t feed_endlessly(struct http1_parser *parser, const char *start, const char *unit, uint64_t limit, enum fault expected)
{
    uint64_t fed = 0;
    size_t used;

    http1_init(parser);
    http1_begin(parser, HEAD_LIMIT, BODY_LIMIT, false);
    if (start[0] != '\0')
        assert_int_equal(http1_feed(parser, start, strlen(start), &used), HTTP1_MORE);
    while (fed < limit && http1_feed(parser, unit, strlen(unit), &used) == HTTP1_MORE) {
        fed += strlen(unit);
        assert_true(parser->held.capacity <= 64 * 1024);
    }
    assert_int_equal(parser->fault, expected);
    http1_release(parser);
    return fed;
}

static void nothing_endless_is_read_or_held_without_bound(void **state)
{
    struct http1_parser parser;

    (void)state;
    assert_true(feed_endlessly(&parser, OK11, "X-Filler: abc\r\n", 1 << 20, FAULT_HEADER_TOO_LARGE) <= HEAD_LIMIT);
    assert_true(feed_endlessly(&parser, OK11 "X: ", "aaaaaaaaaaaaaaaa", 1 << 20, FAULT_HEADER_TOO_LARGE) <= HEAD_LIMIT);
    assert_true(feed_endlessly(&parser, "HTTP/1.1 200 ", "aaaaaaaaaaaaaaaa", 1 << 20, FAULT_HEADER_TOO_LARGE) <= HEAD_LIMIT);
    assert_true(feed_endlessly(&parser, "", "HTTP/1.1 100 Continue\r\n\r\n", 1 << 20, FAULT_HEADER_TOO_LARGE) <= HEAD_LIMIT);
    assert_true(feed_endlessly(&parser, CHUNKED "0\r\n", "X: y\r\n", 1 << 20, FAULT_HEADER_TOO_LARGE) <= HEAD_LIMIT);
    assert_true(feed_endlessly(&parser, CHUNKED "1;", "extension=x;", 1 << 20, FAULT_PROTOCOL) <= 8192);
    assert_true(feed_endlessly(&parser, CHUNKED, "8\r\n12345678\r\n", 1 << 20, FAULT_BODY_TOO_LARGE) <= 2 * BODY_LIMIT);
    assert_true(feed_endlessly(&parser, OK11 "\r\n", "0123456789", 1 << 20, FAULT_BODY_TOO_LARGE) <= BODY_LIMIT);
}

static void a_thousand_interim_answers_are_skipped_within_the_limit(void **state)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    static const char final[] = OK11 "Content-Length: 0\r\n\r\n";
    struct http1_parser parser;
    size_t used;

    (void)state;
    http1_init(&parser);
    http1_begin(&parser, 65536, 0, false);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(http1_feed(&parser, interim, sizeof interim - 1, &used), HTTP1_MORE);
    assert_int_equal(parser.status, 0);
    assert_int_equal(http1_feed(&parser, final, sizeof final - 1, &used), HTTP1_DONE);
    assert_int_equal(parser.status, 200);
    http1_release(&parser);
}

static void nuls_and_control_bytes_do_not_end_the_reason_early_for_the_parser(void **state)
{
    static const char bytes[] = "HTTP/1.1 500 a\0\x1b[31m\x9b\r\nX: \0\r\nContent-Length: 0\r\n\r\n";
    struct http1_parser parser;
    size_t used;

    (void)state;
    http1_init(&parser);
    http1_begin(&parser, HEAD_LIMIT, 0, false);
    assert_int_equal(http1_feed(&parser, bytes, sizeof bytes - 1, &used), HTTP1_DONE);
    assert_int_equal(used, sizeof bytes - 1);
    assert_string_equal(parser.detail, "a");
    http1_release(&parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_means_the_same_however_it_is_cut),
        cmocka_unit_test(every_answer_means_the_same_with_a_long_head),
        cmocka_unit_test(nothing_endless_is_read_or_held_without_bound),
        cmocka_unit_test(a_thousand_interim_answers_are_skipped_within_the_limit),
        cmocka_unit_test(nuls_and_control_bytes_do_not_end_the_reason_early_for_the_parser),
    };
    return cmocka_run_group_tests_name("http1_parse", tests, NULL, NULL);
}
