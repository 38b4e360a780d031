/* Saving the screen as files, in the current directory. UI thread; waits for the disk once, when somebody asks for it. */
#ifndef UI_SAVE_H
#define UI_SAVE_H

#include <stddef.h>
#include <stdint.h>

#include "canvas.h"
#include "onager/error.h"
#include "theme.h"

/* Writes STEM.svg and STEM.txt with STEM onager-screen-HHMMSS of the wall clock, -2 and so on when that is there already: never
 * over a file, never through a link. 0 and the name of the picture; -1 and *err (EXIT_OUTPUT). */
int save_screen(const struct canvas *canvas, const struct theme *theme, uint64_t wall_ns, char *name, size_t size, struct error *err);

#endif
