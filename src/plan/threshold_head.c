/* What stands before a threshold's expressions: metric or short form, tags and an aggregate in braces; and the words and
 * numbers both halves of the grammar are made of. Numbers are read by hand, so that the locale's decimal point plays no part
 * and "0.01" is the nearest double. Pure. */
#include "threshold_head.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "nearest.h"

bool threshold_fail(struct threshold_cursor *cursor, const char *at, const char *format, ...)
{
    va_list args;

    cursor->problem->is_in_head = cursor->is_head;
    cursor->problem->offset = (size_t)(at - cursor->text);
    va_start(args, format);
    vsnprintf(cursor->problem->text, sizeof cursor->problem->text, format, args);
    va_end(args);
    return false;
}

void threshold_skip_blanks(struct threshold_cursor *cursor)
{
    while (isspace((unsigned char)*cursor->at))
        cursor->at++;
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* A word of letters, digits, '_' and '.'; cut at WORD_MAX, which no known word reaches. */
size_t threshold_read_word(struct threshold_cursor *cursor, char word[WORD_MAX])
{
    size_t length = 0;

    for (; is_word_char(*cursor->at); cursor->at++)
        if (length < WORD_MAX - 1)
            word[length++] = *cursor->at;
    word[length] = '\0';
    return length;
}

/* A plain decimal number and *text behind it. The result is the correctly rounded quotient of two exact integers as long as
 * there are at most 15 digits. */
bool threshold_read_number(const char **text, double *value)
{
    double digits = 0, divisor = 1;
    const char *p = *text;
    size_t count = 0;

    for (; isdigit((unsigned char)*p) || (*p == '_' && count > 0); p++)
        if (*p != '_') {
            digits = digits * 10 + (*p - '0');
            count++;
        }
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++, count++)
            if (divisor < 1e15) {
                digits = digits * 10 + (*p - '0');
                divisor *= 10;
            }
    if (count == 0 || count > 40)
        return false;
    *value = digits / divisor;
    *text = p;
    return true;
}

double threshold_hundredth(double percent)
{
    return rint(percent * 1e10) / 1e12; /* 99.9 / 100 is not the double nearest to 0.999 */
}

/* ---- aggregates ---- */

static bool quantile_choice(double percent, struct threshold_choice *choice)
{
    if (!(percent >= 0 && percent <= 100))
        return false;
    *choice = (struct threshold_choice){ true, AGG_PERCENTILE, threshold_hundredth(percent) };
    if (percent == 0)
        choice->aggregate = AGG_MIN;
    else if (percent == 100)
        choice->aggregate = AGG_MAX;
    return true;
}

/* "avg", "p95", "p99.9"; not "p(95)", which is no word. */
static bool find_aggregate(const char *word, struct threshold_choice *choice)
{
    static const struct {
        const char *name;
        enum threshold_aggregate aggregate;
    } names[] = {
        { "count", AGG_COUNT }, { "rate", AGG_RATE }, { "value", AGG_VALUE }, { "avg", AGG_AVG },
        { "mean", AGG_AVG },    { "min", AGG_MIN },   { "max", AGG_MAX },
    };
    const char *number = word + 1;
    double percent;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(word, names[i].name) == 0) {
            *choice = (struct threshold_choice){ true, names[i].aggregate, 0 };
            return true;
        }
    if (strcmp(word, "med") == 0)
        return quantile_choice(50, choice);
    return word[0] == 'p' && threshold_read_number(&number, &percent) && *number == '\0' && quantile_choice(percent, choice);
}

const char *threshold_fitting(const struct metric_info *metric)
{
    static const char *const names[] = {
        [METRIC_COUNTER] = "count or rate",
        [METRIC_GAUGE] = "value",
        [METRIC_RATE] = "rate",
        [METRIC_TREND] = "avg, min, med, max or p(95)",
    };
    return names[metric->type];
}

bool threshold_fits(const struct metric_info *metric, enum threshold_aggregate aggregate)
{
    switch (metric->type) {
    case METRIC_COUNTER:
        return aggregate == AGG_COUNT || aggregate == AGG_RATE;
    case METRIC_GAUGE:
        return aggregate == AGG_VALUE;
    case METRIC_RATE:
        return aggregate == AGG_RATE;
    case METRIC_TREND:
        break;
    }
    return aggregate == AGG_AVG || aggregate == AGG_MIN || aggregate == AGG_MAX || aggregate == AGG_PERCENTILE;
}

