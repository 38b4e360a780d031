/* Settings: their values, their keys, and how they are drawn over the screen. UI thread; applies nothing itself. */
#include "settings.h"

#include <string.h>

#include "keys.h"
#include "panel.h"
#include "theme.h"

static const char *const titles[SETTING_COUNT] = { "theme", "glyphs", "refresh" };
static const char *const glyph_words[] = { "block", "braille", "ascii", NULL };
static const char *const refresh_words[] = { "250ms", "500ms", "1s", "2s", NULL };
static const unsigned refresh_ms[] = { 250, 500, 1000, 2000 };

const char *settings_word(enum setting setting, int value)
{
    const char *const *words = setting == SETTING_GLYPHS ? glyph_words : refresh_words;

    if (setting == SETTING_THEME)
        return theme_name_at((size_t)value);
    for (int i = 0; words[i] != NULL; i++)
        if (i == value)
            return words[i];
    return NULL;
}

int settings_find(enum setting setting, const char *word, int otherwise)
{
    const char *known;

    for (int i = 0; word != NULL && (known = settings_word(setting, i)) != NULL; i++)
        if (strcmp(known, word) == 0)
            return i;
    return otherwise;
}

unsigned settings_refresh_ms(const struct settings *settings)
{
    return refresh_ms[settings->values[SETTING_REFRESH]];
}

static void value_step(struct settings *settings, bool is_forward)
{
    int *value = &settings->values[settings->row], count = 0;

    while (settings_word(settings->row, count) != NULL)
        count++;
    if (count == 0)
        return;
    *value = (*value + (is_forward ? 1 : count - 1)) % count;
}

enum settings_answer settings_key(struct settings *settings, uint32_t key)
{
    switch (key) {
    case KEY_CODE_UP:
    case 'k':
        settings->row = (settings->row + SETTING_COUNT - 1) % SETTING_COUNT;
        return SETTINGS_STAY;
    case KEY_CODE_DOWN:
    case 'j':
        settings->row = (settings->row + 1) % SETTING_COUNT;
        return SETTINGS_STAY;
    case KEY_CODE_ENTER:
    case '\r':
    case ' ':
    case 'l':
    case KEY_CODE_RIGHT:
        value_step(settings, true);
        return SETTINGS_CHANGED;
    case 'h':
    case KEY_CODE_LEFT:
        value_step(settings, false);
        return SETTINGS_CHANGED;
    default:
        return SETTINGS_CLOSE;
    }
}

void settings_draw(const struct pane *pane, const struct draw *draw)
{
    const struct settings *settings = &draw->model->view.settings;
    struct pane inside = overlay_frame(pane, 50, SETTING_COUNT + 4, "Settings");

    for (int i = 0; i < SETTING_COUNT; i++) {
        bool is_here = (int)settings->row == i;

        pane_text(&inside, 0, i, 2, ROLE_KEY, is_here ? ">" : " ");
        pane_text(&inside, 2, i, 10, ROLE_LABEL, titles[i]);
        pane_text(
            &inside, 12, i, inside.rect.width - 12, is_here ? ROLE_STRONG : ROLE_TEXT, settings_word((enum setting)i, settings->values[i]));
    }
    pane_text(&inside, 0, SETTING_COUNT + 1, inside.rect.width, ROLE_DIM, "arrows, Enter: change for this run   Esc: back");
}
