/* What libcurl calls within a transfer: bytes of the answer go through the same parser as those of http1, bytes in both directions are
 * counted as they are on the wire. Owner: the loop's thread. Nothing here may call libcurl but to ask for its times.
 *
 * Authentication takes several requests for one exchange: only the answer to the last one reaches the parser. Whether a 401 is that
 * is known when its body begins or the transfer ends. All of them count in bytes, and sending lasts until the last one is out. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "body_file.h"
#include "clock.h"
#include "curl_full_internal.h"
#include "mem.h"

/* ---- stamps ---- */

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static uint64_t time_of(const struct curl_transfer *transfer, CURLINFO info, uint64_t since_ns)
{
    curl_off_t us = 0;

    curl_easy_getinfo(transfer->easy, info, &us);
    return us > 0 ? since_ns + (uint64_t)us * 1000 : 0;
}

void curl_take_stamps(struct curl_transfer *transfer, uint64_t now_ns)
{
    struct exchange *exchange = transfer->exchange;
    uint64_t *stamps = exchange->stamps, since_ns = stamps[STAMP_UNBLOCKED];
    uint64_t resolved, connected;

    if (stamps[STAMP_TLS_DONE] != 0 || since_ns == 0)
        return;
    resolved = net_name_list(exchange->request->origin->name) != NULL ? since_ns : time_of(transfer, CURLINFO_NAMELOOKUP_TIME_T, since_ns);
    connected = time_of(transfer, CURLINFO_CONNECT_TIME_T, since_ns);
    if (resolved != 0)
        stamps[STAMP_RESOLVED] = clamp(resolved, since_ns, now_ns);
    if (resolved != 0 && connected != 0)
        stamps[STAMP_CONNECTED] = clamp(connected, stamps[STAMP_RESOLVED], now_ns);
}

/* A connection is there. */
static void start(struct curl_transfer *transfer, uint64_t now_ns)
{
    struct exchange *exchange = transfer->exchange;
    uint64_t *stamps = exchange->stamps;

    transfer->is_started = transfer->place->is_loaded = true;
    exchange->is_reused = !transfer->has_opened;
    if (exchange->is_reused) {
        stamps[STAMP_UNBLOCKED] = stamps[STAMP_RESOLVED] = stamps[STAMP_CONNECTED] = now_ns;
    } else {
        curl_take_stamps(transfer, now_ns);
        for (int i = STAMP_RESOLVED; i <= STAMP_CONNECTED; i++)
            if (stamps[i] == 0)
                stamps[i] = now_ns;
    }
    if (!exchange->request->origin->is_tls)
        stamps[STAMP_CONNECTED] = now_ns;
    stamps[STAMP_TLS_DONE] = now_ns;
    /* the connect timeout is over */
    wheel_set(&transfer->session->full->wheel, &transfer->timer, exchange->deadline_ns, now_ns);
}

/* ---- connections ---- */

/* libcurl repeats a request on its own when a kept connection ends before a byte of the answer. That is decided above us. */
static bool is_repeating(struct curl_transfer *transfer)
{
    if (transfer->is_started && transfer->awaits_answer)
        transfer->is_stale = true;
    return transfer->is_stale;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct curl_transfer *transfer = user;
    int fd;

    (void)purpose;
    if (transfer->exchange == NULL || is_repeating(transfer))
        return CURL_SOCKET_BAD;
    fd = curl_open_socket(transfer, address);
    if (fd < 0) {
        transfer->socket_errno = errno;
        return CURL_SOCKET_BAD;
    }
    transfer->has_opened = true;
    transfer->fd = fd;
    return fd;
}

static int close_socket(void *user, curl_socket_t fd)
{
    curl_note_closed(user, fd); /* the handle that opened it may be gone */
    return close(fd);
}

/* Sockets that are connections: not every one that libcurl gives up while it connects is closed by way of us. */
static void note_opened(struct curl_full *full, int fd)
{
    size_t word = (size_t)fd / 64;

    if (fd < 0)
        return;
    if (word >= full->open_words) {
        full->open = mem_resize(full->open, word + 1, sizeof *full->open);
        memset(full->open + full->open_words, 0, (word + 1 - full->open_words) * sizeof *full->open);
        full->open_words = word + 1;
    }
    if ((full->open[word] >> (fd % 64) & 1) == 0)
        full->net->counters.connections++;
    full->open[word] |= UINT64_C(1) << (fd % 64);
    full->net->counters.opened++;
}

void curl_note_closed(struct curl_full *full, int fd)
{
    size_t word = (size_t)fd / 64;

    if (word >= full->open_words || (full->open[word] >> (fd % 64) & 1) == 0)
        return;
    full->open[word] &= ~(UINT64_C(1) << (fd % 64));
    full->net->counters.connections--;
}

