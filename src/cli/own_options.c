/* Reading the options of one command. */
#include "own_options.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "onager/units.h"

static const struct own_option_info infos[OWN_OPTION_COUNT] = {
#define OWN_OPTION(id, command, name, value, normal, help) [OWN_##id] = { command, name, value, normal, help },
#include "own_option.def"
#undef OWN_OPTION
};

const struct own_option_info *own_option_info(enum own_option id)
{
    return &infos[id];
}

static int find(const char *command, const char *word)
{
    size_t length;

    if (strncmp(word, "--", 2) != 0)
        return -1;
    length = strcspn(word + 2, "=");
    for (int id = 0; id < OWN_OPTION_COUNT; id++)
        if (strcmp(infos[id].command, command) == 0 && strlen(infos[id].name) == length && strncmp(infos[id].name, word + 2, length) == 0)
            return id;
    return -1;
}

static void add(struct own_options *own, int id, const char *value)
{
    own->items = mem_resize(own->items, own->count + 1, sizeof *own->items);
    own->items[own->count].id = (enum own_option)id;
    own->items[own->count++].value = value;
}

int own_options_take(struct own_options *own, int *argc, char **argv, struct error *err)
{
    int kept = 1;

    *own = (struct own_options){ 0 };
    for (int i = 1; i < *argc; i++) {
        int id = find(argv[0], argv[i]);
        const char *value = id >= 0 ? strchr(argv[i], '=') : NULL;

        if (strcmp(argv[i], "--") == 0) { /* what follows is no option */
            while (i < *argc)
                argv[kept++] = argv[i++];
            break;
        }
        if (id < 0) {
            argv[kept++] = argv[i];
            continue;
        }
        if (infos[id].value == NULL && value != NULL)
            return error_set(err, EXIT_USAGE, "--%s takes no value", infos[id].name);
        if (infos[id].value == NULL)
            value = "=";
        else if (value == NULL && i + 1 == *argc)
            return error_set(
                err, EXIT_USAGE, "--%s wants a value: --%s %s, %s", infos[id].name, infos[id].name, infos[id].value, infos[id].help);
        add(own, id, value != NULL ? value + 1 : argv[++i]);
    }
    argv[kept] = NULL;
    *argc = kept;
    return 0;
}

void own_options_release(struct own_options *own)
{
    free(own->items);
    *own = (struct own_options){ 0 };
}

const char *own_option_value(const struct own_options *own, enum own_option id)
{
    for (size_t i = own->count; i-- > 0;)
        if (own->items[i].id == id)
            return own->items[i].value;
    return NULL;
}

bool own_option_count(const struct own_options *own, enum own_option id, uint64_t normal, uint64_t *count, struct error *err)
{
    const char *text = own_option_value(own, id);

    *count = normal;
    if (text == NULL || (units_parse_count(text, count) && *count > 0))
        return true;
    error_set(err, EXIT_USAGE, "--%s wants a whole number above 0, got \"%.60s\"", infos[id].name, text);
    return false;
}

bool own_option_duration(const struct own_options *own, enum own_option id, uint64_t normal, uint64_t *ns, struct error *err)
{
    const char *text = own_option_value(own, id);

    *ns = normal;
    if (text == NULL || (units_parse_duration(text, BARE_SECONDS, ns) && *ns > 0))
        return true;
    error_set(err, EXIT_USAGE, "--%s wants a duration such as 10s, got \"%.60s\"", infos[id].name, text);
    return false;
}

bool own_option_choice(const struct own_options *own, enum own_option id, size_t *choice, struct error *err)
{
    const char *text = own_option_value(own, id), *words = infos[id].value;

    *choice = 0;
    if (text == NULL)
        return true;
    for (size_t index = 0; words[0] != '\0'; index++) {
        size_t length = strcspn(words, "|");

        if (strlen(text) == length && strncmp(words, text, length) == 0) {
            *choice = index;
            return true;
        }
        words += length + (words[length] == '|');
    }
    error_set(err, EXIT_USAGE, "--%s wants %s, got \"%.60s\"", infos[id].name, infos[id].value, text);
    return false;
}
