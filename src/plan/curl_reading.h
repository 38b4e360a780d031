/* One request of a curl command line while its options are read: what each adds, and what curl makes of them all. Main thread. */
#ifndef ONAGER_CURL_READING_H
#define ONAGER_CURL_READING_H

#include <stdbool.h>

#include "import.h"

/* One request of a command line, as its options add up. */
struct curl_reading {
    struct import *import;
    struct error *err;
    unsigned line;
    const char *method, *url, *upload;
    struct buf data, query;
    bool has_data, is_json, is_get, is_head, is_globbing, is_whole_file;
    struct import_request request; /* headers, fields and what needs no second look */
};

void curl_reading_begin(struct curl_reading *r, struct import *import, unsigned line, struct error *err);
void curl_reading_end(struct curl_reading *r);
/* What is wrong, with file and line; -1. */
int curl_refuse(const struct curl_reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum curl_data { CURL_DATA, CURL_DATA_RAW, CURL_DATA_BINARY, CURL_DATA_URLENCODE, CURL_DATA_JSON };
/* Each 0, or -1 and the error of the reading. */
int curl_add_data(struct curl_reading *r, enum curl_data kind, const char *value);
int curl_add_query(struct curl_reading *r, const char *value);
int curl_add_field(struct curl_reading *r, const char *value, bool is_string);
int curl_add_header(struct curl_reading *r, const char *line);
void curl_set_header(struct curl_reading *r, const char *name, const char *value); /* unless it is there */
/* Hands the request over to the import. */
int curl_finish(struct curl_reading *r);

#endif
