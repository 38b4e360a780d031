/* Themes: INI files that give every role colours and attributes. Read once at the start; UI thread. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/error.h"
#include "role.h"

/* A colour for each kind of terminal; -1: the terminal's default. */
struct theme_color {
    int rgb;  /* 0xRRGGBB */
    int c256; /* 0..255 */
    int c16;  /* 0..15 */
};

struct theme_style {
    struct theme_color foreground, background;
    unsigned attributes; /* CELL_* of canvas.h */
};

struct theme {
    char name[32];
    struct theme_color background; /* of the whole screen; already in every style that has none of its own */
    bool given[ROLE_COUNT];        /* the text gives this role a style */
    struct theme_style styles[ROLE_COUNT];
};

/* A path (with a slash), or a name looked up in $XDG_CONFIG_HOME/onager/themes, the installed themes and the compiled-in ones.
 * NULL is "default". -1 and *err: no such theme, or a line of it cannot be read (with file and line). */
int theme_load(struct theme *theme, const char *name, struct error *err);
/* The same from text; `source` is for messages. */
int theme_parse(struct theme *theme, const char *source, const char *text, struct error *err);

/* The colour to use on a terminal of so many colours; -1: its default. */
int theme_color_for(const struct theme_color *color, long colors);

/* How many colours to use: 0, 8, 16, 256 or 1 << 24. The first of these that says something decides whether: option ("always",
 * "never"), NO_COLOR (not empty), CLICOLOR_FORCE (not empty, not 0), config (as option), what terminfo says. How many: what
 * terminfo says, and COLORTERM: "truecolor" or "24bit" make 256 all, anything makes 8 16. `env` looks a variable up (getenv). */
long theme_colors(const char *option, const char *config, const char *(*env)(const char *name), long terminfo_colors);

/* Names of the themes that are compiled in; NULL behind the last. */
const char *theme_name_at(size_t index);

#endif
