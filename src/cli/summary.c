/* The summary: title, verdict, errors, load, books. The two tables stand in files of their own. */
#include "summary.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "onager/history.h"
#include "onager/text.h"
#include "onager/units.h"
#include "sparkline.h"

#define WORD 40
#define LABEL 10
#define SPARK_COLUMNS 54
#define NAME_COLUMNS 34
#define ERRORS_MAX 8

void summary_cell(struct buf *out, const char *text, int columns, bool utf8)
{
    size_t wanted = (size_t)(columns < 0 ? -columns : columns);
    char clean[400];
    size_t used = text_sanitize(clean, sizeof clean, text, strlen(text), wanted, utf8);

    for (size_t i = used; columns < 0 && i < wanted; i++)
        buf_add_char(out, ' ');
    buf_add_text(out, clean);
    for (size_t i = used; columns > 0 && i < wanted; i++)
        buf_add_char(out, ' ');
}

void summary_block(struct buf *out, const char *label, const char *text, int indent, bool utf8)
{
    size_t used = (size_t)indent;
    char clean[1600];
    const char *word = clean;

    text_sanitize(clean, sizeof clean, text, strlen(text), sizeof clean, utf8);
    summary_cell(out, label, indent, utf8);
    while (*word != '\0') {
        size_t length = strcspn(word, " ") + strspn(word + strcspn(word, " "), " ");
        char piece[400];
        size_t columns;

        length = length < sizeof piece ? length : sizeof piece - 1;
        memcpy(piece, word, length);
        piece[length] = '\0';
        columns = text_columns(piece) - strspn(piece + strcspn(piece, " "), " ");
        if (used > (size_t)indent && used + columns > SUMMARY_COLUMNS - 1) {
            while (out->length > 0 && out->data[out->length - 1] == ' ')
                out->length--;
            buf_add_char(out, '\n');
            summary_cell(out, "", indent, utf8);
            used = (size_t)indent;
        }
        buf_add(out, piece, length);
        used += text_columns(piece);
        word += length;
    }
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    buf_add_char(out, '\n');
}

void summary_paragraph(struct buf *out, const char *label, const char *text, bool utf8)
{
    summary_block(out, label, text, LABEL, utf8);
}

static void add_upper(struct buf *out, const char *word)
{
    for (; *word != '\0'; word++)
        buf_add_char(out, (char)toupper((unsigned char)*word));
}

void summary_title(struct buf *out, const struct snapshot *s, bool utf8)
{
    uint64_t tick = s->at_ns < NS_PER_S ? NS_PER_MS : NS_PER_S / 10;
    size_t failed = s->threshold_count - s->thresholds_passed;
    char duration[WORD], name[WORD * 4];
    struct buf left;
    const char *plan_name = s->plan->name != NULL ? s->plan->name : "";

    buf_init(&left);
    text_sanitize(name, sizeof name, plan_name, strlen(plan_name), NAME_COLUMNS, utf8);
    buf_addf(&left, "%s  ", name);
    add_upper(&left, run_state_name(s->state));
    buf_addf(&left, " after %s  ", units_format_duration(duration, sizeof duration, (s->at_ns + tick / 2) / tick * tick));
    if (s->threshold_count == 0)
        buf_add_text(&left, "no thresholds");
    else if (failed == 0)
        buf_addf(&left, "PASSED %zu of %zu threshold%s", s->thresholds_passed, s->threshold_count, s->threshold_count == 1 ? "" : "s");
    else
        buf_addf(&left, "FAILED %zu of %zu threshold%s", failed, s->threshold_count, s->threshold_count == 1 ? "" : "s");
    summary_cell(out, left.data, SUMMARY_COLUMNS - 8, utf8);
    buf_addf(out, "  exit %d\n", s->exit_code);
    buf_release(&left);
    if (s->end_reason[0] != '\0')
        summary_paragraph(out, "Ended", s->end_reason, utf8);
}

const char *summary_advice(const struct snapshot *s, enum verdict_code code)
{
    static const char *const advices[VERDICT_CODE_COUNT] = {
#define VERDICT_REASON(id, name, level, advice) [VERDICT_##id##_REASON] = advice,
#include "onager/verdict_reason.def"
#undef VERDICT_REASON
    };

    /* waiting is what these arrivals did */
    if (code == VERDICT_DROPPED_REASON && s->iterations.dropped_queue_full > s->iterations.dropped_no_vu + s->iterations.dropped_stall)
        return "arrivals found the queue of those that wait full, so the percentiles leave out the worst: raise -c or max_vus, lower "
               "the rate, or raise max_waiting";
    return advices[code];
}

double summary_busiest_worker(const struct snapshot *s)
{
    double most = 0;

    for (size_t i = 0; i < s->worker_count; i++) {
        double share = s->at_ns > 0 ? (double)s->workers[i].cpu_ns / (double)s->at_ns : 0;

        most = share > most ? share : most;
    }
    return most;
}

