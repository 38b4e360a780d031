/* A server for tests: one thread, one epoll, exact counters, and every way to treat a client badly. Loopback alone.
 *
 *   testserver [--port N] [--log FILE]     prints "port N" when it listens; SIGTERM ends it
 *
 *   /                       200 with a small body            /status?code=N     that status
 *   /delay?first=US&last=US the first and the last byte so many microseconds late; a line in the log says when really
 *   /bytes?size=N           a body of N bytes                /bytewise          an answer of one byte a turn of the loop
 *   /chunked?size=N         chunks of 7 bytes and a trailer  /until-close       HTTP/1.0, ended by the close
 *   /close                  closes instead of an answer      /reset             resets instead of an answer
 *   /partial                promises more than it sends      /never             never answers
 *   /hostile                escapes, C1, bidi and broken UTF-8 in status line, header and body
 *   /raw?hex=48545450...    those bytes and then a close      /stats             counters as JSON (counts itself not)
 *
 * The log: "path accepted_ns head_ns first_ns last_ns", CLOCK_MONOTONIC, which all processes share. */
#include "testserver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"

static struct {
    int epoll_fd, listen_fd, timer_fd, signal_fd;
    FILE *log;
    struct peer *peers; /* all open ones */
    struct server_counters counters;
    unsigned delayed;
    bool is_ending;
} server;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void peer_close(struct peer *peer)
{
    *peer->link = peer->next;
    if (peer->next != NULL)
        peer->next->link = peer->link;
    if (peer->due_ns != 0)
        server.delayed--;
    close(peer->fd);
    buf_release(&peer->in);
    buf_release(&peer->out);
    free(peer);
    server.counters.open--;
}

static void peer_watch(struct peer *peer, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = peer };

    if (peer->events == events)
        return;
    peer->events = events;
    if (epoll_ctl(server.epoll_fd, EPOLL_CTL_MOD, peer->fd, &event) != 0)
        die("epoll_ctl");
}

