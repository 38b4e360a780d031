/* The overview as text: goldens at the five sizes in three glyph sets, header states, and what holds at every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "buf.h"
#include "onager/text.h"
#include "panel.h"
#include "snapshot_fixture.h"

#define NOW_NS (1000 * NS_PER_S)
#define WALL_NS (1763647351ULL * NS_PER_S) /* 14:02:31 UTC, 02:14 into the run */

struct stage {
    struct fixture *fixture;
    struct model model;
};

static void stage_open(struct stage *stage, enum fixture_scene scene, bool is_utf8)
{
    memset(stage, 0, sizeof *stage);
    stage->fixture = fixture_new(scene);
    model_init(&stage->model, is_utf8);
    stage->model.now_ns = NOW_NS;
    stage->model.wall_ns = WALL_NS;
    model_take(&stage->model, &stage->fixture->snapshot);
}

static void stage_close(struct stage *stage)
{
    model_release(&stage->model);
    fixture_free(stage->fixture);
}

/* The whole screen as text, a line a row. Returned owned. */
static char *screen_text(struct stage *stage, int width, int height, enum glyph_set glyphs)
{
    struct canvas *canvas = canvas_new(width, height, glyphs);
    struct buf out;

    buf_init(&out);
    screen_draw(canvas, &stage->model, NULL);
    for (int y = 0; y < height; y++) {
        char *row = canvas_row_text(canvas, y);

        buf_addf(&out, "%s\n", row);
        free(row);
    }
    canvas_free(canvas);
    return buf_take(&out);
}

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char chunk[4096];
    struct buf out;
    size_t got;

    if (file == NULL)
        return NULL;
    buf_init(&out);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_add(&out, chunk, got);
    fclose(file);
    return buf_take(&out);
}

/* The first lines that differ. */
static void difference_print(const char *name, const char *wanted, const char *text)
{
    for (int line = 1; *wanted != '\0' && *text != '\0'; line++) {
        size_t a = strcspn(wanted, "\n"), b = strcspn(text, "\n");

        if (a != b || memcmp(wanted, text, a) != 0)
            print_error("%s:%d\n  wanted |%.*s|\n  drawn  |%.*s|\n", name, line, (int)a, wanted, (int)b, text);
        wanted += a + (wanted[a] != '\0');
        text += b + (text[b] != '\0');
    }
}

/* Compares with tests/ui/golden/NAME, or writes it when ONAGER_GOLDEN=write (make ui-golden). */
static void golden_check(const char *name, const char *text)
{
    const char *source = getenv("top_srcdir"), *mode = getenv("ONAGER_GOLDEN");
    char path[1024], *wanted;

    snprintf(path, sizeof path, "%s/tests/ui/golden/%s", source != NULL ? source : ".", name);
    if (mode != NULL && strcmp(mode, "write") == 0) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        return;
    }
    wanted = file_text(path);
    if (wanted == NULL)
        fail_msg("%s is missing: make ui-golden", path);
    if (strcmp(wanted, text) != 0) {
        difference_print(name, wanted, text);
        free(wanted);
        fail_msg("%s differs; when that is wanted: make ui-golden", name);
    }
    free(wanted);
}

