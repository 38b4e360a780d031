/* Texts with ${...} as the text of a plan again. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "onager/units.h"
#include "template.h"

static void print_text(struct buf *out, const struct plan *plan, const struct plan_text *text, bool is_argument);

/* ---- bytes ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Where bytes stand. */
struct around {
    bool is_argument, has_part_before, has_part_behind;
};

/* Whether a value of a plan file can hold the byte at i just so: lines are trimmed, empty ones and comments are skipped. */
static bool is_held(const char *bytes, size_t length, size_t i, const struct around *around)
{
    char c = bytes[i], before = i > 0 ? bytes[i - 1] : around->has_part_before ? '}' : '\n';
    char after = i + 1 < length ? bytes[i + 1] : around->has_part_behind ? '$' : '\n';
    bool is_argument = around->is_argument;

    if (c == '\n')
        return !is_argument && before != '\n' && !is_blank(before) && after != '\n' && !is_blank(after) && strchr(";#", after) == NULL;
    if (is_blank(c))
        return is_argument ? c == ' ' : before != '\n' && after != '\n';
    return (unsigned char)c >= ' ' && c != 0x7f;
}

static void print_bytes(struct buf *out, const char *bytes, size_t length, struct around around)
{
    for (size_t i = 0; i < length; i++) {
        bool is_mark = bytes[i] == '$' && (i + 1 < length ? bytes[i + 1] == '{' : around.has_part_behind);

        if (!is_held(bytes, length, i, &around) || (is_mark && i + 1 == length))
            buf_addf(out, "${hex:%02X}", (unsigned)(unsigned char)bytes[i]);
        else if (is_mark)
            buf_add_text(out, "$$");
        else if (around.is_argument && (bytes[i] == '"' || bytes[i] == '\\'))
            buf_addf(out, "\\%c", bytes[i]);
        else
            buf_add_char(out, bytes[i]);
    }
}

void template_print_bytes(struct buf *out, const char *bytes, size_t length)
{
    print_bytes(out, bytes, length, (struct around){ false, false, false });
}

/* ---- generators ---- */

static void print_instant(struct buf *out, int64_t ns, bool is_relative)
{
    char text[48];

    if (is_relative && ns == 0) {
        buf_add_text(out, "now");
    } else if (is_relative) {
        buf_addf(out, "%c%s", ns < 0 ? '-' : '+', units_format_duration(text, sizeof text, (uint64_t)(ns < 0 ? -ns : ns)));
    } else {
        time_t seconds = (time_t)(ns / (int64_t)NS_PER_S);
        struct tm tm;

        gmtime_r(&seconds, &tm);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
        buf_add_text(out, text);
    }
}

static void print_format(struct buf *out, const struct plan_generator *generator)
{
    static const char *const names[] = { "unix", "unix_ms", "unix_us", "unix_ns", "iso" };

    if (generator->format != TIMESTAMP_STRFTIME) {
        buf_add_text(out, names[generator->format]);
        return;
    }
    buf_add_char(out, '"');
    print_bytes(out, generator->strftime_format, strlen(generator->strftime_format), (struct around){ true, false, false });
    buf_add_char(out, '"');
}

/* What stands before the texts, without a comma at its end. */
static void print_own(struct buf *out, const struct plan_generator *g)
{
    static const char *const hashes[] = { "md5", "sha1", "sha256", "sha512", "crc32" };

    switch (g->kind) {
    case GENERATOR_RANDOM_INT:
    case GENERATOR_SEQUENCE:
    case GENERATOR_RANDOM_ARRAY:
    case GENERATOR_RANDOM_MAP:
        buf_addf(out, "%lld, %lld", (long long)g->low, (long long)g->high);
        break;
    case GENERATOR_RANDOM_FLOAT:
        buf_addf(out, "%.17g, %.17g, %u", g->low_float, g->high_float, g->digits);
        break;
    case GENERATOR_RANDOM_STRING:
        buf_addf(out, "%lld, %lld, \"", (long long)g->low, (long long)g->high);
        print_bytes(out, g->alphabet, strlen(g->alphabet), (struct around){ true, false, false });
        buf_add_char(out, '"');
        break;
    case GENERATOR_TIMESTAMP:
        print_format(out, g);
        buf_add_text(out, g->low != 0 ? ", " : "");
        if (g->low != 0)
            print_instant(out, g->low, true);
        break;
    case GENERATOR_RANDOM_TIMESTAMP:
        print_instant(out, g->low, g->is_low_relative);
        buf_add_text(out, ", ");
        print_instant(out, g->high, g->is_high_relative);
        buf_add_text(out, ", ");
        print_format(out, g);
        break;
    case GENERATOR_SEQUENCE_TIMESTAMP:
        print_instant(out, g->low, g->is_low_relative);
        buf_add_text(out, ", ");
        print_instant(out, g->high, true);
        buf_add_text(out, ", ");
        print_format(out, g);
        break;
    case GENERATOR_HASH:
        buf_add_text(out, hashes[g->hash]);
        break;
    default:
        break;
    }
}

static void print_generator(struct buf *out, const struct plan *plan, const struct plan_generator *g)
{
    size_t start;

    buf_addf(out, "%s(", generator_name(g->kind));
    start = out->length;
    print_own(out, g);
    for (size_t i = 0; i < g->text_count; i++) {
        buf_add_text(out, out->length > start ? ", " : "");
        print_text(out, plan, &g->texts[i], true);
        if (g->weight_ends != NULL)
            buf_addf(out, ":%llu", (unsigned long long)(g->weight_ends[i] - (i > 0 ? g->weight_ends[i - 1] : 0)));
    }
    if (out->length == start)
        out->data[--out->length] = '\0'; /* no "()" */
    else
        buf_add_char(out, ')');
}

/* ---- texts ---- */

static void print_part(struct buf *out, const struct plan *plan, const struct text_part *part)
{
    switch (part->kind) {
    case TEXT_LITERAL:
        break;
    case TEXT_VARIABLE:
        buf_add_text(out, plan->variables[part->index].name);
        break;
    case TEXT_COLUMN:
        buf_addf(out, "%s.%s", plan->data[part->index].name, plan->data[part->index].columns[part->column]);
        break;
    case TEXT_VU:
        buf_add_text(out, "vu");
        break;
    case TEXT_ITERATION:
        buf_add_text(out, "iteration");
        break;
    case TEXT_SCENARIO:
        buf_add_text(out, "scenario");
        break;
    case TEXT_SECRET:
        buf_addf(out, "secret:%s", plan->secrets[part->index].name);
        break;
    case TEXT_GENERATOR:
        print_generator(out, plan, part->generator);
        break;
    }
}

static void print_text(struct buf *out, const struct plan *plan, const struct plan_text *text, bool is_argument)
{
    buf_add_text(out, is_argument ? "\"" : "");
    for (size_t i = 0; i < text->count; i++) {
        const struct text_part *part = &text->parts[i];
        bool is_encoded = part->escape == ESCAPE_QUERY;

        if (part->kind == TEXT_LITERAL) {
            print_bytes(out, part->bytes, part->length, (struct around){ is_argument, i > 0, i + 1 < text->count });
            continue;
        }
        buf_add_text(out, is_encoded ? "${urlencode(\"${" : "${");
        print_part(out, plan, part);
        buf_add_text(out, is_encoded ? "}\")}" : "}");
    }
    buf_add_text(out, is_argument ? "\"" : "");
}

void template_print(struct buf *out, const struct plan *plan, const struct plan_text *text)
{
    print_text(out, plan, text, false);
}
