/* A byte buffer that grows. Always NUL-terminated after `length` bytes once something was added, may hold NULs.
 * One owner; any thread. Out of memory aborts. */
#ifndef ONAGER_BUF_H
#define ONAGER_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data; /* NULL while nothing was added */
    size_t length, capacity;
};

void buf_init(struct buf *buf);
void buf_release(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps the memory */
char *buf_take(struct buf *buf); /* returns owned, "" when empty; buf is empty then */
void buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *bytes, size_t length);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
