/* The line that somebody types into: the label of a mark, a value, a spike, a command. Editing, history and completion are pure;
 * what a finished line does is action_steer.c. UI thread. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/plan.h"

#define PROMPT_SIZE 120
#define PROMPT_HISTORY 16
#define PROMPT_MARK_SIZE 64 /* of struct command's text */

enum prompt_kind { PROMPT_MARK, PROMPT_VALUE, PROMPT_SPIKE, PROMPT_COMMAND, PROMPT_KIND_COUNT };

struct prompt {
    enum prompt_kind kind;
    char label[60];
    char note[160]; /* below the line: what is wrong, or what Tab found; "" none */
    bool is_wrong;
    char history[PROMPT_HISTORY][PROMPT_SIZE]; /* of commands, the newest last */
    int history_count, history_at;             /* at == count: the line that is typed */
    char kept[PROMPT_SIZE];                    /* that line, while an older one is shown */
};

enum prompt_answer { PROMPT_STAY, PROMPT_CANCEL, PROMPT_DONE };

/* A key while the prompt is open; `typed` is the line. */
enum prompt_answer prompt_key(struct prompt *prompt, char *typed, uint32_t key, const struct plan *plan);
/* Keeps a command for later; the same twice is one. */
void prompt_remember(struct prompt *prompt, const char *line);
/* Words that only the dashboard knows, beside the command table; NULL behind the last. */
const char *prompt_own_word(size_t index);

#endif
