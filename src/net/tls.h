/* TLS on a connected socket, by OpenSSL: the handshake, then bytes in and out as send() and recv() would carry them.
 * Owner: the loop's thread, one struct tls for each. Knows nothing of HTTP but the name of its protocol (ALPN). */
#ifndef ONAGER_TLS_H
#define ONAGER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "onager/error.h"
#include "onager/fault.h"

struct net_connection;
struct origin;
struct plan_tls;
struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;
struct tls;

/* ---- tls.c: a connection ---- */

/* connection->fd is connected and its watchers are made. Ends in connection_secured() or connection_finish(), perhaps at once. */
void tls_start(struct net_connection *connection, uint64_t now_ns);
/* Says goodbye (close_notify) where that can be done without waiting, and forgets TLS; the descriptor stays. */
void tls_close(struct net_connection *connection);

/* As send() and recv() of a socket that does not block. EPROTO: connection->tls_fault and tls_detail say what it was. 0 is the
 * end, with close_notify or without (connection->is_cut). What was received may be less than what lies ready. */
ssize_t tls_send(struct net_connection *connection, const char *bytes, size_t length);
ssize_t tls_receive(struct net_connection *connection, char *bytes, size_t size);
/* Bytes were read off the socket that tls_receive() did not hand out: no event will tell of them. */
bool tls_has_pending(const struct net_connection *connection);
/* Between two exchanges: nothing of the server's lies ready but what TLS itself has use for (tickets). */
bool tls_is_quiet(struct net_connection *connection);

/* ---- tls_profile.c: what all connections of a worker share ---- */

/* NULL and *err (EXIT_USAGE) when OpenSSL does not take a file or a setting; `plan` NULL: https was not foreseen. */
struct tls *tls_new(const struct plan_tls *plan, struct error *err);
void tls_free(struct tls *tls);
/* The suite that is offered first where the plan names none; for the contexts of others too. */
void tls_prefer_suite(struct ssl_ctx_st *context);
/* NULL: as it is. */
int tls_set_ciphers(struct ssl_ctx_st *context, const char *list, struct error *err);
/* A new SSL for a connection to the origin, with its name, its checks and a session to go on with. */
struct ssl_st *tls_make(struct tls *tls, struct net_connection *connection);

/* ---- tls_fault.c: what OpenSSL says as a kind of fault ---- */

/* The handshake failed, or the connection later: `error` is of ERR_peek_error(). *detail is static. */
enum fault tls_fault_of(struct ssl_st *ssl, unsigned long error, bool wants_certificate, const char **detail);
/* The same without a connection to ask: what an error is, but for a certificate that is not trusted; and what of one was not. */
enum fault tls_fault_of_code(unsigned long error, bool wants_certificate, const char **detail);
enum fault tls_fault_of_verify(long result, const char **detail);

#endif
