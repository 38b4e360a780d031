/* What a search found, for people and for programs. Pure. */
#ifndef ONAGER_FIND_REPORT_H
#define ONAGER_FIND_REPORT_H

#include "buf.h"
#include "find_step.h"

struct find_report {
    const char *target;
    const struct plan_threshold *slo; /* all must hold */
    size_t slo_count;
    const struct find *find; /* over */
    const struct find_step *steps;
    size_t step_count;
};

/* The line of one step, as soon as it is over. */
void find_step_text(struct buf *out, const struct find_step *step, bool utf8);
void find_report_text(struct buf *out, const struct find_report *report, bool utf8);
void find_report_csv(struct buf *out, const struct find_report *report);
void find_report_json(struct buf *out, const struct find_report *report);
/* 0 with a rate that is sustained; 1 without; 4 stopped; 8 when the generator was the limit from the begin. */
int find_exit_code(enum find_outcome outcome);

#endif
