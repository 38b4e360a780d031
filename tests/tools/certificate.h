/* A certificate and its key for tests of what reads them: self-signed, an hour long, a new key each time. */
#ifndef ONAGER_CERTIFICATE_H
#define ONAGER_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"

/* Both may be the same file. */
static inline void certificate_write(const char *certificate_path, const char *key_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    FILE *file;

    INVARIANT(key != NULL && certificate != NULL);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    INVARIANT(X509_sign(certificate, key, EVP_sha256()) > 0);
    file = fopen(certificate_path, "we");
    INVARIANT(file != NULL && PEM_write_X509(file, certificate) == 1);
    if (strcmp(certificate_path, key_path) != 0) {
        fclose(file);
        file = fopen(key_path, "we");
    }
    INVARIANT(file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

#endif
