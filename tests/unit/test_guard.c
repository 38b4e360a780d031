/* Whom the start question asks about: addresses, loads, hosts that are allowed, and what a limited start is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include "guard.h"
#include "onager/engine.h"
#include "plan_build.h"

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage out = { 0 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(&out, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(&out, &v6, sizeof v6);
    else
        fail_msg("%s is no address", text);
    return out;
}

static void each_address_is_public_or_is_not(void **state)
{
    static const struct {
        const char *text;
        bool is_public;
    } addresses[] = {
        { "127.0.0.1", false },
        { "127.255.255.254", false },
        { "126.255.255.255", true },
        { "128.0.0.0", true },
        { "0.0.0.0", false },
        { "0.1.2.3", false },
        { "1.0.0.0", true },
        { "1.1.1.1", true },
        { "8.8.8.8", true },
        { "9.255.255.255", true },
        { "10.0.0.0", false },
        { "10.255.255.255", false },
        { "11.0.0.0", true },
        { "100.63.255.255", true },
        { "100.64.0.0", false },
        { "100.127.255.255", false },
        { "100.128.0.0", true },
        { "169.253.255.255", true },
        { "169.254.0.1", false },
        { "169.254.169.254", false },
        { "169.255.0.0", true },
        { "172.15.255.255", true },
        { "172.16.0.0", false },
        { "172.31.255.255", false },
        { "172.32.0.0", true },
        { "192.167.255.255", true },
        { "192.168.0.0", false },
        { "192.168.255.255", false },
        { "192.169.0.0", true },
        { "192.0.2.1", true },    /* documentation */
        { "198.51.100.7", true }, /* documentation */
        { "203.0.113.7", true },  /* documentation */
        { "255.255.255.255", true },
        { "::", false },
        { "::1", false },
        { "::2", true },
        { "fbff:ffff::1", true },
        { "fc00::", false },
        { "fd12:3456:789a::1", false },
        { "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false },
        { "fe00::1", true },
        { "fe80::1", false },
        { "febf::1", false },
        { "fec0::1", true },
        { "2001:db8::1", true }, /* documentation */
        { "2606:4700:4700::1111", true },
        { "::ffff:127.0.0.1", false },
        { "::ffff:10.1.2.3", false },
        { "::ffff:192.168.1.1", false },
        { "::ffff:8.8.8.8", true },
        { "64:ff9b::808:808", true },
        { "2002:a00:1::", true },
    };

    assert_true(sizeof addresses / sizeof *addresses >= 40);
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct sockaddr_storage address = address_of(addresses[i].text);

        if (guard_is_public((struct sockaddr *)&address) != addresses[i].is_public)
            fail_msg("%s is %spublic", addresses[i].text, addresses[i].is_public ? "" : "not ");
    }
}

/* The plan of a URL and options: "vus" "50" ... NULL; of a plan file: text. */
static struct plan *quick(const char *const *words)
{
    struct plan_override overrides[8];
    struct plan_request_by_user from = { .target = "http://shop.example/x", .overrides = overrides };
    struct error err = { 0 };
    struct plan *plan;

    for (; words[0] != NULL; words += 2)
        overrides[from.override_count++] = (struct plan_override){ words[0], words[1], ORIGIN_FLAG, words[0] };
    plan = plan_build(&from, NULL, &err);
    if (plan == NULL)
        fail_msg("%s", err.text);
    return plan;
}

static struct plan *from_text(const char *text)
{
    struct plan_request_by_user from = { .target = "x.ini" };
    struct error err = { 0 };
    struct plan *plan = plan_build_text(&from, "x.ini", text, strlen(text), NULL, &err);

    if (plan == NULL)
        fail_msg("%s", err.text);
    return plan;
}

