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

static struct target *start(enum target_mode mode, bool has_no_delays)
{
    struct target_options options = { .seed = 1, .mode = mode, .has_no_delays = has_no_delays };
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
    struct target *target = start(TARGET_HEALTHY, false);
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
    struct target *target = start(TARGET_SLOW, false);
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
    struct target *target = start(TARGET_SLOW, false);
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

#define REQUESTS 10000

/* One request after the other on one connection, and what the statuses and the target say of them. */
static struct target_stats ask_many(enum target_mode mode, const char *method, const char *path)
{
    struct target *target = start(mode, true);
    struct target_stats stats;
    unsigned statuses[600] = { 0 };
    char text[8192];
    int fd = dial(target);

    for (unsigned i = 0; i < REQUESTS; i++) {
        ask(fd, method, path);
        statuses[answer(fd, text, sizeof text)]++;
    }
    close(fd);
    target_stats(target, &stats);
    target_free(target);
    for (unsigned i = 0; i < 600; i++)
        assert_int_equal(statuses[i], stats.statuses[i]);
    return stats;
}

#define assert_share(count, share) assert_in_range(count, (unsigned)(((share)-0.01) * REQUESTS), (unsigned)(((share) + 0.01) * REQUESTS))

static void ten_thousand_requests_see_each_fault_as_often_as_promised(void **state)
{
    struct target_stats stats;

    (void)state;
    for (int i = 0; i < 2; i++) {
        stats = i == 0 ? ask_many(TARGET_FAULTS, "GET", "/api/users") : ask_many(TARGET_FAULTS, "POST", "/api/echo");
        assert_share(stats.faults[TARGET_LATE_500], 0.10);
        assert_share(stats.faults[TARGET_QUICK_400], 0.05);
        assert_share(stats.faults[TARGET_DELAYED], 0.03);
        assert_share(stats.statuses[200], 0.85);
        assert_int_equal(stats.statuses[500], stats.faults[TARGET_LATE_500]);
        assert_int_equal(stats.statuses[400], stats.faults[TARGET_QUICK_400]);
    }
    stats = ask_many(TARGET_FAULTS, "GET", "/health");
    assert_share(stats.statuses[500], 0.10);
    assert_share(stats.faults[TARGET_DELAYED], 0.045);
    assert_int_equal(stats.statuses[200] + stats.statuses[500], REQUESTS);
    stats = ask_many(TARGET_FAULTS, "GET", "/api/users/1");
    assert_int_equal(stats.statuses[200], REQUESTS);
}

static void ten_thousand_users_are_asked_for_and_none_is_refused_by_chance(void **state)
{
    struct target *target = start(TARGET_FAULTS, true);
    struct target_stats stats;
    char text[8192];
    int fd = dial(target);

    (void)state;
    for (unsigned i = 0; i < REQUESTS; i++) {
        static const enum target_mode modes[] = { TARGET_HEALTHY, TARGET_FAULTS, TARGET_MILD, TARGET_SLOW, TARGET_BURST };
        const char *request = "POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";

        target_set_mode(target, modes[i % 5]);
        assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
        assert_int_equal(answer(fd, text, sizeof text), 201);
    }
    close(fd);
    target_stats(target, &stats);
    assert_int_equal(stats.faults[TARGET_NO_FAULT], REQUESTS);
    target_free(target);
}

static void the_mode_changes_between_two_requests(void **state)
{
    struct target *target = start(TARGET_HEALTHY, true);
    struct target_stats stats;
    char text[8192];
    int fd = dial(target);

    (void)state;
    for (unsigned i = 0; i < 400; i++) {
        target_set_mode(target, i < 100 || i >= 300 ? TARGET_HEALTHY : TARGET_BURST);
        ask(fd, "GET", "/api/users");
        if (answer(fd, text, sizeof text) != 200)
            assert_true(i >= 100 && i < 300);
    }
    close(fd);
    target_stats(target, &stats);
    assert_in_range(stats.statuses[503], 80, 160);
    target_free(target);
}

static void a_port_that_is_taken_is_an_error_with_its_name(void **state)
{
    struct target *target = start(TARGET_HEALTHY, false);
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
        cmocka_unit_test(ten_thousand_requests_see_each_fault_as_often_as_promised),
        cmocka_unit_test(ten_thousand_users_are_asked_for_and_none_is_refused_by_chance),
        cmocka_unit_test(the_mode_changes_between_two_requests),
        cmocka_unit_test(a_port_that_is_taken_is_an_error_with_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