static bool unknown_aggregate(struct threshold_cursor *cursor, const char *at, const char *word)
{
    static const char *const names[] = { "count", "rate", "value", "avg", "min", "max", "med", "p(95)", "p95" };
    const char *nearest = nearest_word(word, names, sizeof names / sizeof names[0]);

    if (nearest != NULL)
        return threshold_fail(cursor, at, "unknown aggregate \"%s\": did you mean \"%s\"?", word, nearest);
    return threshold_fail(cursor, at, "unknown aggregate \"%s\": count, rate, value, avg, min, med, max or p(95)", word);
}

/* An aggregate if there is one: a word, or "p(95)". */
bool threshold_read_aggregate(struct threshold_cursor *cursor, struct threshold_choice *choice)
{
    const char *begin = cursor->at;
    char word[WORD_MAX];
    double percent;

    if (threshold_read_word(cursor, word) == 0)
        return true;
    if (strcmp(word, "p") == 0 && *cursor->at == '(') {
        cursor->at++;
        threshold_skip_blanks(cursor);
        if (!threshold_read_number(&cursor->at, &percent))
            return threshold_fail(cursor, cursor->at, "expected a percentile such as p(95)");
        threshold_skip_blanks(cursor);
        if (*cursor->at != ')')
            return threshold_fail(cursor, cursor->at, "expected \")\" after the percentile");
        cursor->at++;
        return quantile_choice(percent, choice) || threshold_fail(cursor, begin, "a percentile lies between 0 and 100");
    }
    if (word[0] == 'p' && isdigit((unsigned char)word[1]) && !find_aggregate(word, choice))
        return threshold_fail(cursor, begin, "a percentile lies between 0 and 100");
    return find_aggregate(word, choice) || unknown_aggregate(cursor, begin, word);
}

/* ---- head ---- */

/* Words that stand for a metric and an aggregate of it. */
static const struct {
    const char *word;
    enum metric_id metric;
    enum threshold_aggregate aggregate;
} short_forms[] = {
    { "failed", METRIC_ID_HTTP_REQ_FAILED, AGG_RATE },
    { "rate", METRIC_ID_HTTP_REQS, AGG_RATE },
    { "count", METRIC_ID_HTTP_REQS, AGG_COUNT },
    { "dropped", METRIC_ID_DROPPED_ITERATIONS, AGG_COUNT },
};

static bool find_own_metric(const struct plan *plan, const char *word, struct threshold_head *head)
{
    static const enum metric_type types[] = {
        [CUSTOM_TREND] = METRIC_TREND,
        [CUSTOM_COUNTER] = METRIC_COUNTER,
        [CUSTOM_GAUGE] = METRIC_GAUGE,
        [CUSTOM_RATE] = METRIC_RATE,
    };

    for (size_t i = 0; plan != NULL && i < plan->metric_count; i++) {
        const struct plan_metric *metric = &plan->metrics[i];

        if (strcmp(metric->name, word) != 0)
            continue;
        head->own = (struct metric_info){ .name = metric->name,
                                          .type = types[metric->kind],
                                          .contains = metric->is_time ? CONTAINS_TIME : CONTAINS_DEFAULT };
        head->metric = &head->own;
        head->custom = (uint32_t)i + 1;
        return true;
    }
    return false;
}

static bool find_metric(const struct plan *plan, const char *word, struct threshold_head *head)
{
    int id = metric_find(word);

    if (find_own_metric(plan, word, head))
        return true;

    if (id >= 0) {
        head->metric = metric_info((enum metric_id)id);
        return true;
    }
    for (size_t i = 0; i < sizeof short_forms / sizeof short_forms[0]; i++)
        if (strcmp(word, short_forms[i].word) == 0) {
            head->metric = metric_info(short_forms[i].metric);
            head->choice = (struct threshold_choice){ true, short_forms[i].aggregate, 0 };
            return true;
        }
    if (find_aggregate(word, &head->choice)) {
        head->metric = metric_info(METRIC_ID_HTTP_REQ_DURATION);
        return threshold_fits(head->metric, head->choice.aggregate);
    }
    return false;
}

