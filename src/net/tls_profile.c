/* What the TLS connections of a worker share: one SSL_CTX with its certificates and rules, and the sessions that new
 * connections go on with. Owner: the loop's thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "connection.h"
#include "mem.h"
#include "tls.h"

/* Sessions kept for an origin. A ticket of TLS 1.3 is meant for one connection: the newest is taken, the last one stays. */
#define MAX_SESSIONS 64

/* Sessions by host and port: how a session was checked depends on the name it was made for. */
struct place {
    struct place *next;
    char *host;
    uint16_t port;
    unsigned count;
    SSL_SESSION *sessions[MAX_SESSIONS]; /* oldest first */
};

struct tls {
    SSL_CTX *context;
    const struct plan_tls *plan;
    struct place *places;
    int key_log; /* descriptor, -1: none */
};

/* ---- sessions ---- */

static struct place *place_of(struct tls *tls, const struct origin *origin)
{
    struct place *place = tls->places;

    while (place != NULL && (place->port != origin->port || strcmp(place->host, origin->host) != 0))
        place = place->next;
    if (place != NULL)
        return place;
    place = mem_alloc(sizeof *place);
    place->host = mem_copy(origin->host);
    place->port = origin->port;
    place->next = tls->places;
    tls->places = place;
    return place;
}

/* 1: the session is kept. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    struct net_connection *connection = SSL_get_app_data(ssl);
    struct place *place = place_of(connection->net->tls, connection->origin);

    if (place->count == MAX_SESSIONS) {
        SSL_SESSION_free(place->sessions[0]);
        for (place->count = 0; place->count + 1 < MAX_SESSIONS; place->count++)
            place->sessions[place->count] = place->sessions[place->count + 1];
    }
    place->sessions[place->count++] = session;
    return 1;
}

static void resume(struct tls *tls, SSL *ssl, const struct origin *origin)
{
    struct place *place = place_of(tls, origin);
    SSL_SESSION *session;

    while (place->count > 0 && !SSL_SESSION_is_resumable(place->sessions[place->count - 1]))
        SSL_SESSION_free(place->sessions[--place->count]);
    if (place->count == 0)
        return;
    session = place->sessions[place->count - 1];
    SSL_set_session(ssl, session);
    if (place->count > 1) {
        place->count--;
        SSL_SESSION_free(session);
    }
}

/* ---- a connection's SSL ---- */

/* The name is asked for and must stand in the certificate; an address is only the latter. */
static void set_name(SSL *ssl, const char *name)
{
    char host[256];
    struct in6_addr address;
    size_t length = strcspn(name, "%"); /* a scope is nobody else's business */

    if (length > 1 && name[length - 1] == '.')
        length--;
    if (length >= sizeof host)
        length = sizeof host - 1;
    memcpy(host, name, length);
    host[length] = '\0';
    if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1) {
        INVARIANT(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1);
        return;
    }
    INVARIANT(SSL_set_tlsext_host_name(ssl, host) == 1);
    INVARIANT(SSL_set1_host(ssl, host) == 1);
}

SSL *tls_make(struct tls *tls, struct net_connection *connection)
{
    SSL *ssl = SSL_new(tls->context);

    INVARIANT(ssl != NULL && SSL_set_fd(ssl, connection->fd) == 1);
    SSL_set_app_data(ssl, connection);
    SSL_set_connect_state(ssl);
    set_name(ssl, tls->plan->server_name != NULL ? tls->plan->server_name : connection->origin->host);
    if (tls->plan->resumption)
        resume(tls, ssl, connection->origin);
    return ssl;
}

/* ---- the context ---- */

/* Called when the server asks for a certificate, before what there is of one is sent. */
static int on_certificate_wanted(SSL *ssl, void *unused)
{
    struct net_connection *connection = SSL_get_app_data(ssl);

    connection->wants_certificate = true;
    return 1;
}

