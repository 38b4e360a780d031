/* Transfers of libcurl on the worker's loop: which may run, what becomes of them, and the loop's side of a CURLM.
 * Owner: the loop's thread.
 *
 * libcurl is never called from inside its own callbacks: those only note things and move watchers. What follows happens after
 * curl_multi_socket_action() has returned. A timeout of 0 is the next turn of the loop, not a call from here. */
#include "curl_full_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "connect.h"
#include "mem.h"

#define MAX_CONNECTIONS_PER_ORIGIN 6
/* A whole head goes back when the transfer is over; nearly all are smaller. */
#define HEAD_KEPT_BYTES 4096

static void go_on(struct curl_session *session, uint64_t now_ns);

/* ---- lists ---- */

static void list_add(struct curl_transfer **list, struct curl_transfer *transfer)
{
    transfer->next = *list;
    transfer->back = list;
    if (transfer->next != NULL)
        transfer->next->back = &transfer->next;
    *list = transfer;
}

static void list_remove(struct curl_transfer *transfer)
{
    *transfer->back = transfer->next;
    if (transfer->next != NULL)
        transfer->next->back = transfer->back;
}

/* ---- the end of a transfer ---- */

/* Takes it out of libcurl, which closes its connection unless the transfer is complete. The transfer is idle then. */
static struct exchange *detach(struct curl_transfer *transfer)
{
    struct curl_session *session = transfer->session;
    struct exchange *exchange = transfer->exchange;

    wheel_remove(&session->full->wheel, &transfer->timer);
    list_remove(transfer);
    if (!transfer->is_queued)
        curl_multi_remove_handle(session->full->multi, transfer->easy);
    transfer->is_queued = false;
    transfer->exchange = NULL;
    exchange->transfer = NULL;
    if (transfer->head.capacity > HEAD_KEPT_BYTES)
        buf_release(&transfer->head);
    list_add(&session->idle, transfer);
    return exchange;
}

/* The request is on the wire as a whole. Without its body, that is so where a server asks who it is first. */
static bool is_out(const struct curl_transfer *transfer)
{
    const struct net_request *request = transfer->exchange->request;

    return transfer->exchange->is_sent && transfer->body_sent == transfer->body_at &&
           (transfer->body_at == 0 || transfer->body_at == request->length - request->head_length);
}

static void finish(struct curl_transfer *transfer, enum fault fault, const char *detail, uint64_t now_ns)
{
    struct curl_session *session = transfer->session;
    struct exchange *exchange = transfer->exchange;
    bool has_ended = fault == FAULT_RESET || fault == FAULT_EMPTY_REPLY;

    curl_take_stamps(transfer, now_ns);
    if (!transfer->is_started && transfer->has_opened && transfer->address != NULL)
        atomic_fetch_add_explicit(&transfer->address->failed[fault], 1, memory_order_relaxed);
    if (exchange->stamps[STAMP_SENT] == 0 && is_out(transfer))
        exchange->stamps[STAMP_SENT] = transfer->last_sent_ns;
    exchange_fill(exchange, now_ns);
    exchange->fault = fault;
    exchange->detail = detail;
    exchange->is_stale = transfer->is_stale || (has_ended && exchange->is_reused && exchange->bytes_received == 0);
    detach(transfer);
    go_on(session, now_ns);
    exchange->on_done(exchange);
}

static void on_transfer_done(struct curl_transfer *transfer, CURLcode code)
{
    enum http1_result result = curl_callbacks_end(transfer);
    const struct exchange *exchange = transfer->exchange;
    const char *detail = "";
    enum fault fault = FAULT_NONE;

    if (code == CURLE_OK && result == HTTP1_MORE)
        result = http1_end(&transfer->parser);
    if (result == HTTP1_DONE && exchange->request->from->auth == AUTH_NEGOTIATE && transfer->no_ticket && exchange->status == 401) {
        fault = FAULT_AUTH;
        detail = "no Kerberos ticket: kinit gets one";
    } else if (result == HTTP1_DONE) { /* also when the connection broke after it */
        detail = transfer->parser.detail;
    } else if (result == HTTP1_FAILED) {
        fault = transfer->parser.fault;
        detail = transfer->parser.detail;
    } else {
        fault = curl_fault_of(transfer, code, &detail);
    }
    finish(transfer, fault, detail, clock_now_ns());
}

static enum fault phase_of(struct curl_transfer *transfer, uint64_t now_ns, uint64_t *due_ns)
{
    const struct exchange *exchange = transfer->exchange;
    const struct net_request *request = exchange->request;
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    bool is_connected;

