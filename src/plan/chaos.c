/* Reading and writing chaos. */
#include "chaos.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define ONE_PPM UINT64_C(1000000)
#define MINUTE_NS (60 * NS_PER_S)
#define PRIORITY_MAX 1000
#define HOURS_MAX 256 /* entries of a schedule */
#define BLANK " \t"

const char *const chaos_presets[CHAOS_PRESETS] = { "none", "gentle", "moderate", "aggressive" };

struct plan_chaos chaos_preset(size_t index)
{
    /* factor, spikes an hour, interval, noise */
    static const struct plan_chaos presets[CHAOS_PRESETS] = {
        { .spike_ppm = 1000000, .max_interval_ns = UINT64_MAX },
        { .spike_ppm = 1500000,
          .spikes_per_hour_ppm = 10800000,
          .min_interval_ns = 3 * MINUTE_NS,
          .max_interval_ns = 10 * MINUTE_NS,
          .noise = CHAOS_NOISE_SPRING,
          .noise_ppm = 50000 },
        { .spike_ppm = 2000000,
          .spikes_per_hour_ppm = 18000000,
          .min_interval_ns = 2 * MINUTE_NS,
          .max_interval_ns = 8 * MINUTE_NS,
          .noise = CHAOS_NOISE_SPRING,
          .noise_ppm = 100000 },
        { .spike_ppm = 3000000,
          .spikes_per_hour_ppm = 36000000,
          .min_interval_ns = 1 * MINUTE_NS,
          .max_interval_ns = 5 * MINUTE_NS,
          .noise = CHAOS_NOISE_SPRING,
          .noise_ppm = 150000 },
    };
    struct plan_chaos chaos = presets[index];

    chaos.rise_ns = 5 * NS_PER_S;
    chaos.fall_ns = 10 * NS_PER_S;
    return chaos;
}

void chaos_free(struct plan_chaos *chaos)
{
    if (chaos == NULL)
        return;
    free(chaos->hours);
    free(chaos);
}

/* ---- numbers ---- */

static const char *read_ppm(const char *text, uint64_t *ppm)
{
    uint64_t value = 0, scale = ONE_PPM;
    const char *p = text;

    for (; isdigit((unsigned char)*p) && value < 1000000000; p++)
        value = value * 10 + (uint64_t)(*p - '0');
    if (p == text)
        return NULL;
    value *= ONE_PPM;
    if (*p == '.') {
        p++;
        if (!isdigit((unsigned char)*p))
            return NULL;
        for (; isdigit((unsigned char)*p) && scale > 1; p++) {
            scale /= 10;
            value += (uint64_t)(*p - '0') * scale;
        }
    }
    if (isdigit((unsigned char)*p))
        return NULL;
    *ppm = value;
    return p;
}

bool chaos_parse_ppm(const char *text, uint64_t *ppm)
{
    const char *end = read_ppm(text, ppm);

    return end != NULL && *end == '\0';
}

bool chaos_parse_noise(const char *text, enum chaos_noise *noise, uint32_t *ppm)
{
    static const char *const words[] = { [CHAOS_NOISE_SPRING] = "spring", [CHAOS_NOISE_PERLIN] = "perlin" };
    size_t length = strcspn(text, BLANK);
    const char *number = text + length + strspn(text + length, BLANK);
    uint64_t percent;

    if (strcmp(text, "none") == 0) {
        *noise = CHAOS_NOISE_NONE;
        *ppm = 0;
        return true;
    }
    for (int i = CHAOS_NOISE_SPRING; i <= CHAOS_NOISE_PERLIN; i++) {
        if (strlen(words[i]) != length || strncmp(text, words[i], length) != 0)
            continue;
        number = read_ppm(number, &percent);
        if (number == NULL || number[strspn(number, BLANK)] != '%' || number[strspn(number, BLANK) + 1] != '\0' || percent > 100 * ONE_PPM)
            return false;
        *noise = (enum chaos_noise)i;
        *ppm = (uint32_t)(percent / 100);
        return true;
    }
    return false;
}

