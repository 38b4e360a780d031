/* What a path finds in a JSON document. Pure; the document belongs to the caller. */
#ifndef ONAGER_JSON_QUERY_H
#define ONAGER_JSON_QUERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "onager/plan_flow.h"
#include "random.h"

struct json_found {
    const json_t *value; /* borrowed from the document; NULL: it is a length */
    uint64_t length;
};

/* The body of an answer as a document: NULL when it is no JSON, or nests deeper than jansson allows. Owned. */
json_t *json_query_parse(const char *text, size_t length);

/* false: nothing is there. `random` draws for [*]. */
bool json_query(const json_t *document, const struct json_path *path, struct random *random, struct json_found *found);

/* As a value of a variable: strings as they are, numbers and true, false, null as JSON writes them, the rest as compact JSON. */
void json_found_text(const struct json_found *found, struct buf *out);
/* A number, or a string that is one. */
bool json_found_number(const struct json_found *found, double *number);

#endif
