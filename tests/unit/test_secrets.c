/* Secrets: asked for when a run starts and never before, from three places; redacted wherever they turn up. */
#include "plan_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "print.h"
#include "secrets.h"

static const char plan_text[] = "[secrets]\nKEY = env TEST_SECRETS_KEY\nFROM_FILE = file test_secrets.txt\n"
                                "SAID = command touch test_secrets.ran; echo from a command\n"
                                "[request a]\nurl = http://h.test/\nbearer = ${secret:KEY}\nheader.X = ${secret:FROM_FILE}${secret:SAID}\n";

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

static void a_plan_is_built_and_printed_without_asking_for_secrets(void **state)
{
    struct plan *plan;
    struct buf text;

    (void)state;
    setenv("TEST_SECRETS_KEY", "hush-hush", 1);
    remove("test_secrets.ran");
    plan = good_plan(plan_text, NULL);
    assert_int_equal(plan->secret_count, 3);
    assert_int_equal(plan->secrets[2].source, SECRET_COMMAND);
    assert_true(plan->requests[0].templates->is_fixed);
    buf_init(&text);
    plan_print(plan, &text, PRINT_VERBATIM);
    assert_null(strstr(text.data, "hush"));
    assert_non_null(strstr(text.data, "bearer = ${secret:KEY}\n"));
    assert_int_not_equal(access("test_secrets.ran", F_OK), 0);
    buf_release(&text);
    plan_free(plan);
}

static void each_place_gives_its_value_without_the_line_break(void **state)
{
    struct plan *plan = good_plan(plan_text, NULL);
    struct error err = { 0 };
    struct secrets secrets;

    (void)state;
    setenv("TEST_SECRETS_KEY", "hush-hush", 1);
    write_file("test_secrets.txt", "of a file\r\n");
    assert_int_equal(secrets_resolve(&secrets, plan, &err), 0);
    assert_string_equal(secrets.items[0].value, "hush-hush");
    assert_string_equal(secrets.items[1].value, "of a file");
    assert_string_equal(secrets.items[2].value, "from a command");
    assert_int_equal(access("test_secrets.ran", F_OK), 0);
    secrets_release(&secrets);
    plan_free(plan);
    remove("test_secrets.ran");
    remove("test_secrets.txt");
}

static void assert_refused(const char *section, const char *expected)
{
    char *text = mem_format("[secrets]\n%s\n[request a]\nurl = http://h.test/\nbearer = ${secret:KEY}\n", section);
    struct plan *plan = good_plan(text, NULL);
    struct error err = { 0 };
    struct secrets secrets;

    assert_int_equal(secrets_resolve(&secrets, plan, &err), -1);
    assert_string_equal(err.text, expected);
    assert_int_equal(err.exit_code, EXIT_USAGE);
    plan_free(plan);
    free(text);
}

static void a_secret_that_cannot_be_had_is_named_without_a_value(void **state)
{
    (void)state;
    unsetenv("TEST_SECRETS_KEY");
    assert_refused("KEY = env TEST_SECRETS_KEY", "secret KEY: environment TEST_SECRETS_KEY: is not set");
    assert_refused("KEY = file nowhere.txt", "secret KEY: file nowhere.txt: No such file or directory");
    assert_refused("KEY = command echo abcdef; exit 3", "secret KEY: command echo abcdef; exit 3: ended with an error");
    assert_refused("KEY = command printf 'a\\000b'", "secret KEY: command printf 'a\\000b': has a NUL byte in it");
}

static void one_that_is_not_declared_is_the_environments(void **state)
{
    struct plan *plan = good_plan("[request a]\nurl = http://h.test/\nbearer = ${secret:TEST_SECRETS_KEY}\n", NULL);
    struct error err = { 0 };
    struct secrets secrets;

    (void)state;
    setenv("TEST_SECRETS_KEY", "x", 1);
    assert_int_equal(secrets_resolve(&secrets, plan, &err), 0);
    assert_string_equal(secrets.items[0].value, "x");
    secrets_release(&secrets);
    plan_free(plan);
}

static void every_place_of_a_secret_is_redacted_the_longest_first(void **state)
{
    char one[] = "token", two[] = "token-long", tiny[] = "abc";
    struct secret items[] = { { one, 5 }, { two, 10 }, { tiny, 3 } };
    struct secrets secrets = { items, 3 };
    struct buf out;

    (void)state;
    buf_init(&out);
    secrets_redact(&secrets, &out, "token-longtoken; abc toke", 25);
    assert_string_equal(out.data, "[redacted][redacted]; abc toke");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_is_built_and_printed_without_asking_for_secrets),
        cmocka_unit_test(each_place_gives_its_value_without_the_line_break),
        cmocka_unit_test(a_secret_that_cannot_be_had_is_named_without_a_value),
        cmocka_unit_test(one_that_is_not_declared_is_the_environments),
        cmocka_unit_test(every_place_of_a_secret_is_redacted_the_longest_first),
    };
    return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
