/* Layout of the overview as a pure function. UI thread, or any. */
#include "layout.h"

#include <stdio.h>
#include <string.h>

#define TABLE_WIDTH 80     /* of the requests table beside another panel */
#define THRESHOLD_WIDTH 36 /* beside the table */
#define GAP 2

static const struct {
    const char *name, *means, *bad;
} panels[PANEL_COUNT] = {
#define PANEL(id, name, means, bad) { #name, means, bad },
#include "panels.def"
#undef PANEL
};

const char *panel_name(enum panel_id id)
{
    return panels[id].name;
}

const char *panel_means(enum panel_id id)
{
    return panels[id].means;
}

const char *panel_bad(enum panel_id id)
{
    return panels[id].bad;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* ---- Small screens: a list of lines, each with a rank ---- */

struct line {
    enum panel_id id;
    int compact_rank, mini_rank; /* 1 stays longest; 0: never on that screen */
};

static const struct line lines[] = {
    /* in the order of the screen */
    { PANEL_HEADER, 1, 1 },         { PANEL_PROGRESS, 14, 10 },    { PANEL_LINE_HEAD, 13, 0 },     { PANEL_LINE_RATE, 3, 3 },
    { PANEL_LINE_P50, 8, 11 },      { PANEL_LINE_P95, 4, 4 },      { PANEL_LINE_P99, 5, 5 },       { PANEL_LINE_MAX, 11, 12 },
    { PANEL_LINE_FAILED, 7, 7 },    { PANEL_LINE_VUS, 6, 6 },      { PANEL_LINE_SLOWEST, 15, 14 }, { PANEL_LINE_LIMITS_1, 9, 8 },
    { PANEL_LINE_LIMITS_2, 16, 0 }, { PANEL_LINE_ERRORS, 12, 13 }, { PANEL_EVENT, 10, 9 },         { PANEL_FOOTER, 2, 2 },
};
#define LINES (int)(sizeof lines / sizeof lines[0])

static int line_rank(const struct layout *layout, const struct layout_wants *wants, int i)
{
    enum panel_id id = lines[i].id;

    if ((id == PANEL_EVENT && !wants->has_event) || (id == PANEL_LINE_ERRORS && wants->errors == 0) ||
        (id == PANEL_LINE_LIMITS_1 && wants->thresholds == 0) || (id == PANEL_LINE_LIMITS_2 && wants->thresholds < 3))
        return 0;
    return layout->class == LAYOUT_MINI ? lines[i].mini_rank : lines[i].compact_rank;
}

static void lines_compute(struct layout *layout, const struct layout_wants *wants)
{
    int x = layout->class == LAYOUT_MINI ? 0 : 1, width = layout->width - 2 * x, y = 0;
    int limit = 0, count = 0, heat = 0, table = 0, spare;

    for (int rank = 1; rank <= LINES && count < layout->height; rank++)
        for (int i = 0; i < LINES; i++)
            if (line_rank(layout, wants, i) == rank) {
                limit = rank;
                count++;
            }
    spare = layout->height - count;
    if (spare >= 3 && limit >= LINES - 2) { /* the table takes the place of the line about the slowest */
        table = least(spare + 1, wants->rows + 2);
        spare -= table - 1;
    }
    if (spare >= 4)
        heat = least(spare, 10);
    spare -= heat;
    for (int i = 0; i < LINES; i++) {
        int rank = line_rank(layout, wants, i), height = 1;
        enum panel_id id = lines[i].id;

        if (rank == 0 || rank > limit)
            continue;
        if (id == PANEL_LINE_SLOWEST && heat > 0) {
            layout->rects[PANEL_HEAT] = (struct rect){ most(x, 0), y, width, heat };
            y += heat;
        }
        if (id == PANEL_LINE_RATE && spare > 0) /* what nobody takes makes the graph of the rate taller */
            height += least(spare, 8);
        if (id == PANEL_LINE_SLOWEST && table > 0) {
            id = PANEL_TABLE;
            height = table;
        }
        if (id == PANEL_FOOTER)
            y = layout->height - 1;
        if (id == PANEL_EVENT && count < layout->height)
            y = layout->height - 2;
        layout->rects[id] = (struct rect){ x, y, width, height };
        y += height;
    }
}

/* ---- Large screens: stacked bands ---- */

/* A band of the screen: one panel, or several side by side. */
enum band {
    BAND_FACTS,
    BAND_GRAPHS,
    BAND_TABLE,
    BAND_THRESHOLDS,
    BAND_HEAT,
    BAND_ERRORS,
    BAND_EVENT,
    BAND_PROGRESS,
    BAND_SCENARIOS,
    BAND_COUNT
};
#define BAND_CORE 4 /* these come in by their minimum, the others only when the better ranks have what they like */

struct need {
    int minimum, good, limit; /* rows; 0: nothing to show */
};

static void needs_set(const struct layout *layout, const struct layout_wants *wants, struct need needs[BAND_COUNT])
{
    int h = layout->height, more = layout->explains ? 2 : 0, table_rows = wants->rows + 1;
    bool is_wide = layout->class == LAYOUT_WIDE, is_tall = h >= 34;
    bool beside = wants->thresholds > 0 && layout->width >= TABLE_WIDTH + THRESHOLD_WIDTH + 4;
    int head = layout->table_has_title ? 2 : 1, side = beside && !is_wide ? most(table_rows, least(wants->thresholds, 8)) : table_rows;
    int graphs = (is_tall   ? 9
                  : h >= 20 ? 7
                            : 6) +
                 more,
        table = head + least(side, 5) + more, band = most(most(wants->statuses, wants->errors), 2);

    memset(needs, 0, sizeof *needs * BAND_COUNT);
    if (!layout->header_has_facts)
        needs[BAND_FACTS] = (struct need){ 1, 1, 1 };
    needs[BAND_GRAPHS] = (struct need){ 4 + more, is_wide ? most(graphs, table) : graphs, h };
    if (!is_wide)
        needs[BAND_TABLE] = (struct need){ head + least(table_rows, 3) + more, table, head + side + more };
    if (wants->thresholds > 0 && !beside)
        needs[BAND_THRESHOLDS] = (struct need){ 1, 1, 1 };
    needs[BAND_HEAT] = (struct need){ 4 + more, (is_tall ? 9 : 6) + more, most(is_tall ? 9 : 6, least(2 + wants->heat_rows, 11)) + more };
    if (h >= 28)
        needs[BAND_ERRORS] = (struct need){ 3 + more, 1 + least(band, 4) + more, 1 + band + more };
    if (wants->has_event && !layout->footer_has_event)
        needs[BAND_EVENT] = (struct need){ 1, 1, 1 };
    needs[BAND_PROGRESS] = (struct need){ 1, 1, 1 };
    if (h >= 28 && wants->scenarios > 0)
        needs[BAND_SCENARIOS] = (struct need){ 3 + more, 2 + least(wants->scenarios, 4) + more, 2 + wants->scenarios + more };
}

/* Gives each band its height; 0 for what has to go. */
static void heights_set(const struct layout *layout, const struct need needs[BAND_COUNT], int heights[BAND_COUNT])
{
    static const int grow[] = { BAND_TABLE, BAND_HEAT, BAND_ERRORS, BAND_SCENARIOS, BAND_GRAPHS };
    int left = layout->height - 2, liked; /* without header and footer */

    memset(heights, 0, sizeof *heights * BAND_COUNT);
    for (int i = 0; i < BAND_CORE; i++)
        if (needs[i].good > 0 && needs[i].minimum <= left) {
            heights[i] = needs[i].minimum;
            left -= needs[i].minimum;
        }
    for (int i = 0; i < BAND_CORE; i++)
        if (heights[i] > 0) {
            int more = least(needs[i].good - heights[i], left);

            heights[i] += more;
            left -= more;
        }
    for (int i = BAND_CORE; i < BAND_COUNT; i++)
        if (needs[i].good > 0 && needs[i].minimum <= left) {
            heights[i] = least(needs[i].good, left);
            left -= heights[i];
        }
    /* Single lines are worth a row of the heat map. */
    liked = heights[BAND_HEAT] - (needs[BAND_HEAT].minimum + 1);
    for (int i = BAND_EVENT; i <= BAND_PROGRESS; i++)
        if (needs[i].good > 0 && heights[i] == 0 && heights[BAND_HEAT] > 0 && liked-- > 0) {
            heights[BAND_HEAT]--;
            heights[i] = 1;
        }
    for (size_t i = 0; i < sizeof grow / sizeof grow[0]; i++)
        if (heights[grow[i]] > 0) {
            int more = least(needs[grow[i]].limit - heights[grow[i]], left);

            if (more > 0) {
                heights[grow[i]] += more;
                left -= more;
            }
        }
}

static void graphs_place(struct layout *layout, const struct layout_wants *wants, int y, int height)
{
    int inner = layout->width - 2, left;

    if (layout->class == LAYOUT_WIDE) {
        int table = TABLE_WIDTH + least((layout->width - 160) / 3, 24);

        layout->rects[PANEL_TABLE] = (struct rect){ layout->width - 1 - table, y, table, height };
        inner -= table + GAP;
    }
    left = (inner - GAP) / 2 - (inner >= 98 ? 1 : 0);
    layout->rects[PANEL_RATE] = (struct rect){ 1, y, left, height };
    layout->rects[PANEL_LATENCY] = (struct rect){ 1 + left + GAP, y, inner - left - GAP, height };
}

/* A band whose right part is the thresholds, when they stand beside something. */
static void beside_place(struct layout *layout, const struct layout_wants *wants, enum panel_id id, int y, int height)
{
    int inner = layout->width - 2, right = THRESHOLD_WIDTH + least(most(inner - 118, 0) / 4, 12);
    bool is_side =
        wants->thresholds > 0 && (id == PANEL_HEAT) == (layout->class == LAYOUT_WIDE) && inner >= TABLE_WIDTH + GAP + THRESHOLD_WIDTH;

    if (!is_side) {
        layout->rects[id] = (struct rect){ 1, y, inner, height };
        return;
    }
    layout->rects[id] = (struct rect){ 1, y, inner - right - GAP, height };
    layout->rects[PANEL_THRESHOLDS] = (struct rect){ layout->width - 1 - right, y, right, height };
}

static void bands_place(struct layout *layout, const struct layout_wants *wants, const int heights[BAND_COUNT])
{
    static const enum band order[] = { BAND_PROGRESS, BAND_FACTS,      BAND_GRAPHS, BAND_HEAT,
                                       BAND_TABLE,    BAND_THRESHOLDS, BAND_ERRORS, BAND_SCENARIOS };
    static const enum panel_id single[BAND_COUNT] = { [BAND_PROGRESS] = PANEL_PROGRESS,
                                                      [BAND_FACTS] = PANEL_FACTS,
                                                      [BAND_THRESHOLDS] = PANEL_THRESHOLD_LINE,
                                                      [BAND_SCENARIOS] = PANEL_SCENARIOS };
    int inner = layout->width - 2, y = 1;

    layout->rects[PANEL_HEADER] = (struct rect){ 1, 0, layout->width - 1, 1 };
    layout->rects[PANEL_FOOTER] = (struct rect){ 1, layout->height - 1, inner, 1 };
    if (heights[BAND_EVENT] > 0)
        layout->rects[PANEL_EVENT] = (struct rect){ 1, layout->height - 2, inner, 1 };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        int height = heights[order[i]], status = inner < 110 ? 30 : 36;

        if (height == 0)
            continue;
        if (order[i] == BAND_GRAPHS)
            graphs_place(layout, wants, y, height);
        else if (order[i] == BAND_HEAT)
            beside_place(layout, wants, PANEL_HEAT, y, height);
        else if (order[i] == BAND_TABLE)
            beside_place(layout, wants, PANEL_TABLE, y, height);
        else if (order[i] == BAND_ERRORS) {
            layout->rects[PANEL_STATUS] = (struct rect){ 1, y, status, height };
            layout->rects[PANEL_ERRORS] = (struct rect){ 1 + status + GAP, y, inner - status - GAP, height };
        } else
            layout->rects[single[order[i]]] = (struct rect){ 1, y, inner, height };
        y += height;
    }
}

