/* Rendering: a text is a list of parts, each of which appends its bytes. */
#include "render.h"

#include <stdlib.h>

#include "mem.h"

void renderer_init(struct renderer *renderer, struct journey_shared *shared)
{
    const struct plan *plan = shared->plan;

    *renderer = (struct renderer){ .shared = shared };
    renderer->readers = mem_array(plan->data_count, sizeof *renderer->readers);
    for (size_t i = 0; i < plan->data_count; i++)
        dataset_reader_init(&renderer->readers[i], shared->datasets[i]);
}

void renderer_release(struct renderer *renderer)
{
    for (size_t i = 0; renderer->shared != NULL && i < renderer->shared->plan->data_count; i++)
        dataset_reader_release(&renderer->readers[i]);
    free(renderer->readers);
    for (size_t i = 0; i < sizeof renderer->scratch / sizeof renderer->scratch[0]; i++)
        buf_release(&renderer->scratch[i]);
}

bool render_take_row(struct renderer *renderer, struct values *values, uint32_t data)
{
    struct journey_shared *shared = renderer->shared;
    struct dataset_caller caller = { .random = values->random, .seed = shared->plan->seed, .vu = values->vu };
    uint64_t number;

    if (values->rows[data].has_row)
        return true;
    if (!dataset_draw(shared->datasets[data], &shared->cursors[data], &caller, &number))
        return false;
    dataset_read(&renderer->readers[data], number, &values->rows[data].row);
    values->rows[data].has_row = true;
    return true;
}

static void add_column(struct renderer *renderer, struct values *values, const struct text_part *part, struct buf *out)
{
    const struct dataset_row *row = &values->rows[part->index].row;

    if (render_take_row(renderer, values, part->index) && row->fields[part->column].length > 0)
        buf_add(out, row->values.data + row->fields[part->column].at, row->fields[part->column].length);
}

static void add_number(uint64_t number, struct buf *out)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    buf_add(out, digits + at, sizeof digits - at);
}

static void add_part(struct renderer *renderer, struct values *values, const struct text_part *part, struct buf *out)
{
    const struct secret *secret;

    switch (part->kind) {
    case TEXT_LITERAL:
        buf_add(out, part->bytes, part->length);
        break;
    case TEXT_VARIABLE:
        buf_add(out, values->variables[part->index].data, values->variables[part->index].length);
        break;
    case TEXT_COLUMN:
        add_column(renderer, values, part, out);
        break;
    case TEXT_VU:
        add_number(values->vu, out);
        break;
    case TEXT_ITERATION:
        add_number(values->iteration, out);
        break;
    case TEXT_SCENARIO:
        buf_add_text(out, values->scenario);
        break;
    case TEXT_SECRET:
        secret = &renderer->shared->secrets->items[part->index];
        buf_add(out, secret->value, secret->length);
        break;
    case TEXT_GENERATOR:
        generate(renderer, values, part->generator, out);
        break;
    }
}

void render_text(struct renderer *renderer, struct values *values, const struct plan_text *text, struct buf *out)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct text_part *part = &text->parts[i];
        size_t from = out->length;

        add_part(renderer, values, part, out);
        if (part->escape != ESCAPE_NONE && part->kind != TEXT_LITERAL)
            render_escape(out, from, part->escape, &renderer->scratch[PLAN_TEXT_DEPTH_MAX + 1]);
    }
}
