/* The second kind of operation: a channel is opened, carries messages both ways, and is closed (WebSocket, server-sent events,
 * a stream of gRPC). This is the seam: a protocol implements channel_ops, one const table each; who uses channels knows only
 * this. Owner: the loop's thread. No callback comes from inside open(), send() or close().
 *
 *   new --open()--> opening --on_open()--> open --close()--> closing --on_closed()--> closed
 *                      |                    |                              ^
 *                      +------- fault ------+------------------------------+ */
#ifndef ONAGER_CHANNEL_H
#define ONAGER_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/fault.h"

enum channel_state { CHANNEL_NEW, CHANNEL_OPENING, CHANNEL_OPEN, CHANNEL_CLOSING, CHANNEL_CLOSED };

struct channel;

struct channel_ops {
    const char *name;
    void (*open)(struct channel *channel, uint64_t now_ns);
    /* false: what is not sent yet is over the channel's limit; on_room() follows. The bytes are copied. */
    bool (*send)(struct channel *channel, const char *bytes, size_t length, bool is_text, uint64_t now_ns);
    void (*close)(struct channel *channel, unsigned code, uint64_t now_ns);
    /* Ends it at once and without on_closed. */
    void (*cancel)(struct channel *channel);
};

/* Embedded by the protocol as its first member. */
struct channel {
    const struct channel_ops *ops;
    enum channel_state state;
    /* set by the owner before channel_open() */
    void *owner;
    void (*on_open)(struct channel *channel);
    void (*on_message)(struct channel *channel, const char *bytes, size_t length, bool is_text);
    void (*on_room)(struct channel *channel);
    void (*on_closed)(struct channel *channel); /* exactly once, unless cancelled */
    /* results */
    uint64_t opened_ns, closed_ns;
    uint64_t sent, received, bytes_sent, bytes_received; /* messages and their bytes */
    unsigned close_code;                                 /* of the protocol; 0: none was said */
    enum fault fault;
    const char *detail; /* valid in on_closed */
};

/* For the owner. A send on a channel that is not open is refused. */
void channel_open(struct channel *channel, uint64_t now_ns);
bool channel_send(struct channel *channel, const char *bytes, size_t length, bool is_text, uint64_t now_ns);
void channel_close(struct channel *channel, unsigned code, uint64_t now_ns);
void channel_cancel(struct channel *channel);

/* For the protocol: what happened. They keep the state and the counts, then call the owner. */
void channel_was_opened(struct channel *channel, uint64_t now_ns);
void channel_got_message(struct channel *channel, const char *bytes, size_t length, bool is_text);
void channel_has_room(struct channel *channel);
void channel_was_closed(struct channel *channel, enum fault fault, const char *detail, unsigned code, uint64_t now_ns);

#endif
