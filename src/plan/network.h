/* The words of struct plan_network, its printing and its end. Any thread. */
#ifndef ONAGER_NETWORK_H
#define ONAGER_NETWORK_H

#include "buf.h"
#include "onager/plan.h"

extern const char *const address_select_names[3]; /* by enum address_select */
extern const char *const address_policy_names[5]; /* by enum address_policy */
extern const char *const proxy_kind_names[7];     /* by enum proxy_kind; NULL for NONE */

/* The keys of [http], and [dns] as a section; passwords as "***". */
void network_print_http(struct buf *out, const struct plan_network *network);
void network_print_dns(struct buf *out, const struct plan_network *network);
void network_release(struct plan_network *network);

#endif
