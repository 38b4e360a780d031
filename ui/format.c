/* Numbers and words as the screens write them. Pure. */
#include "format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *format_quantile(char out[FORMAT_SIZE], uint64_t ns, uint64_t count, double q, bool utf8, enum role *role)
{
    enum support support = units_support(count, q);
    size_t at = 0;

    if (support != SUPPORT_FULL)
        *role = ROLE_DIM;
    if (support == SUPPORT_NONE)
        ns = SNAP_NONE;
    if (support == SUPPORT_FEW && ns != SNAP_NONE)
        out[at++] = '~';
    units_format_ns(out + at, FORMAT_SIZE - at, ns, utf8);
    return out;
}

char *format_wall(char out[FORMAT_SIZE], uint64_t wall_ns, bool with_zone)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    struct tm tm;

    out[0] = '\0';
    if (localtime_r(&seconds, &tm) != NULL && strftime(out, FORMAT_SIZE, with_zone ? "%H:%M:%S %Z" : "%H:%M:%S", &tm) == 0)
        out[0] = '\0';
    return out;
}

char *format_spare(char out[FORMAT_SIZE], double margin, bool tight)
{
    const char *gap = tight ? "" : " ";

    if (!isfinite(margin))
        snprintf(out, FORMAT_SIZE, "-");
    else if (margin < -9.99)
        snprintf(out, FORMAT_SIZE, "<-999%s%%", gap);
    else
        snprintf(out, FORMAT_SIZE, "%.0f%s%%", margin * 100 + 0.0, gap);
    return out;
}

char *format_threshold_value(char out[FORMAT_SIZE], const struct snap_threshold *threshold, bool utf8)
{
    if (!threshold->has_value || !isfinite(threshold->value)) {
        snprintf(out, FORMAT_SIZE, "-");
        return out;
    }
    switch (threshold->plan->aggregate) {
    case AGG_PERCENTILE:
    case AGG_AVG:
    case AGG_MIN:
    case AGG_MAX:
        return units_format_ns(out, FORMAT_SIZE, (uint64_t)(threshold->value * 1e6 + 0.5), utf8);
    case AGG_COUNT:
    case AGG_VALUE:
        if (threshold->value >= 0 && threshold->value < 1e15 && threshold->value == floor(threshold->value))
            return units_format_count(out, FORMAT_SIZE, (uint64_t)threshold->value);
        break;
    case AGG_RATE:
        break;
    }
    snprintf(out, FORMAT_SIZE, threshold->value < 1 ? "%.4f" : "%.4g", threshold->value);
    if (strchr(out, '.') != NULL && strchr(out, 'e') == NULL) { /* 0.5000 is 0.5, 0.0000 is 0 */
        size_t length = strlen(out);

        while (out[length - 1] == '0')
            out[--length] = '\0';
        if (out[length - 1] == '.')
            out[length - 1] = '\0';
    }
    return out;
}

char *format_error(char out[FORMAT_SIZE], const struct snap_error *error, bool is_short)
{
    const char *name = error->kind == FAULT_NONE ? "" : fault_name(error->kind);

    if (error->kind == FAULT_NONE)
        snprintf(out, FORMAT_SIZE, "%u", error->status);
    else if (is_short && strncmp(name, "timeout_", 8) == 0)
        snprintf(out, FORMAT_SIZE, "timeout");
    else
        snprintf(out, FORMAT_SIZE, "%s", name);
    return out;
}

const char *format_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } reasons[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 203, "Non-Authoritative" },
        { 204, "No Content" },
        { 206, "Partial Content" },
        { 301, "Moved Permanently" },
        { 302, "Found" },
        { 303, "See Other" },
        { 304, "Not Modified" },
        { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 410, "Gone" },
        { 411, "Length Required" },
        { 413, "Content Too Large" },
        { 414, "URI Too Long" },
        { 415, "Unsupported Media Type" },
        { 418, "I'm a teapot" },
        { 422, "Unprocessable Content" },
        { 429, "Too Many Requests" },
        { 431, "Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
        { 505, "HTTP Version Not Supported" },
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "";
}

enum role format_threshold_role(const struct snap_threshold *threshold)
{
    if (threshold->state == THRESHOLD_NO_SAMPLES)
        return ROLE_DIM;
    if (!threshold->passed)
        return ROLE_BAD;
    return threshold->is_warning ? ROLE_WARN : ROLE_GOOD;
}

const char *format_threshold_mark(const struct snap_threshold *threshold)
{
    if (threshold->state == THRESHOLD_NO_SAMPLES)
        return "·";
    if (!threshold->passed)
        return "✗";
    return threshold->is_warning ? "!" : "✓";
}
