/* The summary of what journeys measured: checks that failed, groups, metrics of the plan's own. Pure. Main thread. */
#include <stdio.h>
#include <string.h>

#include "onager/units.h"
#include "summary.h"

#define WORD 64
#define CHECKS_SHOWN 5
#define NAME_COLUMNS 32

/* The check with the most fails below `below`, among equals the first after `after`. */
static const struct snap_check *worst_check(const struct snapshot *s, const struct snap_check *before)
{
    const struct snap_check *worst = NULL;

    for (size_t i = 0; i < s->check_count; i++) {
        const struct snap_check *check = &s->checks[i];

        if (check->fails == 0 || (before != NULL && (check->fails > before->fails || (check->fails == before->fails && check <= before))))
            continue;
        if (worst == NULL || check->fails > worst->fails)
            worst = check;
    }
    return worst;
}

static void add_failed_check(struct buf *out, const struct snap_check *check, bool utf8)
{
    char fails[WORD], all[WORD], text[3 * WORD];

    buf_add_text(out, utf8 ? "          ✗ " : "          x ");
    snprintf(text, sizeof text, "%.60s: %.60s", check->request, check->name);
    summary_cell(out, text, NAME_COLUMNS, utf8);
    buf_addf(
        out, "  %s of %s failed\n", units_format_count(fails, sizeof fails, check->fails),
        units_format_count(all, sizeof all, check->passes + check->fails));
}

void summary_failed_checks(struct buf *out, const struct snapshot *s, bool utf8)
{
    const struct snap_check *check = NULL;

    for (int i = 0; i < CHECKS_SHOWN && (check = worst_check(s, check)) != NULL; i++)
        add_failed_check(out, check, utf8);
}

static void add_trend(char *text, size_t size, const struct snap_trend *trend, bool is_time, bool utf8)
{
    char mean[WORD], p95[WORD], most[WORD];

    if (trend->count == 0) {
        snprintf(text, size, "no values");
        return;
    }
    if (!is_time) { /* values are counted in millionths, as times are in ns of ms */
        snprintf(
            text, size, "avg %.4g  p95 %.4g  max %.4g", (double)trend->mean_ns / 1e6, (double)trend->p95_ns / 1e6,
            (double)trend->max_ns / 1e6);
        return;
    }
    snprintf(
        text, size, "avg %s  p95 %s  max %s", units_format_ns(mean, sizeof mean, trend->mean_ns, utf8),
        units_format_ns(p95, sizeof p95, trend->p95_ns, utf8), units_format_ns(most, sizeof most, trend->max_ns, utf8));
}

static void add_custom(struct buf *out, const struct snap_custom *custom, bool utf8)
{
    char text[4 * WORD];

    switch (custom->plan->kind) {
    case CUSTOM_TREND:
        add_trend(text, sizeof text, &custom->trend, custom->plan->is_time, utf8);
        break;
    case CUSTOM_COUNTER:
        snprintf(text, sizeof text, "%.10g", custom->sum);
        break;
    case CUSTOM_GAUGE:
        if (custom->samples > 0)
            snprintf(text, sizeof text, "%.6g  min %.6g  max %.6g", custom->last, custom->least, custom->most);
        else
            snprintf(text, sizeof text, "no values");
        break;
    case CUSTOM_RATE:
        if (custom->samples > 0)
            units_format_percent(text, sizeof text, custom->passes, custom->samples);
        else
            snprintf(text, sizeof text, "no values");
        break;
    }
    buf_add_text(out, "          ");
    summary_cell(out, custom->plan->name, NAME_COLUMNS, utf8);
    buf_addf(out, "  %s\n", text);
}

void summary_metrics(struct buf *out, const struct snapshot *s, bool utf8)
{
    bool any = false;

    for (size_t i = 0; i < s->group_count; i++)
        if (s->groups[i].duration.count > 0) {
            char text[4 * WORD];

            if (!any)
                buf_add_text(out, "Groups\n");
            any = true;
            add_trend(text, sizeof text, &s->groups[i].duration, true, utf8);
            buf_add_text(out, "          ");
            summary_cell(out, s->groups[i].name + (strncmp(s->groups[i].name, "::", 2) == 0 ? 2 : 0), NAME_COLUMNS, utf8);
            buf_addf(out, "  %s\n", text);
        }
    if (s->custom_count > 0)
        buf_add_text(out, "Metrics\n");
    for (size_t i = 0; i < s->custom_count; i++)
        add_custom(out, &s->customs[i], utf8);
}
