/* Bad plans: each tests/plan/bad/NAME.ini and NAME.yaml is refused with exactly the text of NAME.expected. */
#include "plan_test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "r");
    struct buf text;
    int c;

    if (file == NULL)
        fail_msg("%s is missing", path);
    buf_init(&text);
    while ((c = getc(file)) != EOF)
        buf_add_char(&text, (char)c);
    fclose(file);
    return buf_take(&text);
}

static void check_file(const char *path)
{
    struct plan_request_by_user from = { path, NULL, 0 };
    struct error err = { 0 };
    char *expected_path = mem_format("%.*s.expected", (int)(strrchr(path, '.') - path), path);
    struct plan *plan = plan_build(&from, NULL, &err);
    char *expected, *got;

    if (plan != NULL)
        fail_msg("%s was taken", path);
    got = mem_format("%s\n", err.text);
    if (getenv("REFRESH") != NULL) { /* make refresh-plan-expected, then read the diff */
        FILE *file = fopen(expected_path, "w");

        fputs(got, file);
        fclose(file);
    }
    expected = read_all(expected_path);
    if (strcmp(got, expected) != 0)
        fail_msg("%s says\n%s\nand not\n%s", path, got, expected);
    assert_int_equal(err.exit_code, EXIT_PLAN);
    free(expected_path);
    free(expected);
    free(got);
}

static void every_bad_plan_says_exactly_what_is_wrong(void **state)
{
    const char *top = getenv("top_srcdir");
    char *folder = mem_format("%s/tests/plan/bad", top != NULL ? top : ".");
    glob_t files;

    (void)state;
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(glob("*.ini", 0, NULL, &files), 0);
#ifdef HAVE_YAML
    assert_int_equal(glob("*.yaml", GLOB_APPEND, NULL, &files), 0);
#endif
    assert_true(files.gl_pathc > 20);
    for (size_t i = 0; i < files.gl_pathc; i++)
        check_file(files.gl_pathv[i]);
    globfree(&files);
    free(folder);
}

static void a_flood_of_mistakes_ends_in_a_count(void **state)
{
    struct buf text;
    char *said;

    (void)state;
    buf_init(&text);
    buf_add_text(&text, "[request a]\nurl = http://h/\n[plan]\n");
    for (int i = 0; i < 5000; i++)
        buf_addf(&text, "wrong%d = 1\n", i);
    said = bad_plan(text.data, EXIT_PLAN, NULL);
    assert_non_null(strstr(said, "test.ini:4:1: unknown key \"wrong0\" in [plan]\n"));
    assert_non_null(strstr(said, "\n... and 49"));
    assert_string_equal(strrchr(said, '\n') + 1, "5000 mistakes in test.ini");
    assert_true(strlen(said) < 2048);
    free(said);
    buf_release(&text);
}

static void a_file_that_cannot_be_read_is_said(void **state)
{
    struct error err = { 0 };

    (void)state;
    assert_null(build_target("nowhere.ini", NULL, &err, NULL));
    assert_string_equal(err.text, "nowhere.ini: No such file or directory; a URL begins with http://");
    assert_int_equal(err.exit_code, EXIT_USAGE);
    assert_null(build_target("./", NULL, &err, NULL));
    assert_string_equal(err.text, "./: cannot be read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bad_plan_says_exactly_what_is_wrong),
        cmocka_unit_test(a_flood_of_mistakes_ends_in_a_count),
        cmocka_unit_test(a_file_that_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests_name("plan_bad", tests, NULL, NULL);
}
