/* Setting one option, and all options from ONAGER_* variables: the part of args.c that does not know getopt. Main thread. */
#ifndef ONAGER_ARGS_ENV_H
#define ONAGER_ARGS_ENV_H

#include "args.h"

/* value: NULL for a flag without one; borrowed until args_release(), as is shown. */
int args_set(struct args *args, enum option_id id, const char *value, enum plan_origin origin, const char *shown, struct error *err);
int args_read_environment(struct args *args, struct buf *notes, struct error *err);

/* All options of the config file, before the environment. 0, or -1 and *err. */
int args_read_config(struct args *args, struct error *err);

#endif
