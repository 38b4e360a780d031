/* What a plan asks of an answer: the grammar of extracts, checks, conditions and metrics. Main thread.
 *
 *   LOOK   json PATH | header NAME | regex PATTERN [group N] | cookie NAME | form FIELD | body | size | duration | status | ${...}
 *   TEST   LOOK [OPERATOR] VALUE, LOOK exists, LOOK absent; status 200, 2xx, 300-399
 *
 * Words with blanks stand in "..." (\" and \\ are " and \, other backslashes stay) or '...'. */
#ifndef ONAGER_LOOK_H
#define ONAGER_LOOK_H

#include "names.h"
#include "onager/plan.h"
#include "template.h"

struct look_reader {
    struct names *names;
    const char *text, *at;
    struct template_problem *problem;
};

/* Fills the problem and returns false. */
bool look_fail(struct look_reader *reader, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void look_skip(struct look_reader *reader); /* blanks */
/* Takes the word when it stands there, alone. */
bool look_take(struct look_reader *reader, const char *word);
/* A word, or what stands in quotes; "" at the end. Owned; NULL and the problem when quotes do not end. */
char *look_word(struct look_reader *reader, bool *is_quoted);
/* All the rest without blanks at its ends; quotes around all of it are taken off. */
char *look_rest(struct look_reader *reader, bool *is_quoted);
bool look_at_end(struct look_reader *reader); /* false and the problem: something is left */

/* One LOOK. hint: the name of a check, which may stand for its subject ("status = 200"), or NULL. Release in any case. */
bool look_read(struct look_reader *reader, struct plan_look *look, const char *hint);
/* A TEST up to the end of the text. Release in any case. */
bool test_read(struct look_reader *reader, struct plan_test *test, const char *hint);

/* Adds them as text again. */
void look_print(struct buf *out, const struct plan *plan, const struct plan_look *look);
void test_print(struct buf *out, const struct plan *plan, const struct plan_test *test);
void look_print_quoted(struct buf *out, const char *text);
void look_print_text(struct buf *out, const struct plan *plan, const struct plan_text *text); /* in quotes */

#endif
