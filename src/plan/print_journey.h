/* Parts of a plan's text that are about journeys. Shared by print.c and its helpers. */
#ifndef ONAGER_PRINT_JOURNEY_H
#define ONAGER_PRINT_JOURNEY_H

#include "buf.h"
#include "onager/plan.h"
#include "print.h"

/* "key = value" whatever bytes the value has; read as a text with ${...} it is the same again. */
void print_bytes(struct buf *out, const char *key, const char *name, const char *bytes, size_t length);
void print_plan_text(struct buf *out, const struct plan *plan, const char *key, const char *name, const struct plan_text *text);

/* A path as the text has it: the name alone, or the whole path. Owned. */
char *print_path(const char *path, enum print_mode mode);
void print_names(struct buf *out, const struct plan *plan, enum print_mode mode); /* [variables], [secrets], [data NAME] */
/* The origin of requests whose whole target is a value; NULL: there is none. Owned. */
char *print_base_url(const struct plan *plan);
void print_sent(
    struct buf *out, const struct plan *plan, const struct plan_request *request, enum print_mode mode); /* url, headers, body */
void print_answers(struct buf *out, const struct plan *plan, const struct plan_request *request);        /* extracts, checks, metrics */
void print_flows(struct buf *out, const struct plan *plan); /* [flow NAME], [setup], [teardown] */
void print_hooks(struct buf *out, const struct plan *plan);

#endif
