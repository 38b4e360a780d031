/* help, --help and version: all from the tables of options and commands. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "lines.h"
#include "onager/text.h"
#include "onager/version.h"
#include "own_options.h"
#include "say.h"

#define LABEL 11
#define EXAMPLE 31
#define OPTION_COLUMNS 32

static void add_example(struct buf *out, const char *words, const char *meaning)
{
    buf_add_text(out, "  ");
    lines_padded(out, words, EXAMPLE);
    buf_addf(out, "%s\n", meaning);
}

/* The options that have a short form for the first screen, a line for each group. */
static void add_brief(struct buf *out)
{
    for (int group = 0; group < GROUP_COUNT; group++) {
        bool any = false;

        for (int id = 0; id < OPTION_ID_COUNT; id++) {
            const struct option_info *info = option_info((enum option_id)id);

            if (info->group != (enum option_group)group || info->brief == NULL)
                continue;
            if (any)
                buf_add_text(out, "  ");
            else
                lines_padded(out, option_group_title(info->group), LABEL);
            buf_add_text(out, info->brief);
            any = true;
        }
        if (any)
            buf_add_char(out, '\n');
    }
}

static void add_commands(struct buf *out)
{
    const char *group = "";
    const struct cli_command *command;

    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strcmp(group, command->group) != 0) {
            if (i > 0)
                buf_add_char(out, '\n');
            lines_padded(out, command->group, LABEL);
        } else {
            buf_add_text(out, "  ");
        }
        buf_add_text(out, command->name);
        group = command->group;
    }
    buf_add_char(out, '\n');
}

void help_text(struct buf *out)
{
    buf_add_text(out, "onager: load tests that you watch and steer from a terminal\n\n");
    add_example(out, "onager URL", "50 requests/s for 30 s, on the live dashboard");
    add_example(out, "onager URL -c 50 -d 1m", "50 VUs, each as fast as it is answered");
    add_example(out, "onager URL -r 200 -d 1m", "200 requests/s, whatever the server does");
    add_example(out, "onager plan.ini", "a plan");
    if (cli_command_find("demo") != NULL)
        add_example(out, "onager demo", "a target with faults, and a run against it");
    buf_add_char(out, '\n');
    add_brief(out);
    buf_add_char(out, '\n');
    add_commands(out);
    buf_add_char(out, '\n');
    add_example(out, "onager help run", "every option of a run, with examples");
    add_example(out, "onager explain WORD", "a metric, error, verdict, key, option, ...");
    add_example(out, "man onager-tutorial", "learn it in ten minutes");
    buf_add_text(out, "In the dashboard: p pause, s stop, r run again, ? help\n");
}

/* ---- one command ---- */

static const struct {
    const char *command, *words, *meaning;
} examples[] = {
#define CLI_EXAMPLE(command, words, meaning) { command, words, meaning },
#include "examples.def"
#undef CLI_EXAMPLE
};

static void add_examples(struct buf *out, const char *command)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        bool is_run = strcmp(command, "run") == 0;
        char words[120];

        if (strcmp(examples[i].command, command) != 0)
            continue;
        snprintf(
            words, sizeof words, "onager%s%s%s%s", is_run ? "" : " ", is_run ? "" : command, examples[i].words[0] != '\0' ? " " : "",
            examples[i].words);
        if (strlen(words) >= EXAMPLE)
            buf_addf(out, "  %s\n%*s%s\n", words, EXAMPLE + 2, "", examples[i].meaning);
        else
            add_example(out, words, examples[i].meaning);
    }
}

static void add_own_options(struct buf *out, const char *command)
{
    bool is_first = true;

    for (int id = 0; id < OWN_OPTION_COUNT; id++) {
        const struct own_option_info *info = own_option_info((enum own_option)id);
        struct buf left, right;

        if (strcmp(info->command, command) != 0)
            continue;
        buf_init(&left);
        buf_init(&right);
        buf_addf(&left, "  --%s%s%s", info->name, info->value != NULL ? " " : "", info->value != NULL ? info->value : "");
        buf_add_text(&right, info->help);
        if (info->normal != NULL)
            buf_addf(&right, " (default %s)", info->normal);
        if (is_first)
            buf_add_char(out, '\n');
        is_first = false;
        lines_padded(out, left.data, OPTION_COLUMNS - 1);
        buf_add_char(out, ' ');
        lines_wrapped(out, right.data, OPTION_COLUMNS);
        buf_release(&left);
        buf_release(&right);
    }
}

