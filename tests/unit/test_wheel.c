/* wheel: on a virtual clock every deadline is reported once, never early, and at most a slot late. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "wheel.h"

#define MS 1000000ULL
#define ENTRIES 500

struct item {
    struct wheel_entry entry; /* first: on_due casts */
    uint64_t due_ns;          /* what it was set to last; WHEEL_NEVER: must not be reported */
    unsigned reported;
};

static struct wheel wheel;
static struct item items[ENTRIES];
static struct wheel_entry *removed_by_callback;

static void on_due(struct wheel_entry *entry, uint64_t now_ns)
{
    struct item *item = (struct item *)entry;

    assert_true(item->due_ns != WHEEL_NEVER);
    assert_true(now_ns >= item->due_ns);
    item->reported++;
    item->due_ns = WHEEL_NEVER;
    if (removed_by_callback != NULL)
        wheel_remove(&wheel, removed_by_callback);
}

static void start(uint64_t now_ns)
{
    memset(items, 0, sizeof items);
    removed_by_callback = NULL;
    wheel_init(&wheel, NULL, on_due, now_ns);
}

static void set(struct item *item, uint64_t deadline_ns, uint64_t now_ns)
{
    item->due_ns = deadline_ns;
    wheel_set(&wheel, &item->entry, deadline_ns, now_ns);
}

static void a_deadline_is_reported_once_and_not_early(void **state)
{
    uint64_t start_ns = 777777 * MS + 123, deadline_ns = start_ns + 50 * MS;

    (void)state;
    start(start_ns);
    set(&items[0], deadline_ns, start_ns);
    for (uint64_t now_ns = start_ns; now_ns < deadline_ns; now_ns += MS / 4)
        wheel_advance(&wheel, now_ns);
    assert_int_equal(items[0].reported, 0);
    wheel_advance(&wheel, deadline_ns + WHEEL_TICK_NS);
    assert_int_equal(items[0].reported, 1);
    wheel_advance(&wheel, deadline_ns + 60000 * MS);
    assert_int_equal(items[0].reported, 1);
    assert_int_equal(wheel_next(&wheel), 0);
}

static void moving_a_deadline_away_does_not_touch_the_wheel(void **state)
{
    uint64_t now_ns = 5000 * MS, tick;

    (void)state;
    start(now_ns);
    set(&items[0], now_ns + 10000 * MS, now_ns);
    tick = items[0].entry.tick;
    for (int i = 1; i < 1000; i++) { /* a request every ms, each with a timeout of 10 s */
        set(&items[0], now_ns + 10000 * MS + (uint64_t)i * MS, now_ns + (uint64_t)i * MS);
        assert_int_equal(items[0].entry.tick, tick);
    }
    set(&items[0], now_ns + 1100 * MS, now_ns + 1000 * MS); /* nearer: it must move */
    assert_true(items[0].entry.tick < tick);
    wheel_advance(&wheel, now_ns + 1100 * MS + WHEEL_TICK_NS);
    assert_int_equal(items[0].reported, 1);
}

static void an_idle_entry_leaves_the_wheel_by_itself(void **state)
{
    uint64_t now_ns = 5000 * MS;

    (void)state;
    start(now_ns);
    set(&items[0], now_ns + 100 * MS, now_ns);
    set(&items[0], WHEEL_NEVER, now_ns);
    assert_true(wheel_next(&wheel) != 0);
    wheel_advance(&wheel, now_ns + 200 * MS);
    assert_int_equal(wheel_next(&wheel), 0);
    assert_int_equal(items[0].reported, 0);
    now_ns += 3600000 * MS; /* the wheel slept for an hour */
    set(&items[0], now_ns + 20 * MS, now_ns);
    wheel_advance(&wheel, now_ns + 19 * MS);
    assert_int_equal(items[0].reported, 0);
    wheel_advance(&wheel, now_ns + 25 * MS);
    assert_int_equal(items[0].reported, 1);
}

static void a_report_may_remove_entries_of_the_same_slot(void **state)
{
    (void)state;
    start(0);
    set(&items[0], 10 * MS, 0);
    set(&items[1], 10 * MS, 0); /* linked in front, reported first */
    removed_by_callback = &items[0].entry;
    wheel_advance(&wheel, 20 * MS);
    assert_int_equal(items[0].reported, 0);
    assert_int_equal(items[1].reported, 1);
    assert_int_equal(wheel_next(&wheel), 0);
}

/* Random deadlines and moves over virtual minutes, with stalls longer than a turn of the wheel. */
static void a_far_deadline_survives_a_timer_of_any_lateness(void **state)
{
    (void)state;
    for (uint64_t late = 0; late < 3 * WHEEL_SLOTS; late++) {
        uint64_t start_ns = 4000 * MS, deadline_ns = start_ns + 20 * WHEEL_SLOTS * WHEEL_TICK_NS, tick;

        start(start_ns);
        set(&items[0], deadline_ns, start_ns);
        while ((tick = wheel_next(&wheel)) != 0)
            wheel_advance(&wheel, (tick + late) * WHEEL_TICK_NS);
        assert_int_equal(items[0].reported, 1);
    }
}

static void any_mixture_of_deadlines_is_reported_in_time(void **state)
{
    struct random random;
    uint64_t now_ns = 123456789;

    (void)state;
    random_init(&random, 7, 1);
    start(now_ns);
    for (int step = 0; step < 60000; step++) {
        struct item *item = &items[random_below(&random, ENTRIES)];
        uint64_t kind = random_below(&random, 10);

        if (kind == 0)
            set(item, WHEEL_NEVER, now_ns);
        else if (kind == 1) {
            wheel_remove(&wheel, &item->entry);
            item->due_ns = WHEEL_NEVER;
        } else if (kind < 7)
            set(item, now_ns + random_below(&random, 200 * MS), now_ns);
        else
            set(item, now_ns + random_below(&random, 30000 * MS), now_ns);
        now_ns += random_below(&random, 1000) == 0 ? 6000 * MS : random_below(&random, 3 * MS);
        wheel_advance(&wheel, now_ns);
        if (step % 16 == 0)
            for (int i = 0; i < ENTRIES; i++)
                assert_true(items[i].due_ns == WHEEL_NEVER || items[i].due_ns == 0 || items[i].due_ns + 2 * WHEEL_TICK_NS > now_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_is_reported_once_and_not_early),
        cmocka_unit_test(moving_a_deadline_away_does_not_touch_the_wheel),
        cmocka_unit_test(an_idle_entry_leaves_the_wheel_by_itself),
        cmocka_unit_test(a_report_may_remove_entries_of_the_same_slot),
        cmocka_unit_test(a_far_deadline_survives_a_timer_of_any_lateness),
        cmocka_unit_test(any_mixture_of_deadlines_is_reported_in_time),
    };
    return cmocka_run_group_tests_name("wheel", tests, NULL, NULL);
}
