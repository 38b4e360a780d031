/* The demo target on libmicrohttpd. One thread: it waits for MHD's epoll descriptor, for the next delayed answer and for the
 * word to stop. A delayed request is suspended, so it costs nothing and blocks nobody:
 *
 *     head read -> body read -> draw -> [suspended until due] -> answer queued -> sent -> released
 *
 * It knows nothing of the engine. */
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "target_answer.h"
#include "buf.h"
#include "clock.h"
#include "delays.h"
#include "mem.h"
#include "shop.h"
#include "users.h"

#define CONNECTIONS_MAX 8192u
#define IDLE_TIMEOUT_S 120u
#define ECHO_HEADERS_MAX 64u

/* One request under way; MHD keeps it between the calls of the handler. */
struct request {
    struct MHD_Connection *connection;
    struct buf body;
    size_t body_seen; /* also what was too much to keep */
    enum target_endpoint endpoint;
    struct target_draw draw;
    bool is_drawn;
};

/* Written by the target's thread alone, read by any: each counter stands for itself, so relaxed order is enough. */
struct counters {
    _Atomic uint64_t total, errors, get, post, put, remove;
    _Atomic uint64_t endpoints[ENDPOINT_COUNT], faults[TARGET_FAULT_COUNT], statuses[600];
};

struct target {
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int wake_fd;
    uint16_t port;
    bool has_service_times, has_no_delays;
    _Atomic bool is_stopping;
    _Atomic unsigned mode; /* enum target_mode */
    uint64_t started_ns;
    struct counters counters;
    /* of the thread */
    struct random random;
    struct users users;
    struct shop *shop;
    struct delays delays;
};

static void count_one(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t count_read(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* ---- answers ---- */

static void count_answer(struct target *target, const struct request *request, const char *method, unsigned status)
{
    struct counters *counters = &target->counters;

    count_one(&counters->total);
    count_one(&counters->endpoints[request->endpoint]);
    count_one(&counters->faults[request->draw.fault]);
    count_one(&counters->statuses[status]);
    if (status >= 400)
        count_one(&counters->errors);
    if (strcmp(method, "GET") == 0)
        count_one(&counters->get);
    else if (strcmp(method, "POST") == 0)
        count_one(&counters->post);
    else if (strcmp(method, "PUT") == 0)
        count_one(&counters->put);
    else if (strcmp(method, "DELETE") == 0)
        count_one(&counters->remove);
}

static void add_counts(struct buf *out, const char *name, const _Atomic uint64_t *counts, size_t length, const char *(*label)(size_t))
{
    const char *comma = "";

    buf_addf(out, ",\"%s\":{", name);
    for (size_t i = 0; i < length; i++) {
        uint64_t count = count_read(&counts[i]);

        if (count == 0)
            continue;
        if (label != NULL)
            buf_addf(out, "%s\"%s\":%llu", comma, label(i), (unsigned long long)count);
        else
            buf_addf(out, "%s\"%zu\":%llu", comma, i, (unsigned long long)count);
        comma = ",";
    }
    buf_add_char(out, '}');
}

static const char *endpoint_label(size_t i)
{
    return target_endpoint_name((enum target_endpoint)i);
}

static const char *fault_label(size_t i)
{
    return target_fault_name((enum target_fault)i);
}

/* Counts everything answered before this request, and not this one. */
static void answer_stats(struct target *target, struct target_answer *answer)
{
    const struct counters *counters = &target->counters;
    double uptime_s = (double)(clock_now_ns() - target->started_ns) / 1e9;
    uint64_t total = count_read(&counters->total);
    struct buf out;

    buf_init(&out);
    buf_addf(
        &out,
        "{\"uptime\":%.3f,\"total_requests\":%llu,\"get_requests\":%llu,\"post_requests\":%llu,\"put_requests\":%llu,"
        "\"delete_requests\":%llu,\"errors\":%llu,\"requests_per_sec\":%.3f",
        uptime_s, (unsigned long long)total, (unsigned long long)count_read(&counters->get),
        (unsigned long long)count_read(&counters->post), (unsigned long long)count_read(&counters->put),
        (unsigned long long)count_read(&counters->remove), (unsigned long long)count_read(&counters->errors),
        uptime_s > 0 ? (double)total / uptime_s : 0.0);
    add_counts(&out, "endpoints", counters->endpoints, ENDPOINT_COUNT, endpoint_label);
    add_counts(&out, "faults", counters->faults, TARGET_FAULT_COUNT, fault_label);
    add_counts(&out, "statuses", counters->statuses, 600, NULL);
    buf_add_char(&out, '}');
    *answer = (struct target_answer){ .status = 200, .content_type = "application/json", .body = buf_take(&out) };
}

struct header_list {
    struct target_header headers[ECHO_HEADERS_MAX];
    size_t count;
};

static enum MHD_Result collect_header(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct header_list *list = data;

    (void)kind;
    if (list->count < ECHO_HEADERS_MAX)
        list->headers[list->count++] = (struct target_header){ name, value != NULL ? value : "" };
    return MHD_YES;
}

static uint64_t query_number(struct MHD_Connection *connection, const char *name)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);

    return text != NULL && *text >= '0' && *text <= '9' ? strtoull(text, NULL, 10) : 0;
}

