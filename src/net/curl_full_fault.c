/* What a code of libcurl means. TLS has its reason in the text of the error, as OpenSSL numbers it. Owner: the loop's thread. */
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "curl_full_internal.h"
#include "opening.h"
#include "tls.h"

#define TOO_LARGE ((CURLcode)100) /* CURLE_TOO_LARGE, since 8.6 */

#define NOT_VERIFIED 1 /* what libcurl says before it has a result */

/* OpenSSL's number in libcurl's text, "... error:0A00042E:SSL routines::...", 0 without one. */
static unsigned long tls_error_of(const char *text)
{
    const char *at = text;
    unsigned long error = 0;

    while (error == 0 && (at = strstr(at, "error:")) != NULL) {
        at += 6;
        if (*at != ' ') /* libcurl's own words */
            error = strtoul(at, NULL, 16);
    }
    return error;
}

static enum fault fault_of_tls(struct curl_transfer *transfer, CURLcode code, const char **detail)
{
    unsigned long error = tls_error_of(transfer->error);
    long verified = 0, by_proxy = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
    curl_easy_getinfo(transfer->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &by_proxy);
    if (verified <= NOT_VERIFIED)
        verified = by_proxy;
    if (code == CURLE_PEER_FAILED_VERIFICATION) /* a name that is not in the certificate is found by libcurl itself */
        return tls_fault_of_verify(verified <= NOT_VERIFIED ? X509_V_ERR_HOSTNAME_MISMATCH : verified, detail);
    if (error != 0 && strstr(transfer->error, "unexpected eof") == NULL)
        return tls_fault_of_code(error, transfer->wants_certificate, detail);
    if (strstr(transfer->error, "Connection reset") != NULL)
        return FAULT_RESET;
    if (error == 0 && strstr(transfer->error, "SSL_ERROR_SYSCALL") == NULL && strstr(transfer->error, "EOF") == NULL)
        return FAULT_TLS_OTHER;
    *detail = fault_help(FAULT_TLS_EOF);
    return FAULT_TLS_EOF;
}

/* The connection broke while something was on it. */
static enum fault fault_of_break(struct curl_transfer *transfer, const char **detail)
{
    unsigned long error = tls_error_of(transfer->error);
    bool has_begun = transfer->exchange->bytes_received > 0;
    long os_errno = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
    if (strstr(transfer->error, "unexpected eof") != NULL || strstr(transfer->error, "close_notify") != NULL)
        return has_begun ? FAULT_PARTIAL_BODY : FAULT_EMPTY_REPLY;
    if (error != 0)
        return tls_fault_of_code(error, transfer->wants_certificate, detail);
    switch (os_errno) {
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        *detail = strerrordesc_np((int)os_errno);
        return FAULT_RESET;
    case ETIMEDOUT:
        return FAULT_TIMEOUT_SEND;
    case 0:
        return strstr(transfer->error, "reset") != NULL ? FAULT_RESET : FAULT_OTHER;
    default:
        return FAULT_OTHER;
    }
}

/* What a proxy said to CONNECT, or by SOCKS; NONE: nothing. */
static enum fault fault_of_proxy(struct curl_transfer *transfer, CURLcode code, const char **detail)
{
    long status = 0, said = CURLPX_OK;

    curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_PROXY_ERROR, &said);
    if (code == CURLE_PROXY && (said == CURLPX_NO_AUTH || said == CURLPX_USER_REJECTED))
        return FAULT_PROXY_AUTH;
    if (status == 0)
        return code == CURLE_PROXY || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ? FAULT_PROXY : FAULT_NONE;
    if (status / 100 == 2)
        return FAULT_NONE;
    snprintf(transfer->error, sizeof transfer->error, "the proxy answered %ld to CONNECT", status);
    *detail = transfer->error;
    return status == 407 ? FAULT_PROXY_AUTH : FAULT_PROXY;
}

enum fault curl_fault_of(struct curl_transfer *transfer, CURLcode code, const char **detail)
{
    int error = transfer->socket_errno;
    bool is_proxied = transfer->exchange->request->origin->proxy != NULL;
    long os_errno = 0;
    enum fault fault;

    *detail = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);
    if (transfer->fault != FAULT_NONE) { /* a callback ended it and knows why */
        *detail = transfer->detail;
        return transfer->fault;
    }
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
    if (transfer->is_stale || code == CURLE_GOT_NOTHING) {
        fault = os_errno == ECONNRESET || os_errno == EPIPE ? FAULT_RESET
                : transfer->exchange->bytes_received > 0    ? FAULT_PARTIAL_BODY
                                                            : FAULT_EMPTY_REPLY;
        *detail = fault == FAULT_RESET ? strerrordesc_np((int)os_errno) : fault_help(fault);
        return fault;
    }
    if (transfer->is_started && (code == CURLE_OUT_OF_MEMORY || code == TOO_LARGE)) { /* of a line of the head */
        *detail = "a line of the head is over the limit of libcurl";
        return FAULT_HEADER_TOO_LARGE;
    }
    if (is_proxied && !transfer->is_started && (fault = fault_of_proxy(transfer, code, detail)) != FAULT_NONE)
        return fault;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return FAULT_RESOLVE;
    case CURLE_COULDNT_RESOLVE_PROXY:
        return FAULT_PROXY_CONNECT;
    case CURLE_COULDNT_CONNECT:
        error = error != 0 ? error : (int)os_errno;
        if (error != 0)
            *detail = strerrordesc_np(error);
        fault = opening_fault(transfer->session->full->net->connector, error);
        return is_proxied && (fault == FAULT_REFUSED || fault == FAULT_UNREACHABLE || fault == FAULT_OTHER) ? FAULT_PROXY_CONNECT : fault;
    case CURLE_OPERATION_TIMEDOUT:
        *detail = fault_help(FAULT_TIMEOUT_CONNECT);
        return FAULT_TIMEOUT_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
        return fault_of_tls(transfer, code, detail);
    case CURLE_PARTIAL_FILE:
        return FAULT_PARTIAL_BODY;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return fault_of_break(transfer, detail);
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, that is: anything */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
        return FAULT_PROTOCOL;
    case CURLE_AUTH_ERROR:
    case CURLE_LOGIN_DENIED:
        return FAULT_AUTH;
    default:
        return FAULT_OTHER;
    }
}