void help_command_text(struct buf *out, const struct cli_command *command)
{
    size_t before;

    buf_addf(out, "onager %s%s%s\n", command->name, command->args[0] != '\0' ? " " : "", command->args);
    lines_indented(out, command->help, 2);
    add_own_options(out, command->name);
    buf_add_char(out, '\n');
    before = out->length;
    add_examples(out, command->name);
    if (out->length == before)
        out->length = before - 1;
    out->data[out->length] = '\0';
    if (strstr(command->args, "PLAN") != NULL || strstr(command->args, "options") != NULL)
        buf_add_text(out, "\n  It takes the options of a run: onager help run\n");
}

/* ---- every option ---- */

static void add_option(struct buf *out, enum option_id id)
{
    const struct option_info *info = option_info(id);
    struct buf left, right;

    buf_init(&left);
    buf_init(&right);
    if (info->letter != 0)
        buf_addf(&left, "  -%c, --%s", info->letter, info->name);
    else
        buf_addf(&left, "      --%s", info->name);
    if (info->shape == SHAPE_MAYBE)
        buf_addf(&left, "[=%s]", info->value);
    else if (info->value != NULL)
        buf_addf(&left, " %s", info->value);
    buf_add_text(&right, info->help);
    if (info->normal != NULL)
        buf_addf(&right, " (default %s)", info->normal);
    if (info->man != NULL)
        buf_addf(&right, ". %s", info->man);
    lines_padded(out, left.data, OPTION_COLUMNS - 1);
    if (text_columns(left.data) > OPTION_COLUMNS - 2)
        buf_addf(out, "\n%*s", OPTION_COLUMNS, "");
    else
        buf_add_char(out, ' ');
    lines_wrapped(out, right.data, OPTION_COLUMNS);
    buf_release(&left);
    buf_release(&right);
}

static void add_exit_codes(struct buf *out)
{
    static const struct {
        int number;
        const char *help;
    } codes[] = {
#define EXIT_CODE(id, number, help) { number, help },
#include "onager/exit_code.def"
#undef EXIT_CODE
    };

    buf_add_text(out, "\nExit codes\n");
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        buf_addf(out, "  %d  ", codes[i].number);
        lines_wrapped(out, codes[i].help, 5);
    }
}

void help_options_text(struct buf *out)
{
    buf_add_text(out, "onager [run] TARGET [options]      TARGET: a URL, host:port, or a plan file\n\n");
    add_examples(out, "run");
    for (int group = 0; group < GROUP_COUNT; group++) {
        buf_addf(out, "\n%s\n", option_group_title((enum option_group)group));
        for (int id = 0; id < OPTION_ID_COUNT; id++)
            if (option_info((enum option_id)id)->group == (enum option_group)group)
                add_option(out, (enum option_id)id);
    }
    buf_add_text(
        out, "\nEvery option has a variable: --require-valid is ONAGER_REQUIRE_VALID. A given\n"
             "option wins over its variable, a variable over the plan.\n");
    add_exit_codes(out);
}

static void print(void (*text)(struct buf *))
{
    struct buf out;

    buf_init(&out);
    text(&out);
    fputs(out.data, stdout);
    buf_release(&out);
}

void help_print(void)
{
    print(help_text);
}

void help_print_options(void)
{
    print(help_options_text);
}

int print_version(void)
{
    printf("onager %s\n%s\n", onager_version(), onager_features());
    return EXIT_PASSED;
}

int cmd_version(int argc, char **argv)
{
    return print_version();
}

int cmd_help(int argc, char **argv)
{
    const struct cli_command *command;

    if (argc < 2) {
        help_print();
        return EXIT_PASSED;
    }
    command = cli_command_find(argv[1]);
    if (command == NULL)
        return explain_print(NULL, argv[1]); /* "help lag" asks what a word means */
    if (command->run == cmd_run) {
        help_print_options();
    } else {
        struct buf out;

        buf_init(&out);
        help_command_text(&out, command);
        fputs(out.data, stdout);
        buf_release(&out);
    }
    return EXIT_PASSED;
}
