/* The report of a search: steps, the curve of p99 over rate, what is sustained. */
#include "find_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_write.h"
#include "mem.h"
#include "onager/text.h"
#include "onager/units.h"

#define BAR 30
/* Of the rate that holds; what is left over is for the days that are not like this one. */
#define RECOMMENDED_PERCENT 80

static const char *const result_names[] = { "passed", "failed", "not valid", "stopped" };

static const char *outcome_name(enum find_outcome outcome)
{
    static const char *const names[] = { "running",  "sustained", "max_sustained", "below_minimum",
                                         "degrades", "unstable",  "generator",     "stopped" };

    return names[outcome];
}

int find_exit_code(enum find_outcome outcome)
{
    switch (outcome) {
    case FIND_SUSTAINED:
    case FIND_MAX_SUSTAINED:
        return EXIT_PASSED;
    case FIND_GENERATOR:
        return EXIT_INVALID;
    case FIND_ENDED:
    case FIND_GOES_ON:
        return EXIT_STOPPED;
    case FIND_BELOW_MINIMUM:
    case FIND_DEGRADES:
    case FIND_UNSTABLE:
        break;
    }
    return EXIT_FAILED;
}

static uint64_t recommended(const struct find *find)
{
    uint64_t rate = find->sustained / 100 * RECOMMENDED_PERCENT + find->sustained % 100 * RECOMMENDED_PERCENT / 100;

    return rate > 0 ? rate : find->sustained;
}

/* Steps that say something about the target, one per rate: the last one at it. */
static size_t curve(const struct find_report *report, const struct find_step **points)
{
    size_t count = 0;

    for (size_t i = 0; i < report->step_count; i++) {
        const struct find_step *step = &report->steps[i];
        size_t at = 0;

        if ((step->result != FIND_PASSED && step->result != FIND_FAILED) || step->duration.count == 0)
            continue;
        while (at < count && points[at]->ask.rate < step->ask.rate)
            at++;
        if (at == count || points[at]->ask.rate != step->ask.rate) {
            memmove(points + at + 1, points + at, (count - at) * sizeof *points);
            count++;
        }
        points[at] = step;
    }
    return count;
}

static uint64_t knee_of(const struct find_step *const *points, size_t count)
{
    struct find_point *pairs = mem_array(count + 1, sizeof *pairs);
    uint64_t knee;

    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct find_point){ points[i]->ask.rate, points[i]->duration.p99_ns };
    knee = find_knee(pairs, count);
    free(pairs);
    return knee;
}

/* ---- text ---- */

static void add_right(struct buf *out, const char *text, size_t columns)
{
    for (size_t used = text_columns(text); used < columns; used++)
        buf_add_char(out, ' ');
    buf_add_text(out, text);
}

void find_step_text(struct buf *out, const struct find_step *step, bool utf8)
{
    char text[64], number[40];

    buf_addf(out, "%-8s ", find_phase_name(step->ask.phase));
    snprintf(text, sizeof text, "%s/s", units_format_count(number, sizeof number, step->ask.rate));
    add_right(out, text, 9);
    buf_addf(out, "  %-5s", units_format_duration(number, sizeof number, step->ask.duration_ns));
    buf_add_text(out, "  p50 ");
    add_right(out, units_format_ns(number, sizeof number, step->duration.p50_ns, utf8), 6);
    buf_add_text(out, "  p99 ");
    add_right(out, units_format_ns(number, sizeof number, step->duration.p99_ns, utf8), 6);
    buf_add_text(out, "  failed ");
    add_right(out, units_format_percent(number, sizeof number, step->failed, step->requests), 6);
    buf_addf(out, "  %s%s%s\n", result_names[step->result], step->why[0] != '\0' ? ": " : "", step->why);
}