    *due_ns = exchange->deadline_ns;
    if (transfer->is_queued)
        return FAULT_TIMEOUT_CONNECT;
    if (!transfer->is_started) {
        *due_ns = now_ns;
        is_connected = transfer->has_opened && getpeername(transfer->fd, (struct sockaddr *)&peer, &length) == 0;
        return is_connected && request->origin->is_tls && request->origin->proxy == NULL ? FAULT_TIMEOUT_TLS : FAULT_TIMEOUT_CONNECT;
    }
    if (exchange->stamps[STAMP_FIRST_BYTE] == 0) {
        if (is_out(transfer) && request->first_byte_timeout_ns != 0 && transfer->last_sent_ns + request->first_byte_timeout_ns < *due_ns)
            *due_ns = transfer->last_sent_ns + request->first_byte_timeout_ns;
        return is_out(transfer) ? FAULT_TIMEOUT_FIRST_BYTE : FAULT_TIMEOUT_SEND;
    }
    if (request->idle_timeout_ns == 0 || transfer->last_read_ns + request->idle_timeout_ns > *due_ns)
        return FAULT_TIMEOUT_BODY;
    *due_ns = transfer->last_read_ns + request->idle_timeout_ns;
    return FAULT_TIMEOUT_IDLE;
}

static void on_deadline(struct wheel_entry *entry, uint64_t now_ns)
{
    struct curl_transfer *transfer = (struct curl_transfer *)(void *)((char *)entry - offsetof(struct curl_transfer, timer));
    uint64_t due_ns;
    enum fault fault = phase_of(transfer, now_ns, &due_ns);

    if (now_ns < due_ns)
        wheel_set(&transfer->session->full->wheel, entry, due_ns, now_ns);
    else
        finish(transfer, fault, fault_help(fault), now_ns);
}

/* ---- the loop's side of a CURLM ---- */

static void handle_messages(struct curl_full *full)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(full->multi, &left)) != NULL) {
        CURLcode code = message->data.result;
        char *transfer = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        on_transfer_done((struct curl_transfer *)(void *)transfer, code);
    }
}

static void on_socket_event(struct ev_loop *loop, ev_io *watcher, int revents)
{
    struct curl_full *full = watcher->data;
    int running, events = (revents & EV_READ ? CURL_CSELECT_IN : 0) | (revents & EV_WRITE ? CURL_CSELECT_OUT : 0);

    (void)loop;
    curl_multi_socket_action(full->multi, watcher->fd, events, &running);
    handle_messages(full);
}

static void on_timer_event(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct curl_full *full = timer->data;
    int running;

    (void)loop;
    (void)revents;
    curl_multi_socket_action(full->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    handle_messages(full);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    struct curl_full *full = user;
    struct curl_watch *watch = socket_user;
    int events = (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);

    (void)easy;
    if (watch != NULL)
        ev_io_stop(full->net->loop, &watch->io);
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            curl_multi_assign(full->multi, fd, NULL);
            watch->next = full->free_watches;
            full->free_watches = watch;
        }
        return 0;
    }
    if (watch == NULL) {
        watch = full->free_watches;
        if (watch != NULL)
            full->free_watches = watch->next;
        else
            watch = mem_alloc(sizeof *watch);
        ev_init(&watch->io, on_socket_event);
        watch->io.data = full;
        curl_multi_assign(full->multi, fd, watch);
    }
    ev_io_set(&watch->io, fd, events);
    if (events != 0)
        ev_io_start(full->net->loop, &watch->io);
    return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct curl_full *full = user;

    (void)multi;
    ev_timer_stop(full->net->loop, &full->timer);
    if (timeout_ms < 0)
        return 0;
    ev_timer_set(&full->timer, (double)timeout_ms / 1000., 0.); /* 0: the next turn of the loop */
    ev_timer_start(full->net->loop, &full->timer);
    return 0;
}

/* ---- life ---- */

static unsigned limit_of(const struct net *net)
{
    return net->shared_limit > 0 ? net->shared_limit : MAX_CONNECTIONS_PER_ORIGIN;
}

static struct curl_full *full_of(struct net *net)
{
    struct curl_full *full = net->curl;

