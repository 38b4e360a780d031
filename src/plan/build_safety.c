/* [safety] to struct plan_safety; the plan itself must keep its limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "mem.h"
#include "metric.h"
#include "stages.h"
#include "steered.h"
#include "threshold_expr.h"
#include "url.h"

#define RESUME_NS (30 * NS_PER_S)

/* What stands behind the condition: its words, one after another. */
struct tail {
    char *text, *next;
};

static char *tail_word(struct tail *tail)
{
    char *word;

    tail->next += strspn(tail->next, " \t\n");
    if (*tail->next == '\0')
        return NULL;
    word = tail->next;
    tail->next += strcspn(tail->next, " \t\n");
    if (*tail->next != '\0')
        *tail->next++ = '\0';
    return word;
}

static bool is_watched(const struct plan_threshold *when)
{
    return when->filter_count == 0 && (strcmp(when->metric, "http_req_failed") == 0 || strcmp(when->metric, "http_req_duration") == 0) &&
           when->aggregate != AGG_COUNT;
}

/* The condition in front of " for ". */
static bool read_condition(struct build *build, const struct setting *setting, char *text, struct plan_threshold *when)
{
    struct threshold_problem problem = { 0 };
    struct threshold_list list = { 0 };
    char *blank = text + strcspn(text, " \t"), *expression = blank + strspn(blank, " \t");

    if (*blank != '\0')
        *blank = '\0';
    if (!threshold_parse(&list, text, expression, &problem)) {
        value_mistake_about(build, setting, "%s", problem.text);
        return false;
    }
    if (list.count != 1 || list.items[0].over_ns > 0 || list.items[0].abort || list.items[0].grace_ns > 0 || !is_watched(&list.items[0])) {
        value_mistake_about(
            build, setting, "watches http_req_failed or http_req_duration as a whole, such as %s", "http_req_failed rate>0.5");
        threshold_list_release(&list);
        return false;
    }
    *when = list.items[0];
    free(list.items);
    return true;
}

/* "METRIC CONDITION for D", what follows in *tail. false: a mistake, said, or nothing there. */
static bool read_rule(struct build *build, const struct setting *setting, struct plan_rule *rule, struct tail *tail)
{
    char *copy = mem_copy(setting->value), *at = strstr(copy, " for "), *word, length[40];
    bool is_good = false;

    tail->text = copy;
    if (at == NULL) {
        value_mistake(build, setting);
        return false;
    }
    *at = '\0';
    tail->next = at + 5;
    word = tail_word(tail);
    if (word == NULL || !units_parse_duration(word, BARE_SECONDS, &rule->for_ns) || rule->for_ns < NS_PER_S)
        value_mistake_about(build, setting, "\"for\" wants a duration of at least 1s, got \"%.40s\"", word != NULL ? word : "");
    else
        is_good = read_condition(build, setting, copy, &rule->when);
    if (is_good)
        rule->text = mem_format(
            "%s %s for %s", rule->when.metric, rule->when.expression, units_format_duration(length, sizeof length, rule->for_ns));
    return is_good;
}

static void read_abort(struct build *build, const struct setting *setting)
{
    struct tail tail;
    char *more;

    if (read_rule(build, setting, &build->plan->safety.abort_if, &tail) && (more = tail_word(&tail)) != NULL)
        value_mistake_about(build, setting, "nothing stands behind the duration, got \"%.40s\"", more);
    free(tail.text);
}

static void read_webhook(struct build *build, const struct setting *setting, const char *text)
{
    struct url url;
    char why[160];

    if (!url_parse(&url, text, why, sizeof why)) {
        value_mistake_about(build, setting, "webhook: %s", why);
        return;
    }
    url_release(&url);
    free(build->plan->safety.breaker_webhook);
    build->plan->safety.breaker_webhook = mem_copy(text);
}

static void read_breaker(struct build *build, const struct setting *setting)
{
    struct plan_safety *safety = &build->plan->safety;
    struct tail tail;
    char *word;

    safety->breaker_resume_ns = RESUME_NS;
    if (!read_rule(build, setting, &safety->breaker, &tail)) {
        free(tail.text);
        return;
    }
    while ((word = tail_word(&tail)) != NULL) {
        const char *value = tail_word(&tail);

        if (strcmp(word, "resume") == 0) {
            if (value == NULL || !units_parse_duration(value, BARE_SECONDS, &safety->breaker_resume_ns) || safety->breaker_resume_ns == 0)
                value_mistake_about(build, setting, "\"resume\" wants a duration such as 30s, got \"%.40s\"", value != NULL ? value : "");
        } else if (strcmp(word, "webhook") == 0) {
            read_webhook(build, setting, value != NULL ? value : "");
        } else {
            value_mistake_about(build, setting, "expected resume DURATION or webhook URL, got \"%.40s\"", word);
            break;
        }
    }
    free(tail.text);
}

/* ---- limits that the plan itself keeps ---- */

static bool has_chaos(const struct plan *plan)
{
    for (size_t s = 0; s < plan->scenario_count; s++)
        if (plan->scenarios[s].chaos != NULL && executor_is_open(plan->scenarios[s].executor))
            return true;
    return false;
}

static void check_rate(struct build *build, const struct setting *setting)
{
    const struct rate *limit = &build->plan->safety.max_rate;
    double most = (double)limit->count * 1e9 / (double)limit->per_ns, wanted;
    char clock[40], rate[24];
    uint64_t at_ns;

    wanted = steer_peak_rate(build->plan, NULL, 0, &at_ns);
    if (wanted > most * (1 + 1e-9))
        value_mistake_about(
            build, setting, "the plan wants %s/s at %s%s, which is more", units_format_rate(rate, sizeof rate, wanted),
            units_format_duration(clock, sizeof clock, at_ns / NS_PER_MS * NS_PER_MS),
            has_chaos(build->plan) ? " with chaos at its most" : "");
}

static void check_in_flight(struct build *build, const struct setting *setting)
{
    uint64_t closed = 0;

    for (size_t s = 0; s < build->plan->scenario_count; s++)
        if (!executor_is_open(build->plan->scenarios[s].executor))
            closed += plan_scenario_max_vus(&build->plan->scenarios[s]);
    if (closed > build->plan->safety.max_in_flight)
        value_mistake_about(build, setting, "closed scenarios have %llu VUs, which is more", (unsigned long long)closed);
}

void build_safety(struct build *build)
{
    const struct section *safety = document_find(&build->document, SECTION_SAFETY, NULL);
    struct plan_safety *to = &build->plan->safety;
    const struct setting *setting;

    if (safety == NULL)
        return;
    if ((setting = section_get(safety, KEY_SAFETY_MAX_RATE)) != NULL) {
        if (!stages_parse_rate(setting->value, NS_PER_S, true, &to->max_rate))
            value_mistake(build, setting);
        else if (to->max_rate.count > 0)
            check_rate(build, setting);
    }
    if ((setting = section_get(safety, KEY_SAFETY_MAX_IN_FLIGHT)) != NULL &&
        value_number(build, safety, KEY_SAFETY_MAX_IN_FLIGHT, &to->max_in_flight) && to->max_in_flight > 0)
        check_in_flight(build, setting);
    if ((setting = section_get(safety, KEY_SAFETY_ABORT_IF)) != NULL)
        read_abort(build, setting);
    if ((setting = section_get(safety, KEY_SAFETY_BREAKER)) != NULL)
        read_breaker(build, setting);
}
