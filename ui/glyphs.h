/* Glyph sets: the same screen in block elements, in braille, and in ASCII. Pure; any thread. */
#ifndef UI_GLYPHS_H
#define UI_GLYPHS_H

#include <stdint.h>

enum glyph_set { GLYPHS_BLOCK, GLYPHS_BRAILLE, GLYPHS_ASCII };

/* Marks stand in the private use area, which no text from outside can hold: the sanitizer escapes it. */
enum glyph {
    GLYPH_FIRST = 0xe000 - 1,
#define GLYPH(id, block, braille, ascii) GLYPH_##id,
#include "glyphs.def"
#undef GLYPH
    GLYPH_END
};

/* The code point to show for a mark or an ordinary code point. With GLYPHS_ASCII the answer is always printable ASCII. */
uint32_t glyph_shown(enum glyph_set set, uint32_t code_point);

/* "block", "braille", "ascii"; "auto" or NULL: block, but ascii on terminals whose fonts are known to lack the eighths (term:
 * what TERM says, may be NULL). All are ascii where the locale is not UTF-8. -1: no such set. */
int glyph_set_find(const char *name, int is_utf8, const char *term);

#endif
