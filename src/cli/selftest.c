/* The runs of the self test, each a small plan against the probe, and the report. */
#include "selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json_write.h"
#include "mem.h"
#include "onager/text.h"
#include "onager/units.h"
#include "plan_build.h"
#include "quiet_run.h"

#define RATE 500
#define RATE_S 4
#define STALL_RATE 200
#define STALL_S 4
#define STALL_NS NS_PER_S
#define STALL_AFTER_NS (3 * NS_PER_S / 2)

static const uint32_t waits_us[] = { 1000, 5000, 20000, 100000 };
#define WAITS (sizeof waits_us / sizeof *waits_us)

static const char schedule_plan[] =
    "[scenario s]\nexecutor = constant-arrival-rate\nrate = 500/s\nduration = 4s\nmax_vus = 200\nrequest = w0\n";
static const char waits_plan[] =
    "[scenario s]\nexecutor = constant-arrival-rate\nrate = 200/s\nduration = 3s\nmax_vus = 200\nmix = w1000, w5000, w20000, w100000\n";
/* few VUs, so that hardly anybody is in flight when the server stands still: those who have to wait outside are what counts */
static const char stall_plan[] = "[scenario s]\nexecutor = constant-arrival-rate\nrate = 200/s\nduration = 4s\nmax_vus = 5\nwhen_busy = "
                                 "wait\nmax_waiting = 10000\nrequest = w0\n";
static const char rate_plan[] = "[scenario s]\nexecutor = constant-vus\nvus = 8\nduration = 2s\nrequest = w0\n";

struct run {
    struct selftest *test;
    struct probe *probe;
    size_t from; /* records before this run */
    bool wants_stall, has_stalled;
    struct error *err;
    void (*judge)(struct run *run, const struct snapshot *final);
};

/* CLOCK_MONOTONIC of the run's first instant. */
static uint64_t start_of(const struct snapshot *snapshot)
{
    return snapshot->started_wall_ns + clock_now_ns() - clock_wall_ns();
}

static struct plan *build(const struct probe *probe, const char *scenario, struct error *err)
{
    struct plan_request_by_user from = { .target = "selftest.ini" };
    struct plan *plan;
    struct buf text;

    buf_init(&text);
    buf_addf(&text, "[plan]\nbase_url = http://127.0.0.1:%u\n[request w0]\nurl = /0\n", probe_port(probe));
    for (size_t i = 0; i < WAITS; i++)
        buf_addf(&text, "[request w%u]\nurl = /%u\n", (unsigned)waits_us[i], (unsigned)waits_us[i]);
    buf_add_text(&text, scenario);
    plan = plan_build_text(&from, "selftest.ini", text.data, text.length, NULL, err);
    buf_release(&text);
    return plan;
}

/* ---- what is made of each run ---- */

static void judge_schedule(struct run *run, const struct snapshot *final)
{
    struct probe_record *records;
    size_t count;

    records = probe_records(run->probe, run->from, &count);
    selftest_add_count(run->test, "500/s: arrivals planned", final->iterations.planned, RATE * RATE_S);
    selftest_add_count(run->test, "500/s: requests", final->all.requests.sent, count);
    selftest_add_schedule(run->test, &final->lag, records, count, start_of(final), NS_PER_S / RATE);
    free(records);
    run->test->threads = (unsigned) final->worker_count;
}

static void judge_waits(struct run *run, const struct snapshot *final)
{
    struct probe_record *records;
    size_t count;

    records = probe_records(run->probe, run->from, &count);
    for (size_t i = 0; i < WAITS; i++)
        for (size_t row = 0; row < final->row_count; row++)
            if (strtoul(final->rows[row].name + 1, NULL, 10) == waits_us[i])
                selftest_add_wait(run->test, waits_us[i], &final->rows[row].duration, records, count);
    free(records);
}

static void judge_stall(struct run *run, const struct snapshot *final)
{
    struct probe_stall stall;

    if (!probe_stalled(run->probe, &stall))
        stall = (struct probe_stall){ 0, 0 }; /* then nothing fits */
    selftest_add_stall(run->test, &final->response, &stall, STALL_RATE * STALL_S, start_of(final), NS_PER_S / STALL_RATE);
    run->test->stall_p99_ns = final->all.duration.p99_ns;
}

static void judge_rate(struct run *run, const struct snapshot *final)
{
    selftest_add_count(run->test, "closed loop: requests", final->all.requests.sent, probe_count(run->probe) - run->from);
    run->test->rate = final->at_ns > 0 ? (double) final->all.requests.sent * 1e9 / (double) final->plan_ns : 0;
}

static void see(void *data, const struct snapshot *snapshot)
{
    struct run *run = data;

    if (run->wants_stall && !run->has_stalled && snapshot->state == RUN_RUNNING && snapshot->at_ns >= STALL_AFTER_NS) {
        run->has_stalled = true;
        probe_stall(run->probe, STALL_NS);
    }
    if (!snapshot->is_final)
        return;
    run->test->is_stopped = snapshot->state == RUN_STOPPED;
    if (!run->test->is_stopped)
        run->judge(run, snapshot);
}