static bool unknown_metric(struct threshold_cursor *cursor, const char *at, const char *word)
{
    struct nearest nearest;

    nearest_begin(&nearest, word);
    for (size_t i = 0; cursor->plan != NULL && i < cursor->plan->metric_count; i++)
        nearest_try(&nearest, cursor->plan->metrics[i].name);
    for (int i = 0; i < METRIC_ID_COUNT; i++)
        nearest_try(&nearest, metric_info((enum metric_id)i)->name);
    for (size_t i = 0; i < sizeof short_forms / sizeof short_forms[0]; i++)
        nearest_try(&nearest, short_forms[i].word);
    if (nearest.best == NULL)
        return threshold_fail(cursor, at, "unknown metric \"%s\": man onager-metrics lists all", word);
    return threshold_fail(cursor, at, "unknown metric \"%s\": did you mean \"%s\"? man onager-metrics lists all", word, nearest.best);
}

/* One item in braces: "tag:value", or an aggregate. */
static bool read_item(struct threshold_cursor *cursor, struct threshold_head *head)
{
    const char *begin = cursor->at, *colon, *end;
    char word[WORD_MAX];

    end = begin + strcspn(begin, ",}");
    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    colon = memchr(begin, ':', (size_t)(end - begin));
    if (end == begin)
        return threshold_fail(cursor, begin, "expected tag:value or an aggregate in the braces");
    if (colon == NULL) {
        if (head->choice.is_set)
            return threshold_fail(cursor, begin, "a second aggregate");
        if (!threshold_read_aggregate(cursor, &head->choice))
            return false;
        if (cursor->at != end)
            return threshold_fail(cursor, cursor->at, "expected tag:value or an aggregate in the braces");
        return true;
    }
    if (threshold_read_word(cursor, word) == 0 || cursor->at != colon)
        return threshold_fail(cursor, begin, "a tag is a name such as request:login");
    for (colon++; colon < end && isspace((unsigned char)*colon);)
        colon++;
    if (colon == end)
        return threshold_fail(cursor, begin, "the tag \"%s\" has no value", word);
    if (head->filter_count == FILTER_MAX)
        return threshold_fail(cursor, begin, "more than %d tags", FILTER_MAX);
    head->filter[head->filter_count++] = (struct plan_tag){ mem_copy(word), mem_copy_n(colon, (size_t)(end - colon)) };
    cursor->at = end;
    return true;
}

static bool read_filter(struct threshold_cursor *cursor, struct threshold_head *head)
{
    do {
        cursor->at++; /* '{' or ',' */
        threshold_skip_blanks(cursor);
        if (!read_item(cursor, head))
            return false;
        threshold_skip_blanks(cursor);
    } while (*cursor->at == ',');
    if (*cursor->at != '}')
        return threshold_fail(cursor, cursor->at, "expected \"}\"");
    cursor->at++;
    return true;
}

/* METRIC[{...}] or a short form; the cursor stands behind it. */
bool threshold_read_head(struct threshold_cursor *cursor, struct threshold_head *head)
{
    const char *begin;
    char word[WORD_MAX];

    threshold_skip_blanks(cursor);
    begin = cursor->at;
    if (begin[0] == 'p' && begin[1] == '(') {
        head->metric = metric_info(METRIC_ID_HTTP_REQ_DURATION);
        if (!threshold_read_aggregate(cursor, &head->choice))
            return false;
    } else {
        if (threshold_read_word(cursor, word) == 0)
            return threshold_fail(cursor, begin, "expected a metric such as http_req_duration, or p95<300ms");
        if (!find_metric(cursor->plan, word, head))
            return unknown_metric(cursor, begin, word);
    }
    if (*cursor->at == '{' && !read_filter(cursor, head))
        return false;
    if (head->choice.is_set && !threshold_fits(head->metric, head->choice.aggregate))
        return threshold_fail(cursor, begin, "%s wants %s", head->metric->name, threshold_fitting(head->metric));
    threshold_skip_blanks(cursor);
    return true;
}

void threshold_release_filter(struct plan_tag *filter, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(filter[i].name);
        free(filter[i].value);
    }
}
