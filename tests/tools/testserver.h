/* The two halves of the test server: testserver.c moves bytes, testserver_answer.c decides which. One thread. */
#ifndef ONAGER_TESTSERVER_H
#define ONAGER_TESTSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct server_counters {
    uint64_t requests; /* heads read to their end */
    uint64_t answered, accepted, open;
    uint64_t stats; /* requests for /stats among them */
};

struct peer {
    int fd;
    uint32_t events;
    struct buf in, out;
    size_t out_done;
    size_t hold_at;                                   /* bytes written before the answer is held back; 0: not */
    uint64_t delay_ns;                                /* between the head and the first byte */
    uint64_t hold_ns;                                 /* between the first byte and the rest */
    uint64_t due_ns;                                  /* the timer of this peer; 0: none */
    uint64_t accepted_ns, head_ns, first_ns, last_ns; /* CLOCK_MONOTONIC */
    bool is_answering, is_timed, is_bytewise, closes_after;
    char path[64];
    struct peer *next, **link;
};

enum answer { ANSWER_BYTES, ANSWER_CLOSE, ANSWER_RESET, ANSWER_NEVER };

/* Length of the first request in `in`, body included; 0: not complete. */
size_t testserver_head_length(const struct buf *in);
/* Fills peer->out and how it is to be sent. */
enum answer testserver_answer(struct peer *peer, struct server_counters *counters);

#endif
