/* Generators: values made up. What is random comes from the VU's own numbers, what counts from counters that all VUs share. */
#include "render.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <zlib.h>

#include "clock.h"
#include "json_write.h"
#include "mem.h"

static const char *const given_names[] = {
    "Ada",    "Alan",  "Amir",  "Ana",   "Ben",   "Clara", "Dana",  "David", "Elif",  "Emma",  "Erik",  "Eva",   "Farid",
    "Finn",   "Grace", "Hana",  "Hugo",  "Ines",  "Ivan",  "Jan",   "Jonas", "Julia", "Kai",   "Karin", "Lars",  "Lea",
    "Lin",    "Luca",  "Maja",  "Marta", "Mei",   "Mia",   "Nadia", "Nils",  "Noor",  "Olga",  "Omar",  "Oscar", "Paula",
    "Pia",    "Priya", "Quinn", "Rafal", "Rosa",  "Samir", "Sara",  "Sofia", "Tariq", "Theo",  "Tomas", "Uma",   "Vera",
    "Viktor", "Wanda", "Wen",   "Yara",  "Yusuf", "Zoe",   "Aiko",  "Bruno", "Chloe", "Diego", "Esra",  "Felix",
};
static const char *const family_names[] = {
    "Abe",   "Ahmed",  "Alves",  "Anders",  "Bauer",  "Berg",   "Bianchi", "Brown",  "Castro", "Chen",  "Costa",  "Cruz",   "Dahl",
    "Diaz",  "Dubois", "Evans",  "Fischer", "Garcia", "Gruber", "Haas",    "Hansen", "Horvat", "Ito",   "Jansen", "Kaya",   "Khan",
    "Kim",   "Klein",  "Kowal",  "Kumar",   "Larsen", "Lopez",  "Mancini", "Marin",  "Meyer",  "Mori",  "Moreau", "Nagy",   "Nielsen",
    "Novak", "Olsen",  "Ortiz",  "Park",    "Patel",  "Petrov", "Popa",    "Reyes",  "Rossi",  "Sato",  "Schmid", "Silva",  "Singh",
    "Smith", "Sousa",  "Suzuki", "Tanaka",  "Torres", "Varga",  "Vogel",   "Wagner", "Wang",   "Weber", "Wolf",   "Yilmaz",
};
#define NAMES (sizeof given_names / sizeof given_names[0])

static uint64_t between(struct random *random, int64_t low, int64_t high) /* both included; as an offset to low */
{
    uint64_t span = (uint64_t)high - (uint64_t)low;

    return span == UINT64_MAX ? random_next(random) : random_below(random, span + 1);
}

static size_t draw_size(struct values *values, const struct plan_generator *generator)
{
    return (size_t)generator->low + (size_t)between(values->random, generator->low, generator->high);
}

static uint64_t count_up(struct renderer *renderer, const struct plan_generator *generator)
{
    return atomic_fetch_add_explicit(&renderer->shared->counters[generator->counter], 1, memory_order_relaxed);
}

/* ---- plain values ---- */

static void add_uuid(struct random *random, struct buf *out)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t words[2] = { random_next(random), random_next(random) };
    char text[36];
    size_t at = 0;

    for (unsigned nibble = 0; nibble < 32; nibble++) {
        unsigned value = (unsigned)(words[nibble / 16] >> (60 - 4 * (nibble % 16))) & 15;

        if (nibble == 12)
            value = 4; /* RFC 9562 5.4: version and variant */
        if (nibble == 16)
            value = 8 | (value & 3);
        text[at++] = hex[value];
        if (nibble == 7 || nibble == 11 || nibble == 15 || nibble == 19)
            text[at++] = '-';
    }
    buf_add(out, text, sizeof text);
}

static void add_string(struct values *values, const struct plan_generator *generator, struct buf *out)
{
    size_t length = draw_size(values, generator), letters = strlen(generator->alphabet);

    buf_reserve(out, length);
    for (size_t i = 0; i < length; i++)
        buf_add_char(out, generator->alphabet[random_below(values->random, letters)]);
}

static void add_choice(struct renderer *renderer, struct values *values, const struct plan_generator *generator, struct buf *out)
{
    uint64_t ticket = random_below(values->random, generator->weight_ends[generator->text_count - 1]);
    size_t i = 0;

    while (ticket >= generator->weight_ends[i])
        i++;
    render_text(renderer, values, &generator->texts[i], out);
}

static void add_person(struct random *random, bool is_address, struct buf *out)
{
    const char *given = given_names[random_below(random, NAMES)], *family = family_names[random_below(random, NAMES)];

    if (!is_address) {
        buf_addf(out, "%s %s", given, family);
        return;
    }
    buf_addf(
        out, "%c%s.%c%s%u@example.com", given[0] | 0x20, given + 1, family[0] | 0x20, family + 1, (unsigned)random_below(random, 10000));
}

