/* The start question on a terminal, without curses: plain lines, one key. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "guard.h"
#include "onager/text.h"

#define BOX_COLUMNS 74
#define INSIDE (BOX_COLUMNS - 4)

#define CTRL_C 0x03
#define CTRL_D 0x04
#define CTRL_BACKSLASH 0x1c
#define ESCAPE 0x1b
#define LOOK_MS 250 /* for a signal that came just before the wait */

/* One line of the box, or without a frame where there is no room for one. */
static void add_line(struct buf *out, const char *text, bool framed, bool utf8)
{
    char clean[INSIDE * 4 + 8];
    size_t used = text_sanitize(clean, sizeof clean, text, strlen(text), INSIDE, utf8);

    if (!framed) {
        buf_addf(out, "%s\n", clean);
        return;
    }
    buf_addf(out, "%s %s%*s %s\n", utf8 ? "│" : "|", clean, (int)(INSIDE - used), "", utf8 ? "│" : "|");
}

static void add_rule(struct buf *out, const char *left, const char *right, size_t columns, bool utf8)
{
    buf_add_text(out, left);
    for (size_t i = 0; i < columns; i++)
        buf_add_text(out, utf8 ? "─" : "-");
    buf_addf(out, "%s\n", right);
}

void guard_question(struct buf *out, const struct plan *plan, const struct guard_finding *finding, size_t columns, bool utf8)
{
    bool framed = columns > BOX_COLUMNS;
    const char *bar = utf8 ? "─" : "-";
    char url[400];
    struct buf line;

    buf_init(&line);
    if (framed) {
        buf_addf(out, "%s%s Start? ", utf8 ? "┌" : "+", bar);
        add_rule(out, "", utf8 ? "┐" : "+", BOX_COLUMNS - 2 - 9, utf8);
    }
    /* the address is what the question is about: the URL gives way */
    text_sanitize(
        url, sizeof url, finding->url, strlen(finding->url), INSIDE - (finding->address[0] != '\0' ? strlen(finding->address) + 21 : 36),
        utf8);
    if (finding->address[0] != '\0')
        buf_addf(&line, "%s %s %s, a public address", url, utf8 ? "→" : "->", finding->address);
    else
        buf_addf(&line, "%s by a proxy: maybe a public address", url);
    add_line(out, line.data, framed, utf8);
    add_line(out, "", framed, utf8);
    buf_clear(&line);
    guard_describe(&line, plan, finding);
    add_line(out, line.data, framed, utf8);
    add_line(out, "Load on a service that is not yours can break it, or cost money.", framed, utf8);
    add_line(out, "", framed, utf8);
    add_line(out, "  Enter  start                   l  start, at most 50/s", framed, utf8);
    add_line(out, "  a      always for this host    q  leave", framed, utf8);
    add_line(out, "", framed, utf8);
    buf_clear(&line);
    buf_addf(&line, "In scripts: --yes, or allow = %s in the config file.", finding->host);
    add_line(out, line.data, framed, utf8);
    if (framed)
        add_rule(out, utf8 ? "└" : "+", utf8 ? "┘" : "+", BOX_COLUMNS - 2, utf8);
    buf_release(&line);
}

void guard_warning(struct buf *out, const struct plan *plan, const struct guard_finding *finding)
{
    if (finding->address[0] != '\0')
        buf_addf(out, "%.300s is %s, a public address: ", finding->url, finding->address);
    else
        buf_addf(out, "%.300s goes by a proxy, maybe to a public address: ", finding->url);
    guard_describe(out, plan, finding);
    buf_addf(out, " --yes, or allow = %s in the config file, says that it may be", finding->host);
}

static bool answer_of(unsigned char key, enum guard_answer *answer)
{
    switch (key) {
    case '\r':
    case '\n':
        *answer = GUARD_START;
        return true;
    case 'l':
        *answer = GUARD_START_LIMITED;
        return true;
    case 'a':
        *answer = GUARD_ALWAYS;
        return true;
    case 'q':
    case ESCAPE:
    case CTRL_C:
    case CTRL_D:
    case CTRL_BACKSLASH:
        *answer = GUARD_LEAVE;
        return true;
    default:
        return false;
    }
}

enum guard_answer guard_wait(int terminal, bool (*is_over)(void))
{
    struct pollfd poll_for = { .fd = terminal, .events = POLLIN };
    enum guard_answer answer = GUARD_LEAVE;
    struct termios before, raw;
    unsigned char key;

    if (tcgetattr(terminal, &before) != 0)
        return GUARD_LEAVE;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG); /* Ctrl-C is a key here: the terminal must be put back */
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    /* what was typed before the question is no answer to it */
    if (tcsetattr(terminal, TCSAFLUSH, &raw) != 0)
        return GUARD_LEAVE;
    while (!is_over()) {
        int ready = poll(&poll_for, 1, LOOK_MS);

        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        if (ready < 0 || read(terminal, &key, 1) != 1 || answer_of(key, &answer))
            break; /* an answer, or the terminal is gone */
    }
    tcsetattr(terminal, TCSAFLUSH, &before);
    return answer;
}
