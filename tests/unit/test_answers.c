/* The table of answers: what a request gives, by our own HTTP/1.1 and by libcurl, whatever the server does to frame its answer. Each row
 * says the status, the length of the (decoded) body, how many exchanges it took, and what the books of it are; the server's own count must
 * be that of the requests that were sent. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "client_fixture.h"
#include "connection.h"
#include "mem.h"
#include "talk_server.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define MEGABYTE 1000000

struct row {
    const char *name;
    struct talk talks[4];
    char *method;
    size_t body; /* bytes to send */
    bool is_without_keepalive, is_decoding;
    unsigned redirects;
    int tls; /* version, 0: http:// */
    /* expected */
    uint16_t status;
    uint64_t length;
    unsigned exchanges, ok, failed_status, errors;
    enum fault fault;
    bool is_kept; /* the connection serves the next request too */
};

static char get[] = "GET", head[] = "HEAD", post[] = "POST", start[] = "/start";
static char long_head[65536 + 1];

#define REDIRECT(to) "HTTP/1.1 302 Found\r\nLocation: " to "\r\nContent-Length: 0\r\n\r\n"
/* "hello" by gzip and by brotli */
#define GZIP_HELLO "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00"
#define BROTLI_HELLO "\x0f\x02\x80\x68\x65\x6c\x6c\x6f\x03"