static void add_verdict(struct buf *out, const struct snapshot *s, bool utf8)
{
    const char *level = verdict_level_name(s->verdict.level);
    char lag[WORD], dropped[WORD];
    struct buf text;

    buf_init(&text);
    if (s->verdict.level == VERDICT_VALID) {
        buf_add_text(&text, "the generator kept its plan: ");
        if (s->lag.count > 0)
            buf_addf(&text, "lag p99 %sms, ", units_format_ms(lag, sizeof lag, s->lag.p99_ns));
        buf_addf(&text, "worker %.0f %%", 100 * summary_busiest_worker(s));
        if (s->has_open_model)
            buf_addf(&text, ", %s dropped", units_format_count(dropped, sizeof dropped, s->iterations.dropped));
        summary_paragraph(out, level, text.data, utf8);
    }
    for (size_t i = 0; s->verdict.level != VERDICT_VALID && i < s->verdict.reason_count; i++) {
        const struct snap_reason *reason = &s->verdict.reasons[i];

        buf_clear(&text);
        buf_add_text(&text, reason->text);
        summary_paragraph(out, i == 0 ? level : "", text.data, utf8);
        summary_paragraph(out, "", summary_advice(s, reason->code), utf8);
    }
    buf_release(&text);
}

/* "35  503 pay · 8  reset list" */
static void add_errors(struct buf *out, const struct snapshot *s, bool utf8)
{
    size_t shown = s->error_count < ERRORS_MAX ? s->error_count : ERRORS_MAX;
    struct buf text;

    if (s->error_count == 0)
        return;
    buf_init(&text);
    for (size_t i = 0; i < shown; i++) {
        const struct snap_error *error = &s->errors[i];
        char count[WORD];

        if (error->count == 0)
            continue;
        buf_addf(&text, "%s%s  ", text.length > 0 ? (utf8 ? " · " : " | ") : "", units_format_count(count, sizeof count, error->count));
        if (error->kind == FAULT_NONE)
            buf_addf(&text, "%u", error->status);
        else
            buf_add_text(&text, fault_name(error->kind));
        if (error->row < s->row_count && s->row_count > 1)
            buf_addf(&text, " %s", s->rows[error->row].name);
    }
    if (shown < s->error_count)
        buf_addf(&text, "%s%zu more kinds", utf8 ? " · " : " | ", s->error_count - shown);
    if (text.length > 0)
        summary_paragraph(out, "Errors", text.data, utf8);
    buf_release(&text);
}

/* A run that measured nothing but redirects is rarely what was wanted. */
static void add_redirects(struct buf *out, const struct snapshot *s, bool utf8)
{
    uint64_t redirects = 0, answers = 0;

    for (size_t i = 0; i < s->all.status_count; i++) {
        const struct snap_status *status = &s->all.statuses[i];

        answers += status->count;
        redirects += status->code == 301 || status->code == 302 || status->code == 303 || status->code == 307 || status->code == 308
                         ? status->count
                         : 0;
    }
    for (size_t i = 0; i < s->plan->request_count; i++)
        if (s->plan->requests[i].redirects > 0)
            return;
    if (answers > 0 && redirects == answers)
        summary_paragraph(out, "Redirects", "every answer was a redirect: --follow measures where it leads", utf8);
}

static void add_checks(struct buf *out, const struct snapshot *s, bool utf8)
{
    uint64_t all = s->checks_passes + s->checks_fails;
    char passed[WORD], total[WORD], share[WORD], text[4 * WORD];

    if (all == 0)
        return;
    snprintf(
        text, sizeof text, "%s of %s passed, %s", units_format_count(passed, sizeof passed, s->checks_passes),
        units_format_count(total, sizeof total, all), units_format_percent(share, sizeof share, s->checks_passes, all));
    summary_paragraph(out, "Checks", text, utf8);
    summary_failed_checks(out, s, utf8);
}

static void add_load(struct buf *out, const struct snapshot *s, bool utf8)
{
    double values[SPARK_COLUMNS], peak;
    char text[WORD];
    size_t count;

    if (s->history == NULL || s->all.requests.total == 0)
        return;
    count = sparkline_whole(values, SPARK_COLUMNS, s->history, s->at_ns, &peak);
    if (count < 2 || peak <= 0)
        return;
    summary_cell(out, "Load", LABEL, utf8);
    sparkline_add(out, values, count, utf8);
    buf_addf(out, "  peak %s/s\n", units_format_rate(text, sizeof text, peak));
}

static void add_books(struct buf *out, const struct snapshot *s, bool utf8)
{
    const struct snap_requests *r = &s->all.requests;
    char total[WORD], ok[WORD], failed[WORD], interrupted[WORD], text[8 * WORD];

    snprintf(
        text, sizeof text, "%s%s%s requests = %s ok + %s failed + %s interrupted",
        s->books_balance ? "balance: " : "DO NOT BALANCE: ", s->books_balance ? "" : s->books_text,
        units_format_count(total, sizeof total, r->total), units_format_count(ok, sizeof ok, r->ok),
        units_format_count(failed, sizeof failed, snap_failed(r)), units_format_count(interrupted, sizeof interrupted, r->interrupted));
    if (!s->books_balance)
        snprintf(text, sizeof text, "DO NOT BALANCE: %s", s->books_text);
    summary_paragraph(out, "Books", text, utf8);
}

void summary_text(struct buf *out, const struct snapshot *snapshot, bool utf8)
{
    summary_title(out, snapshot, utf8);
    add_verdict(out, snapshot, utf8);
    summary_thresholds(out, snapshot, utf8);
    summary_requests(out, snapshot, true, utf8);
    buf_add_char(out, '\n');
    add_errors(out, snapshot, utf8);
    summary_addresses(out, snapshot, true, LABEL, utf8);
    add_redirects(out, snapshot, utf8);
    add_checks(out, snapshot, utf8);
    summary_metrics(out, snapshot, utf8);
    add_load(out, snapshot, utf8);
    add_books(out, snapshot, utf8);
}
