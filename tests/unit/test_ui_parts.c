/* The pure parts of the dashboard: canvas, layout, table columns, sparklines, heat map. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "canvas.h"
#include "heat.h"
#include "layout.h"
#include "model.h"
#include "panel_facts.h"
#include "snapshot_fixture.h"
#include "spark.h"
#include "table.h"

/* ---- Canvas ---- */

static void row_is(const struct canvas *canvas, int row, const char *wanted)
{
    char *text = canvas_row_text(canvas, row);

    assert_string_equal(text, wanted);
    free(text);
}

static void a_pane_clips_on_all_four_sides(void **state)
{
    struct canvas *canvas = canvas_new(10, 4, GLYPHS_BLOCK);
    struct pane pane = pane_of(canvas, (struct rect){ 2, 1, 5, 2 });

    pane_text(&pane, -2, 0, 20, ROLE_TEXT, "abcdefghij");
    pane_text(&pane, 0, -1, 20, ROLE_TEXT, "above");
    pane_text(&pane, 0, 2, 20, ROLE_TEXT, "below");
    row_is(canvas, 0, "");
    row_is(canvas, 1, "  cdefg");
    row_is(canvas, 2, "");
    row_is(canvas, 3, "");
    canvas_free(canvas);
}

static void a_wide_character_is_never_cut_in_half(void **state)
{
    struct canvas *canvas = canvas_new(6, 1, GLYPHS_BLOCK);
    struct pane all = pane_of(canvas, (struct rect){ 0, 0, 6, 1 }), five = pane_of(canvas, (struct rect){ 0, 0, 5, 1 });

    pane_text(&five, 0, 0, 5, ROLE_TEXT, "你好世"); /* the third does not fit into five columns */
    row_is(canvas, 0, "你好");
    pane_put(&all, 1, 0, 'x', ROLE_TEXT, 0); /* over the right half: the left half goes too */
    row_is(canvas, 0, " x好");
    pane_put(&all, 2, 0, 'y', ROLE_TEXT, 0);
    row_is(canvas, 0, " xy");
    pane_put(&five, 4, 0, 0x4f60, ROLE_TEXT, 0);
    row_is(canvas, 0, " xy");
    canvas_free(canvas);
}

static void control_characters_become_question_marks_even_in_our_own_text(void **state)
{
    struct canvas *canvas = canvas_new(8, 1, GLYPHS_BLOCK);
    struct pane pane = pane_of(canvas, (struct rect){ 0, 0, 8, 1 });

    pane_put(&pane, 0, 0, 0x1b, ROLE_TEXT, 0);
    pane_put(&pane, 1, 0, 0x9b, ROLE_TEXT, 0);
    pane_put(&pane, 2, 0, 0x202e, ROLE_TEXT, 0);
    pane_put(&pane, 3, 0, '\n', ROLE_TEXT, 0);
    row_is(canvas, 0, "????");
    canvas_free(canvas);
}

static void a_titled_rule_drops_its_right_part_before_its_left(void **state)
{
    struct canvas *canvas = canvas_new(30, 2, GLYPHS_BLOCK);
    struct pane wide = pane_of(canvas, (struct rect){ 0, 0, 30, 1 }), narrow = pane_of(canvas, (struct rect){ 0, 1, 16, 1 });

    pane_rule(&wide, 0, "left", "right");
    pane_rule(&narrow, 0, "left", "much too long");
    row_is(canvas, 0, "─ left ─────────────── right ─");
    row_is(canvas, 1, "─ left ─────────");
    canvas_free(canvas);
}

/* ---- Layout ---- */

static void layout_is(int width, int height, struct layout_wants wants, const char *wanted)
{
    struct layout layout;
    char text[2048];

    layout_compute(width, height, &wants, &layout);
    layout_print(&layout, text, sizeof text);
    assert_string_equal(text, wanted);
}

static const struct layout_wants checkout = {
    .rows = 4, .thresholds = 5, .statuses = 4, .errors = 3, .scenarios = 2, .heat_rows = 8, .has_event = true
};

