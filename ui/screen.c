/* The overview as a whole: layout, panels, overlays, on a canvas of any size. UI thread; no terminal in sight. */
#include <string.h>

#include "heat.h"
#include "panel.h"

typedef void panel_draw_fn(const struct pane *pane, const struct draw *draw);

int panel_graph_columns(const struct layout *layout)
{
    if (layout->class == LAYOUT_MINI)
        return layout->width - 24;
    if (layout->class == LAYOUT_COMPACT)
        return layout->width - 36;
    return layout->rects[PANEL_RATE].width > 8 ? layout->rects[PANEL_RATE].width - 7 : layout->width;
}

int panel_body_rows(const struct pane *pane, const struct draw *draw, enum panel_id id)
{
    int rows = pane->rect.height - 1;
    if (!draw->layout->explains || panel_means(id)[0] == '\0' || rows < 3)
        return rows;
    pane_text(pane, 0, rows - 1, pane->rect.width, ROLE_DIM, panel_means(id));
    pane_text(pane, 0, rows, 5, ROLE_DIM, "bad: ");
    pane_text(pane, 5, rows, pane->rect.width - 5, ROLE_DIM, panel_bad(id));
    return rows - 2;
}

static void panels_draw(struct canvas *canvas, const struct draw *draw)
{
    static panel_draw_fn *const functions[PANEL_COUNT] = {
#define PANEL(id, name, means, bad) [PANEL_##id] = panel_##name##_draw,
#include "panels.def"
#undef PANEL
    };

    for (int i = 0; i < PANEL_COUNT; i++) {
        struct pane pane = pane_of(canvas, draw->layout->rects[i]);

        if (pane.rect.width > 0)
            functions[i](&pane, draw);
    }
}

static struct layout_wants wants_of(const struct model *model)
{
    const struct snapshot *s = model->shown;
    struct layout_wants wants = {
        .rows = (int)s->row_count,
        .thresholds = (int)s->threshold_count,
        .statuses = (int)s->all.status_count + (s->all.requests.errors_all > 0),
        .errors = (int)s->error_count,
        .scenarios = (int)s->scenario_count,
        .heat_rows = heat_rows_useful(model->heat_total),
        .explains = model->view.explains,
    };

    wants.has_event = model_event(model) != NULL || (run_state_is_end(model->live->state) && model->live->end_reason[0] != '\0');
    return wants;
}

/* The answer to a key when no event line is there to hold it: over the last row but one. */
static void toast_draw(struct canvas *canvas, const struct model *model, const struct layout *layout)
{
    const char *toast = model_toast_text(model);
    struct pane pane = pane_of(canvas, (struct rect){ 0, layout->height - 2, layout->width, 1 });

    if (toast == NULL || layout->rects[PANEL_EVENT].width > 0 || layout->footer_has_event || layout->class == LAYOUT_LINE)
        return;
    pane_fill(&pane, 0, 0, layout->width, ' ', ROLE_TOAST);
    pane_outside(&pane, 1, 0, layout->width - 2, model->view.toast_role, toast);
}

void screen_draw(struct canvas *canvas, struct model *model, struct layout *out)
{
    struct draw draw = { .model = model, .s = model->shown, .utf8 = canvas->glyphs != GLYPHS_ASCII };
    struct pane whole = pane_of(canvas, (struct rect){ 0, 0, canvas->width, canvas->height });
    struct layout_wants wants = { 0 };
    struct layout layout;

    canvas_clear(canvas);
    if (model->shown != NULL)
        wants = wants_of(model);
    layout_compute(canvas->width, canvas->height, &wants, &layout);
    draw.layout = &layout;
    if (model->shown == NULL) {
        pane_text(&whole, 0, 0, canvas->width, ROLE_DIM, "starting ...");
    } else {
        draw.column_seconds = model_column_seconds(model, panel_graph_columns(&layout));
        panels_draw(canvas, &draw);
        toast_draw(canvas, model, &layout);
        if (model->view.shows_settings)
            settings_draw(&whole, &draw);
        if (model->view.shows_help)
            help_draw(&whole, &draw);
        if (model->view.question != QUESTION_NONE || model->view.is_typing)
            question_draw(&whole, &draw);
    }
    if (out != NULL)
        *out = layout;
}
