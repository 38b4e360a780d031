/* Requests that others described (curl command lines, HAR), on their way to the text of a plan. Nothing is looked up on a network
 * and nothing is executed. Main thread. */
#ifndef ONAGER_IMPORT_H
#define ONAGER_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "onager/error.h"

/* In a value: the name of an extract stands between these two instead of what was recorded. */
#define IMPORT_VALUE '\x01'
#define IMPORT_VALUE_END '\x02'

struct import_pair {
    char *name, *value;
};

struct import_request {
    char *name, *method, *url;
    struct import_pair *headers; /* in order */
    size_t header_count;
    char *body; /* NULL: none */
    size_t body_length;
    char *body_file;            /* instead of body: a path as it was said */
    struct import_pair *fields; /* of multipart/form-data; a value "@PATH" is a file */
    size_t field_count;
    char *user, *bearer; /* NULL: none */
    bool follows, is_decoded;
    uint64_t timeout_ns;          /* 0: nothing was said */
    struct import_pair *extracts; /* name, and where it is found: "form csrf" */
    size_t extract_count;
    uint64_t think_ns; /* before it */
    bool is_with_next; /* was under way together with the one after it */
    unsigned line;     /* where it begins, for messages */
    unsigned status;   /* that was answered; 0: nobody knows */
};

struct import {
    const char *source; /* borrowed: what it is made from, for the first line of the plan */
    struct import_request *requests;
    size_t count;
    /* The same for all requests, as [http] has it. */
    bool is_insecure, wants_cookies;
    char *ca_file, *cert_file, *key_file, *proxy;
    struct buf notes; /* lines about what could not be taken over */
};

void import_init(struct import *import, const char *source);
void import_release(struct import *import);
struct import_request *import_add(struct import *import);
void import_add_pair(struct import_pair **pairs, size_t *count, const char *name, const char *value);
/* One name once, as a plan wants it: a second value follows the first behind a comma, which means the same (RFC 9110 5.3). */
void import_add_header(struct import_request *request, const char *name, const char *value);
/* A line of notes: "FILE:LINE: text". */
void import_note(struct import *import, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether a value on one line of a plan comes back byte for byte. */
bool import_is_plain(const char *text, size_t length);

/* Each reads text that is already there and adds requests; 0, or -1 and *err (EXIT_PLAN, with file:line). Files that it names
 * (curl -d @FILE) are looked for from the current directory. */
int import_curl(struct import *import, const char *text, size_t length, struct error *err);
int import_har(struct import *import, const char *text, size_t length, struct error *err);

/* Something that no line of a plan can say exactly, as a file beside it. */
struct import_file {
    char *name; /* without a directory */
    const char *bytes;
    size_t length;
};
/* Adds the text of the plan. `stem` names the files beside it ("shop" for shop.ini), NULL: there can be none, and bodies of several
 * lines are written with ${hex:0A}. *files returned owned (names too). 0, or -1 and *err. */
int import_print(
    const struct import *import, const char *stem, struct buf *out, struct import_file **files, size_t *file_count, struct error *err);

#endif
