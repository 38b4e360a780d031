/* channel, completion: the seam against a protocol that only answers, and a queue of operations of both kinds. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "channel.h"
#include "client_fixture.h"
#include "clock.h"
#include "completion.h"
#include "talk_server.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* The double: says back what was sent when it is told to go on; takes two messages at most before that. */
struct echo {
    struct channel channel; /* first */
    char messages[2][32];
    unsigned held, opens, closes, cancels;
    unsigned code;
};

struct seen {
    unsigned opened, closed, rooms;
    char last[32];
};

static void echo_open(struct channel *channel, uint64_t now_ns)
{
    (void)now_ns;
    ((struct echo *)channel)->opens++;
}

static bool echo_send(struct channel *channel, const char *bytes, size_t length, bool is_text, uint64_t now_ns)
{
    struct echo *echo = (struct echo *)channel;

    (void)is_text;
    (void)now_ns;
    if (echo->held == 2 || length >= sizeof echo->messages[0])
        return false;
    memcpy(echo->messages[echo->held], bytes, length);
    echo->messages[echo->held++][length] = '\0';
    return true;
}

static void echo_close(struct channel *channel, unsigned code, uint64_t now_ns)
{
    (void)now_ns;
    ((struct echo *)channel)->closes++;
    ((struct echo *)channel)->code = code;
}

static void echo_cancel(struct channel *channel)
{
    ((struct echo *)channel)->cancels++;
}

static void echo_go_on(struct echo *echo)
{
    for (unsigned i = 0; i < echo->held; i++)
        channel_got_message(&echo->channel, echo->messages[i], strlen(echo->messages[i]), true);
    echo->held = 0;
    channel_has_room(&echo->channel);
}

static const struct channel_ops echo_ops = { "echo", echo_open, echo_send, echo_close, echo_cancel };

static void on_open(struct channel *channel)
{
    ((struct seen *)channel->owner)->opened++;
}

static void on_message(struct channel *channel, const char *bytes, size_t length, bool is_text)
{
    struct seen *seen = channel->owner;

    assert_true(is_text);
    memcpy(seen->last, bytes, length);
    seen->last[length] = '\0';
}

static void on_room(struct channel *channel)
{
    ((struct seen *)channel->owner)->rooms++;
}

static void on_closed(struct channel *channel)
{
    ((struct seen *)channel->owner)->closed++;
}

static void make(struct echo *echo, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    *echo = (struct echo){ .channel = { .ops = &echo_ops,
                                        .owner = seen,
                                        .on_open = on_open,
                                        .on_message = on_message,
                                        .on_room = on_room,
                                        .on_closed = on_closed } };
}

static void a_channel_opens_carries_messages_and_closes_once(void **state)
{
    struct seen seen;
    struct echo echo;

    (void)state;
    make(&echo, &seen);
    assert_false(channel_send(&echo.channel, "early", 5, true, 0));
    channel_open(&echo.channel, 10);
    assert_false(channel_send(&echo.channel, "early", 5, true, 11));
    assert_int_equal(seen.opened, 0);
    channel_was_opened(&echo.channel, 20);
    assert_int_equal(seen.opened, 1);
    assert_true(channel_send(&echo.channel, "one", 3, true, 21));
    assert_true(channel_send(&echo.channel, "three", 5, true, 22));
    assert_false(channel_send(&echo.channel, "full", 4, true, 23));
    assert_int_equal(echo.channel.sent, 2);
    assert_int_equal(echo.channel.bytes_sent, 8);
    echo_go_on(&echo);
    assert_int_equal(seen.rooms, 1);
    assert_string_equal(seen.last, "three");
    assert_int_equal(echo.channel.received, 2);
    channel_close(&echo.channel, 1000, 30);
    channel_close(&echo.channel, 1001, 31);
    assert_int_equal(echo.closes, 1);
    assert_int_equal(echo.code, 1000);
    assert_false(channel_send(&echo.channel, "late", 4, true, 32));
    channel_was_closed(&echo.channel, FAULT_NONE, "", 1000, 40);
    channel_was_closed(&echo.channel, FAULT_RESET, "again", 0, 41);
    assert_int_equal(seen.closed, 1);
    assert_int_equal(echo.channel.fault, FAULT_NONE);
    assert_int_equal(echo.channel.closed_ns - echo.channel.opened_ns, 20);
}

