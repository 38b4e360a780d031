/* Numbers, not ink: what the screens say of a known trace is read off their cells, by panel and label, and held against sums,
 * sorted arrays and formats of this test alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui_numbers_trace.h"

/* ---- the table ---- */

struct entry {
    int screen;
    enum panel_id panel;
    const char *label; /* what its row begins with; "": any row of the panel */
    const char *head;  /* of its column; NULL: words somewhere in the row */
    const char *expected;
};

static struct entry entries[400];
static int entry_count;

static void want(int screen, enum panel_id panel, const char *label, const char *head, const char *expected)
{
    entries[entry_count++] = (struct entry){ screen, panel, label, head, expected };
}

static void want_head_and_facts(void)
{
    uint64_t all = count_of(0, LENGTH, ALL, 0, -1), last = count_of(LENGTH - 10, LENGTH, ALL, 0, -1);
    uint64_t pay = count_of(LENGTH - 10, LENGTH, PAY, 0, -1);
    const char *lag = say("lag p99 %sms", three_digits((double)quantile_of(LAG, EARLY - 10, EARLY, ALL, 0.99, BITS_NOW) / 1e6));
    const char *rate = rate_text((double)last / 10), *planned = rate_text(160 + (double)pay / 10),
               *failed = share_text(failed_of(0, LENGTH, ALL), all);

    want(S120, PANEL_HEADER, "", NULL, "00:40 of 01:00");
    want(S120, PANEL_HEADER, "", NULL, "left 00:20");
    want(S120, PANEL_HEADER, "", NULL, "14:00:57 UTC");
    want(S120, PANEL_HEADER, "", NULL, "DEGRADED 71 dropped since 00:22");
    want(S_EARLY, PANEL_HEADER, "", NULL, "VALID worker 37 %");
    want(S_EARLY, PANEL_HEADER, "", NULL, lag);
    want(S120, PANEL_PROGRESS, "", NULL, "67 %");
    want(S120, PANEL_FACTS, "rate", NULL, say("rate %s/s of %s planned", rate, planned));
    want(S120, PANEL_FACTS, "", NULL, "VUs 29 of 47");
    want(S120, PANEL_FACTS, "", NULL, "in flight 11");
    want(S120, PANEL_FACTS, "", NULL, say("iterations %s, %s/s", count_text(all), rate));
    want(S120, PANEL_FACTS, "", NULL, "dropped 71");
    want(S120, PANEL_FACTS, "", NULL, say("failed %s", failed));
    want(S80, PANEL_HEADER, "", NULL, "00:40 of 01:00");
    want(S80, PANEL_FACTS, "rate", NULL, say("rate %s/s of %s", rate, planned));
    want(S80, PANEL_FACTS, "", NULL, "VUs 29/47");
    want(S80, PANEL_FACTS, "", NULL, say("failed %s", failed));
    want(S60, PANEL_LINE_RATE, "rate", NULL, say("%s/s %s/s", rate, rate_text((double)all / LENGTH)));
    want(S60, PANEL_LINE_VUS, "VUs", NULL, say("VUs 29 of 47 in flight 11 dropped 71 %s iter/s", rate));
    want(S60, PANEL_LINE_FAILED, "failed", NULL, say("%s %s", share_text(failed_of(LENGTH - 10, LENGTH, ALL), last), failed));
    want(S60, PANEL_LINE_HEAD, "", NULL, "last 0:48");
    want(S40, PANEL_HEADER, "", NULL, "00:40/01:00");
    want(S40, PANEL_LINE_RATE, "rate", NULL, say("%s/s of %s", rate, planned));
    want(S40, PANEL_LINE_FAILED, "failed", NULL, say("%s %d", failed, (int)failed_of(0, LENGTH, ALL)));
    want(S40, PANEL_LINE_VUS, "VUs", NULL, "29/47 in flight 11 drop 71");
}

