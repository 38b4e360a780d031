/* Looking into an answer: the values that a plan takes from it, and the questions that it asks. Worker thread; an answer lives until
 * the VU's next one, and its body is read as JSON at most once. */
#ifndef ONAGER_ANSWER_H
#define ONAGER_ANSWER_H

#include "buf.h"
#include "cookies.h"
#include "onager/plan_flow.h"
#include "regex.h"
#include "render.h"

struct json_t;

struct answer {
    unsigned status; /* 0: there is no answer, then nothing below counts */
    uint64_t duration_ns;
    uint64_t body_bytes;          /* of the decoded body, kept or not */
    const struct buf *body;       /* borrowed; NULL: not kept */
    const struct buf *fields;     /* borrowed: "Name: value" with a NUL behind each; NULL: not kept */
    const struct cookie_jar *jar; /* borrowed; NULL: none */
    struct cookie_place place;
    struct json_t *json; /* owned; NULL: not JSON, or nobody asked yet */
    bool is_parsed;
};
/* Forgets the JSON. */
void answer_release(struct answer *answer);

/* What looking needs: the worker's. */
struct looker {
    struct renderer *renderer;
    struct regex_matcher *matcher; /* NULL where this build knows no expressions */
    struct buf text, operand;      /* scratch */
};
void looker_init(struct looker *looker, struct renderer *renderer);
void looker_release(struct looker *looker);

/* A value: text, valid until the next look. */
struct look_value {
    const char *text;
    size_t length;
};

/* What the look needs of an answer, so that only that is kept. */
bool look_needs_body(const struct plan_look *look);
bool look_needs_fields(const struct plan_look *look);

/* false: it is not there. */
bool look_find(struct looker *looker, struct values *values, const struct plan_look *look, struct answer *answer, struct look_value *value);
/* false: it is not there, or no number. */
bool look_number(struct looker *looker, struct values *values, const struct plan_look *look, struct answer *answer, double *number);
bool test_holds(struct looker *looker, struct values *values, const struct plan_test *test, struct answer *answer);

#endif
