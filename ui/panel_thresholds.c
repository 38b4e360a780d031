/* Thresholds: a list with value and spare, or one line of them. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "onager/text.h"

static void row_draw(const struct pane *pane, int y, const struct snap_threshold *t, bool utf8)
{
    enum role role = format_threshold_role(t);
    int right = pane->rect.width - 1;
    char text[FORMAT_SIZE];

    pane_text(pane, 0, y, 1, role, format_threshold_mark(t));
    pane_outside(pane, 2, y, right - 14 - 2, role == ROLE_GOOD ? ROLE_TEXT : role, t->display);
    pane_text_right(pane, right - 7, y, ROLE_TEXT, format_threshold_value(text, t, utf8));
    pane_text_right(pane, right, y, role, format_spare(text, t->margin, false));
}

/* What is in danger first when not all fit: failed, warning, then the least spare. */
static double danger(const struct snap_threshold *t)
{
    if (!t->passed && t->state != THRESHOLD_NO_SAMPLES)
        return -100 + (isfinite(t->margin) ? t->margin : 0);
    if (t->is_warning)
        return -10 + (isfinite(t->margin) ? t->margin : 0);
    return isfinite(t->margin) ? t->margin : 100;
}

/* Marks the `count` most endangered ones. */
static void choose(const struct snapshot *s, size_t count, bool *chosen)
{
    for (size_t n = 0; n < count; n++) {
        size_t best = SIZE_MAX;

        for (size_t i = 0; i < s->threshold_count && i < 64; i++)
            if (!chosen[i] && (best == SIZE_MAX || danger(&s->thresholds[i]) < danger(&s->thresholds[best])))
                best = i;
        if (best == SIZE_MAX)
            return;
        chosen[best] = true;
    }
}

void panel_thresholds_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    int rows = panel_body_rows(pane, draw, PANEL_THRESHOLDS) + 1, y = 0, right = pane->rect.width - 1, room;
    bool chosen[64] = { false };
    char text[80];

    if (draw->layout->table_has_title) {
        snprintf(text, sizeof text, "%zu of %zu pass", s->thresholds_passed, s->threshold_count);
        pane_rule(pane, y++, "thresholds", text);
        pane_text(pane, 0, y, 12, ROLE_TITLE, "expression");
    } else {
        snprintf(text, sizeof text, "thresholds %zu of %zu", s->thresholds_passed, s->threshold_count);
        pane_text(pane, 0, y, right - 14, ROLE_TITLE, text);
    }
    pane_text_right(pane, right - 7, y, ROLE_TITLE, "value");
    pane_text_right(pane, right, y++, ROLE_TITLE, "spare");
    room = rows - y;
    if (room < (int)s->threshold_count)
        room--;
    choose(s, room > 0 ? (size_t)room : 0, chosen);
    for (size_t i = 0; i < s->threshold_count && i < 64 && y < rows; i++)
        if (chosen[i])
            row_draw(pane, y++, &s->thresholds[i], draw->utf8);
    if (room >= 0 && room < (int)s->threshold_count && y < rows)
        pane_textf(pane, 0, y, ROLE_DIM, "+%d more", (int)s->threshold_count - room);
}

/* "login p(99)<800" without its aggregate where the filter already tells it apart; without " in 30s". */
static void name_shorten(char *out, size_t size, const char *display, bool is_short)
{
    const char *in = strstr(display, " in "), *aggregate = strstr(display, " p("), *end;
    size_t length = in != NULL ? (size_t)(in - display) : strlen(display);

    if (is_short && aggregate != NULL && (end = strchr(aggregate, ')')) != NULL)
        snprintf(out, size, "%.*s%.*s", (int)(aggregate - display), display, (int)(length - (size_t)(end + 1 - display)), end + 1);
    else
        snprintf(out, size, "%.*s", (int)length, display);
}

/* One threshold of a line: "✓ p(95)<500 80%". Returns its columns; draws only when pane is not NULL. */
static int item_draw(const struct pane *pane, int x, const struct snap_threshold *t, bool has_spare, bool is_short, bool utf8)
{
    char name[96], clean[200], spare[FORMAT_SIZE];
    int columns;

    name_shorten(name, sizeof name, t->display, is_short);
    columns = 2 + (int)text_sanitize(clean, sizeof clean, name, strlen(name), 60, utf8);
    format_spare(spare, t->margin, true);
    if (pane != NULL) {
        pane_text(pane, x, 0, 1, format_threshold_role(t), format_threshold_mark(t));
        pane_text(pane, x + 2, 0, columns - 2, ROLE_TEXT, clean);
        if (has_spare)
            pane_text(pane, x + columns + 1, 0, 8, format_threshold_role(t), spare);
    }
    return columns + (has_spare ? 1 + (int)strlen(spare) : 0);
}

