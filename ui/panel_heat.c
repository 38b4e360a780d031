/* The heat map: a column a second (or a record of the history), a row for each band of latency, the share of the run at the
 * right, and below it the wall clock with what happened. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "heat.h"
#include "onager/text.h"

#define LABEL 7  /* columns left of the map */
#define SHARE 10 /* columns right of it, on wide screens */
#define SPIKE 1.5
#define MAX_WINDOW MODEL_MAX_COLUMNS

struct window {
    int count; /* columns */
    uint32_t bands[MAX_WINDOW][HISTORY_HEAT_BANDS];
    bool has[MAX_WINDOW];
    double rate[MAX_WINDOW];
    unsigned seconds; /* of a column */
    uint64_t most;    /* requests in the fullest cell */
};

static void window_read(struct window *w, const struct draw *draw)
{
    const struct model *m = draw->model;
    struct history_point point;
    struct history_row row;

    w->seconds = 1;
    for (int i = 0; i < w->count; i++) {
        int column = w->count - 1 - i;

        w->has[column] =
            model_record(m, (size_t)i, &point, &row) && history_heat(m->shown->history, m->points - 1 - (size_t)i, 0, w->bands[column]);
        if (!w->has[column])
            continue;
        w->rate[column] = row.count / (double)(point.seconds > 0 ? point.seconds : 1);
        if (i == 0 && point.seconds > 0)
            w->seconds = point.seconds;
    }
}

static void cells_draw(const struct pane *pane, struct window *w, const struct heat_rows *rows, const uint32_t *shades)
{
    for (int row = 0; row < rows->count; row++)
        for (int i = 0; i < w->count; i++) {
            int shade = w->has[i] ? heat_shade(shades, heat_row_count(rows, row, w->bands[i])) : 0;

            if (shade > 0)
                pane_put(pane, LABEL + i, 1 + row, GLYPH_HEAT_1 + (uint32_t)shade - 1, ROLE_HEAT_1 + (enum role)(shade - 1), 0);
        }
}

static void title_draw(const struct pane *pane, const struct window *w, const uint32_t shades[HEAT_SHADES], bool has_share)
{
    static const char *const marks[] = { "\xee\x80\x89", "\xee\x80\x8a", "\xee\x80\x8b", "\xee\x80\x8c", "\xee\x80\x8d" };
    char legend[128] = "", right[256], column[64];

    for (int i = 0; i < HEAT_SHADES; i++) {
        size_t length = strlen(legend);

        if (shades[i] >= 1000 && shades[i] % 1000 == 0)
            snprintf(legend + length, sizeof legend - length, "%s%s%uk", i > 0 ? " " : "", marks[i], shades[i] / 1000);
        else
            snprintf(legend + length, sizeof legend - length, "%s%s%u", i > 0 ? " " : "", marks[i], shades[i]);
    }
    snprintf(column, sizeof column, "a column is %u s", w->seconds);
    if (has_share)
        snprintf(right, sizeof right, "%s   %s requests    share of run", column, legend);
    else
        snprintf(right, sizeof right, "%s  %s", column, legend);
    if (canvas_columns(right) + 16 > pane->rect.width)
        snprintf(right, sizeof right, "%s", legend);
    pane_rule(pane, 0, has_share ? "latency heat map, all requests" : "heat map", right);
}

/* Puts a text on the axis when its place is free; the first to come has it. */
static void axis_put(const struct pane *pane, int y, int x, int columns, bool *taken, int width, enum role role, const char *text)
{
    int end;

    if (x < 0 || x + columns > width)
        return;
    for (int i = x - 1; i <= x + columns && i < width; i++)
        if (i >= 0 && taken[i])
            return;
    end = x + pane_outside(pane, x, y, columns, role, text);
    for (int i = x; i < end; i++)
        taken[i] = true;
}

/* The column of an instant, or -1. */
static int column_at(const struct window *w, const struct snapshot *s, uint64_t at_ns)
{
    uint64_t now = s->at_ns, back;

    if (at_ns > now)
        return -1;
    back = (now - at_ns) / NS_PER_S / w->seconds;
    return back < (uint64_t)w->count ? w->count - 1 - (int)back : -1;
}