/* As guard_find(), with every host of the plan resolved to `text` by nobody's name server. */
static bool finds(const struct plan *plan, const char *text, char *const *allowed, size_t allowed_count, struct guard_finding *finding)
{
    struct sockaddr_storage address = address_of(text);
    struct guard_address addresses[8];
    size_t count = 0;

    for (size_t i = 0; i < plan->request_count; i++)
        addresses[count++] = (struct guard_address){ plan->requests[i].host, (struct sockaddr *)&address };
    return guard_find(plan, addresses, count, allowed, allowed_count, finding);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void a_load_is_asked_about_at_a_public_address_alone(void **state)
{
    const struct {
        const char *const *words;
        bool asks;
        const char *description;
    } loads[] = {
        { (const char *const[]){ NULL }, false, "" }, /* a URL alone */
        { WORDS("rate", "500"), false, "" },
        { WORDS("rate", "501"), true, "501/s for 30s: more than 500/s." },
        { WORDS("rate", "30000/m"), false, "" },
        { WORDS("rate", "30060/m"), true, "501/s for 30s: more than 500/s." },
        { WORDS("rate", "2000", "vus", "10"), true, "2,000/s for 30s: more than 500/s." },
        { WORDS("vus", "1"), true, "1 VU for 30s, each as fast as it is answered: no limit on the rate." },
        { WORDS("vus", "50", "duration", "1m"), true, "50 VUs for 1m0s, each as fast as it is answered: no limit on the rate." },
        { WORDS("iterations", "1500"), false, "" },
        { WORDS("iterations", "1501"), true, "10 VUs, 1,501 iterations, each as fast as it is answered: no limit on the rate." },
        { WORDS("vus", "5", "rate", "100"), false, "" },
    };

    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        struct plan *plan = quick(loads[i].words);
        struct guard_finding finding = { 0 };
        struct buf text;

        buf_init(&text);
        assert_int_equal(finds(plan, "203.0.113.7", NULL, 0, &finding), loads[i].asks);
        if (loads[i].asks) {
            guard_describe(&text, plan, &finding);
            assert_string_equal(text.data, loads[i].description);
            assert_string_equal(finding.address, "203.0.113.7");
            assert_string_equal(finding.host, "shop.example");
            assert_string_equal(finding.url, "http://shop.example/x");
        }
        assert_false(finds(plan, "127.0.0.1", NULL, 0, &finding));
        assert_false(finds(plan, "10.1.2.3", NULL, 0, &finding));
        assert_false(finds(plan, "::1", NULL, 0, &finding));
        buf_release(&text);
        plan_free(plan);
    }
}

static void rates_of_scenarios_count_together_while_they_overlap(void **state)
{
    static const char together[] = "[request a]\nurl = http://shop.example/\n"
                                   "[scenario one]\nexecutor = constant-arrival-rate\nrate = 300/s\nduration = 10s\n"
                                   "[scenario two]\nexecutor = constant-arrival-rate\nrate = 300/s\nduration = 10s\nstart_time = 9s\n";
    static const char apart[] = "[request a]\nurl = http://shop.example/\n"
                                "[scenario one]\nexecutor = constant-arrival-rate\nrate = 300/s\nduration = 10s\n"
                                "[scenario two]\nexecutor = constant-arrival-rate\nrate = 300/s\nduration = 10s\nstart_time = 10s\n";
    struct guard_finding finding;
    struct plan *plan = from_text(together);

    assert_true(finds(plan, "8.8.8.8", NULL, 0, &finding));
    assert_true(finding.rate == 600);
    plan_free(plan);
    plan = from_text(apart);
    assert_false(finds(plan, "8.8.8.8", NULL, 0, &finding));
    plan_free(plan);
}

static void only_the_host_that_is_public_counts(void **state)
{
    static const char text[] = "[request mine]\nurl = http://localhost/\n[request theirs]\nurl = http://shop.example/\n"
                               "[scenario fast]\nexecutor = constant-vus\nvus = 9\nduration = 9s\nrequest = mine\n"
                               "[scenario slow]\nexecutor = constant-arrival-rate\nrate = 5/s\nduration = 9s\nrequest = theirs\n";
    struct sockaddr_storage own = address_of("127.0.0.1"), public = address_of("8.8.8.8");
    const struct guard_address addresses[] = { { "localhost", (struct sockaddr *)&own }, { "shop.example", (struct sockaddr *)&public } };
    struct guard_finding finding;
    struct plan *plan = from_text(text);

    assert_false(guard_find(plan, addresses, 2, NULL, 0, &finding));
    guard_limit(plan, addresses, 2);
    assert_int_equal(plan->scenarios[0].executor, EXECUTOR_CONSTANT_VUS);
    assert_int_equal(plan->scenarios[1].rate.count, 5);
    plan_free(plan);
}

static void one_public_address_of_many_is_enough(void **state)
{
    struct sockaddr_storage own = address_of("10.0.0.1"), public = address_of("2606:4700::1");
    const struct guard_address addresses[] = { { "shop.example", (struct sockaddr *)&own },
                                               { "SHOP.example", (struct sockaddr *)&public } };
    struct guard_finding finding;
    struct plan *plan = quick(WORDS("vus", "2"));

    assert_true(guard_find(plan, addresses, 2, NULL, 0, &finding));
    assert_string_equal(finding.address, "2606:4700::1");
    plan_free(plan);
}

