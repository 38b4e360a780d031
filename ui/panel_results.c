/* What came back: answers by status, and errors by kind and request with when they were first and last seen. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "onager/text.h"

static enum role status_role(unsigned code)
{
    return code >= 500 ? ROLE_BAD : code >= 400 ? ROLE_WARN : ROLE_TEXT;
}

static void status_row(const struct pane *pane, int y, enum role role, const char *name, uint64_t count, uint64_t whole)
{
    int right = pane->rect.width - 1, x;
    char text[FORMAT_SIZE];

    pane_text_right(pane, right, y, ROLE_TEXT, units_format_percent(text, sizeof text, count, whole));
    x = pane_text_right(pane, right - 8, y, role, units_format_count(text, sizeof text, count));
    pane_outside(pane, 0, y, x - 1, role, name);
}

/* "none (timeout, reset)": the two most frequent faults. */
static void none_text(const struct snapshot *s, char *out, size_t size)
{
    char first[FORMAT_SIZE] = "", second[FORMAT_SIZE] = "";

    for (size_t i = 0; i < s->error_count && second[0] == '\0'; i++) {
        char text[FORMAT_SIZE];

        if (s->errors[i].kind == FAULT_NONE)
            continue;
        format_error(text, &s->errors[i], true);
        if (first[0] == '\0')
            memcpy(first, text, sizeof first);
        else if (strcmp(first, text) != 0)
            memcpy(second, text, sizeof second);
    }
    snprintf(out, size, second[0] != '\0' ? "none (%s, %s)" : "none (%s)", first, second);
}

void panel_status_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    int rows = panel_body_rows(pane, draw, PANEL_STATUS) + 1, y = 1;
    bool has_none = s->all.requests.errors_all > 0;
    char text[2 * FORMAT_SIZE + 16];
    int room = rows - 1 - has_none, more = (int)s->all.status_count - room;

    pane_rule(pane, 0, "status", "");
    if (s->all.status_count == 0 && !has_none)
        pane_text(pane, 0, 1, pane->rect.width, ROLE_DIM, "no answer yet");
    for (size_t i = 0; i < s->all.status_count && y < rows - has_none; i++) {
        if (more > 0 && y == rows - 1 - has_none) {
            pane_textf(pane, 0, y++, ROLE_DIM, "+%d more", more + 1);
            break;
        }
        snprintf(text, sizeof text, "%u %s", s->all.statuses[i].code, format_reason(s->all.statuses[i].code));
        status_row(pane, y++, status_role(s->all.statuses[i].code), text, s->all.statuses[i].count, s->all.requests.total);
    }
    if (has_none && y < rows) {
        none_text(s, text, sizeof text);
        status_row(pane, y, ROLE_BAD, text, s->all.requests.errors_all, s->all.requests.total);
    }
}

static const char *row_name(const struct snapshot *s, const struct snap_error *error)
{
    return error->row < s->row_count ? s->rows[error->row].name : "";
}

/* "   35 503      pay         01:27-01:39", and the example where there is room. */
static void error_row(const struct pane *pane, int y, const struct draw *draw, const struct snap_error *error)
{
    int width = pane->rect.width, count_end = width < 40 ? 2 : 5, kind = count_end + 2, kinds = width < 60 ? 8 : 18;
    int name = kind + kinds + 1, span = width < 60 ? width - 11 : name + 14;
    char text[2 * FORMAT_SIZE], last[FORMAT_SIZE];

    pane_text_right(pane, count_end, y, ROLE_BAD, units_format_count_short(text, sizeof text, error->count, count_end + 1));
    pane_outside(pane, kind, y, kinds, ROLE_BAD, format_error(text, error, width < 60));
    pane_outside(pane, name, y, span - name - 1, ROLE_TEXT, row_name(draw->s, error));
    units_format_clock(text, FORMAT_SIZE, error->first_ns);
    units_format_clock(last, sizeof last, error->last_ns);
    pane_textf(pane, span, y, ROLE_TEXT, "%s-%s", text, last);
    if (width >= 60 && error->example[0] != '\0') {
        char example[200];

        snprintf(example, sizeof example, "\"%s\"", error->example);
        pane_outside(pane, span + 14, y, width - span - 14, ROLE_DIM, example);
    }
}

void panel_errors_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    int rows = panel_body_rows(pane, draw, PANEL_ERRORS) + 1, y = 1, width = pane->rect.width;
    char total[FORMAT_SIZE], text[160];

    units_format_count(total, sizeof total, snap_failed(&s->all.requests));
    pane_rule(pane, 0, "errors", total);
    if (s->error_count == 0)
        pane_text(pane, 0, 1, width, ROLE_DIM, "none");
    for (size_t i = 0; i < s->error_count && y < rows; i++) {
        if (y == rows - 1 && i + 1 < s->error_count) {
            pane_textf(pane, 0, y++, ROLE_DIM, "+%zu more", s->error_count - i);
            return;
        }
        error_row(pane, y++, draw, &s->errors[i]);
    }
    if (width < 60 && y < rows && s->error_count > 0 && s->errors[0].example[0] != '\0') { /* on narrow panels one example below */
        char kind[FORMAT_SIZE];

        snprintf(text, sizeof text, "%s: \"%s\"", format_error(kind, &s->errors[0], true), s->errors[0].example);
        pane_outside(pane, 4, y, width - 4, ROLE_DIM, text);
    }
}

/* ---- Scenarios ---- */

