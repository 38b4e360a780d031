/* net: lists of addresses, where origins go by the plan, and the resolver. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "addresses.h"
#include "mem.h"
#include "net.h"
#include "resolver.h"
#include "sources.h"

/* ---- lists ---- */

static struct address_list *list_of(enum address_policy policy, const char *const *texts)
{
    struct net_address all[ADDRESSES_MAX];
    size_t count = 0;

    for (; texts[count] != NULL; count++)
        assert_true(net_address_parse(&all[count], texts[count], 80));
    return address_list_new(all, count, policy);
}

/* "1 ::1 | 2": addresses in order, those that only help out behind the bar; 127.0.0.x as x. */
static void check_list(enum address_policy policy, const char *expected)
{
    static const char *const texts[] = { "127.0.0.1", "127.0.0.2", "::1", "127.0.0.1", "::2", "127.0.0.3", NULL };
    struct address_list *list = list_of(policy, texts);
    char got[200] = "", shown[NET_ADDRESS_SHOWN_SIZE];

    for (size_t i = 0; i < list->count; i++) {
        size_t used = strlen(got);

        snprintf(
            got + used, sizeof got - used, "%s%s%s", i > 0 ? " " : "", i == list->preferred ? "| " : "",
            net_address_show(shown, &list->at[i]));
    }
    assert_string_equal(got, expected);
    address_list_free(list);
}

static void families_take_turns_unless_one_is_preferred(void **state)
{
    (void)state;
    check_list(POLICY_ANY, "127.0.0.1:80 [::1]:80 127.0.0.2:80 [::2]:80 127.0.0.3:80");
    check_list(POLICY_PREFER_IPV4, "127.0.0.1:80 127.0.0.2:80 127.0.0.3:80 | [::1]:80 [::2]:80");
    check_list(POLICY_PREFER_IPV6, "[::1]:80 [::2]:80 | 127.0.0.1:80 127.0.0.2:80 127.0.0.3:80");
    check_list(POLICY_ONLY_IPV4, "127.0.0.1:80 127.0.0.2:80 127.0.0.3:80");
    check_list(POLICY_ONLY_IPV6, "[::1]:80 [::2]:80");
}

static void a_preference_without_such_an_address_takes_the_others(void **state)
{
    static const char *const v4[] = { "127.0.0.1", "127.0.0.2", NULL };
    struct address_list *list = list_of(POLICY_PREFER_IPV6, v4);

    (void)state;
    assert_int_equal(list->preferred, 2);
    address_list_free(list);
    assert_null(list_of(POLICY_ONLY_IPV6, v4));
}

static void a_new_list_knows_what_the_old_one_learnt(void **state)
{
    static const char *const before[] = { "127.0.0.1", "127.0.0.2", NULL }, *const after[] = { "127.0.0.3", "127.0.0.2", NULL };
    static const char *const turned[] = { "127.0.0.2", "127.0.0.1", NULL };
    struct net_name *name = net_name_new("two.test", 80);
    struct address_list *old = list_of(POLICY_ANY, before), *new = list_of(POLICY_ANY, after), *same = list_of(POLICY_ANY, turned);

    (void)state;
    assert_true(address_list_equal(old, same));
    assert_false(address_list_equal(old, new));
    address_list_free(same);
    net_name_publish(name, old);
    old->states[1]->retry_at_ns = 42;
    old->states[1]->strikes = 3;
    net_name_publish(name, new);
    assert_ptr_equal(net_name_list(name), new);
    assert_ptr_equal(new->older, old);
    assert_ptr_equal(new->states[1], old->states[1]);
    assert_int_equal(new->states[0]->strikes, 0);
    assert_int_equal(new->states[1]->strikes, 3);
    assert_int_equal(new->states[1]->retry_at_ns, 42);
    net_name_free(name);
}

