/* The config file: what is read, what is a mistake, who wins, and how a host is added. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "config.h"
#include "mem.h"

static char folder[1200], file[1300];

static void write_config(const char *text)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static char *read_config(void)
{
    static char text[4096];
    FILE *in = fopen(file, "r");
    size_t length;

    assert_non_null(in);
    length = fread(text, 1, sizeof text - 1, in);
    text[length] = '\0';
    fclose(in);
    return text;
}

static int make_folder(void **state)
{
    char path[1000];

    if (getcwd(path, sizeof path) == NULL)
        return -1;
    snprintf(folder, sizeof folder, "%s/config-XXXXXX", path);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(file, sizeof file, "%s/onager", folder);
    mkdir(file, 0700);
    snprintf(file, sizeof file, "%s/onager/config.ini", folder);
    return setenv("XDG_CONFIG_HOME", folder, 1);
}

static int remove_folder(void **state)
{
    char path[1300];

    unlink(file);
    snprintf(path, sizeof path, "%s/onager", folder);
    rmdir(path);
    return rmdir(folder);
}

static void options_keys_and_hosts_are_read_with_their_places(void **state)
{
    static const char text[] =
        "allow = a.example, *.b.example\n  c.example\n[options]\ntheme = nord\nheader = A: 1\n    B: 2\n[keys]\nstop = x\n";
    struct config config;
    struct error err = { 0 };

    assert_int_equal(config_read(&config, "c.ini", text, strlen(text), &err), 0);
    assert_int_equal(config.allowed_count, 3);
    assert_string_equal(config.allowed[2], "c.example");
    assert_int_equal(config.option_count, 2);
    assert_int_equal(config.options[0].id, OPTION_ID_THEME);
    assert_string_equal(config.options[0].value, "nord");
    assert_string_equal(config.options[0].place, "c.ini:4: theme");
    assert_string_equal(config.options[1].value, "A: 1\nB: 2");
    assert_int_equal(config.key_count, 1);
    assert_string_equal(config.keys[0].name, "stop");
    assert_string_equal(config.keys[0].value, "x");
    config_release(&config);
}

static void each_mistake_has_its_line_and_what_was_meant(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "[options]\nthemee = nord\n", "c.ini:2: there is no option \"themee\": did you mean \"theme\"?" },
        { "\n[option]\n", "c.ini:2: there is no section [option]: did you mean [options]?" },
        { "[zzz]\nx = 1\n", "c.ini:1: there is no section [zzz]; there are [options] and [keys]" },
        { "[options]\nrate = 5\n", "c.ini:2: --rate is about one run: say it on the command line or in a plan" },
        { "theme = nord\n", "c.ini:1: \"theme\" stands in no section: options belong to [options]" },
        { "allow = http://x/\n", "c.ini:1: allow: a host such as api.example.com or *.example.com, got \"http://x/\"" },
        { "allow = *\n", "c.ini:1: allow: a host such as api.example.com or *.example.com, got \"*\"" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config config;
        struct error err = { 0 };

        assert_int_equal(config_read(&config, "c.ini", cases[i].text, strlen(cases[i].text), &err), -1);
        assert_string_equal(err.text, cases[i].message);
        assert_int_equal(err.exit_code, EXIT_USAGE);
        config_release(&config);
    }
}

static void a_file_that_is_not_there_says_nothing(void **state)
{
    struct config config;
    struct error err = { 0 };

    unlink(file);
    assert_int_equal(config_load(&config, &err), 0);
    assert_int_equal(config.option_count + config.allowed_count + config.key_count, 0);
    config_release(&config);
}

/* The timeout of the only request of a plan, with a value given in some of the five places. */
static uint64_t timeout_ns(bool in_config, bool in_plan, bool in_environment, bool in_flag)
{
    static char name[] = "onager", flag[] = "--timeout=1s";
    char *argv[] = { name, flag, NULL };
    const char *text = in_plan
                           ? "[http]\ntimeout = 3s\n[request a]\nurl = http://h/\n[scenario s]\nexecutor = constant-vus\nduration = 1s\n"
                           : "[request a]\nurl = http://h/\n[scenario s]\nexecutor = constant-vus\nduration = 1s\n";
    struct plan_request_by_user from = { .target = "x.ini" };
    struct error err = { 0 };
    struct args args;
    struct plan *plan;
    struct buf notes;
    uint64_t result;

    write_config(in_config ? "[options]\ntimeout = 4s\n" : "");
    if (in_environment)
        setenv("ONAGER_TIMEOUT", "2s", 1);
    else
        unsetenv("ONAGER_TIMEOUT");
    buf_init(&notes);
    assert_int_equal(args_parse(&args, in_flag ? 2 : 1, argv, &notes, &err), 0);
    from.overrides = args.overrides;
    from.override_count = args.override_count;
    plan = plan_build_text(&from, "x.ini", text, strlen(text), &notes, &err);
    if (plan == NULL)
        fail_msg("%s", err.text);
    result = plan->requests[0].timeout_ns;
    plan_free(plan);
    args_release(&args);
    buf_release(&notes);
    unsetenv("ONAGER_TIMEOUT");
    return result;
}

