/* The header: plan, state, time, verdict with its reason. The same words at every width, fewer of them where it is narrow. */
#include "panel.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "onager/text.h"
#include "panel_facts.h"

struct part {
    char text[176];
    enum role role;
};

/* Parts in a row with a gap in front of each but the first. */
struct parts {
    struct part part[6];
    int gaps[6];
    int count;
};

static void add(struct parts *parts, int gap, enum role role, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void add(struct parts *parts, int gap, enum role role, const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    parts->gaps[parts->count] = parts->count > 0 ? gap : 0;
    parts->part[parts->count].role = role;
    text_sanitize(parts->part[parts->count].text, sizeof parts->part[0].text, text, strlen(text), 160, true);
    parts->count++;
}

static int columns_of(const struct parts *parts)
{
    int sum = 0;

    for (int i = 0; i < parts->count; i++)
        sum += parts->gaps[i] + canvas_columns(parts->part[i].text);
    return sum;
}

static int parts_draw(const struct pane *pane, int x, const struct parts *parts)
{
    for (int i = 0; i < parts->count; i++) {
        x += parts->gaps[i];
        x += pane_text(pane, x, 0, pane->rect.width - x, parts->part[i].role, parts->part[i].text);
    }
    return x;
}

static const char *state_glyph(const struct snapshot *s)
{
    static const char *const glyphs[] = {
#define RUN_STATE(id, name, glyph, ascii, help) [RUN_##id] = glyph,
#include "onager/run_state.def"
#undef RUN_STATE
    };

    return s->state == RUN_FINISHED && s->is_final && s->exit_code != 0 ? "✗" : glyphs[s->state];
}

static const char *state_word(enum run_state state)
{
    static const char *const words[] = { "READY",    "SETUP",    "RUNNING", "PAUSED",  "STOPPING",
                                         "TEARDOWN", "FINISHED", "STOPPED", "ABORTED", "FAILED" };

    return words[state];
}

static enum role state_role(const struct snapshot *s)
{
    static const enum role roles[] = { ROLE_STATE_READY,    ROLE_STATE_READY,  ROLE_STATE_RUNNING, ROLE_STATE_PAUSED, ROLE_STATE_STOPPING,
                                       ROLE_STATE_STOPPING, ROLE_STATE_PASSED, ROLE_STATE_STOPPED, ROLE_STATE_FAILED, ROLE_STATE_FAILED };

    return s->state == RUN_FINISHED && s->is_final && s->exit_code != 0 ? ROLE_STATE_FAILED : roles[s->state];
}

static enum role verdict_role(enum verdict_level level)
{
    static const enum role roles[] = { ROLE_VERDICT_VALID, ROLE_VERDICT_DEGRADED, ROLE_VERDICT_INVALID };

    return roles[level];
}

static double busiest(const struct snapshot *s)
{
    double most = 0;

    for (size_t i = 0; i < s->worker_count; i++)
        most = s->workers[i].busy > most ? s->workers[i].busy : most;
    return most;
}

static bool reason_is(const struct snapshot *s, enum verdict_code code)
{
    return s->verdict.level != VERDICT_VALID && s->verdict.reason_count > 0 && s->verdict.reasons[0].code == code;
}

/* The verdict in several lengths; detail 0 is the longest, 4 the word alone. */
static void verdict_parts(struct parts *parts, const struct snapshot *s, int detail)
{
    const struct snap_trend *lag = s->lag_10s.count > 0 && !run_state_is_end(s->state) ? &s->lag_10s : &s->lag;
    int gap = detail == 0 ? 3 : 2;
    char text[FORMAT_SIZE];

    add(parts, 0, verdict_role(s->verdict.level), "%s", verdict_level_name(s->verdict.level));
    if (detail == 4)
        return;
    if (s->verdict.reason_count > 0 && s->verdict.level != VERDICT_VALID)
        add(parts, gap, verdict_role(s->verdict.level), "%s", s->verdict.reasons[0].text);
    if ((detail == 0 || (detail == 1 && s->verdict.level == VERDICT_VALID)) && s->worker_count > 0 && !reason_is(s, VERDICT_CPU_REASON))
        add(parts, gap, ROLE_TEXT, "worker %.0f %%", busiest(s) * 100);
    if (lag->count > 0 && lag->p99_ns != SNAP_NONE &&
        (s->verdict.level == VERDICT_VALID || (detail == 0 && !reason_is(s, VERDICT_LAG_REASON))))
        add(parts, gap, ROLE_TEXT, "lag %s%sms", detail == 0 || detail == 2 ? "p99 " : "", units_format_ms(text, sizeof text, lag->p99_ns));
}

static void end_parts(struct parts *parts, const struct snapshot *s, int detail)
{
    bool failed = s->thresholds_passed < s->threshold_count;
    int gap = detail < 3 ? 3 : 2;

    if (s->verdict.level != VERDICT_VALID)
        add(parts, 0, verdict_role(s->verdict.level), "%s", verdict_level_name(s->verdict.level));
    if (s->threshold_count > 0)
        add(parts, gap, failed ? ROLE_BAD : ROLE_GOOD, detail < 3 ? "%zu of %zu thresholds" : "%zu/%zu", s->thresholds_passed,
            s->threshold_count);
    if (s->is_final)
        add(parts, gap, s->exit_code == 0 ? ROLE_GOOD : ROLE_BAD, "exit %d", s->exit_code);
    if (detail < 4)
        add(parts, gap, ROLE_TEXT, "r again");
}

static void ready_parts(struct parts *parts, const struct snapshot *s, int detail)
{
    uint64_t planned = s->iterations.planned > 0 ? s->iterations.planned : plan_planned_iterations(s->plan);
    char text[FORMAT_SIZE];

    if (planned > 0 && detail < 3)
        add(parts, 0, ROLE_TEXT, detail == 2 ? "%s planned" : "%s requests planned", units_format_count(text, sizeof text, planned));
    add(parts, 3, ROLE_STATE_READY, "Enter starts");
}

/* The right part for the state; a higher detail is shorter, down to 4. */
static void right_parts(struct parts *parts, const struct draw *draw, int detail)
{
    const struct snapshot *s = draw->model->live;
    const struct model *m = draw->model;
    char text[FORMAT_SIZE];

    parts->count = 0;
    if (m->is_frozen) {
        uint64_t old = m->live->at_ns > m->shown->at_ns ? (m->live->at_ns - m->shown->at_ns) / NS_PER_S : 0;

        units_format_clock(text, sizeof text, m->shown->at_ns);
        if (detail < 3)
            add(parts, 0, ROLE_FROZEN, "VIEW FROZEN at %s, %llu s old", text, (unsigned long long)old);
        else
            add(parts, 0, ROLE_FROZEN, detail == 3 ? "FROZEN %s" : "FROZEN", text);
        if (detail < 3)
            add(parts, 3, ROLE_TEXT, "0 live");
        return;
    }
    switch (s->state) {
    case RUN_READY:
        ready_parts(parts, s, detail);
        return;
    case RUN_SETUP:
    case RUN_TEARDOWN:
        if (detail < 4)
            add(parts, 2, ROLE_KEY, "s: now");
        return;
    case RUN_PAUSED:
        add(parts, 0, verdict_role(s->verdict.level), "%s", verdict_level_name(s->verdict.level));
        if (detail < 3)
            add(parts, 2, ROLE_TEXT, "in flight %llu%s", (unsigned long long)s->in_flight, detail < 2 ? ", the plan waits" : "");
        return;
    case RUN_STOPPING:
        if (s->stop_deadline_ns != SNAP_NONE && detail < 3)
            add(parts, 0, ROLE_TEXT, "%llu in flight, %llu s at most", (unsigned long long)s->in_flight,
                (unsigned long long)(s->stop_deadline_ns > s->at_ns ? (s->stop_deadline_ns - s->at_ns + NS_PER_S - 1) / NS_PER_S : 0));
        else
            add(parts, 0, ROLE_TEXT, detail < 4 ? "%llu in flight" : "%llu", (unsigned long long)s->in_flight);
        if (detail < 4)
            add(parts, 2, ROLE_KEY, "s: now");
        return;
    default:
        break;
    }
    if (run_state_is_end(s->state))
        end_parts(parts, s, detail);
    else
        verdict_parts(parts, s, detail);
}

static void elapsed_text(char out[FORMAT_SIZE], const struct snapshot *s, bool is_tight)
{
    char now[20], total[20];

    units_format_clock(now, sizeof now, s->plan_total_ns != SNAP_NONE && s->plan_ns > s->plan_total_ns ? s->plan_total_ns : s->plan_ns);
    units_format_clock(total, sizeof total, s->plan_total_ns);
    if (s->plan_total_ns == SNAP_NONE)
        snprintf(out, FORMAT_SIZE, "%s", s->state == RUN_READY ? "" : now);
    else if (s->state == RUN_READY)
        snprintf(out, FORMAT_SIZE, "%s planned", total);
    else
        snprintf(out, FORMAT_SIZE, "%s%s%s", now, is_tight ? "/" : " of ", total);
}

/* Name, state and time; returns the column after them. With room for it the program's name comes first. */
static int left_draw(const struct pane *pane, const struct draw *draw, bool has_program, int name_columns)
{
    const struct snapshot *s = draw->model->live;
    bool is_mini = draw->layout->class == LAYOUT_MINI;
    int x = 0, state, field;
    char text[FORMAT_SIZE], clock[20];

    if (has_program)
        x += pane_text(pane, x, 0, 8, ROLE_DIM, "onager  ");
    x += pane_outside(pane, x, 0, name_columns, ROLE_STRONG, s->plan->name != NULL ? s->plan->name : "") + (is_mini ? 1 : 2);
    state = x;
    x += pane_textf(pane, x, 0, state_role(s), "%s %s", state_glyph(s), state_word(s->state));
    if (s->state == RUN_PAUSED && s->paused_since_ns != SNAP_NONE && !is_mini) {
        units_format_clock(clock, sizeof clock, s->at_ns > s->paused_since_ns ? s->at_ns - s->paused_since_ns : 0);
        x += pane_textf(pane, x, 0, ROLE_STATE_PAUSED, " %s", clock);
    }
    field = is_mini ? 0 : s->state == RUN_RUNNING || draw->layout->class < LAYOUT_FULL ? 11 : 15;
    elapsed_text(text, s, is_mini);
    x = x + (field == 15 ? 1 : 2) > state + field ? x + (field == 15 ? 1 : 2) : state + field;
    x += pane_text(pane, x, 0, pane->rect.width - x, ROLE_TEXT, text);
    return x;
}

/* Facts between time and verdict where they have no line of their own, else time left and wall clock. */
static void middle_parts(struct parts *parts, const struct draw *draw, int drop)
{
    const struct snapshot *s = draw->model->live;
    char text[FORMAT_SIZE];

    parts->count = 0;
    if (draw->layout->header_has_facts && !run_state_is_end(s->state) && s->state != RUN_READY) {
        units_format_rate(text, sizeof text, panel_rate(s));
        if (s->planned_rate > 0)
            add(parts, 3, ROLE_TEXT, "rate %s/s of %.0f", text, panel_planned_rate(s));
        else
            add(parts, 3, ROLE_TEXT, "rate %s/s", text);
        if (drop < 3)
            add(parts, 3, ROLE_TEXT, "VUs %llu/%llu", (unsigned long long)s->vus_allocated, (unsigned long long)s->vus_max);
        if (drop < 2)
            add(parts, 3, ROLE_TEXT, "in flight %llu", (unsigned long long)s->in_flight);
        if (drop < 1 && s->planned_rate > 0)
            add(parts, 3, s->iterations.dropped > 0 ? ROLE_BAD : ROLE_TEXT, "dropped %s",
                units_format_count(text, sizeof text, s->iterations.dropped));
    } else if (!draw->model->is_frozen && draw->layout->width >= 110) {
        if (s->plan_total_ns != SNAP_NONE && s->plan_ns < s->plan_total_ns && s->state != RUN_READY && !run_state_is_end(s->state) &&
            drop < 3)
            add(parts, 3, ROLE_TEXT, "left %s", units_format_clock(text, sizeof text, s->plan_total_ns - s->plan_ns));
        if (drop < 2)
            add(parts, 3, ROLE_DIM, "%s", format_wall(text, draw->model->wall_ns, true));
    }
    if (parts->count > 0)
        parts->gaps[0] = 3;
}

/* A verdict's reason that is too long loses its end, not all of it. */
static void reason_cut(struct parts *parts, int room)
{
    int left = room - parts->gaps[1] - canvas_columns(parts->part[0].text);
    char text[sizeof parts->part[1].text];

    if (left < 12 || parts->part[1].role == ROLE_TEXT || canvas_columns(parts->part[1].text) <= left)
        return;
    memcpy(text, parts->part[1].text, sizeof text);
    text_sanitize(parts->part[1].text, sizeof parts->part[1].text, text, strlen(text), (size_t)left, true);
}

void panel_header_draw(const struct pane *pane, const struct draw *draw)
{
    bool is_mini = draw->layout->class == LAYOUT_MINI, is_wide = draw->layout->width >= 110;
    int limit = is_mini   ? pane->rect.width
                : is_wide ? 32
                          : pane->rect.width / 3,
        detail = is_wide && !draw->layout->header_has_facts ? 0 : 1;
    int gap = draw->layout->header_has_facts ? 3 : 1; /* at least, in front of the verdict */
    int left, time, right, edge = pane->rect.width - (is_mini ? 0 : draw->layout->class < LAYOUT_FULL ? 0 : 1); /* column after the last */
    struct parts parts, middle;

    if (is_mini)
        limit = 10;
    left = time = left_draw(pane, draw, is_wide && !draw->layout->header_has_facts, limit);
    middle_parts(&middle, draw, 0);
    for (int drop = 1; drop < 4 && left + columns_of(&middle) + 20 > edge; drop++)
        middle_parts(&middle, draw, drop);
    left += columns_of(&middle);
    do {
        right_parts(&parts, draw, detail);
        if (detail >= 2 && parts.count == 2)
            reason_cut(&parts, edge - left - gap);
        right = edge - columns_of(&parts);
        if (right < left + 2 && edge < pane->rect.width && pane->rect.width - columns_of(&parts) >= left + 1)
            right = pane->rect.width - columns_of(&parts);
    } while (right < left + gap && ++detail < 5);
    parts_draw(pane, time, &middle);
    if (right >= left + 1 || parts.count == 1)
        parts_draw(pane, right > left ? right : left + 1, &parts);
}
