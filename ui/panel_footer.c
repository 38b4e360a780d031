/* The last lines: the newest event or the answer to the last key, and the keys that do something now. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "keys.h"
#include "onager/text.h"

/* Something that happened, and nothing to worry about. */
static bool is_fact(const struct snap_event *event)
{
    return event->kind == EVENT_SPIKE || event->kind == EVENT_NETWORK || event->kind <= EVENT_MARKER;
}

/* The text of the event line; also why a run ended early. Returns its role. */
static enum role event_text(const struct draw *draw, char *out, size_t size)
{
    const struct snapshot *s = draw->model->live;
    const struct snap_event *event = model_event(draw->model);
    const char *toast = model_toast_text(draw->model);
    bool is_mini = draw->layout->class == LAYOUT_MINI;
    char at[FORMAT_SIZE];
    bool is_ours;

    out[0] = '\0';
    if (toast != NULL) {
        snprintf(out, size, "%s", toast);
        return draw->model->view.toast_role;
    }
    if (run_state_is_end(s->state) && s->end_reason[0] != '\0') {
        snprintf(out, size, "%s", s->end_reason);
        return s->exit_code != 0 ? ROLE_BAD : ROLE_EVENT;
    }
    if (event == NULL)
        return ROLE_EVENT;
    if (is_mini)
        units_format_clock(at, sizeof at, event->at_ns);
    else
        format_wall(at, event->wall_ns, false);
    is_ours = event->by[0] == '\0' || strcmp(event->by, "onager") == 0; /* what it noticed, not what somebody did */
    snprintf(
        out, size, "%s %s %s%s%s%s", is_fact(event) ? "▲" : "!", at, event->text, is_ours ? "" : " by ", is_ours ? "" : event->by,
        model_can_undo(draw->model, event) ? ". u undoes it." : "");
    return is_fact(event) ? ROLE_EVENT : ROLE_WARN;
}

void panel_event_draw(const struct pane *pane, const struct draw *draw)
{
    char text[400];
    enum role role = event_text(draw, text, sizeof text);

    pane_outside(pane, 0, 0, pane->rect.width, role, text);
}

struct item {
    const struct key_binding *binding;
    const char *label;
    char keys[28]; /* "p"; "+ -" where two keys are one thing */
};

static void item_set(struct item *item, const struct key_binding *table, size_t count, const struct key_binding *binding)
{
    *item = (struct item){ .binding = binding, .label = binding->label };
    snprintf(item->keys, sizeof item->keys, "%s", binding->key);
    for (size_t i = 0; i < count && binding->action == ACTION_MORE; i++)
        if (table[i].action == ACTION_LESS)
            snprintf(item->keys, sizeof item->keys, "%.12s %.12s", binding->key, table[i].key);
}

/* The keys of the footer that are valid now, by order. */
static int items_collect(const struct draw *draw, struct item items[16])
{
    size_t count;
    const struct key_binding *table = keys_table(&count);
    char state = keys_state(draw->model->live->state);
    int n = 0;

    for (int order = 1; order < 16; order++)
        for (size_t i = 0; i < count && n < 16; i++)
            if (table[i].order == order && table[i].label[0] != '\0' && keys_is_valid(&table[i], state, draw->model->is_frozen) &&
                !(table[i].action == ACTION_FREEZE && draw->model->is_frozen))
                item_set(&items[n++], table, count, &table[i]);
    return n;
}

static int item_columns(const struct item *item)
{
    return (int)strlen(item->keys) + (*item->label != '\0' ? 1 + (int)strlen(item->label) : 0);
}

static int items_columns(const struct item *items, int count)
{
    int sum = 0;

    for (int i = 0; i < count; i++)
        sum += item_columns(&items[i]) + (i > 0 ? 2 : 0);
    return sum;
}

/* Leaves out what matters least until the rest fits: marks, freezing, words, at last everything but help and quit. */
static int items_fit(struct item *items, int count, int width)
{
    static const enum action least[] = { ACTION_MARK,  ACTION_SET,    ACTION_FREEZE, ACTION_START, ACTION_RERUN, ACTION_MORE,
                                         ACTION_PAUSE, ACTION_RESUME, ACTION_STOP,   ACTION_KILL,  ACTION_LIVE,  ACTION_HELP };

    for (size_t step = 0; step < sizeof least / sizeof least[0] && items_columns(items, count) > width; step++) {
        if (step == 3) /* "q" alone says enough */
            for (int i = 0; i < count; i++)
                if (items[i].binding->action == ACTION_QUIT)
                    items[i].label = "";
        for (int i = 0; i < count && items_columns(items, count) > width; i++)
            if (items[i].binding->action == least[step]) {
                memmove(items + i, items + i + 1, (size_t)(count - i - 1) * sizeof *items);
                count--;
                i--;
            }
    }
    return count;
}

void panel_footer_draw(const struct pane *pane, const struct draw *draw)
{
    struct item items[16];
    int x = 0, width = pane->rect.width, count = items_fit(items, items_collect(draw, items), width);

    if (items_columns(items, count) > width)
        return;
    for (int i = 0; i < count; i++) {
        x += pane_text(pane, x, 0, width - x, ROLE_KEY, items[i].keys);
        if (*items[i].label != '\0')
            x += 1 + pane_text(pane, x + 1, 0, width - x - 1, ROLE_KEY_LABEL, items[i].label);
        x += 2;
    }
    if (draw->layout->footer_has_event) {
        char text[400], clean[400];
        enum role role = event_text(draw, text, sizeof text);
        int columns = width - x - 3 > 0 ? canvas_clean(pane->canvas, clean, sizeof clean, width - x - 3, text) : 0;

        if (columns > 0)
            pane_text(pane, width - columns, 0, columns, role, clean);
    }
}
