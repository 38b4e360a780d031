/* The text of a path in JSON documents becomes steps (plan_flow.h): a documented part of JSONPath. Pure; any thread.
 *
 *   $            the document              .name  ['name']  ["name"]   a member
 *   [2]  [-1]    an element, from the end  [*]                         one of the elements or members, drawn anew each time
 *   .length      at the end: how many elements, members or characters there are, unless there is a member of that name
 */
#ifndef ONAGER_JSON_PATH_H
#define ONAGER_JSON_PATH_H

#include "onager/error.h"
#include "onager/plan_flow.h"

#define JSON_PATH_STEPS_MAX 32

/* 0, or -1 and *err: what was expected and at which character (from 1). "a.b" is taken as "$.a.b". */
int json_path_parse(struct json_path *path, const char *text, struct error *err);
void json_path_release(struct json_path *path);

#endif
