/* Writes the plan of what happened into a file, whole or not at all. Whoever holds the snapshot. */
#include "onager/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "onager/version.h"
#include "print.h"
#include "replay.h"

#define TRIES 20

/* A file of its own name beside the others. */
static int create_new(char *name, size_t size)
{
    time_t now = time(NULL);
    char stamp[16];
    struct tm tm;
    int fd = -1;

    localtime_r(&now, &tm);
    strftime(stamp, sizeof stamp, "%H%M%S", &tm);
    for (int i = 1; fd < 0 && i <= TRIES; i++) {
        if (i == 1)
            snprintf(name, size, "onager-plan-%s.ini", stamp);
        else
            snprintf(name, size, "onager-plan-%s-%d.ini", stamp, i);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

static bool write_all(int fd, const struct buf *text)
{
    size_t done = 0;

    while (done < text->length) {
        ssize_t n = write(fd, text->data + done, text->length - done);

        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Beside it first, then in its place. */
static int replace(const char *path, const struct buf *text, struct error *err)
{
    char beside[4096];
    bool is_done;
    int fd;

    if ((size_t)snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)getpid()) >= sizeof beside)
        return error_set(err, EXIT_OUTPUT, "%.100s...: the name is too long", path);
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set(err, EXIT_OUTPUT, "cannot write %s: %s", path, strerror(errno));
    is_done = write_all(fd, text);
    is_done = close(fd) == 0 && is_done;
    if (is_done && rename(beside, path) == 0)
        return 0;
    error_set(err, EXIT_OUTPUT, "cannot write %s: %s", path, strerror(errno));
    unlink(beside);
    return -1;
}

static bool has_secrets(const struct plan *plan)
{
    for (size_t i = 0; i < plan->request_count; i++)
        if (plan->requests[i].user != NULL || plan->requests[i].bearer != NULL)
            return true;
    return false;
}

static void add_head(struct buf *out, const struct snapshot *s)
{
    buf_addf(out, "; what happened in run %s, as a plan that can be run again; written by onager %s\n", s->run_id, onager_version());
    if (!s->is_final)
        buf_add_text(out, "; the run went on when this was written\n");
    if (has_secrets(s->plan))
        buf_add_text(out, "; passwords and tokens are not written down: put them where *** stands\n");
}

int onager_replay_save(const struct snapshot *s, const char *path, char *name, size_t size, struct error *err)
{
    const struct replay_run run = { .plan = s->plan,
                                    .changes = s->changes,
                                    .change_count = s->change_count,
                                    .at_ns = s->at_ns,
                                    .plan_ns = s->plan_ns,
                                    .started_wall_ns = s->started_wall_ns,
                                    .is_whole = s->is_final && s->state == RUN_FINISHED };
    struct plan plan;
    struct buf text;
    int failed = 0;

    replay_build(&run, &plan);
    buf_init(&text);
    add_head(&text, s);
    plan_print(&plan, &text, PRINT_REDACTED);
    if (plan.scenario_count == 0) {
        failed = error_set(err, EXIT_OUTPUT, "nothing has happened yet that could be written as a plan");
    } else if (path != NULL) {
        snprintf(name, size, "%s", path);
        failed = replace(path, &text, err);
    } else {
        int fd = create_new(name, size);
        bool is_done = fd >= 0 && write_all(fd, &text);

        if (fd >= 0 && close(fd) != 0)
            is_done = false;
        if (!is_done)
            failed = error_set(err, EXIT_OUTPUT, "cannot write %s: %s", name, strerror(errno));
    }
    buf_release(&text);
    replay_release(&plan);
    return failed;
}
