/* One thread on poll(); a request is complete with its head and Content-Length bytes of body. TLS waits for a peer where poll() would
 * not: enough for the few peers of a test. */
#include "talk_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "certificate.h"
#include "mem.h"

#define MAX_PEERS 64
#define MAX_REQUESTS 256

/* A connection. */
struct wire {
    int fd;
    SSL *ssl; /* NULL: plain TCP */
};

struct talk_server {
    pthread_t thread;
    SSL_CTX *tls;           /* NULL: plain TCP */
    atomic_int tls_version; /* of the last handshake */
    int listener, end_fd;
    uint16_t port;
    const struct talk *talks;
    size_t talk_count;
    atomic_size_t count; /* release: the texts before it are written */
    char *requests[MAX_REQUESTS];
    struct pollfd fds[MAX_PEERS + 2];
    struct buf inputs[MAX_PEERS + 2];
    SSL *ssl[MAX_PEERS + 2];
    bool is_draining[MAX_PEERS + 2]; /* an early answer was said: what still comes is read and forgotten */
    nfds_t fd_count;
};

/* Bytes of a whole request at the front of the input, 0: not yet. */
static size_t whole(const struct talk_server *server, struct buf *input)
{
    size_t index = atomic_load(&server->count);
    const char *end, *length;
    size_t body = 0;

    buf_add_char(input, '\0');
    input->length--;
    end = strstr(input->data, "\r\n\r\n");
    if (end == NULL)
        return 0;
    if (index < server->talk_count && server->talks[index].is_early)
        return (size_t)(end - input->data) + 4;
    length = strcasestr(input->data, "\r\nContent-Length:");
    if (length != NULL && length < end)
        body = strtoul(length + 17, NULL, 10);
    body += (size_t)(end - input->data) + 4;
    return input->length >= body ? body : 0;
}

static ssize_t wire_receive(const struct wire *wire, char *bytes, size_t size)
{
    return wire->ssl == NULL ? recv(wire->fd, bytes, size, 0) : SSL_read(wire->ssl, bytes, (int)size);
}

static void send_all(const struct wire *wire, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = wire->ssl == NULL ? send(wire->fd, bytes, length, MSG_NOSIGNAL) : SSL_write(wire->ssl, bytes, (int)length);

        if (n <= 0)
            return;
        bytes += n;
        length -= (size_t)n;
    }
}

static void close_wire(struct wire *wire)
{
    if (wire->ssl != NULL)
        SSL_shutdown(wire->ssl);
    SSL_free(wire->ssl);
    close(wire->fd);
    ERR_clear_error();
}

static void say(const struct wire *wire, const struct talk *talk, const char *request, size_t length)
{
    static const char zeros[65536];
    size_t said = talk->answer_length != 0 ? talk->answer_length : strlen(talk->answer);

    for (size_t i = 0; talk->is_bytewise && i < said; i++)
        send_all(wire, talk->answer + i, 1);
    if (!talk->is_bytewise)
        send_all(wire, talk->answer, said);
    for (size_t left = talk->zeros; left > 0; left -= left < sizeof zeros ? left : sizeof zeros)
        send_all(wire, zeros, left < sizeof zeros ? left : sizeof zeros);
    if (talk->is_echo) {
        const char *body = strstr(request, "\r\n\r\n") + 4;
        char *head = mem_format("Content-Length: %zu\r\n\r\n", length - (size_t)(body - request));

        send_all(wire, head, strlen(head));
        send_all(wire, body, length - (size_t)(body - request));
        free(head);
    }
}

enum next { GO_ON, DRAIN, CLOSE };

/* What it says is copied first: once the last byte is out, the test may be over and its talks gone. */
static enum next answer(struct talk_server *server, const struct wire *wire, const char *request, size_t length)
{
    static const char surprise[] = "HTTP/1.1 599 Not Expected\r\nContent-Length: 0\r\n\r\n";
    size_t index = atomic_load(&server->count);
    struct talk talk = index < server->talk_count ? server->talks[index] : (struct talk){ 0 };
    bool is_expected = index < server->talk_count;

    INVARIANT(index < MAX_REQUESTS);
    server->requests[index] = mem_copy_n(request, length);
    if (talk.expected != NULL && strncmp(server->requests[index], talk.expected, strlen(talk.expected)) != 0)
        is_expected = false;
    atomic_store_explicit(&server->count, index + 1, memory_order_release);
    if (!is_expected) {
        send_all(wire, surprise, sizeof surprise - 1);
        return GO_ON;
    }
    say(wire, &talk, request, length);
    if (talk.is_early)
        shutdown(wire->fd, SHUT_WR);
    return talk.is_closing ? CLOSE : talk.is_early ? DRAIN : GO_ON;
}

static bool serve_peer(struct talk_server *server, nfds_t i)
{
    struct buf *input = &server->inputs[i];
    char piece[65536];
    struct wire wire = { server->fds[i].fd, server->ssl[i] };
    ssize_t n = wire_receive(&wire, piece, sizeof piece);
    size_t length;

    if (n <= 0)
        return false;
    if (server->is_draining[i])
        return true;
    buf_add(input, piece, (size_t)n);
    while ((length = whole(server, input)) > 0) {
        enum next next = answer(server, &wire, input->data, length);

        if (next != GO_ON) {
            server->is_draining[i] = true;
            return next == DRAIN;
        }
        input->length -= length;
        memmove(input->data, input->data + length, input->length);
    }
    return true;
}

