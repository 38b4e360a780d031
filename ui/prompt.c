/* The line that somebody types into, and how it is drawn over the screen. UI thread; sends nothing. */
#include "prompt.h"

#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "onager/engine.h"
#include "panel.h"

#define FOUND 32

static const char *const own_words[] = { "aim", "save", "quit", NULL };

const char *prompt_own_word(size_t index)
{
    return own_words[index];
}

/* ---- editing ---- */

/* Appends a code point to the line as UTF-8, or takes the last one away. */
static void edit(char *text, size_t size, uint32_t key)
{
    size_t length = strlen(text);

    if (key == KEY_CODE_BACKSPACE || key == 8) {
        while (length > 0 && ((unsigned char)text[--length] & 0xc0) == 0x80)
            ;
        text[length] = '\0';
        return;
    }
    if (key < ' ' || key > 0x10ffff || (key >= 0xd800 && key < 0xe000) || length + 5 > size)
        return;
    if (key < 0x80) {
        text[length++] = (char)key;
    } else if (key < 0x800) {
        text[length++] = (char)(0xc0 | key >> 6);
        text[length++] = (char)(0x80 | (key & 63));
    } else if (key < 0x10000) {
        text[length++] = (char)(0xe0 | key >> 12);
        text[length++] = (char)(0x80 | (key >> 6 & 63));
        text[length++] = (char)(0x80 | (key & 63));
    } else {
        text[length++] = (char)(0xf0 | key >> 18);
        text[length++] = (char)(0x80 | (key >> 12 & 63));
        text[length++] = (char)(0x80 | (key >> 6 & 63));
        text[length++] = (char)(0x80 | (key & 63));
    }
    text[length] = '\0';
}

/* ---- history ---- */

void prompt_remember(struct prompt *prompt, const char *line)
{
    if (line[0] == '\0' || (prompt->history_count > 0 && strcmp(prompt->history[prompt->history_count - 1], line) == 0))
        return;
    if (prompt->history_count == PROMPT_HISTORY)
        memmove(prompt->history[0], prompt->history[1], sizeof prompt->history[0] * --prompt->history_count);
    snprintf(prompt->history[prompt->history_count++], PROMPT_SIZE, "%s", line);
}

static void history_step(struct prompt *prompt, char *typed, int step)
{
    int at = prompt->history_at + step;

    if (prompt->kind != PROMPT_COMMAND || at < 0 || at > prompt->history_count)
        return;
    if (prompt->history_at == prompt->history_count)
        snprintf(prompt->kept, sizeof prompt->kept, "%s", typed);
    prompt->history_at = at;
    snprintf(typed, PROMPT_SIZE, "%s", at == prompt->history_count ? prompt->kept : prompt->history[at]);
}

/* ---- completion ---- */

struct found {
    const char *words[FOUND];
    size_t count;
};

static void found_try(struct found *found, const char *word, const char *begin)
{
    if (strncmp(word, begin, strlen(begin)) == 0 && found->count < FOUND)
        found->words[found->count++] = word;
}

static bool takes_scenario(const char *line)
{
    size_t length = strcspn(line, " ");

    if (length == 3 && strncmp(line, "aim", 3) == 0)
        return true;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const char *word = command_word((enum command_kind)i);

        if (strlen(word) == length && strncmp(word, line, length) == 0)
            return strstr(command_args((enum command_kind)i), "SCENARIO") != NULL;
    }
    return false;
}

static void find_words(struct found *found, const char *typed, const char *begin, const struct plan *plan)
{
    if (begin == typed) {
        for (int i = 0; i < COMMAND_COUNT; i++)
            found_try(found, command_word((enum command_kind)i), begin);
        for (size_t i = 0; own_words[i] != NULL; i++)
            found_try(found, own_words[i], begin);
    } else if (takes_scenario(typed)) {
        found_try(found, "all", begin);
        for (size_t i = 0; i < plan->scenario_count; i++)
            found_try(found, plan->scenarios[i].name, begin);
    }
}

