/* The trace of test_ui_numbers.c and the reading of its screens: 40 s of known requests through shards, aggregate and history into four
 * screens, and the arithmetic that tells from the requests alone what they must say. One thread; a virtual clock; no network. */
#ifndef UI_NUMBERS_TRACE_H
#define UI_NUMBERS_TRACE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "metrics_fixture.h"
#include "panel.h"

#define LENGTH 40    /* seconds of the trace */
#define PLANNED_S 60 /* of the plan */
#define ALL (-1)
#define BITS_RUN 10 /* precision of the totals, of intervals, of what the history keeps a second: 2^-bits of the value */
#define BITS_NOW 7
#define BITS_KEPT 11

enum { LOGIN, LIST, PAY, ROW_COUNT };
#define BEFORE 31 /* when an older frame is drawn */
#define EARLY 15  /* when the screen of that name is drawn: nothing has been dropped yet */

enum { S120, S80, S60, S40, S_EARLY, SCREENS };
static const int sizes[SCREENS][2] = { { 120, 40 }, { 80, 24 }, { 60, 16 }, { 40, 10 }, { 132, 40 } };

/* ---- the trace ---- */

struct request {
    int second, row, status, fault;
    bool is_sent;
    uint64_t duration_ns, lag_ns, phases[PHASE_COUNT], sent, received;
};

static bool is_failed(const struct request *r)
{
    return r->fault != FAULT_NONE || r->status >= 400;
}

static struct request trace[16384];
static size_t trace_count;
static struct mx mx;
static struct snapshot_slot *slots[3];
static struct model model;
static struct canvas *screens[SCREENS];
static struct layout layouts[SCREENS];

static int dropped_in(int second)
{
    return second == 22 ? 30 : second == 23 ? 41 : 0;
}

static int vus_in(int second)
{
    return 20 + second / 4; /* of both workers; 7 of them the closed loop's */
}

static uint64_t next_random(void)
{
    static uint64_t seed = 42;

    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return seed >> 33;
}

static struct request request_make(int second, int number)
{
    static const uint64_t base_ns[ROW_COUNT] = { MS(20), MS(4), MS(70) };
    struct request r = { .second = second, .row = number % 10 == 0 ? PAY : number % 10 < 4 ? LOGIN : LIST, .is_sent = true };

    r.status = r.row == LIST ? 200 : 201;
    r.duration_ns = base_ns[r.row] / 2 + next_random() % base_ns[r.row];
    if (next_random() % 60 == 0)
        r.duration_ns *= 9;
    if (second >= 20 && second < 25)
        r.duration_ns = r.duration_ns * 5 / 2;
    if (r.row == PAY && second >= 21 && second <= 25 && number % 3 == 0)
        r.status = 503;
    if (r.row == LOGIN && second >= 23 && second <= 36 && number % 35 == 1)
        r.fault = FAULT_TIMEOUT_BODY;
    if (r.row == LIST && (second == 8 || second == 33) && number % 40 == 5)
        r.fault = FAULT_RESET;
    if (r.row == LIST && second == 12 && number % 10 == 6)
        r.fault = FAULT_REFUSED;
    if (r.fault != FAULT_NONE)
        r.status = 0;
    if (r.fault == FAULT_TIMEOUT_BODY)
        r.duration_ns = SECONDS(2) + MS(3) * (uint64_t)second;
    r.is_sent = r.fault != FAULT_REFUSED;
    r.lag_ns = r.row == PAY ? SNAP_NONE : 20000 + next_random() % 300000;
    r.phases[PHASE_CONNECTING] = number % 25 == 3 ? 900000 : 0;
    r.phases[PHASE_TLS] = number % 25 == 3 ? 2100000 : 0;
    r.phases[PHASE_SENDING] = 30000;
    r.phases[PHASE_RECEIVING] = 400000 + (uint64_t)number * 1000;
    r.phases[PHASE_WAITING] = r.duration_ns - r.phases[PHASE_SENDING] - r.phases[PHASE_RECEIVING];
    r.sent = 180 + (uint64_t)second;
    r.received = r.status == 503 ? 90 : 1200 + 37 * (uint64_t)(number % 11) + 40 * (uint64_t)second;
    return r;
}