static const struct row rows[] = {
    { .name = "Content-Length 0",
      .talks = { TALK("GET ", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") },
      .status = 200,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "chunked with trailers",
      .talks = { TALK(
          "GET ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3;e=1\r\nabc\r\n2\r\nde\r\n0\r\nX: 1\r\n\r\n") },
      .status = 200,
      .length = 5,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "HEAD with a length",
      .method = head,
      .talks = { TALK("HEAD ", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n") },
      .status = 200,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "100 and 103 before 200",
      .talks = { TALK(
          "GET ",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") },
      .status = 200,
      .length = 2,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "204",
      .talks = { TALK("GET ", "HTTP/1.1 204 No Content\r\n\r\n") },
      .status = 204,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "304",
      .talks = { TALK("GET ", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n") },
      .status = 304,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "close-delimited",
      .talks = { { .answer = "HTTP/1.1 200 OK\r\n\r\nuntil the end", .is_closing = true } },
      .status = 200,
      .length = 13,
      .exchanges = 1,
      .ok = 1 },
    { .name = "a byte a write",
      .talks = { { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello", .is_bytewise = true } },
      .status = 200,
      .length = 5,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "64 KB of headers", .talks = { { .answer = long_head } }, .status = 200, .exchanges = 1, .ok = 1, .is_kept = true },
    { .name = "keep-alive off",
      .is_without_keepalive = true,
      .talks = { TALK("GET ", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") },
      .status = 200,
      .length = 2,
      .exchanges = 1,
      .ok = 1 },
    { .name = "HTTP/1.0",
      .talks = { { .answer = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok" } },
      .status = 200,
      .length = 2,
      .exchanges = 1,
      .ok = 1 },
    { .name = "TLS 1.2",
      .tls = TLS1_2_VERSION,
      .talks = { TALK("GET ", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") },
      .status = 200,
      .length = 5,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "TLS 1.3, a body of many records",
      .tls = TLS1_3_VERSION,
      .talks = { { .expected = "GET ", .answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", .zeros = MEGABYTE } },
      .status = 200,
      .length = MEGABYTE,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "redirect chain",
      .redirects = 5,
      .talks = { TALK("GET /start ", REDIRECT("/1")), TALK("GET /1 ", REDIRECT("/2")),
                 TALK("GET /2 ", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") },
      .status = 200,
      .length = 2,
      .exchanges = 3,
      .ok = 3,
      .is_kept = true },
    { .name = "redirect loop",
      .redirects = 5,
      .talks = { TALK("GET /start ", REDIRECT("/1")), TALK("GET /1 ", REDIRECT("/start")) },
      .status = 302,
      .exchanges = 2,
      .ok = 1,
      .errors = 1,
      .fault = FAULT_REDIRECT_LOOP,
      .is_kept = true },
    { .name = "gzip",
      .is_decoding = true,
      .talks = { { .answer = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n" GZIP_HELLO,
                   .answer_length = 63 + 25 } },
      .status = 200,
      .length = 5,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
#ifdef HAVE_BROTLI
    { .name = "brotli",
      .is_decoding = true,
      .talks = { { .answer = "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 9\r\n\r\n" BROTLI_HELLO,
                   .answer_length = 60 + 9 } },
      .status = 200,
      .length = 5,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
#endif
    { .name = "100 MB body",
      .talks = { { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", .zeros = 100 * MEGABYTE } },
      .status = 200,
      .length = 100 * MEGABYTE,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "POST echo of 10 MB",
      .method = post,
      .body = 10 * MEGABYTE,
      .talks = { { .expected = "POST ", .answer = "HTTP/1.1 200 OK\r\n", .is_echo = true } },
      .status = 200,
      .length = 10 * MEGABYTE,
      .exchanges = 1,
      .ok = 1,
      .is_kept = true },
    { .name = "early 413",
      .method = post,
      .body = 10 * MEGABYTE,
      .talks = { { .expected = "POST ",
                   .answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!",
                   .is_early = true } },
      .status = 413,
      .length = 3,
      .exchanges = 1,
      .failed_status = 1 },
};

static void prepare(struct client_fixture *fx, const struct row *row, char *body, enum transport_kind transport)
{
    client_fixture_open(fx);
    fx->net.plan.reuse = row->is_without_keepalive ? REUSE_NONE : REUSE_VU;
    fx->net.wanted.transport = transport;
    fx->net.wanted.target = start;
    fx->net.wanted.method = row->method != NULL ? row->method : get;
    fx->net.wanted.redirects = row->redirects;
    fx->net.wanted.decode = row->is_decoding;
    fx->net.wanted.body = row->body > 0 ? body : NULL;
    fx->net.wanted.body_length = row->body;
}

static void build(struct client_fixture *fx, const struct row *row, uint16_t port)
{
    static const struct plan_tls tls = { .insecure = true, .resumption = true };
    struct error err;

    if (row->tls != 0) {
        fx->net.net->tls_plan = &tls;
        if (origin_resolve(&fx->net.origin, "https", "127.0.0.1", port, &err) != 0)
            fail_msg("%s", err.text);
    }
    client_fixture_build(fx, port);
}

/* Bytes of HTTP. */
struct traffic {
    uint64_t sent, received;
};

static struct traffic check_row(const struct row *row, char *body, enum transport_kind transport)
{
    struct body_keep keep = { .kind = KEEP_NONE };
    unsigned ok = 0, failed_status = 0, errors = 0;
    const char *by = transport == TRANSPORT_CURL ? "curl" : "http1";
    struct traffic traffic = { 0 };
    struct net_counters counters;
    struct talk_server *server;
    struct client_fixture fx;
    struct job job;

    prepare(&fx, row, body, transport);
    server =
        row->tls == 0 ? talk_server_new(row->talks, COUNT_OF(row->talks)) : talk_server_new_tls(row->talks, COUNT_OF(row->talks), row->tls);
    build(&fx, row, talk_server_port(server));
    job_init(&job, &fx);
    job.operation.keep = &keep;
    job_start(&job);
    job_wait(&job);
    for (unsigned i = 0; i < job.count; i++) {
        traffic.sent += job.told[i].bytes_sent;
        traffic.received += job.told[i].bytes_received;
        ok += (job.told[i].end & EXCHANGE_EXPECTED) != 0;
        errors += job.told[i].fault != FAULT_NONE;
        failed_status += job.told[i].end == 0 && job.told[i].fault == FAULT_NONE;
    }
    net_counters(fx.net.net, &counters);
    if (job.count != row->exchanges || ok != row->ok || errors != row->errors || failed_status != row->failed_status)
        fail_msg(
            "%s by %s: %u exchanges, %u ok, %u failed, %u errors (%s)", row->name, by, job.count, ok, failed_status, errors,
            job.told[0].detail);
    if (job.told[job.count - 1].status != row->status || job.told[job.count - 1].fault != row->fault)
        fail_msg("%s by %s: status %u, fault %d", row->name, by, job.told[job.count - 1].status, (int)job.told[job.count - 1].fault);
    if (keep.total_bytes != row->length)
        fail_msg("%s by %s: %llu bytes", row->name, by, (unsigned long long)keep.total_bytes);
    if (job.is_failed != (row->errors + row->failed_status > 0) || talk_server_count(server) != row->exchanges)
        fail_msg("%s by %s: failed %d, the server counted %zu", row->name, by, job.is_failed, talk_server_count(server));
    if (counters.connections != (row->is_kept ? 1 : 0) || counters.opened != 1)
        fail_msg("%s by %s: %u connections open, %llu opened", row->name, by, counters.connections, (unsigned long long)counters.opened);
    if (talk_server_tls_version(server) != row->tls)
        fail_msg("%s by %s: TLS version %x", row->name, by, (unsigned)talk_server_tls_version(server));
    body_keep_release(&keep);
    operation_release(&job.operation);
    client_fixture_close(&fx);
    talk_server_free(server);
    return traffic;
}

static void every_answer_of_the_table_gives_its_status_length_count_and_books(void **state)
{
    static const char first[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
    char *body = mem_array(10 * MEGABYTE, 1);
    size_t length = sizeof first - 1;

    (void)state;
    memcpy(long_head, first, length);
    while (length + 103 + 2 <= sizeof long_head - 1) { /* lines of up to 103 bytes, and the empty one */
        size_t left = sizeof long_head - 1 - 2 - length, line = left < 206 ? left : 103;

        memset(long_head + length, 'x', line);
        long_head[length + 10] = ':';
        memcpy(long_head + length + line - 2, "\r\n", 2);
        length += line;
    }
    memcpy(long_head + sizeof long_head - 3, "\r\n", 3);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct traffic ours = check_row(&rows[i], body, TRANSPORT_HTTP1), by_curl = check_row(&rows[i], body, TRANSPORT_CURL);
        bool is_cut = strncmp(rows[i].name, "early", 5) == 0; /* how much was out by then is chance */

        if (ours.received != by_curl.received || (ours.sent != by_curl.sent && !is_cut))
            fail_msg(
                "%s: %llu and %llu bytes by http1, %llu and %llu by curl", rows[i].name, (unsigned long long)ours.sent,
                (unsigned long long)ours.received, (unsigned long long)by_curl.sent, (unsigned long long)by_curl.received);
    }
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_of_the_table_gives_its_status_length_count_and_books),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
