/* What a word means: metrics, kinds of errors, reasons of a verdict, states, exit codes, keys, keys of a plan, options and
 * commands, each from its table and from nowhere else. Pure. Main thread. */
#ifndef ONAGER_EXPLAIN_H
#define ONAGER_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* One table. Entries are numbered from 0. */
struct explain_topic {
    const char *kind;                           /* "metric": what `onager explain metric NAME` says */
    const char *plural;                         /* heading of the list of words */
    const char *(*name)(size_t index);          /* NULL behind the last; may return one name for several entries */
    bool (*is)(size_t index, const char *word); /* NULL: the name, big and small letters alike */
    void (*add)(struct buf *out, size_t index); /* a heading and indented lines */
};

const struct explain_topic *explain_topic_at(size_t index); /* NULL behind the last */

/* Adds everything `word` means, of one kind or (NULL) of any. Returns how many entries there were. */
size_t explain_word(struct buf *out, const char *kind, const char *word);
/* The nearest word of all tables, or NULL. */
const char *explain_nearest(const char *word);
/* All words, by kind. */
void explain_words(struct buf *out);

#endif
