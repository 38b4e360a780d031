/* What this program is made of: libraries that tell their version do so as they are loaded, the others as they were when it was
 * built. Stands here and not beside the version because base sees no library. Any thread. */
#include "onager/version.h"

#include <curl/curl.h>
#include <ev.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>

static char features[512];

/* What the transport curl depends on. */
static const char *has(const curl_version_info_data *curl, int feature, const char *word)
{
    return (curl->features & feature) != 0 ? word : "";
}

static void collect(void)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    snprintf(
        features, sizeof(features),
        "libcurl %s%s%s%s\nopenssl %s\nlibev %d.%d\nck " CK_VERSION "\ninih " INIH_VERSION "\nlibmicrohttpd " MHD_VERSION_BUILT
        "\njansson " JANSSON_VERSION_BUILT "\ndashboard " UI_VERSION "%s%s",
        curl->version, has(curl, CURL_VERSION_NTLM, " ntlm"), has(curl, CURL_VERSION_SPNEGO, " negotiate"),
        has(curl, CURL_VERSION_HTTP3, " http3"), OpenSSL_version(OPENSSL_VERSION_STRING), ev_version_major(), ev_version_minor(),
        ONAGER_SANITIZE[0] ? "\nbuilt with" : "", ONAGER_SANITIZE);
}

const char *onager_features(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, collect);
    return features;
}
