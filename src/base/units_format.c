/* Printing durations, counts, shares, sizes and rates in the one style of the screens: three significant digits, a unit, and
 * a rounding that rolls over to the next unit (never "1000ms"). Pure; any thread; knows no locale and no width of a table. */
#include "onager/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef unsigned __int128 u128;

static char *put(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
    return out;
}

/* value / unit, rounded half up. */
static uint64_t rounded(u128 value, uint64_t unit)
{
    return (uint64_t)((value + unit / 2) / unit);
}

/* Three significant digits of value / unit: "8.40" "84.0" "840". Each is rounded once, from the exact value. */
static void put_three_digits(char *out, size_t size, uint64_t value, uint64_t unit)
{
    uint64_t hundredths = rounded((u128)value * 100, unit);
    uint64_t tenths = rounded((u128)value * 10, unit);

    if (hundredths < 1000)
        snprintf(out, size, "%u.%02u", (unsigned)(hundredths / 100), (unsigned)(hundredths % 100));
    else if (tenths < 1000)
        snprintf(out, size, "%u.%u", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
    else
        snprintf(out, size, "%llu", (unsigned long long)rounded(value, unit));
}

/* A positive number below 2^63 with `decimals` (0..2) digits behind the point, rounded half up. By hand: printf would write
 * the decimal comma of the user's locale. */
static void put_decimals(char *out, size_t size, long double value, int decimals)
{
    unsigned power = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
    uint64_t scaled = (uint64_t)(value * power + 0.5L);

    if (decimals > 0)
        snprintf(out, size, "%llu.%0*u", (unsigned long long)(scaled / power), decimals, (unsigned)(scaled % power));
    else
        snprintf(out, size, "%llu", (unsigned long long)scaled);
}

char *units_format_ns(char *out, size_t size, uint64_t ns, bool utf8)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        { "us", NS_PER_US },    { "ms", NS_PER_MS },      { "s", NS_PER_S },
        { "m", 60 * NS_PER_S }, { "h", 3600 * NS_PER_S }, { "d", 86400 * NS_PER_S },
    };
    size_t last = sizeof units / sizeof units[0] - 1;
    size_t i = 0;
    char digits[24];

    if (ns == UINT64_MAX)
        return put(out, size, "-");
    if (ns < 1000) {
        snprintf(out, size, "%uns", (unsigned)ns);
        return out;
    }
    /* the first unit in which the rounded number stays below 1,000 */
    while (i < last && rounded(ns, units[i].ns) >= 1000)
        i++;
    put_three_digits(digits, sizeof digits, ns, units[i].ns);
    snprintf(out, size, "%s%s", digits, i == 0 && utf8 ? "\xc2\xb5s" : units[i].name);
    return out;
}

char *units_format_ms(char *out, size_t size, uint64_t ns)
{
    if (ns == UINT64_MAX)
        return put(out, size, "-");
    if (ns == 0)
        return put(out, size, "0");
    if (ns < NS_PER_MS / 200)
        return put(out, size, "0.01"); /* there was something */
    if (rounded(ns, NS_PER_MS) >= 1000)
        return units_format_count(out, size, rounded(ns, NS_PER_MS));
    put_three_digits(out, size, ns, NS_PER_MS);
    return out;
}

char *units_format_count(char *out, size_t size, uint64_t count)
{
    char plain[24], grouped[32];
    size_t length = (size_t)snprintf(plain, sizeof plain, "%llu", (unsigned long long)count);
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            grouped[used++] = ',';
        grouped[used++] = plain[i];
    }
    grouped[used] = '\0';
    return put(out, size, grouped);
}

char *units_format_count_short(char *out, size_t size, uint64_t count, int columns)
{
    static const char *const names[] = { "k", "M", "G", "T", "P", "E" };
    char text[32], digits_text[24];

    units_format_count(text, sizeof text, count);
    /* fewer and fewer digits, until it fits; the last one stands even when it is too wide */
    for (int digits = 3; digits > 0 && count >= 1000 && strlen(text) > (size_t)(columns > 0 ? columns : 0); digits--) {
        long double value = (long double)count / 1000;
        size_t i = 0;
        int decimals;

        while (i < 5 && value >= 999.5L) {
            value /= 1000;
            i++;
        }
        decimals = value < 10 - 0.5L / (digits == 3 ? 100 : 10) ? digits - 1 : value < 99.95L ? digits - 2 : 0;
        put_decimals(digits_text, sizeof digits_text, value, decimals > 0 ? decimals : 0);
        snprintf(text, sizeof text, "%s%s", digits_text, names[i]);
    }
    return put(out, size, text);
}

/* Two decimals under 10 % and near 100 %, where they tell "nearly none" and "nearly all" from none and all. */
static char *put_percent(char *out, size_t size, long double percent)
{
    char digits[32];

    if (percent > 0 && percent < 0.005L)
        return put(out, size, "<0.01 %");
    if (percent >= 99.995L && percent < 100)
        return put(out, size, "99.99 %");
    if (percent == 0 || percent >= 100)
        put_decimals(digits, sizeof digits, percent, 0);
    else
        put_decimals(digits, sizeof digits, percent, percent < 9.995L || percent >= 98.95L ? 2 : 1);
    snprintf(out, size, "%s %%", digits);
    return out;
}

