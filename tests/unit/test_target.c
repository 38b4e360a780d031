/* The demo target over real sockets on the loopback address: exact counts, delays that hold up nobody, a clean end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"
#include "target.h"

static struct target *start(const struct target_act *acts, size_t count, uint64_t seed)
{
    struct target_options options = { .seed = seed, .acts = acts, .act_count = count };
    struct error err = { 0 };
    struct target *target = target_new(&options, &err);

    if (target == NULL)
        fail_msg("%s", err.text);
    return target;
}

static int dial(const struct target *target)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(target_port(target)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = 20 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void ask(int fd, const char *method, const char *path)
{
    char *text = mem_format("%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", method, path);

    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    free(text);
}

/* Reads one answer with a Content-Length; the status is returned. */
static int answer(int fd, char *out, size_t size)
{
    size_t used = 0;

    for (;;) {
        ssize_t got = recv(fd, out + used, size - 1 - used, 0);
        const char *end, *length;

        assert_true(got > 0);
        used += (size_t)got;
        out[used] = '\0';
        end = strstr(out, "\r\n\r\n");
        if (end == NULL)
            continue;
        length = strstr(out, "Content-Length: ");
        if (length == NULL || used >= (size_t)(end + 4 - out) + strtoul(length + 16, NULL, 10))
            return (int)strtol(out + 9, NULL, 10);
    }
}

static void every_answer_is_counted_once(void **state)
{
    struct target *target = start(NULL, 0, 1);
    struct target_stats stats;
    char text[8192];
    int fd = dial(target);

    (void)state;
    for (int i = 0; i < 40; i++) {
        ask(fd, "GET", "/api/users");
        assert_int_equal(answer(fd, text, sizeof text), 200);
    }
    ask(fd, "GET", "/nowhere");
    assert_int_equal(answer(fd, text, sizeof text), 404);
    ask(fd, "DELETE", "/api/users/1");
    assert_int_equal(answer(fd, text, sizeof text), 204);
    ask(fd, "GET", "/api/stats");
    assert_int_equal(answer(fd, text, sizeof text), 200);
    assert_non_null(strstr(text, "\"total_requests\":42,\"get_requests\":41,\"post_requests\":0"));
    assert_non_null(strstr(text, "\"statuses\":{\"200\":40,\"204\":1,\"404\":1}"));
    target_stats(target, &stats);
    assert_int_equal(stats.total, 43);
    assert_int_equal(stats.errors, 1);
    assert_int_equal(stats.endpoints[ENDPOINT_LIST], 40);
    assert_int_equal(stats.statuses[200], 41);
    close(fd);
    target_free(target);
}

/* Ten quick answers while a slow one waits 250 ms or more. False: the slow one came first. */
static bool quick_ones_overtake(struct target *target)
{
    struct target_stats before, after;
    char text[8192];
    int late = dial(target);
    int quick = dial(target);

    target_stats(target, &before);
    ask(late, "GET", "/api/users/1");
    for (int i = 0; i < 10; i++) {
        ask(quick, "GET", "/api/users");
        assert_int_equal(answer(quick, text, sizeof text), 200);
    }
    target_stats(target, &after);
    assert_int_equal(after.endpoints[ENDPOINT_LIST], before.endpoints[ENDPOINT_LIST] + 10);
    assert_int_equal(answer(late, text, sizeof text), 200);
    close(late);
    close(quick);
    return after.endpoints[ENDPOINT_READ] == before.endpoints[ENDPOINT_READ];
}

static void a_delayed_answer_holds_up_no_other_connection(void **state)
{
    static const struct target_act slow[] = { { 0, TARGET_SLOW } };
    struct target *target = start(slow, 1, 1);
    struct target_stats stats;
    bool overtook = false;
    unsigned tries = 0;

    (void)state;
    while (!overtook && tries < 8) { /* a machine that stood still for so long may disturb one try, a server that waits fails all */
        overtook = quick_ones_overtake(target);
        tries++;
    }
    assert_true(overtook);
    target_stats(target, &stats);
    assert_int_equal(stats.faults[TARGET_DELAYED], tries);
    target_free(target);
}

static void ending_it_does_not_wait_for_delayed_answers(void **state)
{
    static const struct target_act slow[] = { { 0, TARGET_SLOW } };
    struct target *target = start(slow, 1, 1);
    char text[8192];
    int fds[20];

    (void)state;
    for (int i = 0; i < 20; i++) {
        fds[i] = dial(target);
        ask(fds[i], "GET", "/api/users/1");
    }
    ask(fds[0], "GET", "/api/users/1"); /* behind one that waits */
    int other = dial(target);
    ask(other, "GET", "/");
    assert_int_equal(answer(other, text, sizeof text), 200);
    target_free(target);
    for (int i = 0; i < 20; i++)
        close(fds[i]);
    close(other);
}

static void a_port_that_is_taken_is_an_error_with_its_name(void **state)
{
    struct target *target = start(NULL, 0, 1);
    struct target_options options = { .port = target_port(target) };
    struct error err = { 0 };
    char *expected = mem_format("127.0.0.1:%u: cannot listen", target_port(target));

    (void)state;
    assert_null(target_new(&options, &err));
    assert_int_equal(err.exit_code, EXIT_USAGE);
    assert_non_null(strstr(err.text, expected));
    free(expected);
    target_free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_is_counted_once),
        cmocka_unit_test(a_delayed_answer_holds_up_no_other_connection),
        cmocka_unit_test(ending_it_does_not_wait_for_delayed_answers),
        cmocka_unit_test(a_port_that_is_taken_is_an_error_with_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
