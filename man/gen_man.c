/* Fills man/onager.1.in: each line @NAME@ becomes the mdoc list made from the table of that name, so that the manual cannot say
 * what the program does not. Runs while building, on the machine that builds; knows the tables and nothing else. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct option {
    const char *name;
    char letter;
    const char *kind, *value, *normal, *group, *help, *man;
};

struct group {
    const char *id, *title;
};

struct pair {
    const char *left, *right;
};

static const struct option options[] = {
#define OPTION(id, name, letter, kind, to, value, normal, group, brief, help, man) \
    { name, letter, #kind, value, normal, #group, help, man },
#include "args.def"
};

static const struct group groups[] = {
#define GROUP(id, title) { #id, title },
#include "args.def"
};

struct alias {
    const char *name;
    char letter;
    const char *id;
};

static const struct alias aliases[] = {
#define ALIAS(name, letter, id) { name, letter, #id },
#include "args.def"
};

static const struct {
    const char *id, *name;
} option_names[] = {
#define OPTION(id, name, letter, kind, to, value, normal, group, brief, help, man) { #id, name },
#include "args.def"
};

static const struct {
    const char *name, *args, *help;
} commands[] = {
#define CLI_COMMAND(name, function, group, args, help) { name, args, help },
#include "commands.def"
#undef CLI_COMMAND
};

static const struct {
    const char *command, *words, *meaning;
} examples[] = {
#define CLI_EXAMPLE(command, words, meaning) { command, words, meaning },
#include "examples.def"
#undef CLI_EXAMPLE
};

static const struct {
    const char *command, *name, *value, *normal, *help;
} own_options[] = {
#define OWN_OPTION(id, command, name, value, normal, help) { command, name, value, normal, help },
#include "own_option.def"
#undef OWN_OPTION
};

static const struct {
    const char *word, *args, *help;
} steering[] = {
#define COMMAND(id, name, word, args, states, help) { word, args, help },
#include "onager/command.def"
#undef COMMAND
};

static const struct pair keys[] = {
#define KEY(key, action, label, order, states, help) { key, help },
#include "keys.def"
#undef KEY
};

static const struct {
    const char *key, *action, *states, *help;
} key_actions[] = {
#define KEY(key, action, label, order, states, help) { key, #action, states, help },
#include "keys.def"
#undef KEY
};

static const struct pair roles[] = {
#define ROLE(id, name, help) { name, help },
#include "roles.def"
#undef ROLE
};

static const struct pair exit_codes[] = {
#define EXIT_CODE(id, number, meaning) { #number, meaning },
#include "onager/exit_code.def"
#undef EXIT_CODE
};

static const struct pair faults[] = {
#define FAULT(id, name, where, help, advice) { name, help ". What to do: " advice },
#include "onager/fault.def"
#undef FAULT
};

static const struct pair run_states[] = {
#define RUN_STATE(id, name, glyph, ascii, help) { name, help },
#include "onager/run_state.def"
#undef RUN_STATE
};

static const struct {
    const char *name, *level, *advice;
} reasons[] = {
#define VERDICT_REASON(id, name, level, advice) { name, #level, advice },
#include "onager/verdict_reason.def"
#undef VERDICT_REASON
};

static const struct {
    const char *name, *help, *bad;
} metrics[] = {
#define METRIC(id, name, type, contains, help, bad) { name, help, bad },
#include "metrics.def"
#undef METRIC
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#include "gen_man_text.h"

#include "gen_man_plan.h"

static void one_option(const struct option *o)
{
    bool joined = strcmp(o->kind, "MAYBE") == 0;

    fputs(".It", stdout);
    if (o->letter) {
        printf(" Fl %c", o->letter);
        if (o->value) {
            fputs(" Ar", stdout);
            argument(o->value);
        }
        fputs(" ,", stdout);
    }
    fputs(" Fl \\-", stdout);
    text(o->name);
    if (o->value && joined)
        printf("[=%s]", o->value);
    else if (o->value) {
        fputs(" Ar", stdout);
        argument(o->value);
    }
    putchar('\n');
    help_sentence(o->help);
    if (o->man)
        sentence(o->man);
    if (o->normal) {
        fputs("Default: ", stdout);
        sentence(o->normal);
    }
}

static void list_options(void)
{
    for (size_t g = 0; g < COUNT(groups); g++) {
        printf(".Ss %s\n.Bl -tag -width Ds\n", groups[g].title);
        for (size_t i = 0; i < COUNT(options); i++)
            if (strcmp(options[i].group, groups[g].id) == 0)
                one_option(&options[i]);
        puts(".El");
    }
}

static const char *option_name(const char *id)
{
    for (size_t i = 0; i < COUNT(option_names); i++)
        if (strcmp(option_names[i].id, id) == 0)
            return option_names[i].name;
    abort();
}

static void list_aliases(void)
{
    puts(".Bl -tag -width Ds -compact");
    for (size_t i = 0; i < COUNT(aliases); i++) {
        fputs(".It Fl ", stdout);
        if (aliases[i].letter)
            putchar(aliases[i].letter);
        else {
            fputs("\\-", stdout);
            text(aliases[i].name);
        }
        fputs("\n.Fl \\-", stdout);
        text(option_name(aliases[i].id));
        putchar('\n');
    }
    puts(".El");
}

static void list_pairs(const struct pair *pairs, size_t count, const char *macro)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < count; i++) {
        printf(".It%s", macro);
        argument(pairs[i].left);
        putchar('\n');
        /* A key that does something else in another state: both under one entry. */
        help_sentence(pairs[i].right);
        while (i + 1 < count && strcmp(pairs[i].left, pairs[i + 1].left) == 0) {
            puts(".br");
            help_sentence(pairs[++i].right);
        }
    }
    puts(".El");
}

