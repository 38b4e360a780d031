/* Hooks: forked, limited in time, killed with all they started when that is over. */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "onager/units.h"
#include "say.h"

#define LIMIT_NS (30 * NS_PER_S)
#define STEP_NS (10 * NS_PER_MS)

static char *folder_of(const struct plan *plan)
{
    const char *slash = plan->source != NULL ? strrchr(plan->source, '/') : NULL;

    return slash != NULL ? mem_copy_n(plan->source, (size_t)(slash - plan->source) + 1) : mem_copy(".");
}

/* In the child. */
static _Noreturn void become(const char *folder, const char *command)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    setpgid(0, 0);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* our standard output may be a result */
    if (chdir(folder) == 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static bool wait_for(pid_t child, int *status)
{
    uint64_t until_ns = clock_now_ns() + LIMIT_NS;
    const struct timespec step = { 0, (long)STEP_NS };

    while (waitpid(child, status, WNOHANG) == 0) {
        if (clock_now_ns() > until_ns) {
            kill(-child, SIGKILL);
            waitpid(child, status, 0);
            return false;
        }
        nanosleep(&step, NULL);
    }
    return true;
}

static int run_hook(const struct plan *plan, const char *name, const char *command, struct error *err)
{
    char *folder = folder_of(plan);
    int status = 0;
    bool is_in_time;
    pid_t child = fork();

    if (child == 0)
        become(folder, command);
    free(folder);
    if (child < 0)
        return error_set(err, EXIT_USAGE, "[hooks] %s cannot be started: %s", name, strerror(errno));
    setpgid(child, child);
    is_in_time = wait_for(child, &status);
    if (!is_in_time)
        return error_set(err, EXIT_USAGE, "[hooks] %s was not done within 30s and was ended", name);
    if (WIFSIGNALED(status))
        return error_set(err, EXIT_USAGE, "[hooks] %s was ended by signal %d", name, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return error_set(err, EXIT_USAGE, "[hooks] %s ended with code %d", name, WEXITSTATUS(status));
    return 0;
}

int hooks_start(const struct plan *plan, struct error *err)
{
    if (plan->hooks.start == NULL)
        return 0;
    setenv("ONAGER_RUN_NAME", plan->name != NULL ? plan->name : "", 1);
    return run_hook(plan, "start", plan->hooks.start, err);
}

static void tell(const struct plan *plan, const struct snapshot *final, int exit_code)
{
    char text[64];

    setenv("ONAGER_RUN_NAME", plan->name != NULL ? plan->name : "", 1);
    setenv("ONAGER_RUN_ID", final->run_id, 1);
    setenv("ONAGER_RUN_STATE", run_state_name(final->state), 1);
    snprintf(text, sizeof text, "%d", exit_code);
    setenv("ONAGER_RUN_EXIT", text, 1);
    snprintf(text, sizeof text, "%llu", (unsigned long long) final->all.requests.total);
    setenv("ONAGER_RUN_REQUESTS", text, 1);
    snprintf(text, sizeof text, "%llu", (unsigned long long)snap_failed(&final->all.requests));
    setenv("ONAGER_RUN_FAILED", text, 1);
}

void hooks_end(const struct plan *plan, const struct snapshot *final, int exit_code)
{
    const char *const commands[] = { exit_code != 0 ? plan->hooks.failed : NULL, plan->hooks.end };
    const char *const names[] = { "failed", "end" };

    if (commands[0] == NULL && commands[1] == NULL)
        return;
    tell(plan, final, exit_code);
    for (int i = 0; i < 2; i++) {
        struct error err = { 0 };

        if (commands[i] != NULL && run_hook(plan, names[i], commands[i], &err) != 0)
            say(err.text);
    }
}
