/* Reading and writing the retry rule. */
#include "retry.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "onager/fault.h"
#include "onager/units.h"
#include "statuses.h"

#define RETRIES_MAX 100

_Static_assert(FAULT_COUNT <= 64, "faults are bits of one word");

static const uint64_t connect_faults = UINT64_C(1) << FAULT_RESOLVE | UINT64_C(1) << FAULT_REFUSED | UINT64_C(1) << FAULT_UNREACHABLE |
                                       UINT64_C(1) << FAULT_TIMEOUT_CONNECT | UINT64_C(1) << FAULT_TIMEOUT_TLS;
static const uint64_t timeout_faults = UINT64_C(1) << FAULT_TIMEOUT_CONNECT | UINT64_C(1) << FAULT_TIMEOUT_TLS |
                                       UINT64_C(1) << FAULT_TIMEOUT_SEND | UINT64_C(1) << FAULT_TIMEOUT_FIRST_BYTE |
                                       UINT64_C(1) << FAULT_TIMEOUT_BODY | UINT64_C(1) << FAULT_TIMEOUT_IDLE;
static const uint64_t all_faults = (UINT64_C(1) << FAULT_COUNT) - 2; /* FAULT_NONE is none */

static const char *const names[FAULT_COUNT] = {
#define FAULT(id, name, where, help, advice) [FAULT_##id] = name,
#include "onager/fault.def"
#undef FAULT
};

/* The next word up to one of `ends`, without the spaces around it; NULL at the end. */
static char *take(const char **text, const char *ends)
{
    const char *start = *text + strspn(*text, " \t\n"), *end = start + strcspn(start, ends);

    *text = end;
    while (end > start && strchr(" \t\n", end[-1]) != NULL)
        end--;
    return end > start ? mem_copy_n(start, (size_t)(end - start)) : NULL;
}

static bool add_reason(struct plan_retry *retry, const char *word)
{
    if (strcmp(word, "connect") == 0)
        retry->faults |= connect_faults;
    else if (strcmp(word, "timeout") == 0)
        retry->faults |= timeout_faults;
    else if (strcmp(word, "error") == 0)
        retry->faults |= all_faults;
    else {
        for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
            if (strcmp(word, names[i]) == 0) {
                retry->faults |= UINT64_C(1) << i;
                return true;
            }
        return statuses_add(retry->statuses, word, strlen(word));
    }
    return true;
}

static bool read_reasons(struct plan_retry *retry, const char *list)
{
    for (;;) {
        char *word = take(&list, ",");
        bool is_good = word != NULL && add_reason(retry, word);

        free(word);
        if (!is_good)
            return false;
        if (*list == '\0')
            return true;
        list++;
    }
}

static bool read_backoff(struct plan_retry *retry, const char *text)
{
    const char *dots = strstr(text, "..");
    char *first = dots != NULL ? mem_copy_n(text, (size_t)(dots - text)) : mem_copy(text);
    bool is_good = units_parse_duration(first, BARE_SECONDS, &retry->backoff_ns);

    free(first);
    retry->backoff_max_ns = retry->backoff_ns;
    if (is_good && dots != NULL)
        is_good = units_parse_duration(dots + 2, BARE_SECONDS, &retry->backoff_max_ns) && retry->backoff_max_ns >= retry->backoff_ns;
    return is_good;
}

bool retry_parse(struct plan_retry *retry, const char *text)
{
    char *word = take(&text, " \t\n");
    bool is_good;
    uint64_t times = 0;

    *retry = (struct plan_retry){ 0 };
    is_good = word != NULL && units_parse_count(word, &times) && times <= RETRIES_MAX;
    free(word);
    retry->times = (unsigned)times;
    word = take(&text, " \t\n");
    if (is_good && word != NULL && strcmp(word, "on") == 0) {
        const char *mark = strstr(text, " backoff ");
        char *list = mark != NULL ? mem_copy_n(text, (size_t)(mark - text)) : mem_copy(text);

        is_good = read_reasons(retry, list);
        free(list);
        free(word);
        text = mark != NULL ? mark : "";
        word = take(&text, " \t\n");
    } else {
        retry->faults = connect_faults;
    }
    if (is_good && word != NULL) {
        char *waits;

        is_good = strcmp(word, "backoff") == 0 && (waits = take(&text, "")) != NULL;
        if (is_good) {
            is_good = read_backoff(retry, waits);
            free(waits);
        }
    }
    free(word);
    if (times == 0)
        *retry = (struct plan_retry){ 0 };
    return is_good;
}

static void put_reason(struct buf *out, const char *word)
{
    buf_addf(out, "%s%s", out->length > 0 ? ", " : "", word);
}

void retry_print(struct buf *out, const struct plan_retry *retry)
{
    uint64_t left = retry->faults;
    struct buf reasons;
    char first[40], most[40];

    buf_addf(out, "%u", retry->times);
    if (retry->times == 0)
        return;
    buf_init(&reasons);
    if (left == all_faults) {
        put_reason(&reasons, "error");
        left = 0;
    }
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
        if ((left >> i & 1) != 0)
            put_reason(&reasons, names[i]);
    if (reasons.length > 0)
        buf_addf(out, " on %s", reasons.data);
    buf_clear(&reasons);
    statuses_print(&reasons, retry->statuses);
    if (reasons.length > 0)
        buf_addf(out, "%s%s", retry->faults != 0 ? ", " : " on ", reasons.data);
    buf_release(&reasons);
    if (retry->backoff_max_ns > 0)
        buf_addf(
            out, " backoff %s..%s", units_format_duration(first, sizeof first, retry->backoff_ns),
            units_format_duration(most, sizeof most, retry->backoff_max_ns));
}
