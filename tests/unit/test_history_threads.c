/* history: a reader in another thread, beside the writer. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "history_write.h"

#define ROWS 40
#define SECOND_NS 1000000000ULL
#define ONE_SECOND_RECORDS 3600
#define ALL_RECORDS (3600 + 8640)
#define LAST_SECOND (3600 + 86400)

struct reader {
    const struct history *history;
    atomic_bool stop;
    atomic_size_t seen, wrong;
};

/* Second n holds n % 50 + 1 requests of (n % 50 + 1) ms in row 1 + n % ROWS: whatever is published must say so already. */
static void read_record(struct reader *reader, size_t index)
{
    uint64_t n = index % 50 + 1;
    uint32_t bands[HISTORY_HEAT_BANDS], sum = 0;
    struct history_quantiles quantiles;
    struct history_point point;
    struct history_row row;
    bool is_right = history_point(reader->history, index, &point) && point.at_ns == index * SECOND_NS;

    is_right = is_right && history_row(reader->history, index, 1 + (uint32_t)(index % ROWS), &row) && row.count == n;
    is_right = is_right && row.max == history_log_encode(n * 1000000);
    is_right = is_right && history_row(reader->history, index, 1 + (uint32_t)((index + 1) % ROWS), &row) && row.count == 0;
    is_right = is_right && history_heat(reader->history, index, 0, bands);
    for (unsigned i = 0; is_right && i < HISTORY_HEAT_BANDS; i++)
        sum += bands[i];
    history_merge(reader->history, index, index + 1, &quantiles);
    if (!is_right || sum != n || quantiles.count != n || quantiles.max_ns != n * 1000000)
        atomic_fetch_add(&reader->wrong, 1);
}

static void *read_along(void *argument)
{
    struct reader *reader = argument;
    size_t next = 0;

    for (;;) {
        bool is_last_round = atomic_load(&reader->stop);
        size_t points = history_points(reader->history);

        for (; next < points; next++)
            read_record(reader, next);
        atomic_store(&reader->seen, next);
        if (is_last_round)
            return NULL;
        sched_yield();
    }
}

/* Appends second n of the pattern. */
static void append_second(struct history *history, struct hist *times, uint64_t second)
{
    uint64_t n = second % 50 + 1;
    struct history_point point = { .at_ns = second * SECOND_NS, .seconds = 1 };
    struct history_row_input inputs[] = { { .row = 0, .count = n, .duration = times },
                                          { .row = 1 + (uint32_t)(second % ROWS), .count = n, .duration = times } };

    hist_clear(times);
    for (uint64_t i = 0; i < n; i++)
        hist_record(times, n * 1000000);
    history_append(history, &point, inputs, 2);
}

static void a_reader_beside_the_writer_sees_only_whole_records(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct reader reader = { .history = NULL };
    struct history *history = history_new(ROWS);
    struct hist times;
    pthread_t thread;

    (void)state;
    hist_init(&times, HIST_COARSE_BITS, pool);
    reader.history = history;
    assert_int_equal(pthread_create(&thread, NULL, read_along, &reader), 0);
    for (uint64_t second = 0; second < ONE_SECOND_RECORDS; second++) {
        append_second(history, &times, second);
        if (second == 100) /* be sure that both run at once */
            while (atomic_load(&reader.seen) == 0)
                sched_yield();
    }
    atomic_store(&reader.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reader.seen, ONE_SECOND_RECORDS);
    assert_int_equal(reader.wrong, 0);
    hist_release(&times);
    hist_pool_free(pool);
    history_drop(history);
}

/* The last record grows for ever: a reader may find it older or newer, but whole: as many requests as seconds. */
static void *read_the_last(void *argument)
{
    struct reader *reader = argument;
    size_t last_seconds = 0;

    while (!atomic_load(&reader->stop)) {
        size_t points = history_points(reader->history);
        struct history_quantiles quantiles;
        struct history_point point;

        if (points == 0 || !history_point(reader->history, points - 1, &point))
            continue;
        history_merge(reader->history, points - 1, points, &quantiles);
        if (points == ALL_RECORDS && (point.seconds < last_seconds || quantiles.count < point.seconds))
            atomic_fetch_add(&reader->wrong, 1);
        if (points == ALL_RECORDS)
            last_seconds = point.seconds;
        atomic_store(&reader->seen, last_seconds);
        sched_yield();
    }
    return NULL;
}

static void a_reader_on_the_growing_last_record_sees_it_whole(void **state)
{
    struct hist_pool *pool = hist_pool_new(0);
    struct reader reader = { .history = NULL };
    struct history *history = history_new(0);
    struct history_point point = { .seconds = 1 };
    struct hist times;
    struct history_row_input input = { .row = 0, .count = 1, .duration = &times };
    uint64_t second = 0;
    pthread_t thread;

    (void)state;
    hist_init(&times, HIST_COARSE_BITS, pool);
    hist_record(&times, 5000000);
    for (; second < LAST_SECOND; second++)
        history_append(history, &point, &input, 1);
    assert_int_equal(history_points(history), ALL_RECORDS);
    reader.history = history;
    assert_int_equal(pthread_create(&thread, NULL, read_the_last, &reader), 0);
    for (uint64_t wanted = 10; wanted <= 20000; wanted *= 2) {
        while (atomic_load(&reader.seen) < wanted)
            sched_yield();
        for (uint64_t i = 0; i < wanted; i++)
            history_append(history, &point, &input, 1);
    }
    atomic_store(&reader.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reader.wrong, 0);
    hist_release(&times);
    hist_pool_free(pool);
    history_drop(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_beside_the_writer_sees_only_whole_records),
        cmocka_unit_test(a_reader_on_the_growing_last_record_sees_it_whole),
    };

    alarm(120); /* the limit of all waiting here */
    return cmocka_run_group_tests_name("history threads", tests, NULL, NULL);
}
