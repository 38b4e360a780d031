/* Themes: every role in every theme, contrast, the search path; and the decisions about colours and glyph sets, as tables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "canvas.h"
#include "glyphs.h"
#include "theme.h"

/* ---- Decisions ---- */

static const char *const *variables; /* name, value, name, value, NULL */

static const char *fake_env(const char *name)
{
    for (const char *const *v = variables; v[0] != NULL; v += 2)
        if (strcmp(v[0], name) == 0)
            return v[1];
    return NULL;
}

static void colours_are_decided_by_option_environment_configuration_and_terminal_in_this_order(void **state)
{
    static const struct {
        const char *option, *config, *env[9];
        long terminfo, colors;
    } rows[] = {
        { NULL, NULL, { NULL }, 256, 256 },
        { "auto", NULL, { NULL }, 256, 256 },
        { NULL, NULL, { NULL }, 8, 8 },
        { NULL, NULL, { NULL }, 16, 16 },
        { NULL, NULL, { NULL }, 88, 16 },
        { NULL, NULL, { NULL }, 1 << 24, 1 << 24 },
        { NULL, NULL, { NULL }, -1, 0 },
        { NULL, NULL, { NULL }, 2, 0 },
        /* the option beats all */
        { "always", "never", { "NO_COLOR", "1", "CLICOLOR_FORCE", "0" }, 256, 256 },
        { "always", NULL, { NULL }, -1, 8 },
        { "never", "always", { "CLICOLOR_FORCE", "1" }, 256, 0 },
        /* NO_COLOR beats the rest, unless it is empty */
        { "auto", "always", { "NO_COLOR", "1", "CLICOLOR_FORCE", "1" }, 256, 0 },
        { NULL, NULL, { "NO_COLOR", "0" }, 256, 0 },
        { NULL, NULL, { "NO_COLOR", "" }, 256, 256 },
        { NULL, "never", { "NO_COLOR", "" }, 256, 0 },
        /* CLICOLOR_FORCE beats the configuration */
        { NULL, "never", { "CLICOLOR_FORCE", "1" }, 256, 256 },
        { NULL, NULL, { "CLICOLOR_FORCE", "1" }, -1, 8 },
        { NULL, NULL, { "CLICOLOR_FORCE", "0" }, -1, 0 },
        { NULL, "never", { "CLICOLOR_FORCE", "" }, 256, 0 },
        /* the configuration beats the terminal */
        { NULL, "always", { NULL }, -1, 8 },
        { NULL, "never", { NULL }, 256, 0 },
        { "auto", "auto", { NULL }, 256, 256 },
        /* how many */
        { NULL, NULL, { "COLORTERM", "truecolor" }, 256, 1 << 24 },
        { NULL, NULL, { "COLORTERM", "24bit" }, 256, 1 << 24 },
        { NULL, NULL, { "COLORTERM", "yes" }, 256, 256 },
        { NULL, NULL, { "COLORTERM", "yes" }, 8, 16 },
        { NULL, NULL, { "COLORTERM", "" }, 8, 8 },
        { NULL, NULL, { "COLORTERM", "truecolor" }, -1, 0 },
        { NULL, NULL, { "COLORTERM", "truecolor", "NO_COLOR", "1" }, 256, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        long got;

        variables = rows[i].env;
        got = theme_colors(rows[i].option, rows[i].config, fake_env, rows[i].terminfo);
        if (got != rows[i].colors)
            fail_msg("row %zu: %ld colours, expected %ld", i, got, rows[i].colors);
    }
}

static void glyph_sets_follow_the_option_the_locale_and_the_terminal(void **state)
{
    static const struct {
        const char *name;
        int is_utf8;
        const char *term;
        int set;
    } rows[] = {
        { NULL, 1, "xterm-256color", GLYPHS_BLOCK },
        { "auto", 1, "tmux", GLYPHS_BLOCK },
        { "auto", 1, NULL, GLYPHS_BLOCK },
        { "auto", 0, "xterm", GLYPHS_ASCII },
        { "auto", 1, "linux", GLYPHS_ASCII },
        { "auto", 1, "linux-16color", GLYPHS_ASCII },
        { "auto", 1, "vt100", GLYPHS_ASCII },
        { "auto", 1, "vt220-w", GLYPHS_ASCII },
        { "auto", 1, "dumb", GLYPHS_ASCII },
        { "auto", 1, "linuxish", GLYPHS_BLOCK },
        { "block", 1, "linux", GLYPHS_BLOCK }, /* who asks for it gets it */
        { "block", 0, "xterm", GLYPHS_ASCII }, /* but never bytes that the locale has no characters for */
        { "braille", 1, "xterm", GLYPHS_BRAILLE },
        { "braille", 0, "xterm", GLYPHS_ASCII },
        { "ascii", 1, "xterm", GLYPHS_ASCII },
        { "Block", 1, "xterm", -1 },
        { "", 1, "xterm", -1 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (glyph_set_find(rows[i].name, rows[i].is_utf8, rows[i].term) != rows[i].set)
            fail_msg("row %zu", i);
}

/* ---- Files ---- */

static void a_style_holds_colours_for_each_kind_of_terminal(void **state)
{
    struct theme theme;
    struct error err = { 0 };
    const struct theme_style *bad = &theme.styles[ROLE_BAD];

    assert_int_equal(
        theme_parse(&theme, "t.ini", "[theme]\nname = t\n[roles]\nbad = #ff8700 208 bright-red on #000000 16 black bold underline\n", &err),
        0);
    assert_string_equal(theme.name, "t");
    assert_int_equal(bad->attributes, CELL_BOLD | CELL_UNDERLINE);
    assert_int_equal(theme_color_for(&bad->foreground, 1 << 24), 0xff8700);
    assert_int_equal(theme_color_for(&bad->foreground, 256), 208);
    assert_int_equal(theme_color_for(&bad->foreground, 16), 9);
    assert_int_equal(theme_color_for(&bad->foreground, 8), 1);
    assert_int_equal(theme_color_for(&bad->foreground, 0), -1);
    assert_int_equal(theme_color_for(&bad->background, 8), 0);
}

static void a_mistake_in_a_theme_is_told_with_its_line(void **state)
{
    struct theme theme;
    struct error err = { 0 };

    assert_int_equal(theme_parse(&theme, "t.ini", "[roles]\ntext = default\nbad = rde\n", &err), -1);
    assert_string_equal(err.text, "t.ini:3: bad: \"rde\" is no colour and no attribute");
    assert_int_equal(theme_parse(&theme, "t.ini", "[roles]\nbda = red\n", &err), -1);
    assert_string_equal(err.text, "t.ini:2: there is no role \"bda\"");
}

static void a_background_is_under_every_role_that_has_none_of_its_own(void **state)
{
    struct theme theme;
    struct error err = { 0 };

    assert_int_equal(
        theme_parse(&theme, "t.ini", "[roles]\nbad = red on white\ntext = green\n[theme]\nbackground = #102030 17 blue\n", &err), 0);
    assert_int_equal(theme.styles[ROLE_TEXT].background.rgb, 0x102030);
    assert_int_equal(theme.styles[ROLE_TEXT].background.c256, 17);
    assert_int_equal(theme.styles[ROLE_DIM].background.c16, 4);
    assert_int_equal(theme.styles[ROLE_BAD].background.c16, 7);
    assert_int_equal(theme.styles[ROLE_BAD].background.rgb, -1);
}

/* ---- The themes that come along ---- */

static const char *const themes[] = { "default",   "sky",  "light",   "mono",      "high-contrast",
                                      "okabe-ito", "nord", "gruvbox", "solarized", "dracula" };
#define THEMES (sizeof themes / sizeof themes[0])

static const char *const role_names[ROLE_COUNT] = {
#define ROLE(id, name, help) name,
#include "roles.def"
#undef ROLE
};

/* Graphics and lines: nobody reads them letter by letter. */
static bool is_text(int role)
{
    return role != ROLE_RULE && role != ROLE_PROGRESS_DONE && role != ROLE_PROGRESS_REST && !(role >= ROLE_HEAT_1 && role <= ROLE_HEAT_5);
}

static void theme_open(struct theme *theme, const char *name)
{
    struct error err = { 0 };

    if (theme_load(theme, name, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(theme->name, name);
}

static void every_theme_gives_every_role_a_style(void **state)
{
    size_t count = 0;
    struct theme theme;

    while (theme_name_at(count) != NULL)
        count++;
    assert_int_equal(count, THEMES);
    for (size_t i = 0; i < THEMES; i++) {
        theme_open(&theme, themes[i]);
        for (int role = 0; role < ROLE_COUNT; role++)
            if (!theme.given[role])
                fail_msg("%s: %s is missing", themes[i], role_names[role]);
    }
}

/* Without a background of its own a theme is made of the terminal's 16 colours; with one it has a value for each kind. */
static void a_theme_with_a_background_has_values_for_all_kinds_of_terminals(void **state)
{
    struct theme theme;

    for (size_t i = 0; i < THEMES; i++) {
        bool is_whole;

        theme_open(&theme, themes[i]);
        is_whole = theme.background.rgb >= 0;
        assert_int_equal(is_whole, strcmp(themes[i], "default") != 0 && strcmp(themes[i], "mono") != 0);
        for (int role = 0; role < ROLE_COUNT; role++) {
            const struct theme_style *s = &theme.styles[role];

            if (is_whole && (s->foreground.rgb < 0 || s->foreground.c256 < 0 || s->foreground.c16 < 0 || s->background.rgb < 0 ||
                             s->background.c256 < 0 || s->background.c16 < 0))
                fail_msg("%s: %s lacks a value", themes[i], role_names[role]);
            if (!is_whole && (s->foreground.rgb >= 0 || s->foreground.c256 >= 0 || s->background.c16 >= 0))
                fail_msg("%s: %s has a colour that is not the terminal's", themes[i], role_names[role]);
            if (is_whole && s->foreground.c16 == s->background.c16)
                fail_msg("%s: %s cannot be seen with 16 colours", themes[i], role_names[role]);
        }
    }
}

/* Relative luminance and contrast ratio as WCAG 2.1 defines them. */
static double luminance(int rgb)
{
    double linear[3];

    for (int i = 0; i < 3; i++) {
        double c = (rgb >> (16 - 8 * i) & 255) / 255.0;

        linear[i] = c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
    }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

static double contrast(int a, int b)
{
    double la = luminance(a), lb = luminance(b);

    return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

/* The cube and the grays behind the 256 colours; the first 16 are the terminal's affair. */
static int rgb_of_256(int c)
{
    static const int levels[] = { 0, 95, 135, 175, 215, 255 };

    assert_in_range(c, 16, 255);
    if (c >= 232)
        return (8 + 10 * (c - 232)) * 0x010101;
    return levels[(c - 16) / 36] << 16 | levels[(c - 16) / 6 % 6] << 8 | levels[(c - 16) % 6];
}

static void text_has_a_contrast_of_4_5_to_1_where_the_theme_sets_the_background(void **state)
{
    struct theme theme;

    assert_true(fabs(contrast(0x000000, 0xffffff) - 21.0) < 0.001);
    assert_true(fabs(contrast(0x777777, 0xffffff) - 4.478) < 0.001);
    for (size_t i = 0; i < THEMES; i++) {
        double least = strcmp(themes[i], "high-contrast") == 0 ? 7 : 4.5;

        theme_open(&theme, themes[i]);
        for (int role = 0; role < ROLE_COUNT && theme.background.rgb >= 0; role++) {
            const struct theme_style *s = &theme.styles[role];
            double rgb = contrast(s->foreground.rgb, s->background.rgb);
            double cube = contrast(rgb_of_256(s->foreground.c256), rgb_of_256(s->background.c256));

            if (is_text(role) && (rgb < least || cube < least))
                fail_msg("%s: %s: %.2f in true colour, %.2f of 256", themes[i], role_names[role], rgb, cube);
        }
    }
}

static bool is_same(const struct theme_style *a, const struct theme_style *b, long colors)
{
    return a->attributes == b->attributes && theme_color_for(&a->foreground, colors) == theme_color_for(&b->foreground, colors) &&
           theme_color_for(&a->background, colors) == theme_color_for(&b->background, colors);
}

/* What must not be taken for one another differs on every kind of terminal; without colours by attributes. */
static void good_warning_and_bad_look_different_on_every_kind_of_terminal(void **state)
{
    static const enum role groups[][3] = { { ROLE_GOOD, ROLE_WARN, ROLE_BAD },
                                           { ROLE_VERDICT_VALID, ROLE_VERDICT_DEGRADED, ROLE_VERDICT_INVALID },
                                           { ROLE_STATE_PASSED, ROLE_STATE_STOPPED, ROLE_STATE_FAILED },
                                           { ROLE_STATE_RUNNING, ROLE_STATE_PAUSED, ROLE_STATE_FAILED } };
    static const long kinds[] = { 1L << 24, 256, 16, 8 };
    struct theme theme;

    for (size_t i = 0; i < THEMES; i++) {
        theme_open(&theme, themes[i]);
        for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
            for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
                for (int n = 0; n < 3; n++)
                    if (is_same(&theme.styles[groups[g][n]], &theme.styles[groups[g][(n + 1) % 3]], kinds[k]))
                        fail_msg(
                            "%s: %s and %s look the same with %ld colours", themes[i], role_names[groups[g][n]],
                            role_names[groups[g][(n + 1) % 3]], kinds[k]);
    }
}

static void a_theme_of_the_user_comes_before_the_one_that_came_along(void **state)
{
    char directory[] = "/tmp/XXXXXX", path[256];
    struct error err = { 0 };
    struct theme theme;
    FILE *file;

    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/onager", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/onager/themes", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/onager/themes/nord.ini", directory);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("[theme]\nname = mine\n[roles]\nbad = 99\n", file);
    fclose(file);
    setenv("XDG_CONFIG_HOME", directory, 1);
    assert_int_equal(theme_load(&theme, "nord", &err), 0);
    assert_string_equal(theme.name, "mine");
    assert_int_equal(theme.styles[ROLE_BAD].foreground.c256, 99);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    assert_int_equal(theme_load(&theme, "nord", &err), 0);
    assert_string_equal(theme.name, "nord");
    assert_int_equal(theme_load(&theme, path, &err), 0);
    assert_string_equal(theme.name, "mine");
    assert_int_equal(theme_load(&theme, "nosuch", &err), -1);
    for (size_t i = 0; i < THEMES; i++)
        assert_non_null(strstr(err.text, themes[i]));
    assert_int_equal(theme_load(&theme, "./no/such.ini", &err), -1);
    unlink(path);
    for (char *slash; (slash = strrchr(path, '/')) != NULL && strlen(path) > strlen(directory);) {
        *slash = '\0';
        rmdir(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_are_decided_by_option_environment_configuration_and_terminal_in_this_order),
        cmocka_unit_test(glyph_sets_follow_the_option_the_locale_and_the_terminal),
        cmocka_unit_test(a_style_holds_colours_for_each_kind_of_terminal),
        cmocka_unit_test(a_mistake_in_a_theme_is_told_with_its_line),
        cmocka_unit_test(a_background_is_under_every_role_that_has_none_of_its_own),
        cmocka_unit_test(every_theme_gives_every_role_a_style),
        cmocka_unit_test(a_theme_with_a_background_has_values_for_all_kinds_of_terminals),
        cmocka_unit_test(text_has_a_contrast_of_4_5_to_1_where_the_theme_sets_the_background),
        cmocka_unit_test(good_warning_and_bad_look_different_on_every_kind_of_terminal),
        cmocka_unit_test(a_theme_of_the_user_comes_before_the_one_that_came_along),
    };

    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
