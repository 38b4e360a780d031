/* The socket of a run. Its thread waits for snapshots and for clients together and never waits for one client: what a client does
 * not take is kept within a bound, then the client is dropped.
 *
 *   client: {"do":"status"} · {"do":"watch"} · {"do":"stats"} · {"do":"command","line":"rate 200"}
 *   run:    a line for each; {"ok":...,"text":...} for a command, when it took effect or was refused */
#include "local_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "clock.h"
#include "local_answer.h"
#include "local_path.h"
#include "mem.h"

#define PEERS 16
#define OUT_MAX (4 << 20) /* bytes kept for a client that does not read */
#define WATCH_NS NS_PER_S
#define LAST_WORDS_NS NS_PER_S
#define ANSWER_NS (2 * NS_PER_S) /* longest wait for what came of a command */
#define AUTHOR "ctl"

struct peer {
    int fd; /* -1: free */
    char in[LOCAL_LINE_MAX];
    size_t in_length;
    struct buf out;
    bool is_watching;
    uint64_t next_ns;       /* watching: when the next line is due */
    uint64_t asked_ns;      /* a command was sent; 0: none */
    enum command_kind kind; /* which */
    uint64_t asked_wall_ns; /* events newer than this may be the answer */
};

struct local_server {
    const struct plan *plan;
    struct client *client;
    const struct snapshot *latest; /* held */
    struct sockaddr_un address;
    int listen_fd, stop_fd;
    pthread_t thread;
    struct peer peers[PEERS];
};

static void drop(struct peer *peer)
{
    close(peer->fd);
    buf_release(&peer->out);
    *peer = (struct peer){ .fd = -1 };
}

/* ---- what clients ask ---- */

static uint64_t newest_event(const struct snapshot *s)
{
    return s != NULL && s->event_count > 0 ? s->events[s->event_count - 1].wall_ns : 0;
}

static void command(struct local_server *server, struct peer *peer, const char *line)
{
    struct command command = { .scenario = 0 };
    struct error err = { 0 };

    if (peer->asked_ns != 0)
        local_reply(&peer->out, false, "one command at a time");
    else if (onager_command_parse(&command, line, server->plan, &err) != 0)
        local_reply(&peer->out, false, err.text);
    else if (!onager_client_send(server->client, &command))
        local_reply(&peer->out, false, "too many commands wait already");
    else {
        peer->asked_ns = clock_now_ns();
        peer->kind = command.kind;
        peer->asked_wall_ns = newest_event(server->latest);
    }
}

static void line_read(struct local_server *server, struct peer *peer, const char *line, size_t length)
{
    json_t *asked = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    const char *what = json_string_value(json_object_get(asked, "do")), *words = json_string_value(json_object_get(asked, "line"));

    if (what == NULL)
        local_reply(&peer->out, false, "that is no request: {\"do\":\"status\"}");
    else if (strcmp(what, "status") == 0)
        local_status(&peer->out, server->latest);
    else if (strcmp(what, "stats") == 0)
        local_stats(&peer->out, server->latest);
    else if (strcmp(what, "watch") == 0)
        peer->is_watching = true;
    else if (strcmp(what, "command") == 0 && words != NULL)
        command(server, peer, words);
    else
        local_reply(&peer->out, false, "status, watch, stats and command are what can be asked");
    json_decref(asked);
}

/* What came of a command: the newest event of ours since. */
static void answer(struct local_server *server, struct peer *peer, uint64_t now_ns)
{
    const struct snapshot *s = server->latest;

    if (peer->asked_ns == 0)
        return;
    for (size_t i = s != NULL ? s->event_count : 0; i > 0 && s->events[i - 1].wall_ns > peer->asked_wall_ns; i--) {
        if (strcmp(s->events[i - 1].by, AUTHOR) != 0)
            continue;
        if (s->at_ns <= s->events[i - 1].at_ns && !s->is_final && now_ns < peer->asked_ns + ANSWER_NS)
            return; /* not yet: whoever asks next shall see it */
        local_reply(&peer->out, s->events[i - 1].kind != EVENT_WARNING, s->events[i - 1].text);
        peer->asked_ns = 0;
        return;
    }
    if (s != NULL && s->is_final && peer->kind != COMMAND_RERUN)
        local_reply(&peer->out, false, "the run has ended");
    else if (now_ns > peer->asked_ns + ANSWER_NS)
        local_reply(&peer->out, false, "the run does not answer");
    else
        return;
    peer->asked_ns = 0;
}

static void watch(struct local_server *server, struct peer *peer, uint64_t now_ns)
{
    if (!peer->is_watching || server->latest == NULL || (now_ns < peer->next_ns && !server->latest->is_final))
        return;
    local_status(&peer->out, server->latest);
    peer->next_ns = now_ns + WATCH_NS;
    peer->is_watching = !server->latest->is_final;
}

/* ---- bytes ---- */

static bool receive(struct local_server *server, struct peer *peer)
{
    ssize_t got = recv(peer->fd, peer->in + peer->in_length, sizeof peer->in - peer->in_length, MSG_DONTWAIT);
    char *end;

    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    peer->in_length += (size_t)got;
    while ((end = memchr(peer->in, '\n', peer->in_length)) != NULL) {
        size_t length = (size_t)(end - peer->in) + 1;

        line_read(server, peer, peer->in, length - 1);
        peer->in_length -= length;
        memmove(peer->in, peer->in + length, peer->in_length);
    }
    return peer->in_length < sizeof peer->in; /* a line that does not end is no request */
}

