/* Allocation that cannot fail, and the check of invariants. */
#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
    fputs("onager: out of memory\n", stderr);
    abort();
}

void *mem_array(size_t count, size_t size)
{
    void *p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        out_of_memory();
    return p;
}

void *mem_alloc(size_t size)
{
    return mem_array(1, size);
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *p;

    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory();
    p = realloc(old, count * size > 0 ? count * size : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

char *mem_copy_n(const char *text, size_t length)
{
    char *p = mem_array(length + 1, 1);

    memcpy(p, text, length);
    return p;
}

char *mem_copy(const char *text)
{
    return text == NULL ? NULL : mem_copy_n(text, strlen(text));
}

char *mem_format(const char *format, ...)
{
    va_list args;
    char *p;
    int length;

    va_start(args, format);
    length = vasprintf(&p, format, args);
    va_end(args);
    if (length < 0)
        out_of_memory();
    return p;
}

_Noreturn void invariant_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "onager: broken invariant at %s:%d: %s\n", file, line, condition);
    abort();
}
