/* All mistakes of a plan at once: collected in any order, reported by line. Main thread. */
#ifndef ONAGER_MISTAKES_H
#define ONAGER_MISTAKES_H

#include <stdbool.h>
#include <stddef.h>

#include "onager/error.h"
#include "onager/plan.h"

/* Where something was said. Columns count bytes from 1. */
struct place {
    enum plan_origin origin;
    const char *shown; /* options: "-c", "ONAGER_VUS"; borrowed */
    unsigned line, key_column, column;
};

struct mistake;
struct mistakes {
    const char *file; /* borrowed; NULL for a quick run */
    struct mistake *items;
    size_t count, capacity;
    size_t total;   /* also those that were not kept */
    size_t of_file; /* of them, those the file can be blamed for */
    bool has_plan_mistake;
};

void mistakes_init(struct mistakes *mistakes, const char *file);
void mistakes_release(struct mistakes *mistakes);

/* A mistake of the plan, with file:line:column when `at` is in the file (column 0: the one of `at`); `at` NULL is the
 * file as a whole. Exit code EXIT_PLAN. */
void mistake_at(struct mistakes *mistakes, const struct place *at, unsigned column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A mistake that keeps a valid plan from starting here (a file that cannot be read); EXIT_USAGE unless the plan has mistakes too. */
void mistake_of_start(struct mistakes *mistakes, const struct place *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The command line cannot be read; EXIT_USAGE unless the plan has mistakes too. */
void mistake_of_usage(struct mistakes *mistakes, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* 0 without mistakes; else fills *err, a line each by place, and the count when they are a file's, and returns -1. */
int mistakes_report(struct mistakes *mistakes, struct error *err);

/* `value` for a message: at most 60 bytes, then "...", never a line break. Returns out. */
#define SHOWN_SIZE 72
char *shown_value(char out[SHOWN_SIZE], const char *value);

#endif
