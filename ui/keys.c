/* The table of keys and its questions. Static data; pure. */
#include "keys.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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
    if (name[0] == 'F' && isdigit((unsigned char)name[1]))
        return KEY_CODE_FUNCTION + (uint32_t)strtoul(name + 1, NULL, 10);
    return name[0] > ' ' && name[1] == '\0' ? (uint32_t)(unsigned char)name[0] : KEY_CODE_NONE;
}

const struct key_binding *keys_table(size_t *count)
{
    static struct key_binding table[] = {
#define KEY(key, action, label, order, states, help) { key, 0, ACTION_##action, label, order, states, help },
#include "keys.def"
#undef KEY
    };

    *count = sizeof table / sizeof table[0];
    if (table[0].code == 0)
        for (size_t i = 0; i < *count; i++)
            table[i].code = keys_code(table[i].key);
    return table;
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
    const struct key_binding *table = keys_table(&count);

    if (code == '\r')
        code = KEY_CODE_ENTER;
    for (size_t i = 0; i < count; i++)
        if (table[i].code == code && keys_is_valid(&table[i], state, is_frozen))
            return &table[i];
    return NULL;
}