static void want_graphs(void)
{
    int best = 0, worst = 0;
    double received = 0, sent = 0;

    for (int i = 1; i < LENGTH; i++) {
        if (count_of(i, i + 1, ALL, 0, -1) > count_of(best, best + 1, ALL, 0, -1))
            best = i;
        if (quantile_of(DURATION, i, i + 1, ALL, 0.95, BITS_NOW) > quantile_of(DURATION, worst, worst + 1, ALL, 0.95, BITS_NOW))
            worst = i;
    }
    for (size_t i = 0; i < trace_count; i++)
        if (trace[i].second >= BEFORE) {
            received += (double)trace[i].received / (LENGTH - BEFORE);
            sent += (double)trace[i].sent / (LENGTH - BEFORE);
        }
    want(
        S120, PANEL_RATE, "", NULL,
        say("now %d · peak %d at 00:%02d", (int)count_of(LENGTH - 1, LENGTH, ALL, 0, -1), (int)count_of(best, best + 1, ALL, 0, -1), best));
    want(S80, PANEL_RATE, "", NULL, say("peak %d", (int)count_of(best, best + 1, ALL, 0, -1)));
    want(
        S120, PANEL_LATENCY, "", NULL,
        say("p95 peak %s at 00:%02d", time_text(known_to(quantile_of(DURATION, worst, worst + 1, ALL, 0.95, BITS_NOW), BITS_KEPT)), worst));
    want(S120, PANEL_SCENARIOS, "", NULL, say("received %.0f kB/s sent %.0f kB/s", received / 1e3, sent / 1e3));
    want(S120, PANEL_RATE, "", NULL, "-0:40 -0:30 -0:20 -0:10 now");
}

static void want_latency(void)
{
    static const struct {
        const char *label;
        double q;
        enum panel_id line;
    } rows[] = {
        { "max", 1, PANEL_LINE_MAX },  { "p99", 0.99, PANEL_LINE_P99 }, { "p95", 0.95, PANEL_LINE_P95 },
        { "p90", 0.9, PANEL_LATENCY }, { "p50", 0.5, PANEL_LINE_P50 },
    };
    static const struct {
        enum phase phase;
        const char *name;
    } phases[] = {
        { PHASE_CONNECTING, "connect" }, { PHASE_TLS, "tls" },        { PHASE_SENDING, "send" },
        { PHASE_WAITING, "wait" },       { PHASE_RECEIVING, "recv" },
    };
    const char *now_response = time_text(quantile_of(RESPONSE, LENGTH - 10, LENGTH, ALL, 0.95, BITS_NOW));

    for (int i = 0; i < 5; i++) {
        const char *now = support_text(LENGTH - 10, LENGTH, ALL, rows[i].q, BITS_NOW),
                   *run = support_text(0, LENGTH, ALL, rows[i].q, BITS_RUN);

        want(S120, PANEL_LATENCY, rows[i].label, "last 10 s", now);
        want(S120, PANEL_LATENCY, rows[i].label, "run", run);
        want(S80, PANEL_LATENCY, rows[i].label, NULL, say("%s %s", now, run));
        if (rows[i].line != PANEL_LATENCY)
            want(S60, rows[i].line, rows[i].label, NULL, say("%s %s", now, run));
    }
    want(S40, PANEL_LINE_P95, "p95", NULL, say("%s 10 s", support_text(LENGTH - 10, LENGTH, ALL, 0.95, BITS_NOW)));
    want(S120, PANEL_LATENCY, "response p95", "last 10 s", now_response);
    want(S120, PANEL_LATENCY, "response p95", "run", time_text(quantile_of(RESPONSE, 0, LENGTH, ALL, 0.95, BITS_NOW)));
    want(S80, PANEL_LATENCY, "response p95", NULL, now_response);
    want(S_EARLY, PANEL_LATENCY, "mean ms", NULL, say("connect %s", three_digits(phase_mean(PHASE_CONNECTING, EARLY - 10, EARLY) / 1e6)));
    for (int i = 1; i < 5; i++)
        want(
            S120, PANEL_LATENCY, "mean ms", NULL,
            say("%s %s", phases[i].name, three_digits(phase_mean(phases[i].phase, LENGTH - 10, LENGTH) / 1e6)));
}