static void record(const struct request *r, uint64_t ended_ns)
{
    struct sample sample = { .row = (uint32_t)r->row,
                             .outcome = r->fault != FAULT_NONE ? OUTCOME_ERROR
                                        : r->status >= 400     ? OUTCOME_FAILED_STATUS
                                                               : OUTCOME_OK,
                             .fault = (enum fault)r->fault,
                             .status = (uint16_t)r->status,
                             .is_sent = r->is_sent,
                             .ended_ns = ended_ns,
                             .duration_ns = r->duration_ns,
                             .response_ns = SNAP_NONE,
                             .bytes_sent = r->sent,
                             .bytes_received = r->received };
    size_t scenario = r->row == PAY ? MX_API : MX_SHOP;

    memcpy(sample.phases, r->phases, sizeof sample.phases);
    shard_record_planned(mx.shard, scenario, 1);
    shard_record_started(mx.shard, scenario, r->lag_ns);
    shard_record_request(mx.shard, &sample);
    shard_record_completed(
        mx.shard, scenario, r->duration_ns, r->lag_ns == SNAP_NONE ? SNAP_NONE : r->lag_ns + r->duration_ns, is_failed(r));
}

/* A quarter of a second of both workers. */
static void interval_run(int second, int quarter)
{
    int count = (150 + second) * (second >= 20 && second < 23 ? 2 : 1);
    uint64_t interval = (uint64_t)second * 4 + (uint64_t)quarter;

    for (unsigned worker = 0; worker < 2; worker++) {
        uint32_t vus = (uint32_t)(vus_in(second) / 2) + (worker == 0 ? (uint32_t)vus_in(second) % 2 : 0);

        for (int n = 0; n < count; n++)
            if (n % 4 == quarter && n / 4 % 2 == (int)worker) {
                trace[trace_count] = request_make(second, n);
                record(&trace[trace_count++], interval * INTERVAL_NS + MS(100));
            }
        if (quarter == 1 && worker == 0 && dropped_in(second) > 0) {
            shard_record_planned(mx.shard, MX_SHOP, (uint64_t)dropped_in(second));
            shard_record_dropped(mx.shard, MX_SHOP, DROP_NO_VU, (uint64_t)dropped_in(second));
        }
        shard_set_vus(mx.shard, MX_SHOP, 2 + worker, vus - 3 - worker, 0);
        shard_set_vus(mx.shard, MX_API, 1 + worker, 3 + worker, 0);
        mx.gauges = (struct shard_gauges){ .vus_busy = 3 + 2 * worker, .vus_allocated = vus, .in_flight = 5 + worker };
        mx.gauges.cpu_ns = (interval + 1) * INTERVAL_NS / 100 * (worker == 0 ? 23 : 37);
        mx_hand_in(&mx, worker, interval);
    }
    aggregate_tick(
        mx.aggregate,
        &(struct aggregate_tick){ .now_ns = (interval + 1) * INTERVAL_NS, .plan_ns = (interval + 1) * INTERVAL_NS, .planned_rate = 160 });
}

static struct plan_threshold *threshold_set(const char *metric, const char *filter, const char *expression, double quantile, double limit)
{
    struct plan_threshold *t = mx_threshold(&mx, metric, filter, expression);

    t->aggregate = quantile > 0 ? AGG_PERCENTILE : AGG_RATE;
    t->quantile = quantile;
    t->op = OP_LESS;
    t->limit = limit;
    return t;
}

static void snapshot_take(int which, int second)
{
    struct snapshot *s = aggregate_fill(mx.aggregate, slots[which], false);

    s->sequence = (uint64_t)which + 1;
    s->run_number = 1;
    s->state = RUN_RUNNING;
    s->at_ns = s->plan_ns = SECONDS(second);
    s->plan_total_ns = SECONDS(PLANNED_S);
    s->paused_since_ns = s->stop_deadline_ns = SNAP_NONE;
    s->started_wall_ns = SECONDS(1763647217); /* 14:00:17 UTC */
    model_take(&model, s);
    model.wall_ns = s->started_wall_ns + s->at_ns;
    for (int i = 0; i < SCREENS; i++)
        if (i != S_EARLY || second == EARLY)
            screen_draw(screens[i], &model, &layouts[i]);
}

