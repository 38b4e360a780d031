/* The users of the demo target: a small store in memory, with five of them at the start. The oldest that were added later
 * make room when it is full, so that answers stay small however long the load goes on. One owner thread. */
#ifndef ONAGER_USERS_H
#define ONAGER_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USERS_MAX 1000

struct user {
    uint64_t id;
    char *name, *email;
    char created_at[24]; /* 2026-01-31T12:00:00Z */
};

struct users {
    struct user *list; /* ascending by id */
    size_t count;
    uint64_t next_id;
};

void users_init(struct users *users, uint64_t wall_ns);
void users_release(struct users *users);
/* NULL name or email: one is made up. Returns the new user; valid until the next change. */
const struct user *users_add(struct users *users, const char *name, const char *email, uint64_t wall_ns);
const struct user *users_find(const struct users *users, uint64_t id); /* NULL: unknown */
/* NULL keeps the old value. NULL is returned when there is no such user. */
const struct user *users_change(struct users *users, uint64_t id, const char *name, const char *email);
bool users_remove(struct users *users, uint64_t id);

#endif
