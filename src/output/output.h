/* Outputs: what is written about a run besides the screen. A kind is a struct output_ops in a file of its own, listed once in
 * output.c. Called by one thread at a time: the main thread opens and closes, the recorder's thread writes. */
#ifndef ONAGER_OUTPUT_H
#define ONAGER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "onager/error.h"
#include "onager/plan.h"
#include "onager/snapshot.h"

struct output;

struct output_ops {
    const char *kind;      /* "json": the word before '=' in --out */
    const char *extension; /* ".json" */
    /* Before the start: 0, or -1 and *err when it is clear already that nothing can be written. */
    int (*open)(struct output *output, struct error *err);
    /* The final snapshot of one run, histograms included. 0, or -1 and *err: data was lost. */
    int (*write_final)(struct output *output, const struct snapshot *snapshot, struct error *err);
    void (*close)(struct output *output);
};

struct output {
    const struct output_ops *ops;
    const char *path; /* as given; "-" is standard output; borrowed from the plan */
    void *state;      /* of the kind */
};

const struct output_ops *output_find(const char *kind); /* NULL: no such kind */

/* All outputs of a plan. */
struct outputs {
    struct output *items;
    size_t count;
};
int outputs_open(struct outputs *outputs, const struct plan *plan, struct error *err); /* EXIT_USAGE; release in both cases */
/* Writes every output, also after one failed. false: at least one lost data; a line for each is added to complaints. */
bool outputs_write_final(struct outputs *outputs, const struct snapshot *snapshot, struct buf *complaints);
void outputs_release(struct outputs *outputs);
bool outputs_use_stdout(const struct outputs *outputs);

/* ---- files, for the kinds ---- */

/* Whether a file of that name could be written now; 0, or -1 and *err (EXIT_USAGE). Leaves nothing behind. */
int output_file_probe(const char *path, struct error *err);
/* Writes a whole file so that readers see the old or the new one, never a part: a temporary file beside it, fsync, rename.
 * Devices and pipes are written to directly; "-" is standard output. 0, or -1 and *err (EXIT_OUTPUT). */
int output_file_write(const char *path, const char *data, size_t length, struct error *err);
/* Name for run `number`: "a/b.json" for 1, "a/b.2.json" for 2. Returns owned. */
char *output_file_name(const char *path, unsigned number);

#endif
