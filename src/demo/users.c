/* The store of users: an array in the order of ids. */
#include "users.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mem.h"
#include "onager/units.h"

static const char *const first_users[] = { "Alice", "Bob", "Charlie", "Diana", "Eve" };
#define FIRST_COUNT (sizeof first_users / sizeof *first_users)

static void user_release(struct user *user)
{
    free(user->name);
    free(user->email);
}

static void user_stamp(struct user *user, uint64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    struct tm when;

    gmtime_r(&seconds, &when);
    strftime(user->created_at, sizeof user->created_at, "%Y-%m-%dT%H:%M:%SZ", &when);
}

/* Index of the user, or of the first with a greater id. */
static size_t user_index(const struct users *users, uint64_t id)
{
    size_t from = 0, to = users->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (users->list[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static struct user *user_find(const struct users *users, uint64_t id)
{
    size_t index = user_index(users, id);

    return index < users->count && users->list[index].id == id ? &users->list[index] : NULL;
}

static void user_remove_at(struct users *users, size_t index)
{
    user_release(&users->list[index]);
    users->count--;
    memmove(&users->list[index], &users->list[index + 1], (users->count - index) * sizeof *users->list);
}

void users_init(struct users *users, uint64_t wall_ns)
{
    users->list = mem_array(USERS_MAX, sizeof *users->list);
    users->count = 0;
    users->next_id = 1;
    for (size_t i = 0; i < FIRST_COUNT; i++) {
        char *email = mem_format("user%zu@example.org", i + 1);

        users_add(users, first_users[i], email, wall_ns);
        free(email);
    }
}

void users_release(struct users *users)
{
    for (size_t i = 0; i < users->count; i++)
        user_release(&users->list[i]);
    free(users->list);
    users->list = NULL;
    users->count = 0;
}

const struct user *users_add(struct users *users, const char *name, const char *email, uint64_t wall_ns)
{
    struct user *user;

    if (users->count == USERS_MAX)
        user_remove_at(users, FIRST_COUNT < users->count ? FIRST_COUNT : 0);
    user = &users->list[users->count++];
    user->id = users->next_id++;
    user->name = name != NULL ? mem_copy(name) : mem_format("User %llu", (unsigned long long)user->id);
    user->email = email != NULL ? mem_copy(email) : mem_format("user%llu@example.org", (unsigned long long)user->id);
    user_stamp(user, wall_ns);
    return user;
}

const struct user *users_find(const struct users *users, uint64_t id)
{
    return user_find(users, id);
}

const struct user *users_change(struct users *users, uint64_t id, const char *name, const char *email)
{
    struct user *user = user_find(users, id);

    if (user == NULL)
        return NULL;
    if (name != NULL) {
        free(user->name);
        user->name = mem_copy(name);
    }
    if (email != NULL) {
        free(user->email);
        user->email = mem_copy(email);
    }
    return user;
}

bool users_remove(struct users *users, uint64_t id)
{
    size_t index = user_index(users, id);

    if (index == users->count || users->list[index].id != id)
        return false;
    user_remove_at(users, index);
    return true;
}