    if (full != NULL)
        return full;
    full = net->curl = mem_alloc(sizeof *full);
    full->net = net;
    full->multi = curl_multi_init();
    INVARIANT(full->multi != NULL);
    ev_init(&full->timer, on_timer_event);
    full->timer.data = full;
    wheel_init(&full->wheel, net->loop, on_deadline, clock_now_ns());
    curl_multi_setopt(full->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(full->multi, CURLMOPT_SOCKETDATA, full);
    curl_multi_setopt(full->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(full->multi, CURLMOPT_TIMERDATA, full);
    curl_multi_setopt(full->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(full->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)limit_of(net)); /* in a share */
    curl_multi_setopt(full->multi, CURLMOPT_MAXCONNECTS, 1000L);
    return full;
}

static struct curl_session *session_new(struct curl_full *full)
{
    struct curl_session *session = mem_alloc(sizeof *session);

    session->full = full;
    session->share = curl_share_init();
    INVARIANT(session->share != NULL);
    curl_share_setopt(session->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_share_setopt(session->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return session;
}

static struct curl_session *session_of(struct net_session *owner)
{
    struct curl_full *full;

    if (owner->curl != NULL)
        return owner->curl;
    full = full_of(owner->net);
    if (full->shared == NULL || owner->net->shared_limit == 0)
        owner->curl = session_new(full);
    else
        owner->curl = full->shared;
    if (owner->net->shared_limit > 0)
        full->shared = owner->curl;
    return owner->curl;
}

static void session_free(struct curl_session *session)
{
    if (session == NULL)
        return;
    INVARIANT(session->running == NULL && session->queued == NULL);
    while (session->idle != NULL) {
        struct curl_transfer *transfer = session->idle;

        list_remove(transfer);
        curl_transfer_free(transfer);
    }
    INVARIANT(curl_share_cleanup(session->share) == CURLSHE_OK); /* closes the connections */
    free(session);
}

void curl_full_leave(struct net_session *owner)
{
    if (owner->curl != NULL && owner->curl != owner->curl->full->shared)
        session_free(owner->curl);
    owner->curl = NULL;
}

void curl_full_close_idle(struct net_session *owner)
{
    if (owner->curl != NULL && owner->curl->running == NULL && owner->curl->queued == NULL)
        curl_full_leave(owner);
}

void curl_full_free(struct curl_full *full)
{
    if (full == NULL)
        return;
    session_free(full->shared);
    curl_multi_cleanup(full->multi);
    for (size_t fd = 0; fd < full->open_words * 64; fd++)
        curl_note_closed(full, (int)fd);
    free(full->open);
    ev_timer_stop(full->net->loop, &full->timer);
    wheel_release(&full->wheel);
    while (full->free_watches != NULL) {
        struct curl_watch *watch = full->free_watches;

        full->free_watches = watch->next;
        free(watch);
    }
    while (full->places != NULL) {
        struct curl_place *place = full->places;

        full->places = place->next;
        curl_place_free(place);
    }
    free(full);
}

/* ---- exchanges ---- */

static bool has_room(const struct curl_session *session, const struct origin *origin)
{
    unsigned count = 0;

    for (const struct curl_transfer *t = session->running; t != NULL; t = t->next)
        count += t->exchange->request->origin == origin;
    return count < limit_of(session->full->net);
}

static void run(struct curl_transfer *transfer, uint64_t now_ns)
{
    struct curl_session *session = transfer->session;
    struct exchange *exchange = transfer->exchange;
    uint64_t connect_timeout_ns = exchange->request->connect_timeout_ns, deadline_ns = exchange->deadline_ns;
    CURLMcode code;

    transfer->is_queued = false;
    list_add(&session->running, transfer);
    exchange->stamps[STAMP_UNBLOCKED] = now_ns;
    if (connect_timeout_ns != 0 && now_ns + connect_timeout_ns < deadline_ns)
        deadline_ns = now_ns + connect_timeout_ns;
    wheel_set(&session->full->wheel, &transfer->timer, deadline_ns, now_ns);
    curl_callbacks_begin(transfer);
    curl_transfer_prepare(transfer);
    code = curl_multi_add_handle(session->full->multi, transfer->easy);
    INVARIANT(code == CURLM_OK);
}

/* Starts what waits in its order, as far as there is room. */
static void go_on(struct curl_session *session, uint64_t now_ns)
{
    struct curl_transfer *next;

    for (struct curl_transfer *t = session->queued; t != NULL; t = next) {
        next = t->next;
        if (!has_room(session, t->exchange->request->origin))
            continue;
        list_remove(t);
        run(t, now_ns);
    }
}

void curl_full_submit(struct net_session *owner, struct exchange *exchange, bool fresh, uint64_t now_ns)
{
    struct curl_session *session = session_of(owner);
    struct curl_transfer *transfer = session->idle, **end = &session->queued;

    if (transfer != NULL)
        list_remove(transfer);
    else
        transfer = curl_transfer_new(session);
    for (int i = STAMP_UNBLOCKED; i <= STAMP_TLS_DONE; i++)
        exchange->stamps[i] = 0;
    exchange->transfer = transfer;
    transfer->exchange = exchange;
    transfer->must_be_fresh = fresh;
    if (has_room(session, exchange->request->origin)) {
        run(transfer, now_ns);
        return;
    }
    transfer->is_queued = true;
    curl_callbacks_begin(transfer);
    while (*end != NULL)
        end = &(*end)->next;
    list_add(end, transfer);
    wheel_set(&session->full->wheel, &transfer->timer, exchange->deadline_ns, now_ns);
}

void curl_full_cancel(struct exchange *exchange, uint64_t now_ns)
{
    struct curl_transfer *transfer = exchange->transfer;

    curl_take_stamps(transfer, now_ns);
    exchange_fill(exchange, now_ns);
    detach(transfer);
    go_on(transfer->session, now_ns);
}
