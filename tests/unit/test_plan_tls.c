/* What a plan and options say of TLS: files are read before the start, and what is wrong with one is said with its name. */
#include "plan_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certificate.h"

static const char rest[] = "[request a]\nurl = https://h.test/\n[scenario s]\nexecutor = constant-vus\nduration = 1s\n";

static int make_files(void **state)
{
    FILE *file = fopen("ptls_none.pem", "we");

    (void)state;
    assert_non_null(file);
    fputs("no certificate here\n", file);
    fclose(file);
    certificate_write("ptls_cert.pem", "ptls_key.pem");
    certificate_write("ptls_other.pem", "ptls_other_key.pem");
    return system("openssl pkey -in ptls_key.pem -aes128 -passout pass:secret -out ptls_locked.pem 2>/dev/null");
}

static int remove_files(void **state)
{
    static const char *const names[] = { "none", "cert", "key", "other", "other_key", "locked" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *name = mem_format("ptls_%s.pem", names[i]);

        unlink(name);
        free(name);
    }
    return 0;
}

static void a_bad_file_of_an_option_is_named_before_the_start(void **state)
{
    static const struct {
        const char *option, *value, *cert, *text;
    } cases[] = {
        { "cacert", "nowhere.pem", NULL, "--cacert: cannot read \"nowhere.pem\": No such file or directory" },
        { "cacert", ".", NULL, "--cacert: \".\" is not a file" },
        { "cacert", "ptls_none.pem", NULL, "--cacert: there is no certificate in \"ptls_none.pem\" (PEM is what is read)" },
        { "cacert", "ptls_key.pem", NULL, "--cacert: there is no certificate in \"ptls_key.pem\" (PEM is what is read)" },
        { "cert", "nowhere.pem", NULL, "--cert: cannot read \"nowhere.pem\": No such file or directory" },
        { "cert", "ptls_cert.pem", NULL, "--cert: there is no key in \"ptls_cert.pem\" (PEM is what is read)" },
        { "key", "nowhere.pem", "ptls_cert.pem", "--key: cannot read \"nowhere.pem\": No such file or directory" },
        { "key", "ptls_none.pem", "ptls_cert.pem", "--key: there is no key in \"ptls_none.pem\" (PEM is what is read)" },
        { "key", "ptls_other_key.pem", "ptls_cert.pem", "--key: the key in \"ptls_other_key.pem\" is not that of \"ptls_cert.pem\"" },
        { "key", "ptls_locked.pem", "ptls_cert.pem",
          "--key: the key in \"ptls_locked.pem\" wants a pass phrase: take it off with openssl pkey" },
    };
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct plan *plan = cases[i].cert != NULL
                                ? build_target("https://h/", NULL, &err, cases[i].option, cases[i].value, "cert", cases[i].cert, NULL)
                                : build_target("https://h/", NULL, &err, cases[i].option, cases[i].value, NULL);

        assert_null(plan);
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(err.exit_code, EXIT_USAGE);
    }
}

static void a_bad_file_of_a_plan_is_named_with_its_line(void **state)
{
    char *text = mem_format("[http]\nca_path = nowhere\ncert_file = ptls_cert.pem\nkey_file = ptls_other_key.pem\n%s", rest);
    char *said = bad_plan(text, EXIT_USAGE, NULL);

    (void)state;
    assert_string_equal(
        said, "test.ini:2:11: ca_path: cannot read \"nowhere\": No such file or directory\n"
              "test.ini:4:12: key_file: the key in \"ptls_other_key.pem\" is not that of \"ptls_cert.pem\"\n2 mistakes in test.ini");
    free(text);
    free(said);
}

static void settings_that_exclude_each_other_are_refused(void **state)
{
    struct error err = { 0 };

    (void)state;
    assert_null(build_target("https://h/", NULL, &err, "tls-min", "1.3", "tls-max", "1.2", NULL));
    assert_string_equal(err.text, "--tls-max: below the lowest version, 1.3");
    assert_int_equal(err.exit_code, EXIT_PLAN);
    assert_null(build_target("https://h/", NULL, &err, "tls-min", "ssl3", NULL));
    assert_string_equal(err.text, "--tls-min wants 1.0, 1.1, 1.2 or 1.3, got \"ssl3\"");
    assert_int_equal(err.exit_code, EXIT_USAGE);
    assert_null(build_target("https://h/", NULL, &err, "key", "ptls_key.pem", NULL));
    assert_string_equal(err.text, "--key: there is no certificate it belongs to: cert_file or --cert names it");
    assert_int_equal(err.exit_code, EXIT_PLAN);
}

static void options_reach_the_plan_and_trust_is_never_given_up_in_silence(void **state)
{
    struct error err = { 0 };
    struct buf notes;
    struct plan *plan;

    (void)state;
    buf_init(&notes);
    plan = build_target(
        "https://h:99/", &notes, &err, "insecure", NULL, "cacert", "ptls_cert.pem", "cert", "ptls_cert.pem", "key", "ptls_key.pem",
        "tls-min", "1.2", "tls-max", "1.2", "duration", "1s", NULL);
    assert_non_null(plan);
    assert_true(plan_uses_tls(plan) && plan->tls.insecure);
    assert_string_equal(plan->tls.ca_file, "ptls_cert.pem");
    assert_string_equal(plan->tls.cert_file, "ptls_cert.pem");
    assert_string_equal(plan->tls.key_file, "ptls_key.pem");
    assert_true(plan->tls.minimum == TLS_VERSION_1_2 && plan->tls.maximum == TLS_VERSION_1_2);
    assert_non_null(strstr(notes.data, "certificates of servers are not verified"));
    plan_free(plan);
    buf_release(&notes);
    buf_init(&notes);
    plan = build_target("https://h:99/", &notes, &err, "insecure", "no", "duration", "1s", NULL);
    assert_true(plan_uses_tls(plan) && !plan->tls.insecure);
    assert_true(notes.length == 0 || strstr(notes.data, "verified") == NULL);
    plan_free(plan);
    buf_release(&notes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_file_of_an_option_is_named_before_the_start),
        cmocka_unit_test(a_bad_file_of_a_plan_is_named_with_its_line),
        cmocka_unit_test(settings_that_exclude_each_other_are_refused),
        cmocka_unit_test(options_reach_the_plan_and_trust_is_never_given_up_in_silence),
    };
    return cmocka_run_group_tests_name("plan_tls", tests, make_files, remove_files);
}
