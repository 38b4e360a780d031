/* Commands as people type them, in the dashboard's command line and as arguments of `onager ctl`: one table, one reader. Pure. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "nearest.h"
#include "onager/engine.h"

#define MAX_WORDS 6
#define WORD_SIZE 100
#define MOST_PPM 1e12 /* a million times */

struct words {
    char text[MAX_WORDS][WORD_SIZE];
    size_t count;
};

/* The line in words; quotes hold a name with blanks together. */
static int split(struct words *words, const char *line, struct error *err)
{
    words->count = 0;
    while (*(line += strspn(line, " \t")) != '\0') {
        char quote = *line == '"' || *line == '\'' ? *line++ : '\0';
        size_t length = quote != '\0' ? strcspn(line, quote == '"' ? "\"" : "'") : strcspn(line, " \t");

        if (words->count == MAX_WORDS || length >= WORD_SIZE)
            return error_set(err, EXIT_USAGE, "the line is too long for a command");
        memcpy(words->text[words->count], line, length);
        words->text[words->count++][length] = '\0';
        line += length;
        if (quote != '\0' && *line == quote)
            line++;
    }
    return 0;
}

static int find_command(enum command_kind *kind, const char *word, struct error *err)
{
    struct nearest nearest;

    nearest_begin(&nearest, word);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        *kind = (enum command_kind)i;
        if (strcmp(word, command_word(*kind)) == 0 || strcmp(word, command_name(*kind)) == 0)
            return 0;
        nearest_try(&nearest, command_word(*kind));
    }
    if (nearest.best != NULL)
        return error_set(err, EXIT_USAGE, "there is no command \"%.40s\": did you mean \"%s\"?", word, nearest.best);
    return error_set(err, EXIT_USAGE, "there is no command \"%.40s\": rate, vus, scale, spike, next, undo, pause, stop ...", word);
}

static int usage(enum command_kind kind, struct error *err)
{
    return error_set(
        err, EXIT_USAGE, "%s%s%s: %s", command_word(kind), command_args(kind)[0] != '\0' ? " " : "", command_args(kind),
        command_args(kind)[0] == '\0' ? "takes nothing more" : "that is how it is written");
}

static int find_scenario(uint32_t *scenario, const char *word, const struct plan *plan, struct error *err)
{
    struct nearest nearest;

    if (strcmp(word, "all") == 0) {
        *scenario = 0;
        return 0;
    }
    nearest_begin(&nearest, word);
    for (size_t i = 0; i < plan->scenario_count; i++) {
        if (strcmp(word, plan->scenarios[i].name) == 0) {
            *scenario = (uint32_t)i + 1;
            return 0;
        }
        nearest_try(&nearest, plan->scenarios[i].name);
    }
    return error_set(
        err, EXIT_USAGE, "there is no scenario \"%.40s\"%s%s%s", word, nearest.best != NULL ? ": did you mean \"" : "",
        nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
}

/* "3", "x3", "1.5", "250%" in millionths. */
static bool parse_factor(const char *text, uint64_t *ppm)
{
    char number[WORD_SIZE];
    struct rate rate;
    size_t length;
    double wanted;
    bool is_percent;

    if (*text == 'x')
        text++;
    length = strlen(text);
    is_percent = length > 0 && text[length - 1] == '%';
    snprintf(number, sizeof number, "%.*s", (int)(length - is_percent), text);
    if (!isdigit((unsigned char)number[0]) && number[0] != '.')
        return false;
    /* a decimal is what a rate begins with: count per per_ns is exact */
    if (number[strspn(number, "0123456789.")] != '\0' || !units_parse_rate(number, &rate))
        return false;
    wanted = (double)rate.count * 1e9 / (double)rate.per_ns * (is_percent ? 1e4 : 1e6) + 0.5;
    if (wanted < 1 || wanted > MOST_PPM)
        return false;
    *ppm = (uint64_t)wanted;
    return true;
}

/* "+20%", "-5", "10 %": what is left or what comes on top. */
static int parse_scale(struct command *command, const char *text, struct error *err)
{
    bool is_down = *text == '-';
    const char *number = *text == '+' || *text == '-' ? text + 1 : text;
    char percent[WORD_SIZE + 1];
    uint64_t ppm;

    snprintf(percent, sizeof percent, "%s%s", number, strchr(number, '%') != NULL ? "" : "%");
    if (number == text || !parse_factor(percent, &ppm) || *number == 'x')
        return error_set(err, EXIT_USAGE, "scale: expected a change such as +20%% or -20%%, got \"%.40s\"", text);
    if (is_down && ppm >= LEVEL_AS_PLANNED_PPM)
        return error_set(err, EXIT_USAGE, "scale: -%s leaves nothing: pause does that", number);
    command->factor_ppm = is_down ? LEVEL_AS_PLANNED_PPM - ppm : LEVEL_AS_PLANNED_PPM + ppm;
    return 0;
}

/* Reads the arguments of a command that steers the load; *used of them. */
static int parse_amount(struct command *command, const struct words *words, size_t *used, struct error *err)
{
    const char *first = words->count > 1 ? words->text[1] : "";

    *used = 1;
    switch (command->kind) {
    case COMMAND_SET_RATE:
        if (!units_parse_rate(first, &command->rate))
            return error_set(err, EXIT_USAGE, "rate: expected a number such as 200 or 300/m, got \"%.40s\"", first);
        return 0;
    case COMMAND_SET_VUS:
        if (!units_parse_count(first, &command->vus))
            return error_set(err, EXIT_USAGE, "vus: expected a number such as 50, got \"%.40s\"", first);
        return 0;
    case COMMAND_SCALE:
        return parse_scale(command, first, err);
    case COMMAND_SPIKE:
        command->factor_ppm = COMMAND_SPIKE_PPM;
        command->duration_ns = COMMAND_SPIKE_NS;
        *used = 0;
        if (words->count > 1 && parse_factor(first, &command->factor_ppm))
            *used = 1;
        if (words->count > *used + 1 && units_parse_duration(words->text[*used + 1], BARE_SECONDS, &command->duration_ns))
            (*used)++;
        return 0;
    default:
        *used = 0;
        return 0;
    }
}

static void take_label(struct command *command, const char *line)
{
    line += strspn(line, " \t");
    line += strcspn(line, " \t");
    line += strspn(line, " \t");
    snprintf(command->text, sizeof command->text, "%s", *line != '\0' ? line : "mark");
}

int onager_command_parse(struct command *command, const char *line, const struct plan *plan, struct error *err)
{
    struct words words;
    size_t used = 0;
    bool takes_scenario;

    line += strspn(line, " \t:");
    if (strncmp(line, "mark", 4) == 0 && (line[4] == ' ' || line[4] == '\0')) {
        command->kind = COMMAND_MARKER;
        take_label(command, line);
        return 0;
    }
    if (split(&words, line, err) != 0)
        return -1;
    if (words.count == 0)
        return error_set(err, EXIT_USAGE, "a command is missing: rate, vus, scale, spike, next, undo, pause, stop ...");
    if (find_command(&command->kind, words.text[0], err) != 0)
        return -1;
    if (command->kind == COMMAND_MARKER) {
        take_label(command, line);
        return 0;
    }
    if (parse_amount(command, &words, &used, err) != 0)
        return -1;
    takes_scenario = strstr(command_args(command->kind), "SCENARIO") != NULL;
    if (words.count > used + 2 || (words.count == used + 2 && !takes_scenario))
        return usage(command->kind, err);
    if (words.count == used + 2)
        return find_scenario(&command->scenario, words.text[used + 1], plan, err);
    return 0;
}
