/* Padding and wrapping by columns. */
#include "lines.h"

#include <string.h>

#include "onager/text.h"

void lines_padded(struct buf *out, const char *text, size_t columns)
{
    buf_add_text(out, text);
    for (size_t used = text_columns(text); used < columns; used++)
        buf_add_char(out, ' ');
}

void lines_wrapped(struct buf *out, const char *text, size_t from)
{
    size_t used = from;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");

        if (used > from && used + 1 + length > LINES_WIDTH) {
            buf_addf(out, "\n%*s", (int)from, "");
            used = from;
        }
        if (used > from) {
            buf_add_char(out, ' ');
            used++;
        }
        buf_add(out, text, length);
        used += length;
        text += length + strspn(text + length, " ");
    }
    buf_add_char(out, '\n');
}

void lines_indented(struct buf *out, const char *text, size_t from)
{
    buf_addf(out, "%*s", (int)from, "");
    lines_wrapped(out, text, from);
}
