/* Settings; the picture of a screen: its form, that nothing from outside is markup, and that a saved file never replaces another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "action.h"
#include "onager/units.h"
#include "save.h"
#include "settings.h"
#include "svg.h"

static const char theme_text[] = "[theme]\nname = t\nbackground = #101010\n[roles]\ntext = #eeeeee\nbad = #ff0000 bold\n"
                                 "toast = #000000 on #ffff00\nheat.2 = #0000ff\n";

static struct theme theme_of_test(void)
{
    struct theme theme;
    struct error err = { 0 };

    assert_int_equal(theme_parse(&theme, "t.ini", theme_text, &err), 0);
    return theme;
}

/* The picture without its head, which ends with the background. Returned owned. */
static char *body_of(const struct canvas *canvas)
{
    struct theme theme = theme_of_test();
    char *text = NULL, *body, *copy;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    svg_write(out, canvas, &theme);
    fclose(out);
    body = strstr(text, "rx=\"6\" fill=\"#101010\"/>\n");
    assert_non_null(body);
    copy = strdup(strchr(body, '\n') + 1);
    free(text);
    return copy;
}

static void text_blocks_lines_and_backgrounds_each_become_their_element(void **state)
{
    struct canvas *canvas = canvas_new(12, 3, GLYPHS_BLOCK);
    struct pane pane = pane_of(canvas, (struct rect){ 0, 0, 12, 3 });
    char *body;

    pane_text(&pane, 0, 0, 12, ROLE_BAD, "two words  x");
    pane_put(&pane, 0, 1, 0x2584, ROLE_TEXT, 0); /* half a block */
    pane_put(&pane, 1, 1, 0x2584, ROLE_TEXT, 0);
    pane_put(&pane, 2, 1, 0x2592, ROLE_HEAT_2, 0); /* half dark */
    pane_put(&pane, 3, 1, 0x2500, ROLE_TEXT, CELL_DIM);
    pane_text(&pane, 0, 2, 12, ROLE_TOAST, "hi");
    body = body_of(canvas);
    assert_string_equal(
        body, "<text class=\"bad\" x=\"8\" y=\"21\" textLength=\"72\" lengthAdjust=\"spacingAndGlyphs\">two words</text>\n"
              "<text class=\"bad\" x=\"96\" y=\"21\" textLength=\"8\" lengthAdjust=\"spacingAndGlyphs\">x</text>\n"
              "<rect class=\"text\" x=\"8\" y=\"33.5\" width=\"16\" height=\"8.5\"/>\n"
              "<rect class=\"heat-2\" x=\"24\" y=\"25\" width=\"8\" height=\"17\" fill-opacity=\"0.5\"/>\n"
              "<rect class=\"text d\" x=\"32\" y=\"33\" width=\"8\" height=\"1\"/>\n"
              "<rect x=\"8\" y=\"42\" width=\"16\" height=\"17\" fill=\"#ffff00\"/>\n"
              "<text class=\"toast\" x=\"8\" y=\"55\" textLength=\"16\" lengthAdjust=\"spacingAndGlyphs\">hi</text>\n"
              "</svg>\n");
    free(body);
    canvas_free(canvas);
}

static void text_from_outside_is_never_markup(void **state)
{
    static const char evil[] = "</text><script>alert('1')</script>&amp;\"]]>\x1b[31m\xe2\x80\xae";
    struct canvas *canvas = canvas_new(100, 2, GLYPHS_BLOCK);
    struct pane pane = pane_of(canvas, (struct rect){ 0, 0, 100, 2 });
    char *body;

    pane_outside(&pane, 0, 0, 100, ROLE_TEXT, evil);
    body = body_of(canvas);
    assert_non_null(strstr(body, "&#60;/text&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;amp;&#34;]]&#62;"));
    assert_null(strstr(body, "<script"));
    for (const char *c = body; *c != '\0'; c++)
        assert_true(*c == '\n' || (*c >= ' ' && *c < 0x7f));
    free(body);
    /* Cells that hold what no panel could put there. */
    for (int i = 0; i < 100; i++)
        canvas->cells[i] = (struct cell){ .code_point = 0xfffd, .role = ROLE_TEXT };
    canvas->cells[0].code_point = 0x1b;
    canvas->cells[1].code_point = 0x9b;
    canvas->cells[2].code_point = 0xd800;
    canvas->cells[3].code_point = 0xffff;
    canvas->cells[4].code_point = 0x110000;
    canvas->cells[5].mark = 0x08;
    body = body_of(canvas);
    assert_non_null(strstr(body, ">&#xfffd;&#xfffd;&#xfffd;&#xfffd;&#xfffd;&#xfffd;&#xfffd;"));
    assert_null(strstr(body, "&#x1b"));
    assert_null(strstr(body, "&#xd800"));
    free(body);
    canvas_free(canvas);
}