static void a_channel_that_fails_or_is_cut_says_so_or_nothing(void **state)
{
    struct seen seen;
    struct echo echo;

    (void)state;
    make(&echo, &seen);
    channel_open(&echo.channel, 1);
    channel_was_closed(&echo.channel, FAULT_REFUSED, "no", 0, 2);
    assert_int_equal(seen.closed, 1);
    assert_int_equal(seen.opened, 0);
    assert_int_equal(echo.channel.fault, FAULT_REFUSED);
    make(&echo, &seen);
    channel_cancel(&echo.channel);
    assert_int_equal(echo.cancels, 0);
    channel_open(&echo.channel, 1);
    channel_cancel(&echo.channel);
    channel_cancel(&echo.channel);
    channel_was_opened(&echo.channel, 2);
    channel_got_message(&echo.channel, "x", 1, true);
    assert_int_equal(echo.cancels, 1);
    assert_int_equal(seen.opened + seen.closed, 0);
    assert_int_equal(echo.channel.received, 0);
}

static unsigned readies;

static void on_ready(struct completion_queue *queue)
{
    (void)queue;
    readies++;
}

static void completions_are_taken_in_the_order_of_their_ends(void **state)
{
    struct completion_queue queue;
    struct completion items[4] = { { 0 } };

    (void)state;
    readies = 0;
    completion_queue_init(&queue, on_ready);
    assert_true(completion_queue_is_empty(&queue));
    for (size_t i = 0; i < 4; i++)
        completion_open(&queue, &items[i]);
    assert_int_equal(queue.under_way, 4);
    assert_null(completion_take(&queue));
    completion_put(&queue, &items[2]);
    completion_put(&queue, &items[0]);
    completion_put(&queue, &items[3]);
    assert_int_equal(readies, 1);
    completion_give_up(&queue, &items[3]); /* the last of the list */
    completion_give_up(&queue, &items[1]); /* under way */
    completion_give_up(&queue, &items[1]);
    assert_ptr_equal(completion_take(&queue), &items[2]);
    assert_ptr_equal(completion_take(&queue), &items[0]);
    assert_null(completion_take(&queue));
    assert_true(completion_queue_is_empty(&queue));
    completion_open(&queue, &items[3]);
    completion_put(&queue, &items[3]);
    assert_int_equal(readies, 2);
    assert_ptr_equal(completion_take(&queue), &items[3]);
}

/* ---- operations of one client in one queue ---- */

struct batch_item {
    struct operation operation; /* first */
    struct completion completion;
    struct completion_queue *queue;
};

static void on_exchange(struct operation *operation, unsigned end)
{
    (void)operation;
    assert_int_equal(end, EXCHANGE_EXPECTED);
}

static void on_done(struct operation *operation, bool is_failed)
{
    struct batch_item *item = (struct batch_item *)operation;

    assert_false(is_failed);
    completion_put(item->queue, &item->completion);
}

static bool is_all_done(void *argument)
{
    const struct completion_queue *queue = argument;

    return queue->under_way == 0;
}

static void many_operations_of_a_vu_are_under_way_at_once(void **state)
{
    static const struct talk talk = TALK("GET ", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    struct talk talks[20];
    struct batch_item items[20];
    struct completion_queue queue;
    struct net_counters counters;
    struct client_fixture fx;
    struct talk_server *server;
    size_t taken = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(talks); i++)
        talks[i] = talk;
    client_fixture_open(&fx);
    server = talk_server_new(talks, COUNT_OF(talks));
    client_fixture_build(&fx, talk_server_port(server));
    completion_queue_init(&queue, NULL);
    memset(items, 0, sizeof items);
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        operation_init(&items[i].operation, &fx.client, on_exchange, on_done);
        items[i].queue = &queue;
        items[i].completion.owner = &items[i];
        completion_open(&queue, &items[i].completion);
        operation_start(&items[i].operation, &fx.net.request, clock_now_ns());
    }
    net_fixture_run_until(&fx.net, is_all_done, &queue);
    while (completion_take(&queue) != NULL)
        taken++;
    assert_int_equal(taken, COUNT_OF(items));
    net_counters(fx.net.net, &counters);
    assert_int_equal(counters.opened, 6); /* connections of a VU to one origin */
    assert_int_equal(talk_server_count(server), COUNT_OF(items));
    client_fixture_close(&fx);
    talk_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_opens_carries_messages_and_closes_once),
        cmocka_unit_test(a_channel_that_fails_or_is_cut_says_so_or_nothing),
        cmocka_unit_test(completions_are_taken_in_the_order_of_their_ends),
        cmocka_unit_test(many_operations_of_a_vu_are_under_way_at_once),
    };
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