static void the_overview_looks_like_its_goldens_at_every_picture_size(void **state)
{
    static const struct {
        int width, height;
        enum fixture_scene scene;
    } sizes[] = { { 120, 40, FIXTURE_RUNNING }, { 120, 14, FIXTURE_RUNNING }, { 80, 24, FIXTURE_DEGRADED }, { 60, 16, FIXTURE_RUNNING },
                  { 40, 10, FIXTURE_RUNNING },  { 160, 50, FIXTURE_RUNNING }, { 80, 24, FIXTURE_FINISHED }, { 100, 30, FIXTURE_READY } };
    static const char *const sets[] = { "block", "braille", "ascii" };
    static const char *const scenes[] = { "running", "degraded", "finished", "ready" };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int set = 0; set < 3; set++) {
            struct stage stage;
            char name[64], *text;

            stage_open(&stage, sizes[i].scene, set != GLYPHS_ASCII);
            text = screen_text(&stage, sizes[i].width, sizes[i].height, (enum glyph_set)set);
            snprintf(name, sizeof name, "overview-%dx%d-%s-%s.txt", sizes[i].width, sizes[i].height, scenes[sizes[i].scene], sets[set]);
            if (set == GLYPHS_ASCII)
                for (const char *c = text; *c != '\0'; c++)
                    assert_true(*c == '\n' || (*c >= ' ' && *c < 0x7f));
            golden_check(name, text);
            free(text);
            stage_close(&stage);
        }
}

static void descriptions_help_and_questions_look_like_their_goldens(void **state)
{
    struct stage stage;
    char *text;

    stage_open(&stage, FIXTURE_RUNNING, true);
    stage.model.view.explains = true;
    text = screen_text(&stage, 120, 46, GLYPHS_BLOCK);
    golden_check("explained-120x46.txt", text);
    free(text);
    stage.model.view.explains = false;
    stage.model.view.shows_help = true;
    text = screen_text(&stage, 80, 30, GLYPHS_BLOCK);
    golden_check("help-80x30.txt", text);
    free(text);
    stage.model.view.shows_help = false;
    stage.model.view.question = QUESTION_QUIT;
    text = screen_text(&stage, 80, 24, GLYPHS_BLOCK);
    golden_check("quit-80x24.txt", text);
    free(text);
    stage_close(&stage);
}

/* ---- Header ---- */

static void header_check(struct stage *stage, const char *wanted)
{
    char *text = screen_text(stage, 80, 24, GLYPHS_BLOCK), *end = strchr(text, '\n');

    *end = '\0';
    assert_string_equal(text, wanted);
    free(text);
}

static void the_header_says_the_state_as_drawn_in_the_pictures(void **state)
{
    struct stage stage;
    struct snapshot *s;

    stage_open(&stage, FIXTURE_READY, true);
    header_check(&stage, " Checkout  ◇ READY        03:30 planned  108,300 requests planned   Enter starts");
    stage_close(&stage);
    stage_open(&stage, FIXTURE_RUNNING, true);
    s = &stage.fixture->snapshot;
    header_check(&stage, " Checkout  ▶ RUNNING  02:14 of 03:30             VALID  worker 34 %  lag 0.09ms");
    s->state = RUN_PAUSED;
    s->paused_since_ns = s->at_ns - 12 * NS_PER_S;
    s->in_flight = 0;
    header_check(&stage, " Checkout  ‖ PAUSED 00:12 02:14 of 03:30     VALID  in flight 0, the plan waits");
    s->state = RUN_STOPPING;
    s->in_flight = 21;
    s->stop_deadline_ns = s->at_ns + 30 * NS_PER_S;
    header_check(&stage, " Checkout  ◣ STOPPING     02:14 of 03:30     21 in flight, 30 s at most  s: now");
    s->state = RUN_STOPPED;
    s->plan_ns = 135 * NS_PER_S;
    s->is_final = true;
    s->exit_code = 1;
    s->thresholds_passed = 4;
    header_check(&stage, " Checkout  ■ STOPPED      02:15 of 03:30   4 of 5 thresholds   exit 1   r again");
    stage_close(&stage);
    stage_open(&stage, FIXTURE_FINISHED, true);
    header_check(&stage, " Checkout  ✓ FINISHED     03:30 of 03:30   5 of 5 thresholds   exit 0   r again");
    stage.fixture->snapshot.exit_code = 1;
    stage.fixture->snapshot.thresholds_passed = 4;
    header_check(&stage, " Checkout  ✗ FINISHED     03:30 of 03:30   4 of 5 thresholds   exit 1   r again");
    stage_close(&stage);
    stage_open(&stage, FIXTURE_DEGRADED, true);
    s = &stage.fixture->snapshot;
    s->state = RUN_FINISHED;
    s->is_final = true;
    s->exit_code = 0;
    s->thresholds_passed = s->threshold_count;
    header_check(&stage, " Checkout  ✓ FINISHED     01:36 of 03:30         DEGRADED  5/5  exit 0  r again");
    s->state = RUN_RUNNING;
    s->is_final = false;
    header_check(&stage, " Checkout  ▶ RUNNING  01:36 of 03:30          DEGRADED  968 dropped since 01:28");
    stage.fixture->reason.level = stage.fixture->snapshot.verdict.level = VERDICT_INVALID;
    snprintf(stage.fixture->reason.text, sizeof stage.fixture->reason.text, "worker 2 lost 3 samples");
    header_check(&stage, " Checkout  ▶ RUNNING  01:36 of 03:30           INVALID  worker 2 lost 3 samples");
    stage_close(&stage);
}

