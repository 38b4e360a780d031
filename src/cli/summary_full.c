/* The full summary: the short one and all that explains it. Blocks are separated by an empty line; a block without content is
 * left out. */
#include "summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hist.h"
#include "onager/history.h"
#include "onager/text.h"
#include "onager/units.h"
#include "sparkline.h"

#define WORD 40
#define LABEL 11
#define SPARK_COLUMNS 54
#define SHAPE_COLUMNS 60
#define SHAPE_FLOOR_NS 1000ULL
#define ERRORS_MAX 12
#define EVENTS_MAX 6
#define FEW_SAMPLES_QUANTILE 0.999

static const char *separator(bool utf8)
{
    return utf8 ? " · " : " | ";
}

/* ---- verdict ---- */

static void add_valid(struct buf *out, const struct snapshot *s, bool utf8)
{
    char word[WORD];
    struct buf text;

    buf_init(&text);
    buf_add_text(&text, "VALID: the generator kept its plan (");
    if (s->lag.count > 0)
        buf_addf(&text, "schedule lag p99 %sms, ", units_format_ms(word, sizeof word, s->lag.p99_ns));
    buf_addf(&text, "busiest worker %.0f %%", 100 * summary_busiest_worker(s));
    if (s->has_open_model)
        buf_addf(&text, ", %s dropped", units_format_count(word, sizeof word, s->iterations.dropped));
    buf_add_text(&text, "), so these numbers describe the server");
    summary_block(out, "Verdict", text.data, LABEL, utf8);
    buf_release(&text);
}

static void add_verdict(struct buf *out, const struct snapshot *s, bool utf8)
{
    char text[400];

    buf_add_char(out, '\n');
    if (s->verdict.level == VERDICT_VALID)
        add_valid(out, s, utf8);
    for (size_t i = 0; s->verdict.level != VERDICT_VALID && i < s->verdict.reason_count; i++) {
        const struct snap_reason *reason = &s->verdict.reasons[i];

        snprintf(text, sizeof text, "%s: %s, %u s of the run", verdict_level_name(reason->level), reason->text, reason->seconds);
        summary_block(out, i == 0 ? "Verdict" : "", text, LABEL, utf8);
        summary_block(out, "", summary_advice(s, reason->code), LABEL, utf8);
    }
}

/* ---- latency ---- */

static void add_few_samples(struct buf *out, const struct snapshot *s)
{
    char wanted[WORD];

    for (size_t i = 0; i < s->row_count; i++)
        if (units_support(s->rows[i].duration.count, FEW_SAMPLES_QUANTILE) == SUPPORT_FEW) {
            units_format_count(wanted, sizeof wanted, (uint64_t)(10 / (1 - FEW_SAMPLES_QUANTILE) + 0.5));
            buf_addf(out, "  ~ few samples: p99.9 wants %s requests\n", wanted);
            return;
        }
}

static void add_trend(struct buf *out, const char *name, const struct snap_trend *t, bool utf8)
{
    const struct {
        uint64_t ns;
        double quantile; /* 0: always known */
    } columns[] = { { t->min_ns, 0 },    { t->mean_ns, 0 },   { t->p50_ns, 0.5 },    { t->p90_ns, 0.9 },
                    { t->p95_ns, 0.95 }, { t->p99_ns, 0.99 }, { t->p999_ns, 0.999 }, { t->max_ns, 0 } };
    char time[WORD], text[WORD + 1];

    buf_add_text(out, "  ");
    summary_cell(out, name, 8, utf8);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        enum support support = columns[i].quantile > 0 ? units_support(t->count, columns[i].quantile) : SUPPORT_FULL;

        units_format_ns(time, sizeof time, support == SUPPORT_NONE ? SNAP_NONE : columns[i].ns, utf8);
        snprintf(text, sizeof text, "%s%s", support == SUPPORT_FEW ? "~" : "", time);
        summary_cell(out, text, i == 0 || i == 7 ? -8 : -9, utf8);
    }
    buf_add_char(out, '\n');
}

/* Whole decades around all values: 10^*first up to 10^(*first + return value) ns. */
static int decades_around(const struct hist *h, int *first)
{
    double least = (double)(h->min_ns > SHAPE_FLOOR_NS ? h->min_ns : SHAPE_FLOOR_NS);
    double most = (double)(h->max_ns > SHAPE_FLOOR_NS ? h->max_ns : SHAPE_FLOOR_NS);
    int last = (int)floor(log10(most)) + 1;

    *first = (int)floor(log10(least));
    return last - *first;
}

