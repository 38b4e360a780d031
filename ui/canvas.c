/* Cells, clipping and text on the canvas. UI thread; no terminal in sight. */
#include "canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onager/text.h"

static const struct cell blank_cell = { .code_point = ' ', .role = ROLE_TEXT };

struct canvas *canvas_new(int width, int height, enum glyph_set glyphs)
{
    struct canvas *canvas = calloc(1, sizeof *canvas);

    if (canvas == NULL)
        abort();
    canvas->width = width > 0 ? width : 1;
    canvas->height = height > 0 ? height : 1;
    canvas->glyphs = glyphs;
    canvas->cells = calloc((size_t)canvas->width * (size_t)canvas->height, sizeof *canvas->cells);
    if (canvas->cells == NULL)
        abort();
    canvas_clear(canvas);
    return canvas;
}

void canvas_free(struct canvas *canvas)
{
    if (canvas == NULL)
        return;
    free(canvas->cells);
    free(canvas);
}

void canvas_clear(struct canvas *canvas)
{
    size_t count = (size_t)canvas->width * (size_t)canvas->height;

    for (size_t i = 0; i < count; i++)
        canvas->cells[i] = blank_cell;
}

static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

char *canvas_row_text(const struct canvas *canvas, int row)
{
    const struct cell *cells = canvas->cells + (size_t)row * (size_t)canvas->width;
    char *text = malloc((size_t)canvas->width * 8 + 1);
    size_t length = 0, end = 0;

    if (text == NULL)
        abort();
    for (int x = 0; x < canvas->width; x++) {
        if (cells[x].code_point == 0)
            continue;
        length += encode(cells[x].code_point, text + length);
        if (cells[x].mark != 0)
            length += encode(cells[x].mark, text + length);
        if (cells[x].code_point != ' ')
            end = length;
    }
    text[end] = '\0';
    return text;
}

static int at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

struct pane pane_of(struct canvas *canvas, struct rect rect)
{
    struct pane all = { canvas, { 0, 0, canvas->width, canvas->height } };

    return pane_inside(&all, rect.x, rect.y, rect.width, rect.height);
}

struct pane pane_inside(const struct pane *pane, int x, int y, int width, int height)
{
    struct pane out = { pane->canvas, { 0, 0, 0, 0 } };

    if (x < 0) {
        width += x;
        x = 0;
    }
    if (y < 0) {
        height += y;
        y = 0;
    }
    width = at_most(width, pane->rect.width - x);
    height = at_most(height, pane->rect.height - y);
    if (width > 0 && height > 0)
        out.rect = (struct rect){ pane->rect.x + x, pane->rect.y + y, width, height };
    return out;
}

static struct cell *cell_at(const struct pane *pane, int x, int y)
{
    return pane->canvas->cells + (size_t)(pane->rect.y + y) * (size_t)pane->canvas->width + (size_t)(pane->rect.x + x);
}

/* What is left of a wide character when one half goes is a blank, also over the edge of the pane. */
static void halves_clear(const struct pane *pane, int x, int y)
{
    struct cell *cell = cell_at(pane, x, y);
    int column = pane->rect.x + x;

    if (cell->code_point == 0 && column > 0)
        cell[-1].code_point = ' ';
    if (column + 1 < pane->canvas->width && cell[1].code_point == 0)
        cell[1].code_point = ' ';
}

static bool is_control(uint32_t c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff;
}

void pane_put(const struct pane *pane, int x, int y, uint32_t code_point, enum role role, unsigned attributes)
{
    uint32_t shown = glyph_shown(pane->canvas->glyphs, code_point);
    struct cell *cell;
    int width;

    if (x < 0 || y < 0 || x >= pane->rect.width || y >= pane->rect.height)
        return;
    if (is_control(shown))
        shown = '?';
    width = shown < 0x300 ? 1 : text_width(shown);
    if (width == 0 || (width == 2 && x + 1 >= pane->rect.width))
        shown = width == 0 ? '?' : ' ';
    cell = cell_at(pane, x, y);
    halves_clear(pane, x, y);
    *cell = (struct cell){ .code_point = shown, .role = (uint8_t)role, .attributes = (uint8_t)attributes };
    if (width == 2 && shown != ' ') {
        halves_clear(pane, x + 1, y);
        cell->code_point = shown; /* the line above took it for a half */
        cell[1] = (struct cell){ .role = (uint8_t)role, .attributes = (uint8_t)attributes };
    }
}

