/* Splitting command lines into words: POSIX quoting (2.2 of the Shell Command Language) and $'...' of bash. */
#include "shell_words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"

/* ---- the form of cmd.exe ---- */

static bool looks_like_cmd(const char *text, size_t length)
{
    return memmem(text, length, " ^\n", 3) != NULL || memmem(text, length, " ^\r\n", 4) != NULL || memmem(text, length, " ^\"", 3) != NULL;
}

/* cmd.exe takes the character behind ^ as it is; a line break behind it goes on with the line, and two of them are one. */
static void undo_carets(struct shell_text *shell)
{
    size_t used = 0;

    for (size_t i = 0; i < shell->length; i++) {
        if (shell->text[i] == '\r')
            continue;
        if (shell->text[i] != '^' || i + 1 == shell->length) {
            shell->text[used++] = shell->text[i];
            continue;
        }
        i += shell->text[i + 1] == '\r' && i + 2 < shell->length ? 2 : 1;
        if (shell->text[i] != '\n') {
            shell->text[used++] = shell->text[i];
        } else if (i + 1 < shell->length && (shell->text[i + 1] == '\n' || shell->text[i + 1] == '\r')) {
            i += shell->text[i + 1] == '\r' ? 2 : 1;
            shell->text[used++] = '\n';
        } else {
            shell->text[used++] = ' ';
        }
    }
    shell->length = used;
    shell->text[used] = '\0';
}

void shell_text_init(struct shell_text *shell, const char *text, size_t length)
{
    *shell = (struct shell_text){ .text = mem_copy_n(text, length), .length = length, .line = 1 };
    shell->is_cmd = looks_like_cmd(text, length);
    if (shell->is_cmd)
        undo_carets(shell);
}

void shell_text_release(struct shell_text *shell)
{
    free(shell->text);
}

/* ---- characters ---- */

static char peek(const struct shell_text *shell, size_t ahead)
{
    return shell->at + ahead < shell->length ? shell->text[shell->at + ahead] : '\0';
}

static bool is_at_end(const struct shell_text *shell)
{
    return shell->at >= shell->length;
}