static void a_saved_screen_never_replaces_a_file(void **state)
{
    char directory[] = "/tmp/XXXXXX", name[80];
    struct canvas *canvas = canvas_new(20, 2, GLYPHS_BLOCK);
    struct pane pane = pane_of(canvas, (struct rect){ 0, 0, 20, 2 });
    struct theme theme = theme_of_test();
    struct error err = { 0 };
    char line[64] = "";
    FILE *file;

    pane_text(&pane, 1, 1, 20, ROLE_TEXT, "rate ▅");
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(symlink("elsewhere", "onager-screen-140231-2.svg"), 0);
    assert_int_equal(save_screen(canvas, &theme, 1763647351ULL * NS_PER_S, name, sizeof name, &err), 0);
    assert_string_equal(name, "onager-screen-140231.svg");
    assert_int_equal(save_screen(canvas, &theme, 1763647351ULL * NS_PER_S, name, sizeof name, &err), 0);
    assert_string_equal(name, "onager-screen-140231-3.svg");
    assert_int_equal(access("elsewhere", F_OK), -1);
    file = fopen("onager-screen-140231.txt", "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "\n");
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, " rate ▅\n");
    fclose(file);
    unlink("onager-screen-140231.svg");
    unlink("onager-screen-140231.txt");
    unlink("onager-screen-140231-2.svg");
    unlink("onager-screen-140231-3.svg");
    unlink("onager-screen-140231-3.txt");
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(save_screen(canvas, &theme, 0, name, sizeof name, &err), -1); /* the directory is gone */
    assert_non_null(strstr(err.text, "onager-screen-000000.svg: No such file"));
    canvas_free(canvas);
}

static void settings_change_by_arrows_and_enter_and_go_round(void **state)
{
    struct settings settings = { 0 };
    int themes = 0;

    while (settings_word(SETTING_THEME, themes) != NULL)
        themes++;
    assert_int_equal(themes, 10);
    assert_int_equal(settings_key(&settings, KEY_CODE_LEFT), SETTINGS_CHANGED);
    assert_int_equal(settings.values[SETTING_THEME], themes - 1);
    assert_int_equal(settings_key(&settings, '\r'), SETTINGS_CHANGED);
    assert_int_equal(settings.values[SETTING_THEME], 0);
    assert_int_equal(settings_key(&settings, KEY_CODE_UP), SETTINGS_STAY);
    assert_int_equal(settings.row, SETTING_REFRESH);
    assert_int_equal(settings_refresh_ms(&settings), 250);
    assert_int_equal(settings_key(&settings, KEY_CODE_RIGHT), SETTINGS_CHANGED);
    assert_int_equal(settings_refresh_ms(&settings), 500);
    assert_int_equal(settings_key(&settings, KEY_CODE_DOWN), SETTINGS_STAY);
    assert_int_equal(settings.row, SETTING_THEME);
    assert_int_equal(settings_key(&settings, KEY_CODE_ESCAPE), SETTINGS_CLOSE);
    assert_string_equal(settings_word(SETTING_GLYPHS, settings_find(SETTING_GLYPHS, "ascii", 0)), "ascii");
    assert_int_equal(settings_find(SETTING_THEME, "nosuch", 7), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_blocks_lines_and_backgrounds_each_become_their_element),
        cmocka_unit_test(text_from_outside_is_never_markup),
        cmocka_unit_test(settings_change_by_arrows_and_enter_and_go_round),
        cmocka_unit_test(a_saved_screen_never_replaces_a_file),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
