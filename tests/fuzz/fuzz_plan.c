/* Fuzz target of everything that reads a plan: the INI feed, keys, values, URLs, thresholds. The input is the text of a plan;
 * its first line also stands for an option's value. What is taken must survive being printed and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "plan_build.h"
#include "print.h"
#include "threshold_expr.h"
#include "url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_value(const char *value)
{
    static const char *const options[] = { "threshold", "duration", "rate", "vus", "header", "out", "scenario", "label" };
    struct error err = { 0 };
    char why[160];
    struct url url;

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const struct plan_override override = { options[i], value, ORIGIN_FLAG, "--option" };
        const struct plan_request_by_user from = { "http://h/", &override, 1 };

        plan_free(plan_build(&from, NULL, &err));
    }
    if (url_parse(&url, value, why, sizeof why)) {
        INVARIANT(url.target[0] == '/' && url.port > 0 && strpbrk(url.target, " \r\n") == NULL && strpbrk(url.host, " \r\n") == NULL);
        url_release(&url);
    }
}

static void try_plan(const char *text, size_t size)
{
    const struct plan_request_by_user from = { "fuzz.ini", NULL, 0 };
    struct error err = { 0 };
    struct plan *plan = plan_build_text(&from, "fuzz.ini", text, size, NULL, &err), *again;
    struct buf out;

    INVARIANT((plan == NULL) == (err.exit_code != 0));
    if (plan == NULL)
        return;
    INVARIANT(plan->request_count > 0 && plan->scenario_count > 0 && plan->threads > 0);
    for (size_t i = 0; i < plan->scenario_count; i++)
        INVARIANT(plan->scenarios[i].mix_count > 0);
    buf_init(&out);
    plan_print(plan, &out, PRINT_VERBATIM);
    if (strstr(out.data, "\n; body of ") == NULL) { /* a body that the text can carry */
        again = plan_build_text(&from, "fuzz.ini", out.data, out.length, NULL, &err);
        INVARIANT(again != NULL && strcmp(plan->sha256, again->sha256) == 0);
        plan_free(again);
    }
    buf_release(&out);
    plan_free(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *newline = memchr(text, '\n', size);
    size_t length = newline != NULL ? (size_t)(newline - text) : size;
    char *line = mem_copy_n(text, length < 4096 ? length : 4096);

    try_value(line);
    free(line);
    try_plan(text, size);
    return 0;
}
