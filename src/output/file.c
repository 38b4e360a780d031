/* Files of outputs: written as a whole or not at all. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

static bool is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Something that is there and is no file: a device or a pipe cannot be replaced by a rename. */
static bool is_special(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/* A temporary name in the directory of `path`, for mkstemp. Returns owned. */
static char *temporary_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t directory = slash != NULL ? (size_t)(slash - path) + 1 : 0;

    return mem_format("%.*s.%s.XXXXXX", (int)directory, path, path + directory);
}

static int cannot_write(struct error *err, int exit_code, const char *path, int error)
{
    return error_set(err, exit_code, "cannot write %s: %s", is_stdout(path) ? "to standard output" : path, strerror(error));
}

/* The file that a name stands for: links are followed, so that the link stays one. Returns owned. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);

    return real != NULL ? real : mem_copy(path);
}

static bool is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int output_file_probe(const char *path, struct error *err)
{
    char *name, *real;
    int fd, failed = 0;

    if (is_stdout(path) || is_special(path))
        return 0;
    if (path[0] == '\0' || is_directory(path))
        return cannot_write(err, EXIT_USAGE, path, path[0] == '\0' ? ENOENT : EISDIR);
    real = resolve(path);
    name = temporary_beside(real);
    fd = mkstemp(name);
    if (fd < 0)
        failed = cannot_write(err, EXIT_USAGE, path, errno);
    else
        unlink(name);
    if (fd >= 0)
        close(fd);
    free(name);
    free(real);
    return failed;
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        data += written;
        length -= (size_t)written;
    }
    return 0;
}

static int write_directly(int fd, const char *path, const char *data, size_t length, struct error *err)
{
    if (fd < 0 || write_all(fd, data, length) != 0)
        return cannot_write(err, EXIT_OUTPUT, path, errno);
    return 0;
}

/* Permissions of the file that is replaced, else what any new file gets. */
static mode_t wanted_mode(const char *path)
{
    struct stat status;
    mode_t mask;

    if (stat(path, &status) == 0)
        return status.st_mode & 0777;
    mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static int replace(const char *path, const char *data, size_t length, struct error *err)
{
    char *name = temporary_beside(path);
    int fd = mkstemp(name);
    int error = 0;

    if (fd < 0) {
        error = errno;
        free(name);
        return cannot_write(err, EXIT_OUTPUT, path, error);
    }
    if (write_all(fd, data, length) != 0 || fchmod(fd, wanted_mode(path)) != 0 || fsync(fd) != 0)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(name, path) != 0)
        error = errno;
    if (error != 0)
        unlink(name);
    free(name);
    return error != 0 ? cannot_write(err, EXIT_OUTPUT, path, error) : 0;
}

int output_file_write(const char *path, const char *data, size_t length, struct error *err)
{
    char *real;
    int failed;

    if (is_stdout(path)) {
        fflush(stdout);
        return write_directly(STDOUT_FILENO, path, data, length, err);
    }
    if (is_special(path)) {
        int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

        failed = write_directly(fd, path, data, length, err);
        if (fd >= 0 && close(fd) != 0 && failed == 0)
            failed = cannot_write(err, EXIT_OUTPUT, path, errno);
        return failed;
    }
    real = resolve(path);
    failed = replace(real, data, length, err);
    free(real);
    return failed;
}

char *output_file_name(const char *path, unsigned number)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(base, '.');

    if (number <= 1 || is_stdout(path) || is_special(path))
        return mem_copy(path);
    if (dot == NULL || dot == base)
        return mem_format("%s.%u", path, number);
    return mem_format("%.*s.%u%s", (int)(dot - path), path, number, dot);
}
