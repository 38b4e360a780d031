/* Variables, data, what is sent and what is asked of answers, as the text of a plan. */
#include "print_journey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_build.h"
#include "look.h"
#include "mem.h"
#include "template.h"

/* A printed body over this is no value of a plan any more. */
#define VALUE_MAX 900000

/* ---- values ---- */

static void put_value(struct buf *out, const char *key, const char *name, const struct buf *value)
{
    buf_addf(out, "%s%s = ", key, name != NULL ? name : "");
    for (size_t i = 0; i < value->length; i++) {
        buf_add_char(out, value->data[i]);
        if (value->data[i] == '\n')
            buf_add_text(out, "    ");
    }
    buf_add_char(out, '\n');
}

void print_bytes(struct buf *out, const char *key, const char *name, const char *bytes, size_t length)
{
    struct buf value;

    buf_init(&value);
    template_print_bytes(&value, bytes, length);
    put_value(out, key, name, &value);
    buf_release(&value);
}

void print_plan_text(struct buf *out, const struct plan *plan, const char *key, const char *name, const struct plan_text *text)
{
    struct buf value;

    buf_init(&value);
    template_print(&value, plan, text);
    put_value(out, key, name, &value);
    buf_release(&value);
}

/* ---- names ---- */

char *print_path(const char *path, enum print_mode mode)
{
    const char *slash = strrchr(path, '/');
    char *whole;

    if (mode == PRINT_CANONICAL)
        return mem_copy(slash != NULL && slash[1] != '\0' ? slash + 1 : path);
    whole = realpath(path, NULL);
    return whole != NULL ? whole : mem_copy(path);
}

static void print_data(struct buf *out, const struct plan_data *data, enum print_mode mode)
{
    char *path = print_path(data->file, mode);

    buf_addf(out, "\n[data %s]\n", data->name);
    print_bytes(out, "file", NULL, path, strlen(path));
    free(path);
    buf_addf(out, "format = %s\nmode = %s\n", data_format_name(data->format), data_mode_name(data->mode));
    if (data->format != DATA_CSV)
        return;
    if (data->delimiter == '\t')
        buf_add_text(out, "delimiter = tab\n");
    else
        print_bytes(out, "delimiter", NULL, &data->delimiter, 1);
    if (data->has_header)
        return;
    buf_add_text(out, "columns = ");
    for (size_t i = 0; i < data->given_column_count; i++)
        buf_addf(out, "%s%s", i > 0 ? ", " : "", data->given_columns[i]);
    buf_add_char(out, '\n');
}

void print_names(struct buf *out, const struct plan *plan, enum print_mode mode)
{
    static const char *const sources[] = { "env", "file", "command" };
    bool has_variables = false;

    for (size_t i = 0; i < plan->variable_count; i++) {
        const struct plan_variable *variable = &plan->variables[i];

        if (variable->initial == NULL)
            continue;
        buf_add_text(out, has_variables ? "" : "\n[variables]\n");
        has_variables = true;
        print_plan_text(out, plan, variable->name, NULL, variable->initial);
    }
    buf_add_text(out, plan->secret_count > 0 ? "\n[secrets]\n" : "");
    for (size_t i = 0; i < plan->secret_count; i++) {
        const struct plan_secret *secret = &plan->secrets[i];
        char *argument = secret->source == SECRET_FILE ? print_path(secret->argument, mode) : mem_copy(secret->argument);

        buf_addf(out, "%s = %s %s\n", secret->name, sources[secret->source], argument);
        free(argument);
    }
    for (size_t i = 0; i < plan->data_count; i++)
        print_data(out, &plan->data[i], mode);
}

/* ---- what is sent ---- */

static bool begins_with_value(const struct plan_request *request)
{
    return request->templates != NULL && request->templates->target != NULL && request->templates->target->parts[0].kind != TEXT_LITERAL;
}

/* How many bytes of the url are scheme and authority. */
static int origin_length(const char *url)
{
    const char *authority = strstr(url, "://") + 3;

    return (int)(authority - url + (ptrdiff_t)strcspn(authority, "/"));
}

char *print_base_url(const struct plan *plan)
{
    for (size_t i = 0; i < plan->request_count; i++)
        if (begins_with_value(&plan->requests[i]))
            return mem_format("%.*s", (int)strlen(plan->requests[i].url) - (int)strlen(plan->requests[i].target), plan->requests[i].url);
    return NULL;
}

static void print_url(struct buf *out, const struct plan *plan, const struct plan_request *request)
{
    const struct plan_text *target = request->templates != NULL ? request->templates->target : NULL;
    struct plan_text whole = { 0 };
    struct buf value;

    if (target == NULL) {
        print_bytes(out, "url", NULL, request->url, strlen(request->url));
        return;
    }
    buf_init(&value);
    if (!begins_with_value(request)) {
        template_add_bytes(&whole, request->url, (size_t)origin_length(request->url));
        template_print(&value, plan, &whole);
        plan_text_release(&whole);
    }
    template_print(&value, plan, target);
    put_value(out, "url", NULL, &value);
    buf_release(&value);
}

static bool has_json_escape(const struct plan_text *text)
{
    for (size_t i = 0; i < text->count; i++)
        if (text->parts[i].escape == ESCAPE_JSON)
            return true;
    return false;
}

static void print_body(struct buf *out, const struct plan *plan, const struct plan_request *request)
{
    const struct plan_text *text = request->templates != NULL ? request->templates->body : NULL;
    size_t start = out->length;

    if (request->body == NULL)
        return;
    if (text != NULL)
        print_plan_text(out, plan, has_json_escape(text) ? "json" : "body", NULL, text);
    else if (request->body_length == 0)
        buf_add_text(out, "body = ${hex:}\n");
    else
        print_bytes(out, "body", NULL, request->body, request->body_length);
    if (out->length - start > VALUE_MAX) {
        out->length = start;
        buf_addf(out, "; body of %zu bytes, sha256 ", request->body_length);
        print_sum(out, request->body, request->body_length);
        buf_add_char(out, '\n');
    }
    if (request->compress != CODING_NONE)
        buf_addf(out, "compress = %s\n", body_coding_name(request->compress));
}

