/* Shared by the two files of the threshold grammar: the cursor, words and numbers, aggregates, and what stands before the
 * expressions. Nobody else includes it. */
#ifndef ONAGER_THRESHOLD_HEAD_H
#define ONAGER_THRESHOLD_HEAD_H

#include "metric.h"
#include "threshold_expr.h"

#define WORD_MAX 64
#define FILTER_MAX 16

struct threshold_cursor {
    const struct plan *plan; /* NULL: only the built-in metrics */
    const char *text, *at;
    bool is_head;
    struct threshold_problem *problem;
};

struct threshold_choice {
    bool is_set;
    enum threshold_aggregate aggregate;
    double quantile;
};

/* What stands before the expressions. */
struct threshold_head {
    const struct metric_info *metric;
    struct metric_info own; /* what metric points to when it is of the plan */
    uint32_t custom;        /* 1 + index in plan.metrics, or 0 */
    struct threshold_choice choice;
    struct plan_tag filter[FILTER_MAX];
    size_t filter_count;
};

/* Fills the problem and returns false. `at` lies in cursor->text. */
bool threshold_fail(struct threshold_cursor *cursor, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void threshold_skip_blanks(struct threshold_cursor *cursor);
/* A word of letters, digits, '_' and '.'; its length, cut at WORD_MAX, which no known word reaches. */
size_t threshold_read_word(struct threshold_cursor *cursor, char word[WORD_MAX]);
/* A plain decimal number, *text behind it. Correctly rounded with at most 15 digits. */
bool threshold_read_number(const char **text, double *value);
double threshold_hundredth(double percent); /* 99.9 -> 0.999, the nearest double */
/* An aggregate if there is one ("avg", "p95", "p(95)"): choice->is_set. false: something that is none. */
bool threshold_read_aggregate(struct threshold_cursor *cursor, struct threshold_choice *choice);
bool threshold_fits(const struct metric_info *metric, enum threshold_aggregate aggregate);
const char *threshold_fitting(const struct metric_info *metric); /* "count or rate" */
/* METRIC[{...}] or a short form; the cursor stands behind it and the blanks. Release the filter also after false. */
bool threshold_read_head(struct threshold_cursor *cursor, struct threshold_head *head);
void threshold_release_filter(struct plan_tag *filter, size_t count);

#endif
