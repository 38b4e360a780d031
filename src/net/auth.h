/* Authorization that needs no answer first: Basic (RFC 7617) and Bearer (RFC 6750). Pure; any thread. */
#ifndef ONAGER_AUTH_H
#define ONAGER_AUTH_H

#include "buf.h"

/* Appends the header line, "Authorization: Basic ...\r\n", for "NAME:PASSWORD". */
void auth_add_basic(struct buf *out, const char *user);
/* "Proxy-Authorization: Basic ...\r\n" */
void auth_add_proxy(struct buf *out, const char *user);
void auth_add_bearer(struct buf *out, const char *token);

#endif