char *units_format_percent(char *out, size_t size, uint64_t part, uint64_t whole)
{
    return whole == 0 ? put(out, size, "-") : put_percent(out, size, 100.0L * part / whole);
}

char *units_format_ratio(char *out, size_t size, double ratio)
{
    char text[32];

    if (!isfinite(ratio))
        return put(out, size, "-");
    if (fabs(ratio) > 1e12)
        return put(out, size, ratio > 0 ? ">10^12" : "<-10^12");
    put_percent(text, sizeof text, 100.0L * fabsl((long double)ratio));
    snprintf(out, size, "%s%s", ratio < 0 ? "-" : "", text);
    return out;
}

char *units_format_bytes(char *out, size_t size, double bytes)
{
    static const char *const names[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
    char digits[32];
    size_t i = 0;

    if (!isfinite(bytes) || bytes < 0)
        return put(out, size, "-");
    while (i < 6 && bytes >= 999.5) {
        bytes /= 1000;
        i++;
    }
    if (bytes >= 1e12)
        return put(out, size, ">10^12 EB");
    put_decimals(digits, sizeof digits, bytes, i > 0 && bytes < 9.995 ? 2 : 0);
    snprintf(out, size, "%s %s", digits, names[i]);
    return out;
}

char *units_format_rate(char *out, size_t size, double per_second)
{
    if (!isfinite(per_second) || per_second < 0)
        return put(out, size, "-");
    if (per_second >= 1e19)
        return put(out, size, ">10^19");
    if (per_second >= 99.95)
        return units_format_count(out, size, (uint64_t)(per_second + 0.5));
    if (per_second > 0 && per_second < 0.095)
        put_decimals(out, size, per_second < 0.01 ? 0.01 : per_second, 2);
    else
        put_decimals(out, size, per_second, 1);
    /* a whole number is printed as one: 50, not 50.0 */
    if (strlen(out) > 2 && strcmp(out + strlen(out) - 2, ".0") == 0)
        out[strlen(out) - 2] = '\0';
    return out;
}

char *units_format_rate_column(char *out, size_t size, double per_second)
{
    char whole[32];
    uint64_t tenths;

    if (!isfinite(per_second) || per_second < 0)
        return put(out, size, "-");
    if (per_second >= 1e17)
        return put(out, size, ">10^17");
    tenths = (uint64_t)(per_second * 10 + 0.5);
    units_format_count(whole, sizeof whole, tenths / 10);
    snprintf(out, size, "%s.%u", whole, (unsigned)(tenths % 10));
    return out;
}

char *units_format_clock(char *out, size_t size, uint64_t ns)
{
    uint64_t seconds = ns / NS_PER_S;

    if (seconds < 3600)
        snprintf(out, size, "%02u:%02u", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
    else
        snprintf(
            out, size, "%llu:%02u:%02u", (unsigned long long)(seconds / 3600), (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
    return out;
}

/* `value` units of 10^-places, without trailing zeros: 1500, 3 -> "1.5". */
static void put_fraction(char *out, size_t size, uint64_t value, int places)
{
    uint64_t power = 1;

    for (int i = 0; i < places; i++)
        power *= 10;
    while (places > 0 && value % 10 == 0) {
        value /= 10;
        power /= 10;
        places--;
    }
    if (places == 0)
        snprintf(out, size, "%llu", (unsigned long long)value);
    else
        snprintf(out, size, "%llu.%0*llu", (unsigned long long)(value / power), places, (unsigned long long)(value % power));
}

char *units_format_duration(char *out, size_t size, uint64_t ns)
{
    uint64_t minutes = ns / (60 * NS_PER_S);
    char digits[32];

    if (ns == 0)
        return put(out, size, "0s");
    if (ns < NS_PER_S) {
        int places = ns < NS_PER_US ? 0 : ns < NS_PER_MS ? 3 : 6;

        put_fraction(digits, sizeof digits, ns, places);
        snprintf(out, size, "%s%s", digits, places == 0 ? "ns" : places == 3 ? "us" : "ms");
        return out;
    }
    put_fraction(digits, sizeof digits, ns % (60 * NS_PER_S), 9);
    if (minutes >= 60)
        snprintf(out, size, "%lluh%um%ss", (unsigned long long)(minutes / 60), (unsigned)(minutes % 60), digits);
    else if (minutes > 0)
        snprintf(out, size, "%um%ss", (unsigned)minutes, digits);
    else
        snprintf(out, size, "%ss", digits);
    return out;
}

enum support units_support(uint64_t count, double q)
{
    /* expected samples beyond the quantile; the small addend covers that 1 - 0.999 is not exact */
    double beyond = (double)count * (1 - q) + 1e-6;

    return beyond >= 10 ? SUPPORT_FULL : beyond >= 1 ? SUPPORT_FEW : SUPPORT_NONE;
}