static int trace_run(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    mx_plan(&mx);
    mx.api_mix[0].request = MX_PAY;
    mx.scenarios[MX_API].mix_count = 1;
    mx.scenarios[MX_API].vus = 7;
    mx.scenarios[MX_SHOP].max_vus = 40;
    mx.scenarios[MX_SHOP].rate.count = 160;
    threshold_set("http_req_duration", "", "p(95)<100", 0.95, 100);
    threshold_set("http_req_duration", "request:pay", "p(50)<50", 0.5, 50);
    threshold_set("http_req_failed", "", "rate<0.02", 0, 0.02);
    threshold_set("http_req_failed", "", "rate<0.01", 0, 0.01)->over_ns = SECONDS(10);
    mx_start(&mx, 2);
    model_init(&model, true);
    for (int i = 0; i < 3; i++)
        slots[i] = snapshot_slot_new();
    for (int i = 0; i < SCREENS; i++)
        screens[i] = canvas_new(sizes[i][0], sizes[i][1], GLYPHS_BLOCK);
    for (int second = 0; second < LENGTH; second++) {
        for (int quarter = 0; quarter < 4; quarter++)
            interval_run(second, quarter);
        if (second + 1 == EARLY)
            snapshot_take(2, EARLY);
        if (second + 1 == BEFORE) /* so that the last frame meets columns that are kept, and one that was not complete */
            snapshot_take(0, BEFORE);
    }
    snapshot_take(1, LENGTH);
    return 0;
}

static int trace_end(void **state)
{
    (void)state;
    model_release(&model);
    for (int i = 0; i < 3; i++) {
        snapshot_slot_clear(slots[i]);
        snapshot_slot_free(slots[i]);
    }
    for (int i = 0; i < SCREENS; i++)
        canvas_free(screens[i]);
    mx_release(&mx);
    return 0;
}

/* ---- arithmetic of its own ---- */

/* Requests in seconds [from, to) of a row with that status (0: any) and fault (-1: any). */
static uint64_t count_of(int from, int to, int row, int status, int fault)
{
    uint64_t count = 0;

    for (size_t i = 0; i < trace_count; i++)
        count += trace[i].second >= from && trace[i].second < to && (row == ALL || trace[i].row == row) &&
                 (status == 0 || trace[i].status == status) && (fault < 0 || trace[i].fault == fault);
    return count;
}

static uint64_t failed_of(int from, int to, int row)
{
    uint64_t count = 0;

    for (size_t i = 0; i < trace_count; i++)
        count += trace[i].second >= from && trace[i].second < to && (row == ALL || trace[i].row == row) && is_failed(&trace[i]);
    return count;
}

static int number_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* A time known to 2^-bits of itself is shown as the middle of what it may be. */
static uint64_t known_to(uint64_t ns, unsigned bits)
{
    uint64_t step = 1;

    while (ns / step >> (bits + 1) > 0)
        step *= 2;
    return ns / step * step + (step - 1) / 2;
}

enum value { DURATION, RESPONSE, LAG };

/* From the sorted array: the least value that at least q of all do not exceed. q 1: exact. */
static uint64_t quantile_of(enum value what, int from, int to, int row, double q, unsigned bits)
{
    static uint64_t values[16384];
    size_t count = 0, rank;
    uint64_t ns;

    for (size_t i = 0; i < trace_count; i++) {
        const struct request *r = &trace[i];

        if (r->second < from || r->second >= to || (row != ALL && r->row != row) || (what == DURATION && !r->is_sent) ||
            (what != DURATION && r->lag_ns == SNAP_NONE))
            continue;
        values[count++] = what == DURATION ? r->duration_ns : what == LAG ? r->lag_ns : r->lag_ns + r->duration_ns;
    }
    if (count == 0)
        return SNAP_NONE;
    qsort(values, count, sizeof values[0], number_order);
    rank = (size_t)ceil(q * (double)count - 1e-9);
    if (q == 1)
        return values[count - 1];
    ns = known_to(values[rank - 1], bits);
    return ns < values[0] ? values[0] : ns > values[count - 1] ? values[count - 1] : ns;
}

static double phase_mean(enum phase phase, int from, int to)
{
    double sum = 0, count = 0;

    for (size_t i = 0; i < trace_count; i++)
        if (trace[i].second >= from && trace[i].second < to && trace[i].is_sent) {
            sum += (double)trace[i].phases[phase];
            count++;
        }
    return sum / count;
}

/* ---- reading cells ---- */

static uint32_t cell_at(int screen, int x, int y)
{
    const struct canvas *c = screens[screen];

    return x < 0 || y < 0 || x >= c->width || y >= c->height ? ' ' : c->cells[y * c->width + x].code_point;
}

/* Cells [x, x + width) of a row as UTF-8, without blanks around. */
static char *cells_text(int screen, int x, int y, int width, char out[1024])
{
    size_t at = 0;

    while (width > 0 && cell_at(screen, x, y) == ' ')
        x++, width--;
    for (int i = 0; i < width && at < 1000; i++) {
        uint32_t c = cell_at(screen, x + i, y);

        if (c < 0x80)
            out[at++] = (char)c;
        else if (c < 0x800)
            out[at++] = (char)(0xc0 | c >> 6), out[at++] = (char)(0x80 | (c & 63));
        else
            out[at++] = (char)(0xe0 | c >> 12), out[at++] = (char)(0x80 | (c >> 6 & 63)), out[at++] = (char)(0x80 | (c & 63));
    }
    while (at > 0 && out[at - 1] == ' ')
        at--;
    out[at] = '\0';
    return out;
}