/* ---- the schedule ---- */

struct reader {
    const char *start, *at;
    struct chaos_complaint *complaint;
};

__attribute__((format(printf, 3, 4))) static bool complain(const struct reader *reader, const char *where, const char *format, ...)
{
    va_list args;

    reader->complaint->at = (size_t)(where - reader->start);
    va_start(args, format);
    vsnprintf(reader->complaint->text, sizeof reader->complaint->text, format, args);
    va_end(args);
    return false;
}

/* The word at `where` as messages show it. */
static int shown(const char *where)
{
    int length = (int)strcspn(where, BLANK ";\n");

    return length < 40 ? length : 40;
}

static bool read_whole(struct reader *reader, unsigned most, unsigned *number)
{
    const char *p = reader->at;
    unsigned value = 0;

    for (; isdigit((unsigned char)*p) && value <= most; p++)
        value = value * 10 + (unsigned)(*p - '0');
    if (p == reader->at || value > most)
        return false;
    reader->at = p;
    *number = value;
    return true;
}

/* "9-17", "22-6" over midnight, "12" for one hour; several with commas. */
static bool read_hours(struct reader *reader, uint32_t *hours)
{
    const char *word = reader->at;

    for (;;) {
        unsigned from, to;

        if (!read_whole(reader, 24, &from))
            return complain(reader, word, "expected hours from 0 to 24 such as 9-17, got \"%.*s\"", shown(word), word);
        to = from + 1;
        if (*reader->at == '-') {
            reader->at++;
            if (!read_whole(reader, 24, &to))
                return complain(reader, word, "expected hours from 0 to 24 such as 9-17, got \"%.*s\"", shown(word), word);
        } else if (from == 24) {
            return complain(reader, word, "the last hour of the day is 23, got \"%.*s\"", shown(word), word);
        }
        if (from == to)
            return complain(reader, word, "\"%.*s\" ends where it begins; the whole day is 0-24", shown(word), word);
        if (to < from) /* over midnight */
            to += 24;
        for (; from < to; from++)
            *hours |= UINT32_C(1) << from % 24;
        if (*reader->at != ',')
            return true;
        reader->at++;
        reader->at += strspn(reader->at, BLANK);
    }
}

static bool read_factor(struct reader *reader, uint32_t *factor_ppm)
{
    const char *word = reader->at, *end;
    uint64_t ppm;

    if (*word == 'x' && (end = read_ppm(word + 1, &ppm)) != NULL && ppm <= CHAOS_FACTOR_MAX_PPM) {
        *factor_ppm = (uint32_t)ppm;
        reader->at = end;
        return true;
    }
    if (*word == '\0' || *word == ';' || *word == '\n')
        return complain(reader, word, "the hours have no factor such as x1.5");
    return complain(reader, word, "expected a factor from x0 to x1000 such as x1.5, got \"%.*s\"", shown(word), word);
}

static bool read_priority(struct reader *reader, uint32_t *priority)
{
    const char *word = reader->at;
    unsigned number;

    if (strncmp(word, "priority", 8) != 0)
        return complain(reader, word, "expected priority N or ; and the next hours, got \"%.*s\"", shown(word), word);
    reader->at += 8;
    reader->at += strspn(reader->at, BLANK);
    word = reader->at;
    if (!read_whole(reader, PRIORITY_MAX, &number))
        return complain(reader, word, "expected a priority from 0 to %d, got \"%.*s\"", PRIORITY_MAX, shown(word), word);
    *priority = number;
    return true;
}

static bool is_end(const struct reader *reader)
{
    return strchr(";\n", *reader->at) != NULL;
}

static bool read_entry(struct reader *reader, struct plan_chaos_hours *entry)
{
    if (!read_hours(reader, &entry->hours))
        return false;
    reader->at += strspn(reader->at, BLANK);
    if (!read_factor(reader, &entry->factor_ppm))
        return false;
    reader->at += strspn(reader->at, BLANK);
    if (!is_end(reader) && !read_priority(reader, &entry->priority))
        return false;
    reader->at += strspn(reader->at, BLANK);
    return is_end(reader) || complain(reader, reader->at, "expected ; and the next hours, got \"%.*s\"", shown(reader->at), reader->at);
}

