/* Options of the command line, environment and config as settings of plan keys. Main thread. */
#ifndef ONAGER_OPTIONS_H
#define ONAGER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "document.h"
#include "plan_build.h"

enum option_kind {
    OPTION_KEY,       /* setting.key says which; the rest have no key of a plan file */
    OPTION_THRESHOLD, /* METRIC: EXPRESSION */
    OPTION_OUT,       /* NAME=DEST */
    OPTION_SCENARIO,  /* only this one */
    OPTION_ENV,       /* NAME=VALUE for ${env:NAME} */
    OPTION_REALTIME,
    OPTION_REQUIRE_VALID,
    OPTION_PAUSED,
};

struct option {
    enum option_kind kind;
    const char *name;       /* "vus"; borrowed */
    struct setting setting; /* value owned */
};

struct options {
    struct option *items;
    size_t count;
};

/* Values are not judged yet, but what cannot be split ("-H novalue") is a mistake. */
void options_read(struct options *options, const struct plan_override *overrides, size_t count, struct mistakes *mistakes);
void options_release(struct options *options);

/* "yes", "true", "on", "1" and NULL or "" are yes. false: neither yes nor no. */
bool option_flag(const char *value, bool *is_yes);

#endif
