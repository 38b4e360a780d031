/* The command line and the environment as data. Main thread. What an option does is not known here: it either goes to
 * plan_build() as a struct plan_override or is a field of struct args. */
#ifndef ONAGER_ARGS_H
#define ONAGER_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "config.h"
#include "onager/error.h"
#include "plan_build.h"

enum option_id {
#define OPTION(id, name, letter, kind, to, value, normal, group, brief, help, man) OPTION_ID_##id,
#include "args.def"
    OPTION_ID_COUNT
};

enum option_shape { SHAPE_FLAG, SHAPE_VALUE, SHAPE_LIST, SHAPE_MAYBE, SHAPE_CHOICE };
enum option_target { TO_PLAN, TO_RUN };
enum option_group {
#define GROUP(id, title) GROUP_##id,
#include "args.def"
    GROUP_COUNT
};

struct option_info {
    const char *name;
    char letter; /* 0: none */
    enum option_shape shape;
    enum option_target target;
    const char *value, *normal;
    enum option_group group;
    const char *brief, *help, *man;
};

const struct option_info *option_info(enum option_id id);
const char *option_group_title(enum option_group group);
/* "ONAGER_REQUIRE_VALID"; false for --help and --version, which are questions and not settings. */
bool option_variable(enum option_id id, char *out, size_t size);

enum show_mode { SHOW_AUTO, SHOW_DASHBOARD, SHOW_PROGRESS, SHOW_QUIET };

struct args {
    const char **operands; /* what is no option, in order; borrowed from argv */
    size_t operand_count;
    struct plan_override *overrides; /* config first, then environment, then flags in order */
    size_t override_count;
    enum show_mode show;
    const char *theme, *color, *glyphs; /* NULL: not said */
    const char *summary;                /* "short", "full" or "none"; NULL: short */
    const char *save_plan;              /* file for what really happened, or NULL */
    bool is_once;                       /* one iteration of one VU */
    enum http_debug_level http_debug;
    bool no_socket;
    bool says_yes; /* to the start question */
    bool exit_at_end, wants_help, wants_version;
    struct config config; /* the user's file, as read */
    char **owned;         /* strings made here */
    size_t owned_count;
};

/* Reads the config file, the environment (both the real ones) and argv[1..]. argv must outlive args. notes: lines for stderr, e.g. about a
 * variable that is nearly an option. 0, or -1 and *err (EXIT_USAGE). args_release() in both cases. */
int args_parse(struct args *args, int argc, char **argv, struct buf *notes, struct error *err);
void args_release(struct args *args);

#endif