/* What a command takes besides the options of a run. */
static void list_own_options(const char *command)
{
    bool is_open = false;

    for (size_t i = 0; i < COUNT(own_options); i++) {
        if (strcmp(own_options[i].command, command) != 0)
            continue;
        if (!is_open)
            puts(".Bl -tag -width Ds");
        is_open = true;
        fputs(".It Fl \\-", stdout);
        text(own_options[i].name);
        if (own_options[i].value) {
            fputs(" Ar", stdout);
            argument(own_options[i].value);
        }
        putchar('\n');
        help_sentence(own_options[i].help);
        if (own_options[i].normal) {
            fputs("Default: ", stdout);
            text(own_options[i].normal);
            puts(".");
        }
    }
    if (is_open)
        puts(".El");
}

static void list_commands(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < COUNT(commands); i++) {
        printf(".It Cm %s", commands[i].name);
        if (commands[i].args[0]) {
            fputs(" Ar", stdout);
            argument(commands[i].args);
        }
        putchar('\n');
        help_sentence(commands[i].help);
        list_own_options(commands[i].name);
    }
    puts(".El");
}

static void list_examples(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < COUNT(examples); i++) {
        bool is_run = strcmp(examples[i].command, "run") == 0; /* the one that may be left out */

        printf(".It Ic \"onager%s%s%s", is_run ? "" : " ", is_run ? "" : examples[i].command, examples[i].words[0] ? " " : "");
        text(examples[i].words);
        puts("\"");
        help_sentence(examples[i].meaning);
    }
    puts(".El");
}

static void list_reasons(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < COUNT(reasons); i++) {
        printf(".It Sy %s Pq %s\n", reasons[i].name, reasons[i].level);
        help_sentence(reasons[i].advice);
    }
    puts(".El");
}

static void list_metrics(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < COUNT(metrics); i++) {
        printf(".It Sy %s\n", metrics[i].name);
        help_sentence(metrics[i].help);
        fputs("Bad: ", stdout);
        sentence(metrics[i].bad);
    }
    puts(".El");
}

