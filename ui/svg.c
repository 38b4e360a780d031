/* The canvas as SVG: a rectangle per background, a shape per block or line, a text per run of cells of one style. Pure. */
#include "svg.h"

#include <stdbool.h>

#define CELL_WIDTH 8
#define CELL_HEIGHT 17
#define BASELINE 13
#define MARGIN 8

/* Where a theme leaves it to the terminal: light grey on nearly black, and the usual 16 colours. */
#define DEFAULT_FOREGROUND 0xd0d7de
#define DEFAULT_BACKGROUND 0x0d1117
static const int palette[16] = { 0x484f58, 0xff7b72, 0x3fb950, 0xd29922, 0x58a6ff, 0xbc8cff, 0x39c5cf, 0xb1bac4,
                                 0x6e7681, 0xffa198, 0x56d364, 0xe3b341, 0x79c0ff, 0xd2a8ff, 0x56d4dd, 0xffffff };

static const char *const role_names[ROLE_COUNT] = {
#define ROLE(id, name, help) name,
#include "roles.def"
#undef ROLE
};

struct picture {
    FILE *out;
    const struct canvas *canvas;
    const struct theme *theme;
    int background;
};

struct look {
    int foreground, background;
    unsigned attributes;
};

static int color_of(const struct theme_color *color, int otherwise)
{
    static const int levels[] = { 0, 95, 135, 175, 215, 255 };
    int c = color->c256;

    if (color->rgb >= 0)
        return color->rgb;
    if (c >= 232)
        return (8 + 10 * (c - 232)) * 0x010101;
    if (c >= 16)
        return levels[(c - 16) / 36] << 16 | levels[(c - 16) / 6 % 6] << 8 | levels[(c - 16) % 6];
    if (c >= 0)
        return palette[c];
    return color->c16 >= 0 ? palette[color->c16 & 15] : otherwise;
}

static struct look look_of(const struct picture *p, int role, unsigned attributes)
{
    const struct theme_style *style = &p->theme->styles[role];
    struct look look = { .attributes = style->attributes | attributes };

    look.foreground = color_of(&style->foreground, DEFAULT_FOREGROUND);
    look.background = color_of(&style->background, p->background);
    if (look.attributes & CELL_REVERSE) {
        int swap = look.foreground;

        look.foreground = look.background;
        look.background = swap;
    }
    return look;
}

static const struct cell *cell_at(const struct picture *p, int x, int y)
{
    return &p->canvas->cells[(size_t)y * (size_t)p->canvas->width + (size_t)x];
}

static bool is_same_style(const struct cell *a, const struct cell *b)
{
    return a->role == b->role && a->attributes == b->attributes;
}

/* The class of a role: its name with '-' for '.', plus the attributes that the cell has besides. */
static void class_write(const struct picture *p, const struct cell *cell)
{
    fputs(" class=\"", p->out);
    for (const char *c = role_names[cell->role]; *c != '\0'; c++)
        fputc(*c == '.' ? '-' : *c, p->out);
    fprintf(
        p->out, "%s%s%s\"", cell->attributes & CELL_BOLD ? " b" : "", cell->attributes & CELL_DIM ? " d" : "",
        cell->attributes & CELL_UNDERLINE ? " u" : "");
    if (cell->attributes & CELL_REVERSE)
        fprintf(p->out, " style=\"fill:#%06x\"", (unsigned)look_of(p, cell->role, cell->attributes).foreground);
}

static void styles_write(const struct picture *p)
{
    fputs("<style>\ntext{font:13.33px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}\n", p->out);
    fputs(".b{font-weight:bold}.d{opacity:.6}.u{text-decoration:underline}\n", p->out);
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct look look = look_of(p, role, 0);

        fputc('.', p->out);
        for (const char *c = role_names[role]; *c != '\0'; c++)
            fputc(*c == '.' ? '-' : *c, p->out);
        fprintf(
            p->out, "{fill:#%06x%s%s%s}\n", (unsigned)look.foreground, look.attributes & CELL_BOLD ? ";font-weight:bold" : "",
            look.attributes & CELL_DIM ? ";opacity:.6" : "", look.attributes & CELL_UNDERLINE ? ";text-decoration:underline" : "");
    }
    fputs("</style>\n", p->out);
}

/* ---- Shapes ---- */

/* Lines as widths in pixels of their arms from the middle. */
static const struct line {
    uint32_t code_point;
    int left, right, up, down;
} lines[] = {
    { 0x2500, 1, 1, 0, 0 }, { 0x2501, 3, 3, 0, 0 }, { 0x2502, 0, 0, 1, 1 }, { 0x250c, 0, 1, 0, 1 }, { 0x2510, 1, 0, 0, 1 },
    { 0x2514, 0, 1, 1, 0 }, { 0x2518, 1, 0, 1, 0 }, { 0x253c, 1, 1, 1, 1 }, { 0x253f, 3, 3, 1, 1 },
};

static const struct line *line_of(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (lines[i].code_point == code_point)
            return &lines[i];
    return NULL;
}

static bool is_shape(uint32_t c)
{
    return (c >= 0x2581 && c <= 0x2588) || (c >= 0x2591 && c <= 0x2593) || line_of(c) != NULL;
}

