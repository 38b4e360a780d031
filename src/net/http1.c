/* HTTP/1.1 on an open TCP connection: prebuilt bytes out with one send(), the answer in through the worker's scratch buffer.
 * READ is watched as long as the connection lives; WRITE only while the kernel did not take all of a request.
 * Owner: the loop's thread. */
#include "connection.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "body_file.h"
#include "clock.h"
#include "tls.h"

/* Full buffers read at once before other connections get their turn. */
#define MAX_READS 4
#define MAX_TLS_READS 16 /* of a record each */
/* Of a body that is a file: at once, and in one turn of the loop. */
#define MAX_PIECE_BYTES ((size_t)256 * 1024)
#define MAX_TURN_BYTES ((size_t)1024 * 1024)

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static enum fault fault_of_errno(int error)
{
    switch (error) {
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        return FAULT_RESET;
    case ETIMEDOUT: /* the kernel gave up sending again */
        return FAULT_TIMEOUT_SEND;
    case EHOSTUNREACH:
    case ENETUNREACH:
        return FAULT_UNREACHABLE;
    default:
        return FAULT_OTHER;
    }
}

/* ---- what the bytes go through ---- */

static inline ssize_t wire_send(struct net_connection *connection, const char *bytes, size_t length)
{
    return connection->ssl == NULL ? send(connection->fd, bytes, length, MSG_NOSIGNAL) : tls_send(connection, bytes, length);
}

static inline ssize_t wire_receive(struct net_connection *connection, char *bytes, size_t size)
{
    return connection->ssl == NULL ? recv(connection->fd, bytes, size, 0) : tls_receive(connection, bytes, size);
}

/* The connection broke or the answer is not to be read. */
static void fail(struct net_connection *connection, enum fault fault, const char *detail, uint64_t now_ns)
{
    struct exchange *exchange = connection->exchange;
    bool has_ended = fault == FAULT_RESET || fault == FAULT_EMPTY_REPLY;

    exchange->is_stale = has_ended && exchange->is_reused && exchange->bytes_received == 0;
    connection_finish(connection, fault, detail, false, now_ns);
}

static void on_sent(struct net_connection *connection, uint64_t now_ns)
{
    struct exchange *exchange = connection->exchange;
    uint64_t first_byte_timeout_ns = exchange->request->first_byte_timeout_ns;

    if (exchange->stamps[STAMP_SENT] == 0)
        exchange->stamps[STAMP_SENT] = now_ns;
    if (first_byte_timeout_ns != 0 && exchange->bytes_received == 0) {
        uint64_t deadline_ns = earlier(exchange->deadline_ns, now_ns + first_byte_timeout_ns);

        wheel_set(&connection->net->wheel, &connection->timer, deadline_ns, now_ns);
    }
}

/* What the server said before it broke the connection may still lie in the socket (an early answer): the reader decides. */
static void send_failed(struct net_connection *connection, int error)
{
    connection->send_error = error;
    ev_io_stop(connection->net->loop, &connection->writable);
    ev_feed_event(connection->net->loop, &connection->readable, EV_READ);
}

/* A piece of a body that is a file; as send(). 0: the file is not what it was. */
static ssize_t send_piece(struct net_connection *connection)
{
    const struct net_request *request = connection->exchange->request;
    off_t offset = (off_t)(connection->sent - request->head_length);
    uint64_t left = request->length - connection->sent;
    ssize_t n;

    if (offset == 0 && !body_file_is_same(request->file))
        return 0;
    if (connection->ssl == NULL)
        return sendfile(connection->fd, request->file->fd, &offset, left < MAX_PIECE_BYTES ? (size_t)left : MAX_PIECE_BYTES);
    n = body_file_read(
        request->file, connection->net->scratch, left < NET_SCRATCH_BYTES ? (size_t)left : NET_SCRATCH_BYTES, (uint64_t)offset);
    return n <= 0 ? n : tls_send(connection, connection->net->scratch, (size_t)n);
}