static void want_requests(void)
{
    static const struct {
        int row;
        const char *wide, *narrow;
    } rows[] = { { LOGIN, "POST login", "login" }, { LIST, "GET  list", "list" }, { PAY, "POST pay", "pay" }, { ALL, "all", "all" } };
    static const struct {
        const char *head;
        double q;
    } quantiles[] = { { "p50", 0.5 }, { "p95", 0.95 }, { "p99", 0.99 }, { "max", 1 } };

    for (int i = 0; i < 4; i++)
        for (int screen = S120; screen <= S80; screen++) {
            const char *label = screen == S120 ? rows[i].wide : rows[i].narrow;
            uint64_t count = count_of(0, LENGTH, rows[i].row, 0, -1);

            want(screen, PANEL_TABLE, label, "count", count_text(count));
            want(screen, PANEL_TABLE, label, "/s 10 s", say("%.1f", (double)count_of(LENGTH - 10, LENGTH, rows[i].row, 0, -1) / 10));
            want(screen, PANEL_TABLE, label, "failed", share_text(failed_of(0, LENGTH, rows[i].row), count));
            for (int q = 0; q < 4; q++)
                want(screen, PANEL_TABLE, label, quantiles[q].head, support_text(0, LENGTH, rows[i].row, quantiles[q].q, BITS_RUN));
        }
    want(
        S60, PANEL_LINE_SLOWEST, "slowest", NULL,
        say("slowest pay p95 %s login %s list %s", support_text(0, LENGTH, PAY, 0.95, BITS_RUN),
            support_text(0, LENGTH, LOGIN, 0.95, BITS_RUN), support_text(0, LENGTH, LIST, 0.95, BITS_RUN)));
}

static void want_results(void)
{
    uint64_t all = count_of(0, LENGTH, ALL, 0, -1), failed = failed_of(0, LENGTH, ALL), ok = count_of(0, LENGTH, ALL, 200, -1);
    uint64_t created = count_of(0, LENGTH, ALL, 201, -1), bad = count_of(0, LENGTH, ALL, 503, -1),
             slow = count_of(0, LENGTH, ALL, 0, FAULT_TIMEOUT_BODY);
    double p95 = (double)quantile_of(DURATION, 0, LENGTH, ALL, 0.95, BITS_RUN) / 1e6, share = (double)failed / (double)all;
    double p50 = (double)quantile_of(DURATION, 0, LENGTH, PAY, 0.5, BITS_RUN) / 1e6;
    double share_now = (double)failed_of(LENGTH - 10, LENGTH, ALL) / (double)count_of(LENGTH - 10, LENGTH, ALL, 0, -1);

    want(S120, PANEL_THRESHOLDS, "", NULL, "2 of 4 pass");
    want(S120, PANEL_THRESHOLDS, "p(95)<100", "value", time_text(quantile_of(DURATION, 0, LENGTH, ALL, 0.95, BITS_RUN)));
    want(S120, PANEL_THRESHOLDS, "p(95)<100", "spare", say("%.0f %%", 100 - p95));
    want(S120, PANEL_THRESHOLDS, "pay p(50)<50", "value", time_text(quantile_of(DURATION, 0, LENGTH, PAY, 0.5, BITS_RUN)));
    want(S120, PANEL_THRESHOLDS, "pay p(50)<50", "spare", say("%.0f %%", (50 - p50) / 50 * 100));
    want(S120, PANEL_THRESHOLDS, "failed<0.02", "value", say("%.4f", share));
    want(S120, PANEL_THRESHOLDS, "failed<0.02", "spare", say("%.0f %%", (0.02 - share) / 0.02 * 100));
    want(S120, PANEL_THRESHOLDS, "failed<0.01 in 10s", "value", say("%.4f", share_now));
    want(S120, PANEL_THRESHOLDS, "failed<0.01 in 10s", "spare", say("%.0f %%", (0.01 - share_now) / 0.01 * 100));
    want(S40, PANEL_LINE_LIMITS_1, "limits", NULL, say("2/4 pass, fails pay %.0f%%", (50 - p50) / 50 * 100));
    want(S120, PANEL_STATUS, "200 OK", NULL, say("%s %s", count_text(ok), share_text(ok, all)));
    want(S120, PANEL_STATUS, "201 Created", NULL, say("%s %s", count_text(created), share_text(created, all)));
    want(S120, PANEL_STATUS, "503", NULL, say("%s %s", count_text(bad), share_text(bad, all)));
    want(S120, PANEL_STATUS, "none", NULL, say("%d %s", (int)(failed - bad), share_text(failed - bad, all)));
    want(S120, PANEL_ERRORS, "", NULL, say("%d ─", (int)failed));
    want(S120, PANEL_ERRORS, "", NULL, say("%d 503 pay 00:21-00:25", (int)bad));
    want(S120, PANEL_ERRORS, "", NULL, say("%d timeout_body login 00:23-00:36", (int)slow));
    want(S120, PANEL_ERRORS, "", NULL, say("%d refused list 00:12-00:12", (int)count_of(0, LENGTH, ALL, 0, FAULT_REFUSED)));
    want(S120, PANEL_ERRORS, "", NULL, say("%d reset list 00:08-00:33", (int)count_of(0, LENGTH, ALL, 0, FAULT_RESET)));
}

