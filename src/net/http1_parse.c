/* The HTTP/1.x answer parser: lines for the head, counters for the body. Pure; any thread, one owner per parser.
 * On the fast path a head lies in one piece: skip_usual_lines() finds line ends and colons 16 bytes at a time where they are,
 * and only names as long as content-length, transfer-encoding and connection are compared. This runs for every request: count its
 * instructions (make bench-net) when you change it. */
#include "http1_parse.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "http1_field.h"

/* A chunk-size line with its extensions; more is an attack or a mistake. */
#define MAX_CHUNK_LINE_BYTES 4096
/* Bytes that must follow for the fast path: "connection: keep-alive" and its end; "content-length: ", 18 digits, one too much, 2. */
#define USUAL_BYTES 24
#define USUAL_LENGTH_BYTES 37

enum state { STATUS, HEADER, LENGTH, UNTIL_CLOSE, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, FINISHED };

static __attribute__((noinline, cold)) enum http1_result fail(struct http1_parser *parser, enum fault fault, const char *detail)
{
    parser->fault = fault;
    parser->detail = detail;
    parser->keep = false;
    parser->state = FINISHED;
    return HTTP1_FAILED;
}

static enum http1_result finish(struct http1_parser *parser)
{
    bool persistent = parser->version_minor >= 1 ? !parser->says_close : parser->says_keep && !parser->says_close;

    parser->keep = persistent && !parser->has_both;
    parser->state = FINISHED;
    return HTTP1_DONE;
}

void http1_init(struct http1_parser *parser)
{
    memset(parser, 0, sizeof *parser);
    parser->detail = "";
    parser->state = FINISHED;
}

void http1_begin(struct http1_parser *parser, uint64_t max_head_bytes, uint64_t max_body_bytes, bool is_head)
{
    if (parser->held.data != NULL)
        buf_release(&parser->held);
    memset(parser, 0, offsetof(struct http1_parser, held));
    parser->max_head_bytes = max_head_bytes;
    parser->max_body_bytes = max_body_bytes;
    parser->is_head = is_head;
    parser->is_empty = true;
    parser->detail = "";
}

void http1_release(struct http1_parser *parser)
{
    buf_release(&parser->held);
}

/* ---- lines ---- */

static enum http1_result on_status_line(struct http1_parser *parser, const char *line, size_t length)
{
    unsigned hundreds, tens, ones, status;

    if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' || line[8] != ' ')
        return fail(parser, FAULT_PROTOCOL, "no HTTP/1.x status line");
    hundreds = (unsigned)line[9] - (unsigned)'0';
    tens = (unsigned)line[10] - (unsigned)'0';
    ones = (unsigned)line[11] - (unsigned)'0';
    if (hundreds > 9 || tens > 9 || ones > 9)
        return fail(parser, FAULT_PROTOCOL, "the status is not a number of three digits");
    status = hundreds * 100 + tens * 10 + ones;
    if (status < 100 || (length > 12 && line[12] != ' '))
        return fail(parser, FAULT_PROTOCOL, "the status is not between 100 and 999");
    if (status == 101)
        return fail(parser, FAULT_PROTOCOL, "101 although no other protocol was asked for");
    parser->version_minor = (uint8_t)(line[7] - '0');
    parser->status = (uint16_t)status;
    parser->state = HEADER;
    if (status >= 400 && length > 13) {
        size_t copied = length - 13 < sizeof parser->reason - 1 ? length - 13 : sizeof parser->reason - 1;

        memcpy(parser->reason, line + 13, copied);
        parser->reason[copied] = '\0';
        parser->detail = parser->reason;
    }
    return HTTP1_MORE;
}

/* How the body ends: RFC 9112 6.3, in its order. */
static enum http1_result on_head_complete(struct http1_parser *parser)
{
    unsigned status = parser->status;

