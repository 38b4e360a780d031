/* draw_screen SCENE WIDTH HEIGHT svg|text [THEME [GLYPHS]]: the overview of the Checkout plan without a terminal, on standard
 * output. For the pictures of the documentation (make screens) and their test. SCENE: running degraded finished ready */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "panel.h"
#include "snapshot_fixture.h"
#include "svg.h"

static int usage(void)
{
    fprintf(stderr, "draw_screen running|degraded|finished|ready WIDTH HEIGHT svg|text [THEME [block|braille|ascii]]\n");
    return 2;
}

int main(int argc, char **argv)
{
    static const char *const scenes[] = { "running", "degraded", "finished", "ready" };
    int scene = 0, glyphs = glyph_set_find(argc > 6 ? argv[6] : NULL, 1, NULL);
    struct fixture *fixture;
    struct canvas *canvas;
    struct model model;
    struct theme theme;
    struct error err = { 0 };

    setenv("TZ", "UTC", 1);
    tzset();
    while (argc > 4 && scene < 4 && strcmp(argv[1], scenes[scene]) != 0)
        scene++;
    if (argc < 5 || scene == 4 || glyphs < 0)
        return usage();
    if (theme_load(&theme, argc > 5 ? argv[5] : NULL, &err) != 0) {
        fprintf(stderr, "draw_screen: %s\n", err.text);
        return 2;
    }
    fixture = fixture_new((enum fixture_scene)scene);
    model_init(&model, glyphs != GLYPHS_ASCII);
    model.now_ns = 1000 * NS_PER_S;
    model.wall_ns = 1763647351ULL * NS_PER_S; /* 02:14 into the run */
    model_take(&model, &fixture->snapshot);
    canvas = canvas_new((int)strtol(argv[2], NULL, 10), (int)strtol(argv[3], NULL, 10), (enum glyph_set)glyphs);
    screen_draw(canvas, &model, NULL);
    if (strcmp(argv[4], "svg") == 0)
        svg_write(stdout, canvas, &theme);
    for (int y = 0; y < canvas->height && strcmp(argv[4], "text") == 0; y++) {
        char *row = canvas_row_text(canvas, y);

        fprintf(stdout, "%s\n", row);
        free(row);
    }
    canvas_free(canvas);
    model_release(&model);
    fixture_free(fixture);
    return 0;
}