/* How many requests took how long, on a logarithmic axis, and the axis. */
static void add_shape(struct buf *out, const struct hist *h, bool utf8)
{
    int first, decades = decades_around(h, &first);
    int per_decade = SHAPE_COLUMNS / decades;
    double values[SHAPE_COLUMNS];
    char time[WORD];
    size_t begin;

    per_decade = per_decade < 15 ? per_decade : 15;
    for (int i = 0; i < decades * per_decade; i++) {
        double from = pow(10, first + (double)i / per_decade), to = pow(10, first + (double)(i + 1) / per_decade);

        values[i] = (double)hist_count_between(h, i == 0 ? 0 : (uint64_t)from, (uint64_t)to);
    }
    summary_cell(out, "", LABEL, utf8);
    begin = out->length;
    sparkline_add(out, values, (size_t)decades * (size_t)per_decade, utf8);
    while (out->length > begin && out->data[out->length - 1] == ' ')
        out->length--;
    buf_add_char(out, '\n');
    summary_cell(out, "", LABEL, utf8);
    for (int i = 0; i <= decades; i++) {
        units_format_duration(time, sizeof time, (uint64_t)(pow(10, first + i) + 0.5));
        summary_cell(out, time, i < decades ? per_decade : (int)strlen(time), utf8);
    }
    buf_add_text(out, "  log\n");
}

static void add_latency(struct buf *out, const struct snapshot *s, bool utf8)
{
    if (s->all.duration.count == 0)
        return;
    buf_add_text(out, "\nLatency        min     mean      p50      p90      p95      p99    p99.9     max\n");
    add_trend(out, "service", &s->all.duration, utf8);
    if (s->has_open_model)
        add_trend(out, "response", &s->response, utf8);
    if (s->all.histogram != NULL && s->all.histogram->count > 0)
        add_shape(out, s->all.histogram, utf8);
}

/* ---- errors and checks ---- */

static void add_error(struct buf *out, const struct snapshot *s, const struct snap_error *error, bool utf8)
{
    char text[WORD * 3], from[WORD], to[WORD];

    summary_cell(out, units_format_count(text, sizeof text, error->count), -6, utf8);
    buf_add_text(out, "  ");
    if (error->kind == FAULT_NONE)
        snprintf(text, sizeof text, "status %u", error->status);
    else
        snprintf(text, sizeof text, "%s", fault_name(error->kind));
    summary_cell(out, text, 24, utf8);
    buf_add_char(out, ' ');
    summary_cell(out, error->row < s->row_count ? s->rows[error->row].name : "", 8, utf8);
    snprintf(
        text, sizeof text, " %s-%s", units_format_clock(from, sizeof from, error->first_ns),
        units_format_clock(to, sizeof to, error->last_ns));
    buf_add_text(out, text);
    if (error->example != NULL && error->example[0] != '\0') {
        buf_add_text(out, "  \"");
        text_sanitize(text, sizeof text, error->example, strlen(error->example), 22, utf8);
        buf_addf(out, "%s\"", text);
    }
    buf_add_char(out, '\n');
}

static void add_errors(struct buf *out, const struct snapshot *s, bool utf8)
{
    uint64_t failed = snap_failed(&s->all.requests);
    char count[WORD], total[WORD], share[WORD];
    size_t shown = 0;

    if (failed == 0)
        return;
    buf_addf(
        out, "\nErrors     %s of %s requests, %s\n", units_format_count(count, sizeof count, failed),
        units_format_count(total, sizeof total, s->all.requests.total),
        units_format_percent(share, sizeof share, failed, s->all.requests.total));
    for (; shown < s->error_count && shown < ERRORS_MAX; shown++)
        if (s->errors[shown].count > 0)
            add_error(out, s, &s->errors[shown], utf8);
    if (shown < s->error_count)
        buf_addf(out, "        and %zu more kinds\n", s->error_count - shown);
}

static void add_checks(struct buf *out, const struct snapshot *s, bool utf8)
{
    uint64_t all = s->checks_passes + s->checks_fails;
    char share[WORD], total[WORD];

    if (all == 0)
        return;
    buf_addf(
        out, "\nChecks     %s of %s\n", units_format_percent(share, sizeof share, s->checks_passes, all),
        units_format_count(total, sizeof total, all));
    summary_failed_checks(out, s, utf8);
}

/* ---- load and what happened to it ---- */

static bool is_shown(const struct snap_event *event)
{
    return event->kind != EVENT_STATE && event->kind != EVENT_VERDICT && event->text[0] != '\0';
}

static void add_marks(struct buf *out, const struct snapshot *s, size_t columns, bool utf8)
{
    bool marked[SPARK_COLUMNS] = { false };
    size_t last = 0;

    for (size_t i = 0; i < s->event_count; i++) {
        size_t column = s->at_ns > 0 ? (size_t)((double)s->events[i].at_ns / (double)s->at_ns * (double)columns) : 0;

        if (!is_shown(&s->events[i]))
            continue;
        column = column < columns ? column : columns - 1;
        marked[column] = true;
        last = column + 1 > last ? column + 1 : last;
    }
    if (last == 0)
        return;
    summary_cell(out, "", LABEL, utf8);
    for (size_t i = 0; i < last; i++)
        buf_add_text(out, marked[i] ? (utf8 ? "▲" : "^") : " ");
    buf_add_char(out, '\n');
}