static bool flush(struct peer *peer)
{
    ssize_t sent;

    if (peer->out.length == 0)
        return true;
    sent = send(peer->fd, peer->out.data, peer->out.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return (errno == EAGAIN || errno == EINTR) && peer->out.length < OUT_MAX;
    memmove(peer->out.data, peer->out.data + sent, peer->out.length - (size_t)sent);
    peer->out.length -= (size_t)sent;
    peer->out.data[peer->out.length] = '\0';
    return peer->out.length < OUT_MAX;
}

static void greet(struct local_server *server)
{
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    for (int i = 0; fd >= 0 && i < PEERS && local_is_ours(fd); i++) {
        struct peer *peer = &server->peers[i];

        if (peer->fd >= 0)
            continue;
        peer->fd = fd;
        buf_init(&peer->out);
        local_hello(&peer->out, server->plan, server->latest);
        return;
    }
    if (fd >= 0)
        close(fd);
}

/* ---- the thread ---- */

static void take_snapshot(struct local_server *server)
{
    const struct snapshot *newer = onager_client_wait(server->client, 0) ? onager_client_latest(server->client) : NULL;

    if (newer == NULL)
        return;
    if (server->latest != NULL)
        onager_client_release(server->client, server->latest);
    server->latest = newer;
}

static void *server_main(void *argument)
{
    struct local_server *server = argument;
    struct pollfd fds[PEERS + 3];

    while (true) {
        uint64_t now_ns;

        fds[0] = (struct pollfd){ .fd = server->stop_fd, .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = server->listen_fd, .events = POLLIN };
        fds[2] = (struct pollfd){ .fd = onager_client_fd(server->client), .events = POLLIN };
        for (int i = 0; i < PEERS; i++)
            fds[i + 3] =
                (struct pollfd){ .fd = server->peers[i].fd,
                                 .events = (short)(POLLIN | (server->peers[i].fd >= 0 && server->peers[i].out.length > 0 ? POLLOUT : 0)) };
        poll(fds, PEERS + 3, 500);
        if (fds[0].revents != 0)
            return NULL;
        take_snapshot(server);
        if (fds[1].revents != 0)
            greet(server);
        now_ns = clock_now_ns();
        for (int i = 0; i < PEERS; i++) {
            struct peer *peer = &server->peers[i];
            bool is_good = peer->fd >= 0;

            if (is_good && fds[i + 3].fd == peer->fd && (fds[i + 3].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
                is_good = receive(server, peer);
            if (is_good) {
                answer(server, peer, now_ns);
                watch(server, peer, now_ns);
                is_good = flush(peer);
            }
            if (peer->fd >= 0 && !is_good)
                drop(peer);
        }
    }
}

/* ---- begin and end ---- */

static int listen_there(struct local_server *server, struct error *err)
{
    if (local_own_address(&server->address, err) != 0)
        return -1;
    server->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listen_fd < 0)
        return error_set(err, EXIT_USAGE, "no file descriptor left for the socket of the run: raise ulimit -n");
    unlink(server->address.sun_path); /* of a process with the same id that is gone */
    if (bind(server->listen_fd, (const struct sockaddr *)&server->address, sizeof server->address) != 0 ||
        chmod(server->address.sun_path, 0600) != 0 || listen(server->listen_fd, PEERS) != 0) {
        error_set(err, EXIT_USAGE, "%s: %s", server->address.sun_path, strerror(errno));
        close(server->listen_fd);
        return -1;
    }
    return 0;
}

struct local_server *local_server_start(struct engine *engine, const struct plan *plan, struct error *err)
{
    struct local_server *server = mem_alloc(sizeof *server);
    sigset_t all, before;
    int failed;

    server->plan = plan;
    for (int i = 0; i < PEERS; i++)
        server->peers[i].fd = -1;
    if (listen_there(server, err) != 0) {
        free(server);
        return NULL;
    }
    server->stop_fd = eventfd(0, EFD_CLOEXEC);
    INVARIANT(server->stop_fd >= 0);
    server->client = onager_client_new(engine, AUTHOR, 8);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&server->thread, NULL, server_main, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    INVARIANT(failed == 0);
    return server;
}

/* Somebody wants to hear of the end, and it is not known yet. */
static bool is_waited_for(const struct local_server *server)
{
    if (server->latest != NULL && server->latest->is_final)
        return false;
    for (int i = 0; i < PEERS; i++)
        if (server->peers[i].fd >= 0 && (server->peers[i].asked_ns != 0 || server->peers[i].is_watching))
            return true;
    return false;
}

void local_server_stop(struct local_server *server)
{
    uint64_t one = 1;

    if (server == NULL)
        return;
    while (write(server->stop_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    pthread_join(server->thread, NULL);
    /* the last words: the end, to those who watch or asked; our copy of it may come a moment after that of who ends the program */
    take_snapshot(server);
    for (uint64_t until_ns = clock_now_ns() + LAST_WORDS_NS; is_waited_for(server) && clock_now_ns() < until_ns;) {
        onager_client_wait(server->client, 20);
        take_snapshot(server);
    }
    for (int i = 0; i < PEERS; i++)
        if (server->peers[i].fd >= 0) {
            answer(server, &server->peers[i], clock_now_ns());
            watch(server, &server->peers[i], UINT64_MAX - WATCH_NS);
            flush(&server->peers[i]);
            drop(&server->peers[i]);
        }
    if (server->latest != NULL)
        onager_client_release(server->client, server->latest);
    unlink(server->address.sun_path);
    close(server->listen_fd);
    close(server->stop_fd);
    free(server);
}
