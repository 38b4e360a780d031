/* Latency: a sparkline for each percentile with the last 10 s and the run beside it, the response time and the phases. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "onager/text.h"
#include "spark.h"

static const struct {
    const char *label;
    double q;
    enum role role;
    int rank; /* 1 stays longest when there are few rows */
} percentiles[LATENCY_COUNT] = {
    { "max", 0, ROLE_LATENCY_MAX, 4 },    { "p99", 0.99, ROLE_LATENCY_P99, 2 }, { "p95", 0.95, ROLE_LATENCY_P95, 1 },
    { "p90", 0.90, ROLE_LATENCY_P90, 5 }, { "p50", 0.50, ROLE_LATENCY_P50, 3 },
};

/* Where the columns of this panel stand. */
struct columns {
    bool is_wide;
    int label, spark; /* widths */
    int live, run;    /* last column of each value */
};

static struct columns columns_of(int width)
{
    struct columns c = { .is_wide = width >= 50, .run = width - 1 };

    c.label = c.is_wide ? 5 : 4;
    c.live = width - 1 - (c.is_wide ? 9 : 8);
    c.spark = c.live - 8 - c.label;
    if (c.is_wide)
        c.spark = width - c.label - 18;
    return c;
}

static uint64_t value_of(const struct snap_trend *trend, enum latency which)
{
    const uint64_t values[] = { trend->max_ns, trend->p99_ns, trend->p95_ns, trend->p90_ns, trend->p50_ns };

    return values[which];
}

static void value_draw(const struct pane *pane, int right, int y, const struct snap_trend *trend, enum latency which, bool utf8)
{
    char text[FORMAT_SIZE];
    enum role role = ROLE_TEXT;

    format_quantile(text, value_of(trend, which), trend->count, percentiles[which].q, utf8, &role);
    pane_text_right(pane, right, y, role, text);
}

static void title_draw(const struct pane *pane, const struct draw *draw, const struct columns *c, bool has_heads)
{
    char right[160] = "", peak[FORMAT_SIZE], at[FORMAT_SIZE];

    if (!has_heads) { /* the heads stand in the title, exactly above their columns */
        int end = c->live - (c->is_wide ? 2 : 1), head = end - (c->is_wide ? 8 : 3);

        pane_rule(pane, 0, "latency", "run");
        pane_text(pane, head - 1, 0, 1, ROLE_TITLE, " ");
        pane_text(pane, head, 0, 9, ROLE_TITLE, c->is_wide ? "last 10 s" : "10 s");
        pane_fill(pane, end + 1, 0, c->run - 5 - end, ' ', ROLE_TITLE);
        return;
    }
    if (draw->model->p95_peak.at_ns != SNAP_NONE)
        snprintf(
            right, sizeof right, "p95 peak %s at %s", units_format_ns(peak, sizeof peak, (uint64_t)draw->model->p95_peak.value, draw->utf8),
            units_format_clock(at, sizeof at, draw->model->p95_peak.at_ns));
    pane_rule(pane, 0, "latency", right);
    if (c->is_wide)
        pane_text(pane, c->label, 1, c->spark, ROLE_DIM, "first byte sent to last byte read");
    pane_text_right(pane, c->live, 1, ROLE_TITLE, "last 10 s");
    pane_text_right(pane, c->run, 1, ROLE_TITLE, "run");
}

static void response_draw(const struct pane *pane, int y, const struct draw *draw, const struct columns *c)
{
    const struct snapshot *s = draw->s;

    if (!s->has_open_model) {
        pane_text(
            pane, 0, y, pane->rect.width, ROLE_DIM,
            c->is_wide ? "response time is the same: nothing waits in a closed loop" : "response time: the same, closed loop");
        return;
    }
    pane_text(pane, 0, y, c->run - 7, ROLE_LABEL, c->is_wide ? "response p95, from intended start" : "response p95 (waits included)");
    if (c->is_wide)
        value_draw(pane, c->live, y, &s->response_10s, LATENCY_P95, draw->utf8);
    value_draw(pane, c->run, y, c->is_wide ? &s->response : &s->response_10s, LATENCY_P95, draw->utf8);
}

static void phases_draw(const struct pane *pane, int y, const struct draw *draw)
{
    static const struct {
        enum phase phase;
        const char *name;
    } shown[] = {
        { PHASE_CONNECTING, "connect" }, { PHASE_TLS, "tls" },        { PHASE_SENDING, "send" },
        { PHASE_WAITING, "wait" },       { PHASE_RECEIVING, "recv" },
    };
    const uint64_t *means = draw->s->all.phase_mean_10s_ns;
    char text[200], one[FORMAT_SIZE];

    for (size_t skip = 0; skip < 5; skip++) { /* the first ones go when it is narrow: they are 0 on kept connections */
        text[0] = '\0';
        for (size_t i = skip; i < 5; i++) {
            size_t length = strlen(text);

            units_format_ms(one, sizeof one, means[shown[i].phase]);
            snprintf(text + length, sizeof text - length, "%s%s %s", length > 0 ? "  " : "", shown[i].name, one);
        }
        if (canvas_columns(text) + 9 <= pane->rect.width)
            break;
    }
    pane_text(pane, 0, y, 7, ROLE_LABEL, "mean ms");
    pane_text_right(pane, pane->rect.width - 1, y, ROLE_TEXT, text);
}

void panel_latency_draw(const struct pane *pane, const struct draw *draw)
{
    int body = panel_body_rows(pane, draw, PANEL_LATENCY), y = 1, lines, each;
    struct columns c = columns_of(pane->rect.width);
    struct column columns[MODEL_MAX_COLUMNS];
    bool has_heads = body >= 8, has_response = body >= 6, has_phases = body >= 7;

    title_draw(pane, draw, &c, has_heads);
    if (c.spark < 1 || body < 1)
        return;
    c.spark = c.spark < MODEL_MAX_COLUMNS ? c.spark : MODEL_MAX_COLUMNS;
    model_columns(draw->model, draw->column_seconds, c.spark, columns);
    y += has_heads;
    lines = body - has_heads - has_response - has_phases;
    each = lines / LATENCY_COUNT > 0 ? lines / LATENCY_COUNT : 1;
    for (int l = 0; l < LATENCY_COUNT; l++) {
        double values[MODEL_MAX_COLUMNS];
        bool dim[MODEL_MAX_COLUMNS];

        if (percentiles[l].rank > lines)
            continue;
        for (int i = 0; i < c.spark; i++) {
            values[i] = columns[i].latency_ns[l] != SNAP_NONE ? (double)columns[i].latency_ns[l] : NAN;
            dim[i] = columns[i].dim >> l & 1;
        }
        pane_text(pane, 0, y + each - 1, 3, ROLE_LABEL, percentiles[l].label);
        spark_draw(pane, c.label, y, each, values, c.spark, spark_top(values, c.spark), percentiles[l].role, dim);
        value_draw(pane, c.live, y + each - 1, &draw->s->all.duration_10s, (enum latency)l, draw->utf8);
        value_draw(pane, c.run, y + each - 1, &draw->s->all.duration, (enum latency)l, draw->utf8);
        y += each;
    }
    if (has_response)
        response_draw(pane, y++, draw, &c);
    if (has_phases)
        phases_draw(pane, y, draw);
}
