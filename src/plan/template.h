/* Texts with ${...}: reading them into struct plan_text, and writing that as a text again.
 *
 *   ${name}  ${data.column}  ${env:NAME}  ${env:NAME:-OTHERWISE}  ${secret:NAME}  ${generator}  ${generator(ARGUMENT, ...)}
 *   ${hex:0D0A} bytes (${hex:}: none)        $${ stands for ${
 *
 * Arguments are texts themselves; one in quotes may hold , ) and blanks at its ends, with \" and \\ for " and \. Length-bounded,
 * nested at most PLAN_TEXT_DEPTH_MAX deep. Main thread. */
#ifndef ONAGER_TEMPLATE_H
#define ONAGER_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "names.h"

/* What a text is for: what is done to values that are put into it. */
enum template_use {
    TEMPLATE_PLAIN,
    TEMPLATE_JSON, /* values inside "..." are escaped */
    TEMPLATE_TARGET,
    TEMPLATE_QUERY, /* of one value */
    TEMPLATE_HEADER,
    TEMPLATE_QUOTED,
};

struct template_problem {
    size_t offset;
    char text[256]; /* lower case, no full stop */
};

/* false: *problem says what is wrong where, and *out owns nothing. out->source is a copy of the text. */
bool template_read(struct plan_text *out, struct names *names, const char *text, enum template_use use, struct template_problem *problem);

/* The text of one that is constant; "" for an empty one. Borrowed; *length may be NULL. */
const char *template_constant(const struct plan_text *text, size_t *length);

/* Adds the text again: reading it for the same use gives the same. */
void template_print(struct buf *out, const struct plan *plan, const struct plan_text *text);
/* The same of bytes without ${...}: what no value of a plan can hold is written as ${hex:...}. */
void template_print_bytes(struct buf *out, const char *bytes, size_t length);

/* Nothing but secrets, and functions of them, varies. */
bool template_is_fixed(const struct plan_text *text);

/* ---- putting texts together ---- */
void template_add_bytes(struct plan_text *to, const char *bytes, size_t length); /* joins the literal at the end */
void template_append(struct plan_text *to, struct plan_text *from);              /* takes its parts and releases it */

/* Adds bytes as a value is put into a text. */
void template_escape(struct buf *out, enum text_escape escape, const char *bytes, size_t length);

#endif