static void add_events(struct buf *out, const struct snapshot *s, bool utf8)
{
    size_t shown = 0, more = 0;
    struct buf text;

    buf_init(&text);
    for (size_t i = 0; i < s->event_count; i++) {
        const struct snap_event *event = &s->events[i];
        char clock[WORD];

        if (!is_shown(event))
            continue;
        if (shown == EVENTS_MAX) {
            more++;
            continue;
        }
        buf_addf(&text, "%s%s %s", shown > 0 ? separator(utf8) : "", units_format_clock(clock, sizeof clock, event->at_ns), event->text);
        if (event->by[0] != '\0')
            buf_addf(&text, " (%s)", event->by);
        shown++;
    }
    if (more > 0)
        buf_addf(&text, "%s%zu more", separator(utf8), more);
    if (shown > 0)
        summary_block(out, "", text.data, LABEL, utf8);
    buf_release(&text);
}

static void add_load(struct buf *out, const struct snapshot *s, bool utf8)
{
    double values[SPARK_COLUMNS], peak;
    char text[WORD];
    size_t count;

    if (s->history == NULL || s->all.requests.total == 0)
        return;
    count = sparkline_whole(values, SPARK_COLUMNS, s->history, s->at_ns, &peak);
    if (count < 2)
        return;
    buf_add_char(out, '\n');
    summary_cell(out, "Load", LABEL, utf8);
    sparkline_add(out, values, count, utf8);
    buf_addf(out, "  peak %s/s\n", units_format_rate(text, sizeof text, peak));
    add_marks(out, s, count, utf8);
    add_events(out, s, utf8);
}

/* ---- books and cost ---- */

static void add_term(struct buf *text, const char *sign, uint64_t count, const char *what)
{
    char word[WORD];

    buf_addf(text, "%s%s %s", sign, units_format_count(word, sizeof word, count), what);
}

static void add_books(struct buf *out, const struct snapshot *s, bool utf8)
{
    const struct snap_iterations *it = &s->iterations;
    const struct snap_requests *r = &s->all.requests;
    struct buf text;

    buf_add_char(out, '\n');
    if (!s->books_balance) {
        char broken[sizeof s->books_text + WORD];

        snprintf(broken, sizeof broken, "DO NOT BALANCE: %s", s->books_text);
        summary_block(out, "Books", broken, LABEL, utf8);
        return;
    }
    buf_init(&text);
    add_term(&text, "balance: iterations ", it->planned, "planned = ");
    add_term(&text, "", it->completed, "completed");
    add_term(&text, " + ", it->dropped, "dropped");
    if (it->interrupted > 0)
        add_term(&text, " + ", it->interrupted, "interrupted");
    if (it->cancelled > 0)
        add_term(&text, " + ", it->cancelled, "cancelled");
    summary_block(out, "Books", text.data, LABEL, utf8);
    buf_clear(&text);
    add_term(&text, "requests ", r->total, "sent = ");
    add_term(&text, "", r->ok, "ok");
    add_term(&text, " + ", snap_failed(r), "failed");
    add_term(&text, " + ", r->interrupted, "interrupted");
    summary_block(out, "", text.data, LABEL, utf8);
    buf_release(&text);
}

/* "http1", "curl", or both. */
static void add_names(struct buf *out, const struct snapshot *s)
{
    for (size_t i = 0; i < s->row_count; i++) {
        bool is_new = true;

        for (size_t k = 0; k < i; k++)
            is_new = is_new && strcmp(s->rows[k].transport, s->rows[i].transport) != 0;
        if (is_new)
            buf_addf(out, "%s%s", i > 0 ? " and " : "", s->rows[i].transport);
    }
    buf_add_text(out, ", ");
}

static void add_transport(struct buf *out, const struct snapshot *s, bool utf8)
{
    const struct snap_requests *r = &s->all.requests;
    uint64_t connections = 0;
    char in[WORD], sent[WORD], cpu[WORD], word[WORD];
    struct buf text;

    if (r->total == 0)
        return;
    for (size_t i = 0; i < s->worker_count; i++)
        connections += s->workers[i].connections;
    buf_init(&text);
    add_names(&text, s);
    if (connections > 0)
        buf_addf(&text, "%s connections, ", units_format_count(word, sizeof word, connections));
    buf_addf(
        &text, "%s in, %s out, CPU %s/request", units_format_bytes(in, sizeof in, (double)r->bytes_received),
        units_format_bytes(sent, sizeof sent, (double)r->bytes_sent),
        units_format_ns(cpu, sizeof cpu, (s->cpu_user_ns + s->cpu_system_ns) / r->total, utf8));
    summary_block(out, "Transport", text.data, LABEL, utf8);
    buf_release(&text);
}

void summary_full_text(struct buf *out, const struct snapshot *s, bool utf8)
{
    summary_title(out, s, utf8);
    add_verdict(out, s, utf8);
    summary_thresholds(out, s, utf8);
    summary_requests(out, s, false, utf8);
    add_few_samples(out, s);
    add_latency(out, s, utf8);
    add_errors(out, s, utf8);
    add_checks(out, s, utf8);
    summary_metrics(out, s, utf8);
    add_load(out, s, utf8);
    add_books(out, s, utf8);
    add_transport(out, s, utf8);
    summary_addresses(out, s, false, LABEL, utf8);
}
