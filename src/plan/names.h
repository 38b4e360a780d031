/* The names that ${...} may use: variables, data columns, secrets, the environment. Main thread. */
#ifndef ONAGER_NAMES_H
#define ONAGER_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nearest.h"
#include "onager/plan.h"

/* A name with a value that does not change in a run: it becomes part of the literals. */
struct named_text {
    char *name;
    char *value;
};

/* Columns of a data set as far as they are known before it is used. */
struct known_columns {
    char **names;
    size_t count;
    bool is_complete; /* others do not exist */
};

struct names {
    struct plan *plan; /* its variables, data and secrets; columns and secrets that are used are added there */
    struct named_text *constants;
    size_t constant_count;
    struct named_text *environment; /* of -e; before that of the process */
    size_t environment_count;
    struct known_columns *columns; /* one per plan.data */
    size_t column_count;
};

void names_release(struct names *names);

/* Letters, digits, '_' and '-', not a digit first, at most 60. */
bool name_is_good(const char *name);
bool name_is_reserved(const char *name); /* of a generator, or vu, iteration, scenario */

void names_add_constant(struct names *names, const char *name, const char *value);
const char *names_constant(const struct names *names, const char *name);    /* NULL: none */
const char *names_environment(const struct names *names, const char *name); /* NULL: not set */
uint32_t names_variable(const struct names *names, const char *name);       /* its slot, or PLAN_NONE */
/* The slot of a new or known variable. */
uint32_t names_add_variable(struct names *names, const char *name);
uint32_t names_data(const struct names *names, const char *name); /* index of the data set, or PLAN_NONE */
/* The column of a data set, PLAN_NONE when it is known to have no such. */
uint32_t names_column(struct names *names, uint32_t data, const char *column);
uint32_t names_secret(struct names *names, const char *name); /* one that is not declared is the environment's */
/* Tries every name that could be meant. */
void names_try(const struct names *names, struct nearest *nearest);

#endif
