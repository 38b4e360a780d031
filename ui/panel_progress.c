/* The progress bar with a mark where a scenario begins or ends, the share that is over, and what the plan does now. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "onager/text.h"

static double share_done(const struct snapshot *s)
{
    double share = 0;

    if (run_state_is_end(s->state) && s->state == RUN_FINISHED)
        return 1;
    if (s->plan_total_ns != SNAP_NONE && s->plan_total_ns > 0)
        share = (double)s->plan_ns / (double)s->plan_total_ns;
    else if (s->iterations.planned > 0)
        share = (double)s->iterations.completed / (double)s->iterations.planned;
    return share > 1 ? 1 : share;
}

static void bar_draw(const struct pane *pane, const struct snapshot *s, int width)
{
    int done = (int)(share_done(s) * width);

    for (int x = 0; x < width; x++)
        pane_put(pane, x, 0, x < done ? GLYPH_PROGRESS_DONE : GLYPH_PROGRESS_REST, x < done ? ROLE_PROGRESS_DONE : ROLE_PROGRESS_REST, 0);
    if (s->plan_total_ns == SNAP_NONE || s->plan_total_ns == 0)
        return;
    for (size_t i = 0; i < s->scenario_count; i++) {
        const uint64_t marks[] = { s->scenarios[i].starts_ns, s->scenarios[i].ends_ns };

        for (int m = 0; m < 2; m++) {
            int x = (int)((double)marks[m] / (double)s->plan_total_ns * width + 0.5);

            if (marks[m] == 0 || marks[m] >= s->plan_total_ns)
                continue;
            pane_put(pane, x, 0, x < done ? GLYPH_MARK_DONE : GLYPH_MARK_REST, x < done ? ROLE_PROGRESS_DONE : ROLE_PROGRESS_REST, 0);
        }
    }
}

/* "api needs 148 VUs, has 60": throughput of the busy VUs tells how many the planned rate takes. */
static bool shortage_text(const struct snapshot *s, char *out, size_t size)
{
    if (s->verdict.reason_count == 0 || s->verdict.reasons[0].code != VERDICT_DROPPED_REASON || run_state_is_end(s->state))
        return false;
    for (size_t i = 0; i < s->scenario_count; i++) {
        const struct snap_scenario *c = &s->scenarios[i];

        if (c->planned_rate > 0 && c->iterations_per_s_10s > 0 && c->vus_busy > 0 && c->iterations_per_s_10s < c->planned_rate * 0.98) {
            double needs = c->planned_rate * (double)c->vus_busy / c->iterations_per_s_10s;

            snprintf(out, size, "%s needs %.0f VUs, has %llu", c->name, needs, (unsigned long long)c->vus_max);
            return true;
        }
    }
    return false;
}

static void scenario_text(const struct snapshot *s, size_t i, char *out, size_t size)
{
    const struct snap_scenario *c = &s->scenarios[i];
    const struct plan_scenario *plan = i < s->plan->scenario_count ? &s->plan->scenarios[i] : NULL;
    char load[96] = "", number[FORMAT_SIZE];

    if (executor_is_open(c->executor) && c->planned_rate > 0)
        snprintf(load, sizeof load, "%s/s", units_format_rate(number, sizeof number, c->planned_rate));
    else if (plan != NULL && c->executor == EXECUTOR_SHARED_ITERATIONS)
        snprintf(load, sizeof load, "%s iterations", units_format_count(number, sizeof number, plan->iterations));
    else if (!executor_is_open(c->executor))
        snprintf(load, sizeof load, "%s VUs", units_format_count(number, sizeof number, c->vus_max));
    if (c->is_ended)
        snprintf(load, sizeof load, "ended");
    else if (!c->is_started && s->state != RUN_READY && c->starts_ns > s->plan_ns) {
        units_format_clock(number, sizeof number, c->starts_ns - s->plan_ns);
        snprintf(load, sizeof load, "in %s", number);
    }
    if (s->scenario_count == 1)
        snprintf(out, size, "%s", load);
    else
        snprintf(out, size, "%s %s", c->name, load);
}

void panel_progress_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->model->live;
    int width = pane->rect.width, zone = width >= 108 ? 49 : 32, used;
    char text[256] = "";

    if (draw->layout->class < LAYOUT_FULL) {
        bar_draw(pane, s, width);
        return;
    }
    bar_draw(pane, s, width - zone - (width >= 108 ? 1 : 2));
    used = width - zone + pane_textf(pane, width - zone, 0, ROLE_STRONG, "%.0f %%", share_done(s) * 100);
    if (!shortage_text(s, text, sizeof text))
        for (size_t i = 0; i < s->scenario_count; i++) {
            char one[96];
            size_t length = strlen(text);

            scenario_text(s, i, one, sizeof one);
            if (length + strlen(one) + 8 > sizeof text)
                break;
            snprintf(text + length, sizeof text - length, "%s%s", length > 0 ? " · " : "", one);
        }
    {
        char clean[256];
        int columns = canvas_clean(pane->canvas, clean, sizeof clean, width - used - 1, text);

        pane_text(pane, width - columns, 0, columns, ROLE_TEXT, clean);
    }
}
