/* Sockets of our own to the addresses of a name: happy eyeballs (RFC 8305) without a lock and, on a single address, without a
 * timer. Owner: the loop's thread; what is known of addresses is shared (addresses.h).
 *
 * Each connection begins with the address whose turn it is. When that fails, or has not answered after its head start of 250 ms,
 * the next one is tried beside it, and the first that answers is taken. An address that failed, or was beaten although it had
 * its head start, is passed over for a second, then two, four ... at most 32 s; then one connection tries it again. So a dead
 * address costs one connection a failed attempt now and then, and not each request its timeout. When all are passed over, all are
 * tried. A name with one address has no choice and keeps no such account; so it is for all names where the plan wants no fallback.
 *
 * A socket to this machine is mostly connected when connect() returns: that is looked at once, and saves a turn of the loop. */
#include "opening.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "sources.h"

#define FED_PER_TURN 32
#define HEAD_START_NS (250 * NS_PER_MS)
#define PASSED_OVER_NS NS_PER_S
#define PASSED_OVER_MAX_STRIKES 5 /* 1 s << 5 = 32 s */
#define FULL_RETRY_NS (4 * NS_PER_MS)

static void on_attempt(struct ev_loop *loop, ev_io *watcher, int revents);

/* ---- which address ---- */

static uint64_t mix(uint64_t x) /* the finalizer of splitmix64 */
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/* Those in use take turns among themselves: the share of one that is passed over is not its neighbour's alone. */
static unsigned choose_start(struct connect_slot *slot, uint64_t now_ns)
{
    struct net_name *name = slot->connection->origin->name;
    const struct net *net = slot->connector->net;
    const struct address_list *list = slot->list;
    unsigned choices[ADDRESSES_MAX], count = 0, turn;

    INVARIANT(list->preferred > 0);
    if (list->preferred == 1 || net->select == SELECT_FIRST)
        return 0;
    for (unsigned i = 0; i < list->preferred; i++)
        if (slot->is_alone || atomic_load_explicit(&list->states[i]->retry_at_ns, memory_order_relaxed) <= now_ns)
            choices[count++] = i;
    turn = atomic_fetch_add_explicit(&name->turn, 1, memory_order_relaxed);
    if (net->select == SELECT_RANDOM)
        turn = (unsigned)mix(turn);
    return count > 0 ? choices[turn % count] : turn % (unsigned)list->preferred;
}

/* The address that is k-th in line: those to choose from beginning with `start`, then those that help out. */
static unsigned in_line(const struct connect_slot *slot, size_t k)
{
    return (unsigned)(k < slot->list->preferred ? (slot->start + k) % slot->list->preferred : k);
}

/* Is it in use, or is it this connection's turn to try it again? */
static bool may_try(struct address_state *state, uint64_t now_ns)
{
    uint64_t at_ns = atomic_load_explicit(&state->retry_at_ns, memory_order_relaxed), later_ns = now_ns + PASSED_OVER_NS;

    return at_ns == 0 || (at_ns <= now_ns && atomic_compare_exchange_strong_explicit(
                                                 &state->retry_at_ns, &at_ns, later_ns, memory_order_relaxed, memory_order_relaxed));
}

/* -1: none is left. */
static int next_address(struct connect_slot *slot, uint64_t now_ns)
{
    const struct address_list *list = slot->list;
    int spare = -1;

    for (size_t k = 0; k < list->count; k++) {
        unsigned index = in_line(slot, k);

        if ((slot->tried >> index & 1) != 0)
            continue;
        if (slot->is_alone || may_try(list->states[index], now_ns))
            return (int)index;
        if (spare < 0)
            spare = (int)index;
    }
    return spare;
}

static void strike(const struct attempt *attempt, enum fault fault, uint64_t now_ns)
{
    const struct address_list *list = attempt->slot->list;
    struct address_state *state = list->states[attempt->index];
    unsigned strikes;

    atomic_fetch_add_explicit(&state->failed[fault], 1, memory_order_relaxed);
    if (attempt->slot->is_alone)
        return;
    strikes = atomic_load_explicit(&state->strikes, memory_order_relaxed);
    if (!attempt->is_again && strikes > 0)
        return; /* those that were under way together count once */
    if (strikes < PASSED_OVER_MAX_STRIKES)
        atomic_store_explicit(&state->strikes, strikes + 1, memory_order_relaxed);
    atomic_store_explicit(&state->retry_at_ns, now_ns + (PASSED_OVER_NS << strikes), memory_order_relaxed);
}

static void praise(struct address_state *state)
{
    atomic_fetch_add_explicit(&state->opened, 1, memory_order_relaxed);
    if (atomic_load_explicit(&state->retry_at_ns, memory_order_relaxed) != 0) {
        atomic_store_explicit(&state->retry_at_ns, 0, memory_order_relaxed);
        atomic_store_explicit(&state->strikes, 0, memory_order_relaxed);
    }
}

/* ---- attempts ---- */

