/* Where a redirect leads and with which method: RFC 9110 15.4 and 10.2.2, RFC 3986 5. Pure; any thread. */
#ifndef ONAGER_REDIRECT_H
#define ONAGER_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redirect_target {
    char *scheme, *host; /* "http" or "https"; host in lower case, without brackets */
    char *target;        /* path and query */
    char *text;          /* the whole URL without user and fragment */
    uint16_t port;
};

#define REDIRECT_LOCATION_MAX 16384

/* Whether an answer with this status and a Location is a redirect that can be followed. */
bool redirect_is_one(unsigned status);
/* The method of the next request; *without_body when it becomes another kind of request. Borrowed from `method` or static. */
const char *redirect_method(unsigned status, const char *method, bool *without_body);

/* A Location as the server sent it (any bytes), relative to the URL it was asked for. NULL, or what is wrong with it (static
 * text), and then nothing is owned. */
const char *redirect_resolve(struct redirect_target *target, const char *base, const char *location, size_t length);
void redirect_target_release(struct redirect_target *target);

#endif