    if (status < 200) {
        parser->status = 0;
        parser->has_length = parser->is_chunked = parser->has_other_coding = false;
        parser->says_close = parser->says_keep = parser->last_was_framing = false;
        parser->state = STATUS;
        return HTTP1_MORE;
    }
    if (parser->is_head || status == 204 || status == 304)
        return finish(parser);
    /* Framing by both is how answers are smuggled: read it as the RFC says, but never use the connection again. */
    parser->has_both = (parser->is_chunked || parser->has_other_coding) && (parser->has_length || parser->version_minor == 0);
    if (parser->is_chunked) {
        parser->state = CHUNK_SIZE;
    } else if (parser->has_length && !parser->has_other_coding) {
        if (parser->max_body_bytes != 0 && parser->length > parser->max_body_bytes)
            return fail(parser, FAULT_BODY_TOO_LARGE, "Content-Length is over the limit");
        if (parser->length == 0)
            return finish(parser);
        parser->remaining = parser->length;
        parser->state = LENGTH;
    } else {
        parser->state = UNTIL_CLOSE;
    }
    return HTTP1_MORE;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static enum http1_result check_field(struct http1_parser *parser, const char *line, const char *colon)
{
    if (colon == NULL)
        return fail(parser, FAULT_PROTOCOL, "a header line without a colon");
    if (colon == line || (unsigned char)colon[-1] <= ' ')
        return fail(parser, FAULT_PROTOCOL, "a header name that is empty or ends in a space");
    return HTTP1_MORE;
}

static __attribute__((noinline, cold)) void hand_field_on(struct http1_parser *parser, const char *line, size_t length, const char *colon)
{
    const char *value = colon + 1, *end = line + length;

    while (value < end && is_space(*value))
        value++;
    while (value < end && is_space(end[-1]))
        end--;
    parser->sink->on_field(parser->sink, line, (size_t)(colon - line), value, (size_t)(end - value));
}

static enum http1_result on_header_line(struct http1_parser *parser, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length), *complaint = NULL;
    enum http1_result result;

    if (is_space(line[0])) { /* obsolete folding: harmless unless it goes on with what decides where the answer ends */
        if (parser->last_was_framing)
            return fail(parser, FAULT_PROTOCOL, "a folded header line");
        return HTTP1_MORE;
    }
    result = check_field(parser, line, colon);
    if (result != HTTP1_MORE)
        return result;
    parser->last_was_framing = true;
    switch (colon - line) {
    case 10:
        if (is_connection(line)) {
            http1_read_connection(parser, line + 11, length - 11);
            return HTTP1_MORE;
        }
        break;
    case 14:
        if (is_content_length(line)) {
            complaint = http1_read_length(parser, line + 15, length - 15);
            return complaint == NULL ? HTTP1_MORE : fail(parser, FAULT_PROTOCOL, complaint);
        }
        break;
    case 17:
        if (is_transfer_encoding(line)) {
            complaint = http1_read_coding(parser, line + 18, length - 18);
            return complaint == NULL ? HTTP1_MORE : fail(parser, FAULT_PROTOCOL, complaint);
        }
        break;
    default:
        break;
    }
    parser->last_was_framing = false;
    if (__builtin_expect(parser->sink != NULL, false) && parser->status >= 200)
        hand_field_on(parser, line, length, colon);
    return HTTP1_MORE;
}

static enum http1_result on_chunk_size(struct http1_parser *parser, const char *line, size_t length)
{
    uint64_t size = 0;
    size_t i = 0;

    for (; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        unsigned digit;

        if (c >= '0' && c <= '9')
            digit = c - (unsigned)'0';
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (c | 0x20) - (unsigned)'a' + 10;
        else
            break;
        if (size > (uint64_t)INT64_MAX >> 4)
            return fail(parser, FAULT_PROTOCOL, "a chunk size that is too large");
        size = size << 4 | digit;
    }
    if (i == 0)
        return fail(parser, FAULT_PROTOCOL, "a chunk size that is not a number");
    while (i < length && is_space(line[i]))
        i++;
    if (i < length && line[i] != ';')
        return fail(parser, FAULT_PROTOCOL, "a chunk size that is not a number");
    if (size == 0) {
        parser->state = TRAILER;
        return HTTP1_MORE;
    }
    if (parser->max_body_bytes != 0 && size > parser->max_body_bytes - parser->body_bytes)
        return fail(parser, FAULT_BODY_TOO_LARGE, "the body is over the limit");
    parser->remaining = size;
    parser->state = CHUNK_DATA;
    return HTTP1_MORE;
}

/* One line without its end. */
static enum http1_result on_line(struct http1_parser *parser, const char *line, size_t length)
{
    switch ((enum state)parser->state) {
    case STATUS:
        return on_status_line(parser, line, length);
    case HEADER:
        return length == 0 ? on_head_complete(parser) : on_header_line(parser, line, length);
    case CHUNK_SIZE:
        return on_chunk_size(parser, line, length);
    case CHUNK_END:
        if (length != 0)
            return fail(parser, FAULT_PROTOCOL, "a chunk that is longer than its size");
        parser->state = CHUNK_SIZE;
        return HTTP1_MORE;
    case TRAILER:
        return length == 0 ? finish(parser) : check_field(parser, line, memchr(line, ':', length));
    case LENGTH:
    case UNTIL_CLOSE:
    case CHUNK_DATA:
    case FINISHED:
        break;
    }
    return fail(parser, FAULT_PROTOCOL, "a line where none belongs");
}

