/* The summary at the end of a run, 80 columns wide, from the final snapshot. Pure. Main thread. */
#ifndef ONAGER_SUMMARY_H
#define ONAGER_SUMMARY_H

#include <stdbool.h>

#include "buf.h"
#include "onager/snapshot.h"

void summary_text(struct buf *out, const struct snapshot *snapshot, bool utf8);
/* The same with everything that explains it: distribution, errors with their times, events, books, cost. */
void summary_full_text(struct buf *out, const struct snapshot *snapshot, bool utf8);

/* Why every request failed, and what to look at first: two lines for say(). false and nothing added when one did not. */
bool summary_failure(struct buf *out, const struct snapshot *snapshot);

/* ---- parts, each a block of lines or nothing ---- */

#define SUMMARY_COLUMNS 80
void summary_title(struct buf *out, const struct snapshot *snapshot, bool utf8);
const char *summary_advice(const struct snapshot *snapshot, enum verdict_code code); /* what to do about it */
double summary_busiest_worker(const struct snapshot *snapshot);                      /* share of one core over the whole run, 0..1 */
void summary_thresholds(struct buf *out, const struct snapshot *snapshot, bool utf8);
/* with_response: the line of response times below the table. */
void summary_requests(struct buf *out, const struct snapshot *snapshot, bool with_response, bool utf8);

/* Hosts with several addresses: how the connections were spread; only_failed: only where one of them failed. */
void summary_addresses(struct buf *out, const struct snapshot *snapshot, bool only_failed, int indent, bool utf8);

/* The checks that failed most; groups and metrics of the plan's own. */
void summary_failed_checks(struct buf *out, const struct snapshot *snapshot, bool utf8);
void summary_metrics(struct buf *out, const struct snapshot *snapshot, bool utf8);

/* `text` sanitized, padded with blanks to `columns` (negative: to the right edge), cut when longer. */
void summary_cell(struct buf *out, const char *text, int columns, bool utf8);
/* A label of `indent` columns and text behind it, wrapped between words and indented. */
void summary_block(struct buf *out, const char *label, const char *text, int indent, bool utf8);
/* A label of ten columns and text behind it, wrapped between words and indented. */
void summary_paragraph(struct buf *out, const char *label, const char *text, bool utf8);

#endif
