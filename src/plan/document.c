/* From the lines of a plan file to sections and settings: unknown and doubled names are found here, values are judged later. */
#include "document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ini_text.h"
#include "mem.h"
#include "nearest.h"
#include "yaml_text.h"

struct reading {
    struct document *document;
    struct mistakes *mistakes;
    bool has_section; /* any header was seen */
    bool is_skipping; /* the section is unknown: its keys are not judged */
    bool is_full;     /* too many sections was said */
    size_t section;   /* index of the current one */
};

void document_init(struct document *document)
{
    *document = (struct document){ 0 };
}

static void release_section(struct section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        free(section->settings[i].name);
        free(section->settings[i].value);
    }
    free(section->settings);
    free(section->name);
}

void document_release(struct document *document)
{
    for (size_t i = 0; i < document->count; i++)
        release_section(&document->sections[i]);
    free(document->sections);
    document_init(document);
}

struct section *document_add(struct document *document, enum section_kind kind, const char *name)
{
    struct section *section;

    if (document->count == document->capacity) {
        document->capacity = document->capacity > 0 ? document->capacity * 2 : 8;
        document->sections = mem_resize(document->sections, document->capacity, sizeof *document->sections);
    }
    section = &document->sections[document->count++];
    *section = (struct section){ .kind = kind, .name = mem_copy(name) };
    return section;
}

void section_add(struct section *section, enum plan_key_id key, const char *name, const char *value, const struct place *place)
{
    if (section->count == section->capacity) {
        section->capacity = section->capacity > 0 ? section->capacity * 2 : 8;
        section->settings = mem_resize(section->settings, section->capacity, sizeof *section->settings);
    }
    section->settings[section->count++] = (struct setting){ .key = key, .name = mem_copy(name), .value = mem_copy(value), .place = *place };
}

struct section *document_find(const struct document *document, enum section_kind kind, const char *name)
{
    for (size_t i = 0; i < document->count; i++) {
        struct section *section = &document->sections[i];

        if (section->kind == kind && (name == NULL || (section->name != NULL && strcmp(section->name, name) == 0)))
            return section;
    }
    return NULL;
}

size_t document_count(const struct document *document, enum section_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < document->count; i++)
        count += document->sections[i].kind == kind;
    return count;
}

const struct setting *section_get(const struct section *section, enum plan_key_id key)
{
    for (size_t i = 0; section != NULL && i < section->count; i++)
        if (section->settings[i].key == key)
            return &section->settings[i];
    return NULL;
}

char *section_shown(char out[SECTION_SHOWN_SIZE], enum section_kind kind, const char *name)
{
    snprintf(out, SECTION_SHOWN_SIZE, "[%s%s%.50s]", section_info(kind)->name, name != NULL ? " " : "", name != NULL ? name : "");
    return out;
}

static struct place place_of(const struct ini_place *at)
{
    return (struct place){ ORIGIN_PLAN, NULL, at->line, at->key_column, at->value_column };
}

/* Splits "request login" and finds the kind. -1: unknown, and said. */
static int read_kind(struct reading *reading, const char *text, const struct place *place, const char **name)
{
    char word[INI_SECTION_MAX + 1];
    size_t length = strcspn(text, " \t");
    struct nearest nearest;
    int kind;

    snprintf(word, sizeof word, "%.*s", (int)length, text);
    *name = text + length + strspn(text + length, " \t");
    kind = section_find(word);
    if (kind >= 0)
        return kind;
    nearest_begin(&nearest, word);
    for (int i = 0; i < SECTION_COUNT; i++)
        nearest_try(&nearest, section_info((enum section_kind)i)->name);
    if (nearest.best != NULL)
        mistake_at(
            reading->mistakes, place, 0, "unknown section [%s]: did you mean [%s%s%s]?", text, nearest.best, **name != '\0' ? " " : "",
            *name);
    else
        mistake_at(
            reading->mistakes, place, 0, "unknown section [%s]: man onager-plan lists them, [request NAME] and [scenario NAME] above all",
            text);
    return -1;
}

static void on_section(void *user, const char *text, const struct ini_place *at)
{
    struct reading *reading = user;
    struct place place = place_of(at);
    const char *name;
    const struct section *old;
    char shown[SECTION_SHOWN_SIZE];
    int kind;

    place.column = place.key_column;
    reading->has_section = true;
    reading->is_skipping = true;
    if (text[0] == '\0')
        return; /* the reader has said what is wrong, or it is "[]" */
    kind = read_kind(reading, text, &place, &name);
    if (kind < 0)
        return;
    if (section_info((enum section_kind)kind)->is_named != (*name != '\0')) {
        if (*name == '\0')
            mistake_at(reading->mistakes, &place, 0, "[%s] wants a name: [%s NAME]", text, text);
        else
            mistake_at(reading->mistakes, &place, 0, "[%s] takes no name", section_info((enum section_kind)kind)->name);
        return;
    }
    if (strpbrk(name, ",{}") != NULL) {
        mistake_at(reading->mistakes, &place, 0, "the name of a section holds none of , { }");
        return;
    }
    if (reading->document->count >= DOCUMENT_SECTIONS_MAX) {
        if (!reading->is_full)
            mistake_at(reading->mistakes, &place, 0, "more than %d sections", DOCUMENT_SECTIONS_MAX);
        reading->is_full = true;
        return;
    }
    if (*name == '\0')
        name = NULL;
    old = document_find(reading->document, (enum section_kind)kind, name);
    if (old != NULL) {
        mistake_at(
            reading->mistakes, &place, 0, "%s is there already, in line %u", section_shown(shown, (enum section_kind)kind, name),
            old->place.line);
        return;
    }
    document_add(reading->document, (enum section_kind)kind, name)->place = place;
    reading->section = reading->document->count - 1;
    reading->is_skipping = false;
}

