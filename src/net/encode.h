/* Content codings of bodies that are sent. Pure; any thread. */
#ifndef ONAGER_ENCODE_H
#define ONAGER_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "onager/plan_flow.h"

bool encode_is_available(enum body_coding coding); /* this build can */
/* Appends the body in its coding; as it is where this build cannot (the check of the plan refuses that). */
void encode_body(enum body_coding coding, const char *body, size_t length, struct buf *out);

#endif