/* ---- pieces ---- */

/* What is wrong with the next bytes of a line whatever follows, so that junk fails at once, and always as junk. */
static enum http1_result check_open_line(struct http1_parser *parser, const char *bytes, size_t length)
{
    static const char prefix[] = "HTTP/1.";
    size_t before = parser->held.length, rest = before < sizeof prefix - 1 ? sizeof prefix - 1 - before : 0;
    uint64_t allowed = parser->max_head_bytes - parser->head_bytes; /* what is wrong beyond it is the length */

    if (rest > 0 && before + rest > allowed)
        rest = allowed > before ? (size_t)allowed - before : 0;
    if (parser->state == STATUS && rest > 0 && memcmp(bytes, prefix + before, length < rest ? length : rest) != 0)
        return fail(parser, FAULT_PROTOCOL, "no HTTP/1.x status line");
    if (parser->state == CHUNK_SIZE && before + length > MAX_CHUNK_LINE_BYTES)
        return fail(parser, FAULT_PROTOCOL, "a chunk size line that is too long");
    if (parser->state == CHUNK_END && before == 0 && bytes[0] != '\r' && bytes[0] != '\n')
        return fail(parser, FAULT_PROTOCOL, "a chunk that is longer than its size");
    if (parser->state == CHUNK_END && before + length > 2)
        return fail(parser, FAULT_PROTOCOL, "a chunk that is longer than its size");
    return HTTP1_MORE;
}

static enum http1_result count_head_bytes(struct http1_parser *parser, size_t open_bytes)
{
    if ((parser->state == STATUS || parser->state == HEADER || parser->state == TRAILER) &&
        parser->head_bytes + open_bytes > parser->max_head_bytes)
        return fail(parser, FAULT_HEADER_TOO_LARGE, "the head is over the limit");
    return HTTP1_MORE;
}

static enum http1_result finish_line(struct http1_parser *parser, const char *line, size_t with_end)
{
    size_t length = with_end - 1;
    enum http1_result result;

    if (parser->state != CHUNK_SIZE && parser->state != CHUNK_END) {
        parser->head_bytes += with_end;
        result = count_head_bytes(parser, 0);
        if (result != HTTP1_MORE)
            return result;
    }
    if (length > 0 && line[length - 1] == '\r')
        length--;
    return on_line(parser, line, length);
}

/* Consumes one line, or the rest of the piece when the line does not end in it. */
static enum http1_result feed_line(struct http1_parser *parser, const char *bytes, size_t length, size_t *used)
{
    struct buf *held = &parser->held;
    const char *end = memchr(bytes, '\n', length);
    size_t taken = end != NULL ? (size_t)(end - bytes) + 1 : length;
    enum http1_result result;

    *used = taken;
    result = check_open_line(parser, bytes, taken);
    if (result != HTTP1_MORE)
        return result;
    if (held->length == 0 && end != NULL)
        return finish_line(parser, bytes, taken);
    if (end == NULL) { /* before it is held: nothing beyond the limit is */
        result = count_head_bytes(parser, held->length + taken);
        if (result != HTTP1_MORE)
            return result;
    }
    buf_add(held, bytes, taken);
    if (end == NULL)
        return HTTP1_MORE;
    taken = held->length;
    held->length = 0;
    return finish_line(parser, held->data, taken);
}

#ifdef __SSE2__
static inline unsigned find_bytes(const char *at, char byte) /* bit i: at[i] is it; 16 bytes */
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)at), _mm_set1_epi8(byte)));
}
#endif

/* Reads header lines that are whole and look as they nearly always do, and returns the first that does not: its name ends
 * within 16 bytes (so it is not Transfer-Encoding), Content-Length is one number, Connection is keep-alive. */
