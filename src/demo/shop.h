/* The shop of the demo target, for journeys: a form with a token for each visit, a login, a list, a cart, an order. Everything is
 * checked, so that a client that mixes up sessions, tokens or users is refused. One owner thread. */
#ifndef ONAGER_SHOP_H
#define ONAGER_SHOP_H

#include <stdint.h>

#include "random.h"
#include "target_answer.h"

struct shop;

struct shop *shop_new(uint64_t seed);
void shop_free(struct shop *shop); /* NULL is fine */

/* ENDPOINT_OTHER: not a path of the shop. */
enum target_endpoint shop_route(const char *method, const char *path);
/* cookie: the request's Cookie header or "". */
void shop_answer(struct shop *shop, struct target_answer *answer, const struct target_request *request, const char *cookie);

#endif
