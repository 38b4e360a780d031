/* Values that travel: what an earlier answer held and a later request sends back (a token of a form, an id out of JSON). Each such
 * value becomes an extract of the earlier request and its name in the later one. Main thread. */
#ifndef ONAGER_IMPORT_VALUES_H
#define ONAGER_IMPORT_VALUES_H

#include <jansson.h>
#include <stddef.h>

#include "import.h"

struct import_value {
    char *value; /* as it stood in the answer */
    char *where; /* "form token", "json $.items[0].id" */
    char *hint;  /* what to call it */
    char *name;  /* once it is used: of the extract */
    size_t request;
};

struct import_values {
    struct import_value *items;
    size_t count;
};

void import_values_init(struct import_values *values);
void import_values_release(struct import_values *values);
/* Looks through the answer ("response" of a HAR entry) of request `index`. */
void import_values_see(struct import_values *values, size_t index, json_t *response);
/* Puts names in place of values that were seen: in the query, the body and the headers of request `index`. */
void import_values_use(struct import_values *values, struct import *import, size_t index);

#endif
