/* [flow NAME], [setup] and [teardown]: the text of steps, cut into statements and blocks. A step "flow NAME" is read where it stands,
 * at most FLOW_CALLS_MAX deep. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "flow_build.h"
#include "journey.h"
#include "mem.h"
#include "template_scan.h"

static void read_section(struct flow_build *f, const struct section *section);

/* Where a statement ends: at ';', '{' or '}' that is not in quotes and not in ${...}. Quotes begin behind a blank. */
static const char *statement_end(const char *p)
{
    char quote = '\0', before = ' ';

    for (; *p != '\0'; before = *p++) {
        if (quote != '\0') {
            if (quote == '"' && *p == '\\' && p[1] != '\0')
                p++;
            else if (*p == quote)
                quote = '\0';
        } else if ((*p == '"' || *p == '\'') && (isspace((unsigned char)before) || before == '[')) {
            quote = *p;
        } else if (p[0] == '$' && p[1] == '{') {
            const char *close = template_close(p + 2, p + strlen(p));

            if (close == NULL)
                return p + strlen(p);
            p = close;
        } else if (*p == ';' || *p == '{' || *p == '}') {
            return p;
        }
    }
    return p;
}

static char *trimmed(const char *begin, const char *end)
{
    while (begin < end && isspace((unsigned char)*begin))
        begin++;
    while (begin < end && isspace((unsigned char)end[-1]))
        end--;
    return mem_copy_n(begin, (size_t)(end - begin));
}

/* What follows a word of the statement, without quotes around it; NULL: it does not begin with that word. */
static const char *after(const char *statement, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(statement, word, length) != 0 || (statement[length] != '\0' && !isspace((unsigned char)statement[length])))
        return NULL;
    statement += length;
    while (isspace((unsigned char)*statement))
        statement++;
    return statement;
}

static char *unquoted(const char *name)
{
    size_t length = strlen(name);
    struct buf out;

    if (length < 2 || (name[0] != '"' && name[0] != '\'') || name[length - 1] != name[0])
        return mem_copy(name);
    buf_init(&out);
    for (const char *p = name + 1; p < name + length - 1; p++) {
        if (name[0] == '"' && p[0] == '\\' && (p[1] == '"' || p[1] == '\\') && p + 2 < name + length)
            p++;
        buf_add_char(&out, *p);
    }
    return buf_take(&out);
}

