/* Settings of the dashboard that can be changed while it runs (F2). Pure: keys change the values here, the loop applies them. */
#ifndef UI_SETTINGS_H
#define UI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting { SETTING_THEME, SETTING_GLYPHS, SETTING_REFRESH, SETTING_COUNT };

struct settings {
    enum setting row;          /* of the cursor */
    int values[SETTING_COUNT]; /* indices */
};

/* The words of a value; NULL behind the last of a setting. */
const char *settings_word(enum setting setting, int value);
/* The index of a word; `otherwise` when it is none. */
int settings_find(enum setting setting, const char *word, int otherwise);
unsigned settings_refresh_ms(const struct settings *settings);

enum settings_answer { SETTINGS_STAY, SETTINGS_CHANGED, SETTINGS_CLOSE };
/* Up and down choose, Enter, Space and right take the next value, left the one before; any other key closes. */
enum settings_answer settings_key(struct settings *settings, uint32_t key);

#endif
