/* The screen as SVG and as text. UI thread. */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "onager/units.h"
#include "svg.h"

#define TRIES 20

static void text_write(FILE *out, const struct canvas *canvas)
{
    for (int y = 0; y < canvas->height; y++) {
        char *row = canvas_row_text(canvas, y);

        fprintf(out, "%s\n", row);
        free(row);
    }
}

static FILE *file_create(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    return fd < 0 ? NULL : fdopen(fd, "w");
}

/* false: it could not be written to its end. */
static bool file_close(FILE *file)
{
    bool was_written = ferror(file) == 0;

    return fclose(file) == 0 && was_written;
}

int save_screen(const struct canvas *canvas, const struct theme *theme, uint64_t wall_ns, char *name, size_t size, struct error *err)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    char stamp[16], stem[64], text_name[80];
    FILE *picture = NULL, *text;
    bool was_written;
    struct tm tm;

    localtime_r(&seconds, &tm);
    strftime(stamp, sizeof stamp, "%H%M%S", &tm);
    for (int i = 1; picture == NULL && i <= TRIES; i++) {
        snprintf(stem, sizeof stem, "onager-screen-%s", stamp);
        if (i > 1)
            snprintf(stem, sizeof stem, "onager-screen-%s-%d", stamp, i);
        snprintf(name, size, "%s.svg", stem);
        picture = file_create(name);
        if (picture == NULL && errno != EEXIST)
            break;
    }
    if (picture == NULL)
        return error_set(err, EXIT_OUTPUT, "%s: %s", name, strerror(errno));
    svg_write(picture, canvas, theme);
    was_written = file_close(picture);
    snprintf(text_name, sizeof text_name, "%s.txt", stem);
    text = was_written ? file_create(text_name) : NULL;
    if (text != NULL) {
        text_write(text, canvas);
        was_written = file_close(text);
    }
    if (text == NULL || !was_written)
        return error_set(err, EXIT_OUTPUT, "%s: %s", was_written ? text_name : name, strerror(errno));
    return 0;
}
