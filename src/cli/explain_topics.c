/* The tables that `onager explain` reads, and how an entry of each is shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "args.h"
#include "command.h"
#include "explain.h"
#include "key_states.h"
#include "keys.h"
#include "lines.h"
#include "mem.h"
#include "metric.h"
#include "onager/engine.h"
#include "onager/snapshot.h"

#define INDENT 4
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- shared ---- */

/* A sentence of a table, with a big first letter and a full stop; `before` stands in front of it. */
static void add_sentence(struct buf *out, const char *before, const char *text)
{
    struct buf line;
    char last;

    buf_init(&line);
    buf_add_text(&line, before);
    buf_add_text(&line, text);
    if (line.data[0] >= 'a' && line.data[0] <= 'z')
        line.data[0] = (char)(line.data[0] - 'a' + 'A');
    last = line.data[line.length - 1];
    if (last != '.' && last != '?')
        buf_add_char(&line, '.');
    lines_indented(out, line.data, INDENT);
    buf_release(&line);
}

static void add_formatted(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_formatted(struct buf *out, const char *format, ...)
{
    char line[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    lines_indented(out, line, INDENT);
}

/* ---- metrics ---- */

static const char *metric_name_at(size_t i)
{
    return i < METRIC_ID_COUNT ? metric_info((enum metric_id)i)->name : NULL;
}

static void add_metric(struct buf *out, size_t i)
{
    static const char *const types[] = { "counter", "gauge", "rate", "trend" };
    static const char *const units[] = { "", " of times", " of bytes" };
    static const char *const limits[] = { "count<10000", "value<100", "rate<0.01", "p(95)<500" };
    const struct metric_info *info = metric_info((enum metric_id)i);

    buf_addf(out, "%s   metric, a %s%s\n", info->name, types[info->type], units[info->contains]);
    add_sentence(out, "", info->help);
    add_sentence(out, "a bad value: ", info->bad);
    add_formatted(out, "As a threshold, for example: --threshold '%s: %s'", info->name, limits[info->type]);
}

/* ---- kinds of errors ---- */

static const struct {
    const char *name, *where, *help, *advice;
} faults[] = {
#define FAULT(id, name, where, help, advice) { name, where, help, advice },
#include "onager/fault.def"
#undef FAULT
};

static const char *fault_name_at(size_t i)
{
    return i < COUNT_OF(faults) ? faults[i].name : NULL;
}

static void add_fault(struct buf *out, size_t i)
{
    buf_addf(out, "%s   kind of error of a request, %s\n", faults[i].name, faults[i].where);
    add_sentence(out, "", faults[i].help);
    add_sentence(out, "what to do: ", faults[i].advice);
}

/* ---- reasons of a verdict ---- */

static const struct {
    const char *name, *level, *advice;
} reasons[] = {
#define VERDICT_REASON(id, name, level, advice) { name, #level, advice },
#include "onager/verdict_reason.def"
#undef VERDICT_REASON
};

static const char *reason_name_at(size_t i)
{
    return i < COUNT_OF(reasons) ? reasons[i].name : NULL;
}

static void add_reason(struct buf *out, size_t i)
{
    buf_addf(out, "%s   reason of a verdict, makes it %s\n", reasons[i].name, reasons[i].level);
    add_sentence(out, "", reasons[i].advice);
}

/* ---- states of a run ---- */

static const struct {
    const char *name, *help;
} states[] = {
#define RUN_STATE(id, name, glyph, ascii, help) { name, help },
#include "onager/run_state.def"
#undef RUN_STATE
};

static const char *state_name_at(size_t i)
{
    return i < COUNT_OF(states) ? states[i].name : NULL;
}

static void add_state(struct buf *out, size_t i)
{
    buf_addf(out, "%s   state of a run%s\n", states[i].name, run_state_is_end((enum run_state)i) ? ", an end" : "");
    add_sentence(out, "", states[i].help);
}

/* ---- exit codes ---- */

static const struct {
    const char *number, *meaning;
} codes[] = {
#define EXIT_CODE(id, number, meaning) { #number, meaning },
#include "onager/exit_code.def"
#undef EXIT_CODE
};

static const char *code_name_at(size_t i)
{
    return i < COUNT_OF(codes) ? codes[i].number : NULL;
}

static void add_code(struct buf *out, size_t i)
{
    buf_addf(out, "%s   exit code\n", codes[i].number);
    add_sentence(out, "", codes[i].meaning);
}

/* ---- keys of the dashboard ---- */

#ifdef HAVE_UI
static const struct {
    const char *key, *states, *help;
} keys[] = {
#define KEY(key, action, label, order, states, help) { key, states, help },
#include "keys.def"
#undef KEY
};

static const char *key_name_at(size_t i)
{
    return i < COUNT_OF(keys) ? keys[i].key : NULL;
}

static bool key_is(size_t i, const char *word)
{
    /* one letter is not another: s and S are two keys */
    return word[0] != '\0' && word[1] == '\0' ? strcmp(keys[i].key, word) == 0 : strcasecmp(keys[i].key, word) == 0;
}

static void add_key(struct buf *out, size_t i)
{
    char words[80];

    buf_addf(out, "%s   key of the dashboard, %s\n", keys[i].key, key_states_text(words, sizeof words, keys[i].states));
    add_sentence(out, "", keys[i].help);
}
#endif

/* ---- keys of a plan ---- */

static const char *plan_key_name_at(size_t i)
{
    return i < KEY_COUNT ? key_info((enum plan_key_id)i)->name : NULL;
}

/* "vus", "scenario.vus", "header." and "header.Accept", "[thresholds]" for the section whose keys are free. */
static bool plan_key_is(size_t i, const char *word)
{
    const struct plan_key *key = key_info((enum plan_key_id)i);
    const char *section = section_info(key->section)->name;
    size_t length = strlen(section), stem = strlen(key->name);

    if (strcmp(key->name, "*") == 0)
        return strcmp(word, "*") == 0 || strcasecmp(word, section) == 0;
    if (strncasecmp(word, section, length) == 0 && word[length] == '.')
        word += length + 1;
    if (key->name[stem - 1] == '.')
        return strncasecmp(word, key->name, stem) == 0 || (strlen(word) == stem - 1 && strncasecmp(word, key->name, stem - 1) == 0);
    return strcasecmp(word, key->name) == 0;
}

static void add_plan_key(struct buf *out, size_t i)
{
    const struct plan_key *key = key_info((enum plan_key_id)i);
    const struct section_info *section = section_info(key->section);
    const char *name = strcmp(key->name, "*") == 0 ? "METRIC" : key->name;

    buf_addf(
        out, "%s%s   key of a plan, in [%s%s]\n", name, name[strlen(name) - 1] == '.' ? "NAME" : "", section->name,
        section->is_named ? " NAME" : "");
    add_sentence(out, "", key->help);
    add_formatted(
        out, "Wants %s%s%s.", value_expected(key->type), key->initial != NULL ? "; the default is " : "",
        key->initial != NULL ? key->initial : "");
}

/* ---- options ---- */

static const char *option_name_at(size_t i)
{
    return i < OPTION_ID_COUNT ? option_info((enum option_id)i)->name : NULL;
}

/* "rate", "--rate", "-r". */
static bool option_is(size_t i, const char *word)
{
    const struct option_info *info = option_info((enum option_id)i);

    if (word[0] == '-' && word[1] != '-')
        return word[1] != '\0' && word[2] == '\0' && word[1] == info->letter;
    return strcmp(strncmp(word, "--", 2) == 0 ? word + 2 : word, info->name) == 0;
}

static void add_option(struct buf *out, size_t i)
{
    const struct option_info *info = option_info((enum option_id)i);
    char variable[64];

    if (info->letter != 0)
        buf_addf(out, "-%c, ", info->letter);
    buf_addf(
        out, "--%s%s%s%s   option, %s\n", info->name,
        info->shape == SHAPE_MAYBE ? "[="
        : info->value != NULL      ? " "
                                   : "",
        info->value != NULL ? info->value : "", info->shape == SHAPE_MAYBE ? "]" : "", option_group_title(info->group));
    add_sentence(out, "", info->help);
    if (info->man != NULL)
        add_sentence(out, "", info->man);
    if (info->normal != NULL)
        add_sentence(out, "default: ", info->normal);
    if (option_variable((enum option_id)i, variable, sizeof variable))
        add_formatted(out, "Its variable is %s.", variable);
}

/* ---- commands ---- */

static const char *command_name_at(size_t i)
{
    const struct cli_command *command = cli_command_at(i);

    return command != NULL ? command->name : NULL;
}

static void add_command(struct buf *out, size_t i)
{
    const struct cli_command *command = cli_command_at(i);

    buf_addf(out, "onager %s%s%s   command\n", command->name, command->args[0] != '\0' ? " " : "", command->args);
    add_sentence(out, "", command->help);
    add_formatted(out, "More: onager help %s", command->name);
}

static const struct {
    const char *name, *word, *args, *states, *help;
} steering[] = {
#define COMMAND(id, name, word, args, states, help) { name, word, args, states, help },
#include "onager/command.def"
#undef COMMAND
};

static const char *steering_name_at(size_t i)
{
    return i < COUNT_OF(steering) ? steering[i].name : NULL;
}

static bool steering_is(size_t i, const char *word)
{
    return strcasecmp(steering[i].name, word) == 0 || strcasecmp(steering[i].word, word) == 0;
}

static void add_steering(struct buf *out, size_t i)
{
    char words[80];

    buf_addf(out, "%s   what can be done to a run, %s\n", steering[i].name, key_states_text(words, sizeof words, steering[i].states));
    add_sentence(out, "", steering[i].help);
    buf_addf(out, "Typed: %s%s%s\n", steering[i].word, steering[i].args[0] != '\0' ? " " : "", steering[i].args);
}

/* ---- all ---- */

static const struct explain_topic topics[] = {
    { "metric", "metrics", metric_name_at, NULL, add_metric },
    { "error", "errors", fault_name_at, NULL, add_fault },
    { "verdict", "verdict reasons", reason_name_at, NULL, add_reason },
    { "state", "states", state_name_at, NULL, add_state },
    { "exit", "exit codes", code_name_at, NULL, add_code },
#ifdef HAVE_UI
    { "key", "keys", key_name_at, key_is, add_key },
#endif
    { "steering", "steering", steering_name_at, steering_is, add_steering },
    { "option", "options", option_name_at, option_is, add_option },
    { "plan", "plan keys", plan_key_name_at, plan_key_is, add_plan_key },
    { "command", "commands", command_name_at, NULL, add_command },
};

const struct explain_topic *explain_topic_at(size_t index)
{
    return index < COUNT_OF(topics) ? &topics[index] : NULL;
}