static void an_allowed_host_is_not_asked_about(void **state)
{
    static char same[] = "Shop.Example", below[] = "*.example", other[] = "shop.example.org", tail[] = "*.op.example";
    char *const lists[][1] = { { same }, { below }, { other }, { tail } };
    struct guard_finding finding;
    struct plan *plan = quick(WORDS("vus", "2"));

    for (size_t i = 0; i < 4; i++)
        assert_int_equal(finds(plan, "8.8.8.8", lists[i], 1, &finding), i >= 2);
    plan_free(plan);
}

static void a_limited_start_is_open_and_slow(void **state)
{
    const struct {
        const char *const *words;
        uint64_t duration_s, vus;
    } loads[] = {
        { WORDS("vus", "40", "duration", "1m"), 60, 40 },
        { WORDS("iterations", "5000", "vus", "20"), 100, 20 },
        { WORDS("rate", "900", "duration", "20s", "vus", "70"), 20, 70 },
    };

    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        struct plan *plan = quick(loads[i].words);
        struct sockaddr_storage address = address_of("8.8.8.8");
        const struct guard_address addresses[] = { { "shop.example", (struct sockaddr *)&address } };
        const struct plan_scenario *scenario = &plan->scenarios[0];
        struct guard_finding finding;

        guard_limit(plan, addresses, 1);
        assert_int_equal(scenario->executor, EXECUTOR_CONSTANT_ARRIVAL_RATE);
        assert_int_equal(scenario->rate.count * NS_PER_S / scenario->rate.per_ns, GUARD_LIMITED_RATE);
        assert_int_equal(scenario->duration_ns, loads[i].duration_s * NS_PER_S);
        assert_int_equal(scenario->max_vus, loads[i].vus);
        assert_false(guard_find(plan, addresses, 1, NULL, 0, &finding));
        plan_free(plan);
    }
}

static void the_question_fits_its_width_and_cannot_be_broken_by_a_name(void **state)
{
    struct plan *plan = quick(WORDS("vus", "2"));
    struct guard_finding finding = { .host = "h\x1b[2J", .url = "http://h\x1b[2J/\n\n", .address = "203.0.113.7", .is_closed = true };

    for (size_t columns = 0; columns < 200; columns += 20)
        for (int utf8 = 0; utf8 < 2; utf8++) {
            struct buf text;

            buf_init(&text);
            guard_question(&text, plan, &finding, columns, utf8);
            assert_null(strchr(text.data, 0x1b));
            assert_non_null(strstr(text.data, "203.0.113.7, a public address"));
            assert_non_null(strstr(text.data, "l  start, at most 50/s"));
            buf_release(&text);
        }
    plan_free(plan);
}

static bool never(void)
{
    return false;
}

static bool at_once(void)
{
    return true;
}

static void each_key_is_one_answer_and_the_terminal_is_as_before(void **state)
{
    static const struct {
        const char *keys;
        enum guard_answer answer;
    } cases[] = { { "\r", GUARD_START }, { "\n", GUARD_START },   { "l", GUARD_START_LIMITED }, { "a", GUARD_ALWAYS },
                  { "q", GUARD_LEAVE },  { "\x03", GUARD_LEAVE }, { "\x1b", GUARD_LEAVE },      { "xyzyes\tl", GUARD_START_LIMITED } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct termios before, after;
        int ours, theirs;
        pid_t child;

        assert_int_equal(openpty(&ours, &theirs, NULL, NULL, NULL), 0);
        assert_int_equal(tcgetattr(theirs, &before), 0);
        child = fork();
        if (child == 0) { /* types when the question waits: keys from before it do not count */
            struct termios now;

            do
                tcgetattr(theirs, &now);
            while ((now.c_lflag & ICANON) != 0);
            _exit(write(ours, cases[i].keys, strlen(cases[i].keys)) > 0 ? 0 : 1);
        }
        assert_int_equal(guard_wait(theirs, never), cases[i].answer);
        assert_int_equal(tcgetattr(theirs, &after), 0);
        assert_int_equal(before.c_lflag, after.c_lflag);
        assert_int_equal(before.c_iflag, after.c_iflag);
        assert_memory_equal(before.c_cc, after.c_cc, sizeof before.c_cc);
        close(ours);
        close(theirs);
    }
    assert_int_equal(guard_wait(-1, never), GUARD_LEAVE);
}

