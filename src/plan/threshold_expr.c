/* The expressions of a threshold. Recursive in nothing: one cursor walks the text from left to right. Pure. */
#include "threshold_expr.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"
#include "mistakes.h"
#include "nearest.h"
#include "threshold_head.h"

#define THRESHOLDS_MAX 1000

static bool read_operator(struct threshold_cursor *cursor, enum threshold_operator *op)
{
    static const struct {
        const char *text;
        enum threshold_operator op;
    } operators[] = {
        { "===", OP_EQUAL },     { "==", OP_EQUAL },         { "!==", OP_NOT_EQUAL }, { "!=", OP_NOT_EQUAL },
        { "<=", OP_LESS_EQUAL }, { ">=", OP_GREATER_EQUAL }, { "<", OP_LESS },        { ">", OP_GREATER },
    };

    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strncmp(cursor->at, operators[i].text, strlen(operators[i].text)) == 0) {
            cursor->at += strlen(operators[i].text);
            *op = operators[i].op;
            return true;
        }
    return threshold_fail(cursor, cursor->at, "expected < <= > >= == or !=");
}

static const char *expected_limit(const struct metric_info *metric, enum threshold_aggregate aggregate)
{
    if (metric->contains == CONTAINS_TIME)
        return "a time such as 500ms";
    if (metric->type == METRIC_RATE)
        return "a share from 0 to 1, or a percentage such as 1%";
    if (metric->contains == CONTAINS_DATA)
        return aggregate == AGG_RATE ? "a size a second such as 10MB/s" : "a size such as 10MB";
    return aggregate == AGG_RATE ? "a rate such as 450/s" : "a number such as 1000";
}

/* Cuts "/s", "/m" off the end of a rate's limit: seconds it stands for, 0 when it is not a unit of time. */
static double cut_per(char *word)
{
    char *slash = strchr(word, '/');
    struct rate rate;
    char one[WORD_MAX];

    if (slash == NULL)
        return 1;
    snprintf(one, sizeof one, "1%s", slash);
    *slash = '\0';
    return units_parse_rate(one, &rate) ? (double)rate.per_ns / (double)NS_PER_S : 0;
}

static bool limit_of(const struct metric_info *metric, enum threshold_aggregate aggregate, char *word, double *limit)
{
    const char *rest = word;
    double per_s = aggregate == AGG_RATE && metric->type == METRIC_COUNTER ? cut_per(word) : 1;
    uint64_t integer;

    if (per_s <= 0)
        return false;
    if (metric->contains == CONTAINS_TIME) {
        if (!units_parse_duration(word, BARE_MILLISECONDS, &integer))
            return false;
        *limit = (double)integer / (double)NS_PER_MS;
        return true;
    }
    if (threshold_read_number(&rest, limit) && (*rest == '\0' || strcmp(rest, "%") == 0)) {
        if (*rest == '%')
            *limit = threshold_hundredth(*limit);
        if (*rest == '%' || metric->type == METRIC_RATE)
            return metric->type == METRIC_RATE && *limit <= 1;
        *limit /= per_s;
        return true;
    }
    if (metric->contains == CONTAINS_DATA ? !units_parse_bytes(word, &integer) : !units_parse_count(word, &integer))
        return false;
    *limit = (double)integer / per_s;
    return metric->type != METRIC_RATE;
}

static bool read_limit(struct threshold_cursor *cursor, const struct metric_info *metric, struct plan_threshold *threshold)
{
    const char *begin = cursor->at;
    size_t length = strcspn(begin, ", \t\n");
    char word[WORD_MAX], shown[SHOWN_SIZE];

    snprintf(word, sizeof word, "%.*s", (int)(length < WORD_MAX ? length : WORD_MAX), begin);
    cursor->at += length;
    if (length < WORD_MAX && limit_of(metric, threshold->aggregate, word, &threshold->limit))
        return true;
    snprintf(word, sizeof word, "%.*s", (int)(length < WORD_MAX ? length : WORD_MAX), begin);
    return threshold_fail(cursor, begin, "expected %s, got \"%s\"", expected_limit(metric, threshold->aggregate), shown_value(shown, word));
}

static bool read_time_option(struct threshold_cursor *cursor, const char *begin, const char *name, uint64_t *ns)
{
    size_t length = strcspn(cursor->at, ", \t\n");
    char word[WORD_MAX];

    snprintf(word, sizeof word, "%.*s", (int)(length < WORD_MAX ? length : WORD_MAX), cursor->at);
    cursor->at += length;
    if (!units_parse_duration(word, BARE_SECONDS, ns) || *ns == 0)
        return threshold_fail(cursor, begin, "%s: expected a duration such as 10s, got \"%s\"", name, word);
    return true;
}

