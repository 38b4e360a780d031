/* Reading themes with inih, and the decision how many colours to use. UI thread. */
#include "theme.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "canvas.h"

static const struct {
    const char *name, *text;
} builtin[] = {
#include "theme_data.h"
};
#define BUILTINS (sizeof builtin / sizeof builtin[0])

static const char *const role_names[ROLE_COUNT] = {
#define ROLE(id, name, help) name,
#include "roles.def"
#undef ROLE
};

static const char *const color_names[] = { "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white" };

struct reading {
    struct theme *theme;
    char problem[160];
};

/* One word of a style; false: it is none. */
static bool word_apply(const char *word, struct theme_color *color, unsigned *attributes)
{
    static const struct {
        const char *name;
        unsigned bit;
    } names[] = { { "bold", CELL_BOLD }, { "dim", CELL_DIM }, { "reverse", CELL_REVERSE }, { "underline", CELL_UNDERLINE } };
    bool is_bright = strncmp(word, "bright-", 7) == 0;
    char *end;
    long number;

    if (strcmp(word, "default") == 0)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(word, names[i].name) == 0) {
            *attributes |= names[i].bit;
            return true;
        }
    for (int i = 0; i < 8; i++)
        if (strcmp(word + (is_bright ? 7 : 0), color_names[i]) == 0) {
            color->c16 = i + (is_bright ? 8 : 0);
            return true;
        }
    number = strtol(word + (*word == '#'), &end, *word == '#' ? 16 : 10);
    if (*end != '\0' || end == word || number < 0)
        return false;
    if (*word == '#') {
        color->rgb = (int)number;
        return strlen(word) == 7;
    }
    color->c256 = (int)number;
    return number < 256;
}

static const struct theme_color terminals_own = { -1, -1, -1 };

/* `value` as a style: colours, "on" and colours, attributes. false and a problem: one word is none of them. */
static bool style_read(struct reading *reading, const char *name, const char *value, struct theme_style *style)
{
    struct theme_color *color = &style->foreground;
    char words[200], *rest = words, *word;

    *style = (struct theme_style){ terminals_own, terminals_own, 0 };
    snprintf(words, sizeof words, "%s", value);
    while ((word = strsep(&rest, " \t,")) != NULL) {
        if (*word == '\0')
            continue;
        if (strcmp(word, "on") == 0)
            color = &style->background;
        else if (!word_apply(word, color, &style->attributes)) {
            snprintf(reading->problem, sizeof reading->problem, "%.40s: \"%.40s\" is no colour and no attribute", name, word);
            return false;
        }
    }
    return true;
}

static int pair_read(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    struct theme_style style;
    int role = 0;

    if (strcmp(section, "theme") == 0 && strcmp(name, "name") == 0) {
        snprintf(reading->theme->name, sizeof reading->theme->name, "%s", value);
        return 1;
    }
    if (strcmp(section, "theme") == 0 && strcmp(name, "background") == 0) {
        if (!style_read(reading, name, value, &style))
            return 0;
        reading->theme->background = style.foreground;
        return 1;
    }
    while (role < ROLE_COUNT && strcmp(role_names[role], name) != 0)
        role++;
    if (strcmp(section, "roles") != 0 || role == ROLE_COUNT) {
        snprintf(reading->problem, sizeof reading->problem, "there is no role \"%.40s\"", name);
        return 0;
    }
    if (!style_read(reading, name, value, &style))
        return 0;
    reading->theme->styles[role] = style;
    reading->theme->given[role] = true;
    return 1;
}

int theme_parse(struct theme *theme, const char *source, const char *text, struct error *err)
{
    struct reading reading = { .theme = theme };
    int line;

    memset(theme, 0, sizeof *theme);
    theme->background = terminals_own;
    for (int i = 0; i < ROLE_COUNT; i++)
        theme->styles[i].foreground = theme->styles[i].background = terminals_own;
    line = ini_parse_string(text, pair_read, &reading);
    if (line != 0)
        return error_set(
            err, EXIT_USAGE, "%s:%d: %s", source, line,
            reading.problem[0] != '\0' ? reading.problem : "expected [section] or role = style");
    for (int i = 0; i < ROLE_COUNT; i++) {
        const struct theme_color *own = &theme->styles[i].background;

        if (own->rgb < 0 && own->c256 < 0 && own->c16 < 0)
            theme->styles[i].background = theme->background;
    }
    return 0;
}

