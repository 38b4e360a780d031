/* The commands of the program (commands.def). Main thread. */
#ifndef ONAGER_CLI_COMMAND_H
#define ONAGER_CLI_COMMAND_H

#include <stddef.h>

#include "args.h"
#include "onager/engine.h"

struct cli_command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit code */
    const char *group, *args, *help;
};

const struct cli_command *cli_command_find(const char *name); /* NULL: none */
const struct cli_command *cli_command_at(size_t index);       /* NULL behind the last */

#define CLI_COMMAND(name, function, group, args, help) int function(int argc, char **argv);
#include "commands.def"
#undef CLI_COMMAND

/* ---- run, for commands that end in one ---- */

/* Builds the plan of `target` (a URL or file) and the options, runs it and prints the result. Returns the exit code. */
int run_target(const struct args *args, const char *target);
/* Something that goes along with a run; start may fail with *err, stop follows only on a start that did not. */
struct run_companion {
    int (*start)(void *data, struct engine *engine, struct error *err); /* before the engine starts; 0 or -1 */
    void (*stop)(void *data);                                           /* before the engine is freed */
    void *data;
};
/* The same for a plan that was built; takes it. companion may be NULL. */
int run_plan(const struct args *args, struct plan *plan, const struct run_companion *companion);

/* Whether load may go out as the plan says: asks or warns where the address is a public one. false: no, or *err when nothing could
 * start. For commands that start engines of their own. */
bool run_may_start(const struct args *args, const struct plan *plan, struct error *err);

/* Prints the one-screen help, or every option. */
void help_print(void);
void help_print_options(void);
void help_text(struct buf *out);
void help_options_text(struct buf *out);
void help_command_text(struct buf *out, const struct cli_command *command);
int print_version(void);
/* What `word` means, of one kind or (NULL) of any, or on standard error that nothing is called so. Returns the exit code. */
int explain_print(const char *kind, const char *word);

#endif