static void load_text(const struct snap_scenario *c, const struct plan_scenario *plan, char *out, size_t size)
{
    char a[FORMAT_SIZE], b[FORMAT_SIZE];

    if (c->planned_rate > 0)
        snprintf(
            out, size, "%s/s of %s planned", units_format_rate(a, sizeof a, c->iterations_per_s_10s),
            units_format_rate(b, sizeof b, c->planned_rate));
    else if (c->executor == EXECUTOR_SHARED_ITERATIONS && plan != NULL)
        snprintf(
            out, size, "%s of %s", units_format_count(a, sizeof a, c->iterations.started),
            units_format_count(b, sizeof b, plan->iterations));
    else if (!executor_is_open(c->executor))
        snprintf(
            out, size, "%s of %s VUs", units_format_count(a, sizeof a, c->vus_allocated),
            units_format_count(b, sizeof b, c->planned_vus > 0 ? c->planned_vus : c->vus_max));
    else
        snprintf(out, size, "-");
}

/* "1:16": a clock without its leading zero. */
static const char *until_text(char text[FORMAT_SIZE], uint64_t ns)
{
    units_format_clock(text, FORMAT_SIZE, ns);
    return text[0] == '0' ? text + 1 : text;
}

static void scenario_row(const struct pane *pane, int y, const struct snapshot *s, size_t i, int extra)
{
    const struct snap_scenario *c = &s->scenarios[i];
    const struct plan_scenario *plan = i < s->plan->scenario_count ? &s->plan->scenarios[i] : NULL;
    char text[2 * FORMAT_SIZE + 16], a[FORMAT_SIZE], b[FORMAT_SIZE];
    int width = pane->rect.width, executor = 10 + extra, load = executor + 23, stage = load + 23;
    bool has_executor = width >= 110;

    if (!has_executor)
        load = executor, stage = load + 23;
    pane_outside(pane, 0, y, 9 + extra, ROLE_TEXT, c->name);
    if (has_executor)
        pane_text(pane, executor, y, 22, ROLE_DIM, executor_kind_name(c->executor));
    load_text(c, plan, text, sizeof text);
    pane_text(pane, load, y, 22, ROLE_TEXT, text);
    if (c->is_ended)
        snprintf(text, sizeof text, "ended");
    else if (s->plan_ns < c->starts_ns)
        snprintf(text, sizeof text, "starts in %s", until_text(a, c->starts_ns - s->plan_ns));
    else if (c->ends_ns != SNAP_NONE && c->ends_ns > s->plan_ns)
        snprintf(text, sizeof text, "ends in %s", until_text(a, c->ends_ns - s->plan_ns));
    else
        snprintf(text, sizeof text, c->ends_ns == SNAP_NONE ? "until done" : "ending");
    if (width - 27 - 9 > stage + 15)
        pane_text(pane, stage, y, 20, ROLE_TEXT, text);
    units_format_count(a, sizeof a, c->vus_busy);
    units_format_count(b, sizeof b, c->vus_max);
    snprintf(text, sizeof text, "%s of %s", a, b);
    pane_text_right(pane, width - 27, y, ROLE_TEXT, text);
    pane_text_right(pane, width - 16, y, ROLE_TEXT, units_format_count_short(a, sizeof a, c->iterations.completed, 10));
    if (c->iterations_per_s_10s < 999.95)
        units_format_rate_column(a, sizeof a, c->iterations_per_s_10s);
    else
        units_format_count_short(a, sizeof a, (uint64_t)(c->iterations_per_s_10s + 0.5), 6);
    pane_text_right(pane, width - 9, y, ROLE_TEXT, a);
    pane_text_right(
        pane, width - 1, y, c->iterations.dropped > 0 ? ROLE_BAD : ROLE_TEXT,
        units_format_count_short(a, sizeof a, c->iterations.dropped, 7));
}

void panel_scenarios_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    int rows = panel_body_rows(pane, draw, PANEL_SCENARIOS) + 1, y = 1, width = pane->rect.width;
    int extra = width > 118 ? (width - 118 < 16 ? width - 118 : 16) : 0, executor = 10 + extra, load = executor + 23;
    char a[FORMAT_SIZE], b[FORMAT_SIZE], bytes[2 * FORMAT_SIZE + 32], title[64] = "scenarios";
    uint32_t aim = draw->model->view.aim;

    snprintf(
        bytes, sizeof bytes, "received %s/s   sent %s/s", units_format_bytes(a, sizeof a, draw->model->received_per_s),
        units_format_bytes(b, sizeof b, draw->model->sent_per_s));
    if (aim > 0 && aim <= s->scenario_count)
        snprintf(title, sizeof title, "scenarios, keys steer %.30s", s->scenarios[aim - 1].name);
    pane_rule(pane, 0, title, bytes);
    if (width >= 110)
        pane_text(pane, executor, 1, 22, ROLE_TITLE, "executor");
    else
        load = executor;
    pane_text(pane, load, 1, 22, ROLE_TITLE, "load now");
    if (width - 27 - 9 > load + 23 + 15)
        pane_text(pane, load + 23, 1, 22, ROLE_TITLE, "stage");
    pane_text_right(pane, width - 27, 1, ROLE_TITLE, "VUs busy");
    pane_text_right(pane, width - 16, 1, ROLE_TITLE, "iterations");
    pane_text_right(pane, width - 9, 1, ROLE_TITLE, "/s");
    pane_text_right(pane, width - 1, 1, ROLE_TITLE, "dropped");
    for (size_t i = 0; i < s->scenario_count && ++y < rows; i++) {
        if (y == rows - 1 && i + 1 < s->scenario_count) {
            pane_textf(pane, 0, y, ROLE_DIM, "+%zu more", s->scenario_count - i);
            return;
        }
        scenario_row(pane, y, s, i, extra);
    }
}
