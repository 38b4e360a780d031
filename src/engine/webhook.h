/* Posts of JSON to a URL, each on a thread of its own, so that whoever asks never waits for a network. */
#ifndef ONAGER_WEBHOOK_H
#define ONAGER_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>

struct webhook;

/* Those on their way. Control thread. */
struct webhooks {
    struct webhook *first;
};

/* Sends a copy of body once. */
void webhook_post(struct webhooks *webhooks, const char *url, const char *body);
/* Takes one that has ended: true, and what came of it ("204", or why not) in text; *is_good: an answer below 400. */
bool webhook_ended(struct webhooks *webhooks, bool *is_good, char *text, size_t size);
/* Waits for all, at most as long as one may take. */
void webhooks_release(struct webhooks *webhooks);

#endif
