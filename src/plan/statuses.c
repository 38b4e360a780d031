/* Reading and writing sets of HTTP statuses. */
#include "statuses.h"

#include <ctype.h>
#include <string.h>

#define STATUS_MAX 999

static bool read_status(const char **text, const char *end, unsigned *status)
{
    const char *p = *text;

    *status = 0;
    while (p < end && isspace((unsigned char)*p))
        p++;
    for (unsigned digits = 0; digits < 3; digits++, p++) {
        if (p == end || !isdigit((unsigned char)*p))
            return false;
        *status = *status * 10 + (unsigned)(*p - '0');
    }
    while (p < end && isspace((unsigned char)*p))
        p++;
    *text = p;
    return *status >= 100;
}

bool statuses_add(uint64_t statuses[PLAN_STATUS_WORDS], const char *text, size_t length)
{
    const char *end = text + length;
    unsigned first, last;

    if (!read_status(&text, end, &first))
        return false;
    last = first;
    if (text < end && *text++ != '-')
        return false;
    if (text[-1] == '-' && !read_status(&text, end, &last))
        return false;
    if (text != end || last < first)
        return false;
    for (unsigned status = first; status <= last; status++)
        statuses[status / 64] |= UINT64_C(1) << (status % 64);
    return true;
}

bool statuses_parse(uint64_t statuses[PLAN_STATUS_WORDS], const char *text)
{
    memset(statuses, 0, PLAN_STATUS_WORDS * sizeof *statuses);
    for (;;) {
        size_t length = strcspn(text, ",");

        if (!statuses_add(statuses, text, length))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

static bool has(const uint64_t *statuses, unsigned status)
{
    return status <= STATUS_MAX && (statuses[status / 64] >> (status % 64) & 1) != 0;
}

void statuses_print(struct buf *out, const uint64_t statuses[PLAN_STATUS_WORDS])
{
    const char *separator = "";

    for (unsigned first = 100; first <= STATUS_MAX; first++) {
        unsigned last = first;

        if (!has(statuses, first))
            continue;
        while (has(statuses, last + 1))
            last++;
        if (last > first)
            buf_addf(out, "%s%u-%u", separator, first, last);
        else
            buf_addf(out, "%s%u", separator, first);
        separator = ", ";
        first = last;
    }
}
