/* The server of the self test on epoll and a timer. It knows nothing of the engine, and HTTP just as far as onager speaks it: heads
 * without a body, one at a time on a connection.
 *
 *     head read: arrived -> [waits in the heap until due] -> answer written: answered
 *
 * The record is written by the thread alone and read behind `count`: an entry below it never changes again. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "delays.h"
#include "mem.h"
#include "onager/units.h"

#define HEAD_MAX 4096
#define RECORDS_MAX (1u << 20)
#define EVENTS 64

struct peer {
    int fd;
    struct probe_record record; /* of the request under way */
    bool is_waiting, is_gone;
    size_t length;
    char head[HEAD_MAX];
    struct peer *next, **back;
};

struct probe {
    int epoll_fd, listen_fd, timer_fd, wake_fd;
    uint16_t port;
    int64_t false_ns;
    pthread_t thread;
    atomic_bool is_stopping;
    _Atomic uint64_t stall_ns;                       /* asked for; the thread takes it */
    _Atomic uint64_t stall_began_ns, stall_ended_ns; /* of the last one; ended is written last, released */
    struct probe_record *records;                    /* RECORDS_MAX of them; pages that are not touched cost nothing */
    atomic_size_t count;                             /* release: entries below it are complete */
    struct delays delays;                            /* of the thread, as what follows */
    struct peer *peers;
};

/* ---- a connection ---- */

static void peer_free(struct peer *peer)
{
    *peer->back = peer->next;
    if (peer->next != NULL)
        peer->next->back = peer->back;
    close(peer->fd);
    free(peer);
}

static void answer(struct probe *probe, struct peer *peer)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    size_t count = atomic_load_explicit(&probe->count, memory_order_relaxed);

    peer->is_waiting = false;
    if (peer->is_gone) { /* hung up while it waited */
        peer_free(peer);
        return;
    }
    peer->record.answered_ns = clock_now_ns();
    if (send(peer->fd, text, sizeof text - 1, MSG_NOSIGNAL) != (ssize_t)sizeof text - 1) {
        peer_free(peer);
        return;
    }
    if (count == RECORDS_MAX)
        return;
    peer->record.answered_ns = (uint64_t)((int64_t)peer->record.answered_ns + probe->false_ns);
    probe->records[count] = peer->record;
    atomic_store_explicit(&probe->count, count + 1, memory_order_release);
}

/* The head is complete: the answer now, or when it is due. */
static void take_request(struct probe *probe, struct peer *peer)
{
    const char *slash = memchr(peer->head, '/', peer->length);

    peer->record = (struct probe_record){ .arrived_ns = clock_now_ns() };
    peer->record.wait_us = slash != NULL ? (uint32_t)strtoul(slash + 1, NULL, 10) : 0;
    peer->length = 0;
    if (peer->record.wait_us == 0) {
        answer(probe, peer);
        return;
    }
    peer->is_waiting = true;
    delays_add(&probe->delays, peer->record.arrived_ns + peer->record.wait_us * NS_PER_US, peer);
}

static void read_peer(struct probe *probe, struct peer *peer)
{
    ssize_t got = recv(peer->fd, peer->head + peer->length, sizeof peer->head - 1 - peer->length, 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 || peer->is_waiting) { /* nothing comes before the answer but the end */
        epoll_ctl(probe->epoll_fd, EPOLL_CTL_DEL, peer->fd, NULL);
        if (peer->is_waiting)
            peer->is_gone = true;
        else
            peer_free(peer);
        return;
    }
    peer->length += (size_t)got;
    peer->head[peer->length] = '\0';
    if (strstr(peer->head, "\r\n\r\n") != NULL) {
        take_request(probe, peer);
    } else if (peer->length == sizeof peer->head - 1) {
        epoll_ctl(probe->epoll_fd, EPOLL_CTL_DEL, peer->fd, NULL);
        peer_free(peer);
    }
}