static struct attempt *take_attempt(struct connect_slot *slot, unsigned index)
{
    struct connector *connector = slot->connector;
    struct attempt *attempt = connector->free_attempts;

    if (attempt != NULL)
        connector->free_attempts = attempt->next;
    else
        attempt = mem_alloc(sizeof *attempt);
    ev_init(&attempt->io, on_attempt);
    attempt->io.data = attempt;
    attempt->fd = -1;
    attempt->error = 0;
    attempt->index = index;
    attempt->is_again = atomic_load_explicit(&slot->list->states[index]->strikes, memory_order_relaxed) > 0;
    attempt->known_back = NULL;
    attempt->slot = slot;
    attempt->next = slot->first;
    slot->first = attempt;
    slot->attempts++;
    slot->tried |= UINT64_C(1) << index;
    return attempt;
}

static void forget_known(struct attempt *attempt)
{
    *attempt->known_back = attempt->known_next;
    if (attempt->known_next != NULL)
        attempt->known_next->known_back = attempt->known_back;
    attempt->known_back = NULL;
}

/* What failed at once, or was one of many that succeeded at once, is said in the next turn of the loop and not in this one: a VU that goes
 * on at once would never let the loop look at anything else. */
static void keep_known(struct connector *connector, struct attempt *attempt)
{
    if (!ev_is_active(&connector->soon)) {
        ev_timer_set(&connector->soon, 0., 0.);
        ev_timer_start(connector->net->loop, &connector->soon);
    }
    attempt->known_next = connector->known;
    attempt->known_back = &connector->known;
    if (connector->known != NULL)
        connector->known->known_back = &attempt->known_next;
    connector->known = attempt;
}

/* Takes it out of the slot; its descriptor is the caller's. */
static void drop_attempt(struct attempt *attempt)
{
    struct connect_slot *slot = attempt->slot;
    struct attempt **link = &slot->first;

    ev_io_stop(slot->connector->net->loop, &attempt->io);
    if (attempt->known_back != NULL)
        forget_known(attempt);
    while (*link != attempt)
        link = &(*link)->next;
    *link = attempt->next;
    slot->attempts--;
    attempt->next = slot->connector->free_attempts;
    slot->connector->free_attempts = attempt;
}

