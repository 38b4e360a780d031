/* Precedence of settings and the typed reading of their values. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "mem.h"
#include "nearest.h"

const struct setting *value_find(const struct build *build, const struct section *section, enum plan_key_id key)
{
    const struct setting *best = section_get(section, key);

    if (section != NULL && section->is_left_out)
        return best;
    for (size_t i = 0; i < build->options.count; i++) {
        const struct option *option = &build->options.items[i];

        if (option->kind == OPTION_KEY && option->setting.key == key &&
            (best == NULL || option->setting.place.origin >= best->place.origin))
            best = &option->setting;
    }
    return best;
}

enum plan_origin value_origin(const struct build *build, const struct section *section, enum plan_key_id key)
{
    const struct setting *setting = value_find(build, section, key);

    return setting != NULL ? setting->place.origin : ORIGIN_DEFAULT;
}

/* "header.Accept", the name of a variable, "vus". */
static const char *setting_shown(char out[SHOWN_SIZE + 16], const struct setting *setting)
{
    const char *key = key_info(setting->key)->name;
    char name[SHOWN_SIZE];

    if (setting->name == NULL)
        return key;
    snprintf(out, SHOWN_SIZE + 16, "%.15s%s", strcmp(key, "*") == 0 ? "" : key, shown_value(name, setting->name));
    return out;
}

void value_mistake_about(struct build *build, const struct setting *setting, const char *format, ...)
{
    char text[300], shown[SHOWN_SIZE + 16];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (setting->is_bad)
        return;
    if (setting->place.origin == ORIGIN_PLAN)
        mistake_at(&build->mistakes, &setting->place, 0, "%s: %s", setting_shown(shown, setting), text);
    else
        mistake_at(&build->mistakes, &setting->place, 0, "%s: %s", setting->place.shown, text);
}

void value_mistake(struct build *build, const struct setting *setting)
{
    const struct plan_key *key = key_info(setting->key);
    bool looks_like_body = setting->key == KEY_SCENARIO_DURATION && strchr("{[", setting->value[0]) != NULL && setting->value[0] != '\0';
    char shown[SHOWN_SIZE], name[SHOWN_SIZE + 16];

    if (setting->is_bad)
        return;
    shown_value(shown, setting->value);
    if (setting->place.origin == ORIGIN_PLAN)
        mistake_at(
            &build->mistakes, &setting->place, 0, "%s: expected %s, got \"%s\"", setting_shown(name, setting), value_expected(key->type),
            shown);
    else
        mistake_of_usage(
            &build->mistakes, "%s wants %s, got \"%s\"%s", setting->place.shown, value_expected(key->type), shown,
            looks_like_body ? "; the body is -b" : "");
}

static bool parse_duration(enum value_type type, const char *text, uint64_t *ns)
{
    return units_parse_duration(text, BARE_SECONDS, ns) && (*ns > 0 || type == VALUE_DURATION_OR_OFF);
}

static bool parse_number(enum value_type type, const char *text, uint64_t *number)
{
    switch (type) {
    case VALUE_COUNT:
        return units_parse_count(text, number) && *number > 0;
    case VALUE_COUNT_OR_OFF:
    case VALUE_SEED:
        return units_parse_count(text, number);
    case VALUE_THREADS:
        return units_parse_count(text, number) && *number > 0 && *number <= 256;
    case VALUE_VUS:
        return units_parse_count(text, number) && *number > 0 && *number <= 1000000;
    case VALUE_VUS_OR_NONE:
        return units_parse_count(text, number) && *number <= 1000000;
    case VALUE_BYTES:
        return units_parse_bytes(text, number) && *number > 0;
    case VALUE_BYTES_OR_OFF:
        return units_parse_bytes(text, number);
    default:
        INVARIANT(!"a number");
        return false;
    }
}

/* The text to read, and the setting it is from (NULL: the default). NULL: there is neither. */
static const char *text_of(const struct build *build, const struct section *section, enum plan_key_id key, const struct setting **setting)
{
    *setting = value_find(build, section, key);
    return *setting != NULL ? (*setting)->value : key_info(key)->initial;
}

static bool judged(struct build *build, const struct setting *setting, bool is_good)
{
    INVARIANT(is_good || setting != NULL); /* a default of the table is always good */
    if (!is_good)
        value_mistake(build, setting);
    return is_good;
}

bool value_duration(struct build *build, const struct section *section, enum plan_key_id key, uint64_t *ns)
{
    const struct setting *setting;
    const char *text = text_of(build, section, key, &setting);
    uint64_t value;

    if (text == NULL || !judged(build, setting, parse_duration(key_info(key)->type, text, &value)))
        return false;
    *ns = value;
    return true;
}

bool value_number(struct build *build, const struct section *section, enum plan_key_id key, uint64_t *number)
{
    const struct setting *setting;
    const char *text = text_of(build, section, key, &setting);
    uint64_t value;

    if (text == NULL || !judged(build, setting, parse_number(key_info(key)->type, text, &value)))
        return false;
    *number = value;
    return true;
}

bool value_flag(struct build *build, const struct section *section, enum plan_key_id key, bool *is_yes)
{
    const struct setting *setting;
    const char *text = text_of(build, section, key, &setting);
    bool value;

    if (text == NULL || !judged(build, setting, option_flag(text, &value)))
        return false;
    *is_yes = value;
    return true;
}

bool value_choice(
    struct build *build, const struct section *section, enum plan_key_id key, const char *const *names, size_t count, size_t *choice)
{
    const struct setting *setting;
    const char *text = text_of(build, section, key, &setting);
    const char *nearest;
    char shown[SHOWN_SIZE];

    if (text == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0) {
            *choice = i;
            return true;
        }
    INVARIANT(setting != NULL);
    nearest = nearest_word(text, names, count);
    if (nearest != NULL)
        value_mistake_about(build, setting, "unknown value \"%s\": did you mean \"%s\"?", shown_value(shown, text), nearest);
    else
        value_mistake(build, setting);
    return false;
}

char *value_text(struct build *build, const struct section *section, enum plan_key_id key)
{
    const struct setting *setting;

    return mem_copy(text_of(build, section, key, &setting));
}

const struct setting *value_of_request(
    const struct build *build, const struct section *http, const struct section *section, enum plan_key_id general, enum plan_key_id own)
{
    const struct setting *mine = section_get(section, own), *all = value_find(build, http, general);

    return mine != NULL && (all == NULL || all->place.origin <= ORIGIN_PLAN) ? mine : all;
}

char *value_path(const struct build *build, const struct setting *setting, const char *path)
{
    const char *slash = build->file != NULL ? strrchr(build->file, '/') : NULL;
    bool is_beside_plan = setting->place.origin == ORIGIN_PLAN && path[0] != '/' && slash != NULL;

    return is_beside_plan ? mem_format("%.*s/%s", (int)(slash - build->file), build->file, path) : mem_copy(path);
}