bool chaos_parse_hours(struct plan_chaos *chaos, const char *text, struct chaos_complaint *complaint)
{
    struct reader reader = { text, text, complaint };

    free(chaos->hours);
    chaos->hours = NULL;
    chaos->hours_count = 0;
    for (;;) {
        struct plan_chaos_hours entry = { 0 };

        reader.at += strspn(reader.at, BLANK ";\n");
        if (*reader.at == '\0' && chaos->hours_count > 0) /* entries end with ; or the line */
            return true;
        if (chaos->hours_count == HOURS_MAX)
            return complain(&reader, reader.at, "more than %d entries", HOURS_MAX);
        if (!read_entry(&reader, &entry))
            return false;
        chaos->hours = mem_resize(chaos->hours, chaos->hours_count + 1, sizeof *chaos->hours);
        chaos->hours[chaos->hours_count++] = entry;
    }
}

/* ---- writing ---- */

static void put_ppm(struct buf *out, uint64_t ppm)
{
    char digits[8];
    int length = 6;

    buf_addf(out, "%llu", (unsigned long long)(ppm / ONE_PPM));
    snprintf(digits, sizeof digits, "%06u", (unsigned)(ppm % ONE_PPM));
    while (length > 0 && digits[length - 1] == '0')
        length--;
    if (length > 0)
        buf_addf(out, ".%.*s", length, digits);
}

static void put_hours(struct buf *out, const struct plan_chaos_hours *entry)
{
    const char *comma = "";

    for (unsigned hour = 0; hour < 24; hour++) {
        unsigned end = hour;

        while (end < 24 && (entry->hours >> end & 1) != 0)
            end++;
        if (end == hour)
            continue;
        buf_addf(out, "%s%u-%u", comma, hour, end);
        comma = ",";
        hour = end;
    }
    buf_add_text(out, " x");
    put_ppm(out, entry->factor_ppm);
    if (entry->priority > 0)
        buf_addf(out, " priority %u", (unsigned)entry->priority);
}

static void put_duration(struct buf *out, const char *key, uint64_t ns)
{
    char text[40];

    buf_addf(out, "chaos.%s = %s\n", key, units_format_duration(text, sizeof text, ns));
}

void chaos_print(struct buf *out, const struct plan_chaos *chaos)
{
    if (chaos->spikes_per_hour_ppm > 0) {
        buf_add_text(out, "chaos.spike_factor = ");
        put_ppm(out, chaos->spike_ppm);
        buf_add_text(out, "\nchaos.spikes_per_hour = ");
        put_ppm(out, chaos->spikes_per_hour_ppm);
        buf_add_char(out, '\n');
        if (chaos->min_interval_ns > 0)
            put_duration(out, "min_interval", chaos->min_interval_ns);
        if (chaos->max_interval_ns < UINT64_MAX)
            put_duration(out, "max_interval", chaos->max_interval_ns);
        put_duration(out, "rise", chaos->rise_ns);
        put_duration(out, "hold", chaos->hold_ns);
        put_duration(out, "fall", chaos->fall_ns);
    }
    buf_add_text(out, "chaos.noise = ");
    if (chaos->noise == CHAOS_NOISE_NONE) {
        buf_add_text(out, "none\n");
    } else {
        buf_add_text(out, chaos->noise == CHAOS_NOISE_SPRING ? "spring " : "perlin ");
        put_ppm(out, (uint64_t)chaos->noise_ppm * 100);
        buf_add_text(out, "%\n");
    }
    for (size_t i = 0; i < chaos->hours_count; i++) {
        buf_add_text(out, i == 0 ? "chaos.schedule = " : "; ");
        put_hours(out, &chaos->hours[i]);
    }
    if (chaos->hours_count > 0)
        buf_add_char(out, '\n');
    if (chaos->apply == CHAOS_APPLY_THINK)
        buf_add_text(out, "chaos.apply = think\n");
}
