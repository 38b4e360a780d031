/* Values on their way into a text: percent-encoding, JSON strings, header lines. Pure. */
#include <ctype.h>
#include <string.h>

#include "onager/text.h"
#include "template.h"

static void add_percent(struct buf *out, unsigned char c)
{
    buf_addf(out, "%%%02X", c);
}

static void add_json(struct buf *out, const char *bytes, size_t length)
{
    size_t i = 0;

    while (i < length) {
        unsigned char c = (unsigned char)bytes[i];
        uint32_t code_point;
        size_t size = 1;

        if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", c);
        else if (c < ' ')
            buf_addf(out, "\\u%04x", c);
        else if (c < 0x80)
            buf_add_char(out, (char)c);
        else if ((size = text_decode(bytes + i, length - i, &code_point)) > 0)
            buf_add(out, bytes + i, size);
        else
            buf_add_text(out, "\xef\xbf\xbd"); /* U+FFFD */
        i += size > 0 ? size : 1;
    }
}

void template_escape(struct buf *out, enum text_escape escape, const char *bytes, size_t length)
{
    if (escape == ESCAPE_JSON) {
        add_json(out, bytes, length);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_control = c < ' ' || c == 0x7f;

        if (escape == ESCAPE_TARGET && (is_control || c >= 0x80 || strchr(" \"<>^`{|}#", c) != NULL))
            add_percent(out, c);
        else if (escape == ESCAPE_QUERY && (c >= 0x80 || (!isalnum(c) && strchr("-._~", c) == NULL) || c == '\0'))
            add_percent(out, c);
        else if (escape == ESCAPE_HEADER && is_control && c != '\t')
            buf_add_char(out, ' ');
        else if (escape == ESCAPE_QUOTED && (c == '\r' || c == '\n' || c == '"'))
            add_percent(out, c);
        else
            buf_add_char(out, (char)c);
    }
}
