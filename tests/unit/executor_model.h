/* For tests of executors: a host on a virtual clock that answers when it is told to, no network, no real time. */
#ifndef ONAGER_EXECUTOR_MODEL_H
#define ONAGER_EXECUTOR_MODEL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "executor.h"
#include "mem.h"

#define MAX_VUS 64
#define MAX_STARTS 20000

struct vu {
    bool is_busy, is_retired;
    uint64_t iterations, began_ns;
    struct executor *executor;
};

/* One worker's VUs, remembered with every start. */
struct model {
    struct executor_host host;
    struct executor executor;
    struct vu vus[MAX_VUS];
    unsigned vu_count;
    uint64_t intended[MAX_STARTS], actual[MAX_STARTS];
    unsigned starts, cuts;
};

static inline struct vu *model_acquire(struct executor_host *host, struct executor *executor)
{
    struct model *model = (struct model *)host;

    for (unsigned i = 0; i < model->vu_count; i++)
        if (!model->vus[i].is_busy && !model->vus[i].is_retired)
            return &model->vus[i];
    if (executor->ops->is_open && !budget_take_vu(executor->budget, executor->scenario->max_vus))
        return NULL;
    assert_true(model->vu_count < MAX_VUS);
    return &model->vus[model->vu_count++];
}

static inline void model_begin(struct executor_host *host, struct executor *executor, struct vu *vu, uint64_t intended_ns, uint64_t plan_ns)
{
    struct model *model = (struct model *)host;

    assert_false(vu->is_busy);
    assert_false(executor->is_paused);
    assert_true(model->starts < MAX_STARTS);
    vu->is_busy = true;
    vu->began_ns = plan_ns;
    vu->iterations++;
    vu->executor = executor;
    executor->vus_busy++;
    model->intended[model->starts] = intended_ns;
    model->actual[model->starts++] = plan_ns;
}

static inline void model_cut(struct executor_host *host, struct executor *executor, uint32_t count)
{
    struct model *model = (struct model *)host;

    for (; count > 0; count--) {
        struct vu *oldest = NULL;

        for (unsigned i = 0; i < model->vu_count; i++)
            if (model->vus[i].is_busy && (oldest == NULL || model->vus[i].began_ns < oldest->began_ns))
                oldest = &model->vus[i];
        assert_non_null(oldest);
        oldest->is_busy = false;
        executor->vus_busy--;
        model->cuts++;
    }
}

static inline uint64_t model_iterations(struct executor_host *host, const struct vu *vu)
{
    (void)host;
    return vu->iterations;
}

static inline void model_retire(struct executor_host *host, struct executor *executor, struct vu *vu)
{
    (void)host;
    (void)executor;
    assert_false(vu->is_busy);
    vu->is_retired = true;
}

static inline void answer(struct vu *vu, uint64_t plan_ns)
{
    vu->is_busy = false;
    vu->executor->vus_busy--;
    missing_end(&vu->executor->missing, plan_ns, plan_ns - vu->began_ns);
    executor_vu_done(vu->executor, vu, plan_ns);
}

static inline void answer_all(struct model *model, uint64_t plan_ns)
{
    bool busy[MAX_VUS];

    for (unsigned i = 0; i < model->vu_count; i++)
        busy[i] = model->vus[i].is_busy;
    for (unsigned i = 0; i < model->vu_count; i++)
        if (busy[i])
            answer(&model->vus[i], plan_ns);
}

static inline void model_init(struct model *model, const struct plan *plan, struct budget *budget, unsigned worker, unsigned workers)
{
    memset(model, 0, sizeof *model);
    model->host = (struct executor_host){ model_acquire, model_begin, model_cut, model_iterations, model_retire };
    executor_init(&model->executor, plan, 0, &model->host, budget, worker, workers);
}

static inline struct plan plan_of(struct plan_scenario *scenario)
{
    return (struct plan){ .scenarios = scenario, .scenario_count = 1 };
}

#endif
