/* Exact split of a schedule, or of N things, over machines and then over the workers of a machine. Everybody computes his
 * own part from the same integers; no part overlaps another and together they are the whole. Pure; any thread. */
#ifndef ONAGER_SEGMENT_H
#define ONAGER_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

/* What one machine owns: `stride_count` positions of every `length` items, spread evenly. Immutable, shared by its workers. */
struct segment_cycle {
    uint32_t length, stride_count;
    uint32_t positions[]; /* ascending, each < length */
};

#define SEGMENT_CYCLE_MAX 65536

/* The part of machine `self` of `count` machines with these weights. Returns owned (free()), or NULL when all weights are 0
 * or their sum, divided by what they have in common, is over SEGMENT_CYCLE_MAX. A weight of 0 owns nothing. */
struct segment_cycle *segment_cycle_new(const uint32_t *weights, size_t count, size_t self);

/* The part of one worker. Borrows the cycle. */
struct segment {
    const struct segment_cycle *cycle; /* NULL: this machine is the only one */
    uint32_t worker, workers;          /* worker < workers */
};

static inline struct segment segment_of(unsigned worker, unsigned workers)
{
    return (struct segment){ NULL, worker, workers };
}

static inline struct segment segment_of_machine(const struct segment_cycle *cycle, unsigned worker, unsigned workers)
{
    return (struct segment){ cycle, worker, workers };
}

/* Global index of the own item `own` (from 0). UINT64_MAX when there is none, or 64 bits cannot say it. */
uint64_t segment_nth(const struct segment *segment, uint64_t own);

/* How many of the items 0 .. total - 1 are own ones. */
uint64_t segment_count(const struct segment *segment, uint64_t total);

#endif
