/* A plan file as sections of settings: names are known and unique, values are still text. Main thread. */
#ifndef ONAGER_DOCUMENT_H
#define ONAGER_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "keys.h"
#include "mistakes.h"

struct setting {
    enum plan_key_id key;
    char *name;  /* of keys that take a name (header.) or are one, else NULL */
    char *value; /* may hold '\n' */
    struct place place;
    bool is_bad; /* its mistake was said: no other one is */
};

struct section {
    enum section_kind kind;
    char *name; /* of a named one, else NULL */
    struct place place;
    bool is_implicit; /* not in the file: made for a quick run */
    bool is_left_out; /* by --scenario */
    bool is_judged;   /* a scenario whose executor is known */
    struct setting *settings;
    size_t count, capacity;
};

struct document {
    struct section *sections; /* in the order of the file */
    size_t count, capacity;
};

/* At most; more are a mistake. */
#define DOCUMENT_SECTIONS_MAX 4096
#define DOCUMENT_SETTINGS_MAX 1024 /* of a section */

void document_init(struct document *document);
void document_release(struct document *document);
/* Reads a file's text; whatever is wrong with lines, sections and keys goes to mistakes. */
void document_read(struct document *document, const char *text, size_t length, struct mistakes *mistakes);
/* The same of a load plan in YAML (yaml_text.h). */
void document_read_yaml(struct document *document, const char *text, size_t length, struct mistakes *mistakes);

/* Adds a section that stands in no file. Pointers to sections are invalid afterwards. */
struct section *document_add(struct document *document, enum section_kind kind, const char *name);
void section_add(struct section *section, enum plan_key_id key, const char *name, const char *value, const struct place *place);

/* The first section of a kind (with that name, unless NULL), or NULL. */
struct section *document_find(const struct document *document, enum section_kind kind, const char *name);
size_t document_count(const struct document *document, enum section_kind kind);
/* The setting of a key in the section, or NULL. */
const struct setting *section_get(const struct section *section, enum plan_key_id key);
/* "[scenario a]"; returns out. */
#define SECTION_SHOWN_SIZE 72
char *section_shown(char out[SECTION_SHOWN_SIZE], enum section_kind kind, const char *name);

#endif
