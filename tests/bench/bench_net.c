/* Drives net alone against a small server in a child process: bench_net REQUESTS [CONNECTIONS]. Exact cost in user-space
 * instructions: `make bench-net` runs it twice under callgrind and divides the difference. Not part of check. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "net.h"

#define MAX_CONNECTIONS 64

static const char answer[] = "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/html\r\n"
                             "Content-Length: 12\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\n"
                             "ETag: \"65f0c0de-264\"\r\nAccept-Ranges: bytes\r\n\r\nhello world\n";

static unsigned long left, failed;
static unsigned running;
static struct net_session sessions[MAX_CONNECTIONS];
static struct exchange exchanges[MAX_CONNECTIONS];

static _Noreturn void serve(int listener, unsigned connections)
{
    struct pollfd polls[MAX_CONNECTIONS];
    char bytes[4096];

    for (unsigned i = 0; i < connections; i++) {
        polls[i].fd = accept(listener, NULL, NULL);
        polls[i].events = POLLIN;
        polls[i].revents = 0;
    }
    while (poll(polls, connections, 60000) > 0)
        for (unsigned i = 0; i < connections; i++)
            if (polls[i].revents != 0) {
                if (recv(polls[i].fd, bytes, sizeof bytes, 0) <= 0)
                    _exit(0);
                if (send(polls[i].fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
                    _exit(0);
            }
    _exit(1);
}

static void on_done(struct exchange *exchange)
{
    failed += exchange->fault != FAULT_NONE || exchange->status != 200;
    if (left == 0) {
        running--;
        return;
    }
    left--;
    net_submit(&sessions[exchange - exchanges], exchange, false, exchange->stamps[STAMP_END]);
}

int main(int argc, char **argv)
{
    char name[] = "bench", agent[] = "onager/bench", get[] = "GET", path[] = "/index.html";
    struct plan plan = { .name = name, .user_agent = agent, .max_head_bytes = 65536 };
    struct plan_request wanted = { .method = get, .target = path, .timeout_ns = 10 * NS_PER_S, .connect_timeout_ns = 10 * NS_PER_S };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    const struct net_options options = { .keepalive = true };
    unsigned long requests = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    unsigned connections = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 16;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct origin origin;
    struct net_request request;
    struct error err;
    struct ev_loop *loop;
    struct net *net;
    uint64_t cpu_ns;
    pid_t child;

    INVARIANT(connections > 0 && connections <= MAX_CONNECTIONS && requests >= connections);
    INVARIANT(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 128) == 0);
    INVARIANT(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    child = fork();
    if (child == 0)
        serve(listener, connections);
    loop = ev_loop_new(EVFLAG_AUTO);
    net = net_new(loop, &options, &err);
    INVARIANT(net != NULL && origin_resolve(&origin, "http", "127.0.0.1", ntohs(address.sin_port), &err) == 0);
    net_request_build(&request, &plan, &wanted, &origin);
    left = requests - connections;
    running = connections;
    for (unsigned i = 0; i < connections; i++) {
        net_session_init(&sessions[i], net);
        exchanges[i].request = &request;
        exchanges[i].on_done = on_done;
        net_submit(&sessions[i], &exchanges[i], false, clock_now_ns());
    }
    cpu_ns = clock_thread_cpu_ns();
    while (running > 0)
        ev_run(loop, EVRUN_ONCE);
    cpu_ns = clock_thread_cpu_ns() - cpu_ns;
    fprintf(
        stderr, "%lu requests, %lu failed, %.2f us of CPU each, %u turns of the loop\n", requests, failed,
        (double)cpu_ns / 1e3 / (double)requests, ev_iteration(loop));
    for (unsigned i = 0; i < connections; i++)
        net_session_close(&sessions[i]);
    net_free(net);
    ev_loop_destroy(loop);
    net_request_release(&request);
    origin_release(&origin);
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    return failed == 0 ? 0 : 1;
}
