/* Command lines as people copy them: the words of one command, as a POSIX shell would hand them on, with $'...' of bash. Nothing
 * is executed and nothing is put in: what a shell would put in ($NAME, `...`) is a mistake. Also the form that browsers copy for
 * cmd.exe (^" and ^ before line breaks). Pure; any thread. */
#ifndef ONAGER_SHELL_WORDS_H
#define ONAGER_SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct shell_command {
    char **words; /* owned, NULL behind the last */
    size_t count;
    unsigned line; /* of its first word, from 1 */
};

struct shell_text {
    char *text; /* a copy that is worked on */
    size_t length, at;
    unsigned line;
    bool is_cmd; /* of cmd.exe */
};

#define SHELL_TEXT_MAX (16 << 20)

void shell_text_init(struct shell_text *shell, const char *text, size_t length);
void shell_text_release(struct shell_text *shell);

/* The next command that has a word. false: there is none, or *why says what is wrong in line shell->line, else it is NULL. */
bool shell_text_next(struct shell_text *shell, struct shell_command *command, const char **why);
void shell_command_release(struct shell_command *command);

#endif
