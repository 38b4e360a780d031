/* A data set from the inside: for the files dataset*.c alone. */
#ifndef ONAGER_DATASET_INTERNAL_H
#define ONAGER_DATASET_INTERNAL_H

#include "dataset.h"

/* 64 rows, or fewer when they are long. */
struct dataset_block {
    uint64_t offset, first_row;
};

struct dataset {
    const struct plan_data *plan;
    int fd;
    struct dataset_block *blocks;
    size_t block_count, block_capacity;
    uint64_t row_count, end_offset;
    size_t *columns; /* CSV: per plan column its index in the file */
    size_t file_columns;
};

/* A row within a piece of the file. */
struct dataset_span {
    size_t begin, end; /* of the row; equal: there is none (a blank line, the bracket of an array) */
    size_t next;       /* where to look on */
    bool is_end;       /* the array ended */
};

/* dataset_format.c: the next row from `at` on. false: the text ends within it, and there is more of the file. */
bool dataset_next(const struct dataset *dataset, const char *text, size_t length, size_t at, bool is_last, struct dataset_span *span);
/* Takes a row apart. -1 and *err (NULL: not wanted): it is none. */
int dataset_parse(const struct dataset *dataset, const char *text, size_t length, struct dataset_row *row, struct error *err);
/* The first row of a CSV with names; finds the columns of the plan. -1 and *err: one is missing. */
int dataset_take_header(struct dataset *dataset, const char *text, size_t length, struct error *err);
int dataset_take_given(struct dataset *dataset, struct error *err);

#endif
