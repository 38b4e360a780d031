/* Reading durations, rates, counts and byte sizes as people write them. Pure; any thread. All arithmetic is on integers, so
 * that "0.1s" is exactly 100,000,000 ns; it knows nothing of plans or options. Printing is in units_format.c. */
#include "onager/units.h"

#include <string.h>

#define NS_PER_MINUTE (60 * NS_PER_S)
#define NS_PER_HOUR (60 * NS_PER_MINUTE)
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define LONGEST_NS (36525 * NS_PER_DAY) /* 100 years */
#define FRACTION_DIGITS 15              /* more are read and ignored: a day has 8.64e13 ns */

typedef unsigned __int128 u128;

/* A decimal number: whole + fraction / 10^places, trailing zeros of the fraction dropped. */
struct decimal {
    uint64_t whole, fraction;
    int places;
};

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit time_units[] = {
    { "ns", 1 },       { "us", NS_PER_US },    { "\xc2\xb5s", NS_PER_US }, { "\xce\xbcs", NS_PER_US }, { "ms", NS_PER_MS },
    { "s", NS_PER_S }, { "m", NS_PER_MINUTE }, { "h", NS_PER_HOUR },       { "d", NS_PER_DAY },
};
static const struct unit rate_units[] = {
    { "sec", NS_PER_S },
    { "min", NS_PER_MINUTE },
    { "hour", NS_PER_HOUR },
    { "day", NS_PER_DAY },
};
static const struct unit count_units[] = { { "", 1 }, { "k", 1000 }, { "K", 1000 }, { "M", 1000000 }, { "G", 1000000000 } };
static const struct unit byte_units[] = {
    { "", 1 },
    { "B", 1 },
    { "k", 1000 },
    { "K", 1000 },
    { "kB", 1000 },
    { "KB", 1000 },
    { "M", 1000000 },
    { "MB", 1000000 },
    { "G", 1000000000 },
    { "GB", 1000000000 },
    { "Ki", 1ULL << 10 },
    { "KiB", 1ULL << 10 },
    { "ki", 1ULL << 10 },
    { "kiB", 1ULL << 10 },
    { "Mi", 1ULL << 20 },
    { "MiB", 1ULL << 20 },
    { "Gi", 1ULL << 30 },
    { "GiB", 1ULL << 30 },
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static uint64_t power_of_ten(int places)
{
    uint64_t power = 1;

    while (places-- > 0)
        power *= 10;
    return power;
}

/* Reads digits of the whole part, '_' allowed between two of them. false: over 2^64 - 1 or a misplaced '_'. */
static bool read_whole(const char **text, uint64_t *whole, int *digits)
{
    const char *p = *text;

    *whole = 0;
    *digits = 0;
    for (; is_digit(*p) || *p == '_'; p++) {
        if (*p == '_') {
            if (*digits == 0 || !is_digit(p[1]))
                return false;
            continue;
        }
        if (__builtin_mul_overflow(*whole, 10, whole) || __builtin_add_overflow(*whole, (uint64_t)(*p - '0'), whole))
            return false;
        (*digits)++;
    }
    *text = p;
    return true;
}

/* Reads "12", "12.5", ".5" and moves *text behind it. */
static bool read_decimal(const char **text, struct decimal *number)
{
    int digits;

    *number = (struct decimal){ 0 };
    if (!read_whole(text, &number->whole, &digits))
        return false;
    if (**text == '.') {
        for ((*text)++; is_digit(**text); (*text)++, digits++) {
            if (number->places == FRACTION_DIGITS)
                continue;
            number->fraction = number->fraction * 10 + (uint64_t)(**text - '0');
            number->places++;
        }
    }
    while (number->places > 0 && number->fraction % 10 == 0) {
        number->fraction /= 10;
        number->places--;
    }
    return digits > 0;
}

/* number x factor, a remainder below one is cut off. false: over `limit`. */
static bool scale(const struct decimal *number, uint64_t factor, uint64_t limit, uint64_t *result)
{
    u128 value = (u128)number->whole * factor + (u128)number->fraction * factor / power_of_ten(number->places);

    *result = (uint64_t)value;
    return value <= limit;
}

/* The longest unit of the table that `text` begins with, or NULL. */
static const struct unit *find_prefix(const struct unit *units, size_t count, const char *text)
{
    const struct unit *best = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(units[i].name);

        if (strncmp(text, units[i].name, length) == 0 && (best == NULL || length > strlen(best->name)))
            best = &units[i];
    }
    return best;
}