/* The states behind the letters of a table. */
static void list_states(const char *letters)
{
    static const struct {
        char letter;
        const char *word;
    } states[] = { { 'r', "ready" }, { 'g', "running" }, { 'p', "paused" }, { 's', "stopping" }, { 'e', "ended" }, { 'f', "frozen view" } };
    const char *before = "";

    for (size_t i = 0; i < COUNT(states); i++)
        if (strchr(letters, states[i].letter)) {
            printf("%s%s", before, states[i].word);
            before = ", ";
        }
    puts(".");
}

static void list_steering(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < COUNT(steering); i++) {
        printf(".It Ic %s", steering[i].word);
        if (steering[i].args[0] != '\0') {
            fputs(" Ar", stdout);
            argument(steering[i].args);
        }
        putchar('\n');
        help_sentence(steering[i].help);
    }
    puts(".El");
}

static void list_key_actions(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < COUNT(key_actions); i++) {
        fputs(".It Ic", stdout);
        argument(key_actions[i].key);
        fputs(" Pq ", stdout);
        for (const char *p = key_actions[i].action; *p; p++)
            putchar(*p == '_' ? '-' : *p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
        putchar('\n');
        help_sentence(key_actions[i].help);
        fputs("States: ", stdout);
        list_states(key_actions[i].states);
    }
    puts(".El");
}

/* Which options the config file does not take is known by config_takes_option(); a test compares. */
static void list_config_options(void)
{
    static const char *const not_here[] = { "vus",  "rate",   "iterations", "scenario", "method", "body",
                                            "json", "paused", "yes",        "serve",    "help",   "version" };

    puts(".Bl -tag -width Ds -compact");
    for (size_t i = 0; i < COUNT(options); i++) {
        bool taken = true;

        for (size_t k = 0; k < COUNT(not_here); k++)
            taken = taken && strcmp(options[i].name, not_here[k]) != 0;
        if (!taken)
            continue;
        fputs(".It Ic", stdout);
        argument(options[i].name);
        putchar('\n');
        help_sentence(options[i].help);
    }
    puts(".El");
}

static bool fill(const char *name)
{
    if (plan_fill(name))
        return true;
    if (strcmp(name, "OPTIONS") == 0)
        list_options();
    else if (strcmp(name, "ALIASES") == 0)
        list_aliases();
    else if (strcmp(name, "COMMANDS") == 0)
        list_commands();
    else if (strcmp(name, "EXAMPLES") == 0)
        list_examples();
    else if (strcmp(name, "KEYS") == 0)
        list_pairs(keys, COUNT(keys), " Ic");
    else if (strcmp(name, "KEY_ACTIONS") == 0)
        list_key_actions();
    else if (strcmp(name, "STEERING") == 0)
        list_steering();
    else if (strcmp(name, "CONFIG_OPTIONS") == 0)
        list_config_options();
    else if (strcmp(name, "ROLES") == 0)
        list_pairs(roles, COUNT(roles), " Sy");
    else if (strcmp(name, "EXIT_CODES") == 0)
        list_pairs(exit_codes, COUNT(exit_codes), "");
    else if (strcmp(name, "FAULTS") == 0)
        list_pairs(faults, COUNT(faults), " Sy");
    else if (strcmp(name, "RUN_STATES") == 0)
        list_pairs(run_states, COUNT(run_states), " Sy");
    else if (strcmp(name, "REASONS") == 0)
        list_reasons();
    else if (strcmp(name, "METRICS") == 0)
        list_metrics();
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    char line[4096];

    if (!in) {
        fprintf(stderr, "usage: gen_man TEMPLATE >PAGE\n");
        return 1;
    }
    while (fgets(line, sizeof(line), in)) {
        size_t length = strcspn(line, "\n");

        if (length > 2 && line[0] == '@' && line[length - 1] == '@') {
            line[length - 1] = '\0';
            if (!fill(line + 1)) {
                fprintf(stderr, "gen_man: no table is called %s\n", line + 1);
                return 1;
            }
        } else
            fputs(line, stdout);
    }
    fclose(in);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