static void a_signal_is_no_yes(void **state)
{
    int ours, theirs;

    assert_int_equal(openpty(&ours, &theirs, NULL, NULL, NULL), 0);
    assert_int_equal(guard_wait(theirs, at_once), GUARD_LEAVE);
    close(ours);
    assert_int_equal(guard_wait(theirs, never), GUARD_LEAVE); /* the terminal is gone */
    close(theirs);
}

static void the_engine_says_what_the_hosts_were_resolved_to(void **state)
{
    static const char text[] = "[request a]\nurl = http://127.0.0.1:1/\n[request b]\nurl = http://127.0.0.9:2/x\n[request c]\nurl = "
                               "http://127.0.0.1:1/y\n[scenario s]\nexecutor = constant-vus\nduration = 1s\nmix = a:1, b:1, c:1\n";
    static const char *const expected[] = { "127.0.0.1", "127.0.0.9" };
    struct plan *plan = from_text(text);
    struct error err = { 0 };
    struct engine *engine = onager_engine_new(plan, &err);
    struct engine_address address;

    assert_non_null(engine);
    for (size_t i = 0; i < 2; i++) {
        struct sockaddr_storage own = address_of(expected[i]);

        assert_true(onager_engine_address(engine, i, &address));
        assert_string_equal(address.host, expected[i]);
        assert_int_equal(address.port, i + 1);
        assert_int_equal(
            ((const struct sockaddr_in *)(const void *)address.address)->sin_addr.s_addr,
            ((struct sockaddr_in *)(void *)&own)->sin_addr.s_addr);
    }
    assert_false(onager_engine_address(engine, 2, &address));
    onager_engine_free(engine);
    plan_free(plan);
}

static void a_host_that_a_proxy_looks_up_may_be_public(void **state)
{
    static const char text[] = "[http]\nproxy = socks5h://127.0.0.1:1080\nno_proxy = 127.0.0.2\n[request a]\nurl = http://shop.test/\n"
                               "[request b]\nurl = http://127.0.0.1/\n[request c]\nurl = http://127.0.0.2/\n"
                               "[scenario s]\nexecutor = constant-vus\nduration = 1s\nmix = a, b, c\n";
    static const int families[] = { AF_UNSPEC, AF_INET, AF_INET };
    struct plan *plan = from_text(text);
    struct error err = { 0 };
    struct engine *engine = onager_engine_new(plan, &err);
    struct guard_address all[3];
    struct guard_finding finding;
    struct engine_address one;
    struct buf line;

    assert_non_null(engine);
    for (size_t i = 0; i < 3; i++) {
        assert_true(onager_engine_address(engine, i, &one));
        assert_int_equal(one.address->sa_family, families[i]);
        all[i] = (struct guard_address){ one.host, one.address };
    }
    assert_true(guard_find(plan, all, 3, NULL, 0, &finding));
    assert_string_equal(finding.host, "shop.test");
    buf_init(&line);
    guard_warning(&line, plan, &finding);
    assert_non_null(strstr(line.data, "http://shop.test/ goes by a proxy, maybe to a public address: "));
    buf_clear(&line);
    guard_question(&line, plan, &finding, 80, false);
    assert_non_null(strstr(line.data, "http://shop.test/ by a proxy: maybe a public address"));
    buf_release(&line);
    assert_false(guard_find(plan, all + 1, 2, NULL, 0, &finding));
    onager_engine_free(engine);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_is_public_or_is_not),
        cmocka_unit_test(a_load_is_asked_about_at_a_public_address_alone),
        cmocka_unit_test(rates_of_scenarios_count_together_while_they_overlap),
        cmocka_unit_test(only_the_host_that_is_public_counts),
        cmocka_unit_test(one_public_address_of_many_is_enough),
        cmocka_unit_test(an_allowed_host_is_not_asked_about),
        cmocka_unit_test(a_limited_start_is_open_and_slow),
        cmocka_unit_test(the_question_fits_its_width_and_cannot_be_broken_by_a_name),
        cmocka_unit_test(each_key_is_one_answer_and_the_terminal_is_as_before),
        cmocka_unit_test(a_signal_is_no_yes),
        cmocka_unit_test(the_engine_says_what_the_hosts_were_resolved_to),
        cmocka_unit_test(a_host_that_a_proxy_looks_up_may_be_public),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
