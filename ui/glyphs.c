/* Glyph sets from glyphs.def, and ASCII stand-ins for the few other marks that our own texts use. Pure. */
#include "glyphs.h"

#include <stddef.h>
#include <string.h>

static const uint32_t marks[][3] = {
#define GLYPH(id, block, braille, ascii) { block, braille, ascii },
#include "glyphs.def"
#undef GLYPH
};

/* One column for one column, so that no layout depends on the set. */
static const struct {
    uint32_t from;
    char to;
} stand_ins[] = {
    { 0x00b7, '-' }, { 0x00b5, 'u' }, { 0x2026, '~' }, { 0x2192, '>' }, { 0x2190, '<' }, { 0x2191, '^' }, { 0x2193, 'v' },
    { 0x25b2, '^' }, { 0x25c7, 'o' }, { 0x25b6, '>' }, { 0x2016, '=' }, { 0x25e3, '/' }, { 0x25a0, '#' }, { 0x2713, '+' },
    { 0x2717, 'x' }, { 0x2502, '|' }, { 0x250c, '+' }, { 0x2510, '+' }, { 0x2514, '+' }, { 0x2518, '+' }, { 0x2500, '-' },
};

uint32_t glyph_shown(enum glyph_set set, uint32_t code_point)
{
    if (code_point > GLYPH_FIRST && code_point < GLYPH_END)
        return marks[code_point - GLYPH_FIRST - 1][set];
    if (set != GLYPHS_ASCII || (code_point >= ' ' && code_point < 0x7f))
        return code_point;
    for (size_t i = 0; i < sizeof stand_ins / sizeof stand_ins[0]; i++)
        if (stand_ins[i].from == code_point)
            return (uint32_t)stand_ins[i].to;
    return '?';
}

/* The console of Linux has 512 glyphs, hardware terminals and their emulations fewer. */
static int has_poor_font(const char *term)
{
    static const char *const poor[] = { "linux", "dumb", "ansi", "cons25", "vt52", "vt100", "vt102", "vt220" };

    for (size_t i = 0; term != NULL && i < sizeof poor / sizeof poor[0]; i++)
        if (strncmp(term, poor[i], strlen(poor[i])) == 0 && strchr("-", term[strlen(poor[i])]) != NULL)
            return 1;
    return 0;
}

int glyph_set_find(const char *name, int is_utf8, const char *term)
{
    if (name == NULL || strcmp(name, "auto") == 0)
        return is_utf8 && !has_poor_font(term) ? GLYPHS_BLOCK : GLYPHS_ASCII;
    if (strcmp(name, "block") == 0)
        return is_utf8 ? GLYPHS_BLOCK : GLYPHS_ASCII;
    if (strcmp(name, "braille") == 0)
        return is_utf8 ? GLYPHS_BRAILLE : GLYPHS_ASCII;
    return strcmp(name, "ascii") == 0 ? GLYPHS_ASCII : -1;
}
