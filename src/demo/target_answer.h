/* From a request to the demo target's answer: routes, JSON, pages. No sockets and no delays here; the target's thread. */
#ifndef ONAGER_TARGET_ANSWER_H
#define ONAGER_TARGET_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "story.h"
#include "users.h"

#define TARGET_BODY_MAX (1u << 20) /* bytes of a request's body; more is answered 413 */

struct target_header {
    const char *name, *value;
};

struct target_request {
    const char *method, *path; /* path without the query */
    enum target_endpoint endpoint;
    const char *body; /* NUL-terminated; may hold NULs */
    size_t body_length;
    const struct target_header *headers; /* for echo alone, else empty */
    size_t header_count;
    uint64_t id; /* counts requests, from 1 */
    uint64_t wall_ns, uptime_ns;
    uint64_t page, limit; /* of the query; 0: not given */
};

struct target_answer {
    unsigned status;
    char *body; /* owned; NUL-terminated */
    const char *content_type;
    const char *location; /* of a redirect, else NULL; static */
    char *cookie;         /* owned: a Set-Cookie, else NULL */
    const char *allow;    /* of a 405, else NULL; static */
};

/* Which endpoint a method and path mean. HEAD counts as GET. */
enum target_endpoint target_route(const char *method, const char *path);

/* The ordinary answer; STATS is not answered here. */
void target_answer_fill(struct target_answer *answer, const struct target_request *request, struct users *users);
/* The answer of a fault that has a status. */
void target_answer_fault(struct target_answer *answer, enum target_fault fault, uint64_t delay_ns);
void target_answer_release(struct target_answer *answer);

#endif
