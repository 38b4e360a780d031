/* The terminal through ncursesw. UI thread; signal handlers only set flags. */
#include "term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "app.h"
#include "keys.h"

struct term {
    SCREEN *screen;
    FILE *in, *out;
    bool owns_in, owns_out;
    struct canvas *shown; /* what the terminal shows; NULL: unknown */
    attr_t attributes[ROLE_COUNT];
    int pairs[ROLE_COUNT];
    long colors;  /* that are used; 0: none */
    bool is_away; /* in the background after a suspension: neither drawn nor read */
    int empty_reads;
    struct sigaction old_winch, old_tstp;
};

static volatile sig_atomic_t was_resized, wants_stop;

/* For the emergency: set while a terminal is open, used by a crash handler. */
static struct {
    volatile sig_atomic_t is_set;
    int fd;
    struct termios modes;
    char bytes[128];
    size_t length;
} emergency;

static void on_winch(int signal)
{
    (void)signal;
    was_resized = 1;
}

static void on_tstp(int signal)
{
    (void)signal;
    wants_stop = 1;
}

void ui_emergency_restore(void)
{
    if (!emergency.is_set)
        return;
    emergency.is_set = 0;
    if (write(emergency.fd, emergency.bytes, emergency.length) < 0)
        return;
    tcsetattr(emergency.fd, TCSANOW, &emergency.modes);
}

static void emergency_prepare(int fd)
{
    static const char *const names[] = { "sgr0", "cnorm", "rmkx", "rmcup" };

    emergency.length = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = tigetstr(names[i]);

        if (text == NULL || text == (char *)-1 || emergency.length + strlen(text) >= sizeof emergency.bytes)
            continue;
        memcpy(emergency.bytes + emergency.length, text, strlen(text));
        emergency.length += strlen(text);
    }
    emergency.fd = fd;
    emergency.is_set = 1;
}

bool term_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

static void styles_set(struct term *term, const struct theme *theme, long colors)
{
    for (int role = 0; role < ROLE_COUNT; role++) {
        const struct theme_style *style = &theme->styles[role];
        int foreground = theme_color_for(&style->foreground, colors), background = theme_color_for(&style->background, colors);
        unsigned a = style->attributes;

        term->attributes[role] = (a & CELL_BOLD ? A_BOLD : 0) | (a & CELL_DIM ? A_DIM : 0) | (a & CELL_REVERSE ? A_REVERSE : 0) |
                                 (a & CELL_UNDERLINE ? A_UNDERLINE : 0);
        term->pairs[role] = 0;
        if (colors > 0 && (foreground >= 0 || background >= 0) && init_extended_pair(role + 1, foreground, background) == OK)
            term->pairs[role] = role + 1;
    }
}

static FILE *stream_open(int fd, const char *mode, bool *owned)
{
    *owned = !isatty(fd);
    if (!*owned)
        return fd == STDIN_FILENO ? stdin : stdout;
    return fopen("/dev/tty", mode);
}

static void streams_close(struct term *term)
{
    if (term->owns_in && term->in != NULL)
        fclose(term->in);
    if (term->owns_out && term->out != NULL)
        fclose(term->out);
}

static void handlers_set(struct term *term)
{
    struct sigaction action = { .sa_handler = on_winch };

    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, &term->old_winch);
    sigaction(SIGTSTP, NULL, &term->old_tstp);
    if (term->old_tstp.sa_handler == SIG_IGN) /* a shell without job control: stopping would never end */
        return;
    action.sa_handler = on_tstp;
    sigaction(SIGTSTP, &action, NULL);
}

/* Keys come one by one. Ctrl-C is a key like any other here: as a signal it would reach the shell script around us as well. */
static void modes_set(int fd)
{
    struct termios modes;

    cbreak();
    if (tcgetattr(fd, &modes) != 0)
        return;
    modes.c_cc[VINTR] = _POSIX_VDISABLE;
    tcsetattr(fd, TCSADRAIN, &modes);
    def_prog_mode(); /* so that it comes back after a suspension */
}

struct term *term_open(const struct theme *theme, const struct theme *mono, const char *color, struct error *err)
{
    struct term *term = calloc(1, sizeof *term);
    const char *name = getenv("TERM"), *move;
    long colors;

