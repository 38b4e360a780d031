/* keys: the keys of the dashboard, those that the config file gives to actions included. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "command.h"
#include "config.h"
#include "key_states.h"
#include "lines.h"
#include "say.h"
#include "watch.h"

#define KEY_COLUMNS 10
#define NAME_COLUMNS 21

static const struct {
    const char *key, *action, *states, *help;
} keys[] = {
#define KEY(key, action, label, order, states, help) { key, #action, states, help },
#include "keys.def"
#undef KEY
};

/* The name of an action in the config file. */
static void put_name(char *out, size_t size, const char *id)
{
    size_t used = 0;

    for (; id[used] != '\0' && used + 1 < size; used++)
        out[used] = id[used] == '_' ? '-' : (char)tolower((unsigned char)id[used]);
    out[used] = '\0';
}

static void add_key(struct buf *out, size_t i)
{
    bool is_always;
    char name[40], words[80], line[300];

    put_name(name, sizeof name, keys[i].action);
    is_always = strcmp(key_states_text(words, sizeof words, keys[i].states), "always") == 0;
    snprintf(line, sizeof line, "%s%s%s%s", keys[i].help, is_always ? "" : " (", is_always ? "" : words, is_always ? "" : ")");
    buf_add_text(out, "  ");
    lines_padded(out, ui_key_of(i), KEY_COLUMNS - 2);
    lines_padded(out, name, NAME_COLUMNS - KEY_COLUMNS);
    lines_wrapped(out, line, NAME_COLUMNS);
}

static void print_keys(void)
{
    struct buf out;

    buf_init(&out);
    buf_add_text(
        &out, "Keys of the dashboard, the names of their actions for [keys] of the config file,\n"
              "what they do, and in which states of a run\n\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        add_key(&out, i);
    fputs(out.data, stdout);
    buf_release(&out);
}

int cmd_keys(int argc, char **argv)
{
    struct config config;
    struct error err = { 0 };

    if (argc > 1)
        return cmd_help(2, (char *[]){ argv[0], argv[0], NULL });
    if (config_load(&config, &err) == 0 && watch_set_keys(&config, &err) == 0)
        print_keys();
    else
        say_error(&err, false);
    config_release(&config);
    return err.exit_code;
}
