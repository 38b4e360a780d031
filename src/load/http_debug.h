/* Shows every exchange of journeys, for those who write them: the request as it was sent, the answer, and what became of values and
 * checks. Credentials and secrets are redacted. It writes where it is told and waits until that is done: not for measuring. */
#ifndef ONAGER_HTTP_DEBUG_H
#define ONAGER_HTTP_DEBUG_H

#include "flow.h"

struct http_debug {
    struct journey_listener listener; /* first: its callbacks cast back */
    const struct journey_shared *shared;
    bool is_full; /* bodies too */
    int fd;       /* borrowed */
    struct buf text, clean;
};

void http_debug_init(struct http_debug *debug, const struct journey_shared *shared, bool is_full, int fd);
void http_debug_release(struct http_debug *debug);

/* Appends a head with the values of Authorization, cookies and their like replaced; mark stands before every line. Pure. */
void http_debug_head(struct buf *out, const char *head, size_t length, const char *mark);

#endif
