/* TLS on a connection: the handshake, bytes, the goodbye. Owner: the loop's thread.
 *
 * Queue of errors: OpenSSL keeps one for each thread, and what lies in it from before would be taken for the reason of a call
 * that only has to wait. Every failure here clears it, and each call looks first. */
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "clock.h"
#include "connection.h"

/* Handed to the kernel in one go before other connections get their turn. */
#define SEND_MAX_BYTES ((size_t)256 * 1024)

static inline void forget_errors(void)
{
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

/* What a call on connection->ssl that failed means; as the end of recv() would say it. */
static ssize_t explain(struct net_connection *connection, int error)
{
    unsigned long said = ERR_peek_error();
    ssize_t result = -1;

    switch (SSL_get_error(connection->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_WANT_WRITE:
        ev_io_start(connection->net->loop, &connection->writable);
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        result = 0;
        break;
    case SSL_ERROR_SYSCALL:
        connection->is_broken = true;
        connection->is_cut = error == 0;
        result = error == 0 ? 0 : -1;
        break;
    default:
        connection->is_broken = true;
        if (ERR_GET_LIB(said) == ERR_LIB_SSL && ERR_GET_REASON(said) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
            connection->is_cut = true;
            result = 0;
        } else {
            connection->tls_fault = tls_fault_of(connection->ssl, said, connection->wants_certificate, &connection->tls_detail);
            error = EPROTO;
        }
        break;
    }
    forget_errors();
    errno = error;
    return result;
}

/* ---- bytes ---- */

ssize_t tls_send(struct net_connection *connection, const char *bytes, size_t length)
{
    size_t sent = 0;

    forget_errors();
    do {
        size_t n;

        errno = 0;
        if (SSL_write_ex(connection->ssl, bytes + sent, length - sent, &n) != 1) {
            ssize_t result = explain(connection, errno);

            if (sent > 0)
                break; /* should it be more than waiting, the next call says so again */
            if (result == 0)
                errno = EPIPE;
            return -1;
        }
        sent += n;
    } while (sent < length && sent < SEND_MAX_BYTES);
    return (ssize_t)sent;
}

ssize_t tls_receive(struct net_connection *connection, char *bytes, size_t size)
{
    size_t n;

    forget_errors();
    errno = 0;
    if (SSL_read_ex(connection->ssl, bytes, size, &n) == 1)
        return (ssize_t)n;
    return explain(connection, errno);
}

bool tls_has_pending(const struct net_connection *connection)
{
    return SSL_has_pending(connection->ssl) == 1;
}

bool tls_is_quiet(struct net_connection *connection)
{
    char byte;

    return !tls_has_pending(connection) || (tls_receive(connection, &byte, 1) < 0 && errno == EAGAIN);
}

/* ---- handshake ---- */

static void refuse(struct net_connection *connection, ssize_t result, int error)
{
    enum fault fault = FAULT_TLS_EOF;
    const char *detail = fault_help(FAULT_TLS_EOF);

    if (result < 0 && error == EPROTO) {
        fault = connection->tls_fault;
        detail = connection->tls_detail;
    } else if (result < 0) {
        fault = error == ECONNRESET || error == EPIPE ? FAULT_RESET : FAULT_TLS_OTHER;
        detail = strerrordesc_np(error);
    }
    connection_finish(connection, fault, detail, false, clock_now_ns());
}

static void shake_hands(struct net_connection *connection)
{
    struct ev_loop *loop = connection->net->loop;
    ssize_t result;

    if (ev_is_active(&connection->writable))
        ev_io_stop(loop, &connection->writable);
    forget_errors();
    errno = 0;
    if (SSL_do_handshake(connection->ssl) == 1) {
        connection_secured(connection, clock_now_ns());
        return;
    }
    result = explain(connection, errno);
    if (result == 0 || errno != EAGAIN)
        refuse(connection, result, errno);
}

static void on_event(struct ev_loop *loop, ev_io *watcher, int revents)
{
    shake_hands(watcher->data);
}

void tls_start(struct net_connection *connection, uint64_t now_ns)
{
    struct net *net = connection->net;
    struct error err = { 0 };

    if (net->tls == NULL)
        net->tls = tls_new(net->tls_plan, &err);
    if (net->tls == NULL) {
        connection_finish(connection, FAULT_TLS_OTHER, err.text, false, now_ns);
        return;
    }
    connection->wants_certificate = connection->is_cut = connection->is_broken = false;
    connection->ssl = tls_make(net->tls, connection);
    ev_set_cb(&connection->readable, on_event);
    ev_set_cb(&connection->writable, on_event);
    ev_io_start(net->loop, &connection->readable);
    shake_hands(connection);
}

void tls_close(struct net_connection *connection)
{
    SSL *ssl = connection->ssl;

    forget_errors();
    if (SSL_is_init_finished(ssl) && !connection->is_broken)
        SSL_shutdown(ssl);
    else if (connection->is_cut) /* without this the session would be forgotten */
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
    connection->ssl = NULL;
    forget_errors();
}
