/* Segments: machines own positions of a cycle built from their integer weights, the workers of a machine take its items in
 * turn. Pure; knows no thread and no schedule. */
#include "segment.h"

#include <stdlib.h>

#include "mem.h"

typedef unsigned __int128 u128;

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* The machine whose turn it is: smooth weighted round robin. Each gains its weight, the richest is taken and pays the sum,
 * so that turns of one machine are spread over the cycle and after a whole cycle every credit is 0 again. */
static size_t next_turn(int64_t *credit, const uint32_t *weights, size_t count, uint64_t divisor, uint32_t length)
{
    size_t richest = 0;

    for (size_t i = 0; i < count; i++) {
        credit[i] += (int64_t)(weights[i] / divisor);
        if (credit[i] > credit[richest])
            richest = i;
    }
    credit[richest] -= length;
    return richest;
}

struct segment_cycle *segment_cycle_new(const uint32_t *weights, size_t count, size_t self)
{
    struct segment_cycle *cycle;
    uint64_t divisor = 0, sum = 0;
    int64_t *credit;
    uint32_t own;

    for (size_t i = 0; i < count; i++) {
        divisor = common_divisor(divisor, weights[i]);
        sum += weights[i];
    }
    if (self >= count || sum == 0 || sum / divisor > SEGMENT_CYCLE_MAX)
        return NULL;
    own = (uint32_t)(weights[self] / divisor);
    cycle = mem_alloc(sizeof *cycle + own * sizeof cycle->positions[0]);
    cycle->length = (uint32_t)(sum / divisor);
    credit = mem_array(count, sizeof *credit);
    for (uint32_t position = 0; position < cycle->length; position++)
        if (next_turn(credit, weights, count, divisor, cycle->length) == self)
            cycle->positions[cycle->stride_count++] = position;
    free(credit);
    INVARIANT(cycle->stride_count == own);
    return cycle;
}

uint64_t segment_nth(const struct segment *segment, uint64_t own)
{
    u128 item = (u128)own * segment->workers + segment->worker;
    const struct segment_cycle *cycle = segment->cycle;

    if (cycle != NULL) {
        if (cycle->stride_count == 0)
            return UINT64_MAX;
        item = item / cycle->stride_count * cycle->length + cycle->positions[item % cycle->stride_count];
    }
    return item > UINT64_MAX ? UINT64_MAX : (uint64_t)item;
}

/* How many positions of the cycle lie below `limit`. */
static uint32_t positions_below(const struct segment_cycle *cycle, uint64_t limit)
{
    uint32_t low = 0, high = cycle->stride_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (cycle->positions[middle] < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t segment_count(const struct segment *segment, uint64_t total)
{
    const struct segment_cycle *cycle = segment->cycle;

    if (cycle != NULL)
        total = total / cycle->length * cycle->stride_count + positions_below(cycle, total % cycle->length);
    return total > segment->worker ? (total - segment->worker - 1) / segment->workers + 1 : 0;
}
