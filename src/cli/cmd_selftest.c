/* selftest: proves on this machine that onager measures what happens. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "own_options.h"
#include "say.h"
#include "selftest.h"
#include "signals.h"

#ifndef SELFTEST_FALSE_NS
#define SELFTEST_FALSE_NS 0 /* the tests build a program in which the server does not tell the truth */
#endif

static void say_what(const char *what)
{
    fprintf(stderr, "%s\n", what);
}

static int print(const struct selftest *test, size_t format, struct error *err)
{
    struct buf text;
    int failed = 0;

    buf_init(&text);
    if (format == 0)
        selftest_text(&text, test, say_is_utf8());
    else
        selftest_json(&text, test);
    if (fwrite(text.data, 1, text.length, stdout) != text.length || fflush(stdout) != 0)
        failed = error_set(err, EXIT_OUTPUT, "cannot write the result: %s", strerror(errno));
    buf_release(&text);
    return failed;
}

/* The exit code, or -1 and *err. */
static int selftest(size_t format, struct error *err)
{
    struct selftest test;

    signals_install();
    if (selftest_run(&test, SELFTEST_FALSE_NS, format == 0 ? say_what : NULL, err) != 0)
        return -1;
    if (test.is_stopped)
        return EXIT_STOPPED;
    if (print(&test, format, err) != 0)
        return -1;
    return selftest_worst(&test) == SELFTEST_WRONG ? EXIT_FAILED : EXIT_PASSED;
}

int cmd_selftest(int argc, char **argv)
{
    struct own_options own;
    struct error err = { 0 };
    size_t format = 0;
    int exit_code = -1;

    if (own_options_take(&own, &argc, argv, &err) == 0 && own_option_choice(&own, OWN_SELFTEST_FORMAT, &format, &err)) {
        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
            char *words[] = { argv[0], argv[0], NULL };

            exit_code = cmd_help(2, words);
        } else if (argc > 1) {
            error_set(&err, EXIT_USAGE, "selftest has a server of its own and takes no target: got \"%.100s\"", argv[1]);
        } else {
            exit_code = selftest(format, &err);
        }
    }
    own_options_release(&own);
    if (exit_code >= 0)
        return exit_code;
    say_error(&err, false);
    return err.exit_code;
}
