/* Errors of set-up: one message for one person. Failures of requests are data (fault.h), never these.
 * Any thread; a struct error belongs to its caller. */
#ifndef ONAGER_ERROR_H
#define ONAGER_ERROR_H

#include <stdarg.h>

/* Exit codes of the program and the class of an error; the words are in exit_code.def. */
enum exit_code {
#define EXIT_CODE(id, number, help) EXIT_##id = (number),
#include "onager/exit_code.def"
#undef EXIT_CODE
};

struct error {
    int exit_code;   /* EXIT_USAGE, EXIT_PLAN, ...; 0 while no error was set */
    char text[2048]; /* lower case, no full stop, names the thing, the place and the way out; may hold several lines */
};

/* Fills *err (NULL is allowed and ignored) and returns -1, so that `return error_set(...)` reads well.
 * The text is sanitized for a terminal by whoever prints it, not here. */
int error_set(struct error *err, int exit_code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts `prefix` in front of a text that is already there, e.g. "plan.ini:12:3: ". */
void error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
