/* Writing the config file, when a key was pressed that asks for it: whole or not at all, and only what belongs to the user. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "ini_text.h"
#include "mem.h"

#define PATH_SIZE 4096

/* The value of a line "allow = ...", or NULL. */
static const char *allowed_in(const char *line)
{
    line += strspn(line, " \t");
    if (strncmp(line, "allow", 5) != 0)
        return NULL;
    line += 5 + strspn(line + 5, " \t");
    return *line == '=' ? line + 1 + strspn(line + 1, " \t") : NULL;
}

void config_add_allowed(struct buf *out, const char *text, const char *host)
{
    const char *begin = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
    bool is_of_keys = false;

    for (const char *line = begin; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *value = allowed_in(line);

        if (line[strspn(line, " \t")] == '[')
            is_of_keys = strncmp(line + strspn(line, " \t"), "[keys]", 6) == 0;
        if (value == NULL || is_of_keys)
            continue;
        buf_add(out, text, (size_t)(value - text));
        buf_addf(out, "%s%s%s", value[-1] == '=' ? " " : "", host, *value == '\n' || *value == '\0' || *value == '\r' ? "" : ", ");
        buf_add_text(out, value);
        return;
    }
    buf_add(out, text, (size_t)(begin - text));
    buf_addf(out, "allow = %s\n", host);
    buf_add_text(out, begin);
}

/* Makes the folders of a path; those that are there stay as they are. */
static int make_folders(const char *path, struct error *err)
{
    char folder[PATH_SIZE];

    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return error_set(err, EXIT_USAGE, "%.1000s: %s", folder, strerror(errno));
    }
    return 0;
}

static int check_owner(const char *path, struct error *err)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return errno == ENOENT ? 0 : error_set(err, EXIT_USAGE, "%.1000s: %s", path, strerror(errno));
    if (status.st_uid != geteuid())
        return error_set(err, EXIT_USAGE, "%.1000s belongs to somebody else and is not changed", path);
    return 0;
}

/* Where the file really is, so that a link to it stays one; and that it and its folder are the user's. Above that only the
 * nearest folder that exists can be asked. */
static int prepare(char *path, size_t size, struct error *err)
{
    char named[PATH_SIZE], *real, *slash;

    if (!config_path(named, sizeof named))
        return error_set(err, EXIT_USAGE, "there is no place for a config file: neither XDG_CONFIG_HOME nor HOME is set");
    real = realpath(named, NULL);
    snprintf(path, size, "%s", real != NULL ? real : named);
    free(real);
    snprintf(named, sizeof named, "%s", path);
    while ((slash = strrchr(named, '/')) != NULL && slash != named) {
        *slash = '\0';
        if (access(named, F_OK) == 0)
            break;
    }
    if (check_owner(named, err) != 0 || check_owner(path, err) != 0)
        return -1;
    return make_folders(path, err);
}

static int read_all(const char *path, struct buf *text, mode_t *mode, struct error *err)
{
    char piece[4096];
    struct stat status;
    FILE *file = fopen(path, "re");
    size_t got;
    int failed;

    *mode = 0600;
    if (file == NULL)
        return errno == ENOENT ? 0 : error_set(err, EXIT_USAGE, "%.1000s: %s", path, strerror(errno));
    if (fstat(fileno(file), &status) == 0)
        *mode = status.st_mode & 0777;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && text->length <= INI_TEXT_MAX)
        buf_add(text, piece, got);
    failed = ferror(file) || text->length > INI_TEXT_MAX || (text->length > 0 && memchr(text->data, '\0', text->length) != NULL);
    fclose(file);
    return failed ? error_set(err, EXIT_USAGE, "%.1000s: cannot be read", path) : 0;
}

static int replace(const char *path, const struct buf *text, mode_t mode, struct error *err)
{
    char *temporary = mem_format("%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, text->data, text->length) == (ssize_t)text->length && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    int failed = 0;

    if (fd >= 0 && close(fd) != 0)
        is_written = false;
    if (!is_written || rename(temporary, path) != 0) {
        failed = error_set(err, EXIT_USAGE, "cannot write %.1000s: %s", path, strerror(errno));
        if (fd >= 0)
            unlink(temporary);
    }
    free(temporary);
    return failed;
}

int config_allow(const char *host, struct error *err)
{
    struct buf before, after;
    char path[PATH_SIZE];
    mode_t mode;
    int failed;

    buf_init(&before);
    buf_init(&after);
    failed = prepare(path, sizeof path, err);
    if (failed == 0)
        failed = read_all(path, &before, &mode, err);
    if (failed == 0) {
        config_add_allowed(&after, before.length > 0 ? before.data : "", host);
        failed = replace(path, &after, mode, err);
    }
    buf_release(&before);
    buf_release(&after);
    return failed;
}
