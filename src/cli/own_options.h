/* Options that belong to one command (own_option.def), taken out of its words before those of a run are read. Main thread. */
#ifndef ONAGER_OWN_OPTIONS_H
#define ONAGER_OWN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/error.h"

enum own_option {
#define OWN_OPTION(id, command, name, value, normal, help) OWN_##id,
#include "own_option.def"
#undef OWN_OPTION
    OWN_OPTION_COUNT
};

struct own_option_info {
    const char *command, *name, *value, *normal, *help;
};
const struct own_option_info *own_option_info(enum own_option id);

struct own_options {
    struct {
        enum own_option id;
        const char *value; /* borrowed from argv; "" of a flag */
    } * items;
    size_t count;
};

/* Moves the options of command argv[0] out of argv, whose *argc shrinks: "--name VALUE" or "--name=VALUE". 0, or -1 and *err
 * (EXIT_USAGE). own_options_release() in both cases. */
int own_options_take(struct own_options *own, int *argc, char **argv, struct error *err);
void own_options_release(struct own_options *own);

/* What was said last; NULL: nothing. */
const char *own_option_value(const struct own_options *own, enum own_option id);

/* Values by kind: what was said, else the number given here. false: *err says what is wrong (EXIT_USAGE). */
bool own_option_count(const struct own_options *own, enum own_option id, uint64_t normal, uint64_t *count, struct error *err); /* above 0 */
bool own_option_duration(const struct own_options *own, enum own_option id, uint64_t normal, uint64_t *ns, struct error *err); /* above 0 */
/* Index of the word in the option's "a|b|c"; 0 when nothing was said. */
bool own_option_choice(const struct own_options *own, enum own_option id, size_t *choice, struct error *err);

#endif
