/* A server inside a test: one thread on poll(); requests carry no body, so each empty line is one request. */
#include "count_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"

#define MAX_CONNECTIONS 512

struct count_server {
    int listen_fd, stop_fds[2];
    uint16_t port;
    atomic_uint_fast64_t requests;
    atomic_bool answers;
    pthread_t thread;
    struct pollfd fds[MAX_CONNECTIONS + 2];
    unsigned matched[MAX_CONNECTIONS + 2]; /* bytes of the empty line seen so far */
    nfds_t count;
};

static bool serve(struct count_server *server, nfds_t i)
{
    static const char end[] = "\r\n\r\n";
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    char bytes[65536];
    ssize_t got = recv(server->fds[i].fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (got <= 0)
        return false;
    for (ssize_t k = 0; k < got; k++) {
        server->matched[i] = bytes[k] == end[server->matched[i]] ? server->matched[i] + 1 : bytes[k] == '\r';
        if (server->matched[i] < 4)
            continue;
        server->matched[i] = 0;
        atomic_fetch_add(&server->requests, 1);
        if (atomic_load(&server->answers) && send(server->fds[i].fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
            return false;
    }
    return true;
}

static void accept_one(struct count_server *server)
{
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    INVARIANT(server->count < MAX_CONNECTIONS + 2);
    server->matched[server->count] = 0;
    server->fds[server->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void *serve_all(void *argument)
{
    struct count_server *server = argument;

    for (;;) {
        poll(server->fds, server->count, -1);
        if (server->fds[0].revents != 0)
            break;
        if (server->fds[1].revents != 0)
            accept_one(server);
        for (nfds_t i = server->count - 1; i >= 2; i--)
            if (server->fds[i].revents != 0 && !serve(server, i)) {
                close(server->fds[i].fd);
                server->fds[i] = server->fds[--server->count];
                server->matched[i] = server->matched[server->count];
            }
    }
    for (nfds_t i = 2; i < server->count; i++)
        close(server->fds[i].fd);
    return NULL;
}

struct count_server *count_server_new(void)
{
    struct count_server *server = mem_alloc(sizeof *server);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;

    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    INVARIANT(server->listen_fd >= 0);
    INVARIANT(bind(server->listen_fd, (struct sockaddr *)&address, sizeof address) == 0);
    INVARIANT(listen(server->listen_fd, 512) == 0);
    INVARIANT(getsockname(server->listen_fd, (struct sockaddr *)&address, &length) == 0);
    INVARIANT(pipe(server->stop_fds) == 0);
    server->port = ntohs(address.sin_port);
    atomic_store(&server->answers, true);
    server->fds[0] = (struct pollfd){ .fd = server->stop_fds[0], .events = POLLIN };
    server->fds[1] = (struct pollfd){ .fd = server->listen_fd, .events = POLLIN };
    server->count = 2;
    INVARIANT(pthread_create(&server->thread, NULL, serve_all, server) == 0);
    return server;
}

void count_server_free(struct count_server *server)
{
    INVARIANT(write(server->stop_fds[1], "x", 1) == 1);
    pthread_join(server->thread, NULL);
    close(server->stop_fds[0]);
    close(server->stop_fds[1]);
    close(server->listen_fd);
    free(server);
}

uint16_t count_server_port(const struct count_server *server)
{
    return server->port;
}

uint64_t count_server_requests(const struct count_server *server)
{
    return atomic_load(&server->requests);
}

void count_server_answer(struct count_server *server, bool answers)
{
    atomic_store(&server->answers, answers);
}