static void an_event_names_who_did_it_and_not_the_program_itself(void **state)
{
    struct stage stage;
    char *text;

    (void)state;
    stage_open(&stage, FIXTURE_RUNNING, true);
    stage.fixture->snapshot.event_count = 1;
    stage.fixture->events[0].kind = EVENT_VERDICT;
    snprintf(stage.fixture->events[0].text, sizeof stage.fixture->events[0].text, "worker 1 stood still");
    snprintf(stage.fixture->events[0].by, sizeof stage.fixture->events[0].by, "onager");
    text = screen_text(&stage, 80, 24, GLYPHS_BLOCK);
    assert_non_null(strstr(text, "worker 1 stood still\n"));
    free(text);
    snprintf(stage.fixture->events[0].by, sizeof stage.fixture->events[0].by, "ann");
    text = screen_text(&stage, 80, 24, GLYPHS_BLOCK);
    assert_non_null(strstr(text, "worker 1 stood still by ann\n"));
    free(text);
    stage_close(&stage);
}

static void a_frozen_view_says_when_and_how_old_and_shows_its_own_numbers(void **state)
{
    struct stage stage;
    struct snapshot later;
    char *text;

    stage_open(&stage, FIXTURE_RUNNING, true);
    model_freeze(&stage.model);
    later = stage.fixture->snapshot;
    later.at_ns = later.plan_ns = later.at_ns + 43 * NS_PER_S;
    later.all.requests.total = 99999;
    assert_null(model_take(&stage.model, &later));
    text = screen_text(&stage, 80, 24, GLYPHS_BLOCK);
    assert_non_null(strstr(text, "VIEW FROZEN at 02:14, 43 s old   0 live\n"));
    assert_non_null(strstr(text, "02:57 of 03:30"));
    assert_non_null(strstr(text, "64,107"));
    assert_null(strstr(text, "99,999"));
    free(text);
    assert_ptr_equal(model_thaw(&stage.model), &stage.fixture->snapshot);
    text = screen_text(&stage, 80, 24, GLYPHS_BLOCK);
    assert_non_null(strstr(text, "99,999"));
    free(text);
    stage_close(&stage);
}

/* ---- Every size ---- */

#define GUARD 512
static const struct cell guard_cell = { 0x1234567, 0x7654321, 0xab, 0xcd, 0xef01 };

/* A canvas with guard cells before and behind it. */
struct guarded {
    struct canvas canvas;
    struct cell *all;
};

