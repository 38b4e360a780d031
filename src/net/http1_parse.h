/* Reads the answer to one HTTP/1.x request from bytes that may arrive in any pieces. Pure: no socket, no clock.
 * Memory: nothing is allocated unless a line of the head (or of chunked framing) is cut by the end of a piece; then that one
 * line is held, and its size is bounded by the head limit. Bodies are counted and handed to the sink, if there is one, not
 * kept. RFC 9112.
 *
 *     STATUS -> HEADER -+-> LENGTH ----------------------------> DONE
 *        ^  1xx |       +-> CLOSE --------- end of input ------> DONE
 *        +------+       +-> CHUNK_SIZE <-> CHUNK_DATA -> TRAILER -> DONE
 */
#ifndef ONAGER_HTTP1_PARSE_H
#define ONAGER_HTTP1_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer_sink.h"
#include "buf.h"
#include "onager/fault.h"

enum http1_result { HTTP1_MORE, HTTP1_DONE, HTTP1_FAILED };

struct http1_parser {
    /* set by http1_begin() */
    uint64_t max_head_bytes, max_body_bytes; /* the latter 0: no limit */
    bool is_head;
    /* results */
    uint16_t status; /* of the final answer; 0 before its status line was complete */
    bool keep;       /* once DONE: whether the connection may carry another exchange, as far as the answer says */
    bool is_empty;   /* no byte came so far */
    enum fault fault;
    const char *detail;  /* static text of the fault, or the reason phrase from 400 on; NUL-terminated, never NULL */
    uint64_t body_bytes; /* so far, without chunk framing */
    /* private */
    uint8_t state, version_minor;
    bool has_length, is_chunked, has_other_coding, has_both, says_close, says_keep, last_was_framing;
    uint64_t head_bytes;      /* of all heads and trailers of this answer, interim ones included */
    uint64_t length;          /* Content-Length */
    uint64_t remaining;       /* of the body or of the chunk */
    struct answer_sink *sink; /* set after http1_begin() by who wants to see the answer; else NULL */
    /* not cleared by http1_begin() */
    struct buf held; /* a line that was cut */
    char reason[48]; /* phrase of an answer from 400 on, cut, NUL-terminated; raw bytes of the server; `detail` points here */
};

/* Once per connection; the struct is zeroed by the caller or by this. */
void http1_init(struct http1_parser *parser);
/* Forgets the answer before and gives its memory back. max_head_bytes > 0. */
void http1_begin(struct http1_parser *parser, uint64_t max_head_bytes, uint64_t max_body_bytes, bool is_head);
void http1_release(struct http1_parser *parser);

/* Takes `length` > 0 bytes. *used is how many belong to this answer: less than `length` only with HTTP1_DONE, and then bytes
 * follow that nobody asked for. After DONE or FAILED only http1_begin() may follow. */
enum http1_result http1_feed(struct http1_parser *parser, const char *bytes, size_t length, size_t *used);

/* The connection was closed by the server: DONE when that ends a close-delimited body, else FAILED. */
enum http1_result http1_end(struct http1_parser *parser);

#endif