static void a_flag_wins_over_environment_plan_config_and_default(void **state)
{
    for (unsigned set = 0; set < 16; set++) {
        uint64_t expected = (set & 8) ? 1 : (set & 4) ? 2 : (set & 2) ? 3 : (set & 1) ? 4 : 10;

        assert_int_equal(timeout_ns(set & 1, set & 2, set & 4, set & 8), expected * NS_PER_S);
    }
}

static void what_a_plan_does_not_know_has_the_same_order(void **state)
{
    static char name[] = "onager", flag[] = "--color=never";
    char *argv[] = { name, flag, NULL };
    struct error err = { 0 };
    struct args args;
    struct buf notes;

    buf_init(&notes);
    write_config("[options]\ncolor = always\nprogress = yes\n");
    assert_int_equal(args_parse(&args, 1, argv, &notes, &err), 0);
    assert_string_equal(args.color, "always");
    assert_int_equal(args.show, SHOW_PROGRESS);
    args_release(&args);
    setenv("ONAGER_COLOR", "auto", 1);
    assert_int_equal(args_parse(&args, 1, argv, &notes, &err), 0);
    assert_string_equal(args.color, "auto");
    args_release(&args);
    assert_int_equal(args_parse(&args, 2, argv, &notes, &err), 0);
    assert_string_equal(args.color, "never");
    args_release(&args);
    unsetenv("ONAGER_COLOR");
    write_config("[options]\ncolor = pink\n");
    assert_int_equal(args_parse(&args, 1, argv, &notes, &err), -1);
    assert_non_null(strstr(err.text, "config.ini:2: color wants auto|always|never, got \"pink\""));
    args_release(&args);
    buf_release(&notes);
}

static void a_host_is_added_and_the_rest_stays(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        { "", "allow = h.example\n" },
        { "# mine\n[options]\ntheme = nord\n", "allow = h.example\n# mine\n[options]\ntheme = nord\n" },
        { "allow = a.example\n[keys]\nstop = x\n", "allow = h.example, a.example\n[keys]\nstop = x\n" },
        { "[options]\n allow=a\n", "[options]\n allow= h.example, a\n" },
        { "allow =\n", "allow = h.example\n" },
        { "[keys]\nallow = q\n", "allow = h.example\n[keys]\nallow = q\n" },
        { "\xef\xbb\xbf[options]\n", "\xef\xbb\xbf"
                                     "allow = h.example\n[options]\n" },
        { "allowed = x", "allow = h.example\nallowed = x" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;

        buf_init(&out);
        config_add_allowed(&out, cases[i].before, "h.example");
        assert_string_equal(out.data, cases[i].after);
        buf_release(&out);
    }
}

static void the_file_is_replaced_whole_with_its_mode_and_nothing_is_left_behind(void **state)
{
    struct stat before, after;
    struct error err = { 0 };
    char other[1400];

    write_config("# keep\n[options]\ntheme = sky\n");
    chmod(file, 0640);
    snprintf(other, sizeof other, "%s.link", file);
    assert_int_equal(link(file, other), 0);
    stat(file, &before);
    assert_int_equal(config_allow("h.example", &err), 0);
    stat(file, &after);
    assert_string_equal(read_config(), "allow = h.example\n# keep\n[options]\ntheme = sky\n");
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_not_equal(after.st_ino, before.st_ino); /* renamed into place: the old file is whole too */
    unlink(other);
}

static void a_missing_folder_is_made_for_the_user_alone(void **state)
{
    char base[1300], path[1400];
    struct error err = { 0 };
    struct stat status;

    snprintf(base, sizeof base, "%s/new/deep", folder);
    setenv("XDG_CONFIG_HOME", base, 1);
    assert_int_equal(config_allow("h.example", &err), 0);
    snprintf(path, sizeof path, "%s/onager", base);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "rm -r %s/new", folder);
    assert_int_equal(system(path), 0);
    setenv("XDG_CONFIG_HOME", folder, 1);
}

static void a_file_of_somebody_else_is_never_changed(void **state)
{
    struct error err = { 0 };

    if (geteuid() != 0)
        skip();
    write_config("[options]\n");
    assert_int_equal(chown(file, 12345, 12345), 0);
    assert_int_equal(config_allow("h.example", &err), -1);
    assert_non_null(strstr(err.text, "belongs to somebody else and is not changed"));
    assert_string_equal(read_config(), "[options]\n");
    assert_int_equal(chown(file, 0, 0), 0);
    assert_int_equal(chown(folder, 12345, 12345), 0);
    setenv("XDG_CONFIG_HOME", folder, 1);
    unlink(file);
    char path[1300];
    snprintf(path, sizeof path, "%s/onager", folder);
    rmdir(path);
    err = (struct error){ 0 };
    assert_int_equal(config_allow("h.example", &err), -1);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(chown(folder, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_keys_and_hosts_are_read_with_their_places),
        cmocka_unit_test(each_mistake_has_its_line_and_what_was_meant),
        cmocka_unit_test(a_file_that_is_not_there_says_nothing),
        cmocka_unit_test(a_flag_wins_over_environment_plan_config_and_default),
        cmocka_unit_test(what_a_plan_does_not_know_has_the_same_order),
        cmocka_unit_test(a_host_is_added_and_the_rest_stays),
        cmocka_unit_test(the_file_is_replaced_whole_with_its_mode_and_nothing_is_left_behind),
        cmocka_unit_test(a_missing_folder_is_made_for_the_user_alone),
        cmocka_unit_test(a_file_of_somebody_else_is_never_changed),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