static void on_key(const SSL *ssl, const char *line)
{
    const struct net_connection *connection = SSL_get_app_data(ssl);
    char *text = mem_format("%s\n", line);

    /* one write() of a file opened to append: lines of several workers do not mix */
    if (write(connection->net->tls->key_log, text, strlen(text)) < 0)
        errno = 0; /* a log for debugging; the load goes on */
    free(text);
}

/* A key with a pass phrase is refused: nobody is asked on a terminal. */
static int no_pass_phrase(char *out, int size, int is_writing, void *unused)
{
    return -1;
}

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    return text != NULL ? text : "OpenSSL does not take it";
}

static int version_of(enum tls_version version)
{
    static const int versions[] = { 0, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION };

    return versions[version];
}

static void set_versions(SSL_CTX *context, const struct plan_tls *plan)
{
    enum tls_version minimum = plan->minimum;

    if (minimum == TLS_VERSION_ANY && SSL_CTX_get_min_proto_version(context) == 0) /* else the system's settings say it */
        minimum = TLS_VERSION_1_2;
    if (plan->maximum != TLS_VERSION_ANY && plan->maximum < minimum)
        minimum = plan->maximum;
    if (minimum != TLS_VERSION_ANY)
        SSL_CTX_set_min_proto_version(context, version_of(minimum));
    if (plan->maximum != TLS_VERSION_ANY)
        SSL_CTX_set_max_proto_version(context, version_of(plan->maximum));
    /* OpenSSL has put TLS 1.0 and 1.1 out of reach of every level but this one */
    if (minimum != TLS_VERSION_ANY && minimum < TLS_VERSION_1_2)
        SSL_CTX_set_security_level(context, 0);
}

/* Of the suites of TLS 1.3 that the system allows, the one that browsers prefer comes first, as theirs is the load that servers see. It
 * is also the cheapest: its hash has instructions of its own on most processors, and a handshake hashes a lot (11 % less of a resumed
 * one). A server may choose otherwise. */
void tls_prefer_suite(SSL_CTX *context)
{
    static const char preferred[] = "TLS_AES_128_GCM_SHA256";
    const STACK_OF(SSL_CIPHER) *allowed = SSL_CTX_get_ciphers(context);
    bool is_allowed = false;
    struct buf list;

    buf_init(&list);
    buf_add_text(&list, preferred);
    for (int i = 0; i < sk_SSL_CIPHER_num(allowed); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(allowed, i);
        const char *name = SSL_CIPHER_get_name(cipher);

        if (strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.3") != 0)
            continue;
        if (strcmp(name, preferred) == 0)
            is_allowed = true;
        else
            buf_addf(&list, ":%s", name);
    }
    if (is_allowed)
        SSL_CTX_set_ciphersuites(context, list.data);
    buf_release(&list);
}

/* One list for people, two in OpenSSL: TLS_... are of 1.3, everything else of the versions before. */
int tls_set_ciphers(SSL_CTX *context, const char *list, struct error *err)
{
    struct buf newer, older;
    bool is_good = true;

    if (list == NULL)
        return 0;
    buf_init(&newer);
    buf_init(&older);
    while (*list != '\0') {
        size_t length = strcspn(list, ":");
        struct buf *to = strncmp(list, "TLS_", 4) == 0 ? &newer : &older;

        buf_addf(to, "%s%.*s", to->length > 0 ? ":" : "", (int)length, list);
        list += length + (list[length] == ':');
    }
    if (newer.length > 0)
        is_good = SSL_CTX_set_ciphersuites(context, newer.data) == 1;
    if (older.length > 0)
        is_good = is_good && SSL_CTX_set_cipher_list(context, older.data) == 1;
    if (!is_good)
        error_set(err, EXIT_USAGE, "tls_ciphers: OpenSSL says \"%s\" of this list; openssl ciphers -v names what there is", reason());
    buf_release(&newer);
    buf_release(&older);
    return is_good ? 0 : -1;
}

static int set_trust(SSL_CTX *context, const struct plan_tls *plan, struct error *err)
{
    SSL_CTX_set_verify(context, plan->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN); /* a CA file may hold one below a root */
    if (plan->insecure)
        return 0;
    if (plan->ca_file != NULL && SSL_CTX_load_verify_file(context, plan->ca_file) != 1)
        return error_set(err, EXIT_USAGE, "%s: no certificates of a CA can be read: %s", plan->ca_file, reason());
    if (plan->ca_path != NULL && SSL_CTX_load_verify_dir(context, plan->ca_path) != 1)
        return error_set(err, EXIT_USAGE, "%s: no directory of certificates: %s", plan->ca_path, reason());
    if (plan->ca_file == NULL && plan->ca_path == NULL)
        SSL_CTX_set_default_verify_paths(context); /* a system without any trusts nobody */
    return 0;
}

static int set_certificate(SSL_CTX *context, const struct plan_tls *plan, struct error *err)
{
    const char *key = plan->key_file != NULL ? plan->key_file : plan->cert_file;

    if (plan->cert_file == NULL)
        return 0;
    SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
    if (SSL_CTX_use_certificate_chain_file(context, plan->cert_file) != 1)
        return error_set(err, EXIT_USAGE, "%s: no certificate can be read: %s", plan->cert_file, reason());
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return error_set(err, EXIT_USAGE, "%s: no key for %s can be read: %s", key, plan->cert_file, reason());
    if (SSL_CTX_check_private_key(context) != 1)
        return error_set(err, EXIT_USAGE, "%s: the key is not that of %s", key, plan->cert_file);
    return 0;
}

static void set_sessions(SSL_CTX *context, bool resumption)
{
    if (!resumption) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        return;
    }
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, on_session);
}

