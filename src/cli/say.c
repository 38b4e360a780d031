/* Errors and notes on standard error. */
#include "say.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "onager/text.h"

#define INDENT 8
#define LINE_BYTES 1200

bool say_is_utf8(void)
{
    return strcasecmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Bytes of `text` that fit in `columns`, cut between words where there is a blank; at least one character. */
static size_t fitting(const char *text, size_t columns)
{
    size_t used = 0, at = 0, length = strlen(text), blank = 0;

    while (at < length) {
        uint32_t code_point = 0;
        size_t taken = text_decode(text + at, length - at, &code_point);

        taken = taken > 0 ? taken : 1;
        used += (size_t)text_width(code_point);
        if (used > columns && at > 0)
            return blank > 0 ? blank : at;
        if (code_point == ' ')
            blank = at;
        at += taken;
    }
    return length;
}

static void add_line(struct buf *out, const char *line, size_t columns, bool *is_first)
{
    size_t room = columns > 2 * INDENT ? columns - INDENT - 1 : SIZE_MAX;

    do {
        size_t taken = fitting(line, room);

        buf_add_text(out, *is_first ? "onager: " : "        ");
        buf_add(out, line, taken);
        buf_add_char(out, '\n');
        *is_first = false;
        line += taken + strspn(line + taken, " ");
    } while (*line != '\0');
}

static void sanitize_line(char *clean, size_t size, const char **text, bool utf8)
{
    size_t length = strcspn(*text, "\n");

    text_sanitize(clean, size, *text, length, size, utf8);
    *text += length + ((*text)[length] == '\n');
}

void say_layout(struct buf *out, const char *text, size_t columns, bool utf8)
{
    bool is_first = true;

    while (*text != '\0') {
        char clean[LINE_BYTES];

        sanitize_line(clean, sizeof clean, &text, utf8);
        add_line(out, clean + strspn(clean, " "), columns, &is_first);
    }
}

size_t say_columns(void)
{
    struct winsize size = { 0 };

    if (!isatty(STDERR_FILENO) || ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

void say(const char *text)
{
    struct buf out;

    buf_init(&out);
    say_layout(&out, text, say_columns(), say_is_utf8());
    if (out.length > 0)
        fwrite(out.data, 1, out.length, stderr);
    fflush(stderr);
    buf_release(&out);
}

void say_error(const struct error *err, bool is_plan_file)
{
    const char *text = err->text;

    if (!is_plan_file || err->exit_code != EXIT_PLAN) {
        say(text);
        return;
    }
    while (*text != '\0') {
        char clean[LINE_BYTES];

        sanitize_line(clean, sizeof clean, &text, say_is_utf8());
        fprintf(stderr, "%s\n", clean);
    }
}