    if (term == NULL)
        abort();
    term->in = stream_open(STDIN_FILENO, "re", &term->owns_in);
    term->out = stream_open(STDOUT_FILENO, "we", &term->owns_out);
    if (term->in == NULL || term->out == NULL) {
        error_set(err, EXIT_USAGE, "the dashboard wants a terminal: use --progress");
        goto failed;
    }
    tcgetattr(fileno(term->out), &emergency.modes);
    handlers_set(term); /* before curses, which leaves handlers of others alone */
    term->screen = newterm(NULL, term->out, term->in);
    move = term->screen != NULL ? tigetstr("cup") : NULL;
    if (move == NULL || move == (char *)-1) {
        if (term->screen != NULL) {
            endwin();
            delscreen(term->screen);
        }
        sigaction(SIGWINCH, &term->old_winch, NULL);
        sigaction(SIGTSTP, &term->old_tstp, NULL);
        error_set(err, EXIT_USAGE, "the terminal \"%s\" cannot move its cursor: use --progress, or set TERM", name != NULL ? name : "");
        goto failed;
    }
    set_term(term->screen);
    set_escdelay(25);
    modes_set(fileno(term->in));
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    leaveok(stdscr, TRUE);
    curs_set(0);
    colors = theme_colors(color, NULL, environment, tigetnum("colors"));
    if (colors > 0 && start_color() == OK)
        use_default_colors();
    else
        colors = 0;
    if (colors > COLORS) /* what curses cannot send */
        colors = COLORS;
    term->colors = colors;
    styles_set(term, colors > 0 ? theme : mono, colors);
    emergency_prepare(fileno(term->out));
    return term;
failed:
    streams_close(term);
    free(term);
    return NULL;
}

static bool is_writable(const struct term *term)
{
    struct pollfd out = { .fd = fileno(term->out), .events = POLLOUT };

    return poll(&out, 1, 0) > 0 && (out.revents & POLLOUT) != 0;
}

void term_close(struct term *term)
{
    if (term == NULL)
        return;
    if (!is_writable(term)) /* somebody stopped the output: leaving matters more */
        tcflow(fileno(term->out), TCOON);
    emergency.is_set = 0;
    if (!term->is_away)
        endwin();
    delscreen(term->screen);
    sigaction(SIGWINCH, &term->old_winch, NULL);
    sigaction(SIGTSTP, &term->old_tstp, NULL);
    canvas_free(term->shown);
    streams_close(term);
    free(term);
}

void term_size(const struct term *term, int *width, int *height)
{
    (void)term;
    getmaxyx(stdscr, *height, *width);
}

static void cell_show(const struct term *term, int x, int y, const struct cell *cell)
{
    wchar_t text[3] = { (wchar_t)cell->code_point, (wchar_t)cell->mark, L'\0' };
    attr_t attributes = term->attributes[cell->role];
    int pair = term->pairs[cell->role];
    cchar_t out;

    attributes |= (cell->attributes & CELL_BOLD ? A_BOLD : 0) | (cell->attributes & CELL_DIM ? A_DIM : 0) |
                  (cell->attributes & CELL_REVERSE ? A_REVERSE : 0) | (cell->attributes & CELL_UNDERLINE ? A_UNDERLINE : 0);
    if (setcchar(&out, text, attributes, 0, &pair) == OK)
        mvadd_wch(y, x, &out);
}

bool term_show(struct term *term, const struct canvas *canvas)
{
    bool is_same_size = term->shown != NULL && term->shown->width == canvas->width && term->shown->height == canvas->height,
         changed = false;
    size_t count = (size_t)canvas->width * (size_t)canvas->height;

    if (term->is_away)
        return true;
    if (is_same_size && memcmp(term->shown->cells, canvas->cells, count * sizeof *canvas->cells) == 0)
        return true;
    if (!is_writable(term))
        return false;
    if (!is_same_size) {
        canvas_free(term->shown);
        term->shown = canvas_new(canvas->width, canvas->height, canvas->glyphs);
        erase();
        changed = true;
    }
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++) {
            size_t i = (size_t)y * (size_t)canvas->width + (size_t)x;
            const struct cell *cell = &canvas->cells[i];

            if (cell->code_point == 0 || (!changed && memcmp(cell, &term->shown->cells[i], sizeof *cell) == 0))
                continue;
            cell_show(term, x, y, cell);
        }
    memcpy(term->shown->cells, canvas->cells, count * sizeof *canvas->cells);
    refresh();
    return true;
}

