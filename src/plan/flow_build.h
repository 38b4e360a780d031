/* Shared by the files that turn steps into a program. Nobody else includes it. */
#ifndef ONAGER_FLOW_BUILD_H
#define ONAGER_FLOW_BUILD_H

#include "build.h"

#define FLOW_BLOCKS_MAX 32
#define FLOW_STEPS_MAX 10000
#define FLOW_CALLS_MAX 16
#define FLOW_PARALLEL_MAX 100

enum block_kind { BLOCK_GROUP, BLOCK_REPEAT, BLOCK_WHILE, BLOCK_IF, BLOCK_ELSE, BLOCK_PARALLEL };

struct flow_block {
    enum block_kind kind;
    uint32_t step;    /* that began it */
    uint32_t if_step; /* ELSE: the IF before it */
    uint32_t group;   /* outside of it */
};

struct flow_build {
    struct build *build;
    struct plan_flow *flow;
    const struct setting *setting;               /* the step that is read */
    const char *text;                            /* its value */
    const struct section *calls[FLOW_CALLS_MAX]; /* flows that are being read, the outermost first */
    size_t call_count;
    struct flow_block blocks[FLOW_BLOCKS_MAX];
    size_t block_count;
    uint32_t group, group_depth, loop_depth;
    bool is_bad; /* a mistake was said */
};

/* A mistake at a place of the step's text. */
void flow_mistake(struct flow_build *f, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- flow_step.c ---- */
struct plan_step *flow_add(struct flow_build *f, enum step_kind kind); /* valid until the next one */
void flow_request(struct flow_build *f, const char *at, const char *name);
void flow_think(struct flow_build *f, const char *at, const char *text);
/* "group NAME", "repeat N", ...: what stands before a '{'. */
void flow_open(struct flow_build *f, const char *at, const char *head);
/* A '}'. true: "else" may follow. */
bool flow_close(struct flow_build *f, const char *at);
void flow_else(struct flow_build *f, const char *at);

/* ---- flow_print.c ---- */
void flow_print(struct buf *out, const struct plan *plan, const struct plan_flow *flow);

#endif