static int active_socket(const struct curl_transfer *transfer)
{
    curl_socket_t fd = CURL_SOCKET_BAD;

    curl_easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &fd);
    return fd != CURL_SOCKET_BAD ? fd : transfer->fd; /* a transfer does not know it yet; the last one is what became of happy eyeballs */
}

static int on_connection(void *user, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    struct curl_transfer *transfer = user;
    uint64_t now_ns = clock_now_ns();

    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    if (transfer->exchange == NULL || is_repeating(transfer))
        return CURL_PREREQFUNC_ABORT;
    if (!transfer->is_started)
        start(transfer, now_ns);
    if (transfer->has_opened) {
        note_opened(transfer->session->full, active_socket(transfer));
        if (transfer->address != NULL)
            atomic_fetch_add_explicit(&transfer->address->opened, 1, memory_order_relaxed);
    }
    transfer->has_opened = false;
    transfer->awaits_answer = true;
    transfer->body_sent = transfer->body_at = 0;
    return CURL_PREREQFUNC_OK;
}

/* ---- the answer ---- */

static bool feed(struct curl_transfer *transfer, const char *bytes, size_t length)
{
    size_t used;

    if (transfer->result != HTTP1_MORE || length == 0) /* what follows an answer is nobody's */
        return transfer->result != HTTP1_FAILED;
    transfer->result = http1_feed(&transfer->parser, bytes, length, &used);
    transfer->exchange->status = transfer->parser.status;
    if (transfer->result != HTTP1_FAILED)
        return true;
    transfer->fault = transfer->parser.fault;
    transfer->detail = transfer->parser.detail;
    return false;
}

static bool feed_head(struct curl_transfer *transfer)
{
    const struct net_request *request = transfer->exchange->request;

    transfer->has_fed = true;
    http1_begin(&transfer->parser, request->max_head_bytes, request->max_body_bytes, request->is_head);
    transfer->parser.sink = transfer->exchange->sink;
    return feed(transfer, transfer->head.data, transfer->head.length);
}

static void note_read(struct curl_transfer *transfer)
{
    struct exchange *exchange = transfer->exchange;
    uint64_t now_ns = clock_now_ns(), deadline_ns = exchange->deadline_ns, idle_timeout_ns = exchange->request->idle_timeout_ns;

    transfer->awaits_answer = false;
    transfer->last_read_ns = now_ns;
    if (exchange->stamps[STAMP_FIRST_BYTE] == 0) {
        exchange->stamps[STAMP_FIRST_BYTE] = now_ns;
        exchange->stamps[STAMP_SENT] = clamp(transfer->last_sent_ns, exchange->stamps[STAMP_TLS_DONE], now_ns);
    }
    if (idle_timeout_ns != 0 && now_ns + idle_timeout_ns < deadline_ns)
        deadline_ns = now_ns + idle_timeout_ns;
    wheel_set(&transfer->session->full->wheel, &transfer->timer, deadline_ns, now_ns);
}

/* The answer to another request begins: what came before was about authentication. */
static void begin_answer(struct curl_transfer *transfer)
{
    buf_clear(&transfer->head);
    transfer->has_fed = transfer->is_in_body = false;
    transfer->result = HTTP1_MORE;
}

static size_t on_head(char *bytes, size_t size, size_t count, void *user)
{
    struct curl_transfer *transfer = user;
    size_t length = size * count, version = 0;
    bool is_final, is_long;

    if (transfer->exchange == NULL)
        return 0;
    if (!transfer->is_started) /* of a proxy */
        return length;
    if (transfer->is_in_body) /* trailers, which are in what came as the body */
        return length;
    transfer->exchange->bytes_received += length;
    if (length > 7 && memcmp(bytes, "HTTP/", 5) == 0 && (transfer->is_head_done || transfer->head.length == 0)) {
        const char *space = memchr(bytes, ' ', length - 1);

        if (!transfer->is_interim)
            begin_answer(transfer);
        if (bytes[5] != '1' && space != NULL) /* the status line that libcurl makes up for a newer version */
            version = (size_t)(space - bytes);
        transfer->is_interim = space != NULL && space[1] == '1' && strspn(space + 1, "0123456789") == 3;
        transfer->is_question = space != NULL && strncmp(space + 1, "401", 3) == 0 && transfer->exchange->request->curl->auth != 0;
    }
    if (version > 0)
        buf_add_text(&transfer->head, "HTTP/1.1");
    transfer->is_head_done = length <= 2 && (bytes[0] == '\r' || bytes[0] == '\n');
    note_read(transfer);
    if (transfer->has_fed)
        return feed(transfer, bytes, length) ? length : 0;
    buf_add(&transfer->head, bytes + version, length - version);
    is_final = transfer->is_head_done && !transfer->is_interim && !transfer->is_question;
    is_long = transfer->head.length > transfer->exchange->request->max_head_bytes; /* the parser says what is wrong with that */
    return (is_final || is_long) && !feed_head(transfer) ? 0 : length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct curl_transfer *transfer = user;
    size_t length = size * count;

    if (transfer->exchange == NULL || (!transfer->has_fed && !feed_head(transfer)))
        return 0;
    transfer->is_in_body = true;
    note_read(transfer);
    return feed(transfer, bytes, length) ? length : 0;
}