void layout_compute(int width, int height, const struct layout_wants *wants, struct layout *out)
{
    struct need needs[BAND_COUNT];
    int heights[BAND_COUNT];

    memset(out, 0, sizeof *out);
    out->width = width;
    out->height = height;
    if (width < 40 || height < 10) {
        out->class = LAYOUT_LINE;
        out->rects[PANEL_LINE_ONLY] = (struct rect){ 0, 0, width, 1 };
        if (height >= 3)
            out->rects[PANEL_FOOTER] = (struct rect){ 0, height - 1, width, 1 };
        return;
    }
    out->class = width < 58 ? LAYOUT_MINI : width < 78 ? LAYOUT_COMPACT : width < 160 ? LAYOUT_FULL : LAYOUT_WIDE;
    if (out->class <= LAYOUT_COMPACT) {
        lines_compute(out, wants);
        return;
    }
    out->header_has_facts = out->footer_has_event = width >= 110 && height < 18;
    out->explains = wants->explains;
    out->table_has_title = out->class == LAYOUT_WIDE || height >= 30;
    needs_set(out, wants, needs);
    heights_set(out, needs, heights);
    bands_place(out, wants, heights);
}

void layout_print(const struct layout *layout, char *out, size_t size)
{
    size_t length = 0;

    out[0] = '\0';
    for (int i = 0; i < PANEL_COUNT && length < size; i++) {
        const struct rect *r = &layout->rects[i];

        if (r->width > 0)
            length += (size_t)snprintf(out + length, size - length, "%s %d,%d %dx%d\n", panels[i].name, r->x, r->y, r->width, r->height);
    }
}