/* The whole file; returned owned, or NULL. */
static char *file_read(const char *path)
{
    FILE *file = fopen(path, "re");
    size_t size = 65536, used;
    char *text;

    if (file == NULL)
        return NULL;
    text = malloc(size);
    used = text != NULL ? fread(text, 1, size - 1, file) : 0;
    if (text != NULL)
        text[used] = '\0';
    fclose(file);
    return text;
}

static int file_try(struct theme *theme, const char *path, struct error *err)
{
    char *text = file_read(path);
    int result;

    if (text == NULL)
        return 1;
    result = theme_parse(theme, path, text, err);
    free(text);
    return result;
}

int theme_load(struct theme *theme, const char *name, struct error *err)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char path[1024], known[256] = "";
    int result = 1;

    name = name != NULL && *name != '\0' ? name : "default";
    if (strchr(name, '/') != NULL) {
        result = file_try(theme, name, err);
        return result <= 0 ? result : error_set(err, EXIT_USAGE, "theme %s: %s", name, strerror(errno));
    }
    if (config != NULL && *config != '\0')
        snprintf(path, sizeof path, "%s/onager/themes/%s.ini", config, name);
    else
        snprintf(path, sizeof path, "%s/.config/onager/themes/%s.ini", home != NULL ? home : "", name);
    result = file_try(theme, path, err);
    if (result > 0) {
        snprintf(path, sizeof path, "%s/%s.ini", THEME_DIR, name);
        result = file_try(theme, path, err);
    }
    for (size_t i = 0; i < BUILTINS && result > 0; i++) {
        size_t length = strlen(known);

        if (strcmp(builtin[i].name, name) == 0)
            result = theme_parse(theme, name, builtin[i].text, err);
        snprintf(known + length, sizeof known - length, "%s%s", length > 0 ? ", " : "", builtin[i].name);
    }
    return result <= 0 ? result : error_set(err, EXIT_USAGE, "there is no theme \"%s\": %s, or the path of a file", name, known);
}

/* The nearest of the 256 colours' cube. */
static int cube_of(int rgb)
{
    int parts[3] = { rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255 };

    for (int i = 0; i < 3; i++)
        parts[i] = parts[i] < 48 ? 0 : parts[i] < 115 ? 1 : (parts[i] - 35) / 40;
    return 16 + 36 * parts[0] + 6 * parts[1] + parts[2];
}

int theme_color_for(const struct theme_color *color, long colors)
{
    if (colors <= 0)
        return -1;
    if (colors > 256 && color->rgb >= 0)
        return color->rgb;
    if (colors >= 256 && (color->c256 >= 0 || color->rgb >= 0))
        return color->c256 >= 0 ? color->c256 : cube_of(color->rgb);
    if (color->c16 >= 0 && color->c16 >= colors)
        return color->c16 - 8;
    return color->c16;
}

static bool is_set(const char *value)
{
    return value != NULL && *value != '\0';
}

long theme_colors(const char *option, const char *config, const char *(*env)(const char *name), long terminfo_colors)
{
    const char *force = env("CLICOLOR_FORCE"), *truecolor = env("COLORTERM");
    long colors = terminfo_colors < 8 ? 0 : terminfo_colors;
    bool is_forced = false;

    if (option != NULL && strcmp(option, "always") == 0)
        is_forced = true;
    else if (option != NULL && strcmp(option, "never") == 0)
        return 0;
    else if (is_set(env("NO_COLOR")))
        return 0;
    else if (is_set(force) && strcmp(force, "0") != 0)
        is_forced = true;
    else if (config != NULL && strcmp(config, "always") == 0)
        is_forced = true;
    else if (config != NULL && strcmp(config, "never") == 0)
        return 0;
    if (colors == 0 && !is_forced)
        return 0;
    if (colors == 0)
        colors = 8;
    if (is_set(truecolor)) {
        bool is_true = strcmp(truecolor, "truecolor") == 0 || strcmp(truecolor, "24bit") == 0;

        if (colors >= 256 && is_true)
            colors = 1L << 24;
        if (colors == 8)
            colors = 16;
    }
    return colors > 256 ? 1L << 24 : colors >= 256 ? 256 : colors >= 16 ? 16 : 8;
}

const char *theme_name_at(size_t index)
{
    return index < BUILTINS ? builtin[index].name : NULL;
}
