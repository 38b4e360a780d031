/* YAML through libyaml's loader, which shares nodes between aliases and never expands them; what walks over the nodes here counts
 * its steps, so that no nest of aliases costs more than YAML_NODES_MAX. */
#include "yaml_text.h"

#ifdef HAVE_YAML

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "buf.h"
#include "json_write.h"
#include "mem.h"
#include "nearest.h"
#include "onager/units.h"

struct reader {
    yaml_document_t document;
    const struct ini_events *events;
    void *user;
    unsigned visited;
    const yaml_node_t *method; /* of defaults, NULL: none */
};

static struct ini_place place_of(const yaml_node_t *node)
{
    unsigned line = (unsigned)node->start_mark.line + 1, column = (unsigned)node->start_mark.column + 1;

    return (struct ini_place){ line, column, column };
}

__attribute__((format(printf, 3, 4))) static void mistake(struct reader *reader, const yaml_node_t *node, const char *format, ...)
{
    struct ini_place at = place_of(node);
    char text[300];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    reader->events->mistake(reader->user, &at, text);
}

static yaml_node_t *node_at(struct reader *reader, int index)
{
    return yaml_document_get_node(&reader->document, index);
}

/* The text of a scalar; NULL and a mistake when it is none or holds what no text of a plan can. */
static const char *text_of(struct reader *reader, const char *key, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE) {
        mistake(reader, node, "%s: expected a text or a number", key);
        return NULL;
    }
    for (size_t i = 0; i < node->data.scalar.length; i++) {
        unsigned char c = node->data.scalar.value[i];

        if ((c < ' ' && c != '\t' && c != '\n') || c == 0x7f) {
            mistake(reader, node, "%s: control character \\x%02x", key, c);
            return NULL;
        }
    }
    return (const char *)node->data.scalar.value;
}

static void pair(struct reader *reader, const char *key, const char *value, const yaml_node_t *node)
{
    struct ini_place at = place_of(node);

    reader->events->pair(reader->user, key, value, &at);
}

static void pair_of(struct reader *reader, const char *key, const yaml_node_t *node)
{
    const char *value = text_of(reader, key, node);

    if (value != NULL)
        pair(reader, key, value, node);
}

static void section(struct reader *reader, const char *name, const yaml_node_t *node)
{
    struct ini_place at = place_of(node);

    reader->events->section(reader->user, name, &at);
}

/* ---- mappings with known keys ---- */

#define KEYS_MAX 8

/* Fills values[i] with the node of names[i], or NULL. false: it is no mapping. */
static bool take_keys(
    struct reader *reader, const yaml_node_t *mapping, const char *what, const char *const *names, const yaml_node_t **values)
{
    memset(values, 0, KEYS_MAX * sizeof *values);
    if (mapping->type != YAML_MAPPING_NODE) {
        mistake(reader, mapping, "%s: expected keys and values", what);
        return false;
    }
    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = node_at(reader, p->key);
        const char *name = text_of(reader, what, key);
        struct nearest nearest;
        int found = -1;

        for (int i = 0; name != NULL && names[i] != NULL; i++)
            if (strcmp(names[i], name) == 0)
                found = i;
        if (name == NULL)
            continue;
        if (found >= 0 && values[found] == NULL) {
            values[found] = node_at(reader, p->value);
        } else if (found >= 0) {
            mistake(reader, key, "\"%.60s\" is there already", name);
        } else {
            nearest_begin(&nearest, name);
            for (int i = 0; names[i] != NULL; i++)
                nearest_try(&nearest, names[i]);
            mistake(
                reader, key, "unknown key \"%.60s\" in %s%s%s%s", name, what, nearest.best != NULL ? ": did you mean \"" : "",
                nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
        }
    }
    return true;
}

static void headers(struct reader *reader, const yaml_node_t *mapping)
{
    if (mapping->type != YAML_MAPPING_NODE) {
        mistake(reader, mapping, "headers: expected NAME: VALUE");
        return;
    }
    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top; p++) {
        const char *name = text_of(reader, "headers", node_at(reader, p->key));
        char *key;

        if (name == NULL)
            continue;
        key = mem_format("header.%s", name);
        pair_of(reader, key, node_at(reader, p->value));
        free(key);
    }
}