/* abort, optional, over=30s, grace=10s, delay=5s. */
static bool read_option(struct threshold_cursor *cursor, struct plan_threshold *threshold)
{
    static const char *const names[] = { "over", "abort", "grace", "delay", "optional" };
    const char *begin = cursor->at, *nearest;
    char word[WORD_MAX];

    threshold_read_word(cursor, word);
    if (*cursor->at == '=') {
        uint64_t *target = strcmp(word, "over") == 0    ? &threshold->over_ns
                           : strcmp(word, "grace") == 0 ? &threshold->grace_ns
                           : strcmp(word, "delay") == 0 ? &threshold->delay_ns
                                                        : NULL;

        if (target != NULL) {
            cursor->at++;
            return read_time_option(cursor, begin, word, target);
        }
    } else if (strcmp(word, "abort") == 0) {
        return threshold->abort = true;
    } else if (strcmp(word, "optional") == 0) {
        return threshold->optional = true;
    }
    nearest = nearest_word(word, names, sizeof names / sizeof names[0]);
    if (nearest != NULL && strcmp(nearest, word) != 0)
        return threshold_fail(cursor, begin, "unknown word \"%s\" after the limit: did you mean \"%s\"?", word, nearest);
    if (word[0] == '\0')
        return threshold_fail(cursor, begin, "expected \",\" or the end, got \"%c\"", *begin);
    return threshold_fail(cursor, begin, "unknown word \"%s\" after the limit: over=30s, abort, grace=10s, delay=5s or optional", word);
}

static bool read_options(struct threshold_cursor *cursor, struct plan_threshold *threshold)
{
    const char *begin;

    threshold_skip_blanks(cursor);
    for (begin = cursor->at; *cursor->at != '\0' && *cursor->at != ','; threshold_skip_blanks(cursor))
        if (!read_option(cursor, threshold))
            return false;
    if (threshold->over_ns % (2 * NS_PER_S) != 0)
        return threshold_fail(cursor, begin, "over: a multiple of 2s, because thresholds are evaluated every 2s");
    if (!threshold->abort && (threshold->grace_ns > 0 || threshold->delay_ns > 0))
        return threshold_fail(cursor, begin, "grace and delay belong to abort");
    return true;
}

/* The limit as a number of the metric's own unit, whatever the locale. */
static void put_number(struct buf *out, double value)
{
    char text[40];
    bool is_point_done = false;

    snprintf(text, sizeof text, "%.15g", value);
    for (const char *p = text; *p != '\0'; p++) {
        if (isdigit((unsigned char)*p) || strchr("e+-", *p) != NULL) {
            buf_add_char(out, *p);
        } else if (!is_point_done) {
            buf_add_char(out, '.');
            is_point_done = true;
        }
    }
}

static char *normalised(const struct plan_threshold *threshold)
{
    static const char *const aggregates[] = { "count", "rate", "value", "avg", "min", "max" };
    static const char *const operators[] = { "<", "<=", ">", ">=", "==", "!=" };
    struct buf text;

    buf_init(&text);
    if (threshold->aggregate == AGG_PERCENTILE) {
        buf_add_text(&text, "p(");
        put_number(&text, threshold->quantile * 100);
        buf_add_char(&text, ')');
    } else {
        buf_add_text(&text, aggregates[threshold->aggregate]);
    }
    buf_add_text(&text, operators[threshold->op]);
    put_number(&text, threshold->limit);
    return buf_take(&text);
}

/* The aggregate a metric has when none is said: the only one, or the count of a counter. */
static bool default_choice(const struct metric_info *metric, struct threshold_choice *choice)
{
    static const enum threshold_aggregate defaults[] = {
        [METRIC_COUNTER] = AGG_COUNT,
        [METRIC_GAUGE] = AGG_VALUE,
        [METRIC_RATE] = AGG_RATE,
    };

    if (metric->type == METRIC_TREND)
        return false;
    *choice = (struct threshold_choice){ true, defaults[metric->type], 0 };
    return true;
}