static bool has_ascii(int screen, int x, int y, const char *text)
{
    for (; *text != '\0'; text++, x++)
        if (cell_at(screen, x, y) != (unsigned char)*text)
            return false;
    return true;
}

/* The row of a panel that begins with a label, the mark of a threshold before it allowed; -1: none. */
static int row_of(int screen, enum panel_id panel, const char *label)
{
    const struct rect *r = &layouts[screen].rects[panel];

    for (int y = r->y; r->width > 0 && y < r->y + r->height; y++)
        for (int x = 0; x <= 2; x += 2)
            if (has_ascii(screen, r->x + x, y, label))
                return y;
    return -1;
}

/* The value whose last column is that of a head in the same panel: up to two blanks in a row. */
static char *value_under(int screen, enum panel_id panel, int y, const char *head, char out[1024])
{
    const struct rect *r = &layouts[screen].rects[panel];
    int length = (int)strlen(head);

    for (int top = y - 1; top >= r->y; top--)
        for (int x = r->x; x < r->x + r->width; x++)
            if (has_ascii(screen, x, top, head) && cell_at(screen, x + length, top) == ' ' && cell_at(screen, x - 1, top) == ' ') {
                int end = x + length, begin = end;

                while (begin > r->x && (cell_at(screen, begin - 1, y) != ' ' || (begin < end && cell_at(screen, begin - 2, y) != ' ')))
                    begin--;
                return cells_text(screen, begin, y, end - begin, out);
            }
    snprintf(out, 1024, "(no such head)");
    return out;
}

/* Whether words stand in a row of a panel, however many blanks are between them. */
static bool row_says(int screen, enum panel_id panel, int y, const char *words)
{
    const struct rect *r = &layouts[screen].rects[panel];
    char text[1024], one[1100] = " ", wanted[200];
    size_t at = 1;

    cells_text(screen, r->x, y, r->width, text);
    for (const char *p = text; *p != '\0'; p++)
        if (*p != ' ' || one[at - 1] != ' ')
            one[at++] = *p;
    one[at++] = ' ';
    one[at] = '\0';
    snprintf(wanted, sizeof wanted, " %s ", words);
    return strstr(one, wanted) != NULL;
}

/* ---- the one style of numbers, written once more ---- */

#define TEXT 160
#define TEXTS 256
static char texts[TEXTS][TEXT];
static int text_count;

static const char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *say(const char *format, ...)
{
    char *out = texts[text_count++];
    va_list list;

    assert_true(text_count < TEXTS);
    va_start(list, format);
    vsnprintf(out, TEXT, format, list);
    va_end(list);
    return out;
}

static const char *three_digits(double value)
{
    return say("%.*f", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
}

static const char *time_text(uint64_t ns)
{
    double us = (double)ns / 1e3;

    return us < 999.5    ? say("%sµs", three_digits(us))
           : us < 999500 ? say("%sms", three_digits(us / 1e3))
                         : say("%ss", three_digits(us / 1e6));
}

static const char *count_text(uint64_t n)
{
    return n < 1000 ? say("%d", (int)n) : say("%d,%03d", (int)(n / 1000), (int)(n % 1000));
}

static const char *rate_text(double rate)
{
    return rate >= 99.95 ? count_text((uint64_t)(rate + 0.5)) : say(rate == floor(rate) ? "%.0f" : "%.1f", rate);
}

static const char *share_text(uint64_t part, uint64_t whole)
{
    double percent = 100.0 * (double)part / (double)whole;

    return part == 0 ? "0 %" : part == whole ? "100 %" : say("%.*f %%", percent < 9.995 || percent >= 98.95 ? 2 : 1, percent);
}

/* With the mark of few samples: 10 / (1 - q) carry a quantile, 1 / (1 - q) nearly. */
static const char *support_text(int from, int to, int row, double q, unsigned bits)
{
    uint64_t ns = quantile_of(DURATION, from, to, row, q, bits),
             count = count_of(from, to, row, 0, -1) - count_of(from, to, row, 0, FAULT_REFUSED);
    double room = (1 - q) * (double)count + 1e-9;

    return q == 1 || room >= 10 ? time_text(ns) : room >= 1 ? say("~%s", time_text(ns)) : "-";
}

#endif