static const struct unit *find_unit(const struct unit *units, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(units[i].name, text) == 0)
            return &units[i];
    return NULL;
}

bool units_parse_duration(const char *text, enum bare_unit bare, uint64_t *ns)
{
    uint64_t total = 0;
    bool is_first = true;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; is_first = false) {
        struct decimal number;
        const struct unit *unit;
        uint64_t part;
        uint64_t factor;

        if (!read_decimal(&text, &number))
            return false;
        unit = find_prefix(time_units, COUNT_OF(time_units), text);
        if (unit != NULL) {
            factor = unit->factor;
            text += strlen(unit->name);
        } else if (*text == '\0' && is_first && bare != BARE_FORBIDDEN) {
            factor = bare == BARE_SECONDS ? NS_PER_S : NS_PER_MS;
        } else {
            return false;
        }
        if (!scale(&number, factor, LONGEST_NS - total, &part))
            return false;
        total += part;
    }
    *ns = total;
    return true;
}

/* "s", "min", "500ms", "10s" behind the slash. */
static bool parse_per(const char *text, uint64_t *per_ns)
{
    const struct unit *unit = find_unit(time_units, COUNT_OF(time_units), text);

    if (unit == NULL)
        unit = find_unit(rate_units, COUNT_OF(rate_units), text);
    if (unit != NULL) {
        *per_ns = unit->factor;
        return true;
    }
    return units_parse_duration(text, BARE_FORBIDDEN, per_ns) && *per_ns > 0;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

bool units_parse_rate(const char *text, struct rate *rate)
{
    struct decimal number;
    const struct unit *unit;
    uint64_t per_ns = NS_PER_S;
    uint64_t power, divisor;
    u128 count;

    if (!read_decimal(&text, &number) || number.places > 9)
        return false;
    unit = find_prefix(count_units, COUNT_OF(count_units), text);
    text += strlen(unit->name);
    if (*text == '/') {
        if (!parse_per(text + 1, &per_ns))
            return false;
    } else if (*text != '\0') {
        return false;
    }
    /* "0.5/s" is 5 per 10 s, reduced by what 5 and 10 share: 1 per 2 s */
    power = power_of_ten(number.places);
    count = ((u128)number.whole * power + number.fraction) * unit->factor;
    if (count == 0 || count > UINT64_MAX)
        return false;
    divisor = common_divisor((uint64_t)count, power);
    if (per_ns > LONGEST_NS / (power / divisor))
        return false;
    rate->count = (uint64_t)count / divisor;
    rate->per_ns = per_ns * (power / divisor);
    return true;
}

/* A number and a unit of the table; the result must be a whole number. */
static bool parse_scaled(const char *text, const struct unit *units, size_t count, uint64_t *result)
{
    struct decimal number;
    const struct unit *unit;

    if (!read_decimal(&text, &number))
        return false;
    if (*text == ' ' && text[1] != '\0')
        text++;
    unit = find_unit(units, count, text);
    if (unit == NULL || (u128)number.fraction * unit->factor % power_of_ten(number.places) != 0)
        return false;
    return scale(&number, unit->factor, UINT64_MAX, result);
}

bool units_parse_count(const char *text, uint64_t *count)
{
    return parse_scaled(text, count_units, COUNT_OF(count_units), count);
}

bool units_parse_bytes(const char *text, uint64_t *bytes)
{
    return parse_scaled(text, byte_units, COUNT_OF(byte_units), bytes);
}
