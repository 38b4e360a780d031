/* For tests of the plan: building from text and options in one line. */
#ifndef ONAGER_PLAN_TEST_H
#define ONAGER_PLAN_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "plan_build.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define OPTIONS_MAX 16

/* The options of one start, written as `option, value` pairs that end in NULL; all flags, shown as "--option". */
struct test_options {
    struct plan_override items[OPTIONS_MAX];
    char shown[OPTIONS_MAX][64];
    size_t count;
};

static inline void add_option(struct test_options *options, enum plan_origin origin, const char *option, const char *value)
{
    size_t i = options->count++;

    assert_true(i < OPTIONS_MAX);
    snprintf(options->shown[i], sizeof options->shown[i], "--%s", option);
    options->items[i] = (struct plan_override){ option, value, origin, options->shown[i] };
}

static inline void take_options(struct test_options *options, va_list args)
{
    const char *option;

    while ((option = va_arg(args, const char *)) != NULL)
        add_option(options, ORIGIN_FLAG, option, va_arg(args, const char *));
}

/* plan_build() of a target; NULL when it is refused, then err says why. */
static inline struct plan *build_target(const char *target, struct buf *notes, struct error *err, ...)
{
    struct test_options options = { .count = 0 };
    struct plan_request_by_user from = { target, options.items, 0 };
    va_list args;

    va_start(args, err);
    take_options(&options, args);
    va_end(args);
    from.override_count = options.count;
    return plan_build(&from, notes, err);
}

/* plan_build_text() of a plan that must be good. */
static inline struct plan *good_plan(const char *text, ...)
{
    struct test_options options = { .count = 0 };
    struct plan_request_by_user from = { "test.ini", options.items, 0 };
    struct error err = { 0 };
    struct plan *plan;
    va_list args;

    va_start(args, text);
    take_options(&options, args);
    va_end(args);
    from.override_count = options.count;
    plan = plan_build_text(&from, "test.ini", text, strlen(text), NULL, &err);
    if (plan == NULL)
        fail_msg("%s", err.text);
    return plan;
}

/* What plan_build_text() says about a plan that must be bad. Returned owned. */
static inline char *bad_plan(const char *text, int exit_code, ...)
{
    struct test_options options = { .count = 0 };
    struct plan_request_by_user from = { "test.ini", options.items, 0 };
    struct error err = { 0 };
    va_list args;

    va_start(args, exit_code);
    take_options(&options, args);
    va_end(args);
    from.override_count = options.count;
    assert_null(plan_build_text(&from, "test.ini", text, strlen(text), NULL, &err));
    assert_int_equal(err.exit_code, exit_code);
    return mem_copy(err.text);
}

#endif
