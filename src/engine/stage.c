/* Setup and teardown as runs of one iteration of one VU. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "mem.h"

#define START_NS NS_PER_MS

struct stage {
    enum stage_kind kind;
    /* the plan with one scenario, which is the flow */
    struct plan plan;
    struct plan_scenario scenario;
    struct plan_mix mix;
    struct run_means means;
    struct run *run;
};

static const char *name_of(enum stage_kind kind)
{
    return kind == STAGE_SETUP ? "setup" : "teardown";
}

static const struct plan_stage_flow *flow_of(const struct plan *plan, enum stage_kind kind)
{
    return kind == STAGE_SETUP ? &plan->setup : &plan->teardown;
}

bool stage_is_wanted(const struct plan *plan, enum stage_kind kind)
{
    return flow_of(plan, kind)->flow != NULL;
}

static void make_plan(struct stage *stage, const struct plan *plan)
{
    const struct plan_stage_flow *from = flow_of(plan, stage->kind);

    stage->plan = *plan;
    stage->plan.scenarios = &stage->scenario;
    stage->plan.scenario_count = 1;
    stage->plan.threads = 1;
    stage->plan.threshold_count = stage->plan.output_count = 0;
    stage->plan.start_paused = stage->plan.realtime = false;
    stage->scenario = (struct plan_scenario){
        .name = mem_copy(name_of(stage->kind)),
        .executor = EXECUTOR_SHARED_ITERATIONS,
        .graceful_stop_set = true,
        .vus = 1,
        .iterations = 1,
        .max_duration_ns = from->timeout_ns,
        .max_vus = 1,
        .mix = &stage->mix,
        .mix_count = 1,
        .rows = from->flow->uses,
        .row_count = from->flow->use_count,
    };
    stage->mix = (struct plan_mix){ .weight = 1, .flow = from->flow };
    if (from->flow->use_count > 0)
        stage->mix.request = from->flow->uses[0].request;
    stage->mix.rows = mem_array(from->flow->use_count, sizeof *stage->mix.rows);
    for (uint32_t i = 0; i < from->flow->use_count; i++)
        stage->mix.rows[i] = i;
}

struct stage *stage_new(
    enum stage_kind kind, const struct run_means *means, struct ev_loop *control_loop, ev_async *control_wake, struct error *err)
{
    struct stage *stage = mem_alloc(sizeof *stage);

    stage->kind = kind;
    make_plan(stage, means->plan);
    stage->means = *means;
    stage->means.plan = &stage->plan;
    stage->run = run_new(&stage->means, 1, control_loop, control_wake, err);
    if (stage->run == NULL) {
        stage_free(stage);
        return NULL;
    }
    stage->run->shared.journeys->keeps_values = kind == STAGE_SETUP;
    atomic_store_explicit(&stage->run->shared.vu_ids, UINT_FAST64_MAX, memory_order_relaxed); /* its VU is number 0 */
    run_start(stage->run, clock_now_ns() + START_NS);
    return stage;
}

void stage_free(struct stage *stage)
{
    if (stage == NULL)
        return;
    run_free(stage->run);
    free(stage->scenario.name);
    free(stage->mix.rows);
    free(stage);
}

enum stage_kind stage_kind(const struct stage *stage)
{
    return stage->kind;
}

void stage_kill(struct stage *stage, uint64_t now_ns)
{
    run_kill(stage->run, now_ns, RUN_STOPPED, "stopped");
}

bool stage_turn(struct stage *stage, uint64_t now_ns)
{
    run_collect(stage->run);
    run_tick(stage->run, now_ns);
    return run_try_finish(stage->run, now_ns);
}

static void describe_failure(const struct stage *stage, const struct snapshot *s, char *text, size_t size)
{
    const struct snap_error *error = s->error_count > 0 ? &s->errors[0] : NULL;

    if (stage->run->is_killed)
        snprintf(text, size, "%s was stopped", name_of(stage->kind));
    else if (s->iterations.interrupted > 0)
        snprintf(text, size, "%s was not done within its timeout", name_of(stage->kind));
    else if (error != NULL && error->kind == FAULT_NONE)
        snprintf(text, size, "%s failed: %.40s: status %u", name_of(stage->kind), s->rows[error->row].name, error->status);
    else if (error != NULL)
        snprintf(
            text, size, "%s failed: %.40s: %s%s%.90s", name_of(stage->kind), s->rows[error->row].name, fault_name(error->kind),
            error->example[0] != '\0' ? ": " : "", error->example);
    else if (s->checks_fails > 0)
        snprintf(text, size, "%s failed: a check with stop_on_fail did", name_of(stage->kind));
    else
        snprintf(text, size, "%s did not run to its end", name_of(stage->kind));
}

bool stage_result(struct stage *stage, char *text, size_t size)
{
    struct snapshot_slot *slot = snapshot_slot_new();
    const struct snapshot *s = run_snapshot(stage->run, slot, clock_now_ns());
    bool is_good = s->iterations.completed == 1 && s->iterations.failed == 0;

    if (is_good)
        snprintf(
            text, size, "%s: %llu request%s, %.2f s", name_of(stage->kind), (unsigned long long)s->all.requests.total,
            s->all.requests.total == 1 ? "" : "s", (double)s->at_ns / 1e9);
    else
        describe_failure(stage, s, text, size);
    snapshot_slot_free(slot);
    return is_good;
}
