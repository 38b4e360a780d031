/* A VU's cookie jar: RFC 6265 5, and of its revision that http may not set a Secure cookie and that control characters spoil
 * one. There is no list of public suffixes: a Domain of one label is refused, others are believed. Pure; one owner. */
#ifndef ONAGER_COOKIES_H
#define ONAGER_COOKIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Limits: what comes on top pushes out the oldest. */
#define COOKIE_MAX_BYTES 4096 /* name and value */
#define COOKIES_PER_DOMAIN 50
#define COOKIES_PER_JAR 300

/* The request that a Set-Cookie answers, or that cookies are for. Host in any case, without brackets. */
struct cookie_place {
    const char *host, *target; /* path and query */
    bool is_secure;            /* https */
};

struct cookie_jar;

struct cookie_jar *cookie_jar_new(void);
void cookie_jar_free(struct cookie_jar *jar); /* NULL is fine */
void cookie_jar_clear(struct cookie_jar *jar);
size_t cookie_jar_count(const struct cookie_jar *jar);

/* The value of one Set-Cookie field, any bytes. now_s: seconds since 1970. false: it was ignored. */
bool cookie_jar_set(struct cookie_jar *jar, const struct cookie_place *place, const char *value, size_t length, int64_t now_s);
/* Appends "a=1; b=2": longer paths first, then older ones. Nothing when none fits. */
void cookie_jar_get(const struct cookie_jar *jar, const struct cookie_place *place, int64_t now_s, struct buf *out);

/* A date in the forms of RFC 6265 5.1.1, in any order of its parts. false: it is none. */
bool cookie_date(const char *text, size_t length, int64_t *seconds);

#endif
