/* URLs of requests: strict, exact (what stands behind the host is sent as written), never looked up. Any thread. */
#ifndef ONAGER_URL_H
#define ONAGER_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct url {
    char *text;          /* as shown to people: without "#...", default port left out */
    char *scheme, *host; /* host without brackets */
    char *authority;     /* host and, unless it is the default, port; with brackets */
    char *target;        /* path and query, begins with '/'; bytes outside ASCII percent-encoded */
    uint16_t port;
    char *user; /* "NAME:PASSWORD" of a URL that has one, decoded, or NULL; secret, and in none of the texts above */
};

#define URL_LENGTH_MAX 16384

/* false: *why says what is wrong (lower case, no full stop) and nothing is owned. */
bool url_parse(struct url *url, const char *text, char *why, size_t why_size);
void url_release(struct url *url);

#endif
