/* What the model remembers between frames; for model*.c alone. */
#ifndef UI_MODEL_CACHE_H
#define UI_MODEL_CACHE_H

#include "model.h"

#define BYTE_NOTES 64
#define CACHED_COLUMNS 1024

struct byte_note {
    uint64_t at_ns, sent, received;
};

struct cached_column {
    unsigned seconds; /* 0: empty */
    uint64_t index;
    struct column column;
};

struct model_cache {
    size_t scanned; /* records already in peaks and totals */
    struct byte_note bytes[BYTE_NOTES];
    size_t byte_next;
    struct cached_column columns[CACHED_COLUMNS];
};

#endif