static void accept_all(struct probe *probe)
{
    int fd;

    while ((fd = accept4(probe->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct peer *peer = mem_alloc(sizeof *peer);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
        *peer = (struct peer){ .fd = fd, .next = probe->peers, .back = &probe->peers };
        if (peer->next != NULL)
            peer->next->back = &peer->next;
        probe->peers = peer;
        if (epoll_ctl(probe->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
            peer_free(peer);
    }
}

/* ---- the thread ---- */

static void stand_still(struct probe *probe, uint64_t duration_ns)
{
    uint64_t began_ns = clock_now_ns(), until_ns = began_ns + duration_ns;
    const struct timespec until = { (time_t)(until_ns / NS_PER_S), (long)(until_ns % NS_PER_S) };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
    atomic_store_explicit(&probe->stall_began_ns, began_ns, memory_order_relaxed);
    atomic_store_explicit(&probe->stall_ended_ns, clock_now_ns(), memory_order_release);
}

static void answer_due(struct probe *probe)
{
    struct itimerspec next = { 0 };
    struct peer *peer;
    uint64_t due_ns;

    while ((peer = delays_take_due(&probe->delays, clock_now_ns())) != NULL)
        answer(probe, peer);
    due_ns = delays_next_ns(&probe->delays);
    if (due_ns != UINT64_MAX)
        next.it_value = (struct timespec){ (time_t)(due_ns / NS_PER_S), (long)(due_ns % NS_PER_S) };
    timerfd_settime(probe->timer_fd, TFD_TIMER_ABSTIME, &next, NULL);
}

static void *probe_main(void *data)
{
    struct probe *probe = data;

    while (!atomic_load_explicit(&probe->is_stopping, memory_order_acquire)) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(probe->epoll_fd, events, EVENTS, -1);
        uint64_t stall_ns = atomic_exchange_explicit(&probe->stall_ns, 0, memory_order_acquire), ticks;

        if (stall_ns > 0)
            stand_still(probe, stall_ns);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &probe->listen_fd)
                accept_all(probe);
            else if (events[i].data.ptr == &probe->timer_fd || events[i].data.ptr == &probe->wake_fd)
                (void)!read(*(int *)events[i].data.ptr, &ticks, sizeof ticks);
            else
                read_peer(probe, events[i].data.ptr);
        }
        answer_due(probe);
    }
    return NULL;
}

/* ---- public ---- */

static int watch(struct probe *probe, int *fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = fd };

    return *fd < 0 ? -1 : epoll_ctl(probe->epoll_fd, EPOLL_CTL_ADD, *fd, &event);
}

static int open_all(struct probe *probe)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;

    probe->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    probe->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    probe->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    probe->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (probe->epoll_fd < 0 || probe->listen_fd < 0 || bind(probe->listen_fd, (struct sockaddr *)&address, length) != 0 ||
        listen(probe->listen_fd, 4096) != 0 || getsockname(probe->listen_fd, (struct sockaddr *)&address, &length) != 0)
        return -1;
    probe->port = ntohs(address.sin_port);
    return watch(probe, &probe->listen_fd) | watch(probe, &probe->timer_fd) | watch(probe, &probe->wake_fd);
}

static void close_all(struct probe *probe)
{
    const int fds[] = { probe->epoll_fd, probe->listen_fd, probe->timer_fd, probe->wake_fd };

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void wake(struct probe *probe)
{
    const uint64_t one = 1;

    while (write(probe->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

struct probe *probe_new(int64_t false_ns, struct error *err)
{
    struct probe *probe = mem_alloc(sizeof *probe);
    sigset_t all, old;
    int failed;

    probe->false_ns = false_ns;
    probe->epoll_fd = probe->listen_fd = probe->timer_fd = probe->wake_fd = -1;
    if (open_all(probe) != 0) {
        error_set(err, EXIT_USAGE, "no server on 127.0.0.1 for the self test: %s", strerror(errno));
        close_all(probe);
        free(probe);
        return NULL;
    }
    probe->records = mem_array(RECORDS_MAX, sizeof *probe->records);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    failed = pthread_create(&probe->thread, NULL, probe_main, probe);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed == 0)
        return probe;
    error_set(err, EXIT_USAGE, "no thread for the server of the self test: %s", strerror(failed));
    close_all(probe);
    free(probe->records);
    free(probe);
    return NULL;
}

void probe_free(struct probe *probe)
{
    if (probe == NULL)
        return;
    atomic_store_explicit(&probe->is_stopping, true, memory_order_release);
    wake(probe);
    pthread_join(probe->thread, NULL);
    for (struct peer *peer = probe->peers, *next; peer != NULL; peer = next) {
        next = peer->next;
        peer_free(peer);
    }
    delays_release(&probe->delays);
    close_all(probe);
    free(probe->records);
    free(probe);
}

uint16_t probe_port(const struct probe *probe)
{
    return probe->port;
}

void probe_stall(struct probe *probe, uint64_t duration_ns)
{
    atomic_store_explicit(&probe->stall_ended_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&probe->stall_ns, duration_ns, memory_order_release);
    wake(probe);
}

int probe_stalled(const struct probe *probe, struct probe_stall *stall)
{
    stall->ended_ns = atomic_load_explicit(&probe->stall_ended_ns, memory_order_acquire);
    stall->began_ns = atomic_load_explicit(&probe->stall_began_ns, memory_order_relaxed);
    return stall->ended_ns != 0;
}

size_t probe_count(const struct probe *probe)
{
    return atomic_load_explicit(&probe->count, memory_order_acquire);
}

struct probe_record *probe_records(const struct probe *probe, size_t from, size_t *count)
{
    size_t all = probe_count(probe);
    struct probe_record *records;

    *count = all > from ? all - from : 0;
    records = mem_array(*count + 1, sizeof *records);
    memcpy(records, probe->records + from, *count * sizeof *records);
    return records;
}
