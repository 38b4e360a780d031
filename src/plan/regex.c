/* Regular expressions: PCRE2 with limits. Bytes, not characters: bodies may be in any encoding, or in none. */
#include "regex.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#ifdef HAVE_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps of one match, and memory: far more than an honest pattern needs on an answer, and a few milliseconds at most. */
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 2000
#define HEAP_LIMIT_KIB 4096
#define JIT_STACK_BYTES (256 * 1024)
#define GROUPS_MAX 32 /* that can be asked for */

struct regex {
    pcre2_code *code;
};

struct regex_matcher {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

bool regex_is_available(void)
{
    return true;
}

struct regex *regex_new(const char *pattern, struct error *err)
{
    struct regex *regex;
    PCRE2_UCHAR text[160];
    PCRE2_SIZE at;
    int code;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);

    if (compiled == NULL) {
        pcre2_get_error_message(code, text, sizeof text);
        error_set(err, EXIT_PLAN, "the regular expression \"%s\" is wrong at character %zu: %s", pattern, (size_t)at + 1, (char *)text);
        return NULL;
    }
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* where it cannot, the interpreter does the same */
    regex = mem_alloc(sizeof *regex);
    regex->code = compiled;
    return regex;
}

void regex_free(struct regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_code_free(regex->code);
    free(regex);
}

struct regex_matcher *regex_matcher_new(void)
{
    struct regex_matcher *matcher = mem_alloc(sizeof *matcher);

    matcher->data = pcre2_match_data_create(GROUPS_MAX, NULL);
    matcher->context = pcre2_match_context_create(NULL);
    matcher->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES, NULL);
    INVARIANT(matcher->data != NULL && matcher->context != NULL);
    pcre2_set_match_limit(matcher->context, MATCH_LIMIT);
    pcre2_set_depth_limit(matcher->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(matcher->context, HEAP_LIMIT_KIB);
    if (matcher->stack != NULL)
        pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
    return matcher;
}

void regex_matcher_free(struct regex_matcher *matcher)
{
    if (matcher == NULL)
        return;
    pcre2_match_data_free(matcher->data);
    pcre2_match_context_free(matcher->context);
    pcre2_jit_stack_free(matcher->stack);
    free(matcher);
}

unsigned regex_group_count(const struct regex *regex)
{
    uint32_t count = 0;

    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

bool regex_find(
    const struct regex *regex, struct regex_matcher *matcher, const char *subject, size_t length, unsigned group, struct regex_span *span)
{
    const char *text = subject != NULL ? subject : "";
    int groups = pcre2_match(regex->code, (PCRE2_SPTR)text, length, 0, 0, matcher->data, matcher->context);
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(matcher->data);

    /* 0: it has more groups than there is room for; those over the last that matched are unset */
    if (groups < 0 || group >= GROUPS_MAX || (groups > 0 && group >= (unsigned)groups) || ends[2 * group] == PCRE2_UNSET)
        return false;
    if (ends[2 * group + 1] < ends[2 * group])
        return false; /* \K in a lookahead may end before it begins */
    span->text = text + ends[2 * group];
    span->length = ends[2 * group + 1] - ends[2 * group];
    return true;
}

#else

bool regex_is_available(void)
{
    return false;
}

struct regex *regex_new(const char *pattern, struct error *err)
{
    error_set(err, EXIT_PLAN, "the regular expression \"%s\": this onager was built without PCRE2", pattern);
    return NULL;
}

void regex_free(struct regex *regex)
{
    (void)regex;
}

struct regex_matcher *regex_matcher_new(void)
{
    return NULL;
}

void regex_matcher_free(struct regex_matcher *matcher)
{
    (void)matcher;
}

unsigned regex_group_count(const struct regex *regex)
{
    return 0;
}

bool regex_find(
    const struct regex *regex, struct regex_matcher *matcher, const char *subject, size_t length, unsigned group, struct regex_span *span)
{
    return false;
}

#endif
