/* Files that are bodies. */
#include "body_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "onager/units.h"

static int64_t changed_of(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * (int64_t)NS_PER_S + status->st_mtim.tv_nsec;
}

struct body_file *body_file_open(const char *path, uint64_t length, int64_t changed_ns, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct body_file *file;
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0) {
        error_set(err, EXIT_USAGE, "%s: cannot be read: %s", path, strerrordesc_np(errno));
    } else if ((uint64_t)status.st_size != length || changed_of(&status) != changed_ns) {
        error_set(err, EXIT_USAGE, "%s: the file of a body changed after the plan was read; start again", path);
    } else {
        file = mem_alloc(sizeof *file);
        *file = (struct body_file){ fd, length, changed_ns };
        return file;
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

void body_file_free(struct body_file *file)
{
    if (file == NULL)
        return;
    close(file->fd);
    free(file);
}

bool body_file_is_same(const struct body_file *file)
{
    struct stat status;

    return fstat(file->fd, &status) == 0 && (uint64_t)status.st_size == file->length && changed_of(&status) == file->changed_ns;
}

ssize_t body_file_read(const struct body_file *file, char *into, size_t length, uint64_t offset)
{
    ssize_t n;

    if (offset == 0 && !body_file_is_same(file))
        return 0;
    do
        n = pread(file->fd, into, length, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n;
}

const char *body_file_complaint(ssize_t result)
{
    return result == 0 ? "the file of the body changed during the run" : strerrordesc_np(errno);
}