static void sent_all(struct net_connection *connection)
{
    if (ev_is_active(&connection->writable))
        ev_io_stop(connection->net->loop, &connection->writable);
    on_sent(connection, clock_now_ns());
}

/* The kernel did not take all of a request, or its body is a file: pieces of that until it takes no more, or for this turn of the loop. */
static __attribute__((noinline)) void send_more(struct net_connection *connection)
{
    struct exchange *exchange = connection->exchange;
    const struct net_request *request = exchange->request;
    size_t before = connection->sent;

    while (request->file != NULL && connection->sent >= request->stored_length && connection->sent < request->length) {
        ssize_t n = connection->sent - before < MAX_TURN_BYTES ? send_piece(connection) : -1;

        if (n <= 0) {
            if (n == 0)
                send_failed(connection, ESTALE);
            else if (connection->sent - before < MAX_TURN_BYTES && errno != EAGAIN && errno != EINTR)
                send_failed(connection, errno);
            break;
        }
        connection->sent += (size_t)n;
        exchange->bytes_sent = connection->sent;
    }
    if (connection->sent == request->length)
        sent_all(connection);
    else if (connection->send_error == 0)
        ev_io_start(connection->net->loop, &connection->writable);
}

static void send_rest(struct net_connection *connection)
{
    struct exchange *exchange = connection->exchange;
    const struct net_request *request = exchange->request;
    ssize_t n = wire_send(connection, request->bytes + connection->sent, request->stored_length - connection->sent);

    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            send_failed(connection, errno);
        else
            ev_io_start(connection->net->loop, &connection->writable);
        return;
    }
    connection->sent += (size_t)n;
    exchange->bytes_sent = connection->sent;
    exchange->is_sent = connection->sent >= request->head_length;
    if (connection->sent < request->length)
        send_more(connection);
    else
        sent_all(connection);
}

static void on_writable(struct ev_loop *loop, ev_io *watcher, int revents)
{
    struct net_connection *connection = watcher->data;

    if (connection->exchange != NULL && connection->sent < connection->exchange->request->stored_length) {
        send_rest(connection);
    } else if (connection->exchange != NULL && connection->sent < connection->exchange->request->length) {
        send_more(connection);
    } else { /* TLS had something of its own to write before it can read on */
        ev_io_stop(loop, &connection->writable);
        ev_feed_event(loop, &connection->readable, EV_READ);
    }
}

/* The answer ended well or badly. bytes_after: bytes followed that nobody asked for, so the connection cannot be trusted. */
static void on_result(struct net_connection *connection, enum http1_result result, bool bytes_after, uint64_t now_ns)
{
    struct http1_parser *parser = &connection->parser;
    bool keep;

    if (result == HTTP1_FAILED) {
        fail(connection, parser->fault, parser->detail, now_ns);
        return;
    }
    keep = parser->keep && !bytes_after && connection->sent == connection->exchange->request->length;
    if (keep && connection->ssl != NULL)
        keep = tls_is_quiet(connection);
    connection_finish(connection, FAULT_NONE, parser->detail, keep, now_ns);
}

static void on_read_end(struct net_connection *connection, int error)
{
    enum http1_result result;
    uint64_t now_ns;

    if (connection->exchange == NULL) { /* idle: the server may close it whenever it likes */
        connection_close(connection);
        return;
    }
    now_ns = clock_now_ns();
    if (error == 0 && connection->send_error != 0)
        error = connection->send_error;
    if (error == ESTALE && connection->exchange->request->file != NULL) {
        fail(connection, FAULT_BODY_FILE, body_file_complaint(0), now_ns);
        return;
    }
    if (error == EPROTO && connection->ssl != NULL) {
        fail(connection, connection->tls_fault, connection->tls_detail, now_ns);
        return;
    }
    if (error != 0) {
        fail(connection, fault_of_errno(error), strerrordesc_np(error), now_ns);
        return;
    }
    result = http1_end(&connection->parser);
    if (result == HTTP1_DONE && connection->ssl != NULL && connection->is_cut)
        fail(connection, FAULT_PARTIAL_BODY, "the body ends with the connection, and that ended without close_notify", now_ns);
    else
        on_result(connection, result, false, now_ns);
}

