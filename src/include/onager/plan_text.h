/* A text of a plan with its ${...} compiled. Part of struct plan: immutable after the check, read by every thread. */
#ifndef ONAGER_PLAN_TEXT_H
#define ONAGER_PLAN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GENERATOR_MANY 1000

enum generator_kind {
#define GENERATOR(id, name, min, max, is_number, help) GENERATOR_##id,
#include "onager/generator.def"
#undef GENERATOR
    GENERATOR_COUNT
};

/* Texts nest (an argument of a generator is a text) at most this deep, so whoever renders may recurse. */
#define PLAN_TEXT_DEPTH_MAX 8

enum timestamp_format { TIMESTAMP_UNIX, TIMESTAMP_UNIX_MS, TIMESTAMP_UNIX_US, TIMESTAMP_UNIX_NS, TIMESTAMP_ISO, TIMESTAMP_STRFTIME };

enum hash_kind { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA512, HASH_CRC32 };

struct plan_text;

/* A generator with its arguments read. Which members count is said by kind; the rest is 0.
 *
 *   RANDOM_INT                       low <= x <= high
 *   RANDOM_FLOAT                     low_float <= x < high_float, digits
 *   RANDOM_STRING                    low <= length <= high (at most 65,536), alphabet
 *   RANDOM_CHOICE                    texts[text_count], weight_ends[i]: sum of the weights up to and with i; the last is the sum of all
 *   SEQUENCE                         low + n * high, n the next of counter
 *   SEQUENCE_CHOICE                  texts[n % text_count]
 *   TIMESTAMP                        now + low (ns), format
 *   RANDOM_TIMESTAMP                 low <= x < high (ns since 1970, or from the start of the run where is_relative), format
 *   SEQUENCE_TIMESTAMP               low + n * high (ns), format
 *   RANDOM_ARRAY, RANDOM_MAP         low <= members <= high (at most 10,000); texts[0] the value, or texts[0] the key and [1] the value;
 *                                    a value whose text is is_json stands as it is, others as JSON strings; a key that a map has
 *                                    already is drawn again a few times, then the map stays smaller
 *   BASE64 BASE64URL URLENCODE JSON  texts[0]
 *   HASH                             hash, texts[0] */
struct plan_generator {
    enum generator_kind kind;
    int64_t low, high;
    double low_float, high_float;
    unsigned digits;
    bool is_low_relative, is_high_relative;
    enum timestamp_format format;
    enum hash_kind hash;
    char *alphabet;        /* the bytes to draw from, written out */
    char *strftime_format; /* TIMESTAMP_STRFTIME; in UTC, at most 64 bytes */
    struct plan_text *texts;
    size_t text_count;
    uint64_t *weight_ends;
    uint32_t counter; /* below plan.counter_count: shared by all VUs of the process, from 0, one more at each draw */
};

enum text_part_kind {
    TEXT_LITERAL,   /* bytes, length */
    TEXT_VARIABLE,  /* slot `index` of the VU; one that was never set is empty */
    TEXT_COLUMN,    /* of data set `index` the column `column` (plan_data.columns) in the row that the iteration has */
    TEXT_VU,        /* number of the VU, from 1 */
    TEXT_ITERATION, /* number of the iteration of this VU, from 0 */
    TEXT_SCENARIO,  /* name of the scenario; "setup" and "teardown" there */
    TEXT_SECRET,    /* secret `index`, see secrets.h; never in a log, a snapshot or a file */
    TEXT_GENERATOR, /* generator */
};

/* What is done to a value (never to a literal) where it is put in. */
enum text_escape {
    ESCAPE_NONE,
    ESCAPE_JSON,   /* inside a JSON string: quotes, backslashes and control characters escaped, invalid UTF-8 replaced */
    ESCAPE_TARGET, /* in a request's target: controls, space, " < > ^ ` { | } # and bytes outside ASCII as %XX, all else as it is */
    ESCAPE_QUERY,  /* a value of a query or a form: everything but letters, digits and - . _ ~ as %XX */
    ESCAPE_HEADER, /* control characters become spaces, so that a value never adds a header */
    ESCAPE_QUOTED, /* inside quotes of a multipart header: CR, LF and " as %0D %0A %22 */
};

struct text_part {
    enum text_part_kind kind;
    enum text_escape escape;
    uint32_t index, column;
    char *bytes; /* NUL-terminated, may hold NULs */
    size_t length;
    struct plan_generator *generator;
};

/* No two literals stand side by side; an empty text has no parts. */
struct plan_text {
    char *source; /* as the plan says it, for `inspect`; NULL where the text was put together */
    struct text_part *parts;
    size_t count;
    bool is_json; /* by itself a JSON value that is no string: one number, true, false, null, or one generator of numbers */
};

static inline bool plan_text_is_constant(const struct plan_text *text)
{
    return text->count == 0 || (text->count == 1 && text->parts[0].kind == TEXT_LITERAL);
}

const char *generator_name(enum generator_kind kind);
void plan_text_release(struct plan_text *text); /* what it owns; leaves it empty */

#endif
