/* A small streaming JSON writer into a struct buf. It keeps track of commas and nesting, so that a caller only says what
 * comes next; a call in the wrong place (a value without a key in an object, an end that does not match) is a broken
 * invariant. Strings are escaped as RFC 8259 wants, invalid UTF-8 becomes U+FFFD, a number that is not finite becomes null.
 * One owner; any thread; independent of the locale. */
#ifndef ONAGER_JSON_WRITE_H
#define ONAGER_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define JSON_DEPTH_MAX 32

struct json {
    struct buf *out;       /* borrowed */
    unsigned depth;        /* open objects and arrays */
    unsigned lines_depth;  /* members down to this depth begin on a line of their own; 0: all on one line */
    uint32_t is_object;    /* bit per depth */
    uint32_t has_members;  /* bit per depth */
    bool has_key, is_done; /* a key waits for its value; the outermost value is complete */
};

void json_write_init(struct json *json, struct buf *out, unsigned lines_depth);
void json_write_object(struct json *json);
void json_write_object_end(struct json *json);
void json_write_array(struct json *json);
void json_write_array_end(struct json *json);
void json_write_key(struct json *json, const char *key);

void json_write_string(struct json *json, const char *text); /* NULL gives null */
void json_write_string_n(struct json *json, const char *text, size_t length);
void json_write_u64(struct json *json, uint64_t value);
void json_write_i64(struct json *json, int64_t value);
void json_write_double(struct json *json, double value); /* shortest text that reads back as the same number */
void json_write_bool(struct json *json, bool value);
void json_write_null(struct json *json);
void json_write_word(struct json *json, const char *word);                     /* a number, true, false or null as it stands */
void json_write_raw_ascii(struct json *json, const char *text, size_t length); /* a string known to need no escape: base64, hex */

bool json_write_is_complete(const struct json *json); /* one value was written and everything is closed */

#endif
