/* Rows of a file (CSV, JSON, JSON lines) for the iterations of a run. The file stays on the disk: what is kept is where every 64th
 * row begins, so a million rows take a quarter of a megabyte. A data set is opened before the start and immutable from there on; all
 * workers share it and one cursor, each has a reader of its own. */
#ifndef ONAGER_DATASET_H
#define ONAGER_DATASET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "csv.h"
#include "onager/error.h"
#include "onager/plan_flow.h"
#include "random.h"

#define DATASET_ROW_MAX (1U << 20) /* bytes of one row */

struct dataset;

/* Reads all of the file once: every row must be one. Borrows plan. NULL and *err (EXIT_PLAN): "users.csv:17: ...". May wait. */
struct dataset *dataset_open(const struct plan_data *plan, struct error *err);
void dataset_free(struct dataset *dataset); /* NULL is fine */
uint64_t dataset_row_count(const struct dataset *dataset);

/* What the workers of a process share of a run. Zeroed: nothing was handed out. Relaxed: only that no two get the same counts. */
struct dataset_cursor {
    _Alignas(64) atomic_uint_fast64_t next;
    atomic_bool is_used_up; /* UNIQUE: somebody wanted one more */
};

/* Who asks. */
struct dataset_caller {
    struct random *random;
    uint64_t seed; /* of the plan */
    uint64_t vu;   /* number, from 1 */
};

/* The next row for an iteration; false: UNIQUE, and there is none left. */
bool dataset_draw(const struct dataset *dataset, struct dataset_cursor *cursor, const struct dataset_caller *caller, uint64_t *row);

/* A worker's window on the file. */
struct dataset_reader {
    const struct dataset *dataset;
    struct buf window;
    size_t block; /* whose bytes are in the window; SIZE_MAX: none */
};
void dataset_reader_init(struct dataset_reader *reader, const struct dataset *dataset);
void dataset_reader_release(struct dataset_reader *reader);

/* The values of a row: one per column that the plan uses. */
struct dataset_row {
    struct buf values;
    struct csv_field *fields; /* plan_data.column_count */
};
/* Fills row, whose fields are the caller's array. A row that the file has no more is one of empty values. */
void dataset_read(struct dataset_reader *reader, uint64_t number, struct dataset_row *row);

#endif