/* [AGGREGATE] OP LIMIT [options], up to ',' or the end. */
static bool read_expression(struct threshold_cursor *cursor, const struct threshold_head *head, struct plan_threshold *threshold)
{
    struct threshold_choice choice = { 0 };
    const char *begin;

    threshold_skip_blanks(cursor);
    begin = cursor->at;
    if (*begin == '\0' || *begin == ',')
        return threshold_fail(cursor, begin, "expected an expression such as p(95)<500");
    if (!threshold_read_aggregate(cursor, &choice))
        return false;
    if (choice.is_set && head->choice.is_set)
        return threshold_fail(cursor, begin, "a second aggregate; the first is before the \":\"");
    if (!choice.is_set)
        choice = head->choice;
    if (!choice.is_set && !default_choice(head->metric, &choice))
        return threshold_fail(cursor, begin, "%s wants an aggregate: %s", head->metric->name, threshold_fitting(head->metric));
    if (!threshold_fits(head->metric, choice.aggregate))
        return threshold_fail(cursor, begin, "%s wants %s", head->metric->name, threshold_fitting(head->metric));
    threshold->aggregate = choice.aggregate;
    threshold->quantile = choice.aggregate == AGG_PERCENTILE ? choice.quantile : 0;
    threshold_skip_blanks(cursor);
    if (!read_operator(cursor, &threshold->op))
        return false;
    threshold_skip_blanks(cursor);
    return read_limit(cursor, head->metric, threshold) && read_options(cursor, threshold);
}

static void list_add(struct threshold_list *list, const struct threshold_head *head, struct plan_threshold *threshold)
{
    threshold->metric = mem_copy(head->metric->name);
    threshold->custom = head->custom;
    threshold->expression = normalised(threshold);
    threshold->filter_count = head->filter_count;
    threshold->filter = mem_array(head->filter_count, sizeof *threshold->filter);
    for (size_t i = 0; i < head->filter_count; i++)
        threshold->filter[i] = (struct plan_tag){ mem_copy(head->filter[i].name), mem_copy(head->filter[i].value) };
    list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = *threshold;
}

void threshold_release(struct plan_threshold *threshold)
{
    free(threshold->metric);
    free(threshold->expression);
    threshold_release_filter(threshold->filter, threshold->filter_count);
    free(threshold->filter);
}

static void list_cut(struct threshold_list *list, size_t count)
{
    while (list->count > count)
        threshold_release(&list->items[--list->count]);
}

void threshold_list_release(struct threshold_list *list)
{
    list_cut(list, 0);
    free(list->items);
    *list = (struct threshold_list){ 0 };
}

/* One expression at the cursor; *is_more when a comma follows, which is taken. */
static bool add_expression(struct threshold_list *list, struct threshold_cursor *cursor, const struct threshold_head *head, bool *is_more)
{
    struct plan_threshold threshold = { 0 };

    if (list->count >= THRESHOLDS_MAX)
        return threshold_fail(cursor, cursor->at, "more than %d thresholds", THRESHOLDS_MAX);
    if (!read_expression(cursor, head, &threshold))
        return false;
    list_add(list, head, &threshold);
    *is_more = *cursor->at == ',';
    cursor->at += *is_more;
    return true;
}

bool threshold_parse(struct threshold_list *list, const char *head_text, const char *expressions, struct threshold_problem *problem)
{
    struct threshold_cursor at_head = { list->plan, head_text, head_text, true, problem };
    struct threshold_cursor cursor = { list->plan, expressions, expressions, false, problem };
    struct threshold_head head = { 0 };
    size_t before = list->count;
    bool is_more = true;
    bool is_good = threshold_read_head(&at_head, &head);

    if (is_good && *at_head.at != '\0')
        is_good = threshold_fail(&at_head, at_head.at, "expected \"{\" or nothing after the metric");
    while (is_good && is_more)
        is_good = add_expression(list, &cursor, &head, &is_more);
    if (!is_good)
        list_cut(list, before);
    threshold_release_filter(head.filter, head.filter_count);
    return is_good;
}

bool threshold_parse_line(struct threshold_list *list, const char *text, struct threshold_problem *problem)
{
    struct threshold_cursor cursor = { list->plan, text, text, false, problem };
    size_t before = list->count;
    bool is_more = true, is_good = true;

    while (is_good && is_more) {
        struct threshold_head head = { 0 };
        bool is_list;

        is_good = threshold_read_head(&cursor, &head);
        is_list = is_good && *cursor.at == ':';
        cursor.at += is_list;
        /* "METRIC: a, b" is two expressions of it, "p95<1s, failed<1%" two short forms */
        do {
            is_good = is_good && add_expression(list, &cursor, &head, &is_more);
        } while (is_good && is_more && is_list);
        threshold_release_filter(head.filter, head.filter_count);
    }
    if (!is_good)
        list_cut(list, before);
    return is_good;
}
