/* A server for tests that answers the n-th request with the n-th answer, on whichever connection it comes, and remembers what
 * was asked. A thread of its own on a loopback port that the kernel picks; it ends with talk_server_free(). */
#ifndef ONAGER_TALK_SERVER_H
#define ONAGER_TALK_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct talk {
    const char *expected; /* how the request begins; NULL: anything. Another one is answered by 599 */
    const char *answer;   /* whole */
    size_t answer_length; /* 0: it ends with its NUL */
    size_t zeros;         /* bytes that follow the answer */
    bool is_closing;      /* the connection is closed after it */
    bool is_bytewise;     /* every byte in a segment of its own */
    bool is_echo;         /* the request's body follows the answer, and the end of its head with a Content-Length before it */
    bool is_early;        /* said as soon as the head is there; the server speaks no more but reads on */
};

/* clang-format off */
#define TALK(wanted, said) { .expected = (wanted), .answer = (said) }
/* clang-format on */

struct talk_server;

/* `talks` are borrowed, and may change until the first request. */
struct talk_server *talk_server_new(const struct talk *talks, size_t count);
/* The same over TLS of one version (TLS1_2_VERSION, TLS1_3_VERSION), with a certificate that it made itself. */
struct talk_server *talk_server_new_tls(const struct talk *talks, size_t count, int version);
/* The version that its last handshake agreed on, 0 without one. */
int talk_server_tls_version(const struct talk_server *server);
uint16_t talk_server_port(const struct talk_server *server);
/* Requests that were answered so far, the 599 included. */
size_t talk_server_count(const struct talk_server *server);
/* The n-th request with its body, NUL-terminated; valid once it was answered. */
const char *talk_server_request(const struct talk_server *server, size_t index);
void talk_server_free(struct talk_server *server); /* NULL is fine */

#endif
