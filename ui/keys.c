/* The table of keys and its questions. Static data; pure. */
#include "keys.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"

uint32_t keys_code(const char *name)
{
    if (strcmp(name, "Space") == 0)
        return ' ';
    if (strcmp(name, "Enter") == 0)
        return KEY_CODE_ENTER;
    if (strcmp(name, "Esc") == 0)
        return KEY_CODE_ESCAPE;
    if (strncmp(name, "Ctrl-", 5) == 0 && name[5] >= '@' && name[5] <= '_' && name[6] == '\0')
        return (uint32_t)name[5] & 0x1f;
    if (name[0] == 'F' && isdigit((unsigned char)name[1])) {
        char *end;
        unsigned long number = strtoul(name + 1, &end, 10);

        return *end == '\0' && number >= 1 && number <= 24 ? KEY_CODE_FUNCTION + (uint32_t)number : KEY_CODE_NONE;
    }
    return name[0] > ' ' && name[1] == '\0' ? (uint32_t)(unsigned char)name[0] : KEY_CODE_NONE;
}

#define KEY_NAME_SIZE 12

static const struct key_binding defaults[] = {
#define KEY(key, action, label, order, states, help) { key, 0, ACTION_##action, label, order, states, help },
#include "keys.def"
#undef KEY
};

#define COUNT (sizeof defaults / sizeof defaults[0])

/* What holds: the table, and the names of keys that were chosen. */
static struct key_binding table[COUNT];
static char chosen[COUNT][KEY_NAME_SIZE];

static void take_defaults(struct key_binding *to)
{
    for (size_t i = 0; i < COUNT; i++) {
        to[i] = defaults[i];
        to[i].code = keys_code(to[i].key);
    }
}

const struct key_binding *keys_table(size_t *count)
{
    *count = COUNT;
    if (table[0].code == 0)
        take_defaults(table);
    return table;
}

/* ---- keys that the user chose ---- */

/* "rerun-ask" and RERUN_ASK are one name. */
static bool is_name(const char *name, const char *id)
{
    for (; *name != '\0' && *id != '\0'; name++, id++)
        if (*name != (*id == '_' ? '-' : tolower((unsigned char)*id)))
            return false;
    return *name == *id;
}

/* The first binding of an action, the one that can be chosen; -1: there is no such action. */
static int find_action(const char *name)
{
    static const char *const ids[] = {
#define KEY(key, action, label, order, states, help) #action,
#include "keys.def"
#undef KEY
    };

    for (size_t i = 0; i < COUNT; i++)
        if (is_name(name, ids[i]))
            return (int)i;
    return -1;
}

/* Both do something in one state. A binding of the frozen view holds in every state. */
static bool meet(const struct key_binding *a, const struct key_binding *b)
{
    if (strchr(a->states, 'f') != NULL || strchr(b->states, 'f') != NULL)
        return true;
    return strpbrk(a->states, b->states) != NULL;
}

static void add_mistake(struct error *mistakes, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_mistake(struct error *mistakes, const char *format, ...)
{
    size_t used = strlen(mistakes->text);
    va_list arguments;

    mistakes->exit_code = EXIT_USAGE;
    if (used > 0 && used + 1 < sizeof mistakes->text) {
        mistakes->text[used++] = '\n';
        mistakes->text[used] = '\0';
    }
    va_start(arguments, format);
    vsnprintf(mistakes->text + used, sizeof mistakes->text - used, format, arguments);
    va_end(arguments);
}

static void choose(struct key_binding *wanted, const struct ui_key_choice *choice, struct error *mistakes)
{
    int index = find_action(choice->action);
    uint32_t code = keys_code(choice->key);

    if (index < 0) {
        add_mistake(mistakes, "%.200s: there is no action of that name; onager keys lists them", choice->place);
    } else if (defaults[index].action == ACTION_INTERRUPT || defaults[index].action == ACTION_SUSPEND) {
        add_mistake(mistakes, "%.200s: %s belongs to the terminal and stays", choice->place, defaults[index].key);
    } else if (code == KEY_CODE_NONE || strlen(choice->key) >= KEY_NAME_SIZE) {
        add_mistake(mistakes, "%.200s: a key such as x, Space, Enter, Esc, F5 or Ctrl-R, got \"%.40s\"", choice->place, choice->key);
    } else {
        wanted[index].code = code;
        wanted[index].key = choice->key;
    }
}

/* Where a key was chosen that meets another; NULL: neither was. */
static const char *place_of(const struct ui_key_choice *choices, size_t count, const struct key_binding *a, const struct key_binding *b)
{
    for (size_t i = 0; i < count; i++)
        if (choices[i].key == a->key || choices[i].key == b->key)
            return choices[i].place;
    return NULL;
}

int ui_set_keys(const struct ui_key_choice *choices, size_t count, struct error *err)
{
    struct error mistakes = { 0 };
    struct key_binding wanted[COUNT];

    take_defaults(wanted);
    for (size_t i = 0; i < count; i++)
        choose(wanted, &choices[i], &mistakes);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = i + 1; k < COUNT; k++) {
            const struct key_binding *a = &wanted[i], *b = &wanted[k];
            const char *place = place_of(choices, count, a, b);

            if (place != NULL && a->code == b->code && a->action != b->action && meet(a, b))
                add_mistake(&mistakes, "%.300s: key %s would do two things: \"%.80s\" and \"%.80s\"", place, a->key, a->help, b->help);
        }
    if (mistakes.exit_code != 0)
        return error_set(err, EXIT_USAGE, "%s", mistakes.text);
    for (size_t i = 0; i < COUNT; i++) {
        table[i] = wanted[i];
        if (wanted[i].key == defaults[i].key)
            continue;
        snprintf(chosen[i], sizeof chosen[i], "%s", wanted[i].key);
        table[i].key = chosen[i];
    }
    return 0;
}

const char *ui_key_of(size_t row)
{
    size_t count;
    const struct key_binding *bindings = keys_table(&count);

    return row < count ? bindings[row].key : NULL;
}

char keys_state(enum run_state state)
{
    switch (state) {
    case RUN_READY:
        return 'r';
    case RUN_RUNNING:
        return 'g';
    case RUN_PAUSED:
        return 'p';
    case RUN_STOPPING:
    case RUN_SETUP:
    case RUN_TEARDOWN:
        return 's';
    default:
        return 'e';
    }
}

bool keys_is_valid(const struct key_binding *binding, char state, bool is_frozen)
{
    if (strchr(binding->states, 'f') != NULL)
        return is_frozen;
    return strchr(binding->states, state) != NULL;
}

const struct key_binding *keys_binding(uint32_t code, char state, bool is_frozen)
{
    size_t count;
    const struct key_binding *bindings = keys_table(&count);

    if (code == '\r')
        code = KEY_CODE_ENTER;
    for (size_t i = 0; i < count; i++)
        if (bindings[i].code == code && keys_is_valid(&bindings[i], state, is_frozen))
            return &bindings[i];
    return NULL;
}
