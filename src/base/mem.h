/* Allocation that cannot fail: out of memory aborts with a message. Any thread. Free with free(). */
#ifndef ONAGER_MEM_H
#define ONAGER_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);               /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed; checks the product */
void *mem_resize(void *old, size_t count, size_t size);
char *mem_copy(const char *text);                  /* NULL gives NULL */
char *mem_copy_n(const char *text, size_t length); /* NUL added */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Broken invariant: says where, restores nothing, aborts. Also in release builds. */
#define INVARIANT(condition) ((condition) ? (void)0 : invariant_failed(#condition, __FILE__, __LINE__))
_Noreturn void invariant_failed(const char *condition, const char *file, int line);

#endif
