/* What [http] says of TLS, and whether its files are what they should be: a certificate that cannot be read is said before
 * the start and not by every connection. Main thread. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "mem.h"

/* A mistake about a file: the plan as such is valid, so it is one of the start. */
#define bad_file(build, setting, ...) mistake_of_file(build, setting, mem_format(__VA_ARGS__))

static void mistake_of_file(struct build *build, const struct setting *setting, char *text)
{
    bool is_of_plan = setting->place.origin == ORIGIN_PLAN;

    mistake_of_start(&build->mistakes, &setting->place, "%s: %s", is_of_plan ? key_info(setting->key)->name : setting->place.shown, text);
    free(text);
}

static int no_pass_phrase(char *out, int size, int is_writing, void *has_asked)
{
    *(bool *)has_asked = true;
    return -1;
}

/* A PEM file to read, or NULL and said why not. */
static FILE *open_file(struct build *build, const struct setting *setting, const char *path)
{
    FILE *file = fopen(path, "re");
    struct stat status;

    if (file != NULL && fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode))
        return file;
    if (file == NULL)
        bad_file(build, setting, "cannot read \"%.100s\": %m", path);
    else
        bad_file(build, setting, "\"%.100s\" is not a file", path);
    if (file != NULL)
        fclose(file);
    return NULL;
}

/* The first certificate of the file, or NULL and said why not. Returns owned. */
static X509 *read_certificate(struct build *build, const struct setting *setting, const char *path)
{
    FILE *file = open_file(build, setting, path);
    X509 *certificate = NULL;

    if (file != NULL) {
        certificate = PEM_read_X509(file, NULL, NULL, NULL);
        fclose(file);
        if (certificate == NULL)
            bad_file(build, setting, "there is no certificate in \"%.100s\" (PEM is what is read)", path);
    }
    return certificate;
}

static EVP_PKEY *read_key(struct build *build, const struct setting *setting, const char *path)
{
    FILE *file = open_file(build, setting, path);
    EVP_PKEY *key = NULL;
    bool has_asked = false;

    if (file != NULL) {
        key = PEM_read_PrivateKey(file, NULL, no_pass_phrase, &has_asked);
        fclose(file);
        if (has_asked)
            bad_file(build, setting, "the key in \"%.100s\" wants a pass phrase: take it off with openssl pkey", path);
        else if (key == NULL)
            bad_file(build, setting, "there is no key in \"%.100s\" (PEM is what is read)", path);
    }
    return key;
}

static void check_certificate(struct build *build, const struct section *http, const struct plan_tls *tls)
{
    const struct setting *cert = value_find(build, http, KEY_HTTP_CERT_FILE), *key = value_find(build, http, KEY_HTTP_KEY_FILE);
    X509 *certificate;
    EVP_PKEY *private;

    if (cert == NULL) {
        if (key != NULL)
            value_mistake_about(build, key, "there is no certificate it belongs to: cert_file or --cert names it");
        return;
    }
    certificate = read_certificate(build, cert, tls->cert_file);
    private = key != NULL ? read_key(build, key, tls->key_file) : certificate != NULL ? read_key(build, cert, tls->cert_file) : NULL;
    if (certificate != NULL && private != NULL && X509_check_private_key(certificate, private) != 1)
        bad_file(
            build, key != NULL ? key : cert, "the key in \"%.100s\" is not that of \"%.100s\"",
            key != NULL ? tls->key_file : tls->cert_file, tls->cert_file);
    X509_free(certificate);
    EVP_PKEY_free(private);
}

static void check_authorities(struct build *build, const struct section *http, const struct plan_tls *tls)
{
    struct stat status;

    if (tls->ca_file != NULL)
        X509_free(read_certificate(build, value_find(build, http, KEY_HTTP_CA_FILE), tls->ca_file));
    if (tls->ca_path == NULL)
        return;
    if (stat(tls->ca_path, &status) != 0 || access(tls->ca_path, R_OK | X_OK) != 0)
        bad_file(build, value_find(build, http, KEY_HTTP_CA_PATH), "cannot read \"%.100s\": %m", tls->ca_path);
    else if (!S_ISDIR(status.st_mode))
        bad_file(build, value_find(build, http, KEY_HTTP_CA_PATH), "\"%.100s\" is not a directory; ca_file takes a file", tls->ca_path);
}

static char *file_of(struct build *build, const struct section *http, enum plan_key_id key)
{
    const struct setting *setting = value_find(build, http, key);

    return setting != NULL ? value_path(build, setting, setting->value) : NULL;
}

static enum tls_version version_of(struct build *build, const struct section *http, enum plan_key_id key)
{
    size_t choice;

    return value_choice(build, http, key, tls_version_names + 1, 4, &choice) ? (enum tls_version)(choice + 1) : TLS_VERSION_ANY;
}

void build_tls(struct build *build)
{
    const struct section *http = document_find(&build->document, SECTION_HTTP, NULL);
    struct plan_tls *tls = &build->plan->tls;

    value_flag(build, http, KEY_HTTP_INSECURE, &tls->insecure);
    value_flag(build, http, KEY_HTTP_TLS_RESUMPTION, &tls->resumption);
    value_flag(build, http, KEY_HTTP_KTLS, &tls->ktls);
    tls->ca_file = file_of(build, http, KEY_HTTP_CA_FILE);
    tls->ca_path = file_of(build, http, KEY_HTTP_CA_PATH);
    tls->cert_file = file_of(build, http, KEY_HTTP_CERT_FILE);
    tls->key_file = file_of(build, http, KEY_HTTP_KEY_FILE);
    tls->server_name = value_text(build, http, KEY_HTTP_SERVER_NAME);
    tls->ciphers = value_text(build, http, KEY_HTTP_TLS_CIPHERS);
    tls->minimum = version_of(build, http, KEY_HTTP_TLS_MIN);
    tls->maximum = version_of(build, http, KEY_HTTP_TLS_MAX);
    if (tls->minimum != TLS_VERSION_ANY && tls->maximum != TLS_VERSION_ANY && tls->minimum > tls->maximum)
        value_mistake_about(
            build, value_find(build, http, KEY_HTTP_TLS_MAX), "below the lowest version, %s", tls_version_names[tls->minimum]);
    if (tls->server_name != NULL && (tls->server_name[0] == '\0' || strlen(tls->server_name) > 253))
        value_mistake(build, value_find(build, http, KEY_HTTP_SERVER_NAME));
    check_authorities(build, http, tls);
    check_certificate(build, http, tls);
    ERR_clear_error();
}
