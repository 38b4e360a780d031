/* The table of keys (keys.def): which key does what in which state. Changed by
 * ui_set_keys() (app.h) alone, before the dashboard opens. */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/snapshot.h"

/* A key is a code point, a control code, or one of these. */
#define KEY_CODE_NONE 0u
#define KEY_CODE_FUNCTION 0x200000u /* F1 is KEY_CODE_FUNCTION + 1 */
#define KEY_CODE_RESIZE 0x200100u
#define KEY_CODE_UP 0x200101u
#define KEY_CODE_DOWN 0x200102u
#define KEY_CODE_PAGE_UP 0x200103u
#define KEY_CODE_PAGE_DOWN 0x200104u
#define KEY_CODE_BACKSPACE 0x200105u
#define KEY_CODE_OTHER 0x200106u
#define KEY_CODE_LEFT 0x200107u
#define KEY_CODE_RIGHT 0x200108u
#define KEY_CODE_ENTER 0x0au
#define KEY_CODE_ESCAPE 0x1bu

enum action {
    ACTION_NONE,
    ACTION_START,
    ACTION_PAUSE,
    ACTION_RESUME,
    ACTION_STOP,
    ACTION_KILL,
    ACTION_RERUN,
    ACTION_RERUN_ASK,
    ACTION_MARK,
    ACTION_FREEZE,
    ACTION_LIVE,
    ACTION_EXPLAIN,
    ACTION_HELP,
    ACTION_QUIT,
    ACTION_INTERRUPT,
    ACTION_SUSPEND,
    ACTION_REDRAW,
    ACTION_BACK,
    ACTION_SAVE,
    ACTION_SETTINGS,
    ACTION_MORE,
    ACTION_LESS,
    ACTION_SET,
    ACTION_UNDO,
    ACTION_SPIKE,
    ACTION_SKIP,
    ACTION_AIM,
    ACTION_COMMAND,
    ACTION_SAVE_PLAN,
    ACTION_COUNT
};

struct key_binding {
    const char *key; /* as people read it: "p", "Space", "F1", "Ctrl-C" */
    uint32_t code;
    enum action action;
    const char *label;
    int order;
    const char *states;
    const char *help;
};

const struct key_binding *keys_table(size_t *count);

/* 'r', 'g', 'p', 's' or 'e'. */
char keys_state(enum run_state state);

bool keys_is_valid(const struct key_binding *binding, char state, bool is_frozen);

/* The binding of a key in a state; NULL: the key does nothing there. */
const struct key_binding *keys_binding(uint32_t code, char state, bool is_frozen);

/* "p", "Space", "Enter", "Esc", "F10", "Ctrl-C" to a code; KEY_CODE_NONE when it is none. */
uint32_t keys_code(const char *name);

#endif