void term_set_theme(struct term *term, const struct theme *theme)
{
    if (term->colors > 0)
        styles_set(term, theme, term->colors);
    term_clear(term);
}

void term_clear(struct term *term)
{
    canvas_free(term->shown);
    term->shown = NULL;
    clearok(curscr, TRUE);
}

/* After a stop: whoever has the terminal now may draw. */
static bool is_in_foreground(const struct term *term)
{
    pid_t group = tcgetpgrp(fileno(term->in));

    return group == -1 || group == getpgrp();
}

static void return_to_screen(struct term *term)
{
    if (!is_in_foreground(term)) {
        term->is_away = true;
        return;
    }
    term->is_away = false;
    reset_prog_mode();
    refresh(); /* ends the pause that endwin() began */
    curs_set(0);
    was_resized = 1;
    term_clear(term);
    emergency.is_set = 1;
}

void term_suspend(struct term *term)
{
    struct sigaction standard = { .sa_handler = SIG_DFL }, ours;
    sigset_t stop, old;

    wants_stop = 0;
    emergency.is_set = 0;
    endwin();
    sigemptyset(&standard.sa_mask);
    sigaction(SIGTSTP, &standard, &ours);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &stop, &old);
    raise(SIGTSTP); /* stops here, and goes on here */
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    sigaction(SIGTSTP, &ours, NULL);
    return_to_screen(term);
}

void term_continued(struct term *term)
{
    return_to_screen(term);
}

bool term_wait(struct term *term, int fd, int timeout_ms)
{
    struct pollfd fds[2] = { { .fd = term->is_away ? -1 : fileno(term->in), .events = POLLIN }, { .fd = fd, .events = POLLIN } };
    int ready;

    if (term->is_away && is_in_foreground(term))
        return_to_screen(term);
    ready = poll(fds, 2, timeout_ms);
    if (ready < 0)
        return errno == EINTR || errno == EAGAIN;
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        return false;
    /* Readable without a key ever coming: end of file. */
    return !(fds[0].revents & POLLIN) || ++term->empty_reads < 50;
}

uint32_t term_key(struct term *term)
{
    wint_t c;
    int result;

    if (term->is_away)
        return KEY_CODE_NONE;
    result = get_wch(&c);
    if (result == ERR)
        return KEY_CODE_NONE;
    term->empty_reads = 0;
    if (result == OK)
        return c == 0 ? KEY_CODE_OTHER : c == 127 ? KEY_CODE_BACKSPACE : (uint32_t)c;
    if (c >= (wint_t)KEY_F(1) && c <= (wint_t)KEY_F(24))
        return KEY_CODE_FUNCTION + (uint32_t)(c - (wint_t)KEY_F0);
    switch (c) {
    case KEY_RESIZE:
        return KEY_CODE_RESIZE;
    case KEY_UP:
        return KEY_CODE_UP;
    case KEY_DOWN:
        return KEY_CODE_DOWN;
    case KEY_LEFT:
        return KEY_CODE_LEFT;
    case KEY_RIGHT:
        return KEY_CODE_RIGHT;
    case KEY_PPAGE:
        return KEY_CODE_PAGE_UP;
    case KEY_NPAGE:
        return KEY_CODE_PAGE_DOWN;
    case KEY_BACKSPACE:
        return KEY_CODE_BACKSPACE;
    case KEY_ENTER:
        return KEY_CODE_ENTER;
    default:
        return KEY_CODE_OTHER;
    }
}

bool term_was_resized(struct term *term)
{
    struct winsize size;

    if (!was_resized || term->is_away)
        return false;
    was_resized = 0;
    if (ioctl(fileno(term->out), TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    canvas_free(term->shown);
    term->shown = NULL;
    return true;
}

bool term_wants_stop(struct term *term)
{
    bool wanted = wants_stop;

    (void)term;
    wants_stop = 0;
    return wanted;
}