static char take(struct shell_text *shell)
{
    char c = shell->text[shell->at++];

    if (c == '\n')
        shell->line++;
    return c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_command(char c)
{
    return c == '\n' || c == ';' || c == '|' || c == '&';
}

/* ---- quotes ---- */

static const char *take_single(struct shell_text *shell, struct buf *word)
{
    while (!is_at_end(shell)) {
        char c = take(shell);

        if (c == '\'')
            return NULL;
        buf_add_char(word, c);
    }
    return "a ' without its end";
}

static void add_utf8(struct buf *word, uint32_t c)
{
    if (c < 0x80) {
        buf_add_char(word, (char)c);
    } else if (c < 0x800) {
        buf_add_char(word, (char)(0xc0 | c >> 6));
        buf_add_char(word, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        buf_add_char(word, (char)(0xe0 | c >> 12));
        buf_add_char(word, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_add_char(word, (char)(0x80 | (c & 0x3f)));
    } else {
        buf_add_char(word, (char)(0xf0 | (c >> 18 & 0x07)));
        buf_add_char(word, (char)(0x80 | (c >> 12 & 0x3f)));
        buf_add_char(word, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_add_char(word, (char)(0x80 | (c & 0x3f)));
    }
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* At most `most` digits to this base; -1: there is none. */
static int64_t take_digits(struct shell_text *shell, int base, int most)
{
    int64_t value = -1;

    while (most-- > 0 && !is_at_end(shell) && digit_of(peek(shell, 0)) < base)
        value = (value < 0 ? 0 : value * base) + digit_of(take(shell));
    return value;
}

/* What stands behind the backslash in $'...'. */
static void take_escape(struct shell_text *shell, struct buf *word)
{
    static const char letters[] = "abefnrtvE\\'\"?", meanings[] = "\a\b\033\f\n\r\t\v\033\\'\"?";
    char c = take(shell);
    const char *letter = strchr(letters, c);
    int64_t value = -1;

    if (c != '\0' && letter != NULL) {
        buf_add_char(word, meanings[letter - letters]);
        return;
    }
    if (c >= '0' && c <= '7') {
        shell->at--;
        buf_add_char(word, (char)take_digits(shell, 8, 3));
        return;
    }
    if (c == 'x')
        value = take_digits(shell, 16, 2);
    else if (c == 'u' || c == 'U')
        value = take_digits(shell, 16, c == 'u' ? 4 : 8);
    if (value < 0 || value > 0x10ffff) {
        buf_add_char(word, '\\');
        buf_add_char(word, c);
    } else if (c == 'x') {
        buf_add_char(word, (char)value);
    } else {
        add_utf8(word, (uint32_t)value);
    }
}

static const char *take_dollar_single(struct shell_text *shell, struct buf *word)
{
    while (!is_at_end(shell)) {
        char c = take(shell);

        if (c == '\'')
            return NULL;
        if (c == '\\' && !is_at_end(shell))
            take_escape(shell, word);
        else
            buf_add_char(word, c);
    }
    return "a $' without its end";
}

static bool starts_expansion(const struct shell_text *shell, size_t ahead)
{
    char c = peek(shell, ahead);

    return c == '{' || c == '(' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '@' ||
           c == '*' || c == '#' || c == '?' || c == '$' || c == '!';
}

static const char expansion[] = "a shell would put something in here ($NAME, $(...) or `...`): write what it is, or quote it with '";

static const char *take_double(struct shell_text *shell, struct buf *word)
{
    while (!is_at_end(shell)) {
        char c = take(shell);

        if (c == '"')
            return NULL;
        if (c == '\\' && !is_at_end(shell) && strchr(shell->is_cmd ? "\\\"" : "$`\"\\\n", peek(shell, 0)) != NULL) {
            c = take(shell);
            if (c != '\n')
                buf_add_char(word, c);
            continue;
        }
        if (!shell->is_cmd && (c == '`' || (c == '$' && starts_expansion(shell, 0))))
            return expansion;
        buf_add_char(word, c);
    }
    return "a \" without its end";
}

/* ---- words ---- */

static const char *take_word(struct shell_text *shell, struct buf *word)
{
    const char *why = NULL;

    while (why == NULL && !is_at_end(shell) && !is_blank(peek(shell, 0)) && !ends_command(peek(shell, 0))) {
        char c = take(shell);

        if (c == '\'' && !shell->is_cmd) {
            why = take_single(shell, word);
        } else if (c == '"') {
            why = take_double(shell, word);
        } else if (c == '$' && peek(shell, 0) == '\'' && !shell->is_cmd) {
            take(shell);
            why = take_dollar_single(shell, word);
        } else if (c == '$' && peek(shell, 0) == '"' && !shell->is_cmd) {
            continue;
        } else if (c == '\\' && !is_at_end(shell) && !shell->is_cmd) {
            c = take(shell);
            if (c != '\n')
                buf_add_char(word, c);
        } else if (!shell->is_cmd && (c == '`' || c == '(' || (c == '$' && starts_expansion(shell, 0)))) {
            why = expansion;
        } else if (!shell->is_cmd && (c == '>' || c == '<')) {
            why = "> and < are the shell's: leave them out";
        } else {
            buf_add_char(word, c);
        }
    }
    if (why == NULL && word->length > 0 && memchr(word->data, '\0', word->length) != NULL)
        why = "a NUL, which no command line can hold";
    return why;
}

/* Blanks, escaped line breaks and comments before a word. */
static void skip_blanks(struct shell_text *shell)
{
    while (!is_at_end(shell)) {
        bool is_broken_crlf = peek(shell, 0) == '\\' && peek(shell, 1) == '\r' && peek(shell, 2) == '\n';

        if (is_blank(peek(shell, 0))) {
            take(shell);
        } else if ((peek(shell, 0) == '\\' && peek(shell, 1) == '\n') || is_broken_crlf) {
            take(shell);
            take(shell);
            if (is_broken_crlf)
                take(shell);
        } else if (peek(shell, 0) == '#') {
            while (!is_at_end(shell) && peek(shell, 0) != '\n')
                take(shell);
        } else {
            return;
        }
    }
}

void shell_command_release(struct shell_command *command)
{
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
    free(command->words);
    *command = (struct shell_command){ 0 };
}

bool shell_text_next(struct shell_text *shell, struct shell_command *command, const char **why)
{
    *command = (struct shell_command){ 0 };
    *why = NULL;
    for (;;) {
        struct buf word;

        skip_blanks(shell);
        if (is_at_end(shell))
            break;
        if (ends_command(peek(shell, 0))) {
            take(shell);
            if (command->count > 0)
                break;
            continue;
        }
        if (command->count == 0)
            command->line = shell->line;
        buf_init(&word);
        *why = take_word(shell, &word);
        if (*why != NULL) {
            buf_release(&word);
            shell_command_release(command);
            return false;
        }
        command->words = mem_resize(command->words, command->count + 2, sizeof *command->words);
        command->words[command->count++] = buf_take(&word);
        command->words[command->count] = NULL;
    }
    return command->count > 0;
}
