/* Shared by the files that read texts with ${...}. Nobody else includes it. */
#ifndef ONAGER_TEMPLATE_SCAN_H
#define ONAGER_TEMPLATE_SCAN_H

#include "template.h"

struct template_reader {
    struct names *names;
    const char *text; /* all of it: offsets count from here */
    struct template_problem *problem;
};

/* A piece of the text. */
struct template_span {
    const char *begin, *end;
};

struct template_argument {
    struct template_span span; /* without its quotes */
    bool is_quoted;
    uint64_t weight;
    bool is_weighted;
};

/* Fills the problem and returns false. */
bool template_fail(struct template_reader *reader, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Where the expression ends that begins behind "${": its '}', or NULL. */
const char *template_close(const char *begin, const char *end);

/* Splits what stands between parentheses. weights: "TEXT:WEIGHT". Returns the count, or -1 and the problem; *out is owned. */
int template_split(struct template_reader *reader, struct template_span inside, bool weights, struct template_argument **out);

struct template_span template_trim(struct template_span span);

/* Reads arguments that are compiled already into a generator; takes texts in any case. `at` is where each stands. */
bool generator_read(
    struct template_reader *reader, struct plan_generator *generator, const char *begin, struct plan_text *texts,
    const struct template_argument *arguments, size_t count);

/* Whether what it makes is a JSON value without quotes around it. */
bool generator_is_json(const struct plan_generator *generator);

#endif