static void the_layout_of_the_pictures_is_as_drawn(void **state)
{
    struct layout_wants quiet = checkout;

    quiet.has_event = false;
    layout_is(
        120, 40, checkout,
        "header 1,0 119x1\nprogress 1,1 118x1\nfacts 1,2 118x1\nrate 1,3 57x9\nlatency 60,3 59x9\nheat 1,12 118x10\ntable 1,22 80x7\n"
        "thresholds 83,22 36x7\nstatus 1,29 36x5\nerrors 39,29 80x5\nscenarios 1,34 118x4\nevent 1,38 118x1\nfooter 1,39 118x1\n");
    layout_is(
        120, 14, checkout, "header 1,0 119x1\nrate 1,1 57x6\nlatency 60,1 59x6\ntable 1,7 80x6\nthresholds 83,7 36x6\nfooter 1,13 118x1\n");
    layout_is(
        80, 24, quiet,
        "header 1,0 79x1\nprogress 1,1 78x1\nfacts 1,2 78x1\nrate 1,3 38x7\nlatency 41,3 38x7\nheat 1,10 78x6\ntable 1,16 78x6\n"
        "threshold_line 1,22 78x1\nfooter 1,23 78x1\n");
    layout_is(
        60, 16, checkout,
        "header 1,0 58x1\nprogress 1,1 58x1\nevent 1,14 58x1\nfooter 1,15 58x1\nline_head 1,2 58x1\nline_rate 1,3 58x1\n"
        "line_p50 1,4 58x1\nline_p95 1,5 58x1\nline_p99 1,6 58x1\nline_max 1,7 58x1\nline_failed 1,8 58x1\nline_vus 1,9 58x1\n"
        "line_slowest 1,10 58x1\nline_limits_1 1,11 58x1\nline_limits_2 1,12 58x1\nline_errors 1,13 58x1\n");
    layout_is(
        40, 10, checkout,
        "header 0,0 40x1\nprogress 0,1 40x1\nevent 0,8 40x1\nfooter 0,9 40x1\nline_rate 0,2 40x1\nline_p95 0,3 40x1\n"
        "line_p99 0,4 40x1\nline_failed 0,5 40x1\nline_vus 0,6 40x1\nline_limits_1 0,7 40x1\n");
    layout_is(39, 9, checkout, "footer 0,8 39x1\nline_only 0,0 39x1\n");
    layout_is(1, 1, checkout, "line_only 0,0 1x1\n");
}

