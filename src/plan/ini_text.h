/* Reading INI text with inih, made exact: places of keys and values, long values, continuation lines. Main thread. */
#ifndef ONAGER_INI_TEXT_H
#define ONAGER_INI_TEXT_H

#include <stddef.h>

struct ini_place {
    unsigned line, key_column, value_column; /* from 1, in bytes of the raw line, without the BOM */
};

/* All text is borrowed for the call. A section is what stands between the brackets, trimmed. A value of several lines (each
 * further line is indented deeper than its key) is joined by '\n'. */
struct ini_events {
    void (*section)(void *user, const char *text, const struct ini_place *at);
    void (*pair)(void *user, const char *key, const char *value, const struct ini_place *at);
    void (*mistake)(void *user, const struct ini_place *at, const char *text);
};

#define INI_SECTION_MAX 48    /* inih cuts longer names */
#define INI_TEXT_MAX 16777216 /* of a whole file */

/* Calls the events in the order of the text; lines that cannot be read are mistakes and skipped. */
void ini_read(const char *text, size_t length, const struct ini_events *events, void *user);

#endif