static void numbers_are_read_and_shown(void **state)
{
    static const struct {
        const char *text, *shown;
    } good[] = { { "127.0.0.1", "127.0.0.1:80" }, { "::1", "[::1]:80" }, { "[::1]", "[::1]:80" }, { "fe80::1%1", "[fe80::1]:80" } };
    static const char *const bad[] = { "", "localhost", "127.0.0", "127.0.0.1:80", "[::1", "::1]", "fe80::1%nosuch", "1.2.3.4.5" };
    struct net_address address;
    char shown[NET_ADDRESS_SHOWN_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(net_address_parse(&address, good[i].text, 80));
        assert_string_equal(net_address_show(shown, &address), good[i].shown);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(net_address_parse(&address, bad[i], 80));
}

/* ---- origins ---- */

static char shop[] = "shop.test", two[] = "127.0.0.2", three[] = "127.0.0.3", gate[] = "127.0.0.9", local[] = ".local", path[] = "/run/x";
static char *two_addresses[] = { two, three }, *one_address[] = { two }, *no_proxy[] = { local, gate };

/* First address of the origin's name, and how many; "" before a look-up. */
static const char *place_of(
    struct resolver *resolver, const struct plan_network *network, const char *scheme, const char *host, uint16_t port)
{
    static char text[NET_ADDRESS_SHOWN_SIZE + 8];
    char shown[NET_ADDRESS_SHOWN_SIZE];
    struct address_list *list;
    struct origin origin;

    origin_name(&origin, resolver, network, scheme, host, port);
    list = net_name_list(origin.name);
    if (list == NULL)
        text[0] = '\0';
    else
        snprintf(text, sizeof text, "%s x%zu", net_address_show(shown, &list->at[0]), list->count);
    origin_release(&origin);
    return text;
}

static void maps_say_where_an_origin_is(void **state)
{
    struct plan_resolve resolves[] = { { shop, 443, two_addresses, 2, 8443 }, { shop, 0, one_address, 1, 0 } };
    struct plan_connect_to maps[] = { { shop, 81, NULL, 82 }, { shop, 83, gate, 0 } };
    struct plan_network network = { .resolves = resolves, .resolve_count = 2, .connect_tos = maps, .connect_to_count = 2 };
    struct resolver *resolver = resolver_new(&network);

    (void)state;
    assert_string_equal(place_of(resolver, &network, "https", "shop.test", 443), "127.0.0.2:8443 x2");
    assert_string_equal(place_of(resolver, &network, "http", "SHOP.test", 80), "127.0.0.2:80 x1");
    assert_string_equal(place_of(resolver, &network, "http", "shop.test", 81), "127.0.0.2:82 x1");
    assert_string_equal(place_of(resolver, &network, "http", "shop.test", 83), "127.0.0.9:83 x1");
    assert_string_equal(place_of(resolver, &network, "http", "127.0.0.1", 80), "127.0.0.1:80 x1");
    assert_string_equal(place_of(resolver, &network, "http", "other.test", 80), "");
    network.unix_socket = path;
    assert_string_equal(place_of(resolver, &network, "http", "other.test", 80), "/run/x x1");
    resolver_free(resolver);
}

static void a_proxy_takes_what_is_not_excepted(void **state)
{
    struct plan_network network = { .proxy = { .kind = PROXY_HTTP, .host = gate, .port = 3128 },
                                    .no_proxy = no_proxy,
                                    .no_proxy_count = 2 };
    struct resolver *resolver = resolver_new(&network);
    static const struct {
        const char *scheme, *host;
        bool is_direct, is_absolute;
    } cases[] = {
        { "http", "shop.test", false, true },   { "https", "shop.test", false, false }, { "http", "a.local", true, false },
        { "http", "local", true, false },       { "http", "notlocal", false, true },    { "http", "127.0.0.9", true, false },
        { "http", "1.127.0.0.9", false, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct origin origin;

        origin_name(&origin, resolver, &network, cases[i].scheme, cases[i].host, 80);
        assert_int_equal(origin.proxy == NULL, cases[i].is_direct);
        assert_int_equal(origin_is_absolute(&origin), cases[i].is_absolute);
        assert_int_equal(origin_is_tunnelled(&origin), !cases[i].is_direct && !cases[i].is_absolute);
        if (!cases[i].is_direct)
            assert_ptr_equal(origin.name, origin.proxy_name);
        origin_release(&origin);
    }
    network.proxy.kind = PROXY_SOCKS5; /* wants a number, so the host is looked up here */
    {
        struct origin origin;

        origin_name(&origin, resolver, &network, "http", "shop.test", 80);
        assert_ptr_not_equal(origin.name, origin.proxy_name);
        assert_true(origin_is_tunnelled(&origin));
        origin_release(&origin);
    }
    resolver_free(resolver);
}

static void a_name_is_made_once_and_knows_other_ports_of_its_host(void **state)
{
    struct resolver *resolver = resolver_new(NULL);
    struct net_name *first = resolver_name(resolver, "localhost", 80), *second;
    struct error err;

    (void)state;
    assert_null(net_name_list(first));
    assert_int_equal(resolver_look_up(resolver, first, &err), 0);
    assert_ptr_equal(resolver_name(resolver, "LOCALHOST", 80), first);
    second = resolver_name(resolver, "localhost", 81);
    assert_ptr_not_equal(second, first);
    assert_non_null(net_name_list(second));
    assert_int_equal(net_name_list(second)->count, net_name_list(first)->count);
    resolver_free(resolver);
}

/* ---- the thread ---- */

static void wait_for(struct resolver_waiter *waiter)
{
    struct pollfd fd = { .fd = waiter->event_fd, .events = POLLIN };
    uint64_t count;

    assert_int_equal(poll(&fd, 1, 20000), 1);
    assert_int_equal(read(waiter->event_fd, &count, sizeof count), sizeof count);
}

static void the_thread_answers_who_asked_and_says_why_not(void **state)
{
    struct resolver *resolver = resolver_new(NULL);
    struct resolver_waiter *waiter = resolver_waiter_new();
    struct net_name *good = resolver_name(resolver, "localhost", 80), *bad = resolver_name(resolver, "no host has this name", 80);

    (void)state;
    resolver_ask(resolver, good, waiter);
    wait_for(waiter);
    assert_non_null(net_name_list(good));
    assert_int_equal(atomic_load(&good->error), 0);
    resolver_ask(resolver, bad, waiter);
    wait_for(waiter);
    assert_null(net_name_list(bad));
    assert_int_equal(atomic_load(&bad->look_ups), 1);
    assert_string_equal(resolver_error(atomic_load(&bad->error)), "no such host");
    resolver_waiter_leave(waiter);
    resolver_free(resolver);
}

#define ASKERS 4
#define NAMES 50

static void *ask_for_many(void *argument)
{
    struct resolver *resolver = argument;
    struct resolver_waiter *waiter = resolver_waiter_new();

    for (unsigned i = 0; i < NAMES; i++) {
        struct net_name *name = resolver_name(resolver, "localhost", (uint16_t)(1000 + i));

        while (net_name_list(name) == NULL) {
            struct pollfd fd = { .fd = waiter->event_fd, .events = POLLIN };
            uint64_t count;

            resolver_ask(resolver, name, waiter);
            poll(&fd, 1, 20000);
            (void)!read(waiter->event_fd, &count, sizeof count);
        }
    }
    resolver_waiter_leave(waiter);
    return NULL;
}

static void many_threads_that_ask_at_once_share_the_names(void **state)
{
    struct resolver *resolver = resolver_new(NULL);
    pthread_t threads[ASKERS];
    unsigned count = 0;

    (void)state;
    for (unsigned i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_many, resolver), 0);
    for (unsigned i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (struct net_name *name = resolver_names(resolver); name != NULL; name = name->next)
        count++;
    assert_int_equal(count, NAMES);
    resolver_free(resolver);
}

static void a_resolver_may_end_while_it_is_asked(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        struct resolver *resolver = resolver_new(NULL);
        struct resolver_waiter *waiter = resolver_waiter_new();

        resolver_ask(resolver, resolver_name(resolver, "localhost", 80), waiter);
        resolver_ask(resolver, resolver_name(resolver, "localhost", 81), waiter);
        resolver_waiter_leave(waiter);
        resolver_free(resolver);
    }
}

static void names_are_looked_up_again_after_the_refresh_time(void **state)
{
    struct plan_network network = { .refresh_ns = 5 * NS_PER_MS };
    struct resolver *resolver = resolver_new(&network);
    struct net_name *name = resolver_name(resolver, "localhost", 80);
    struct address_list *first;
    struct resolver_note note;
    struct error err;

    (void)state;
    assert_int_equal(resolver_look_up(resolver, name, &err), 0);
    first = net_name_list(name);
    assert_int_equal(resolver_start(resolver, &err), 0);
    for (unsigned i = 0; i < 20000 && atomic_load(&name->look_ups) < 3; i++)
        poll(NULL, 0, 1);
    assert_true(atomic_load(&name->look_ups) >= 3);
    assert_ptr_equal(net_name_list(name), first); /* nothing changed */
    assert_false(resolver_take_note(resolver, &note));
    resolver_free(resolver);
}

/* ---- sources ---- */

static void sources_are_addresses_or_interfaces_of_this_machine(void **state)
{
    char lo[] = "lo", nowhere[] = "203.0.113.7", *words[] = { two, lo }, *bad[] = { nowhere };
    struct plan_network network = { .sources = words, .source_count = 2 };
    struct error err = { 0 };
    struct source_list *sources = sources_new(&network, &err);

    (void)state;
    assert_non_null(sources);
    assert_true(sources_count(sources) >= 2);
    sources_free(sources);
    network = (struct plan_network){ .sources = bad, .source_count = 1 };
    assert_null(sources_new(&network, &err));
    assert_int_equal(err.exit_code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "203.0.113.7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_take_turns_unless_one_is_preferred),
        cmocka_unit_test(a_preference_without_such_an_address_takes_the_others),
        cmocka_unit_test(a_new_list_knows_what_the_old_one_learnt),
        cmocka_unit_test(numbers_are_read_and_shown),
        cmocka_unit_test(maps_say_where_an_origin_is),
        cmocka_unit_test(a_proxy_takes_what_is_not_excepted),
        cmocka_unit_test(a_name_is_made_once_and_knows_other_ports_of_its_host),
        cmocka_unit_test(the_thread_answers_who_asked_and_says_why_not),
        cmocka_unit_test(many_threads_that_ask_at_once_share_the_names),
        cmocka_unit_test(a_resolver_may_end_while_it_is_asked),
        cmocka_unit_test(names_are_looked_up_again_after_the_refresh_time),
        cmocka_unit_test(sources_are_addresses_or_interfaces_of_this_machine),
    };
    return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