/* ---- time ---- */

/* The format is the plan's own. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_calendar(int64_t ns, const char *format, struct buf *out)
{
    int64_t seconds = ns / (int64_t)NS_PER_S - (ns % (int64_t)NS_PER_S < 0);
    time_t when = (time_t)seconds;
    char text[65];
    struct tm utc;

    if (gmtime_r(&when, &utc) != NULL)
        buf_add(out, text, strftime(text, sizeof text, format, &utc));
}
#pragma GCC diagnostic pop

static void add_instant(const struct plan_generator *generator, int64_t ns, struct buf *out)
{
    static const int64_t units[] = { [TIMESTAMP_UNIX] = (int64_t)NS_PER_S,
                                     [TIMESTAMP_UNIX_MS] = (int64_t)NS_PER_MS,
                                     [TIMESTAMP_UNIX_US] = (int64_t)NS_PER_US,
                                     [TIMESTAMP_UNIX_NS] = 1 };
    int64_t rest = ns % (int64_t)NS_PER_S;

    switch (generator->format) {
    case TIMESTAMP_ISO:
        add_calendar(ns, "%Y-%m-%dT%H:%M:%S", out);
        buf_addf(out, ".%03dZ", (int)((rest < 0 ? rest + (int64_t)NS_PER_S : rest) / (int64_t)NS_PER_MS));
        break;
    case TIMESTAMP_STRFTIME:
        add_calendar(ns, generator->strftime_format, out);
        break;
    default:
        buf_addf(out, "%lld", (long long)(ns / units[generator->format]));
    }
}

/* Sums that leave the range of 64 bits wrap, as those of an attacker's plan may; they are only shown. */
static int64_t plus(int64_t a, uint64_t b)
{
    return (int64_t)((uint64_t)a + b);
}

static void add_timestamp(struct renderer *renderer, struct values *values, const struct plan_generator *generator, struct buf *out)
{
    uint64_t start = renderer->shared->started_wall_ns;
    int64_t low = generator->low, high = generator->high;

    if (generator->kind == GENERATOR_TIMESTAMP) {
        add_instant(generator, plus(low, clock_wall_ns()), out);
        return;
    }
    if (generator->is_low_relative)
        low = plus(low, start);
    if (generator->kind == GENERATOR_SEQUENCE_TIMESTAMP) {
        add_instant(generator, plus(low, (uint64_t)high * count_up(renderer, generator)), out);
        return;
    }
    if (generator->is_high_relative)
        high = plus(high, start);
    add_instant(generator, high > low ? plus(low, random_below(values->random, (uint64_t)high - (uint64_t)low)) : low, out);
}

/* ---- values out of texts ---- */

/* The argument, in a buffer of this depth: arguments may hold generators with arguments. */
static struct buf *render_argument(struct renderer *renderer, struct values *values, const struct plan_text *text)
{
    struct buf *scratch = &renderer->scratch[renderer->depth];

    INVARIANT(renderer->depth <= PLAN_TEXT_DEPTH_MAX);
    buf_clear(scratch);
    renderer->depth++;
    render_text(renderer, values, text, scratch);
    renderer->depth--;
    return scratch;
}

static void add_json_string(const struct buf *value, struct buf *out)
{
    struct json json;

    json_write_init(&json, out, 0);
    json_write_string_n(&json, value->data != NULL ? value->data : "", value->length);
}

static void add_json_value(struct renderer *renderer, struct values *values, const struct plan_text *text, struct buf *out)
{
    struct buf *value = render_argument(renderer, values, text);

    if (text->is_json)
        buf_add(out, value->data, value->length);
    else
        add_json_string(value, out);
}

static void add_array(struct renderer *renderer, struct values *values, const struct plan_generator *generator, struct buf *out)
{
    size_t count = draw_size(values, generator);

    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        add_json_value(renderer, values, &generator->texts[0], out);
    }
    buf_add_char(out, ']');
}

static bool has_key(const uint64_t *hashes, size_t count, uint64_t hash)
{
    for (size_t i = 0; i < count; i++)
        if (hashes[i] == hash)
            return true;
    return false;
}