static void add_curve(struct buf *out, const struct find_step *const *points, size_t count, uint64_t knee, bool utf8)
{
    uint64_t top = 0;

    /* what failed leaves the scale, or it would flatten the rest */
    for (size_t i = 0; i < count; i++)
        if (points[i]->result == FIND_PASSED && points[i]->duration.p99_ns > top)
            top = points[i]->duration.p99_ns;
    if (top == 0)
        top = points[0]->duration.p99_ns > 0 ? points[0]->duration.p99_ns : 1;
    buf_add_text(out, "\n     rate      p99\n");
    for (size_t i = 0; i < count; i++) {
        char text[64], number[40];
        uint64_t part = points[i]->duration.p99_ns < top ? points[i]->duration.p99_ns : top;
        size_t cells = (size_t)((unsigned __int128)part * BAR / top);

        snprintf(text, sizeof text, "%s/s", units_format_count(number, sizeof number, points[i]->ask.rate));
        add_right(out, text, 9);
        add_right(out, units_format_ns(number, sizeof number, points[i]->duration.p99_ns, utf8), 9);
        buf_add_text(out, "  ");
        for (size_t cell = 0; cell < (cells > 0 ? cells : 1); cell++)
            buf_add_text(out, utf8 ? "█" : "#");
        if (points[i]->duration.p99_ns > top)
            buf_add_text(out, utf8 ? "▶" : ">");
        buf_addf(out, "%s%s\n", points[i]->result == FIND_FAILED ? " failed" : "", points[i]->ask.rate == knee ? " knee" : "");
    }
}

static void add_rate(struct buf *out, const char *label, uint64_t rate, const char *meaning)
{
    char number[40];

    buf_addf(out, "%-12s %s/s%s\n", label, units_format_count(number, sizeof number, rate), meaning);
}

static void add_outcome(struct buf *out, const struct find_report *report, uint64_t knee)
{
    const struct find *find = report->find;
    char number[40];

    switch (find->outcome) {
    case FIND_SUSTAINED:
        add_rate(out, "sustained", find->sustained, ", held for the whole of its confirmation");
        if (find->is_high_generators)
            buf_addf(
                out, "%-12s this machine, not the target: at %s/s the measurement was not VALID\n", "limit",
                units_format_count(number, sizeof number, find->high));
        break;
    case FIND_MAX_SUSTAINED:
        add_rate(out, "sustained", find->sustained, ", the highest rate that was allowed: --max raises it");
        break;
    case FIND_BELOW_MINIMUM:
        add_rate(out, "sustained", 0, "");
        buf_addf(
            out, "the lowest rate fails already: --min lowers it from %s/s\n", units_format_count(number, sizeof number, find->plan.min));
        return;
    case FIND_DEGRADES:
        buf_addf(
            out, "the target gets worse by itself: at %s/s it was good at the begin and is not any more.\nNo rate was found that holds.\n",
            units_format_count(number, sizeof number, find->plan.min));
        return;
    case FIND_UNSTABLE:
        buf_add_text(
            out, "rates that pass for one step fail when they are to hold. No rate was found that holds; a longer --step-time may.\n");
        return;
    case FIND_GENERATOR:
        buf_add_text(out, "the measurement was not VALID at the lowest rate: this machine is too slow or too busy to say anything.\n");
        return;
    case FIND_ENDED:
    case FIND_GOES_ON:
        buf_add_text(out, "stopped before the search was over");
        if (find->low > 0)
            buf_addf(out, "; %s/s passed for one step", units_format_count(number, sizeof number, find->low));
        buf_add_text(out, ".\n");
        return;
    }
    if (find->breaking > 0)
        add_rate(out, "breaking", find->breaking, ", the lowest rate that failed");
    if (knee > 0 && knee < find->sustained)
        add_rate(out, "knee", knee, ", up to which p99 stays within twice that of the lowest rate");
    buf_addf(
        out, "%-12s at most %s/s, %d %% of what is sustained\n", "recommended",
        units_format_count(number, sizeof number, recommended(find)), RECOMMENDED_PERCENT);
}

static void add_slo(struct buf *out, const struct plan_threshold *slo)
{
    buf_add_text(out, slo->metric);
    for (size_t i = 0; i < slo->filter_count; i++)
        buf_addf(out, "%s%s:%s", i > 0 ? "," : "{", slo->filter[i].name, slo->filter[i].value);
    buf_addf(out, "%s: %s", slo->filter_count > 0 ? "}" : "", slo->expression);
}

void find_report_text(struct buf *out, const struct find_report *report, bool utf8)
{
    const struct find_step **points = mem_array(report->step_count + 1, sizeof *points);
    size_t count = curve(report, points);
    uint64_t knee = knee_of(points, count);

    buf_addf(out, "%s\n%-12s ", report->target, "SLO");
    for (size_t i = 0; i < report->slo_count; i++) {
        buf_add_text(out, i > 0 ? ", " : "");
        add_slo(out, &report->slo[i]);
    }
    buf_add_char(out, '\n');
    add_outcome(out, report, knee);
    if (count > 0)
        add_curve(out, points, count, knee, utf8);
    free(points);
}

