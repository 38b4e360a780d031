/* A server for tests that plays a list of steps, in a thread of its own, on a loopback port that the kernel picks.
 * One connection at a time is current: ACCEPT makes the next one current, the steps after it speak to that one. Every step
 * that waits gives up after 10 s, and the script counts as failed. */
#ifndef ONAGER_SCRIPT_SERVER_H
#define ONAGER_SCRIPT_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum script_op {
    SCRIPT_ACCEPT,
    SCRIPT_READ_HEAD,  /* up to and with the empty line; what follows stays in the socket */
    SCRIPT_READ,       /* `count` bytes */
    SCRIPT_READ_END,   /* until the client closes or resets */
    SCRIPT_SEND,       /* `bytes`, `count` times (0: once) */
    SCRIPT_SEND_BYTES, /* `bytes`, each in a segment of its own */
    SCRIPT_WAIT,       /* until script_server_tell() */
    SCRIPT_KEEP,       /* stays open and is current no more; up to 256 */
    SCRIPT_CLOSE,
    SCRIPT_CLOSE_KEPT,
    SCRIPT_RESET,
    SCRIPT_HALF_CLOSE, /* no more bytes from the server */
    SCRIPT_REPEAT,     /* from the first step, `count` times in all */
};

struct script_step {
    enum script_op op;
    const char *bytes;
    size_t count;
};

/* Writing scripts: DO(ACCEPT), SEND("..."); ANSWER("...") is a head read and an answer sent. */
/* clang-format off */
#define DO(what) { .op = SCRIPT_##what }
#define DO_TIMES(what, times) { .op = SCRIPT_##what, .count = (times) }
#define SEND(text) { .op = SCRIPT_SEND, .bytes = (text) }
#define SEND_TIMES(text, times) { .op = SCRIPT_SEND, .bytes = (text), .count = (times) }
#define SEND_BYTES(text) { .op = SCRIPT_SEND_BYTES, .bytes = (text) }
#define ANSWER(text) DO(READ_HEAD), SEND(text)
/* clang-format on */

struct script_server;

/* `steps` are borrowed until the stop. address "127.0.0.1", "0.0.0.0", "::1"; NULL when it does not exist here. */
struct script_server *script_server_start(const char *address, int backlog, const struct script_step *steps, size_t step_count);
uint16_t script_server_port(const struct script_server *server);
/* Lets the current or the next WAIT go on. */
void script_server_tell(struct script_server *server);
/* Waits for the end of the script, closes everything and frees. The step that failed, counted from 1; 0: all were played. */
size_t script_server_stop(struct script_server *server);

#endif