/* That there are some, and whose; the secret itself only where a literal is wanted verbatim. */
static void print_credentials(struct buf *out, const struct plan *plan, const struct plan_request *request, enum print_mode mode)
{
    const struct plan_templates *t = request->templates;
    bool is_verbatim = mode == PRINT_VERBATIM;

    if (t != NULL && t->user != NULL)
        print_plan_text(out, plan, "user", NULL, t->user);
    else if (request->user != NULL && is_verbatim)
        print_bytes(out, "user", NULL, request->user, strlen(request->user));
    else if (request->user != NULL) {
        char *shown = mem_format("%.*s:***", (int)strcspn(request->user, ":"), request->user);

        print_bytes(out, "user", NULL, shown, strlen(shown));
        free(shown);
    }
    if (t != NULL && t->bearer != NULL)
        print_plan_text(out, plan, "bearer", NULL, t->bearer);
    else if (request->bearer != NULL)
        print_bytes(out, "bearer", NULL, is_verbatim ? request->bearer : "***", is_verbatim ? strlen(request->bearer) : 3);
}

void print_sent(struct buf *out, const struct plan *plan, const struct plan_request *request, enum print_mode mode)
{
    print_url(out, plan, request);
    print_credentials(out, plan, request, mode);
    for (size_t i = 0; i < request->header_count; i++) {
        const struct plan_header *header = &request->headers[i];
        const struct plan_text *text =
            request->templates != NULL && request->templates->headers != NULL ? request->templates->headers[i] : NULL;

        if (text != NULL)
            print_plan_text(out, plan, "header.", header->name, text);
        else
            print_bytes(out, "header.", header->name, header->value, strlen(header->value));
    }
    print_body(out, plan, request);
}

/* ---- what is asked of the answer ---- */

static void put_line(struct buf *out, const char *key, const char *name, struct buf *value)
{
    put_value(out, key, name, value);
    buf_clear(value);
}

static void print_stops(struct buf *out, const struct plan_request *request)
{
    size_t stops = 0;

    for (size_t i = 0; i < request->check_count; i++)
        stops += request->checks[i].stop_on_fail;
    if (stops == 0)
        return;
    buf_add_text(out, "stop_on_fail = ");
    if (stops == request->check_count)
        buf_add_text(out, "yes");
    for (size_t i = 0; i < request->check_count && stops < request->check_count; i++)
        if (request->checks[i].stop_on_fail)
            buf_addf(out, "%s, ", request->checks[i].name);
    while (out->data[out->length - 1] == ' ')
        out->data[--out->length] = '\0';
    buf_add_char(out, '\n');
}

void print_answers(struct buf *out, const struct plan *plan, const struct plan_request *request)
{
    struct buf value;

    buf_init(&value);
    for (size_t i = 0; i < request->extract_count; i++) {
        const struct plan_extract *extract = &request->extracts[i];

        look_print(&value, plan, &extract->look);
        buf_add_text(&value, extract->has_default ? " default " : "");
        if (extract->has_default)
            look_print_text(&value, plan, &extract->default_text);
        put_line(out, "extract.", extract->name, &value);
    }
    for (size_t i = 0; i < request->check_count; i++) {
        test_print(&value, plan, &request->checks[i].test);
        put_line(out, "check.", request->checks[i].name, &value);
    }
    for (size_t i = 0; i < request->measure_count; i++) {
        const struct plan_measure *measure = &request->measures[i];
        const struct plan_metric *metric = &plan->metrics[measure->metric];

        buf_addf(&value, "%s ", custom_kind_name(metric->kind));
        if (metric->kind == CUSTOM_RATE)
            test_print(&value, plan, &measure->test);
        else
            look_print(&value, plan, &measure->look);
        put_line(out, "metric.", metric->name, &value);
    }
    buf_release(&value);
    print_stops(out, request);
}

/* ---- flows ---- */

static void print_stage(struct buf *out, const struct plan *plan, const char *name, const struct plan_stage_flow *stage)
{
    char text[40];

    if (stage->flow == NULL)
        return;
    buf_addf(out, "\n[%s]\ntimeout = %s\n", name, units_format_duration(text, sizeof text, stage->timeout_ns));
    flow_print(out, plan, stage->flow);
}

void print_flows(struct buf *out, const struct plan *plan)
{
    for (size_t i = 0; i < plan->flow_count; i++) {
        buf_addf(out, "\n[flow %s]\n", plan->flows[i].name);
        flow_print(out, plan, &plan->flows[i]);
    }
    print_stage(out, plan, "setup", &plan->setup);
    print_stage(out, plan, "teardown", &plan->teardown);
}

static void put_hook(struct buf *out, const char *key, const char *command)
{
    struct buf value;

    if (command == NULL)
        return;
    buf_init(&value);
    buf_add_text(&value, command);
    put_value(out, key, NULL, &value);
    buf_release(&value);
}

void print_hooks(struct buf *out, const struct plan *plan)
{
    const struct plan_hooks *hooks = &plan->hooks;

    if (hooks->start == NULL && hooks->end == NULL && hooks->failed == NULL)
        return;
    buf_add_text(out, "\n[hooks]\n");
    put_hook(out, "start", hooks->start);
    put_hook(out, "end", hooks->end);
    put_hook(out, "failed", hooks->failed);
}
