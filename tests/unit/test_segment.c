/* segment: the parts of machines and workers are the whole, nothing twice, nothing missing, evenly spread. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "segment.h"

#define TOTAL 5003

/* Marks every own item below TOTAL and checks the count for each prefix. */
static void mark(const struct segment *segment, unsigned char *seen)
{
    uint64_t own = 0, previous = 0;

    for (;;) {
        uint64_t index = segment_nth(segment, own);

        if (index >= TOTAL)
            break;
        assert_true(own == 0 || index > previous);
        assert_int_equal(segment_count(segment, index), own);
        assert_int_equal(segment_count(segment, index + 1), own + 1);
        seen[index]++;
        previous = index;
        own++;
    }
    assert_int_equal(segment_count(segment, TOTAL), own);
}

static void check_whole(const unsigned char *seen)
{
    for (size_t i = 0; i < TOTAL; i++)
        assert_int_equal(seen[i], 1);
}

static void the_union_of_the_workers_is_the_whole(void **state)
{
    static const unsigned workers[] = { 1, 2, 3, 7, 64 };

    (void)state;
    for (size_t i = 0; i < sizeof workers / sizeof workers[0]; i++) {
        unsigned char seen[TOTAL] = { 0 };

        for (unsigned worker = 0; worker < workers[i]; worker++) {
            struct segment segment = segment_of(worker, workers[i]);

            mark(&segment, seen);
        }
        check_whole(seen);
    }
}

static void the_union_of_weighted_machines_and_their_workers_is_the_whole(void **state)
{
    static const struct {
        uint32_t weights[7];
        size_t count;
    } cases[] = {
        { { 1, 1 }, 2 }, { { 2, 1, 1 }, 3 }, { { 50, 30, 20 }, 3 }, { { 1, 2, 3, 4, 5, 6, 7 }, 7 }, { { 5, 0, 3 }, 3 }, { { 9 }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char seen[TOTAL] = { 0 };

        for (size_t machine = 0; machine < cases[i].count; machine++) {
            struct segment_cycle *cycle = segment_cycle_new(cases[i].weights, cases[i].count, machine);

            assert_non_null(cycle);
            for (unsigned worker = 0; worker < machine + 1; worker++) {
                struct segment segment = segment_of_machine(cycle, worker, (unsigned)machine + 1);

                mark(&segment, seen);
            }
            free(cycle);
        }
        check_whole(seen);
    }
}

static void a_machine_never_runs_ahead_of_its_share_by_more_than_one(void **state)
{
    static const uint32_t weights[] = { 50, 30, 20 };

    (void)state;
    for (size_t machine = 0; machine < 3; machine++) {
        struct segment_cycle *cycle = segment_cycle_new(weights, 3, machine);
        struct segment segment = segment_of_machine(cycle, 0, 1);

        assert_int_equal(cycle->length, 10); /* 5 : 3 : 2 */
        for (uint64_t total = 0; total <= 100; total++) {
            double share = (double)total * weights[machine] / 100;
            double off = (double)segment_count(&segment, total) - share;

            assert_true(off < 1 && off > -1);
        }
        free(cycle);
    }
}

static void impossible_weights_are_refused_and_far_items_saturate(void **state)
{
    static const uint32_t nothing[] = { 0, 0 }, huge[] = { 65536, 1 }, one_sided[] = { 0, 4 };
    struct segment_cycle *empty = segment_cycle_new(one_sided, 2, 0);
    struct segment segment = segment_of_machine(empty, 0, 2);

    (void)state;
    assert_null(segment_cycle_new(nothing, 2, 0));
    assert_null(segment_cycle_new(huge, 2, 0));
    assert_null(segment_cycle_new(one_sided, 2, 2));
    assert_int_equal(segment_nth(&segment, 0), UINT64_MAX);
    assert_int_equal(segment_count(&segment, UINT64_MAX), 0);
    segment = segment_of(1, 3);
    assert_int_equal(segment_nth(&segment, UINT64_MAX), UINT64_MAX);
    assert_int_equal(segment_count(&segment, UINT64_MAX), UINT64_MAX / 3);
    free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_union_of_the_workers_is_the_whole),
        cmocka_unit_test(the_union_of_weighted_machines_and_their_workers_is_the_whole),
        cmocka_unit_test(a_machine_never_runs_ahead_of_its_share_by_more_than_one),
        cmocka_unit_test(impossible_weights_are_refused_and_far_items_saturate),
    };
    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
