/* Fuzz target of the HTTP/1.x answer parser. The first byte says how the rest is cut; whatever the pieces are, the outcome
 * must be that of the whole, and what is held must be bounded. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http1_parse.h"
#include "mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define HEAD_LIMIT 2048
#define BODY_LIMIT 100000

struct result {
    enum http1_result end;
    enum fault fault;
    uint16_t status;
    bool keep;
    uint64_t body_bytes;
    size_t used;
};

static struct result parse(const uint8_t *bytes, size_t length, size_t piece, bool is_head)
{
    struct http1_parser parser;
    struct result result = { .end = HTTP1_MORE };

    http1_init(&parser);
    http1_begin(&parser, HEAD_LIMIT, BODY_LIMIT, is_head);
    while (result.used < length && result.end == HTTP1_MORE) {
        size_t part = length - result.used < piece ? length - result.used : piece, used = 0;
        char *copy = mem_array(part, 1); /* of its own, so that ASan sees a step too far */

        memcpy(copy, bytes + result.used, part);
        result.end = http1_feed(&parser, copy, part, &used);
        free(copy);
        INVARIANT(used <= part && (used == part || result.end != HTTP1_MORE));
        INVARIANT(parser.held.capacity <= 64 * 1024 + 2 * part);
        result.used += used;
    }
    if (result.end == HTTP1_MORE)
        result.end = http1_end(&parser);
    INVARIANT(result.end != HTTP1_MORE);
    INVARIANT((result.end == HTTP1_FAILED) == (parser.fault != FAULT_NONE));
    INVARIANT(parser.detail != NULL && memchr(parser.detail, '\0', 200) != NULL);
    INVARIANT(parser.body_bytes <= BODY_LIMIT);
    result.fault = parser.fault;
    result.status = parser.status;
    result.keep = parser.keep;
    result.body_bytes = parser.body_bytes;
    http1_release(&parser);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct result whole, cut;

    if (length < 2)
        return 0;
    whole = parse(bytes + 1, length - 1, length, bytes[0] & 0x80);
    cut = parse(bytes + 1, length - 1, (bytes[0] & 0x7f) + 1, bytes[0] & 0x80);
    INVARIANT(whole.end == cut.end && whole.fault == cut.fault && whole.status == cut.status && whole.keep == cut.keep);
    if (whole.end == HTTP1_DONE)
        INVARIANT(whole.body_bytes == cut.body_bytes && whole.used == cut.used);
    return 0;
}