static void event_text(const struct snap_event *event, char *out, size_t size)
{
    const char *by = event->by[0] != '\0' && event->kind == EVENT_COMMAND ? event->by : "";

    snprintf(
        out, size, "%s%.40s%s%.20s", event->kind == EVENT_THRESHOLD || event->kind == EVENT_VERDICT ? "!" : "▲", event->text,
        *by != '\0' ? " " : "", by);
}

static void axis_draw(const struct pane *pane, int y, const struct window *w, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    bool taken[LABEL + MAX_WINDOW + SHARE] = { false };
    int width = pane->rect.width < (int)(sizeof taken / sizeof taken[0]) ? pane->rect.width : (int)(sizeof taken / sizeof taken[0]),
        spike = -1;
    double mean = 0, known = 0;
    char text[128];

    for (size_t i = s->event_count; i > 0; i--) {
        const struct snap_event *event = &s->events[i - 1];
        int column = column_at(w, s, event->at_ns), columns;

        if (column < 0 || event->kind == EVENT_STATE)
            continue;
        event_text(event, text, sizeof text);
        columns = canvas_columns(text);
        axis_put(pane, y, LABEL + column, columns < 24 ? columns : 24, taken, width, ROLE_EVENT, text);
        spike = event->kind == EVENT_SPIKE ? w->count : spike;
    }
    for (int i = 0; i < w->count; i++) {
        mean += w->has[i] ? w->rate[i] : 0;
        known += w->has[i];
    }
    mean = known > 0 ? mean / known : 0;
    for (int i = w->count - 1; i >= 0 && spike < w->count && known >= 10; i--) /* the begin of each burst */
        if (w->rate[i] > SPIKE * mean && (i == 0 || w->rate[i - 1] <= SPIKE * mean))
            axis_put(pane, y, LABEL + i, 6, taken, width, ROLE_EVENT, "▲spike");
    for (int i = 1; i + 8 < w->count && s->started_wall_ns > 0; i += 16) {
        uint64_t back = (uint64_t)(w->count - 1 - i) * w->seconds * NS_PER_S;

        if (w->has[i] && s->at_ns >= back)
            axis_put(pane, y, LABEL + i, 8, taken, width, ROLE_DIM, format_wall(text, s->started_wall_ns + s->at_ns - back, false));
    }
}

/* Two decimals in every row, so that the points stand below each other. */
static const char *share_text(char text[FORMAT_SIZE], uint64_t part, uint64_t whole)
{
    snprintf(text, FORMAT_SIZE, part == 0 ? "0 %%" : "%.2f %%", 100.0 * (double)part / (double)whole);
    return text;
}

void panel_heat_draw(const struct pane *pane, const struct draw *draw)
{
    int body = panel_body_rows(pane, draw, PANEL_HEAT), width = pane->rect.width;
    bool has_share = width >= 100, has_axis = body >= 8;
    static struct window window; /* large; one UI thread */
    uint64_t all = 0;
    struct heat_rows rows;
    const uint32_t *shades;

    window.count = width - LABEL - (has_share ? SHARE : 0);
    window.count = window.count < MAX_WINDOW ? window.count : MAX_WINDOW;
    memset(window.rate, 0, sizeof window.rate);
    window_read(&window, draw);
    rows = heat_rows_choose(draw->model->heat_total, draw->s->all.duration.p90_ns, body - has_axis);
    window.most = 0;
    for (int i = 0; i < window.count; i++)
        for (int row = 0; row < rows.count && window.has[i]; row++)
            if (heat_row_count(&rows, row, window.bands[i]) > window.most)
                window.most = heat_row_count(&rows, row, window.bands[i]);
    shades = heat_shades(window.most);
    title_draw(pane, &window, shades, has_share);
    cells_draw(pane, &window, &rows, shades);
    for (int band = 0; band < HISTORY_HEAT_BANDS; band++)
        all += draw->model->heat_total[band];
    for (int row = 0; row < rows.count && row < body && all > 0; row++) {
        char text[FORMAT_SIZE];

        pane_text_right(pane, LABEL - 2, 1 + row, ROLE_LABEL, heat_label(&rows, row, draw->utf8, text, sizeof text));
        if (has_share)
            pane_text_right(
                pane, width - 1, 1 + row, ROLE_TEXT, share_text(text, heat_row_total(&rows, row, draw->model->heat_total), all));
    }
    if (has_axis)
        axis_draw(pane, rows.count + 1 < body ? rows.count + 1 : body, &window, draw);
}