static void want_scenarios(void)
{
    uint64_t pay = count_of(0, LENGTH, PAY, 0, -1), pay_now = count_of(LENGTH - 10, LENGTH, PAY, 0, -1);
    uint64_t shop = count_of(0, LENGTH, ALL, 0, -1) - pay, shop_now = count_of(LENGTH - 10, LENGTH, ALL, 0, -1) - pay_now;

    want(
        S120, PANEL_SCENARIOS, "shop", NULL,
        say("constant-arrival-rate %s/s of 160 planned ends in 0:20", rate_text((double)shop_now / 10)));
    want(S120, PANEL_SCENARIOS, "shop", "VUs busy", "5 of 40");
    want(S120, PANEL_SCENARIOS, "shop", "iterations", count_text(shop));
    want(S120, PANEL_SCENARIOS, "shop", "/s", say("%.1f", (double)shop_now / 10));
    want(S120, PANEL_SCENARIOS, "shop", "dropped", "71");
    want(S120, PANEL_SCENARIOS, "api", NULL, "constant-vus 7 of 7 VUs ends in 0:20");
    want(S120, PANEL_SCENARIOS, "api", "VUs busy", "3 of 7");
    want(S120, PANEL_SCENARIOS, "api", "iterations", count_text(pay));
    want(S120, PANEL_SCENARIOS, "api", "/s", say("%.1f", (double)pay_now / 10));
    want(S120, PANEL_SCENARIOS, "api", "dropped", "0");
}

static bool entry_holds(const struct entry *e, char found[1024])
{
    const struct rect *r = &layouts[e->screen].rects[e->panel];
    int y = row_of(e->screen, e->panel, e->label);

    if (r->width == 0 || y < 0) {
        snprintf(found, 1024, "(no such row)");
        return false;
    }
    if (e->head != NULL)
        return strcmp(value_under(e->screen, e->panel, y, e->head, found), e->expected) == 0;
    cells_text(e->screen, r->x, y, r->width, found);
    for (int row = y; row < (e->label[0] != '\0' ? y + 1 : r->y + r->height); row++)
        if (row_says(e->screen, e->panel, row, e->expected))
            return true;
    return false;
}

static void print_screens(void)
{
    for (int i = 0; i < SCREENS; i++)
        for (int y = 0; y < screens[i]->height; y++) {
            char *text = canvas_row_text(screens[i], y);

            print_message("# %s\n", text);
            free(text);
        }
}

static void every_number_on_the_screens_is_that_of_the_trace(void **state)
{
    int wrong = 0;

    (void)state;
    want_head_and_facts();
    want_graphs();
    want_latency();
    want_requests();
    want_results();
    want_scenarios();
    for (int i = 0; i < entry_count; i++) {
        const struct entry *e = &entries[i];
        char found[1024];

        if (entry_holds(e, found))
            continue;
        print_message(
            "# %dx%d %s | %s | %s: \"%s\" expected, found \"%s\"\n", sizes[e->screen][0], sizes[e->screen][1], panel_name(e->panel),
            e->label, e->head != NULL ? e->head : "", e->expected, found);
        wrong++;
    }
    if (wrong > 0)
        print_screens();
    assert_int_equal(wrong, 0);
    print_message("# %d entries\n", entry_count);
    assert_true(entry_count >= 130);
}

/* ---- cells ---- */

static int cells_wrong, cells_seen;

static void cell_want(int screen, int x, int y, uint32_t code_point, const char *what, int second)
{
    cells_seen++;
    if (cell_at(screen, x, y) == code_point)
        return;
    print_message(
        "# %dx%d %s, second %d: U+%04X expected, found U+%04X\n", sizes[screen][0], sizes[screen][1], what, second, code_point,
        cell_at(screen, x, y));
    cells_wrong++;
}

static void cells_begin(void)
{
    cells_wrong = cells_seen = 0;
}

static void cells_end(int least)
{
    if (cells_wrong > 0)
        print_screens();
    assert_int_equal(cells_wrong, 0);
    assert_true(cells_seen >= least);
}

