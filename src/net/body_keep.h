/* What is kept of a decoded body, for who asked: nothing, its first bytes, all of it, or a file. Bytes are counted in any case.
 * One owner; the loop's thread. Writing to a file may block for as long as the disk does, so it is for debugging and downloads. */
#ifndef ONAGER_BODY_KEEP_H
#define ONAGER_BODY_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum body_keep_kind { KEEP_NONE, KEEP_FIRST, KEEP_ALL, KEEP_FILE };

struct body_keep {
    /* set by the owner */
    enum body_keep_kind kind;
    uint64_t first_bytes; /* KEEP_FIRST */
    int fd;               /* KEEP_FILE: open for writing; borrowed */
    bool wants_fields;    /* of the head: keep them too */
    /* results */
    struct buf bytes;     /* KEEP_FIRST, KEEP_ALL */
    struct buf fields;    /* "Name: value" with a NUL behind each, in order; without those that frame the answer */
    uint64_t total_bytes; /* of the body, kept or not */
    int error;            /* KEEP_FILE: errno of the first write that failed, 0: none */
};

/* Before each answer: forgets the one before. A file is emptied. */
void body_keep_begin(struct body_keep *keep);
void body_keep_field(struct body_keep *keep, const char *name, size_t name_length, const char *value, size_t value_length);
void body_keep_add(struct body_keep *keep, const char *bytes, size_t length);
void body_keep_release(struct body_keep *keep);

#endif
