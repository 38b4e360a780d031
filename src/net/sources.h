/* Local addresses that connections come from, in turn: needed where one address has too few ports. Immutable but for the turn;
 * shared by all workers. */
#ifndef ONAGER_SOURCES_H
#define ONAGER_SOURCES_H

#include <stddef.h>

#include "addresses.h"
#include "onager/error.h"

struct source_list;

/* NULL and no error where the plan names none; NULL and *err (EXIT_USAGE) where one is no address and no interface with one.
 * Returns owned. */
struct source_list *sources_new(const struct plan_network *network, struct error *err);
void sources_free(struct source_list *sources); /* NULL is allowed */
size_t sources_count(const struct source_list *sources);
/* The next one of the family of `to`; the port is chosen when it connects. 0, or -1 and errno. Any thread. */
int sources_bind(struct source_list *sources, int fd, const struct net_address *to);

#endif
