/* What an entry of a mix needs as a flow: worked out once, before the start. Pure. */
#include "flow.h"

#include <stdlib.h>

#include "mem.h"
#include "series.h"

bool journey_is_needed(const struct plan *plan, const struct plan_mix *mix)
{
    const struct plan_request *request = &plan->requests[mix->request];

    return plan->http_debug != HTTP_DEBUG_OFF || mix->flow != NULL || !compose_is_fixed(request) || request->extract_count > 0 ||
           request->check_count > 0 || request->measure_count > 0;
}

/* ---- data sets that texts use ---- */

static void mark_text(const struct plan_text *text, bool *used)
{
    for (size_t i = 0; text != NULL && i < text->count; i++) {
        const struct text_part *part = &text->parts[i];

        if (part->kind == TEXT_COLUMN)
            used[part->index] = true;
        for (size_t t = 0; part->generator != NULL && t < part->generator->text_count; t++)
            mark_text(&part->generator->texts[t], used);
    }
}

static void mark_test(const struct plan_test *test, bool *used)
{
    if (test == NULL)
        return;
    mark_text(&test->look.text, used);
    mark_text(&test->operand, used);
}

static void mark_request(const struct plan_request *request, bool *used)
{
    const struct plan_templates *templates = request->templates;

    if (templates != NULL) {
        mark_text(templates->target, used);
        mark_text(templates->body, used);
        mark_text(templates->user, used);
        mark_text(templates->bearer, used);
        for (size_t i = 0; templates->headers != NULL && i < request->header_count; i++)
            mark_text(templates->headers[i], used);
    }
    for (size_t i = 0; i < request->extract_count; i++) {
        mark_text(&request->extracts[i].look.text, used);
        mark_text(&request->extracts[i].default_text, used);
    }
    for (size_t i = 0; i < request->check_count; i++)
        mark_test(&request->checks[i].test, used);
    for (size_t i = 0; i < request->measure_count; i++) {
        mark_text(&request->measures[i].look.text, used);
        mark_test(&request->measures[i].test, used);
    }
}

static void find_unique(struct journey_entry *entry, const struct plan *plan)
{
    bool *used = mem_array(plan->data_count, sizeof *used);

    for (size_t i = 0; i < plan->variable_count; i++)
        mark_text(plan->variables[i].initial, used);
    for (size_t i = 0; i < entry->flow->use_count; i++)
        mark_request(entry->uses[i].plan, used);
    for (size_t i = 0; i < entry->flow->step_count; i++)
        mark_test(entry->flow->steps[i].test, used);
    entry->unique = mem_array(plan->data_count, sizeof *entry->unique);
    for (uint32_t d = 0; d < plan->data_count; d++)
        if (used[d] && plan->data[d].mode == DATA_UNIQUE)
            entry->unique[entry->unique_count++] = d;
    free(used);
}

/* ---- what is kept of answers ---- */

static void need_look(struct journey_use *use, const struct plan_look *look)
{
    use->needs_body |= look_needs_body(look);
    use->needs_fields |= look_needs_fields(look);
    use->needs_size |= look->kind == LOOK_SIZE;
}

static void find_needs(struct journey_use *use)
{
    const struct plan_request *plan = use->plan;

    use->varies = !compose_is_fixed(plan);
    use->looks = plan->extract_count + plan->check_count + plan->measure_count > 0;
    for (size_t i = 0; i < plan->extract_count; i++)
        need_look(use, &plan->extracts[i].look);
    for (size_t i = 0; i < plan->check_count; i++)
        need_look(use, &plan->checks[i].test.look);
    for (size_t i = 0; i < plan->measure_count; i++) {
        need_look(use, &plan->measures[i].look);
        need_look(use, &plan->measures[i].test.look);
    }
}

/* Conditions of a flow look at the answer before them, whichever request that was of. */
static void find_conditions(struct journey_entry *entry)
{
    for (size_t i = 0; i < entry->flow->step_count; i++) {
        const struct plan_test *test = entry->flow->steps[i].test;

        if (test == NULL || test->look.kind == LOOK_TEXT)
            continue;
        entry->keeps_answer = true;
        for (size_t u = 0; u < entry->flow->use_count; u++)
            need_look(&entry->uses[u], &test->look);
    }
}

static void make_flow(struct plan_flow *flow, uint32_t request)
{
    flow->steps = mem_array(2, sizeof *flow->steps);
    flow->steps[0] = (struct plan_step){ .kind = STEP_REQUEST };
    flow->steps[1] = (struct plan_step){ .kind = STEP_END };
    flow->step_count = 2;
    flow->uses = mem_alloc(sizeof *flow->uses);
    flow->uses[0] = (struct plan_use){ request, 0 };
    flow->use_count = 1;
    flow->parallel_max = 1;
}

void journey_entry_init(
    struct journey_entry *entry, const struct plan *plan, size_t scenario, size_t index, const struct net_request *requests)
{
    const struct plan_scenario *from = &plan->scenarios[scenario];

    *entry = (struct journey_entry){ .flow = from->mix[index].flow };
    if (entry->flow == NULL) {
        make_flow(&entry->own_flow, (uint32_t)from->mix[index].request);
        entry->flow = &entry->own_flow;
    }
    entry->uses = mem_array(entry->flow->use_count, sizeof *entry->uses);
    for (uint32_t u = 0; u < entry->flow->use_count; u++) {
        uint32_t request = entry->flow->uses[u].request;

        entry->uses[u] = (struct journey_use){ .request = &requests[request], .plan = &plan->requests[request] };
        entry->uses[u].row = series_first_row(plan, scenario) + (uint32_t)plan_mix_row(from, index, u);
        entry->uses[u].group = entry->flow->uses[u].group;
        find_needs(&entry->uses[u]);
        if (plan->http_debug != HTTP_DEBUG_OFF)
            entry->uses[u].needs_fields = entry->uses[u].needs_body = true;
    }
    find_conditions(entry);
    find_unique(entry, plan);
}

void journey_entry_release(struct journey_entry *entry)
{
    free(entry->own_flow.steps);
    free(entry->own_flow.uses);
    free(entry->uses);
    free(entry->unique);
}
