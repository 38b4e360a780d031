/* The option table and reading a command line by it. */
#include "args.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args_env.h"
#include "mem.h"
#include "nearest.h"

#define OPTSTRING_SIZE 160
#define ALIAS_MAX 16

static const struct option_info infos[OPTION_ID_COUNT] = {
#define OPTION(id, name, letter, kind, to, value, normal, group, brief, help, man) \
    [OPTION_ID_##id] = { name, letter, SHAPE_##kind, TO_##to, value, normal, GROUP_##group, brief, help, man },
#include "args.def"
};

static const struct {
    const char *name;
    char letter;
    enum option_id id;
} aliases[] = {
#define ALIAS(name, letter, id) { name, letter, OPTION_ID_##id },
#include "args.def"
};

static const struct {
    char letter;
    const char *text;
} foreign[] = {
#define FOREIGN(letter, text) { letter, text },
#include "args.def"
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct option_info *option_info(enum option_id id)
{
    return &infos[id];
}

const char *option_group_title(enum option_group group)
{
    static const char *const titles[GROUP_COUNT] = {
#define GROUP(id, title) [GROUP_##id] = title,
#include "args.def"
    };
    return titles[group];
}

bool option_variable(enum option_id id, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "ONAGER_%s", infos[id].name);

    for (size_t i = 0; i < used && i < size; i++)
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
    return id != OPTION_ID_HELP && id != OPTION_ID_VERSION;
}

/* ---- the tables of getopt ---- */

static int has_argument(enum option_shape shape)
{
    return shape == SHAPE_FLAG ? no_argument : shape == SHAPE_MAYBE ? optional_argument : required_argument;
}

static void add_letter(char *optstring, char letter, enum option_shape shape)
{
    size_t used = strlen(optstring);

    if (letter != 0)
        snprintf(optstring + used, OPTSTRING_SIZE - used, "%c%s", letter, shape == SHAPE_FLAG ? "" : ":");
}

/* The option behind what getopt returned: a letter, or LONG_BASE and the id. */
#define LONG_BASE 1000

static void build_tables(char *optstring, struct option *longs)
{
    size_t count = 0;

    /* '-': operands come in order, with code 1; ':': a missing value is told apart */
    snprintf(optstring, OPTSTRING_SIZE, "-:");
    for (int id = 0; id < OPTION_ID_COUNT; id++) {
        add_letter(optstring, infos[id].letter, infos[id].shape);
        longs[count++] = (struct option){ infos[id].name, has_argument(infos[id].shape), NULL, LONG_BASE + id };
    }
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        add_letter(optstring, aliases[i].letter, infos[aliases[i].id].shape);
        if (aliases[i].letter == 0)
            longs[count++] =
                (struct option){ aliases[i].name, has_argument(infos[aliases[i].id].shape), NULL, LONG_BASE + (int)aliases[i].id };
    }
    longs[count] = (struct option){ 0 };
}

static int find_code(int code)
{
    if (code >= LONG_BASE)
        return code - LONG_BASE;
    for (int id = 0; id < OPTION_ID_COUNT; id++)
        if (code != 0 && infos[id].letter == code)
            return id;
    for (size_t i = 0; i < COUNT_OF(aliases); i++)
        if (code != 0 && aliases[i].letter == code)
            return (int)aliases[i].id;
    return -1;
}

/* ---- mistakes ---- */

static bool is_number(const char *text)
{
    return isdigit((unsigned char)text[0]) && text[strspn(text, "0123456789.,/smh")] == '\0';
}

static int quiet_with_number(struct error *err)
{
    return error_set(err, EXIT_USAGE, "-q is --quiet and takes no number; a rate is -r 100 (hey, oha: -q)");
}

static int unknown_long(const char *token, const struct option *longs, struct error *err)
{
    size_t length = strcspn(token, "=");
    char *name = mem_copy_n(token + 2, length - 2);
    struct nearest nearest;
    int id = -1;

    nearest_begin(&nearest, name);
    for (int i = 0; longs[i].name != NULL; i++) {
        nearest_try(&nearest, longs[i].name);
        if (strcmp(longs[i].name, name) == 0)
            id = i;
    }
    if (id >= 0)
        error_set(err, EXIT_USAGE, "--%s takes no value", longs[id].name);
    else if (nearest.best != NULL)
        error_set(err, EXIT_USAGE, "unknown option --%.100s: did you mean --%s?", name, nearest.best);
    else
        error_set(err, EXIT_USAGE, "unknown option --%.100s; onager help run lists all", name);
    free(name);
    return -1;
}

