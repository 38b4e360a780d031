/* What OpenSSL says of a failed handshake as a kind of fault. Owner: the loop's thread. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "tls.h"

enum fault tls_fault_of_verify(long result, const char **detail)
{
    *detail = X509_verify_cert_error_string(result);
    switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
        return FAULT_TLS_EXPIRED;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return FAULT_TLS_WRONG_HOST;
    default:
        return FAULT_TLS_UNTRUSTED;
    }
}

/* An alert of the server. Before TLS 1.3 there is none for a certificate that is missing: whoever was asked for one and is
 * refused in general words was refused for it. */
static enum fault fault_of_alert(int alert, bool wants_certificate)
{
    switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
        return FAULT_TLS_VERSION;
    case SSL_AD_CERTIFICATE_REQUIRED:
        return FAULT_TLS_CLIENT_CERT;
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
        return wants_certificate ? FAULT_TLS_CLIENT_CERT : FAULT_TLS_ALERT;
    default:
        return FAULT_TLS_ALERT;
    }
}

enum fault tls_fault_of_code(unsigned long error, bool wants_certificate, const char **detail)
{
    int reason = ERR_GET_REASON(error);

    *detail = ERR_reason_error_string(error);
    if (*detail == NULL)
        *detail = "OpenSSL gives no reason";
    if (ERR_GET_LIB(error) != ERR_LIB_SSL)
        return FAULT_TLS_OTHER;
    if (reason >= SSL_AD_REASON_OFFSET)
        return fault_of_alert(reason - SSL_AD_REASON_OFFSET, wants_certificate);
    switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
        return FAULT_TLS_VERSION;
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        *detail = "that port does not speak TLS";
        return FAULT_TLS_OTHER;
    default:
        return FAULT_TLS_OTHER;
    }
}

enum fault tls_fault_of(SSL *ssl, unsigned long error, bool wants_certificate, const char **detail)
{
    if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return tls_fault_of_verify(SSL_get_verify_result(ssl), detail);
    return tls_fault_of_code(error, wants_certificate, detail);
}
