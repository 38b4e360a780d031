/* Asking for secrets: the environment, files, commands. Runs before the workers; nothing here is logged, and a message names the
 * secret and never its value. */
#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "onager/units.h"

#define SECRET_MAX_BYTES 65536
#define COMMAND_TIME_NS (30 * NS_PER_S)
#define REDACT_MIN_BYTES 4

extern char **environ;

static void wipe(void *bytes, size_t length)
{
    if (bytes != NULL)
        explicit_bzero(bytes, length);
}

static int fail(struct error *err, const struct plan_secret *secret, const char *what)
{
    static const char *const sources[] = { "environment", "file", "command" };

    return error_set(err, EXIT_USAGE, "secret %s: %s %.200s: %s", secret->name, sources[secret->source], secret->argument, what);
}

/* Until the end, at most SECRET_MAX_BYTES. 0, or what is wrong. */
static const char *read_all(int fd, uint64_t until_ns, struct secret *out)
{
    char *bytes = mem_alloc(SECRET_MAX_BYTES + 1);
    size_t length = 0;
    const char *wrong = NULL;

    while (wrong == NULL && length <= SECRET_MAX_BYTES) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        uint64_t now_ns = clock_now_ns();
        ssize_t got;

        if (now_ns >= until_ns || poll(&wait, 1, (int)((until_ns - now_ns) / NS_PER_MS) + 1) == 0) {
            wrong = "takes longer than 30s";
            break;
        }
        got = read(fd, bytes + length, SECRET_MAX_BYTES + 1 - length);
        if (got == 0)
            break;
        if (got > 0)
            length += (size_t)got;
        else if (errno != EINTR && errno != EAGAIN)
            wrong = "cannot be read";
    }
    if (length > SECRET_MAX_BYTES)
        wrong = "is over 64 KiB, which is no secret";
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
    if (wrong == NULL && memchr(bytes, '\0', length) != NULL)
        wrong = "has a NUL byte in it";
    if (wrong == NULL)
        *out = (struct secret){ mem_copy_n(bytes, length), length };
    wipe(bytes, SECRET_MAX_BYTES + 1);
    free(bytes);
    return wrong;
}

static int from_environment(struct secret *out, const struct plan_secret *secret, struct error *err)
{
    const char *value = getenv(secret->argument);

    if (value == NULL)
        return fail(err, secret, "is not set");
    *out = (struct secret){ mem_copy(value), strlen(value) };
    return 0;
}

static int from_file(struct secret *out, const struct plan_secret *secret, struct error *err)
{
    int fd = open(secret->argument, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *wrong;

    if (fd < 0)
        return fail(err, secret, strerror(errno));
    wrong = read_all(fd, clock_now_ns() + COMMAND_TIME_NS, out);
    close(fd);
    return wrong != NULL ? fail(err, secret, wrong) : 0;
}

/* Its own process group, so that what it starts ends with it. Standard input is empty, standard error ours. */
static pid_t start(const char *command, int write_fd)
{
    char shell[] = "/bin/sh", option[] = "-c", *line = mem_copy(command);
    char *argv[] = { shell, option, line, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t pid;
    int failed;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, write_fd, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    failed = posix_spawn(&pid, shell, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(line);
    return failed == 0 ? pid : -1;
}

static int from_command(struct secret *out, const struct plan_secret *secret, struct error *err)
{
    const char *wrong;
    int ends[2], status = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(err, secret, strerror(errno));
    pid = start(secret->argument, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return fail(err, secret, "cannot be started");
    }
    wrong = read_all(ends[0], clock_now_ns() + COMMAND_TIME_NS, out);
    close(ends[0]);
    if (wrong != NULL)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (wrong == NULL && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        wrong = "ended with an error";
    return wrong != NULL ? fail(err, secret, wrong) : 0;
}

int secrets_resolve(struct secrets *secrets, const struct plan *plan, struct error *err)
{
    static int (*const ask[])(struct secret *, const struct plan_secret *, struct error *) = { from_environment, from_file, from_command };

    secrets->items = mem_array(plan->secret_count, sizeof *secrets->items);
    secrets->count = plan->secret_count;
    for (size_t i = 0; i < plan->secret_count; i++)
        if (ask[plan->secrets[i].source](&secrets->items[i], &plan->secrets[i], err) != 0) {
            secrets_release(secrets);
            return -1;
        }
    return 0;
}

void secrets_release(struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++) {
        wipe(secrets->items[i].value, secrets->items[i].length);
        free(secrets->items[i].value);
    }
    free(secrets->items);
    *secrets = (struct secrets){ 0 };
}

/* The longest secret that stands at the begin of the text; 0: none. */
static size_t match(const struct secrets *secrets, const char *text, size_t length)
{
    size_t longest = 0;

    for (size_t i = 0; i < secrets->count; i++) {
        const struct secret *secret = &secrets->items[i];

        if (secret->length >= REDACT_MIN_BYTES && secret->length <= length && secret->length > longest &&
            memcmp(secret->value, text, secret->length) == 0)
            longest = secret->length;
    }
    return longest;
}

void secrets_redact(const struct secrets *secrets, struct buf *out, const char *text, size_t length)
{
    size_t kept = 0;

    for (size_t i = 0; i < length;) {
        size_t found = match(secrets, text + i, length - i);

        if (found == 0) {
            i++;
            continue;
        }
        buf_add(out, text + kept, i - kept);
        buf_add_text(out, "[redacted]");
        i += found;
        kept = i;
    }
    buf_add(out, text + kept, length - kept);
}