static void guarded_check(const struct guarded *g)
{
    size_t count = (size_t)g->canvas.width * (size_t)g->canvas.height;

    for (size_t i = 0; i < GUARD; i++) {
        assert_memory_equal(&g->all[i], &guard_cell, sizeof guard_cell);
        assert_memory_equal(&g->all[GUARD + count + i], &guard_cell, sizeof guard_cell);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t c = g->canvas.cells[i].code_point;
        int x = (int)(i % (size_t)g->canvas.width);
        bool is_wide = c >= 0x300 && text_width(c) == 2;

        assert_false((c > 0 && c < ' ') || (c >= 0x7f && c < 0xa0));
        assert_false((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff);
        assert_true(g->canvas.cells[i].role < ROLE_COUNT);
        if (is_wide) { /* both halves or none */
            assert_true(x + 1 < g->canvas.width);
            assert_int_equal(g->canvas.cells[i + 1].code_point, 0);
        }
        if (c == 0) {
            assert_true(x > 0);
            assert_int_equal(text_width(g->canvas.cells[i - 1].code_point), 2);
        }
    }
}

static void draw_guarded(struct stage *stage, struct cell *room, int width, int height, enum glyph_set glyphs)
{
    struct guarded g = { { width, height, glyphs, room + GUARD }, room };
    size_t count = (size_t)width * (size_t)height;

    for (size_t i = 0; i < GUARD; i++)
        room[i] = room[GUARD + count + i] = guard_cell;
    screen_draw(&g.canvas, &stage->model, NULL);
    guarded_check(&g);
}

static void no_size_from_1x1_to_300x100_writes_outside_the_canvas(void **state)
{
    struct cell *room = calloc(300 * 100 + 2 * GUARD, sizeof *room);
    struct stage stages[4];

    assert_non_null(room);
    for (int scene = 0; scene < 4; scene++)
        stage_open(&stages[scene], (enum fixture_scene)scene, true);
    for (int width = 1, n = 0; width <= 300; width += width < 130 || (width > 155 && width < 165) ? 1 : 9)
        for (int height = 1; height <= 100; height += height < 46 ? 1 + (width % 3) : 13, n++) {
            struct stage *stage = &stages[n % 4];

            stage->model.view.explains = n % 3 == 0;
            stage->model.view.shows_help = n % 17 == 0;
            stage->model.view.question = (enum question)(n % 11 == 0 ? 1 + n % 3 : 0);
            stage->model.view.is_typing = n % 23 == 0;
            draw_guarded(stage, room, width, height, (enum glyph_set)(n % 3));
        }
    for (int scene = 0; scene < 4; scene++)
        stage_close(&stages[scene]);
    free(room);
}

static void hostile_text_never_puts_a_control_character_into_a_cell(void **state)
{
    static const char *const hostile[] = {
        "\x1b[2J\x1b]0;title\x07",
        "a\nb\rc\td",
        "\xc2\x9b"
        "31m",
        "\xe2\x80\xae"
        "evil"
        "\xe2\x81\xa6",
        "\xff\xfe\x80 broken \xe2\x82",
        "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c\xe4\xbd\xa0\xe5\xa5\xbd",
        "e\xcc\x81\xcc\x81\xcc\x81",
        "\xee\x80\x85 private",
        "%s%n%d",
        "",
        "a very long name of a request that no column of any table can hold in full",
    };
    struct cell *room = calloc(300 * 100 + 2 * GUARD, sizeof *room);
    static const int sizes[][2] = { { 120, 40 }, { 120, 14 }, { 80, 24 }, { 60, 16 }, { 40, 10 },
                                    { 160, 50 }, { 77, 30 },  { 30, 3 },  { 12, 1 } };

    assert_non_null(room);
    for (size_t h = 0; h < sizeof hostile / sizeof hostile[0]; h++) {
        const char *evil = hostile[h];
        struct stage stage;
        struct fixture *f;
        char name[128];

        stage_open(&stage, FIXTURE_DEGRADED, true);
        f = stage.fixture;
        snprintf(name, sizeof name, "%s", evil);
        f->plan.name = name;
        for (int i = 0; i < 4; i++)
            f->rows[i].name = f->rows[i].method = evil;
        for (int i = 0; i < 3; i++)
            f->errors[i].example = evil;
        for (int i = 0; i < 2; i++)
            f->scenarios[i].name = evil;
        for (int i = 0; i < 5; i++)
            f->thresholds[i].display = evil;
        f->snapshot.event_count = 4;
        for (int i = 0; i < 4; i++) {
            snprintf(f->events[i].text, sizeof f->events[i].text, "%s", evil);
            snprintf(f->events[i].by, sizeof f->events[i].by, "%s", evil);
        }
        snprintf(f->reason.text, sizeof f->reason.text, "%s", evil);
        snprintf(f->snapshot.end_reason, sizeof f->snapshot.end_reason, "%s", evil);
        snprintf(stage.model.view.typed, sizeof stage.model.view.typed, "%s", evil);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            for (int set = 0; set < 3; set++) {
                stage.model.view.is_typing = i % 2;
                f->snapshot.state = i % 3 == 2 ? RUN_ABORTED : RUN_RUNNING;
                draw_guarded(&stage, room, sizes[i][0], sizes[i][1], (enum glyph_set)set);
            }
        stage_close(&stage);
    }
    free(room);
}

static void many_rows_errors_and_thresholds_end_in_a_count_of_the_rest(void **state)
{
    struct stage stage;
    struct snap_row rows[20];
    struct snap_error errors[20];
    struct snap_threshold thresholds[12];
    struct snapshot *s;
    char *text;

    stage_open(&stage, FIXTURE_RUNNING, true);
    s = &stage.fixture->snapshot;
    for (int i = 0; i < 20; i++) {
        rows[i] = stage.fixture->rows[i % 4];
        errors[i] = stage.fixture->errors[i % 3];
    }
    for (int i = 0; i < 12; i++)
        thresholds[i] = stage.fixture->thresholds[i % 5];
    thresholds[11].passed = false;
    thresholds[11].state = THRESHOLD_FAIL;
    thresholds[11].margin = -0.5;
    thresholds[11].display = "the one that fails";
    s->rows = rows;
    s->row_count = 20;
    s->errors = errors;
    s->error_count = 20;
    s->thresholds = thresholds;
    s->threshold_count = 12;
    s->thresholds_passed = 11;
    text = screen_text(&stage, 120, 40, GLYPHS_BLOCK);
    assert_non_null(strstr(text, " more"));
    assert_non_null(strstr(text, "✗ the one that fails"));
    free(text);
    text = screen_text(&stage, 80, 24, GLYPHS_BLOCK);
    assert_non_null(strstr(text, "✗ the one that fails -50%"));
    assert_non_null(strstr(text, "11/12"));
    assert_non_null(strstr(text, "+17 more"));
    free(text);
    stage_close(&stage);
}

static void a_screen_before_the_first_snapshot_says_so(void **state)
{
    struct model model;
    struct canvas *canvas = canvas_new(20, 3, GLYPHS_BLOCK);
    char *row;

    model_init(&model, true);
    screen_draw(canvas, &model, NULL);
    row = canvas_row_text(canvas, 0);
    assert_string_equal(row, "starting ...");
    free(row);
    canvas_free(canvas);
    model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_overview_looks_like_its_goldens_at_every_picture_size),
        cmocka_unit_test(descriptions_help_and_questions_look_like_their_goldens),
        cmocka_unit_test(the_header_says_the_state_as_drawn_in_the_pictures),
        cmocka_unit_test(an_event_names_who_did_it_and_not_the_program_itself),
        cmocka_unit_test(a_frozen_view_says_when_and_how_old_and_shows_its_own_numbers),
        cmocka_unit_test(no_size_from_1x1_to_300x100_writes_outside_the_canvas),
        cmocka_unit_test(hostile_text_never_puts_a_control_character_into_a_cell),
        cmocka_unit_test(many_rows_errors_and_thresholds_end_in_a_count_of_the_rest),
        cmocka_unit_test(a_screen_before_the_first_snapshot_says_so),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
