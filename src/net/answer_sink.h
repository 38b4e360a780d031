/* Who looks into an answer while it arrives: embedded by its owner, called by the transport on the loop's thread. Exchanges
 * without one (nearly all) skip what is handed on here. */
#ifndef ONAGER_ANSWER_SINK_H
#define ONAGER_ANSWER_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "onager/fault.h"

struct answer_sink {
    /* One header field of the final answer, in order; the value is trimmed. Nothing is NUL-terminated. Not for
     * trailers, nor for the fields that frame the answer (Content-Length, Transfer-Encoding, Connection). */
    void (*on_field)(struct answer_sink *sink, const char *name, size_t name_length, const char *value, size_t value_length);
    /* A piece of the body, length > 0, without transfer framing. false: the exchange fails with `fault` and `detail`. */
    bool (*on_body)(struct answer_sink *sink, const char *bytes, size_t length);
    enum fault fault;
    const char *detail;
};

#endif