static const char *cookie_of(struct MHD_Connection *connection)
{
    const char *cookie = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_COOKIE);

    return cookie != NULL ? cookie : "";
}

static void make_answer(struct target *target, struct request *request, const char *method, const char *path, struct target_answer *answer)
{
    struct header_list headers = { .count = 0 };
    struct target_request from = {
        .method = method,
        .path = path,
        .endpoint = request->endpoint,
        .body = request->body.data != NULL ? request->body.data : "",
        .body_length = request->body_seen > TARGET_BODY_MAX ? request->body_seen : request->body.length,
        .id = count_read(&target->counters.total) + 1,
        .wall_ns = clock_wall_ns(),
        .uptime_ns = clock_now_ns() - target->started_ns,
    };

    if (request->endpoint == ENDPOINT_ECHO)
        MHD_get_connection_values(request->connection, MHD_HEADER_KIND, collect_header, &headers);
    if (request->endpoint == ENDPOINT_LIST) {
        from.page = query_number(request->connection, "page");
        from.limit = query_number(request->connection, "limit");
    }
    from.headers = headers.headers;
    from.header_count = headers.count;
    if (target_fault_status(request->draw.fault) != 0)
        target_answer_fault(answer, request->draw.fault, request->draw.delay_ns);
    else if (request->endpoint == ENDPOINT_STATS)
        answer_stats(target, answer);
    else if (request->endpoint >= ENDPOINT_VISIT && request->endpoint <= ENDPOINT_PAY)
        shop_answer(target->shop, answer, &from, cookie_of(request->connection));
    else
        target_answer_fill(answer, &from, &target->users);
}

static enum MHD_Result send_answer(struct target *target, struct request *request, const char *method, const char *path)
{
    struct target_answer answer;
    struct MHD_Response *response;
    enum MHD_Result result;

    make_answer(target, request, method, path, &answer);
    response = MHD_create_response_from_buffer(strlen(answer.body), answer.body, MHD_RESPMEM_MUST_FREE);
    INVARIANT(response != NULL);
    if (answer.body[0] != '\0')
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type);
    if (answer.location != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, answer.location);
    if (answer.cookie != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, answer.cookie);
    free(answer.cookie);
    if (answer.allow != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer.allow);
    result = MHD_queue_response(request->connection, answer.status, response);
    MHD_destroy_response(response);
    if (result == MHD_YES)
        count_answer(target, request, method, answer.status);
    return result;
}

/* ---- MHD's callbacks, all in the target's thread ---- */

static enum MHD_Result on_request(
    void *data, struct MHD_Connection *connection, const char *path, const char *method, const char *version, const char *body,
    size_t *body_length, void **state)
{
    struct target *target = data;
    struct request *request = *state;

    (void)version;
    if (request == NULL) {
        request = mem_alloc(sizeof *request);
        request->connection = connection;
        request->endpoint = target_route(method, path);
        buf_init(&request->body);
        *state = request;
        return MHD_YES;
    }
    if (*body_length > 0) {
        request->body_seen += *body_length;
        if (request->body_seen <= TARGET_BODY_MAX)
            buf_add(&request->body, body, *body_length);
        *body_length = 0;
        return MHD_YES;
    }
    if (!request->is_drawn) {
        uint64_t now_ns = clock_now_ns();
        enum target_mode mode = (enum target_mode)atomic_load_explicit(&target->mode, memory_order_relaxed);

        request->is_drawn = true;
        request->draw = target_draw(&target->random, mode, request->endpoint, target->has_service_times);
        if (request->draw.delay_ns > 0 && !target->has_no_delays) {
            delays_add(&target->delays, now_ns + request->draw.delay_ns, request);
            MHD_suspend_connection(connection);
            return MHD_YES;
        }
    }
    return send_answer(target, request, method, path);
}

static void on_completed(void *data, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how)
{
    struct request *request = *state;

    (void)data;
    (void)connection;
    (void)how;
    if (request == NULL)
        return;
    buf_release(&request->body);
    free(request);
    *state = NULL;
}

/* ---- the thread ---- */

static void resume_due(struct target *target, uint64_t now_ns)
{
    struct request *request;

    while ((request = delays_take_due(&target->delays, now_ns)) != NULL)
        MHD_resume_connection(request->connection);
}