int selftest_run(struct selftest *test, int64_t false_ns, void (*before)(const char *what), struct error *err)
{
    static const struct {
        const char *what, *plan;
        void (*judge)(struct run *run, const struct snapshot *final);
    } runs[] = {
        { "500/s for 4s: does every request start when it should?", schedule_plan, judge_schedule },
        { "waits of 1, 5, 20 and 100 ms: are they measured as they are?", waits_plan, judge_waits },
        { "the server stands still for 1 s: is the time counted of those who had to wait?", stall_plan, judge_stall },
        { "8 VUs for 2s: how fast is this machine?", rate_plan, judge_rate },
    };
    struct probe *probe = probe_new(false_ns, err);
    int failed = probe != NULL ? 0 : -1;

    *test = (struct selftest){ 0 };
    for (size_t i = 0; failed == 0 && !test->is_stopped && i < sizeof runs / sizeof *runs; i++) {
        struct run run = {
            .test = test, .probe = probe, .from = probe_count(probe), .wants_stall = runs[i].judge == judge_stall, .judge = runs[i].judge
        };
        struct plan *plan = build(probe, runs[i].plan, err);

        if (before != NULL)
            before(runs[i].what);
        failed = plan != NULL ? quiet_run(plan, "selftest", see, &run, err) : -1;
        plan_free(plan);
    }
    probe_free(probe);
    return failed;
}

/* ---- the report ---- */

static const char *const verdict_names[] = { "ok", "rough", "WRONG" };

static void right(struct buf *out, const char *text, size_t columns)
{
    for (size_t used = text_columns(text); used < columns; used++)
        buf_add_char(out, ' ');
    buf_add_text(out, text);
}

static void add_value(struct buf *out, const struct selftest_line *line, uint64_t value, bool utf8)
{
    char text[40];

    right(out, line->is_count ? units_format_count(text, sizeof text, value) : units_format_ns(text, sizeof text, value, utf8), 11);
}

static void add_off(struct buf *out, const struct selftest_line *line, bool utf8)
{
    uint64_t size = line->off < 0 ? 0 - (uint64_t)line->off : (uint64_t)line->off;
    char text[48], number[40];

    snprintf(
        text, sizeof text, "%s%s",
        size == 0       ? ""
        : line->off < 0 ? "-"
                        : "+",
        line->is_count || size == 0 ? units_format_count(number, sizeof number, size) : units_format_ns(number, sizeof number, size, utf8));
    right(out, text, 11);
}

void selftest_text(struct buf *out, const struct selftest *test, bool utf8)
{
    char a[40], b[40], c[40];

    buf_addf(out, "%-26s %10s %10s %10s  %s\n", "check", "onager", "truth", "off", "verdict");
    for (size_t i = 0; i < test->count; i++) {
        const struct selftest_line *line = &test->lines[i];

        buf_addf(out, "%-26s", line->name);
        add_value(out, line, line->onager, utf8);
        add_value(out, line, line->server, utf8);
        add_off(out, line, utf8);
        buf_addf(out, "  %s\n", verdict_names[line->verdict]);
    }
    buf_addf(
        out,
        "\nThis machine starts requests with a lag of p50 %s, p99 %s, and reaches %s/s\nwith 8 VUs and %u thread%s against a server of its "
        "own.\n",
        units_format_ns(a, sizeof a, test->lag_p50_ns, utf8), units_format_ns(b, sizeof b, test->lag_p99_ns, utf8),
        units_format_count(c, sizeof c, (uint64_t)(test->rate + 0.5)), test->threads, test->threads == 1 ? "" : "s");
    buf_addf(
        out, "In the stall the service time alone has a p99 of %s: it forgets those who waited.\n",
        units_format_ns(a, sizeof a, test->stall_p99_ns, utf8));
    switch (selftest_worst(test)) {
    case SELFTEST_OK:
        buf_add_text(out, "Every figure agrees with the record of the server.\n");
        break;
    case SELFTEST_ROUGH:
        buf_add_text(out, "Every figure agrees with the record of the server; where it says rough, this machine was busy or slow.\n");
        break;
    case SELFTEST_WRONG:
        buf_add_text(out, "Figures contradict the record of the server: do not trust this onager on this machine.\n");
        break;
    }
}

static void put_number(struct json *json, const char *key, const struct selftest_line *line, double value)
{
    json_write_key(json, key);
    json_write_double(json, line->is_count ? value : value / 1e6);
}

void selftest_json(struct buf *out, const struct selftest *test)
{
    struct json json;

    json_write_init(&json, out, 2);
    json_write_object(&json);
    json_write_key(&json, "schema");
    json_write_string(&json, "onager.selftest/1");
    json_write_key(&json, "verdict");
    json_write_string(&json, verdict_names[selftest_worst(test)]);
    json_write_key(&json, "lag_p50_ms");
    json_write_double(&json, (double)test->lag_p50_ns / 1e6);
    json_write_key(&json, "lag_p99_ms");
    json_write_double(&json, (double)test->lag_p99_ns / 1e6);
    json_write_key(&json, "rate");
    json_write_double(&json, test->rate);
    json_write_key(&json, "threads");
    json_write_u64(&json, test->threads);
    json_write_key(&json, "stall_service_p99_ms");
    json_write_double(&json, (double)test->stall_p99_ns / 1e6);
    json_write_key(&json, "checks");
    json_write_array(&json);
    for (size_t i = 0; i < test->count; i++) {
        const struct selftest_line *line = &test->lines[i];

        json_write_object(&json);
        json_write_key(&json, "name");
        json_write_string(&json, line->name);
        json_write_key(&json, "unit");
        json_write_string(&json, line->is_count ? "count" : "ms");
        put_number(&json, "onager", line, (double)line->onager);
        put_number(&json, "truth", line, (double)line->server);
        put_number(&json, "off", line, (double)line->off);
        json_write_key(&json, "verdict");
        json_write_string(&json, verdict_names[line->verdict]);
        json_write_object_end(&json);
    }
    json_write_array_end(&json);
    json_write_object_end(&json);
    buf_add_char(out, '\n');
}