static void set_key_log(struct tls *tls)
{
    const char *file = getenv("SSLKEYLOGFILE");

    tls->key_log = file != NULL && file[0] != '\0' ? open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (tls->key_log >= 0)
        SSL_CTX_set_keylog_callback(tls->context, on_key);
}

/* OpenSSL writes with write(), which would end the program when the other side is gone. */
static void block_pipe_signal(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

struct tls *tls_new(const struct plan_tls *plan, struct error *err)
{
    static const unsigned char protocols[] = "\x08http/1.1";
    struct tls *tls;

    if (plan == NULL) {
        error_set(err, EXIT_USAGE, "https is not set up");
        return NULL;
    }
    tls = mem_alloc(sizeof *tls);
    tls->plan = plan;
    tls->key_log = -1;
    tls->context = SSL_CTX_new(TLS_client_method());
    INVARIANT(tls->context != NULL);
    SSL_CTX_set_mode(tls->context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(tls->context, 1);
    SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION | (plan->ktls ? SSL_OP_ENABLE_KTLS : 0));
    SSL_CTX_set_cert_cb(tls->context, on_certificate_wanted, NULL);
    INVARIANT(SSL_CTX_set_alpn_protos(tls->context, protocols, sizeof protocols - 1) == 0);
    set_versions(tls->context, plan);
    tls_prefer_suite(tls->context);
    if (tls_set_ciphers(tls->context, plan->ciphers, err) != 0 || set_trust(tls->context, plan, err) != 0 ||
        set_certificate(tls->context, plan, err) != 0) {
        ERR_clear_error();
        tls_free(tls);
        return NULL;
    }
    set_sessions(tls->context, plan->resumption);
    set_key_log(tls);
    block_pipe_signal();
    ERR_clear_error();
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    while (tls->places != NULL) {
        struct place *place = tls->places;

        tls->places = place->next;
        for (unsigned i = 0; i < place->count; i++)
            SSL_SESSION_free(place->sessions[i]);
        free(place->host);
        free(place);
    }
    SSL_CTX_free(tls->context);
    if (tls->key_log >= 0)
        close(tls->key_log);
    free(tls);
}
