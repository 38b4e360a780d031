/* Signals of a run. */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "mem.h"
#include "onager/error.h"

#define ASKED_MAX 3 /* once: gracefully; twice: at once; then something hangs */
#define CRASH_STACK_BYTES (64 * 1024)

static struct ui_signals seen;
static volatile sig_atomic_t last;

struct ui_signals *signals_seen(void)
{
    return &seen;
}

unsigned signals_asked(void)
{
    unsigned bits = __atomic_load_n(&seen.bits, __ATOMIC_RELAXED);

    return __atomic_load_n(&seen.interrupts, __ATOMIC_RELAXED) + ((bits & UI_SIGNAL_TERM) != 0);
}

bool signals_hung_up(void)
{
    return (__atomic_load_n(&seen.bits, __ATOMIC_RELAXED) & UI_SIGNAL_HUP) != 0;
}

const char *signals_last(void)
{
    return last == SIGTERM ? "SIGTERM" : "SIGINT";
}

static void restore_terminal(void)
{
#ifdef HAVE_UI
    ui_emergency_restore();
#endif
}

static void on_end(int number)
{
    int error = errno;
    unsigned bits = __atomic_load_n(&seen.bits, __ATOMIC_RELAXED);

    last = number;
    if (signals_asked() + 1 >= ASKED_MAX) {
        restore_terminal();
        _exit(EXIT_STOPPED);
    }
    ui_signals_add(&seen, number == SIGTERM && (bits & UI_SIGNAL_TERM) == 0 ? UI_SIGNAL_TERM : UI_SIGNAL_INT);
    errno = error;
}

static void on_other(int number)
{
    ui_signals_add(&seen, number == SIGHUP ? UI_SIGNAL_HUP : UI_SIGNAL_CONT);
}

static void on_crash(int number)
{
    restore_terminal();
    raise(number); /* SA_RESETHAND: now it ends the process */
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* What the caller had switched off stays off: nohup, and jobs that a script put in the background. */
static void handle_unless_ignored(int number, void (*handler)(int), int flags)
{
    struct sigaction before;

    if (sigaction(number, NULL, &before) != 0 || before.sa_handler != SIG_IGN)
        handle(number, handler, flags);
}

/* A stack that ran over cannot carry its own handler. */
static void give_crash_stack(void)
{
    stack_t stack = { .ss_size = CRASH_STACK_BYTES };

    stack.ss_sp = mem_alloc(CRASH_STACK_BYTES);
    sigaltstack(&stack, NULL);
}

void signals_install(void)
{
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    static bool has_stack;

    seen = (struct ui_signals){ 0 };
    /* no SA_RESTART: a signal ends the wait for a snapshot */
    handle_unless_ignored(SIGINT, on_end, 0);
    handle_unless_ignored(SIGTERM, on_end, 0);
    handle_unless_ignored(SIGHUP, on_other, 0);
    handle(SIGCONT, on_other, SA_RESTART);
    handle(SIGPIPE, SIG_IGN, 0);
    handle(SIGXFSZ, SIG_IGN, 0);
    if (ONAGER_SANITIZE[0] != '\0') /* a sanitizer reports crashes itself */
        return;
    if (!has_stack)
        give_crash_stack();
    has_stack = true;
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        handle(crashes[i], on_crash, (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER));
}