static uint64_t hash_of(const struct buf *text) /* FNV-1a */
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < text->length; i++)
        sum = (sum ^ (unsigned char)text->data[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* Draws a key that the map has not; false after a few tries. */
static bool draw_key(
    struct renderer *renderer, struct values *values, const struct plan_text *text, const uint64_t *hashes, size_t count, struct buf **key)
{
    for (int tries = 0; tries < 8; tries++) {
        *key = render_argument(renderer, values, text);
        if (!has_key(hashes, count, hash_of(*key)))
            return true;
    }
    return false;
}

static void add_map(struct renderer *renderer, struct values *values, const struct plan_generator *generator, struct buf *out)
{
    size_t wanted = draw_size(values, generator), count = 0;
    uint64_t *hashes = mem_array(wanted, sizeof *hashes);
    struct buf *key;

    buf_add_char(out, '{');
    while (count < wanted && draw_key(renderer, values, &generator->texts[0], hashes, count, &key)) {
        if (count > 0)
            buf_add_char(out, ',');
        hashes[count++] = hash_of(key);
        add_json_string(key, out);
        buf_add_char(out, ':');
        add_json_value(renderer, values, &generator->texts[1], out);
    }
    buf_add_char(out, '}');
    free(hashes);
}

static void add_base64(const struct buf *value, bool is_for_urls, struct buf *out)
{
    size_t from = out->length;

    buf_reserve(out, value->length / 3 * 4 + 5);
    out->length += (size_t)EVP_EncodeBlock(
        (unsigned char *)out->data + from, (const unsigned char *)(value->data != NULL ? value->data : ""), (int)value->length);
    if (!is_for_urls)
        return;
    while (out->length > from && out->data[out->length - 1] == '=')
        out->length--;
    out->data[out->length] = '\0';
    for (size_t i = from; i < out->length; i++)
        out->data[i] = (char)(out->data[i] == '+' ? '-' : out->data[i] == '/' ? '_' : out->data[i]);
}

static void add_hash(enum hash_kind kind, const struct buf *value, struct buf *out)
{
    const EVP_MD *algorithm = kind == HASH_MD5      ? EVP_md5()
                              : kind == HASH_SHA1   ? EVP_sha1()
                              : kind == HASH_SHA256 ? EVP_sha256()
                                                    : EVP_sha512();
    const char *text = value->data != NULL ? value->data : "";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (kind == HASH_CRC32) {
        buf_addf(out, "%08lx", crc32(crc32(0, NULL, 0), (const Bytef *)text, (uInt)value->length));
        return;
    }
    /* an algorithm that a policy of the machine forbids gives nothing */
    if (EVP_Digest(text, value->length, digest, &length, algorithm, NULL) != 1)
        length = 0;
    for (unsigned i = 0; i < length; i++)
        buf_addf(out, "%02x", digest[i]);
}

static void add_encoded(struct renderer *renderer, struct values *values, const struct plan_generator *generator, struct buf *out)
{
    const struct buf *value = render_argument(renderer, values, &generator->texts[0]);
    size_t from = out->length;

    switch (generator->kind) {
    case GENERATOR_BASE64:
    case GENERATOR_BASE64URL:
        add_base64(value, generator->kind == GENERATOR_BASE64URL, out);
        break;
    case GENERATOR_JSON:
        add_json_string(value, out);
        break;
    case GENERATOR_HASH:
        add_hash(generator->hash, value, out);
        break;
    default: /* URLENCODE */
        buf_add(out, value->data, value->length);
        render_escape(out, from, ESCAPE_QUERY, &renderer->scratch[PLAN_TEXT_DEPTH_MAX + 1]);
    }
}

void generate(struct renderer *renderer, struct values *values, const struct plan_generator *generator, struct buf *out)
{
    switch (generator->kind) {
    case GENERATOR_UUID:
        add_uuid(values->random, out);
        break;
    case GENERATOR_RANDOM_INT:
        buf_addf(out, "%lld", (long long)plus(generator->low, between(values->random, generator->low, generator->high)));
        break;
    case GENERATOR_RANDOM_FLOAT:
        buf_addf(
            out, "%.*f", (int)generator->digits,
            generator->low_float + random_unit(values->random) * (generator->high_float - generator->low_float));
        break;
    case GENERATOR_RANDOM_STRING:
        add_string(values, generator, out);
        break;
    case GENERATOR_RANDOM_CHOICE:
        add_choice(renderer, values, generator, out);
        break;
    case GENERATOR_SEQUENCE:
        buf_addf(out, "%lld", (long long)plus(generator->low, (uint64_t)generator->high * count_up(renderer, generator)));
        break;
    case GENERATOR_SEQUENCE_CHOICE:
        render_text(renderer, values, &generator->texts[count_up(renderer, generator) % generator->text_count], out);
        break;
    case GENERATOR_TIMESTAMP:
    case GENERATOR_RANDOM_TIMESTAMP:
    case GENERATOR_SEQUENCE_TIMESTAMP:
        add_timestamp(renderer, values, generator, out);
        break;
    case GENERATOR_EMAIL:
    case GENERATOR_NAME:
        add_person(values->random, generator->kind == GENERATOR_EMAIL, out);
        break;
    case GENERATOR_RANDOM_ARRAY:
        add_array(renderer, values, generator, out);
        break;
    case GENERATOR_RANDOM_MAP:
        add_map(renderer, values, generator, out);
        break;
    default:
        add_encoded(renderer, values, generator, out);
    }
}
