/* Texts with their ${...} become bytes. One per worker: it holds what rendering needs besides the VU. Nothing is allocated once its
 * buffers have grown to what the plan's texts need. */
#ifndef ONAGER_RENDER_H
#define ONAGER_RENDER_H

#include "values.h"

struct renderer {
    struct journey_shared *shared;
    struct dataset_reader *readers;              /* one per plan.data */
    struct buf scratch[PLAN_TEXT_DEPTH_MAX + 2]; /* arguments of generators, and what is being escaped */
    unsigned depth;
};

void renderer_init(struct renderer *renderer, struct journey_shared *shared);
void renderer_release(struct renderer *renderer);

/* Appends the text as the VU says it now. */
void render_text(struct renderer *renderer, struct values *values, const struct plan_text *text, struct buf *out);
/* The VU's row of a data set, drawn now if it has none in this iteration. false: UNIQUE, and used up. */
bool render_take_row(struct renderer *renderer, struct values *values, uint32_t data);

/* ---- parts, pure ---- */

/* Rewrites what `out` holds from `from` on. scratch: any buffer. */
void render_escape(struct buf *out, size_t from, enum text_escape escape, struct buf *scratch);
/* Makes a value. */
void generate(struct renderer *renderer, struct values *values, const struct plan_generator *generator, struct buf *out);

#endif
