/* The addresses of hosts that have several: who took how many connections, and which failed. Pure. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "onager/units.h"
#include "summary.h"

#define WORD 40
#define SHOWN_MAX 8 /* of a host */

static uint64_t failed_of(const struct snap_address *address, enum fault *most)
{
    uint64_t all = 0;

    *most = FAULT_OTHER;
    for (int kind = FAULT_NONE + 1; kind < FAULT_COUNT; kind++) {
        all += address->failed[kind];
        if (address->failed[kind] > address->failed[*most])
            *most = (enum fault)kind;
    }
    return all;
}

static bool is_same_name(const struct snap_address *a, const struct snap_address *b)
{
    return a->host == b->host && a->port == b->port;
}

static void add_address(struct buf *text, const struct snap_address *address, bool utf8)
{
    char opened[WORD], word[WORD];
    enum fault most;
    uint64_t failed = failed_of(address, &most);

    buf_addf(text, "%s%s ", text->length > 0 ? (utf8 ? " · " : " | ") : "", address->address);
    if (address->connections > 0 || failed == 0)
        buf_addf(
            text, "%s connection%s", units_format_count(opened, sizeof opened, address->connections), address->connections == 1 ? "" : "s");
    if (failed > 0)
        buf_addf(
            text, "%s%s failed (%s)", address->connections > 0 ? ", " : "", units_format_count(word, sizeof word, failed),
            fault_name(most));
    if (address->is_passed_over)
        buf_add_text(text, ", passed over");
}

/* A line for the name whose addresses begin at `from`; the index behind them. */
static size_t add_name(struct buf *out, const struct snapshot *s, size_t from, bool only_failed, const char **label, int indent, bool utf8)
{
    const struct snap_address *first = &s->addresses[from];
    bool has_failed = false;
    struct buf text;
    enum fault most;
    size_t end;

    buf_init(&text);
    for (end = from; end < s->address_count && is_same_name(first, &s->addresses[end]); end++) {
        has_failed |= failed_of(&s->addresses[end], &most) > 0;
        if (end - from < SHOWN_MAX)
            add_address(&text, &s->addresses[end], utf8);
    }
    if (end - from > SHOWN_MAX)
        buf_addf(&text, ", and %zu more", end - from - SHOWN_MAX);
    if (end - from > 1 && (!only_failed || (has_failed && strcasecmp(first->host, "localhost") != 0))) {
        summary_block(out, *label, text.data, indent, utf8);
        *label = "";
    }
    buf_release(&text);
    return end;
}

void summary_addresses(struct buf *out, const struct snapshot *snapshot, bool only_failed, int indent, bool utf8)
{
    const char *label = "Addresses";

    for (size_t i = 0; i < snapshot->address_count;)
        i = add_name(out, snapshot, i, only_failed, &label, indent, utf8);
}
