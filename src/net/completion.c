/* A list with a pointer to its end. */
#include "completion.h"

#include "mem.h"

void completion_queue_init(struct completion_queue *queue, void (*on_ready)(struct completion_queue *))
{
    *queue = (struct completion_queue){ .on_ready = on_ready };
    queue->end = &queue->first;
}

void completion_open(struct completion_queue *queue, struct completion *completion)
{
    INVARIANT(!completion->is_under_way && !completion->is_waiting);
    completion->is_under_way = true;
    queue->under_way++;
}

void completion_put(struct completion_queue *queue, struct completion *completion)
{
    INVARIANT(completion->is_under_way);
    completion->is_under_way = false;
    completion->is_waiting = true;
    completion->next = NULL;
    *queue->end = completion;
    queue->end = &completion->next;
    queue->under_way--;
    queue->waiting++;
    if (queue->waiting == 1 && queue->on_ready != NULL)
        queue->on_ready(queue);
}

static void unlink_from(struct completion_queue *queue, struct completion **link)
{
    struct completion *completion = *link;

    *link = completion->next;
    if (*link == NULL)
        queue->end = link;
    completion->is_waiting = false;
    queue->waiting--;
}

struct completion *completion_take(struct completion_queue *queue)
{
    struct completion *completion = queue->first;

    if (completion != NULL)
        unlink_from(queue, &queue->first);
    return completion;
}

void completion_give_up(struct completion_queue *queue, struct completion *completion)
{
    if (completion->is_under_way) {
        completion->is_under_way = false;
        queue->under_way--;
    } else if (completion->is_waiting) {
        struct completion **link = &queue->first;

        while (*link != completion)
            link = &(*link)->next;
        unlink_from(queue, link);
    }
}

bool completion_queue_is_empty(const struct completion_queue *queue)
{
    return queue->under_way == 0 && queue->waiting == 0;
}
