/* Arguments of generators: how many, numbers, durations, instants, alphabets, formats. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mem.h"
#include "onager/units.h"
#include "template_scan.h"

#define STRING_MAX 65536
#define MEMBERS_MAX 10000
#define NUMBER_MAX INT64_C(1000000000000000) /* 1e15: exact in a double, and no sum of two overflows */

/* The arguments of one generator. */
struct reading {
    struct template_reader *reader;
    struct plan_generator *generator;
    const char *begin; /* of the generator */
    struct plan_text *texts;
    const struct template_argument *arguments;
    size_t count;
};

static const struct {
    const char *name;
    size_t least, most;
    bool is_number;
    const char *help;
} table[] = {
#define GENERATOR(id, name, min, max, is_number, help) [GENERATOR_##id] = { name, min, max, is_number, help },
#include "onager/generator.def"
#undef GENERATOR
};

bool generator_is_json(const struct plan_generator *generator)
{
    bool is_instant = generator->kind == GENERATOR_TIMESTAMP || generator->kind == GENERATOR_RANDOM_TIMESTAMP ||
                      generator->kind == GENERATOR_SEQUENCE_TIMESTAMP;

    return table[generator->kind].is_number && !(is_instant && generator->format >= TIMESTAMP_ISO);
}

static bool wrong(const struct reading *r, size_t argument, const char *expected)
{
    const struct template_argument *a = &r->arguments[argument];

    return template_fail(
        r->reader, a->span.begin, "%s: expected %s, got \"%.*s\"", table[r->generator->kind].name, expected,
        a->span.end - a->span.begin < 40 ? (int)(a->span.end - a->span.begin) : 40, a->span.begin);
}

/* The value of an argument that cannot vary, or NULL and the problem. */
static const char *constant(const struct reading *r, size_t argument)
{
    if (plan_text_is_constant(&r->texts[argument]))
        return template_constant(&r->texts[argument], NULL);
    wrong(r, argument, "a value that is the same for the whole run");
    return NULL;
}

static bool read_integer(const struct reading *r, size_t argument, int64_t least, int64_t most, int64_t *out)
{
    const char *text = constant(r, argument);
    char expected[100], *end;
    long long value;

    if (text == NULL)
        return false;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (*text == '\0' || *end != '\0' || errno != 0 || value < least || value > most || isspace((unsigned char)*text)) {
        if (least == -NUMBER_MAX)
            snprintf(expected, sizeof expected, "a whole number");
        else
            snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)least, (long long)most);
        return wrong(r, argument, expected);
    }
    *out = value;
    return true;
}

static bool read_double(const struct reading *r, size_t argument, double *out)
{
    const char *text = constant(r, argument);
    char *end;

    if (text == NULL)
        return false;
    *out = strtod(text, &end);
    if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text) || *end != '\0' || !(fabs(*out) <= 1e15))
        return wrong(r, argument, "a number");
    return true;
}

/* LOW, HIGH at arguments 0 and 1. */
static bool read_range(const struct reading *r, int64_t least, int64_t most)
{
    struct plan_generator *g = r->generator;

    if (!read_integer(r, 0, least, most, &g->low) || !read_integer(r, 1, least, most, &g->high))
        return false;
    return g->low <= g->high || wrong(r, 1, "a number that is not below the first");
}

/* ---- instants ---- */

static bool read_format(const struct reading *r, size_t argument)
{
    static const char *const names[] = { "unix", "unix_ms", "unix_us", "unix_ns", "iso" };
    const char *text;

    if (argument >= r->count)
        return true;
    text = constant(r, argument);
    if (text == NULL)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i]) == 0) {
            r->generator->format = (enum timestamp_format)i;
            return true;
        }
    if (strchr(text, '%') == NULL || strlen(text) > 64)
        return wrong(r, argument, "unix, unix_ms, unix_us, unix_ns, iso or a format such as %Y-%m-%d");
    r->generator->format = TIMESTAMP_STRFTIME;
    r->generator->strftime_format = mem_copy(text);
    return true;
}

/* "-1h", "+30m", "1h". */
static bool parse_offset(const char *text, int64_t *ns)
{
    uint64_t value;
    bool is_negative = *text == '-';

    if (*text == '-' || *text == '+')
        text++;
    if (!isdigit((unsigned char)*text) || !units_parse_duration(text, BARE_FORBIDDEN, &value))
        return false;
    *ns = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static bool parse_date(const char *text, int64_t *ns)
{
    static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ" };

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct tm tm = { 0 };
        const char *end = strptime(text, formats[i], &tm);

        if (end == NULL || *end != '\0' || tm.tm_year < 0 || tm.tm_year > 300)
            continue;
        *ns = (int64_t)timegm(&tm) * (int64_t)NS_PER_S;
        return true;
    }
    return false;
}

