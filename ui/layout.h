/* Layout: from the size of the screen, and how much there is to show, to a rectangle for each panel. Each panel has a rank
 * and a minimum; the lowest rank goes first, by height and by width. Pure; knows no snapshot and no terminal.
 *
 *   under 40x10   the progress line and the footer
 *   40..57        one line a value (the 40x10 picture), more lines as there is height
 *   58..77        one line a value with both columns (60x16)
 *   78..159       rate and latency side by side (80x24, 120x14, 120x40)
 *   from 160      the requests table beside the graphs */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "canvas.h"

enum panel_id {
#define PANEL(id, name, means, bad) PANEL_##id,
#include "panels.def"
#undef PANEL
    PANEL_COUNT
};

enum layout_class { LAYOUT_LINE, LAYOUT_MINI, LAYOUT_COMPACT, LAYOUT_FULL, LAYOUT_WIDE };

/* How much there is to show; what there is nothing of gets no room. */
struct layout_wants {
    int rows;       /* of the requests table, `all` not counted */
    int thresholds; /* 0: no panel */
    int statuses, errors, scenarios;
    int heat_rows;  /* bands of latency that anything fell into */
    bool has_event; /* something to say on the event line */
    bool explains;  /* `d` is on */
};

struct layout {
    enum layout_class class;
    int width, height;
    struct rect rects[PANEL_COUNT]; /* width 0: not shown */
    bool header_has_facts;          /* no line of its own for them (120x14) */
    bool footer_has_event;
    bool table_has_title;
    bool explains; /* the last row of each titled panel is its description */
};

void layout_compute(int width, int height, const struct layout_wants *wants, struct layout *out);

/* "header 0,0 120x1\nrate 1,3 57x9\n...", in the order of the table; for tests. Writes at most `size` bytes. */
void layout_print(const struct layout *layout, char *out, size_t size);

const char *panel_name(enum panel_id id);
const char *panel_means(enum panel_id id);
const char *panel_bad(enum panel_id id);

#endif
