/* import KIND FILE: requests that others described, as a plan. Writes the plan to standard output or, with -o, to a file and what no
 * plan can hold to files beside it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "import.h"
#include "mem.h"
#include "say.h"

#define INPUT_MAX ((size_t)256 << 20)

static const struct kind {
    const char *name;
    int (*read)(struct import *import, const char *text, size_t length, struct error *err);
} kinds[] = {
    { "curl", import_curl },
    { "har", import_har },
};

/* Everything of a file, "-" for standard input. */
static int read_all(const char *path, struct buf *text, struct error *err)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    char piece[65536];
    ssize_t n = -1;

    while (fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0 && text->length < INPUT_MAX)
        buf_add(text, piece, (size_t)n);
    if (n < 0)
        error_set(err, EXIT_USAGE, "cannot read %s: %s", path, strerror(errno));
    else if (n > 0)
        error_set(err, EXIT_USAGE, "%s is over %zu MiB", path, INPUT_MAX >> 20);
    if (fd > STDIN_FILENO)
        close(fd);
    return err->exit_code == 0 ? 0 : -1;
}

static int write_file(const char *path, const char *bytes, size_t length, struct error *err)
{
    FILE *file = fopen(path, "wxe");

    if (file == NULL)
        return error_set(err, EXIT_USAGE, "cannot write %s: %s", path, errno == EEXIST ? "it is there already" : strerror(errno));
    if ((fwrite(bytes, 1, length, file) != length) | (fclose(file) != 0))
        return error_set(err, EXIT_OUTPUT, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

/* "dir/" of "dir/shop.ini", and its "shop"; returned owned. */
static void split_path(const char *path, char **directory, char **stem)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');

    *directory = mem_copy_n(path, (size_t)(name - path));
    *stem = mem_copy_n(name, dot != NULL && dot > name ? (size_t)(dot - name) : strlen(name));
}

static int write_plan(const struct import *import, const char *to, struct error *err)
{
    char *directory = NULL, *stem = NULL;
    struct import_file *files = NULL;
    size_t count = 0;
    struct buf text;
    int result;

    buf_init(&text);
    if (to != NULL)
        split_path(to, &directory, &stem);
    result = import_print(import, stem, &text, &files, &count, err);
    if (result == 0 && to != NULL)
        result = write_file(to, text.data, text.length, err);
    else if (result == 0)
        fwrite(text.data, 1, text.length, stdout);
    for (size_t i = 0; i < count; i++) {
        char *path = mem_format("%s%s", directory != NULL ? directory : "", files[i].name);

        if (result == 0)
            result = write_file(path, files[i].bytes, files[i].length, err);
        free(path);
        free(files[i].name);
    }
    free(files);
    free(directory);
    free(stem);
    buf_release(&text);
    return result;
}

static int import_file(const struct kind *kind, const char *from, const char *to, struct error *err)
{
    struct import import;
    struct buf text;
    int result;

    buf_init(&text);
    import_init(&import, strcmp(from, "-") == 0 ? "standard input" : from);
    result = read_all(from, &text, err);
    if (result == 0)
        result = kind->read(&import, text.length > 0 ? text.data : "", text.length, err);
    if (result == 0)
        result = write_plan(&import, to, err);
    if (result == 0 && import.notes.length > 0)
        say(import.notes.data);
    if (result == 0 && to != NULL)
        fprintf(stderr, "%s: %zu request%s; onager check %s, onager %s\n", to, import.count, import.count == 1 ? "" : "s", to, to);
    import_release(&import);
    buf_release(&text);
    return result;
}

static const struct kind *find_kind(const char *name, struct error *err)
{
    struct buf known;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    buf_init(&known);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        buf_addf(&known, "%s%s", i > 0 ? ", " : "", kinds[i].name);
    error_set(err, EXIT_USAGE, "import knows %s, got \"%.60s\"", known.data, name);
    buf_release(&known);
    return NULL;
}

int cmd_import(int argc, char **argv)
{
    const char *words[2] = { NULL, NULL }, *to = NULL;
    struct error err = { 0 };
    int count = 0;

    for (int i = 1; i < argc && err.exit_code == 0; i++) {
        if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--out") == 0)
            to = i + 1 < argc ? argv[++i] : (error_set(&err, EXIT_USAGE, "-o wants a file: -o plan.ini"), NULL);
        else if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
            return cmd_help(2, (char *[]){ argv[0], argv[0], NULL });
        else if (argv[i][0] == '-' && argv[i][1] != '\0')
            error_set(&err, EXIT_USAGE, "import has the option -o FILE, got \"%.60s\"", argv[i]);
        else if (count == 2)
            error_set(&err, EXIT_USAGE, "one file at a time: got \"%.100s\" and \"%.100s\"", words[1], argv[i]);
        else
            words[count++] = argv[i];
    }
    if (err.exit_code == 0 && count < 2)
        error_set(&err, EXIT_USAGE, "import wants a kind and a file: onager import curl commands.txt -o plan.ini (- reads standard input)");
    if (err.exit_code == 0 && words[0] != NULL && words[1] != NULL) {
        const struct kind *kind = find_kind(words[0], &err);

        if (kind != NULL)
            import_file(kind, words[1], to, &err);
    }
    if (err.exit_code != 0)
        say_error(&err, err.exit_code == EXIT_PLAN);
    return err.exit_code;
}
