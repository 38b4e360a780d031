/* Comparing figures. What onager measures contains what the server saw: a request leaves onager before it arrives and is answered
 * before it is back. So a time of onager's below the server's is wrong on any machine, while one above it may be the machine's. */
#include <stdio.h>
#include <stdlib.h>

#include "mem.h"
#include "onager/units.h"
#include "selftest.h"

/* What lies between a figure and the truth. */
struct bounds {
    int64_t least, ok, most; /* ns: below `least` wrong, up to `ok` fine, up to `most` rough, above wrong */
};

#define NO_LIMIT INT64_MAX

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

uint64_t selftest_quantile(uint64_t *values, size_t count, double q)
{
    double rank = q * (double)count;
    size_t index = (size_t)rank;

    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, compare);
    if ((double)index == rank && index > 0)
        index--;
    return values[index < count ? index : count - 1];
}

static struct selftest_line *add(struct selftest *test)
{
    INVARIANT(test->count < SELFTEST_LINES_MAX);
    return &test->lines[test->count++];
}

void selftest_add_count(struct selftest *test, const char *name, uint64_t onager, uint64_t server)
{
    struct selftest_line *line = add(test);

    *line = (struct selftest_line){ .is_count = true, .onager = onager, .server = server };
    snprintf(line->name, sizeof line->name, "%s", name);
    line->off = (int64_t)(onager - server);
    line->verdict = onager == server ? SELFTEST_OK : SELFTEST_WRONG;
}

static void add_time(struct selftest *test, const char *name, uint64_t onager, uint64_t server, struct bounds bounds)
{
    struct selftest_line *line = add(test);

    *line = (struct selftest_line){ .onager = onager == SNAP_NONE ? 0 : onager, .server = server };
    snprintf(line->name, sizeof line->name, "%s", name);
    line->off = (int64_t)(line->onager - server);
    line->verdict = line->off < bounds.least || line->off > bounds.most ? SELFTEST_WRONG
                    : line->off > bounds.ok                             ? SELFTEST_ROUGH
                                                                        : SELFTEST_OK;
    if (onager == SNAP_NONE)
        line->verdict = SELFTEST_WRONG;
}

void selftest_add_wait(
    struct selftest *test, uint32_t wait_us, const struct snap_trend *onager, const struct probe_record *records, size_t count)
{
    uint64_t *times = mem_array(count + 1, sizeof *times), p50, p99;
    char name[64], wait[40];
    size_t used = 0;

    for (size_t i = 0; i < count; i++)
        if (records[i].wait_us == wait_us)
            times[used++] = records[i].answered_ns - records[i].arrived_ns;
    units_format_duration(wait, sizeof wait, wait_us * NS_PER_US);
    snprintf(name, sizeof name, "%s: requests", wait);
    selftest_add_count(test, name, onager->count, used);
    p50 = selftest_quantile(times, used, 0.5);
    p99 = selftest_quantile(times, used, 0.99);
    free(times);
    /* a histogram rounds by 0.1 % */
    snprintf(name, sizeof name, "%s: p50", wait);
    add_time(test, name, onager->p50_ns, p50, (struct bounds){ -50000 - (int64_t)(p50 / 300), 1000000, 4000000 });
    snprintf(name, sizeof name, "%s: p99", wait);
    add_time(test, name, onager->p99_ns, p99, (struct bounds){ -50000 - (int64_t)(p99 / 300), 4000000, NO_LIMIT });
}

void selftest_add_schedule(
    struct selftest *test, const struct snap_trend *lag, const struct probe_record *records, size_t count, uint64_t start_ns,
    uint64_t period_ns)
{
    uint64_t *late = mem_array(count + 1, sizeof *late);

    for (size_t i = 0; i < count; i++)
        late[i] = records[i].arrived_ns;
    qsort(late, count, sizeof *late, compare);
    for (size_t i = 0; i < count; i++) {
        uint64_t intended_ns = start_ns + i * period_ns;

        late[i] = late[i] > intended_ns ? late[i] - intended_ns : 0;
    }
    /* the first instant of a run is known by the wall clock alone, which may be slewed meanwhile */
    add_time(test, "lag p50", lag->p50_ns, selftest_quantile(late, count, 0.5), (struct bounds){ -4000000, 500000, 500000 });
    add_time(test, "lag p99", lag->p99_ns, selftest_quantile(late, count, 0.99), (struct bounds){ -NO_LIMIT, 500000, 4000000 });
    free(late);
    test->lag_p50_ns = lag->p50_ns;
    test->lag_p99_ns = lag->p99_ns;
}

void selftest_add_stall(
    struct selftest *test, const struct snap_trend *response, const struct probe_stall *stall, size_t count, uint64_t start_ns,
    uint64_t period_ns)
{
    static const double quantiles[] = { 0.9, 0.95, 0.99 };
    const uint64_t measured[] = { response->p90_ns, response->p95_ns, response->p99_ns };
    uint64_t *times = mem_array(count + 1, sizeof *times);

    for (size_t i = 0; i < count; i++) {
        uint64_t intended_ns = start_ns + i * period_ns;

        if (intended_ns >= stall->began_ns && intended_ns < stall->ended_ns)
            times[i] = stall->ended_ns - intended_ns;
    }
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        uint64_t wanted = selftest_quantile(times, count, quantiles[i]);
        int64_t part = (int64_t)(wanted / 50);
        char name[48];

        /* after the stall the server works off what has piled up, which takes a moment */
        snprintf(name, sizeof name, "stall: response p%d", (int)(quantiles[i] * 100 + 0.5));
        add_time(test, name, measured[i], wanted, (struct bounds){ -part - 1000000, 30000000 + part * 5 / 2, 300000000 });
    }
    free(times);
}

enum selftest_verdict selftest_worst(const struct selftest *test)
{
    enum selftest_verdict worst = SELFTEST_OK;

    for (size_t i = 0; i < test->count; i++)
        worst = test->lines[i].verdict > worst ? test->lines[i].verdict : worst;
    return worst;
}