static void unknown_key(struct reading *reading, const struct section *section, const char *key, const struct place *place)
{
    char shown[SECTION_SHOWN_SIZE], shown_key[SHOWN_SIZE];
    const char *nearest = key_nearest(section->kind, key), *name;

    shown_value(shown_key, key);
    section_shown(shown, section->kind, section->name);
    for (int kind = 0; kind < SECTION_COUNT; kind++) {
        const struct section_info *info = section_info((enum section_kind)kind);

        if (kind == SECTION_THRESHOLDS || kind == SECTION_VARIABLES || kind == SECTION_SECRETS ||
            key_find((enum section_kind)kind, key, &name) < 0)
            continue;
        mistake_at(
            reading->mistakes, place, place->key_column, "unknown key \"%s\" in %s: it belongs to [%s%s]", shown_key, shown, info->name,
            info->is_named ? " NAME" : "");
        return;
    }
    if (nearest != NULL && nearest[strlen(nearest) - 1] == '.')
        mistake_at(
            reading->mistakes, place, place->key_column, "unknown key \"%s\" in %s: did you mean \"%sNAME\"?", shown_key, shown, nearest);
    else if (nearest != NULL)
        mistake_at(
            reading->mistakes, place, place->key_column, "unknown key \"%s\" in %s: did you mean \"%s\"?", shown_key, shown, nearest);
    else
        mistake_at(reading->mistakes, place, place->key_column, "unknown key \"%s\" in %s", shown_key, shown);
}

/* The earlier setting of the same key and name; thresholds of one metric may stand on several lines. Header names are the same
 * whatever their case. */
static const struct setting *find_doubled(const struct section *section, int key, const char *name)
{
    bool is_header = key == KEY_HTTP_HEADER || key == KEY_REQUEST_HEADER;

    if (key == KEY_THRESHOLD || key == KEY_FLOW_STEP || key == KEY_SETUP_STEP || key == KEY_TEARDOWN_STEP)
        return NULL; /* as often as one likes */
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *old = &section->settings[i];

        if ((int)old->key == key && (name == NULL || (is_header ? strcasecmp(old->name, name) : strcmp(old->name, name)) == 0))
            return old;
    }
    return NULL;
}

static bool may_be_empty(enum plan_key_id key)
{
    return key_info(key)->type == VALUE_HEADER || key == KEY_VARIABLE || key == KEY_REQUEST_QUERY || key == KEY_REQUEST_FORM ||
           key == KEY_REQUEST_MULTIPART;
}

static void on_pair(void *user, const char *key, const char *value, const struct ini_place *at)
{
    struct reading *reading = user;
    struct place place = place_of(at);
    const struct setting *old;
    struct section *section;
    const char *name;
    int id;

    if (!reading->has_section) {
        char shown[SHOWN_SIZE];

        mistake_at(reading->mistakes, &place, place.key_column, "\"%s\" stands before the first [section]", shown_value(shown, key));
        return;
    }
    if (reading->is_skipping)
        return;
    section = &reading->document->sections[reading->section];
    id = key_find(section->kind, key, &name);
    if (id < 0) {
        unknown_key(reading, section, key, &place);
        return;
    }
    old = find_doubled(section, id, name);
    if (old != NULL) {
        char shown[SHOWN_SIZE];

        mistake_at(
            reading->mistakes, &place, place.key_column, "\"%s\" is there already, in line %u", shown_value(shown, key), old->place.line);
        return;
    }
    if (value[0] == '\0' && !may_be_empty((enum plan_key_id)id)) {
        mistake_at(reading->mistakes, &place, 0, "%s: there is no value", key);
        return;
    }
    if (section->count == DOCUMENT_SETTINGS_MAX)
        mistake_at(reading->mistakes, &place, place.key_column, "more than %d keys in a section", DOCUMENT_SETTINGS_MAX);
    if (section->count < DOCUMENT_SETTINGS_MAX)
        section_add(section, (enum plan_key_id)id, name, value, &place);
}

static void on_mistake(void *user, const struct ini_place *at, const char *text)
{
    struct reading *reading = user;
    struct place place = place_of(at);

    mistake_at(reading->mistakes, &place, 0, "%s", text);
}

static const struct ini_events events = { on_section, on_pair, on_mistake };

void document_read(struct document *document, const char *text, size_t length, struct mistakes *mistakes)
{
    struct reading reading = { .document = document, .mistakes = mistakes };

    ini_read(text, length, &events, &reading);
}

void document_read_yaml(struct document *document, const char *text, size_t length, struct mistakes *mistakes)
{
    struct reading reading = { .document = document, .mistakes = mistakes };

    yaml_read(text, length, &events, &reading);
}