static bool read_instant(const struct reading *r, size_t argument, int64_t *ns, bool *is_relative)
{
    const char *text = constant(r, argument);

    if (text == NULL)
        return false;
    *is_relative = strcmp(text, "now") == 0 || *text == '-' || *text == '+';
    if (strcmp(text, "now") == 0)
        *ns = 0;
    else if (*is_relative ? !parse_offset(text, ns) : !parse_date(text, ns))
        return wrong(r, argument, "now, -30d, +1h, 2024-01-31 or 2024-01-31T12:00:00");
    return true;
}

static bool read_offset(const struct reading *r, size_t argument, int64_t *ns)
{
    const char *text = constant(r, argument);

    return text != NULL && (parse_offset(text, ns) || wrong(r, argument, "a duration such as -1h"));
}

static bool read_random_timestamp(const struct reading *r)
{
    struct plan_generator *g = r->generator;

    if (!read_instant(r, 0, &g->low, &g->is_low_relative) || !read_instant(r, 1, &g->high, &g->is_high_relative) || !read_format(r, 2))
        return false;
    if (g->is_low_relative == g->is_high_relative && g->low >= g->high)
        return wrong(r, 1, "an instant after the first");
    return true;
}

/* ---- strings and choices ---- */

/* '-' stands first and once, so that it is no range when it is read again. */
static void put_dash_first(char *alphabet)
{
    size_t length = strlen(alphabet), kept = length;

    if (strchr(alphabet, '-') == NULL)
        return;
    for (size_t i = length; i-- > 0;)
        if (alphabet[i] != '-')
            alphabet[--kept] = alphabet[i];
    alphabet[--kept] = '-';
    memmove(alphabet, alphabet + kept, length - kept + 1);
}

static bool read_alphabet(const struct reading *r, size_t argument)
{
    static const char normal[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *text = argument < r->count ? constant(r, argument) : NULL;
    struct buf out;

    if (argument >= r->count) {
        r->generator->alphabet = mem_copy(normal);
        return true;
    }
    if (text == NULL)
        return false;
    buf_init(&out);
    for (const char *p = text; *p != '\0'; p++) {
        bool is_range = p[1] == '-' && p[2] != '\0' && (unsigned char)p[2] >= (unsigned char)p[0];

        if ((unsigned char)*p >= 0x80) {
            buf_release(&out);
            return wrong(r, argument, "ASCII characters");
        }
        for (int c = (unsigned char)p[0]; c <= (is_range ? (unsigned char)p[2] : (unsigned char)p[0]) && c < 0x80; c++)
            buf_add_char(&out, (char)c);
        p += is_range ? 2 : 0;
    }
    r->generator->alphabet = buf_take(&out);
    put_dash_first(r->generator->alphabet);
    return *r->generator->alphabet != '\0' || wrong(r, argument, "characters to draw from");
}

/* random_string(8), (8, 16), (8, 16, a-z) and (8, a-z) as long as that is no number. */
static bool read_string(const struct reading *r)
{
    const char *second = r->count > 1 ? constant(r, 1) : NULL;
    struct plan_generator *g = r->generator;

    if (r->count > 1 && second == NULL)
        return false;
    if (r->count == 2 && (*second == '\0' || strspn(second, "0123456789") != strlen(second))) {
        if (!read_integer(r, 0, 0, STRING_MAX, &g->low))
            return false;
        g->high = g->low;
        return read_alphabet(r, 1);
    }
    if (r->count == 1) {
        if (!read_integer(r, 0, 0, STRING_MAX, &g->low))
            return false;
        g->high = g->low;
    } else if (!read_range(r, 0, STRING_MAX)) {
        return false;
    }
    return read_alphabet(r, 2);
}

static bool read_choice(const struct reading *r)
{
    struct plan_generator *g = r->generator;
    uint64_t sum = 0;

    g->weight_ends = mem_array(r->count, sizeof *g->weight_ends);
    for (size_t i = 0; i < r->count; i++)
        g->weight_ends[i] = sum += r->arguments[i].weight;
    return sum > 0 || template_fail(r->reader, r->begin, "random_choice: all weights are 0");
}

static bool read_hash(const struct reading *r)
{
    static const char *const names[] = { "md5", "sha1", "sha256", "sha512", "crc32" };
    const char *text = constant(r, 0);

    for (size_t i = 0; text != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i]) == 0) {
            r->generator->hash = (enum hash_kind)i;
            return true;
        }
    return text != NULL && wrong(r, 0, "md5, sha1, sha256, sha512 or crc32");
}

