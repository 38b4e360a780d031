/* Steps of a flow as a program: one function per kind of step, jumps are set when a block closes. */
#include "flow_build.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"
#include "mem.h"

#define WHILE_MAX 1000
#define COUNT_MAX 1000000

void flow_mistake(struct flow_build *f, const char *at, const char *format, ...)
{
    char text[260];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    f->is_bad = true;
    text_mistake(f->build, f->setting, (size_t)(at - f->text), "step: %s", text);
}

struct plan_step *flow_add(struct flow_build *f, enum step_kind kind)
{
    struct plan_flow *flow = f->flow;

    flow->steps = mem_resize(flow->steps, flow->step_count + 1, sizeof *flow->steps);
    flow->steps[flow->step_count] = (struct plan_step){ .kind = kind };
    return &flow->steps[flow->step_count++];
}

/* ---- requests ---- */

static uint32_t find_request(struct flow_build *f, const char *at, const char *name)
{
    const struct plan *plan = f->build->plan;
    struct nearest nearest;

    nearest_begin(&nearest, name);
    for (size_t i = 0; i < plan->request_count; i++) {
        if (strcmp(plan->requests[i].name, name) == 0)
            return (uint32_t)i;
        nearest_try(&nearest, plan->requests[i].name);
    }
    flow_mistake(
        f, at, "there is no [request %.60s]%s%s%s", name, nearest.best != NULL ? ": did you mean \"" : "",
        nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
    return PLAN_NONE;
}

static uint32_t use_of(struct plan_flow *flow, uint32_t request, uint32_t group)
{
    for (size_t i = 0; i < flow->use_count; i++)
        if (flow->uses[i].request == request && flow->uses[i].group == group)
            return (uint32_t)i;
    flow->uses = mem_resize(flow->uses, flow->use_count + 1, sizeof *flow->uses);
    flow->uses[flow->use_count] = (struct plan_use){ request, group };
    return (uint32_t)flow->use_count++;
}

static bool is_parallel(const struct flow_build *f)
{
    return f->block_count > 0 && f->blocks[f->block_count - 1].kind == BLOCK_PARALLEL;
}

void flow_request(struct flow_build *f, const char *at, const char *name)
{
    uint32_t request = find_request(f, at, name);

    if (request == PLAN_NONE)
        return;
    flow_add(f, STEP_REQUEST)->use = use_of(f->flow, request, f->group);
    if (is_parallel(f))
        f->flow->steps[f->blocks[f->block_count - 1].step].count++;
}

/* ---- thinking ---- */

static bool parse_duration(const char *text, size_t length, uint64_t *ns)
{
    char word[48];

    while (length > 0 && isspace((unsigned char)*text)) {
        text++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length == 0 || length >= sizeof word)
        return false;
    memcpy(word, text, length);
    word[length] = '\0';
    return units_parse_duration(word, BARE_SECONDS, ns);
}

/* What stands between the parentheses of "exp(...)". */
static bool in_parentheses(const char *text, const char *word, const char **inside, size_t *length)
{
    size_t start = strlen(word), end = strlen(text);

    if (strncmp(text, word, start) != 0 || text[start] != '(' || text[end - 1] != ')')
        return false;
    *inside = text + start + 1;
    *length = end - start - 2;
    return true;
}

static bool parse_think(const char *text, struct plan_think *think)
{
    const char *inside, *dots = strstr(text, "..");
    size_t length;

    if (in_parentheses(text, "exp", &inside, &length)) {
        think->kind = THINK_EXPONENTIAL;
        if (!parse_duration(inside, length, &think->a_ns) || think->a_ns > UINT64_MAX / 20)
            return false;
        think->b_ns = think->a_ns * 20;
        return true;
    }
    if (in_parentheses(text, "normal", &inside, &length)) {
        const char *comma = memchr(inside, ',', length);

        think->kind = THINK_NORMAL;
        return comma != NULL && parse_duration(inside, (size_t)(comma - inside), &think->a_ns) &&
               parse_duration(comma + 1, length - (size_t)(comma - inside) - 1, &think->b_ns);
    }
    think->kind = dots != NULL ? THINK_UNIFORM : THINK_CONSTANT;
    if (dots == NULL)
        return parse_duration(text, strlen(text), &think->a_ns);
    return parse_duration(text, (size_t)(dots - text), &think->a_ns) && parse_duration(dots + 2, strlen(dots + 2), &think->b_ns) &&
           think->a_ns <= think->b_ns;
}

void flow_think(struct flow_build *f, const char *at, const char *text)
{
    struct plan_think think = { 0 };

    if (!parse_think(text, &think))
        flow_mistake(f, at, "think: expected 1s, 500ms..2s, exp(1s) or normal(1s, 200ms), got \"%.40s\"", text);
    else
        flow_add(f, STEP_THINK)->think = think;
}

/* ---- blocks ---- */

static uint32_t group_of(struct plan *plan, uint32_t parent, const char *name)
{
    char *path = mem_format("%s::%s", plan->groups[parent], name);

    for (size_t i = 0; i < plan->group_count; i++)
        if (strcmp(plan->groups[i], path) == 0) {
            free(path);
            return (uint32_t)i;
        }
    plan->groups = mem_resize(plan->groups, plan->group_count + 1, sizeof *plan->groups);
    plan->groups[plan->group_count] = path;
    return (uint32_t)plan->group_count++;
}

static void begin_group(struct flow_build *f, const char *at, const char *name)
{
    struct plan_step *step;
    char *plain = mem_copy(name);
    size_t length = strlen(plain);

    if (length > 1 && (plain[0] == '"' || plain[0] == '\'') && plain[length - 1] == plain[0]) {
        memmove(plain, plain + 1, length - 2);
        plain[length - 2] = '\0';
    }
    if (*plain == '\0' || strstr(plain, "::") != NULL || strpbrk(plain, "\n,{}\"\\") != NULL || strlen(plain) > 60)
        flow_mistake(f, at, "group: expected a name of at most 60 characters without \" \\ , { } and ::");
    f->group = group_of(f->build->plan, f->group, plain);
    free(plain);
    step = flow_add(f, STEP_GROUP);
    step->group = f->group;
    step->depth = f->group_depth++;
    if (f->group_depth > f->flow->depth_max)
        f->flow->depth_max = f->group_depth;
}

static uint32_t next_loop(struct flow_build *f)
{
    uint32_t slot = f->loop_depth++;

    if (f->loop_depth > f->flow->counter_count)
        f->flow->counter_count = f->loop_depth;
    return slot;
}

static void begin_repeat(struct flow_build *f, const char *at, const char *count)
{
    struct plan_step *step = flow_add(f, STEP_REPEAT);
    uint64_t number = 1;

    if (!units_parse_count(count, &number) || number == 0 || number > COUNT_MAX)
        flow_mistake(f, at, "repeat: expected a number from 1 to 1,000,000, got \"%.40s\"", count);
    step->count = (uint32_t)number;
    step->slot = next_loop(f);
}

/* Returns owned; a mistake was said when it is empty. */
static struct plan_test *read_test(struct flow_build *f, const char *at, const char *text)
{
    struct plan_test *test = mem_alloc(sizeof *test);
    struct template_problem problem = { 0 };
    struct look_reader reader = { &f->build->names, text, text, &problem };

    if (!test_read(&reader, test, NULL))
        flow_mistake(f, at + problem.offset, "%s", problem.text);
    return test;
}

static void begin_while(struct flow_build *f, const char *at, char *text)
{
    struct plan_step *step = flow_add(f, STEP_WHILE_BEGIN);
    uint64_t most = WHILE_MAX;
    uint32_t slot = next_loop(f);
    char *max = NULL;

    for (char *p = text; (p = strstr(p, " max ")) != NULL; p++)
        max = p;
    if (max != NULL && max[5] != '\0' && strspn(max + 5, "0123456789_ ") == strlen(max + 5)) {
        *max = '\0';
        if (!units_parse_count(max + 5, &most) || most == 0 || most > COUNT_MAX)
            flow_mistake(f, at + (max - text) + 5, "while: expected a number from 1 to 1,000,000 after max");
    }
    step->count = (uint32_t)most;
    step->slot = slot;
    step = flow_add(f, STEP_WHILE);
    step->slot = slot;
    step->test = read_test(f, at, text);
}

/* The kind of a block by its first word, and where the rest begins. -1: no such. */
static int block_of(const char *head, const char **rest)
{
    static const char *const words[] = { "group", "repeat", "while", "if", "else", "parallel" };

    for (int i = 0; i < 6; i++) {
        size_t length = strlen(words[i]);

        if (strncmp(head, words[i], length) != 0 || (head[length] != '\0' && !isspace((unsigned char)head[length])))
            continue;
        *rest = head + length;
        while (isspace((unsigned char)**rest))
            (*rest)++;
        return i;
    }
    return -1;
}

static void begin_block(struct flow_build *f, enum block_kind kind, const char *at, const char *rest)
{
    char *text = mem_copy(rest);

    switch (kind) {
    case BLOCK_GROUP:
        begin_group(f, at, rest);
        break;
    case BLOCK_REPEAT:
        begin_repeat(f, at, rest);
        break;
    case BLOCK_WHILE:
        begin_while(f, at, text);
        break;
    case BLOCK_IF: {
        struct plan_test *test = read_test(f, at, rest);

        flow_add(f, STEP_IF)->test = test;
        break;
    }
    case BLOCK_PARALLEL:
        if (*rest != '\0')
            flow_mistake(f, at, "parallel takes nothing before \"{\", got \"%.40s\"", rest);
        flow_add(f, STEP_PARALLEL);
        break;
    case BLOCK_ELSE:
        flow_add(f, STEP_JUMP);
        break;
    }
    free(text);
}

static void push(struct flow_build *f, enum block_kind kind, uint32_t step, uint32_t group)
{
    f->blocks[f->block_count++] = (struct flow_block){ .kind = kind, .step = step, .group = group };
}

void flow_open(struct flow_build *f, const char *at, const char *head)
{
    static const char *const words[] = { "group", "repeat", "while", "if", "parallel" };
    uint32_t step = (uint32_t)f->flow->step_count, group = f->group;
    const char *rest = head;
    int kind = block_of(head, &rest);

    if (kind == BLOCK_ELSE) {
        flow_mistake(f, at, "else stands behind the \"}\" of an if, followed by \"{\"");
        kind = BLOCK_GROUP;
        rest = "else";
    } else if (kind < 0) {
        char *word = mem_copy_n(head, strcspn(head, " \t\n"));
        const char *nearest = nearest_word(word, words, 5);

        if (nearest != NULL)
            flow_mistake(f, at, "unknown block \"%.40s\": did you mean \"%s\"?", word, nearest);
        else
            flow_mistake(f, at, "before \"{\" stands group, repeat, while, if or parallel, got \"%.40s\"", word);
        free(word);
        kind = BLOCK_GROUP;
        rest = "unknown";
    } else if (is_parallel(f)) {
        flow_mistake(f, at, "parallel holds requests alone");
    }
    if (f->block_count == FLOW_BLOCKS_MAX) {
        flow_mistake(f, at, "blocks nest deeper than %d", FLOW_BLOCKS_MAX);
        return;
    }
    begin_block(f, (enum block_kind)kind, at + (rest - head), rest);
    push(f, (enum block_kind)kind, step, group);
}

static void close_parallel(struct flow_build *f, const char *at, struct plan_step *begin)
{
    if (begin->count == 0)
        flow_mistake(f, at, "parallel holds at least one request");
    if (begin->count > FLOW_PARALLEL_MAX)
        flow_mistake(f, at, "parallel holds at most %d requests", FLOW_PARALLEL_MAX);
    if (begin->count > f->flow->parallel_max)
        f->flow->parallel_max = begin->count;
    begin->jump = (uint32_t)f->flow->step_count;
}

bool flow_close(struct flow_build *f, const char *at)
{
    struct flow_block block;
    struct plan_step *begin, *end;

    if (f->block_count == 0) {
        flow_mistake(f, at, "\"}\" without its \"{\"");
        return false;
    }
    block = f->blocks[--f->block_count];
    switch (block.kind) {
    case BLOCK_GROUP:
        end = flow_add(f, STEP_GROUP_END);
        begin = &f->flow->steps[block.step];
        end->group = begin->group;
        end->depth = begin->depth;
        f->group = block.group;
        f->group_depth--;
        break;
    case BLOCK_REPEAT:
        end = flow_add(f, STEP_REPEAT_END);
        end->jump = block.step + 1;
        end->slot = f->flow->steps[block.step].slot;
        f->loop_depth--;
        break;
    case BLOCK_WHILE:
        end = flow_add(f, STEP_WHILE_END);
        end->jump = block.step + 1;
        f->flow->steps[block.step + 1].jump = (uint32_t)f->flow->step_count;
        f->loop_depth--;
        break;
    case BLOCK_PARALLEL:
        close_parallel(f, at, &f->flow->steps[block.step]);
        break;
    case BLOCK_IF:
        f->flow->steps[block.step].jump = (uint32_t)f->flow->step_count;
        f->blocks[f->block_count] = block; /* for flow_else() */
        return true;
    case BLOCK_ELSE:
        if (f->flow->step_count == block.step + 1u) { /* empty: as if it were not there */
            f->flow->step_count--;
            f->flow->steps[block.if_step].jump--;
        } else {
            f->flow->steps[block.step].jump = (uint32_t)f->flow->step_count;
        }
        break;
    }
    return false;
}

void flow_else(struct flow_build *f, const char *at)
{
    struct flow_block *block = &f->blocks[f->block_count];
    uint32_t jump = (uint32_t)f->flow->step_count;

    flow_add(f, STEP_JUMP);
    f->flow->steps[block->step].jump = jump + 1;
    block->kind = BLOCK_ELSE;
    block->if_step = block->step;
    block->step = jump;
    f->block_count++;
}
