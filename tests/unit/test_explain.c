/* Every row of every table can be explained, by the words a person would use, and the answer holds what the row says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "args.h"
#include "command.h"
#include "explain.h"
#include "keys.h"
#include "mem.h"

/* The commands without what they do: linking them would link the program. */
static const struct cli_command commands[] = {
#define CLI_COMMAND(name, function, group, args, help) { name, NULL, group, args, help },
#include "commands.def"
#undef CLI_COMMAND
};

const struct cli_command *cli_command_at(size_t index)
{
    return index < sizeof commands / sizeof *commands ? &commands[index] : NULL;
}

/* Text with one blank for any white space and small letters, so that wrapping and big letters at the begin do not matter. */
static char *plain(const char *text)
{
    char *out = mem_copy(text);
    size_t used = 0;

    for (const char *p = text; *p != '\0'; p++) {
        char c = *p == '\n' ? ' ' : *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;

        if (c != ' ' || (used > 0 && out[used - 1] != ' '))
            out[used++] = c;
    }
    out[used] = '\0';
    return out;
}

static void expect(const char *kind, const char *word, const char *sentence)
{
    char *said, *wanted = plain(sentence);
    struct buf out;

    buf_init(&out);
    if (explain_word(&out, kind, word) == 0)
        fail_msg("nothing explains %s %s", kind, word);
    said = plain(out.data);
    if (strstr(said, wanted) == NULL)
        fail_msg("%s %s: \"%s\" is not in:\n%s", kind, word, sentence, out.data);
    for (const char *line = out.data; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    free(said);
    free(wanted);
    buf_release(&out);
    /* without the kind the same row is among the answers */
    buf_init(&out);
    assert_true(explain_word(&out, NULL, word) > 0);
    buf_release(&out);
}

static void every_row_of_every_table_is_explained(void **state)
{
    unsigned rows = 0;

#define METRIC(id, name, type, contains, help, bad) expect("metric", name, help), expect("metric", name, bad), rows++;
#include "metrics.def"
#undef METRIC
#define FAULT(id, name, where, help, advice) \
    expect("error", name, help), expect("error", name, where), expect("error", name, advice), rows++;
#include "onager/fault.def"
#undef FAULT
#define VERDICT_REASON(id, name, level, advice) expect("verdict", name, advice), expect("verdict", name, #level), rows++;
#include "onager/verdict_reason.def"
#undef VERDICT_REASON
#define RUN_STATE(id, name, glyph, ascii, help) expect("state", name, help), rows++;
#include "onager/run_state.def"
#undef RUN_STATE
#define EXIT_CODE(id, number, meaning) expect("exit", #number, meaning), rows++;
#include "onager/exit_code.def"
#undef EXIT_CODE
#ifdef HAVE_UI
#define KEY(key, action, label, order, states, help) expect("key", key, help), rows++;
#include "../../ui/keys.def"
#undef KEY
#endif
#define COMMAND(id, name, word, args, states, help) expect("steering", name, help), expect("steering", word, help), rows++;
#include "onager/command.def"
#undef COMMAND
#define CLI_COMMAND(name, function, group, args, help) expect("command", name, help), rows++;
#include "commands.def"
#undef CLI_COMMAND
    assert_true(rows > 60);
}

static void every_option_is_explained_by_each_of_its_names(void **state)
{
    char word[64];

#define OPTION(id, name, letter, kind, to, value, normal, group, brief, help, man) \
    snprintf(word, sizeof word, "--%s", name), expect("option", word, help);       \
    expect("option", name, help);                                                  \
    if (letter != 0)                                                               \
        snprintf(word, sizeof word, "-%c", letter ? letter : '?'), expect("option", word, help);
#include "args.def"
}

static void every_key_of_a_plan_is_explained_with_and_without_its_section(void **state)
{
    for (int i = 0; i < KEY_COUNT; i++) {
        const struct plan_key *key = key_info((enum plan_key_id)i);
        const char *section = section_info(key->section)->name;
        bool is_free = strcmp(key->name, "*") == 0;
        char word[80];

        expect("plan", is_free ? section : key->name, key->help);
        if (is_free)
            continue;
        snprintf(word, sizeof word, "%s.%s%s", section, key->name, key->name[strlen(key->name) - 1] == '.' ? "x" : "");
        expect("plan", word, key->help);
    }
}

static void a_word_with_many_meanings_gives_all_of_them(void **state)
{
    struct buf out;

    buf_init(&out);
    assert_true(explain_word(&out, NULL, "rate") >= 2);
    assert_non_null(strstr(out.data, "-r, --rate"));
    assert_non_null(strstr(out.data, "key of a plan, in [scenario NAME]"));
    buf_clear(&out);
    assert_int_equal(explain_word(&out, "option", "rate"), 1);
    buf_release(&out);
}

static void a_mistyped_word_gets_the_nearest_of_all_tables(void **state)
{
    struct buf out;

    buf_init(&out);
    assert_int_equal(explain_word(&out, NULL, "http_req_durations"), 0);
    assert_int_equal(out.length, 0);
    assert_string_equal(explain_nearest("http_req_durations"), "http_req_duration");
    assert_string_equal(explain_nearest("timeout_bdy"), "timeout_body");
    assert_string_equal(explain_nearest("treshold"), "threshold");
    assert_null(explain_nearest("qqqqqqqqqq"));
    buf_release(&out);
}

static void the_list_of_words_names_every_topic(void **state)
{
    const struct explain_topic *topic;
    struct buf out;

    buf_init(&out);
    explain_words(&out);
    for (size_t t = 0; (topic = explain_topic_at(t)) != NULL; t++) {
        assert_non_null(strstr(out.data, topic->plural));
        for (size_t i = 0; topic->name(i) != NULL; i++)
            assert_non_null(strstr(out.data, topic->name(i)));
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_every_table_is_explained),
        cmocka_unit_test(every_option_is_explained_by_each_of_its_names),
        cmocka_unit_test(every_key_of_a_plan_is_explained_with_and_without_its_section),
        cmocka_unit_test(a_word_with_many_meanings_gives_all_of_them),
        cmocka_unit_test(a_mistyped_word_gets_the_nearest_of_all_tables),
        cmocka_unit_test(the_list_of_words_names_every_topic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