static bool overlap(const struct rect *a, const struct rect *b)
{
    return a->width > 0 && b->width > 0 && a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

static void panels_never_overlap_nor_leave_the_screen_at_any_size(void **state)
{
    for (int width = 1; width <= 300; width++)
        for (int height = 1; height <= 100; height++) {
            struct layout_wants wants = checkout;
            struct layout layout;

            wants.has_event = height % 2;
            wants.explains = width % 2;
            wants.rows = width % 30;
            wants.thresholds = height % 7;
            layout_compute(width, height, &wants, &layout);
            for (int i = 0; i < PANEL_COUNT; i++) {
                const struct rect *r = &layout.rects[i];

                if (r->width == 0)
                    continue;
                assert_true(r->x >= 0 && r->y >= 0 && r->height > 0 && r->x + r->width <= width && r->y + r->height <= height);
                for (int k = i + 1; k < PANEL_COUNT; k++)
                    assert_false(overlap(r, &layout.rects[k]));
            }
            if (width >= 40 && height >= 10) { /* always */
                assert_true(layout.rects[PANEL_HEADER].width > 0);
                assert_true(layout.rects[PANEL_FOOTER].width > 0);
            }
        }
}

static void a_taller_screen_never_loses_a_better_ranked_panel(void **state)
{
    static const enum panel_id by_rank[] = { PANEL_HEADER, PANEL_FOOTER, PANEL_RATE, PANEL_LATENCY, PANEL_TABLE };

    for (int width = 78; width < 160; width++)
        for (int height = 10; height < 99; height++) {
            struct layout now, taller;

            layout_compute(width, height, &checkout, &now);
            layout_compute(width, height + 1, &checkout, &taller);
            for (size_t i = 0; i < sizeof by_rank / sizeof by_rank[0]; i++)
                assert_true(now.rects[by_rank[i]].width == 0 || taller.rects[by_rank[i]].width > 0);
        }
}

static void table_columns_drop_in_the_order_max_p50_trend_p99_count(void **state)
{
    static const enum table_column order[] = { TABLE_MAX, TABLE_P50, TABLE_TREND, TABLE_P99, TABLE_COUNT };
    int gone = 0;

    for (int width = 200; width >= 20; width--) {
        struct table_columns c = table_columns_for(width, 10);
        int sum = 0;

        for (int i = 0; i < TABLE_COLUMNS; i++)
            sum += c.width[i];
        assert_int_equal(sum, width);
        for (int i = 0; i < 5; i++)
            if (c.width[order[i]] == 0 && i >= gone) {
                assert_int_equal(i, gone);
                gone++;
            }
        for (int i = 0; i < gone; i++)
            assert_int_equal(c.width[order[i]], 0);
    }
    assert_int_equal(gone, 5);
}

static void long_names_take_from_the_trend_then_max_then_p50(void **state)
{
    struct table_columns short_names = table_columns_for(80, 10), c;

    assert_int_equal(short_names.width[TABLE_NAME], 10);
    c = table_columns_for(80, 12);
    assert_int_equal(c.width[TABLE_NAME], 12);
    assert_int_equal(c.width[TABLE_TREND], short_names.width[TABLE_TREND] - 2);
    assert_int_equal(c.width[TABLE_MAX], short_names.width[TABLE_MAX]);
    c = table_columns_for(80, 20);
    assert_true(c.width[TABLE_NAME] >= 20);
    assert_int_equal(c.width[TABLE_MAX], 0);
    assert_int_not_equal(c.width[TABLE_P50], 0);
    c = table_columns_for(78, 60);
    assert_true(c.width[TABLE_NAME] >= 24);
    assert_int_equal(c.end[TABLE_TREND], 77);
    c = table_columns_for(120, 24); /* room enough: nothing goes */
    assert_int_equal(c.width[TABLE_MAX], 7);
}

/* ---- Graphs ---- */

static void a_sparkline_shows_no_data_zero_and_eighths(void **state)
{
    const double values[] = { NAN, 0, 0.01, 1, 4, 8, 80 };
    struct canvas *canvas = canvas_new(10, 1, GLYPHS_BLOCK);
    struct pane pane = pane_of(canvas, (struct rect){ 0, 0, 10, 1 });

    spark_draw(&pane, 0, 0, 1, values, 7, 8, ROLE_TEXT, NULL);
    row_is(canvas, 0, " ·▁▁▄██");
    canvas_free(canvas);
}

static void a_graph_of_two_rows_has_sixteen_levels(void **state)
{
    const double values[] = { 1, 8, 9, 16 };
    struct canvas *canvas = canvas_new(4, 2, GLYPHS_BLOCK);
    struct pane pane = pane_of(canvas, (struct rect){ 0, 0, 4, 2 });

    spark_draw(&pane, 0, 0, 2, values, 4, 16, ROLE_TEXT, NULL);
    row_is(canvas, 0, "  ▁█");
    row_is(canvas, 1, "▁███");
    canvas_free(canvas);
}

static void one_outlier_does_not_flatten_a_sparkline(void **state)
{
    const double calm[] = { 10, 11, 12, 10, 11 }, wild[] = { 10, 11, 12, 10, 10000 }, none[] = { NAN, 0, 0 };

    assert_true(spark_top(calm, 5) == 12);
    assert_true(spark_top(wild, 5) == 49.5);
    assert_true(spark_top(none, 3) == 0);
}

static void the_scale_of_the_rate_has_round_steps(void **state)
{
    assert_true(spark_step(1058, 6) == 200);
    assert_true(spark_step(1030, 5) == 250);
    assert_true(spark_step(50, 5) == 10);
    assert_true(spark_step(51, 5) == 15);
    assert_true(spark_step(3, 5) == 1);
    assert_true(spark_step(0, 5) == 1);
    assert_true(spark_step(12, 5) == 3); /* not 2.5: labels are whole numbers */
}

static void the_heat_map_counts_every_request_in_exactly_one_row(void **state)
{
    uint64_t total[HISTORY_HEAT_BANDS];
    uint64_t all = 0;

    for (unsigned band = 0; band < HISTORY_HEAT_BANDS; band++)
        all += total[band] = 1 + band * 7;
    for (int rows = 2; rows <= HEAT_MAX_ROWS; rows++) {
        struct heat_rows r = heat_rows_choose(total, 20 * NS_PER_MS, rows);
        uint64_t sum = 0;

        for (int i = 0; i < r.count; i++)
            sum += heat_row_total(&r, i, total);
        assert_int_equal(sum, all);
    }
}

static void the_heat_map_of_few_rows_keeps_the_row_of_p90(void **state)
{
    struct fixture *f = fixture_new(FIXTURE_DEGRADED);
    struct heat_rows rows;
    struct model model;
    char text[16];

    model_init(&model, true);
    model_take(&model, &f->snapshot);
    rows = heat_rows_choose(model.heat_total, f->snapshot.all.duration.p90_ns, 5);
    assert_int_equal(rows.count, 5);
    assert_string_equal(heat_label(&rows, 0, 1, text, sizeof text), "1s");
    assert_string_equal(heat_label(&rows, 3, 1, text, sizeof text), "32ms");
    assert_string_equal(heat_label(&rows, 4, 1, text, sizeof text), "<32ms");
    model_release(&model);
    fixture_free(f);
}

static void shades_follow_the_fullest_cell_and_their_thresholds(void **state)
{
    const uint32_t *shades = heat_shades(450);

    assert_int_equal(heat_shade(shades, 0), 0);
    assert_int_equal(heat_shade(shades, 1), 1);
    assert_int_equal(heat_shade(shades, 2), 1);
    assert_int_equal(heat_shade(shades, 3), 2);
    assert_int_equal(heat_shade(shades, 20), 3);
    assert_int_equal(heat_shade(shades, 90), 4);
    assert_int_equal(heat_shade(shades, 299), 4);
    assert_int_equal(heat_shade(shades, 300), 5);
    assert_int_equal(heat_shade(heat_shades(10), 12), 5);
    assert_int_equal(heat_shade(heat_shades(1000000), 60000), 5);
}

/* ---- Facts ---- */

static void beside_a_planned_rate_that_moves_stands_the_rate_of_the_last_second(void **state)
{
    struct plan_chaos chaos = { 0 };
    struct plan_scenario planned[2] = { { .name = NULL }, { .name = NULL } };
    struct plan plan = { .scenarios = planned, .scenario_count = 2 };
    struct snap_scenario now[2] = { { .is_started = true }, { .is_started = true } };
    struct snapshot s = { .plan = &plan, .scenarios = now, .scenario_count = 2, .rate_1s = 300, .rate_10s = 120 };

    (void)state;
    assert_true(panel_rate(&s) == 120);
    planned[1].chaos = &chaos;
    assert_true(panel_rate(&s) == 300);
    now[1].is_ended = true;
    assert_true(panel_rate(&s) == 120);
    planned[0].stage_count = 1;
    assert_true(panel_rate(&s) == 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pane_clips_on_all_four_sides),
        cmocka_unit_test(a_wide_character_is_never_cut_in_half),
        cmocka_unit_test(control_characters_become_question_marks_even_in_our_own_text),
        cmocka_unit_test(a_titled_rule_drops_its_right_part_before_its_left),
        cmocka_unit_test(the_layout_of_the_pictures_is_as_drawn),
        cmocka_unit_test(panels_never_overlap_nor_leave_the_screen_at_any_size),
        cmocka_unit_test(a_taller_screen_never_loses_a_better_ranked_panel),
        cmocka_unit_test(table_columns_drop_in_the_order_max_p50_trend_p99_count),
        cmocka_unit_test(long_names_take_from_the_trend_then_max_then_p50),
        cmocka_unit_test(a_sparkline_shows_no_data_zero_and_eighths),
        cmocka_unit_test(a_graph_of_two_rows_has_sixteen_levels),
        cmocka_unit_test(one_outlier_does_not_flatten_a_sparkline),
        cmocka_unit_test(the_scale_of_the_rate_has_round_steps),
        cmocka_unit_test(beside_a_planned_rate_that_moves_stands_the_rate_of_the_last_second),
        cmocka_unit_test(the_heat_map_counts_every_request_in_exactly_one_row),
        cmocka_unit_test(the_heat_map_of_few_rows_keeps_the_row_of_p90),
        cmocka_unit_test(shades_follow_the_fullest_cell_and_their_thresholds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
