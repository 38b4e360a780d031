/* Paths in JSON documents: the text becomes steps. Pure. */
#include "json_path.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct parser {
    const char *text, *at;
    struct json_path *path;
    struct error *err;
};

static int fail(const struct parser *p, const char *expected)
{
    return error_set(
        p->err, EXIT_PLAN, "expected %s at character %zu of the path \"%s\"", expected, (size_t)(p->at - p->text) + 1, p->text);
}

static struct json_step *add(struct parser *p, enum json_step_kind kind)
{
    struct json_path *path = p->path;

    path->steps = mem_resize(path->steps, path->count + 1, sizeof *path->steps);
    path->steps[path->count] = (struct json_step){ .kind = kind };
    return &path->steps[path->count++];
}

static int parse_name(struct parser *p)
{
    size_t length = strcspn(p->at, ".[] \t\"'$*?()");

    if (length == 0)
        return fail(p, p->at[0] == '.' ? "a name after \".\" (\"..\" is not known here)" : "a name");
    add(p, JSON_MEMBER)->key = mem_copy_n(p->at, length);
    p->at += length;
    return 0;
}

static int parse_quoted(struct parser *p)
{
    char quote = *p->at;
    const char *end = strchr(p->at + 1, quote);

    if (end == NULL)
        return fail(p, "a name between two quotes");
    add(p, JSON_MEMBER)->key = mem_copy_n(p->at + 1, (size_t)(end - p->at - 1));
    p->at = end + 1;
    return 0;
}

static int parse_element(struct parser *p)
{
    const char *digits = p->at + (*p->at == '-');
    size_t length = strspn(digits, "0123456789");

    if (length == 0 || length > 9)
        return fail(p, "a number, \"*\" or a quoted name in the brackets");
    add(p, JSON_INDEX)->index = strtoll(p->at, NULL, 10);
    p->at = digits + length;
    return 0;
}

static int parse_brackets(struct parser *p)
{
    int result = 0;

    p->at++;
    if (*p->at == '*') {
        add(p, JSON_ANY);
        p->at++;
    } else if (*p->at == '"' || *p->at == '\'') {
        result = parse_quoted(p);
    } else {
        result = parse_element(p);
    }
    if (result != 0)
        return -1;
    if (*p->at != ']')
        return fail(p, "\"]\"");
    p->at++;
    return 0;
}

static int parse_step(struct parser *p)
{
    if (p->path->count == JSON_PATH_STEPS_MAX)
        return fail(p, "at most 32 steps");
    if (*p->at == '[')
        return parse_brackets(p);
    if (*p->at == '.') {
        p->at++;
        return parse_name(p);
    }
    return fail(p, "\".name\" or \"[...]\"");
}

int json_path_parse(struct json_path *path, const char *text, struct error *err)
{
    struct parser p = { .text = text, .at = text, .path = path, .err = err };
    int result = 0;

    *path = (struct json_path){ .text = mem_copy(text) };
    if (*p.at == '$')
        p.at++;
    else if (*p.at != '[')
        result = parse_name(&p); /* "a.b" is taken as "$.a.b" */
    while (result == 0 && *p.at != '\0')
        result = parse_step(&p);
    if (result != 0)
        json_path_release(path);
    else if (path->count > 0 && path->steps[path->count - 1].kind == JSON_MEMBER && strcmp(path->steps[path->count - 1].key, "length") == 0)
        path->steps[path->count - 1].kind = JSON_LENGTH; /* keeps its key: a member of that name goes first */
    return result;
}

void json_path_release(struct json_path *path)
{
    for (size_t i = 0; i < path->count; i++)
        free(path->steps[i].key);
    free(path->steps);
    free(path->text);
    *path = (struct json_path){ 0 };
}
