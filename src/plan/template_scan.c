/* Where expressions and arguments end. Nesting is kept on a small stack, never on that of the program. Pure. */
#include "template_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define STACK_MAX 64

/* What is open: '{' of an expression, '(' of arguments, '"'. */
struct nesting {
    char open[STACK_MAX];
    size_t depth;
    bool is_too_deep;
};

bool template_fail(struct template_reader *reader, const char *at, const char *format, ...)
{
    va_list args;

    reader->problem->offset = (size_t)(at - reader->text);
    va_start(args, format);
    vsnprintf(reader->problem->text, sizeof reader->problem->text, format, args);
    va_end(args);
    return false;
}

static void push(struct nesting *nesting, char c)
{
    if (nesting->depth < STACK_MAX)
        nesting->open[nesting->depth++] = c;
    else
        nesting->is_too_deep = true;
}

/* Takes what stands at p and returns how many bytes that was. */
static size_t step(struct nesting *nesting, const char *p, const char *end)
{
    char top = nesting->depth > 0 ? nesting->open[nesting->depth - 1] : '\0';

    if (end - p >= 3 && memcmp(p, "$${", 3) == 0)
        return 3;
    if (end - p >= 2 && p[0] == '$' && p[1] == '{') {
        push(nesting, '{');
        return 2;
    }
    switch (top) {
    case '"':
        if (*p == '\\' && end - p >= 2)
            return 2;
        if (*p == '"')
            nesting->depth--;
        break;
    case '(':
        if (*p == ')')
            nesting->depth--;
        else if (*p == '(' || *p == '"')
            push(nesting, *p);
        break;
    default:
        if (*p == '}' && top == '{')
            nesting->depth--;
        else if (*p == '(')
            push(nesting, '(');
        break;
    }
    return 1;
}

const char *template_close(const char *begin, const char *end)
{
    struct nesting nesting = { .open = { '{' }, .depth = 1 };
    const char *p = begin;

    while (p < end && !nesting.is_too_deep) {
        size_t taken = step(&nesting, p, end);

        if (nesting.depth == 0)
            return p;
        p += taken;
    }
    return NULL;
}

struct template_span template_trim(struct template_span span)
{
    while (span.begin < span.end && strchr(" \t\n", *span.begin) != NULL)
        span.begin++;
    while (span.begin < span.end && strchr(" \t\n", span.end[-1]) != NULL)
        span.end--;
    return span;
}

/* "TEXT:3" without its weight. */
static void take_weight(struct template_argument *argument)
{
    const char *p = argument->span.end;
    uint64_t weight = 0;
    size_t digits = 0;

    while (p > argument->span.begin && p[-1] >= '0' && p[-1] <= '9' && digits < 7) {
        p--;
        digits++;
    }
    if (digits == 0 || p == argument->span.begin || p[-1] != ':')
        return;
    for (const char *q = p; q < argument->span.end; q++)
        weight = weight * 10 + (uint64_t)(*q - '0');
    argument->weight = weight;
    argument->is_weighted = true;
    argument->span.end = p - 1;
    argument->span = template_trim(argument->span);
}

static bool take_quotes(struct template_reader *reader, struct template_argument *argument)
{
    struct nesting nesting = { .open = { '"' }, .depth = 1 };
    const char *p = argument->span.begin;

    if (p == argument->span.end || *p != '"')
        return true;
    for (p++; p < argument->span.end && nesting.depth > 0;)
        p += step(&nesting, p, argument->span.end);
    if (nesting.depth > 0)
        return template_fail(reader, argument->span.begin, "the quotes do not end");
    if (p != argument->span.end)
        return template_fail(reader, p, "expected \",\" or \")\" after the quotes");
    argument->span.begin++;
    argument->span.end--;
    argument->is_quoted = true;
    return true;
}

static bool add(struct template_reader *reader, struct template_argument **list, size_t count, struct template_span span, bool weights)
{
    struct template_argument *argument;

    *list = mem_resize(*list, count + 1, sizeof **list);
    argument = &(*list)[count];
    *argument = (struct template_argument){ .span = template_trim(span), .weight = 1 };
    if (weights)
        take_weight(argument);
    return take_quotes(reader, argument);
}

int template_split(struct template_reader *reader, struct template_span inside, bool weights, struct template_argument **out)
{
    struct nesting nesting = { .open = { '(' }, .depth = 1 };
    struct template_span next = inside;
    struct template_argument *list = NULL;
    size_t count = 0;

    *out = NULL;
    if (template_trim(inside).begin == inside.end)
        return 0;
    for (const char *p = inside.begin; p <= inside.end && count <= GENERATOR_MANY;) {
        if (p < inside.end && !(nesting.depth == 1 && *p == ',')) {
            p += step(&nesting, p, inside.end);
            continue;
        }
        next.end = p;
        if (!add(reader, &list, count, next, weights)) {
            free(list);
            return -1;
        }
        count++;
        next.begin = ++p;
    }
    *out = list;
    return (int)count;
}