/* Sent requests of seconds [from, to) between two edges; the least time of a bucket of 2^-7 decides where all of it belongs. */
static uint64_t count_between(int from, int to, uint64_t low_ns, uint64_t high_ns)
{
    uint64_t count = 0;

    for (size_t i = 0; i < trace_count; i++) {
        uint64_t step = 1, ns = trace[i].duration_ns;

        while (ns / step >> (BITS_NOW + 1) > 0)
            step *= 2;
        ns = ns / step * step;
        count += trace[i].is_sent && trace[i].second >= from && trace[i].second < to && ns >= low_ns && ns < high_ns;
    }
    return count;
}

static void heat_want(int screen, const char *const *labels, int rows, const uint64_t shades[5], const char *legend, int right)
{
    static const uint64_t edges_ns[] = { UINT64_MAX, 1000000000, 316227766, 100000000, 31622776, 10000000, 3162277 };
    static const uint32_t glyphs[] = { ' ', 0xb7, 0x2591, 0x2592, 0x2593, 0x2588 };
    const struct rect *r = &layouts[screen].rects[PANEL_HEAT];
    uint64_t sent = count_between(0, LENGTH, 0, UINT64_MAX);
    int now = r->x + r->width - 1 - right;

    assert_true(row_says(screen, PANEL_HEAT, r->y, say("a column is 1 s %s", legend)));
    for (int row = 0; row < rows; row++) {
        uint64_t low = row + 1 < rows ? edges_ns[row + 1] : 0, high = edges_ns[row];
        char label[1024];

        assert_string_equal(cells_text(screen, r->x, r->y + 1 + row, 6, label), labels[row]);
        if (right > 0)
            assert_true(row_says(
                screen, PANEL_HEAT, r->y + 1 + row, say("%.2f %%", 100.0 * (double)count_between(0, LENGTH, low, high) / (double)sent)));
        for (int x = r->x + 7; x <= now; x++) {
            int second = LENGTH - 1 - (now - x), shade = 0;
            uint64_t count = count_between(second, second + 1, low, high);

            while (shade < 5 && count >= shades[shade])
                shade++;
            cell_want(screen, x, r->y + 1 + row, glyphs[shade], labels[row], second);
        }
    }
}

static void every_cell_of_the_heat_map_is_the_count_of_its_band_and_second(void **state)
{
    static const char *const wide[] = { "1s", "316ms", "100ms", "32ms", "10ms", "3.2ms", "<3.2ms" };
    static const char *const narrow[] = { "1s", "316ms", "100ms", "32ms", "<32ms" };

    (void)state;
    cells_begin();
    heat_want(S120, wide, 7, (const uint64_t[]){ 1, 3, 8, 30, 80 }, "·1 ░3 ▒8 ▓30 █80 requests", 10);
    heat_want(S80, narrow, 5, (const uint64_t[]){ 1, 3, 20, 90, 300 }, "·1 ░3 ▒20 ▓90 █300", 0);
    cells_end(7 * 40 + 5 * 40);
}

static int value_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* A line of one row that ends at x: eighths of the largest value, rounded up; what is over 4.5 times what two fifths lie
 * below is cut there. Values from the newest backwards. */
static void spark_want(int screen, int x, int y, const double *values, int count, bool is_cut, const char *what)
{
    double sorted[64], top;
    int used = 0;

    for (int i = 0; i < count; i++)
        if (values[i] > 0)
            sorted[used++] = values[i];
    qsort(sorted, (size_t)used, sizeof sorted[0], value_order);
    top = sorted[used - 1];
    if (is_cut && top > 4.5 * sorted[used * 2 / 5])
        top = 4.5 * sorted[used * 2 / 5];
    for (int i = 0; i < count; i++) {
        int level = (int)ceil((values[i] < top ? values[i] : top) / top * 8);

        cell_want(screen, x - i, y, level == 0 ? 0xb7 : 0x2580 + (uint32_t)level, what, -i);
    }
}

/* The columns of `width` seconds that begin at multiples of it, the newest first. */
static int column_begin(int width, int back)
{
    return ((LENGTH - 1) / width - back) * width;
}

