/* Regular expressions of plans (PCRE2), bounded: a pattern that backtracks without end gives up. Compiled once, before the
 * start; a compiled one is immutable and shared by all threads, each of which has a matcher of its own. */
#ifndef ONAGER_REGEX_H
#define ONAGER_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "onager/error.h"

struct regex;         /* a pattern */
struct regex_matcher; /* what matching needs: one per thread, for any pattern */

struct regex_span {
    const char *text; /* into the subject */
    size_t length;
};

bool regex_is_available(void); /* this build has PCRE2 */
/* NULL and *err: what is wrong with it and where, or that this build knows none. */
struct regex *regex_new(const char *pattern, struct error *err);
void regex_free(struct regex *regex); /* NULL is fine */
unsigned regex_group_count(const struct regex *regex);

struct regex_matcher *regex_matcher_new(void);
void regex_matcher_free(struct regex_matcher *matcher); /* NULL is fine */

/* The first match in a subject of any bytes: *span is its group, 0 for all of it. false: no match, not of that group, or it cost
 * more than a match may. */
bool regex_find(
    const struct regex *regex, struct regex_matcher *matcher, const char *subject, size_t length, unsigned group, struct regex_span *span);

#endif
