/* explain [KIND] WORD: what the program means by a word. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "explain.h"
#include "say.h"

static int print_words(void)
{
    struct buf out;

    buf_init(&out);
    explain_words(&out);
    fputs(out.data, stdout);
    buf_release(&out);
    return EXIT_PASSED;
}

int explain_print(const char *kind, const char *word)
{
    struct error err = { 0 };
    struct buf out;
    int exit_code = EXIT_PASSED;

    buf_init(&out);
    if (explain_word(&out, kind, word) > 0) {
        fputs(out.data, stdout);
    } else {
        const char *nearest = explain_nearest(word + strspn(word, "-"));

        if (nearest != NULL)
            error_set(&err, EXIT_USAGE, "nothing is called \"%.60s\": did you mean \"%s\"?", word, nearest);
        else
            error_set(&err, EXIT_USAGE, "nothing is called \"%.60s\"; onager explain lists all words", word);
        exit_code = err.exit_code;
        say_error(&err, false);
    }
    buf_release(&out);
    return exit_code;
}

int cmd_explain(int argc, char **argv)
{
    struct error err = { 0 };

    if (argc == 1)
        return print_words();
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return cmd_help(2, (char *[]){ argv[0], argv[0], NULL });
    if (argc <= 3)
        return explain_print(argc == 3 ? argv[1] : NULL, argv[argc - 1]);
    error_set(&err, EXIT_USAGE, "explain wants one word, or a kind and a word: onager explain key p");
    say_error(&err, false);
    return EXIT_USAGE;
}
