/* The facts: rate, VUs, in flight, iterations, dropped, failed. In words where they fit, else short, else the first of them. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "onager/text.h"
#include "panel_facts.h"

double panel_planned_rate(const struct snapshot *s)
{
    double open = 0;
    bool has_closed = false;

    for (size_t i = 0; i < s->scenario_count; i++) {
        const struct snap_scenario *scenario = &s->scenarios[i];

        if (executor_is_open(scenario->executor))
            open += scenario->iterations_per_s_10s;
        else if (scenario->is_started && !scenario->is_ended)
            has_closed = true;
    }
    /* What closed scenarios reach is what they plan. */
    return has_closed && s->rate_10s > open ? s->planned_rate + s->rate_10s - open : s->planned_rate;
}

double panel_rate(const struct snapshot *s)
{
    /* beside a planned rate that moves, a mean of 10 s would say what is not so */
    for (size_t i = 0; i < s->scenario_count && i < s->plan->scenario_count; i++)
        if (s->scenarios[i].is_started && !s->scenarios[i].is_ended &&
            (s->plan->scenarios[i].chaos != NULL || s->plan->scenarios[i].stage_count > 0))
            return s->rate_1s;
    return s->rate_10s;
}

struct fact {
    char text[128];
    enum role role;
    int rank; /* 1 stays longest */
};

static int facts_collect(const struct snapshot *s, bool is_long, struct fact facts[8])
{
    char a[FORMAT_SIZE], b[FORMAT_SIZE];
    uint64_t failed = snap_failed(&s->all.requests);
    bool header_says_dropped = s->verdict.reason_count > 0 && s->verdict.reasons[0].code == VERDICT_DROPPED_REASON;
    bool is_end = run_state_is_end(s->state);
    int n = 0;

    units_format_rate(a, sizeof a, is_end && s->at_ns > 0 ? (double)s->all.requests.total * 1e9 / (double)s->at_ns : panel_rate(s));
    units_format_rate(b, sizeof b, panel_planned_rate(s));
    if (is_end)
        snprintf(facts[n].text, sizeof facts[n].text, is_long ? "rate %s/s over the run" : "rate %s/s", a);
    else if (s->planned_rate > 0)
        snprintf(facts[n].text, sizeof facts[n].text, "rate %s/s of %s%s", a, b, is_long ? " planned" : "");
    else
        snprintf(facts[n].text, sizeof facts[n].text, "rate %s/s", a);
    facts[n++].rank = 1;
    units_format_count(a, sizeof a, s->vus_allocated);
    units_format_count(b, sizeof b, s->vus_max);
    snprintf(facts[n].text, sizeof facts[n].text, is_long ? "VUs %s of %s" : "VUs %s/%s", a, b);
    facts[n++].rank = 2;
    snprintf(facts[n].text, sizeof facts[n].text, "in flight %s", units_format_count(a, sizeof a, s->in_flight));
    facts[n++].rank = 4;
    units_format_count(a, sizeof a, s->iterations.completed);
    units_format_rate(b, sizeof b, s->iterations_per_s_10s);
    snprintf(facts[n].text, sizeof facts[n].text, is_long ? "iterations %s, %s/s" : "iterations %s", a, b);
    facts[n++].rank = 5;
    snprintf(facts[n].text, sizeof facts[n].text, "dropped %s", units_format_count(a, sizeof a, s->iterations.dropped));
    facts[n].role = s->iterations.dropped > 0 ? ROLE_BAD : ROLE_TEXT;
    facts[n++].rank = s->iterations.dropped > 0 && !header_says_dropped ? 3 : 6;
    snprintf(facts[n].text, sizeof facts[n].text, "failed %s", units_format_percent(a, sizeof a, failed, s->all.requests.total));
    facts[n].role = failed > 0 ? ROLE_BAD : ROLE_TEXT;
    facts[n++].rank = 3;
    if (s->checks_passes + s->checks_fails > 0) {
        units_format_percent(a, sizeof a, s->checks_passes, s->checks_passes + s->checks_fails);
        snprintf(facts[n].text, sizeof facts[n].text, "checks %s", a);
        facts[n].role = s->checks_fails > 0 ? ROLE_BAD : ROLE_TEXT;
        facts[n++].rank = 7;
    }
    return n;
}

static int width_of(const struct fact *facts, int count, int rank, int gap)
{
    int sum = -gap;

    for (int i = 0; i < count; i++)
        if (facts[i].rank <= rank)
            sum += canvas_columns(facts[i].text) + gap;
    return sum;
}

void panel_facts_draw(const struct pane *pane, const struct draw *draw)
{
    struct fact facts[8];
    int count, gap = 3, rank = 7, x = 0;

    memset(facts, 0, sizeof facts);
    count = facts_collect(draw->s, true, facts);
    if (width_of(facts, count, 6, gap) > pane->rect.width) {
        memset(facts, 0, sizeof facts);
        count = facts_collect(draw->s, false, facts);
        gap = 2;
    }
    while (rank > 1 && width_of(facts, count, rank, gap) > pane->rect.width)
        rank--;
    for (int i = 0; i < count; i++)
        if (facts[i].rank <= rank)
            x += pane_text(pane, x, 0, pane->rect.width - x, facts[i].role, facts[i].text) + gap;
}
