/* The progress line. On a terminal the widest of a few forms that fits; elsewhere a record that a log can be searched by. */
#include "progress.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "onager/text.h"
#include "onager/units.h"
#include "sparkline.h"

#define WORD 32
#define SPARK_WIDE 20
#define SPARK 10
#define STEPS_S_COUNT (sizeof steps_s / sizeof *steps_s)

enum form { FORM_WIDE, FORM_MEDIUM, FORM_SHORT, FORM_NARROW, FORM_LEAST, FORM_COUNT };

/* "0.07 %" as "0.07%". */
static char *percent(char *out, size_t size, uint64_t part, uint64_t whole)
{
    char *blank;

    units_format_percent(out, size, part, whole);
    blank = strchr(out, ' ');
    if (blank != NULL)
        memmove(blank, blank + 1, strlen(blank));
    return out;
}

static void add_clock(struct buf *out, const struct snapshot *s, bool with_total)
{
    char clock[WORD];

    buf_add_text(out, units_format_clock(clock, sizeof clock, s->plan_ns));
    if (with_total && s->plan_total_ns != SNAP_NONE)
        buf_addf(out, "/%s", units_format_clock(clock, sizeof clock, s->plan_total_ns));
    if (s->state != RUN_RUNNING) {
        buf_add_char(out, ' ');
        for (const char *c = run_state_name(s->state); *c != '\0'; c++)
            buf_add_char(out, (char)toupper((unsigned char)*c));
    }
}

/* A column is as few whole seconds as show the run from its beginning, at most such that the line covers 100 s. */
static void add_spark(struct buf *out, const struct snapshot *s, size_t columns, bool utf8)
{
    static const unsigned steps_s[] = { 1, 2, 5, 10 };
    double values[SPARK_WIDE];
    size_t step = 0, count;

    while (step + 1 < STEPS_S_COUNT && columns * steps_s[step + 1] <= 100 && columns * steps_s[step] * NS_PER_S < s->at_ns)
        step++;
    count = sparkline_latest(values, columns, s->history, s->at_ns, steps_s[step]);
    sparkline_add(out, values, count, utf8);
}

/* "p50 17.8 p95 82.6 p99 148ms": the unit stands once when it is the same. */
static void add_percentiles(struct buf *out, const struct snap_trend *trend, bool utf8)
{
    static const char *const names[] = { "p50", "p95", "p99" };
    const uint64_t values[] = { trend->p50_ns, trend->p95_ns, trend->p99_ns };
    char texts[3][WORD];
    const char *units[3];
    bool same;

    for (int i = 0; i < 3; i++) {
        units_format_ns(texts[i], WORD, values[i], utf8);
        units[i] = texts[i] + strspn(texts[i], "0123456789.");
    }
    same = trend->count > 0 && strcmp(units[0], units[1]) == 0 && strcmp(units[1], units[2]) == 0;
    for (int i = 0; i < 3; i++)
        buf_addf(
            out, "%s%s %.*s", i > 0 ? " " : "", names[i], same && i < 2 ? (int)(units[i] - texts[i]) : (int)strlen(texts[i]), texts[i]);
}

static void add_thresholds(struct buf *out, const struct snapshot *s, bool is_short)
{
    size_t failing = s->threshold_count - s->thresholds_passed;

    if (s->threshold_count == 0) {
        buf_add_text(out, is_short ? "" : "no thresholds  ");
        return;
    }
    buf_addf(out, "%zu/%zu", s->thresholds_passed, s->threshold_count);
    buf_add_text(out, is_short ? (failing > 0 ? "! " : " ") : (failing > 0 ? " FAIL  " : " ok  "));
}

static void add_form(struct buf *out, const struct snapshot *s, enum form form, bool utf8)
{
    const struct snap_trend *trend = s->is_final ? &s->all.duration : &s->all.duration_10s;
    uint64_t failed = snap_failed(&s->all.requests);
    char rate[WORD], share[WORD], time[WORD], count[WORD];

    units_format_rate(rate, sizeof rate, s->rate_10s);
    percent(share, sizeof share, failed, s->all.requests.total);
    units_format_ns(time, sizeof time, trend->p95_ns, utf8);
    add_clock(out, s, form < FORM_NARROW);
    if (form < FORM_SHORT && s->history != NULL) {
        buf_add_char(out, ' ');
        add_spark(out, s, form == FORM_WIDE ? SPARK_WIDE : SPARK, utf8);
    }
    buf_addf(out, " %s/s", rate);
    if (form == FORM_LEAST) {
        buf_addf(out, " %s", share);
        return;
    }
    if (form == FORM_NARROW) {
        buf_addf(out, " %s p95 %s ", share, time);
        add_thresholds(out, s, true);
        buf_add_text(out, verdict_level_name(s->verdict.level));
        return;
    }
    if (form == FORM_WIDE && s->planned_rate > 0)
        buf_addf(out, " of %s", units_format_rate(rate, sizeof rate, s->planned_rate));
    buf_addf(out, "  %s VUs  ", units_format_count(count, sizeof count, s->vus_allocated));
    if (form == FORM_WIDE) {
        buf_addf(out, "%s in flight  ", units_format_count(count, sizeof count, s->in_flight));
        buf_addf(out, "%s dropped  ", units_format_count(count, sizeof count, s->iterations.dropped));
    }
    buf_addf(out, "%s failed  ", share);
    if (form == FORM_WIDE)
        add_percentiles(out, trend, utf8);
    else
        buf_addf(out, "p95 %s", time);
    buf_add_text(out, "  ");
    add_thresholds(out, s, false);
    buf_add_text(out, verdict_level_name(s->verdict.level));
}

void progress_line(struct buf *out, const struct snapshot *snapshot, size_t columns, bool utf8)
{
    size_t before = out->length;
    char cut[512];

    for (int form = 0; form < FORM_COUNT; form++) {
        out->length = before;
        add_form(out, snapshot, (enum form)form, utf8);
        if (text_columns(out->data + before) <= columns)
            return;
    }
    text_sanitize(cut, sizeof cut, out->data + before, out->length - before, columns, utf8);
    out->length = before;
    buf_add_text(out, cut);
}

void progress_record(struct buf *out, const struct snapshot *s)
{
    const struct snap_trend *trend = s->is_final ? &s->all.duration : &s->all.duration_10s;
    char clock[WORD], share[WORD], time[WORD];

    buf_addf(out, "onager %s %s ", units_format_clock(clock, sizeof clock, s->is_final ? s->at_ns : s->plan_ns), run_state_name(s->state));
    if (s->is_final)
        buf_addf(out, "exit=%d requests=%llu", s->exit_code, (unsigned long long)s->all.requests.total);
    else
        buf_addf(
            out, "planned=%llu started=%llu dropped=%llu vus=%llu rate=%.0f", (unsigned long long)s->iterations.planned,
            (unsigned long long)s->iterations.started, (unsigned long long)s->iterations.dropped, (unsigned long long)s->vus_allocated,
            s->rate_10s);
    buf_addf(out, " failed=%s", percent(share, sizeof share, snap_failed(&s->all.requests), s->all.requests.total));
    buf_addf(out, " p95=%s", units_format_ns(time, sizeof time, trend->p95_ns, false));
    buf_addf(out, " thresholds=%zu/%zu %s", s->thresholds_passed, s->threshold_count, verdict_level_name(s->verdict.level));
}
