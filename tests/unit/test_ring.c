/* ring: pointers cross two threads in order, none lost, none twice. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <pthread.h>

#include "ring.h"

#define ITEMS 200000

static void *produce(void *argument)
{
    struct ring *ring = argument;

    for (uintptr_t i = 1; i <= ITEMS; i++)
        while (!ring_put(ring, (void *)i))
            sched_yield();
    return NULL;
}

static void two_threads_keep_order_and_lose_nothing(void **state)
{
    struct ring *ring = ring_new(64);
    pthread_t thread;
    uintptr_t expected = 1;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, produce, ring), 0);
    while (expected <= ITEMS) {
        uintptr_t got = (uintptr_t)ring_get(ring);

        if (got == 0) {
            sched_yield();
            continue;
        }
        assert_int_equal(got, expected);
        expected++;
    }
    pthread_join(thread, NULL);
    assert_null(ring_get(ring));
    ring_free(ring);
}

static void a_full_ring_refuses_and_keeps_what_it_has(void **state)
{
    struct ring *ring = ring_new(4);
    int items[4];

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(ring_put(ring, &items[i]));
    assert_false(ring_put(ring, &items[3]));
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(ring_get(ring), &items[i]);
    assert_null(ring_get(ring));
    ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_keep_order_and_lose_nothing),
        cmocka_unit_test(a_full_ring_refuses_and_keeps_what_it_has),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
