/* How many requests an iteration sends: a flow's program, walked once. Pure. */
#include "flow_build.h"
#include "inspect.h"

struct range {
    double least, most;
};

/* A block that is open: what was counted inside it, and the then branch of an if whose else is being counted. */
struct counting {
    enum block_kind kind;
    uint32_t end; /* IF, ELSE, PARALLEL: first step behind it */
    struct range inside, then;
};

static void close_block(struct counting *blocks, size_t *count, uint32_t rounds)
{
    struct counting *block = &blocks[--*count];
    struct range *outer = &blocks[*count - 1].inside, sum = block->inside;

    switch (block->kind) {
    case BLOCK_REPEAT:
        sum.least *= rounds;
        sum.most *= rounds;
        break;
    case BLOCK_WHILE:
        sum.least = 0;
        sum.most *= rounds;
        break;
    case BLOCK_IF:
        sum.least = 0;
        break;
    case BLOCK_ELSE:
        sum.least = block->then.least < sum.least ? block->then.least : sum.least;
        sum.most = block->then.most > sum.most ? block->then.most : sum.most;
        break;
    default:
        break;
    }
    outer->least += sum.least;
    outer->most += sum.most;
}

static struct range count_flow(const struct plan_flow *flow)
{
    struct counting blocks[FLOW_BLOCKS_MAX + 1] = { { .end = UINT32_MAX } };
    size_t count = 1;

    for (uint32_t i = 0; i < flow->step_count; i++) {
        const struct plan_step *step = &flow->steps[i];

        while (count > 1 && blocks[count - 1].end == i)
            close_block(blocks, &count, 1);
        switch (step->kind) {
        case STEP_REQUEST:
            blocks[count - 1].inside.least++;
            blocks[count - 1].inside.most++;
            break;
        case STEP_REPEAT:
        case STEP_WHILE:
            blocks[count++] = (struct counting){ .kind = step->kind == STEP_WHILE ? BLOCK_WHILE : BLOCK_REPEAT, .end = UINT32_MAX };
            break;
        case STEP_REPEAT_END: /* jump is the first step of the body, behind its REPEAT; or the WHILE, behind its WHILE_BEGIN */
        case STEP_WHILE_END:
            close_block(blocks, &count, flow->steps[step->jump - 1].count);
            break;
        case STEP_IF:
            blocks[count++] = (struct counting){ .kind = BLOCK_IF, .end = step->jump };
            break;
        case STEP_JUMP:
            blocks[count - 1].kind = BLOCK_ELSE;
            blocks[count - 1].end = step->jump;
            blocks[count - 1].then = blocks[count - 1].inside;
            blocks[count - 1].inside = (struct range){ 0, 0 };
            break;
        default:
            break;
        }
    }
    return blocks[0].inside;
}

void inspect_requests(const struct plan_scenario *scenario, double *least, double *most)
{
    double weights = 0;

    *least = *most = 0;
    for (size_t i = 0; i < scenario->mix_count; i++) {
        const struct plan_mix *mix = &scenario->mix[i];
        struct range range = mix->flow != NULL ? count_flow(mix->flow) : (struct range){ 1, 1 };

        weights += mix->weight;
        *least += mix->weight * range.least;
        *most += mix->weight * range.most;
    }
    *least /= weights > 0 ? weights : 1;
    *most /= weights > 0 ? weights : 1;
}