/* ---- the request ---- */

static size_t on_read(char *into, size_t size, size_t count, void *user)
{
    struct curl_transfer *transfer = user;
    const struct net_request *request = transfer->exchange->request;
    uint64_t left = request->length - request->head_length - transfer->body_at;
    size_t room = size * count, length = left < room ? (size_t)left : room;
    ssize_t n;

    if (length == 0)
        return 0;
    if (request->file == NULL) {
        memcpy(into, request->bytes + request->head_length + transfer->body_at, length);
        transfer->body_at += length;
        return length;
    }
    n = body_file_read(request->file, into, length, transfer->body_at);
    if (n <= 0) {
        transfer->fault = FAULT_BODY_FILE;
        transfer->detail = body_file_complaint(n);
        return CURL_READFUNC_ABORT;
    }
    transfer->body_at += (size_t)n;
    return (size_t)n;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
    struct curl_transfer *transfer = user;

    if (origin != SEEK_SET || offset < 0)
        return CURL_SEEKFUNC_CANTSEEK;
    transfer->body_at = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

static void note_sent(struct curl_transfer *transfer, size_t length)
{
    struct exchange *exchange = transfer->exchange;
    uint64_t limit_ns = exchange->request->first_byte_timeout_ns;

    exchange->bytes_sent += length;
    transfer->last_sent_ns = clock_now_ns();
    if (limit_ns != 0 && transfer->last_sent_ns + limit_ns < exchange->deadline_ns)
        wheel_set(&transfer->session->full->wheel, &transfer->timer, transfer->last_sent_ns + limit_ns, transfer->last_sent_ns);
}

/* The only place where libcurl shows each byte of HTTP: all that goes out and comes in once the connection stands. */
static int on_wire(CURL *easy, curl_infotype type, char *bytes, size_t length, void *user)
{
    static const char no_ticket[] = "gss_init_sec_context() failed";
    struct curl_transfer *transfer = user;
    struct exchange *exchange = transfer->exchange;

    (void)easy;
    if (exchange == NULL || (!transfer->is_started && type != CURLINFO_TEXT))
        return 0;
    switch (type) {
    case CURLINFO_TEXT:
        if (length > sizeof no_ticket && memcmp(bytes, no_ticket, sizeof no_ticket - 1) == 0)
            transfer->no_ticket = true;
        break;
    case CURLINFO_HEADER_OUT:
        exchange->is_sent = true;
        exchange->stamps[STAMP_FIRST_BYTE] = 0; /* that was the answer to another request */
        note_sent(transfer, length);
        break;
    case CURLINFO_DATA_OUT:
        transfer->body_sent += length;
        note_sent(transfer, length);
        break;
    case CURLINFO_DATA_IN: /* heads are counted where they arrive: not all of their lines are shown here */
        exchange->bytes_received += length;
        break;
    default:
        break;
    }
    return 0;
}

/* ---- for curl_full.c ---- */

void curl_callbacks_set(struct curl_transfer *transfer)
{
    CURL *easy = transfer->easy;

    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->session->full);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connection);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_wire);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
}

void curl_callbacks_begin(struct curl_transfer *transfer)
{
    transfer->is_started = transfer->awaits_answer = transfer->is_stale = transfer->has_opened = false;
    transfer->has_fed = transfer->is_in_body = transfer->is_head_done = transfer->is_interim = transfer->is_question = false;
    transfer->wants_certificate = transfer->no_ticket = false;
    transfer->socket_errno = 0;
    transfer->body_at = transfer->body_sent = transfer->last_sent_ns = transfer->last_read_ns = 0;
    transfer->result = HTTP1_MORE;
    transfer->fault = FAULT_NONE;
    transfer->detail = "";
    transfer->error[0] = '\0';
    if (transfer->head.data != NULL)
        buf_clear(&transfer->head);
}

enum http1_result curl_callbacks_end(struct curl_transfer *transfer)
{
    if (!transfer->has_fed && transfer->head.length > 0)
        feed_head(transfer);
    return transfer->result;
}