static int unknown_letter(int letter, const char *token, struct error *err)
{
    if (isdigit(letter) && token[0] == '-' && strchr(token, 'q') != NULL)
        return quiet_with_number(err);
    for (size_t i = 0; i < COUNT_OF(foreign); i++)
        if (foreign[i].letter == letter)
            return error_set(err, EXIT_USAGE, "unknown option -%c: %s", letter, foreign[i].text);
    return error_set(err, EXIT_USAGE, "unknown option -%c; onager help run lists all", letter);
}

static int missing_value(int code, const char *token, struct error *err)
{
    int id = find_code(code);

    if (code < LONG_BASE)
        return error_set(err, EXIT_USAGE, "-%c wants a value: -%c %s, %s", code, code, infos[id].value, infos[id].help);
    return error_set(err, EXIT_USAGE, "%s wants a value: %s %s, %s", token, token, infos[id].value, infos[id].help);
}

/* ---- reading ---- */

static int take_operand(struct args *args, const char *operand, const char *before, struct error *err)
{
    bool after_quiet = before != NULL && (strcmp(before, "-q") == 0 || strcmp(before, "--quiet") == 0);

    if (after_quiet && is_number(operand))
        return quiet_with_number(err);
    args->operands[args->operand_count++] = operand;
    return 0;
}

static int take_option(struct args *args, int code, const char *token, const char *value, struct error *err)
{
    enum option_id id = (enum option_id)find_code(code);
    size_t length = strcspn(token, "=");
    char *shown;

    shown = code < LONG_BASE ? mem_format("-%c", code) : mem_copy_n(token, length);
    args->owned = mem_resize(args->owned, args->owned_count + 1, sizeof *args->owned);
    args->owned[args->owned_count++] = shown;
    return args_set(args, id, value, ORIGIN_FLAG, shown, err);
}

static int read_flags(struct args *args, int argc, char **argv, struct error *err)
{
    char optstring[OPTSTRING_SIZE];
    struct option longs[OPTION_ID_COUNT + ALIAS_MAX];
    int code, failed = 0;

    build_tables(optstring, longs);
    optind = 0; /* glibc: begin anew, also when another command line was read before */
    opterr = 0;
    while (failed == 0) {
        int start = optind > 0 ? optind : 1;
        int index = -1;
        const char *token;

        code = getopt_long(argc, argv, optstring, longs, &index);
        if (code == -1)
            break;
        token = argv[start];
        if (code == 1)
            failed = take_operand(args, optarg, start > 1 ? argv[start - 1] : NULL, err);
        else if (code == ':')
            failed = missing_value(optopt, token, err);
        else if (code == '?' && strncmp(token, "--", 2) == 0)
            failed = unknown_long(token, longs, err);
        else if (code == '?')
            failed = unknown_letter(optopt, token, err);
        else if (index >= 0 && strcspn(token, "=") - 2 != strlen(longs[index].name))
            failed = unknown_long(token, longs, err); /* no abbreviations: a later option could make them ambiguous */
        else
            failed = take_option(args, code, token, optarg, err);
    }
    for (; failed == 0 && optind < argc; optind++)
        failed = take_operand(args, argv[optind], NULL, err);
    return failed;
}

int args_parse(struct args *args, int argc, char **argv, struct buf *notes, struct error *err)
{
    *args = (struct args){ 0 };
    args->operands = mem_array((size_t)argc + 1, sizeof *args->operands);
    if (args_read_config(args, err) != 0 || args_read_environment(args, notes, err) != 0)
        return -1;
    return read_flags(args, argc, argv, err);
}

void args_release(struct args *args)
{
    for (size_t i = 0; i < args->owned_count; i++)
        free(args->owned[i]);
    config_release(&args->config);
    free(args->owned);
    free(args->operands);
    free(args->overrides);
    *args = (struct args){ 0 };
}