/* False: the exchange is over, touch nothing. */
static bool on_bytes(struct net_connection *connection, size_t length)
{
    struct exchange *exchange = connection->exchange;
    uint64_t now_ns = clock_now_ns(), idle_timeout_ns = exchange->request->idle_timeout_ns;
    enum http1_result result;
    size_t used;

    if (exchange->bytes_received == 0) {
        exchange->stamps[STAMP_FIRST_BYTE] = now_ns;
        if (exchange->stamps[STAMP_SENT] == 0) /* an early answer: sending lasted until now */
            exchange->stamps[STAMP_SENT] = now_ns;
    }
    exchange->bytes_received += length;
    result = http1_feed(&connection->parser, connection->net->scratch, length, &used);
    exchange->status = connection->parser.status;
    if (result != HTTP1_MORE) {
        on_result(connection, result, used < length, now_ns);
        return false;
    }
    connection->last_read_ns = now_ns;
    wheel_set(
        &connection->net->wheel, &connection->timer,
        idle_timeout_ns == 0 ? exchange->deadline_ns : earlier(exchange->deadline_ns, now_ns + idle_timeout_ns), now_ns);
    return true;
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int revents)
{
    struct net_connection *connection = watcher->data;
    int reads = connection->ssl == NULL ? MAX_READS : MAX_TLS_READS;

    for (int i = 0; i < reads; i++) {
        ssize_t n = wire_receive(connection, connection->net->scratch, NET_SCRATCH_BYTES);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (connection->send_error != 0)
                on_read_end(connection, connection->send_error);
            return;
        }
        if (n <= 0) {
            on_read_end(connection, n < 0 ? errno : 0);
            return;
        }
        if (connection->exchange == NULL) { /* bytes that nobody asked for */
            connection_close(connection);
            return;
        }
        if (!on_bytes(connection, (size_t)n))
            return;
        if (connection->ssl == NULL ? n < NET_SCRATCH_BYTES : !tls_has_pending(connection))
            return;
    }
    if (connection->ssl != NULL) /* what TLS has read already makes no event any more */
        ev_feed_event(loop, watcher, EV_READ);
}

static void http1_open(struct net_connection *connection)
{
    ev_set_cb(&connection->readable, on_readable);
    ev_set_cb(&connection->writable, on_writable);
    ev_io_start(connection->net->loop, &connection->readable);
}

static void http1_start(struct net_connection *connection, struct exchange *exchange, uint64_t now_ns)
{
    const struct net_request *request = exchange->request;

    http1_begin(&connection->parser, request->max_head_bytes, request->max_body_bytes, request->is_head);
    connection->parser.sink = exchange->sink;
    connection->sent = 0;
    connection->send_error = 0;
    wheel_set(&connection->net->wheel, &connection->timer, exchange->deadline_ns, now_ns);
    send_rest(connection);
}

static enum fault http1_timed_out(const struct net_connection *connection, uint64_t now_ns)
{
    const struct exchange *exchange = connection->exchange;
    uint64_t idle_timeout_ns = exchange->request->idle_timeout_ns;

    if (exchange->bytes_received == 0)
        return connection->sent < exchange->request->length ? FAULT_TIMEOUT_SEND : FAULT_TIMEOUT_FIRST_BYTE;
    if (idle_timeout_ns != 0 && connection->last_read_ns + idle_timeout_ns <= exchange->deadline_ns)
        return FAULT_TIMEOUT_IDLE;
    return FAULT_TIMEOUT_BODY;
}

const struct transport_ops transport_http1 = {
    .name = "http1",
    .open = http1_open,
    .start = http1_start,
    .timed_out = http1_timed_out,
};