static inline const char *skip_usual_lines(struct http1_parser *parser, const char *line, const char *end)
{
#ifdef __SSE2__
    while (end - line >= USUAL_BYTES && (unsigned char)line[0] > ' ') {
        unsigned ends = find_bytes(line, '\n');
        unsigned colons = find_bytes(line, ':') & (ends ^ (ends - 1)); /* those before the line end; all when it is further on */
        unsigned name_length;
        const char *at = line;

        if (colons == 0)
            break;
        name_length = (unsigned)__builtin_ctz(colons);
        if (name_length == 0 || (unsigned char)line[name_length - 1] <= ' ')
            break;
        if (name_length == 14 && is_content_length(line)) {
            at = parser->has_length || line[15] != ' ' || end - line < USUAL_LENGTH_BYTES ? NULL
                                                                                          : http1_read_number(line + 16, &parser->length);
            if (at == NULL || at[0] != '\r' || at[1] != '\n')
                break;
            parser->has_length = parser->last_was_framing = true;
            line = at + 2;
            continue;
        }
        if (name_length == 10 && is_connection(line)) {
            if (!is_keep_alive(line + 11))
                break;
            parser->says_keep = parser->last_was_framing = true;
            line += 24;
            continue;
        }
        while (ends == 0) {
            at += 16;
            if (end - at < 16)
                return line;
            ends = find_bytes(at, '\n');
        }
        line = at + __builtin_ctz(ends) + 1;
        parser->last_was_framing = false;
    }
#endif
    return line;
}

/* The lines of the head that lie whole in this piece. */
static inline enum http1_result feed_head(struct http1_parser *parser, const char *bytes, size_t length, size_t *used)
{
    uint64_t allowed = parser->max_head_bytes - parser->head_bytes;
    const char *line = bytes, *end = bytes + (length < allowed ? length : allowed); /* feed_line() says what is over the limit */
    enum http1_result result = HTTP1_MORE;

    while (line < end && result == HTTP1_MORE && parser->state <= HEADER) {
        const char *line_end;
        size_t line_length;

        if (parser->state == HEADER) {
            if (parser->sink == NULL)
                line = skip_usual_lines(parser, line, end);
            if (end - line >= 2 && line[0] == '\r' && line[1] == '\n') {
                line += 2;
                result = on_head_complete(parser);
                continue;
            }
        }
        line_end = memchr(line, '\n', (size_t)(end - line));
        if (line_end == NULL)
            break;
        line_length = (size_t)(line_end - line);
        if (line_length > 0 && line_end[-1] == '\r')
            line_length--;
        result = on_line(parser, line, line_length);
        line = line_end + 1;
    }
    *used = (size_t)(line - bytes);
    parser->head_bytes += *used;
    return result;
}

static enum http1_result feed_body(struct http1_parser *parser, const char *bytes, size_t length, size_t *used)
{
    size_t taken = parser->state == UNTIL_CLOSE || length < parser->remaining ? length : (size_t)parser->remaining;

    *used = taken;
    parser->body_bytes += taken;
    if (parser->state == UNTIL_CLOSE && parser->max_body_bytes != 0 && parser->body_bytes > parser->max_body_bytes)
        return fail(parser, FAULT_BODY_TOO_LARGE, "the body is over the limit");
    if (parser->sink != NULL && !parser->sink->on_body(parser->sink, bytes, taken))
        return fail(parser, parser->sink->fault, parser->sink->detail);
    if (parser->state == UNTIL_CLOSE)
        return HTTP1_MORE;
    parser->remaining -= taken;
    if (parser->remaining > 0)
        return HTTP1_MORE;
    if (parser->state == LENGTH)
        return finish(parser);
    parser->state = CHUNK_END;
    return HTTP1_MORE;
}

enum http1_result http1_feed(struct http1_parser *parser, const char *bytes, size_t length, size_t *used)
{
    enum http1_result result = HTTP1_MORE;
    size_t done = 0, taken;

    parser->is_empty = false;
    while (done < length && result == HTTP1_MORE) {
        if (parser->state == LENGTH || parser->state == UNTIL_CLOSE || parser->state == CHUNK_DATA) {
            result = feed_body(parser, bytes + done, length - done, &taken);
        } else {
            taken = 0;
            if (parser->state <= HEADER && parser->held.length == 0)
                result = feed_head(parser, bytes + done, length - done, &taken);
            if (taken == 0 && result == HTTP1_MORE) /* chunked framing, or the piece ends within this line */
                result = feed_line(parser, bytes + done, length - done, &taken);
        }
        done += taken;
    }
    *used = done;
    return result;
}

enum http1_result http1_end(struct http1_parser *parser)
{
    if (parser->state == UNTIL_CLOSE) {
        parser->says_close = true;
        return finish(parser);
    }
    if (parser->is_empty)
        return fail(parser, FAULT_EMPTY_REPLY, "closed without one byte of an answer");
    if (parser->state == STATUS || parser->state == HEADER)
        return fail(parser, FAULT_PARTIAL_BODY, "closed within the head");
    return fail(parser, FAULT_PARTIAL_BODY, "closed before the end of the body");
}
