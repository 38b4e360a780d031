/* Panels: each draws one part of the overview into its pane from the model, and nothing else. One file each, or one for
 * siblings. UI thread. */
#ifndef UI_PANEL_H
#define UI_PANEL_H

#include "canvas.h"
#include "layout.h"
#include "model.h"

/* What every panel gets for one frame. */
struct draw {
    struct model *model;
    const struct snapshot *s; /* the shown one; never NULL */
    const struct layout *layout;
    unsigned column_seconds; /* of all graphs of this screen */
    bool utf8;
};

#define PANEL(id, name, means, bad) void panel_##name##_draw(const struct pane *pane, const struct draw *draw);
#include "panels.def"
#undef PANEL

/* Draws the overview with its overlays on a canvas of any size; the layout that was used goes to *layout unless NULL. */
void screen_draw(struct canvas *canvas, struct model *model, struct layout *layout);

/* Columns of the shared time axis on this layout. */
int panel_graph_columns(const struct layout *layout);

/* Rows of a titled panel between its title and its description; the description is drawn when there is one. */
int panel_body_rows(const struct pane *pane, const struct draw *draw, enum panel_id id);

/* Overlays. */
/* A frame with a title in the middle of the pane, blank inside; returns what is inside. */
struct pane overlay_frame(const struct pane *pane, int width, int height, const char *title);
void settings_draw(const struct pane *pane, const struct draw *draw);
void help_draw(const struct pane *pane, const struct draw *draw);
void prompt_draw(const struct pane *pane, const struct view *view);
void question_draw(const struct pane *pane, const struct draw *draw);

#endif