void pane_fill(const struct pane *pane, int x, int y, int width, uint32_t code_point, enum role role)
{
    for (int i = 0; i < width; i++)
        pane_put(pane, x + i, y, code_point, role, 0);
}

static int columns_taken(uint32_t c)
{
    return c < 0x300 || (c > GLYPH_FIRST && c < GLYPH_END) ? 1 : text_width(c);
}

int canvas_columns(const char *text)
{
    size_t length = strlen(text), step;
    int columns = 0;

    for (size_t at = 0; at < length; at += step) {
        uint32_t c = '?';

        step = text_decode(text + at, length - at, &c);
        if (step == 0)
            step = 1;
        columns += columns_taken(c);
    }
    return columns;
}

int pane_text(const struct pane *pane, int x, int y, int columns, enum role role, const char *text)
{
    size_t length = strlen(text), step;
    int used = 0;

    for (size_t at = 0; at < length; at += step) {
        uint32_t c;
        int width;

        step = text_decode(text + at, length - at, &c);
        if (step == 0) {
            c = '?';
            step = 1;
        }
        width = columns_taken(c);
        if (width == 0) {
            if (used > 0 && x + used <= pane->rect.width && x + used > 0 && y >= 0 && y < pane->rect.height && !is_control(c) &&
                pane->canvas->glyphs != GLYPHS_ASCII)
                cell_at(pane, x + used - 1, y)->mark = cell_at(pane, x + used - 1, y)->code_point != 0 ? c : 0;
            continue;
        }
        if (used + width > columns)
            break;
        pane_put(pane, x + used, y, c, role, 0);
        used += pane->canvas->glyphs == GLYPHS_ASCII ? 1 : width;
    }
    return used;
}

int pane_textf(const struct pane *pane, int x, int y, enum role role, const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return pane_text(pane, x, y, pane->rect.width - x, role, text);
}

int pane_text_right(const struct pane *pane, int right, int y, enum role role, const char *text)
{
    int x = right + 1 - canvas_columns(text);

    if (x < 0)
        return right + 1;
    pane_text(pane, x, y, right + 1 - x, role, text);
    return x;
}

int canvas_clean(const struct canvas *canvas, char *out, size_t size, int columns, const char *text)
{
    char plain[1024];
    size_t length = strlen(text), used = 0, step;

    if (canvas->glyphs != GLYPHS_ASCII)
        return (int)text_sanitize(out, size, text, length, (size_t)columns, true);
    for (size_t at = 0; at < length && used + 4 < sizeof plain; at += step) { /* marks of our own have a stand-in */
        uint32_t c = 0;

        step = text_decode(text + at, length - at, &c);
        if (step > 1 && glyph_shown(GLYPHS_ASCII, c) != '?') {
            plain[used++] = (char)glyph_shown(GLYPHS_ASCII, c);
            continue;
        }
        step = step > 0 ? step : 1;
        memcpy(plain + used, text + at, step);
        used += step;
    }
    return (int)text_sanitize(out, size, plain, used, (size_t)columns, false);
}

int pane_outside(const struct pane *pane, int x, int y, int columns, enum role role, const char *text)
{
    char clean[1024];

    if (columns <= 0)
        return 0;
    canvas_clean(pane->canvas, clean, sizeof clean, columns, text);
    return pane_text(pane, x, y, columns, role, clean);
}

void pane_rule(const struct pane *pane, int y, const char *left, const char *right)
{
    int width = pane->rect.width, columns;

    pane_fill(pane, 0, y, width, GLYPH_RULE, ROLE_RULE);
    if (width < 6)
        return;
    pane_text(pane, 1, y, 1, ROLE_TITLE, " ");
    columns = pane_text(pane, 2, y, width - 4, ROLE_TITLE, left);
    pane_text(pane, 2 + columns, y, 1, ROLE_TITLE, " ");
    if (*right == '\0' || 2 + columns + 1 + 2 + canvas_columns(right) + 2 > width)
        return;
    columns = pane_text_right(pane, width - 3, y, ROLE_TITLE, right);
    pane_text(pane, columns - 1, y, 1, ROLE_TITLE, " ");
    pane_text(pane, width - 2, y, 1, ROLE_TITLE, " ");
}