static int open_socket(struct connect_slot *slot, const struct net_address *to)
{
    const int one = 1;
    int fd = socket(to->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

    if (fd < 0 || to->address.ss_family == AF_UNIX)
        return fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (slot->connector->net->sources == NULL || sources_bind(slot->connector->net->sources, fd, to) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* 0: connected; EINPROGRESS; else what is wrong. */
static int begin_connect(int fd, const struct net_address *to)
{
    const struct sockaddr *address = (const struct sockaddr *)&to->address;

    if (connect(fd, address, to->length) == 0)
        return 0;
    if (errno != EINPROGRESS || !net_address_is_loopback(to))
        return errno;
    if (connect(fd, address, to->length) == 0 || errno == EISCONN)
        return 0;
    return errno == EALREADY ? EINPROGRESS : errno;
}

/* As often as there are sources, while one after the other is out of ports. */
static int open_and_connect(struct connect_slot *slot, const struct net_address *to, int *fd)
{
    struct source_list *sources = slot->connector->net->sources;
    size_t tries = sources != NULL ? sources_count(sources) : 1;
    int error;

    do {
        *fd = open_socket(slot, to);
        error = *fd < 0 ? errno : begin_connect(*fd, to);
        if (error != EADDRNOTAVAIL || --tries == 0)
            return error;
        if (*fd >= 0)
            close(*fd);
    } while (true);
}

/* An event that is fed is served in the same turn of the loop, and each connection that comes up there begins another connect: a
 * few go on at once, the rest in the next turn, so that timers and answers are never kept waiting. */
static bool is_turn_young(struct connector *connector)
{
    unsigned turn = ev_iteration(connector->net->loop);

    if (connector->fed_turn != turn) {
        connector->fed_turn = turn;
        connector->fed = 0;
    }
    return connector->fed++ < FED_PER_TURN;
}

static void try_address(struct connect_slot *slot, unsigned index, uint64_t now_ns)
{
    struct connector *connector = slot->connector;
    const struct net_address *to = &slot->list->at[index];
    struct attempt *attempt = take_attempt(slot, index);
    int error = open_and_connect(slot, to, &attempt->fd);

    if (error == EAGAIN && to->address.ss_family == AF_UNIX) { /* its queue is full, and nothing tells when it no longer is */
        slot->tried &= ~(UINT64_C(1) << index);
        close(attempt->fd);
        drop_attempt(attempt);
        wheel_set(&connector->head_starts, &slot->head_start, now_ns + FULL_RETRY_NS, now_ns);
        return;
    }
    if (error == EINPROGRESS) {
        ev_io_set(&attempt->io, attempt->fd, EV_WRITE);
        ev_io_start(connector->net->loop, &attempt->io);
    } else if (error == 0 && is_turn_young(connector)) { /* said by the loop, as everything else */
        ev_feed_event(connector->net->loop, &attempt->io, EV_CUSTOM);
    } else {
        attempt->error = error;
        keep_known(connector, attempt);
    }
    if (!slot->is_alone)
        wheel_set(&connector->head_starts, &slot->head_start, now_ns + HEAD_START_NS, now_ns);
}

/* ---- what became of them ---- */

static void drop_all(struct connect_slot *slot)
{
    wheel_remove(&slot->connector->head_starts, &slot->head_start);
    while (slot->first != NULL) {
        int fd = slot->first->fd;

        drop_attempt(slot->first);
        if (fd >= 0)
            close(fd);
    }
}

/* The others lose; older ones had their head start and are blamed. */
static void on_connected(struct attempt *attempt, uint64_t now_ns)
{
    struct connect_slot *slot = attempt->slot;
    int fd = attempt->fd;

    praise(slot->list->states[attempt->index]);
    for (struct attempt *loser = attempt->next; loser != NULL; loser = loser->next)
        strike(loser, FAULT_TIMEOUT_CONNECT, now_ns);
    drop_attempt(attempt);
    if (!slot->is_alone)
        drop_all(slot);
    opening_succeeded(slot, fd, now_ns);
}

static bool is_own_fault(enum fault fault)
{
    return fault == FAULT_CLIENT_FD || fault == FAULT_CLIENT_PORT;
}

static void on_failed(struct attempt *attempt, int error, uint64_t now_ns)
{
    struct connect_slot *slot = attempt->slot;
    enum fault fault = opening_fault(slot->connector, error);
    int next = -1;

    if (!is_own_fault(fault)) { /* else the others would fail alike */
        strike(attempt, fault, now_ns);
        next = !slot->is_alone ? next_address(slot, now_ns) : -1;
    }
    if (attempt->fd >= 0)
        close(attempt->fd);
    drop_attempt(attempt);
    if (slot->fault == FAULT_NONE) {
        slot->fault = fault;
        slot->error = error;
    }
    if (next >= 0) {
        try_address(slot, (unsigned)next, now_ns);
    } else if (slot->attempts == 0) {
        wheel_remove(&slot->connector->head_starts, &slot->head_start);
        opening_failed(slot, slot->fault, strerrordesc_np(slot->error), now_ns);
    }
}

static void on_attempt(struct ev_loop *loop, ev_io *watcher, int revents)
{
    struct attempt *attempt = watcher->data;
    socklen_t length = sizeof attempt->error;

    if (revents & EV_WRITE && getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &attempt->error, &length) != 0)
        attempt->error = errno;
    if (attempt->error == 0)
        on_connected(attempt, clock_now_ns());
    else
        on_failed(attempt, attempt->error, clock_now_ns());
}

static void on_known(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct connector *connector = timer->data;
    struct attempt *batch = connector->known;

    connector->known = NULL;
    if (batch != NULL)
        batch->known_back = &batch; /* whatever of them is given up meanwhile leaves the batch */
    while (batch != NULL) {
        struct attempt *attempt = batch;

        forget_known(attempt);
        if (attempt->error == 0)
            on_connected(attempt, clock_now_ns());
        else
            on_failed(attempt, attempt->error, clock_now_ns());
    }
}

/* The attempts under way had their time: the next address beside them. */
static void on_head_start_over(struct wheel_entry *entry, uint64_t now_ns)
{
    struct connect_slot *slot = (struct connect_slot *)(void *)((char *)entry - offsetof(struct connect_slot, head_start));
    int next = next_address(slot, now_ns);

    if (next >= 0)
        try_address(slot, (unsigned)next, now_ns);
}

void dial_start(struct connect_slot *slot, uint64_t now_ns)
{
    int first;

    slot->way = WAY_DIAL;
    slot->tried = 0;
    slot->attempts = 0;
    slot->first = NULL;
    slot->fault = FAULT_NONE;
    slot->is_alone = slot->list->count == 1 || !slot->connector->net->has_fallback;
    slot->start = choose_start(slot, now_ns);
    first = next_address(slot, now_ns);
    INVARIANT(first >= 0); /* none was tried yet, and there is one at least */
    try_address(slot, (unsigned)first, now_ns);
}

void dial_abort(struct connect_slot *slot, bool is_late, uint64_t now_ns)
{
    for (struct attempt *attempt = slot->first; is_late && attempt != NULL; attempt = attempt->next)
        strike(attempt, FAULT_TIMEOUT_CONNECT, now_ns);
    drop_all(slot);
}

void dial_init(struct connector *connector)
{
    wheel_init(&connector->head_starts, connector->net->loop, on_head_start_over, clock_now_ns());
    ev_init(&connector->soon, on_known);
    connector->soon.data = connector;
}

void dial_release(struct connector *connector)
{
    wheel_release(&connector->head_starts);
    ev_timer_stop(connector->net->loop, &connector->soon);
    while (connector->free_attempts != NULL) {
        struct attempt *attempt = connector->free_attempts;

        connector->free_attempts = attempt->next;
        free(attempt);
    }
}
