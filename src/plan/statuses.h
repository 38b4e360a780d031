/* Sets of HTTP statuses as text: "200-399, 404". Any thread; pure. */
#ifndef ONAGER_STATUSES_H
#define ONAGER_STATUSES_H

#include <stdbool.h>

#include "buf.h"
#include "onager/plan.h"

/* Adds the status or the range "404", "500 - 599" in `length` bytes of text; false: it is none. Statuses are 100 to 999. */
bool statuses_add(uint64_t statuses[PLAN_STATUS_WORDS], const char *text, size_t length);
/* The whole list; empty ones are none. */
bool statuses_parse(uint64_t statuses[PLAN_STATUS_WORDS], const char *text);
void statuses_print(struct buf *out, const uint64_t statuses[PLAN_STATUS_WORDS]);

#endif