/* A number from 1 to most; otherwise without one, or after a mistake. */
static uint64_t number(struct reader *reader, const char *key, const yaml_node_t *node, uint64_t most, uint64_t otherwise)
{
    const char *text = node != NULL ? text_of(reader, key, node) : NULL;
    uint64_t value;

    if (text == NULL)
        return otherwise;
    if (units_parse_count(text, &value) && value >= 1 && value <= most)
        return value;
    mistake(reader, node, "%s: expected a whole number from 1 to %llu, got \"%.40s\"", key, (unsigned long long)most, text);
    return otherwise;
}

/* ---- bodies that are no text ---- */

/* Whether a plain scalar is a number, true, false or null in JSON too. */
static bool is_json_word(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    const char *digits = text + (text[0] == '-');
    char *end;

    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || strcmp(text, "null") == 0)
        return true;
    if (digits[0] < '0' || digits[0] > '9' || (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') ||
        text[strspn(text, "0123456789+-.eE")] != '\0' || text[strlen(text) - 1] == '.')
        return false;
    strtod(text, &end);
    return *end == '\0' && strstr(text, ".e") == NULL && strstr(text, ".E") == NULL;
}

/* false: too deep or too much, and said. Recursion ends at YAML_DEPTH_MAX. */
static bool write_json(struct reader *reader, struct json *json, const yaml_node_t *node, unsigned depth)
{
    bool is_good = true;

    if (depth == YAML_DEPTH_MAX || ++reader->visited > YAML_NODES_MAX) {
        mistake(reader, node, "body: deeper than %d or more than %d values", YAML_DEPTH_MAX, YAML_NODES_MAX);
        return false;
    }
    if (node->type == YAML_SCALAR_NODE && is_json_word(node)) {
        json_write_word(json, (const char *)node->data.scalar.value);
    } else if (node->type == YAML_SCALAR_NODE) {
        json_write_string_n(json, (const char *)node->data.scalar.value, node->data.scalar.length);
    } else if (node->type == YAML_SEQUENCE_NODE) {
        json_write_array(json);
        for (const yaml_node_item_t *i = node->data.sequence.items.start; is_good && i < node->data.sequence.items.top; i++)
            is_good = write_json(reader, json, node_at(reader, *i), depth + 1);
        if (is_good)
            json_write_array_end(json);
    } else {
        json_write_object(json);
        for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; is_good && p < node->data.mapping.pairs.top; p++) {
            const char *key = text_of(reader, "body", node_at(reader, p->key));

            is_good = key != NULL;
            if (is_good)
                json_write_key(json, key);
            is_good = is_good && write_json(reader, json, node_at(reader, p->value), depth + 1);
        }
        if (is_good)
            json_write_object_end(json);
    }
    return is_good;
}

static void body(struct reader *reader, const yaml_node_t *node)
{
    struct json json;
    struct buf text;

    if (node->type == YAML_SCALAR_NODE) {
        pair_of(reader, "body", node);
        return;
    }
    buf_init(&text);
    json_write_init(&json, &text, 0);
    if (write_json(reader, &json, node, 0))
        pair(reader, "json", text.data, node);
    buf_release(&text);
}

/* ---- the plan ---- */

/* One scenario of the YAML is a request; its share goes into the mix. */
static void scenario(struct reader *reader, const yaml_node_t *node, size_t index, struct buf *mix)
{
    enum { NAME, PATH, METHOD, HEADERS, BODY, WEIGHT, TIMEOUT };
    static const char *const names[] = { "name", "path", "method", "headers", "body", "weight", "timeout", NULL };
    const yaml_node_t *values[KEYS_MAX];
    const char *name;
    char *title;

    if (!take_keys(reader, node, "a scenario", names, values))
        return;
    name = values[NAME] != NULL ? text_of(reader, "name", values[NAME]) : NULL;
    title = name != NULL ? mem_format("request %s", name) : mem_format("request scenario %zu", index + 1);
    section(reader, title, values[NAME] != NULL ? values[NAME] : node);
    if (values[PATH] == NULL)
        mistake(reader, node, "a scenario wants a path");
    else
        pair_of(reader, "url", values[PATH]);
    if (values[METHOD] != NULL || reader->method != NULL)
        pair_of(reader, "method", values[METHOD] != NULL ? values[METHOD] : reader->method);
    if (values[TIMEOUT] != NULL)
        pair_of(reader, "timeout", values[TIMEOUT]);
    if (values[HEADERS] != NULL)
        headers(reader, values[HEADERS]);
    if (values[BODY] != NULL)
        body(reader, values[BODY]);
    buf_addf(
        mix, "%s%s:%llu", mix->length > 0 ? ", " : "", title + strlen("request "),
        (unsigned long long)number(reader, "weight", values[WEIGHT], 1000000, 1));
    free(title);
}

