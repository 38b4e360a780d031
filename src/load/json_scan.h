/* Finds the value at a path in the text of a JSON document, in one pass and without building the document. It knows the ordinary
 * cases; what it does not know it leaves to json_query.h, with which it agrees in all others. Pure; bounded in depth; no recursion. */
#ifndef ONAGER_JSON_SCAN_H
#define ONAGER_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "onager/plan_flow.h"

enum json_scan_result { SCAN_ABSENT, SCAN_FOUND, SCAN_UNSURE }; /* ABSENT: not there, or no JSON */

enum json_scan_kind { SCAN_TEXT, SCAN_INTEGER, SCAN_REAL, SCAN_WORD, SCAN_LENGTH };

struct json_scan {
    enum json_scan_kind kind;
    const char *text; /* into the document, a string without its quotes; not for LENGTH */
    size_t length;    /* of text; LENGTH: the value */
};

enum json_scan_result json_scan(const char *text, size_t length, const struct json_path *path, struct json_scan *found);

#endif
