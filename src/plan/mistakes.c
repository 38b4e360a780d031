/* Collecting and reporting mistakes. Memory is bounded: a file of a million wrong lines keeps the first of them and a count. */
#include "mistakes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"

#define KEPT_MAX 200
#define TEXT_MAX 320
#define CLOSING_LINES 120 /* room for "... and 12 more" and "15 mistakes in FILE" */

struct mistake {
    unsigned line, column;
    size_t order;
    char *text;
};

void mistakes_init(struct mistakes *mistakes, const char *file)
{
    *mistakes = (struct mistakes){ .file = file };
}

void mistakes_release(struct mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->count; i++)
        free(mistakes->items[i].text);
    free(mistakes->items);
    mistakes_init(mistakes, NULL);
}

static void keep(struct mistakes *mistakes, bool is_of_file, unsigned line, unsigned column, const char *text)
{
    char *whole = line > 0 ? mem_format("%.*s:%u:%u: %s", 160, mistakes->file, line, column, text) : mem_copy(text);

    /* a default that many sections inherit is wrong once */
    for (size_t i = 0; i < mistakes->count && mistakes->count < KEPT_MAX; i++)
        if (strcmp(mistakes->items[i].text, whole) == 0) {
            free(whole);
            return;
        }
    mistakes->total++;
    mistakes->of_file += is_of_file;
    if (mistakes->count == KEPT_MAX) {
        free(whole);
        return;
    }
    if (mistakes->count == mistakes->capacity) {
        mistakes->capacity = mistakes->capacity > 0 ? mistakes->capacity * 2 : 8;
        mistakes->items = mem_resize(mistakes->items, mistakes->capacity, sizeof *mistakes->items);
    }
    mistakes->items[mistakes->count] = (struct mistake){ line, column, mistakes->count, whole };
    mistakes->count++;
}

void mistake_at(struct mistakes *mistakes, const struct place *at, unsigned column, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mistakes->has_plan_mistake = true;
    if (at != NULL && at->origin == ORIGIN_PLAN && mistakes->file != NULL && at->line > 0)
        keep(mistakes, true, at->line, column > 0 ? column : at->column, text);
    else
        keep(mistakes, at == NULL, 0, 0, text);
}

void mistake_of_start(struct mistakes *mistakes, const struct place *at, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (at->origin == ORIGIN_PLAN && mistakes->file != NULL && at->line > 0)
        keep(mistakes, true, at->line, at->column, text);
    else
        keep(mistakes, false, 0, 0, text);
}

void mistake_of_usage(struct mistakes *mistakes, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    keep(mistakes, false, 0, 0, text);
}

static int by_place(const void *left, const void *right)
{
    const struct mistake *a = left, *b = right;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

int mistakes_report(struct mistakes *mistakes, struct error *err)
{
    struct buf text;
    size_t shown = 0;

    if (mistakes->total == 0)
        return 0;
    qsort(mistakes->items, mistakes->count, sizeof *mistakes->items, by_place);
    buf_init(&text);
    for (; shown < mistakes->count; shown++) {
        size_t length = strlen(mistakes->items[shown].text);

        if (err != NULL && text.length + length + 1 > sizeof err->text - CLOSING_LINES - strnlen(mistakes->file ? mistakes->file : "", 160))
            break;
        buf_addf(&text, "%s%s", shown > 0 ? "\n" : "", mistakes->items[shown].text);
    }
    if (shown < mistakes->total)
        buf_addf(&text, "\n... and %zu more", mistakes->total - shown);
    if (mistakes->file != NULL && mistakes->of_file > 0)
        buf_addf(&text, "\n%zu mistake%s in %.160s", mistakes->of_file, mistakes->of_file == 1 ? "" : "s", mistakes->file);
    error_set(err, mistakes->has_plan_mistake ? EXIT_PLAN : EXIT_USAGE, "%s", text.data);
    buf_release(&text);
    return -1;
}

char *shown_value(char out[SHOWN_SIZE], const char *value)
{
    size_t length = strnlen(value, 61);
    bool is_cut = length > 60;

    if (is_cut)
        for (length = 57; length > 0 && ((unsigned char)value[length] & 0xc0) == 0x80;)
            length--; /* not inside a UTF-8 sequence */
    memcpy(out, value, length);
    memcpy(out + length, is_cut ? "..." : "", is_cut ? 4 : 1);
    for (char *p = out; *p != '\0'; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return out;
}
