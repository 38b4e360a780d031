/* A file whose bytes are the body of requests: opened once, read by every worker at its own place, never kept in memory.
 * Immutable after the open; any thread. */
#ifndef ONAGER_BODY_FILE_H
#define ONAGER_BODY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "onager/error.h"

struct body_file {
    int fd;
    uint64_t length;
    int64_t changed_ns; /* time of its last change, of the wall clock */
};

/* NULL and *err (EXIT_USAGE) when it cannot be opened, or is not what it was when the plan was read: `length` and `changed_ns`. */
struct body_file *body_file_open(const char *path, uint64_t length, int64_t changed_ns, struct error *err);
void body_file_free(struct body_file *file); /* NULL is fine */

/* Whether it is still as it was opened; a system call. */
bool body_file_is_same(const struct body_file *file);
/* As pread(), which never reads less than there is. At the front of the file it is looked at first. 0: the file changed. */
ssize_t body_file_read(const struct body_file *file, char *into, size_t length, uint64_t offset);
/* Why a read gave `result`, 0 or -1 with errno; static. */
const char *body_file_complaint(ssize_t result);

#endif