/* ---- for programs ---- */

static void add_ms(struct buf *out, uint64_t ns)
{
    if (ns != SNAP_NONE)
        buf_addf(out, "%.6g", (double)ns / 1e6);
    buf_add_char(out, ',');
}

void find_report_csv(struct buf *out, const struct find_report *report)
{
    buf_add_text(
        out, "step,phase,rate,duration_s,planned,started,dropped,requests,failed,p50_ms,p95_ms,p99_ms,response_p99_ms,verdict,result\n");
    for (size_t i = 0; i < report->step_count; i++) {
        const struct find_step *step = &report->steps[i];

        buf_addf(
            out, "%zu,%s,%llu,%.6g,%llu,%llu,%llu,%llu,%llu,", i + 1, find_phase_name(step->ask.phase), (unsigned long long)step->ask.rate,
            (double)step->ask.duration_ns / 1e9, (unsigned long long)step->planned, (unsigned long long)step->started,
            (unsigned long long)step->dropped, (unsigned long long)step->requests, (unsigned long long)step->failed);
        add_ms(out, step->duration.p50_ns);
        add_ms(out, step->duration.p95_ns);
        add_ms(out, step->duration.p99_ns);
        add_ms(out, step->response.p99_ns);
        buf_addf(out, "%s,%s\n", verdict_level_name(step->verdict), result_names[step->result]);
    }
}

static void json_rate(struct json *json, const char *key, uint64_t rate)
{
    json_write_key(json, key);
    if (rate > 0)
        json_write_u64(json, rate);
    else
        json_write_null(json);
}

static void json_count(struct json *json, const char *key, uint64_t count)
{
    json_write_key(json, key);
    json_write_u64(json, count);
}

static void json_text(struct json *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_write_string(json, text);
}

static void json_ms(struct json *json, const char *key, uint64_t ns)
{
    json_write_key(json, key);
    if (ns == SNAP_NONE)
        json_write_null(json);
    else
        json_write_double(json, (double)ns / 1e6);
}

static void json_step(struct json *json, const struct find_step *step)
{
    json_write_object(json);
    json_text(json, "phase", find_phase_name(step->ask.phase));
    json_count(json, "rate", step->ask.rate);
    json_write_key(json, "duration_s");
    json_write_double(json, (double)step->ask.duration_ns / 1e9);
    json_count(json, "planned", step->planned);
    json_count(json, "started", step->started);
    json_count(json, "dropped", step->dropped);
    json_count(json, "requests", step->requests);
    json_count(json, "failed", step->failed);
    json_ms(json, "p50_ms", step->duration.p50_ns);
    json_ms(json, "p95_ms", step->duration.p95_ns);
    json_ms(json, "p99_ms", step->duration.p99_ns);
    json_ms(json, "response_p99_ms", step->response.p99_ns);
    json_text(json, "verdict", verdict_level_name(step->verdict));
    json_text(json, "result", result_names[step->result]);
    json_text(json, "why", step->why);
    json_write_object_end(json);
}

void find_report_json(struct buf *out, const struct find_report *report)
{
    const struct find_step **points = mem_array(report->step_count + 1, sizeof *points);
    uint64_t knee = knee_of(points, curve(report, points));
    struct json json;

    json_write_init(&json, out, 1);
    json_write_object(&json);
    json_text(&json, "schema", "onager.find/1");
    json_text(&json, "target", report->target);
    json_write_key(&json, "slo");
    json_write_array(&json);
    for (size_t i = 0; i < report->slo_count; i++) {
        struct buf text;

        buf_init(&text);
        add_slo(&text, &report->slo[i]);
        json_write_string(&json, text.data);
        buf_release(&text);
    }
    json_write_array_end(&json);
    json_text(&json, "outcome", outcome_name(report->find->outcome));
    json_rate(&json, "sustained", report->find->sustained);
    json_rate(&json, "breaking", report->find->breaking);
    json_rate(&json, "recommended", report->find->sustained > 0 ? recommended(report->find) : 0);
    json_rate(&json, "knee", knee);
    json_write_key(&json, "generator_limited");
    json_write_bool(&json, report->find->is_high_generators);
    json_write_key(&json, "steps");
    json_write_array(&json);
    for (size_t i = 0; i < report->step_count; i++)
        json_step(&json, &report->steps[i]);
    json_write_array_end(&json);
    json_write_object_end(&json);
    buf_add_char(out, '\n');
    free(points);
}
