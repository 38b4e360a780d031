/* The date of a cookie's Expires: RFC 6265 5.1.1. Pure. */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cookies.h"

struct parts {
    bool has_time, has_day, has_month, has_year;
    int hour, minute, second, day, month, year;
};

/* One or more digits, at most `most`, and then no further digit; 0: they do not stand there. */
static size_t digits(const char *text, size_t length, size_t least, size_t most, int *value)
{
    size_t n = 0;

    *value = 0;
    while (n < length && isdigit((unsigned char)text[n])) {
        if (n == most)
            return 0;
        *value = *value * 10 + (text[n++] - '0');
    }
    return n >= least ? n : 0;
}

static bool is_time(const char *token, size_t length, struct parts *parts)
{
    int *const values[] = { &parts->hour, &parts->minute, &parts->second };

    for (int i = 0; i < 3; i++) {
        int value;
        size_t n = digits(token, length, 1, 2, &value);

        if (n == 0)
            return false;
        token += n;
        length -= n;
        if (i < 2 && (length == 0 || *token != ':'))
            return false;
        if (i < 2) {
            token++;
            length--;
        }
        *values[i] = value;
    }
    return true;
}

static void read_token(const char *token, size_t length, struct parts *parts)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    int value;

    if (!parts->has_time && is_time(token, length, parts)) {
        parts->has_time = true;
    } else if (!parts->has_day && digits(token, length, 1, 2, &value) > 0) {
        parts->has_day = true;
        parts->day = value;
    } else if (!parts->has_year && digits(token, length, 2, 4, &value) > 0) {
        parts->has_year = true;
        parts->year = value;
    } else if (!parts->has_month && length >= 3) {
        for (int i = 0; i < 12; i++)
            if (strncasecmp(token, months + 3 * i, 3) == 0) {
                parts->has_month = true;
                parts->month = i;
            }
    }
}

static bool is_delimiter(unsigned char c)
{
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

bool cookie_date(const char *text, size_t length, int64_t *seconds)
{
    struct parts parts = { 0 };
    struct tm tm = { 0 };

    for (size_t i = 0; i < length;) {
        size_t start;

        while (i < length && is_delimiter((unsigned char)text[i]))
            i++;
        start = i;
        while (i < length && !is_delimiter((unsigned char)text[i]))
            i++;
        if (i > start)
            read_token(text + start, i - start, &parts);
    }
    if (!parts.has_time || !parts.has_day || !parts.has_month || !parts.has_year)
        return false;
    if (parts.year >= 70 && parts.year <= 99)
        parts.year += 1900;
    else if (parts.year <= 69)
        parts.year += 2000;
    if (parts.day < 1 || parts.day > 31 || parts.year < 1601 || parts.hour > 23 || parts.minute > 59 || parts.second > 59)
        return false;
    tm.tm_year = parts.year - 1900;
    tm.tm_mon = parts.month;
    tm.tm_mday = parts.day;
    tm.tm_hour = parts.hour;
    tm.tm_min = parts.minute;
    tm.tm_sec = parts.second;
    *seconds = (int64_t)timegm(&tm);
    return tm.tm_mday == parts.day; /* 31 February is none */
}
