/* Setting a handle of libcurl up: what never changes, and what follows from the request.
 * Owner: the loop's thread. */
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "curl_full_internal.h"
#include "mem.h"
#include "tls.h"

/* ---- TLS: as in tls_profile.c ---- */

static long version_of(const struct plan_tls *tls)
{
    static const long minima[] = { [TLS_VERSION_ANY] = CURL_SSLVERSION_TLSv1_2,
                                   [TLS_VERSION_1_0] = CURL_SSLVERSION_TLSv1_0,
                                   [TLS_VERSION_1_1] = CURL_SSLVERSION_TLSv1_1,
                                   [TLS_VERSION_1_2] = CURL_SSLVERSION_TLSv1_2,
                                   [TLS_VERSION_1_3] = CURL_SSLVERSION_TLSv1_3 };
    static const long maxima[] = { [TLS_VERSION_ANY] = CURL_SSLVERSION_MAX_DEFAULT,
                                   [TLS_VERSION_1_0] = CURL_SSLVERSION_MAX_TLSv1_0,
                                   [TLS_VERSION_1_1] = CURL_SSLVERSION_MAX_TLSv1_1,
                                   [TLS_VERSION_1_2] = CURL_SSLVERSION_MAX_TLSv1_2,
                                   [TLS_VERSION_1_3] = CURL_SSLVERSION_MAX_TLSv1_3 };
    long minimum = minima[tls->minimum];

    if (tls->minimum == TLS_VERSION_ANY && tls->maximum != TLS_VERSION_ANY && tls->maximum < TLS_VERSION_1_2)
        minimum = minima[tls->maximum];
    return minimum | maxima[tls->maximum];
}

static int on_certificate_wanted(SSL *ssl, void *user)
{
    struct curl_transfer *transfer = user;

    if (transfer->exchange != NULL)
        transfer->wants_certificate = true;
    return 1;
}

/* For every new connection, once libcurl has set its context up. The handle outlives the connection. */
static CURLcode on_context(CURL *easy, void *context, void *user)
{
    const struct curl_transfer *transfer = user;
    const struct plan_tls *tls = transfer->session->full->net->tls_plan;
    enum tls_version minimum = tls->minimum != TLS_VERSION_ANY ? tls->minimum : tls->maximum;
    struct error err;

    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF); /* an end without a goodbye may be a body that was cut */
    SSL_CTX_set_cert_cb(context, on_certificate_wanted, user);
    if (tls->ciphers == NULL)
        tls_prefer_suite(context);
    else if (tls_set_ciphers(context, tls->ciphers, &err) != 0)
        return CURLE_SSL_CIPHER;
    if (minimum != TLS_VERSION_ANY && minimum < TLS_VERSION_1_2)
        SSL_CTX_set_security_level(context, 0);
    return CURLE_OK;
}

/* The system's as OpenSSL finds it: its library looks at these, libcurl's does not. */
static void set_trust(CURL *easy, const struct plan_tls *tls)
{
    const char *file = getenv("SSL_CERT_FILE"), *path = getenv("SSL_CERT_DIR");

    if (tls->ca_file != NULL || tls->ca_path != NULL) { /* instead of the system's, not beside them */
        file = tls->ca_file;
        path = tls->ca_path;
    } else if (file == NULL && path == NULL) {
        return;
    }
    curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, path);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, file);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, path);
}

/* A proxy behind TLS is trusted like a server; the client's certificate is for servers alone. */
static void set_tls(CURL *easy, struct curl_transfer *transfer, const struct plan_tls *tls)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls->insecure ? 0L : 2L);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, tls->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, tls->insecure ? 0L : 2L);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, version_of(tls));
    set_trust(easy, tls);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, tls->insecure ? 0L : 1L); /* of a proxy behind TLS; its own name counts */
    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, tls->insecure ? 0L : 2L);
    if (tls->ca_file != NULL || tls->ca_path != NULL) {
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, tls->ca_file);
        curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, tls->ca_path);
    }
    curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert_file);
    curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key_file);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, version_of(tls));
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, tls->resumption ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, transfer);
}

/* ---- the handle ---- */

static void set_constants(struct curl_transfer *transfer)
{
    CURL *easy = transfer->easy;
    const struct net *net = transfer->session->full->net;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* nothing from the environment, here and below */
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_TRANSFER_DECODING, 0L); /* our parser reads it as it came */
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_SHARE, transfer->session->share);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)((net->max_age_ns + NS_PER_S - 1) / NS_PER_S)); /* it counts seconds */
    if (net->tls_plan != NULL)
        set_tls(easy, transfer, net->tls_plan);
    curl_callbacks_set(transfer);
}

static void set_request(struct curl_transfer *transfer, const struct net_request *request)
{
    const struct curl_request *own = request->curl;
    CURL *easy = transfer->easy;

    curl_easy_setopt(easy, CURLOPT_URL, own->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, own->headers);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, own->http_version);
    curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (own->has_body) {
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L); /* as it names no type of its own */
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)own->body_length);
    } else if (request->is_head) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, own->body_length > 65536 ? 262144L : 65536L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->is_head && !own->has_body ? NULL : own->method);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, own->auth != 0 ? own->auth : (long)CURLAUTH_NONE);
    curl_easy_setopt(easy, CURLOPT_USERNAME, own->name);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, own->password);
}

void curl_transfer_prepare(struct curl_transfer *transfer)
{
    const struct net_request *request = transfer->exchange->request;
    bool is_kept = transfer->session->full->net->keepalive && !request->wants_close;

    if (transfer->serial != request->curl->serial) {
        uint64_t realm = request->curl->realm;

        if (realm != 0 && transfer->realm != 0 && realm != transfer->realm) { /* what another server said of digests */
            curl_easy_reset(transfer->easy);
            transfer->place = NULL;
            set_constants(transfer);
        }
        if (realm != 0)
            transfer->realm = realm;
        set_request(transfer, request);
        transfer->serial = request->curl->serial;
    }
    curl_set_place(transfer, request->origin, is_kept);
    curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, transfer->must_be_fresh || !is_kept ? 1L : 0L);
    curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, is_kept ? 0L : 1L);
    /* our wheel is exact; this only tells libcurl how long one of several addresses may take */
    curl_easy_setopt(
        transfer->easy, CURLOPT_CONNECTTIMEOUT_MS,
        request->connect_timeout_ns == 0 ? 0L : (long)(request->connect_timeout_ns / NS_PER_MS) + 100);
}

struct curl_transfer *curl_transfer_new(struct curl_session *session)
{
    struct curl_transfer *transfer = mem_alloc(sizeof *transfer);

    transfer->session = session;
    transfer->easy = curl_easy_init();
    INVARIANT(transfer->easy != NULL);
    buf_init(&transfer->head);
    http1_init(&transfer->parser);
    set_constants(transfer);
    return transfer;
}

void curl_transfer_free(struct curl_transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    http1_release(&transfer->parser);
    buf_release(&transfer->head);
    free(transfer);
}