static void rect_write(const struct picture *p, const struct cell *cell, double x, double y, double width, double height, double opacity)
{
    fputs("<rect", p->out);
    class_write(p, cell);
    fprintf(p->out, " x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"", x, y, width, height);
    if (opacity < 1)
        fprintf(p->out, " fill-opacity=\"%g\"", opacity);
    fputs("/>\n", p->out);
}

static void shape_write(const struct picture *p, const struct cell *cell, int column, int row, int columns)
{
    double x = MARGIN + column * CELL_WIDTH, y = MARGIN + row * CELL_HEIGHT, width = columns * CELL_WIDTH;
    const struct line *line = line_of(cell->code_point);

    if (line == NULL) {
        bool is_shade = cell->code_point >= 0x2591;
        double height = is_shade ? CELL_HEIGHT : CELL_HEIGHT * (cell->code_point - 0x2580) / 8.0;

        rect_write(p, cell, x, y + CELL_HEIGHT - height, width, height, is_shade ? 0.25 * (cell->code_point - 0x2590) : 1);
        return;
    }
    if (line->left > 0 && line->right > 0)
        rect_write(p, cell, x, y + 8.5 - line->left / 2.0, width, line->left, 1);
    else if (line->left + line->right > 0)
        rect_write(p, cell, line->left > 0 ? x : x + 3.5, y + 8, 4.5, 1, 1);
    if (line->up > 0)
        rect_write(p, cell, x + 3.5, y, 1, line->down > 0 ? CELL_HEIGHT : 9, 1);
    else if (line->down > 0)
        rect_write(p, cell, x + 3.5, y + 8, 1, 9, 1);
}

/* ---- Text ---- */

static void character_write(FILE *out, uint32_t c)
{
    if (c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff || (c & 0xfffe) == 0xfffe)
        c = 0xfffd;
    if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' || c >= 0x7f)
        fprintf(out, c < 0x7f ? "&#%u;" : "&#x%x;", (unsigned)c);
    else
        fputc((int)c, out);
}

static bool is_blank(const struct cell *cell)
{
    return (cell->code_point == ' ' || cell->code_point == 0xa0) && cell->mark == 0;
}

/* Cells of one style from `column` on that make one text: no shape, not two blanks in a row, none at the end. */
static int run_columns(const struct picture *p, int column, int row)
{
    const struct cell *first = cell_at(p, column, row);
    int end = column;

    for (int x = column; x < p->canvas->width; x++) {
        const struct cell *cell = cell_at(p, x, row);

        if (!is_same_style(cell, first) || is_shape(cell->code_point))
            break;
        if (!is_blank(cell))
            end = x + 1;
        else if (x > end)
            break;
    }
    return end - column;
}

static void text_write(const struct picture *p, int column, int row, int columns)
{
    fputs("<text", p->out);
    class_write(p, cell_at(p, column, row));
    fprintf(
        p->out, " x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\">", MARGIN + column * CELL_WIDTH,
        MARGIN + row * CELL_HEIGHT + BASELINE, columns * CELL_WIDTH);
    for (int x = column; x < column + columns; x++) {
        const struct cell *cell = cell_at(p, x, row);

        if (cell->code_point == 0) /* the right half of a wide character */
            continue;
        character_write(p->out, cell->code_point);
        if (cell->mark != 0)
            character_write(p->out, cell->mark);
    }
    fputs("</text>\n", p->out);
}

static void backgrounds_write(const struct picture *p, int row)
{
    for (int x = 0, next; x < p->canvas->width; x = next) {
        const struct cell *cell = cell_at(p, x, row);
        struct look look = look_of(p, cell->role, cell->attributes);

        for (next = x + 1; next < p->canvas->width && is_same_style(cell, cell_at(p, next, row));)
            next++;
        if (look.background != p->background)
            fprintf(
                p->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", MARGIN + x * CELL_WIDTH,
                MARGIN + row * CELL_HEIGHT, (next - x) * CELL_WIDTH, CELL_HEIGHT, (unsigned)look.background);
    }
}

static void row_write(const struct picture *p, int row)
{
    for (int x = 0, columns; x < p->canvas->width; x += columns) {
        const struct cell *cell = cell_at(p, x, row);

        columns = 1;
        if (is_blank(cell) || cell->code_point == 0)
            continue;
        if (is_shape(cell->code_point)) {
            while (x + columns < p->canvas->width && cell_at(p, x + columns, row)->code_point == cell->code_point &&
                   is_same_style(cell, cell_at(p, x + columns, row)) &&
                   (line_of(cell->code_point) == NULL || line_of(cell->code_point)->up == 0))
                columns++;
            shape_write(p, cell, x, row, columns);
        } else {
            columns = run_columns(p, x, row);
            text_write(p, x, row, columns);
        }
    }
}

void svg_write(FILE *out, const struct canvas *canvas, const struct theme *theme)
{
    struct picture p = { .out = out, .canvas = canvas, .theme = theme };
    int width = canvas->width * CELL_WIDTH + 2 * MARGIN, height = canvas->height * CELL_HEIGHT + 2 * MARGIN;

    p.background = color_of(&theme->background, DEFAULT_BACKGROUND);
    fprintf(
        out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n<title>onager</title>\n", width,
        height, width, height);
    styles_write(&p);
    fprintf(out, "<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#%06x\"/>\n", width, height, (unsigned)p.background);
    for (int row = 0; row < canvas->height; row++) {
        backgrounds_write(&p, row);
        row_write(&p, row);
    }
    fputs("</svg>\n", out);
}
