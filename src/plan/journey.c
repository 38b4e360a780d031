/* Names of what journeys are made of, and their end. Any thread may ask; whoever built the plan frees it. Texts nest at most
 * PLAN_TEXT_DEPTH_MAX deep, so their release recurses. */
#include "journey.h"

#include <stdlib.h>
#include <string.h>

#include "json_path.h"
#include "regex.h"

const char *generator_name(enum generator_kind kind)
{
    static const char *const names[] = {
#define GENERATOR(id, name, min, max, is_number, help) [GENERATOR_##id] = name,
#include "onager/generator.def"
#undef GENERATOR
    };
    return names[kind];
}

const char *look_kind_name(enum look_kind kind)
{
    static const char *const names[] = {
        [LOOK_JSON] = "json", [LOOK_HEADER] = "header", [LOOK_REGEX] = "regex",       [LOOK_COOKIE] = "cookie", [LOOK_FORM] = "form",
        [LOOK_BODY] = "body", [LOOK_SIZE] = "size",     [LOOK_DURATION] = "duration", [LOOK_STATUS] = "status", [LOOK_TEXT] = "text",
    };
    return names[kind];
}

const char *custom_kind_name(enum custom_kind kind)
{
    static const char *const names[] = { "trend", "counter", "gauge", "rate" };

    return names[kind];
}

const char *data_mode_name(enum data_mode mode)
{
    static const char *const names[] = { "sequential", "random", "shuffle", "unique", "per-vu" };

    return names[mode];
}

const char *data_format_name(enum data_format format)
{
    static const char *const names[] = { "csv", "json", "jsonl" };

    return names[format];
}

const char *body_coding_name(enum body_coding coding)
{
    static const char *const names[] = { "", "gzip", "deflate", "br", "zstd" };

    return names[coding];
}

/* ---- release ---- */

static void free_generator(struct plan_generator *generator)
{
    if (generator == NULL)
        return;
    for (size_t i = 0; i < generator->text_count; i++)
        plan_text_release(&generator->texts[i]);
    free(generator->texts);
    free(generator->weight_ends);
    free(generator->alphabet);
    free(generator->strftime_format);
    free(generator);
}

void plan_text_release(struct plan_text *text)
{
    for (size_t i = 0; i < text->count; i++) {
        free(text->parts[i].bytes);
        free_generator(text->parts[i].generator);
    }
    free(text->parts);
    free(text->source);
    *text = (struct plan_text){ 0 };
}

void plan_text_free(struct plan_text *text)
{
    if (text != NULL)
        plan_text_release(text);
    free(text);
}

void plan_look_release(struct plan_look *look)
{
    json_path_release(&look->path);
    regex_free(look->regex);
    free(look->name);
    free(look->pattern);
    plan_text_release(&look->text);
    *look = (struct plan_look){ 0 };
}

void plan_test_release(struct plan_test *test)
{
    free(test->source);
    plan_look_release(&test->look);
    plan_text_release(&test->operand);
    free(test->pattern);
    regex_free(test->regex);
    *test = (struct plan_test){ 0 };
}

static void free_templates(struct plan_templates *templates, size_t header_count)
{
    if (templates == NULL)
        return;
    plan_text_free(templates->target);
    for (size_t i = 0; templates->headers != NULL && i < header_count; i++)
        plan_text_free(templates->headers[i]);
    free(templates->headers);
    plan_text_free(templates->body);
    plan_text_free(templates->user);
    plan_text_free(templates->bearer);
    free(templates);
}

void plan_journey_release_request(struct plan_request *request)
{
    free_templates(request->templates, request->header_count);
    for (size_t i = 0; i < request->extract_count; i++) {
        free(request->extracts[i].name);
        plan_look_release(&request->extracts[i].look);
        plan_text_release(&request->extracts[i].default_text);
    }
    free(request->extracts);
    for (size_t i = 0; i < request->check_count; i++) {
        free(request->checks[i].name);
        plan_test_release(&request->checks[i].test);
    }
    free(request->checks);
    for (size_t i = 0; i < request->measure_count; i++) {
        free(request->measures[i].source);
        plan_look_release(&request->measures[i].look);
        plan_test_release(&request->measures[i].test);
    }
    free(request->measures);
}

void plan_flow_release(struct plan_flow *flow)
{
    for (size_t i = 0; i < flow->step_count; i++)
        if (flow->steps[i].test != NULL) {
            plan_test_release(flow->steps[i].test);
            free(flow->steps[i].test);
        }
    free(flow->steps);
    free(flow->uses);
    free(flow->name);
    *flow = (struct plan_flow){ 0 };
}

void plan_journey_release_scenario(struct plan_scenario *scenario)
{
    for (size_t i = 0; i < scenario->mix_count; i++)
        free(scenario->mix[i].rows);
    free(scenario->rows);
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static void free_stage(struct plan_stage_flow *stage)
{
    if (stage->flow != NULL)
        plan_flow_release(stage->flow);
    free(stage->flow);
}

void plan_journey_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->variable_count; i++) {
        free(plan->variables[i].name);
        plan_text_free(plan->variables[i].initial);
    }
    free(plan->variables);
    for (size_t i = 0; i < plan->secret_count; i++) {
        free(plan->secrets[i].name);
        free(plan->secrets[i].argument);
    }
    free(plan->secrets);
    for (size_t i = 0; i < plan->data_count; i++) {
        free(plan->data[i].name);
        free(plan->data[i].file);
        free_texts(plan->data[i].given_columns, plan->data[i].given_column_count);
        free_texts(plan->data[i].columns, plan->data[i].column_count);
    }
    free(plan->data);
    for (size_t i = 0; i < plan->metric_count; i++)
        free(plan->metrics[i].name);
    free(plan->metrics);
    for (size_t i = 0; i < plan->flow_count; i++)
        plan_flow_release(&plan->flows[i]);
    free(plan->flows);
    free_texts(plan->groups, plan->group_count);
    free_stage(&plan->setup);
    free_stage(&plan->teardown);
    free(plan->hooks.start);
    free(plan->hooks.end);
    free(plan->hooks.failed);
}
