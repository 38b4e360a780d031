/* Filling a struct error. */
#include "onager/error.h"

#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int exit_code, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return -1;
    err->exit_code = exit_code;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return -1;
}

void error_prefix(struct error *err, const char *format, ...)
{
    char old[sizeof err->text];
    va_list args;
    size_t used;

    if (err == NULL)
        return;
    memcpy(old, err->text, sizeof old);
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, "%s", old);
}
