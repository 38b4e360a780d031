/* The progress line: a snapshot as one line of text. Pure but for progress_columns(). Main thread. */
#ifndef ONAGER_PROGRESS_H
#define ONAGER_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "onager/snapshot.h"

/* For a terminal: as much as fits in `columns`, nothing behind it. */
void progress_line(struct buf *out, const struct snapshot *snapshot, size_t columns, bool utf8);
/* Without a terminal: words and key=value pairs, ASCII, one line; with the end's values when the snapshot is final. */
void progress_record(struct buf *out, const struct snapshot *snapshot);

#endif
