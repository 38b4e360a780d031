/* Directories and names of the sockets of runs, and who may speak through them. Main thread. */
#include "local_path.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#define HELLO_MS 2000
#define CANDIDATES 4

/* Ours, a directory and no link, and closed to others. */
static bool is_safe(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 077) == 0;
}

/* The candidates in their order; "" where one does not apply. */
static void candidate(char *out, size_t size, int which)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *home = getenv("HOME");

    out[0] = '\0';
    if (which == 0 && runtime != NULL && runtime[0] == '/')
        snprintf(out, size, "%s/onager", runtime);
    else if (which == 1)
        snprintf(out, size, "/run/user/%ld/onager", (long)geteuid());
    else if (which == 2 && home != NULL && home[0] == '/')
        snprintf(out, size, "%s/.local/state/onager", home);
    else if (which == 3)
        snprintf(out, size, "/tmp/onager-%ld", (long)geteuid());
}

static bool fits(const char *directory)
{
    return directory[0] != '\0' && strlen(directory) + 24 < sizeof((struct sockaddr_un *)0)->sun_path;
}

/* Below the home directory what leads there is made too. */
static void make_parents(const char *path)
{
    char part[200];

    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        mkdir(part, 0700);
    }
}

int local_directory(char *out, size_t size, struct error *err)
{
    for (int i = 0; i < CANDIDATES; i++) {
        candidate(out, size, i);
        if (!fits(out))
            continue;
        if (i == 2)
            make_parents(out);
        if (mkdir(out, 0700) != 0 && errno != EEXIST)
            continue;
        if (is_safe(out))
            return 0;
    }
    return error_set(err, EXIT_USAGE, "there is no directory for the socket of a run: XDG_RUNTIME_DIR may name one");
}

int local_own_address(struct sockaddr_un *address, struct error *err)
{
    char directory[sizeof address->sun_path];

    if (local_directory(directory, sizeof directory, err) != 0)
        return -1;
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    snprintf(address->sun_path, sizeof address->sun_path, "%.80s/%ld.sock", directory, (long)getpid());
    return 0;
}

bool local_is_ours(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

/* ---- finding ---- */

/* The line with which a run names itself. */
static bool read_hello(struct local_run *run)
{
    struct pollfd fd = { .fd = run->fd, .events = POLLIN };
    char line[LOCAL_LINE_MAX] = "";
    const char *protocol = "", *id = "", *plan = "", *state = "";
    json_int_t pid = 0;
    size_t length = 0;
    json_t *hello;
    bool is_good;

    while (length + 1 < sizeof line && memchr(line, '\n', length) == NULL) {
        ssize_t got;

        if (poll(&fd, 1, HELLO_MS) <= 0 || (got = recv(run->fd, line + length, 1, 0)) <= 0)
            return false;
        length += (size_t)got;
    }
    hello = json_loadb(line, length, 0, NULL);
    is_good =
        hello != NULL &&
        json_unpack(hello, "{s:s,s:I,s:s,s:s,s:s}", "protocol", &protocol, "pid", &pid, "run", &id, "plan", &plan, "state", &state) == 0 &&
        strcmp(protocol, LOCAL_PROTOCOL) == 0;
    run->pid = (long)pid;
    snprintf(run->run, sizeof run->run, "%s", id);
    snprintf(run->plan, sizeof run->plan, "%s", plan);
    snprintf(run->state, sizeof run->state, "%s", state);
    json_decref(hello);
    return is_good;
}

/* A socket whose process is gone is removed. */
static bool connect_one(struct local_run *run, const char *directory, const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", directory, name) >= sizeof address.sun_path)
        return false;
    run->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (run->fd < 0)
        return false;
    if (connect(run->fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        if (errno == ECONNREFUSED)
            unlink(address.sun_path);
    } else if (local_is_ours(run->fd) && read_hello(run)) {
        return true;
    }
    close(run->fd);
    return false;
}

static size_t find_in(const char *directory, struct local_run *runs, size_t count)
{
    DIR *dir = is_safe(directory) ? opendir(directory) : NULL;
    const struct dirent *entry;
    size_t found = 0;

    while (dir != NULL && found < count && (entry = readdir(dir)) != NULL) {
        size_t length = strlen(entry->d_name);

        if (length > 5 && strcmp(entry->d_name + length - 5, ".sock") == 0 && connect_one(&runs[found], directory, entry->d_name))
            found++;
    }
    if (dir != NULL)
        closedir(dir);
    return found;
}

size_t local_find(struct local_run *runs, size_t count)
{
    char directory[sizeof((struct sockaddr_un *)0)->sun_path];
    size_t found = 0;

    for (int i = 0; i < CANDIDATES; i++) {
        candidate(directory, sizeof directory, i);
        if (fits(directory))
            found += find_in(directory, runs + found, count - found);
    }
    return found;
}
