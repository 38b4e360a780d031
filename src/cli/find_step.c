/* Shaping the plan of a step, running it, judging it. */
#include "find_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "build.h"
#include "chaos.h"
#include "progress.h"
#include "quiet_run.h"
#include "say.h"

/* What is on the wire at the end of a step may still be answered, so that the next one finds a target that is done with it. */
#define GRACE_NS (10 * NS_PER_S)
/* Arrivals that may be left out before a rate counts as not reached. */
#define DROPPED_SHARE 0.001

static uint64_t file_limit(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max != RLIM_INFINITY ? limit.rlim_max : UINT64_MAX;
}

void find_shape_plan(struct plan *plan, const struct find_ask *ask, uint64_t most_vus)
{
    struct plan_scenario *scenario = &plan->scenarios[0];
    const struct rate rate = { ask->rate, NS_PER_S };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads;

    scenario->executor = EXECUTOR_CONSTANT_ARRIVAL_RATE;
    scenario->rate = rate;
    free(scenario->stages);
    scenario->stages = NULL;
    scenario->stage_count = 0;
    scenario->duration_ns = ask->duration_ns;
    scenario->start_time_ns = 0;
    scenario->graceful_stop_ns = GRACE_NS;
    scenario->graceful_stop_set = true;
    scenario->max_vus = most_vus > 0 ? most_vus : build_default_max_vus(&rate, file_limit());
    scenario->pre_allocated_vus = 0;
    scenario->when_busy = WHEN_BUSY_DROP;
    chaos_free(scenario->chaos);
    scenario->chaos = NULL;
    threads = build_thread_count(plan, cores > 0 ? (unsigned)cores : 1);
    if (threads > plan->threads)
        plan->threads = threads;
    plan->start_paused = false;
}

/* ---- judging ---- */

/* Whether a reason comes from the machine around onager and can only make what is measured look worse. */
static bool is_disturbance(enum verdict_code code)
{
    return code == VERDICT_LAG_REASON || code == VERDICT_STALL_REASON || code == VERDICT_STEAL_REASON;
}

/* The reason for which the run is no measurement of the target; NULL: it is one. Dropped arrivals are the target's doing. */
static const struct snap_reason *generators_reason(const struct snapshot *final, bool with_disturbances)
{
    for (size_t i = 0; i < final->verdict.reason_count; i++) {
        const struct snap_reason *reason = &final->verdict.reasons[i];

        if (reason->level != VERDICT_VALID && reason->code != VERDICT_DROPPED_REASON &&
            (with_disturbances || !is_disturbance(reason->code)))
            return reason;
    }
    return NULL;
}

static void why_failed(struct find_step *step, const struct snapshot *final)
{
    char number[40];

    if (step->requests > 0 && step->failed == step->requests) {
        bool is_fault = final->error_count > 0 && final->errors[0].kind != FAULT_NONE;

        snprintf(
            step->why, sizeof step->why, "every request failed%s%s", is_fault ? ": " : "",
            is_fault ? fault_name(final->errors[0].kind) : "");
        return;
    }
    if (step->dropped > 0 && (double)step->dropped > DROPPED_SHARE * (double)step->planned) {
        snprintf(
            step->why, sizeof step->why, "%s of the arrivals found no free VU",
            units_format_percent(number, sizeof number, step->dropped, step->planned));
        return;
    }
    for (size_t i = 0; i < final->threshold_count; i++)
        if (!final->thresholds[i].passed) {
            snprintf(step->why, sizeof step->why, "%s does not hold", final->thresholds[i].display);
            return;
        }
}

void find_judge(struct find_step *step, const struct snapshot *final)
{
    const struct snap_reason *reason;
    bool are_all_failed = final->all.requests.total > 0 && snap_failed(&final->all.requests) == final->all.requests.total;
    bool is_reached, is_kept = final->thresholds_passed == final->threshold_count;

    step->verdict = final->verdict.level;
    step->planned = final->iterations.planned;
    step->started = final->iterations.started;
    step->dropped = final->iterations.dropped;
    step->requests = final->all.requests.total;
    step->failed = snap_failed(&final->all.requests);
    step->rate = final->plan_ns > 0 ? (double)step->started * 1e9 / (double)step->ask.duration_ns : 0;
    step->duration = final->all.duration;
    step->response = final->response;
    step->why[0] = '\0';
    if (final->state == RUN_STOPPED) {
        step->result = FIND_STOPPED;
        return;
    }
    is_reached = (double)step->dropped <= DROPPED_SHARE * (double)step->planned;
    step->result = is_reached && is_kept ? FIND_PASSED : FIND_FAILED;
    /* a disturbance makes a failure doubtful and a pass only more certain; it never makes every request fail */
    reason = generators_reason(final, step->result == FIND_FAILED && !are_all_failed);
    if (reason != NULL) {
        step->result = FIND_NOT_VALID;
        snprintf(
            step->why, sizeof step->why, "%s %s: %s", verdict_level_name(reason->level), verdict_code_name(reason->code), reason->text);
    } else if (step->result == FIND_FAILED) {
        why_failed(step, final);
    } else if ((reason = generators_reason(final, true)) != NULL) {
        snprintf(step->why, sizeof step->why, "%s %s", verdict_level_name(reason->level), verdict_code_name(reason->code));
    }
}

/* ---- running ---- */

struct sight {
    struct find_step *step;
    bool is_shown;
};

static void show(const struct snapshot *snapshot)
{
    size_t columns = say_columns();
    struct buf line;

    buf_init(&line);
    buf_add_text(&line, "\r\033[K");
    if (!snapshot->is_final)
        progress_line(&line, snapshot, columns > 1 ? columns - 1 : 1, say_is_utf8());
    fwrite(line.data, 1, line.length, stderr);
    fflush(stderr);
    buf_release(&line);
}

static void see(void *data, const struct snapshot *snapshot)
{
    const struct sight *sight = data;

    if (sight->is_shown)
        show(snapshot);
    if (snapshot->is_final)
        find_judge(sight->step, snapshot);
}

int find_step_run(struct find_step *step, const struct plan *plan, bool is_shown, struct error *err)
{
    return quiet_run(plan, "find", see, &(struct sight){ step, is_shown }, err);
}
