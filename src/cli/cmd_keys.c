/* keys: the keys of the dashboard, those that the config file gives to actions included. */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "command.h"
#include "key_states.h"
#include "lines.h"

#define KEY_COLUMNS 10
#define ACTION_COLUMNS 12

static const struct {
    const char *key, *action, *states, *help;
} keys[] = {
#define KEY(key, action, label, order, states, help) { key, #action, states, help },
#include "keys.def"
#undef KEY
};

static void add_key(struct buf *out, size_t i)
{
    bool is_again = i > 0 && strcmp(keys[i - 1].key, keys[i].key) == 0;
    char words[80], line[300];

    key_states_text(words, sizeof words, keys[i].states);
    snprintf(
        line, sizeof line, "%s%s%s%s", keys[i].help, strcmp(words, "always") != 0 ? " (" : "", strcmp(words, "always") != 0 ? words : "",
        strcmp(words, "always") != 0 ? ")" : "");
    buf_add_text(out, "  ");
    lines_padded(out, is_again ? "" : keys[i].key, KEY_COLUMNS - 2);
    lines_wrapped(out, line, KEY_COLUMNS);
}

int cmd_keys(int argc, char **argv)
{
    struct buf out;

    buf_init(&out);
    buf_add_text(&out, "Keys of the dashboard, and the states of a run in which they do something\n\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        add_key(&out, i);
    fputs(out.data, stdout);
    buf_release(&out);
    return EXIT_PASSED;
}