static void call(struct flow_build *f, const char *at, const char *name)
{
    const struct section *section = document_find(&f->build->document, SECTION_FLOW, name);
    const struct setting *setting = f->setting;
    const char *text = f->text;
    struct nearest nearest;

    nearest_begin(&nearest, name);
    for (size_t i = 0; i < f->build->document.count; i++)
        if (f->build->document.sections[i].kind == SECTION_FLOW)
            nearest_try(&nearest, f->build->document.sections[i].name);
    if (section == NULL) {
        flow_mistake(
            f, at, "there is no [flow %.60s]%s%s%s", name, nearest.best != NULL ? ": did you mean \"" : "",
            nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
        return;
    }
    for (size_t i = 0; i < f->call_count; i++)
        if (f->calls[i] == section) {
            flow_mistake(f, at, "[flow %.60s] would contain itself", name);
            return;
        }
    if (f->call_count == FLOW_CALLS_MAX) {
        flow_mistake(f, at, "flows contain one another deeper than %d", FLOW_CALLS_MAX);
        return;
    }
    read_section(f, section);
    f->setting = setting;
    f->text = text;
}

/* A statement that is no block. */
static void read_statement(struct flow_build *f, const char *at, const char *statement)
{
    static const char *const words[] = { "request", "flow", "think", "group", "repeat", "while", "if", "parallel" };
    const char *rest;
    bool is_parallel = f->block_count > 0 && f->blocks[f->block_count - 1].kind == BLOCK_PARALLEL;

    if ((rest = after(statement, "request")) != NULL) {
        char *name = unquoted(rest);

        flow_request(f, at + (rest - statement), name);
        free(name);
    } else if (is_parallel) {
        flow_mistake(f, at, "parallel holds requests alone, got \"%.40s\"", statement);
    } else if ((rest = after(statement, "flow")) != NULL) {
        char *name = unquoted(rest);

        call(f, at + (rest - statement), name);
        free(name);
    } else if ((rest = after(statement, "think")) != NULL) {
        flow_think(f, at + (rest - statement), rest);
    } else {
        char *word = mem_copy_n(statement, strcspn(statement, " \t\n"));
        const char *nearest = nearest_word(word, words, 8);

        if (nearest != NULL && strcmp(nearest, word) == 0)
            flow_mistake(f, at, "%s wants its steps in braces: %s ... { request NAME; ... }", word, word);
        else if (nearest != NULL)
            flow_mistake(f, at, "unknown step \"%.40s\": did you mean \"%s\"?", word, nearest);
        else
            flow_mistake(f, at, "unknown step \"%.40s\": request, flow, think, group, repeat, while, if or parallel", word);
        free(word);
    }
}

/* "else {" behind a '}'; returns behind the '{', or p. */
static const char *take_else(struct flow_build *f, const char *p)
{
    const char *word = p, *brace;

    while (isspace((unsigned char)*word))
        word++;
    if (strncmp(word, "else", 4) != 0)
        return p;
    brace = word + 4;
    while (isspace((unsigned char)*brace))
        brace++;
    if (*brace != '{')
        return p;
    flow_else(f, word);
    return brace + 1;
}

static void read_step(struct flow_build *f, const struct setting *setting)
{
    size_t blocks = f->block_count;
    const char *p = setting->value;

    f->setting = setting;
    f->text = p;
    while (*p != '\0' && f->flow->step_count < FLOW_STEPS_MAX) {
        const char *end;
        char *statement;

        if (isspace((unsigned char)*p) || *p == ';') {
            p++;
            continue;
        }
        if (*p == '}' && f->block_count == blocks) {
            flow_mistake(f, p, "\"}\" without its \"{\"");
            return;
        }
        if (*p == '}') {
            p = flow_close(f, p) ? take_else(f, p + 1) : p + 1;
            continue;
        }
        end = statement_end(p);
        statement = trimmed(p, end);
        if (*end == '{')
            flow_open(f, p, statement);
        else
            read_statement(f, p, statement);
        free(statement);
        p = *end == '{' ? end + 1 : end;
    }
    if (f->flow->step_count >= FLOW_STEPS_MAX)
        flow_mistake(f, p, "more than %d steps", FLOW_STEPS_MAX);
    if (f->block_count > blocks) {
        flow_mistake(f, setting->value, "a \"{\" without its \"}\"; a block ends in the step in which it begins");
        while (f->block_count > blocks)
            flow_close(f, setting->value);
    }
}

static bool is_step(enum plan_key_id key)
{
    return key == KEY_FLOW_STEP || key == KEY_SETUP_STEP || key == KEY_TEARDOWN_STEP;
}

static void read_section(struct flow_build *f, const struct section *section)
{
    f->calls[f->call_count++] = section;
    for (size_t i = 0; i < section->count && f->flow->step_count < FLOW_STEPS_MAX; i++)
        if (is_step(section->settings[i].key))
            read_step(f, &section->settings[i]);
    f->call_count--;
}

static void read_flow(struct build *build, const struct section *section, struct plan_flow *flow)
{
    struct flow_build *f = mem_alloc(sizeof *f);
    char shown[SECTION_SHOWN_SIZE];

    f->build = build;
    f->flow = flow;
    flow->name = mem_copy(section->name);
    flow->parallel_max = 1;
    read_section(f, section);
    flow_add(f, STEP_END);
    if (flow->use_count == 0 && !f->is_bad)
        mistake_at(
            &build->mistakes, &section->place, 0, "%s sends no request, such as step = request login",
            section_shown(shown, section->kind, section->name));
    free(f);
}

/* ---- the plan ---- */

static void read_stage(struct build *build, enum section_kind kind, enum plan_key_id timeout, struct plan_stage_flow *stage)
{
    const struct section *section = document_find(&build->document, kind, NULL);

    if (section == NULL)
        return;
    stage->flow = mem_alloc(sizeof *stage->flow);
    read_flow(build, section, stage->flow);
    value_duration(build, section, timeout, &stage->timeout_ns);
}

/* What setup takes out of answers, everybody begins with. */
static void mark_setup(struct plan *plan)
{
    const struct plan_flow *flow = plan->setup.flow;

    for (size_t i = 0; flow != NULL && i < flow->use_count; i++) {
        const struct plan_request *request = &plan->requests[flow->uses[i].request];

        for (size_t j = 0; j < request->extract_count && plan->variable_count > 0; j++)
            plan->variables[request->extracts[j].variable].is_of_setup = true;
    }
}

void build_flows(struct build *build)
{
    struct plan *plan = build->plan;
    size_t count = document_count(&build->document, SECTION_FLOW);

    plan->groups = mem_alloc(sizeof *plan->groups);
    plan->groups[plan->group_count++] = mem_copy("");
    plan->flows = mem_array(count, sizeof *plan->flows);
    for (size_t i = 0; i < build->document.count; i++)
        if (build->document.sections[i].kind == SECTION_FLOW)
            read_flow(build, &build->document.sections[i], &plan->flows[plan->flow_count++]);
    read_stage(build, SECTION_SETUP, KEY_SETUP_TIMEOUT, &plan->setup);
    read_stage(build, SECTION_TEARDOWN, KEY_TEARDOWN_TIMEOUT, &plan->teardown);
    mark_setup(plan);
}

void build_hooks(struct build *build)
{
    const struct section *section = document_find(&build->document, SECTION_HOOKS, NULL);
    struct plan_hooks *hooks = &build->plan->hooks;

    hooks->start = value_text(build, section, KEY_HOOK_START);
    hooks->end = value_text(build, section, KEY_HOOK_END);
    hooks->failed = value_text(build, section, KEY_HOOK_FAILED);
}
