/* What an operation needs beyond one exchange when its request has rules: private to the HTTP client. It is made at the first
 * use and stays with the operation. Owner: the loop's thread. */
#ifndef ONAGER_FOLLOW_H
#define ONAGER_FOLLOW_H

#include "buf.h"
#include "decode.h"
#include "http_client.h"
#include "redirect.h"
#include "wheel.h"

struct follow {
    struct answer_sink sink; /* first: its callbacks cast */
    struct operation *operation;
    /* the request that is under way, when it is not the plan's own */
    struct net_request request;
    bool has_request;
    const char *method;        /* of it */
    bool is_without_body;      /* since a redirect made it a GET */
    struct redirect_target at; /* where the last redirect led; text is NULL before the first */
    unsigned hops;             /* redirects followed so far */
    uint64_t *seen;            /* hashes of method and URL, one per exchange and hop */
    size_t seen_capacity;
    unsigned retries;        /* so far */
    struct wheel_entry wait; /* until the next one */
    bool is_waiting;
    /* of the answer */
    bool has_location;
    struct buf location;
    struct buf coding;       /* values of Content-Encoding */
    struct decoder *decoder; /* NULL: nothing to undo, or no body yet */
    bool has_body;
    struct buf cookies; /* of the request that is under way */
    char complaint[96]; /* detail of a fault found here */
};

/* Before each exchange: forgets the answer before. */
void follow_reset(struct follow *follow);
/* The answer is complete. True: the operation's exchange holds the next request. False: that was the last one; the exchange
 * may have become a fault. */
bool follow_answer(struct operation *operation);
/* The last exchange failed: whether its request is to be sent again, and after which wait. */
bool follow_retries(struct operation *operation, uint64_t *wait_ns);
void follow_free(struct follow *follow);

/* http_client.c: the origin of a redirect, known or made; NULL when there are too many. */
const struct origin *http_group_origin(struct http_group *group, const struct redirect_target *target);

#endif