static void wait_for_work(struct target *target, int epoll_fd)
{
    struct pollfd fds[] = { { .fd = epoll_fd, .events = POLLIN }, { .fd = target->wake_fd, .events = POLLIN } };
    uint64_t now_ns = clock_now_ns();
    uint64_t due_ns = delays_next_ns(&target->delays);
    uint64_t wait_ns = due_ns == UINT64_MAX ? UINT64_MAX : due_ns > now_ns ? due_ns - now_ns : 0;
    MHD_UNSIGNED_LONG_LONG wait_ms;
    struct timespec limit;

    if (MHD_get_timeout(target->daemon, &wait_ms) == MHD_YES && wait_ms < wait_ns / NS_PER_MS)
        wait_ns = wait_ms * NS_PER_MS;
    limit = (struct timespec){ (time_t)(wait_ns / NS_PER_S), (long)(wait_ns % NS_PER_S) };
    (void)ppoll(fds, 2, wait_ns == UINT64_MAX ? NULL : &limit, NULL);
}

static void *target_main(void *data)
{
    struct target *target = data;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(target->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    INVARIANT(info != NULL);
    while (!atomic_load_explicit(&target->is_stopping, memory_order_acquire)) {
        wait_for_work(target, info->epoll_fd);
        resume_due(target, clock_now_ns());
        MHD_run(target->daemon);
    }
    resume_due(target, UINT64_MAX);
    MHD_run(target->daemon);
    MHD_stop_daemon(target->daemon);
    return NULL;
}

/* ---- public ---- */

static int target_listen(struct target *target, uint16_t port, struct error *err)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const union MHD_DaemonInfo *info;

    errno = 0;
    target->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, port, NULL, NULL, on_request, target, MHD_OPTION_SOCK_ADDR,
        (const struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, on_completed, target, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S, MHD_OPTION_END);
    if (target->daemon == NULL)
        return error_set(err, EXIT_USAGE, "127.0.0.1:%u: cannot listen: %s", port, errno != 0 ? strerror(errno) : "unknown reason");
    info = MHD_get_daemon_info(target->daemon, MHD_DAEMON_INFO_BIND_PORT);
    INVARIANT(info != NULL);
    target->port = info->port;
    return 0;
}

struct target *target_new(const struct target_options *options, struct error *err)
{
    struct target *target = mem_alloc(sizeof *target);
    sigset_t all, old;
    int failed;

    target->wake_fd = -1;
    if (target_listen(target, options->port, err) != 0)
        goto out;
    target->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (target->wake_fd < 0) {
        error_set(err, EXIT_USAGE, "no event descriptor: %s", strerror(errno));
        goto out;
    }
    target->mode = options->mode;
    target->has_service_times = options->has_service_times;
    target->has_no_delays = options->has_no_delays;
    target->started_ns = clock_now_ns();
    random_init(&target->random, options->seed, 0);
    users_init(&target->users, clock_wall_ns());
    target->shop = shop_new(options->seed);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    failed = pthread_create(&target->thread, NULL, target_main, target);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed == 0)
        return target;
    users_release(&target->users);
    shop_free(target->shop);
    error_set(err, EXIT_USAGE, "no thread for the demo target: %s", strerror(failed));
out:
    if (target->daemon != NULL)
        MHD_stop_daemon(target->daemon);
    if (target->wake_fd >= 0)
        close(target->wake_fd);
    free(target);
    return NULL;
}

void target_free(struct target *target)
{
    uint64_t one = 1;

    if (target == NULL)
        return;
    atomic_store_explicit(&target->is_stopping, true, memory_order_release);
    while (write(target->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    pthread_join(target->thread, NULL);
    close(target->wake_fd);
    users_release(&target->users);
    shop_free(target->shop);
    delays_release(&target->delays);
    free(target);
}

uint16_t target_port(const struct target *target)
{
    return target->port;
}

void target_stats(const struct target *target, struct target_stats *stats)
{
    const struct counters *counters = &target->counters;

    stats->total = count_read(&counters->total);
    stats->errors = count_read(&counters->errors);
    stats->get = count_read(&counters->get);
    stats->post = count_read(&counters->post);
    stats->put = count_read(&counters->put);
    stats->remove = count_read(&counters->remove);
    for (size_t i = 0; i < ENDPOINT_COUNT; i++)
        stats->endpoints[i] = count_read(&counters->endpoints[i]);
    for (size_t i = 0; i < TARGET_FAULT_COUNT; i++)
        stats->faults[i] = count_read(&counters->faults[i]);
    for (size_t i = 0; i < 600; i++)
        stats->statuses[i] = count_read(&counters->statuses[i]);
}

void target_set_mode(struct target *target, enum target_mode mode)
{
    atomic_store_explicit(&target->mode, mode, memory_order_relaxed);
}
