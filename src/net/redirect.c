/* Redirects: libcurl reads and joins the URLs, as its idea of a host is the one that counts when it connects. */
#include "redirect.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

bool redirect_is_one(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

const char *redirect_method(unsigned status, const char *method, bool *without_body)
{
    bool is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

    *without_body = (status == 303 && !is_read) || ((status == 301 || status == 302) && strcmp(method, "POST") == 0);
    return *without_body ? "GET" : method;
}

static char *part(CURLU *handle, CURLUPart which, unsigned flags)
{
    char *text = NULL, *copy;

    if (curl_url_get(handle, which, &text, flags) != CURLUE_OK)
        return NULL;
    copy = mem_copy(text);
    curl_free(text);
    return copy;
}

static const char *read_host(struct redirect_target *target, CURLU *handle)
{
    char *host = part(handle, CURLUPART_HOST, 0), *zone = part(handle, CURLUPART_ZONEID, 0);
    size_t length = host != NULL ? strlen(host) : 0;
    const char *complaint = NULL;

    if (length == 0 || zone != NULL || strpbrk(host, " %\\/?#@") != NULL)
        complaint = "a Location without a valid host";
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)host[i] <= ' ' || (unsigned char)host[i] >= 0x7f)
            complaint = "a Location without a valid host";
        host[i] = (char)tolower((unsigned char)host[i]);
    }
    if (complaint == NULL)
        target->host = host[0] == '[' && length > 2 ? mem_copy_n(host + 1, length - 2) : mem_copy(host);
    free(host);
    free(zone);
    return complaint;
}

static const char *read_parts(struct redirect_target *target, CURLU *handle)
{
    char *path, *query, *port;
    unsigned long number;
    const char *complaint;
    bool is_v6;

    target->scheme = part(handle, CURLUPART_SCHEME, 0);
    if (target->scheme == NULL || (strcmp(target->scheme, "http") != 0 && strcmp(target->scheme, "https") != 0))
        return "a Location with another scheme than http and https";
    complaint = read_host(target, handle);
    if (complaint != NULL)
        return complaint;
    port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    number = port != NULL ? strtoul(port, NULL, 10) : 0;
    free(port);
    if (number == 0 || number > 65535)
        return "a Location with a port that is none";
    target->port = (uint16_t)number;
    path = part(handle, CURLUPART_PATH, 0);
    query = part(handle, CURLUPART_QUERY, 0);
    target->target = mem_format(
        "%s%s%s%s", path == NULL || path[0] != '/' ? "/" : "", path != NULL ? path : "", query != NULL ? "?" : "",
        query != NULL ? query : "");
    free(path);
    free(query);
    for (const char *p = target->target; *p != '\0'; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
            return "a Location with bytes that no URL has";
    is_v6 = strchr(target->host, ':') != NULL;
    target->text =
        mem_format("%s://%s%s%s:%u%s", target->scheme, is_v6 ? "[" : "", target->host, is_v6 ? "]" : "", target->port, target->target);
    return NULL;
}

const char *redirect_resolve(struct redirect_target *target, const char *base, const char *location, size_t length)
{
    const char *complaint = NULL;
    char *text;
    CURLU *handle;

    *target = (struct redirect_target){ 0 };
    if (length > REDIRECT_LOCATION_MAX)
        return "a Location of more than 16,384 bytes";
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)location[i] < ' ' || location[i] == 0x7f)
            return "a Location with control characters";
    for (size_t i = 0; i < length; i++)
        if (location[i] == '#') /* libcurl joins a lone fragment wrongly, and it is not sent anyway */
            length = i;
    text = mem_copy_n(location, length);
    handle = curl_url();
    INVARIANT(handle != NULL);
    if (curl_url_set(handle, CURLUPART_URL, base, CURLU_PATH_AS_IS) != CURLUE_OK)
        complaint = "a redirect from a URL that cannot be read";
    else if (
        length > 0 &&
        curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE) != CURLUE_OK)
        complaint = "a Location that is no URL";
    else
        complaint = read_parts(target, handle);
    if (complaint != NULL)
        redirect_target_release(target);
    curl_url_cleanup(handle);
    free(text);
    return complaint;
}

void redirect_target_release(struct redirect_target *target)
{
    free(target->scheme);
    free(target->host);
    free(target->target);
    free(target->text);
    *target = (struct redirect_target){ 0 };
}
