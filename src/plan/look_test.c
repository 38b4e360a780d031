/* Tests: operators and what stands behind them; and looks and tests as text again. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"
#include "mem.h"
#include "onager/units.h"
#include "regex.h"
#include "statuses.h"

/* Longer words before those that begin like them; the first of an operator is how it is printed. */
static const struct {
    const char *word;
    enum test_operator op;
} operators[] = {
    { "exists", TEST_EXISTS },
    { "absent", TEST_ABSENT },
    { "not exists", TEST_ABSENT },
    { "==", TEST_EQUAL },
    { "equals", TEST_EQUAL },
    { "!=", TEST_NOT_EQUAL },
    { "<=", TEST_LESS_EQUAL },
    { ">=", TEST_GREATER_EQUAL },
    { "<", TEST_LESS },
    { ">", TEST_GREATER },
    { "=", TEST_EQUAL },
    { "contains", TEST_CONTAINS },
    { "not contains", TEST_NOT_CONTAINS },
    { "matches", TEST_MATCHES },
    { "regex", TEST_MATCHES },
    { "not matches", TEST_NOT_MATCHES },
};

#define OPERATOR_COUNT (sizeof operators / sizeof operators[0])

static bool take_operator(struct look_reader *reader, enum test_operator *op)
{
    for (size_t i = 0; i < OPERATOR_COUNT; i++)
        if (look_take(reader, operators[i].word)) {
            *op = operators[i].op;
            return true;
        }
    return false;
}

/* ---- statuses ---- */

/* "2xx" as "200-299". */
static char *spell_classes(const char *text)
{
    struct buf out;

    buf_init(&out);
    for (const char *p = text; *p != '\0'; p++) {
        bool is_class = *p >= '1' && *p <= '9' && tolower((unsigned char)p[1]) == 'x' && tolower((unsigned char)p[2]) == 'x';

        if (is_class)
            buf_addf(&out, "%c00-%c99", *p, *p);
        else
            buf_add_char(&out, *p);
        p += is_class ? 2 : 0;
    }
    return buf_take(&out);
}

static void set_status(uint64_t *statuses, unsigned status, bool is_in)
{
    uint64_t bit = UINT64_C(1) << (status % 64);

    statuses[status / 64] = is_in ? statuses[status / 64] | bit : statuses[status / 64] & ~bit;
}

static bool has_status(const uint64_t *statuses, unsigned status)
{
    return (statuses[status / 64] >> (status % 64) & 1) != 0;
}

/* Every operator on a status is a set of statuses. */
static bool read_statuses(struct look_reader *reader, struct plan_test *test, enum test_operator op)
{
    const char *begin = reader->at;
    bool is_quoted;
    char *text = look_rest(reader, &is_quoted), *spelled = spell_classes(text);
    uint64_t number = 0, said[PLAN_STATUS_WORDS] = { 0 };
    bool is_good = statuses_parse(said, spelled) && *text != '\0', any = false;

    if (op >= TEST_LESS && op <= TEST_GREATER_EQUAL)
        is_good = units_parse_count(text, &number) && number >= 100 && number <= 999;
    free(text);
    free(spelled);
    if (!is_good || op == TEST_EXISTS || op == TEST_ABSENT || op >= TEST_CONTAINS)
        return look_fail(reader, begin, "status: expected statuses such as 200, 2xx or 300-399, got \"%.40s\"", begin);
    for (unsigned status = 100; status <= 999; status++) {
        bool is_in = op == TEST_EQUAL        ? has_status(said, status)
                     : op == TEST_NOT_EQUAL  ? !has_status(said, status)
                     : op == TEST_LESS       ? status < number
                     : op == TEST_LESS_EQUAL ? status <= number
                     : op == TEST_GREATER    ? status > number
                                             : status >= number;

        set_status(test->statuses, status, is_in);
        any = any || is_in;
    }
    if (!any)
        return look_fail(reader, begin, "status: no status is like that");
    test->op = TEST_STATUSES;
    return true;
}

/* ---- values ---- */

static bool parse_plain_number(const char *text, double *number)
{
    char *end;

    if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text) || !(isdigit((unsigned char)text[*text == '-' || *text == '+'])))
        return false;
    *number = strtod(text, &end);
    return *end == '\0' && isfinite(*number);
}

/* In the unit of the look: ms, bytes, or none. */
static bool parse_number(const struct plan_look *look, const char *text, double *number)
{
    uint64_t value;

    if (look->kind == LOOK_DURATION) {
        if (!units_parse_duration(text, BARE_MILLISECONDS, &value))
            return false;
        *number = (double)value / 1e6;
        return true;
    }
    if (look->kind == LOOK_SIZE) {
        if (!units_parse_bytes(text, &value))
            return false;
        *number = (double)value;
        return true;
    }
    return parse_plain_number(text, number);
}

static const char *expected_number(const struct plan_look *look)
{
    return look->kind == LOOK_DURATION ? "a time such as 300ms" : look->kind == LOOK_SIZE ? "a size such as 10KB" : "a number";
}