static void arm_timer(void)
{
    struct itimerspec when = { .it_value = { 0 } };
    uint64_t next_ns = UINT64_MAX;

    for (struct peer *peer = server.peers; server.delayed > 0 && peer != NULL; peer = peer->next)
        if (peer->due_ns != 0 && peer->due_ns < next_ns)
            next_ns = peer->due_ns;
    if (next_ns != UINT64_MAX) {
        when.it_value.tv_sec = (time_t)(next_ns / 1000000000u);
        when.it_value.tv_nsec = (long)(next_ns % 1000000000u);
    }
    if (timerfd_settime(server.timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        die("timerfd_settime");
}

static void peer_delay(struct peer *peer, uint64_t due_ns)
{
    if (peer->due_ns == 0)
        server.delayed++;
    peer->due_ns = due_ns;
    arm_timer();
}

static void peer_answered(struct peer *peer)
{
    if (server.log != NULL && peer->is_timed) {
        fprintf(
            server.log, "%s %llu %llu %llu %llu\n", peer->path, (unsigned long long)peer->accepted_ns, (unsigned long long)peer->head_ns,
            (unsigned long long)peer->first_ns, (unsigned long long)peer->last_ns);
        fflush(server.log);
    }
    server.counters.answered++;
    buf_clear(&peer->out);
    peer->out_done = peer->hold_at = 0;
    peer->is_answering = peer->is_timed = peer->is_bytewise = false;
}

/* Writes up to the point where the answer is held back. false: the peer is gone. */
static bool peer_write(struct peer *peer)
{
    size_t end = peer->hold_at > 0 ? peer->hold_at : peer->out.length;

    while (peer->out_done < end) {
        size_t piece = peer->is_bytewise ? 1 : end - peer->out_done;
        ssize_t done = send(peer->fd, peer->out.data + peer->out_done, piece, MSG_NOSIGNAL);

        if (done < 0 && (errno == EAGAIN || errno == EINTR)) {
            peer_watch(peer, EPOLLIN | EPOLLOUT);
            return true;
        }
        if (done < 0) {
            peer_close(peer);
            return false;
        }
        if (peer->out_done == 0)
            peer->first_ns = clock_now_ns();
        peer->out_done += (size_t)done;
        if (peer->is_bytewise && peer->out_done < end) {
            peer_watch(peer, EPOLLIN | EPOLLOUT);
            return true;
        }
    }
    if (peer->hold_at > 0) {
        peer->hold_at = 0;
        peer_delay(peer, peer->first_ns + peer->hold_ns);
        return true;
    }
    peer->last_ns = clock_now_ns();
    if (peer->closes_after) {
        server.counters.answered++;
        peer_close(peer);
        return false;
    }
    peer_answered(peer);
    peer_watch(peer, EPOLLIN);
    return true;
}

/* Takes the requests that are complete in the input; false: the peer is gone. */
static bool peer_requests(struct peer *peer)
{
    while (!peer->is_answering && peer->in.length > 0) {
        size_t used = testserver_head_length(&peer->in);

        if (used == 0)
            return true;
        peer->head_ns = clock_now_ns();
        server.counters.requests++;
        switch (testserver_answer(peer, &server.counters)) {
        case ANSWER_CLOSE:
            peer_close(peer);
            return false;
        case ANSWER_RESET: {
            struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

            setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            peer_close(peer);
            return false;
        }
        case ANSWER_NEVER:
            peer->is_answering = true;
            break;
        case ANSWER_BYTES:
            peer->is_answering = true;
            break;
        }
        memmove(peer->in.data, peer->in.data + used, peer->in.length - used);
        peer->in.length -= used;
        if (peer->out.length == 0)
            return true;
        if (peer->delay_ns > 0)
            peer_delay(peer, peer->head_ns + peer->delay_ns);
        else if (!peer_write(peer))
            return false;
    }
    return true;
}

static bool peer_read(struct peer *peer)
{
    char bytes[16384];
    ssize_t got = recv(peer->fd, bytes, sizeof bytes, 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0 || peer->in.length > (1u << 20)) {
        peer_close(peer);
        return false;
    }
    buf_add(&peer->in, bytes, (size_t)got);
    return peer_requests(peer);
}

static void accept_all(void)
{
    int fd;

    while ((fd = accept4(server.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct peer *peer = mem_alloc(sizeof *peer);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };
        int on = 1;

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        peer->fd = fd;
        peer->events = EPOLLIN;
        peer->accepted_ns = clock_now_ns();
        buf_init(&peer->in);
        buf_init(&peer->out);
        peer->next = server.peers;
        peer->link = &server.peers;
        if (server.peers != NULL)
            server.peers->link = &peer->next;
        server.peers = peer;
        server.counters.accepted++;
        server.counters.open++;
        if (epoll_ctl(server.epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
            die("epoll_ctl");
    }
}

static void delays_due(void)
{
    uint64_t now_ns = clock_now_ns(), expired;
    struct peer *next;

    if (read(server.timer_fd, &expired, sizeof expired) < 0 && errno != EAGAIN)
        die("timerfd");
    for (struct peer *peer = server.peers; peer != NULL; peer = next) {
        next = peer->next;
        if (peer->due_ns == 0 || peer->due_ns > now_ns)
            continue;
        peer->due_ns = 0;
        server.delayed--;
        if (peer_write(peer))
            peer_requests(peer);
    }
    arm_timer();
}

static int add_fd(int fd, int *slot)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = slot };

    *slot = fd;
    if (fd < 0 || epoll_ctl(server.epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        die("set-up");
    return fd;
}

static void set_up(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    sigset_t ends;
    int fd, on = 1;

    server.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        die("listen");
    add_fd(fd, &server.listen_fd);
    add_fd(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), &server.timer_fd);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    add_fd(signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC), &server.signal_fd);
    dprintf(STDOUT_FILENO, "port %u\n", ntohs(address.sin_port));
}

/* One event a turn: a peer may be closed by the handling of another only in its own event or by a delay. */
static void turn(void)
{
    struct epoll_event event;

    if (epoll_wait(server.epoll_fd, &event, 1, -1) <= 0)
        return;
    if (event.data.ptr == &server.listen_fd) {
        accept_all();
    } else if (event.data.ptr == &server.timer_fd) {
        delays_due();
    } else if (event.data.ptr == &server.signal_fd) {
        server.is_ending = true;
    } else {
        struct peer *peer = event.data.ptr;

        if ((event.events & EPOLLOUT) != 0 && (!peer_write(peer) || !peer_requests(peer)))
            return;
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
            peer_read(peer);
    }
}

int main(int argc, char **argv)
{
    uint16_t port = 0;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0) {
            port = (uint16_t)strtoul(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--log") == 0) {
            server.log = fopen(argv[i + 1], "we");
            if (server.log == NULL)
                die(argv[i + 1]);
        }
    }
    set_up(port);
    while (!server.is_ending)
        turn();
    while (server.peers != NULL)
        peer_close(server.peers);
    if (server.log != NULL)
        fclose(server.log);
    return 0;
}
