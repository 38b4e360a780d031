/* What lies over the screen: the help and the questions. UI thread. */
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "onager/text.h"
#include "panel.h"

struct pane overlay_frame(const struct pane *pane, int width, int height, const char *title)
{
    struct pane frame, inside;
    int x, y;

    width = width < pane->rect.width ? width : pane->rect.width;
    height = height < pane->rect.height ? height : pane->rect.height;
    x = (pane->rect.width - width) / 2;
    y = (pane->rect.height - height) / 2;
    frame = pane_inside(pane, x, y, width, height);
    for (int row = 0; row < height; row++)
        pane_fill(&frame, 0, row, width, ' ', ROLE_DIALOG);
    if (height < 3 || width < 12)
        return frame;
    for (int i = 1; i < width - 1; i++) {
        pane_put(&frame, i, 0, 0x2500, ROLE_DIALOG, 0);
        pane_put(&frame, i, height - 1, 0x2500, ROLE_DIALOG, 0);
    }
    for (int row = 1; row < height - 1; row++) {
        pane_put(&frame, 0, row, 0x2502, ROLE_DIALOG, 0);
        pane_put(&frame, width - 1, row, 0x2502, ROLE_DIALOG, 0);
    }
    pane_put(&frame, 0, 0, 0x250c, ROLE_DIALOG, 0);
    pane_put(&frame, width - 1, 0, 0x2510, ROLE_DIALOG, 0);
    pane_put(&frame, 0, height - 1, 0x2514, ROLE_DIALOG, 0);
    pane_put(&frame, width - 1, height - 1, 0x2518, ROLE_DIALOG, 0);
    pane_textf(&frame, 2, 0, ROLE_TITLE, " %s ", title);
    inside = pane_inside(&frame, 2, 1, width - 4, height - 2);
    return inside;
}

struct help_line {
    const char *key, *text; /* key "" : a heading, or more text */
};

static const struct help_line legend[] = {
    { "", "" },
    { "", "What the screen says" },
    { "·", "in a sparkline: zero; blank: no data" },
    { "╌", "load that was planned and not started" },
    { "~", "few samples carry this percentile; - : too few" },
    { "!", "a threshold with less than 10 % to spare, or getting worse" },
    { "▲", "something happened: a command, a mark, a spike" },
    { "", "VALID: the numbers describe the server; DEGRADED: read them with care;" },
    { "", "INVALID: do not use them. The reason stands beside it." },
};

/* F1 beside ?: shown with the first key of the same action. */
static bool is_second_key(const struct key_binding *table, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (table[i].action == table[index].action)
            return true;
    return false;
}

static void keys_print(char *out, size_t size, const struct key_binding *table, size_t count, size_t index)
{
    size_t length = (size_t)snprintf(out, size, "%s", table[index].key);

    for (size_t i = index + 1; i < count && length < size; i++)
        if (table[i].action == table[index].action)
            length += (size_t)snprintf(out + length, size - length, " %s", table[i].key);
}

void help_draw(const struct pane *pane, const struct draw *draw)
{
    size_t count, total = 0, rows[64], used = 0, legends = sizeof legend / sizeof legend[0];
    const struct key_binding *table = keys_table(&count);
    char state = keys_state(draw->model->live->state);
    struct pane inside;
    int height, first, room;

    for (size_t i = 0; i < count && used < 64; i++)
        if (keys_is_valid(&table[i], state, draw->model->is_frozen) && !is_second_key(table, i))
            rows[used++] = i;
    total = used + legends;
    height = (int)total + 3;
    inside = overlay_frame(pane, 78, height, "Keys that do something now");
    room = inside.rect.height - 1;
    first = draw->model->view.help_scroll;
    if (first > (int)total - room)
        first = (int)total - room;
    if (first < 0)
        first = 0;
    draw->model->view.help_scroll = first;
    for (int y = 0; y < room && first + y < (int)total; y++) {
        size_t line = (size_t)first + (size_t)y;
        char keys[32];
        const char *key = line < used ? keys : legend[line - used].key;
        const char *text = line < used ? table[rows[line]].help : legend[line - used].text;

        if (line < used)
            keys_print(keys, sizeof keys, table, count, rows[line]);
        pane_text(&inside, 0, y, 7, ROLE_KEY, key);
        pane_text(&inside, *key != '\0' || line < used ? 8 : 0, y, inside.rect.width, *key != '\0' ? ROLE_DIALOG : ROLE_TITLE, text);
    }
    pane_text(
        &inside, 0, inside.rect.height - 1, inside.rect.width, ROLE_DIM,
        room < (int)total ? "up, down: more   any other key: back" : "any key: back");
}

static const struct {
    const char *title;
    const char *lines[5];
    const char *keys[5];
    const char *answers[5];
    const char *line; /* all of it in one line, for small screens */
} questions[] = {
    [QUESTION_QUIT] = { "Leave?",
                        { "The run goes on." },
                        { "s", "l", "Esc" },
                        { "stop it and leave when it has ended", "leave the dashboard; the progress line goes on", "stay" },
                        "leave? s stop, l leave it on, Esc stay" },
    [QUESTION_STOP] = { "Stop?",
                        { "This run is older than 10 minutes." },
                        { "s", "Esc" },
                        { "stop it: what is on the wire may end", "go on" },
                        "stop? s stop, Esc go on" },
    [QUESTION_RERUN] = { "Run again?",
                         { "This run is not over: it would be stopped first." },
                         { "r", "Esc" },
                         { "stop it and start from zero", "go on" },
                         "run again? r yes, Esc go on" },
};

void question_draw(const struct pane *pane, const struct draw *draw)
{
    enum question q = draw->model->view.question;
    int y = 0, rows = 5;
    struct pane inside;

    if (draw->model->view.is_typing) {
        prompt_draw(pane, &draw->model->view);
        return;
    }
    for (int i = 0; i < 5 && questions[q].keys[i] != NULL; i++)
        rows++;
    if (pane->rect.height < rows || pane->rect.width < 38) {
        pane_fill(pane, 0, 0, pane->rect.width, ' ', ROLE_DIALOG);
        pane_text(pane, 0, 0, pane->rect.width, ROLE_DIALOG, questions[q].line);
        return;
    }
    inside = overlay_frame(pane, 60, rows, questions[q].title);
    pane_text(&inside, 0, y, inside.rect.width, ROLE_DIALOG, questions[q].lines[0]);
    y += 2;
    for (int i = 0; i < 5 && questions[q].keys[i] != NULL; i++, y++) {
        pane_text(&inside, 0, y, 5, ROLE_KEY, questions[q].keys[i]);
        pane_text(&inside, 5, y, inside.rect.width - 5, ROLE_DIALOG, questions[q].answers[i]);
    }
}
