/* Secrets, data sets and requests of journeys, before a run. */
#include "journeys.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mem.h"
#include "render.h"

static int open_data(struct journeys *journeys, struct error *err)
{
    const struct plan *plan = journeys->plan;

    journeys->datasets = mem_array(plan->data_count, sizeof(struct dataset *));
    for (size_t i = 0; i < plan->data_count; i++) {
        journeys->datasets[i] = dataset_open(&plan->data[i], err);
        if (journeys->datasets[i] == NULL) {
            error_prefix(err, "[data %s]: ", plan->data[i].name);
            return -1;
        }
    }
    return 0;
}

int journeys_init(struct journeys *journeys, const struct plan *plan, struct error *err)
{
    *journeys = (struct journeys){ .plan = plan };
    journeys->fixed = mem_array(plan->request_count, sizeof *journeys->fixed);
    journeys->setup_values = mem_array(plan->variable_count, sizeof *journeys->setup_values);
    if (secrets_resolve(&journeys->secrets, plan, err) != 0)
        return -1;
    return open_data(journeys, err);
}

/* Rendered with nobody's values: there are none in it, but for secrets. */
static void build_fixed(struct journeys *journeys, size_t index, struct net_request *request, const struct net_request *prototype)
{
    struct journey_shared *shared = journeys_share(journeys);
    struct random random;
    struct values values = { .random = &random, .scenario = "" };
    struct renderer renderer;
    struct composed *composed = &journeys->fixed[index];

    random_init(&random, journeys->plan->seed, 0);
    renderer_init(&renderer, shared);
    compose(composed, &renderer, &values, prototype);
    *request = composed->request;
    request->bytes = buf_take(&composed->bytes); /* its own, as every request's of the plan */
    composed->request.curl = NULL;
    renderer_release(&renderer);
    journeys_unshare(shared);
}

void journeys_build_request(struct journeys *journeys, size_t index, struct net_request *request, const struct net_variation *variation)
{
    const struct plan_request *from = &journeys->plan->requests[index];
    struct net_request prototype;

    if (from->templates == NULL) {
        net_request_build_varied(request, journeys->plan, from, variation);
        return;
    }
    compose_prototype(&prototype, journeys->plan, from, variation);
    if (!compose_is_fixed(from)) {
        *request = prototype;
        return;
    }
    build_fixed(journeys, index, request, &prototype);
    net_request_release(&prototype);
}

void journeys_release(struct journeys *journeys)
{
    const struct plan *plan = journeys->plan;

    if (plan == NULL)
        return;
    for (size_t i = 0; journeys->datasets != NULL && i < plan->data_count; i++)
        dataset_free(journeys->datasets[i]);
    for (size_t i = 0; i < plan->request_count; i++)
        composed_release(&journeys->fixed[i]);
    for (size_t i = 0; i < plan->variable_count; i++)
        buf_release(&journeys->setup_values[i]);
    secrets_release(&journeys->secrets);
    free(journeys->datasets);
    free(journeys->fixed);
    free(journeys->setup_values);
    *journeys = (struct journeys){ 0 };
}

struct journey_shared *journeys_share(struct journeys *journeys)
{
    const struct plan *plan = journeys->plan;
    struct journey_shared *shared = mem_alloc(sizeof *shared);

    shared->plan = plan;
    shared->secrets = &journeys->secrets;
    shared->datasets = journeys->datasets;
    shared->cursors = aligned_alloc(_Alignof(struct dataset_cursor), (plan->data_count + 1) * sizeof *shared->cursors);
    INVARIANT(shared->cursors != NULL);
    memset(shared->cursors, 0, (plan->data_count + 1) * sizeof *shared->cursors);
    shared->counters = mem_array(plan->counter_count, sizeof *shared->counters);
    shared->setup_values = journeys->setup_values;
    shared->started_wall_ns = clock_wall_ns();
    return shared;
}

void journeys_unshare(struct journey_shared *shared)
{
    if (shared == NULL)
        return;
    free(shared->cursors);
    free((void *)(uintptr_t)shared->counters);
    free(shared);
}