static bool read_operand(struct look_reader *reader, struct plan_test *test)
{
    bool is_measured = test->look.kind == LOOK_DURATION || test->look.kind == LOOK_SIZE, is_quoted, is_good = true;
    bool is_order = test->op >= TEST_LESS && test->op <= TEST_GREATER_EQUAL;
    const char *begin = reader->at;
    struct template_problem problem;
    char *text = look_rest(reader, &is_quoted);

    if (!template_read(&test->operand, reader->names, text, TEMPLATE_PLAIN, &problem)) {
        free(text);
        return look_fail(reader, begin + is_quoted + problem.offset, "%s", problem.text);
    }
    free(text);
    if (plan_text_is_constant(&test->operand)) {
        const char *value = template_constant(&test->operand, NULL);

        test->is_number = !is_quoted && test->op <= TEST_GREATER_EQUAL && parse_number(&test->look, value, &test->number);
        is_good = test->is_number || !(is_order || is_measured);
        if (*value == '\0' && !is_quoted)
            is_good = false;
    }
    if (!is_good)
        return look_fail(
            reader, begin, "expected %s, got \"%.40s\"", is_order || is_measured ? expected_number(&test->look) : "a value", begin);
    return true;
}

static bool read_pattern(struct look_reader *reader, struct plan_test *test)
{
    const char *begin = reader->at;
    struct error err = { 0 };
    bool is_quoted;

    test->pattern = look_rest(reader, &is_quoted);
    if (*test->pattern == '\0')
        return look_fail(reader, begin, "expected a pattern");
    test->regex = regex_new(test->pattern, &err);
    return test->regex != NULL || look_fail(reader, begin, "%.250s", err.text);
}

static bool read_test(struct look_reader *reader, struct plan_test *test, const char *hint)
{
    const char *begin;
    bool has_operator;

    if (!look_read(reader, &test->look, hint))
        return false;
    look_skip(reader);
    begin = reader->at;
    has_operator = take_operator(reader, &test->op);
    if (test->look.kind == LOOK_STATUS)
        return read_statuses(reader, test, has_operator ? test->op : TEST_EQUAL);
    if (!has_operator && *begin == '\0' && test->look.kind < LOOK_BODY) {
        test->op = TEST_EXISTS;
        return true;
    }
    if (!has_operator)
        return look_fail(reader, begin, "expected ==, !=, <, <=, >, >=, contains, matches, exists or absent, got \"%.40s\"", begin);
    if (test->op == TEST_EXISTS || test->op == TEST_ABSENT)
        return look_at_end(reader);
    if (test->op == TEST_MATCHES || test->op == TEST_NOT_MATCHES)
        return read_pattern(reader, test);
    return read_operand(reader, test);
}

bool test_read(struct look_reader *reader, struct plan_test *test, const char *hint)
{
    const char *begin;

    *test = (struct plan_test){ 0 };
    look_skip(reader);
    begin = reader->at;
    if (!read_test(reader, test, hint))
        return false;
    test->source = mem_copy(begin);
    return true;
}

/* ---- as text again ---- */

void look_print_quoted(struct buf *out, const char *text)
{
    buf_add_char(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, *p);
    }
    buf_add_char(out, '"');
}

void look_print_text(struct buf *out, const struct plan *plan, const struct plan_text *text)
{
    struct buf plain;

    buf_init(&plain);
    template_print(&plain, plan, text);
    look_print_quoted(out, plain.length > 0 ? plain.data : "");
    buf_release(&plain);
}

void look_print(struct buf *out, const struct plan *plan, const struct plan_look *look)
{
    if (look->kind == LOOK_TEXT) {
        template_print(out, plan, &look->text);
        return;
    }
    buf_add_text(out, look_kind_name(look->kind));
    if (look->kind == LOOK_JSON)
        buf_addf(out, " %s", look->path.text);
    if (look->name != NULL || look->pattern != NULL) {
        buf_add_char(out, ' ');
        look_print_quoted(out, look->name != NULL ? look->name : look->pattern);
    }
    if (look->kind == LOOK_REGEX)
        buf_addf(out, " group %u", look->group);
}

void test_print(struct buf *out, const struct plan *plan, const struct plan_test *test)
{
    look_print(out, plan, &test->look);
    buf_add_char(out, ' ');
    if (test->op == TEST_STATUSES) {
        statuses_print(out, test->statuses);
        return;
    }
    for (size_t i = 0; i < OPERATOR_COUNT; i++)
        if (operators[i].op == test->op) {
            buf_add_text(out, operators[i].word);
            break;
        }
    if (test->op == TEST_EXISTS || test->op == TEST_ABSENT)
        return;
    buf_add_char(out, ' ');
    if (test->pattern != NULL)
        look_print_quoted(out, test->pattern);
    else if (test->is_number)
        template_print(out, plan, &test->operand);
    else
        look_print_text(out, plan, &test->operand);
}
