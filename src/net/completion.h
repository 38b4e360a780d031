/* What is done and waits to be taken: many operations of a VU may be under way, and its host (a flow, a script) takes their
 * completions one by one, in the order in which they ended. Intrusive: the node is embedded in what completes, so nothing is
 * allocated. One owner; the loop's thread.
 *
 *   free --open()--> under way --put()--> waiting --take()--> free */
#ifndef ONAGER_COMPLETION_H
#define ONAGER_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>

struct completion {
    void *owner; /* what completed: set by who embeds it */
    bool is_under_way, is_waiting;
    struct completion *next;
};

struct completion_queue {
    struct completion *first, **end;
    size_t under_way, waiting;
    /* Something came into the empty queue: resume whoever takes. Called from put(). May be NULL. */
    void (*on_ready)(struct completion_queue *queue);
};

void completion_queue_init(struct completion_queue *queue, void (*on_ready)(struct completion_queue *));
/* It was started: it will be put, or given up. */
void completion_open(struct completion_queue *queue, struct completion *completion);
/* It ended. */
void completion_put(struct completion_queue *queue, struct completion *completion);
/* The one that ended first, NULL: none waits. */
struct completion *completion_take(struct completion_queue *queue);
/* It was cancelled: it is neither under way nor waiting any more. */
void completion_give_up(struct completion_queue *queue, struct completion *completion);
/* Nothing is under way and nothing waits: the iteration may end. */
bool completion_queue_is_empty(const struct completion_queue *queue);

#endif