/* Of the seconds of a column the p95 that stands in the middle when each counts by its requests. */
static double median_p95(int row, int from, int to)
{
    uint64_t total = count_of(from, to, row, 0, -1), at_most;
    double best = INFINITY;

    for (int i = from; i < to && i < LENGTH; i++) {
        uint64_t own = quantile_of(DURATION, i, i + 1, row, 0.95, BITS_NOW);

        at_most = 0;
        for (int other = from; other < to && other < LENGTH; other++)
            if (quantile_of(DURATION, other, other + 1, row, 0.95, BITS_NOW) <= own)
                at_most += count_of(other, other + 1, row, 0, -1);
        if (2 * at_most >= total && (double)known_to(own, BITS_KEPT) < best)
            best = (double)known_to(own, BITS_KEPT);
    }
    return best;
}

static void every_step_of_the_sparklines_is_its_value(void **state)
{
    static const char *const names[] = { "max", "p99", "p95", "p90", "p50" };
    static const double quantiles[] = { 1, 0.99, 0.95, 0.9, 0.5 };
    static const char *const rows[] = { "POST login", "GET  list", "POST pay", "all" };
    double values[64];
    const struct rect *r;

    (void)state;
    cells_begin();
    for (int screen = S120; screen <= S80; screen++)
        for (int line = 0; line < 5; line++) {
            int width = screen + 1, count;

            r = &layouts[screen].rects[PANEL_LATENCY];
            count = r->width - (screen == S120 ? 23 : 21); /* of the line; from the begin of the run at most */
            count = count < LENGTH / width ? count : LENGTH / width;
            for (int i = 0; i < count; i++) {
                int from = column_begin(width, i);

                values[i] = (double)quantile_of(DURATION, from, from + width, ALL, quantiles[line], BITS_NOW);
            }
            spark_want(
                screen, r->x + r->width - (screen == S120 ? 19 : 18), row_of(screen, PANEL_LATENCY, names[line]), values, count, true,
                names[line]);
        }
    r = &layouts[S120].rects[PANEL_TABLE];
    for (int row = 0; row < 4; row++) {
        for (int i = 0; i < 11; i++)
            values[i] = median_p95(row == 3 ? ALL : row, column_begin(3, i), column_begin(3, i) + 3);
        spark_want(S120, r->x + r->width - 1, row_of(S120, PANEL_TABLE, rows[row]), values, 11, true, rows[row]);
    }
    r = &layouts[S120].rects[PANEL_RATE];
    for (int i = 0; i < LENGTH; i++)
        values[i] = vus_in(LENGTH - 1 - i);
    spark_want(S120, r->x + r->width - 1, row_of(S120, PANEL_RATE, "VUs"), values, LENGTH, false, "VUs");
    r = &layouts[S60].rects[PANEL_LINE_FAILED];
    for (int i = 0; i < LENGTH / 2; i++)
        values[i] = (double)failed_of(column_begin(2, i), column_begin(2, i) + 2, ALL);
    spark_want(S60, r->x + 8 + 24 - 1, r->y, values, LENGTH / 2, false, "failed");
    cells_end(300);
}

/* 50 a row, to the nearest eighth, and a dash where planned load was not started. */
static void the_bars_of_the_rate_stand_on_their_scale(void **state)
{
    const struct rect *r = &layouts[S120].rects[PANEL_RATE];

    (void)state;
    cells_begin();
    for (int label = 0; label < 4; label++) {
        char text[1024];

        assert_string_equal(cells_text(S120, r->x, r->y + 1 + 2 * label, 6, text), say("%d", 400 - 100 * label));
    }
    for (int back = 0; back < LENGTH; back++)
        for (int row = 0; row < 8; row++) {
            int second = LENGTH - 1 - back, count = (int)count_of(second, second + 1, ALL, 0, -1), part = (count * 8 + 25) / 50 - row * 8;
            uint32_t wanted = part <= 0 ? ' ' : 0x2580 + (uint32_t)(part > 8 ? 8 : part);

            if (dropped_in(second) > 0 && row == (count + dropped_in(second)) / 50)
                wanted = 0x254c;
            cell_want(S120, r->x + r->width - 1 - back, r->y + 8 - row, wanted, "rate", second);
        }
    cells_end(320);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_on_the_screens_is_that_of_the_trace),
        cmocka_unit_test(every_cell_of_the_heat_map_is_the_count_of_its_band_and_second),
        cmocka_unit_test(every_step_of_the_sparklines_is_its_value),
        cmocka_unit_test(the_bars_of_the_rate_stand_on_their_scale),
    };

    return cmocka_run_group_tests(tests, trace_run, trace_end);
}
