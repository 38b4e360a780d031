/* Lists of onager-plan(5): the keys of each section and the generators. For the generator of the manual alone. */
#ifndef ONAGER_GEN_MAN_PLAN_H
#define ONAGER_GEN_MAN_PLAN_H

#include <stdbool.h>

#include "gen_man_text.h"
#include "keys.h"

static const struct {
    const char *section, *key;
    enum value_type type;
    const char *initial, *help;
} plan_keys[] = {
#define PLAN_KEY(id, section, key, type, initial, help) { #section, key, VALUE_##type, initial, help },
#include "plan_keys.def"
#undef PLAN_KEY
};

static const char *const expected_values[] = {
#define VALUE_TYPE(id, expected) [VALUE_##id] = expected,
    VALUE_TYPES
#undef VALUE_TYPE
};

static const char *const generators[] = {
#define GENERATOR(id, name, min, max, is_number, help) help,
#include "onager/generator.def"
#undef GENERATOR
};

/* "header." takes a name, "*" is one. */
static void plan_key(const char *key, enum value_type type, const char *initial, const char *help)
{
    bool is_open = key[strlen(key) - 1] == '.';
    char line[256];

    snprintf(line, sizeof line, "%s%s", strcmp(key, "*") == 0 ? "" : key, is_open || strcmp(key, "*") == 0 ? "NAME" : "");
    fputs(".It Ic", stdout);
    argument(line);
    putchar('\n');
    help_sentence(help);
    if (type != VALUE_TEXT) {
        snprintf(line, sizeof line, "Wants %s", expected_values[type]);
        sentence(line);
    }
    if (initial != NULL && initial[0] != '\0') {
        fputs("Default: ", stdout);
        text(initial);
        puts(".");
    }
}

static void list_plan_keys(const char *section)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < sizeof plan_keys / sizeof plan_keys[0]; i++)
        if (strcmp(plan_keys[i].section, section) == 0)
            plan_key(plan_keys[i].key, plan_keys[i].type, plan_keys[i].initial, plan_keys[i].help);
    puts(".El");
}

/* "random_int(LOW, HIGH): a whole number, ..." */
static void list_generators(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < sizeof generators / sizeof generators[0]; i++) {
        const char *colon = strstr(generators[i], "): ");
        char head[200];

        colon = colon != NULL && strchr(generators[i], ':') > strchr(generators[i], '(') ? colon + 1 : strchr(generators[i], ':');
        snprintf(head, sizeof head, "%.*s", (int)(colon - generators[i]), generators[i]);
        fputs(".It Ic", stdout);
        argument(head);
        putchar('\n');
        help_sentence(colon + 2);
    }
    puts(".El");
}

/* false: no list of that name. */
static bool plan_fill(const char *name)
{
    if (strncmp(name, "PLAN_KEYS_", 10) == 0)
        list_plan_keys(name + 10);
    else if (strcmp(name, "GENERATORS") == 0)
        list_generators();
    else
        return false;
    return true;
}

#endif
