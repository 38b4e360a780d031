/* The values of a plan's secrets. They are asked for when a run starts and live outside the plan, so that nothing that prints a
 * plan can print them. One owner; any number of threads may read after secrets_resolve(). */
#ifndef ONAGER_SECRETS_H
#define ONAGER_SECRETS_H

#include <stddef.h>

#include "buf.h"
#include "onager/error.h"
#include "onager/plan.h"

struct secrets {
    struct secret {
        char *value; /* without the line break at the end of a file or of what a command says */
        size_t length;
    } * items; /* one per plan.secrets */
    size_t count;
};

/* Reads the environment and files and runs the commands of a plan, each for at most 30 s. May wait: not on a worker. 0, or -1 and
 * *err (EXIT_USAGE) naming the secret, never its value. */
int secrets_resolve(struct secrets *secrets, const struct plan *plan, struct error *err);
void secrets_release(struct secrets *secrets); /* overwrites them first */

/* Adds `text` with every value of a secret of 4 bytes or more replaced by "[redacted]". */
void secrets_redact(const struct secrets *secrets, struct buf *out, const char *text, size_t length);

#endif
