/* Setting one option, and all options from ONAGER_* variables. */
#include "args_env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "nearest.h"

#define VARIABLE_SIZE 64

extern char **environ;

static int read_yes_no(const char *value, const char *shown, bool *is_yes, struct error *err)
{
    static const char *const yes[] = { "", "1", "yes", "true", "on" };
    static const char *const no[] = { "0", "no", "false", "off" };

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (value == NULL || strcasecmp(value, yes[i]) == 0) {
            *is_yes = true;
            return 0;
        }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (strcasecmp(value, no[i]) == 0) {
            *is_yes = false;
            return 0;
        }
    return error_set(err, EXIT_USAGE, "%s wants yes or no, got \"%.60s\"", shown, value);
}

static int check_choice(const struct option_info *info, const char *value, const char *shown, struct error *err)
{
    const char *word = info->value;

    while (true) {
        size_t length = strcspn(word, "|");

        if (strlen(value) == length && strncmp(word, value, length) == 0)
            return 0;
        if (word[length] == '\0')
            return error_set(err, EXIT_USAGE, "%s wants %s, got \"%.60s\"", shown, info->value, value);
        word += length + 1;
    }
}

static int set_run_flag(struct args *args, enum option_id id, const char *value, const char *shown, struct error *err)
{
    bool is_yes = false;

    if (read_yes_no(value, shown, &is_yes, err) != 0)
        return -1;
    switch (id) {
    case OPTION_ID_TUI:
        args->show = is_yes ? SHOW_DASHBOARD : args->show;
        break;
    case OPTION_ID_PROGRESS:
        args->show = is_yes ? SHOW_PROGRESS : args->show;
        break;
    case OPTION_ID_QUIET:
        args->show = is_yes ? SHOW_QUIET : args->show;
        break;
    case OPTION_ID_NO_SOCKET:
        args->no_socket = is_yes;
        break;
    case OPTION_ID_YES:
        args->says_yes = is_yes;
        break;
    case OPTION_ID_ONCE:
        args->is_once = is_yes;
        break;
    case OPTION_ID_EXIT:
        args->exit_at_end = is_yes;
        break;
    case OPTION_ID_HELP:
        args->wants_help = is_yes;
        break;
    case OPTION_ID_VERSION:
        args->wants_version = is_yes;
        break;
    default:
        INVARIANT(!"a flag of the run without a field");
    }
    return 0;
}

static int set_http_debug(struct args *args, const char *value, const char *shown, struct error *err)
{
    bool is_yes = false;

    if (value != NULL && strcmp(value, "full") == 0)
        args->http_debug = HTTP_DEBUG_FULL;
    else if (value == NULL || value[0] == '\0' || read_yes_no(value, shown, &is_yes, NULL) == 0)
        args->http_debug = value == NULL || value[0] == '\0' || is_yes ? HTTP_DEBUG_HEADS : HTTP_DEBUG_OFF;
    else
        return error_set(err, EXIT_USAGE, "%s wants nothing or full, got \"%.60s\"", shown, value);
    return 0;
}

static int set_run_value(struct args *args, enum option_id id, const char *value, const char *shown, struct error *err)
{
    if (option_info(id)->shape == SHAPE_CHOICE && check_choice(option_info(id), value, shown, err) != 0)
        return -1;
    switch (id) {
    case OPTION_ID_THEME:
        args->theme = value;
        break;
    case OPTION_ID_COLOR:
        args->color = value;
        break;
    case OPTION_ID_GLYPHS:
        args->glyphs = value;
        break;
    case OPTION_ID_SAVE_PLAN:
        args->save_plan = value;
        break;
    case OPTION_ID_SUMMARY:
        args->summary = value;
        break;
    case OPTION_ID_HTTP_DEBUG:
        return set_http_debug(args, value, shown, err);
    default:
        INVARIANT(!"an option of the run without a field");
    }
    return 0;
}

int args_set(struct args *args, enum option_id id, const char *value, enum plan_origin origin, const char *shown, struct error *err)
{
    const struct option_info *info = option_info(id);

    if (info->target == TO_RUN)
        return info->shape == SHAPE_FLAG ? set_run_flag(args, id, value, shown, err) : set_run_value(args, id, value, shown, err);
    args->overrides = mem_resize(args->overrides, args->override_count + 1, sizeof *args->overrides);
    args->overrides[args->override_count++] = (struct plan_override){ info->name, value, origin, shown };
    return 0;
}

static char *own(struct args *args, char *text)
{
    args->owned = mem_resize(args->owned, args->owned_count + 1, sizeof *args->owned);
    args->owned[args->owned_count++] = text;
    return text;
}

/* Each line of a list is one value; empty lines do not count. */
static int set_lines(struct args *args, enum option_id id, const char *lines, enum plan_origin origin, const char *shown, struct error *err)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");

        if (length > 0 && args_set(args, id, own(args, mem_copy_n(lines, length)), origin, shown, err) != 0)
            return -1;
        lines += length + (lines[length] == '\n');
    }
    return 0;
}

static int set_value(struct args *args, enum option_id id, const char *value, enum plan_origin origin, const char *shown, struct error *err)
{
    if (option_info(id)->shape == SHAPE_LIST)
        return set_lines(args, id, value, origin, shown, err);
    return args_set(args, id, value, origin, shown, err);
}

/* A variable that is none of ours and nearly one of ours is worth a word: nobody else uses the prefix. */
static void note_near_misses(struct buf *notes)
{
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        char name[VARIABLE_SIZE], known[VARIABLE_SIZE], best[VARIABLE_SIZE] = "";
        size_t length = strcspn(*entry, "=");
        struct nearest nearest;
        bool is_known = false;

        if (strncmp(*entry, "ONAGER_", 7) != 0 || length >= sizeof name)
            continue;
        memcpy(name, *entry, length);
        name[length] = '\0';
        nearest_begin(&nearest, name + 7);
        for (int id = 0; id < OPTION_ID_COUNT; id++) {
            bool has_variable = option_variable((enum option_id)id, known, sizeof known);
            unsigned before = nearest.distance;
            const char *had = nearest.best;

            is_known |= strcmp(name, known) == 0;
            if (!has_variable)
                continue;
            nearest_try(&nearest, known + 7);
            if (nearest.best != had || nearest.distance != before)
                snprintf(best, sizeof best, "%s", known);
        }
        if (!is_known && nearest.best != NULL)
            buf_addf(notes, "%s%s does nothing: did you mean %s?", notes->length > 0 ? "\n" : "", name, best);
    }
}

int args_read_environment(struct args *args, struct buf *notes, struct error *err)
{
    for (int id = 0; id < OPTION_ID_COUNT; id++) {
        char name[VARIABLE_SIZE];
        const char *value, *shown;
        int failed;

        if (!option_variable((enum option_id)id, name, sizeof name))
            continue;
        value = getenv(name);
        if (value == NULL || value[0] == '\0')
            continue;
        shown = own(args, mem_copy(name));
        failed = set_value(args, (enum option_id)id, value, ORIGIN_ENVIRONMENT, shown, err);
        if (failed != 0)
            return -1;
    }
    note_near_misses(notes);
    return 0;
}

int args_read_config(struct args *args, struct error *err)
{
    if (config_load(&args->config, err) != 0)
        return -1;
    for (size_t i = 0; i < args->config.option_count; i++) {
        const struct config_value *value = &args->config.options[i];

        if (set_value(args, (enum option_id)value->id, value->value, ORIGIN_CONFIG, value->place, err) != 0)
            return -1;
    }
    return 0;
}