/* Tab: as far as all that fit agree; a note lists them when they are several. */
static void complete(struct prompt *prompt, char *typed, const struct plan *plan)
{
    char *last = strrchr(typed, ' ');
    char *begin = last != NULL ? last + 1 : typed;
    struct found found = { .count = 0 };
    size_t common, used = 0;

    find_words(&found, typed, begin, plan);
    if (found.count == 0)
        return;
    common = strlen(found.words[0]);
    for (size_t i = 1; i < found.count; i++)
        while (strncmp(found.words[0], found.words[i], common) != 0)
            common--;
    if ((size_t)(begin - typed) + common + 2 > PROMPT_SIZE)
        return;
    memcpy(begin, found.words[0], common);
    begin[common] = '\0';
    if (found.count == 1)
        strncat(typed, " ", 2);
    for (size_t i = 0; found.count > 1 && i < found.count && used < sizeof prompt->note; i++)
        used += (size_t)snprintf(prompt->note + used, sizeof prompt->note - used, "%s%s", i > 0 ? "  " : "", found.words[i]);
}

enum prompt_answer prompt_key(struct prompt *prompt, char *typed, uint32_t key, const struct plan *plan)
{
    prompt->note[0] = '\0';
    prompt->is_wrong = false;
    switch (key) {
    case KEY_CODE_ESCAPE:
        return PROMPT_CANCEL;
    case KEY_CODE_ENTER:
    case '\r':
        return PROMPT_DONE;
    case KEY_CODE_UP:
        history_step(prompt, typed, -1);
        break;
    case KEY_CODE_DOWN:
        history_step(prompt, typed, 1);
        break;
    case '\t':
        if (prompt->kind == PROMPT_COMMAND && plan != NULL)
            complete(prompt, typed, plan);
        break;
    case 21: /* Ctrl-U, as in a shell */
        typed[0] = '\0';
        break;
    default:
        edit(typed, prompt->kind == PROMPT_MARK ? PROMPT_MARK_SIZE : PROMPT_SIZE, key);
        break;
    }
    return PROMPT_STAY;
}

/* ---- drawing ---- */

static const struct {
    const char *title, *label, *help;
} looks[PROMPT_KIND_COUNT] = {
    [PROMPT_MARK] = { "Mark", "Label: ", "Enter puts it on the time line, Esc does not" },
    [PROMPT_VALUE] = { "Set the load", "", "Enter: from now on, instead of the plan. Esc: as it was" },
    [PROMPT_SPIKE] = { "Spike now", "Times and how long: ", "Enter starts it, Esc does not" },
    [PROMPT_COMMAND] = { "Command", ":", "Tab completes, up: earlier ones, Enter, Esc" },
};

void prompt_draw(const struct pane *pane, const struct view *view)
{
    const struct prompt *prompt = &view->prompt;
    struct pane inside = overlay_frame(pane, 66, 5, looks[prompt->kind].title);
    int x;

    if (inside.rect.height < 3) {
        inside = pane_inside(pane, 0, 0, pane->rect.width, 1);
        pane_fill(&inside, 0, 0, inside.rect.width, ' ', ROLE_DIALOG);
    }
    x = pane_text(&inside, 0, 0, inside.rect.width, ROLE_LABEL, prompt->kind == PROMPT_VALUE ? prompt->label : looks[prompt->kind].label);
    x += pane_outside(&inside, x, 0, inside.rect.width - x - 1, ROLE_TEXT, view->typed);
    pane_put(&inside, x, 0, ' ', ROLE_TEXT, CELL_REVERSE);
    if (prompt->note[0] != '\0' && inside.rect.height < 3) /* one row: what is wrong goes first */
        pane_outside(&inside, x + 2, 0, inside.rect.width - x - 2, prompt->is_wrong ? ROLE_BAD : ROLE_DIM, prompt->note);
    else if (prompt->note[0] != '\0')
        pane_outside(&inside, 0, 2, inside.rect.width, prompt->is_wrong ? ROLE_BAD : ROLE_DIM, prompt->note);
    else
        pane_text(&inside, 0, 2, inside.rect.width, ROLE_DIM, looks[prompt->kind].help);
}