/* No event tells of what TLS has read off the socket already. */
static bool serve_all(struct talk_server *server, nfds_t i)
{
    do {
        if (!serve_peer(server, i))
            return false;
    } while (server->ssl[i] != NULL && SSL_has_pending(server->ssl[i]) == 1);
    return true;
}

static void accept_peer(struct talk_server *server)
{
    struct wire wire = { .fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC) };
    nfds_t i = server->fd_count;
    int on = 1;

    setsockopt(wire.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (server->tls != NULL) {
        wire.ssl = SSL_new(server->tls);
        INVARIANT(wire.ssl != NULL && SSL_set_fd(wire.ssl, wire.fd) == 1);
        if (SSL_accept(wire.ssl) != 1) {
            close_wire(&wire);
            return;
        }
        server->tls_version = SSL_version(wire.ssl);
    }
    server->fds[i] = (struct pollfd){ .fd = wire.fd, .events = POLLIN };
    server->ssl[i] = wire.ssl;
    server->is_draining[i] = false;
    buf_init(&server->inputs[i]);
    server->fd_count++;
}

static void drop_peer(struct talk_server *server, nfds_t i)
{
    struct wire wire = { server->fds[i].fd, server->ssl[i] };
    nfds_t last = --server->fd_count;

    close_wire(&wire);
    buf_release(&server->inputs[i]);
    server->fds[i] = server->fds[last];
    server->ssl[i] = server->ssl[last];
    server->inputs[i] = server->inputs[last];
    server->is_draining[i] = server->is_draining[last];
}

static void *run(void *argument)
{
    struct talk_server *server = argument;
    sigset_t set;

    sigemptyset(&set); /* OpenSSL writes with write() */
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (;;) {
        if (poll(server->fds, server->fd_count, -1) < 0 || server->fds[1].revents != 0)
            break;
        for (nfds_t i = server->fd_count; i-- > 2;)
            if (server->fds[i].revents != 0 && !serve_all(server, i))
                drop_peer(server, i);
        if (server->fds[0].revents != 0 && server->fd_count < MAX_PEERS + 2)
            accept_peer(server);
    }
    while (server->fd_count > 2)
        drop_peer(server, server->fd_count - 1);
    return NULL;
}

static SSL_CTX *make_tls(int version)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    char file[] = "talk_server_XXXXXX";
    int fd = mkstemp(file);

    INVARIANT(tls != NULL && fd >= 0);
    close(fd);
    certificate_write(file, file);
    INVARIANT(SSL_CTX_use_certificate_chain_file(tls, file) == 1 && SSL_CTX_use_PrivateKey_file(tls, file, SSL_FILETYPE_PEM) == 1);
    unlink(file);
    INVARIANT(SSL_CTX_set_min_proto_version(tls, version) == 1 && SSL_CTX_set_max_proto_version(tls, version) == 1);
    return tls;
}

static struct talk_server *start(const struct talk *talks, size_t count, SSL_CTX *tls)
{
    struct talk_server *server = mem_alloc(sizeof *server);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;

    server->tls = tls;
    server->talks = talks;
    server->talk_count = count;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    server->end_fd = eventfd(0, EFD_CLOEXEC);
    INVARIANT(bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(server->listener, 16) == 0);
    INVARIANT(getsockname(server->listener, (struct sockaddr *)&address, &length) == 0);
    server->port = ntohs(address.sin_port);
    server->fds[0] = (struct pollfd){ .fd = server->listener, .events = POLLIN };
    server->fds[1] = (struct pollfd){ .fd = server->end_fd, .events = POLLIN };
    server->fd_count = 2;
    INVARIANT(pthread_create(&server->thread, NULL, run, server) == 0);
    return server;
}

struct talk_server *talk_server_new(const struct talk *talks, size_t count)
{
    return start(talks, count, NULL);
}

struct talk_server *talk_server_new_tls(const struct talk *talks, size_t count, int version)
{
    return start(talks, count, make_tls(version));
}

int talk_server_tls_version(const struct talk_server *server)
{
    return server->tls_version;
}

uint16_t talk_server_port(const struct talk_server *server)
{
    return server->port;
}

size_t talk_server_count(const struct talk_server *server)
{
    return atomic_load_explicit(&server->count, memory_order_acquire);
}

const char *talk_server_request(const struct talk_server *server, size_t index)
{
    return index < talk_server_count(server) ? server->requests[index] : "";
}

void talk_server_free(struct talk_server *server)
{
    uint64_t one = 1;

    if (server == NULL)
        return;
    INVARIANT(write(server->end_fd, &one, sizeof one) == sizeof one);
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->end_fd);
    SSL_CTX_free(server->tls);
    for (size_t i = 0; i < server->count; i++)
        free(server->requests[i]);
    free(server);
}
