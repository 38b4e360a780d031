/* The scripted server: blocking calls in its own thread, each with a limit. */
#include "script_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"

#define LIMIT_MS 10000
#define MAX_KEPT 256

struct script_server {
    pthread_t thread;
    int listener, connection, told;
    int kept[MAX_KEPT];
    size_t kept_count;
    uint16_t port;
    const struct script_step *steps;
    size_t step_count, failed_step;
};

static bool wait_for(int fd, short events)
{
    struct pollfd p = { .fd = fd, .events = events };

    return poll(&p, 1, LIMIT_MS) == 1;
}

static void close_connection(struct script_server *server)
{
    if (server->connection >= 0)
        close(server->connection);
    server->connection = -1;
}

static void close_kept(struct script_server *server)
{
    while (server->kept_count > 0)
        close(server->kept[--server->kept_count]);
}

static bool do_accept(struct script_server *server)
{
    int on = 1;

    close_connection(server);
    if (!wait_for(server->listener, POLLIN))
        return false;
    server->connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    return server->connection >= 0 && setsockopt(server->connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

static bool read_some(struct script_server *server, char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t n = wait_for(server->connection, POLLIN) ? recv(server->connection, bytes, count, 0) : -1;

        if (n <= 0)
            return false;
        count -= (size_t)n;
        bytes += n;
    }
    return true;
}

static bool do_read_head(struct script_server *server)
{
    char last[4] = { 0 };

    while (memcmp(last, "\r\n\r\n", 4) != 0) {
        memmove(last, last + 1, 3);
        if (!read_some(server, last + 3, 1))
            return false;
    }
    return true;
}

static bool do_read(struct script_server *server, size_t count)
{
    char bytes[4096];

    while (count > 0) {
        size_t part = count < sizeof bytes ? count : sizeof bytes;

        if (!read_some(server, bytes, part))
            return false;
        count -= part;
    }
    return true;
}

static bool do_read_end(struct script_server *server)
{
    char bytes[4096];
    ssize_t n;

    do {
        if (!wait_for(server->connection, POLLIN))
            return false;
        n = recv(server->connection, bytes, sizeof bytes, 0);
    } while (n > 0);
    return n == 0 || errno == ECONNRESET;
}

static bool do_send(struct script_server *server, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = wait_for(server->connection, POLLOUT) ? send(server->connection, bytes, length, MSG_NOSIGNAL) : -1;

        if (n <= 0) /* the client may have had enough */
            return errno == EPIPE || errno == ECONNRESET;
        length -= (size_t)n;
        bytes += n;
    }
    return true;
}

static bool do_step(struct script_server *server, const struct script_step *step)
{
    const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
    uint64_t told;
    bool ok = true;

    switch (step->op) {
    case SCRIPT_ACCEPT:
        return do_accept(server);
    case SCRIPT_READ_HEAD:
        return do_read_head(server);
    case SCRIPT_READ:
        return do_read(server, step->count);
    case SCRIPT_READ_END:
        return do_read_end(server);
    case SCRIPT_SEND:
        for (size_t i = 0; ok && (i < step->count || i == 0); i++)
            ok = do_send(server, step->bytes, strlen(step->bytes));
        return ok;
    case SCRIPT_SEND_BYTES:
        for (const char *at = step->bytes; ok && *at != '\0'; at++)
            ok = do_send(server, at, 1);
        return ok;
    case SCRIPT_WAIT:
        return wait_for(server->told, POLLIN) && read(server->told, &told, sizeof told) == sizeof told;
    case SCRIPT_KEEP:
        if (server->kept_count == MAX_KEPT)
            return false;
        server->kept[server->kept_count++] = server->connection;
        server->connection = -1;
        return true;
    case SCRIPT_CLOSE_KEPT:
        close_kept(server);
        return true;
    case SCRIPT_CLOSE:
        close_connection(server);
        return true;
    case SCRIPT_RESET:
        setsockopt(server->connection, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close_connection(server);
        return true;
    case SCRIPT_HALF_CLOSE:
        return shutdown(server->connection, SHUT_WR) == 0;
    case SCRIPT_REPEAT:
        break;
    }
    return false;
}

static void *play(void *argument)
{
    struct script_server *server = argument;
    size_t turns = 1;

    for (size_t i = 0; i < server->step_count; i++) {
        if (server->steps[i].op == SCRIPT_REPEAT) {
            if (turns++ < server->steps[i].count)
                i = SIZE_MAX; /* the loop adds one */
            continue;
        }
        if (!do_step(server, &server->steps[i])) {
            server->failed_step = i + 1;
            break;
        }
    }
    close_connection(server);
    close_kept(server);
    return NULL;
}

struct script_server *script_server_start(const char *address, int backlog, const struct script_step *steps, size_t step_count)
{
    struct script_server *server = mem_alloc(sizeof *server);
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    bool is_v6 = strchr(address, ':') != NULL;
    struct sockaddr *any = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t length = is_v6 ? sizeof v6 : sizeof v4;

    inet_pton(is_v6 ? AF_INET6 : AF_INET, address, is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr);
    server->connection = -1;
    server->steps = steps;
    server->step_count = step_count;
    server->told = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
    server->listener = socket(any->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 || bind(server->listener, any, length) != 0 || listen(server->listener, backlog) != 0) {
        close(server->told);
        if (server->listener >= 0)
            close(server->listener);
        free(server);
        return NULL;
    }
    getsockname(server->listener, any, &length);
    server->port = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
    INVARIANT(pthread_create(&server->thread, NULL, play, server) == 0);
    return server;
}

uint16_t script_server_port(const struct script_server *server)
{
    return server->port;
}

void script_server_tell(struct script_server *server)
{
    const uint64_t one = 1;

    INVARIANT(write(server->told, &one, sizeof one) == sizeof one);
}

size_t script_server_stop(struct script_server *server)
{
    size_t failed_step;

    pthread_join(server->thread, NULL);
    failed_step = server->failed_step;
    close(server->listener);
    close(server->told);
    free(server);
    return failed_step;
}