static void plan(struct reader *reader, const yaml_node_t *root)
{
    enum { BASE_URL, DEFAULTS, SCENARIOS, NAME, DESCRIPTION };
    enum { METHOD, HEADERS, TIMEOUT, CONCURRENCY, REQUESTS };
    static const char *const names[] = { "base_url", "defaults", "scenarios", "name", "description", NULL };
    static const char *const default_names[] = { "method", "headers", "timeout", "concurrency", "requests", NULL };
    const yaml_node_t *values[KEYS_MAX], *defaults[KEYS_MAX] = { NULL };
    char count[24];
    struct buf mix;

    if (!take_keys(reader, root, "the plan", names, values))
        return;
    if (values[SCENARIOS] == NULL || values[SCENARIOS]->type != YAML_SEQUENCE_NODE ||
        values[SCENARIOS]->data.sequence.items.start == values[SCENARIOS]->data.sequence.items.top) {
        mistake(
            reader, values[SCENARIOS] != NULL ? values[SCENARIOS] : root, "a load plan in YAML wants scenarios: a list with one at least");
        return;
    }
    section(reader, "plan", root);
    for (int i = BASE_URL; i <= DESCRIPTION; i++)
        if (values[i] != NULL && i != DEFAULTS && i != SCENARIOS)
            pair_of(reader, names[i], values[i]);
    if (values[DEFAULTS] != NULL && take_keys(reader, values[DEFAULTS], "defaults", default_names, defaults)) {
        section(reader, "http", values[DEFAULTS]);
        if (defaults[TIMEOUT] != NULL)
            pair_of(reader, "timeout", defaults[TIMEOUT]);
        if (defaults[HEADERS] != NULL)
            headers(reader, defaults[HEADERS]);
    }
    reader->method = defaults[METHOD];
    buf_init(&mix);
    for (const yaml_node_item_t *i = values[SCENARIOS]->data.sequence.items.start; i < values[SCENARIOS]->data.sequence.items.top; i++)
        scenario(reader, node_at(reader, *i), (size_t)(i - values[SCENARIOS]->data.sequence.items.start), &mix);
    section(reader, "scenario load", values[SCENARIOS]);
    pair(reader, "executor", "shared-iterations", values[SCENARIOS]);
    snprintf(count, sizeof count, "%llu", (unsigned long long)number(reader, "concurrency", defaults[CONCURRENCY], 1000000, 10));
    pair(reader, "vus", count, defaults[CONCURRENCY] != NULL ? defaults[CONCURRENCY] : values[SCENARIOS]);
    snprintf(count, sizeof count, "%llu", (unsigned long long)number(reader, "requests", defaults[REQUESTS], UINT64_C(1000000000000), 100));
    pair(reader, "iterations", count, defaults[REQUESTS] != NULL ? defaults[REQUESTS] : values[SCENARIOS]);
    pair(reader, "max_duration", "1d", values[SCENARIOS]); /* it is over when all were sent */
    if (mix.length > 0)
        pair(reader, "mix", mix.data, values[SCENARIOS]);
    buf_release(&mix);
}

void yaml_read(const char *text, size_t length, const struct ini_events *events, void *user)
{
    struct reader reader = { .events = events, .user = user };
    struct ini_place at = { 1, 1, 1 };
    yaml_parser_t parser;
    const yaml_node_t *root;

    INVARIANT(yaml_parser_initialize(&parser) == 1);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (yaml_parser_load(&parser, &reader.document) == 0) {
        char message[300];

        at.line = (unsigned)parser.problem_mark.line + 1;
        at.key_column = at.value_column = (unsigned)parser.problem_mark.column + 1;
        snprintf(message, sizeof message, "not YAML: %s", parser.problem != NULL ? parser.problem : "it cannot be read");
        events->mistake(user, &at, message);
        yaml_parser_delete(&parser);
        return;
    }
    root = yaml_document_get_root_node(&reader.document);
    if (root != NULL)
        plan(&reader, root);
    else
        events->mistake(user, &at, "there is no plan in it");
    yaml_document_delete(&reader.document);
    yaml_parser_delete(&parser);
}

#else

void yaml_read(const char *text, size_t length, const struct ini_events *events, void *user)
{
    static const struct ini_place at = { 1, 1, 1 };

    (void)text;
    (void)length;
    events->mistake(user, &at, "this build reads no YAML: it was made without libyaml");
}

#endif
