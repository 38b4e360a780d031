/* A program of steps as the steps of a plan again: each that stands in no block is a line. */
#include <stdio.h>
#include <string.h>

#include "flow_build.h"
#include "look.h"
#include "onager/units.h"

/* Where blocks end that no step of their own closes: if, else, parallel. */
struct ends {
    uint32_t at[FLOW_BLOCKS_MAX];
    size_t count;
};

static void print_duration(struct buf *out, uint64_t ns)
{
    char text[40];

    buf_add_text(out, units_format_duration(text, sizeof text, ns));
}

static void print_think(struct buf *out, const struct plan_think *think)
{
    static const char *const words[] = { "", "", "exp(", "normal(" };

    buf_addf(out, "think %s", words[think->kind]);
    print_duration(out, think->a_ns);
    if (think->kind == THINK_UNIFORM)
        buf_add_text(out, "..");
    if (think->kind == THINK_NORMAL)
        buf_add_text(out, ", ");
    if (think->kind == THINK_UNIFORM || think->kind == THINK_NORMAL)
        print_duration(out, think->b_ns);
    buf_add_text(out, think->kind >= THINK_EXPONENTIAL ? ")" : "");
}

static void print_group(struct buf *out, const char *path)
{
    const char *name = path;

    for (const char *p = path; (p = strstr(p, "::")) != NULL; p += 2)
        name = p + 2;
    buf_addf(out, "group \"%s\" { ", name);
}

static void push(struct ends *ends, uint32_t at)
{
    ends->at[ends->count++] = at;
}

static void end_line(struct buf *out)
{
    while (out->data[out->length - 1] == ' ' || out->data[out->length - 1] == ';')
        out->data[--out->length] = '\0';
    buf_add_char(out, '\n');
}

/* One step; what it opens is counted in *depth. */
static void print_step(struct buf *out, const struct plan *plan, const struct plan_flow *flow, uint32_t i, struct ends *ends, int *depth)
{
    const struct plan_step *step = &flow->steps[i];

    switch (step->kind) {
    case STEP_REQUEST:
        buf_add_text(out, "request ");
        look_print_quoted(out, plan->requests[flow->uses[step->use].request].name);
        buf_add_text(out, "; ");
        break;
    case STEP_THINK:
        print_think(out, &step->think);
        buf_add_text(out, "; ");
        break;
    case STEP_GROUP:
        print_group(out, plan->groups[step->group]);
        ++*depth;
        break;
    case STEP_REPEAT:
        buf_addf(out, "repeat %u { ", (unsigned)step->count);
        ++*depth;
        break;
    case STEP_WHILE:
        buf_add_text(out, "while ");
        test_print(out, plan, step->test);
        buf_addf(out, " max %u { ", (unsigned)flow->steps[i - 1].count);
        ++*depth;
        break;
    case STEP_IF:
        buf_add_text(out, "if ");
        test_print(out, plan, step->test);
        buf_add_text(out, " { ");
        push(ends, step->jump);
        ++*depth;
        break;
    case STEP_PARALLEL:
        buf_add_text(out, "parallel { ");
        push(ends, step->jump);
        ++*depth;
        break;
    case STEP_GROUP_END:
    case STEP_REPEAT_END:
    case STEP_WHILE_END:
        buf_add_text(out, "} ");
        --*depth;
        break;
    case STEP_JUMP: /* the end of the then branch */
        buf_add_text(out, "} else { ");
        ends->at[ends->count - 1] = step->jump;
        break;
    case STEP_WHILE_BEGIN:
    case STEP_END:
        break;
    }
}

void flow_print(struct buf *out, const struct plan *plan, const struct plan_flow *flow)
{
    struct ends ends = { .count = 0 };
    int depth = 0;

    for (uint32_t i = 0; i < flow->step_count; i++) {
        while (ends.count > 0 && ends.at[ends.count - 1] == i) {
            buf_add_text(out, "} ");
            ends.count--;
            depth--;
            if (depth == 0)
                end_line(out);
        }
        if (flow->steps[i].kind == STEP_WHILE_BEGIN || flow->steps[i].kind == STEP_END)
            continue;
        if (depth == 0)
            buf_add_text(out, "step = ");
        print_step(out, plan, flow, i, &ends, &depth);
        if (depth == 0)
            end_line(out);
    }
}
