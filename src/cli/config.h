/* The config file of the user: XDG_CONFIG_HOME/onager/config.ini, else ~/.config/onager/config.ini.
 *
 *     allow = staging.example.com, *.test.example.com      hosts that the start question does not ask about
 *     [options]
 *     theme = nord                                          long names of options; a list has one value a line
 *     [keys]
 *     stop = x                                              NAME = KEY for the dashboard
 *
 * It is written by config_allow() alone, when the user pressed a key for that. Main thread. */
#ifndef ONAGER_CONFIG_H
#define ONAGER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "onager/error.h"

struct config_value {
    int id;     /* of options: enum option_id */
    char *name; /* of keys: the action */
    char *value;
    char *place; /* "~/.config/onager/config.ini:3: theme", for messages */
};

struct config {
    struct config_value *options, *keys;
    size_t option_count, key_count;
    char **allowed;
    size_t allowed_count;
};

/* false: there is no place for a config file (neither XDG_CONFIG_HOME nor HOME). */
bool config_path(char *out, size_t size);

/* Reads the file; one that does not exist is an empty one. 0, or -1 and *err (EXIT_USAGE) with every mistake as file:line.
 * config_release() in both cases. */
int config_load(struct config *config, struct error *err);
/* The same from text that is there. */
int config_read(struct config *config, const char *path, const char *text, size_t length, struct error *err);
void config_release(struct config *config);

/* Whether the config file takes this option: it is neither a question nor about one run alone. */
bool config_takes_option(int id);
/* Whether `host` is one of the allowed: the same name, or below "*.NAME". */
bool config_allows(char *const *allowed, size_t count, const char *host);

/* Puts the text of a config file into *out with `host` added to allow; everything else stays as it is. Pure. */
void config_add_allowed(struct buf *out, const char *text, const char *host);
/* Adds `host` to allow in the user's file, which is replaced at once or not at all. -1 and *err when that cannot be done; a file
 * or folder of somebody else is never touched. */
int config_allow(const char *host, struct error *err);

#endif
