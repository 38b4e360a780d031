/* The authority is read by libcurl, whose idea of a host is the one that counts when it connects; path and query are taken as
 * they stand, so that "/a/../b" and "%7e" reach the server unchanged. */
#include "url.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "mem.h"

static bool no(char *why, size_t why_size, const char *text)
{
    snprintf(why, why_size, "%s", text);
    return false;
}

static bool is_plain(const char *text, char *why, size_t why_size)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f) {
            snprintf(why, why_size, "a URL holds no spaces or control characters (%%20 is a space)");
            return false;
        }
    return true;
}

/* scheme and what follows "://". */
static bool read_scheme(struct url *url, const char *text, const char **authority, char *why, size_t why_size)
{
    static const char *const schemes[] = { "http", "https" };
    const char *mark = strstr(text, "://");

    if (mark == NULL || mark == text)
        return no(why, why_size, "a URL begins with http:// or https://");
    *authority = mark + 3;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if ((size_t)(mark - text) == strlen(schemes[i]) && strncasecmp(text, schemes[i], strlen(schemes[i])) == 0) {
            url->scheme = mem_copy(schemes[i]);
            return true;
        }
    snprintf(
        why, why_size, "unknown scheme \"%.*s\": http:// and https:// are what this build speaks",
        mark - text < 20 ? (int)(mark - text) : 20, text);
    return false;
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

static bool read_host(struct url *url, CURLU *handle, char *why, size_t why_size)
{
    char *host = part(handle, CURLUPART_HOST, 0), *port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    char *zone = part(handle, CURLUPART_ZONEID, 0), *user = part(handle, CURLUPART_USER, CURLU_URLDECODE);
    char *password = part(handle, CURLUPART_PASSWORD, CURLU_URLDECODE);
    size_t length = host != NULL ? strlen(host) : 0;
    unsigned long number = port != NULL ? strtoul(port, NULL, 10) : 0;
    bool is_good = false;

    if (length == 0 || strpbrk(host, " %\\") != NULL)
        no(why, why_size, "there is no valid host in it");
    else if (number == 0 || number > 65535)
        no(why, why_size, "a port lies between 1 and 65535");
    else
        is_good = true;
    for (size_t i = 0; is_good && i < length; i++)
        if ((unsigned char)host[i] <= ' ' || (unsigned char)host[i] >= 0x7f)
            is_good = no(why, why_size, "a host has ASCII letters alone: write international names as xn--...");
    if (is_good) {
        bool is_literal = host[0] == '[' && length > 2;

        url->port = (uint16_t)number;
        url->authority = number == (strcmp(url->scheme, "https") == 0 ? 443 : 80) ? mem_copy(host) : mem_format("%s:%lu", host, number);
        url->host = is_literal ? mem_format("%.*s%s%s", (int)length - 2, host + 1, zone != NULL ? "%" : "", zone != NULL ? zone : "")
                               : mem_copy(host);
    }
    free(host);
    free(port);
    if (is_good && user != NULL)
        url->user = mem_format("%s:%s", user, password != NULL ? password : "");
    free(zone);
    free(user);
    free(password);
    return is_good;
}

/* Path and query as sent. */
static char *read_target(const char *rest)
{
    struct buf target;

    buf_init(&target);
    if (*rest != '/')
        buf_add_char(&target, '/');
    for (; *rest != '\0' && *rest != '#'; rest++) {
        if ((unsigned char)*rest >= 0x80)
            buf_addf(&target, "%%%02X", (unsigned)(unsigned char)*rest);
        else
            buf_add_char(&target, *rest);
    }
    return buf_take(&target);
}

bool url_parse(struct url *url, const char *text, char *why, size_t why_size)
{
    const char *authority, *rest;
    CURLU *handle;
    CURLUcode code;
    char *base;
    bool is_good;

    *url = (struct url){ 0 };
    if (strnlen(text, URL_LENGTH_MAX + 1) > URL_LENGTH_MAX)
        return no(why, why_size, "a URL has at most 16,384 bytes");
    if (!is_plain(text, why, why_size) || !read_scheme(url, text, &authority, why, why_size))
        return false;
    rest = authority + strcspn(authority, "/?#");
    base = mem_format("%s://%.*s/", url->scheme, (int)(rest - authority), authority);
    handle = curl_url();
    INVARIANT(handle != NULL);
    code = curl_url_set(handle, CURLUPART_URL, base, 0);
    is_good = rest != authority && code == CURLUE_OK;
    if (!is_good)
        no(why, why_size, code == CURLUE_BAD_PORT_NUMBER ? "a port lies between 1 and 65535" : "there is no valid host in it");
    is_good = is_good && read_host(url, handle, why, why_size);
    if (is_good) {
        url->target = read_target(rest);
        url->text = mem_format("%s://%s%s", url->scheme, url->authority, url->target);
    } else {
        url_release(url);
    }
    curl_url_cleanup(handle);
    free(base);
    return is_good;
}

void url_release(struct url *url)
{
    free(url->text);
    free(url->scheme);
    free(url->host);
    free(url->authority);
    free(url->target);
    free(url->user);
    *url = (struct url){ 0 };
}
