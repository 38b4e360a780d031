/* The path of a value in a JSON document, as plans write it: a documented part of JSONPath. Parsing only, of the text: what it
 * finds in a document is for those who have one (json_query.h). Pure; immutable once parsed; any thread.
 *
 *   $            the document              .name  ['name']  ["name"]   a member
 *   [2]  [-1]    an element, from the end  [*]                         any element: the first for which the rest is there
 *   .length      at the end: how many elements (or members, or characters of a string), unless there is a member of that name
 */
#ifndef ONAGER_JSON_PATH_H
#define ONAGER_JSON_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "onager/error.h"

#define JSON_PATH_STEPS_MAX 32
#define JSON_PATH_ANY_MAX 4 /* [*] in one path: bounds what a search can cost */

enum json_step_kind { JSON_STEP_MEMBER, JSON_STEP_ELEMENT, JSON_STEP_ANY };

struct json_step {
    enum json_step_kind kind;
    char *name;      /* MEMBER */
    int64_t element; /* ELEMENT; negative: from the end */
};

struct json_path {
    struct json_step *steps;
    size_t count;
};

/* 0, or -1 and *err: what was expected and at which character (from 1). */
int json_path_parse(struct json_path *path, const char *text, struct error *err);
void json_path_release(struct json_path *path);

#endif
