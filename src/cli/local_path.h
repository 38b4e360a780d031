/* Where the sockets of runs are: a directory that belongs to the user alone, a socket for each process that runs. Main thread. */
#ifndef ONAGER_LOCAL_PATH_H
#define ONAGER_LOCAL_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

#include "onager/error.h"

/* Protocol of the socket: lines of JSON, each at most so long. The first line comes from the run and names it. */
#define LOCAL_PROTOCOL "onager.local/1"
#define LOCAL_LINE_MAX 4096 /* of a client */

/* The directory, made if need be: $XDG_RUNTIME_DIR/onager, /run/user/UID/onager, ~/.local/state/onager or /tmp/onager-UID, whichever
 * can be had first. Owned by the user and closed to others. -1 and *err (EXIT_USAGE) when none can. */
int local_directory(char *out, size_t size, struct error *err);

/* The address of this process's socket in it. */
int local_own_address(struct sockaddr_un *address, struct error *err);

/* A run that answers. */
struct local_run {
    int fd; /* connected; owned */
    long pid;
    char run[40], plan[80], state[12];
};

/* Connects to every run of the user there is, at most `count`; sockets that nobody answers are removed. Returns how many. */
size_t local_find(struct local_run *runs, size_t count);

/* Whether the other end belongs to the same user, or to root. */
bool local_is_ours(int fd);

#endif