/* ---- all of them ---- */

static void take_counter(const struct reading *r)
{
    r->generator->counter = r->reader->names->plan->counter_count++;
}

static bool read_sequence(const struct reading *r)
{
    struct plan_generator *g = r->generator;

    g->low = g->high = 1;
    take_counter(r);
    return (r->count < 1 || read_integer(r, 0, -NUMBER_MAX, NUMBER_MAX, &g->low)) &&
           (r->count < 2 || read_integer(r, 1, -NUMBER_MAX, NUMBER_MAX, &g->high));
}

static bool read_float(const struct reading *r)
{
    struct plan_generator *g = r->generator;
    int64_t digits = 3;

    if (!read_double(r, 0, &g->low_float) || !read_double(r, 1, &g->high_float) || (r->count > 2 && !read_integer(r, 2, 0, 15, &digits)))
        return false;
    g->digits = (unsigned)digits;
    return g->low_float < g->high_float || wrong(r, 1, "a number above the first");
}

static bool read_sequence_timestamp(const struct reading *r)
{
    struct plan_generator *g = r->generator;

    take_counter(r);
    return read_instant(r, 0, &g->low, &g->is_low_relative) && read_offset(r, 1, &g->high) && read_format(r, 2);
}

static bool read_own(const struct reading *r)
{
    struct plan_generator *g = r->generator;

    switch (g->kind) {
    case GENERATOR_RANDOM_INT:
        return read_range(r, -NUMBER_MAX, NUMBER_MAX);
    case GENERATOR_RANDOM_FLOAT:
        return read_float(r);
    case GENERATOR_RANDOM_STRING:
        return read_string(r);
    case GENERATOR_RANDOM_CHOICE:
        return read_choice(r);
    case GENERATOR_SEQUENCE:
        return read_sequence(r);
    case GENERATOR_SEQUENCE_CHOICE:
        take_counter(r);
        return true;
    case GENERATOR_TIMESTAMP:
        return read_format(r, 0) && (r->count < 2 || read_offset(r, 1, &g->low));
    case GENERATOR_RANDOM_TIMESTAMP:
        return read_random_timestamp(r);
    case GENERATOR_SEQUENCE_TIMESTAMP:
        return read_sequence_timestamp(r);
    case GENERATOR_RANDOM_ARRAY:
    case GENERATOR_RANDOM_MAP:
        return read_range(r, 0, MEMBERS_MAX);
    case GENERATOR_HASH:
        return read_hash(r);
    default:
        return true;
    }
}

/* The first argument that stays a text; `count` when none does. */
static size_t first_text(const struct reading *r)
{
    switch (r->generator->kind) {
    case GENERATOR_RANDOM_CHOICE:
    case GENERATOR_SEQUENCE_CHOICE:
    case GENERATOR_BASE64:
    case GENERATOR_BASE64URL:
    case GENERATOR_URLENCODE:
    case GENERATOR_JSON:
        return 0;
    case GENERATOR_HASH:
        return 1;
    case GENERATOR_RANDOM_ARRAY:
    case GENERATOR_RANDOM_MAP:
        return 2;
    default:
        return r->count;
    }
}

static bool wrong_count(const struct reading *r)
{
    const char *help = table[r->generator->kind].help, *colon = strchr(help, ':');

    return template_fail(r->reader, r->begin, "%.*s: got %zu argument%s", (int)(colon - help), help, r->count, r->count == 1 ? "" : "s");
}

bool generator_read(
    struct template_reader *reader, struct plan_generator *generator, const char *begin, struct plan_text *texts,
    const struct template_argument *arguments, size_t count)
{
    struct reading r = { reader, generator, begin, texts, arguments, count };
    bool is_good;
    size_t first;

    if (count < table[generator->kind].least || count > table[generator->kind].most)
        is_good = wrong_count(&r);
    else
        is_good = read_own(&r);
    first = is_good ? first_text(&r) : count;
    for (size_t i = 0; i < first; i++)
        plan_text_release(&texts[i]);
    if (first < count) {
        generator->text_count = count - first;
        generator->texts = mem_array(generator->text_count, sizeof *generator->texts);
        memcpy(generator->texts, texts + first, generator->text_count * sizeof *texts);
    }
    return is_good;
}
