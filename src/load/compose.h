/* A request whose texts vary becomes bytes: the VU's texts are rendered into buffers that stay, then written as net does for
 * constant ones. Any thread; one owner. */
#ifndef ONAGER_COMPOSE_H
#define ONAGER_COMPOSE_H

#include "net.h"
#include "render.h"

struct composed {
    struct net_request request; /* its bytes belong to `bytes` */
    struct plan_request from;   /* the plan's, with every text rendered: what redirects and retries are built from */
    struct plan_header *headers;
    size_t *header_at; /* where the values of those that vary begin in `texts` */
    size_t header_capacity;
    struct buf texts, bytes;
};
void composed_release(struct composed *composed);

/* `prototype` is the plan's request as compose_prototype() built it. NULL, or why it cannot be sent: a fault of the request. */
const char *compose(struct composed *composed, struct renderer *renderer, struct values *values, const struct net_request *prototype);

/* Before the start: what a request has besides its texts; its bytes are not to be sent. Borrows all but `request`. */
void compose_prototype(
    struct net_request *request, const struct plan *plan, const struct plan_request *from, const struct net_variation *variation);
/* Nothing varies, or only by secrets: compose() it once, and it is sent as constant ones are for as long as `composed` lives. */
bool compose_is_fixed(const struct plan_request *from);

#endif