/* Draws thresholds from *next on as far as they fit into `width` columns; what does not fit with its spare goes without. */
static void line_draw(
    const struct pane *pane, const struct snapshot *s, size_t *next, int width, int gap, const bool *chosen, bool is_short, bool utf8)
{
    int x = 0;

    for (; *next < s->threshold_count && *next < 64; (*next)++) {
        const struct snap_threshold *t = &s->thresholds[*next];
        int with = item_draw(NULL, 0, t, true, is_short, utf8), without = item_draw(NULL, 0, t, false, is_short, utf8);
        bool has_spare = x + with <= width;

        if (!chosen[*next])
            continue;
        if (!has_spare && (x + without > width || x == 0 || is_short))
            return;
        x += item_draw(pane, x, t, has_spare, is_short, utf8) + gap;
    }
}

void panel_threshold_line_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    char counts[FORMAT_SIZE];
    bool chosen[64];
    size_t next, count = s->threshold_count < 64 ? s->threshold_count : 64;
    int width;

    snprintf(counts, sizeof counts, "%zu/%zu", s->thresholds_passed, s->threshold_count);
    width = pane->rect.width - (int)strlen(counts) - 2;
    for (; count > 0; count--) { /* as many as fit, the endangered ones first to be chosen */
        int sum = -2;

        memset(chosen, 0, sizeof chosen);
        choose(s, count, chosen);
        for (size_t i = 0; i < s->threshold_count && i < 64; i++)
            sum += chosen[i] ? item_draw(NULL, 0, &s->thresholds[i], true, false, draw->utf8) + 2 : 0;
        if (sum <= width + 6) /* the last may go without its spare */
            break;
    }
    next = 0;
    line_draw(pane, s, &next, width, 2, chosen, false, draw->utf8);
    pane_text_right(pane, pane->rect.width - 1, 0, s->thresholds_passed < s->threshold_count ? ROLE_BAD : ROLE_GOOD, counts);
}

static void limits_draw(const struct pane *pane, const struct draw *draw, int line)
{
    const struct snapshot *s = draw->s;
    struct pane nowhere = pane_inside(pane, 0, 0, 0, 0);
    char counts[FORMAT_SIZE];
    bool chosen[64];
    size_t next = 0;
    int width = pane->rect.width;

    for (size_t i = 0; i < 64; i++)
        chosen[i] = true;
    snprintf(counts, sizeof counts, "%zu of %zu pass", s->thresholds_passed, s->threshold_count);
    if (line == 2)
        line_draw(&nowhere, s, &next, width, 3, chosen, true, draw->utf8);
    if (line == 2 || s->threshold_count < 3) { /* the last line of them ends with the sum */
        width -= (int)strlen(counts) + 3;
        pane_text_right(pane, pane->rect.width - 2, 0, s->thresholds_passed < s->threshold_count ? ROLE_BAD : ROLE_GOOD, counts);
    }
    line_draw(pane, s, &next, width, 3, chosen, true, draw->utf8);
}

/* "limits  5/5 pass, least spare login 65%" */
static void limits_sum_draw(const struct pane *pane, const struct draw *draw)
{
    const struct snapshot *s = draw->s;
    const struct snap_threshold *least = NULL;
    enum role role = s->thresholds_passed < s->threshold_count ? ROLE_BAD : ROLE_GOOD;
    char spare[FORMAT_SIZE];
    int x = 8;

    for (size_t i = 0; i < s->threshold_count; i++)
        if (isfinite(s->thresholds[i].margin) && (least == NULL || danger(&s->thresholds[i]) < danger(least)))
            least = &s->thresholds[i];
    pane_text(pane, 0, 0, 8, ROLE_LABEL, "limits");
    x += pane_textf(pane, x, 0, role, "%zu/%zu pass", s->thresholds_passed, s->threshold_count);
    if (least == NULL)
        return;
    x += pane_text(pane, x, 0, 32, ROLE_TEXT, least->passed ? ", least spare " : ", fails ");
    format_spare(spare, least->margin, true);
    {
        char name[96];
        const char *end = strchr(least->display, ' ');

        name_shorten(name, sizeof name, least->display, true);
        if (end != NULL && least->plan->filter_count > 0)
            snprintf(name, sizeof name, "%.*s", (int)(end - least->display), least->display);
        x += pane_outside(pane, x, 0, pane->rect.width - x - (int)strlen(spare) - 1, ROLE_TEXT, name) + 1;
    }
    pane_text(pane, x, 0, 8, role, spare);
}

void panel_line_limits_1_draw(const struct pane *pane, const struct draw *draw)
{
    if (draw->layout->class == LAYOUT_MINI)
        limits_sum_draw(pane, draw);
    else
        limits_draw(pane, draw, 1);
}

void panel_line_limits_2_draw(const struct pane *pane, const struct draw *draw)
{
    limits_draw(pane, draw, 2);
}
